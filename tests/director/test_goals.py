from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from consult.director.goals import rules, verbs
from consult.director.goals.models import Better, Finding
from consult.director.goals.queries import get_goal, get_measured
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.language import exact, speaking
from consult.foundation.text import number_in
from tests.builders import a_resident, acting, the_platform
from tests.director.builders import (
    Partners,
    a_goal,
    ago,
    partners,
    shared,
    today,
)
from tests.shows import shows


@pytest.fixture
def told(unit: object) -> Partners:
    return partners()


@shows("S05")
def test_a_goal_is_shared_once_two_parties_signed_the_same_version(told):
    goal = a_goal(told)
    verbs.sign_goal(goal, told.speaks, version=1, organisation=told.organisation)
    assert not goal.is_shared
    with pytest.raises(NotNow):
        verbs.publish_goal(goal, told.writes, woo_category="overeenkomsten")
    verbs.sign_goal(goal, told.decides, version=1)
    assert goal.is_shared
    verbs.publish_goal(goal, told.writes, woo_category="overeenkomsten")
    assert get_goal(acting(None), goal.public_id).woo_category == "overeenkomsten"


def words_of(goal, **changed):
    kept = {name: getattr(goal, name) for name in verbs.GoalTold.__dataclass_fields__}
    return replace(verbs.GoalTold(**kept), **changed)


@shows("S05")
def test_what_parties_signed_goes_on_standing_until_they_sign_the_next_version(told):
    goal = shared(told)
    verbs.publish_goal(goal, told.writes, woo_category="overeenkomsten")
    changed = words_of(goal, title="In 2030 voelt 85 procent zich veilig op de fiets.", target=Decimal(85))
    verbs.write_goal(changed, {told.organisation: ""}, told.writes, instead=goal, version=1)
    shown = get_goal(acting(None), goal.public_id)
    assert (shown.version, shown.target, shown.is_shared) == (1, Decimal(80), True)
    assert (shown.draft.number, shown.draft.target) == (2, Decimal(85))
    with pytest.raises(Conflict):  # what was read is not what waits for signatures
        verbs.sign_goal(goal, told.decides, version=1)
    with pytest.raises(Conflict):  # somebody wrote after it was opened
        verbs.write_goal(changed, {}, told.writes, instead=goal, version=1)
    verbs.sign_goal(goal, told.decides, version=2)
    assert (goal.version, goal.target) == (1, Decimal(80))
    verbs.sign_goal(goal, told.speaks, version=2, organisation=told.organisation)
    assert (goal.version, goal.target, goal.draft) == (2, Decimal(85), None)
    assert {one.version for one in goal.signatures} == {1, 2}  # nothing that was signed is gone
    assert [one.target for one in goal.versions] == [Decimal(80), Decimal(85)]


@shows("S05")
def test_a_version_waits_for_everybody_who_signed_the_one_that_stands(told):
    other = partners()
    goal = a_goal(told, bodies=[other.organisation])
    for actor, body in ((told.speaks, told.organisation), (other.speaks, other.organisation), (told.decides, None)):
        verbs.sign_goal(goal, actor, version=1, organisation=body)
    both = dict.fromkeys((told.organisation, other.organisation), "")
    verbs.write_goal(words_of(goal, target=Decimal(90)), both, told.writes, instead=goal, version=1)
    verbs.sign_goal(goal, told.speaks, version=2, organisation=told.organisation)
    verbs.sign_goal(goal, told.decides, version=2)
    assert goal.version == 1  # the other party signed the first version and not this one
    verbs.sign_goal(goal, other.speaks, version=2, organisation=other.organisation)
    assert goal.version == 2


def test_a_new_version_can_be_given_up_and_then_the_next_number_follows(told):
    goal = shared(told)
    verbs.write_goal(words_of(goal, target=Decimal(85)), {told.organisation: ""}, told.writes, instead=goal, version=1)
    verbs.drop_version(goal, told.writes)
    assert (goal.draft, goal.version) == (None, 1)
    with pytest.raises(NotNow):
        verbs.drop_version(goal, told.writes)
    verbs.write_goal(words_of(goal, target=Decimal(86)), {told.organisation: ""}, told.writes, instead=goal, version=2)
    assert goal.draft.number == 3


