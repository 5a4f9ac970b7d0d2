import re

import pytest

from consult.policy import Duty, Role
from consult.rounds.models import PhaseKind, RoundState
from consult.rounds.queries import get_round, list_appointments
from tests.builders import a_member_of_staff, a_round, an_authority, appoint, phase_of, the_platform
from tests.shows import shows


def rows(**changed):
    told = {
        "phases-0-kind": "collect",
        "phases-0-name": "Ophalen",
        "phases-0-first_day": "2027-01-04",
        "phases-0-last_day": "2027-01-31",
        "phases-1-kind": "prioritise",
        "phases-1-name": "Kiezen",
        "phases-1-first_day": "2027-02-01",
        "phases-1-last_day": "2027-02-14",
    }
    return told | {name.replace("__", "-"): value for name, value in changed.items()}


TEXT = {
    "slug": "groen-2027",
    "title": "Groen",
    "question": "Waar komt groen?",
    "can_influence": "- de plek\n- de soort",
    "cannot_influence": "het geld",
    "level": "advise",
    "decider": "de raad",
    "verification": "email",
    "form_key": "x1",
}


@shows("S03", "S15")
def test_a_director_prepares_and_opens_a_round(site):
    with site.writing():
        director, moderator = a_member_of_staff(Role.DIRECTOR), a_member_of_staff(Role.MODERATOR)
        an_authority()
    browser = site.browser(director)
    assert browser.post("/staff/rounds/new", TEXT).headers["Location"].endswith("/staff/rounds/groen-2027/prepare")
    base = "/staff/rounds/groen-2027"
    assert "Plan ten minste één fase." in browser.get(f"{base}/prepare").text
    assert browser.post(f"{base}/open").status_code == 409
    assert browser.post(f"{base}/phases", rows()).status_code == 303
    assert browser.post(f"{base}/themes", {"themes-0-code": "T1", "themes-0-name": "Bomen"}).status_code == 303
    fixed = {"code": "R1", "title": "Geen bouw", "why": "De dijk.", "kind": "legal", "negotiable": "no"}
    sent = {f"preconditions-0-{name}": value for name, value in fixed.items()}
    assert browser.post(f"{base}/preconditions", sent).status_code == 303
    appointed = {"person": str(moderator.id), "duty": "moderator", "form_key": "x2"}
    assert browser.post(f"{base}/people", appointed).status_code == 303
    assert site.browser().get("/rounds/groen-2027").status_code == 404
    refused = browser.post(f"{base}/open")
    assert refused.status_code == 409
    for number, duty in enumerate((Duty.BOARD_SPONSOR, Duty.OFFICIAL_SPONSOR, Duty.PRIVACY_CONTACT)):
        with site.writing():
            said, person = duty.words, a_member_of_staff()
        assert f"Nog niemand is {said} van deze ronde." in refused.text
        told = {"person": str(person.id), "duty": duty.value, "hours_a_week": "2", "form_key": f"y{number}"}
        assert browser.post(f"{base}/people", told).status_code == 303
    assert browser.post(f"{base}/open").status_code == 303
    page = site.browser().get("/rounds/groen-2027")
    assert page.status_code == 200
    assert "Waar komt groen?" in page.text
    with site.reading():
        made = get_round(the_platform(), "groen-2027")
        assert made.can_influence == ["de plek", "de soort"]
        assert [p.name for p in made.phases] == ["Ophalen", "Kiezen"]
        assert {a.duty for a, _person in list_appointments(made.id)} == set(Duty)


def test_dates_that_overlap_come_back_beside_the_field_with_what_was_typed(site):
    with site.writing():
        director = a_member_of_staff(Role.DIRECTOR)
        made = a_round(state=RoundState.DRAFT)
        appoint(made, director, Duty.DIRECTOR)
    answer = site.browser(director).post(f"/staff/rounds/{made.slug}/phases", rows(phases__1__first_day="2027-01-31"))
    assert answer.status_code == 422
    assert "lopen door elkaar" in answer.text
    assert 'value="2027-01-31"' in answer.text
    assert 'href="#phases-0-kind"' in answer.text


