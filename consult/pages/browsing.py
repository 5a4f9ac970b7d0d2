"""How many were put forward, and the list of them: each one statement over indexes, built once for each shape."""

import uuid
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from consult.coding.models import Code
from consult.coding.queries import seen_by
from consult.contributions.models import Channel, Contribution, Kind, State
from consult.contributions.queries import visible_to
from consult.foundation.db import session
from consult.foundation.paging import PER_PAGE, Page
from consult.pages.rules import NO_ANSWER, Asked, Cursor, Order
from consult.policy import Act, Actor
from consult.proposals.models import Argument, Proposal
from consult.rounds.models import PHASE_ACTS, Round, Theme
from consult.similarity.queries import matches
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.queries import in_public
from consult.voting.models import Choice, Method, Option
from consult.voting.queries import histograms_of, list_polls
from consult.voting.rules import VALUES

LISTED = (Kind.PROPOSAL, Kind.PROJECT, Kind.STATEMENT)  # what a round lists: the first of which it has any
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LOWEST, HIGHEST_ID = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)


@dataclass(frozen=True)
class Numbers:
    """How much was brought in, in a round; what was merged into something else is counted apart."""

    put_forward: int = 0
    merged: int = 0
    arguments: int = 0
    kind: Kind = Kind.PROPOSAL
    channels: Mapping[Channel, int] = field(default_factory=dict)  # by which way in, what was merged included
    positions: int = 0  # of organisations; never added to anything else


@dataclass(frozen=True)
class Listed:
    """One row of the list of proposals."""

    public_id: str
    title: str
    html: str
    language: str
    reference: str
    area_code: str | None
    theme_id: uuid.UUID | None
    outcome: OutcomeKind | None
    arguments: int
    into_id: str | None
    into_title: str | None


@dataclass(frozen=True)
class Listing(Page[Listed]):
    """One page of proposals, and where the next one begins."""

    next_after: Cursor | None = None
    kind: Kind = Kind.PROPOSAL

    @property
    def after(self) -> int | None:
        """The number of the page after this one."""
        return self.number + 1 if self.next_after is not None else None


