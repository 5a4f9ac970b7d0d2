"""Finding who is to hear of what, what waits to be told, and what somebody follows."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import contains_eager

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
from consult.participants.models import Membership, Person
from consult.policy import Act, Actor, Duty, MemberDuty, Role, allows
from consult.rounds.models import PHASE_ACTS, Appointment, Phase, PhaseKind, Round, RoundState
from consult.synthesis.models import Draft, DraftState

PER_PAGE = 50
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
    memberships: Mapping[uuid.UUID, MemberDuty] = field(default_factory=dict)
    choices: Mapping[Topic, Cadence] = field(default_factory=dict)

    def cadence(self, topic: Topic) -> Cadence:
        """How often this person hears of a topic."""
        return self.choices.get(topic, rules.DEFAULTS[topic])

    def acting(self, at: datetime) -> Actor:
        """The actor that this person is, to ask what they may see."""
        return Actor(
            at,
            self.person_id,
            self.account_id,
            name=self.name,
            role=self.role,
            duties=self.duties,
            memberships=self.memberships,
        )


# --- to whom ---


def list_recipients(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Recipient]:
    """Return those of some people who have an account that is in use. Four statements."""
    wanted = select(Person, Account).join(Account, Account.id == Person.account_id)
    rows = session().execute(wanted.where(Person.id.in_(person_ids), Account.disabled_at.is_(None))).all()
    duties: dict[uuid.UUID, dict[uuid.UUID, set[Duty]]] = defaultdict(lambda: defaultdict(set))
    held = select(Appointment).where(Appointment.person_id.in_(person_ids), Appointment.ended_at.is_(None))
    for appointment in session().scalars(held):
        duties[appointment.person_id][appointment.round_id].add(appointment.duty)
    memberships: dict[uuid.UUID, dict[uuid.UUID, MemberDuty]] = defaultdict(dict)
    acting = select(Membership).where(Membership.person_id.in_(person_ids), Membership.ended_at.is_(None))
    for membership in session().scalars(acting):
        memberships[membership.person_id][membership.organisation_id] = membership.duty
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
            memberships[person.id],
            choices[person.id],
        )
        for person, account in rows
    }


def list_demo_addresses(addresses: Collection[str]) -> set[str]:
    """Return which of some addresses are those of people of the demo, who do not exist."""
    wanted = select(Account.email).where(Account.email.in_(addresses), Account.is_demo)
    return set(session().scalars(wanted)) if addresses else set()


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
    wanted = select(Phase).join(Phase.round).where(Round.state == RoundState.OPEN, Round.is_public, *which)
    return list(session().scalars(wanted.options(contains_eager(Phase.round)).order_by(Phase.opens_at)))


def _running(at: datetime) -> Sequence[ColumnElement[bool]]:
    return Phase.closes_at > at, Phase.closed_at.is_(None), Phase.closing_at.is_(None)


def is_told(dedupe: str) -> bool:
    """Say whether there is a message under this name, sent or not."""
    return session().scalar(select(Mail.id).where(Mail.dedupe == dedupe)) is not None


def told_under(name: str) -> tuple[str, set[str]]:
    """Return which things messages of one name told of, and under which name a next one goes: "name", "name|2", …"""
    told: set[str] = set()
    free, number = name, 1
    while (facts := session().scalar(select(Mail.facts).where(Mail.dedupe == free))) is not None:
        told.update(facts.get("things", "").split())
        number += 1
        free = f"{name}|{number}"
    return free, told


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
        .where(FollowedRound.person_id == person_id, Round.is_public)
        .order_by(FollowedRound.since.desc())
    )
    contributions = (
        select(Contribution)
        .join(FollowedContribution, FollowedContribution.contribution_id == Contribution.id)
        .join(Contribution.round)
        .where(
            FollowedContribution.person_id == person_id,
            Contribution.state == State.PUBLISHED,
            Round.is_public,
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
