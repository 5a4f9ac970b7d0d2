from typing import Any

import pytest

from consult.foundation.paging import PER_PAGE
from consult.foundation.text import one_line
from consult.policy import Duty
from consult.rounds.models import PhaseKind
from consult.synthesis.queries import coverage
from tests.builders import a_member_of_staff, a_round, an_authority, appoint
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.pages.builders import many_proposals
from tests.shows import shows
from tests.site import Site
from tests.synthesis.builders import a_contribution

NUMBER = 40


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("S50")
@pytest.mark.parametrize("scripts", [True, False])
def test_forty_inputs_are_coded_answered_put_back_signed_and_published(site: Site, browser: Any, scripts: bool):
    with site.writing():
        an_authority()
        found = a_round(phases=PhaseKind.SYNTHESISE)
        writer, second = a_member_of_staff(name="Anna"), a_member_of_staff(name="Bram")
        for person in (writer, second):
            appoint(found, person, Duty.MODERATOR)
        many_proposals(found, NUMBER)
    with served(site) as address:
        anna, bram = (Walk(site, browser, address, person, scripts) for person in (writer, second))
        desk = f"/staff/rounds/{found.slug}"
        anna.page.goto(f"{desk}/coding?q=voorstel")
        anna.looks()
        if scripts:
            some_are_assigned_by_keyboard(anna)
            all_are_coded_by_keyboard(anna, f"{desk}/coding?q=voorstel")
        else:
            everything(anna, "Thema's geven of weghalen", "Voeg deze thema's toe", lambda page: page.check("#themes-0"))
        assert_left(site, found, uncoded=0, unweighed=NUMBER)
        fill = lambda page: (page.select_option("[name=kind]", "partly"), page.fill("[name=reason]", "Deels."))  # noqa: E731
        everything(anna, "Schrijf een conceptantwoord", "Schrijf dit conceptantwoord", fill)
        assert_left(site, found, uncoded=0, unweighed=0)
        press(anna, "Draai dit terug")
        assert_left(site, found, uncoded=0, unweighed=NUMBER)
        assert "q=voorstel" in anna.page.url
        everything(anna, "Schrijf een conceptantwoord", "Schrijf dit conceptantwoord", fill)
        anna.page.goto(f"{desk}/answers")
        assert "U schreef deze allemaal" in anna.main()
        for _page in range(2):  # twenty-five stand on a page
            bram.page.goto(f"{desk}/answers")
            bram.looks()
            for box in bram.page.get_by_role("checkbox").all():
                box.check()
            press(bram, "Geef akkoord op de gekozen antwoorden")
        bram.page.goto(f"{desk}/answers?step=to_publish")
        press(bram, "Bekijk wat u publiceert")
        bram.looks()
        assert f"{NUMBER} antwoorden met akkoord worden openbaar." in bram.main()
        press(bram, "Publiceer de gekozen antwoorden")
        bram.looks()
        visitor = browser.new_context(base_url=address).new_page()
        visitor.goto(f"/rounds/{found.slug}/proposals?outcome=partly")
        assert f"{NUMBER} voorstellen" in one_line(visitor.inner_text("main"))


