"""Which levels hold for a person, and what lies between those and a role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consult.director.people.profiles.rules import LEVELS
from consult.director.people.skills.models import Assessment, AssessmentKind, PlanItem


@dataclass(frozen=True)
class Gap:
    """One competence of which a role asks more than was agreed; `planned` is what is done about it."""

    code: str
    level: int
    needed: int
    planned: tuple[PlanItem, ...]


def newest(assessments: Sequence[Assessment], kind: AssessmentKind) -> Assessment | None:
    """Return the newest assessment of a kind; of agreed ones only those to which the person said yes."""
    of = [one for one in assessments if one.kind is kind and (kind is AssessmentKind.OWN or one.confirmed_at)]
    return max(of, key=lambda one: one.made_at, default=None)


def waiting(assessments: Sequence[Assessment]) -> Assessment | None:
    """Return what the coach wrote after a talk and the person did not say yes to yet, when nothing newer holds."""
    agreed = [one for one in assessments if one.kind is AssessmentKind.AGREED]
    last = max(agreed, key=lambda one: one.made_at, default=None)
    return last if last is not None and last.confirmed_at is None else None


def gaps(levels: Mapping[str, int], needed: Mapping[str, int], plan: Sequence[PlanItem]) -> list[Gap]:
    """List where a role asks a higher level than was agreed; what was never agreed about is no gap yet."""
    return [
        Gap(code, levels[code], level, tuple(one for one in plan if one.code == code))
        for code, level in needed.items()
        if code in levels and levels[code] < level
    ]


def are_levels(levels: Mapping[str, int], codes: set[str]) -> bool:
    """Say whether these are levels from 1 to 4 of known competences, one at least."""
    return bool(levels) and set(levels) <= codes and all(level in LEVELS for level in levels.values())
