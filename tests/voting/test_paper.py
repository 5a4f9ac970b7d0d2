import re

import pytest
from sqlalchemy import func, select

from consult.audit.models import Entry
from consult.contributions.models import Channel, State
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.policy import Duty, Role
from consult.rounds.models import Phase, PhaseKind, Verification
from consult.voting import on_paper, results
from consult.voting.electorate import draw_codes, replace_code, use_code
from consult.voting.methods import Unfit
from consult.voting.models import Ballot, LetterCode, Mark, Method, PaperBallot
from consult.voting.queries import count_ballots, get_sheet, tally
from consult.voting.verbs import create_poll
from consult.working import work_once
from tests.builders import a_member_of_staff, a_resident, acting, an_authority, appoint, phase_of, the_platform
from tests.voting.builders import CODES_KEY, a_batch, a_poll, a_proposal_in, a_voting_round, closed_for_good
from tests.voting.test_ballots import a_choice, said, sheet_of


class Hall:
    """A round with letters, in which two members of staff enter ballots on paper; needs an open unit."""

    def __init__(self, method=Method.BUDGET, letters=3):
        self.round = a_voting_round()
        self.round.verification = Verification.LETTER_CODE
        whole = method not in {Method.SUPPORT, Method.STATEMENTS}
        self.poll = a_choice(method, self.round) if whole else a_poll(self.round, method=method)
        self.codes = a_batch(self.round, letters)
        self.first, self.second = acting(a_member_of_staff()), acting(a_member_of_staff())

    def letter(self, serial):
        return on_paper.find_letter(self.round.id, serial, None)

    def sheet(self):
        return sheet_of(self.poll)

    def enters(self, serial=1, channel=Channel.LETTER, **values):
        sheet = self.sheet()
        told = said(sheet, **values) if values else {sheet.options[0].id: 1}
        return on_paper.enter_paper(sheet, self.letter(serial), self.first, channel=channel, marks=told)

    def counts(self, made):
        session().flush()
        found = on_paper.get_paper_ballot(the_platform(), self.round.slug, self.poll.id, made.number)
        on_paper.count_paper(found, self.second)

    def ballots(self):
        return count_ballots([self.poll.id]).get(self.poll.id, 0)


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("method", list(Method))
def test_a_ballot_on_paper_counts_in_every_method_after_a_second_person_looked_and_the_recount_fits(method):
    hall = Hall(method)
    made = hall.enters()
    assert hall.ballots() == 0
    assert session().scalar(select(func.count()).select_from(Mark)) == 0
    hall.counts(made)
    assert hall.ballots() == 1
    (ballot,) = session().scalars(select(Ballot))
    assert (ballot.channel, ballot.area_code) == (Channel.LETTER, hall.letter(1).batch.area_code)
    assert results.recount() == []
    assert any(sum(votes.values()) for votes in tally(hall.poll).values())


@pytest.mark.usefixtures("unit")
def test_for_neutral_and_against_on_paper_are_what_they_are_online():
    hall = Hall(Method.SUPPORT)
    first, second = hall.sheet().options
    told = {first.id: 1, second.id: 3}
    hall.counts(on_paper.enter_paper(hall.sheet(), hall.letter(1), hall.first, channel=Channel.DESK, marks=told))
    counted = tally(hall.poll)
    assert (counted[first.id]["for"], counted[second.id]["against"]) == (1, 1)


@pytest.mark.usefixtures("unit")
def test_nobody_checks_the_own_typing_and_nothing_counts_twice():
    hall = Hall()
    made = hall.enters()
    hall.second, second = hall.first, hall.second
    with pytest.raises(NotAllowed, match="iemand anders"):
        hall.counts(made)
    hall.second = second
    hall.counts(made)
    with pytest.raises(Conflict):
        hall.counts(made)
    assert hall.ballots() == 1


@pytest.mark.usefixtures("unit")
def test_once_it_counts_no_row_leads_from_the_letter_to_the_ballot():
    hall = Hall()
    made = hall.enters()
    hall.counts(made)
    session().flush()
    session().refresh(made)
    assert (made.marks, made.letter_id) == (None, None)
    for entry in session().scalars(select(Entry).where(Entry.act.in_(["enter_paper", "check_paper"]))):
        assert entry.facts.keys() == ({"number", "channel"} if entry.act == "enter_paper" else set())


@pytest.mark.usefixtures("unit")
def test_with_a_letter_that_came_on_paper_nobody_votes_online():
    hall = Hall()
    hall.enters()
    hall.round.verification = Verification.LETTER_CODE
    with pytest.raises(Conflict):
        use_code(hall.round, hall.codes[0], CODES_KEY, acting(a_resident()))


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("how", ["online", "replaced", "unknown", "waiting", "counted"])
def test_a_letter_that_brings_no_ballot_is_refused_with_the_reason(how):
    hall = Hall()
    words = "kaart"
    if how == "online":
        use_code(hall.round, hall.codes[0], CODES_KEY, acting(a_resident()))
        words = "doet iemand online mee"
    elif how == "replaced":
        hall.letter(1).replaced_at = clock.now()
        words = "kwam op"
    elif how == "unknown":
        words = "Geen brief van deze ronde"
    else:
        made = hall.enters()
        words = "al ingevoerd: nummer 1"
        if how == "counted":
            hall.counts(made)
            words = "telt al"
    with pytest.raises(on_paper.UnfitLetter, match=words):
        hall.enters(99 if how == "unknown" else 1)
    assert hall.ballots() == (how == "counted")


