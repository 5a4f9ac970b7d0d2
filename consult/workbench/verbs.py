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
from consult.contributions.queries import list_shared
from consult.contributions.verbs import hold_rows
from consult.foundation.db import add, new_id, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.mandates.models import GateKind
from consult.mandates.signing import void_sign_offs
from consult.moderation.models import Ground
from consult.moderation.queries import list_last_holds, list_undecided
from consult.moderation.verbs import hold, merge, publish, split
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump, hold_decided, hold_undecided
from consult.synthesis.models import Outcome
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
    list_leading,
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

    Refused for more than five thousand inputs at once, a hundred where each takes a step, and for a theme, colleague
    or text block that is not of this round. Nothing is joined after the decision, nor fewer than two.
    """
    rules.judge_inputs(inputs, kind)
    assert actor.person_id is not None  # only people have a desk
    chosen = _stepping(subject.id, kind, told, inputs) if kind.is_step else _chosen(subject.id, kind, told)
    held = {"chosen": chosen, "inputs": [str(one.id) for one in inputs], "changes": [], "changed": 0}
    return add(Bulk(round_id=subject.id, person_id=actor.person_id, kind=kind, planned_at=actor.arrived_at, **held))


def _stepping(
    round_id: uuid.UUID, kind: BulkKind, told: Mapping[str, Any], inputs: Sequence[Contribution]
) -> dict[str, Any]:
    """Return with which of them the others are joined, or why they go out of sight."""
    if kind is BulkKind.STATE:
        return {"ground": Ground(told["ground"]).value, "reason": told["why"]}
    hold_undecided(round_id)
    leader = rules.leader_of(inputs, list_leading([one.id for one in inputs]))
    return {"into": str(leader.id)}


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

    Refused when it was done already, when the theme, colleague or text block is there no more, when the theme was
    retired since, and where each takes a step, when none of them can any more. Steps are taken by the verbs that take
    them by hand, so their authors and voters are told as by hand.
    """
    session().refresh(bulk, attribute_names=["done_at"], with_for_update={"key_share": True})
    rules.judge_doing(bulk)
    inputs = _hold_inputs(bulk)
    wish = wish_of(bulk)
    if wish.kind is BulkKind.CODE:
        judge_in_use(wish.themes, ())
    lines = preview(bulk, wish, inputs, subject).of(Fate.CHANGES)
    bulk.changes = (_take_steps if bulk.kind.is_step else _change_rows)(bulk, wish, lines, actor)
    bulk.done_at, bulk.changed = actor.arrived_at, len(lines)
    record(Act.DO_AT_ONCE, actor, bulk, kind=bulk.kind.value, changed=len(lines))
    if MODELS.get(bulk.kind) in {Code, Outcome} and lines:
        void_sign_offs(bulk.round_id, GateKind.P2, actor)
        void_unplaced(bulk.round_id, actor)
    if MODELS.get(bulk.kind) is Code and lines:
        grow(bulk.round_id, actor)
        bump(bulk.round_id)  # the themes of a contribution are public


def undo(bulk: Bulk, actor: Actor) -> None:
    """Put back exactly what was before the last thing that the actor did with many inputs, as new rows.

    What was joined is separated and what was taken out of sight is shown again, by the verbs that do so by hand.
    Refused for anything but the last one, a second time, and as a whole, with its name, when somebody changed one
    of these inputs since, or when the actor is to code one of them a second time. After the decision nothing is
    separated.
    """
    session().refresh(bulk, attribute_names=["undone_at"], with_for_update={"key_share": True})
    rules.judge_undoing(bulk, find_last(bulk.round_id, actor.person_id), actor)
    inputs = {str(one.id): one for one in _hold_inputs(bulk)}
    {BulkKind.GROUP: _separate, BulkKind.STATE: _show_again}.get(bulk.kind, _put_back)(bulk, inputs, actor)
    bulk.undone_at = actor.arrived_at
    record(Act.DO_AT_ONCE, actor, bulk, kind=bulk.kind.value, undone=len(bulk.changes))
    if MODELS.get(bulk.kind) in {Code, Outcome} and bulk.changes:
        void_sign_offs(bulk.round_id, GateKind.P2, actor)
        void_unplaced(bulk.round_id, actor)
    if MODELS.get(bulk.kind) is Code and bulk.changes:
        bump(bulk.round_id)


