import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from consult.audit.models import Entry
from consult.contributions.models import State
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import NotNow
from consult.foundation.forms import KeptText
from consult.foundation.mail import Mail
from consult.notifications.delivery import deliver_all
from consult.rounds.models import Phase, PhaseKind
from consult.voting import ballots, outcomes, results
from consult.voting.ballots import Plan
from consult.voting.models import Mark, Method, Option, Poll, UnfinishedBallot
from consult.voting.queries import get_poll, get_sheet
from consult.voting.verbs import withdraw_votes
from consult.working import work_once
from tests.builders import a_resident, acting, an_authority, phase_of, the_platform
from tests.shows import shows
from tests.voting.builders import a_voting_round, closed_for_good
from tests.voting.test_views import statements

PLANS = (Plan("Bomen", 60_00), Plan("Bankjes", 50_00), Plan("Wandelpad", 40_00))
WAYS = {
    Method.APPROVAL: {"max_length": 2, "seats": 1},
    Method.POINTS: {"max_sum_points": 5, "max_points": 3, "seats": 1},
    Method.RANKING: {"rule": "schulze"},
    Method.BUDGET: {
        "rule": "equal_shares",
        "budget": 100_00,
        "within_budget": True,
        "tie_order": ["cost", "reference"],
    },
}


def a_choice(method: Method = Method.BUDGET, found=None, **parameters) -> Poll:
    found = found or a_voting_round()
    told = {"title": "Wat kiest u?", "method": method, "plans": parameters.pop("plans", PLANS)}
    phase = phase_of(found, PhaseKind.PRIORITISE)
    return ballots.set_up_poll(found, phase, the_platform(), parameters={**WAYS[method], **parameters}, **told)


def sheet_of(poll: Poll):
    session().flush()
    return get_sheet(the_platform(), poll.round.slug, poll.id)


def said(sheet, **values):
    return {
        option.id: values[option.contribution.title] for option in sheet.options if option.contribution.title in values
    }


def stored(poll: Poll) -> dict[str, int]:
    profile = outcomes.read_profile(poll)
    return {one.reference: one.votes for one in profile.candidates if one.votes}


class Ballots:
    def __init__(self, site, method=Method.BUDGET, **parameters):
        self.site = site
        with site.writing():
            an_authority()
            self.round = a_voting_round()
            self.poll = a_choice(method, self.round, **parameters)
            self.ids = {one.contribution.title: one.id.hex for one in sheet_of(self.poll).options}
            self.person = a_resident()
        self.browser = site.browser(self.person)
        self.page = f"/rounds/{self.round.slug}/ballot/{self.poll.id}"
        self.results = f"/rounds/{self.round.slug}/results"

    def typed(self, **values):
        return {f"mark-{self.ids[name]}": str(value) for name, value in values.items()}

    def counts(self):
        with self.site.reading():
            poll = get_poll(the_platform(), self.round.slug, self.poll.id)
            titles = {one.reference: one.contribution.title for one in sheet_of(poll).options}
            return {titles[name]: votes for name, votes in stored(poll).items()}


@shows("S48")
def test_a_ballot_is_looked_over_cast_shown_changed_and_withdrawn_with_plain_forms(site):
    voting = Ballots(site)
    answer = voting.browser.post(voting.page, voting.typed(Bomen=1, Wandelpad=1))
    assert answer.status_code == 303
    assert voting.counts() == {}  # looked over, not cast
    review = voting.browser.get(answer.location)
    assert "Uw stembiljet is nog niet uitgebracht" in review.text
    assert "€ 100 van € 100" in review.text.replace("\N{NO-BREAK SPACE}", " ")
    hidden = dict(re.findall(r'<input type="hidden" name="(mark-[0-9a-f]+)" value="([0-9]+)"', review.text))
    assert hidden == voting.typed(Bomen=1, Wandelpad=1)
    back = re.search(r'href="(/rounds/[^"]*/ballot/[^"/]*kept=[^"]*)"', review.text)[1]
    assert voting.browser.get(back).text.count(" checked") == 2  # nothing is lost on the way back
    assert voting.browser.post(f"{voting.page}/cast", hidden).location == voting.page
    assert voting.counts() == {"Bomen": 1, "Wandelpad": 1}
    shown = voting.browser.get(voting.page).text
    assert "Zo telt uw stembiljet nu" in shown
    assert re.search(r"<code>[0-9a-f]{64}</code>", shown)
    voting.browser.post(f"{voting.page}/cast", voting.typed(Bankjes=1))
    assert voting.counts() == {"Bankjes": 1}
    voting.browser.post(f"{voting.page}/withdraw")
    assert voting.counts() == {}
    assert "U hebt nog geen stembiljet" in voting.browser.get(voting.page).text
    with site.reading():
        assert results.recount() == []


