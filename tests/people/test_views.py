import io
import re
import zipfile
from dataclasses import dataclass

import pytest

from consult.director.people.profiles.models import ProfileKind
from consult.director.people.skills import verbs as skills
from consult.director.people.staffing.rules import StaffingRule, as_rule
from consult.participants.models import Person
from consult.policy import Role
from tests.builders import a_member_of_staff, a_resident, acting, an_authority
from tests.people.builders import (
    a_coach,
    a_course,
    a_frame,
    a_profile,
    a_team,
    a_told_profile,
    agreed,
    coached,
    skills_of,
    today,
)
from tests.shows import shows
from tests.site import Browser, Site


@dataclass(frozen=True)
class Office:
    """Somebody with agreed levels, their coach, and who has no business with those."""

    site: Site
    person: Person
    coach: Person
    others: dict[str, Person]
    skill_id: str
    role: str

    def as_(self, person: Person | None) -> Browser:
        return self.site.browser(person)


@pytest.fixture
def office(site: Site) -> Office:
    with site.writing():
        an_authority()
        a_frame()
        role = a_profile()
        a_profile("Beleidsmedewerker", ProfileKind.JOB, a_told_profile(C1=2))
        person, coach = a_member_of_staff(name="Sam de Boer"), a_coach()
        agreed(person, coach, {"C1": 2, "C2": 3})
        skill_id = str(coached(person, coach, role.slug).id)
        others = {one: a_member_of_staff(Role(one)) for one in ("director", "admin", "board", "privacy", "moderator")}
        others["another coach"] = a_coach()
        others["resident"] = a_resident()
    return Office(site, person, coach, others, skill_id, role.slug)


def odt_text(content: bytes) -> str:
    told = zipfile.ZipFile(io.BytesIO(content)).read("content.xml").decode()
    return re.sub(r"<[^>]+>", " ", told)


@shows("S21", "S22")
def test_nobody_but_the_person_and_the_coach_opens_levels_plan_or_gaps(office):
    pages = [f"/staff/development/{office.skill_id}{part}" for part in ("", "/talk", "/plan")]
    for path in pages:
        assert office.as_(office.coach).get(path).status_code == 200
        for name, somebody in office.others.items():
            assert office.as_(somebody).get(path).status_code == 404, (name, path)
    own = office.as_(office.person).get("/me/development").text
    assert "Kunnen C1" in own
    assert office.as_(office.others["resident"]).get("/me/development").status_code == 403
    for somebody in office.others.values():
        for path in ("/staff/development", "/staff/talent", "/staff/staffing", "/staff/people", "/staff", "/me"):
            assert "Sam de Boer" not in re.sub(r"<option.*", "", office.as_(somebody).get(path).text) or path in {
                "/staff/people"
            }


@shows("S22")
def test_somebody_sees_a_gap_plans_for_it_and_tells_what_came_of_it(office):
    browser = office.as_(office.person)
    assert "Plan iets" in browser.get("/me/development").text
    sent = {"competence": "C2", "wanted_level": "4", "activity": "Meelopen", "due_on": today().isoformat()}
    assert browser.post("/me/development/plan", sent).status_code == 303
    assert "Meelopen" in office.as_(office.coach).get(f"/staff/development/{office.skill_id}").text
    bad = browser.post("/me/development/plan", {**sent, "activity": ""})
    assert bad.status_code == 422
    link = re.search(r"/me/development/plan/[0-9a-f-]{36}", browser.get("/me/development").text)
    assert link
    assert browser.post(link.group(), {"result_told": "Het lukte."}).status_code == 303
    assert "Het lukte." in browser.get("/me/development").text


@shows("S21")
def test_what_a_coach_writes_holds_once_the_person_says_yes_on_their_page(office):
    sent = {"levels-0-code": "C1", "levels-0-level": "3", "talked_on": today().isoformat(), "words": "Mooi."}
    answer = office.as_(office.coach).post(f"/staff/development/{office.skill_id}/talk", sent)
    assert answer.status_code == 303
    page = office.as_(office.person).get("/me/development").text
    yes = re.search(r'action="(/me/development/agreed/[0-9a-f-]{36})"', page)
    assert yes
    assert office.as_(office.others["moderator"]).post(yes.group(1)).status_code == 404
    assert office.as_(office.person).post(yes.group(1)).status_code == 303
    assert yes.group(1) not in office.as_(office.person).get("/me/development").text


