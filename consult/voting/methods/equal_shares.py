"""The Method of Equal Shares, exact: each ballot gets an equal share and pays for what it supports.

Peters, Pierczyński, Skowron: Proportional Participatory Budgeting with Additive Utilities (NeurIPS 2021,
arXiv 2008.13276); raising the share until the next outcome costs too much ("add1"): equalshares.net.

Money is kept as integers over one denominator, and as a straight line of the start share: a purchase keeps the
lines straight. So one run also tells up to which start share nothing in it would change, and the search for the
last share that can be paid jumps there. Every lower bound that this uses holds for all shares: of any set of
supporters, the others pay at least what that set cannot.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from consult.voting.methods.profile import Progress, quiet


@dataclass(frozen=True)
class Supporters:
    """Distinct ballots by their numbers: those that were cast once, and the others with how often.

    Equal ballots pay the same and keep the same, so that each is looked at once.
    """

    once: Sequence[int]
    often: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class Project:
    """What can be bought: cost in cents, and who gets how much from it (utility: its ballots).

    Projects are bought in the order of the least ρ/scale, where a supporter with utility u pays ρ·u at most.
    `rivals` are the projects that cannot be had beside it.
    """

    reference: str
    cost: int
    supporters: Mapping[int, Supporters]
    scale: int = 1
    rivals: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Purchase:
    """How one project was paid: `rate` cents per unit of utility by `full` ballots, and all they had by `poor`."""

    index: int
    rate: Fraction
    full: int
    poor: int
    paid_by_poor: Fraction


@dataclass(frozen=True)
class Run:
    """One run with one start share: what was bought in which order, what was exactly equal, and what is left.

    `left` are the cents that the supporters of each unselected project still have. Up to `stable` more of the
    start share's numerator nothing would change; None: for ever.
    """

    purchases: Sequence[Purchase]
    ties: Sequence[Sequence[int]]
    left: Mapping[int, Fraction]
    stable: int | None

    @property
    def selected(self) -> list[int]:
        """The indices of what was bought, in that order."""
        return [one.index for one in self.purchases]


@dataclass(frozen=True)
class _Line:
    """A lower bound of ρ/scale for every share: (constant + slope·share) / weight; exact where `is_exact`.

    An unaffordable project has `lacks` and `gains`: it lacks lacks − gains·(more share).
    """

    constant: int
    slope: int
    weight: int
    per_unit: int
    poor: Sequence[tuple[int, int]] = ()
    full: int = 0
    lacks: int = 0
    gains: int = 0

    @property
    def is_affordable(self) -> bool:
        return self.lacks <= 0


class _Money:
    """What ballots still have: a level for each distinct one, and for each level a line over one denominator."""

    def __init__(self, ballots: int, distinct: int, share: int) -> None:
        self.share, self.den = share, ballots
        self.level = [1] * distinct  # level 0: nothing, whatever the share
        self.lines: dict[int, tuple[int, int]] = {1: (0, 1)}
        self.values: dict[int, int] = {1: share}
        self.highest = 1

    def levels(self, supporters: Supporters) -> Counter[int]:
        """Count how many ballots have what is left at each level."""
        counted = Counter(map(self.level.__getitem__, supporters.once))
        for ballot, times in supporters.often:
            counted[self.level[ballot]] += times
        return counted

    def price(self, project: Project) -> _Line | None:
        """Return what a project would cost its supporters now; None when none of them has a share left at all."""
        pieces = []
        common = lcm(*project.supporters) if len(project.supporters) > 1 else 0
        for unit, ballots in project.supporters.items():
            for level, number in self.levels(ballots).items():
                if level:
                    value = self.values[level]
                    pieces.append((value * (common // unit) if common else value, unit, number, level))
        if not pieces:
            return None
        pieces.sort()
        return self._line(project, pieces)

    def _line(self, project: Project, pieces: Sequence[tuple[int, int, int, int]]) -> _Line:
        rest, weight = project.cost * self.den, sum(unit * number for _key, unit, number, _level in pieces)
        constant, slope, full = rest, 0, 0
        poor: list[tuple[int, int]] = []
        for place, (_key, unit, number, level) in enumerate(pieces):
            value, (own, gain) = self.values[level], self.lines[level]
            is_rich = value * weight >= rest * unit
            if is_rich or place == len(pieces) - 1:
                full = sum(one[2] for one in pieces[place:])
                lacks = 0 if is_rich else rest - value * number
                gains = -slope + gain * number
                divisor = weight * self.den * project.scale
                return _Line(constant, slope, divisor, weight, poor, full, lacks, gains)
            rest -= value * number
            constant, slope, weight = constant - own * number, slope - gain * number, weight - unit * number
            poor.append((level, unit))
        raise AssertionError("there are pieces")

    def pay(self, project: Project, line: _Line) -> Purchase:
        """Let the supporters of a project pay for it."""
        poor = frozenset(line.poor)
        factor = line.per_unit // gcd(line.per_unit, line.constant, line.slope)
        own, gain = line.constant * factor // line.per_unit, line.slope * factor // line.per_unit
        rate = Fraction(line.constant + line.slope * self.share, line.per_unit * self.den)
        paid, number_poor = 0, 0
        lines = {level: (a * factor, c * factor) for level, (a, c) in self.lines.items()}
        for unit, ballots in project.supporters.items():
            moved = {0: 0}
            for level, number in self.levels(ballots).items():
                if (level, unit) in poor:
                    paid, number_poor, moved[level] = paid + self.values[level] * number, number_poor + number, 0
                elif level:
                    self.highest = moved[level] = self.highest + 1
                    lines[self.highest] = (lines[level][0] - unit * own, lines[level][1] - unit * gain)
            for ballot in ballots.once:
                self.level[ballot] = moved[self.level[ballot]]
            for ballot, _times in ballots.often:
                self.level[ballot] = moved[self.level[ballot]]
        told = Purchase(-1, rate, line.full, number_poor, Fraction(paid, self.den))
        self.den *= factor
        self.lines = {level: lines[level] for level in set(self.level) if level}
        self.values = {level: a + c * self.share for level, (a, c) in self.lines.items()}
        return told

    def held_by(self, project: Project) -> tuple[int, int]:
        """Return the constant and the slope of what the supporters of a project have together."""
        constant = slope = 0
        for ballots in project.supporters.values():
            for level, number in self.levels(ballots).items():
                if level:
                    own, gain = self.lines[level]
                    constant, slope = constant + own * number, slope + gain * number
        return constant, slope


def run(projects: Sequence[Project], ballots: int, distinct: int, share: int) -> Run:
    """Buy project after project with a start share of share/ballots cents for each ballot, of which so many differ.

    `projects` stand in the tie order: of exactly equal ones the first is bought first.
    """
    money, lines = _Money(ballots, distinct, share), dict[int, _Line]()
    open_to = {index for index, one in enumerate(projects) if one.supporters}
    fresh, heap = set[int](), [(Fraction(-1), index) for index in sorted(open_to)]
    purchases, ties, stable = list[Purchase](), list[list[int]](), None
    while (found := _cheapest(projects, money, lines, fresh, heap, open_to)) is not None:
        chosen, *equal = found
        line = lines[chosen]
        stable = _least(stable, _holds(line, money, [lines[one] for one in sorted(open_to - {chosen}) if one in lines]))
        if equal:
            ties.append([chosen, *equal])
        bought = money.pay(projects[chosen], line)
        purchases.append(Purchase(chosen, bought.rate, bought.full, bought.poor, bought.paid_by_poor))
        gone = {chosen, *projects[chosen].rivals}
        open_to -= gone
        for one in equal:
            if one in open_to:
                heapq.heappush(heap, (Fraction(line.constant + line.slope * share, line.weight), one))
        fresh.clear()
    left = {}
    for index in sorted(open_to):
        constant, slope = money.held_by(projects[index])
        held = constant + slope * share
        left[index] = Fraction(held, money.den)
        stable = _least(stable, _more(projects[index].cost * money.den - held, slope))
    return Run(purchases, ties, left, stable)


def _cheapest(
    projects: Sequence[Project],
    money: _Money,
    lines: dict[int, _Line],
    fresh: set[int],
    heap: list[tuple[Fraction, int]],
    open_to: set[int],
) -> list[int] | None:
    """Find the project with the least ρ/scale, and with it all that are exactly equal; the first in order first.

    A price only rises while money is spent, so an old one is a lower bound and most need no new look.
    """
    equal, least = list[int](), None
    while heap and (least is None or heap[0][0] <= least):
        ratio, index = heapq.heappop(heap)
        if index not in open_to:
            continue
        if index in fresh:
            equal, least = [*equal, index], ratio
            continue
        line = money.price(projects[index])
        if line is None and projects[index].cost == 0:
            line = _Line(0, 0, 1, 1)
        if line is None:
            lines.pop(index, None)
            continue
        lines[index] = line
        if line.is_affordable:
            fresh.add(index)
            heapq.heappush(heap, (Fraction(line.constant + line.slope * money.share, line.weight), index))
    return sorted(equal) or None


def _holds(line: _Line, money: _Money, others: Sequence[_Line]) -> int | None:
    """Return how much the share may rise while the same project is bought, by the same full and poor payers."""
    stable = None
    price = line.constant + line.slope * money.share
    for level, unit in line.poor:
        margin = price * unit - money.values[level] * line.per_unit
        stable = _least(stable, _more(margin, money.lines[level][1] * line.per_unit - line.slope * unit))
    for other in others:
        margin = (other.constant + other.slope * money.share) * line.weight - price * other.weight
        falls = line.slope * other.weight - other.slope * line.weight
        if margin == 0 and falls <= 0 and other.is_affordable:
            continue  # exactly equal, and the tie order chose
        room = _more(margin, falls)
        if not other.is_affordable and room is not None:
            still = _more(other.lacks, other.gains)
            room = None if still is None else max(room, still)
        stable = _least(stable, room)
    return stable


def _more(margin: int, falls: int) -> int | None:
    """Return how much the share may rise before a margin that falls so fast is gone; None: it never is."""
    if margin <= 0:
        return 0
    return (margin - 1) // falls if falls > 0 else None


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def search(
    projects: Sequence[Project],
    ballots: int,
    budget: int,
    *,
    distinct: int,
    step: int,
    is_final: Callable[[Run], bool],
    progress: Progress = quiet,
) -> tuple[Run, Fraction]:
    """Raise the start share by `step` cents at a time, until the next outcome costs more than the budget.

    Stops before that where `is_final` says so of an outcome, and with step 0 at once. Returns the run with the
    last share that could be paid, and that share in cents.
    """
    number, held = 0, None
    while True:
        found = run(projects, ballots, distinct, budget + number * step * ballots)
        spent = sum(projects[index].cost for index in found.selected)
        progress(spent, budget)
        if spent > budget and held is not None:
            last = number - 1
            break
        held = found
        last = number
        if not step or found.stable is None or is_final(found):
            break
        number += found.stable // (step * ballots) + 1
    share = budget + last * step * ballots
    return run(projects, ballots, distinct, share), Fraction(share, ballots)