@shows("R67")
def test_a_ballot_that_spends_too_much_comes_back_whole_with_what_to_change(site):
    voting = Ballots(site)
    for path in (voting.page, f"{voting.page}/cast"):
        answer = voting.browser.post(path, voting.typed(Bomen=1, Bankjes=1))
        text = answer.text.replace("\N{NO-BREAK SPACE}", " ")
        assert answer.status_code == 422
        assert "U geeft € 10 te veel uit" in text
        assert text.count(" checked") == 2
    assert voting.counts() == {}


@pytest.mark.parametrize(
    ("method", "typed", "words"),
    [
        (Method.POINTS, {"Bomen": 3, "Bankjes": 3}, "Haal er 1 weg"),
        (Method.POINTS, {"Bomen": "veel"}, "is geen heel getal"),
        (Method.RANKING, {"Bomen": 1, "Bankjes": 1}, "staat er twee keer"),
        (Method.APPROVAL, {"Bomen": 1, "Bankjes": 1, "Wandelpad": 1}, "Haal er 1 weg"),
    ],
)
def test_each_ballot_says_what_to_change_and_keeps_what_was_typed(site, method, typed, words):
    voting = Ballots(site, method)
    answer = voting.browser.post(voting.page, voting.typed(**typed))
    assert (answer.status_code, words in answer.text) == (422, True)
    kept = answer.text.count(" checked") or sum(f'value="{value}"' in answer.text for value in set(typed.values()))
    assert kept == len(set(typed.values()) if method is not Method.APPROVAL else typed)


def test_a_visitor_fills_a_ballot_in_and_finds_it_again_after_signing_in(site):
    voting = Ballots(site, Method.RANKING)
    visitor = site.browser()
    answer = visitor.post(voting.page, voting.typed(Bomen=2, Bankjes=1))
    assert answer.location.startswith("/login?next=")
    assert "kept%3D" in answer.location


def test_casting_and_changing_a_ballot_sends_few_statements(site):
    voting = Ballots(site)
    with statements(site) as first:
        voting.browser.post(f"{voting.page}/cast", voting.typed(Bomen=1, Wandelpad=1))
    with statements(site) as change:
        voting.browser.post(f"{voting.page}/cast", voting.typed(Bankjes=1))
    assert len(first) <= 11, "\n".join(first)
    assert len(change) <= 8, "\n".join(change)


@shows("R93")
@pytest.mark.usefixtures("unit")
def test_a_ballot_is_one_change_with_one_commitment_that_opens():
    poll, ada = a_choice(), acting(a_resident())
    sheet = sheet_of(poll)
    ballots.cast_ballot(sheet, ada, said(sheet, Bomen=1, Wandelpad=1))
    ballots.cast_ballot(sheet, ada, said(sheet, Wandelpad=1))
    cast = select(func.count()).where(Entry.act == "cast_vote")
    assert session().scalar(cast) == 2
    assert results.recount() == []
    session().scalars(select(Mark).where(Mark.value == 1)).one().value = 0
    session().flush()
    assert any("opens nothing" in found.found for found in results.recount())


@pytest.mark.usefixtures("unit")
def test_ranks_are_kept_as_places_whatever_numbers_were_typed():
    poll, ada = a_choice(Method.RANKING), acting(a_resident())
    sheet = sheet_of(poll)
    ballots.cast_ballot(sheet, ada, said(sheet, Bomen=734512, Wandelpad=20))
    assert sorted(session().scalars(select(Mark.value))) == [1, 2]


