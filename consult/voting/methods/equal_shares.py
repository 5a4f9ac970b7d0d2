"""The Method of Equal Shares, exact: each ballot gets an equal share and pays for what it supports.

Peters, Pierczyński, Skowron: Proportional Participatory Budgeting with Additive Utilities (NeurIPS 2021,
arXiv 2008.13276); raising the share until the next outcome costs too much ("add1"): equalshares.net.

Money is kept as integers, and as a straight line of the start share: a purchase keeps the lines straight. So one run
also tells up to which start share each of its purchases stays as it is. The search for the last share that can be
paid jumps to the first share that changes anything, and begins there at the purchase that changes. Money of a ballot
never falls when the share rises, and no price rises then, so every line of a price is a lower bound for all shares: of
any set of supporters, the others pay at least what that set cannot.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from consult.voting.methods.money import Line, Money, Project
from consult.voting.methods.profile import Progress, quiet


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

    `left` are the cents that the supporters of each unselected project still have.
    """

    purchases: Sequence[Purchase]
    ties: Sequence[Sequence[int]]
    left: Mapping[int, Fraction]

    @property
    def selected(self) -> list[int]:
        """The indices of what was bought, in that order."""
        return [one.index for one in self.purchases]


@dataclass(frozen=True)
class _Step:
    """One purchase, up to which share it stays as it is, and how everything stood before it."""

    index: int
    line: Line
    equal: Sequence[int]
    until: int | None
    levels: int
    level: list[int]
    lines: dict[int, Line]
    open_to: frozenset[int]


class Shop:
    """Buys project after project, with a start share of share/ballots cents for each ballot, of which some are equal.

    `projects` stand in the tie order: of exactly equal ones the first is bought first. A run with a higher share than
    the one before begins at the first purchase that could become another one.
    """

    def __init__(self, projects: Sequence[Project], ballots: int, distinct: int) -> None:
        self.projects = projects
        self.steps, self.money = list[_Step](), Money(ballots, distinct)
        self.open_to = frozenset(index for index, one in enumerate(projects) if one.supporters)
        self.lines = {index: _at_least(projects[index]) for index in self.open_to}

    @property
    def selected(self) -> list[int]:
        """The indices of what was bought, in that order."""
        return [one.index for one in self.steps]

    def run(self, share: int) -> None:
        """Buy what can be bought with a share, which is no less than in the run before."""
        self._go_back(share)
        fresh, heap = set[int](), self._bounds(self.open_to)
        while (found := self._cheapest(fresh, heap)) is not None:
            step = self._step(*found)
            self.steps.append(step)
            self.money.pay(self.projects[step.index], step.line)
            self.open_to -= {step.index, *self.projects[step.index].rivals}
            for entry in self._bounds(self.open_to.intersection(step.equal)):
                heapq.heappush(heap, entry)
            fresh.clear()

    def until(self, share: int) -> int | None:
        """Return up to which share nothing changes in what is bought; None: for ever. Below `share` any is enough."""
        untils = [one.until for one in self.steps if one.until is not None]
        if untils and min(untils) < share:
            return min(untils)
        for index in self.open_to:
            constant, slope = self.money.held_by(self.projects[index])
            lacks = self.projects[index].cost * self.money.den - constant - slope * self.money.share
            if (more := _more(lacks, slope)) is not None:
                untils.append(self.money.share + more)
        return min(untils, default=None)

    def told(self) -> Run:
        """Return how the run went."""
        left = {}
        for index in sorted(self.open_to):
            constant, slope = self.money.held_by(self.projects[index])
            left[index] = Fraction(constant + slope * self.money.share, self.money.den)
        ties = [[one.index, *one.equal] for one in self.steps if one.equal]
        return Run([self._purchase(one) for one in self.steps], ties, left)

    def _go_back(self, share: int) -> None:
        kept = next((n for n, one in enumerate(self.steps) if one.until is not None and one.until < share), None)
        if kept is None:
            self.money.go_back(len(self.steps), len(self.money.lines), self.money.level, share)
            return
        first = self.steps[kept]
        self.open_to, self.lines = first.open_to, first.lines
        self.money.go_back(kept, first.levels, first.level, share)
        del self.steps[kept:]

    def _bounds(self, indices: Iterable[int]) -> list[tuple[Fraction, int]]:
        return sorted((self.lines[one].at(self.money.share), one) for one in indices if one in self.lines)

    def _cheapest(self, fresh: set[int], heap: list[tuple[Fraction, int]]) -> list[int] | None:
        """Find the project with the least ρ/scale, and with it all that are exactly equal; the first in order first.

        A price only rises while money is spent, so an old one is a lower bound and most need no new look.
        """
        equal, least = list[int](), None
        while heap and (least is None or heap[0][0] <= least):
            ratio, index = heapq.heappop(heap)
            if index not in self.open_to:
                continue
            if index in fresh:
                equal, least = [*equal, index], ratio
                continue
            line = self.money.price(self.projects[index])
            if line is None and self.projects[index].cost == 0:
                line = Line(0, 0, 1)
            if line is None:
                self.lines.pop(index, None)
                continue
            self.lines[index] = line
            if line.is_affordable(self.money.share):
                fresh.add(index)
                heapq.heappush(heap, (line.at(self.money.share), index))
        return sorted(equal) or None

    def _step(self, chosen: int, *equal: int) -> _Step:
        line, others = self.lines[chosen], sorted(self.open_to - {chosen})
        more = _holds(line, self.money, [self.lines[one] for one in others if one in self.lines])
        until = None if more is None else self.money.share + more
        before = len(self.money.lines), self.money.level.copy(), self.lines.copy(), self.open_to
        return _Step(chosen, line, equal, until, *before)

    def _purchase(self, step: _Step) -> Purchase:
        project, line = self.projects[step.index], step.line
        rate = line.at(self.money.share) * project.scale
        poor = sum(number for _rough, _level, _unit, number in line.poor)
        return Purchase(step.index, rate, line.payers - poor, poor, project.cost - rate * line.units)


