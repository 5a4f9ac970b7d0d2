"""For every kind of message the facts that it needs, with the same words in every place that a person can fill."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from consult.accounts.models import Purpose
from consult.contributions.models import Contribution, Kind, State
from consult.decisions.models import Commitment, Decision, Result
from consult.director.tasks.models import Challenge, ChallengeState
from consult.field.models import Introduction, IntroductionSide
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.mandates.models import FixedChange, Gate, GateKind
from consult.moderation.models import Appeal, Ground, Hold, Redaction, Refusal
from consult.notifications.kinds import ACCOUNT, DIGEST, KINDS, REVIEW
from consult.participants.models import Membership, Organisation, OrganisationInvitation, OrganisationState, Person
from consult.policy import Duty, MemberDuty, Role
from consult.proposals.models import Argument, Invitation, Stance
from consult.review.models import Change, FormalView, Verdict, ViewPoint, ViewState, Way
from consult.rounds.models import Appointment, PhaseKind, Round
from consult.synthesis.models import Draft, DraftState, Outcome, OutcomeKind
from consult.voting.ballots import Plan, set_up_poll
from consult.voting.models import Method, Poll
from tests import builders
from tests.accounts.builders import a_link
from tests.contributions.builders import a_contribution
from tests.director.builders import partners, reported, running, today
from tests.notifications.builders import a_reader
from tests.participants.builders import an_organisation

PURPOSES = {
    "sign_in_link": Purpose.SIGN_IN,
    "known_address": Purpose.SIGN_IN,
    "register_link": Purpose.REGISTER,
    "reset_link": Purpose.RESET,
    "confirm_address_link": Purpose.CONFIRM_ADDRESS,
    "staff_invitation": Purpose.STAFF_INVITATION,
}
EVERY = sorted(set(KINDS) - {DIGEST})


@dataclass
class Told:
    """One round in which everything happened that there is a message about."""

    reader: Person
    round: Round
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)


def everything(words: str = "Een bankje bij de vijver") -> Told:
    """Make one thing of everything, with `words` wherever a person can write, and say for each kind its facts."""
    now = clock.now()
    builders.an_authority(words)
    reader, second = a_reader(words), builders.a_member_of_staff(Role.MODERATOR)
    found = builders.a_round(phases=PhaseKind.COLLECT)
    found.title = found.question = found.decider = found.contact_name = words
    found.contact_email = "ronde@gemeente.test"
    builders.appoint(found, reader, Duty.DIRECTOR) if reader.role.value != "resident" else None
    phase = builders.phase_of(found, PhaseKind.COLLECT)
    phase.name = words
    own, into = (a_contribution(found, reader, title="x", text=f"{words}\n\nMeer.") for _ in range(2))
    argument = a_contribution(found, kind=Kind.ARGUMENT, text=words)
    refused = a_contribution(found, reader, state=State.REFUSED)
    joined = a_contribution(found, reader)
    for one in (own, into, refused, joined):
        one.title = words
    joined.merged_into_id = into.id
    add(Argument(contribution_id=argument.id, proposal_id=own.id, stance=Stance.FOR))
    published = {"set_at": now, "signed_at": now, "published_at": now}
    outcome = add(Outcome(contribution_id=own.id, kind=OutcomeKind.PARTLY, reason=words, **published))
    refusal = add(
        Refusal(
            contribution_id=refused.id,
            ground=Ground.ADVERTISING,
            reason=words,
            proposed_by_id=second.id,
            proposed_at=now,
            decided_by_id=reader.id,
            decided_at=now,
            is_confirmed=True,
        )
    )
    submitted = {"submitted_by_id": second.id, "submitted_at": now, "published_by_id": reader.id, "published_at": now}
    add(Draft(round_id=found.id, number=1, title=words, state=DraftState.PUBLISHED, begun_at=now, **submitted))
    organisation = _organisation(words)
    invitation = _invitation(organisation)
    told = Told(reader, found)
    about = {"contribution": str(own.id)}
    of_view = {"view": str(_formal_view(found, reader, second, words).id)}
    of = {"organisation": str(organisation.id)}
    for name in ACCOUNT:
        told.facts[name] = {"device": words} if name == "new_device" else {}
    for name, purpose in PURPOSES.items():
        told.facts[name] = {"link": str(a_link(purpose, None if purpose is Purpose.REGISTER else reader).id)}
    told.facts |= {
        "received": about,
        "published": about,
        "refused": {"contribution": str(refused.id), "refusal": str(refusal.id)},
        "held": {**about, "hold": str(_held_again(into, second, words).id)},
        "redacted": {**about, "redaction": str(_taken_away(own, second, reader, words).id)},
        "lifted": {**about, "redaction": str(_taken_away(into, second, reader, words, lifted_at=now).id)},
        "appeal_decided": {**about, "appeal": str(_appealed(refusal, reader, words).id)},
        "question": {**about, "text": f"{words}\n\nEn nog iets?"},
        "merged": {"contribution": str(joined.id), "into": str(into.id)},
        "outcome": {**about, "outcome": str(outcome.id)},
        "phase_opened": {"round": str(found.id), "phase": str(phase.id)},
        "last_week": {"round": str(found.id), "phase": str(phase.id)},
        "ballot_unfinished": {"round": str(found.id), "phase": str(phase.id), "poll": str(_a_vote(found, words).id)},
        "draft_published": {"round": str(found.id), "number": 1},
        "fixed_changed": {"round": str(found.id), "change": str(_a_change(found, words, now).id)},
        "change_asked": {"round": str(found.id), "change": str(_a_change(found, words).id)},
        "decision": {"round": str(found.id), "decision": str(_decided(found).id)},
        "outcome_final": {**about, "outcome": str(outcome.id)},
        "signature_asked": {"round": str(found.id), "gate": (gate := str(_a_gate(found, words).id))},
        "signature_due": {"round": str(found.id), "gate": gate, "phase": str(phase.id)},
        "argued": {"contribution": str(argument.id)},
        "merged_nearby": {"contribution": str(joined.id), "into": str(into.id)},
        "shared_text": about,
        "outcome_joined": {"contribution": str(joined.id), "into": str(into.id), "outcome": str(outcome.id)},
        "outcome_nearby": {**about, "outcome": str(outcome.id)},
        "checkpoint": {"checkpoint": f"12:{'0' * 64}"},
        "organisation_verified": of,
        "organisation_refused": of,
        "member_invited": {"invitation": str(invitation.id)},
        "co_author_invited": {"invitation": str(_asked_along(own).id)},
        "position_submitted": {**about, **of},
        "co_sign_asked": {**about, **of},
        "co_signed": {**about, **of},
        "co_signature_withdrawn": {**about, **of},
        **dict.fromkeys(REVIEW, of_view),
        **_of_an_agreement(reader, words),
        **_of_the_field(found, reader, words),
        "gate_waiting": {"round": str(found.id), "phase": str(_waiting(found, words).id)},
        **_of_days(reader, words),
    }
    session().flush()
    return told


def _a_vote(found: Round, words: str) -> Poll:
    phase = builders.phase_of(found, PhaseKind.PRIORITISE)
    poll = set_up_poll(
        found,
        phase,
        builders.the_platform(),
        title=words,
        method=Method.RANKING,
        parameters={},
        plans=[Plan("Bomen"), Plan("Bankjes")],
    )
    return poll


def _held_again(one: Contribution, by: Person, words: str) -> Hold:
    told = {"held_by_id": by.id, "held_at": clock.now(), "reason": words}
    return add(Hold(contribution_id=one.id, ground=Ground.UNLAWFUL, **told))


def _of_an_agreement(reader: Person, words: str) -> dict[str, dict[str, Any]]:
    """An agreement with the reader's organisation: one report that was checked, and a period of which there is none."""
    told = partners()
    told.organisation.name = words
    began = {"duty": MemberDuty.MEMBER, "began_at": clock.now()}
    add(Membership(organisation_id=told.organisation.id, person_id=reader.id, **began))
    agreement = running(told)
    reported(agreement, told, 1, 10)
    about = {"agreement": str(agreement.id)}
    kinds = ("report_filed", "report_checked", "report_commented")
    return {**{kind: {**about, "report_number": 1} for kind in kinds}, "report_due": {**about, "report_number": 2}}


