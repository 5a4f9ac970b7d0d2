"""What somebody does about their own skills, and what their coach does with them. The journal holds no level."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete

from consult.audit.verbs import record
from consult.director.people.learning.models import Enrolment
from consult.director.people.profiles.models import CompetenceFrame
from consult.director.people.profiles.queries import find_frame
from consult.director.people.profiles.rules import LEVELS, read_competences
from consult.director.people.skills import queries, rules
from consult.director.people.skills.models import Assessment, AssessmentKind, PlanItem, SkillProfile
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.models import Person
from consult.policy import Act, Actor

KEPT = timedelta(days=30)  # after somebody left


def choose_coach(own: SkillProfile, coach: Person | None, towards: str, actor: Actor) -> SkillProfile:
    """Choose who coaches, or nobody any more, and the role profile to grow to; the coach of before sees nothing more.

    Refused for oneself.
    """
    if coach is not None and coach.id == own.person_id:
        raise Conflict(_("You cannot be your own coach. Choose somebody else."))
    own = _kept(own, actor)
    own.coach_id, own.towards = (coach.id if coach is not None else None), towards
    record(Act.ASSESS_OWN, actor, own, part="coach")
    return own


def assess(own: SkillProfile, levels: Mapping[str, int], words: str, actor: Actor) -> Assessment:
    """Say what one thinks of oneself; an earlier assessment stays.

    Refused while there is no published frame, and for levels that it does not know.
    """
    frame = _frame(levels)
    own = _kept(own, actor)
    told = {"levels": dict(levels), "words": words, "made_by_id": actor.person_id, "made_at": actor.arrived_at}
    made = add(Assessment(skill_profile_id=own.id, kind=AssessmentKind.OWN, frame_number=frame.number, **told))
    record(Act.ASSESS_OWN, actor, own, part="levels")
    return made


def agree(of: SkillProfile, levels: Mapping[str, int], words: str, actor: Actor, *, talked_on: date) -> Assessment:
    """Write the levels that coach and person agreed in a talk; they hold once the person says yes.

    Refused for a talk that is still to come, and as `assess` is.
    """
    frame = _frame(levels)
    if talked_on > local(actor.arrived_at).date():
        raise Conflict(_("This talk is still to come. Fill in the day on which you talked."))
    told = {"levels": dict(levels), "words": words, "talked_on": talked_on}
    told |= {"made_by_id": actor.person_id, "made_at": actor.arrived_at}
    made = add(Assessment(skill_profile_id=of.id, kind=AssessmentKind.AGREED, frame_number=frame.number, **told))
    record(Act.AGREE_LEVELS, actor, of)
    return made


def confirm(agreed: Assessment, actor: Actor) -> None:
    """Say yes to the levels that the coach wrote after a talk; from now on they hold.

    Refused a second time, and when the coach wrote others since.
    """
    read_again_locked(agreed, ("confirmed_at",))
    if rules.waiting(queries.list_assessments(agreed.skill_profile_id)) is not agreed:
        raise NotNow(_("This does not wait for your answer any more. Look at the page again."))
    agreed.confirmed_at = actor.arrived_at
    record(Act.ASSESS_OWN, actor, agreed, part="agreed")


def plan(of: SkillProfile, actor: Actor, *, code: str, level: int, activity: str, due_on: date) -> PlanItem:
    """Plan what is done about a competence; refused for one that the frame does not know and for a day that is past."""
    _frame({code: level})
    if due_on < local(actor.arrived_at).date():
        raise Conflict(_("This day is past. Choose a day that is still to come."))
    of = _kept(of, actor)
    by = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    item = add(PlanItem(skill_profile_id=of.id, code=code, level=level, activity=activity, due_on=due_on, **by))
    record(Act.PLAN_DEVELOPMENT, actor, of)
    return item


def tell_result(item: PlanItem, result: str, actor: Actor) -> None:
    """Write what came of something that was planned; it changes no level. Refused a second time."""
    read_again_locked(item, ("done_at",))
    if item.done_at is not None:
        raise NotNow(_("What came of this was written already."))
    item.result, item.done_at = result, actor.arrived_at
    record(Act.PLAN_DEVELOPMENT, actor, item, done=True)


def show_talent(own: SkillProfile, codes: Sequence[str], words: str, actor: Actor) -> None:
    """Let colleagues find one for some competences, or with none not any more; that holds at once.

    Refused for a competence that the frame does not know.
    """
    if codes:
        _frame(dict.fromkeys(codes, LEVELS[0]))
    own = _kept(own, actor)
    own.is_visible, own.talents, own.words = bool(codes), list(codes), words if codes else ""
    record(Act.SHOW_TALENT, actor, own, visible=own.is_visible)


def forget_left(now: datetime) -> int:
    """Delete what was kept of the skills of people who left thirty days ago, and of whom works here no more."""
    left = queries.list_left(now - KEPT)
    for one in left:
        _forget(one.id)
    session().execute(delete(Enrolment).where(Enrolment.person_id.in_(queries.who_left(now - KEPT))))
    return len(left)


def _forget(skill_id: uuid.UUID) -> None:
    session().execute(delete(PlanItem).where(PlanItem.skill_profile_id == skill_id))
    session().execute(delete(Assessment).where(Assessment.skill_profile_id == skill_id))
    session().execute(delete(SkillProfile).where(SkillProfile.id == skill_id))


def _kept(own: SkillProfile, actor: Actor) -> SkillProfile:
    """Keep a profile that was not kept yet: on first use."""
    if own.is_kept:
        return own
    own.made_at = actor.arrived_at
    return add(own)


def _frame(levels: Mapping[str, int]) -> CompetenceFrame:
    frame = find_frame()
    if frame is None:
        raise NotNow(
            _("There is no competence frame yet. The coach publishes it with the consent of the works council.")
        )
    if not rules.are_levels(levels, {one.code for one in read_competences(frame.competences)}):
        raise Conflict(_("Choose a level from 1 to 4 for competences of the frame."))
    return frame
