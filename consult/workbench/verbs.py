"""Planning something with many inputs, doing it, and undoing it."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, insert, inspect, update
from sqlalchemy.orm.attributes import set_committed_value

from consult.answers.queries import find_block
from consult.audit.verbs import record, record_many
from consult.coding.models import Code
from consult.coding.queries import get_themes, list_blind
from consult.coding.rules import judge_in_use
from consult.coding.verbs import grow
from consult.contributions.models import Contribution
from consult.foundation.db import add, new_id, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.mandates.models import GateKind
from consult.mandates.signing import void_sign_offs
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump, hold_decided
from consult.synthesis.models import Assignment, Outcome
from consult.synthesis.queries import list_colleagues
from consult.synthesis.rules import judge_provisional, judge_worker
from consult.synthesis.signing import void_unplaced
from consult.workbench import rules
from consult.workbench.models import Bulk, BulkKind
from consult.workbench.queries import (
    IN_ONE,
    MODELS,
    final_of,
    find_last,
    list_by_id,
    list_inputs,
    list_rows,
    preview,
    wish_of,
)
from consult.workbench.rules import Fate, Line, Wish

ACTS = {
    BulkKind.CODE: Act.CODE,
    BulkKind.UNCODE: Act.CODE,
    BulkKind.ASSIGN: Act.ASSIGN,
    BulkKind.ANSWER: Act.SET_OUTCOME,
    BulkKind.FILL: Act.SET_OUTCOME,
}


def plan(subject: Round, kind: BulkKind, told: Mapping[str, Any], inputs: Sequence[Contribution], actor: Actor) -> Bulk:
    """Write down what is to be done with many inputs, so that it can be looked at first; nothing changes yet.

    Refused for more than five thousand inputs at once, and for a theme, colleague or text block that is not of
    this round.
    """
    rules.judge_inputs(inputs)
    assert actor.person_id is not None  # only people have a desk
    chosen = _chosen(subject.id, kind, told)
    held = {"chosen": chosen, "inputs": [str(one.id) for one in inputs], "changes": [], "changed": 0}
    return add(Bulk(round_id=subject.id, person_id=actor.person_id, kind=kind, planned_at=actor.arrived_at, **held))


def _chosen(round_id: uuid.UUID, kind: BulkKind, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was chosen as ids and words that a plan keeps."""
    if kind in {BulkKind.CODE, BulkKind.UNCODE}:
        themes = get_themes(round_id, told["themes"])
        judge_in_use(themes, () if kind is BulkKind.CODE else [theme.id for theme in themes])
        return {"themes": [str(theme.id) for theme in themes]}
    if kind is BulkKind.ASSIGN:
        person_id = judge_worker(told["person"], list_colleagues(round_id))
        return {"person": str(person_id) if person_id is not None else ""}
    if kind is BulkKind.ANSWER:
        return {"kind": told["kind"], "reason": told["reason"]}
    if find_block(round_id, uuid.UUID(told["block"])) is None:
        raise Conflict(_("This text block is there no more. Open the page again."))
    return {"block": told["block"]}


def carry_out(bulk: Bulk, subject: Round, actor: Actor) -> None:
    """Do what was planned with every input that can change now; those that cannot, or are so already, stay.

    Refused when it was done already, when the theme, colleague or text block is there no more, and when the theme
    was retired since.
    """
    session().refresh(bulk, attribute_names=["done_at"], with_for_update={"key_share": True})
    rules.judge_doing(bulk)
    hold_decided(bulk.round_id)
    wish, inputs = wish_of(bulk), list_inputs(bulk, held=True)
    if wish.kind is BulkKind.CODE:
        judge_in_use(wish.themes, ())
    lines = preview(bulk, wish, inputs, subject).of(Fate.CHANGES)
    before = list_rows(MODELS[bulk.kind], [line.contribution.id for line in lines])
    changes = [_change(line, wish, before[line.contribution.id], actor) for line in lines]
    _replace(MODELS[bulk.kind], [row for _line, ended, _made in changes for row in ended], actor)
    _insert(MODELS[bulk.kind], [row for _line, _ended, made in changes for row in made])
    bulk.changes = [_told(line, ended, made, before[line.contribution.id]) for line, ended, made in changes]
    bulk.done_at, bulk.changed = actor.arrived_at, len(changes)
    told = [
        (line.contribution, {"bulk": bulk.id, "rows": [row["id"] for row in made]}) for line, _ended, made in changes
    ]
    record_many(ACTS[bulk.kind], actor, told)
    record(Act.DO_AT_ONCE, actor, bulk, kind=bulk.kind.value, changed=len(changes))
    if bulk.kind is not BulkKind.ASSIGN and changes:
        void_sign_offs(bulk.round_id, GateKind.P2, actor)
        void_unplaced(bulk.round_id, actor)
    if bulk.kind in {BulkKind.CODE, BulkKind.UNCODE} and changes:
        grow(bulk.round_id, actor)
        bump(bulk.round_id)  # the themes of a contribution are public


