from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.director.agreements import verbs as agreements
from consult.director.agreements.models import AgreementState
from consult.director.agreements.terms import Limits
from consult.director.goals.models import Better
from consult.director.steering import rules, verbs
from consult.director.steering.models import ReportVerdict, Step
from consult.director.steering.queries import (
    list_reports,
    list_steps,
)
from consult.director.steering.rules import Light, Money, PeriodState
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from tests.director.builders import (
    Partners,
    a_draft,
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

LIMITS = Limits()


@pytest.fixture
def told(unit: object) -> Partners:
    return partners()


def periods(agreement):
    agreement = again(agreement)
    return rules.seen(agreement, list_reports([agreement.id]).get(agreement.id, {}), today())


@shows("S36")
@pytest.mark.parametrize(
    ("plan", "actual", "better", "light"),
    [
        (100, 95, "up", "green"),
        (100, "94.99", "up", "amber"),
        (100, 80, "up", "amber"),
        (100, "79.99", "up", "red"),
        (10, 7, "down", "green"),
        (10, "10.5", "down", "green"),
        (10, 12, "down", "amber"),
        (10, 13, "down", "red"),
        (0, 0, "up", "green"),
        (0, 0, "down", "green"),
        (0, 1, "down", "red"),
        (10, 0, "down", "green"),
    ],
)
def test_the_light_of_an_indicator_follows_from_actual_and_plan(plan, actual, better, light):
    assert rules.indicator_light(Decimal(plan), Decimal(actual), Better(better), LIMITS) is Light(light)


def test_there_is_no_light_where_nothing_can_be_compared():
    assert rules.indicator_light(None, Decimal(1), Better.UP, LIMITS) is None
    assert rules.indicator_light(Decimal(1), None, Better.UP, LIMITS) is None
    assert rules.budget_light(Decimal(100), None, LIMITS) is None
    assert rules.budget_light(Decimal(0), Decimal(5), LIMITS) is None
    assert rules.worst([None, None]) is None


@shows("S42")
@pytest.mark.parametrize(
    ("forecast", "light"),
    [
        (100, "green"),
        (102, "green"),
        (98, "green"),
        ("102.01", "amber"),
        (90, "amber"),
        (110, "amber"),
        (111, "red"),
        (89, "red"),
    ],
)
def test_the_light_of_money_follows_from_forecast_and_budget(forecast, light):
    assert rules.budget_light(Decimal(100), Decimal(forecast), LIMITS) is Light(light)


def test_the_limits_of_an_agreement_move_its_lights():
    strict = Limits(green=Decimal("0.99"), amber=Decimal("0.97"), budget_green=Decimal(0), budget_amber=Decimal(1))
    assert rules.indicator_light(Decimal(100), Decimal(96), Better.UP, strict) is Light.RED
    assert rules.budget_light(Decimal(100), Decimal(101), strict) is Light.AMBER


@shows("S42")
def test_amounts_are_exact_and_the_total_is_the_sum_of_its_lines():
    lines = [Money(Decimal("0.10"), Decimal("0.10"), Decimal("0.10"), Decimal("0.30")) for _ in range(3)]
    total = sum(lines, Money(Decimal()))
    assert total == Money(Decimal("0.30"), Decimal("0.30"), Decimal("0.30"), Decimal("0.90"))
    told = Money(Decimal(132000), forecast=Decimal(150000), reported=Decimal(132000))
    assert told.variance_pct == Decimal("13.6")
    assert (told + Money(Decimal(100000))).variance == Decimal(18000)  # of the other part nobody reported yet
    assert Money(Decimal(0), forecast=Decimal(5)).variance_pct is None
    assert Money(Decimal(5)).variance is None


@shows("S36")
def test_a_silent_period_is_red(told):
    agreement = running(told)  # since 300 days: three quarters are over, of the first two reports are too late
    lights = [(one.state, one.light) for one in periods(agreement)]
    assert lights[:2] == [(PeriodState.LATE, Light.RED)] * 2
    assert lights[-1] == (PeriodState.OPEN, None)


def test_what_was_sent_back_is_too_late_after_its_day_and_a_period_between_breaks_the_row():
    day, returned = today(), rules.Filed(ReportVerdict.RETURNED)
    assert rules.state_of(ago(90), day, returned, day) is PeriodState.RETURNED
    assert rules.state_of(ago(90), ago(1), returned, day) is PeriodState.LATE
    row = [SimpleNamespace(number=n, light=light) for n, light in enumerate((Light.RED, None, Light.RED), start=1)]
    assert rules.reds_in_a_row(row) == (1, 3)


@shows("S36")
def test_two_red_periods_in_a_row_propose_the_next_step_and_a_person_decides(told):
    agreement = running(told)
    reported(agreement, told, 1, 10)
    reported(agreement, told, 2, 5)
    reported(agreement, told, 3, 30)
    assert rules.proposed(periods(agreement), []) is None  # the last one was good
    worse = running(told)
    reported(worse, told, 1, 5)
    assert rules.proposed(periods(worse)[:1], []) is None  # one is not enough
    reported(worse, told, 2, 5)
    reported(worse, told, 3, 6)
    assert rules.proposed(periods(worse), []) == (Step.TALK, 3)
    assert again(worse).state is AgreementState.RUNNING  # nothing happened by itself
    verbs.decide_step(worse, Step.TALK, told.writes, is_taken=True, reason="Herstelplan.")
    steps = list_steps([worse.id])[worse.id]
    assert again(worse).state is AgreementState.AT_RISK
    assert rules.proposed(periods(worse), steps) is None  # somebody decided about this period
    assert rules.next_step(steps) is Step.LETTER
    entry = session().scalars(select(Entry).where(Entry.act == "escalate")).one()
    assert entry.actor_id == told.manager.id
    assert entry.facts["step"] == "talk"


def test_not_yet_is_a_decision_too_and_a_later_step_escalates(told):
    agreement = running(told)
    verbs.decide_step(agreement, Step.TALK, told.decides, is_taken=False, reason="Het gaat al beter.")
    assert again(agreement).state is AgreementState.RUNNING
    with pytest.raises(Conflict):
        verbs.decide_step(agreement, Step.LETTER, told.writes, is_taken=True, reason="x")
    verbs.decide_step(agreement, Step.TALK, told.writes, is_taken=True, reason="Herstelplan.")
    with pytest.raises(Conflict):
        verbs.decide_step(agreement, Step.LETTER, told.writes, is_taken=True, reason="x", term_on=today())
    with pytest.raises(Conflict):
        verbs.decide_step(agreement, Step.LETTER, told.writes, is_taken=True, reason="")
    verbs.decide_step(agreement, Step.LETTER, told.writes, is_taken=True, reason="Brief.", term_on=ago(-9))
    assert again(agreement).state is AgreementState.ESCALATED


@shows("S36")
def test_an_amendment_changes_no_light_of_the_past(told):
    agreement = running(told)
    reported(agreement, told, 1, 9)
    assert periods(agreement)[0].light is Light.AMBER
    agreement = again(agreement)
    agreements.amend(agreement, "Andere grenzen.", told.writes)
    terms = agreement.draft.read
    eased = replace(basics(terms.first_day, terms.last_day), limits=Limits(green=Decimal("0.5"), amber=Decimal("0.4")))
    agreements.set_basics(agreement, eased, told.writes, seen=seen(agreement))
    sign_all(again(agreement), told)
    assert periods(agreement)[0].light is Light.AMBER
    verbs.reopen(reporting(agreement), "Een tikfout.", told.writes)
    reported(again(agreement), told, 1, 9)  # reported anew, and still judged by what held when the period ended
    assert periods(agreement)[0].light is Light.AMBER
    reported(again(agreement), told, 4, 20)  # the period that runs now, by what holds now: half of what is planned
    assert periods(agreement)[3].light is Light.GREEN


@pytest.mark.parametrize("state", [AgreementState.ENDED, AgreementState.SETTLED, None])
def test_what_does_not_run_is_never_too_late(told, state):
    agreement = sign_all(a_draft(told), told) if state is None else running(told)
    if state is not None:
        assert periods(agreement)[0].state is PeriodState.LATE
        verbs.file_report(reporting(agreement, 2), told_of(agreement.terms), told.speaks)
        found = reporting(agreement, 2)
        verbs.check_report(found, ReportVerdict.RETURNED, "Het aantal.", told.writes, seen=found.report.id)
        agreements.move(agreement, state, "De partner stopt.", told.writes)
    seen_now = periods(agreement)
    assert {one.light for one in seen_now} == {None}
    assert PeriodState.LATE not in {one.state for one in seen_now}
    assert rules.reds_in_a_row(seen_now) == (0, 0)
