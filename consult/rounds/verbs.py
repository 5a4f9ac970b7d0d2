"""Preparing a round, appointing people to it, opening it, and opening and closing its phases."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update

from consult.audit.verbs import record
from consult.foundation import clock, text
from consult.foundation.db import add, insert_of, locked, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow, saved_meanwhile
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.participants.models import Person
from consult.policy import PARTICIPANTS, Act, Actor, Duty
from consult.rounds import rules
from consult.rounds.models import (
    PHASE_ACTS,
    Appointment,
    Area,
    Authority,
    AuthorityKind,
    Level,
    Phase,
    Revision,
    Round,
    RoundState,
    Verification,
)
from consult.rounds.queries import find_authority

# What a director may not change any more once people read it.
FIXED = (
    "question",
    "can_influence",
    "cannot_influence",
    "level",
    "level_reason",
    "decider",
    "verification",
    "identity_ground",
    "identity_officer",
)


@dataclass(frozen=True)
class RoundText:
    """What a process director writes about a round; `introduction` is Markdown."""

    title: str
    question: str
    introduction: str = ""
    can_influence: Sequence[str] = ()
    cannot_influence: Sequence[str] = ()
    level: Level = Level.CONSULT
    level_reason: str = ""
    decider: str = ""
    verification: Verification = Verification.EMAIL
    identity_ground: str = ""
    identity_officer: str = ""
    holds_first: bool = True
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""


def create_round(slug: str, told: RoundText, actor: Actor, *, is_practice: bool = False) -> Round:
    """Begin to prepare a round; whoever does so directs it. A practice round is one for good.

    Refused when the short name in the address is in use.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise ValueError(f"not a slug: {slug!r}")
    if session().scalar(select(Round.id).where(Round.slug == slug)):
        raise Conflict(_("There is a round with this address already. Choose another one."))
    new = Round(slug=slug, created_at=clock.now(), title="", question="", is_practice=is_practice)
    _tell(new, told)
    add(new)
    add(Revision(round_id=new.id))
    record(Act.CREATE_ROUND, actor, new)
    if actor.person_id is not None:
        _appoint(new, actor.person_id, Duty.DIRECTOR, actor)
    return new


def describe_round(subject: Round, told: RoundText, actor: Actor, *, version: str) -> None:
    """Change what is told about a round; `version` is the `version_of` that the actor began with.

    Refused when somebody else changed the words since, and, once the round is open, when it changes what
    people took part on: see FIXED.
    """
    read_again_locked(subject, ("state", *RoundText.__dataclass_fields__))
    if version != version_of(subject):
        raise saved_meanwhile([_said(subject)], [_said(told)])
    if subject.is_public and any(_held(subject, name) != _held(told, name) for name in FIXED):
        raise NotNow(
            _(
                "The round is open, so the question, what people can influence, what is fixed, the participation "
                "level with its promise, who decides and how you check who takes part stay as people read them."
            )
        )
    _tell(subject, told)
    record(Act.PREPARE_ROUND, actor, subject, part="text")
    bump(subject.id)


def version_of(subject: Round) -> str:
    """Return what tells the words about a round from any other words."""
    words = [_held(subject, name) for name in RoundText.__dataclass_fields__]
    return sha256(repr(words).encode()).hexdigest()[:32]


def _said(told: Round | RoundText) -> str:
    values = [_held(told, name) for name in RoundText.__dataclass_fields__]
    words = ["\n".join(value) if isinstance(value, list) else getattr(value, "words", value) for value in values]
    return "\n\n".join(word for word in words if word and isinstance(word, str))


def _held(told: Round | RoundText, name: str) -> Any:
    value = getattr(told, name)
    return list(value) if name in {"can_influence", "cannot_influence"} else value


def _tell(subject: Round, told: RoundText) -> None:
    """Write down what is told; refused for a national sign-in without its ground or the privacy officer (Wabb 10)."""
    if told.verification is Verification.EID and not (told.identity_ground and told.identity_officer):
        raise Conflict(
            _("A national sign-in needs a ground in law, and the name of the privacy officer who agreed to it.")
        )
    for name in RoundText.__dataclass_fields__:
        setattr(subject, name, _held(told, name))
    subject.introduction_html = text.sanitize(told.introduction)


def appoint(
    subject: Round, person: Person, duty: Duty, actor: Actor, *, hours: int | None = None, is_deputy: bool = False
) -> Appointment:
    """Give a member of staff a duty in a round, with hours a week; a deputy may do the same, for who has it.

    Refused for somebody who does not work for the authority.
    """
    if person.role in PARTICIPANTS:
        raise Conflict(_("Only people who work for the authority can be appointed."))
    return _appoint(subject, person.id, duty, actor, hours, is_deputy=is_deputy)


def _appoint(
    subject: Round, person_id: uuid.UUID, duty: Duty, actor: Actor, hours: int | None = None, *, is_deputy: bool = False
) -> Appointment:
    held = session().scalar(
        select(Appointment).where(
            Appointment.round_id == subject.id, Appointment.person_id == person_id, Appointment.duty == duty
        )
    )
    if held is not None:
        held.ended_at = None
    appointment = held or add(
        Appointment(round_id=subject.id, person_id=person_id, duty=duty, appointed_at=clock.now())
    )
    appointment.hours, appointment.is_deputy = hours, is_deputy
    record(Act.APPOINT, actor, appointment, person=person_id, duty=duty.value, deputy=is_deputy)
    return appointment


def end_appointment(appointment: Appointment, actor: Actor) -> None:
    """Take a duty back; its rights are gone with the next request."""
    appointment.ended_at = clock.now()
    record(Act.APPOINT, actor, appointment, ended=True)