def _of_the_field(found: Round, reader: Person, words: str) -> dict[str, dict[str, Any]]:
    """The reader's organisation and another one that may meet it, and a request of the reader that was refused."""
    own, other = an_organisation(""), an_organisation("")
    other.name = words
    began = {"duty": MemberDuty.REPRESENTATIVE, "began_at": clock.now()}
    add(Membership(organisation_id=own.id, person_id=reader.id, **began))
    sides = {}
    for name, accepts in (("introduction_asked", None), ("introduction_made", True)):
        made = add(Introduction(round_id=found.id, reason=words, proposed_at=clock.now()))
        side, _theirs = (
            add(IntroductionSide(introduction_id=made.id, organisation_id=body.id, accepts=accepts))
            for body in (own, other)
        )
        sides[name] = {"side": str(side.id)}
    told = {"better": words, "who": words, "support": words, "cost": 1, "conditions": [], "reply_by": today()}
    decided = {"state": ChallengeState.REFUSED, "ground": words, "asked_at": clock.now(), "decided_at": clock.now()}
    challenge = add(Challenge(author_id=reader.id, title=words, **told, **decided))
    decided = {"challenge": str(challenge.id)}
    asked = add(Challenge(author_id=reader.id, title=words, state=ChallengeState.ASKED, asked_at=clock.now(), **told))
    return {
        **sides,
        "challenge_decided": decided,
        "challenge_received": decided,
        "challenge_asked": {"challenge": str(asked.id)},
    }


