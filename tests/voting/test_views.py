import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select

from consult.audit.models import Entry
from consult.contributions.models import Contribution
from consult.foundation import clock
from consult.foundation.db import session
from consult.policy import Duty, Role
from consult.rounds.models import PhaseKind, RoundState
from consult.voting.models import Ballot, Choice, Mark, Poll
from consult.voting.queries import list_polls, tally
from tests.builders import a_member_of_staff, a_resident, a_round, an_authority, appoint
from tests.shows import shows
from tests.voting.builders import a_poll, a_voting_round, closed_for_good, merged, options_of, reread, votes

ROW = re.compile(r'<li id="vote-([a-z0-9]+)">(.*?)</div>\s*</li>', re.DOTALL)


@contextmanager
def statements(site) -> Iterator[list[str]]:
    """Collect the statements of requests, without BEGIN and the touch of the session."""
    told: list[str] = []

    def note(_connection, _cursor, statement, *_more):
        if not statement.startswith(("BEGIN", "UPDATE signed_in")):
            told.append(statement)

    event.listen(site.database.engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(site.database.engine, "before_cursor_execute", note)


class Voting:
    """A site with one round in which people vote, and a resident."""

    def __init__(self, site, proposals=2, **more):
        self.site = site
        with site.writing():
            an_authority()
            self.round = a_voting_round(**more)
            self.poll = a_poll(self.round, proposals=proposals)
            self.options = options_of(self.poll)
            self.person = a_resident()
        self.page = f"/rounds/{self.round.slug}/vote"

    def choose(self, browser, option, choice, **more):
        return browser.post(f"{self.page}/{option.id}", {"choice": choice}, **more)

    def counted(self):
        with self.site.reading():
            found = tally(session().get(Poll, self.poll.id))
        return [found.get(option.id) for option in self.options]


@pytest.fixture
def voting(site):
    return Voting(site)


@shows("S48")
def test_a_vote_is_cast_changed_and_taken_back_with_plain_forms(voting):
    browser, option = voting.site.browser(voting.person), voting.options[0]
    answer = voting.choose(browser, option, "for")
    assert (answer.status_code, answer.location) == (303, f"{voting.page}#vote-{option.reference}")
    assert "<script" not in browser.get(voting.page).text
    row = dict(ROW.findall(browser.get(voting.page).text))[option.reference]
    assert 'value="for" class="mark for" aria-pressed="true"' in row
    voting.choose(browser, option, "against")
    assert voting.counted()[0] == {"for": 0, "neutral": 0, "against": 1}
    row = dict(ROW.findall(browser.get(voting.page).text))[option.reference]
    assert 'name="choice" value="none"' in row
    voting.choose(browser, option, "none")
    assert voting.counted()[0] == {"for": 0, "neutral": 0, "against": 0}
    row = dict(ROW.findall(browser.get(voting.page).text))[option.reference]
    assert 'aria-pressed="true"' not in row


def test_after_a_vote_one_is_back_where_one_was(voting):
    browser, option = voting.site.browser(voting.person), voting.options[0]
    shown = browser.get(f"{voting.page}?seed=2026-11-20&page=1").text
    action = re.search(rf'action="([^"]*{option.id}[^"]*)"', shown)[1].replace("&amp;", "&")
    answer = browser.post(action, {"choice": "for"})
    assert answer.location == f"{voting.page}?seed=2026-11-20&page=1#vote-{option.reference}"
    answer = browser.post(f"{voting.page}/{option.id}?back=https://elders.example/", {"choice": "for"})
    assert answer.location.startswith(voting.page)


def test_what_is_no_choice_is_refused_with_a_sentence_and_changes_nothing(voting):
    answer = voting.choose(voting.site.browser(voting.person), voting.options[0], "perhaps")
    assert answer.status_code == 422
    assert "Druk op één van de knoppen" in answer.text
    assert voting.counted() == [{"for": 0, "neutral": 0, "against": 0}] * 2


def test_a_visitor_reads_the_ballot_and_is_sent_to_sign_in_before_voting(voting):
    browser = voting.site.browser()
    shown = browser.get(voting.page)
    assert shown.status_code == 200
    assert "Log in en stem" in shown.text
    assert len(re.findall(r"class=\"mark [a-z]+\"[^>]* disabled", shown.text)) == 6
    answer = voting.choose(browser, voting.options[0], "for")
    assert answer.status_code == 303
    assert answer.location.startswith("/login?next=")
    assert voting.counted()[0]["for"] == 0


def test_who_serves_the_round_sees_the_ballot_and_does_not_vote(voting):
    with voting.site.writing():
        person = a_member_of_staff(Role.MODERATOR)
        appoint(voting.round, person, Duty.MODERATOR)
    browser = voting.site.browser(person)
    assert "U werkt aan deze ronde" in browser.get(voting.page).text
    assert voting.choose(browser, voting.options[0], "for").status_code == 403


@pytest.mark.parametrize(
    ("kind", "said"), [(PhaseKind.COLLECT, "U kunt stemmen vanaf"), (PhaseKind.SYNTHESISE, "Stemmen kon tot en met")]
)
def test_outside_its_phase_the_page_says_when_and_a_vote_is_refused_with_the_date(site, kind, said):
    with site.writing():
        found = a_round(phases=kind)
        option = options_of(a_poll(found))[0]
        person = a_resident()
    browser = site.browser(person)
    page = f"/rounds/{found.slug}/vote"
    assert said in browser.get(page).text
    assert 'class="mark for" aria-pressed="false" disabled' in browser.get(page).text
    answer = browser.post(f"{page}/{option.id}", {"choice": "for"})
    assert answer.status_code == 403
    assert re.search(r"20\d\d", answer.text)


def test_a_closed_vote_leads_to_the_results(voting):
    with voting.site.writing():
        phase = session().merge(voting.poll.phase)
        closed_for_good(phase, clock.now())
    assert "Bekijk de uitslag" in voting.site.browser(voting.person).get(voting.page).text


def test_a_round_without_a_poll_says_so(site):
    with site.writing():
        found = a_voting_round()
    assert "Hier valt nog niets te stemmen" in site.browser().get(f"/rounds/{found.slug}/vote").text


@shows("S48")
def test_no_page_shows_a_count_while_people_vote(voting):
    with voting.site.writing():
        option = reread(voting.options)[0]
        for _ in range(7):
            votes(a_resident(), option, Choice.FOR)
    for browser in (voting.site.browser(), voting.site.browser(voting.person)):
        body = browser.get(voting.page).text
        assert not re.search(r"\b7\b", re.sub(r"<[^>]*>|20\d\d|\d+ [a-z]+ 20\d\d", " ", body.split("<main", 1)[1]))


def test_a_joined_proposal_tells_what_counts_and_lets_one_opt_out(voting):
    with voting.site.writing():
        one, other = reread(voting.options)
        votes(voting.person, one, Choice.FOR)
        merged(one, other)
    browser = voting.site.browser(voting.person)
    row = dict(ROW.findall(browser.get(voting.page).text))[other.reference]
    assert "Daarom telt uw keuze daar nu hier:</li>" not in row
    assert "Daarom telt uw keuze daar nu hier: <strong>voor</strong>" in row
    assert voting.counted()[1]["for"] == 1
    assert voting.choose(browser, one, "against").status_code == 403
    voting.choose(browser, other, "none")
    assert voting.counted()[1]["for"] == 0
    assert "U koos dat hier niets telt" in browser.get(voting.page).text


def test_the_page_tells_what_a_vote_means(voting):
    body = voting.site.browser().get(voting.page).text
    for said in ("De gemeenteraad", "advies", "per e-mailadres", "zonder uw naam", "wijzigen tot en met"):
        assert said in body


def test_pages_hold_25_proposals_and_keep_the_seed(site):
    voting = Voting(site, proposals=30)
    browser = site.browser(voting.person)
    first = browser.get(voting.page).text
    after = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert "seed=" in after
    second = browser.get(after).text
    rows = [reference for body in (first, second) for reference, _row in ROW.findall(body)]
    assert (len(ROW.findall(first)), len(set(rows))) == (25, 30)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=1e9", "page=99999", "seed=x", "poll=x", "page=", f"poll={'a' * 33}"]
)
def test_an_address_that_makes_no_sense_is_a_bad_request(voting, query):
    assert voting.site.browser().get(f"{voting.page}?{query}").status_code == 400


