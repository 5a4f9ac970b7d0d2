"""Finding who is to hear of what, what waits to be told, and what somebody follows."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from consult.accounts.models import Account
from consult.audit.models import Entry
from consult.contributions.models import PUT_FORWARD, Contribution, State, Version
from consult.contributions.queries import visible_to
from consult.foundation import clock
from consult.foundation.db import Moment, session
from consult.foundation.errors import NotFound
from consult.foundation.mail import Mail
from consult.foundation.paging import Page
from consult.notifications import rules
from consult.notifications.models import Cadence, FollowedContribution, FollowedRound, MessageChoice, Topic
from consult.participants.models import Person
from consult.policy import Act, Actor, Duty, Role, allows
from consult.proposals.models import Argument
from consult.rounds.models import PHASE_ACTS, Appointment, Phase, PhaseKind, Round, RoundState
from consult.synthesis.models import Draft, DraftState
from consult.voting.queries import list_polls_on, voted_among

PER_PAGE = 50
AT_ONCE = 1000  # accounts asked in one statement
TAKES_PART = frozenset().union(*PHASE_ACTS.values()) | {PhaseKind.FORMAL_REVIEW}


@dataclass(frozen=True)
class Recipient:
    """Somebody to whom messages go, with what they may see and how often they want to hear."""

    person_id: uuid.UUID
    account_id: uuid.UUID
    name: str
    role: Role
    email: str
    language: str
    is_confirmed: bool
    is_demo: bool
    duties: Mapping[uuid.UUID, frozenset[Duty]] = field(default_factory=dict)
    choices: Mapping[Topic, Cadence] = field(default_factory=dict)

    def cadence(self, topic: Topic) -> Cadence:
        """How often this person hears of a topic."""
        return self.choices.get(topic, rules.DEFAULTS[topic])

    def acting(self, at: datetime) -> Actor:
        """The actor that this person is, to ask what they may see."""
        return Actor(at, self.person_id, self.account_id, name=self.name, role=self.role, duties=self.duties)


@dataclass(frozen=True)
class Concerned:
    """Somebody who is to be told something: in which kind of message, and with which facts of their own."""

    person_id: uuid.UUID
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


# --- to whom ---


def list_recipients(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Recipient]:
    """Return those of some people who have an account that is in use. Three statements."""
    wanted = select(Person, Account).join(Account, Account.id == Person.account_id)
    rows = session().execute(wanted.where(Person.id.in_(person_ids), Account.disabled_at.is_(None))).all()
    duties: dict[uuid.UUID, dict[uuid.UUID, set[Duty]]] = defaultdict(lambda: defaultdict(set))
    held = select(Appointment).where(Appointment.person_id.in_(person_ids), Appointment.ended_at.is_(None))
    for appointment in session().scalars(held):
        duties[appointment.person_id][appointment.round_id].add(appointment.duty)
    choices: dict[uuid.UUID, dict[Topic, Cadence]] = defaultdict(dict)
    for choice in session().scalars(select(MessageChoice).where(MessageChoice.person_id.in_(person_ids))):
        choices[choice.person_id][choice.topic] = choice.cadence
    return {
        person.id: Recipient(
            person.id,
            account.id,
            person.name,
            person.role,
            account.email,
            account.language,
            account.confirmed_at is not None,
            account.is_demo,
            {round_id: frozenset(of) for round_id, of in duties[person.id].items()},
            choices[person.id],
        )
        for person, account in rows
    }


def list_demo_addresses(addresses: Collection[str]) -> set[str]:
    """Return which of some addresses are those of people of the demo, who do not exist."""
    wanted = select(Account.email).where(Account.email.in_(addresses), Account.is_demo)
    return set(session().scalars(wanted)) if addresses else set()


def list_concerned(kind: str, facts: Mapping[str, Any]) -> list[Concerned]:
    """List everybody whom something concerns, each once; the first reason to tell somebody counts."""
    found: dict[uuid.UUID, Concerned] = {}
    for one in AUDIENCES[kind](kind, facts):
        found.setdefault(one.person_id, one)
    return list(found.values())


def _of_round(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever follows a round or something in it, and whoever brought something in."""
    round_id = uuid.UUID(facts["round"])
    inside = select(FollowedContribution.person_id).join(Contribution).where(Contribution.round_id == round_id)
    wrote = select(Contribution.author_id).where(
        Contribution.round_id == round_id, Contribution.state == State.PUBLISHED
    )
    for wanted in (select(FollowedRound.person_id).where(FollowedRound.round_id == round_id), inside, wrote):
        yield from (Concerned(person_id, kind) for person_id in _with_account(wanted))


