import os
import re
from pathlib import Path
from typing import Any

import pytest

from consult.foundation.text import sanitize
from consult.policy import Duty, Role
from consult.rounds.models import PhaseKind
from consult.rounds.queries import get_round
from consult.synthesis.verbs import edit_paragraph
from tests.builders import a_member_of_staff, a_resident, a_round, acting, an_authority, appoint, the_platform
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.remarks.builders import BOATS, STREETS, a_published_draft, being_written, paragraphs_of, whole
from tests.site import Site
from tests.synthesis.builders import Desk, published

PICTURES = os.environ.get("CONSULT_PICTURES", "")  # a folder: where the pages are kept as they look


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


def keep(page: Any, name: str) -> None:
    if PICTURES:
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)


def choose(page: Any, words: str) -> None:
    """Select words in a paragraph, as somebody does with a finger or a mouse."""
    page.evaluate(
        """(words) => {
          const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
          for (let node; (node = walker.nextNode());) {
            const at = node.data.indexOf(words);
            if (at < 0) continue;
            document.getSelection().setBaseAndExtent(node, at, node, at + words.length);
            return;
          }
          throw new Error(words);
        }""",
        words,
    )


@pytest.mark.parametrize("scripts", [True, False])
def test_a_resident_reacts_to_words_and_finds_them_again_in_the_next_version(site: Site, browser: Any, scripts: bool):
    with site.writing():
        an_authority()
        found = a_round(slug="plein", title="Een plein voor iedereen", phases=[PhaseKind.DRAFT])
        people = [a_member_of_staff(Role.MODERATOR) for _ in range(2)]
        for person in people:
            appoint(found, person, Duty.MODERATOR)
        desk = Desk(found, acting(people[0]), acting(people[1]))
        a_published_draft(desk)
        els = a_resident("Els Bakker")
    words = "De stoepen op de routes naar school"
    with served(site) as address:
        walk, team = Walk(site, browser, address, els, scripts), Walk(site, browser, address, people[0], scripts)
        page = walk.page
        page.goto("/rounds/plein/drafts/1")
        walk.looks()
        if scripts:
            choose(page, words)
        link = page.locator("a:has-text('Reageer op deze alinea')").nth(1)
        link.click()
        page.wait_for_url(re.compile("paragraphs/"))
        if not scripts:
            page.fill("[name=quote]", words)
        assert page.input_value("[name=quote]") == words
        page.fill("[name=text]", "Ook voor rolstoelen graag.")
        walk.looks()
        keep(page, "paragraph")
        walk.presses("Stuur uw reactie in")
        assert "Ook voor rolstoelen graag." in walk.main()
        walk.looks()
        keep(page, "own")
        page.goto("/rounds/plein/drafts/1")
        page.locator("a:has-text('Reageer op deze alinea')").first.click()
        page.click("text=Doe een tekstvoorstel")
        page.fill("[name=quote]", "bankjes")
        page.fill("[name=wording]", "tien bankjes met een leuning")
        page.fill("[name=why]", "Zonder leuning zit mijn moeder niet.")
        walk.looks()
        keep(page, "suggest")
        walk.presses("Stuur uw tekstvoorstel in")
        with site.writing():
            being_written(_desk(people))
        _works_it_in(team)
        with site.writing():
            _moves_and_publishes(_desk(people), words)
        page.goto("/rounds/plein/drafts/2")
        assert "Els Bakker: tien bankjes met een leuning" in page.inner_text("body")
        walk.looks()
        keep(page, "draft")
        page.goto("/rounds/plein/drafts/2/remarks")
        assert "deze woorden zijn hierheen verplaatst" in walk.main()
        walk.looks()
        keep(page, "listing")
        page.goto("/rounds/plein/drafts/compare?from=1&to=2")
        assert page.locator("ins", has_text="tien").count() == 1
        assert page.locator("del", has_text="De stoepen").count() == 1
        walk.looks()
        keep(page, "compare")
        page.click("a:has-text('naast elkaar')")
        assert page.locator(".sides").count() >= 2
        walk.looks()
        keep(page, "sides")


def _desk(people: list[Any]) -> Desk:
    return Desk(get_round(the_platform(), "plein"), acting(people[0]), acting(people[1]))


def _works_it_in(team: Walk) -> None:
    page = team.page
    page.goto("/staff/rounds/plein/draft/remarks")
    team.looks()
    keep(page, "desk")
    page.click("a:has-text('1.1')")
    assert "tien bankjes met een leuning bij de winkels" in page.input_value("[name=text]")
    page.fill("[name=reason]", "Een leuning helpt om op te staan.")
    team.looks()
    keep(page, "work")
    team.presses("Bewaar de alinea met deze bron")
    assert "Els Bakker: tien bankjes met een leuning" in page.inner_text("main")
    team.looks()


def _moves_and_publishes(desk: Desk, words: str) -> None:
    """Take the words from the second paragraph to the third, and publish the version."""
    _first, second, third = paragraphs_of(whole(desk))
    for paragraph, text in ((second, STREETS.partition(". ")[0] + "."), (third, f"{BOATS} {words} worden breder.")):
        told = {"text": text, "html": sanitize(text), "is_editorial": True, "version": paragraph.version}
        edit_paragraph(paragraph, desk.writer, **told)
    published(desk, whole(desk))
