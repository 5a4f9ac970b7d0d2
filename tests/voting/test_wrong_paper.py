"""A ballot on paper that was counted and is not right: two persons let it not count, and it can be entered again."""

import re

import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.contributions.models import Channel
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed
from consult.foundation.language import speaking
from consult.policy import Duty
from consult.voting import on_paper, results, watching
from consult.voting.electorate import use_code
from consult.voting.models import Invalidation, InvalidBallot, Method
from consult.voting.queries import tally
from tests.builders import a_member_of_staff, a_resident, acting, an_authority, appoint
from tests.shows import shows
from tests.voting.builders import CODES_KEY
from tests.voting.test_ballots import said
from tests.voting.test_paper import Hall


def doubted(hall, serial=1):
    session().flush()
    found = on_paper.get_counted(hall.poll, hall.letter(serial))
    return watching.propose_about_paper(hall.poll, found, "Het papier zei iets anders.", hall.first)


def decided(hall, made, *, agrees=True):
    watching.decide_invalidation(made, hall.second, agrees=agrees)
    session().flush()


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("method", [one for one in Method if one is not Method.STATEMENTS])
@shows("R103")
def test_two_persons_let_a_counted_ballot_on_paper_not_count_and_entered_again_it_counts_as_it_is(method):
    hall = Hall(method)
    first, second, *_more = hall.sheet().options
    hall.counts(
        on_paper.enter_paper(hall.sheet(), hall.letter(1), hall.first, channel=Channel.DESK, marks={first.id: 1})
    )
    made = doubted(hall)
    assert hall.ballots() == 1
    with pytest.raises(NotAllowed):
        watching.decide_invalidation(made, hall.first, agrees=True)
    with pytest.raises(on_paper.UnfitLetter, match="telt al"):
        hall.enters()
    decided(hall, made)
    assert (hall.ballots(), results.recount()) == (0, [])
    again = on_paper.enter_paper(hall.sheet(), hall.letter(1), hall.first, channel=Channel.DESK, marks={second.id: 1})
    assert hall.ballots() == 0
    hall.counts(again)
    counted = tally(hall.poll)
    assert (sum(counted[second.id].values()) > 0, sum(counted[first.id].values())) == (True, 0)
    assert (hall.ballots(), results.recount()) == (1, [])
    assert (made.holds, made.lifted_by_id) == (False, hall.second.person_id)
    with speaking("en"):
        assert "entered again" in watching.lifted_because(made)
    assert "opnieuw ingevoerd" in watching.lifted_because(made)
    acts = [entry.act for entry in session().scalars(select(Entry).order_by(Entry.position))][-4:]
    assert acts[-2:] == ["lift_invalidation", "check_paper"]


@pytest.mark.usefixtures("unit")
def test_what_counts_already_is_without_what_two_persons_took_away_and_has_the_way_in_of_the_last_paper():
    hall = Hall(Method.APPROVAL)
    hall.counts(hall.enters(1, Channel.DESK))
    hall.counts(hall.enters(2, Channel.LETTER))
    decided(hall, doubted(hall))

    def told():
        (stack,) = on_paper.list_stacks(hall.round.id)
        return dict(stack.counted), stack.waits

    assert told() == ({Channel.LETTER: 1}, 0)
    again = hall.enters(1, Channel.MEETING)
    assert told() == ({Channel.LETTER: 1}, 1)
    hall.counts(again)
    assert told() == ({Channel.LETTER: 1, Channel.MEETING: 1}, 0)
    assert results.recount() == []


@pytest.mark.usefixtures("unit")
def test_only_a_ballot_on_paper_that_was_counted_is_doubted_by_its_letter():
    hall = Hall(Method.APPROVAL)
    hall.enters(1)
    use_code(hall.round, hall.codes[1], CODES_KEY, acting(a_resident()))
    for serial in (1, 2, 3, 99):  # waits, online, unused, unknown
        with pytest.raises(on_paper.UnfitLetter, match="geen stembiljet op papier"):
            doubted(hall, serial)
    assert not session().scalars(select(Invalidation)).all()


@pytest.mark.usefixtures("unit")
def test_a_doubt_that_was_not_agreed_on_changes_nothing_and_nobody_proposes_twice():
    hall = Hall(Method.APPROVAL)
    hall.counts(hall.enters())
    made = doubted(hall)
    with pytest.raises(Conflict, match="al iets voorgesteld of besloten"):
        doubted(hall)
    decided(hall, made, agrees=False)
    assert hall.ballots() == 1
    assert len(session().scalars(select(InvalidBallot)).all()) == 1


def test_staff_doubt_a_counted_ballot_with_plain_forms_and_enter_it_again(site):
    with site.writing():
        an_authority()
        hall = Hall(Method.APPROVAL)
        people = a_member_of_staff(), a_member_of_staff()
        for person in people:
            appoint(hall.round, person, Duty.MODERATOR)
        hall.counts(hall.enters())
        told = {f"mark-{one.hex}": "1" for one in said(hall.sheet(), Bankjes=1)}
    typing, checking = (site.browser(one) for one in people)
    room = f"/staff/rounds/{hall.round.slug}"
    wrong = f"{room}/ballots/{hall.poll.id}/wrong"
    assert wrong in typing.get(f"{room}/ballots").text
    assert "opnieuw invoeren" in typing.get(wrong).text
    for letter, reason, words in (
        ("2", "Getypt: bomen.", "geen stembiljet op papier"),
        ("1", "", "waarom deze stembiljetten niet meetellen"),
        ("K7QW", "Getypt: bomen.", "Typ een nummer in cijfers"),
    ):
        answer = typing.post(wrong, {"letter": letter, "why_invalid": reason})
        assert (answer.status_code, words in answer.text) == (422, True), words
        assert f'value="{letter}"' in answer.text
    answer = typing.post(wrong, {"letter": "1", "why_invalid": "Er stond iets anders."})
    assert (answer.status_code, answer.location) == (303, f"{room}/doubts/{hall.poll.id}/1")
    assert "U stelde dit voor" in typing.get(answer.location).text
    shown = checking.get(answer.location).text
    assert "Hoe ze binnenkwamen</dt><dd>per brief</dd>" in shown
    assert "Nummer 1" not in shown
    assert checking.post(f"{answer.location}/decide", {"agrees": "yes"}).status_code == 303
    with site.reading():
        assert hall.ballots() == 0
    page = f"{room}/ballots/{hall.poll.id}/new"
    assert typing.post(page, {**told, "letter": "1", "came_by": "letter"}).status_code == 303
    assert checking.post(f"{room}/ballots/{hall.poll.id}/2/count").status_code == 303
    assert re.search("Het papier is opnieuw ingevoerd", checking.get(answer.location).text)
    with site.reading():
        assert (hall.ballots(), results.recount()) == (1, [])
