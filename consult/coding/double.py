"""Finding the sample that is coded twice: what lacks of it, who is to code what, how well they agree, what differs."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from consult.coding import rules
from consult.coding.models import Code, Double, Settlement
from consult.coding.queries import get_input, is_coded_input
from consult.contributions.models import Contribution, State
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.participants.models import Person
from consult.policy import Actor, Duty, Role
from consult.rounds.models import Appointment, Theme


@dataclass(frozen=True)
class Sample:
    """How many inputs of a round are coded, and how many of those were drawn to be coded twice."""

    coded: int
    drawn: int

    @property
    def due(self) -> int:
        """How many more are to be drawn."""
        return rules.due(self.coded, self.drawn)


@dataclass(frozen=True)
class Measured:
    """How well two coders agree in a round: on `inputs` that both coded, of which `same` have the same themes."""

    inputs: int
    same: int
    kappa: float | None
    themes: Sequence[tuple[Theme, rules.Agreement]]


@dataclass(frozen=True)
class Difference:
    """An input that two people coded otherwise, who was second, and how that was settled, if it was."""

    double: Double
    second_by: str
    settlement: Settlement | None
    settled_by: str = ""


def _can_be_blind(round_id: uuid.UUID) -> ColumnElement[bool]:
    """Say which appointments are of people who code in a round and do not read its journal: that tells each coding."""
    other = aliased(Appointment)
    directs = (other.round_id == round_id, other.duty == Duty.DIRECTOR, other.ended_at.is_(None))
    reads = select(other.id).where(other.person_id == Appointment.person_id, *directs)
    officer = select(Person.id).where(Person.id == Appointment.person_id, Person.role == Role.PRIVACY)
    return and_(
        Appointment.round_id == round_id,
        Appointment.duty == Duty.MODERATOR,
        Appointment.ended_at.is_(None),
        ~reads.correlate(Appointment).exists(),
        ~officer.correlate(Appointment).exists(),
    )


def has_sample(round_id: uuid.UUID) -> bool:
    """Say whether coding twice was begun in a round."""
    return session().scalar(select(Double.id).where(Double.round_id == round_id).limit(1)) is not None


def count_sample(round_id: uuid.UUID) -> Sample:
    """Count the inputs of a round that are coded, and those of them that were drawn."""
    of_round = is_coded_input(round_id)
    counted = select(func.count(Contribution.id), func.count(Double.id))
    joined = counted.select_from(Contribution).outerjoin(Double, Double.contribution_id == Contribution.id)
    coded, drawn = session().execute(joined.where(of_round)).one()
    return Sample(coded, drawn)


def list_undrawn(round_id: uuid.UUID, number: int) -> list[uuid.UUID]:
    """List the next inputs of the sample, of those that somebody who moderates the round did not code."""
    taken = select(Double.id).where(Double.contribution_id == Contribution.id).correlate(Contribution).exists()
    own = select(Code.id).where(Code.contribution_id == Contribution.id, Code.coded_by_id == Appointment.person_id)
    is_own = own.correlate(Contribution, Appointment).exists()
    can = select(Appointment.id).where(_can_be_blind(round_id), ~is_own).correlate(Contribution).exists()
    mixed = (Contribution.order_key % rules.SHUFFLE, Contribution.id)
    wanted = select(Contribution.id).where(is_coded_input(round_id), ~taken, can).order_by(*mixed)
    return list(session().scalars(wanted.limit(number)))


def open_tasks(round_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Count what waits for the second coding of everybody who can code in a round without knowing the first."""
    waits = (Double.round_id == round_id, Double.person_id == Appointment.person_id, Double.coded_at.is_(None))
    number = select(func.count(Double.id)).where(*waits).correlate(Appointment).scalar_subquery()
    found = session().execute(select(Appointment.person_id, number).where(_can_be_blind(round_id)))
    return {person_id: count for person_id, count in found}


def coders_of(contribution_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, set[uuid.UUID]]:
    """Return who ever coded each of some contributions."""
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    wanted = select(Code.contribution_id, Code.coded_by_id).where(Code.contribution_id.in_(list(contribution_ids)))
    for contribution_id, person_id in session().execute(wanted.distinct()):
        if person_id is not None:
            found[contribution_id].add(person_id)
    return found


def list_left(round_id: uuid.UUID, people: Sequence[uuid.UUID]) -> list[Double]:
    """List the second codings of a round that wait for somebody who is none of these people."""
    left = (Double.round_id == round_id, Double.coded_at.is_(None), Double.person_id.not_in(people))
    return list(session().scalars(select(Double).where(*left)))


