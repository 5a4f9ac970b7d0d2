"""Each kind of ballot filled in, looked over, cast, changed and withdrawn, with and without scripts."""

from typing import Any

import pytest

from consult.voting.models import Choice, Method
from consult.voting.queries import get_poll, tally
from tests.builders import a_resident, an_authority, the_platform
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.shows import shows
from tests.site import Site
from tests.voting.builders import a_poll, a_voting_round
from tests.voting.test_ballots import a_choice

TYPED = {Method.POINTS: ("3", "1"), Method.RANKING: ("2", "1")}
LEFT = {
    Method.APPROVAL: ("2 van 2 gekozen", "nog 0 keuzes"),
    Method.POINTS: ("4 van 5 punten gegeven", "nog 1 punt"),
    Method.RANKING: ("2 van 3 gekozen", "nog 1 keuze"),
    Method.BUDGET: ("€ 100 van € 100 besteed", "nog € 0 over"),
}


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


def plain(words: str) -> str:
    return " ".join(words.replace("\N{NO-BREAK SPACE}", " ").split())


@shows("R67")
@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("method", list(LEFT))
def test_a_whole_ballot_is_filled_in_looked_over_cast_changed_and_withdrawn(
    site: Site, browser: Any, method: Method, scripts: bool
):
    with site.writing():
        an_authority()
        poll = a_choice(method, a_voting_round())
        page, person = f"/rounds/{poll.round.slug}/ballot/{poll.id}", a_resident()
    with served(site) as address:
        one = Walk(site, browser, address, person, scripts)
        one.page.goto(page)
        one.looks()
        for n, name in enumerate(("Bomen", "Wandelpad")):
            control = one.page.get_by_label(name).first
            if method in TYPED:
                control.fill(TYPED[method][n])
            else:
                control.check()
        if scripts:
            assert plain(one.page.locator(".totals").inner_text()) == " ".join(LEFT[method])
        if method is Method.RANKING:
            one.page.locator("li.planrow", has_text="Bomen").locator("button[value^=up]").click()
            one.page.wait_for_url("**kept=**")
            assert one.page.get_by_label("Bomen").first.input_value() == "1"
        one.page.locator(".floor button").click()
        one.page.wait_for_url("**/review**")
        assert LEFT[method][0] in plain(one.main())
        one.looks()
        one.presses("Breng mijn stem uit")
        one.page.get_by_text("Zo telt uw stembiljet nu").wait_for()
        one.looks()
        one.presses("Trek mijn stembiljet in")
        one.page.get_by_text("U hebt nog geen stembiljet").wait_for()


@shows("R67")
@pytest.mark.parametrize("scripts", [True, False])
def test_support_is_said_for_one_proposal_after_the_other(site: Site, browser: Any, scripts: bool):
    with site.writing():
        an_authority()
        poll = a_poll(a_voting_round())
        slug, poll_id, person = poll.round.slug, poll.id, a_resident()
    with served(site) as address:
        one = Walk(site, browser, address, person, scripts)
        one.page.goto(f"/rounds/{slug}/vote")
        one.looks()
        row = one.page.locator("ol.ballot > li", has_text="Voorstel 1")
        with one.page.expect_navigation():
            row.locator(f"button[value='{Choice.FOR.value}']").click()
        one.looks()
    with site.reading():
        assert sum(votes["for"] for votes in tally(get_poll(the_platform(), slug, poll_id)).values()) == 1
