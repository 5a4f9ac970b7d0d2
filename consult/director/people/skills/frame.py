"""What stands on the page of one person's development, for that person and for their coach alike."""

from collections.abc import Mapping
from typing import Any

from consult.director.people.learning.queries import list_enrolments
from consult.director.people.profiles.models import RoleProfile
from consult.director.people.profiles.queries import list_competences, list_profiles
from consult.director.people.profiles.rules import read_profile
from consult.director.people.skills import queries, rules
from consult.director.people.skills.models import AssessmentKind, SkillProfile


def development(of: SkillProfile) -> dict[str, Any]:
    """Return levels by competence, gaps to the role that somebody grows to, the plan, and evidence by competence."""
    assessments, plan = queries.list_assessments(of.id), queries.list_plan(of.id)
    own, agreed = (rules.newest(assessments, kind) for kind in (AssessmentKind.OWN, AssessmentKind.AGREED))
    enrolments = list_enrolments(of.person_id)
    role = role_of(of)
    needed = read_profile(role.content).levels if role is not None else {}
    levels = levels_of(agreed)
    competences = list_competences()
    finished = [one for one in enrolments if one.finished_on is not None]
    rows = [
        {
            "competence": one,
            "own": levels_of(own).get(one.code),
            "agreed": levels.get(one.code),
            "needed": needed.get(one.code),
            "evidence": [found for found in finished if one.code in found.activity.competences],
        }
        for one in competences
    ]
    return {
        "of": of,
        "role": role,
        "rows": rows,
        "own_assessment": own,
        "agreed": agreed,
        "waiting": rules.waiting(assessments),
        "gaps": rules.gaps(levels, needed, plan),
        "names": {one.code: f"{one.code} {one.name}" for one in competences},
        "plan": plan,
        "enrolments": enrolments,
    }


def role_of(of: SkillProfile) -> RoleProfile | None:
    """Return the role profile that somebody grows to, as it is published now."""
    return next((one for one in list_profiles() if one.slug == of.towards), None) if of.towards else None


def levels_of(found: Any) -> Mapping[str, int]:
    """Return the levels of an assessment; none of no assessment."""
    return found.levels if found is not None else {}
