"""What follows from assessments, positions, offers and counts, as arithmetic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from consult.field.models import Assessment, PartyKind, Ring, Shared
from consult.foundation.errors import NotNow
from consult.foundation.language import N_, Worded
from consult.foundation.language import gettext as _
from consult.rounds.models import Phase

LINE = 6  # from here on influence and interest are high, on a scale of 1 to 10
MIGHTY = 8  # influence from which a party can stop or enforce what it wants
APART = 3  # two assessors who differ by more than this should talk
SUGGEST, OVERLAP = 0.75, 5  # from which affinity, and which shared weight, two positions are worth a talk
LOW, HIGH = 0.75, 1.25  # our own rule of thumb, no norm: below the first a group takes part little
SMALLEST_CELL = 5  # people in a cell of a page inside; below that the number is not shown
AGES = (  # the brackets in which inhabitants are counted, as an area holds them
    ("a0_15", N_("up to 15 years")),
    ("a15_25", N_("15 to 25 years")),
    ("a25_45", N_("25 to 45 years")),
    ("a45_65", N_("45 to 65 years")),
    ("a65plus", N_("65 years and older")),
)


class Quadrant(Worded):
    """What influence and interest together ask of us."""

    INVOLVE = "involve_closely", N_("involve closely")
    SATISFY = "keep_satisfied", N_("keep satisfied")
    INFORM = "keep_informed", N_("voice to protect: keep informed")
    WATCH = "monitor", N_("watch")


class Salience(Worded):
    """How much a party asks for attention, by power, legitimacy and urgency (Mitchell, Agle and Wood 1997).

    It says nothing of whether a party is for or against. What they call "dangerous" is called pressure without
    a mandate here.
    """

    NONE = "none", N_("none of the three")
    DORMANT = "dormant", N_("dormant: power alone")
    DISCRETIONARY = "discretionary", N_("discretionary: a rightful voice alone")
    DEMANDING = "demanding", N_("demanding: haste alone")
    DOMINANT = "dominant", N_("dominant: power and a rightful voice")
    PRESSING = "pressing", N_("pressure without a mandate: power and haste")
    DEPENDENT = "dependent", N_("dependent: a rightful voice and haste")
    DEFINITIVE = "definitive", N_("definitive: all three")


SALIENCE = {
    (False, False, False): Salience.NONE,
    (True, False, False): Salience.DORMANT,
    (False, True, False): Salience.DISCRETIONARY,
    (False, False, True): Salience.DEMANDING,
    (True, True, False): Salience.DOMINANT,
    (True, False, True): Salience.PRESSING,
    (False, True, True): Salience.DEPENDENT,
    (True, True, True): Salience.DEFINITIVE,
}


def quadrant(influence: float, interest: float) -> Quadrant:
    """Return where a party stands on the map."""
    if influence >= LINE:
        return Quadrant.INVOLVE if interest >= LINE else Quadrant.SATISFY
    return Quadrant.INFORM if interest >= LINE else Quadrant.WATCH


@dataclass(frozen=True)
class Standing:
    """What all assessors together thought of a party in one phase: means, and the rings of who came last."""

    influence: float
    interest: float
    attitude: float
    salience: Salience
    ring: Ring
    ring_wanted: Ring | None
    ring_ours: Ring | None
    assessors: int
    is_apart: bool
    shared: Shared = Shared.UNKNOWN

    @property
    def quadrant(self) -> Quadrant:
        return quadrant(self.influence, self.interest)

    @property
    def letter(self) -> str:
        """Its power in a letter: A can decide it (from 8), B weighs (from 6), C does neither (the ABC of Factor C)."""
        return "A" if self.influence >= MIGHTY else "B" if self.influence >= LINE else "C"


def standing(assessments: Sequence[Assessment]) -> Standing | None:
    """Take together what was thought of one party in one phase; None where nobody thought of it."""
    if not assessments:
        return None
    last = max(assessments, key=lambda one: one.assessed_at)
    count = len(assessments)
    marks = [(one.has_power, one.is_legitimate, one.is_urgent) for one in assessments]
    most = [sum(column) * 2 > count or (sum(column) * 2 == count and own) for column, own in _beside(marks, last)]
    return Standing(
        influence=sum(one.influence for one in assessments) / count,
        interest=sum(one.interest for one in assessments) / count,
        attitude=sum(one.attitude for one in assessments) / count,
        salience=SALIENCE[most[0], most[1], most[2]],
        ring=last.ring,
        ring_wanted=last.ring_wanted,
        ring_ours=last.ring_ours,
        assessors=count,
        shared=last.shared,
        is_apart=any(spread(assessments, name) > APART for name in ("influence", "interest")),
    )


def _beside(marks: Sequence[tuple[bool, ...]], last: Assessment) -> list[tuple[tuple[bool, ...], bool]]:
    return list(zip(zip(*marks, strict=True), (last.has_power, last.is_legitimate, last.is_urgent), strict=True))


def spread(assessments: Sequence[Assessment], name: str) -> int:
    """Return how far the assessors are apart on one scale."""
    values = [getattr(one, name) for one in assessments]
    return int(max(values) - min(values))


def missing_kinds(kinds: Iterable[PartyKind]) -> list[PartyKind]:
    """Return the kinds of which nobody stands on the map: who do we miss?"""
    there = set(kinds)
    return [kind for kind in PartyKind if kind not in there]


def map_phase(phases: Sequence[Phase], at: datetime) -> Phase:
    """Return the phase of which the map is drawn now: the last one that began, before that the first.

    Raises NotNow for a round without phases.
    """
    if not phases:
        raise NotNow(_("This round has no phases yet. Plan them first: the map is drawn phase by phase."))
    begun = [phase for phase in phases if phase.opens_at <= at]
    return max(begun, key=lambda one: one.opens_at) if begun else min(phases, key=lambda one: one.opens_at)


# --- positions beside each other ---

Scores = Mapping[str, tuple[int, int]]  # by code of a theme: stance from -2 to 2, and weight from 0 to 3


@dataclass(frozen=True)
class Match:
    """How two parties relate on the themes of a round; `together` and `apart` are codes of themes."""

    one: str
    other: str
    affinity: float
    overlap: int
    together: tuple[str, ...]
    apart: tuple[str, ...]

    @property
    def is_suggested(self) -> bool:
        return self.affinity >= SUGGEST and self.overlap >= OVERLAP


def affinity(one: Scores, other: Scores) -> tuple[float, int]:
    """Return how alike two positions are, from 0 to 1, and on how much weight that rests.

    The sum over themes of min(w, w')·(1 - |s - s'|/4), divided by the sum of min(w, w').
    """
    shared = {code: min(one[code][1], other[code][1]) for code in one.keys() & other.keys()}
    weight = sum(shared.values())
    alike = sum(w * (4 - abs(one[code][0] - other[code][0])) for code, w in shared.items())
    return (alike / (4 * weight) if weight else 0.0), weight


def clashes(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Say whether two stand against each other on a theme: both care, on either side, three apart or more."""
    (stance, weight), (stance2, weight2) = one, other
    return min(weight, weight2) >= 2 and stance * stance2 < 0 and abs(stance - stance2) >= 3


def match(names: tuple[str, str], one: Scores, other: Scores) -> Match:
    """Set two positions beside each other."""
    value, weight = affinity(one, other)
    codes = sorted(one.keys() & other.keys())
    apart = tuple(code for code in codes if clashes(one[code], other[code]))
    return Match(*names, value, weight, tuple(code for code in codes if _shares(one[code], other[code])), apart)


def _shares(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return min(one[1], other[1]) >= 1 and one[0] * other[0] > 0


def matches(scores: Mapping[str, Scores]) -> list[Match]:
    """Set all positions of a round beside each other, those that are most alike first."""
    found = [match((one, other), scores[one], scores[other]) for one, other in combinations(sorted(scores), 2)]
    return sorted(found, key=lambda pair: (-pair.affinity, -pair.overlap, pair.one, pair.other))


@dataclass(frozen=True)
class Exchange:
    """What one party offers that another looks for, and back; both ways it is mutual."""

    one: str
    other: str
    gives: tuple[str, ...]
    gets: tuple[str, ...]

    @property
    def is_mutual(self) -> bool:
        return bool(self.gives and self.gets)


def exchanges(offers: Mapping[str, set[str]], seeks: Mapping[str, set[str]]) -> list[Exchange]:
    """Find who offers what another looks for, mutual ones first; tags are equal whatever their case."""
    found = []
    for one, other in combinations(sorted(offers.keys() | seeks.keys()), 2):
        gives = tuple(sorted(offers.get(one, set()) & seeks.get(other, set())))
        gets = tuple(sorted(offers.get(other, set()) & seeks.get(one, set())))
        if gives or gets:
            found.append(Exchange(one, other, gives, gets))
    return sorted(found, key=lambda pair: (not pair.is_mutual, pair.one, pair.other))


# --- reach ---


@dataclass(frozen=True)
class Group:
    """How many people of a group took part, of how many who live here; `index` is its share beside its share here."""

    code: str
    people: int
    inhabitants: int
    index: float | None

    @property
    def is_low(self) -> bool:
        return self.index is not None and self.index < LOW

    @property
    def is_high(self) -> bool:
        return self.index is not None and self.index > HIGH

    @property
    def is_small(self) -> bool:
        """Whether so few people are in it that a number would tell of persons."""
        return 0 < self.people < SMALLEST_CELL


def represent(people: Mapping[str, int], inhabitants: Mapping[str, int]) -> list[Group]:
    """Return per group its share of who took part divided by its share of who lives here, unknown ones left out.

    Empty while nobody of a known group was counted.
    """
    taking_part = sum(people.get(code, 0) for code in inhabitants)
    living = sum(inhabitants.values())
    if not taking_part or not living:
        return []
    return [
        Group(
            code, people.get(code, 0), lives, (people.get(code, 0) / taking_part) / (lives / living) if lives else None
        )
        for code, lives in inhabitants.items()
    ]
