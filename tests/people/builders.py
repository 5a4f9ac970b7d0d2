"""Builders of competences, profiles, skills and learning, made through the verbs; they need an open unit."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from consult.director.people.learning import verbs as learning
from consult.director.people.learning.models import LearningActivity, LearningForm
from consult.director.people.learning.verbs import ActivityTold
from consult.director.people.profiles import verbs as profiles
from consult.director.people.profiles.models import CompetenceFrame, ProfileKind, RoleProfile
from consult.director.people.profiles.queries import get_profile
from consult.director.people.profiles.rules import Competence, Profile, Task
from consult.director.people.skills import verbs as skills
from consult.director.people.skills.models import Assessment, SkillProfile
from consult.director.people.skills.queries import get_coached, get_own_skills
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local
from consult.participants.models import Person
from consult.policy import Role
from tests.builders import a_member_of_staff, acting, the_platform

CODES = tuple(f"C{n}" for n in range(1, 9))
KEYS = {"C2", "C3", "C5", "C6", "C8"}
TEAM = (  # levels of C1 to C8, as the demo municipality tells them
    (4, 4, 4, 3, 3, 3, 2, 3),
    (3, 2, 2, 3, 2, 2, 3, 2),
    (4, 4, 3, 2, 2, 4, 3, 3),
    (2, 1, 2, 3, 3, 1, 3, 2),
    (2, 2, 3, 2, 4, 2, 3, 2),
    (3, 3, 2, 3, 2, 3, 2, 4),
)


def today() -> date:
    """Which day it is here."""
    return local(clock.now()).date()


def competences(codes: Sequence[str] = CODES) -> list[Competence]:
    """Competences with a sentence for each level."""
    return [
        Competence(code, f"Kunnen {code}", tuple(f"{code}: wat u ziet op {n}." for n in range(1, 5)), code in KEYS)
        for code in codes
    ]


def a_frame(codes: Sequence[str] = CODES) -> CompetenceFrame:
    """A frame that was published with the consent of the works council."""
    profiles.write_frame(competences(codes), the_platform())
    return profiles.publish_frame(the_platform(), consent="brief 2026-14", consent_on=today())


def a_told_profile(**levels: int) -> Profile:
    """What a profile says, with one task for each level."""
    levels = levels or {"C1": 3, "C2": 4}
    tasks = tuple(Task(f"Taak met {code}", (code,), ("R1",)) for code in levels)
    return Profile("Samen beleid maken.", "Kiest de werkvorm.", tasks, {"R1": "Een eerlijk proces"}, levels)


def a_profile(
    title: str = "Procesregisseur", kind: ProfileKind = ProfileKind.DIRECTOR, told: Profile | None = None
) -> RoleProfile:
    """A profile that was published."""
    made = profiles.write_profile(kind, title, told or a_told_profile(), the_platform())
    profiles.publish_profile(made, the_platform())
    return get_profile(the_platform(), made.slug)


def a_coach() -> Person:
    """Somebody who coaches."""
    return a_member_of_staff(Role.COACH)


def skills_of(person: Person) -> SkillProfile:
    """What is kept of somebody, as that person finds it."""
    session().flush()
    for known in [one for one in session() if isinstance(one, SkillProfile)]:
        session().expire(known)
    return get_own_skills(acting(person))


def coached(person: Person, coach: Person, towards: str = "") -> SkillProfile:
    """Somebody chooses a coach."""
    skills.choose_coach(get_own_skills(acting(person)), coach, towards, acting(person))
    return get_coached(acting(coach), skills_of(person).id)


def agreed(person: Person, coach: Person, levels: Mapping[str, int]) -> Assessment:
    """Levels that both agreed in a talk and that hold."""
    of = coached(person, coach)
    made = skills.agree(of, levels, "Goed gesprek.", acting(coach), talked_on=today())
    skills.confirm(made, acting(person))
    session().flush()
    return made


def a_team(levels: Sequence[Sequence[int]] = TEAM, coach: Person | None = None) -> tuple[list[Person], Person]:
    """Colleagues with agreed levels, and who coaches them."""
    coach = coach or a_coach()
    team = [a_member_of_staff(name=f"M{n}") for n in range(1, len(levels) + 1)]
    for person, told in zip(team, levels, strict=True):
        agreed(person, coach, dict(zip(CODES, told, strict=True)))
    return team, coach


def a_course(
    title: str = "Regie voeren",
    codes: Sequence[str] = ("C2", "C6"),
    each: str | None = "1450",
    total: str | None = None,
    form: LearningForm = LearningForm.OPEN,
) -> LearningActivity:
    """Something to learn."""
    costs = {"cost_per_person": Decimal(each) if each else None, "cost_total": Decimal(total) if total else None}
    return learning.write_activity(ActivityTold(form, title, "", codes, Decimal(3), **costs), the_platform())


def a_group(of: LearningActivity, seats: int = 12) -> None:
    """A group that follows something next month."""
    days = {"starts_on": today() + timedelta(days=30), "ends_on": today() + timedelta(days=30)}
    learning.plan_cohort(of, the_platform(), place="Stadhuis", programme="Oefenen.", seats=seats, **days)


def everything_kept() -> list[tuple[object, ...]]:
    """Every assessment as it stands, to see that nothing changed."""
    session().flush()
    wanted = select(Assessment.id, Assessment.levels, Assessment.confirmed_at).order_by(Assessment.id)
    return [(one, dict(levels), at) for one, levels, at in session().execute(wanted)]