def test_a_page_or_poll_that_is_not_there_is_not_found(voting):
    browser = voting.site.browser()
    assert browser.get(f"{voting.page}?page=2").status_code == 404
    assert browser.get(f"{voting.page}?poll={voting.round.id}").status_code == 404
    assert browser.get(f"{voting.page}/not-an-id").status_code == 404
    assert voting.choose(voting.site.browser(voting.person), voting.round, "for").status_code == 404


def test_a_round_in_preparation_has_no_ballot_for_others(voting):
    with voting.site.writing():
        session().merge(voting.round).state = RoundState.DRAFT
    browser = voting.site.browser(voting.person)
    assert browser.get(voting.page).status_code == 404
    assert voting.choose(browser, voting.options[0], "for").status_code == 404


@pytest.mark.parametrize("proposals", [10, 200])
def test_the_ballot_takes_at_most_8_statements_however_long_it_is(site, proposals):
    voting = Voting(site, proposals=proposals)
    browser = site.browser(voting.person)
    voting.choose(browser, voting.options[0], "for")
    with statements(site) as told:
        assert browser.get(voting.page).status_code == 200
    assert len(told) <= 8, told
    with statements(site) as told:
        assert site.browser().get(voting.page).status_code == 200
    assert len(told) <= 8, told


@shows("R67")
def test_a_first_vote_takes_at_most_11_statements_and_a_change_at_most_8(voting):
    browser = voting.site.browser(voting.person)
    with statements(voting.site) as first:
        voting.choose(browser, voting.options[0], "for")
    with statements(voting.site) as change:
        voting.choose(browser, voting.options[0], "against")
    assert len(first) <= 11, first
    assert len(change) <= 8, change
    with voting.site.reading():
        assert session().scalar(select(func.count()).select_from(Ballot)) == 1
        assert session().scalar(select(func.count()).select_from(Mark)) == 1