def list_tasks(round_id: uuid.UUID, person_id: uuid.UUID | None) -> list[Double]:
    """List what somebody is to code a second time, as far as it is public now, with the inputs, oldest first."""
    waits = (Double.round_id == round_id, Double.person_id == person_id, Double.coded_at.is_(None))
    wanted = select(Double).join(Double.contribution).where(*waits, Contribution.state == State.PUBLISHED)
    ordered = wanted.order_by(Double.drawn_at, Double.id).options(joinedload(Double.contribution))
    return list(session().scalars(ordered))


def count_waiting(round_id: uuid.UUID) -> dict[str, int]:
    """Count per name what waits for the second coding of each colleague."""
    waits = (Double.round_id == round_id, Double.coded_at.is_(None))
    wanted = select(Person.name, func.count(Double.id)).join(Person, Person.id == Double.person_id).where(*waits)
    return {name: number for name, number in session().execute(wanted.group_by(Person.name).order_by(Person.name))}


def get_second(actor: Actor, slug: str, double_id: uuid.UUID) -> Double:
    """Return what the actor is to code a second time, with its input and round; raises NotFound to everybody else."""
    return _get(actor, slug, Double.id == double_id, Double.person_id == actor.person_id)


def get_difference(actor: Actor, slug: str, double_id: uuid.UUID) -> Double:
    """Return what two people coded otherwise, with its input and round; raises NotFound while the second is not in."""
    found = _get(actor, slug, Double.id == double_id, Double.coded_at.is_not(None))
    if not found.differs:
        raise NotFound
    return found


def _get(actor: Actor, slug: str, *which: ColumnElement[bool]) -> Double:
    wanted = select(Double).join(Double.contribution).where(*which).options(contains_eager(Double.contribution))
    found = session().scalar(wanted)
    if found is None:
        raise NotFound
    contribution = get_input(actor, slug, found.contribution.public_id)  # absent when it is not public now
    set_committed_value(found, "contribution", contribution)
    return found


def measured(round_id: uuid.UUID, themes: Sequence[Theme]) -> Measured:
    """Measure, in one statement, how well two coders agree in a round, on the whole and for each of its themes."""
    done = (Double.round_id == round_id, Double.coded_at.is_not(None))
    rows = session().execute(select(Double.first, Double.second).where(*done)).all()
    pairs = [(set(first), set(second)) for first, second in rows]
    counted = rules.agreements(pairs, [str(theme.id) for theme in themes])
    same = sum(first == second for first, second in pairs)
    return Measured(len(pairs), same, rules.kappa(counted), list(zip(themes, counted, strict=True)))


def list_differences(round_id: uuid.UUID, number: int = 1) -> Page[Difference]:
    """List a page of what two people coded otherwise, what is not settled first, with names and settlements."""
    second, settler = aliased(Person), aliased(Person)
    wanted = (
        select(Double, second.name, Settlement, settler.name)
        .join(second, second.id == Double.person_id)
        .outerjoin(Settlement, and_(Settlement.double_id == Double.id, Settlement.replaced_at.is_(None)))
        .outerjoin(settler, settler.id == Settlement.settled_by_id)
        .join(Double.contribution)
        .where(Double.round_id == round_id, Double.coded_at.is_not(None), Contribution.state == State.PUBLISHED)
        .options(joinedload(Double.contribution))
        .order_by(Settlement.settled_at.is_not(None), Double.coded_at, Double.id)
    )
    rows = [Difference(one, name, held, by or "") for one, name, held, by in session().execute(wanted) if one.differs]
    number = max(1, min(number, -(-len(rows) // PER_PAGE)))
    return Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(rows))


def list_settled(double_id: uuid.UUID) -> list[tuple[Settlement, str]]:
    """List how a difference was settled, newest first, each with the name of who did."""
    wanted = (
        select(Settlement, Person.name)
        .outerjoin(Person, Person.id == Settlement.settled_by_id)
        .where(Settlement.double_id == double_id)
        .order_by(Settlement.replaced_at.is_not(None), Settlement.settled_at.desc())
    )
    return [(one, name or "") for one, name in session().execute(wanted)]


def names_of(double: Double) -> dict[uuid.UUID, str]:
    """Return the names of everybody who ever coded an input, and of who was asked to code it a second time."""
    coders = select(Code.coded_by_id).where(Code.contribution_id == double.contribution_id)
    of_it = or_(Person.id.in_(coders.where(Code.coded_by_id.is_not(None))), Person.id == double.person_id)
    wanted = select(Person.id, Person.name).where(of_it).order_by(Person.name)
    return {person_id: name for person_id, name in session().execute(wanted)}
