"""When a task stands well in the register, and what a choice still needs."""

from datetime import date

from consult.director.agreements.models import Agreement, AgreementState
from consult.director.steering.rules import Light
from consult.director.tasks.models import Choice, Task
from consult.foundation.language import gettext as _

WEEKS = 8  # until the authority answers, where it set no other term (Awb 4:13: a reasonable one is at most eight)


def is_signed(agreement: Agreement | None) -> bool:
    """Say whether an agreement is signed and was not ended before its time."""
    return agreement is not None and agreement.state not in {AgreementState.DRAFT, AgreementState.ENDED}


def light(task: Task, today: date) -> Light:
    """Return how a task stands: red when others do it without a signed agreement, amber past its day of review."""
    if task.choice is Choice.OUTSOURCE and not is_signed(task.agreement):
        return Light.RED
    if task.choice is Choice.LET_GO and task.agreement is not None and not is_signed(task.agreement):
        return Light.RED
    return Light.AMBER if task.review_on is not None and task.review_on < today else Light.GREEN


def light_words(task: Task, today: date) -> str:
    """Say why a task has its light."""
    found = light(task, today)
    if found is Light.RED:
        return _("no signed agreement")
    return _("time to look back") if found is Light.AMBER else _("in order")


def fault(choice: Choice, stops: str, review_on: date | None) -> str:
    """Say what a choice still needs; nothing when all is there."""
    if choice is Choice.LET_GO and not stops:
        return _("Write what the authority stops doing.")
    if choice is Choice.LET_GO and review_on is None:
        return _("Choose the day on which you look back.")
    return ""
