"""What is done about actions: planned, changed, finished, or told why there is none."""

import uuid
from dataclasses import dataclass
from datetime import date

from consult.audit.verbs import record
from consult.director.actions.models import Action
from consult.director.actions.queries import Decided, Planned, list_for
from consult.director.actions.rules import fault_of_day
from consult.director.agreements.models import Agreement
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.policy import Act, Actor
from consult.rounds.verbs import bump


@dataclass(frozen=True)
class ActionTold:
    """What is done, who does it (a team or an organisation), by which day, and which agreement realises it."""

    text: str
    owner: str
    due_on: date | None
    agreement: Agreement | None = None


def plan(decided: Decided, told: ActionTold, actor: Actor) -> Action:
    """Say what is done with an adopted input, by whom and by which day; what was told of "nothing" falls away.

    Refused before the council adopted it, without words, owner or day, and for a day that is past (S02).
    """
    standing = _held(decided)
    _check(told, actor)
    for one in standing:
        if one.is_none:
            one.replaced_at = actor.arrived_at
    return _add(decided, actor, **_columns(told))


def explain_none(decided: Decided, because: str, actor: Actor) -> Action:
    """Say why nothing is done with an adopted input; actions that were still to be done are withdrawn by it.

    Refused before the council adopted it, without a reason, and once one was done: that one says otherwise.
    """
    standing = _held(decided)
    if not because:
        raise Conflict(_("Say why nothing is done. Everybody can read it."))
    if any(one.done_at is not None for one in standing):
        raise NotNow(_("Something was done with this input already, so it is not so that nothing is done."))
    for one in standing:
        one.replaced_at = actor.arrived_at
    return _add(decided, actor, none_because=because)


def change(planned: Planned, told: ActionTold, because: str, actor: Actor) -> Action:
    """Change an action, with the reason; what was planned before stays on record.

    Refused without a reason, for a day that is past unless it stays as it was, and once it is done.
    """
    earlier = _held_open(planned)
    if not because:
        raise Conflict(_("Say why it changes."))
    _check(told, actor, kept=earlier.due_on)
    earlier.replaced_at = actor.arrived_at
    session().flush()
    new = add(
        Action(
            contribution_id=earlier.contribution_id,
            because=because,
            written_by_id=actor.person_id,
            written_at=actor.arrived_at,
            **_columns(told),
        )
    )
    return _told(new, planned.action.contribution.round_id, actor, replaces=earlier.id)


def finish(planned: Planned, result: str, actor: Actor) -> None:
    """Say that an action is done and what came of it; refused without a word about that, and a second time."""
    action = _held_open(planned)
    if not result:
        raise Conflict(_("Say what came of it. Everybody can read it."))
    action.result, action.done_at = result, actor.arrived_at
    _told(action, action.contribution.round_id, actor, done=True)


def _held(decided: Decided) -> list[Action]:
    """Hold the input until the transaction ends, and read anew what is done with it; refused when it is not adopted."""
    read_again_locked(decided.contribution, ("state",))
    if not decided.is_adopted:
        raise NotNow(_("The council has not adopted this input, so there is nothing to do with it."))
    return list_for([decided.contribution.id])


def _held_open(planned: Planned) -> Action:
    read_again_locked(planned.action, ("replaced_at", "done_at"))
    if planned.action.replaced_at is not None:
        raise Conflict(_("Somebody changed this action already. Open the page again."))
    if not planned.action.is_open:
        raise NotNow(_("This action is done already."))
    return planned.action


def _check(told: ActionTold, actor: Actor, kept: date | None = None) -> None:
    if not told.text:
        raise Conflict(_("Write what is done."))
    if not told.owner:
        raise Conflict(_("Write which team or organisation does it."))
    stays = kept is not None and told.due_on == kept
    if not stays and (fault := fault_of_day(told.due_on, local(actor.arrived_at).date())):
        raise Conflict(fault)


def _columns(told: ActionTold) -> dict[str, object]:
    agreement_id = told.agreement.id if told.agreement is not None else None
    return {"text": told.text, "owner": told.owner, "due_on": told.due_on, "agreement_id": agreement_id}


def _add(decided: Decided, actor: Actor, **columns: object) -> Action:
    session().flush()
    by = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    new = add(Action(contribution_id=decided.contribution.id, **by, **columns))
    return _told(new, decided.round_id, actor, none=new.is_none)


def _told(action: Action, round_id: uuid.UUID, actor: Actor, **facts: object) -> Action:
    record(Act.WRITE_ACTION, actor, action, contribution=action.contribution_id, **facts)
    bump(round_id)
    return action
