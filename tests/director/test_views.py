import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest

from consult.director.accountability.verbs import set_round_line
from consult.director.agreements import realising
from consult.director.agreements import verbs as agreements
from consult.director.agreements.models import LegalForm
from consult.director.agreements.queries import get_agreement
from consult.director.goals.verbs import GoalTold, measure, publish_goal, write_goal
from consult.participants.models import Person
from consult.policy import Duty
from consult.rounds.models import PhaseKind, Round
from consult.rounds.queries import get_round
from tests.builders import a_member_of_staff, a_phase, a_resident, a_round, an_authority, appoint, the_platform
from tests.contributions.builders import A_PDF, a_contribution
from tests.director.builders import NORM, TALKS, TALKS_MONEY, a_draft, again, ago, partners, running, shared, today
from tests.shows import shows
from tests.site import Browser, Site


@dataclass(frozen=True)
class Town:
    """A round with an input, and an agreement that realises it and that everybody can read."""

    site: Site
    round: Round
    idea: str
    agreement: str
    draft: str
    partner: Person
    manager: Person
    board: Person
    resident: Person

    def as_(self, person: Person | None) -> Browser:
        return self.site.browser(person)


@pytest.fixture
def town(site: Site) -> Town:
    with site.writing():
        an_authority()
        found = a_round()
        idea = a_contribution(found, title="Gesprekken op straat")
        told = partners()
        agreement = running(told, of=found)
        realising.link(agreement, told.writes, contribution=idea)
        agreements.publish(agreement, told.writes, woo_category="overeenkomsten")
        draft = a_draft(told)
        known = (idea.public_id, agreement.public_id, draft.public_id)
        people = (told.representative, told.manager, told.board, a_resident())
    return Town(site, found, *known, *people)


NOTE = "Twee gesprekken vielen uit."


def a_report(**changed: str) -> dict[str, object]:
    told = {
        "values-0-key": TALKS,
        "values-0-value": "10",
        "values-0-note": NOTE,
        "figures-0-key": TALKS_MONEY,
        "figures-0-committed": "20.000",
        "figures-0-realised": "15.000",
        "figures-0-forecast": "66.000",
        "text": "Het ging goed.",
    }
    return {**told, **changed}


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found.group(1)


@shows("S36")
def test_a_partner_reports_the_contract_manager_accepts_and_everybody_sees_the_light(town):
    page, report = f"/agreements/{town.agreement}", f"/agreements/{town.agreement}/reports/1"
    before = town.as_(None).get(page).text
    assert "15.000" not in before
    partner, manager = town.as_(town.partner), town.as_(town.manager)
    assert "Schrijf verslag 1" in partner.get(page).text
    assert partner.post(f"{report}/file", a_report()).status_code == 303
    assert "15.000" not in town.as_(None).get(page).text  # it waits to be checked
    check = manager.get(f"/staff{report}/check")
    sent = manager.post(f"/staff{report}/check", {"seen": field(check.text, "seen"), "judgement": "accepted"})
    assert sent.status_code == 303
    after = town.as_(None).get(page).text
    assert NOTE not in after  # what the partner explains is for staff and the parties
    assert NOTE in partner.get(page).text
    assert "15.000" in after
    assert "groen: volgens plan" in after
    assert "<title" in after
    assert "<desc" in after


@pytest.mark.parametrize(
    "wrong", [{"values-0-value": "veel"}, {"figures-0-realised": ""}, {"figures-0-forecast": "-5"}, {"text": ""}]
)
def test_a_bad_report_comes_back_with_what_was_typed(town, wrong):
    report = f"/agreements/{town.agreement}/reports/1/file"
    answer = town.as_(town.partner).post(report, a_report(**{"figures-0-committed": "12.345", **wrong}))
    assert answer.status_code == 422
    assert 'value="12.345"' in answer.text
    assert 'role="alert"' in answer.text


def test_a_report_for_a_closed_period_is_refused_with_a_sentence(town):
    report = f"/agreements/{town.agreement}/reports/1"
    partner, manager = town.as_(town.partner), town.as_(town.manager)
    partner.post(f"{report}/file", a_report())
    seen = field(manager.get(f"/staff{report}/check").text, "seen")
    manager.post(f"/staff{report}/check", {"seen": seen, "judgement": "accepted"})
    answer = partner.post(f"{report}/file", a_report())
    assert answer.status_code == 403
    assert "gesloten" in answer.text