def _at_least(project: Project) -> Line:
    """Return what a project costs when nobody is poor."""
    units = sum(unit * ballots.size for unit, ballots in project.supporters.items())
    return Line(project.cost, 0, units * project.scale, units)


def _holds(line: Line, money: Money, others: Sequence[Line]) -> int | None:
    """Return how much the share may rise while the same project is bought, by the same full and poor payers."""
    stable = None
    price = line.constant + line.slope * money.share
    for _rough, level, unit, _number in line.poor:
        constant, slope = money.line(level)
        margin = price * unit - (constant + slope * money.share) * line.units
        stable = _least(stable, _more(margin, slope * line.units - line.slope * unit))
    for other in others:
        margin = (other.constant + other.slope * money.share) * line.weight - price * other.weight
        falls = line.slope * other.weight - other.slope * line.weight
        if margin == 0 and falls <= 0 and other.is_affordable(money.share):
            continue  # exactly equal, and the tie order chose
        room = _more(margin, falls)
        if room is not None and not other.is_affordable(money.share):
            still = _more(other.lacks - other.gains * money.share, other.gains)
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
    is_final: Callable[[Shop], bool],
    progress: Progress = quiet,
) -> tuple[Run, Fraction]:
    """Raise the start share by `step` cents at a time, until the next outcome costs more than the budget.

    Stops before that where `is_final` says so of what was bought, and with step 0 at once. Returns the run with the
    last share that could be paid, and that share in cents.
    """
    share, more = budget, step * ballots
    shop = Shop(projects, ballots, distinct)
    while True:
        shop.run(share)
        spent = sum(projects[index].cost for index in shop.selected)
        progress(spent, budget)
        if spent > budget and share > budget:
            share -= more  # of the shares that were jumped over, the last one
            break
        if not step or is_final(shop) or (until := shop.until(share + more)) is None:
            break
        share += ((until - share) // more + 1) * more
    shop = Shop(projects, ballots, distinct)
    shop.run(share)
    return shop.told(), Fraction(share, ballots)
