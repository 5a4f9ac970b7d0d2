from typing import Any

import pytest
from sqlalchemy import select

from consult.foundation.text import one_line
from consult.participants.rules import invitation_token
from consult.proposals.models import Invitation
from tests.builders import a_resident, a_round, an_area, an_authority
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.proposals.builders import a_proposal
from tests.shows import shows
from tests.site import SECRET, Site


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("S48", "R13")
@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_writes_later_finds_it_there_sees_the_same_idea_and_writes_with_another(
    site: Site, browser: Any, scripts: bool
):
    with site.writing():
        an_authority()
        an_area()
        found = a_round(slug="plein", title="Een plein voor iedereen")
        a_proposal(found, title="Laadpalen in de wijk", text="Er zijn te weinig laadpalen voor elektrische auto's.")
        author, friend = a_resident("Fatima"), a_resident("Bram")
    with served(site) as address:
        walk, other = (Walk(site, browser, address, person, scripts) for person in (author, friend))
        page = walk.page
        page.goto("/rounds/plein/proposals/new")
        walk.looks()
        page.fill("[name=title]", "Meer laadpalen")
        page.fill("[name=text]", "Zet er meer laadpalen neer.")
        if scripts:
            page.locator("[data-saved]", has_text="Bewaard om").wait_for()
            assert page.inner_text("[role=status]") == page.inner_text("[data-saved]")
            walk.looks()
        else:
            walk.presses("Bewaar het en ga later verder")
        page.goto("/me")
        walk.looks()
        page.click("text=Ga verder met “Meer laadpalen”")
        assert page.input_value("[name=text]") == "Zet er meer laadpalen neer."
        assert "nog niet verstuurd" in walk.main()
        walk.looks()
        walk.presses("Stuur uw voorstel in")
        assert "Is dat van u een van deze?" in walk.main()
        page.click("summary:has-text('Laadpalen in de wijk')")
        assert "te weinig laadpalen" in walk.main()
        walk.looks()
        walk.presses("Dat van mij is anders")
        assert "Dank u" in walk.main()
        page.goto("/me")
        assert "Ga verder met" not in walk.main()
        page.click("a:has-text('Meer laadpalen')")
        page.click("a:has-text('Samen schrijven')")
        walk.looks()
        page.fill("[name=email]", "bram@voorbeeld.test")
        walk.presses("Stuur de uitnodiging")
        assert "bram@voorbeeld.test" in walk.main()
        walk.looks()
        _writes_along(site, other)
        page.reload()
        assert "Bram" in walk.main()
        assert "bram@voorbeeld.test" not in walk.main()
        walk.presses("Haal Bram eraf")
        assert "Bram" not in walk.main()


def _writes_along(site: Site, walk: Walk) -> None:
    with site.reading() as unit:
        token = invitation_token(unit.scalars(select(Invitation.id)).one(), SECRET)
    walk.page.goto(f"/invitations/{token}")
    walk.looks()
    walk.presses("Ja, ik schrijf mee")
    assert "Fatima met Bram" in one_line(walk.page.inner_text("main"))
    walk.looks()
    walk.page.click("a:has-text('Wijzig uw voorstel')")
    walk.page.fill("[name=text]", "Zet er meer laadpalen neer, ook voor fietsen.")
    walk.looks()
    walk.presses("Bewaar uw wijziging")
    assert "ook voor fietsen" in walk.main()
    walk.page.goto(f"/invitations/{token}")
    assert "Deze uitnodiging is gebruikt" in walk.main()
    walk.looks()
