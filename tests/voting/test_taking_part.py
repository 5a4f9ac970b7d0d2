import csv
import io
import re

import pytest
from sqlalchemy import select

from consult.accounts.models import Account
from consult.foundation.db import session
from consult.participants.models import Person
from consult.policy import Duty, Role
from consult.rounds.models import PhaseKind, Round, RoundState, Verification
from consult.voting import rules
from consult.voting.codes import list_batches
from consult.voting.electorate import draw_codes
from consult.voting.models import Poll
from consult.voting.queries import tally
from tests import looking
from tests.builders import a_member_of_staff, a_resident, a_round, an_area, an_authority, appoint
from tests.pages.builders import counted
from tests.shows import shows
from tests.site import Site
from tests.voting.builders import a_batch, a_poll, a_proposal_in, a_voting_round, options_of


class Asking:
    """A site with a round in which people vote and are checked in one way; a resident and a director."""

    def __init__(self, site: Site, way: Verification, *, confirmed: bool = True) -> None:
        self.site = site
        with site.writing():
            an_authority()
            self.area = an_area(name="De Wilgen")
            self.round = a_voting_round()
            self.round.verification = way
            self.poll = a_poll(self.round)
            self.option = options_of(self.poll)[0]
            self.codes = a_batch(self.round, 3, self.area.code)
            self.person, self.other = a_resident(confirmed=confirmed), a_resident()
            self.director = a_member_of_staff(Role.DIRECTOR)
            appoint(self.round, self.director, Duty.DIRECTOR)
        self.page = f"/rounds/{self.round.slug}"
        self.desk = f"/staff{self.page}/codes"

    def vote(self, browser, choice="for"):
        return browser.post(f"{self.page}/vote/{self.option.id}", {"choice": choice})

    def counted(self):
        with self.site.reading():
            return tally(session().get(Poll, self.poll.id))[self.option.id]["for"]

    def change(self, **changed):
        with self.site.writing():
            found = session().get_one(Round, self.round.id)
            for name, value in changed.items():
                setattr(found, name, value)


WAYS = {
    Verification.EMAIL: "bevestigd met een link",
    Verification.EMAIL_PLUS_AREA: "buurt zoals mensen die opgaven",
    Verification.LETTER_CODE: "een code per brief",
    Verification.EID: "DigiD",
}


@shows("R100")
@pytest.mark.parametrize("way", WAYS)
def test_how_people_are_checked_stands_on_the_round_the_ballot_and_the_results(site, way):
    asking = Asking(site, way)
    browser = site.browser()
    for path in ("", "/vote", "/results", "/taking-part"):
        assert WAYS[way] in browser.get(f"{asking.page}{path}").text, path


@shows("R100")
@pytest.mark.parametrize(
    ("way", "said", "way_on"),
    [
        (Verification.LETTER_CODE, "de code uit de brief", "/code"),
        (Verification.EMAIL_PLUS_AREA, "in welke buurt", "/taking-part"),
        (Verification.EID, "landelijke manier van inloggen", "/taking-part"),
    ],
)
def test_what_is_missing_is_said_before_the_vote_and_again_when_it_is_sent(site, way, said, way_on):
    asking = Asking(site, way)
    browser = site.browser(asking.person)
    shown = browser.get(f"{asking.page}/vote")
    assert not looking.faults_in(shown)
    assert said in shown.text
    assert f"{asking.page}{way_on}" in shown.text
    assert len(re.findall(r'class="mark [a-z]+"[^>]* disabled', shown.text)) == 6
    answer = asking.vote(browser)
    assert answer.status_code == 403
    assert said in answer.text
    assert f'href="{asking.page}/taking-part"' in answer.text
    assert asking.counted() == 0


def test_an_address_that_was_not_confirmed_can_be_confirmed_from_the_ballot(site):
    asking = Asking(site, Verification.EMAIL, confirmed=False)
    browser = site.browser(asking.person)
    shown = browser.get(f"{asking.page}/vote").text
    assert "nog niet bevestigd" in shown
    action = re.search(r'action="(/login/again/link[^"]*)"', shown)[1]
    assert browser.post(action).status_code == 303
    assert asking.vote(browser).status_code == 403
    with site.writing():
        session().get_one(Account, asking.person.account_id).confirmed_at = asking.poll.phase.opens_at
    assert asking.vote(browser).status_code == 303
    assert asking.counted() == 1


