"""Finding parties with what was thought of them, offers, introductions, counts of reach, and advice."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from consult.contributions.models import Contribution, State
from consult.field import rules
from consult.field.models import (
    AdviceRequest,
    Assessment,
    Outreach,
    Party,
    PartyKind,
    ReachCount,
    ReachKind,
    Relation,
    Unorganised,
)
from consult.field.rules import Group, Standing
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.participants.models import Organisation, OrganisationState, Person
from consult.policy import Actor
from consult.rounds.models import Area, Phase, Round
from consult.rounds.queries import get_round, list_areas

MOST_BODIES = 1_000


@dataclass(frozen=True)
class OfRound:
    """A row of a round, with that round and its phases; the subject of acts on it."""

    round: Round

    @property
    def round_id(self) -> uuid.UUID:
        return self.round.id


@dataclass(frozen=True)
class Seated(OfRound):
    """A party with its round."""

    party: Party


@dataclass(frozen=True)
class Tied(OfRound):
    """A relation between two parties of a round."""

    relation: Relation


@dataclass(frozen=True)
class Reaching(OfRound):
    """Something that is done to reach a group."""

    outreach: Outreach


@dataclass(frozen=True)
class Advising(OfRound):
    """A request for advice."""

    request: AdviceRequest


@dataclass(frozen=True)
class Seat:
    """A party on one map: what was thought of it in this phase, by whom, and in the one before."""

    party: Party
    standing: Standing | None
    before: Standing | None
    assessments: Sequence[Assessment]


@dataclass(frozen=True)
class MapAge:
    """How old the map of a round is; without `last_at` nobody drew one. `is_old`: this phase has none of its own."""

    last_at: datetime | None
    is_old: bool
    assessed: int
    parties: int


@dataclass(frozen=True)
class FieldMap:
    """The map of one phase; `before` is the phase with which it is compared, `drawn` all phases that have a map."""

    phase: Phase
    before: Phase | None
    drawn: Sequence[Phase]
    is_now: bool
    seats: Sequence[Seat]
    missing: Sequence[PartyKind]
    unorganised: Unorganised | None
    relations: Sequence[Relation]


@dataclass(frozen=True)
class Reach:
    """Who took part in a round, per neighbourhood and per age, beside who lives here; and who is not known."""

    areas: Sequence[Group]
    ages: Sequence[Group]
    names: Mapping[str, str]
    counts: Sequence[ReachCount]
    places: Sequence[tuple[str, str]]  # code and name of each neighbourhood

    def unknown(self, kind: ReachKind) -> int:
        """Return of how many people the group is not known."""
        return sum(one.people for one in self.counts if one.kind is kind and not one.code)

    @property
    def low(self) -> list[tuple[ReachKind, Group]]:
        """The groups that take part little."""
        found = [(ReachKind.AREA, one) for one in self.areas] + [(ReachKind.AGE, one) for one in self.ages]
        return [(kind, one) for kind, one in found if one.is_low]


# --- parties and the map ---


def get_party(actor: Actor, slug: str, party_id: uuid.UUID) -> Seated:
    """Return a party of a round; raises NotFound as `get_round` does."""
    subject = get_round(actor, slug)
    wanted = select(Party).where(Party.id == party_id, Party.round_id == subject.id)
    found = session().scalar(wanted.options(joinedload(Party.organisation)))
    if found is None:
        raise NotFound
    return Seated(subject, found)


def get_relation(actor: Actor, slug: str, relation_id: uuid.UUID) -> Tied:
    """Return a relation between parties of a round; raises NotFound as `get_round` does."""
    subject = get_round(actor, slug)
    wanted = select(Relation).join(Relation.one).where(Relation.id == relation_id, Party.round_id == subject.id)
    found = session().scalar(wanted.options(joinedload(Relation.one), joinedload(Relation.other)))
    if found is None:
        raise NotFound
    return Tied(subject, found)


def list_parties(round_id: uuid.UUID) -> list[Party]:
    """List who stands on the map of a round now, by name, each with its organisation."""
    wanted = select(Party).where(Party.round_id == round_id, Party.left_at.is_(None)).order_by(Party.name)
    return list(session().scalars(wanted.options(joinedload(Party.organisation))))


def list_rings(subject: Round) -> list[tuple[Party, Standing | None]]:
    """List who stands on the map of a round, each with what was thought of it last; of that only rings are public."""
    order = {phase.id: number for number, phase in enumerate(subject.phases)}
    thought: dict[uuid.UUID, list[Assessment]] = defaultdict(list)
    for one in sorted(_assessed(subject.id), key=lambda one: order[one.phase_id]):
        if thought[one.party_id] and thought[one.party_id][-1].phase_id != one.phase_id:
            thought[one.party_id].clear()  # of an earlier phase
        thought[one.party_id].append(one)
    return [(party, rules.standing(thought[party.id])) for party in list_parties(subject.id)]


def find_map_age(subject: Round, at: datetime) -> MapAge:
    """Find how old the map of a round is at a moment, in one statement; `phases` is loaded."""
    now = rules.map_phase(subject.phases, at) if subject.phases else None
    here = select(func.count(Party.id)).where(Party.round_id == subject.id, Party.left_at.is_(None)).scalar_subquery()
    current = (
        select(func.count(Assessment.party_id.distinct()))
        .join(Assessment.party)
        .where(Assessment.phase_id == (now.id if now is not None else None), Party.left_at.is_(None))
        .scalar_subquery()
    )
    last = select(func.max(Assessment.assessed_at)).join(Assessment.party).where(Party.round_id == subject.id)
    last_at, assessed, parties = session().execute(select(last.scalar_subquery(), current, here)).one()
    return MapAge(last_at, last_at is not None and not assessed, assessed, parties)


def get_map(subject: Round, at: datetime, number: int | None = None) -> FieldMap:
    """Return the map of the phase with this position in the round, or of the one that it is drawn for now.

    Raises NotFound for a phase that the round does not have, and NotNow for a round without phases. A map that is
    past shows who was assessed then; the one of now shows everybody who stands on it.
    """
    phases = list(subject.phases)
    now = rules.map_phase(phases, at)
    phase = next((one for one in phases if one.position == number), None) if number is not None else now
    if phase is None:
        raise NotFound
    known = set(session().scalars(_phases_drawn(subject.id)))
    drawn = [one for one in phases if one.id in known]
    before = next((one for one in reversed(drawn) if one.opens_at < phase.opens_at), None)
    wanted = [one.id for one in (phase, before) if one is not None]
    thought: dict[tuple[uuid.UUID, uuid.UUID], list[Assessment]] = defaultdict(list)
    for one in _assessed(subject.id, wanted):
        thought[one.party_id, one.phase_id].append(one)
    seats = []
    for party in _parties_of(subject.id):
        own = thought.get((party.id, phase.id), [])
        if party.left_at is not None if phase.id == now.id else not own:
            continue
        earlier = thought.get((party.id, before.id), []) if before is not None else []
        seats.append(Seat(party, rules.standing(own), rules.standing(earlier), own))
    missing = rules.missing_kinds(one.party.kind for one in seats)
    asked = find_unorganised(phase.id)
    return FieldMap(phase, before, drawn, phase.id == now.id, seats, missing, asked, list_relations(subject.id))


def _phases_drawn(round_id: uuid.UUID) -> Select[Any]:
    return select(Assessment.phase_id).join(Assessment.party).where(Party.round_id == round_id).distinct()


def _assessed(round_id: uuid.UUID, phase_ids: Collection[uuid.UUID] | None = None) -> list[Assessment]:
    wanted = select(Assessment).join(Assessment.party).where(Party.round_id == round_id)
    if phase_ids is not None:
        wanted = wanted.where(Assessment.phase_id.in_(phase_ids))
    return list(session().scalars(wanted.order_by(Assessment.assessed_at, Assessment.id)))


def _parties_of(round_id: uuid.UUID) -> list[Party]:
    wanted = select(Party).where(Party.round_id == round_id).order_by(Party.name)
    return list(session().scalars(wanted.options(joinedload(Party.organisation))))


def find_unorganised(phase_id: uuid.UUID) -> Unorganised | None:
    """Find who was said to be affected and not organised in a phase."""
    return session().scalar(select(Unorganised).where(Unorganised.phase_id == phase_id))


def list_assessed(party_id: uuid.UUID) -> list[tuple[Assessment, Phase, str]]:
    """List everything that was thought of a party, newest phase first, with the phase and the name of who did."""
    wanted = (
        select(Assessment, Phase, Person.name)
        .join(Phase, Phase.id == Assessment.phase_id)
        .join(Person, Person.id == Assessment.assessor_id)
        .where(Assessment.party_id == party_id)
        .order_by(Phase.opens_at.desc(), Assessment.assessed_at)
    )
    return [(one, phase, name) for one, phase, name in session().execute(wanted)]


def find_assessment(party_id: uuid.UUID, phase_id: uuid.UUID, actor: Actor) -> Assessment | None:
    """Find what the actor thought of a party in a phase."""
    return session().scalar(
        select(Assessment).where(
            Assessment.party_id == party_id, Assessment.phase_id == phase_id, Assessment.assessor_id == actor.person_id
        )
    )


def list_relations(round_id: uuid.UUID, party_id: uuid.UUID | None = None) -> list[Relation]:
    """List what parties of a round are to each other now, or one of them to others, with both parties."""
    wanted = (
        select(Relation)
        .join(Relation.one)
        .where(Party.round_id == round_id, Relation.ended_at.is_(None))
        .options(joinedload(Relation.one), joinedload(Relation.other))
        .order_by(Relation.seen_on.desc(), Relation.id)
    )
    if party_id is not None:
        wanted = wanted.where((Relation.one_id == party_id) | (Relation.other_id == party_id))
    return list(session().scalars(wanted))


def list_party_choices(round_id: uuid.UUID, kind: PartyKind | None = None) -> list[tuple[str, str]]:
    """List the parties of a round as choices: id and name."""
    found = [one for one in list_parties(round_id) if kind is None or one.kind is kind]
    return [(str(one.id), one.name) for one in found]


def list_body_choices() -> list[tuple[str, str]]:
    """List the organisations that were verified as choices: short name and name, by name."""
    wanted = select(Organisation.slug, Organisation.name).where(Organisation.state == OrganisationState.VERIFIED)
    return [(slug, name) for slug, name in session().execute(wanted.order_by(Organisation.name).limit(MOST_BODIES))]


def find_verified(slug: str) -> Organisation | None:
    """Find an organisation that was verified by its short name."""
    verified = Organisation.state == OrganisationState.VERIFIED
    return session().scalar(select(Organisation).where(Organisation.slug == slug, verified)) if slug else None


# --- reach ---


def reach(round_id: uuid.UUID) -> Reach:
    """Return who took part in a round beside who lives here, in two statements."""
    areas = list_areas()
    counts = list(session().scalars(select(ReachCount).where(ReachCount.round_id == round_id)))
    counted = {kind: {one.code: one.people for one in counts if one.kind is kind} for kind in ReachKind}
    living = {one.code: one.population or 0 for one in neighbourhoods(areas)}
    by_age = [sum(int(one.ages[n]) for one in areas if len(one.ages) > n) for n in range(len(rules.AGES))]
    ages = dict(zip((code for code, _words in rules.AGES), by_age, strict=True))
    return Reach(
        rules.represent(counted[ReachKind.AREA], living),
        rules.represent(counted[ReachKind.AGE], ages),
        {one.code: one.name for one in areas},
        counts,
        [(one.code, one.name) for one in neighbourhoods(areas)],
    )


def neighbourhoods(areas: Sequence[Area]) -> list[Area]:
    """Return the areas in which people live: those that have no others within them."""
    parents = {one.parent_code for one in areas}
    return [one for one in areas if one.code not in parents]


def count_authors(round_id: uuid.UUID) -> dict[str, int]:
    """Count per neighbourhood who sent something in that is public, as far as it is known where they live."""
    wanted = (
        select(Contribution.area_code, func.count(Contribution.author_id.distinct()))
        .where(Contribution.round_id == round_id, Contribution.state == State.PUBLISHED)
        .where(Contribution.area_code.is_not(None))
        .group_by(Contribution.area_code)
    )
    return {code: people for code, people in session().execute(wanted) if code is not None}


def get_outreach(actor: Actor, slug: str, outreach_id: uuid.UUID) -> Reaching:
    """Return something that is done to reach a group; raises NotFound as `get_round` does."""
    subject = get_round(actor, slug)
    found = session().get(Outreach, outreach_id)
    if found is None or found.round_id != subject.id:
        raise NotFound
    return Reaching(subject, found)


def list_outreach(round_id: uuid.UUID) -> list[Outreach]:
    """List what is done to reach groups of a round: what is still to be done first, by its day."""
    wanted = select(Outreach).where(Outreach.round_id == round_id)
    return list(session().scalars(wanted.order_by(Outreach.done_on.is_not(None), Outreach.planned_on, Outreach.id)))


# --- advice ---


def get_advice(actor: Actor, slug: str, advice_id: uuid.UUID) -> Advising:
    """Return a request for advice with the party that is asked; raises NotFound as `get_round` does."""
    subject = get_round(actor, slug)
    wanted = select(AdviceRequest).where(AdviceRequest.id == advice_id, AdviceRequest.round_id == subject.id)
    found = session().scalar(wanted.options(joinedload(AdviceRequest.party)))
    if found is None:
        raise NotFound
    return Advising(subject, found)


def list_advice(round_id: uuid.UUID) -> list[AdviceRequest]:
    """List the requests for advice of a round with who is asked: those that wait first, by their day."""
    settled = AdviceRequest.answered_on.is_not(None) | AdviceRequest.waived_at.is_not(None)
    wanted = select(AdviceRequest).where(AdviceRequest.round_id == round_id)
    wanted = wanted.order_by(settled, AdviceRequest.due_on, AdviceRequest.id)
    return list(session().scalars(wanted.options(joinedload(AdviceRequest.party))))


def list_advice_overdue(round_id: uuid.UUID, today: date) -> list[uuid.UUID]:
    """List the requests for advice that wait and of which the day is past."""
    wanted = select(AdviceRequest.id).where(
        AdviceRequest.round_id == round_id,
        AdviceRequest.answered_on.is_(None),
        AdviceRequest.waived_at.is_(None),
        AdviceRequest.due_on < today,
    )
    return list(session().scalars(wanted.order_by(AdviceRequest.due_on, AdviceRequest.id)))
