"""One round from its opening question to its published draft, walked in a browser by everybody who has a part in it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from consult.accounts.models import Account
from consult.audit.models import Entry
from consult.foundation.db import session
from consult.policy import Act, Role
from consult.rounds.models import Phase
from consult.rounds.rules import span
from consult.working import work_once
from tests.builders import a_member_of_staff, an_authority
from tests.journeys.people import People
from tests.shows import shows

PASSWORD = "een lange zin om te onthouden"
BASE = "/rounds/wijken-2040"
DESK = "/staff/rounds/wijken-2040"


@pytest.fixture(params=["with scripts", "without scripts"])
def scripts(request):
    return request.param == "with scripts"


@shows("S48", "S50", "S03", "R42")
def test_a_round_runs_from_question_to_draft(site, browser, scripts, kind):
    if not scripts and kind == "postgresql":
        pytest.skip("without scripts once is enough")
    with site.writing():
        an_authority()
        a_member_of_staff(Role.ADMIN, "Beheerder", PASSWORD)
    with People(site, browser, scripts) as people:
        admin, director, one, other = (people.new(n) for n in ("admin", "director", "one", "other"))
        resident, neighbour, visitor = (people.new(n) for n in ("resident", "neighbour", "visitor"))
        _an_admin_makes_staff(admin, site)
        _a_director_prepares(director)
        for moderator, name in ((one, "mod1"), (other, "mod2")):
            moderator.sign_in(f"{name}@wilgendrecht.test", PASSWORD)
        _residents_put_forward(resident, neighbour, site)
        _moderators_sort(one, other)
        _a_resident_changes_and_argues(resident, neighbour)
        one.merge("Zitplaatsen bij winkels", "Bankjes bij de winkels")
        time_passes(site, 15)
        _residents_vote(resident, neighbour, visitor)
        time_passes(site, 15)
        assert work_once(site.database) == 2  # collecting and voting
        _everybody_sees_the_result(visitor)
        _moderators_weigh_and_write(one, other)
        _anyone_walks_the_trace(visitor)
        director.go(f"{DESK}/journal")
        _the_journal_knows(site)


def _an_admin_makes_staff(admin, site):
    with site.reading():
        address = session().scalars(select(Account.email)).one()
    admin.sign_in(address, PASSWORD)
    for name, role in (("Regisseur", "director"), ("mod1", "moderator"), ("mod2", "moderator")):
        admin.go("/staff/people")
        admin.fill(name=name, email=f"{name.lower()}@wilgendrecht.test", password=PASSWORD)
        admin.choose("role", role)
        admin.press("Add this person")
        admin.sees(name)


def _a_director_prepares(director):
    director.sign_in("regisseur@wilgendrecht.test", PASSWORD)
    director.go("/staff/rounds/new")
    director.fill(
        slug="wijken-2040",
        title="Ruimte voor elkaar",
        question="Hoe worden onze wijken groener en veiliger?",
        can_influence="waar bankjes komen\nhoe straten worden ingericht",
        cannot_influence="het totale budget",
        decider="De gemeenteraad",
    )
    director.choose("level", "advise")
    director.choose("verification", "email")
    director.press("Begin this round")
    today = datetime.now(UTC).date()
    kinds = (("collect", "Ophalen"), ("prioritise", "Kiezen"), ("synthesise", "Ordenen"), ("draft", "Ontwerp"))
    director.go(f"{DESK}/phases")
    for start in range(0, len(kinds), 3):
        for place, (kind, name) in list(enumerate(kinds))[start : start + 3]:
            first = today - timedelta(3) + timedelta(15 * place)
            director.choose(f"phases-{place}-kind", kind)
            director.fill(
                **{
                    f"phases-{place}-name": name,
                    f"phases-{place}-first_day": first.isoformat(),
                    f"phases-{place}-last_day": (first + timedelta(14)).isoformat(),
                }
            )
        director.press("Save the phases")
        director.go(f"{DESK}/phases")
    director.go(f"{DESK}/themes")
    director.fill(**{"themes-0-code": "T1", "themes-0-name": "Groen", "themes-1-code": "T2", "themes-1-name": "Veilig"})
    director.press("Save the themes")
    director.go(f"{DESK}/preconditions")
    director.fill(
        **{
            "preconditions-0-code": "R1",
            "preconditions-0-title": "Niet bouwen bij de dijk",
            "preconditions-0-why": "De dijk moet veilig blijven.",
        }
    )
    director.press("Save what is fixed")
    duties = {"mod1": ("moderator", "official_sponsor"), "mod2": ("moderator", "board_sponsor", "privacy_contact")}
    for name, duty in [(name, duty) for name, held in duties.items() for duty in held]:
        director.go(f"{DESK}/people")
        director.choose("person", re.compile(name))
        director.choose("duty", duty)
        director.press("Appoint")
    director.go(f"{DESK}/poll")
    director.fill(title="Wat vindt u van deze voorstellen?")
    director.press("Add the poll")
    director.go(f"{DESK}/prepare")
    director.press("Open the round")
    director.sees("Ruimte voor elkaar")


def _residents_put_forward(resident, neighbour, site):
    resident.go(BASE)
    resident.sees("Hoe worden onze wijken groener en veiliger?")
    resident.sees("Niet bouwen bij de dijk")
    resident.go(f"{BASE}/proposals/new")
    resident.fill(title="Bankjes bij de winkels", text="Zet bankjes bij de winkels, in de schaduw.")
    resident.press("Send in your proposal")
    resident.follow("Make one")
    resident.make_account("Jan", "jan@voorbeeld.test")
    assert resident.value("text") == "Zet bankjes bij de winkels, in de schaduw."
    resident.press("Send in your proposal")
    resident.sees("Bankjes bij de winkels")
    neighbour.register("Fatma", "fatma@voorbeeld.test", PASSWORD)
    for title in ("Zitplaatsen bij winkels", "Koop nu goedkope verf", "Een hogere stoep"):
        neighbour.go(f"{BASE}/proposals/new")
        neighbour.fill(title=title, text=f"{title}: dat is voor veel mensen fijn.")
        neighbour.press("Send in your proposal")
    neighbour.go("/me")
    neighbour.sees("Een hogere stoep")


def _moderators_sort(one, other):
    for title in ("Bankjes bij de winkels", "Zitplaatsen bij winkels", "Een hogere stoep"):
        one.go(f"{DESK}/queue")
        one.follow_text(title)
        one.press("Publish it")
    one.go(f"{DESK}/queue")
    one.follow_text("Koop nu goedkope verf")
    one.choose("ground", "advertising")
    one.fill(reason="Dit is reclame voor een winkel.")
    one.press("Propose this refusal")
    other.go(f"{DESK}/queue")
    other.follow_text("Koop nu goedkope verf")
    other.press("Refuse this contribution")


def _a_resident_changes_and_argues(resident, neighbour):
    resident.go(f"{BASE}/proposals")
    resident.follow_text("Bankjes bij de winkels")
    here = resident.page.url
    resident.page.goto(f"{here}/edit")
    resident.look()
    resident.fill(text="Zet bankjes bij de winkels en de bushalte, in de schaduw.")
    resident.press("Save your change")
    neighbour.page.goto(here)
    neighbour.look()
    neighbour.sees("en de bushalte")
    neighbour.choose("stance", "for")
    neighbour.fill(text="Mijn moeder kan dan even zitten.")
    neighbour.press("Send in your argument")


def _residents_vote(resident, neighbour, visitor):
    resident.go(f"{BASE}/vote")
    resident.vote("Bankjes bij de winkels", "for")
    resident.vote("Een hogere stoep", "against")
    resident.vote("Een hogere stoep", "neutral")
    neighbour.go(f"{BASE}/vote")
    neighbour.vote("Bankjes bij de winkels", "for")
    visitor.go(f"{BASE}/results")
    assert visitor.page.locator("svg[role=img] title", has_text=re.compile(r"\d")).count() == 0


def _everybody_sees_the_result(visitor):
    visitor.go(f"{BASE}/results")
    visitor.sees("Bankjes bij de winkels")
    row = visitor.page.get_by_role("row", name=re.compile("Bankjes bij de winkels"))
    cells = [cell.inner_text().strip() for cell in row.get_by_role("cell").all()]
    assert cells[-4:] == ["2", "0", "0", "2"]  # for, neutral, against, together; over both that were joined


def _moderators_weigh_and_write(one, other):
    for title, outcome in (("Bankjes bij de winkels", "adopted"), ("Een hogere stoep", "not_adopted")):
        one.go(f"{DESK}/coding")
        one.follow_text(title)
        one.page.get_by_label("Veilig").check()
        one.press("Save the themes")
        one.go(f"{DESK}/coding")
        one.follow_text(title)
        one.choose("kind", outcome)
        one.fill(reason="De raad vindt dit een goed plan voor later.")
        one.press("Save the draft answer")
    _answers_are_signed_and_published(one, other)
    one.go(f"{DESK}/draft")
    one.fill(title="Visie op onze wijken")
    one.press("Begin the draft")
    one.fill(title="Zitten en lopen")
    one.press("Add this section")
    one.fill(text="Bij de winkels en de bushalte komen bankjes in de schaduw.")
    one.press("Save and choose sources")
    one.choose("source", re.compile("^Bankjes bij de winkels"))
    one.press("Add this source")
    one.go(f"{DESK}/draft")
    one.press("Submit this version")
    other.go(f"{DESK}/draft")
    other.follow("Publish this version")
    other.press("Publish this version")


def _answers_are_signed_and_published(one, other):
    one.go(f"{DESK}/answers")
    one.sees("U schreef deze allemaal. Daarom moet iemand anders akkoord geven.")
    other.go(f"{DESK}/answers")
    for box in other.page.get_by_role("checkbox").all():
        box.check()
    other.press("Sign the selected answers")
    other.go(f"{DESK}/answers?step=to_publish")
    other.press("Look at what will be published")
    other.sees("Wie bericht krijgt")
    other.press("Publish the selected answers")
    other.sees("De raad vindt dit een goed plan voor later.")


def _anyone_walks_the_trace(visitor):
    visitor.go(f"{BASE}/drafts/1")
    visitor.sees("Bij de winkels en de bushalte komen bankjes")
    sources = visitor.page.locator(".sources a", has_text="Bankjes bij de winkels")
    if not sources.first.is_visible():
        visitor.page.locator("summary", has_text=re.compile("bron", re.I)).first.click()
    visitor.click(sources.first)
    visitor.sees("De raad vindt dit een goed plan voor later.")
    for words in ("Veilig", "Zitten en lopen", "Zitplaatsen bij winkels"):
        visitor.sees(words)
    visitor.click(visitor.page.locator("a[href*='/drafts/1']").first)
    visitor.sees("Bij de winkels en de bushalte komen bankjes")


def _the_journal_knows(site):
    with site.reading():
        done = set(session().scalars(select(Entry.act).where(Entry.result == "done")))
    wanted = {
        Act.CREATE_PERSON, Act.CREATE_ROUND, Act.APPOINT, Act.OPEN_ROUND, Act.CREATE_POLL, Act.REGISTER, Act.SIGN_IN,
        Act.SUBMIT_PROPOSAL, Act.EDIT_PROPOSAL, Act.ADD_ARGUMENT, Act.PUBLISH_CONTRIBUTION, Act.PROPOSE_REFUSAL,
        Act.CONFIRM_REFUSAL, Act.MERGE, Act.CAST_VOTE, Act.CLOSE_PHASE, Act.CODE, Act.SET_OUTCOME, Act.SIGN_ANSWER,
        Act.PUBLISH_ANSWER, Act.WRITE_DRAFT, Act.SUBMIT_DRAFT, Act.PUBLISH_DRAFT,
    }  # fmt: skip
    assert {act.value for act in wanted} <= done


def time_passes(site, days):
    """Let so many days pass, by moving the phases of every round that much earlier."""
    with site.writing():
        for phase in session().scalars(select(Phase)):
            phase.first_day, phase.last_day = earlier(phase.first_day, days), earlier(phase.last_day, days)
            phase.opens_at, phase.closes_at = span(phase.first_day, phase.last_day, phase.zone)
            phase.cleared_at = phase.cleared_at and phase.cleared_at - timedelta(days)


def earlier(day: date, days: int) -> date:
    return day - timedelta(days)
