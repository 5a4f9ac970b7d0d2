from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from consult.director.people.learning.queries import get_activity, list_activities
from consult.director.people.learning.rules import cost_per_person, coverage
from consult.director.people.learning.verbs import retire
from consult.director.people.skills.queries import list_agreed
from consult.director.people.staffing import queries, rules, verbs
from consult.director.people.staffing.models import StaffingModel
from consult.director.people.staffing.rules import Gap, StaffingRule, Teaching
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.policy import Role
from tests.builders import a_member_of_staff, acting, the_platform
from tests.people.builders import (
    CODES,
    TEAM,
    a_course,
    a_frame,
    a_group,
    a_team,
    agreed,
    competences,
    everything_kept,
)
from tests.shows import shows

TOLD = [dict(zip(CODES, levels, strict=True)) for levels in TEAM]
RULE = StaffingRule()


def ago(*, hours: int) -> datetime:
    return clock.now() - timedelta(hours=hours)


@shows("S23")
def test_everybody_on_everything_counts_each_pair_of_person_and_competence():
    integral, _differentiated, _combined = rules.results(TOLD, competences(), RULE)
    assert (integral.met, integral.of) == (27, 48)
    assert len(integral.gaps) == 21


@shows("S24")
def test_enough_people_on_each_competence():
    _integral, differentiated, _combined = rules.results(TOLD, competences(), RULE)
    assert (differentiated.met, differentiated.of, differentiated.gaps) == (8, 8, ())


@shows("S25")
def test_a_base_for_all_and_specialists_on_the_key_competences():
    combined = rules.results(TOLD, competences(), RULE)[2]
    assert combined.base_gaps == (Gap("C2", 3), Gap("C6", 3))
    assert combined.single == ("C3", "C5", "C6", "C8")
    assert (combined.met, combined.of) == (46 + 5, 48 + 5)


def test_a_level_that_was_never_agreed_is_not_met():
    [integral, differentiated, _combined] = rules.results([{"C1": 4}], competences(["C1", "C2"]), RULE)
    assert (integral.met, integral.gaps) == (1, (Gap("C2", 0),))
    assert [gap.code for gap in differentiated.gaps] == ["C1", "C2", "C2"]
    assert differentiated.single == ("C1",)


@shows("S26")
def test_learning_costs_the_cheapest_thing_once_for_a_person_and_once_for_a_group():
    course = Teaching(("C2", "C6"), Decimal(1450), None)
    dear, group = Teaching(("C2",), Decimal(2000), None), Teaching(("C8",), None, Decimal(3200))
    both = rules.training_cost([Gap("C2", 3), Gap("C6", 3)], [course, dear, group])
    assert both.total == Decimal(1450)
    assert rules.training_cost([Gap("C2", 1), Gap("C2", 3)], [course, group]).total == Decimal(2900)
    assert rules.training_cost([Gap("C8", 1), Gap("C8", 2), Gap("C8")], [group]).total == Decimal(3200)
    assert rules.training_cost([Gap("C2"), Gap("C2")], [course]).total == Decimal(2900)
    assert rules.training_cost([Gap("C1", 1)], [group]) == rules.Cost(Decimal(0), ("C1",))


def test_a_rule_out_of_a_table_is_never_impossible():
    told = {"each_person_min": "9", "min_people": "12", "base_min": "-1", "key_level": "x", "key_people": "٣"}
    assert rules.read_rule(told) == StaffingRule(min_people=12)
    assert rules.read_rule({"min_people": "00019999999999", "min_level": "00019999999999"}) == StaffingRule()
    assert rules.read_rule(rules.as_rule(StaffingRule(1, 2, 3, 4, 1, 2))) == StaffingRule(1, 2, 3, 4, 1, 2)


@shows("S25")
@pytest.mark.usefixtures("unit")
def test_the_director_sees_counts_and_only_the_coach_sees_who():
    a_frame()
    _team, coach = a_team()
    director = a_member_of_staff(Role.DIRECTOR)
    seen = queries.compare(acting(director), RULE)
    assert [one.met for one, _cost in seen.results] == [27, 8, 51]
    assert seen.coached == {"integral": {}, "differentiated": {}, "combined": {}}
    assert queries.compare(acting(coach), RULE).coached["combined"] == {"C2": ["M4"], "C6": ["M4"]}
    assert queries.compare(acting(a_member_of_staff(Role.COACH)), RULE).coached["combined"] == {}
    coach.role = Role.DIRECTOR
    assert queries.compare(acting(coach), RULE).coached["combined"] == {}


