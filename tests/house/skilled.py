"""What `tests/house/who.py` needs of the people of the regie: a frame, profiles, skills of the moderator, learning."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from consult.director.people.learning.verbs import enrol
from consult.director.people.practice.verbs import begin
from consult.director.people.profiles import verbs as profiles
from consult.director.people.profiles.models import ProfileKind
from consult.director.people.skills import verbs as skills
from consult.director.people.skills.queries import get_coached, get_own_skills
from consult.director.people.staffing.models import StaffingModel
from consult.director.people.staffing.rules import StaffingRule, as_rule
from consult.director.people.staffing.verbs import decide
from consult.policy import Act, Actor, Duty
from tests.builders import acting, appoint, the_platform
from tests.people.builders import (
    a_course,
    a_frame,
    a_group,
    a_profile,
    a_team,
    a_told_profile,
    agreed,
    coached,
    competences,
    skills_of,
    today,
)

OWN = (Act.READ_SKILLS, Act.ASSESS_OWN, Act.PLAN_DEVELOPMENT, Act.SHOW_TALENT, Act.FOLLOW_LEARNING)


@dataclass
class Skilled:
    """Values for addresses and forms, and by act what it is done to."""

    url: dict[str, Any]
    typed: dict[str, Any]
    elsewhere: dict[str, dict[str, Any]]
    subjects: dict[Act, Callable[[Actor], Any]]


def skilled(people: dict[str, Any]) -> Skilled:
    """The moderator has levels, a plan and a course, and a coach; a frame and a profile are being written anew."""
    moderator, coach = people["moderator"], people["coach"]
    a_frame()
    a_profile("Beleidsmedewerker", ProfileKind.JOB, a_told_profile(C1=2))
    profile = a_profile()
    course = a_course()
    a_group(course)
    a_team(coach=coach)
    agreed(moderator, coach, {"C1": 2, "C2": 2})
    of = coached(moderator, coach, profile.slug)
    waits = skills.agree(of, {"C1": 3}, "Goed gesprek.", acting(coach), talked_on=today())
    planned = {"code": "C2", "level": 4, "activity": "Meelopen", "due_on": today() + timedelta(days=30)}
    item = skills.plan(of, acting(coach), **planned)
    follows = enrol(course, acting(moderator))
    skills.show_talent(skills_of(moderator), ["C1"], "Vraag mij.", acting(moderator))
    decide(StaffingModel.COMBINED, StaffingRule(), "Een basis en specialisten.", the_platform())
    profiles.write_frame(competences(["C1"]), the_platform())
    profiles.write_profile(profile.kind, profile.title, a_told_profile(), the_platform(), instead=profile)
    url = {
        "profile_slug": profile.slug,
        "version_number": 1,
        "frame_number": 1,
        "activity_id": course.public_id,
        "skill_id": of.id,
        "assessment_id": waits.id,
        "item_id": item.id,
        "enrolment_id": follows.id,
    }
    subjects: dict[Act, Callable[[Actor], Any]] = dict.fromkeys(OWN, get_own_skills)
    subjects[Act.AGREE_LEVELS] = lambda actor: get_coached(actor, of.id)
    return Skilled(url, _typed(course.public_id), _practising(people), subjects)


def _practising(people: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A practice round in which those practise who serve the round of the world."""
    made = begin(acting(people["moderator"]))
    for name in ("director", "sponsor"):
        appoint(made, people[name], Duty.MODERATOR)
    return {"practice.guide": {"slug": made.slug}}


def _typed(course: str) -> dict[str, Any]:
    return {
        "edition": "2.1",
        "competences-0-code": "C1",
        "competences-0-name": "Verbinden",
        **{f"competences-0-level_{n}": f"U ziet {n}." for n in range(1, 5)},
        "consent": "brief 2026-14",
        "consent_on": today().isoformat(),
        "profile_kind": "director",
        "purpose": "Samen beleid maken.",
        "mandate": "Kiest de werkvorm.",
        "responsibilities-0": "Een eerlijk proces",
        "tasks-0-text": "Gesprekken leiden",
        "tasks-0-takes": "c1",
        "tasks-0-answers": "R1",
        "needed-0-code": "C1",
        "needed-0-level": "3",
        "learned": ["C1"],
        "learning_form": "open",
        "learning_days": "1,5",
        "cost_per_person": "500",
        "place": "Stadhuis",
        "begins_on": today().isoformat(),
        "finishes_on": today().isoformat(),
        "group_size": "12",
        "levels-0-code": "C1",
        "levels-0-level": "2",
        "talked_on": today().isoformat(),
        "competence": "C1",
        "wanted_level": "3",
        "activity": "Meelopen met een collega",
        "due_on": (today() + timedelta(days=30)).isoformat(),
        "result_told": "Het lukte.",
        "learning": course,
        "finished_on": today().isoformat(),
        "shows": "Certificaat 12",
        "talents": ["C1"],
        "own_words": "Vraag mij.",
        "staffing_model": "combined",
        "why_this": "Een basis en specialisten.",
        **{name: str(value) for name, value in as_rule(StaffingRule()).items()},
    }