@pytest.mark.usefixtures("unit")
def test_one_that_is_put_aside_does_not_count_and_frees_its_letter():
    hall = Hall()
    made = hall.enters()
    session().flush()
    on_paper.put_aside(
        on_paper.get_paper_ballot(the_platform(), hall.round.slug, hall.poll.id, 1), "Niet leesbaar.", hall.second
    )
    assert (made.waits, made.aside_because, hall.letter(1).used_on) == (False, "Niet leesbaar.", None)
    again = hall.enters()
    assert again.number == 2
    hall.counts(again)
    session().flush()
    other = a_choice(Method.APPROVAL, hall.round)
    hall.poll = other
    wrong = hall.enters()
    on_paper.put_aside(
        on_paper.get_paper_ballot(the_platform(), hall.round.slug, other.id, 1), "Verkeerd getypt.", hall.second
    )
    assert wrong.aside_because
    assert hall.letter(1).on_paper  # a ballot with it counts in the other poll


@pytest.mark.usefixtures("unit")
def test_one_person_can_vote_on_paper_in_each_poll_of_a_round():
    hall = Hall()
    hall.counts(hall.enters())
    hall.poll = a_choice(Method.APPROVAL, hall.round)
    hall.counts(hall.enters())
    assert hall.ballots() == 1


@pytest.mark.usefixtures("unit")
def test_paper_keeps_to_the_rules_of_the_poll_and_to_its_days():
    hall = Hall()
    with pytest.raises(Unfit):
        hall.enters(Bomen=1, Bankjes=1)  # too expensive
    waiting = hall.enters()
    closed_for_good(hall.poll.phase, clock.now())
    with pytest.raises(NotNow):
        hall.counts(waiting)
    with pytest.raises(NotNow):
        hall.enters(2)


@pytest.mark.usefixtures("unit")
def test_a_round_without_letters_takes_no_paper():
    hall = Hall()
    hall.round.verification = Verification.EMAIL
    with pytest.raises(Conflict):
        hall.enters()


@pytest.mark.usefixtures("unit")
def test_what_was_hidden_between_typing_and_checking_counts_as_it_stands():
    hall = Hall()
    made = hall.enters()
    hall.sheet().options[0].contribution.state = State.REFUSED
    hall.counts(made)
    assert hall.ballots() == 1


@pytest.fixture
def desk(site):
    """Two people at a desk with browsers, and a resident with the code of letter 2."""
    with site.writing():
        an_authority()
        hall = Hall(Method.RANKING)
        first, second = a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.MODERATOR)
        for person in (first, second):
            appoint(hall.round, person, Duty.MODERATOR)
        hall.ids = {one.contribution.title: one.id.hex for one in sheet_of(hall.poll).options}
        hall.person = a_resident()
    hall.typing, hall.checking, hall.online = site.browser(first), site.browser(second), site.browser(hall.person)
    hall.room = f"/staff/rounds/{hall.round.slug}/ballots"
    return hall


def typed(desk, letter, **places):
    page = f"{desk.room}/{desk.poll.id}/new"
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', desk.typing.get(page).text)[1]
    told = {f"mark-{desk.ids[name]}": str(place) for name, place in places.items()}
    return desk.typing.post(page, told | {"letter": letter, "came_by": "desk", "form_key": key})


def test_staff_enter_and_check_a_ballot_with_plain_forms_and_the_result_tells_the_ways_in(site, desk):
    assert "Stembiljetten op papier" in desk.typing.get(desk.room).text
    bad = typed(desk, "1", Bomen=1, Bankjes=1)
    assert (bad.status_code, "staat er twee keer" in bad.text) == (422, True)
    assert bad.text.count('value="1"') >= 3  # nothing is lost: the letter and both numbers
    answer = typed(desk, "1", Bomen=1, Bankjes=2)
    assert answer.status_code == 303
    assert "Ingevoerd als nummer 1" in desk.typing.get(answer.location).text
    page = f"{desk.room}/{desk.poll.id}/1"
    assert "dus iemand anders kijkt ernaar" in desk.typing.get(page).text
    assert desk.typing.post(f"{page}/count").status_code == 403
    shown = desk.checking.get(page).text
    assert shown.index("Bomen") < shown.index("Bankjes")
    assert desk.checking.post(f"{page}/count").status_code == 303
    assert "telt sinds" in desk.checking.get(page).text
    assert "1 aan de balie" in desk.typing.get(desk.room).text
    by_code = typed(desk, desk.codes[2], Bomen=1)
    assert by_code.status_code == 303
    aside = desk.checking.post(f"{desk.room}/{desk.poll.id}/2/aside", {"why_aside": "Niet te lezen."})
    assert aside.status_code == 303
    with site.reading():
        assert session().scalar(select(func.count()).select_from(Ballot)) == 1
        assert results.recount() == []


