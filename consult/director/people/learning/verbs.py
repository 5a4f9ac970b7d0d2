"""What is done with the learning catalogue, and with following something out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from consult.audit.verbs import record
from consult.director.people.learning import queries
from consult.director.people.learning.models import Cohort, Enrolment, LearningActivity, LearningForm
from consult.director.people.profiles.queries import list_competences
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.policy import Act, Actor


@dataclass(frozen=True)
class ActivityTold:
    """What is written of something to learn; exactly one of the two costs, in euros."""

    form: LearningForm
    title: str
    about: str
    competences: Sequence[str]
    days: Decimal
    cost_per_person: Decimal | None = None
    cost_total: Decimal | None = None


def write_activity(told: ActivityTold, actor: Actor, *, instead: LearningActivity | None = None) -> LearningActivity:
    """Write something to learn, or change it.

    Refused without a competence of the frame that holds now, and with none or both of the costs.
    """
    known = {one.code for one in list_competences()}
    if not told.competences or set(told.competences) - known:
        raise Conflict(_("Choose at least one competence of the frame."))
    if (told.cost_per_person is None) == (told.cost_total is None):
        raise Conflict(_("Fill in what it costs: for each person, or for a whole group."))
    values = {**vars(told), "competences": list(told.competences)}
    values |= {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    if instead is None:
        activity = add(LearningActivity(**values))
    else:
        activity = instead
        for name, value in values.items():
            setattr(activity, name, value)
    record(Act.WRITE_LEARNING, actor, activity)
    return activity


def retire(activity: LearningActivity, actor: Actor) -> None:
    """Take something out of the catalogue; who followed it keeps it. Refused a second time."""
    read_again_locked(activity, ("retired_at",))
    if activity.retired_at is not None:
        raise NotNow(_("This is out of the catalogue already."))
    activity.retired_at = actor.arrived_at
    record(Act.WRITE_LEARNING, actor, activity, retired=True)


def plan_cohort(
    activity: LearningActivity, actor: Actor, *, place: str, starts_on: date, ends_on: date, programme: str, seats: int
) -> Cohort:
    """Plan a group that follows something; refused when it ends before it begins, and without seats."""
    if ends_on < starts_on:
        raise Conflict(_("The last day is before the first. Change one of them."))
    if seats < 1:
        raise Conflict(_("Fill in how many people can join."))
    days = {"starts_on": starts_on, "ends_on": ends_on}
    cohort = add(Cohort(activity_id=activity.id, place=place, programme=programme, seats=seats, **days))
    record(Act.WRITE_LEARNING, actor, activity, cohort=cohort.id)
    return cohort


def enrol(activity: LearningActivity, actor: Actor) -> Enrolment:
    """Follow something; refused when one does already, and for what is out of the catalogue."""
    if activity.retired_at is not None:
        raise NotNow(_("This is out of the catalogue already."))
    assert actor.person_id is not None
    if any(one.activity_id == activity.id for one in queries.list_enrolments(actor.person_id)):
        raise Conflict(_("This is on the list already."))
    told = {"person_id": actor.person_id, "enrolled_at": actor.arrived_at}
    enrolment = add(Enrolment(activity_id=activity.id, **told))
    record(Act.FOLLOW_LEARNING, actor, enrolment)
    return enrolment


def finish(enrolment: Enrolment, actor: Actor, *, on: date, shows: str) -> None:
    """Write down that something was finished and what shows it: evidence for a talk, and never a level by itself.

    Refused a second time, for a day to come, and without what shows it.
    """
    read_again_locked(enrolment, ("finished_on",))
    if enrolment.finished_on is not None:
        raise NotNow(_("This was finished already."))
    if on > local(actor.arrived_at).date():
        raise Conflict(_("This day is still to come. Fill in the day on which it was finished."))
    if not shows:
        raise Conflict(_("Write what shows what was learned, such as a certificate or a piece of work."))
    enrolment.finished_on, enrolment.shows = on, shows
    session().flush()
    record(Act.FOLLOW_LEARNING, actor, enrolment, finished=True)