def _of_days(reader: Person, words: str) -> dict[str, dict[str, Any]]:
    """What was promised in another round that the reader directs, with a day to come and one that is past."""
    found = builders.a_round(phases=PhaseKind.COLLECT)
    found.title = words
    add(Appointment(round_id=found.id, person_id=reader.id, duty=Duty.DIRECTOR, appointed_at=clock.now()))
    days = {"day_near": today() + timedelta(days=2), "day_past": today() - timedelta(days=1)}
    for day in days.values():
        told = {"text": words, "keeper": words, "made_on": today() - timedelta(days=9), "due_on": day}
        add(Commitment(round_id=found.id, recorded_at=clock.now(), **told))
    return {kind: {"round": str(found.id), "day": day.isoformat()} for kind, day in days.items()}


def _taken_away(one: Contribution, first: Person, second: Person, words: str, **more: Any) -> Redaction:
    told = {"proposed_by_id": first.id, "decided_by_id": second.id, "is_confirmed": True, "reason": words}
    at = {"proposed_at": clock.now(), "decided_at": clock.now()}
    return add(Redaction(contribution_id=one.id, passages=["Meer."], ground=Ground.UNLAWFUL, **told, **at, **more))


def _appealed(refusal: Refusal, author: Person, words: str) -> Appeal:
    told = {"made_by_id": author.id, "made_at": clock.now(), "words": words, "answer": words}
    decided = {"decided_at": clock.now(), "is_granted": False}
    return add(Appeal(contribution_id=refusal.contribution_id, refusal_id=refusal.id, **told, **decided))


def _formal_view(found: Round, reader: Person, second: Person, words: str) -> FormalView:
    """Somebody's formal view with a point that was answered and signed off, judged with a reason."""
    now = clock.now()
    told = {"way": Way.ONLINE, "state": ViewState.NOTIFIED, "text": f"{words}\n\nMeer.", "verdict": Verdict.EXCUSED}
    moments = {"received_at": now, "entered_at": now, "judged_at": now}
    view = add(FormalView(round_id=found.id, number=1, author_id=reader.id, reason=words, **told, **moments))
    answer = {"answer": words, "change": Change.NO, "answered_by_id": second.id, "answered_at": now}
    add(ViewPoint(view_id=view.id, position=1, summary=words, **answer))
    return view


def _decided(found: Round) -> Decision:
    draft_id = session().scalars(select(Draft.id).where(Draft.round_id == found.id)).one()
    told = {"result": Result.ADOPTED, "decided_on": clock.now().date(), "number": "2027-014"}
    return add(Decision(round_id=found.id, draft_id=draft_id, recorded_at=clock.now(), **told))


def _a_gate(found: Round, words: str) -> Gate:
    return add(Gate(round_id=found.id, kind=GateKind.P3, made_at=clock.now(), questions=words))


def _a_change(found: Round, words: str, at: Any = None) -> FixedChange:
    told = {"told": {"preconditions": [], "can": [words], "cannot": []}, "digest": "0" * 64, "reason": words}
    signed = {"board_at": at, "civil_at": at, "applied_at": at}
    return add(FixedChange(round_id=found.id, proposed_at=clock.now(), **told, **signed))


def _waiting(found: Round, words: str) -> Any:
    phase = builders.phase_of(found, PhaseKind.PRIORITISE)
    phase.cleared_at, phase.name = None, words
    return phase


def _asked_along(proposal: Contribution) -> Invitation:
    now = clock.now()
    told = {"invited_at": now, "ends_at": now + timedelta(days=14), "token_hash": b"y" * 32}
    return add(Invitation(contribution_id=proposal.id, address="wie@voorbeeld.test", **told))


def _organisation(words: str) -> Organisation:
    return add(
        Organisation(
            slug="een-organisatie",
            name=words,
            kvk="12345678",
            kind="interest_group",
            renderer="1",
            state=OrganisationState.VERIFIED,
            asked_at=clock.now(),
            refusal=words,
        )
    )


def _invitation(organisation: Organisation) -> OrganisationInvitation:
    now = clock.now()
    return add(
        OrganisationInvitation(
            organisation_id=organisation.id,
            email="iemand@voorbeeld.test",
            duty=MemberDuty.MEMBER,
            token_hash=b"x" * 32,
            invited_at=now,
            ends_at=now + timedelta(days=7),
        )
    )