def test_somebody_tells_their_neighbourhood_on_the_ballot_and_votes(site):
    asking = Asking(site, Verification.EMAIL_PLUS_AREA)
    browser = site.browser(asking.person)
    shown = browser.get(f"{asking.page}/vote").text
    action = re.search(r'action="([^"]*taking-part[^"]*)"', shown)[1].replace("&amp;", "&")
    assert browser.post(action, {"area_code": ""}).status_code == 422
    assert browser.post(action, {"area_code": "BU0"}).status_code == 409
    answer = browser.post(action, {"area_code": asking.area.code})
    assert (answer.status_code, answer.location.split("?")[0]) == (303, f"{asking.page}/vote")
    assert asking.vote(browser).status_code == 303
    assert asking.counted() == 1
    with site.reading():
        assert session().get_one(Person, asking.person.id).area_code == asking.area.code
    assert f'<option selected value="{asking.area.code}">' in browser.get(f"{asking.page}/taking-part").text


@shows("R102")
def test_somebody_fills_in_the_code_from_their_letter_and_votes(site):
    asking = Asking(site, Verification.LETTER_CODE)
    browser = site.browser(asking.person)
    shown = browser.get(f"{asking.page}/code?next={asking.page}/vote")
    assert not looking.faults_in(shown)
    typed = rules.written(asking.codes[0]).lower().replace("-", " ")
    answer = browser.post(f"{asking.page}/code?next={asking.page}/vote", {"code": typed})
    assert (answer.status_code, answer.location) == (303, f"{asking.page}/vote")
    assert asking.vote(browser).status_code == 303
    assert asking.counted() == 1
    assert "U gebruikte de code uit uw brief" in browser.get(f"{asking.page}/taking-part").text
    assert "U gebruikte de code uit uw brief" in browser.get(f"{asking.page}/code").text


@shows("R102")
def test_a_code_that_cannot_be_used_comes_back_with_why_and_with_what_was_typed(site):
    asking = Asking(site, Verification.LETTER_CODE)
    mine, theirs = site.browser(asking.person), site.browser(asking.other)
    first, other, strange = (rules.written(code) for code in asking.codes)
    assert mine.post(f"{asking.page}/code", {"code": first}).status_code == 303
    wrong = first[:-1] + ("A" if first[-1] != "A" else "C")
    for browser, typed, said in (
        (mine, first, "U gebruikte deze code al"),
        (theirs, first, "al gebruikt. Was u dat niet?"),
        (theirs, wrong, "klopt niet, of er zijn er twee omgewisseld"),
        (theirs, "K7QW-3MXA", "14 letters en cijfers, en u typte er 8"),
        (theirs, "0000-0000-0000-00", "komt nooit in een code voor"),
        (theirs, "", "Typ de code"),
        (theirs, rules.written(unknown()), "geen code van deze ronde"),
    ):
        answer = browser.post(f"{asking.page}/code", {"code": typed})
        assert answer.status_code == 422, typed
        assert said in answer.text
        assert f'value="{typed}"' in answer.text
        assert not looking.faults_in(answer)
    assert mine.post(f"{asking.page}/code", {"code": other}).status_code == 409
    asking.change(state=RoundState.CLOSED)
    assert theirs.post(f"{asking.page}/code", {"code": strange}).status_code == 403


def unknown() -> str:
    return draw_codes(1, b"the key of another installation")[0][0]


@shows("R102")
def test_codes_cannot_be_tried_one_after_the_other(site):
    asking = Asking(site, Verification.LETTER_CODE)
    browser = site.browser(asking.person)
    tries = [browser.post(f"{asking.page}/code", {"code": rules.written(unknown())}).status_code for _ in range(11)]
    assert tries == [422] * 10 + [429]
    answer = browser.post(f"{asking.page}/code", {"code": rules.written(asking.codes[0])})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    other = site.browser(asking.other)
    assert other.post(f"{asking.page}/code", {"code": rules.written(asking.codes[0])}).status_code == 303


def test_a_visitor_with_a_letter_is_asked_to_sign_in_and_comes_back_to_the_code(site):
    asking = Asking(site, Verification.LETTER_CODE)
    answer = site.browser().get(f"{asking.page}/code")
    assert (answer.status_code, answer.location) == (303, f"/login?next={asking.page}/code")


