import re
from html import unescape

from consult.contributions.models import Contribution
from consult.foundation.db import session
from consult.rounds.models import PhaseKind
from consult.voting.models import Choice
from tests import builders
from tests.voting.builders import a_poll, options_of, residents, votes


def a_vote(site, *, is_closed):
    with site.writing():
        builders.an_authority()
        found = builders.a_round(phases=PhaseKind.PRIORITISE)
        poll = a_poll(found, proposals=3)
        least, most, middle = options_of(poll)
        one, other, third = residents(3)
        for person, option, choice in (
            (one, most, Choice.FOR),
            (other, most, Choice.FOR),
            (third, middle, Choice.FOR),
            (one, least, Choice.AGAINST),
            (other, least, Choice.AGAINST),
            (third, least, Choice.AGAINST),
        ):
            votes(person, option, choice)
        if is_closed:
            poll.phase.closed_at = poll.phase.opens_at
        session().flush()
        titles = [session().get_one(Contribution, o.contribution_id).title for o in (most, middle, least)]
        return found.slug, titles


def test_the_most_supported_come_first_once_the_counts_are_public(site):
    slug, titles = a_vote(site, is_closed=True)
    page = site.browser().get(f"/rounds/{slug}/proposals?order=supported").text
    places = [page.index(f">{title}</a>") for title in titles]
    assert places == sorted(places)
    assert 'value="supported"' in page


def test_while_people_vote_no_order_tells_how_it_goes(site):
    slug, _titles = a_vote(site, is_closed=False)
    browser = site.browser()
    assert browser.get(f"/rounds/{slug}/proposals?order=supported").status_code == 400
    assert 'value="supported"' not in browser.get(f"/rounds/{slug}/proposals").text


def test_a_vote_on_the_page_of_a_proposal_comes_back_there_and_says_that_it_is_kept(site):
    with site.writing():
        builders.an_authority()
        poll = a_poll(builders.a_round(phases=PhaseKind.PRIORITISE), proposals=1)
        [option] = options_of(poll)
        [person] = residents(1)
        page = (
            f"/rounds/{poll.round.slug}/proposals/{session().get_one(Contribution, option.contribution_id).public_id}"
        )
    browser = site.browser(person)
    action = re.search(r'action="(/rounds/[^"]+/vote/[^"]+)"', browser.get(page).text).group(1)
    answer = browser.post(unescape(action), {"choice": "for"})
    assert answer.location == f"{page}#vote-{option.reference}"
    assert "Uw keuze is bewaard" in browser.get(page).text
