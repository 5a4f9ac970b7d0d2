import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import odfdo
import pytest
from sqlalchemy import select

from consult.director.accountability import frame
from consult.director.accountability.queries import list_accounts, list_round_lines, round_money
from consult.director.accountability.verbs import set_round_line, tell_year
from consult.director.agreements import queries as queries_of_agreements
from consult.director.agreements import verbs as agreements
from consult.director.agreements.models import AgreementState
from consult.director.agreements.queries import get_agreement, list_for_account, list_origin, list_realising
from consult.director.agreements.terms import Line, Requirement, Rhythm
from consult.director.goals import rules, verbs
from consult.director.goals.models import Better, Finding
from consult.director.goals.queries import get_goal, get_measured
from consult.director.steering import verbs as steering
from consult.director.steering.frame import money
from consult.director.steering.queries import get_demand
from consult.director.steering.verbs import Figure
from consult.foundation import clock, tables
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.language import exact, speaking
from consult.foundation.text import number_in
from consult.rounds.models import Revision
from tests.builders import a_resident, a_round, acting, the_platform
from tests.contributions.builders import a_contribution
from tests.director.builders import (
    NORM,
    TALKS_MONEY,
    Partners,
    a_draft,
    a_goal,
    accepted,
    again,
    ago,
    basics,
    partners,
    reported,
    reporting,
    running,
    seen,
    shared,
    sign_all,
    today,
    told_of,
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


@shows("S42")
def test_the_account_of_a_year_is_of_that_year_alone(told):
    first = date(today().year - 2, 7, 1)
    agreement = running(
        told, of=a_round(), first_day=first, last_day=date(first.year + 3, 6, 30), rhythm=Rhythm.HALF_YEARLY
    )
    for number, (committed, realised) in enumerate(((10_000, 8_000), (30_000, 25_000), (41_000, 40_000)), start=1):
        figure = Figure(Decimal(committed), Decimal(realised), Decimal(70_000))
        told_now = replace(told_of(agreement.terms, 10), figures={TALKS_MONEY: figure})
        steering.file_report(reporting(agreement, number), told_now, told.speaks)
        accepted(agreement, told, number)
    agreement = again(agreement)
    expected = {first.year: (10_000, 8_000), first.year + 1: (31_000, 32_000)}
    for year, (committed, realised) in expected.items():
        [account] = list_accounts([agreement], today(), year)
        assert (account.of_year.committed, account.of_year.realised) == (Decimal(committed), Decimal(realised))
        assert account.lines_of_year[TALKS_MONEY] == account.of_year
    assert account.money.realised == Decimal(40_000)  # from the beginning
    [later] = list_accounts([agreement], today(), first.year + 2)
    assert later.of_year.realised is None  # no report of that year was accepted yet
    rows = frame.sheet(told.writes, first.year + 1, agreement.round)
    place = rows[0].index(next(one for one in rows[0] if str(one).startswith(("spent in", "besteed in"))))
    assert [row[place] for row in rows[1:3]] == [Decimal(32_000)] * 2  # the line and the sum of the lines


def test_a_budget_line_that_is_renamed_keeps_what_was_spent_on_it(told):
    agreement = running(told)
    reported(agreement, told, 1, 10)
    agreements.amend(again(agreement), "Een andere naam.", told.writes)
    agreement = again(agreement)
    line = Line(TALKS_MONEY, "Gesprekleiders", Decimal(70_000), "de gemeente")
    agreements.set_item(agreement, line, told.writes, seen=seen(agreement))
    agreement = again(sign_all(again(agreement), told))
    [account] = list_accounts([agreement], today())
    shown = money(agreement.terms, account.seen)
    assert [row["name"] for row in shown["rows"]] == ["Gesprekleiders"]
    assert account.money.realised == Decimal(15_000)
    assert account.money.budget == Decimal(66_000)  # by what held when it was reported


def test_a_year_is_told_of_an_agreement_that_ran_in_it(told):
    draft = a_draft(told)
    with pytest.raises(NotNow):
        tell_year(draft, today().year, "Goed.", "", told.writes)
    agreement = running(told)
    year = agreement.terms.first_day.year
    for wrong in (year - 1, 0, 10_000, 10**30):
        with pytest.raises(Conflict):
            tell_year(agreement, wrong, "Goed.", "", told.writes)
    with pytest.raises(Conflict):
        tell_year(agreement, year, "", "", told.writes)
    first = tell_year(agreement, year, "Goed.", "", told.writes)
    tell_year(agreement, year, "Heel goed.", "Nog een jaar.", told.writes, seen=first.mark)
    [account] = list_accounts([again(agreement)], today(), year)
    assert (account.result, account.following) == ("Heel goed.", "Nog een jaar.")


def test_the_money_of_a_round_is_added_up_exactly(told):
    found = a_round()
    set_round_line(found, "Brieven", Decimal("0.10"), Decimal("0.20"), the_platform())
    halls = set_round_line(found, "Zalen", Decimal("0.20"), Decimal("0.10"), the_platform())
    set_round_line(found, "Zaalhuur", Decimal("0.30"), Decimal("0.10"), the_platform(), line=halls)
    money = round_money(found.id)
    assert (money.budget, money.realised) == (Decimal("0.40"), Decimal("0.30"))
    assert [one.name for one in list_round_lines(found.id)] == ["Brieven", "Zaalhuur"]  # the same line, renamed
    with pytest.raises(Conflict):
        set_round_line(found, "Brieven", Decimal(1), Decimal(0), the_platform())
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
    [back], _passages = list_origin(acting(None), agreement.id)
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


@shows("S42")
def test_no_amendment_drops_a_budget_line_on_which_something_may_be_spent(told):
    agreement = running(told)
    reported(agreement, told, 1, 10)
    agreements.amend(again(agreement), "Een andere begroting.", told.writes)
    agreement = again(agreement)
    with pytest.raises(Conflict):
        agreements.drop_item(agreement, TALKS_MONEY, told.writes, seen=seen(agreement))
    agreements.set_item(agreement, Line("new", "Zalen", Decimal(5), "de gemeente"), told.writes, seen=seen(agreement))
    agreements.drop_item(agreement, "new", told.writes, seen=seen(agreement))  # it never held
    fresh = running(told, first_day=ago(5))
    agreements.amend(fresh, "Een andere begroting.", told.writes)
    agreements.drop_item(fresh, TALKS_MONEY, told.writes, seen=seen(fresh))  # no period is over
    assert fresh.draft.read.lines == ()


def three_years(told, **more):
    """An agreement that runs from the summer of two years ago, by half years, with a report about the first one."""
    first = date(today().year - 2, 7, 1)
    with clock.set_to(clock.now() - timedelta(days=365 * 2)):
        agreement = running(
            told, first_day=first, last_day=date(first.year + 3, 6, 30), rhythm=Rhythm.HALF_YEARLY, **more
        )
    reported(agreement, told, 1, 10)
    return again(agreement), first.year


@shows("S42")
def test_the_account_of_a_past_year_does_not_change_afterwards(told):
    agreement, year = three_years(told)
    demand = get_demand(told.writes, agreement.public_id, NORM)
    steering.check_quality(demand, told.writes, is_met=True, note="Ik was erbij.", on=date(year, 12, 1))
    before = list_accounts([again(agreement)], today(), year)[0]
    assert (before.quality_met, before.quality_of, before.terms.title) == (1, 1, "Gesprekken in de buurt")
    steering.check_quality(demand, told.writes, is_met=False, note="", on=date(year + 1, 6, 1))
    agreements.amend(again(agreement), "Strenger.", told.writes)
    agreement = again(agreement)
    more = Requirement("more", "Elk verslag telt 3 bladen", "steekproef", "verslag")
    agreements.set_item(agreement, more, told.writes, seen=seen(agreement))
    renamed = replace(
        basics(*(agreement.terms.first_day, agreement.terms.last_day), Rhythm.HALF_YEARLY), title="Anders"
    )
    agreements.set_basics(again(agreement), renamed, told.writes, seen=seen(again(agreement)))
    agreement = again(sign_all(again(agreement), told))
    after = list_accounts([agreement], today(), year)[0]
    assert (after.quality_met, after.quality_of, after.terms) == (1, 1, before.terms)
    now = list_accounts([agreement], today())[0]
    assert (now.quality_met, now.quality_of, now.terms.title) == (0, 2, "Anders")
    assert frame.sheet(told.writes, year)[1][0] == "Gesprekken in de buurt"


def test_what_ended_early_stands_in_no_account_after_its_last_closed_period(told):
    agreement, year = three_years(told)
    assert len(list_accounts([agreement], today(), year + 2)) == 1
    agreements.move(agreement, AgreementState.ENDED, "De partner stopt.", told.writes)
    agreement = again(agreement)
    assert len(list_accounts([agreement], today(), year)) == 1
    assert list_accounts([agreement], today(), year + 1) == []
    tell_year(agreement, year + 1, "Wij stopten.", "", told.writes)
    assert [one.result for one in list_accounts([again(agreement)], today(), year + 1)] == ["Wij stopten."]


def test_of_too_many_agreements_an_account_leaves_out_the_oldest(told, monkeypatch):
    found = a_round()
    with clock.set_to(clock.now() - timedelta(days=1)):
        a_draft(told, of=found)
    newer = a_draft(told, of=found)
    monkeypatch.setattr(queries_of_agreements, "MOST", 1)
    assert [one.id for one in list_for_account(told.writes, found.id)] == [newer.id]


def test_nobody_overwrites_words_of_a_year_that_they_did_not_read(told):
    agreement = running(told)
    year = agreement.terms.first_day.year
    first = tell_year(agreement, year, "Goed.", "", told.writes)
    read = first.mark
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        tell_year(agreement, year, "Heel goed.", "", partners().writes, seen=read)
    for seen_before in ("", read):
        with pytest.raises(Conflict) as refused:
            tell_year(agreement, year, "Matig.", "", told.writes, seen=seen_before)
        assert (refused.value.theirs, refused.value.yours) == ("Heel goed.", "Matig.")


def test_pages_that_know_a_public_agreement_are_fresh_when_it_changes(told):
    found = a_round()
    agreement = running(told, of=found)
    before = revision_of(found)
    agreements.publish(agreement, told.writes, woo_category="overeenkomsten")
    published = revision_of(found)
    assert published > before
    agreements.amend(again(agreement), "Een andere tekst.", told.writes)
    sign_all(again(agreement), told)
    assert revision_of(found) > published


def revision_of(found):
    return session().scalar(select(Revision.number).where(Revision.round_id == found.id)) or 0
