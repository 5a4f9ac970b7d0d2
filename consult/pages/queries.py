"""What the reading pages need that no single room below them can tell."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased, selectinload

from consult.coding.models import Code
from consult.coding.queries import seen_by
from consult.contributions.models import Contribution, State
from consult.foundation.db import session
from consult.foundation.language import gettext as _
from consult.intake.models import Intake
from consult.moderation.models import Appeal, Hold, Redaction, Refusal
from consult.participants.models import Person
from consult.proposals.models import Proposal
from consult.rounds.models import Area, Phase, Round
from consult.synthesis.models import (
    Draft,
    DraftState,
    Outcome,
    Paragraph,
    Section,
    SourceLink,
)
from consult.synthesis.queries import in_public
from consult.voting.methods import METHODS
from consult.voting.models import Mark, Method, Option, Poll
from consult.voting.queries import tally, void


@dataclass(frozen=True)
class Around:
    """What stands around one contribution: themes, its answer now, in how many paragraphs it is used, its area."""

    theme_ids: frozenset[uuid.UUID]
    outcome: Outcome | None
    places: int
    area: str


@dataclass(frozen=True)
class Work:
    """What waits in one round: held ones and since when, decisions for a second person, appeals, and forms.

    The forms are those that wait for a second look.
    """

    held: int = 0
    oldest: datetime | None = None
    decisions: int = 0
    appeals: int = 0
    unchecked: int = 0


@dataclass(frozen=True)
class Voted:
    """How one contribution was voted on in one poll; no counts where it does not stand by itself.

    `parts` are, of a statement that carries others, how many answered it itself and how many each of those.
    """

    method: Method
    closes_at: datetime
    counts: Mapping[str, int]
    stands: bool
    parts: Sequence[int] = ()


@dataclass(frozen=True)
class Joined:
    """An option whose votes are counted together with others, and how many choices were made on itself."""

    title: str
    choices: int


def find_newest_draft(round_id: uuid.UUID) -> int | None:
    """Find the number of the newest published version of the draft."""
    public = (Draft.round_id == round_id, Draft.state == DraftState.PUBLISHED)
    return session().scalar(select(func.max(Draft.number)).where(*public))


def list_voted(contribution_id: uuid.UUID) -> list[Voted]:
    """List how a contribution was voted on, in polls that are final, in one statement.

    More for each poll in which others were joined with it: there the count of the whole poll tells, and for a
    statement those of its parts too.
    """
    merged = aliased(Option)
    carries = select(merged.id).where(merged.merged_into_id == Option.id).exists()
    wanted = (
        select(
            Poll.id, Poll.method, Phase.closes_at, Option.id, Option.merged_into_id, carries, Mark.value, func.count()
        )
        .join(Poll, Poll.id == Option.poll_id)
        .join(Phase, Phase.id == Poll.phase_id)
        .outerjoin(Mark, and_(Mark.option_id == Option.id, Mark.value.is_not(None), Mark.ballot_id.not_in(void())))
        .where(Option.contribution_id == contribution_id, Phase.closed_at.is_not(None))
        .group_by(Poll.id, Poll.method, Phase.closes_at, Option.id, Option.merged_into_id, Mark.value)
        .order_by(Phase.closes_at, Poll.id)
    )
    found: dict[uuid.UUID, tuple[Any, dict[int, int]]] = {}
    for row in session().execute(wanted):
        _row, histogram = found.setdefault(row[0], (row, {}))
        if row[6] is not None:
            histogram[row[6]] = row[7]
    return [_voted(row, histogram) for row, histogram in found.values()]


def _voted(row: Any, histogram: dict[int, int]) -> Voted:
    poll_id, method, closes_at, option_id, merged_into_id, carries = row[:6]
    if merged_into_id is not None:
        return Voted(method, closes_at, {}, stands=False)
    if carries:
        counts = tally(session().get_one(Poll, poll_id)).get(option_id, {})
        joined = list_joined([option_id])[option_id] if method is Method.STATEMENTS else ()
        return Voted(method, closes_at, counts, stands=True, parts=[part.choices for part in joined])
    return Voted(method, closes_at, METHODS[method].named(histogram), stands=True)


def list_area_names() -> dict[str, str]:
    """List the names of all areas by code, in the order of their names."""
    return {code: name for code, name in session().execute(select(Area.code, Area.name).order_by(Area.name))}


def find_refusal(contribution_id: uuid.UUID) -> Refusal | None:
    """Find the refusal that holds, confirmed by a second person."""
    confirmed = (Refusal.contribution_id == contribution_id, Refusal.is_confirmed.is_(True))
    return session().scalar(select(Refusal).where(*confirmed).order_by(Refusal.decided_at.desc()).limit(1))


def find_hold(contribution_id: uuid.UUID) -> Hold | None:
    """Find the last time that it was taken out of sight after it had been public."""
    wanted = select(Hold).where(Hold.contribution_id == contribution_id)
    return session().scalar(wanted.order_by(Hold.held_at.desc()).limit(1))


def list_around(contribution: Contribution) -> Around:
    """Return, in one statement, what stands around a contribution: themes, answer, places in drafts, area."""
    chosen = select(Proposal.theme_id).where(Proposal.contribution_id == contribution.id)
    counts = (Code.contribution_id == contribution.id, Code.ended_at.is_(None), seen_by(None))
    coded = select(Code.theme_id).where(*counts)
    theme = union_all(chosen, coded).subquery()
    wanted = (
        select(theme.c.theme_id, Outcome, _places_of(Contribution.id), Area.name)
        .select_from(Contribution)
        .outerjoin(theme, true())
        .outerjoin(Outcome, and_(Outcome.contribution_id == Contribution.id, in_public()))
        .outerjoin(Area, Area.code == Contribution.area_code)
        .where(Contribution.id == contribution.id)
    )
    rows = session().execute(wanted).all()
    _theme_id, outcome, places, area = rows[0]
    return Around(frozenset(row[0] for row in rows if row[0] is not None), outcome, places, area or "")


def _places_of(contribution_id: Any) -> ColumnElement[int]:
    """Count the paragraphs of the newest published draft that use a contribution."""
    later = aliased(Draft)
    return (
        select(func.count(Paragraph.id.distinct()))
        .select_from(SourceLink)
        .join(Paragraph, Paragraph.id == SourceLink.paragraph_id)
        .join(Section, Section.id == Paragraph.section_id)
        .join(Draft, Draft.id == Section.draft_id)
        .where(
            SourceLink.contribution_id == contribution_id,
            Draft.state == DraftState.PUBLISHED,
            ~select(later.id)
            .where(
                later.round_id == Draft.round_id,
                later.number > Draft.number,
                later.state == DraftState.PUBLISHED,
            )
            .exists(),
        )
        .scalar_subquery()
    )


def list_answers(contribution_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[Outcome | None, int]]:
    """Return for each contribution its answer now, and how many paragraphs of the newest public draft use it."""
    wanted = (
        select(Contribution.id, Outcome, _places_of(Contribution.id))
        .outerjoin(Outcome, and_(Outcome.contribution_id == Contribution.id, in_public()))
        .where(Contribution.id.in_(contribution_ids))
    )
    return {one: (outcome, places) for one, outcome, places in session().execute(wanted)}


def list_rounds_joined(person_id: uuid.UUID) -> list[Round]:
    """List the rounds in which somebody brought something in, with their phases, newest first.

    Whoever only voted is not found here: nothing tells which voter a person is.
    """
    joined = select(Contribution.round_id).where(Contribution.author_id == person_id)
    wanted = select(Round).where(Round.id.in_(joined)).options(selectinload(Round.phases))
    return list(session().scalars(wanted.order_by(Round.created_at.desc())))


def count_work(round_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Work]:
    """Count what waits for the people who serve rounds: each count is the length of the list that it opens."""
    refusing = select(Refusal.contribution_id).where(Refusal.decided_at.is_(None))
    lifting = and_(Redaction.lift_asked_at.is_not(None), Redaction.lifted_at.is_(None))
    redacting = select(Redaction.contribution_id).where(or_(Redaction.decided_at.is_(None), lifting))
    appealed = select(Appeal.contribution_id).where(Appeal.decided_at.is_(None))
    held = and_(Contribution.state == State.HELD, Contribution.id.not_in(refusing))
    sampled = (Intake.round_id == Contribution.round_id, Intake.is_sampled.is_(True), Intake.checked_at.is_(None))
    unchecked = select(func.count(Intake.id)).where(*sampled).correlate(Contribution).scalar_subquery()
    counted = (
        select(
            Contribution.round_id,
            func.count().filter(Contribution.state == State.HELD),
            func.min(Contribution.received_at).filter(held),
            func.count().filter(or_(Contribution.id.in_(refusing), Contribution.id.in_(redacting))),
            func.count().filter(Contribution.id.in_(appealed)),
            unchecked,
        )
        .where(Contribution.round_id.in_(list(round_ids)))
        .group_by(Contribution.round_id)
    )
    found = {row[0]: Work(*row[1:]) for row in session().execute(counted)}
    return {round_id: found.get(round_id, Work()) for round_id in round_ids}


def list_submitted(round_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """List the rounds of which a draft waits for a second person."""
    waits = (Draft.round_id.in_(list(round_ids)), Draft.state == DraftState.SUBMITTED)
    return set(session().scalars(select(Draft.round_id).where(*waits)))


def list_names(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of people, for a journal that holds their ids alone."""
    if not person_ids:
        return {}
    wanted = select(Person.id, Person.name).where(Person.id.in_(list(person_ids)))
    return {one: name for one, name in session().execute(wanted)}


