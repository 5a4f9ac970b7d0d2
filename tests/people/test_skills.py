from datetime import timedelta

import pytest
from sqlalchemy import func, select

import consult.app  # noqa: F401  so that every table of every room is known
from consult.accounts.models import Account
from consult.director.people.learning import verbs as learning
from consult.director.people.learning.models import Enrolment
from consult.director.people.learning.queries import list_enrolments
from consult.director.people.skills import frame, queries, verbs
from consult.director.people.skills.models import Assessment, AssessmentKind, PlanItem, SkillProfile
from consult.director.people.skills.rules import newest, waiting
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound, NotNow
from consult.policy import Act, Role, allows
from consult.privacy.queries import gather
from tests.builders import a_member_of_staff, acting
from tests.people.builders import (
    a_coach,
    a_course,
    a_frame,
    a_profile,
    a_told_profile,
    agreed,
    coached,
    skills_of,
    today,
)
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")


@pytest.fixture(autouse=True)
def competences(unit):
    return a_frame()


@shows("S21")
def test_levels_hold_once_both_agreed_in_a_talk_and_an_own_view_stays_beside_them():
    person, coach = a_member_of_staff(), a_coach()
    verbs.assess(skills_of(person), {"C1": 4}, "Ik doe dit al jaren.", acting(person))
    of = coached(person, coach)
    made = verbs.agree(of, {"C1": 3}, "", acting(coach), talked_on=today())
    known = queries.list_assessments(of.id)
    assert newest(known, AssessmentKind.AGREED) is None
    assert waiting(known) is made
    verbs.confirm(made, acting(person))
    known = queries.list_assessments(of.id)
    assert newest(known, AssessmentKind.AGREED) is made
    assert newest(known, AssessmentKind.OWN).levels == {"C1": 4}
    with pytest.raises(NotNow):
        verbs.confirm(made, acting(person))


@shows("S21")
def test_only_the_person_and_the_coach_whom_they_chose_find_it():
    person, coach, other = a_member_of_staff(), a_coach(), a_coach()
    of = coached(person, coach)
    made = verbs.agree(of, {"C1": 3}, "", acting(coach), talked_on=today())
    item = verbs.plan(of, acting(coach), code="C1", level=4, activity="Meelopen", due_on=today())
    others = [other, *(a_member_of_staff(role) for role in (Role.DIRECTOR, Role.ADMIN, Role.PRIVACY, Role.BOARD))]
    for somebody in others:
        with pytest.raises(NotFound):
            queries.get_coached(acting(somebody), of.id)
        with pytest.raises(NotFound):
            queries.get_plan_item(acting(somebody), item.id)
        with pytest.raises(NotFound):
            queries.get_own_assessment(acting(somebody), made.id)
        assert not allows(Act.AGREE_LEVELS, acting(somebody), of)
        assert queries.list_coached(acting(somebody)) == []
    assert allows(Act.AGREE_LEVELS, acting(coach), of)


@shows("S21")
def test_a_coach_of_before_sees_nothing_any_more_and_so_does_one_who_coaches_no_more():
    person, coach, next_one = a_member_of_staff(), a_coach(), a_coach()
    of = coached(person, coach)
    coach.role = Role.MODERATOR
    with pytest.raises(NotFound):
        queries.get_coached(acting(coach), of.id)
    coach.role = Role.COACH
    assert queries.get_coached(acting(coach), of.id) is of
    coached(person, next_one)
    with pytest.raises(NotFound):
        queries.get_coached(acting(coach), of.id)


@shows("S22")
def test_a_gap_shows_what_is_planned_and_a_result_changes_no_level():
    person, coach = a_member_of_staff(), a_coach()
    role = a_profile(told=a_told_profile(C1=3, C2=4, C3=2))
    agreed(person, coach, {"C1": 3, "C2": 2})
    of = coached(person, coach, role.slug)
    told = frame.development(of)
    assert [(gap.code, gap.level, gap.needed, gap.planned) for gap in told["gaps"]] == [("C2", 2, 4, ())]
    item = verbs.plan(of, acting(person), code="C2", level=4, activity="Cursus", due_on=today() + timedelta(days=60))
    [gap] = frame.development(of)["gaps"]
    assert gap.planned == (item,)
    verbs.tell_result(item, "Gehaald.", acting(person))
    assert [gap.level for gap in frame.development(of)["gaps"]] == [2]
    with pytest.raises(NotNow):
        verbs.tell_result(item, "Nog eens.", acting(person))


def test_what_cannot_be_is_refused_and_nothing_is_kept():
    person, coach = a_member_of_staff(), a_coach()
    of = coached(person, coach)
    with pytest.raises(Conflict):
        verbs.assess(skills_of(person), {"C9": 2}, "", acting(person))
    with pytest.raises(Conflict):
        verbs.assess(skills_of(person), {"C1": 5}, "", acting(person))
    with pytest.raises(Conflict):
        verbs.agree(of, {"C1": 2}, "", acting(coach), talked_on=today() + timedelta(days=1))
    with pytest.raises(Conflict):
        verbs.plan(of, acting(person), code="C1", level=2, activity="x", due_on=today() - timedelta(days=1))
    with pytest.raises(Conflict):
        verbs.choose_coach(skills_of(coach), coach, "", acting(coach))
    assert session().scalar(select(func.count(Assessment.id))) == 0
    assert session().scalar(select(func.count(PlanItem.id))) == 0