@shows("R102", "R48")
def test_a_director_issues_codes_once_and_nobody_reads_them_again(site):
    asking = Asking(site, Verification.LETTER_CODE)
    with site.writing():
        strange = an_area(name="=HYPERLINK(1)").code
    browser = site.browser(asking.director)
    assert not looking.faults_in(browser.get(asking.desk))
    told = {"area_code": strange, "number": "12", "form_key": "once"}
    answer = browser.post(asking.desk, told)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="codes-')
    assert answer.headers["Cache-Control"] == "private, no-store"
    head, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert head == ["number", "area", "neighbourhood", "code", "address"]
    assert [row[0] for row in rows] == [str(n) for n in range(4, 16)]
    assert {row[2] for row in rows} == {"'=HYPERLINK(1)"}
    assert {row[4] for row in rows} == {f"http://localhost{asking.page}/code"}
    again = browser.post(asking.desk, told)
    assert (again.status_code, again.location) == (303, asking.desk)
    shown = browser.get(asking.desk).text
    for row in rows:
        assert row[3] not in shown
    assert site.browser(asking.person).post(f"{asking.page}/code", {"code": rows[0][3]}).status_code == 303
    with site.reading():
        assert [(b.issued, b.used) for b in list_batches(asking.round.id)] == [(12, 1), (3, 0)]


@shows("R102")
def test_a_director_replaces_what_was_lost(site):
    asking = Asking(site, Verification.LETTER_CODE)
    browser, resident = site.browser(asking.director), site.browser(asking.person)
    page = f"{asking.desk}/lost"
    assert not looking.faults_in(browser.get(page))
    assert browser.post(page, {"serial": "", "form_key": "a"}).status_code == 422
    assert browser.post(page, {"serial": "77", "form_key": "b"}).status_code == 409
    answer = browser.post(page, {"serial": "1", "form_key": "c"})
    assert answer.mimetype == "text/csv"
    new = list(csv.reader(io.StringIO(answer.text, newline="")))[1][3]
    old = rules.written(asking.codes[0])
    refused = resident.post(f"{asking.page}/code", {"code": old})
    assert (refused.status_code, "nieuwste brief" in refused.text) == (422, True)
    assert resident.post(f"{asking.page}/code", {"code": new}).status_code == 303
    page = f"{asking.desk}/1/replace"
    assert page in browser.get(asking.desk).text
    assert not looking.faults_in(browser.get(page))
    shown = browser.get(page).text
    unused = re.search(r'name="unused"[^>]*value="(\d+)"', shown)[1]
    answer = browser.post(page, {"unused": unused, "form_key": "d"})
    assert answer.text.count("\r\n") == 1 + 2
    assert browser.post(page, {"unused": unused, "form_key": "e"}).status_code == 409
    assert "<button" not in browser.get(page).text.split("<main")[1]
    for code in asking.codes[1:]:
        typed = {"code": rules.written(code)}
        assert site.browser(asking.other).post(f"{asking.page}/code", typed).status_code == 422


@pytest.mark.parametrize("number", ["0", "50001", "veel", "", "-1", "1e3"])
def test_as_many_codes_as_nobody_means_are_refused_with_a_sentence(site, number):
    asking = Asking(site, Verification.LETTER_CODE)
    told = {"area_code": asking.area.code, "number": number, "form_key": "k"}
    answer = site.browser(asking.director).post(asking.desk, told)
    assert answer.status_code == 422
    assert not looking.faults_in(answer)


def test_the_link_to_the_codes_stands_where_codes_are_asked(site):
    asking = Asking(site, Verification.LETTER_CODE)
    page = f"/staff{asking.page}/prepare"
    assert asking.desk in site.browser(asking.director).get(page).text
    assert site.browser(asking.person).get(asking.desk).status_code == 403
    asking.change(verification=Verification.EMAIL)
    assert asking.desk not in site.browser(asking.director).get(page).text