def test_a_row_that_lacks_a_day_says_so_itself(site):
    with site.writing():
        director = a_member_of_staff(Role.DIRECTOR)
        made = a_round(state=RoundState.DRAFT)
        appoint(made, director, Duty.DIRECTOR)
    answer = site.browser(director).post(f"/staff/rounds/{made.slug}/phases", rows(phases__1__last_day=""))
    assert answer.status_code == 422
    assert 'href="#phases-1-last_day"' in answer.text


def test_closing_a_phase_by_hand_takes_two_presses(site):
    with site.writing():
        director = a_member_of_staff(Role.DIRECTOR)
        made = a_round(phases=PhaseKind.PRIORITISE)
        appoint(made, director, Duty.DIRECTOR)
        phase = phase_of(made, PhaseKind.PRIORITISE)
    browser, path = site.browser(director), f"/staff/rounds/{made.slug}/phases/{phase.id}/close"
    assert "Sluit deze fase nu" in browser.get(path).text
    for _double_click in range(2):
        assert browser.post(path, {"step": "begin"}).status_code == 303
        page = browser.get(path).text
        assert "Maak het definitief" in page
        assert 'name="step" value="final"' in page
    assert browser.post(path, {"step": "final"}).status_code == 303
    assert "definitief gesloten sinds" in browser.get(path).text
    assert browser.post(path, {"step": "final"}).status_code == 403


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_day_that_nobody_can_mean_comes_back_beside_its_field(site, year):
    with site.writing():
        director = a_member_of_staff(Role.DIRECTOR)
        made = a_round(state=RoundState.DRAFT)
        appoint(made, director, Duty.DIRECTOR)
    days = {"phases__0__first_day": f"{year}-01-01", "phases__0__last_day": f"{year}-12-31"}
    answer = site.browser(director).post(f"/staff/rounds/{made.slug}/phases", rows(**days))
    assert answer.status_code == 422
    assert "Kies een dag." in answer.text


def words(page, **changed):
    """What the page of the words would send, with some of it typed anew."""
    version = re.search(r'name="version"[^>]* value="(\w+)"', page).group(1)
    told = {
        "title": "Groen",
        "question": "Hoe houden we de buurt leefbaar?",
        "introduction": "Wij horen graag van u.",
        "can_influence": "De inrichting van het plein",
        "cannot_influence": "Het budget",
        "level": "consult",
        "decider": "De gemeenteraad",
        "verification": "email",
        "version": version,
    }
    return told | changed


@shows("R69")
def test_words_that_somebody_else_changed_meanwhile_are_not_overwritten(site):
    with site.writing():
        director = a_member_of_staff(Role.DIRECTOR)
        made = a_round(state=RoundState.DRAFT)
        appoint(made, director, Duty.DIRECTOR)
    browser, path = site.browser(director), f"/staff/rounds/{made.slug}/text"
    page = browser.get(path).text
    assert browser.post(path, words(page, title="Eerst", form_key="x1")).status_code == 303
    answer = browser.post(path, words(page, title="Daarna", form_key="x2"))
    assert answer.status_code == 409
    assert "Daarna" in answer.text
    page = browser.get(path).text
    assert 'value="Eerst"' in page
    assert browser.post(path, words(page, title="Daarna", form_key="x3")).status_code == 303


def test_of_an_open_round_the_title_may_change_and_the_question_may_not(site):
    with site.writing():
        director = a_member_of_staff(Role.DIRECTOR)
        made = a_round()
        appoint(made, director, Duty.DIRECTOR)
    browser, path = site.browser(director), f"/staff/rounds/{made.slug}/text"
    page = browser.get(path).text
    assert "De andere velden blijven zoals mensen ze lazen" in page
    answer = browser.post(path, words(page, question="Iets anders?", form_key="x1"))
    assert answer.status_code == 403
    assert "De ronde is open. De vraag," in answer.text
    assert browser.post(path, words(page, title="Beter", form_key="x2")).status_code == 303
    assert "Beter" in site.browser().get(f"/rounds/{made.slug}").text


@shows("R68")
def test_the_same_form_twice_makes_one_round(site):
    with site.writing():
        director = a_member_of_staff(Role.DIRECTOR)
    browser = site.browser(director)
    answers = {browser.post("/staff/rounds/new", TEXT).headers["Location"] for _ in range(3)}
    assert len(answers) == 1