def test_a_number_of_thousands_of_digits_is_told_to_be_none(site):
    town = Ballots(site)
    answer = town.browser.post(town.page, town.typed(Bomen="9" * 5000))
    assert answer.status_code == 422


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("earlier", [{}, {"Bomen": 1}, {"Bomen": 1, "Wandelpad": 1}])
def test_what_a_whole_ballot_said_before_opts_out_of_no_merge(earlier):
    poll, ada = a_choice(), acting(a_resident())
    sheet = sheet_of(poll)
    if earlier:
        ballots.cast_ballot(sheet, ada, said(sheet, **earlier))
    ballots.cast_ballot(sheet, ada, said(sheet, Wandelpad=1))
    options = {one.contribution.title: one for one in sheet.options}
    options["Wandelpad"].merged_into_id = options["Bomen"].id
    session().flush()
    assert stored(poll) == {options["Bomen"].reference: 1}
    assert results.recount() == []


@pytest.mark.usefixtures("unit")
def test_somebody_who_leaves_takes_a_whole_ballot_along_and_the_recount_fits():
    poll, ada = a_choice(), acting(a_resident())
    sheet = sheet_of(poll)
    ballots.cast_ballot(sheet, ada, said(sheet, Bomen=1, Wandelpad=1))
    assert withdraw_votes(ada) == 2
    assert stored(poll) == {}
    assert results.recount() == []


@pytest.mark.usefixtures("unit")
def test_a_ballot_after_the_close_is_refused_with_the_dates():
    poll, ada = a_choice(), acting(a_resident())
    sheet = sheet_of(poll)
    closed_for_good(poll.phase, clock.now())
    with pytest.raises(NotNow):
        ballots.cast_ballot(sheet, ada, said(sheet, Bomen=1))
    with pytest.raises(NotNow):
        ballots.withdraw_ballot(sheet, ada)


def kept_texts(site) -> int:
    with site.reading():
        return session().scalar(select(func.count()).select_from(KeptText))


@shows("R93")
def test_a_ballot_that_is_looked_over_is_found_by_this_session_alone_and_gone_when_it_is_cast(site):
    voting = Ballots(site)
    review = voting.browser.post(voting.page, voting.typed(Bomen=1)).location
    assert "Bomen" in voting.browser.get(review).text
    with site.writing():
        other = a_resident()
    stranger, elsewhere = site.browser(other), site.browser(voting.person)
    for browser in (stranger, elsewhere):  # another person, and the same one in another browser
        assert "U vulde nog niets in" in browser.get(review).text
    form = re.search(r'action="([^"]+/cast[^"]*)"', voting.browser.get(review).text)[1]
    assert kept_texts(site) == 1
    assert voting.browser.post(form, voting.typed(Bomen=1)).status_code == 303
    assert kept_texts(site) == 0
    assert voting.counts() == {"Bomen": 1}


def test_looking_a_ballot_over_again_keeps_the_last_one_alone(site):
    voting = Ballots(site)
    review = voting.browser.post(voting.page, voting.typed(Bomen=1)).location
    back = re.search(r'href="(/rounds/[^"]*/ballot/[^"/]*kept=[^"]*)"', voting.browser.get(review).text)[1]
    again = re.search(r'action="([^"]+/ballot/[^"]+)"', voting.browser.get(back).text)[1]
    assert voting.browser.post(again, voting.typed(Bankjes=1)).status_code == 303
    assert kept_texts(site) == 1


@pytest.mark.parametrize("how", ["merged", "hidden"])
def test_a_choice_on_what_was_merged_or_hidden_is_shown_and_can_be_withdrawn(site, how):
    voting = Ballots(site)
    voting.browser.post(f"{voting.page}/cast", voting.typed(Bomen=1))
    with site.writing():
        options = {
            one.contribution.title: one
            for one in session().scalars(select(Option).options(joinedload(Option.contribution)))
        }
        if how == "merged":
            options["Bomen"].merged_into_id = options["Wandelpad"].id
        else:
            options["Bomen"].contribution.state = State.REFUSED
    shown = voting.browser.get(voting.page).text
    assert "Zo telt uw stembiljet nu" in shown
    assert "Trek mijn stembiljet in" in shown
    if how == "merged":
        assert "“Bomen” werd samengevoegd met “Wandelpad”" in shown
        assert re.search(rf'id="mark-{voting.ids["Wandelpad"]}"[^>]* checked', shown)
    else:
        assert "niet meer openbaar" in shown
    voting.browser.post(f"{voting.page}/withdraw")
    assert voting.counts() == {}
    assert "U hebt nog geen stembiljet" in voting.browser.get(voting.page).text


