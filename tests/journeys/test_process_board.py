"""The director opens the process board, walks to the group that takes part little, and starts an action for it."""

from typing import Any

import pytest

from consult.field import reaching, verbs
from consult.policy import Duty, Role
from consult.rounds.models import Area
from tests.builders import a_member_of_staff, a_round, acting, an_authority, appoint, the_platform
from tests.field.builders import a_party, in_days, thought
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.journeys.test_workbench import press
from tests.shows import shows
from tests.site import Site


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("S28", "S29")
@pytest.mark.parametrize("scripts", [True, False])
def test_a_director_walks_from_the_board_to_a_low_group_and_starts_an_action(site: Site, browser: Any, scripts: bool):
    with site.writing() as unit:
        an_authority()
        for code, name, people in (("BU1", "Rietlanden", 600), ("BU2", "Vogelbuurt", 400)):
            unit.add(Area(code=code, name=name, population=people, ages=[100, 100, 100, 100, 100]))
        found, anna = a_round(), a_member_of_staff(Role.DIRECTOR, "Anna")
        appoint(found, anna, Duty.DIRECTOR)
        unit.flush()
        reaching.count_reach(found, {"BU1": 90, "BU2": 10}, {}, "lijsten", the_platform())
        for number in range(12):
            party = a_party(found, f"Partij {number}")
            verbs.assess(party, found, thought(influence=1 + number % 10, interest=10 - number % 7), acting(anna))
    with served(site) as address:
        director = Walk(site, browser, address, anna, scripts=scripts)
        page = director.page
        page.goto("/staff")
        page.get_by_role("link", name="Procesbord", exact=True).first.click()
        assert "Wie weinig meedoet" in director.main()
        director.looks()
        page.get_by_role("link", name="Vogelbuurt", exact=True).click()
        assert page.url.endswith("/reach#area-BU2")
        director.looks()
        page.get_by_role("link", name="Begin een actie voor: Vogelbuurt").first.click()
        assert page.locator("[name=group]").input_value() == "area/BU2"
        director.looks()
        press(director, "Begin deze actie")
        assert "Schrijf wat u gaat doen." in director.main()
        page.fill("[name=what]", "Praten bij de winkels")
        page.fill("[name=planned_on]", in_days(3).isoformat())
        press(director, "Begin deze actie")
        assert "Praten bij de winkels" in director.main()
        page.goto(f"/staff/rounds/{found.slug}/board")
        board = director.main()
        assert "1 actie begonnen" in board
        assert "Praten bij de winkels" in board
        page.goto(f"/staff/rounds/{found.slug}/field")
        assert page.locator("svg .mark:visible").count() == 12  # of two drawings the one for this width
        director.looks()
        page.get_by_role("link", name="Invloed", exact=True).click()
        assert page.locator("th[aria-sort=descending]").inner_text() == "Invloed"