def _hold_inputs(bulk: Bulk) -> list[Contribution]:
    """Keep the round as decided or not as it is, then lock the inputs, all at once; steps need their whole text."""
    (hold_undecided if bulk.kind is BulkKind.GROUP else hold_decided)(bulk.round_id)
    if not bulk.kind.is_step:
        return list_inputs(bulk, held=True)
    inputs = list_inputs(bulk)
    hold_rows(*inputs)
    return inputs


# --- steps: each by the verb that takes it by hand ---


Changed = dict[str, Any]  # what a plan keeps of one input, to go back


def _take_steps(_bulk: Bulk, wish: Wish, lines: Sequence[Line], actor: Actor) -> list[Changed]:
    rules.judge_steps(lines)
    return [_step(line.contribution, wish, actor) for line in lines]


def _step(one: Contribution, wish: Wish, actor: Actor) -> Changed:
    if wish.into is not None:
        merge(one, wish.into, actor)
        return {"input": str(one.id), "into": str(wish.into.id)}
    assert wish.ground is not None  # the other kind of step
    made = hold(one, wish.ground, wish.reason, actor)
    return {"input": str(one.id), "hold": str(made.id), "version": one.version}


def _separate(bulk: Bulk, inputs: Mapping[str, Contribution], actor: Actor) -> None:
    into = inputs[bulk.chosen["into"]]
    joined, shared = [inputs[change["input"]] for change in bulk.changes], list_shared(into.id)
    for one in joined:
        rules.judge_still_joined(one, into, shared, bulk.done_at or actor.arrived_at)
    for one in joined:
        split(one, actor)


def _show_again(bulk: Bulk, inputs: Mapping[str, Contribution], actor: Actor) -> None:
    hidden = [(inputs[change["input"]], change) for change in bulk.changes]
    ids = [one.id for one, _change in hidden]
    last, waiting = list_last_holds(ids), list_undecided(ids)
    for one, change in hidden:
        rules.judge_still_held(one, change, last.get(one.id), waits=one.id in waiting)
    for one, _change in hidden:
        publish(one, actor)


# --- rows beside the inputs, in a few statements for all ---


def _change_rows(bulk: Bulk, wish: Wish, lines: Sequence[Line], actor: Actor) -> list[Changed]:
    before = list_rows(MODELS[bulk.kind], [line.contribution.id for line in lines])
    changes = [_change(line, wish, before[line.contribution.id], actor) for line in lines]
    _replace(MODELS[bulk.kind], [row for _line, ended, _made in changes for row in ended], actor)
    _insert(MODELS[bulk.kind], [row for _line, _ended, made in changes for row in made])
    told = [
        (line.contribution, {"bulk": bulk.id, "rows": [row["id"] for row in made]}) for line, _ended, made in changes
    ]
    record_many(ACTS[bulk.kind], actor, told)
    return [_told(line, ended, made, before[line.contribution.id]) for line, ended, made in changes]


def _put_back(bulk: Bulk, inputs: Mapping[str, Contribution], actor: Actor) -> None:
    changed = [inputs[change["input"]] for change in bulk.changes]
    model, rows = MODELS[bulk.kind], list_rows(MODELS[bulk.kind], [one.id for one in changed])
    blind = list_blind(actor.person_id, bulk.round_id) if model is Code else ()
    for contribution, change in zip(changed, bulk.changes, strict=True):
        rules.judge_unchanged(contribution, change, rows[contribution.id], is_blind=contribution.id in blind)
    made = {one for change in bulk.changes for one in change["made"]}
    _replace(model, [row for held in rows.values() for row in held if str(row.id) in made], actor)
    gone = list_by_id(model, [uuid.UUID(one) for change in bulk.changes for one in change["ended"]])
    _insert(model, [_again(row) for row in gone])
    record_many(ACTS[bulk.kind], actor, [(contribution, {"undone": bulk.id}) for contribution in changed])


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


def _told(line: Line, ended: Sequence[Any], made: Sequence[Made], before: Sequence[Any]) -> Changed:
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
