"""A director staffs a round and changes what is fixed in it; both sides sign, and a resident reads it above a form."""

from typing import Any

import pytest

from consult.mandates.models import Negotiable, PreconditionKind
from consult.mandates.verbs import PreconditionPlan, open_round, set_preconditions
from consult.rounds.models import PhaseKind
from tests.builders import a_resident, a_round, an_authority, reloaded
from tests.decisions.builders import a_table
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.journeys.test_workbench import press
from tests.shows import shows
from tests.site import Site

DIKE = PreconditionPlan("R1", PreconditionKind.LEGAL, Negotiable.NO, "Niet bouwen bij de dijk", "De dijk is zwak.")


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("S15", "S17", "S38")
@pytest.mark.parametrize("scripts", [False])
def test_two_signatures_change_what_is_fixed_and_people_read_it_before_they_write(
    site: Site, browser: Any, scripts: bool
):
    with site.writing():
        an_authority()
        table = a_table(a_round(state="draft", phases=PhaseKind.COLLECT))
        set_preconditions(table.round, [DIKE], table(table.director))
        open_round(reloaded(table.round), table(table.director))
        resident = a_resident()
    desk = f"/staff/rounds/{table.round.slug}"
    with served(site) as address:
        people = (table.director, table.official, table.board, resident)
        director, civil, board, reader = (Walk(site, browser, address, one, scripts) for one in people)
        director.page.goto(f"{desk}/set-up")
        director.looks()
        director.page.click("summary:has-text('Een klein team')")
        press(director, "Neem “Een klein team” over")
        director.looks()
        press(director, "Bewaar rollen en uren")
        assert "Een voorbeeld is geen advies" in director.main()
        director.page.goto(f"{desk}/change/edit")
        director.page.fill("[name=reason]", "De dijk is versterkt.")
        director.page.select_option("[name=preconditions-0-negotiable]", "partly")
        director.looks()
        press(director, "Leg het voor om te tekenen")
        for sponsor, side in ((civil, "ambtelijke organisatie"), (board, "bestuur")):
            reader.page.goto(f"/rounds/{table.round.slug}/proposals/new")
            assert "Niet bouwen bij de dijk (staat vast" in reader.main()
            sponsor.page.goto(f"{desk}/change")
            sponsor.looks()
            press(sponsor, f"Onderteken voor: {side}")
        reader.page.goto(f"/rounds/{table.round.slug}/proposals/new")
        assert "Niet bouwen bij de dijk (deels open" in reader.main()
        reader.page.goto(f"/rounds/{table.round.slug}/bounds")
        reader.looks()
        assert "De dijk is versterkt." in reader.main()