def _of_argument(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever follows what an argument is about, or wrote it, but for the one who argues."""
    said = session().get(Contribution, uuid.UUID(facts["contribution"]))
    about = session().scalar(select(Argument.proposal_id).where(Argument.contribution_id == (said and said.id)))
    if said is None or about is None:
        return
    people = [*_with_account(_authors([about])), *_with_account(_followers([about]))]
    yield from (Concerned(person_id, kind) for person_id in people if person_id != said.author_id)


def _of_merge(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """The author, and whoever wrote or follows one of the two or voted in a poll that is open.

    Nothing in a message tells who of these somebody is, so that none shows that somebody voted.
    """
    joined, into = uuid.UUID(facts["contribution"]), uuid.UUID(facts["into"])
    yield from (Concerned(person_id, kind) for person_id in _with_account(_authors([joined])))
    for wanted in (_authors([into]), _followers([joined, into])):
        yield from (Concerned(person_id, "merged_nearby") for person_id in _with_account(wanted))
    polls = list_polls_on(joined)
    for accounts in _batches_of_accounts() if polls else ():
        voted = voted_among(polls, list(accounts))
        yield from (Concerned(accounts[account_id], "merged_nearby") for account_id in voted)


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


def _of_gate(kind: str, facts: Mapping[str, Any]) -> Iterator[Concerned]:
    """Whoever may release the phase."""
    wanted = select(Appointment.person_id).where(
        Appointment.round_id == uuid.UUID(facts["round"]),
        Appointment.duty == Duty.DIRECTOR,
        Appointment.ended_at.is_(None),
    )
    yield from (Concerned(person_id, kind) for person_id in _with_account(wanted))


AUDIENCES = {
    "phase_opened": _of_round,
    "last_week": _of_round,
    "draft_published": _of_round,
    "decision": _of_round,
    "argued": _of_argument,
    "merged": _of_merge,
    "outcome": _of_outcome,
    "gate_waiting": _of_gate,
}


def _authors(contribution_ids: Sequence[uuid.UUID]) -> Select[Any]:
    return select(Contribution.author_id).where(Contribution.id.in_(contribution_ids))


def _followers(contribution_ids: Sequence[uuid.UUID]) -> Select[Any]:
    return select(FollowedContribution.person_id).where(FollowedContribution.contribution_id.in_(contribution_ids))


def _with_account(people: Select[Any]) -> list[uuid.UUID]:
    wanted = select(Person.id).where(Person.id.in_(people), Person.account_id.is_not(None))
    return list(session().scalars(wanted.order_by(Person.id)))


def _list_merged(contribution_id: uuid.UUID) -> list[uuid.UUID]:
    """List what was merged into a contribution, and what was merged into that."""
    tree = select(Contribution.id).where(Contribution.merged_into_id == contribution_id).cte("tree", recursive=True)
    further = aliased(Contribution)
    tree = tree.union(select(further.id).join(tree, further.merged_into_id == tree.c.id))
    return list(session().scalars(select(tree.c.id).order_by(tree.c.id)))


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


# --- what is due ---


def list_begun(at: datetime) -> list[Phase]:
    """List the phases that began not long ago and run now."""
    return _list_phases(
        Phase.opens_at <= at,
        Phase.opens_at > at - rules.FRESH_FOR,
        Phase.cleared_at <= at,
        Phase.kind != PhaseKind.PREPARE,
        *_running(at),
    )


def list_ending(at: datetime) -> list[Phase]:
    """List the phases in which people can take part and that are in their last week."""
    phases = _list_phases(
        Phase.opens_at <= at,
        Phase.closes_at <= at + rules.REMINDS_BEFORE,
        Phase.cleared_at <= at,
        Phase.kind.in_(sorted(TAKES_PART)),
        *_running(at),
    )
    return [phase for phase in phases if phase.closes_at - phase.opens_at > rules.WORTH_REMINDING]


def list_unreleased(at: datetime) -> list[Phase]:
    """List the phases that begin within three days, or should have begun, and were not released."""
    return _list_phases(Phase.cleared_at.is_(None), Phase.opens_at <= at + rules.WARNS_BEFORE, *_running(at))


def _list_phases(*which: ColumnElement[bool]) -> list[Phase]:
    wanted = select(Phase).join(Phase.round).where(Round.state == RoundState.OPEN, *which)
    return list(session().scalars(wanted.options(contains_eager(Phase.round)).order_by(Phase.opens_at)))


def _running(at: datetime) -> Sequence[ColumnElement[bool]]:
    return Phase.closes_at > at, Phase.closed_at.is_(None), Phase.closing_at.is_(None)


def is_told(dedupe: str) -> bool:
    """Say whether there is a message under this name, sent or not."""
    return session().scalar(select(Mail.id).where(Mail.dedupe == dedupe)) is not None


def has_old_mail(before: datetime) -> bool:
    """Say whether a message that came up before a moment is still kept."""
    return session().scalar(select(Mail.id).where(Mail.enqueued_at < before).limit(1)) is not None


def list_gatherable(at: datetime) -> list[uuid.UUID]:
    """List the people for whom notices wait whose digest is due."""
    return list(session().scalars(select(Mail.recipient_id).where(_gathers(at)).distinct().order_by(Mail.recipient_id)))


def list_waiting(person_id: uuid.UUID, at: datetime) -> list[Mail]:
    """List the notices that are due to stand in a person's next digest, in the order in which they came."""
    wanted = select(Mail).where(_gathers(at), Mail.recipient_id == person_id)
    return list(session().scalars(wanted.order_by(Mail.enqueued_at, Mail.id)))


def list_notices(digest_id: uuid.UUID) -> list[Mail]:
    """List the notices that stand in a digest, in the order in which they came."""
    return list(session().scalars(select(Mail).where(Mail.digest_id == digest_id).order_by(Mail.enqueued_at, Mail.id)))


def _gathers(at: datetime) -> ColumnElement[bool]:
    return and_(
        Mail.sent_at.is_(None),
        Mail.given_up_at.is_(None),
        Mail.digest_id.is_(None),
        Mail.waits_for.is_not(None),
        Mail.due_at <= at,
    )


# --- what somebody chose and follows ---


def list_choices(person_id: uuid.UUID) -> dict[Topic, Cadence]:
    """Return for every topic how often a person hears of it."""
    chosen = session().scalars(select(MessageChoice).where(MessageChoice.person_id == person_id))
    return {**rules.DEFAULTS, **{one.topic: one.cadence for one in chosen}}


def list_follows(person_id: uuid.UUID) -> tuple[list[Round], list[Contribution]]:
    """List the rounds and the contributions (with their round) that a person follows and may see, newest first."""
    rounds = (
        select(Round)
        .join(FollowedRound, FollowedRound.round_id == Round.id)
        .where(FollowedRound.person_id == person_id, Round.state != RoundState.DRAFT)
        .order_by(FollowedRound.since.desc())
    )
    contributions = (
        select(Contribution)
        .join(FollowedContribution, FollowedContribution.contribution_id == Contribution.id)
        .join(Contribution.round)
        .where(
            FollowedContribution.person_id == person_id,
            Contribution.state == State.PUBLISHED,
            Round.state != RoundState.DRAFT,
        )
        .options(contains_eager(Contribution.round))
        .order_by(FollowedContribution.since.desc())
    )
    return list(session().scalars(rounds)), list(session().scalars(contributions))


def follows(actor: Actor, subject: Round | Contribution) -> bool:
    """Say whether the actor follows a round or a contribution."""
    if actor.person_id is None:
        return False
    if isinstance(subject, Round):
        return session().get(FollowedRound, (actor.person_id, subject.id)) is not None
    return session().get(FollowedContribution, (actor.person_id, subject.id)) is not None


def find_language(actor: Actor) -> str:
    """Find the language in which somebody gets messages."""
    return session().scalar(select(Account.language).where(Account.id == actor.account_id)) or ""


def is_known(person_id: uuid.UUID) -> bool:
    """Say whether there is such a person."""
    return session().get(Person, person_id) is not None


# --- a round as a feed ---


@dataclass(frozen=True)
class Published:
    """Something put forward that anyone may read: when it came on the site, and when its words last changed."""

    contribution: Contribution
    at: datetime
    changed_at: datetime


def list_published(round_id: uuid.UUID, limit: int) -> list[Published]:
    """List what was put forward in a round and any visitor may read, what came on the site last first."""
    visitor = Actor(clock.now())
    placed = select(func.max(Entry.at)).where(
        Entry.subject_id == Contribution.id, Entry.act == Act.PUBLISH_CONTRIBUTION.value, Entry.result == "done"
    )
    written = select(func.max(Version.written_at)).where(Version.contribution_id == Contribution.id)
    at = func.coalesce(placed.correlate(Contribution).scalar_subquery(), Contribution.received_at, type_=Moment())
    wanted = (
        select(Contribution, at, func.coalesce(written.correlate(Contribution).scalar_subquery(), at, type_=Moment()))
        .where(Contribution.round_id == round_id, Contribution.kind.in_(PUT_FORWARD), visible_to(visitor))
        .order_by(at.desc(), Contribution.id)
        .limit(limit)
    )
    return [
        Published(one, placed_at, max(placed_at, changed_at))
        for one, placed_at, changed_at in session().execute(wanted)
    ]


def list_published_drafts(round_id: uuid.UUID) -> list[Draft]:
    """List the versions of the draft of a round that anyone may read."""
    wanted = select(Draft).where(Draft.round_id == round_id, Draft.state == DraftState.PUBLISHED)
    return list(session().scalars(wanted.order_by(Draft.number)))


# --- the outbox ---


def list_mail(number: int) -> Page[Mail]:
    """List one page of the messages, newest first; what stands in a digest is told there."""
    which = and_(Mail.digest_id.is_(None), or_(Mail.recipient_id.is_not(None), Mail.address.is_not(None)))
    total = session().scalar(select(func.count()).select_from(Mail).where(which)) or 0
    number = max(1, min(number, -(-total // PER_PAGE) or 1))
    wanted = select(Mail).where(which).order_by(Mail.enqueued_at.desc(), Mail.id)
    return Page(
        session().scalars(wanted.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all(), number, total, PER_PAGE
    )


def get_mail(actor: Actor, mail_id: uuid.UUID) -> Mail:
    """Return a message to somebody who may read the outbox; raises NotFound, for everybody else always."""
    found = session().get(Mail, mail_id) if allows(Act.READ_OUTBOX, actor) else None
    if found is None:
        raise NotFound
    return found


def list_names(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return what people call themselves."""
    rows = session().execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {person_id: name for person_id, name in rows}
