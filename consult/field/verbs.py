"""What is done on the map: parties come and go, somebody assesses them, and notes what they are to each other."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from consult.audit.verbs import record
from consult.field import rules
from consult.field.models import Assessment, Party, PartyKind, Relation, RelationKind, Ring, Shared, Unorganised
from consult.field.queries import find_assessment
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.models import Organisation
from consult.policy import Act, Actor
from consult.rounds.models import Phase, Round
from consult.rounds.verbs import bump


@dataclass(frozen=True)
class PartyTold:
    """Who comes on the map: an organisation that takes part here, or only a name."""

    name: str
    kind: PartyKind
    note: str = ""
    organisation: Organisation | None = None


@dataclass(frozen=True)
class Thought:
    """What somebody thinks of a party; the scales and rings of `Assessment`."""

    influence: int
    interest: int
    attitude: int
    has_power: bool
    is_legitimate: bool
    is_urgent: bool
    ring: Ring
    ring_wanted: Ring | None = None
    ring_ours: Ring | None = None
    note: str = ""
    shared: Shared = Shared.UNKNOWN


def add_party(subject: Round, told: PartyTold, actor: Actor) -> Party:
    """Put a party on the map of a round; one that was taken off comes back.

    Refused when it stands there already.
    """
    known = _known(subject, told)
    if known is not None and known.left_at is None:
        raise Conflict(_("%(name)s stands on the map already.", name=known.name))
    if known is not None:
        known.left_at, known.kind, known.note = None, told.kind, told.note
    else:
        body = told.organisation.id if told.organisation is not None else None
        by = {"added_by_id": actor.person_id, "added_at": actor.arrived_at}
        known = add(
            Party(round_id=subject.id, organisation_id=body, name=told.name, kind=told.kind, note=told.note, **by)
        )
    record(Act.WRITE_FIELD, actor, known, kind=told.kind.value)
    bump(subject.id)
    return known


def _known(subject: Round, told: PartyTold, but: Party | None = None) -> Party | None:
    same = [Party.name == told.name]
    if told.organisation is not None:
        same.append(Party.organisation_id == told.organisation.id)
    found = session().scalars(select(Party).where(Party.round_id == subject.id, or_(*same)))
    return next((one for one in found if but is None or one.id != but.id), None)


def change_party(party: Party, subject: Round, told: PartyTold, actor: Actor) -> None:
    """Write anew who a party is; refused when another one on the map has that name or is that organisation."""
    other = _known(subject, told, party)
    if other is not None:
        raise Conflict(_("%(name)s stands on the map already.", name=other.name))
    party.name, party.kind, party.note = told.name, told.kind, told.note
    party.organisation_id = told.organisation.id if told.organisation is not None else None
    session().flush()
    record(Act.WRITE_FIELD, actor, party, kind=told.kind.value)
    bump(subject.id)


def take_off(party: Party, actor: Actor) -> None:
    """Take a party off the map from now on; older maps keep it. Refused when it is off already."""
    if party.left_at is not None:
        raise NotNow(_("This party was taken off the map already."))
    party.left_at = actor.arrived_at
    record(Act.WRITE_FIELD, actor, party, left=True)
    bump(party.round_id)


def assess(party: Party, subject: Round, thought: Thought, actor: Actor) -> Assessment:
    """Write down what the actor thinks of a party in the phase that is now, or write it over.

    What was thought in a phase that is past stays as it was: it is the map of then. Refused for a party that was
    taken off, and for a number that is not on its scale. `subject.phases` is loaded.
    """
    if party.left_at is not None:
        raise NotNow(_("This party was taken off the map. Put it back first."))
    if not (1 <= thought.influence <= 10 and 1 <= thought.interest <= 10 and -2 <= thought.attitude <= 2):
        raise Conflict(_("Influence and interest go from 1 to 10, the attitude from -2 to 2."))
    assert actor.person_id is not None
    phase = rules.map_phase(subject.phases, actor.arrived_at)
    found = find_assessment(party.id, phase.id, actor)
    if found is None:
        ids = {"party_id": party.id, "phase_id": phase.id, "assessor_id": actor.person_id}
        found = add(Assessment(**ids, **vars(thought), assessed_at=actor.arrived_at))
    else:
        for name, value in vars(thought).items():
            setattr(found, name, value)
        found.assessed_at = actor.arrived_at
    record(Act.ASSESS_PARTY, actor, found, round=subject.id, phase=phase.position)
    bump(subject.id)
    return found


def relate(party: Party, other: Party, kind: RelationKind, actor: Actor, *, source: str, seen_on: date) -> Relation:
    """Note what a party is to another one, with where that is known from.

    Refused for a party and itself, for parties of two rounds, for a day that has still to come, and when it is
    noted already.
    """
    if party.id == other.id:
        raise Conflict(_("Choose another party than this one."))
    if party.round_id != other.round_id:
        raise Conflict(_("Both parties must stand on the map of this round."))
    if seen_on > local(actor.arrived_at).date():
        raise Conflict(_("This day has still to come. Choose today or an earlier one."))
    held = (Relation.one_id == party.id, Relation.other_id == other.id, Relation.kind == kind)
    if session().scalar(select(Relation.id).where(*held, Relation.ended_at.is_(None))) is not None:
        raise Conflict(_("This is noted already."))
    by = {"noted_by_id": actor.person_id, "noted_at": actor.arrived_at}
    made = add(Relation(one_id=party.id, other_id=other.id, kind=kind, source=source, seen_on=seen_on, **by))
    record(Act.WRITE_FIELD, actor, made, round=party.round_id, kind=kind.value)
    return made


def end_relation(relation: Relation, subject: Round, actor: Actor) -> None:
    """Note that two parties are no longer this to each other; refused when that was noted already."""
    if relation.ended_at is not None:
        raise NotNow(_("This was ended already."))
    relation.ended_at = actor.arrived_at
    record(Act.WRITE_FIELD, actor, relation, round=subject.id, ended=True)


def tell_unorganised(subject: Round, text: str, actor: Actor) -> Unorganised:
    """Answer for this phase who is affected and not organised; written over until the next phase."""
    phase: Phase = rules.map_phase(subject.phases, actor.arrived_at)
    found = session().scalar(select(Unorganised).where(Unorganised.phase_id == phase.id))
    if found is None:
        found = Unorganised(phase_id=phase.id)
        session().add(found)
    found.text, found.written_by_id, found.written_at = text, actor.person_id, actor.arrived_at
    session().flush()
    record(Act.WRITE_FIELD, actor, found, round=subject.id, phase=phase.position)
    return found
