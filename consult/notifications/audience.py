"""Whom something concerns: the people to whom it is told, each in the kind of message that fits."""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, func, or_, select, union
from sqlalchemy.orm import aliased

from consult.accounts.models import Account
from consult.contributions.models import CoAuthor, Contribution, State
from consult.director.agreements.models import Agreement
from consult.field.models import IntroductionSide
from consult.foundation import clock
from consult.foundation.db import session
from consult.mandates.models import Side, SignOff
from consult.notifications.due import list_of_day
from consult.notifications.models import FollowedContribution, FollowedRound
from consult.notifications.queries import list_recipients
from consult.participants.models import Membership, Person
from consult.policy import Duty, MemberDuty, Role
from consult.proposals.models import Argument
from consult.review.models import FormalView, ViewState
from consult.rounds.models import Appointment
from consult.voting.begun import begun_among, voted_among
from consult.voting.queries import list_polls, list_polls_on

AT_ONCE = 1000  # accounts asked in one statement


@dataclass(frozen=True)
class Concerned:
    """Somebody who is to be told something: in which kind of message, and with which facts of their own."""

    person_id: uuid.UUID
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def list_concerned(kind: str, facts: Mapping[str, Any]) -> list[Concerned]:
    """List everybody whom something concerns, each once; the first reason to tell somebody counts."""
    found: dict[uuid.UUID, Concerned] = {}
    for one in AUDIENCES[kind](kind, facts):
        found.setdefault(one.person_id, one)
    return list(found.values())


def count_concerned(contribution_ids: Collection[uuid.UUID]) -> tuple[int, int]:
    """Count in one statement who hears of the answers to some contributions, each person once.

    First those who wrote one or something that was merged into one, then those who only follow these.
    """
    tree = _tree_of(Contribution.id.in_(contribution_ids))
    reached = select(tree.c.id)
    wrote = select(Person.id).where(Person.id.in_(_authors(reached)), Person.account_id.is_not(None))
    follows = select(Person.id).where(Person.id.in_(_followers(reached)), Person.account_id.is_not(None))
    count = select(func.count()).select_from
    counted = select(
        count(wrote.subquery()).scalar_subquery(),
        count(follows.where(Person.id.not_in(wrote)).subquery()).scalar_subquery(),
    )
    writers, followers = session().execute(counted).one()
    return writers, followers


