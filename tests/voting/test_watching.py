import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from consult.contributions.models import Channel
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.participants.models import AgeBracket
from consult.policy import Duty, Role
from consult.rounds.models import Area, Phase, Verification
from consult.rounds.queries import get_round
from consult.voting import ballots, outcomes, results, rules, watching
from consult.voting.begun import find_begun
from consult.voting.methods import decide
from consult.voting.models import Ballot, BallotNetwork, Mark, Method, Selection
from consult.voting.queries import own_tag
from consult.voting.reach import UNKNOWN, reach_of
from consult.voting.receipts import get_own_receipt
from consult.working import work_once
from tests.builders import a_member_of_staff, a_resident, acting, an_authority, appoint, the_platform
from tests.shows import shows
from tests.voting.builders import a_poll, a_voting_round, closed_for_good, options_of, votes
from tests.voting.test_ballots import Ballots, a_choice, said, sheet_of

HOME, SCHOOL = (rules.network_hash("k", name, clock.now().date()) for name in ("1.2.3.4", "5.6.7.8"))


def casts(poll, network=SCHOOL, at=None, **values):
    sheet, person = sheet_of(poll), a_resident()
    ballots.cast_ballot(sheet, acting(person), said(sheet, **values), network=network)
    if at is not None:
        last = select(Ballot.id).where(Ballot.tag == own_tag(poll, acting(person)))
        session().execute(
            update(BallotNetwork)
            .where(BallotNetwork.ballot_id.in_(last))
            .values(stretch=int(at.timestamp()) // rules.STRETCH)
        )


def a_crowd(poll, number=rules.NEAR, **values):
    for _n in range(number):
        casts(poll, **values)
    return next(one for one in watching.list_clusters(poll.id) if one.key.startswith("n"))


def staff():
    return acting(a_member_of_staff())


def invalidated(poll, cluster):
    made = watching.propose_invalidation(poll, cluster, "Stemmen uit één klas.", staff())
    watching.decide_invalidation(made, staff(), agrees=True)
    return made


def count(poll):
    session().flush()
    return {one.reference: one.votes for one in outcomes.read_profile(poll).candidates if one.votes}


@shows("R103")
@pytest.mark.usefixtures("unit")
def test_ballots_stop_counting_when_a_second_person_agrees_and_count_again_when_it_is_lifted():
    poll = a_choice()
    casts(poll, HOME, Wandelpad=1)
    cluster, before = a_crowd(poll, Bomen=1), count(poll)
    made = watching.propose_invalidation(poll, cluster, "Stemmen uit één klas.", staff())
    assert count(poll) == before  # a report changes no tally
    watching.decide_invalidation(made, staff(), agrees=True)
    assert sorted(count(poll).values()) == [1]
    assert results.recount() == []
    assert session().scalar(select(func.count()).select_from(Mark)) == rules.NEAR + 1  # nothing is deleted
    watching.lift_invalidation(made, "De klas stemde eerlijk.", staff())
    assert count(poll) == before
    assert results.recount() == []


@pytest.mark.usefixtures("unit")
def test_support_and_merged_options_are_counted_without_invalid_ballots():
    poll = a_poll()
    first, second = options_of(poll)
    for person in (a_resident(), a_resident()):
        votes(person, first, rules.Choice.FOR)
        votes(person, second, rules.Choice.FOR)
    second.merged_into_id = first.id
    session().flush()
    ballot_id = session().scalars(select(Ballot.id)).first()
    session().add(BallotNetwork(ballot_id=ballot_id, poll_id=poll.id, network=HOME, stretch=1))
    session().flush()
    before = results.histograms_of([poll.id])[first.id]
    invalidated(poll, watching.Cluster(f"n{HOME.hex()}", 1, 1))
    assert (before, results.histograms_of([poll.id])[first.id]) == ({1: 2}, {1: 1})
    assert results.count_ballots([poll.id]) == {poll.id: 1}
    assert results.recount() == []


@pytest.mark.usefixtures("unit")
def test_who_proposed_does_not_decide_and_nobody_decides_twice():
    poll = a_choice()
    cluster, proposer = a_crowd(poll, Bomen=1), staff()
    made = watching.propose_invalidation(poll, cluster, "Zelfde net.", proposer)
    with pytest.raises(NotAllowed):
        watching.decide_invalidation(made, proposer, agrees=True)
    with pytest.raises(Conflict):  # about these something was proposed already
        watching.propose_invalidation(poll, cluster, "Nog eens.", staff())
    watching.decide_invalidation(made, staff(), agrees=False)
    assert len(count(poll)) == 1
    with pytest.raises(Conflict):
        watching.decide_invalidation(made, staff(), agrees=True)
    with pytest.raises(Conflict):
        watching.lift_invalidation(made, "Toch.", staff())
    assert watching.propose_invalidation(poll, cluster, "Nu echt.", proposer).number == 2


@pytest.mark.usefixtures("unit")
def test_after_the_board_decided_nothing_is_counted_again():
    poll = a_choice()
    made = invalidated(poll, a_crowd(poll, Bomen=1))
    session().add(
        Selection(poll_id=poll.id, selected=[], reasons={}, decided_on=clock.now().date(), recorded_at=clock.now())
    )
    session().flush()
    with pytest.raises(NotNow):
        watching.lift_invalidation(made, "Toch.", staff())


@shows("R103")
def test_an_outcome_that_was_computed_is_computed_again_without_invalid_ballots_and_once_more_with_them(site):
    voting = Ballots(site)
    with site.writing():
        poll = sheet_of(voting.poll).poll
        casts(poll, HOME, Wandelpad=1)
        cluster = a_crowd(poll, Bomen=1)
        closed_for_good(session().get_one(Phase, poll.phase_id), clock.now())
    work_once(site.database)

    def selected():
        with site.reading():
            (found,) = results.results_of(get_round(the_platform(), voting.round.slug))
            titles = {one.reference: one.title for one in found.options}
            return found.is_pending, sorted(titles[one] for one in found.outcomes[0].selected) if found.outcomes else []

    assert selected() == (False, ["Bomen", "Wandelpad"])
    with site.writing():
        made = invalidated(sheet_of(voting.poll).poll, cluster)
    assert selected() == (True, [])
    work_once(site.database)
    assert selected() == (False, ["Wandelpad"])
    with site.reading():
        assert results.recount() == []
    shown = site.browser().get(voting.results).text
    assert "tellen 8 stembiljetten niet mee" in shown
    assert "Stemmen uit één klas." in shown
    with site.writing():
        again = watching.get_invalidation(the_platform(), voting.round.slug, voting.poll.id, made.number)
        watching.lift_invalidation(again, "De klas stemde eerlijk.", staff())
    work_once(site.database)
    assert selected() == (False, ["Bomen", "Wandelpad"])
    assert "tellen weer mee" in site.browser().get(voting.results).text


@pytest.mark.usefixtures("unit")
def test_an_outcome_of_ballots_that_stopped_counting_while_it_was_computed_is_not_kept():
    poll = a_choice()
    cluster = a_crowd(poll, Bomen=1)
    closed_for_good(poll.phase, clock.now())
    profile, decisions = outcomes.read_profile(poll), outcomes.count_decisions(poll.id)
    found = decide(poll.method, profile)
    invalidated(poll, cluster)
    assert not outcomes.keep_outcome(poll, profile, found, the_platform(), decisions=decisions)
    assert poll in outcomes.list_uncomputed()


def test_networks_are_kept_as_keyed_hashes_and_doubted_and_decided_with_plain_forms(site):
    voting = Ballots(site)
    with site.writing():
        people = [a_resident() for _n in range(rules.NEAR)]
        first, second = a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.MODERATOR)
        for person in (first, second):
            appoint(voting.round, person, Duty.MODERATOR)
    for person in people:
        site.browser(person).post(f"{voting.page}/cast", voting.typed(Bomen=1))
    with site.reading():
        kept = session().scalars(select(BallotNetwork.network)).all()
        assert len(kept) == rules.NEAR
        assert len({bytes(one) for one in kept}) == 1
        assert b"127.0.0.1" not in kept[0]
    typing, checking = site.browser(first), site.browser(second)
    room = f"/staff/rounds/{voting.round.slug}/doubts"
    link = re.search(rf'href="({room}/[^"]+/new\?cluster=n[0-9a-f]+)"', typing.get(room).text)[1]
    page = typing.get(link).text
    told = {
        "cluster": re.search(r'name="cluster"[^>]*value="([^"]+)"', page)[1],
        "form_key": re.search(r'name="form_key"[^>]*value="([^"]+)"', page)[1],
    }
    assert typing.post(link.split("?")[0], told).status_code == 422
    assert typing.post(link.split("?")[0], told | {"why_invalid": "Eén toetsenbord."}).status_code == 303
    one = f"{room}/{voting.poll.id}/1"
    assert typing.post(f"{one}/decide", {"agrees": "yes"}).status_code == 403
    assert voting.counts() == {"Bomen": rules.NEAR}
    assert checking.post(f"{one}/decide", {"agrees": "yes"}).status_code == 303
    assert voting.counts() == {}
    own = site.browser(people[0]).get(voting.page).text
    assert "Dit stembiljet telt niet mee" in own
    assert "Eén toetsenbord." in own
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', checking.get(one).text)[1]
    assert checking.post(f"{one}/lift", {"why_again": "Een school.", "form_key": key}).status_code == 303
    assert voting.counts() == {"Bomen": rules.NEAR}
    assert "tellen weer mee" in checking.get(one).text