def undo(bulk: Bulk, actor: Actor) -> None:
    """Put back exactly what was before the last thing that the actor did with many inputs, as new rows.

    Refused for anything but the last one, a second time, and as a whole, with its name, when somebody changed one
    of these inputs since, or when the actor is to code one of them a second time.
    """
    session().refresh(bulk, attribute_names=["undone_at"], with_for_update={"key_share": True})
    rules.judge_undoing(bulk, find_last(bulk.round_id, actor.person_id), actor)
    hold_decided(bulk.round_id)
    inputs = {str(one.id): one for one in list_inputs(bulk, held=True)}
    changed = [inputs[change["input"]] for change in bulk.changes]
    model, rows = MODELS[bulk.kind], list_rows(MODELS[bulk.kind], [one.id for one in changed])
    blind = list_blind(actor.person_id, bulk.round_id) if model is Code else ()
    for contribution, change in zip(changed, bulk.changes, strict=True):
        rules.judge_unchanged(contribution, change, rows[contribution.id], is_blind=contribution.id in blind)
    made = {one for change in bulk.changes for one in change["made"]}
    _replace(model, [row for held in rows.values() for row in held if str(row.id) in made], actor)
    gone = list_by_id(model, [uuid.UUID(one) for change in bulk.changes for one in change["ended"]])
    _insert(model, [_again(row) for row in gone])
    bulk.undone_at = actor.arrived_at
    record_many(ACTS[bulk.kind], actor, [(contribution, {"undone": bulk.id}) for contribution in changed])
    record(Act.DO_AT_ONCE, actor, bulk, kind=bulk.kind.value, undone=len(changed))
    if model is not Assignment and changed:
        void_sign_offs(bulk.round_id, GateKind.P2, actor)
        void_unplaced(bulk.round_id, actor)
    if model is Code and changed:
        bump(bulk.round_id)


Made = dict[str, Any]  # the columns of a row that begins
Change = tuple[Line, list[Any], list[Made]]  # an input, the rows of it that end, and those that begin


def _change(line: Line, wish: Wish, rows: Sequence[Any], actor: Actor) -> Change:
    of = line.contribution.id
    if wish.kind is BulkKind.CODE:
        held = {code.theme_id for code in rows}
        told = {"coded_by_id": actor.person_id, "coded_at": actor.arrived_at}
        fresh = [theme for theme in wish.themes if theme.id not in held]
        return line, [], [_row(of, theme_id=theme.id, **told) for theme in fresh]
    if wish.kind is BulkKind.UNCODE:
        gone = {theme.id for theme in wish.themes}
        return line, [code for code in rows if code.theme_id in gone], []
    if wish.kind is BulkKind.ASSIGN:
        told = {"assigned_by_id": actor.person_id, "assigned_at": actor.arrived_at}
        return line, list(rows), [_row(of, person_id=wish.person_id, **told)] if wish.person_id is not None else []
    told = {"set_by_id": actor.person_id, "set_at": actor.arrived_at}
    return line, list(rows), [_row(of, kind=line.kind, reason=line.reason, **told)]


def _row(contribution_id: uuid.UUID, **told: Any) -> Made:
    return {"id": new_id(), "contribution_id": contribution_id, **told}


def _told(line: Line, ended: Sequence[Any], made: Sequence[Made], before: Sequence[Any]) -> dict[str, Any]:
    gone = {row.id for row in ended}
    after = [*(row.id for row in before if row.id not in gone), *(row["id"] for row in made)]
    return {
        "input": str(line.contribution.id),
        "ended": [str(row.id) for row in ended],
        "made": [str(row["id"]) for row in made],
        "after": sorted(map(str, after)),
    }


def _insert(model: Any, rows: Sequence[Made]) -> None:
    """Put many rows into a table at once."""
    if rows:
        session().execute(insert(cast("Table", model.__table__)), rows)


def _replace(model: Any, rows: Sequence[Any], actor: Actor) -> None:
    """End rows, so that others can take their place; refused for an outcome where a final one is public."""
    if model is Outcome:
        judge_provisional(is_final=bool(final_of([row.contribution_id for row in rows])))
    ended, ids = "replaced_at" if model is Outcome else "ended_at", [row.id for row in rows]
    for first in range(0, len(ids), IN_ONE):
        ending = update(model).where(model.id.in_(ids[first : first + IN_ONE])).values({ended: actor.arrived_at})
        session().execute(ending, execution_options={"synchronize_session": False})
    for row in rows:
        set_committed_value(row, ended, actor.arrived_at)


def _again(row: Any) -> Made:
    """Return a new row that says what an ended one said, signature included: its words are the same."""
    columns = [column.key for column in inspect(type(row)).columns]
    told = {name: getattr(row, name) for name in columns if name not in {"id", "ended_at", "replaced_at"}}
    return {"id": new_id(), **told}
