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
from consult.director.agreements import realising
from consult.director.agreements import verbs as agreements
from consult.director.agreements.models import AgreementState
from consult.director.agreements.queries import get_agreement, list_for_account, list_origin, list_realising
from consult.director.agreements.terms import Line, Requirement, Rhythm
from consult.director.steering import verbs as steering
from consult.director.steering.frame import money
from consult.director.steering.queries import get_demand
from consult.director.steering.verbs import Figure
from consult.foundation import clock, tables
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound, NotNow
from consult.foundation.language import speaking
from consult.rounds.models import Revision
from tests.builders import a_round, acting, the_platform
from tests.contributions.builders import a_contribution
from tests.director.builders import (
    NORM,
    TALKS_MONEY,
    Partners,
    a_draft,
    accepted,
    again,
    ago,
    basics,
    partners,
    reported,
    reporting,
    running,
    seen,
    sign_all,
    today,
    told_of,
)
from tests.shows import shows


@pytest.fixture
def told(unit: object) -> Partners:
    return partners()


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
    tied = realising.link(agreement, told.writes, contribution=idea)
    with pytest.raises(Conflict):
        realising.link(agreement, told.writes, contribution=idea)
    assert list_realising(acting(None), [idea.id], []) == []  # it is not public yet
    agreements.publish(agreement, told.writes, woo_category="overeenkomsten")
    [there] = list_realising(acting(None), [idea.id], [])
    [back], _passages = list_origin(acting(None), agreement.id)
    assert (there.agreement.public_id, back.contribution.public_id) == (agreement.public_id, idea.public_id)
    realising.unlink(tied, told.writes)
    assert list_realising(told.writes, [idea.id], []) == []


def test_an_agreement_is_public_only_once_it_was_signed(told):
    draft = a_draft(told)
    with pytest.raises(NotNow):
        agreements.publish(draft, told.writes, woo_category="overeenkomsten")
    with pytest.raises(NotFound):
        get_agreement(acting(None), draft.public_id)
    assert get_agreement(told.speaks, draft.public_id).id == draft.id


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
