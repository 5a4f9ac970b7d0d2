"""What stands in the places of a message's words, read from the rows that its facts name when it is written."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from consult.accounts.links import token_of
from consult.accounts.models import EmailLink
from consult.config import Settings
from consult.contributions.models import PUT_FORWARD, Contribution, Kind, State
from consult.contributions.queries import visible_to
from consult.decisions.models import Decision
from consult.director.agreements.models import Agreement
from consult.director.steering.models import ReportVerdict
from consult.director.steering.queries import get_reporting
from consult.director.tasks.models import Challenge, ChallengeState
from consult.field.models import Introduction, IntroductionSide
from consult.foundation import text
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.language import amount, day, local, locale, moment, short_day
from consult.foundation.language import gettext as _
from consult.mandates.models import FixedChange, Gate
from consult.moderation.models import Appeal, Hold, Redaction, Refusal
from consult.moderation.rules import appeal_until
from consult.notifications.due import list_of_day, page_of, say_due
from consult.participants.models import Organisation, OrganisationInvitation
from consult.participants.rules import invitation_token
from consult.policy import Actor
from consult.proposals.models import Argument, Invitation
from consult.review.models import FormalView, ViewPoint
from consult.review.queries import is_own
from consult.review.rules import copy_of
from consult.rounds.models import Authority, Phase, PhaseKind, Round
from consult.rounds.queries import slug_of
from consult.synthesis.models import Draft, DraftState, Outcome
from consult.synthesis.rules import reason_for
from consult.voting.models import Poll

LONGEST_TITLE, LONGEST_QUOTE = 120, 600
WHOLE = frozenset({"received"})  # kinds that give back the whole text of a contribution

Values = dict[str, Any]


class Over(Exception):
    """What a message tells of is gone, was overtaken, or may not be seen by its recipient any more."""


@dataclass(frozen=True)
class Telling:
    """One message while it is written: of which kind, to whom, when, for which installation, and what is known."""

    kind: str
    actor: Actor
    at: datetime
    settings: Settings
    authority: Authority | None
    facts: Mapping[str, Any]
    values: Values = field(default_factory=dict)

    def address(self, path: str) -> str:
        """Return a whole address in the language in use; only CONSULT_BASE_URL says where we are."""
        prefix = "" if locale() == self.settings.default_locale else f"/{locale()}"
        return f"{self.settings.base_url}{prefix}{path}"


def values_of(telling: Telling) -> Values:
    """Return everything that the words of a message may name; raises Over."""
    authority, values = telling.authority, telling.values
    values["site"] = authority.name if authority is not None else telling.settings.host
    values["url"] = telling.address(PAGES.get(telling.kind, "/"))
    values["works"] = values["changed"] = ""  # sentences that stand there only where a fact says so
    _contact(values, authority)
    for name, load in LOADERS.items():
        if name in telling.facts:
            load(telling, telling.facts[name])
    return values


PAGES = {  # where the button leads when no fact says so
    "known_address": "/login",
    "password_changed": "/me/account",
    "factor_changed": "/me/account",
    "new_device": "/me/account",
    "second_factor_reset": "/login",
    "checkpoint": "/record",
}


def _contact(values: Values, whom: Authority | Round | None) -> None:
    """Say where to ask: by mail, by phone, or where neither is known at the site itself."""
    if isinstance(whom, Round):
        known = [whom.contact_name, whom.contact_email, whom.contact_phone] if whom.contact_email else []
    else:
        known = [whom.contact_email, whom.contact_phone] if whom is not None else []
    told = ", ".join(one for one in known if one)
    values["contact"] = told or values.get("contact") or values["site"]


def _checkpoint(telling: Telling, told: str) -> None:
    telling.values["checkpoint"] = told


def _link(telling: Telling, link_id: str) -> None:
    found = session().get(EmailLink, uuid.UUID(link_id))
    if found is None or not found.works(telling.at):
        raise Over
    token = token_of(found.id, found.purpose, telling.settings.secret_key)
    works = _("The link works until %(until)s, and once.", until=moment(found.expires_at))
    telling.values.update(url=telling.address(f"/login/{token}"), works=works)


def _contribution(telling: Telling, contribution_id: str) -> None:
    found = _readable(telling, contribution_id)
    _of_round(telling, found.round)
    about = _about(telling, found)
    stands_alone = found.kind in PUT_FORWARD
    page = f"/rounds/{found.round.slug}/contributions/{found.public_id}"
    if found.kind is Kind.POSITION:
        url = f"/rounds/{found.round.slug}/positions/{found.public_id}"
    else:
        url = f"/rounds/{found.round.slug}/proposals/{found.public_id}" if stands_alone else page
    telling.values.update(
        title=_title(found),
        kind=found.kind.words,
        text=found.text if telling.kind in WHOLE else _short(found.text),
        reference=found.public_id,
        received=moment(found.received_at),
        standing=_standing(found),
        url=telling.address(url),
        trace_url=telling.address(page),
        **about,
    )
    if found.organisation_id is not None:
        _organisation(telling, str(found.organisation_id))


def _readable(telling: Telling, contribution_id: str) -> Contribution:
    """Return a contribution that the recipient may see now, with its round; raises Over."""
    wanted = (
        select(Contribution)
        .join(Contribution.round)
        .where(Contribution.id == uuid.UUID(contribution_id), visible_to(telling.actor))
        .options(contains_eager(Contribution.round))
    )
    found = session().scalar(wanted)
    if found is None or not (found.round.is_public or telling.actor.serves(found.round_id)):
        raise Over
    if telling.kind == "published" and found.state is not State.PUBLISHED:
        raise Over
    return found


def _about(telling: Telling, found: Contribution) -> Values:
    """Say what an argument is about, where the recipient may see that."""
    if telling.kind != "argued":
        return {}
    argument = session().get(Argument, found.id)
    if argument is None or not found.is_public:
        raise Over
    proposal = _readable(telling, str(argument.proposal_id))
    path = f"/rounds/{proposal.round.slug}/proposals/{proposal.public_id}"
    stance = argument.stance.words if argument.answers_id is None else _("an answer to an argument")
    return {"about": _title(proposal), "about_url": telling.address(path), "stance": stance}


def _standing(found: Contribution) -> str:
    if found.state is State.HELD:
        return _("Somebody of our team reads it first. After that it comes on the site.")
    return _("It is on the site now, and everybody can read it.") if found.is_public else ""


def _into(telling: Telling, contribution_id: str) -> None:
    found = _readable(telling, contribution_id)
    own = session().get(Contribution, uuid.UUID(telling.facts["contribution"]))
    if own is None or own.merged_into_id is None:
        raise Over  # they were separated again
    path = f"/rounds/{found.round.slug}/proposals/{found.public_id}"
    telling.values.update(into=_title(found), into_url=telling.address(path))


def _outcome(telling: Telling, outcome_id: str) -> None:
    found = session().get(Outcome, uuid.UUID(outcome_id))
    if found is None or not found.is_public:
        raise Over
    why = reason_for(found, session().get_one(Contribution, found.contribution_id))
    telling.values.update(outcome=found.kind.words, why=why, finality=_finality(telling, found))


def _finality(telling: Telling, found: Outcome) -> str:
    told = {"decider": telling.values["decider"]}
    if found.final_at is not None:
        return _("This is final. Who decided: %(decider)s.", **told)
    return _("This is not final yet. Who decides: %(decider)s.", **told)


def _refusal(telling: Telling, refusal_id: str) -> None:
    found = session().get(Refusal, uuid.UUID(refusal_id))
    if found is None or not found.is_confirmed:
        raise Over
    _decision(telling, found)


def _hold(telling: Telling, hold_id: str) -> None:
    found = session().get(Hold, uuid.UUID(hold_id))
    if found is None:
        raise Over
    telling.values.update(ground=found.ground.words, why=found.reason)


def _redaction(telling: Telling, redaction_id: str) -> None:
    found = session().get(Redaction, uuid.UUID(redaction_id))
    if found is None or found.stands != (telling.kind == "redacted"):
        raise Over
    _decision(telling, found)


def _decision(telling: Telling, found: Refusal | Redaction) -> None:
    telling.values.update(ground=found.ground.words, why=found.reason, until=day(appeal_until(found)))


def _appeal(telling: Telling, appeal_id: str) -> None:
    found = session().get(Appeal, uuid.UUID(appeal_id))
    if found is None or found.decided_at is None:
        raise Over
    right, stays = _("You were right: the decision is undone."), _("The decision stays as it was.")
    telling.values.update(decided=right if found.is_granted else stays, why=found.answer)


def _round(telling: Telling, round_id: str) -> None:
    found = session().scalar(select(Round).where(Round.id == uuid.UUID(round_id)).options(joinedload(Round.phases)))
    if found is None or not (found.is_public or telling.actor.serves(found.id)):
        raise Over
    _of_round(telling, found)
    telling.values.update(
        url=telling.address(f"/rounds/{found.slug}"),
        desk_url=telling.address(f"/staff/rounds/{found.slug}/prepare"),
        draft_url=telling.address(f"/rounds/{found.slug}/drafts/{telling.facts.get('number', 1)}"),
        question=found.question,
        coming=_coming(found, telling.at),
    )


def _of_round(telling: Telling, found: Round) -> None:
    """Tell of which round a message is; of a practice round nothing is ever sent."""
    if found.is_practice:
        raise Over
    telling.values.update(round=found.title, decider=found.decider)
    _contact(telling.values, found)


def _coming(found: Round, at: datetime) -> str:
    """Say when people can respond formally to a draft, where that is still to come."""
    review = next((p for p in found.phases if p.kind is PhaseKind.FORMAL_REVIEW and p.closes_at > at), None)
    if review is None:
        return ""
    told = {"first": day(review.first_day), "last": day(review.last_day)}
    return _("You can respond to it formally from %(first)s up to and including %(last)s.", **told)


def _number(telling: Telling, number: int) -> None:
    wanted = select(Draft).where(Draft.round_id == uuid.UUID(telling.facts["round"]), Draft.number == number)
    found = session().scalar(wanted)
    if found is None or found.state is not DraftState.PUBLISHED:
        raise Over
    telling.values["number"] = number


def _gate(telling: Telling, gate_id: str) -> None:
    found = session().get(Gate, uuid.UUID(gate_id))
    if found is None or found.started_at is not None or found.passed_at is not None:
        raise Over
    path = f"/staff/rounds/{slug_of(found.round_id)}/gates/{found.kind.value}"
    told = _("Questions that are still open: %(questions)s", questions=found.questions) if found.questions else ""
    name = f"{found.kind.code}, {found.kind.words}"
    telling.values.update(gate=name, questions=told, gate_url=telling.address(path))


def _council(telling: Telling, decision_id: str) -> None:
    found = session().get(Decision, uuid.UUID(decision_id))
    if found is None:
        raise Over
    told = {"result": found.result.words, "day": day(found.decided_on), "number": found.number}
    path = f"/rounds/{slug_of(found.round_id)}/decisions"
    words = _("The draft was %(result)s on %(day)s (decision %(number)s).", **told)
    telling.values.update(decision=words, decision_url=telling.address(path))


def _change(telling: Telling, change_id: str) -> None:
    found = session().get(FixedChange, uuid.UUID(change_id))
    if found is None or (telling.kind == "change_asked") is not (found.applied_at is None) or found.dropped_at:
        raise Over
    path = f"/staff/rounds/{slug_of(found.round_id)}/change"
    told = telling.address(f"/rounds/{slug_of(found.round_id)}/bounds")
    telling.values.update(why=found.reason, change_url=telling.address(path), bounds_url=told)


def _phase(telling: Telling, phase_id: str) -> None:
    found = session().get(Phase, uuid.UUID(phase_id))
    if found is None or found.closed_at is not None or found.closes_at <= telling.at:
        raise Over
    if telling.kind == "gate_waiting" and found.cleared_at is not None:
        raise Over
    telling.values.update(phase=found.name, first_day=day(found.first_day), last_day=day(found.last_day))


def _poll(telling: Telling, poll_id: str) -> None:
    found = session().get(Poll, uuid.UUID(poll_id), options=[joinedload(Poll.round)])
    if found is None:
        raise Over
    page = f"/rounds/{found.round.slug}/ballot/{found.id}"
    telling.values.update(poll=found.title, ballot_url=telling.address(page))


def _organisation(telling: Telling, organisation_id: str) -> None:
    found = session().get(Organisation, uuid.UUID(organisation_id))
    if found is None:
        raise Over
    page = f"/organisations/{found.slug}" + ("" if found.is_verified else "/correct")
    telling.values.update(
        organisation=found.name,
        organisation_url=telling.address(page),
        refusal=found.refusal,
    )


def _invitation(telling: Telling, invitation_id: str) -> None:
    if telling.kind == "co_author_invited":
        _asked_along(telling, uuid.UUID(invitation_id))
        return
    wanted = select(OrganisationInvitation).where(OrganisationInvitation.id == uuid.UUID(invitation_id))
    found = session().scalar(wanted.options(joinedload(OrganisationInvitation.organisation)))
    if found is None or found.accepted_at is not None or found.withdrawn_at is not None or found.ends_at <= telling.at:
        raise Over
    key = invitation_token(found.id, telling.settings.secret_key)
    telling.values.update(
        organisation=found.organisation.name,
        duty=found.duty.words,
        works=_("The link works until %(until)s, and once.", until=moment(found.ends_at)),
        url=telling.address(f"/organisations/join/{key}"),
    )


def _asked_along(telling: Telling, invitation_id: uuid.UUID) -> None:
    about = joinedload(Invitation.contribution)
    whole = about.options(joinedload(Contribution.author), joinedload(Contribution.round))
    found = session().scalar(select(Invitation).where(Invitation.id == invitation_id).options(whole))
    if found is None or found.answered_at is not None or found.ends_at <= telling.at:
        raise Over
    told = found.contribution
    if not told.round.is_public:
        raise Over
    key = invitation_token(found.id, telling.settings.secret_key)
    telling.values.update(
        title=_title(told),
        inviter=text.one_line(told.author.name if told.author else "") or _("a resident"),
        round=told.round.title,
        works=_("The link works until %(until)s, and once.", until=moment(found.ends_at)),
        url=telling.address(f"/invitations/{key}"),
    )


def _view(telling: Telling, view_id: str) -> None:
    """Tell its author, or a member of the organisation that sent it, of a formal view: always with the whole text."""
    points = joinedload(FormalView.points)
    wanted = select(FormalView).where(FormalView.id == uuid.UUID(view_id))
    files, sections = selectinload(FormalView.files), points.joinedload(ViewPoint.changed_section)
    loaded = wanted.options(joinedload(FormalView.round), sections, files)
    found = session().scalars(loaded).unique().one_or_none()
    if found is None or not is_own(found, telling.actor):
        raise Over
    _of_round(telling, found.round)
    telling.values.update(
        view=found.code,
        text=copy_of(found),
        received=moment(found.received_at),
        verdict=found.verdict.words if found.verdict is not None else "",
        why=found.reason,
        answers="\n\n".join(f"{point.code}: {point.summary}\n\n{point.answer}" for point in found.points),
        url=telling.address(f"/rounds/{found.round.slug}/review/views/{found.number}"),
        note_url=telling.address(f"/rounds/{found.round.slug}/response-note"),
    )


def _agreement(telling: Telling, agreement_id: str) -> None:
    """Tell who works on an agreement, or acts for a party, of one of its reports."""
    agreement = session().get(Agreement, uuid.UUID(agreement_id))
    if agreement is None:
        raise Over
    try:
        about = get_reporting(telling.actor, agreement.public_id, int(telling.facts["report_number"]))
    except NotFound as gone:
        raise Over from gone
    report = about.report
    if (telling.kind == "report_due") is (report is not None and report.verdict is not ReportVerdict.RETURNED):
        raise Over  # somebody reported meanwhile; of what is reported no more stands
    told = about.agreement
    telling.values.update(
        agreement=text.one_line(told.terms.title),
        organisation=told.organisation.name,
        due=day(about.period.due_on),
        days=f"{short_day(about.period.first_day)} – {short_day(about.period.last_day)}",
        verdict=report.verdict.words if report is not None and report.verdict is not None else "",
        why=report.check_note if report is not None else "",
        url=telling.address(f"/agreements/{told.public_id}/reports/{about.number}"),
    )


def _side(telling: Telling, side_id: str) -> None:
    """Tell who represents an organisation of another one that may want to meet it."""
    side = session().get(IntroductionSide, uuid.UUID(side_id))
    if side is None or side.organisation_id not in telling.actor.memberships:
        raise Over
    whole = select(Introduction).where(Introduction.id == side.introduction_id)
    sides = selectinload(Introduction.sides).joinedload(IntroductionSide.organisation)
    found = session().scalars(whole.options(joinedload(Introduction.round), sides)).one()
    if not found.round.is_public:
        raise Over
    other = next(one for one in found.sides if one.id != side.id)
    if telling.kind == "introduction_asked" and (side.accepts is not None or not found.is_waiting):
        raise Over  # somebody answered meanwhile, or it was closed
    own = next(one.organisation for one in found.sides if one.id == side.id)
    telling.values.update(
        other=other.organisation.name,
        round=text.one_line(found.round.title),
        url=telling.address(f"/organisations/{own.slug}/introductions/{found.public_id}"),
    )


def _day(telling: Telling, told: str) -> None:
    """Tell of what is due on one day and is for this person.

    It is over when all of it was done meanwhile, and when a day that was to come is past: another message tells that.
    """
    if telling.kind == "day_near" and date.fromisoformat(told) < local(telling.at).date():
        raise Over
    own = [one for one in list_of_day(telling.facts) if one.is_for(telling.actor)]
    if not own:
        raise Over
    values = telling.values
    values.update(
        of=values.get("round", values["site"]),
        due=day(date.fromisoformat(told)),
        items=say_due(own),
        due_url=telling.address(page_of(own, telling.actor)),
    )


def _challenge(telling: Telling, challenge_id: str) -> None:
    """Tell who asked to take a task over that it came in and what was decided, and who decides that it waits."""
    found = session().get(Challenge, uuid.UUID(challenge_id))
    asks = telling.kind == "challenge_asked"
    if found is None or not (asks or found.author_id == telling.actor.person_id):
        raise Over
    if asks and found.state is not ChallengeState.ASKED:
        raise Over
    telling.values.update(
        asked=short_day(found.asked_at),
        reply_by=day(found.reply_by),
        told="\n\n".join([found.title, found.better, found.who, found.support, amount(found.cost)]),
        task=text.one_line(found.title),
        state=found.state.words,
        ground=found.ground,
        url=telling.address(f"/challenges/{found.public_id}"),
    )


def _changed(telling: Telling, _yes: bool) -> None:
    telling.values["changed"] = _("It changed since you signed it, so your signature stands under an earlier version.")


def _plain(name: str) -> Callable[[Telling, str], None]:
    def load(telling: Telling, value: str) -> None:
        telling.values[name] = value

    return load


LOADERS: Mapping[str, Callable[[Telling, Any], None]] = {
    "link": _link,
    "checkpoint": _checkpoint,
    "round": _round,
    "number": _number,
    "phase": _phase,
    "poll": _poll,
    "gate": _gate,
    "change": _change,
    "decision": _council,
    "contribution": _contribution,
    "into": _into,
    "outcome": _outcome,
    "refusal": _refusal,
    "hold": _hold,
    "redaction": _redaction,
    "appeal": _appeal,
    "organisation": _organisation,
    "invitation": _invitation,
    "agreement": _agreement,
    "side": _side,
    "challenge": _challenge,
    "day": _day,
    "changed": _changed,
    "view": _view,
    "device": _plain("device"),
    "text": _plain("asked"),
}


def _title(found: Contribution) -> str:
    return text.one_line(found.title) or _short(found.text, LONGEST_TITLE)


def _short(words: str, most: int = LONGEST_QUOTE) -> str:
    return words if len(words) <= most else f"{words[:most].rsplit(maxsplit=1)[0]}…"
