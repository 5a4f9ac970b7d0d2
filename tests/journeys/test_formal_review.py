"""A formal view from the page that says how, through its receipt and its answer, to the response note."""

from typing import Any

import pytest

from consult.review import queries
from tests.builders import a_resident, an_authority
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.review.builders import a_desk, a_public_note, answered
from tests.shows import shows
from tests.site import Site


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("L07", "L11")
@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_responds_formally_has_a_receipt_and_finds_the_answer(site: Site, browser: Any, scripts: bool):
    with site.writing():
        an_authority()
        desk = a_desk()
        person = a_resident("Fatima")
    where = f"/rounds/{desk.round.slug}"
    with served(site) as address:
        walk = Walk(site, browser, address, person, scripts)
        page = walk.page
        page.goto(where)
        walk.looks()
        page.click("text=Reageer op het ontwerp")
        walk.looks()
        assert "tot en met" in walk.main()
        page.click("text=Schrijf uw zienswijze")
        walk.looks()
        page.fill("[name=text]", "Zet de bomen terug.\n\nEn houd het trottoir vrij.")
        walk.presses("Stuur uw zienswijze in")
        assert "ZW-01" in walk.main()
        assert "Zet de bomen terug." in walk.main()
        walk.looks()
        with site.writing():
            answered(desk, queries.list_all_views(desk.round.id)[0], points=2)
            a_public_note(desk)
        page.goto("/me")
        page.click("text=Zienswijze ZW-01")
        assert walk.main().count("Dat doen we.") == 2
        walk.looks()
        page.click("text=Lees de hele reactienota")
        walk.looks()
        assert "ZW-01.2" in walk.main()
        assert "trottoir" not in walk.main()  # answers are public, the text is not
        assert "Fatima" not in walk.main()
        page.emulate_media(media="print")
        assert not page.locator(".masthead").is_visible()
        assert page.locator("h1").is_visible()
