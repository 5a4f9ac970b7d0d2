"""Finding the figures of each model, and what was decided."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from consult.director.people.learning.queries import list_activities
from consult.director.people.profiles.queries import list_competences
from consult.director.people.profiles.rules import Competence
from consult.director.people.skills.models import SkillProfile
from consult.director.people.skills.queries import list_agreed
from consult.director.people.staffing import rules
from consult.director.people.staffing.models import StaffingDecision
from consult.director.people.staffing.rules import Cost, Result, StaffingRule, Teaching
from consult.foundation.db import session
from consult.policy import Actor, Role

MOST = 100


@dataclass(frozen=True)
class Compared:
    """The models side by side, of so many people; `results` are empty where those are too few to tell figures of."""

    people: int
    competences: list[Competence]
    results: list[tuple[Result, Cost]]
    coached: dict[str, dict[str, list[str]]]  # by model and code, the names of whom the actor coaches with a gap


@dataclass(frozen=True)
class Limits:
    """What the models ask now, and since when; None where nobody chose other limits than we begin with."""

    rule: StaffingRule
    since: datetime | None = None


def compare(actor: Actor, rule: StaffingRule) -> Compared:
    """Compare the models by the levels that hold now; names only of those whom the actor coaches.

    `rule` is the one that stands (`get_limits`) and never one that a reader brings: see `rules.may_change`.
    """
    found, competences = list_agreed(), list_competences()
    team = [levels for _profile, levels in found]
    if not rules.is_shown(team) or not competences:
        return Compared(len(team), competences, [], {})
    told = rules.results(team, competences, rule)
    taught = [Teaching(tuple(one.competences), one.cost_per_person, one.cost_total) for one in list_activities()]
    costs = [rules.training_cost(one.gaps, taught) for one in told]
    people = [profile for profile, _levels in found]
    coached = {one.model.value: _named(one, people, actor) for one in told}
    return Compared(len(team), competences, list(zip(told, costs, strict=True)), coached)


def _named(result: Result, people: list[SkillProfile], actor: Actor) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for gap in result.base_gaps:
        who = people[gap.person or 0]
        if actor.role is Role.COACH and who.coach_id == actor.person_id:
            told.setdefault(gap.code, []).append(who.person.name)
    return told


def get_limits() -> Limits:
    """Return what the models ask by the last decision, and since which decision that is so."""
    limits = Limits(StaffingRule())
    for decision in reversed(list_decisions()):
        rule = rules.read_rule(decision.rule)
        if rule != limits.rule:
            limits = Limits(rule, decision.decided_at)
    return limits


def list_decisions() -> list[StaffingDecision]:
    """List what was decided, the newest first."""
    wanted = select(StaffingDecision).order_by(StaffingDecision.decided_at.desc(), StaffingDecision.id)
    return list(session().scalars(wanted.limit(MOST)))
