"""Planning something with many inputs, doing it, and undoing it."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import inspect

from consult.answers.queries import find_block
from consult.audit.verbs import record
from consult.contributions.models import Contribution
from consult.foundation.db import add, new_id, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.mandates.models import GateKind
from consult.mandates.signing import void_sign_offs
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump
from consult.synthesis.models import Assignment, Code, Outcome
from consult.synthesis.queries import get_themes, list_colleagues
from consult.synthesis.rules import judge_provisional, judge_worker
from consult.workbench import rules
from consult.workbench.models import Bulk, BulkKind
from consult.workbench.queries import MODELS, find_last, list_inputs, list_rows, preview, wish_of
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
        return {"themes": [str(theme.id) for theme in get_themes(round_id, told["themes"])]}
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

    Refused when it was done already, and when the theme, colleague or text block is there no more.
    """
    session().refresh(bulk, attribute_names=["done_at"], with_for_update={"key_share": True})
    rules.judge_doing(bulk)
    wish, inputs = wish_of(bulk), list_inputs(bulk, held=True)
    lines = preview(bulk, wish, inputs, subject).of(Fate.CHANGES)
    before = list_rows(MODELS[bulk.kind], [line.contribution.id for line in lines])
    changes = [_change(line, wish, before[line.contribution.id], actor) for line in lines]
    _replace([row for _line, ended, _made in changes for row in ended], actor)
    session().add_all(row for _line, _ended, made in changes for row in made)
    session().flush()
    bulk.changes = [_told(line, ended, made, before[line.contribution.id]) for line, ended, made in changes]
    bulk.done_at, bulk.changed = actor.arrived_at, len(changes)
    for line, _ended, made in changes:
        record(ACTS[bulk.kind], actor, line.contribution, bulk=bulk.id, rows=[row.id for row in made])
    record(Act.DO_AT_ONCE, actor, bulk, kind=bulk.kind.value, changed=len(changes))
    if bulk.kind is not BulkKind.ASSIGN and changes:
        void_sign_offs(bulk.round_id, GateKind.P2, actor)
    if bulk.kind in {BulkKind.CODE, BulkKind.UNCODE} and changes:
        bump(bulk.round_id)  # the themes of a contribution are public


def undo(bulk: Bulk, actor: Actor) -> None:
    """Put back exactly what was before the last thing that the actor did with many inputs, as new rows.

    Refused for anything but the last one, a second time, and as a whole when somebody changed one of these
    inputs since, with its name.
    """
    session().refresh(bulk, attribute_names=["undone_at"], with_for_update={"key_share": True})
    rules.judge_undoing(bulk, find_last(bulk.round_id, actor.person_id), actor)
    inputs = {str(one.id): one for one in list_inputs(bulk, held=True)}
    changed = [inputs[change["input"]] for change in bulk.changes]
    model, rows = MODELS[bulk.kind], list_rows(MODELS[bulk.kind], [one.id for one in changed])
    for contribution, change in zip(changed, bulk.changes, strict=True):
        rules.judge_unchanged(contribution, change, rows[contribution.id])
    made = {one for change in bulk.changes for one in change["made"]}
    _replace([row for held in rows.values() for row in held if str(row.id) in made], actor)
    for change in bulk.changes:
        session().add_all(_again(session().get_one(model, uuid.UUID(one))) for one in change["ended"])
    session().flush()
    bulk.undone_at = actor.arrived_at
    for contribution in changed:
        record(ACTS[bulk.kind], actor, contribution, undone=bulk.id)
    record(Act.DO_AT_ONCE, actor, bulk, kind=bulk.kind.value, undone=len(changed))
    if model is not Assignment and changed:
        void_sign_offs(bulk.round_id, GateKind.P2, actor)
    if model is Code and changed:
        bump(bulk.round_id)


Change = tuple[Line, list[Any], list[Any]]  # an input, the rows of it that end, and those that begin


def _change(line: Line, wish: Wish, rows: Sequence[Any], actor: Actor) -> Change:
    of = {"id": new_id(), "contribution_id": line.contribution.id}
    if wish.kind is BulkKind.CODE:
        held = {code.theme_id for code in rows}
        told = {"coded_by_id": actor.person_id, "coded_at": actor.arrived_at}
        fresh = [theme for theme in wish.themes if theme.id not in held]
        return line, [], [Code(**{**of, "id": new_id()}, theme_id=theme.id, **told) for theme in fresh]
    if wish.kind is BulkKind.UNCODE:
        gone = {theme.id for theme in wish.themes}
        return line, [code for code in rows if code.theme_id in gone], []
    if wish.kind is BulkKind.ASSIGN:
        told = {"assigned_by_id": actor.person_id, "assigned_at": actor.arrived_at}
        made = [Assignment(**of, person_id=wish.person_id, **told)] if wish.person_id is not None else []
        return line, list(rows), made
    told = {"set_by_id": actor.person_id, "set_at": actor.arrived_at}
    return line, list(rows), [Outcome(**of, kind=line.kind, reason=line.reason, **told)]


def _told(line: Line, ended: Sequence[Any], made: Sequence[Any], before: Sequence[Any]) -> dict[str, Any]:
    gone = {row.id for row in ended}
    after = [*(row.id for row in before if row.id not in gone), *(row.id for row in made)]
    return {
        "input": str(line.contribution.id),
        "ended": [str(row.id) for row in ended],
        "made": [str(row.id) for row in made],
        "after": sorted(map(str, after)),
    }


def _replace(rows: Sequence[Any], actor: Actor) -> None:
    """End rows, so that others can take their place; refused for an outcome that is final."""
    for row in rows:
        if isinstance(row, Outcome):
            judge_provisional(row)
        setattr(row, "replaced_at" if isinstance(row, Outcome) else "ended_at", actor.arrived_at)
    session().flush()


def _again(row: Any) -> Any:
    """Return a new row that says what an ended one said, signature included: its words are the same."""
    model = type(row)
    columns = [column.key for column in inspect(model).columns]
    told = {name: getattr(row, name) for name in columns if name not in {"id", "ended_at", "replaced_at"}}
    return model(id=new_id(), **told)
