import csv
import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import odfdo
import pytest

from consult.director.accountability import frame
from consult.director.accountability.queries import list_accounts, round_money
from consult.director.accountability.verbs import set_round_line, tell_year
from consult.director.agreements import verbs as agreements
from consult.director.agreements.queries import get_agreement, list_for_account, list_realised, list_realising
from consult.director.agreements.terms import Line
from consult.director.goals import rules, verbs
from consult.director.goals.models import Finding
from consult.director.goals.queries import get_goal
from consult.foundation import tables
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.language import exact, speaking
from consult.foundation.text import number_in
from tests.builders import a_resident, a_round, acting, the_platform
from tests.contributions.builders import a_contribution
from tests.director.builders import (
    Partners,
    a_draft,
    a_goal,
    again,
    ago,
    partners,
    reported,
    running,
    seen,
    shared,
    sign_all,
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


@shows("S05")
def test_a_change_of_a_goal_ends_its_signatures_and_an_old_version_cannot_be_signed(told):
    goal = shared(told)
    kept = {name: getattr(goal, name) for name in verbs.GoalTold.__dataclass_fields__}
    changed = replace(verbs.GoalTold(**kept), target=Decimal(85))
    verbs.write_goal(changed, {told.organisation: ""}, told.writes, instead=goal, version=1)
    assert not goal.is_shared
    with pytest.raises(Conflict):
        verbs.sign_goal(goal, told.decides, version=1)
    with pytest.raises(Conflict):
        verbs.write_goal(changed, {}, told.writes, instead=goal, version=1)


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


def two_that_ran(told):
    """Two public agreements of a round, of which one was reported about."""
    found = a_round()
    first, second = running(told, of=found), running(told, of=found)
    reported(first, told, 1, 10, forecast=70000)
    for one in (first, second):
        agreements.publish(one, told.writes, woo_category="overeenkomsten")
    return found, first, second


@shows("S42")
def test_the_sheet_of_an_account_has_every_line_and_totals_that_equal_them(told):
    found, first, _second = two_that_ran(told)
    set_round_line(found, "Bijeenkomsten", Decimal(22500), Decimal("24900.50"), the_platform())
    year = first.terms.periods[0].last_day.year
    with speaking("en"):
        rows = frame.sheet(acting(None), year, found)
        lines = [row for row in rows[1:] if row[2] and row[0] == "Gesprekken in de buurt"]
        total = next(row for row in rows if row[0] == "together")
        own = next(row for row in rows if row[0] == "together for the round itself")
        for place in (4, 5, 6):
            assert sum((row[place] or Decimal() for row in lines), Decimal()) == total[place]
        assert (total[4], total[7]) == (Decimal(132000), Decimal(70000))
        assert own[4:7] == (Decimal(22500), Decimal("24900.50"), Decimal("24900.50"))
        text = tables.as_csv(rows).decode("utf-8-sig")
        sheet = odfdo.Document(io.BytesIO(tables.as_ods("2026", rows))).body.get_table(0)
    read = list(csv.reader(io.StringIO(text)))
    assert [row[4] for row in read][1:3] == ["66000", "66000"]
    assert sheet.get_value((4, 1)) == 66000
    assert read[-2][6] == "24900.50"


@shows("S42")
def test_no_cell_of_the_sheet_is_run(told):
    agreement = a_draft(told)
    agreements.set_item(agreement, Line("evil", "=1+1", Decimal(5), "@SUM(A1)"), told.writes, seen=seen(agreement))
    sign_all(agreement, told)
    rows = frame.sheet(told.writes, agreement.terms.first_day.year)
    text = tables.as_csv(rows).decode("utf-8-sig")
    assert "'=1+1" in text
    assert "'@SUM(A1)" in text
    assert '"=1+1' not in text
    negative = tables.as_csv([(Decimal("-5.5"),)]).decode("utf-8-sig").strip()
    assert negative in {"-5,5", "-5.5"}  # a number of ours stays a number


def test_an_account_shows_to_everybody_only_what_is_public(told):
    found, first, second = two_that_ran(told)
    running(told, of=found)
    year = first.terms.first_day.year
    shown = list_accounts(list_for_account(acting(None), found.id), today(), year)
    assert {one.agreement.id for one in shown} == {first.id, second.id}
    assert len(list_accounts(list_for_account(told.writes, found.id), today(), year)) == 3
    assert list_accounts(list_for_account(told.writes, found.id), today(), 1999) == []


def test_a_year_is_told_of_an_agreement_that_ran_in_it(told):
    draft = a_draft(told)
    with pytest.raises(NotNow):
        tell_year(draft, today().year, "Goed.", "", told.writes)
    agreement = running(told)
    year = agreement.terms.first_day.year
    with pytest.raises(Conflict):
        tell_year(agreement, year - 1, "Goed.", "", told.writes)
    with pytest.raises(Conflict):
        tell_year(agreement, year, "", "", told.writes)
    tell_year(agreement, year, "Goed.", "", told.writes)
    tell_year(agreement, year, "Heel goed.", "Nog een jaar.", told.writes)
    [account] = list_accounts([again(agreement)], today(), year)
    assert (account.result, account.following) == ("Heel goed.", "Nog een jaar.")


def test_the_money_of_a_round_is_added_up_exactly(told):
    found = a_round()
    set_round_line(found, "Brieven", Decimal("0.10"), Decimal("0.20"), the_platform())
    set_round_line(found, "Zalen", Decimal("0.20"), Decimal("0.10"), the_platform())
    set_round_line(found, "Zalen", Decimal("0.30"), Decimal("0.10"), the_platform())
    money = round_money(found.id)
    assert (money.budget, money.realised) == (Decimal("0.40"), Decimal("0.30"))
    with pytest.raises(Conflict):
        set_round_line(found, "Zalen", Decimal(-1), Decimal(0), the_platform())


def test_the_way_from_an_input_to_its_agreement_is_walked_both_ways(told):
    found = a_round()
    idea = a_contribution(found)
    agreement = running(told, of=found)
    tied = agreements.link(agreement, told.writes, contribution=idea)
    with pytest.raises(Conflict):
        agreements.link(agreement, told.writes, contribution=idea)
    assert list_realising(acting(None), [idea.id], []) == []  # it is not public yet
    agreements.publish(agreement, told.writes, woo_category="overeenkomsten")
    [there] = list_realising(acting(None), [idea.id], [])
    [back] = list_realised(acting(None), agreement.id)
    assert (there.agreement.public_id, back.contribution.public_id) == (agreement.public_id, idea.public_id)
    agreements.unlink(tied, told.writes)
    assert list_realising(told.writes, [idea.id], []) == []


def test_an_agreement_is_public_only_once_it_was_signed(told):
    draft = a_draft(told)
    with pytest.raises(NotNow):
        agreements.publish(draft, told.writes, woo_category="overeenkomsten")
    with pytest.raises(NotFound):
        get_agreement(acting(None), draft.public_id)
    assert get_agreement(told.speaks, draft.public_id).id == draft.id
