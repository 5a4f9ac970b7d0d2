"""Finding what there is to learn, and who follows or finished what."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from consult.director.people.learning.models import Enrolment, LearningActivity
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Actor

MOST = 500


def list_activities() -> list[LearningActivity]:
    """List what can be learned now with its groups, by title."""
    wanted = select(LearningActivity).where(LearningActivity.retired_at.is_(None)).order_by(LearningActivity.title)
    return list(session().scalars(wanted.options(selectinload(LearningActivity.cohorts)).limit(MOST)))


def get_activity(_actor: Actor, activity_id: str) -> LearningActivity:
    """Return something to learn with its groups; raises NotFound."""
    wanted = select(LearningActivity).where(LearningActivity.public_id == activity_id)
    found = session().scalar(wanted.options(selectinload(LearningActivity.cohorts)))
    if found is None:
        raise NotFound
    return found


def find_activity(activity_id: str) -> LearningActivity | None:
    """Find something that can be learned now."""
    wanted = LearningActivity.public_id == activity_id, LearningActivity.retired_at.is_(None)
    return session().scalar(select(LearningActivity).where(*wanted)) if activity_id else None


def list_enrolments(person_id: uuid.UUID) -> list[Enrolment]:
    """List what somebody follows or finished, with what it is; for that person and their coach alone."""
    wanted = select(Enrolment).where(Enrolment.person_id == person_id).order_by(Enrolment.enrolled_at, Enrolment.id)
    return list(session().scalars(wanted.options(joinedload(Enrolment.activity)).limit(MOST)))