@pytest.mark.parametrize(
    ("method", "typed", "words"),
    [
        (Method.APPROVAL, {"Bomen": 5}, "Hier vinkt u een plan aan"),
        (Method.BUDGET, {"Bomen": 2}, "Hier vinkt u een plan aan"),
        (Method.RANKING, {"Bomen": 0, "Bankjes": 1}, "0 is geen plaats"),
    ],
)
def test_a_mark_that_means_nothing_is_refused_with_a_sentence(site, method, typed, words):
    voting = Ballots(site, method)
    for path in (voting.page, f"{voting.page}/cast"):
        answer = voting.browser.post(path, voting.typed(**typed))
        assert (answer.status_code, words in answer.text) == (422, True)
    assert voting.counts() == {}


def test_a_nought_gives_no_points_and_no_tick(site):
    points = Ballots(site, Method.POINTS)
    assert points.browser.post(f"{points.page}/cast", points.typed(Bomen=2, Bankjes=0)).status_code == 303
    assert points.counts() == {"Bomen": 1}


def test_plans_are_put_in_order_with_buttons_and_without_script(site):
    voting = Ballots(site, Method.RANKING)

    def press(way, name, **typed):
        answer = voting.browser.post(voting.page, voting.typed(**typed) | {"move": f"{way}-{voting.ids[name]}"})
        assert answer.status_code == 303
        text = voting.browser.get(answer.location.split("#")[0]).text
        places = {name: re.search(rf'name="mark-{one}" value="([0-9]*)"', text)[1] for name, one in voting.ids.items()}
        assert text.index(f'id="mark-{voting.ids[name]}"') > 0
        return {name: int(place) for name, place in places.items() if place}

    assert press("up", "Bomen") == {"Bomen": 1}
    assert press("up", "Bankjes", Bomen=1) == {"Bomen": 1, "Bankjes": 2}
    assert press("up", "Bankjes", Bomen=10, Bankjes=20) == {"Bankjes": 1, "Bomen": 2}
    assert press("down", "Bankjes", Bomen=2, Bankjes=1) == {"Bomen": 1, "Bankjes": 2}
    assert voting.counts() == {}  # nothing was cast


def test_a_ballot_that_was_begun_is_named_and_reminded_of_once_and_only_while_it_is_not_cast(site):
    voting = Ballots(site)
    with site.writing():
        other, third = a_resident(), a_resident()
        session().get_one(Phase, voting.poll.phase_id).closes_at = clock.now() + timedelta(days=1)
    done, idle = site.browser(other), site.browser(third)
    for browser in (voting.browser, done):
        browser.post(voting.page, voting.typed(Bomen=1))
    done.post(f"{voting.page}/cast", voting.typed(Bomen=1))
    assert "Uw stembiljet is niet af" in voting.browser.get(voting.page).text
    for browser in (done, idle):
        assert "Uw stembiljet is niet af" not in browser.get(voting.page).text
    for _turn in range(2):
        work_once(site.database, site.settings)
        deliver_all(site.database, site.settings)
    with site.reading():
        mails = (
            session()
            .scalars(select(Mail).where(Mail.kind == "ballot_unfinished", Mail.recipient_id.is_not(None)))
            .all()
        )
        assert [one.recipient_id for one in mails] == [voting.person.id]
    with site.writing():
        closed_for_good(session().get_one(Phase, voting.poll.phase_id), clock.now())
    work_once(site.database)
    with site.reading():
        assert session().scalar(select(func.count()).select_from(UnfinishedBallot)) == 0
