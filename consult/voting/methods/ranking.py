"""Putting options in order: Schulze or instant runoff decides, Borda is shown beside it.

A mark is a rank, 1 the best; what a ballot does not rank stands last there, all of it together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

from consult.foundation.language import gettext as _
from consult.foundation.language import number
from consult.voting.methods.profile import (
    Candidate,
    Histogram,
    Marks,
    Outcome,
    Profile,
    Progress,
    Unfit,
    quiet,
    ranking_key,
)

SCHULZE, RUNOFF, BORDA = "schulze", "instant_runoff", "borda"
LANE = 40  # bits of one count; 10**12 ballots

Ranked = tuple[list[list[str]], int]  # what a ballot ranks, the best first, and how often it was cast
Piles = dict[tuple[str, ...], list[Ranked]]  # ballots by what is best on them


def named(histogram: Histogram) -> dict[str, int]:
    """Count how often an option stands at each place."""
    return {str(rank): histogram[rank] for rank in sorted(histogram)}


def outcomes(profile: Profile, _progress: Progress = quiet) -> list[Outcome]:
    """Return the outcome of the rule of this poll, and those of the others beside it."""
    rules: dict[str, Callable[[Profile], Outcome]] = {SCHULZE: schulze, RUNOFF: runoff, BORDA: borda}
    first = profile.parameters.get("rule", SCHULZE)
    return [rules[name](profile) for name in sorted(rules, key=lambda name: name != first)]


def _groups(marks: Marks) -> list[list[str]]:
    """Return what a ballot ranks, the best first; equal ranks together."""
    ranked = sorted(marks, key=marks.__getitem__)
    if len({*marks.values()}) == len(ranked):
        return [[name] for name in ranked]
    return [list(names) for _rank, names in groupby(ranked, key=marks.__getitem__)]


def _settled(rule: str, winners: Sequence[str], profile: Profile, details: Mapping[str, Any]) -> Outcome:
    """Select the only winner; of several the tie order decides, and where there is none nobody is selected."""
    order = profile.parameters.get("tie_order")
    told = {"unranked": "last", "tie_order": list(order or ())}
    if len(winners) <= 1:
        return Outcome(rule, told, list(winners), [], details)
    key = ranking_key(order or (), str(profile.parameters.get("seed", "")))
    tied = [one.reference for one in sorted(profile.candidates, key=key) if one.reference in winners]
    return Outcome(rule, told, tied[:1] if order else [], [tied], details)


def preferred(profile: Profile) -> dict[str, dict[str, int]]:
    """Count how many ballots prefer each option to each other one.

    The counts of one option against all others stand in one integer, a lane for each; so a ballot costs one
    addition for each option that it ranks.
    """
    names = [one.reference for one in profile.candidates]
    lane = {name: 1 << (LANE * place) for place, name in enumerate(names)}
    everything = sum(lane.values())
    rows = dict.fromkeys(names, 0)
    for marks, times in profile.ballots:
        below = everything
        for group in _groups(marks):
            for name in group:
                below -= lane[name]
            for name in group:
                rows[name] += below * times
    mask = (1 << LANE) - 1
    return {
        name: {other: row >> (LANE * place) & mask for place, other in enumerate(names) if other != name}
        for name, row in rows.items()
    }


def schulze(profile: Profile) -> Outcome:
    """Select who no other option beats by a stronger path (Schulze, Social Choice and Welfare 36, 2011).

    The strength of a step from one to another is how many ballots prefer it (winning votes), and there is a step
    only where more do so than the other way round; a path is as strong as its weakest step.
    """
    counts = preferred(profile)
    names = list(counts)
    strength = {
        one: {other: n if n > counts[other][one] else 0 for other, n in row.items()} for one, row in counts.items()
    }
    for via in names:
        for one in names:
            if one != via:
                first, row = strength[one][via], strength[one]
                for other in names:
                    if other not in {one, via} and (through := min(first, strength[via][other])) > row[other]:
                        row[other] = through
    beaten = {one: sum(strength[other][one] > strength[one][other] for other in names if other != one) for one in names}
    winners = [one for one in names if not beaten[one]] if profile.ballots else []
    details = {"preferred": counts, "paths": strength, "order": _by_place(beaten)}
    return _settled(SCHULZE, winners, profile, details)


def _by_place(beaten: Mapping[str, int]) -> list[list[str]]:
    """Return the options by how many others beat them, those with equally many together."""
    places: dict[int, list[str]] = defaultdict(list)
    for name, by in beaten.items():
        places[by].append(name)
    return [sorted(places[by]) for by in sorted(places)]


def runoff(profile: Profile) -> Outcome:
    """Let the option with fewest first places go, round after round, until one has more than half of those left.

    A ballot counts for the best that is left on it, equal ranks for the parts; with nothing left on it no more.
    Options that are exactly equal at the bottom go together; when all that are left are equal, that is a tie.
    """
    left = [one.reference for one in profile.candidates]
    rounds: list[dict[str, Any]] = []
    piles: Piles = defaultdict(list)
    _deal(((_groups(marks), times) for marks, times in profile.ballots), left, piles)
    while left:
        counts = _first_places(piles, left)
        total, fewest = sum(counts.values()), min(counts.values())
        out = [one for one in left if counts[one] == fewest]
        told = {one: str(n) for one, n in counts.items()}
        most = max(left, key=lambda one: counts[one])
        if not total or counts[most] * 2 > total or len(out) == len(left):
            winners = [] if not total else [most] if counts[most] * 2 > total else left
            rounds.append({"counts": told, "spent": str(profile.size - total), "out": []})
            return _settled(RUNOFF, winners, profile, {"rounds": rounds})
        rounds.append({"counts": told, "spent": str(profile.size - total), "out": out})
        left = [one for one in left if one not in out]
        moved = [one for best in list(piles) if not set(best).isdisjoint(out) for one in piles.pop(best)]
        _deal(moved, left, piles)
    return _settled(RUNOFF, [], profile, {"rounds": rounds})


def _deal(ballots: Iterable[Ranked], left: Sequence[str], piles: Piles) -> None:
    """Put each ballot on the pile of what is best on it of all that is left; with nothing left on it, on none."""
    stands = frozenset(left).__contains__
    for groups, times in ballots:
        for place, group in enumerate(groups):
            best = tuple(filter(stands, group))
            if best:
                piles[best].append((groups[place:] if place else groups, times))
                break


def _first_places(piles: Piles, left: Sequence[str]) -> dict[str, Fraction]:
    counts = dict.fromkeys(left, Fraction(0))
    for best, ballots in piles.items():
        each = Fraction(sum(times for _groups, times in ballots), len(best))
        for one in best:
            counts[one] += each
    return counts


def borda(profile: Profile) -> Outcome:
    """Give an option a point for each other that a ballot ranks below it, and half a one for each beside it."""
    doubled = dict.fromkeys((one.reference for one in profile.candidates), 0)
    number_of = len(doubled)
    for marks, times in profile.ballots:
        above = 0
        unranked = doubled.keys() - marks.keys()
        for group in [*_groups(marks), list(unranked)]:
            score = 2 * (number_of - above - len(group)) + len(group) - 1
            for name in group:
                doubled[name] += score * times
            above += len(group)
    most = max(doubled.values(), default=0)
    winners = [name for name, score in doubled.items() if score == most and most > 0]
    return _settled(BORDA, winners, profile, {"points": {name: str(Fraction(n, 2)) for name, n in doubled.items()}})


def judge(marks: Marks, _candidates: Mapping[str, Candidate], parameters: Mapping[str, Any]) -> None:
    """Demand that a ballot ranks no more than it may, and gives each rank once."""
    most = parameters.get("max_length")
    if most is not None and len(marks) > most:
        told = {"most": number(most), "more": number(len(marks) - most)}
        raise Unfit(_("You can rank %(most)s at most. Take %(more)s away.", **told))
    ranks = sorted(marks.values())
    if ranks and ranks[0] < 1:
        raise Unfit(_("0 is no place. Your first choice is number 1; leave empty what you do not want to number."))
    twice = next((one for one, other in pairwise(ranks) if one == other), None)
    if twice is not None:
        raise Unfit(_("The number %(rank)s stands there twice. Give each a number of its own.", rank=number(twice)))
    if not marks:
        raise Unfit(_("You ranked nothing yet. Give your first choice the number 1, or withdraw your ballot."))