def count_numbers(round_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Numbers]:
    """Count what is public in rounds, in one statement over two indexes."""
    found: dict[uuid.UUID, dict[Kind, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    ways: dict[tuple[uuid.UUID, Kind], Counter[Channel]] = defaultdict(Counter)
    for round_id, kind, channel, whole, merged in session().execute(_counts_of_rounds(), {"rounds": list(round_ids)}):
        found[round_id][Kind(kind)][0] += whole
        found[round_id][Kind(kind)][1] += merged
        ways[round_id, Kind(kind)][Channel(channel)] += whole
    kinds = {one: next((kind for kind in LISTED if found[one][kind][0]), Kind.PROPOSAL) for one in round_ids}
    return {one: _numbers(kinds[one], found[one], ways[one, kinds[one]]) for one in round_ids}


@cache
def _counts_of_rounds() -> Any:
    """Build the statement that counts what is public per round, kind and way in, and what of that was merged."""
    by = (Contribution.round_id, Contribution.kind, Contribution.channel)
    rounds = bindparam("rounds", type_=Contribution.round_id.type, expanding=True)
    public = Contribution.state == State.PUBLISHED
    hidden = _hidden_from_index(Contribution.round_id)
    return union_all(
        select(*by, func.count(), literal(0))
        .where(Contribution.round_id.in_(rounds), Contribution.kind.in_(list(Kind)), public)
        .group_by(*by),
        select(hidden, Contribution.kind, Contribution.channel, literal(0), func.count())
        .where(Contribution.merged_into_id >= LOWEST, hidden.in_(rounds), public)
        .group_by(hidden, Contribution.kind, Contribution.channel),
    )


def _hidden_from_index(column: Any) -> ColumnElement[Any]:
    """Return a column such that the planner takes the index of the few merged ones, not that of the whole round."""
    return func.coalesce(column, column)


def _numbers(kind: Kind, by_kind: dict[Kind, list[int]], ways: Mapping[Channel, int]) -> Numbers:
    whole, merged = by_kind[kind]
    return Numbers(whole - merged, merged, by_kind[Kind.ARGUMENT][0], kind, ways, by_kind[Kind.POSITION][0])


def list_proposals(subject: Round, actor: Actor, asked: Asked) -> Listing:
    """List one page of what was put forward in a round, in the order that was asked.

    What was merged is only found by searching. Each row comes with its answer, how many arguments it has
    and what replaces it; two statements, each over an index of the round.
    """
    kind = _kind_put_forward(subject.id)
    if asked.order is Order.SUPPORTED:
        return _list_supported(subject, actor, asked, kind)
    part = 1 if asked.after is not None and asked.after.key < asked.seed else 0
    shape = Shape(asked.order, bool(asked.theme), bool(asked.area), asked.outcome, asked.after is not None, part)
    if actor.is_anonymous and not asked.words:
        wanted = _statement_for_visitors(shape)
    else:
        found_by = matches(subject.id, asked.words) if asked.words else Contribution.merged_into_id.is_(None)
        wanted = _statement(shape, visible_to(actor), found_by, counts_all=False)
    rows = session().execute(wanted, _values(subject, asked, kind)).all()
    items = [Listed(*row[:11]) for row in rows[:PER_PAGE]]
    last = rows[PER_PAGE - 1] if len(rows) > PER_PAGE else None
    goes_on = Cursor(_number_of(last[11]), last[0]) if last is not None else None
    return Listing(items, asked.page, rows[0][12] if rows else 0, next_after=goes_on, kind=kind)


def is_counted(subject: Round) -> bool:
    """Say whether votes of a round were counted for good, so that they are public; `subject.phases` is loaded."""
    return any(phase.kind in PHASE_ACTS[Act.CAST_VOTE] and phase.closed_at is not None for phase in subject.phases)


def _list_supported(subject: Round, actor: Actor, asked: Asked, kind: Kind) -> Listing:
    """List one page by how many were in favour in the polls that were counted, with merged votes as they count."""
    shape = Shape(Order.NEWEST, bool(asked.theme), bool(asked.area), asked.outcome, goes_on=False, part=0)
    found_by = matches(subject.id, asked.words) if asked.words else Contribution.merged_into_id.is_(None)
    some = _matching(shape, visible_to(actor), found_by).add_columns(Contribution.public_id)
    values = _values(subject, asked, kind)
    support = _support_of(subject.id)
    ranked = sorted((-support.get(row.id, 0), row.public_id, row.id) for row in session().execute(some, values))
    start = (asked.page - 1) * PER_PAGE
    if asked.after is not None:
        start = bisect_right(ranked, (-asked.after.key, asked.after.public_id, HIGHEST_ID))
    page = [one for _support, _public_id, one in ranked[start : start + PER_PAGE]]
    chosen = select(Contribution.id, literal(0).label("key"), literal(0).label("part")).where(Contribution.id.in_(page))
    columns = _rows_of(chosen.subquery("chosen"), literal(len(ranked))).add_columns(Contribution.id)
    rows = sorted(session().execute(columns), key=lambda row: page.index(row[-1]))
    is_last = start + PER_PAGE >= len(ranked)
    goes_on = None if is_last or not rows else Cursor(support.get(page[-1], 0), rows[-1][0])
    return Listing([Listed(*row[:11]) for row in rows], asked.page, len(ranked), next_after=goes_on, kind=kind)


def _support_of(round_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Count who was in favour of each contribution, over the support polls of a round that were counted."""
    polls = [
        poll.id for poll in list_polls(round_id) if poll.method is Method.SUPPORT and poll.phase.closed_at is not None
    ]
    if not polls:
        return {}
    support: Counter[uuid.UUID] = Counter()
    of = dict(session().execute(select(Option.id, Option.contribution_id).where(Option.poll_id.in_(polls))).all())
    for option_id, histogram in histograms_of(polls).items():
        support[of[option_id]] += histogram.get(VALUES[Choice.FOR] or 0, 0)
    return support


def _kind_put_forward(round_id: uuid.UUID) -> Kind:
    """Return what the round lists: its proposals, and otherwise the plans or the statements that it has."""
    of_round = select(Contribution.id).where(Contribution.round_id == round_id)
    there = session().execute(select(*(of_round.where(Contribution.kind == kind).exists() for kind in LISTED))).one()
    return next((kind for kind, is_there in zip(LISTED, there, strict=True) if is_there), Kind.PROPOSAL)


@dataclass(frozen=True)
class Shape:
    """What decides how the statement of the list is built; the values themselves are bound to it."""

    order: Order
    theme: bool
    area: bool
    outcome: str
    goes_on: bool
    part: int


def _values(subject: Round, asked: Asked, kind: Kind) -> dict[str, Any]:
    """Return what is bound to the statement of the list."""
    skipped = (asked.page - 1) * PER_PAGE if asked.after is None else 0
    values: dict[str, Any] = {
        "round": subject.id,
        "kind": kind,
        "theme": next((theme.id for theme in subject.themes if theme.code == asked.theme), None),
        "area": asked.area,
        "seed": asked.seed,
        "skipped": skipped,
        "reach": skipped + PER_PAGE + 1,
        "fitting": PER_PAGE + 1,
    }
    if asked.after is not None:
        is_moment = asked.order is Order.NEWEST
        values["last"] = EPOCH + asked.after.key * TICK if is_moment else asked.after.key
        values["last_id"] = asked.after.public_id
    return values


@cache
def _statement_for_visitors(shape: Shape) -> Select[Any]:
    """Build the statement of the list for somebody who is not signed in, once for each shape."""
    seen = visible_to(Actor(arrived_at=EPOCH))
    usual = not (shape.theme or shape.area or shape.outcome)
    return _statement(shape, seen, Contribution.merged_into_id.is_(None), counts_all=usual)


def _statement(
    shape: Shape, seen: ColumnElement[bool], found_by: ColumnElement[bool], *, counts_all: bool
) -> Select[Any]:
    """Build the statement of the list: it picks the rows of one page by an index, then reads what belongs to them."""
    some = _matching(shape, seen, found_by)
    chosen = _picked(some, shape).subquery("chosen")
    whole = _count_standing() if counts_all else select(func.count()).select_from(some.subquery()).scalar_subquery()
    is_mixed = shape.order is Order.MIXED
    direction = (
        (chosen.c.key, Contribution.public_id) if is_mixed else (chosen.c.key.desc(), Contribution.public_id.desc())
    )
    return _rows_of(chosen, whole).order_by(chosen.c.part, *direction)


def _rows_of(chosen: Subquery, whole: ColumnElement[int]) -> Select[Any]:
    """Read what a list shows of the rows that were chosen; `whole` is how many there are in all."""
    into = aliased(Contribution)
    columns: list[Any] = [
        Contribution.public_id,
        Contribution.title,
        Contribution.html,
        Contribution.language,
        Contribution.reference,
        Contribution.area_code,
        Proposal.theme_id,
        Outcome.kind,
        _arguments_of(Contribution.id),
        into.public_id,
        into.title,
        chosen.c.key,
        whole,
    ]
    return (
        select(*columns)
        .join(chosen, chosen.c.id == Contribution.id)
        .outerjoin(Proposal, Proposal.contribution_id == Contribution.id)
        .outerjoin(Outcome, and_(Outcome.contribution_id == Contribution.id, in_public()))
        .outerjoin(into, and_(into.id == Contribution.merged_into_id, into.state == State.PUBLISHED))
    )


def _listed() -> tuple[ColumnElement[bool], ...]:
    """Say what an index of the round finds: public ones of one kind."""
    return (
        Contribution.round_id == bindparam("round", type_=Contribution.round_id.type),
        Contribution.kind == bindparam("kind", type_=Contribution.kind.type),
        Contribution.state == State.PUBLISHED,
    )


def _matching(shape: Shape, seen: ColumnElement[bool], found_by: ColumnElement[bool]) -> Select[Any]:
    """Select what was asked, without an order: ids alone."""
    some: Select[Any] = select(Contribution.id).where(*_listed(), seen, found_by)
    if shape.area:
        some = some.where(Contribution.area_code == bindparam("area", type_=String()))
    if shape.theme:
        some = some.where(_is_about(bindparam("theme", type_=Theme.id.type)))
    if shape.outcome:
        answered = select(Outcome.id).where(Outcome.contribution_id == Contribution.id, in_public())
        if shape.outcome == NO_ANSWER:
            some = some.where(~answered.exists())
        else:
            some = some.where(answered.where(Outcome.kind == OutcomeKind(shape.outcome)).exists())
    return some


def _is_about(theme_id: Any) -> ColumnElement[bool]:
    """Say what is about a theme: by its author's choice, or as a moderator coded it."""
    chosen = select(Proposal.contribution_id).where(
        Proposal.contribution_id == Contribution.id, Proposal.theme_id == theme_id
    )
    coded = select(Code.id).where(
        Code.contribution_id == Contribution.id, Code.theme_id == theme_id, Code.ended_at.is_(None), seen_by(None)
    )
    return or_(chosen.exists(), coded.exists())


def _picked(some: Select[Any], shape: Shape) -> Select[Any]:
    """Pick the rows of one page and one more, as `id`, `key` and `part`, in their order."""
    fitting, skipped = bindparam("fitting", type_=Integer()), bindparam("skipped", type_=Integer())
    if shape.order is Order.MIXED:
        halves = [_half(some, shape, part) for part in range(shape.part, 2)]
        both = union_all(*(select(half.subquery()) for half in halves)).subquery()
        picked = select(both.c.id, both.c.key, both.c.part).order_by(both.c.part, both.c.key, both.c.public_id)
        return picked.limit(fitting).offset(skipped)
    key: Any = Contribution.received_at if shape.order is Order.NEWEST else _arguments_of(Contribution.id)
    picked = some.add_columns(key.label("key"), literal(0).label("part")).order_by(
        key.desc(), Contribution.public_id.desc()
    )
    if shape.goes_on:
        last, last_id = bindparam("last", type_=key.type), bindparam("last_id", type_=String())
        picked = picked.where(key <= last, or_(key < last, Contribution.public_id < last_id))
    return picked.limit(fitting).offset(skipped)


def _half(some: Select[Any], shape: Shape, part: int) -> Select[Any]:
    """Pick from one half of the circle: first from the seed up, then from the beginning to the seed."""
    key, seed = Contribution.order_key, bindparam("seed", type_=Contribution.order_key.type)
    half = some.where(key >= seed if part == 0 else key < seed)
    if shape.goes_on and part == shape.part:
        last, last_id = bindparam("last", type_=key.type), bindparam("last_id", type_=String())
        half = half.where(key >= last, or_(key > last, Contribution.public_id > last_id))
    return (
        half.add_columns(key.label("key"), literal(part).label("part"), Contribution.public_id)
        .order_by(key, Contribution.public_id)
        .limit(bindparam("reach", type_=Integer()))
    )


def _count_standing() -> ColumnElement[int]:
    """Count the whole list where nothing narrows it: all of an index, less the few that were merged.

    A comparison with the lowest id stands for "is merged", since that is what an index can find.
    """
    whole = select(func.count()).select_from(Contribution).where(*_listed())
    merged = select(func.count()).where(
        Contribution.merged_into_id >= LOWEST,
        _hidden_from_index(Contribution.round_id) == bindparam("round", type_=Contribution.round_id.type),
        Contribution.kind == bindparam("kind", type_=Contribution.kind.type),
        Contribution.state == State.PUBLISHED,
    )
    return whole.scalar_subquery() - merged.scalar_subquery()


def _arguments_of(proposal_id: Any) -> ColumnElement[int]:
    """Count the public arguments under a proposal."""
    said = aliased(Contribution)
    return (
        select(func.count())
        .select_from(Argument)
        .join(said, said.id == Argument.contribution_id)
        .where(Argument.proposal_id == proposal_id, said.state == State.PUBLISHED)
        .scalar_subquery()
    )


def _number_of(value: Any) -> int:
    """Return what a row was ordered by as a whole number, for an address."""
    return (value - EPOCH) // TICK if isinstance(value, datetime) else int(value)
