"""Choosing projects within a budget: by equal shares, or greedily by votes; the other rule always stands beside it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from consult.foundation.language import euros, number
from consult.foundation.language import gettext as _
from consult.voting.methods import equal_shares
from consult.voting.methods.money import Project, Supporters
from consult.voting.methods.profile import (
    TIE_ORDER,
    Candidate,
    Marks,
    Outcome,
    Profile,
    Progress,
    Unfit,
    quiet,
    ranking_key,
)

EQUAL_SHARES, GREEDY = "equal_shares", "greedy"
OVER_BUDGET, EXHAUSTIVE = "over_budget", "exhaustive"
STEP = 1  # cents by which everybody's share is raised

Solve = Callable[[Profile], Outcome]


def outcomes(profile: Profile, progress: Progress = quiet) -> list[Outcome]:
    """Return the outcome of the rule of this poll, and that of the other rule beside it.

    Without a budget nothing is selected. With budgets for areas the rule runs in each area on its own, over the
    ballots that chose something there, and first over what belongs to no area with the budget beside them.
    """
    told = profile.parameters
    if "budget" not in told and not told.get("area_budgets"):
        return [Outcome("count", {"binding": False})]
    rules: dict[str, Solve] = {EQUAL_SHARES: lambda one: _equal_shares(one, progress), GREEDY: _greedy}
    first = EQUAL_SHARES if is_by_shares(told) else GREEDY
    return [_in_areas(profile, rules[name]) for name in sorted(rules, key=lambda name: name != first)]


def is_by_shares(parameters: Mapping[str, Any]) -> bool:
    """Say whether equal shares decides; public data sets write "equalshares/add1"."""
    return str(parameters.get("rule", "")).replace("_", "").startswith("equalshares")


def _in_areas(profile: Profile, solve: Solve) -> Outcome:
    told, rivals, gone = profile.parameters, _rivals(profile.parameters), set[str]()
    standing = [one for one in profile.candidates if one.votes >= int(told.get("minimum_votes", 0))]
    if not told.get("area_budgets"):
        return solve(replace(profile, candidates=standing))
    found = []
    for area, budget in purses(told).items():
        here = [one.reference for one in standing if purse_of(one, told) == area and one.reference not in gone]
        if here:
            found.append((area, solve(replace(profile, candidates=standing).only(here, budget=budget))))
            gone |= {rival for one in found[-1][1].selected for rival in rivals.get(one, ())}
    parameters = {**(found[0][1].parameters if found else {}), "budget": int(told.get("budget", 0))}
    return Outcome(
        found[0][1].rule if found else GREEDY,
        {**parameters, "area_budgets": told["area_budgets"]},
        [one for _area, outcome in found for one in outcome.selected],
        [tie for _area, outcome in found for tie in outcome.ties],
        {"areas": {area: dict(outcome.details) for area, outcome in found}},
    )


def purses(parameters: Mapping[str, Any]) -> dict[str, int]:
    """Return how many cents there are in each area; under "" what is for no area, or for all where none has its own."""
    own = parameters.get("area_budgets") or {}
    whole = parameters.get("budget")
    return ({"": int(whole or 0)} if own or whole is not None else {}) | {area: int(own[area]) for area in own}


def purse_of(candidate: Candidate, parameters: Mapping[str, Any]) -> str:
    """Return the area whose money pays an option; one in an area without money of its own belongs to no area."""
    return candidate.area if candidate.area in (parameters.get("area_budgets") or {}) else ""


def spending(chosen: Iterable[Candidate], parameters: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Return for each area how many cents options cost together, and how many there are."""
    spent = Counter[str]()
    for one in chosen:
        spent[purse_of(one, parameters)] += one.cost
    return {area: (spent[area], most) for area, most in purses(parameters).items()}


def _order(parameters: Mapping[str, Any]) -> tuple[Sequence[str], Callable[[Candidate], Any]]:
    order = tuple(parameters.get("tie_order") or TIE_ORDER)
    return order, ranking_key(order, str(parameters.get("seed", "")))