def _of_round(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever follows a round or something in it, and whoever brought something in."""
    round_id = uuid.UUID(facts["round"])
    inside = select(FollowedContribution.person_id).join(Contribution).where(Contribution.round_id == round_id)
    wrote = select(Contribution.author_id).where(
        Contribution.round_id == round_id, Contribution.state == State.PUBLISHED
    )
    for wanted in (select(FollowedRound.person_id).where(FollowedRound.round_id == round_id), inside, wrote):
        yield from (Concerned(person_id, kind) for person_id in _with_account(wanted))


def _of_authors(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever wrote it."""
    own = uuid.UUID(facts["contribution"])
    yield from (Concerned(person_id, kind) for person_id in _with_account(_authors([own])))


def _of_argument(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever wrote what an argument is about, or the argument that it answers, and followers; not who argues."""
    said = session().get(Argument, uuid.UUID(facts["contribution"]))
    if said is None:
        return
    argues = session().get_one(Contribution, said.contribution_id).author_id
    wrote = _authors([one for one in (said.proposal_id, said.answers_id) if one is not None])
    people = [*_with_account(wrote), *_with_account(_followers([said.proposal_id]))]
    yield from (Concerned(person_id, kind) for person_id in people if person_id != argues)


def _of_merge(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """The author, and whoever wrote or follows one of the two or voted in a poll that is open.

    Nothing in a message tells who of these somebody is, so that none shows that somebody voted.
    """
    joined, into = uuid.UUID(facts["contribution"]), uuid.UUID(facts["into"])
    yield from (Concerned(person_id, kind) for person_id in _with_account(_authors([joined])))
    for wanted in (_authors([into]), _followers([joined, into])):
        yield from (Concerned(person_id, "merged_nearby") for person_id in _with_account(wanted))
    yield from _who_voted(joined, "merged_nearby")


def _of_group(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever wrote or follows one of those that say something together, or voted in a poll on it that is open."""
    own = uuid.UUID(facts["contribution"])
    group = [own, *_list_merged(own)]
    for wanted in (_authors(group), _followers(group)):
        yield from (Concerned(person_id, kind) for person_id in _with_account(wanted))
    yield from _who_voted(own, kind)


def _who_voted(contribution_id: uuid.UUID, kind: str) -> Iterator[Concerned]:
    polls = list_polls_on(contribution_id)
    for accounts in _batches_of_accounts() if polls else ():
        voted = voted_among(polls, list(accounts))
        yield from (Concerned(accounts[account_id], kind) for account_id in voted)


def _of_outcome(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """The author, the authors of what was merged into it, and whoever follows one of these."""
    answered = uuid.UUID(facts["contribution"])
    yield from (Concerned(person_id, kind) for person_id in _with_account(_authors([answered])))
    merged = _list_merged(answered)
    for one in merged:
        own = {"contribution": str(one), "into": str(answered)}
        yield from (Concerned(person_id, "outcome_joined", own) for person_id in _with_account(_authors([one])))
    for person_id in _with_account(_followers([answered, *merged])):
        yield Concerned(person_id, "outcome_nearby")


def _of_decision(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever follows a round, brought something in, or formally responded to its draft, also for an organisation."""
    yield from _of_round(kind, facts)
    views = (FormalView.round_id == uuid.UUID(facts["round"]), FormalView.state != ViewState.WITHDRAWN)
    spoke = (
        select(Membership.person_id)
        .join(FormalView, FormalView.organisation_id == Membership.organisation_id)
        .where(*views, Membership.duty == MemberDuty.REPRESENTATIVE, Membership.ended_at.is_(None))
    )
    for wanted in (select(FormalView.author_id).where(*views), spoke):
        yield from (Concerned(person_id, kind) for person_id in _with_account(wanted))


def _of_bounds(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever took part in any way: followed, brought something in, spoke for an organisation, voted or responded."""
    yield from _of_decision(kind, facts)
    round_id = uuid.UUID(facts["round"])
    brought = select(Contribution.id).where(Contribution.round_id == round_id)
    yield from (Concerned(person_id, kind) for person_id in _with_account(_authors(brought)))
    polls = list_polls(round_id)
    for accounts in _batches_of_accounts() if polls else ():
        yield from (Concerned(accounts[one], kind) for one in voted_among(polls, list(accounts)))


def _of_change(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever signs a change: both sponsors."""
    wanted = select(Appointment.person_id).where(
        Appointment.round_id == uuid.UUID(facts["round"]),
        Appointment.duty.in_([side.duty for side in Side]),
        Appointment.ended_at.is_(None),
    )
    yield from (Concerned(person_id, kind) for person_id in _with_account(wanted))


def _of_signature(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever signs at a gate: both sponsors, less who signed already."""
    signed = select(SignOff.person_id).where(SignOff.gate_id == uuid.UUID(facts["gate"]), SignOff.voided_at.is_(None))
    wanted = select(Appointment.person_id).where(
        Appointment.round_id == uuid.UUID(facts["round"]),
        Appointment.duty.in_([side.duty for side in Side]),
        Appointment.ended_at.is_(None),
        Appointment.person_id.not_in(signed),
    )
    yield from (Concerned(person_id, kind) for person_id in _with_account(wanted))


def _of_gate(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever may release the phase."""
    wanted = select(Appointment.person_id).where(
        Appointment.round_id == uuid.UUID(facts["round"]),
        Appointment.duty == Duty.DIRECTOR,
        Appointment.ended_at.is_(None),
    )
    yield from (Concerned(person_id, kind) for person_id in _with_account(wanted))


def _of_partner(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever acts for the partner of an agreement."""
    own = select(Agreement.organisation_id).where(Agreement.id == uuid.UUID(facts["agreement"]))
    members = select(Membership.person_id).where(Membership.organisation_id.in_(own), Membership.ended_at.is_(None))
    yield from (Concerned(person_id, kind) for person_id in _with_account(members))


def _of_managers(kind: str, _facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever looks after agreements."""
    managers = select(Person.id).where(Person.role == Role.CONTRACTS)
    yield from (Concerned(person_id, kind) for person_id in _with_account(managers))


def _of_clerks(kind: str, _facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """The clerks of the council, who keep what this installation could not make anew in secret."""
    yield from _of_role(Role.CLERK, kind)


def _of_board(kind: str, _facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever decides about requests to take a task over."""
    yield from _of_role(Role.BOARD, kind)


def _of_role(role: Role, kind: str) -> Iterator[Concerned]:
    wanted = select(Person.id).where(Person.role == role)
    yield from (Concerned(person_id, kind) for person_id in _with_account(wanted))


def _of_both(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever acts for the partner, and who looks after agreements; not who said it."""
    both = [*_of_partner(kind, facts), *_of_managers(kind, facts)]
    yield from (one for one in both if str(one.person_id) != facts.get("by"))


def _of_unfinished(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever began a ballot in a poll and did not cast it."""
    poll = next((one for one in list_polls(uuid.UUID(facts["round"])) if str(one.id) == facts["poll"]), None)
    for accounts in _batches_of_accounts() if poll is not None else ():
        begun = begun_among(poll, list(accounts)) if poll is not None else ()
        yield from (Concerned(accounts[account_id], kind) for account_id in begun)


def _of_side(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever represents one of the two organisations of an introduction."""
    own = select(IntroductionSide.organisation_id).where(IntroductionSide.id == uuid.UUID(facts["side"]))
    speakers = select(Membership.person_id).where(
        Membership.organisation_id.in_(own),
        Membership.ended_at.is_(None),
        Membership.duty == MemberDuty.REPRESENTATIVE,
    )
    yield from (Concerned(person_id, kind) for person_id in _with_account(speakers))


def _of_day(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever began what is due, directs its round or answers for it."""
    due, at = list_of_day(facts), clock.now()
    held = Appointment.round_id.in_([one.round_id for one in due if one.round_id is not None])
    wanted = or_(
        Person.id.in_([one.began_by for one in due if one.began_by is not None]),
        Person.id.in_(select(Appointment.person_id).where(held, Appointment.ended_at.is_(None))),
        Person.role.in_((Role.CONTRACTS, Role.BOARD)),
    )
    people = list_recipients(_with_account(select(Person.id).where(wanted))).values()
    for one in people:
        if any(thing.is_for(one.acting(at)) for thing in due):
            yield Concerned(one.person_id, kind)


AUDIENCES: dict[str, Callable[[str, Mapping[str, Any]], Iterator[Concerned]]] = {
    "phase_opened": _of_round,
    "last_week": _of_round,
    "ballot_unfinished": _of_unfinished,
    "draft_published": _of_round,
    "decision": _of_decision,
    "fixed_changed": _of_bounds,
    "change_asked": _of_change,
    "published": _of_authors,
    "refused": _of_authors,
    "held": _of_authors,
    "redacted": _of_authors,
    "lifted": _of_authors,
    "appeal_decided": _of_authors,
    "argued": _of_argument,
    "merged": _of_merge,
    "shared_text": _of_group,
    "outcome": _of_outcome,
    "outcome_final": _of_authors,
    "gate_waiting": _of_gate,
    "signature_asked": _of_signature,
    "signature_due": _of_signature,
    "challenge_asked": _of_board,
    "day_near": _of_day,
    "day_past": _of_day,
    "report_due": _of_partner,
    "report_checked": _of_partner,
    "report_filed": _of_managers,
    "report_commented": _of_both,
    "checkpoint": _of_clerks,
    "introduction_asked": _of_side,
    "introduction_made": _of_side,
}


def _authors(contribution_ids: Any) -> Any:
    """Whoever wrote something: its author, those who write along, and those who represent its organisation."""
    return union(
        select(Contribution.author_id).where(Contribution.id.in_(contribution_ids)),
        select(CoAuthor.person_id).where(CoAuthor.contribution_id.in_(contribution_ids), CoAuthor.left_at.is_(None)),
        select(Membership.person_id)
        .join(Contribution, Contribution.organisation_id == Membership.organisation_id)
        .where(
            Contribution.id.in_(contribution_ids),
            Membership.duty == MemberDuty.REPRESENTATIVE,
            Membership.ended_at.is_(None),
        ),
    )


def _followers(contribution_ids: Any) -> Select[Any]:
    return select(FollowedContribution.person_id).where(FollowedContribution.contribution_id.in_(contribution_ids))


def _with_account(people: Any) -> list[uuid.UUID]:
    wanted = select(Person.id).where(Person.id.in_(people), Person.account_id.is_not(None))
    return list(session().scalars(wanted.order_by(Person.id)))


def _list_merged(contribution_id: uuid.UUID) -> list[uuid.UUID]:
    """List what was merged into a contribution, and what was merged into that."""
    tree = _tree_of(Contribution.merged_into_id == contribution_id)
    return list(session().scalars(select(tree.c.id).order_by(tree.c.id)))


def _tree_of(first: ColumnElement[bool]) -> CTE:
    """Find some contributions, what was merged into them, and what was merged into that."""
    tree = select(Contribution.id).where(first).cte("tree", recursive=True)
    further = aliased(Contribution)
    return tree.union(select(further.id).join(tree, further.merged_into_id == tree.c.id))


def _batches_of_accounts() -> Iterator[dict[uuid.UUID, uuid.UUID]]:
    """Give all accounts that are in use with their person, a thousand at a time."""
    last: uuid.UUID | None = None
    while True:
        wanted = select(Account.id, Person.id).join(Person, Person.account_id == Account.id)
        if last is not None:
            wanted = wanted.where(Account.id > last)
        rows = session().execute(wanted.where(Account.disabled_at.is_(None)).order_by(Account.id).limit(AT_ONCE)).all()
        if not rows:
            return
        yield {account_id: person_id for account_id, person_id in rows}
        last = rows[-1][0]