@shows("S44")
def test_finishing_something_adds_evidence_and_never_a_level():
    person, coach = a_member_of_staff(), a_coach()
    agreed(person, coach, {"C2": 2})
    of, course = skills_of(person), a_course()
    enrolment = learning.enrol(course, acting(person))
    with pytest.raises(Conflict):
        learning.enrol(course, acting(person))
    with pytest.raises(Conflict):
        learning.finish(enrolment, acting(person), on=today(), shows="")
    learning.finish(enrolment, acting(person), on=today(), shows="Certificaat 12")
    session().refresh(enrolment, ["activity"])
    row = next(row for row in frame.development(of)["rows"] if row["competence"].code == "C2")
    assert (row["agreed"], [one.shows for one in row["evidence"]]) == (2, ["Certificaat 12"])
    assert newest(queries.list_assessments(of.id), AssessmentKind.AGREED).levels == {"C2": 2}


@shows("S10")
def test_who_did_not_choose_to_be_found_is_never_listed_and_withdrawing_works_at_once():
    shown, quiet = a_member_of_staff(name="Zichtbaar"), a_member_of_staff(name="Stil")
    for person in (shown, quiet):
        agreed(person, a_coach(), {"C1": 4})
    assert queries.list_talent() == []
    verbs.show_talent(skills_of(shown), ["C1"], "Vraag mij.", acting(shown))
    assert [one.person.name for one in queries.list_talent("C1")] == ["Zichtbaar"]
    assert queries.list_talent("C2") == []
    verbs.show_talent(skills_of(shown), [], "", acting(shown))
    assert queries.list_talent() == []
    assert skills_of(shown).words == ""


@shows("S10")
def test_who_works_here_no_more_is_not_found_and_is_forgotten_after_thirty_days():
    person = a_member_of_staff()
    agreed(person, a_coach(), {"C1": 4})
    course = a_course()
    learning.enrol(course, acting(person))
    verbs.show_talent(skills_of(person), ["C1"], "", acting(person))
    session().get_one(Account, person.account_id).disabled_at = clock.now()
    session().flush()
    assert queries.list_talent() == []
    assert queries.list_agreed() == []
    assert verbs.forget_left(clock.now() + timedelta(days=29)) == 0
    assert verbs.forget_left(clock.now() + timedelta(days=31)) == 1
    for table in (SkillProfile, Assessment, Enrolment):
        assert session().scalar(select(func.count(table.id))) == 0


def test_what_somebody_followed_goes_thirty_days_after_they_left_also_without_a_profile():
    left, stays, course = a_member_of_staff(), a_member_of_staff(), a_course()
    for person in (left, stays):
        learning.enrol(course, acting(person))
    session().get_one(Account, left.account_id).disabled_at = clock.now()
    session().flush()
    verbs.forget_left(clock.now() + timedelta(days=29))
    assert len(list_enrolments(left.id)) == 1
    verbs.forget_left(clock.now() + timedelta(days=31))
    assert list_enrolments(left.id) == []
    assert len(list_enrolments(stays.id)) == 1


@shows("S21")
def test_an_export_holds_ones_own_levels_and_of_the_people_one_coaches_none():
    person, coach = a_member_of_staff(), a_coach()
    agreed(person, coach, {"C1": 3})
    verbs.plan(skills_of(person), acting(coach), code="C1", level=4, activity="Meelopen", due_on=today())
    learning.enrol(a_course(), acting(person))
    own, of_coach = gather(acting(person)), gather(acting(coach))
    assert own["skill_assessment"][0]["levels"] == {"C1": 3}
    assert own["plan_item"][0]["activity"] == "Meelopen"
    assert len(own["enrolment"]) == 1
    assert str(person.id) not in str(
        {name: of_coach.get(name) for name in ("skill_profile", "skill_assessment", "plan_item")}
    )
    assert "levels" not in of_coach["skill_assessment"][0]
    assert "Meelopen" not in str(of_coach)


def test_the_journal_holds_no_level_and_no_word_of_a_plan():
    person, coach = a_member_of_staff(), a_coach()
    agreed(person, coach, {"C1": 3})
    verbs.plan(skills_of(person), acting(coach), code="C1", level=4, activity="Meelopen", due_on=today())
    entries = gather(acting(person))["entry"] + gather(acting(coach))["entry"]
    told = str([entry["facts"] for entry in entries])
    assert "C1" not in told
    assert "Meelopen" not in told


def test_the_list_of_what_one_follows_is_ones_own():
    person = a_member_of_staff()
    learning.enrol(a_course(), acting(person))
    assert len(list_enrolments(person.id)) == 1
    assert list_enrolments(a_member_of_staff().id) == []
