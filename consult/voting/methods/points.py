"""Dividing points over options: the sum decides, or equal shares with points as utility where there is a budget."""

from collections.abc import Mapping
from typing import Any

from consult.foundation.language import gettext as _
from consult.foundation.language import number
from consult.voting.methods import approval, budget
from consult.voting.methods.profile import Candidate, Histogram, Marks, Outcome, Profile, Progress, Unfit, best, quiet


def named(histogram: Histogram) -> dict[str, int]:
    """Count the ballots that give points to an option, and the points."""
    return approval.named(histogram) | {"points": sum(value * n for value, n in histogram.items())}


def outcomes(profile: Profile, progress: Progress = quiet) -> list[Outcome]:
    """Select the options with most points; with a budget as budgets are decided."""
    if "budget" in profile.parameters:
        told = {"utility": "points", **profile.parameters}
        return budget.outcomes(Profile(profile.candidates, profile.ballots, told), progress)
    return [best("points", profile.candidates, lambda one: one.points, profile.parameters)]


def judge(marks: Marks, _candidates: Mapping[str, Candidate], parameters: Mapping[str, Any]) -> None:
    """Demand that a ballot gives no more points than it has, and to no option more than it may."""
    most, each = int(parameters["max_sum_points"]), int(parameters.get("max_points", parameters["max_sum_points"]))
    if any(value > each for value in marks.values()):
        told = {"each": number(each)}
        raise Unfit(_("You can give one option %(each)s points at most. Give it fewer.", **told))
    given = sum(marks.values())
    if given > most:
        told = {"given": number(given), "most": number(most), "more": number(given - most)}
        raise Unfit(_("You gave %(given)s points, and you have %(most)s. Take %(more)s away.", **told))
    if given == 0:
        raise Unfit(_("You gave no points yet. Give some, or withdraw your ballot."))