def list_addresses(contribution_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """Return address and title of contributions, for a journal that holds their ids alone."""
    if not contribution_ids:
        return {}
    wanted = select(Contribution.id, Contribution.public_id, Contribution.title).where(
        Contribution.id.in_(list(contribution_ids))
    )
    return {one: (public_id, title) for one, public_id, title in session().execute(wanted)}


def list_joined(option_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Joined]]:
    """List, for options that others were joined with, each of them with its title and the choices made on itself.

    The first one of each list is the option that stands.
    """
    if not option_ids:
        return {}
    roots = select(Option.id.label("root_id"), Option.id.label("option_id")).where(Option.id.in_(list(option_ids)))
    whole = roots.cte("joined", recursive=True)
    further = aliased(Option)
    whole = whole.union_all(
        select(whole.c.root_id, further.id).join(further, further.merged_into_id == whole.c.option_id)
    )
    counted = (Mark.option_id == Option.id, Mark.value.is_not(None), Mark.ballot_id.not_in(void()))
    choices = select(func.count()).where(*counted).scalar_subquery()
    wanted = (
        select(whole.c.root_id, Contribution.title, Contribution.state, choices)
        .join(Option, Option.id == whole.c.option_id)
        .join(Contribution, Contribution.id == Option.contribution_id)
        .order_by(whole.c.root_id != whole.c.option_id, Contribution.received_at, Contribution.id)
    )
    found: dict[uuid.UUID, list[Joined]] = defaultdict(list)
    for root_id, title, state, count in session().execute(wanted):
        is_public = state is State.PUBLISHED
        found[root_id].append(Joined(title if is_public else _("This text is not public."), count))
    return found


def is_alive() -> bool:
    """Ask the database the smallest question."""
    return session().scalar(select(literal(1))) == 1