def test_a_vote_changes_no_revision(voting):
    visitor = voting.site.browser()
    before = visitor.get(voting.page).headers["ETag"]
    voting.choose(voting.site.browser(voting.person), voting.options[0], "for")
    assert visitor.get(voting.page).headers["ETag"] == before
    assert visitor.get(voting.page, headers={"If-None-Match": before}).status_code == 304


def test_a_director_adds_a_vote_and_a_double_click_adds_one(site):
    with site.writing():
        found = a_voting_round()
        person = a_member_of_staff(Role.DIRECTOR)
        appoint(found, person, Duty.DIRECTOR)
    browser, page = site.browser(person), f"/staff/rounds/{found.slug}/poll"
    phase = next(p for p in found.phases if p.kind is PhaseKind.PRIORITISE)
    assert "In deze ronde is nog geen steunpeiling." in browser.get(page).text
    told = {"title": "Welke voorstellen steunt u?", "phase": str(phase.id), "eligible": "48200", "form_key": "once"}
    for _ in range(2):
        answer = browser.post(page, told)
        assert (answer.status_code, answer.location) == (303, page)
    with site.reading():
        (poll,) = list_polls(found.id)
        assert (poll.title, poll.eligible, poll.phase_id) == ("Welke voorstellen steunt u?", 48_200, phase.id)
        assert session().scalar(select(func.count()).where(Entry.act == "create_poll")) == 1
    assert "Welke voorstellen steunt u?" in browser.get(page).text


def test_a_poll_form_that_lacks_something_comes_back_with_what_was_typed(site):
    with site.writing():
        found = a_voting_round()
        person = a_member_of_staff(Role.DIRECTOR)
        appoint(found, person, Duty.DIRECTOR)
    page = f"/staff/rounds/{found.slug}/poll"
    answer = site.browser(person).post(page, {"title": "", "phase": "", "eligible": "veel", "form_key": "k"})
    assert answer.status_code == 422
    assert "Schrijf de vraag op" in answer.text
    answer = site.browser(person).post(page, {"title": "Bewaard?", "phase": "x", "form_key": "k"})
    assert answer.status_code == 422
    assert 'value="Bewaard?"' in answer.text


def test_nobody_else_adds_a_vote(voting):
    page = f"/staff/rounds/{voting.round.slug}/poll"
    assert voting.site.browser(voting.person).get(page).status_code == 403
    told = {"title": "X", "phase": str(voting.poll.phase_id), "form_key": "k"}
    assert voting.site.browser(voting.person).post(page, told).status_code == 403


def test_both_languages_speak(voting):
    assert "What your vote means" in voting.site.browser().get(f"/en{voting.page}").text
    assert "Wat uw stem betekent" in voting.site.browser().get(voting.page).text


def test_titles_are_shown_as_text(site):
    voting = Voting(site)
    with site.writing():
        session().scalars(select(Contribution)).first().title = "<b>vet</b>"
    assert "&lt;b&gt;vet&lt;/b&gt;" in site.browser().get(voting.page).text