def _rivals(parameters: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return for each reference those that cannot be chosen beside it."""
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    for group in parameters.get("exclusive", ()):
        for one in group:
            found[one] |= frozenset(group) - {one}
    return found


def _greedy(profile: Profile) -> Outcome:
    """Take the options with most votes that still fit the budget, one after the other.

    Equal votes stand in the tie order; an option without votes is never taken, nor one whose rival was. A tie is
    told where another order within a group of equal votes could have taken another of them.
    """
    budget = int(profile.parameters["budget"])
    order, key = _order(profile.parameters)
    taken, ties = fill(profile.candidates, budget, key, _rivals(profile.parameters))
    costs = {one.reference: one.cost for one in profile.candidates}
    details = {"spent": sum(costs[one] for one in taken)}
    return Outcome(GREEDY, {"budget": budget, "tie_order": list(order)}, taken, ties, details)


def fill(
    candidates: Sequence[Candidate],
    left: int,
    key: Callable[[Candidate], Any],
    rivals: Mapping[str, frozenset[str]],
    before: Sequence[str] = (),
) -> tuple[list[str], list[list[str]]]:
    """Add by votes what fits in `left` cents beside `before`; return what was added, and the ties that mattered."""
    groups: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.votes > 0 and candidate.reference not in before:
            groups[candidate.votes].append(candidate)
    taken, ties = list[str](), list[list[str]]()
    gone = {rival for one in before for rival in rivals.get(one, ())}
    for votes in sorted(groups, reverse=True):
        fitting = [c for c in sorted(groups[votes], key=key) if c.cost <= left and c.reference not in gone]
        names = {c.reference for c in fitting}
        if sum(c.cost for c in fitting) > left or any(names & rivals.get(name, frozenset()) for name in names):
            ties.append([c.reference for c in fitting])
        for one in fitting:
            if one.cost <= left and one.reference not in gone:
                taken.append(one.reference)
                left -= one.cost
                gone |= rivals.get(one.reference, frozenset())
    return taken, ties


def _equal_shares(profile: Profile, progress: Progress) -> Outcome:
    """Run equal shares as the parameters say; then add by votes what still fits, where they say so."""
    told, budget = profile.parameters, int(profile.parameters["budget"])
    step, stop = int(told.get("step", STEP)), told.get("stop", OVER_BUDGET)
    order, key = _order(told)
    candidates = sorted(profile.candidates, key=key)
    profile = _merged(profile)
    projects = as_projects(profile, candidates, told)
    told = {
        "budget": budget,
        "utility": told.get("utility", "cost"),
        "step": step,
        "stop": stop,
        "completion": told.get("completion", "votes"),
        "tie_order": list(order),
        "exclusive": told.get("exclusive", []),
    }
    if not profile.size or not candidates:
        return Outcome(EQUAL_SHARES, told, details={"spent": 0, "share": "0", "projects": {}})

    def is_final(shop: equal_shares.Shop) -> bool:
        left = budget - sum(projects[index].cost for index in shop.selected)
        return not shop.open_to or (stop == EXHAUSTIVE and all(projects[one].cost > left for one in shop.open_to))

    more: dict[str, Any] = {"distinct": len(profile.ballots), "is_final": is_final, "progress": progress}
    run, share = equal_shares.search(projects, profile.size, budget, step=step, **more)
    selected = [projects[index].reference for index in run.selected]
    left = budget - sum(projects[index].cost for index in run.selected)
    added: list[str] = []
    ties = [[projects[index].reference for index in group] for group in run.ties]
    if told["completion"] == "votes":
        added, tied = fill(candidates, left, key, _rivals(told), selected)
        ties += tied
    costs = {one.reference: one.cost for one in candidates}
    details = {
        "spent": budget - left + sum(costs[one] for one in added),
        "ballots": profile.size,
        "first_share": str(Fraction(budget, profile.size)),
        "share": str(share),
        "projects": _explained(projects, candidates, run, added),
    }
    return Outcome(EQUAL_SHARES, told, [*selected, *added], ties, details)


def _merged(profile: Profile) -> Profile:
    """Return the same with equal ballots told once, with how often."""
    counted: Counter[tuple[tuple[str, int], ...]] = Counter()
    for marks, times in profile.ballots:
        counted[tuple(sorted(marks.items()))] += times
    return replace(profile, ballots=[(dict(marks), times) for marks, times in counted.items()])


def as_projects(profile: Profile, candidates: Sequence[Candidate], parameters: Mapping[str, Any]) -> list[Project]:
    """Return candidates as what can be bought: with cost as utility each supporter gains as much as it costs."""
    by_points = parameters.get("utility") == "points"
    once: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    often: dict[str, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for ballot, (marks, times) in enumerate(profile.ballots):
        for reference, value in marks.items():
            if value > 0 and times == 1:
                once[reference][value if by_points else 1].append(ballot)
            elif value > 0:
                often[reference][value if by_points else 1].append((ballot, times))
    places, rivals = {one.reference: place for place, one in enumerate(candidates)}, _rivals(parameters)
    return [
        Project(
            one.reference,
            one.cost,
            {
                unit: Supporters(once[one.reference][unit], often[one.reference][unit])
                for unit in sorted(once[one.reference].keys() | often[one.reference].keys())
            },
            1 if by_points else max(one.cost, 1),
            frozenset(places[rival] for rival in rivals.get(one.reference, ()) if rival in places),
        )
        for one in candidates
    ]


def _explained(
    projects: Sequence[Project],
    candidates: Sequence[Candidate],
    run: equal_shares.Run,
    added: Sequence[str],
) -> dict[str, dict[str, Any]]:
    """Say of each project who paid what, or what it lacked: what its supporters had left, against its cost."""
    found: dict[str, dict[str, Any]] = {}
    for one in run.purchases:
        found[projects[one.index].reference] = {
            "state": "bought",
            "price": str(one.rate),
            "full": one.full,
            "part": one.poor,
            "paid_by_part": str(one.paid_by_poor),
            "support": str(projects[one.index].cost / one.rate) if one.rate else None,
        }
    for index, candidate in enumerate(candidates):
        if candidate.reference in found:
            continue
        if index not in run.left:
            state = "rival" if projects[index].supporters else "no_votes"
            found[candidate.reference] = {"state": state}
            continue
        had = run.left[index]
        told = {"had": str(had), "lacked": str(candidate.cost - had)}
        state = "added" if candidate.reference in added else "short"
        found[candidate.reference] = {"state": state, **told}
    return found


def judge(marks: Marks, candidates: Mapping[str, Candidate], parameters: Mapping[str, Any]) -> None:
    """Demand that what a ballot chooses keeps to its limits: how many, how much money, one of rivals."""
    judge_number(marks, parameters)
    for area, (spent, most) in spending([candidates[one] for one in marks], parameters).items():
        told = {"more": euros(spent - most), "area": area}
        if parameters.get("within_budget") and spent > most and area:
            raise Unfit(_("In %(area)s you spend %(more)s too much. Take a plan there away.", **told))
        if parameters.get("within_budget") and spent > most:
            raise Unfit(_("You spend %(more)s too much. Take a plan away, or choose another one.", **told))
    for one, rivals in _rivals(parameters).items():
        if parameters.get("within_budget") and one in marks and rivals & marks.keys():
            raise Unfit(_("Of two plans you chose only one can be carried out. Take one of them away."))


def judge_number(marks: Marks, parameters: Mapping[str, Any]) -> None:
    """Demand that a ballot names as many options as it may, each of them with a tick and no other number."""
    if any(value != 1 for value in marks.values()):
        raise Unfit(_("Here you tick a plan or leave it. A number beside it means nothing."))
    least, most = int(parameters.get("min_length", 1)), parameters.get("max_length")
    if most is not None and len(marks) > most:
        told = {"chosen": number(len(marks)), "most": number(most), "more": number(len(marks) - most)}
        raise Unfit(_("You chose %(chosen)s, and %(most)s is the most. Take %(more)s away.", **told))
    if len(marks) < least:
        told = {"chosen": number(len(marks)), "least": number(least)}
        raise Unfit(_("You chose %(chosen)s. Choose %(least)s or more, or withdraw your ballot.", **told))
