"""What learning costs a person, and which competences nothing is taught for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from consult.director.people.learning.models import LearningActivity

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Coverage:
    """How much there is to learn for one competence: activities, and seats in groups that are planned."""

    code: str
    name: str
    activities: int
    seats: int


def seats_of(activity: LearningActivity) -> int:
    """Count the seats in all groups of an activity."""
    return sum(cohort.seats for cohort in activity.cohorts)


def cost_per_person(activity: LearningActivity) -> Decimal | None:
    """Return in euros what following it costs for one person; None while a group price has no seats to share it.

    A group price is paid once for each group and shared by its seats, filled or not.
    """
    if activity.cost_per_person is not None:
        return activity.cost_per_person
    seats = seats_of(activity)
    if not seats or activity.cost_total is None:
        return None
    return (activity.cost_total * len(activity.cohorts) / seats).quantize(CENT)


def coverage(activities: Sequence[LearningActivity], competences: Iterable[tuple[str, str]]) -> list[Coverage]:
    """Say for each competence, by code and name, what there is to learn."""
    told = []
    for code, name in competences:
        of = [one for one in activities if code in one.competences]
        told.append(Coverage(code, name, len(of), sum(seats_of(one) for one in of)))
    return told