@shows("S40", "S20")
def test_the_public_profile_and_the_vacancy_name_nobody(office):
    with office.site.writing():
        names = [one.name for one in (office.person, office.coach, *office.others.values())]
    page = office.as_(None).get(f"/profiles/{office.role}").text
    vacancy = office.as_(office.person).get(f"/staff/profiles/{office.role}/vacancy.odt")
    assert vacancy.headers["Content-Type"] == "application/vnd.oasis.opendocument.text"
    text = odt_text(vacancy.data)
    assert "vacature" in vacancy.headers["Content-Disposition"]
    for told in (page, text):
        assert "Taak met C1" in told
        assert "Taak met C2" in told
        assert "C1: wat u ziet op 3." in told
        assert "C2: wat u ziet op 4." in told
        assert not [name for name in names if name in told]


@shows("S19")
def test_the_difference_can_be_taken_along(office):
    page = office.as_(office.person).get(f"/staff/profiles/{office.role}/difference").text
    assert "van niveau 2 naar niveau 3" in page
    assert "2 toegevoegd, 1 verhoogd, 2 onveranderd" in page
    text = odt_text(office.as_(office.person).get(f"/staff/profiles/{office.role}/difference.odt").data)
    assert "van niveau 2 naar niveau 3" in text
    assert "Taak met C2" in text


@shows("S18")
def test_a_profile_with_a_task_without_a_responsibility_comes_back_with_what_was_typed(office):
    sent = {
        "edition": "",
        "title": "Adviseur",
        "profile_kind": "job",
        "purpose": "Adviseren",
        "mandate": "Niets",
        "responsibilities-0": "Een goed advies",
        "tasks-0-text": "Stukken schrijven",
        "tasks-0-takes": "C1",
        "tasks-0-answers": "",
        "needed-0-code": "C1",
        "needed-0-level": "2",
    }
    browser = office.as_(office.coach)
    bad = browser.post("/staff/profiles/new", sent)
    assert bad.status_code == 422
    assert "Stukken schrijven" in bad.text
    made = browser.post("/staff/profiles/new", {**sent, "tasks-0-answers": "r1"})
    assert made.status_code == 303
    assert office.as_(None).get(made.location).status_code == 404
    read = re.search(r'name="edition" value="([^"]+)"', browser.get(made.location).text).group(1)
    assert browser.post("/staff/profiles/adviseur/publish", {"edition": "1.9"}).status_code == 409
    assert browser.post("/staff/profiles/adviseur/publish", {"edition": read}).status_code == 303
    assert office.as_(None).get(made.location).status_code == 200


def test_the_frame_is_saved_and_published_as_it_was_read(office):
    coach, other = office.as_(office.coach), office.as_(office.others["director"])
    row = {"competences-0-code": "C1", "competences-0-name": "Weten"}
    row |= {f"competences-0-level_{n}": f"Wat u ziet op {n}." for n in range(1, 5)}
    opened = _edition(coach, "/staff/competences")
    assert other.post("/staff/competences", row | {"edition": opened}).status_code == 303
    assert coach.post("/staff/competences", row | {"edition": opened}).status_code == 409
    read = _edition(coach, "/staff/competences/publish")
    told = {"consent": "brief 3", "consent_on": today().isoformat()}
    assert other.post("/staff/competences", row | {"edition": read}).status_code == 303
    assert coach.post("/staff/competences/publish", told | {"edition": read}).status_code == 409
    read = _edition(coach, "/staff/competences/publish")
    assert coach.post("/staff/competences/publish", told | {"edition": read}).status_code == 303


def _edition(browser, path):
    return re.search(r'name="edition"[^>]*value="([^"]+)"', browser.get(path).text).group(1)