def clear_phase(phase: Phase, at: datetime, actor: Actor) -> None:
    """Let a phase start: its gate was passed, or the round has none."""
    phase.cleared_at = at
    record(Act.CLEAR_PHASE, actor, phase)
    bump(phase.round_id)


def hold_back_phase(phase: Phase, actor: Actor) -> None:
    """Let a phase that did not begin wait for its gate again."""
    phase.cleared_at = None
    record(Act.CLEAR_PHASE, actor, phase, waits=True)


@dataclass(frozen=True)
class AuthorityTold:
    """What an administrator says of the public body; what its organs are called follows from its kind."""

    name: str
    kind: AuthorityKind
    code: str
    contact_email: str = ""
    contact_phone: str = ""
    contact_desk: str = ""
    ordinance: str = ""
    ordinance_on: date | None = None
    ordinance_url: str = ""


def describe_authority(told: AuthorityTold, actor: Actor) -> Authority:
    """Set which public body this installation is of; every page speaks its words from then on."""
    held = find_authority() or add(Authority(**vars(told)))
    for name, value in vars(told).items():
        setattr(held, name, value)
    record(Act.DESCRIBE_AUTHORITY, actor, held, kind=told.kind.value)
    session().flush()
    session().execute(update(Revision).values(number=Revision.number + 1))
    return held


def tell_area(code: str, actor: Actor) -> None:
    """Note in which neighbourhood the actor lives, as they tell it.

    Refused for one that is not known.
    """
    if session().get(Area, code) is None:
        raise Conflict(_("We do not know this neighbourhood. Choose another one."))
    person = session().get_one(Person, actor.person_id)
    person.area_code = code
    record(Act.TELL_AREA, actor, person)


def hold_phase(phase: Phase, at: datetime) -> None:
    """Make sure that a phase takes acts at `at` and cannot close until the transaction ends.

    Judges first without a lock, then takes a shared one and judges again. Refused with the dates.
    """
    rules.judge(phase, at)
    read_again_locked(phase, ("cleared_at", "closing_at", "closed_at"), shared=True)
    rules.judge(phase, at)


def close_phase(phase: Phase, actor: Actor) -> None:
    """Close a phase for good, under a lock that waits for everybody who is still in it.

    By hand this counts from its commit; at the deadline it is refused until no request in flight can count.
    """
    held = session().scalar(locked(select(Phase).where(Phase.id == phase.id)).execution_options(populate_existing=True))
    if held is None or held.closed_at is not None:
        raise NotNow(_("This phase was closed already."))
    at = clock.now()
    if held.closing_at is None and not rules.may_close(held, at):
        raise NotNow(_("This phase can be closed a minute after its end."))
    held.closed_at = at
    record(Act.CLOSE_PHASE, actor, held)
    bump(held.round_id)


def is_open_for_newcomers(phase: Phase, at: datetime) -> bool:
    """Say whether closing by hand has still to begin: the phase runs and nobody is closing it."""
    return rules.takes(phase, at)


def begin_closing(phase: Phase, actor: Actor) -> None:
    """Refuse newcomers from this commit on, as the first half of closing a phase by hand."""
    if phase.closed_at is not None or phase.closing_at is not None:
        raise NotNow(_("This phase was closed already."))
    phase.closing_at = clock.now()
    record(Act.CLOSE_PHASE, actor, phase, begun=True)
    bump(phase.round_id)


def find_open_phase(round_id: uuid.UUID, act: Act, at: datetime) -> Phase | None:
    """Find the phase of a round that takes an act at a moment."""
    kinds = PHASE_ACTS[act]
    wanted = select(Phase).where(Phase.round_id == round_id, Phase.kind.in_(kinds)).order_by(Phase.opens_at)
    return rules.current(session().scalars(wanted), at)


def hold_phase_for(round_id: uuid.UUID, act: Act, at: datetime) -> Phase:
    """Hold the phase of a round that takes an act now.

    Refused with the dates of the phase that takes it, the next one or else the last.
    """
    kinds = PHASE_ACTS[act]
    wanted = select(Phase).where(Phase.round_id == round_id, Phase.kind.in_(kinds)).order_by(Phase.opens_at)
    phases = list(session().scalars(wanted))
    if not phases:
        raise NotNow(_("This round has no phase for this."))
    phase = rules.current(phases, at) or rules.coming(phases, at) or phases[-1]
    hold_phase(phase, at)
    return phase


def hold_decided(round_id: uuid.UUID) -> datetime | None:
    """Return since when a round is decided, None before, and keep that as it is until the transaction ends.

    For verbs that change an outcome, a group or a draft, before they lock any other row: the decision waits for
    whoever is still at work, and who comes after it knows of it.
    """
    found: datetime | None = session().scalar(locked(select(Round.decided_at).where(Round.id == round_id), shared=True))
    return found


def hold_undecided(round_id: uuid.UUID) -> None:
    """Make sure that a round is not decided before the transaction ends; refused once it is."""
    decided_at = hold_decided(round_id)
    if decided_at is not None:
        raise NotNow(_("The decision was taken on %(day)s, so this stays as it is.", day=say_day(decided_at)))


def bump(round_id: uuid.UUID) -> None:
    """Say that what the public sees of a round changed; the last statement of a verb."""
    session().flush()
    session().execute(
        insert_of(Revision)
        .values(round_id=round_id, number=1)
        .on_conflict_do_update(index_elements=["round_id"], set_={"number": Revision.__table__.c.number + 1})
    )


def set_state(subject: Round, state: RoundState) -> None:
    """Move a round in its life; the verb that decides so records it."""
    subject.state = state
    if state is RoundState.OPEN and subject.opened_at is None:
        subject.opened_at = clock.now()
    bump(subject.id)