@pytest.mark.usefixtures("unit")
def test_a_changed_ballot_adds_no_network_and_fewer_than_eight_are_no_cluster():
    poll, ada = a_choice(), acting(a_resident())
    for _n in range(3):
        sheet = sheet_of(poll)
        ballots.cast_ballot(sheet, ada, said(sheet, Bomen=1), network=HOME)
    assert session().scalar(select(func.count()).select_from(BallotNetwork)) == 1
    for _n in range(rules.NEAR - 2):
        casts(poll, HOME, Bomen=1)
    assert watching.list_clusters(poll.id) == []


@pytest.mark.usefixtures("unit")
def test_networks_are_forgotten_after_two_days_and_doubted_ones_a_month_after_the_close():
    poll, long_ago = a_choice(), clock.now() - timedelta(days=3)
    casts(poll, HOME, at=long_ago, Wandelpad=1)
    for _n in range(rules.NEAR):
        casts(poll, SCHOOL, at=long_ago, Bomen=1)
    casts(poll, HOME, Wandelpad=1)
    kept = select(func.count()).select_from(BallotNetwork)
    assert watching.forget_networks(clock.now()) == 1
    assert session().scalar(kept) == rules.NEAR + 1
    closed_for_good(poll.phase, clock.now())
    session().flush()
    assert watching.forget_networks(clock.now() + timedelta(days=31)) == rules.NEAR + 1
    assert session().scalar(kept) == 0


