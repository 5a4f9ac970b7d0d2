from typing import Any

import pytest

from consult.mandates.models import GateKind
from tests.builders import an_authority
from tests.contributions.builders import a_contribution
from tests.decisions.builders import a_gated_round, an_answered, pass_gate
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.journeys.test_workbench import press
from tests.shows import shows
from tests.site import Site


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("S16")
@pytest.mark.parametrize("scripts", [True, False])
def test_a_paragraph_gets_its_source_the_gate_is_passed_and_an_edit_shuts_it(site: Site, browser: Any, scripts: bool):
    with site.writing():
        an_authority()
        table = a_gated_round()
        pass_gate(table, GateKind.P0, GateKind.P1)
        an_answered(table, a_contribution(table.round, title="Bankjes in het park"))
        pass_gate(table, GateKind.P2)
    desk = f"/staff/rounds/{table.round.slug}"
    gate = f"{desk}/gates/p3"
    with served(site) as address:
        people = (table.moderator, table.director, table.official, table.board)
        writer, director, civil, board = (Walk(site, browser, address, one, scripts) for one in people)
        director.page.goto(gate)
        director.looks()
        assert "2 dingen houden het dicht" in director.main()
        a_bare_paragraph(writer, desk)
        director.page.goto(gate)
        director.page.click("text=Eén alinea heeft geen bron.")
        assert "U ziet de ene alinea zonder bron" in director.main()
        writer.page.check("label:has-text('Bankjes in het park')")
        press(writer, "Voeg deze bron toe")
        director.page.goto(gate)
        assert "Er ontbreekt niets" in director.main()
        director.page.fill("[name=questions]", "Is het betaalbaar?")
        press(director, "Vraag beide opdrachtgevers om te tekenen")
        for sponsor, side in ((civil, "ambtelijke organisatie"), (board, "bestuur")):
            sponsor.page.goto(gate)
            sponsor.looks()
            assert "Is het betaalbaar?" in sponsor.main()
            press(sponsor, f"Onderteken voor: {side}")
            assert "Trek uw handtekening in" in sponsor.main()
        director.page.goto(gate)
        assert director.page.get_by_role("button", name="Laat beginnen wat volgt").is_visible()
        writer.page.fill("[name=text]", "Er komen drie bankjes.")
        press(writer, "Bewaar de alinea")
        director.page.goto(gate)
        director.looks()
        assert director.page.get_by_role("button", name="Laat beginnen wat volgt").count() == 0
        assert director.main().count("wat was ondertekend, is daarna veranderd") == 4, "at each side, and in the log"


def a_bare_paragraph(writer: Walk, desk: str) -> None:
    """Begin the draft with one section and one paragraph that rests on nothing yet; ends on its page."""
    page = writer.page
    page.goto(f"{desk}/draft")
    page.fill("[name=title]", "Visie op onze wijken")
    press(writer, "Begin het ontwerp")
    page.fill("[name=title]", "Groen")
    press(writer, "Voeg dit hoofdstuk toe")
    page.fill("[name=text]", "Er komen bankjes.")
    press(writer, "Bewaar en kies bronnen")