def test_evidence_of_a_wrong_type_is_refused_and_the_right_one_is_for_the_parties_alone(town):
    report = f"/agreements/{town.agreement}/reports/1"
    partner = town.as_(town.partner)
    bad = partner.post(f"{report}/file", a_report(files=(BytesIO(b"MZ\x90\x00"), "foto.pdf")))
    assert bad.status_code == 422
    assert "foto.pdf" in bad.text
    assert "Over deze periode is nog geen verslag" in partner.get(report).text
    assert partner.post(f"{report}/file", a_report(files=(BytesIO(A_PDF), "lijst.pdf"))).status_code == 303
    link = re.search(rf"/agreements/{town.agreement}/files/[0-9a-f-]+", partner.get(report).text)
    assert link
    assert partner.get(link.group()).data == A_PDF
    assert town.as_(town.manager).get(link.group()).status_code == 200
    for other in (None, town.resident):
        assert town.as_(other).get(link.group()).status_code == 404
        assert town.as_(other).get(report).status_code == 404


def test_what_is_written_of_an_agreement_stays_inside(town):
    for path in (f"/agreements/{town.draft}", f"/agreements/{town.agreement}/reports/1"):
        assert town.as_(None).get(path).status_code == 404
        assert town.as_(town.partner).get(path).status_code == 200
    shown = town.as_(None).get(f"/agreements/{town.agreement}").text
    assert "Verslagen per periode" not in shown
    assert town.draft not in town.as_(None).get("/agreements").text


@shows("S41")
def test_a_vague_indicator_warns_and_a_reason_overrules_it(town):
    manager, page = town.as_(town.manager), f"/staff/agreements/{town.draft}/indicators/new"
    seen = field(manager.get(page).text, "seen")
    told = {"seen": seen, "name": "Meer contact", "better": "up", "unit": "mensen"}
    answer = manager.post(page, told)
    assert answer.status_code == 422
    assert "“meer” measures" in answer.text or "“meer” meet u niets" in answer.text
    assert manager.post(page, {**told, "vague_because": "Zo besloot de raad."}).status_code == 303
    assert "Meer contact" in manager.get(f"/staff/agreements/{town.draft}").text


@pytest.mark.parametrize("amount", ["", "0", "-5", "veel"])
def test_a_budget_line_without_an_amount_comes_back(town, amount):
    manager, page = town.as_(town.manager), f"/staff/agreements/{town.draft}/lines/new"
    seen = field(manager.get(page).text, "seen")
    answer = manager.post(page, {"seen": seen, "name": "Zaalhuur", "funding": "wij", "amount": amount})
    assert answer.status_code == 422
    assert 'value="Zaalhuur"' in answer.text
    assert "Zaalhuur" not in manager.get(f"/staff/agreements/{town.draft}").text


def test_a_last_day_before_the_first_day_comes_back(town):
    manager, page = town.as_(town.manager), f"/staff/agreements/{town.draft}/terms"
    told = {"seen": field(manager.get(page).text, "seen"), "title": "X", "task": "Y", "rhythm": "quarterly"}
    answer = manager.post(page, {**told, "runs_from": today().isoformat(), "runs_until": ago(9).isoformat()})
    assert answer.status_code == 422
    assert "De laatste dag ligt vóór de eerste" in answer.text