def test_a_burst_is_many_more_than_usual():
    assert rules.bursts({1: 3, 2: 4, 3: 2}) == []
    assert rules.bursts({1: 3, 2: 40, 3: 2}) == [2]
    assert rules.bursts({1: 30, 2: 40, 3: 35}) == []
    assert rules.bursts({5: 25}) == [5]


def test_the_same_network_has_another_hash_each_day():
    day = clock.now().date()
    assert rules.network_hash("k", "1.2.3.4", day) != rules.network_hash("k", "1.2.3.4", day + timedelta(days=1))
    assert rules.network_hash("k", "1.2.3.4", day) != rules.network_hash("other", "1.2.3.4", day)


@settings(deadline=None)
@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 60)), st.integers(1, 15))
def test_no_cell_that_is_hidden_follows_from_the_others(counts, least):
    hidden = rules.hidden_cells(counts, least)
    assert {name for name, number in counts.items() if number < least} <= hidden
    if hidden and hidden != set(counts):
        assert len(hidden) > 1
        assert sum(counts[name] for name in hidden) >= least


@pytest.mark.usefixtures("unit")
def test_reach_is_told_as_it_was_when_people_voted_beside_the_population():
    an_authority()
    found = a_voting_round()
    poll = a_choice(found=found)
    session().add_all(
        Area(code=code, name=code, population=lives, ages=["10", "20", "30", "20", "20"])
        for code, lives in (("N", 300), ("Z", 100), ("W", 100))
    )
    session().flush()

    def people(number, area, age):
        for _n in range(number):
            person = a_resident()
            person.age, person.area_code = age, area
            session().flush()
            sheet = sheet_of(poll)
            ballots.cast_ballot(sheet, acting(person), said(sheet, Bomen=1))
            person.age, person.area_code = AgeBracket.FROM_65, "W"  # they move; what is told stays

    people(12, "N", AgeBracket.FROM_15)
    people(11, "Z", AgeBracket.FROM_25)
    people(3, "W", AgeBracket.FROM_45)
    people(10, None, AgeBracket.UNKNOWN)
    told = reach_of([poll.id], 5)[poll.id]
    assert told.channels == {Channel.ONLINE: 36}
    areas = {cell.name: (cell.ballots, cell.of_population) for cell in told.areas if cell.name in {"N", "Z", "W", ""}}
    assert areas["N"] == (12, 60)
    assert areas["W"][0] is None
    ages = {cell.name: cell.ballots for cell in told.ages}
    assert ages[AgeBracket.FROM_15.words] == 12
    assert ages[AgeBracket.FROM_65.words] is None
    assert {cell.name for cell in told.areas} >= {"N", "Z", "W", UNKNOWN}


