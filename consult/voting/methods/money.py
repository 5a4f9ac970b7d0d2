"""What ballots still have while projects are bought by equal shares: exact integers, as lines of the start share."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from operator import mul

NOTHING = 0  # the level of who has nothing left, whatever the share
ROUNDING = 2.0**-50  # more than what a few operations on floats are wrong, as part of what they work with

Piece = tuple[float, int, int, int]  # what a ballot has for each unit, roughly; level, unit, and how many ballots


@dataclass(frozen=True)
class Supporters:
    """Distinct ballots by their numbers: those that were cast once, and the others with how often.

    Equal ballots pay the same and keep the same, so that each is looked at once.
    """

    once: Sequence[int]
    often: Sequence[tuple[int, int]] = ()

    @property
    def size(self) -> int:
        """How many ballots these are."""
        return len(self.once) + sum(times for _ballot, times in self.often)


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
class Line:
    """A lower bound of ρ/scale for every share: (constant + slope·share) / weight; exact when it is made.

    Of so many `payers` the `poor` pay all they have, and the others pay for `units` of utility together.
    Where only one level pays in full, it can be more than that has: lacks − gains·share cents are lacking, over some
    denominator, and when that is more than nothing the project cannot be had.
    """

    constant: int
    slope: int
    weight: int
    units: int = 1
    poor: Sequence[Piece] = ()
    payers: int = 0
    lacks: int = 0
    gains: int = 0

    def is_affordable(self, share: int) -> bool:
        return self.lacks <= self.gains * share

    def at(self, share: int) -> Fraction:
        return Fraction(self.constant + self.slope * share, self.weight)


class Money:
    """What ballots still have: a level for each distinct one, and for each level a line of the share.

    A level keeps the denominator of the purchase that made it; `factors` bring each of those to the latest one.
    Levels are only added, so that purchases are taken back by forgetting the last ones. `rough` is what a level has as
    a float, the nearest there is: it only decides where it cannot be wrong.
    """

    def __init__(self, ballots: int, distinct: int) -> None:
        self.share, self.level = 0, [1] * distinct
        self.dens, self.factors = [ballots], [1]
        self.lines = [(0, 0, 0), (0, 1, 0)]  # of each level: constant, slope, which denominator
        self.rough = [0.0, 0.0]

    @property
    def den(self) -> int:
        return self.dens[-1]

    def go_back(self, purchases: int, levels: int, level: list[int], share: int) -> None:
        """Have again what was there after so many purchases, with another start share."""
        self.share, self.level = share, level
        self.dens, self.lines = self.dens[: purchases + 1], self.lines[:levels]
        self.factors = [self.den // one for one in self.dens]
        self.rough = [(constant + slope * share) / self.dens[den] for constant, slope, den in self.lines]

    def levels(self, supporters: Supporters) -> Counter[int]:
        """Count how many ballots have what is left at each level."""
        counted = Counter(map(self.level.__getitem__, supporters.once))
        for ballot, times in supporters.often:
            counted[self.level[ballot]] += times
        return counted

    def line(self, level: int) -> tuple[int, int]:
        """Return the constant and the slope of what a ballot at a level has, over the latest denominator."""
        constant, slope, den = self.lines[level]
        return constant * self.factors[den], slope * self.factors[den]

    def together(self, held: Iterable[tuple[int, int]]) -> tuple[int, int]:
        """Return the constant and the slope of what ballots have together: of each level how many."""
        constants, slopes = [0] * len(self.dens), [0] * len(self.dens)
        for level, number in held:
            constant, slope, den = self.lines[level]
            constants[den] += constant * number
            slopes[den] += slope * number
        return sum(map(mul, constants, self.factors)), sum(map(mul, slopes, self.factors))

    def held_by(self, project: Project) -> tuple[int, int]:
        """Return the constant and the slope of what the supporters of a project have together."""
        return self.together(pair for ballots in project.supporters.values() for pair in self.levels(ballots).items())

    def price(self, project: Project) -> Line | None:
        """Return what a project would cost its supporters now; None when none of them has a share left at all."""
        pieces, units, payers, rough = list[Piece](), 0, 0, self.rough
        for unit, ballots in project.supporters.items():
            counted = self.levels(ballots)
            broke = counted.pop(NOTHING, 0)
            payers += ballots.size - broke
            units += unit * (ballots.size - broke)
            pieces += [(rough[level] / unit, level, unit, number) for level, number in counted.items()]
        if not pieces:
            return None
        pieces.sort()
        found = _poor(project.cost, pieces, units)
        if found is None:
            pieces.sort(key=lambda piece: Fraction(self._value(piece[1]), piece[2]))
            found = self._poor_exactly(project.cost, pieces, units)
        return self._line(project, pieces, payers, *found)

    def _value(self, level: int) -> int:
        constant, slope = self.line(level)
        return constant + slope * self.share

    def _poor_exactly(self, cost: int, pieces: Sequence[Piece], units: int) -> tuple[int, int]:
        """Do what `_poor` does, exactly."""
        rest = cost * self.den
        for place in range(len(pieces) - 1):
            _rough, level, unit, number = pieces[place]
            value = self._value(level)
            if value * units >= rest * unit:
                return place, units
            rest, units = rest - value * number, units - unit * number
        return len(pieces) - 1, units

    def _line(self, project: Project, pieces: Sequence[Piece], payers: int, place: int, units: int) -> Line:
        """Return the price where the pieces before a place pay all they have, and the others the same for each unit."""
        poor, lacks, gains = pieces[:place], 0, 0
        constant, slope = self.together((level, number) for _rough, level, _unit, number in poor)
        constant, slope = project.cost * self.den - constant, -slope
        if place == len(pieces) - 1:
            own, gain = self.together([(pieces[-1][1], pieces[-1][3])])
            lacks, gains = constant - own, gain - slope
        return Line(constant, slope, units * self.den * project.scale, units, poor, payers, lacks, gains)

    def pay(self, project: Project, line: Line) -> None:
        """Let the supporters of a project pay for it."""
        poor = {(level, unit) for _rough, level, unit, _number in line.poor}
        factor = line.units // gcd(line.units, line.constant, line.slope)
        own, gain = line.constant * factor // line.units, line.slope * factor // line.units
        self.dens.append(self.den * factor)
        self.factors = [*(one * factor for one in self.factors), 1]
        for unit, ballots in project.supporters.items():
            rich = [level for level in self.levels(ballots) if level and (level, unit) not in poor]
            moved = self._less(rich, unit * own, unit * gain)
            for ballot in ballots.once:
                self.level[ballot] = moved.get(self.level[ballot], NOTHING)
            for ballot, _times in ballots.often:
                self.level[ballot] = moved.get(self.level[ballot], NOTHING)

    def _less(self, levels: Iterable[int], own: int, gain: int) -> dict[int, int]:
        """Return for each level a new one: what it has without a payment."""
        lines, factors, latest, moved = self.lines, self.factors, len(self.dens) - 1, dict[int, int]()
        for level in levels:
            constant, slope, made = lines[level]
            constant, slope = constant * factors[made] - own, slope * factors[made] - gain
            moved[level] = len(lines)
            lines.append((constant, slope, latest))
            self.rough.append((constant + slope * self.share) / self.dens[latest])
        return moved


def _poor(cost: int, pieces: Sequence[Piece], units: int) -> tuple[int, int] | None:
    """Count the pieces that pay all they have, from the poorest on, while the others cannot pay the same per unit.

    The last one never is such a piece. Beside it the units of the others; None where floats cannot tell.
    """
    rest, slack = float(cost), ROUNDING * (len(pieces) + 8)
    for place in range(len(pieces) - 1):
        rough, _level, unit, number = pieces[place]
        could = rough * units
        if abs(could - rest) <= slack * (could + cost):
            return None
        if could > rest:
            return place, units
        rest, units = rest - rough * (unit * number), units - unit * number
    return len(pieces) - 1, units
