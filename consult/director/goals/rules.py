"""What makes a goal one that can be measured, and when it may be called achieved."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from consult.director.goals.models import Better, Finding, Goal, GoalMeasurement, GoalVersion
from consult.foundation.language import N_
from consult.foundation.language import gettext as _

WOO = {  # under which category goals and agreements are made public; the article of the Woo where it names one
    "overeenkomsten": N_("agreements (by our own choice)"),
    "convenanten": N_("covenants (Woo 3.3, second paragraph, f)"),
    "subsidies": N_("subsidies other than decisions (Woo 3.3, second paragraph, h)"),
    "bestuursstukken": N_("documents of council and board (Woo 3.3, second paragraph, c)"),
}
EARLIEST, LATEST = 1990, 2999  # years in which anything of this lies

# Words that measure nothing by themselves; found as whole words, in any case.
VAGUE = (
    "meer", "minder", "beter", "betere", "goed", "goede", "veel", "weinig", "zoveel", "mogelijk", "optimaal",
    "voldoende", "passend", "passende", "regelmatig", "waar nodig", "streven", "bevorderen", "verbeteren", "versterken",
    "more", "less", "better", "good", "improve", "enough", "regularly", "strengthen",
)  # fmt: skip


def woo_words(category: str) -> str:
    """Say under which category of the Woo something is public; nothing where it is not public."""
    return _(WOO[category]) if category in WOO else category


def vague_words(text: str) -> list[str]:
    """Return the words of a text that measure nothing, where no number stands in it that does."""
    if re.search(r"\d", text):
        return []
    told = text.casefold()
    return [word for word in VAGUE if re.search(rf"\b{re.escape(word)}\b", told)]


def fault_of_years(*days: date | None) -> str:
    """Say which of some days lies in a year that nobody means; nothing when all is well."""
    for day in days:
        if day is not None and not EARLIEST <= day.year <= LATEST:
            told = {"year": day.year, "first": EARLIEST, "last": LATEST}
            return _("The year %(year)s cannot be right. Choose a day in a year from %(first)s to %(last)s.", **told)
    return ""


def fault_of_direction(better: Better, baseline: Decimal | None, target: Decimal) -> str:
    """Say when a target does not lie on the better side of where it begins; nothing when all is well."""
    if baseline is None or baseline == target or (target > baseline) is (better is Better.UP):
        return ""
    if better is Better.UP:
        return _("Higher is better, but the target is lower than the beginning. Change one of the two.")
    return _("Lower is better, but the target is higher than the beginning. Change one of the two.")


def fault_of_measuring(goal: Goal, on: date, today: date) -> str:
    """Say why no value can be written down for a day; nothing when all is well."""
    if on > today:
        return _("This day is still to come. Fill in the day on which it was measured.")
    if on < goal.starts_on:
        return _("This day is before the goal began. Its first value is the baseline.")
    if any(one.measured_on == on for one in goal.measurements):
        return _("This day was measured already.")
    return ""


def takes_over(goal: Goal, draft: GoalVersion) -> bool:
    """Say whether a later version comes to stand: all who signed the one that stands and still take part signed it."""
    taking = {None, *(one.organisation_id for one in goal.taking_part(draft.number))}
    wanted = {one.organisation_id for one in goal.standing} & taking
    signed = {one.organisation_id for one in goal.signed(draft.number)}
    return len(signed) > 1 and wanted <= signed


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
    """Say whether the last measurement is at the target or past it, in the direction that is better."""
    last = latest(goal.measurements)
    if last is None:
        return False
    return last.value <= goal.target if goal.better is Better.DOWN else last.value >= goal.target


def may_be_found(goal: Goal, finding: Finding) -> bool:
    """Say whether a goal may be called this: nothing is achieved without a measured value and where it comes from."""
    if finding is Finding.ACHIEVED:
        return is_reached(goal)
    return finding is Finding.MISSED or any(one.source for one in goal.measurements)