@pytest.mark.usefixtures("unit")
def test_of_statements_nothing_is_invalidated():
    poll = a_poll(method=Method.STATEMENTS)
    with pytest.raises(Conflict):
        watching.propose_invalidation(poll, watching.Cluster("t1", 1, 1), "Nee.", staff())


def test_who_voted_is_told_that_the_ballot_does_not_count_wherever_it_is_shown(site):
    with site.writing():
        poll = a_poll()
        slug, poll_id, person = poll.round.slug, poll.id, a_resident()
        votes(person, options_of(poll)[0], rules.Choice.FOR)
        code = get_own_receipt(acting(person), slug, poll_id).code.written
        ballot_id = session().scalars(select(Ballot.id)).one()
        session().add(BallotNetwork(ballot_id=ballot_id, poll_id=poll_id, network=HOME, stretch=1))
        session().flush()
        made = invalidated(poll, watching.Cluster(f"n{HOME.hex()}", 1, 1))
    here = f"/rounds/{slug}/receipts/{poll_id}/{code}"
    for browser, address in (
        (site.browser(person), f"/rounds/{slug}/vote"),
        (site.browser(), here),
        (site.browser(), f"{here}.txt"),
    ):
        shown = browser.get(address).text
        assert "Stemmen uit één klas." in shown
        assert "Dit is het stembiljet zoals het nu telt." not in shown
    assert "Stemmen uit één klas." not in site.browser().get(f"/rounds/{slug}/vote").text
    with site.writing():
        again = watching.get_invalidation(the_platform(), slug, poll_id, made.number)
        watching.lift_invalidation(again, "De klas stemde eerlijk.", staff())
    assert "Dit is het stembiljet zoals het nu telt." in site.browser().get(here).text
    assert "Stemmen uit één klas." not in site.browser(person).get(f"/rounds/{slug}/vote").text


@pytest.mark.usefixtures("unit")
def test_what_does_not_fit_the_page_can_still_be_proposed_and_is_not_forgotten(monkeypatch):
    poll, long_ago = a_choice(), clock.now() - timedelta(days=3)
    for _n in range(rules.NEAR + 1):
        casts(poll, HOME, at=long_ago, Wandelpad=1)
    invalidated(poll, watching.list_clusters(poll.id)[0])
    for _n in range(rules.NEAR):
        casts(poll, SCHOOL, at=long_ago, Bomen=1)
    monkeypatch.setattr("consult.voting.watching.SHOWN", 1)
    (shown,) = watching.list_watched(poll.round_id)
    assert [one.key for one in shown.clusters] == [f"n{SCHOOL.hex()}"]  # of the larger one none counts any more
    assert watching.get_cluster(poll, f"n{HOME.hex()}").ballots == rules.NEAR + 1
    assert watching.forget_networks(clock.now()) == 0


@pytest.mark.usefixtures("unit")
def test_who_cannot_vote_yet_is_not_kept_to_be_reminded():
    poll, person = a_choice(), acting(a_resident())
    poll.round.verification = Verification.LETTER_CODE
    ballots.begin_ballot(sheet_of(poll), person)
    assert find_begun(poll, person) is None
    poll.round.verification = Verification.EMAIL
    ballots.begin_ballot(sheet_of(poll), person)
    assert find_begun(poll, person) is not None
