"""What a story tells of competences, profiles, levels and learning, read strictly into plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consult.director.people.learning.models import LearningForm
from consult.director.people.profiles.models import ProfileKind
from consult.director.people.profiles.rules import Competence, Profile, Task
from consult.director.people.staffing.models import StaffingModel
from consult.director.people.staffing.rules import StaffingRule


@dataclass(frozen=True)
class TeachingTold:
    """Something that can be learned, and by whom it is wanted; one of the two costs."""

    form: LearningForm
    title: str
    competences: Sequence[str]
    days: Decimal
    each: Decimal | None
    total: Decimal | None
    wanted_by: Sequence[str]


@dataclass(frozen=True)
class StaffingTold:
    """The competences with their levels, profiles, the levels of each colleague, what is taught, and the choice."""

    consent: str
    consent_on: date
    competences: Sequence[Competence]
    profiles: Sequence[tuple[ProfileKind, str, Profile]]
    levels: Mapping[str, Mapping[str, int]]
    taught: Sequence[TeachingTold]
    rule: StaffingRule
    chosen: StaffingModel


def read_staffing(whole: Mapping[str, Any]) -> StaffingTold | None:
    """Read what a story tells of people; nothing where it does not say what each level of a competence is."""
    if "competence_levels" not in whole:
        return None
    codes = [one["id"] for one in whole["competences"]]
    sentences = whole["competence_levels"]
    rules = whole["staffing_rules"]
    return StaffingTold(
        consent=whole["works_council"]["consent"],
        consent_on=whole["works_council"]["agreed_on"],
        competences=[
            Competence(one["id"], one["name"], tuple(sentences[one["id"]]), one.get("key", False))
            for one in whole["competences"]
        ],
        profiles=[_profile(one) for one in whole.get("role_profiles", ())],
        levels={one["id"]: dict(zip(codes, one["levels"], strict=True)) for one in whole["staff"]},
        taught=[_teaching(one) for one in whole.get("learning", ())],
        rule=StaffingRule(**rules["integral"], **rules["differentiated"], **rules["combined"]),
        chosen=StaffingModel(rules["chosen"]),
    )


def _profile(told: Mapping[str, Any]) -> tuple[ProfileKind, str, Profile]:
    tasks = (Task(one["text"], tuple(one["competences"]), tuple(one["responsibilities"])) for one in told["tasks"])
    answers_for = {f"R{number}": text for number, text in enumerate(told["responsibilities"], start=1)}
    profile = Profile(told["purpose"], told["mandate"], tuple(tasks), answers_for, told["levels"])
    return ProfileKind(told["kind"]), told["title"], profile


def _teaching(told: Mapping[str, Any]) -> TeachingTold:
    each, total = (told.get(name) for name in ("cost_per_person", "cost_total"))
    return TeachingTold(
        form=LearningForm(told["form"]),
        title=told["title"],
        competences=told["competences"],
        days=Decimal(str(told["days"])),
        each=Decimal(str(each)) if each is not None else None,
        total=Decimal(str(total)) if total is not None else None,
        wanted_by=told.get("planned_for", ()),
    )