@shows("S50")
@pytest.mark.parametrize("scripts", [True, False])
def test_inputs_are_joined_and_taken_out_of_sight_after_a_look_and_put_back(site: Site, browser: Any, scripts: bool):
    with site.writing():
        an_authority()
        found = a_round(phases=PhaseKind.SYNTHESISE)
        person = a_member_of_staff(name="Anna")
        appoint(found, person, Duty.MODERATOR)
        titles = [a_contribution(found, title).title for title in ("Meer bankjes", "Geen bankjes", "Bankjes terug")]
    with served(site) as address:
        anna = Walk(site, browser, address, person, scripts)
        anna.page.goto(f"/staff/rounds/{found.slug}/coding")
        two_are_chosen(anna)
        opens(anna, "g", "Voeg samen tot één")
        anna.looks()
        press(anna, "Voeg deze samen")
        anna.looks()
        assert "Deze blijft, en de andere worden hiermee samengevoegd (1) Meer bankjes" in anna.main()
        assert "Geen bankjes: kijk goed: een van beide zegt “niet” (geen)" in anna.main()
        press(anna, "Voer dit uit")
        assert "Eén bijdrage gewijzigd: samenvoegen tot één." in anna.main()
        press(anna, "Draai dit terug")
        assert "Teruggedraaid voor één bijdrage: samenvoegen tot één." in anna.main()
        two_are_chosen(anna)
        opens(anna, "h", "Haal uit beeld")
        press(anna, "Haal deze uit beeld")
        assert "Kies een grond." in anna.main()
        anna.looks()
        anna.page.select_option("[name=ground]", "unlawful")
        anna.page.fill("[name=why]", "Wij kijken er nog eens naar.")
        press(anna, "Haal deze uit beeld")
        anna.looks()
        press(anna, "Voer dit uit")
        assert [title for title in titles if title in anna.main()] == ["Bankjes terug"]
        press(anna, "Toon deze weer")
        assert all(title in anna.main() for title in titles)


def two_are_chosen(anna: Walk) -> None:
    for box in anna.page.locator("[name=pick]").all()[:2]:
        box.check()


def opens(anna: Walk, key: str, words: str) -> None:
    """Open what can be done with the chosen ones: with its key, or where there are no scripts with the mouse."""
    if anna.scripts:
        anna.page.keyboard.press(key)
    else:
        anna.page.locator(".bulk summary", has_text=words).click()


def all_are_coded_by_keyboard(anna: Walk, path: str) -> None:
    """Select every input of each page, give these the first theme and go through with it, without a mouse."""
    page, done = anna.page, 0
    for number in range(1, -(-NUMBER // PER_PAGE) + 1):
        page.goto(f"{path}&page={number}")
        rows = page.locator(".work > li").count()
        for key in "jx" * rows:
            page.keyboard.press(key)
        assert page.locator("[name=pick]:checked").count() == rows
        page.keyboard.press("c")
        page.keyboard.press("Space")
        go_on(anna, "Voeg deze thema's toe")
        go_on(anna, "Voer dit uit")
        done += rows
    assert done == NUMBER


def go_on(anna: Walk, words: str) -> None:
    """Walk with Tab to a button and press it."""
    for _step in range(200):
        if anna.page.evaluate("document.activeElement.matches('button') && document.activeElement.innerText") == words:
            break
        anna.page.keyboard.press("Tab")
    with anna.page.expect_navigation():
        anna.page.keyboard.press("Enter")


def some_are_assigned_by_keyboard(anna: Walk) -> None:
    """Select the first and the third with the keyboard, assign these, and see the help."""
    page = anna.page
    for key in "jxjjx":
        page.keyboard.press(key)
    assert page.locator("[name=pick]:checked").count() == 2
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.name") == "person"
    page.select_option("[name=person]", label="Bram")
    press(anna, "Wijs deze toe")
    assert "2 bijdragen veranderen." in anna.main()
    press(anna, "Voer dit uit")
    assert "Bram: 2 open" in anna.main()
    page.keyboard.press("/")
    page.keyboard.type("jx")  # in a field these are letters
    assert page.input_value("#filter-q") == "jx"
    page.goto(page.url)
    page.click("#keys summary")
    page.click("text=Zet deze toetsen uit")
    page.keyboard.press("j")
    assert not page.evaluate("!!document.activeElement.closest('.work')")
    page.click("text=Zet deze toetsen aan")


def everything(anna: Walk, part: str, button: str, choose: Any) -> None:
    page = anna.page
    page.check("[name=everything]")
    page.locator(".bulk summary", has_text=part).first.click()
    choose(page)
    press(anna, button)
    anna.looks()
    press(anna, "Voer dit uit")


def press(walk: Walk, words: str) -> None:
    with walk.page.expect_navigation():
        walk.page.get_by_role("button", name=words, exact=True).first.click()


def assert_left(site: Site, found: Any, *, uncoded: int, unweighed: int) -> None:
    with site.reading():
        left = coverage(found.id)
    assert (left.uncoded, left.unweighed) == (uncoded, unweighed)
