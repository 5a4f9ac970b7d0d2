"""Moderators join what says the same, write what it says together, and separate it again; a visitor reads along."""

from typing import Any

import pytest

from consult.foundation.text import one_line
from consult.policy import Duty
from consult.similarity.verbs import index_missing
from consult.working import work_once
from tests.builders import a_member_of_staff, a_resident, a_round, an_authority, appoint
from tests.contributions.builders import a_contribution
from tests.groups.test_verbs import BENCHES, OTHERS
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.journeys.test_workbench import press
from tests.shows import shows
from tests.site import Site


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("S50")
def test_a_group_is_found_joined_put_into_words_and_separated(site: Site, browser: Any):
    with site.writing():
        an_authority()
        found, anna = a_round(), a_member_of_staff(name="Anna")
        appoint(found, anna, Duty.MODERATOR)
        texts = (*BENCHES, *OTHERS)
        reader = a_resident()
        made = [a_contribution(found, a_resident(), title=title, text=text) for title, text in texts]
        index_missing()
    with served(site) as address:
        moderator, visitor = (Walk(site, browser, address, person, scripts=True) for person in (anna, reader))
        page, desk = moderator.page, f"/staff/rounds/{found.slug}"
        page.goto(f"{desk}/groups")
        moderator.looks()
        press(moderator, "Zoek groepen")
        assert "0 van de 5 bijdragen" in moderator.main()
        work_once(site.database)
        page.reload()
        assert "Eén groep wacht op u" in moderator.main()
        moderator.looks()
        with page.expect_navigation():
            page.locator(".rowlist h3 a").first.click()
        assert page.locator("[name=pick]:checked").count() == 3
        moderator.looks()
        page.get_by_label(BENCHES[2][0], exact=True).uncheck()
        page.check(f"#into-{made[0].public_id}")
        press(moderator, "Voeg de gekozen samen")
        assert "Er wacht geen groep op u" in moderator.main()
        page.goto(f"{desk}/queue/{made[0].public_id}/shared-text")
        page.fill("[name=text]", "Zet bankjes bij alle winkels, zodat iedereen even kan zitten.")
        moderator.looks()
        press(moderator, "Sla de gezamenlijke tekst op")
        for one in made[:2]:
            visitor.page.goto(f"/rounds/{found.slug}/proposals/{one.public_id}")
            read = one_line(visitor.main())
            assert "Zet bankjes bij alle winkels" in read, "what they say together"
            assert one.text in read, "and what each said"
            visitor.looks()
        page.goto(f"{desk}/queue/{made[1].public_id}")
        press(moderator, "Maak weer los")
        visitor.page.goto(f"/rounds/{found.slug}/proposals/{made[1].public_id}")
        assert "Zet bankjes bij alle winkels" not in visitor.main()
        assert made[1].text in one_line(visitor.main())