@pytest.mark.parametrize(
    ("instead", "words"),
    [("periods-1-last_day", "Er is een gat vóór periode 2"), ("periods-0-last_day", "Periode 2 overlapt met")],
)
def test_a_gap_and_an_overlap_between_periods_come_back_with_how_to_mend_it(town, instead, words):
    manager, page = town.as_(town.manager), f"/staff/agreements/{town.draft}/periods"
    shown = manager.get(page).text
    typed = dict(re.findall(r'name="(periods-\d+-\w+)"[^>]*value="([0-9-]*)"', shown))
    typed["periods-1-first_day"] = typed[instead]
    answer = manager.post(page, {"seen": field(shown, "seen"), **typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert field(answer.text, "periods-1-first_day") == typed[instead]  # what was typed stays
    with town.site.reading():
        [first, second, *_later] = get_agreement(the_platform(), town.draft).terms.periods
        assert second.first_day == first.last_day + timedelta(days=1)  # and nothing of it was kept


def tomorrow():
    return ago(-1).isoformat()


@pytest.mark.parametrize(
    ("page", "told", "words"),
    [
        (f"quality/{NORM}", {"checked_on": tomorrow(), "is_met": "yes", "note": "Tolk gezien."}, "nog komen"),
        ("step", {"term_on": today().isoformat(), "is_taken": "yes", "reason": "Gesproken."}, "termijn is al voorbij"),
    ],
)
def test_a_day_on_the_wrong_side_of_today_comes_back_with_what_was_typed(town, page, told, words):
    manager, page = town.as_(town.manager), f"/staff/agreements/{town.agreement}/{page}"
    shown = manager.get(page).text
    kept = {"next_step": field(shown, "next_step")} if "next_step" in shown else {}
    answer = manager.post(page, {**kept, **told})
    assert answer.status_code == 422
    for expected in (words, *(one for name, one in told.items() if name != "is_taken")):
        assert expected in answer.text
    day = next(name for name in told if name.endswith("_on"))
    right = {"checked_on": today().isoformat(), "term_on": tomorrow()}[day]
    assert manager.post(page, {**kept, **told, day: right}).status_code == 303


@pytest.mark.parametrize(
    ("days", "words"),
    [(-1, "Deze dag moet nog komen"), (4000, "vóór het begin van het doel"), (3, "Deze dag is al gemeten")],
)
def test_a_day_on_which_a_goal_cannot_be_measured_comes_back_with_what_was_typed(site, days, words):
    with site.writing():
        an_authority()
        told = partners()
        goal = shared(told)
        measure(goal, told.writes, on=ago(3), value=Decimal(70), source="enquête")
        page = f"/staff/goals/{goal.public_id}/measurements"
    answer = site.browser(told.manager).post(
        page, {"measured_on": ago(days).isoformat(), "value": "71", "source": "de enquête van mei"}
    )
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="de enquête van mei"' in answer.text


@pytest.mark.parametrize(
    ("runs_from", "runs_until", "words"),
    [(0, None, "De eerste dag blijft daarom"), (None, 0, "De periode die nu loopt, eindigt op")],
)
def test_an_amendment_that_would_change_what_runs_comes_back(town, runs_from, runs_until, words):
    manager, page = town.as_(town.manager), f"/staff/agreements/{town.agreement}"
    assert manager.post(f"{page}/amend", {"because": "De zaal brandde af."}).status_code == 303
    shown = manager.get(f"{page}/terms").text
    told = {"seen": field(shown, "seen"), "title": "Een nieuwe titel", "task": "Y", "rhythm": "quarterly"}
    days = {"runs_from": runs_from, "runs_until": runs_until}
    told |= {name: field(shown, name) if one is None else today().isoformat() for name, one in days.items()}
    answer = manager.post(f"{page}/terms", told)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Een nieuwe titel"' in answer.text


def test_a_goal_that_is_reached_before_it_begins_comes_back_and_is_not_there(town):
    manager = town.as_(town.manager)
    told = {"version": "1", "title": "In 2030 fietst 80 procent", "indicator": "enquête", "unit": "procent"}
    told |= {"better": "up", "target": "80", "source": "enquête", "of": ""}
    days = {"starts_on": today().isoformat(), "target_on": ago(30).isoformat()}
    answer = manager.post("/staff/goals/new", {**told, **days})
    assert answer.status_code == 422
    assert "De dag van het doel ligt niet na de eerste dag" in answer.text
    assert 'value="In 2030 fietst 80 procent"' in answer.text
    assert "In 2030 fietst 80 procent" not in manager.get("/goals").text
    assert manager.post("/staff/goals/new", {**told, **days, "target_on": ago(-30).isoformat()}).status_code == 303


@shows("S05")
def test_signing_what_was_changed_meanwhile_is_a_conflict(town):
    partner, page = town.as_(town.partner), f"/agreements/{town.draft}/sign"
    seen, signer = field(partner.get(page).text, "seen"), _signer(partner.get(page).text)
    told = {"seen": seen, "signer": signer, "signatory_name": "M. de Wit", "signatory_function": "voorzitter"}
    manager = town.as_(town.manager)
    manager.post(
        f"/staff/agreements/{town.draft}/lines/new",
        {"seen": seen, "name": "Zaalhuur", "funding": "wij", "amount": "500"},
    )
    assert partner.post(page, told).status_code == 409
    fresh = field(partner.get(page).text, "seen")
    assert partner.post(page, {**told, "seen": fresh}).status_code == 303
    assert town.as_(town.board).post(page, {**told, "seen": fresh, "signer": ""}).status_code == 303
    with town.site.reading():
        assert get_agreement(the_platform(), town.draft).in_force is not None


def _signer(page: str) -> str:
    found = re.search(r'<select[^>]*name="signer".*?<option[^>]*value="([^"]*)"', page, re.DOTALL)
    assert found
    return found.group(1)


@shows("S42")
def test_everybody_reads_the_clauses_of_an_agreement_and_since_when_they_hold(town):
    page = town.as_(None).get(f"/agreements/{town.agreement}").text
    assert "groen vanaf 0,95" in page
    assert "1, geldt sinds" in page
    desk = town.as_(town.manager).get(f"/staff/agreements/{town.agreement}").text
    assert "Wijzig de categorie van de Woo" in desk  # it is public already


def test_an_account_begins_with_how_many_agreements_go_as_planned_and_tells_cents(town):
    with town.site.writing():
        found = get_round(the_platform(), town.round.slug)
        set_round_line(found, "Zalen", Decimal("0.20"), Decimal("12.5"), the_platform())
    report = f"/agreements/{town.agreement}/reports/1"
    town.as_(town.partner).post(f"{report}/file", a_report(**{"values-0-value": "9"}))
    manager = town.as_(town.manager)
    seen = field(manager.get(f"/staff{report}/check").text, "seen")
    manager.post(f"/staff{report}/check", {"seen": seen, "judgement": "accepted"})
    page = town.as_(None).get(f"/rounds/{town.round.slug}/account?year={ago(200).year}").text
    assert "1 afspraak:" in page
    assert "1 oranje: iets achter" in page
    assert "€ 12,50" in page


def test_the_account_can_be_taken_along_as_a_sheet(town):
    visitor = town.as_(None)
    year = ago(300).year
    for path in (f"/account?year={year}", f"/rounds/{town.round.slug}/account?year={year}"):
        assert "66.000" in visitor.get(path).text
    sheet = visitor.get(f"/rounds/{town.round.slug}/account.csv?year={year}")
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert "Medewerkers;de gemeente;66000" in sheet.data.decode("utf-8-sig")
    assert visitor.get(f"/account.ods?year={year}").data.startswith(b"PK")


def test_whoever_brought_in_an_idea_walks_to_the_agreement_and_back(town):
    visitor = town.as_(None)
    there = visitor.get(f"/rounds/{town.round.slug}/contributions/{town.idea}").text
    assert f"/agreements/{town.agreement}" in there
    back = visitor.get(f"/agreements/{town.agreement}").text
    assert f"/contributions/{town.idea}" in back


def test_a_page_of_an_unfinished_agreement_says_what_it_lacks(town):
    manager = town.as_(town.manager)
    made = manager.post(
        "/staff/agreements/new", {"title": "Nieuw", "legal_form": "covenant", "partner": _partner(town)}
    )
    assert made.status_code == 303
    page = manager.get(made.location).text
    assert "Niemand kan nog ondertekenen" in page
    assert "Voeg ten minste één indicator toe." in page


def _partner(town: Town) -> str:
    page = town.as_(town.manager).get("/staff/agreements/new").text
    found = re.search(r'name="partner".*?<option[^>]*value="([a-z0-9-]+)"', page, re.DOTALL)
    assert found
    return found.group(1)


def test_nothing_of_this_speaks_of_a_round_that_is_not_public(site):
    with site.writing():
        an_authority()
        hidden = a_round(state="draft", title="Geheime ronde")
        told = partners()
        agreement = running(told, of=hidden)
        agreements.publish(agreement, told.writes, woo_category="overeenkomsten")
        public_id = again(agreement).public_id
    assert "Geheime ronde" not in site.browser().get(f"/agreements/{public_id}").text


@shows("L18", "S42")
def test_a_covenant_offers_its_own_category_of_the_woo_and_the_account_tells_it(site):
    with site.writing():
        an_authority()
        told = partners()
        agreement = running(told, legal_form=LegalForm.COVENANT)
        year = agreement.terms.first_day.year
    manager, page = site.browser(told.manager), f"/staff/agreements/{agreement.public_id}/publish"
    shown = manager.get(page).text
    assert re.search(r'<option selected value="convenanten">convenanten \(Woo 3\.3, tweede lid, f\)', shown)
    assert manager.post(page, {"woo": "convenanten"}).status_code == 303
    for path in (f"/agreements/{agreement.public_id}", f"/account?year={year}"):
        assert "Woo 3.3, tweede lid, f" in site.browser().get(path).text
    assert ";convenanten" in site.browser().get(f"/account.csv?year={year}").data.decode("utf-8-sig")


@shows("S41")
def test_writing_an_agreement_goes_in_steps_and_a_vague_norm_is_overruled_with_a_reason(town):
    manager, page = town.as_(town.manager), f"/staff/agreements/{town.draft}/requirements/new"
    form = manager.get(page).text
    assert "Van niets naar een handtekening" in form
    assert form.count('aria-current="step"') == 1
    told = {"seen": field(form, "seen"), "norm": "Goede zorg voor de buurt", "check": "steekproef"}
    answer = manager.post(page, told)
    assert answer.status_code == 422
    assert "“goede” meet u niets" in answer.text
    assert manager.post(page, {**told, "vague_because": "Zo besloot de raad."}).status_code == 303
    assert "Zo besloot de raad." in manager.get(f"/staff/agreements/{town.draft}").text


@pytest.mark.parametrize(
    "days", [("0001-01-01", "0002-01-01"), ("9999-01-01", "9999-12-31"), ("2026-01-01", "9999-12-31")]
)
def test_odd_years_come_back_with_a_sentence(town, days):
    manager, page = town.as_(town.manager), f"/staff/agreements/{town.draft}/terms"
    told = {"seen": field(manager.get(page).text, "seen"), "title": "X", "task": "Y", "rhythm": "quarterly"}
    answer = manager.post(page, {**told, "runs_from": days[0], "runs_until": days[1]})
    assert answer.status_code == 422
    assert "kan niet kloppen" in answer.text


@pytest.mark.parametrize("year", ["0", "10000", "9" * 40, "-1", "x"])
def test_an_account_of_an_odd_year_is_no_fault_of_the_server(town, year):
    manager, page = town.as_(town.manager), f"/staff/agreements/{town.agreement}/account"
    assert manager.get(f"{page}?year={year}").status_code == 200
    assert town.as_(None).get(f"/account?year={year}").status_code == 200
    answer = manager.post(page, {"year": year, "result": "Goed."})
    assert answer.status_code in {409, 422}


@shows("S05")
def test_everybody_reads_the_signed_goal_while_its_next_version_waits(site):
    with site.writing():
        an_authority()
        told = partners()
        goal = shared(told)
        publish_goal(goal, told.writes, woo_category="overeenkomsten")
        words = {name: getattr(goal, name) for name in GoalTold.__dataclass_fields__}
        later = GoalTold(**{**words, "title": "In 2030 voelt 85 procent zich veilig.", "target": Decimal(85)})
        write_goal(later, {told.organisation: ""}, told.writes, instead=goal, version=1)
        page = f"/goals/{goal.public_id}"
    public, inside = site.browser().get(page).text, site.browser(told.representative).get(page).text
    assert "85 procent" not in public
    assert "ondertekend op" in public
    assert "85 procent" in inside
    assert "tekende versie 1, nog niet versie 2" in inside
    assert "85 procent" in site.browser(told.representative).get(f"{page}/sign").text


def test_the_desk_says_from_when_one_can_look_back_and_offers_no_button_before_that(site: Site) -> None:
    with site.writing():
        begun, early = (a_round(phases=[a_phase(PhaseKind.EVALUATE, first, first + 9)]) for first in (-2, 3))
        person = a_member_of_staff()
        for found in (early, begun):
            appoint(found, person, Duty.DIRECTOR)
    desk = "/staff/rounds/{}/evaluation".format
    browser = site.browser(person)
    for address in (desk(early.slug), f"{desk(early.slug)}/edit"):
        page = browser.get(address).text
        assert "als de evaluatie begint" in page
        assert "<form" not in page.split("<main")[1]
    assert f'href="{desk(early.slug)}/edit"' not in browser.get(desk(early.slug)).text
    assert f'href="{desk(begun.slug)}/edit"' in browser.get(desk(begun.slug)).text
