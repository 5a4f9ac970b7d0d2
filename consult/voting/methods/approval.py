"""Approving of as many options as one may: whoever is approved of most is selected, or what fits a budget."""

from collections.abc import Mapping
from typing import Any

from consult.voting.methods import budget
from consult.voting.methods.profile import Candidate, Histogram, Marks, Outcome, Profile, Progress, best, quiet


def named(histogram: Histogram) -> dict[str, int]:
    """Count the ballots that choose an option."""
    return {"votes": sum(n for value, n in histogram.items() if value > 0)}


def outcomes(profile: Profile, progress: Progress = quiet) -> list[Outcome]:
    """Select the options with most approvals; with a budget as budgets are decided."""
    if "budget" in profile.parameters:
        return budget.outcomes(profile, progress)
    return [best("approval", profile.candidates, lambda one: one.votes, profile.parameters)]


def judge(marks: Marks, _candidates: Mapping[str, Candidate], parameters: Mapping[str, Any]) -> None:
    """Demand that a ballot chooses as many as it may."""
    budget.judge_number(marks, parameters)
