"""Finding what somebody can and wants to learn: for that person, for their coach, and of nobody else a name."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager, joinedload

from consult.accounts.models import Account
from consult.director.people.learning.models import Enrolment
from consult.director.people.skills.models import Assessment, AssessmentKind, PlanItem, SkillProfile
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.participants.models import Person
from consult.policy import PARTICIPANTS, Actor, Role

MOST = 2_000


def get_own_skills(actor: Actor) -> SkillProfile:
    """Return the actor's own profile with the coach, or an empty one that is not kept yet."""
    wanted = select(SkillProfile).where(SkillProfile.person_id == actor.person_id)
    found = session().scalar(wanted.options(joinedload(SkillProfile.coach))) if actor.person_id else None
    empty = {"is_visible": False, "talents": [], "towards": "", "words": ""}
    return found or SkillProfile(person_id=actor.person_id, coach=None, **empty)


def get_coached(actor: Actor, skill_id: uuid.UUID) -> SkillProfile:
    """Return the profile of somebody whom the actor coaches, with the person; for anybody else it is absent."""
    is_theirs = SkillProfile.id == skill_id, SkillProfile.coach_id == actor.person_id
    wanted = select(SkillProfile).where(*is_theirs).options(joinedload(SkillProfile.person))
    found = session().scalar(wanted) if actor.role is Role.COACH else None
    if found is None:
        raise NotFound
    return found


def list_coached(actor: Actor) -> list[SkillProfile]:
    """List the profiles of whom the actor coaches, with the person, by name."""
    wanted = select(SkillProfile).join(Person, Person.id == SkillProfile.person_id)
    wanted = wanted.where(SkillProfile.coach_id == actor.person_id).options(contains_eager(SkillProfile.person))
    return list(session().scalars(wanted.order_by(Person.name).limit(MOST)))


def list_assessments(skill_id: uuid.UUID | None) -> list[Assessment]:
    """List the assessments of one profile, the newest first."""
    wanted = select(Assessment).where(Assessment.skill_profile_id == skill_id)
    return list(session().scalars(wanted.order_by(Assessment.made_at.desc(), Assessment.id).limit(MOST)))


def list_plan(skill_id: uuid.UUID | None) -> list[PlanItem]:
    """List what one profile plans, the nearest day first."""
    wanted = select(PlanItem).where(PlanItem.skill_profile_id == skill_id)
    return list(session().scalars(wanted.order_by(PlanItem.due_on, PlanItem.id).limit(MOST)))


def get_own_assessment(actor: Actor, assessment_id: uuid.UUID) -> Assessment:
    """Return an assessment of the actor's own profile; raises NotFound."""
    wanted = select(Assessment).join(SkillProfile, SkillProfile.id == Assessment.skill_profile_id)
    wanted = wanted.where(Assessment.id == assessment_id, SkillProfile.person_id == actor.person_id)
    found = session().scalar(wanted)
    if found is None:
        raise NotFound
    return found


def get_plan_item(actor: Actor, item_id: uuid.UUID) -> PlanItem:
    """Return something that the actor plans, or whom the actor coaches; for anybody else it is absent."""
    wanted = select(PlanItem).join(SkillProfile, SkillProfile.id == PlanItem.skill_profile_id)
    found = session().scalar(wanted.where(PlanItem.id == item_id, _seen_by(actor)))
    if found is None:
        raise NotFound
    return found


def get_enrolment(actor: Actor, enrolment_id: uuid.UUID) -> Enrolment:
    """Return what the actor follows, with what it is; for anybody else it is absent."""
    wanted = select(Enrolment).where(Enrolment.id == enrolment_id, Enrolment.person_id == actor.person_id)
    found = session().scalar(wanted.options(joinedload(Enrolment.activity)))
    if found is None:
        raise NotFound
    return found


def list_coaches(actor: Actor) -> list[Person]:
    """List who can be the actor's coach, by name."""
    wanted = _at_work(select(Person)).where(Person.role == Role.COACH, Person.id != actor.person_id)
    return list(session().scalars(wanted.order_by(Person.name).limit(MOST)))


def list_agreed() -> list[tuple[SkillProfile, dict[str, int]]]:
    """List of everybody who works here and agreed to levels those that hold now.

    For counting alone: whoever shows names of these asks `SkillProfile.coach_id` first.
    """
    later = select(Assessment.skill_profile_id, Assessment.made_at).where(Assessment.confirmed_at.is_not(None))
    newer = later.subquery()
    is_newest = (
        ~select(newer.c.made_at)
        .where(newer.c.skill_profile_id == Assessment.skill_profile_id, newer.c.made_at > Assessment.made_at)
        .exists()
    )
    wanted = (
        select(SkillProfile, Assessment.levels)
        .join(Assessment, Assessment.skill_profile_id == SkillProfile.id)
        .join(Person, Person.id == SkillProfile.person_id)
        .where(Assessment.kind == AssessmentKind.AGREED, Assessment.confirmed_at.is_not(None), is_newest)
        .options(joinedload(SkillProfile.person))
        .order_by(Person.name, SkillProfile.id)
    )
    return [(profile, dict(levels)) for profile, levels in session().execute(_at_work(wanted).limit(MOST))]


def list_talent(code: str = "") -> list[SkillProfile]:
    """List who chose to be found and works here, by name; with a code those who chose that competence."""
    wanted = select(SkillProfile).join(Person, Person.id == SkillProfile.person_id)
    wanted = _at_work(wanted).where(SkillProfile.is_visible).options(contains_eager(SkillProfile.person))
    found = session().scalars(wanted.order_by(Person.name, SkillProfile.id).limit(MOST))
    return [one for one in found if not code or code in one.talents]


def list_left(before: datetime) -> list[SkillProfile]:
    """List the profiles of people who work here no more, since before a moment."""
    wanted = select(SkillProfile).where(SkillProfile.person_id.in_(who_left(before)))
    return list(session().scalars(wanted.limit(MOST)))


def who_left(before: datetime) -> Select[Any]:
    """Select the ids of people who work here no more, since before a moment; also of whom no profile was kept."""
    gone = Account.disabled_at.is_not(None) & (Account.disabled_at < before)
    wanted = select(Person.id).join(Account, Account.id == Person.account_id)
    return wanted.where(gone | Person.role.in_(PARTICIPANTS))


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """Say which profiles the actor may open: their own, and as a coach of whom they coach."""
    own = SkillProfile.person_id == actor.person_id
    return own | (SkillProfile.coach_id == actor.person_id) if actor.role is Role.COACH else own


def _at_work(wanted: Select[Any]) -> Select[Any]:
    """Keep of a SELECT with people those who work here and can sign in."""
    return wanted.join(Account, Account.id == Person.account_id).where(
        Account.disabled_at.is_(None), Person.role.not_in(PARTICIPANTS)
    )