def test_a_proposal_and_an_argument_need_a_confirmed_address(site):
    with site.writing():
        an_authority()
        found = a_round(phases=PhaseKind.COLLECT)
        proposal = a_proposal_in(found)
        person = a_resident(confirmed=False)
    browser = site.browser(person)
    page = f"/rounds/{found.slug}/proposals"
    for path in (f"{page}/new", f"{page}/{proposal.public_id}"):
        shown = browser.get(path)
        assert not looking.faults_in(shown)
        assert "nog niet bevestigd" in shown.text
        assert 'name="text"' not in shown.text
    told = {"title": "Bankjes", "text": "Bij de winkels, in de schaduw.", "form_key": "k"}
    answer = browser.post(f"{page}/new", told)
    assert answer.status_code == 403
    assert "nog niet bevestigd" in answer.text
    assert "Bij de winkels, in de schaduw." in answer.text
    argument = {"stance": "for", "text": "Dat helpt echt.", "form_key": "k"}
    assert browser.post(f"{page}/{proposal.public_id}/arguments", argument).status_code == 403
    with site.writing():
        session().get_one(Round, found.id).verification = Verification.NONE
    assert browser.post(f"{page}/new", {**told, "form_key": "m"}).status_code == 303
    assert browser.post(f"{page}/{proposal.public_id}/arguments", {**argument, "form_key": "n"}).status_code == 303


@pytest.mark.parametrize("way", [Verification.LETTER_CODE, Verification.EID])
def test_where_a_proof_is_asked_of_votes_a_proposal_needs_only_a_confirmed_address(site, way):
    with site.writing():
        an_authority()
        found = a_round(phases=PhaseKind.COLLECT)
        found.verification = way
        person = a_resident()
    told = {"title": "Bankjes", "text": "Bij de winkels, in de schaduw.", "form_key": "k"}
    assert site.browser(person).post(f"/rounds/{found.slug}/proposals/new", told).status_code == 303


@pytest.mark.parametrize("way", list(WAYS))
def test_the_page_that_tells_how_to_take_part_is_in_order_for_everybody(site, way):
    asking = Asking(site, way, confirmed=False)
    with site.writing():
        speaker = a_member_of_staff(Role.ORGANISATION)
    for person in (None, asking.person, asking.other, asking.director, speaker):
        answer = site.browser(person).get(f"{asking.page}/taking-part")
        assert answer.status_code == 200
        assert not looking.faults_in(answer)
    assert "How you take part" in site.browser().get(f"/en{asking.page}/taking-part").text


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_no_way_of_checking_makes_a_page_or_a_vote_ask_more(site, way):
    asking = Asking(site, way)
    with site.writing():
        session().get_one(Person, asking.person.id).area_code = asking.area.code
    browser = site.browser(asking.person)
    if way is Verification.LETTER_CODE:
        browser.post(f"{asking.page}/code", {"code": rules.written(asking.codes[0])})
    for path in ("/vote", "/taking-part", "/code"):
        browser.get(f"{asking.page}{path}")
        with counted(site.database) as statements:
            assert browser.get(f"{asking.page}{path}").status_code == 200
        assert len(statements) <= 8, (path, statements)
    if way is Verification.EID:
        return
    for most in (11, 8):
        with counted(site.database) as statements:
            assert asking.vote(browser).status_code == 303
        assert len(statements) <= most, statements


@shows("R100")
def test_a_new_round_begins_with_the_strictest_way_and_never_with_none(site):
    with site.writing():
        an_authority()
        director = a_member_of_staff(Role.DIRECTOR)
    shown = site.browser(director).get("/staff/rounds/new").text
    choices = re.search(r'<select[^>]*name="verification".*?</select>', shown, re.DOTALL)[0]
    values = re.findall(r'value="([a-z_]+)"', choices)
    assert values == ["letter_code", "list", "email_plus_area", "email", "none"]
    assert re.findall(r'<option selected value="([a-z_]+)"', choices) == ["letter_code"]


@shows("R100")
def test_the_way_of_checking_stays_once_people_read_it(site):
    asking = Asking(site, Verification.LETTER_CODE)
    browser, page = site.browser(asking.director), f"/staff{asking.page}/text"
    shown = browser.get(page).text
    version = re.search(r'name="version"[^>]*value="([^"]+)"', shown)[1]
    fields = {"title": "Anders", "question": asking.round.question, "decider": asking.round.decider, "level": "consult"}
    fields |= {
        "can_influence": "\n".join(asking.round.can_influence),
        "cannot_influence": "\n".join(asking.round.cannot_influence),
        "introduction": asking.round.introduction,
    }
    answer = browser.post(page, {**fields, "verification": "none", "version": version, "form_key": "k"})
    assert answer.status_code == 403
    with site.reading():
        kept = session().scalars(select(Round.verification).where(Round.id == asking.round.id)).one()
    assert kept is Verification.LETTER_CODE