@shows("S05")
def test_before_anything_is_shared_a_change_stands_at_once_and_asks_for_new_signatures(told):
    goal = a_goal(told)
    verbs.sign_goal(goal, told.speaks, version=1, organisation=told.organisation)
    verbs.write_goal(words_of(goal, target=Decimal(85)), {told.organisation: ""}, told.writes, instead=goal, version=1)
    assert (goal.version, goal.target, goal.standing, goal.draft) == (2, Decimal(85), [], None)
    assert [one.version for one in goal.signatures] == [1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"better": Better.DOWN},  # from 66 to 80 is no way down
        {"better": Better.UP, "target": Decimal(50)},
        {"target_on": date(9999, 12, 31)},
        {"starts_on": date(1, 1, 1)},
    ],
)
def test_a_goal_goes_in_its_direction_and_lies_in_a_year_that_somebody_means(told, wrong):
    goal = a_goal(told)
    with pytest.raises(Conflict):
        verbs.write_goal(words_of(goal, **wrong), {}, told.writes)


@shows("S27")
def test_a_goal_that_should_go_down_is_reached_below_its_target_even_without_a_beginning(told):
    written = words_of(a_goal(told), better=Better.DOWN, baseline=None, target=Decimal(10))
    goal = get_goal(the_platform(), verbs.write_goal(written, {}, told.writes).public_id)
    verbs.measure(goal, told.writes, on=ago(2), value=Decimal(12), source="telling")
    with pytest.raises(NotNow):
        verbs.find(goal, Finding.ACHIEVED, "Bijna.", told.writes)
    verbs.measure(goal, told.writes, on=ago(1), value=Decimal(9), source="telling")
    verbs.find(goal, Finding.ACHIEVED, "Het is gelukt.", told.writes)


@shows("S27")
def test_a_value_is_corrected_with_a_reason_and_what_rested_on_it_falls(told):
    goal = shared(told)
    verbs.measure(goal, told.writes, on=ago(2), value=Decimal(81), source="wijkenquête")
    verbs.find(goal, Finding.ACHIEVED, "De enquête zegt 81.", told.writes)
    measured = get_measured(told.writes, goal.public_id, goal.measurements[0].id)
    with pytest.raises(Conflict):
        verbs.correct(measured, told.writes, value=Decimal(71), source="wijkenquête", because="")
    verbs.correct(measured, told.writes, value=Decimal(71), source="wijkenquête", because="Een tikfout.")
    goal = get_goal(told.writes, goal.public_id)
    assert [one.value for one in goal.measurements] == [Decimal(71)]
    assert [(one.value, one.because) for one in goal.values] == [(Decimal(81), ""), (Decimal(71), "Een tikfout.")]
    assert goal.found is None  # nobody can call it achieved by this value
    with pytest.raises(Conflict):
        verbs.correct(measured, told.writes, value=Decimal(72), source="wijkenquête", because="Nog een keer.")
    with pytest.raises(NotFound):
        get_measured(told.writes, goal.public_id, measured.value.id)


def test_only_parties_and_the_board_sign_a_goal(told):
    goal, other = a_goal(told), partners()
    for actor, body in (
        (told.speaks, None),
        (told.writes, None),
        (other.speaks, other.organisation),
        (other.speaks, told.organisation),
    ):
        with pytest.raises(NotAllowed):
            verbs.sign_goal(goal, actor, version=1, organisation=body)
    assert goal.signatures == []


def test_a_goal_that_is_not_public_exists_for_staff_and_its_parties_alone(told):
    goal = a_goal(told)
    assert get_goal(told.speaks, goal.public_id).id == goal.id
    for actor in (acting(None), acting(a_resident()), partners().speaks):
        with pytest.raises(NotFound):
            get_goal(actor, goal.public_id)


def test_a_target_day_before_the_first_day_is_refused(told):
    goal = a_goal(told)
    kept = {name: getattr(goal, name) for name in verbs.GoalTold.__dataclass_fields__}
    with pytest.raises(Conflict):
        verbs.write_goal(replace(verbs.GoalTold(**kept), target_on=goal.starts_on), {}, told.writes)


@shows("S41")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Meer groen in de wijk", ["meer"]),
        ("Een betere buurt", ["betere"]),
        ("In 2030 is er meer groen", []),  # a number says how much
        ("Zeventig straten zonder steen", []),
        ("Een meertje in het park", []),
    ],
)
def test_words_that_measure_nothing_are_found(text, words):
    assert rules.vague_words(text) == words


