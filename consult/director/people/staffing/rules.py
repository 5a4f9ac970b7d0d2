"""Three models of staffing, in numbers: what is met, where the gaps are, who is missed at once, what learning costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from consult.director.people.profiles.rules import Competence
from consult.director.people.staffing.models import StaffingModel

MOST_PEOPLE = 99  # that a rule may ask
FEWEST = 5  # people of whom figures are shown: with fewer, a count tells who it is
STAY = timedelta(days=365)  # for which limits stay as they are
Team = Sequence[Mapping[str, int]]  # of each person the agreed levels by code


@dataclass(frozen=True)
class StaffingRule:
    """What each model asks: levels from 1 to 4, and numbers of people.

    Integral: everybody at `each_person_min` on all. Differentiated: `min_people` at `min_level` on each. Combined:
    everybody at `base_min` on all, and `key_people` at `key_level` on each key competence.
    """

    each_person_min: int = 3
    min_level: int = 3
    min_people: int = 2
    base_min: int = 2
    key_level: int = 4
    key_people: int = 1


@dataclass(frozen=True)
class Gap:
    """One level that a model asks and nobody has yet; `person` is a place in the team, or None for anybody."""

    code: str
    person: int | None = None


@dataclass(frozen=True)
class Result:
    """What one model says of a team: `met` of `of` demands; a competence that hangs on one person is single."""

    model: StaffingModel
    met: int
    of: int
    gaps: tuple[Gap, ...]
    single: tuple[str, ...]

    @property
    def gap_codes(self) -> tuple[str, ...]:
        """The competences with a gap, each once."""
        return tuple(dict.fromkeys(gap.code for gap in self.gaps))

    @property
    def base_gaps(self) -> tuple[Gap, ...]:
        """The gaps that one person has."""
        return tuple(gap for gap in self.gaps if gap.person is not None)


@dataclass(frozen=True)
class Teaching:
    """Something that can be learned: its competences, and what it costs in euros for each person or for a group."""

    codes: tuple[str, ...]
    per_person: Decimal | None
    per_group: Decimal | None

    @property
    def first(self) -> Decimal:
        """What it costs when one person follows it."""
        return self.per_person if self.per_person is not None else self.per_group or Decimal(0)


@dataclass(frozen=True)
class Cost:
    """What it costs in euros to close the gaps for which something is taught, and for which nothing is."""

    total: Decimal
    untaught: tuple[str, ...]


def results(team: Team, competences: Sequence[Competence], rule: StaffingRule) -> list[Result]:
    """Say of each model what it finds; a level that was never agreed is not met."""
    codes, keys = [one.code for one in competences], [one.code for one in competences if one.is_key]
    return [
        _everybody(StaffingModel.INTEGRAL, team, codes, rule.each_person_min),
        _enough(StaffingModel.DIFFERENTIATED, team, codes, rule.min_level, rule.min_people),
        _combined(team, codes, keys, rule),
    ]


def _combined(team: Team, codes: Sequence[str], keys: Sequence[str], rule: StaffingRule) -> Result:
    base = _everybody(StaffingModel.COMBINED, team, codes, rule.base_min)
    special = _enough(StaffingModel.COMBINED, team, keys, rule.key_level, rule.key_people)
    gaps = (*base.gaps, *special.gaps)
    return Result(StaffingModel.COMBINED, base.met + special.met, base.of + special.of, gaps, special.single)


def _everybody(model: StaffingModel, team: Team, codes: Sequence[str], least: int) -> Result:
    """Everybody has the least level on every competence; each pair of person and competence is one demand."""
    gaps = [Gap(code, n) for n, person in enumerate(team) for code in codes if person.get(code, 0) < least]
    of = len(team) * len(codes)
    return Result(model, of - len(gaps), of, tuple(gaps), _single(team, codes, least))


def _enough(model: StaffingModel, team: Team, codes: Sequence[str], least: int, people: int) -> Result:
    """So many people have the least level on each competence; each competence is one demand."""
    short = {code: people - _count(team, code, least) for code in codes}
    gaps = [Gap(code) for code, number in short.items() for _n in range(max(0, number))]
    met = sum(number <= 0 for number in short.values())
    return Result(model, met, len(codes), tuple(gaps), _single(team, codes, least))


def _single(team: Team, codes: Sequence[str], least: int) -> tuple[str, ...]:
    return tuple(code for code in codes if _count(team, code, least) == 1)


def _count(team: Team, code: str, least: int) -> int:
    return sum(person.get(code, 0) >= least for person in team)


def training_cost(gaps: Iterable[Gap], taught: Sequence[Teaching]) -> Cost:
    """Return in euros what it costs when each gap is closed by the cheapest thing that teaches it.

    A group price is paid once; something for each person is paid once for a person, also where it closes several
    gaps. Gaps of nobody in particular are closed by as many people.
    """
    places: set[tuple[int, object]] = set()
    untaught: list[str] = []
    for number, gap in enumerate(gaps):
        fitting = [n for n, one in enumerate(taught) if gap.code in one.codes]
        if not fitting:
            untaught.append(gap.code)
            continue
        chosen = min(fitting, key=lambda n: taught[n].first)
        who: object = gap.person if gap.person is not None else f"{gap.code} {number}"
        places.add((chosen, who if taught[chosen].per_person is not None else "group"))
    total = sum((taught[chosen].first for chosen, _who in places), Decimal(0))
    return Cost(total, tuple(dict.fromkeys(untaught)))


def is_shown(team: Team) -> bool:
    """Say whether there are enough people for figures that tell nobody's level."""
    return len(team) >= FEWEST


def may_change(since: datetime | None, now: datetime) -> bool:
    """Say whether other limits may be set: a year after those of now were, for a person lies between two of them.

    Who tries limits in turn sees at which one a count changes; in a small team that is one person's level.
    """
    return since is None or now >= since + STAY


def as_rule(rule: StaffingRule) -> dict[str, int]:
    """Return a rule as its table holds it."""
    return asdict(rule)


def read_rule(told: Mapping[str, str | int]) -> StaffingRule:
    """Read a rule from what stands in a table; what is absent or impossible is as we set it."""
    kept = {}
    for name, usual in as_rule(StaffingRule()).items():
        value = str(told.get(name, ""))
        most = MOST_PEOPLE if name.endswith("people") else 4
        is_short = value.isascii() and value.isdecimal() and len(value) <= 2  # a longer one is never read as a number
        kept[name] = int(value) if is_short and 1 <= int(value) <= most else usual
    return StaffingRule(**kept)
