from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import func, select

from consult.contributions.models import Checked
from consult.director.agreements import verbs as agreements
from consult.director.agreements.models import AgreementState
from consult.director.agreements.rules import MOST_ITEMS
from consult.director.agreements.terms import Line
from consult.director.steering import rules, verbs
from consult.director.steering.frame import report, whole
from consult.director.steering.models import Evidence, Measurement, ProgressReport, ReportVerdict
from consult.director.steering.queries import (
    get_demand,
    get_reporting,
    list_checks,
    list_due,
    list_earlier,
    list_reports,
)
from consult.director.steering.rules import Light, Money, PeriodState
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.mail import Mail
from tests.builders import a_resident, acting, the_platform
from tests.contributions.builders import A_PDF, the_store
from tests.director.builders import (
    NORM,
    Partners,
    a_draft,
    accepted,
    again,
    ago,
    an_indicator,
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


def periods(agreement):
    agreement = again(agreement)
    return rules.seen(agreement, list_reports([agreement.id]).get(agreement.id, {}), today())


@shows("S36")
def test_figures_count_only_once_the_contract_manager_accepted_them(told):
    agreement = running(told)
    verbs.file_report(reporting(agreement), told_of(agreement.terms, 10), told.speaks)
    first = periods(agreement)[0]
    assert (first.state, first.light) == (PeriodState.FILED, None)
    accepted(agreement, told, 1)
    first = periods(agreement)[0]
    assert (first.state, first.light) == (PeriodState.CLOSED, Light.GREEN)
    assert first.money == Money(Decimal(66000), Decimal(20000), Decimal(15000), Decimal(66000), Decimal(66000))


def test_the_page_of_a_report_tells_by_how_much_each_line_differs_from_its_budget(told):
    agreement = running(told)
    verbs.file_report(reporting(agreement), told_of(agreement.terms, 10, 67500), told.speaks)
    lines = report(reporting(agreement), told.writes)["lines"]
    assert [(one["budget"], one["variance"], one["variance_pct"]) for one in lines] == [
        ("€ 66.000", "€ 1.500", "+2,3 %")
    ] * 2


def test_a_report_for_a_closed_period_is_refused_and_nothing_of_it_is_kept(told):
    agreement = running(told)
    reported(agreement, told, 1, 10)
    with pytest.raises(NotNow):
        verbs.file_report(reporting(agreement), told_of(agreement.terms, 99), told.speaks)
    assert session().scalar(select(func.count(ProgressReport.id))) == 1
    assert session().scalars(select(Measurement.value)).all() == [Decimal(10)]


def test_a_report_is_refused_before_its_period_and_for_an_agreement_that_does_not_run(told):
    agreement = running(told, first_day=ago(30))
    with pytest.raises(NotNow):
        verbs.file_report(reporting(agreement, 2), told_of(agreement.terms), told.speaks)
    agreements.move(agreement, AgreementState.ENDED, "De partner stopt.", told.writes)
    with pytest.raises(NotNow):
        verbs.file_report(reporting(agreement, 1), told_of(agreement.terms), told.speaks)
    assert session().scalar(select(func.count(ProgressReport.id))) == 0


def test_a_report_lacks_no_figure(told):
    agreement = running(told)
    whole = told_of(agreement.terms)
    for lacking in (
        verbs.ReportTold("x", {}, whole.figures),
        verbs.ReportTold("x", whole.values, {}),
        verbs.ReportTold("x", {**whole.values, "other": (Decimal(1), "")}, whole.figures),
        verbs.ReportTold("x", whole.values, {"money": verbs.Figure(Decimal(-1), Decimal(0), Decimal(0))}),
    ):
        with pytest.raises(Conflict):
            verbs.file_report(reporting(agreement), lacking, told.speaks)
    assert session().scalar(select(func.count(ProgressReport.id))) == 0


def test_what_was_sent_back_can_be_written_anew(told):
    agreement = running(told)
    first = verbs.file_report(reporting(agreement), told_of(agreement.terms), told.speaks)
    about = reporting(agreement)
    with pytest.raises(Conflict):
        verbs.check_report(about, ReportVerdict.RETURNED, "", told.writes, seen=first.id)
    verbs.check_report(about, ReportVerdict.RETURNED, "Het aantal klopt niet.", told.writes, seen=first.id)
    second = verbs.file_report(reporting(agreement), told_of(agreement.terms, 11), told.speaks)
    with pytest.raises(Conflict):
        verbs.check_report(reporting(agreement), ReportVerdict.ACCEPTED, "", told.writes, seen=first.id)
    verbs.check_report(reporting(agreement), ReportVerdict.ACCEPTED, "", told.writes, seen=second.id)
    with pytest.raises(NotNow):
        verbs.check_report(reporting(agreement), ReportVerdict.ACCEPTED, "", told.writes, seen=second.id)


def test_who_filed_a_report_does_not_check_it(told):
    agreement = running(told)
    report = verbs.file_report(reporting(agreement), told_of(agreement.terms), told.writes)
    with pytest.raises(NotAllowed):
        verbs.check_report(reporting(agreement), ReportVerdict.ACCEPTED, "", told.writes, seen=report.id)


@shows("S35")
def test_met_needs_a_day_a_checker_and_something_that_shows_it(told):
    agreement = running(told)
    demand = get_demand(told.writes, agreement.public_id, NORM)
    with pytest.raises(Conflict):
        verbs.check_quality(demand, told.writes, is_met=True, note="", on=today())
    with pytest.raises(Conflict):
        verbs.check_quality(demand, told.writes, is_met=True, note="Gezien.", on=today() + timedelta(days=1))
    with pytest.raises(Conflict):
        verbs.check_quality(demand, told.writes, is_met=True, note="", on=today(), evidence_id=agreement.id)
    verbs.check_quality(demand, told.writes, is_met=False, note="", on=ago(2))
    verbs.check_quality(demand, told.writes, is_met=True, note="Ik was erbij.", on=today())
    [check] = list_checks([agreement.id])[agreement.id].values()
    assert (check.is_met, check.checked_on, check.checked_by_id) == (True, today(), told.manager.id)


@shows("S35")
def test_a_file_can_show_that_a_requirement_is_met(told):
    agreement = running(told)
    incoming = the_store().take("verslag.pdf", BytesIO(A_PDF))
    verbs.file_report(reporting(agreement), told_of(agreement.terms), told.speaks, files=[incoming])
    evidence = session().scalars(select(Evidence)).one()
    demand = get_demand(told.writes, agreement.public_id, NORM)
    verbs.check_quality(demand, told.writes, is_met=True, note="", on=today(), evidence_id=evidence.id)
    assert list_checks([agreement.id])[agreement.id][NORM].evidence_id == evidence.id


@shows("S35")
@pytest.mark.parametrize("checked", [Checked.WAITING, Checked.INFECTED])
def test_only_a_file_that_was_found_clean_shows_that_a_requirement_is_met(told, checked):
    agreement = running(told)
    incoming = the_store().take("verslag.pdf", BytesIO(A_PDF))
    verbs.file_report(reporting(agreement), told_of(agreement.terms), told.speaks, files=[incoming])
    evidence = session().scalars(select(Evidence)).one()
    evidence.checked = checked
    demand = get_demand(told.writes, agreement.public_id, NORM)
    with pytest.raises(Conflict):
        verbs.check_quality(demand, told.writes, is_met=True, note="", on=today(), evidence_id=evidence.id)
    assert list_checks([agreement.id]) == {}


def test_what_was_said_about_a_report_stays_when_it_is_written_anew(told):
    agreement = running(told)
    first = verbs.file_report(reporting(agreement), told_of(agreement.terms), told.speaks)
    verbs.comment(reporting(agreement), "Klopt dit aantal?", told.writes)
    verbs.check_report(reporting(agreement), ReportVerdict.RETURNED, "Het aantal.", told.writes, seen=first.id)
    verbs.file_report(reporting(agreement), told_of(agreement.terms, 11), told.speaks)
    shown = report(reporting(agreement), told.writes)
    assert [one.text for one in shown["comments"]] == ["Klopt dit aantal?"]
    assert [one["report"].check_note for one in shown["earlier"]] == ["Het aantal."]


@shows("S36")
def test_a_report_that_proves_wrong_is_opened_again_and_both_stay(told):
    agreement = running(told)
    with pytest.raises(NotNow):
        verbs.reopen(reporting(agreement), "Er is niets.", told.writes)
    reported(agreement, told, 1, 10)
    with pytest.raises(Conflict):
        verbs.reopen(reporting(agreement), "", told.writes)
    verbs.reopen(reporting(agreement), "Twee gesprekken telden dubbel.", told.writes)
    first = periods(agreement)[0]
    assert (first.state, first.light) == (PeriodState.RETURNED, None)  # not late, though its day is past
    reported(agreement, told, 1, 8)
    assert periods(agreement)[0].readings["talks"].actual == Decimal(8)
    [earlier] = list_earlier(agreement.id, 1)
    assert [one.value for one in earlier.measurements] == [Decimal(10)]
    assert earlier.check_note == "Twee gesprekken telden dubbel."


def test_reports_are_for_staff_and_the_partner(told):
    agreement = running(told)
    agreements.publish(agreement, told.writes, woo_category="overeenkomsten")
    for actor in (acting(a_resident()), acting(None), partners().speaks):
        with pytest.raises(NotFound):
            get_reporting(actor, agreement.public_id, 1)
    assert get_reporting(told.speaks, agreement.public_id, 1).number == 1
    with pytest.raises(NotFound):
        get_reporting(told.speaks, agreement.public_id, 9)


def test_both_sides_comment_and_the_other_one_hears_of_it(told):
    agreement = running(told)
    with pytest.raises(NotNow):
        verbs.comment(reporting(agreement), "Waar blijft het?", told.writes)
    verbs.file_report(reporting(agreement), told_of(agreement.terms), told.speaks)
    verbs.comment(reporting(agreement), "Wat is er in mei gebeurd?", told.writes)
    verbs.comment(reporting(agreement), "Toen was er vakantie.", told.speaks)
    kinds = session().scalars(select(Mail.kind).where(Mail.kind.like("report%")).order_by(Mail.enqueued_at)).all()
    assert kinds == ["report_filed", "report_commented", "report_commented"]


def test_a_partner_is_reminded_of_each_report_once(told):
    agreement = running(told, first_day=ago(116), last_day=ago(-255))
    assert list_due(today()) == [(agreement.id, 1)]
    for _again in range(2):
        verbs.remind(agreement.id, 1)
    assert session().scalar(select(func.count(Mail.id)).where(Mail.kind == "report_due")) == 1
    verbs.file_report(reporting(agreement), told_of(agreement.terms), told.speaks)
    assert list_due(today()) == []
    assert list_due(date(2000, 1, 1)) == []


def test_an_agreement_that_nobody_signed_has_no_report(told):
    draft = a_draft(told)
    with pytest.raises(NotFound):
        get_reporting(the_platform(), draft.public_id, 1)
    sign_all(draft, told)
    with pytest.raises(NotNow):
        verbs.file_report(reporting(draft), told_of(draft.terms), told.speaks)


def test_a_report_that_was_opened_again_is_not_too_late_however_often_it_is_sent_back(told):
    agreement = running(told)
    reported(agreement, told, 1, 10)
    verbs.reopen(reporting(agreement), "Twee telden dubbel.", told.writes)
    new = verbs.file_report(reporting(agreement), told_of(agreement.terms, 8), told.speaks)
    verbs.check_report(reporting(agreement), ReportVerdict.RETURNED, "Nog niet.", told.writes, seen=new.id)
    first = periods(agreement)[0]
    assert (first.state, first.light) == (PeriodState.RETURNED, None)


@shows("S35")
def test_what_was_met_says_nothing_of_another_norm_that_an_amendment_demands(told):
    agreement = running(told)
    verbs.check_quality(demand_of(agreement), told.writes, is_met=True, note="Ik was erbij.", on=today())
    assert whole(again(agreement), told.writes, inside=True)["met"] == 1
    agreements.amend(again(agreement), "Strenger.", told.writes)
    agreement = again(agreement)
    norm = replace(agreement.draft.read.find(NORM), norm="Bij elk gesprek zijn 2 tolken")
    agreements.set_item(agreement, norm, told.writes, seen=seen(agreement))
    assert whole(again(agreement), told.writes, inside=True)["met"] == 1  # what holds now is not other yet
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        agreement = again(sign_all(again(agreement), replace(told)))
        shown = whole(agreement, told.writes, inside=True)
        assert (shown["met"], shown["quality"][0]["is_met"]) == (0, None)
        verbs.check_quality(demand_of(agreement), told.writes, is_met=True, note="Nu ook.", on=today())
        assert whole(again(agreement), told.writes, inside=True)["met"] == 1


def demand_of(agreement):
    return get_demand(the_platform(), agreement.public_id, NORM)


@pytest.mark.parametrize("item", [an_indicator(), Line("", "Zalen", Decimal(5), "de gemeente")])
def test_no_more_is_agreed_than_a_report_can_ask_for(told, item):
    agreement = a_draft(told)
    for number in range(MOST_ITEMS - 1):
        agreements.set_item(agreement, replace(item, key=f"k{number}"), told.writes, seen=seen(agreement))
    with pytest.raises(Conflict):
        agreements.set_item(agreement, replace(item, key="more"), told.writes, seen=seen(agreement))
    agreements.set_item(agreement, replace(item, key="k0"), told.writes, seen=seen(agreement))