@shows("S41")
def test_a_vague_goal_needs_a_reason(told):
    goal = a_goal(told)
    kept = {name: getattr(goal, name) for name in verbs.GoalTold.__dataclass_fields__}
    vague = replace(verbs.GoalTold(**kept), title="Meer veiligheid op de fiets")
    with pytest.raises(Conflict):
        verbs.write_goal(vague, {}, told.writes)
    reasoned = replace(vague, vague_because="De raad koos deze woorden.")
    assert verbs.write_goal(reasoned, {}, told.writes).vague_because


@shows("S27")
def test_nobody_calls_a_goal_achieved_without_a_measured_value_and_its_source(told):
    goal = shared(told)
    with pytest.raises(NotNow):
        verbs.find(goal, Finding.ACHIEVED, "Het voelt zo.", told.writes)
    with pytest.raises(Conflict):
        verbs.measure(goal, told.writes, on=ago(2), value=Decimal(79), source="")
    verbs.measure(goal, told.writes, on=ago(2), value=Decimal(79), source="wijkenquête")
    with pytest.raises(NotNow):
        verbs.find(goal, Finding.ACHIEVED, "Bijna.", told.writes)  # the target is 80
    verbs.find(goal, Finding.PARTLY, "Bijna.", told.writes)
    verbs.measure(goal, told.writes, on=ago(1), value=Decimal(80), source="wijkenquête")
    verbs.find(goal, Finding.ACHIEVED, "De enquête zegt 80.", told.writes)
    assert goal.found is Finding.ACHIEVED
    assert rules.progress(goal) == Decimal(100)


def test_a_value_is_measured_on_a_day_that_was_and_once(told):
    goal = shared(told)
    for day in (today() + timedelta(days=1), goal.starts_on - timedelta(days=1)):
        with pytest.raises(Conflict):
            verbs.measure(goal, told.writes, on=day, value=Decimal(70), source="wijkenquête")
    verbs.measure(goal, told.writes, on=ago(1), value=Decimal(70), source="wijkenquête")
    with pytest.raises(Conflict):
        verbs.measure(goal, told.writes, on=ago(1), value=Decimal(71), source="wijkenquête")


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12,5", "12.5"), ("12.500", "12500"), ("€ 1.234,56", "1234.56"), ("7.5", "7.5"), ("-3", "-3"), ("veel", None)],
)
def test_numbers_are_read_as_people_type_them(typed, number):
    with speaking("nl"):
        assert number_in(typed) == (Decimal(number) if number else None)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("value", ["12500", "1250000", "1.125", "12500.5", "0.000001", "-1234.5", "0", "999"])
def test_a_number_that_is_shown_is_read_back_as_the_same(value, language):
    with speaking(language):
        assert number_in(exact(Decimal(value))) == Decimal(value)


@pytest.mark.parametrize(
    ("language", "typed"), [("nl", "12.50,5"), ("en", "1,2,3"), ("en", "12.500,5"), ("nl", "1.2.3")]
)
def test_a_number_of_which_the_groups_are_no_thousands_is_none(language, typed):
    with speaking(language):
        assert number_in(typed) is None


@shows("S27")
def test_a_finding_falls_with_the_words_that_it_was_about_and_what_was_measured_stays_what_it_measures(told):
    goal = a_goal(told)
    verbs.measure(goal, told.writes, on=ago(2), value=Decimal(81), source="wijkenquête")
    verbs.find(goal, Finding.ACHIEVED, "De enquête zegt 81.", told.writes)
    for wrong in ({"indicator": "aantal fietsers"}, {"unit": "fietsers"}, {"better": Better.DOWN, "baseline": None}):
        with pytest.raises(Conflict):
            verbs.write_goal(words_of(goal, **wrong), {}, told.writes, instead=goal, version=1)
    assert goal.found is Finding.ACHIEVED
    verbs.write_goal(words_of(goal, target=Decimal(90)), {}, told.writes, instead=goal, version=1)
    assert (goal.target, goal.found, goal.found_because) == (Decimal(90), None, "")


def test_an_organisation_of_a_version_that_was_dropped_knows_nothing_of_the_goal_any_more(told):
    goal, other = shared(told), partners()
    both = dict.fromkeys((told.organisation, other.organisation), "")
    verbs.write_goal(words_of(goal, target=Decimal(85)), both, told.writes, instead=goal, version=1)
    assert get_goal(other.speaks, goal.public_id).id == goal.id
    verbs.drop_version(goal, told.writes)
    with pytest.raises(NotFound):
        get_goal(other.speaks, goal.public_id)
    assert get_goal(told.speaks, goal.public_id).id == goal.id
