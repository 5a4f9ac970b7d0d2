"""How actions are shown: in words, with what is overdue."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from consult.director.actions.models import Action
from consult.foundation.language import gettext as _
from consult.foundation.language import short_day
from consult.policy import Actor


def rows(actions: Sequence[Action], today: date, actor: Actor) -> list[dict[str, Any]]:
    """Return each action with its state in words and whether the actor may look at its agreement."""
    return [_row(one, today, actor) for one in actions]


def _row(one: Action, today: date, actor: Actor) -> dict[str, Any]:
    agreement = one.agreement if "agreement" in vars(one) else None
    knows = agreement is not None and (agreement.published_at is not None or actor.is_staff)
    return {"action": one, "state": _state(one, today), "agreement": agreement if knows else None}


def _state(one: Action, today: date) -> tuple[str, str]:
    if one.done_at is not None:
        return _("done on %(day)s", day=short_day(one.done_at)), "done"
    if one.due_on is None:
        return _("nothing is done"), "neutral"
    if one.is_late(today):
        return _("should have been done on %(day)s", day=short_day(one.due_on)), "against"
    return _("to be done by %(day)s", day=short_day(one.due_on)), "now"
