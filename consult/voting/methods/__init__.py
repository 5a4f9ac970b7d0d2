"""Voting methods: pure and exact, from ballots to outcomes. A new one is a file here and a line in METHODS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from consult.voting.methods import approval, budget, points, ranking, support
from consult.voting.methods.profile import (
    TIE_ORDER,
    Candidate,
    Histogram,
    Marks,
    Outcome,
    Profile,
    Progress,
    Unfit,
    quiet,
)
from consult.voting.models import Method

__all__ = [
    "METHODS",
    "TIE_ORDER",
    "VERSION",
    "Candidate",
    "Marks",
    "MethodRules",
    "Outcome",
    "Profile",
    "Progress",
    "Unfit",
    "decide",
    "quiet",
]

VERSION = "1"  # of all rules here; another one wherever an outcome could become another one

Outcomes = Callable[[Profile, Progress], list[Outcome]]
Judge = Callable[[Marks, Mapping[str, Candidate], Mapping[str, Any]], None]


@dataclass(frozen=True)
class MethodRules:
    """What is special to one method: how a histogram is named, and its outcomes, the deciding one first.

    `judge` raises Unfit for a whole ballot that breaks a rule; a method without it is cast option by option.
    `outcomes` tells its progress, for a large budget takes long. `needs_ballots` says whether outcomes depend on
    whole ballots, and not on the counts of options alone.
    """

    named: Callable[[Histogram], Mapping[str, int]]
    outcomes: Outcomes
    judge: Judge | None = None
    needs_ballots: Callable[[Mapping[str, Any]], bool] = lambda _parameters: False

    @property
    def is_whole(self) -> bool:
        """Whether a ballot is cast at once, over all options."""
        return self.judge is not None


def _in_budget(parameters: Mapping[str, Any]) -> bool:
    return "budget" in parameters or bool(parameters.get("area_budgets"))


METHODS: dict[Method, MethodRules] = {
    Method.SUPPORT: MethodRules(support.support, support.advice("support")),
    Method.STATEMENTS: MethodRules(support.statements, support.advice("statements")),
    Method.APPROVAL: MethodRules(approval.named, approval.outcomes, approval.judge, _in_budget),
    Method.POINTS: MethodRules(points.named, points.outcomes, points.judge, _in_budget),
    Method.RANKING: MethodRules(ranking.named, ranking.outcomes, ranking.judge, lambda _parameters: True),
    Method.BUDGET: MethodRules(approval.named, budget.outcomes, budget.judge, _in_budget),
}


def decide(method: Method, profile: Profile, progress: Progress = quiet) -> list[Outcome]:
    """Return the outcomes of a poll, the deciding one first.

    Where its parameters name a quorum and fewer ballots were cast, no rule selects anything, and that is told.
    """
    found, quorum = METHODS[method].outcomes(profile, progress), profile.parameters.get("quorum")
    if not quorum:
        return found
    told = {"quorum": {"needed": int(quorum), "cast": profile.cast, "is_reached": profile.cast >= int(quorum)}}
    return [
        replace(
            one,
            parameters={**one.parameters, "quorum": int(quorum)},
            selected=one.selected if told["quorum"]["is_reached"] else (),
            details={**one.details, **told},
        )
        for one in found
    ]
