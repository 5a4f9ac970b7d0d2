"""Finding what was planned and done with many inputs at once, and what holds of these inputs now."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, defer
from sqlalchemy.orm.attributes import set_committed_value

from consult.answers.queries import find_block
from consult.coding.models import Code
from consult.coding.queries import list_awaiting, list_blind
from consult.contributions.models import Contribution, State
from consult.foundation.db import locked, session
from consult.foundation.errors import NotFound
from consult.moderation.models import Ground
from consult.moderation.queries import list_undecided
from consult.participants.models import Person
from consult.policy import Actor
from consult.rounds.models import Round, Theme
from consult.rounds.queries import get_round
from consult.synthesis.models import Assignment, Outcome, OutcomeKind
from consult.synthesis.queries import (
    Show,
    Wanted,
    get_inputs,
    is_input,
    left_to_do,
    list_colleagues,
    list_final,
    list_matching,
    moderates,
)
from consult.workbench.models import Bulk, BulkKind
from consult.workbench.rules import AT_MOST, Now, Preview, Wish, joined, previewed, taken_out

MODELS: dict[BulkKind, Any] = {
    BulkKind.CODE: Code,
    BulkKind.UNCODE: Code,
    BulkKind.ASSIGN: Assignment,
    BulkKind.ANSWER: Outcome,
    BulkKind.FILL: Outcome,
}  # the rows that change; of a kind that takes steps there are none
UNREAD = (Contribution.text, Contribution.html, Contribution.hidden)  # of an input, by whatever changes it
OF_CODES = {BulkKind.CODE, BulkKind.UNCODE, BulkKind.FILL}  # what shows or changes how inputs are coded
IN_ONE = 1_000  # ids in one statement; SQLite takes no more than 32,766 values


@dataclass(frozen=True)
class Last:
    """The last thing that somebody did with many inputs of a round, undone or not."""

    id: uuid.UUID
    kind: BulkKind
    done_at: datetime
    undone_at: datetime | None
    changed: int


@dataclass(frozen=True)
class Share:
    """How far somebody is with what was assigned to them: inputs with work left, and those that are done."""

    person_id: uuid.UUID
    name: str
    is_moderator: bool
    open: int
    done: int
    last: Last | None


def list_shares(round_id: uuid.UUID) -> list[Share]:
    """List, in one statement, everybody who moderates a round or has work in it; each count is the length of its list.

    The lists are those of `list_weighed` for `who` with `Show.OPEN` and with `Show.DONE`.
    """
    left, theirs = left_to_do(round_id), _last_of(round_id, Person.id)
    counted = and_(Contribution.state == State.PUBLISHED, is_input())
    of_round = and_(Contribution.id == Assignment.contribution_id, Contribution.round_id == round_id)
    told = (Bulk.id, Bulk.kind, Bulk.done_at, Bulk.undone_at, Bulk.changed)
    counts = [func.count().filter(and_(counted, left[show])) for show in (Show.OPEN, Show.DONE)]
    columns: list[Any] = [Person.id, Person.name, moderates(round_id), *counts, *told]
    wanted = (
        select(*columns)
        .select_from(Person)
        .outerjoin(Assignment, and_(Assignment.person_id == Person.id, Assignment.ended_at.is_(None)))
        .outerjoin(Contribution, of_round)
        .outerjoin(Bulk, Bulk.id == theirs)
        .where(or_(moderates(round_id), Contribution.id.is_not(None)))
        .group_by(Person.id, Person.name, *told)
        .order_by(Person.name, Person.id)
    )
    return [
        Share(person_id, name, is_moderator, still, done, Last(*last) if last[0] is not None else None)
        for person_id, name, is_moderator, still, done, *last in session().execute(wanted)
    ]


def _last_of(round_id: uuid.UUID, person_id: Any) -> Any:
    done = aliased(Bulk)
    wanted = (done.round_id == round_id, done.person_id == person_id, done.done_at.is_not(None))
    return select(done.id).where(*wanted).order_by(done.done_at.desc()).limit(1).correlate(Person).scalar_subquery()


def get_bulk(actor: Actor, slug: str, bulk_id: uuid.UUID) -> Bulk:
    """Return what the actor planned or did with many inputs of a round, loaded with the round; raises NotFound."""
    subject = get_round(actor, slug)
    wanted = (Bulk.id == bulk_id, Bulk.round_id == subject.id, Bulk.person_id == actor.person_id)
    found = session().scalar(select(Bulk).where(*wanted))
    if found is None:
        raise NotFound
    set_committed_value(found, "round", subject)
    return found


def list_chosen(
    round_id: uuid.UUID, wanted: Wanted, public_ids: Sequence[str], *, everything: bool
) -> list[Contribution]:
    """List the inputs that somebody selected, or everything that a list holds and one more than is worked on at once.

    Raises NotFound when one that was selected is not there.
    """
    if everything:
        return list_matching(round_id, wanted, limit=AT_MOST + 1)
    return get_inputs(round_id, public_ids)


def find_last(round_id: uuid.UUID, person_id: uuid.UUID | None) -> uuid.UUID | None:
    """Find which is the last thing that somebody did with many inputs of a round, undone or not."""
    return session().scalar(select(_last_of(round_id, person_id)))


def wish_of(bulk: Bulk) -> Wish:
    """Return what a plan wants to be done; raises NotFound when its theme, colleague, text block or input is gone."""
    told, kind = bulk.chosen, bulk.kind
    if kind is BulkKind.GROUP:
        into = session().get(Contribution, uuid.UUID(told["into"]))
        if into is None:
            raise NotFound
        return Wish(kind, into=into)
    if kind is BulkKind.STATE:
        return Wish(kind, ground=Ground(told["ground"]), reason=told["reason"])
    if kind in {BulkKind.CODE, BulkKind.UNCODE}:
        ids = [uuid.UUID(one) for one in told["themes"]]
        wanted = select(Theme).where(Theme.id.in_(ids), Theme.round_id == bulk.round_id).order_by(Theme.position)
        return Wish(kind, themes=list(session().scalars(wanted)))
    if kind is BulkKind.ASSIGN:
        person_id = uuid.UUID(told["person"]) if told["person"] else None
        people = list_colleagues(bulk.round_id)
        if person_id is not None and person_id not in people:
            raise NotFound
        return Wish(kind, person_id=person_id, person=people.get(person_id, "") if person_id is not None else "")
    if kind is BulkKind.ANSWER:
        return Wish(kind, outcome=OutcomeKind(told["kind"]), reason=told["reason"])
    block = find_block(bulk.round_id, uuid.UUID(told["block"]))
    if block is None:
        raise NotFound
    return Wish(kind, block=block)


def list_inputs(bulk: Bulk, *, held: bool = False) -> list[Contribution]:
    """List the inputs of a plan, oldest first; `held` locks them until the transaction ends and reads them only then.

    Held ones come without their text where nothing that is done to them needs it.
    """
    ids = sorted(uuid.UUID(one) for one in bulk.inputs)
    parts = [ids[first : first + IN_ONE] for first in range(0, len(ids), IN_ONE)]
    found: list[Contribution] = []
    for part in parts:
        wanted = select(Contribution).where(Contribution.id.in_(part)).order_by(Contribution.id)
        if held:
            session().execute(
                locked(select(Contribution.id).where(Contribution.id.in_(part)).order_by(Contribution.id))
            )
            wanted = wanted.options(*(defer(column) for column in UNREAD))
        found += session().scalars(wanted)
    return sorted(found, key=lambda one: (one.received_at, one.reference, one.id))


def preview(bulk: Bulk, wish: Wish, inputs: Sequence[Contribution], subject: Round) -> Preview:
    """Say what would change if a plan were carried out now."""
    held = now_of([one.id for one in inputs], bulk.kind)
    if wish.into is not None:
        return Preview([joined(one, wish.into, held[one.id], held[wish.into.id]) for one in inputs])
    if wish.ground is not None:
        return Preview([taken_out(one, held[one.id], subject) for one in inputs])
    blind = list_blind(bulk.person_id, bulk.round_id) if bulk.kind in OF_CODES else ()
    awaiting = list_awaiting(bulk.round_id) if wish.tells_themes else ()
    lines = [
        previewed(one, wish, held[one.id], subject, is_blind=one.id in blind, awaits=one.id in awaiting)
        for one in inputs
    ]
    return Preview(lines)


def now_of(contribution_ids: Sequence[uuid.UUID], kind: BulkKind) -> dict[uuid.UUID, Now]:
    """Read what holds now of some inputs, as far as something of this kind has to do with it."""
    if kind.is_step:
        waiting, leading = list_undecided(contribution_ids), list_leading(contribution_ids)
        return {one: Now(waits=one in waiting, carries=one in leading) for one in contribution_ids}
    needed = {BulkKind.ASSIGN: (Assignment,), BulkKind.FILL: (Code, Outcome), BulkKind.ANSWER: (Outcome,)}
    rows = {model: list_rows(model, contribution_ids) for model in needed.get(kind, (Code,))}
    final, none = final_of(contribution_ids) if Outcome in rows else set(), list[Any]()
    return {
        one: Now(
            codes=rows.get(Code, {}).get(one, none),
            outcome=next(iter(rows.get(Outcome, {}).get(one, none)), None),
            assignment=next(iter(rows.get(Assignment, {}).get(one, none)), None),
            is_final=one in final,
        )
        for one in contribution_ids
    }


def list_leading(contribution_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """List with which of some inputs others were joined."""
    into = Contribution.merged_into_id
    return {one for one in session().scalars(select(into).where(into.in_(contribution_ids)).distinct()) if one}


def final_of(contribution_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Say of which inputs the public answer became final, however many there are."""
    parts = [contribution_ids[first : first + IN_ONE] for first in range(0, len(contribution_ids), IN_ONE)]
    return {one for part in parts for one in list_final(part)}


def list_rows(model: Any, contribution_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Any]]:
    """List the rows of a table that count now, per input."""
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    ended = model.replaced_at if model is Outcome else model.ended_at
    for first in range(0, len(contribution_ids), IN_ONE):
        part = contribution_ids[first : first + IN_ONE]
        wanted = select(model).where(model.contribution_id.in_(part), ended.is_(None))
        if model is Code:
            wanted = wanted.join(Code.theme).options(contains_eager(Code.theme)).order_by(Theme.position)
        for row in session().scalars(wanted.execution_options(populate_existing=True)):
            found[row.contribution_id].append(row)
    return found


def list_by_id(model: Any, ids: Sequence[uuid.UUID]) -> list[Any]:
    """List the rows of a table that have these ids, in no order."""
    found: list[Any] = []
    for first in range(0, len(ids), IN_ONE):
        found += session().scalars(select(model).where(model.id.in_(ids[first : first + IN_ONE])))
    return found