def test_both_sides_are_told_why_a_letter_works_once(site, desk):
    typed(desk, "1", Bomen=1)
    page = f"/rounds/{desk.round.slug}/code"
    answer = desk.online.post(page, {"code": desk.codes[0]})
    assert (answer.status_code, "kwam een stembiljet op papier binnen" in answer.text) == (422, True)
    assert "en het wacht op een tweede persoon" in answer.text
    assert "Vertel het ons voordat de stemming sluit" in answer.text
    desk.checking.post(f"{desk.room}/{desk.poll.id}/1/count")
    assert "en het wacht" not in desk.online.post(page, {"code": desk.codes[0]}).text
    assert desk.online.post(page, {"code": desk.codes[1]}).status_code == 303
    refused = typed(desk, "2", Bomen=1)
    assert (refused.status_code, "doet iemand online mee" in refused.text) == (422, True)
    with site.reading():
        assert session().scalar(select(func.count()).select_from(PaperBallot)) == 1
        assert session().scalar(select(LetterCode.on_paper).where(LetterCode.serial == 2)) is False


def test_results_tell_how_many_ballots_came_by_which_way(site, desk):
    with site.writing():
        hall = Hall(Method.APPROVAL, letters=24)
        for serial in range(1, 25):
            hall.counts(hall.enters(serial, Channel.LETTER if serial < 13 else Channel.MEETING))
        phase = session().get_one(Phase, phase_of(hall.round, PhaseKind.PRIORITISE).id)
        closed_for_good(phase, clock.now())
    shown = site.browser().get(f"/rounds/{hall.round.slug}/results").text
    assert "op een bijeenkomst 12 (50 %)" in re.sub(r"\s+", " ", shown)
    assert "per brief 12 (50 %)" in re.sub(r"\s+", " ", shown)
    with site.reading():
        sheet = get_sheet(the_platform(), hall.round.slug, hall.poll.id)
        assert count_ballots([sheet.poll.id]) == {sheet.poll.id: 24}


def test_what_nobody_compared_before_the_close_is_told_beside_the_result(site, desk):
    with site.writing():
        hall = Hall(Method.APPROVAL)
        hall.enters()
        closed_for_good(session().get_one(Phase, hall.poll.phase_id), clock.now())
    shown = site.browser().get(f"/rounds/{hall.round.slug}/results").text
    assert "Eén stembiljet op papier telt niet mee" in shown


def test_what_waits_when_the_poll_closes_is_forgotten_and_counts_as_too_late(site, desk):
    typed(desk, "1", Bomen=1)
    typed(desk, "2", Bomen=1)
    desk.checking.post(f"{desk.room}/{desk.poll.id}/2/count")
    work_once(site.database)
    with site.writing():
        assert session().scalar(select(func.count()).where(PaperBallot.letter_id.is_not(None))) == 1
        closed_for_good(session().get_one(Phase, desk.poll.phase_id), clock.now())
    page = f"{desk.room}/{desk.poll.id}/1"
    aside = desk.checking.post(f"{page}/aside", {"why_aside": "Niet te lezen."})
    assert (aside.status_code, "De stemming sloot" in aside.text) == (403, True)
    work_once(site.database)
    with site.reading():
        (late,) = session().scalars(select(PaperBallot).where(PaperBallot.number == 1))
        assert (late.marks, late.letter_id, late.waits, late.aside_because) == (None, None, False, None)
    assert "Te laat: het telt niet mee" in desk.checking.get(page).text
    assert "Eén kwam te laat" in desk.typing.get(desk.room).text
    assert "Eén stembiljet op papier telt niet mee" in site.browser().get(f"/rounds/{desk.round.slug}/results").text


def test_a_letter_whose_ballot_waits_is_replaced_after_it_was_put_aside(site, desk):
    with site.writing():
        hall = Hall()
        hall.enters()
        drawn = draw_codes(1, CODES_KEY)[0]
        with pytest.raises(NotNow, match="Leg het eerst opzij"):
            replace_code(hall.round, 1, drawn, hall.second)
        paper = on_paper.get_paper_ballot(the_platform(), hall.round.slug, hall.poll.id, 1)
        on_paper.put_aside(paper, "Niet van haar.", hall.second)
        session().flush()
        assert replace_code(hall.round, 1, drawn, hall.second).serial > 1


def test_a_support_poll_can_ask_a_quorum_too(site):
    with site.writing():
        found = a_voting_round()
        phase = phase_of(found, PhaseKind.PRIORITISE)
        a_proposal_in(found)
        create_poll(found, phase, the_platform(), title="Wat vindt u?", parameters={"quorum": 7})
    assert "De uitslag telt als 7 mensen of meer meedoen" in site.browser().get(f"/rounds/{found.slug}/vote").text
