"""How tasks and requests to take one over are shown."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from consult.director.steering.rules import Light
from consult.director.tasks import rules
from consult.director.tasks.models import Challenge, ChallengeState, Task
from consult.foundation.language import gettext as _
from consult.foundation.language import short_day

TAGS = {Light.GREEN: "done", Light.AMBER: "note", Light.RED: "against"}
STATES = {
    ChallengeState.ASKED: "now",
    ChallengeState.ACCEPTED: "done",
    ChallengeState.REFUSED: "neutral",
    ChallengeState.WITHDRAWN: "neutral",
}


def rows(tasks: Sequence[Task], today: date) -> list[dict[str, Any]]:
    """Return tasks with how each stands, in words and as a mark."""
    return [row(one, today) for one in tasks]


def row(task: Task, today: date) -> dict[str, Any]:
    """Return a task with how it stands."""
    return {"task": task, "words": rules.light_words(task, today), "tag": TAGS[rules.light(task, today)]}


def challenge_words(one: Challenge, today: date) -> str:
    """Say where a request stands, with the day that matters."""
    if one.state is ChallengeState.ASKED:
        told = {"day": short_day(one.reply_by)}
        if one.reply_by < today:
            return _("should have been decided by %(day)s", **told)
        return _("decided by %(day)s at the latest", **told)
    if one.decided_at is not None:
        return _("decided on %(day)s", day=short_day(one.decided_at))
    return one.state.words
