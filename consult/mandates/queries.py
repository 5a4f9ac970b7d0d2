"""Finding the vision, topics, what is fixed, the mandate note, the set-up, gates with sign-offs, and their log."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from consult.audit.models import Entry
from consult.foundation.db import locked, session
from consult.foundation.errors import NotFound
from consult.mandates.models import (
    FixedChange,
    Gate,
    GateKind,
    MandateNote,
    Precondition,
    Principle,
    RoundPrinciple,
    SetUp,
    Side,
    SignOff,
    Topic,
    Vision,
)
from consult.mandates.rules import GATE_ACTS, RETURNS, Document, Seat, digest_of, seats
from consult.participants.models import Person
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.queries import get_round, list_appointments, list_phases, list_rounds, list_themes


@dataclass(frozen=True)
class Signed:
    """One sign-off with the name of who gave it."""

    sign_off: SignOff
    name: str


@dataclass(frozen=True)
class At:
    """A gate of a round with everything that was ever signed there, the oldest first."""

    round: Round
    gate: Gate
    signed: Sequence[Signed]

    @property
    def round_id(self) -> uuid.UUID:
        """The round that it belongs to."""
        return self.round.id

    @property
    def standing(self) -> dict[Side, Signed]:
        """The sign-off of each side that counts now."""
        return {one.sign_off.side: one for one in self.signed if one.sign_off.voided_at is None}


def list_preconditions(round_id: uuid.UUID) -> list[Precondition]:
    """List the preconditions of a round in their order."""
    wanted = select(Precondition).where(Precondition.round_id == round_id).order_by(Precondition.position)
    return list(session().scalars(wanted))


def find_note(round_id: uuid.UUID) -> MandateNote | None:
    """Find the mandate note of a round."""
    return session().get(MandateNote, round_id)


def find_set_up(round_id: uuid.UUID) -> SetUp | None:
    """Find how a round is staffed."""
    return session().get(SetUp, round_id)


def list_seats(subject: Round) -> list[Seat]:
    """List every duty of a round with who has it and its hours, in two statements."""
    held = find_set_up(subject.id)
    appointed = [(appointment, person.name) for appointment, person in list_appointments(subject.id)]
    return seats(appointed, held.told["hours"] if held is not None else {})


# --- the vision, and what people are asked about ---


def list_visions() -> list[Vision]:
    """List all versions of the vision with their principles, the newest first, in two statements."""
    wanted = select(Vision).options(selectinload(Vision.principles)).order_by(Vision.number.desc())
    return list(session().scalars(wanted.execution_options(populate_existing=True)))


def find_vision() -> Vision | None:
    """Find the vision that holds: the adopted one with the highest number."""
    return next((one for one in list_visions() if one.adopted_at is not None), None)


def get_vision(_actor: Actor, number: int) -> Vision:
    """Return an adopted version of the vision by its number; raises NotFound."""
    found = next((one for one in list_visions() if one.number == number and one.adopted_at is not None), None)
    if found is None:
        raise NotFound
    return found


def get_written_vision(_actor: Actor) -> Vision:
    """Return the version of the vision that is being written; raises NotFound when there is none."""
    found = next((one for one in list_visions() if one.adopted_at is None), None)
    if found is None:
        raise NotFound
    return found


def list_principles(round_id: uuid.UUID) -> list[Principle]:
    """List the principles to which a round is held, in their order."""
    linked = (RoundPrinciple.round_id == round_id, RoundPrinciple.ended_at.is_(None))
    wanted = select(Principle).join(RoundPrinciple, RoundPrinciple.principle_id == Principle.id).where(*linked)
    return list(session().scalars(wanted.order_by(Principle.position)))


def list_topics() -> list[tuple[Topic, Round | None]]:
    """List what was decided about taking part, per topic, the latest first, with the round where that is public."""
    wanted = (
        select(Topic, Round)
        .outerjoin(Round, (Round.id == Topic.round_id) & Round.is_public)
        .where(Topic.replaced_at.is_(None))
        .order_by(Topic.decided_on.desc(), Topic.recorded_at.desc())
    )
    return [(topic, subject) for topic, subject in session().execute(wanted)]


def list_topic_rounds(actor: Actor) -> list[Round]:
    """List the rounds in which people can take part in a topic: those that the actor may know of, none to practise."""
    return [one for one in list_rounds(actor) if not one.is_practice]


def get_topic(_actor: Actor, topic_id: uuid.UUID) -> Topic:
    """Return a decision about a topic that holds; raises NotFound for one that was replaced."""
    found = session().get(Topic, topic_id)
    if found is None or found.replaced_at is not None:
        raise NotFound
    return found


# --- what was fixed, and changed since the round opened ---


def find_change(round_id: uuid.UUID) -> FixedChange | None:
    """Find the change that waits for signatures."""
    waits = (FixedChange.applied_at.is_(None), FixedChange.dropped_at.is_(None))
    return session().scalar(select(FixedChange).where(FixedChange.round_id == round_id, *waits))


def get_change(actor: Actor, slug: str) -> FixedChange:
    """Return the change that waits for signatures in a round that the actor serves; raises NotFound."""
    subject = get_round(actor, slug)
    found = find_change(subject.id)
    if found is None or not (actor.is_system or actor.serves(subject.id)):
        raise NotFound
    return found


def round_of(change: FixedChange) -> Round:
    """Return the round of a change."""
    return session().get_one(Round, change.round_id)


def list_changes(round_id: uuid.UUID) -> list[FixedChange]:
    """List what was changed in what is fixed since the round opened, the latest first."""
    made = (FixedChange.round_id == round_id, FixedChange.applied_at.is_not(None))
    return list(session().scalars(select(FixedChange).where(*made).order_by(FixedChange.applied_at.desc())))


# --- gates ---


def list_gates(round_id: uuid.UUID) -> list[Gate]:
    """List the gates of a round in their order; a round without gates has none."""
    return list(session().scalars(select(Gate).where(Gate.round_id == round_id).order_by(Gate.kind)))


def find_gate(round_id: uuid.UUID, kind: GateKind) -> Gate | None:
    """Find a gate of a round and lock it until the transaction ends, so that signing and changing come one by one."""
    wanted = select(Gate).where(Gate.round_id == round_id, Gate.kind == kind)
    found: Gate | None = session().scalar(locked(wanted).execution_options(populate_existing=True))
    return found


def list_sign_offs(gate_id: uuid.UUID) -> list[SignOff]:
    """List what was signed at a gate, the oldest first, as the database holds it now."""
    wanted = select(SignOff).where(SignOff.gate_id == gate_id).order_by(SignOff.signed_at)
    return list(session().scalars(wanted.execution_options(populate_existing=True)))


def list_at(subject: Round) -> list[At]:
    """List the gates of a round with all sign-offs and the names of who gave them, in two statements."""
    wanted = (
        select(SignOff, Person.name)
        .join(Gate, Gate.id == SignOff.gate_id)
        .join(Person, Person.id == SignOff.person_id)
        .where(Gate.round_id == subject.id)
        .order_by(SignOff.signed_at)
    )
    signed: dict[uuid.UUID, list[Signed]] = defaultdict(list)
    for one, name in session().execute(wanted):
        signed[one.gate_id].append(Signed(one, name))
    return [At(subject, gate, signed[gate.id]) for gate in list_gates(subject.id)]


def get_at(actor: Actor, slug: str, gate: str) -> At:
    """Return a gate of a round that the actor serves, by its code ("p3"); raises NotFound."""
    subject = get_round(actor, slug)
    found = next((one for one in list_at(subject) if one.gate.kind == gate), None)
    if found is None or not (actor.is_system or actor.serves(subject.id)):
        raise NotFound
    return found


def list_log(round_id: uuid.UUID) -> list[Entry]:
    """List what was done at the gates of a round, the oldest first."""
    acts = sorted(act.value for act in GATE_ACTS)
    wanted = select(Entry).where(Entry.round_id == round_id, Entry.act.in_(acts), Entry.result == "done")
    return list(session().scalars(wanted.order_by(Entry.position)))


def count_returned(round_id: uuid.UUID) -> dict[Act, int]:
    """Count in the journal how often each kind of document was sent back to whoever wrote it."""
    returned = (Entry.round_id == round_id, Entry.act.in_([act.value for act in RETURNS]), Entry.result == "done")
    wanted = select(Entry.act, func.count()).where(*returned).group_by(Entry.act)
    counted = {Act(act): count for act, count in session().execute(wanted)}
    return {act: counted.get(act, 0) for act in RETURNS}


# --- what is signed at P0 and P1 ---

AT_P0 = ("title", "question", "can_influence", "cannot_influence", "level", "level_reason", "decider")
BESIDE = (  # what a mandate note says besides
    "rung",
    "area",
    "instrument",
    "parties",
    "groups",
    "reach",
    "methods",
    "languages",
    "risks",
    "privacy",
    "evaluation",
)
AT_P1 = (*AT_P0, "introduction", "verification", "holds_first", "contact_name", "contact_email", "contact_phone")


def mandate_of(subject: Round, kind: GateKind) -> Document:
    """Return what is signed at P0 (the mandate note) or P1 (all that people will read and how they take part).

    Each covers the words of the round, what is fixed, the note with its budget, and the phases.
    """
    note = find_note(subject.id)
    words = [getattr(subject, name) for name in (AT_P0 if kind is GateKind.P0 else AT_P1)]
    fixed = [[p.code, p.kind, p.negotiable, p.title, p.why] for p in list_preconditions(subject.id)]
    told = [note.reason, note.budget_euros, note.budget_words, note.planning] if note is not None else []
    phases = [[p.kind, p.name, p.first_day, p.last_day] for p in list_phases(subject.id)]
    parts: list[Any] = [words, fixed, told, phases]
    beside = [[name, value] for name in BESIDE if note is not None and (value := getattr(note, name))]
    held_to = [principle.id for principle in list_principles(subject.id)]
    if beside or held_to:  # what was signed before these existed stays signed
        parts.append([beside, held_to])
    if kind is GateKind.P1:
        parts.append([[t.code, t.name, t.statement] for t in list_themes(subject.id)])
    return Document("", digest_of(parts))