@shows("S10")
def test_the_talent_page_lists_who_chose_it_and_forgets_at_once(office):
    finder, own = office.as_(office.others["moderator"]), office.as_(office.person)
    assert "Sam de Boer" not in finder.get("/staff/talent").text
    assert own.post("/me/development/talent", {"talents": ["C1"], "own_words": "Bel mij."}).status_code == 303
    found = finder.get("/staff/talent?competence=C1").text
    assert "Sam de Boer" in found
    assert "Bel mij." in found
    assert "Sam de Boer" not in finder.get("/staff/talent?competence=C2").text
    assert own.post("/me/development/talent/withdraw").status_code == 303
    assert "Sam de Boer" not in finder.get("/staff/talent").text


@shows("S26")
def test_the_board_compares_the_models_and_decides(office):
    with office.site.writing():
        a_team()
        a_course()
    board = office.as_(office.others["board"])
    page = board.get("/staff/staffing").text
    assert "28 van 56" in page
    assert "M4" not in page
    sent = {"staffing_model": "combined", "why_this": "Een basis voor iedereen.", **as_rule(StaffingRule(base_min=3))}
    assert board.post("/staff/staffing/decision", sent).status_code == 303
    page = board.get("/staff/staffing").text
    assert "Een basis voor iedereen." in page
    assert page.count("iedereen niveau 3 op alles") == 2
    assert board.post("/staff/staffing/decision", {**sent, "why_this": ""}).status_code == 422
    assert board.post("/staff/staffing/decision", {**sent, "min_people": "0"}).status_code == 422


def figures_of(page: str) -> list[str]:
    return re.findall(r"<td.*?</td>", page, re.S)


@shows("S25")
def test_nobody_narrows_a_colleague_down_by_trying_limits_in_turn(office):
    with office.site.writing():
        a_team()
    board = office.as_(office.others["board"])
    figures = figures_of(board.get("/staff/staffing").text)
    assert "28 van 56" in figures[0]
    assert figures_of(board.get("/staff/staffing?each_person_min=4&base_min=1&min_people=6").text) == figures
    sent = {"staffing_model": "combined", "why_this": "Om te zien.", **as_rule(StaffingRule(base_min=3))}
    assert board.post("/staff/staffing/decision", sent).status_code == 303
    again = board.post("/staff/staffing/decision", {**sent, "base_min": "4"})
    assert again.status_code == 403
    assert "U kunt ze weer wijzigen vanaf" in again.text
    assert "iedereen niveau 4" not in board.get("/staff/staffing").text


@shows("S45")
def test_the_coach_adds_something_to_learn_and_plans_a_group_and_staff_see_cost_and_coverage(office):
    coach = office.as_(office.coach)
    sent = {"title": "Schrijven", "learning_form": "in_company", "learned": ["C8"], "learning_days": "1"}
    both = coach.post("/staff/learning/new", {**sent, "cost_total": "3200", "cost_per_person": "10"})
    assert both.status_code == 422
    made = coach.post("/staff/learning/new", {**sent, "cost_total": "3200"})
    assert made.status_code == 303
    group = {"place": "Stadhuis", "begins_on": today().isoformat(), "finishes_on": today().isoformat()}
    assert coach.post(f"{made.location}/groups", {**group, "group_size": "0"}).status_code == 422
    assert coach.post(f"{made.location}/groups", {**group, "group_size": "12"}).status_code == 303
    page = office.as_(office.others["moderator"]).get("/staff/learning").text
    assert "266,67" in page
    assert office.as_(office.others["moderator"]).post("/staff/learning/new", sent).status_code == 403


def test_a_member_of_staff_without_anything_finds_a_page_that_says_how_to_begin(office):
    page = office.as_(office.others["director"]).get("/me/development").text
    assert "Alleen u kunt deze pagina zien" in page
    with office.site.writing():
        chosen = skills_of(office.others["director"])
        assert not chosen.is_kept
        skills.assess(chosen, {"C1": 2}, "", acting(office.others["director"]))