@shows("S25")
@pytest.mark.usefixtures("unit")
def test_figures_of_four_people_are_shown_to_nobody():
    a_frame()
    _team, coach = a_team(TEAM[:4])
    seen = queries.compare(acting(coach), RULE)
    assert (seen.people, seen.results, seen.coached) == (4, [], {})
    a_team(TEAM[4:5], coach)
    assert queries.compare(acting(coach), RULE).results != []


@shows("S26")
@pytest.mark.usefixtures("unit")
def test_choosing_another_model_keeps_the_decision_before_and_touches_no_assessment():
    a_frame()
    a_course()
    a_team()
    before, board = everything_kept(), acting(a_member_of_staff(Role.BOARD))
    with pytest.raises(Conflict):
        verbs.decide(StaffingModel.INTEGRAL, RULE, "", board)
    verbs.decide(StaffingModel.INTEGRAL, RULE, "Iedereen alles.", board)
    made = verbs.decide(StaffingModel.COMBINED, RULE, "Een basis en specialisten.", board)
    assert everything_kept() == before
    assert {one.model for one in queries.list_decisions()} == {StaffingModel.INTEGRAL, StaffingModel.COMBINED}
    assert made.figures["combined"] == {"met": 51, "of": 53, "single": ["C3", "C5", "C6", "C8"], "cost": "1450"}


@shows("S25")
@pytest.mark.usefixtures("unit")
def test_limits_stay_for_a_year_once_they_were_set_and_the_model_may_change_meanwhile():
    a_frame()
    board = acting(a_member_of_staff(Role.BOARD))
    assert queries.get_limits() == queries.Limits(RULE)
    verbs.decide(StaffingModel.COMBINED, RULE, "Zoals het was.", replace(board, arrived_at=ago(hours=3)))
    set_at = ago(hours=2)
    higher = StaffingRule(base_min=3)
    verbs.decide(StaffingModel.COMBINED, higher, "Een hogere basis.", replace(board, arrived_at=set_at))
    for rule in (StaffingRule(base_min=4), RULE):
        with pytest.raises(NotNow):
            verbs.decide(StaffingModel.COMBINED, rule, "Om te zien.", board)
    verbs.decide(StaffingModel.INTEGRAL, higher, "Toch iedereen alles.", board)
    assert queries.get_limits() == queries.Limits(higher, set_at)
    assert not rules.may_change(set_at, set_at + timedelta(days=364))
    later = replace(board, arrived_at=set_at + timedelta(days=365))
    verbs.decide(StaffingModel.COMBINED, RULE, "Een jaar later.", later)
    assert queries.get_limits() == queries.Limits(RULE, later.arrived_at)


@pytest.mark.usefixtures("unit")
def test_the_newest_levels_that_were_agreed_count_and_none_that_wait():
    a_frame()
    [person, *_others], coach = a_team()
    agreed(person, coach, dict.fromkeys(CODES, 1))
    session().flush()
    assert sum(levels == dict.fromkeys(CODES, 1) for _profile, levels in list_agreed()) == 1
    assert len(list_agreed()) == 6


@shows("S45")
@pytest.mark.usefixtures("unit")
def test_a_group_price_is_shared_by_its_seats_and_coverage_counts_for_each_competence():
    a_frame()
    course = a_course()
    own = a_course("Schrijven", ["C8"], each=None, total="3200")
    assert cost_per_person(get_activity(the_platform(), course.public_id)) == Decimal(1450)
    assert cost_per_person(get_activity(the_platform(), own.public_id)) is None
    a_group(own, 12)
    session().expire_all()
    found = list_activities()
    assert cost_per_person(next(one for one in found if one.title == "Schrijven")) == Decimal("266.67")
    covered = {one.code: (one.activities, one.seats) for one in coverage(found, [(code, code) for code in CODES])}
    assert covered["C8"] == (1, 12)
    assert covered["C6"] == (1, 0)
    assert covered["C1"] == (0, 0)


@shows("S44")
@pytest.mark.usefixtures("unit")
def test_something_to_learn_is_for_a_competence_and_has_one_cost():
    a_frame()
    for codes, each, total in (([], "1", None), (["C9"], "1", None), (["C1"], None, None), (["C1"], "1", "2")):
        with pytest.raises(Conflict):
            a_course("Leeg", codes, each, total)
    course = a_course()
    retire(course, the_platform())
    assert list_activities() == []
    with pytest.raises(NotNow):
        retire(course, the_platform())
