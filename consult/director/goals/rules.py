"""What makes a goal one that can be measured, and when it may be called achieved."""

import re
from collections.abc import Sequence
from decimal import Decimal

from consult.director.goals.models import Finding, Goal, GoalMeasurement

# Words that measure nothing by themselves; found as whole words, in any case.
VAGUE = (
    "meer", "minder", "beter", "betere", "goed", "goede", "veel", "weinig", "zoveel", "mogelijk", "optimaal",
    "voldoende", "passend", "passende", "regelmatig", "waar nodig", "streven", "bevorderen", "verbeteren", "versterken",
    "more", "less", "better", "good", "improve", "enough", "regularly", "strengthen",
)  # fmt: skip


def vague_words(text: str) -> list[str]:
    """Return the words of a text that measure nothing, where no number stands in it that does."""
    if re.search(r"\d", text):
        return []
    told = text.casefold()
    return [word for word in VAGUE if re.search(rf"\b{re.escape(word)}\b", told)]


def latest(measurements: Sequence[GoalMeasurement]) -> GoalMeasurement | None:
    """Return what was measured last."""
    return max(measurements, key=lambda one: one.measured_on, default=None)


def progress(goal: Goal) -> Decimal | None:
    """Return which share of the way from baseline to target was gone by the last measurement, in percent.

    None without a baseline, without a measurement, and where baseline and target are the same.
    """
    last = latest(goal.measurements)
    if last is None or goal.baseline is None or goal.baseline == goal.target:
        return None
    return (100 * (last.value - goal.baseline) / (goal.target - goal.baseline)).quantize(Decimal(1))


def is_reached(goal: Goal) -> bool:
    """Say whether the last measurement is at the target or past it, seen from the baseline."""
    last = latest(goal.measurements)
    if last is None:
        return False
    falls = goal.baseline is not None and goal.target < goal.baseline
    return last.value <= goal.target if falls else last.value >= goal.target


def may_be_found(goal: Goal, finding: Finding) -> bool:
    """Say whether a goal may be called this: nothing is achieved without a measured value and where it comes from."""
    return finding is Finding.MISSED or any(one.source for one in goal.measurements)
