"""Answering statements with the keyboard, seeing where one stands, and reading the table."""

from typing import Any

import pytest

from consult.working import work_once
from tests.builders import a_resident, an_authority
from tests.journeys.people import served
from tests.journeys.test_files import Walk
from tests.landscape.builders import a_statement_poll, enter, others_answer, planted
from tests.site import Site
from tests.voting.builders import a_voting_round


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@pytest.mark.parametrize("scripts", [True, False])
def test_ten_statements_are_answered_and_the_landscape_is_read(site: Site, browser: Any, scripts: bool):
    votes, _of = planted(2, people=60, statements=12, density=0.95, flips=0.02, passes=0.05)
    with site.writing():
        an_authority()
        found = a_voting_round()
        poll = a_statement_poll(12, shows_interim=True, found=found)
        enter(poll, votes)
        person = a_resident()
    with served(site) as address:
        one = Walk(site, browser, address, person, scripts)
        one.page.goto(f"/rounds/{found.slug}/statements")
        one.looks()
        seen = set()
        for number in range(10):
            seen.add(one.page.locator("#statement-words").inner_text())
            with one.page.expect_navigation():
                answer(one.page, number, scripts)
            one.page.get_by_text(f"{number + 1} van 12 beantwoord").wait_for()
        assert len(seen) == 10
        work_once(site.database)
        with site.writing():
            others_answer(poll)
        work_once(site.database)
        one.page.goto(f"/rounds/{found.slug}/landscape")
        one.page.get_by_role("heading", name="U staat het dichtst bij groep").wait_for()
        one.looks()
        one.page.goto(f"/rounds/{found.slug}/landscape/statements")
        assert one.page.locator("tbody tr").count() == 12
        one.looks()


def answer(page: Any, number: int, scripts: bool) -> None:
    """Answer by one key, or without scripts by reaching the button and pressing it."""
    if scripts:
        page.keyboard.press("13"[number % 2])
    else:
        button = page.get_by_role("button", name="eens", exact=True)
        button.focus()
        page.keyboard.press("Enter")
