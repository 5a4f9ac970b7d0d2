"""The exact end: a vote counts when it arrived before it, and none is added to a count that is final."""

from datetime import timedelta

import pytest

from consult.foundation import clock
from consult.foundation.db import Database, session
from consult.foundation.errors import NotNow
from consult.policy import system
from consult.rounds.models import Phase
from consult.rounds.verbs import close_phase
from consult.voting.models import Choice
from tests.once import labour
from tests.once.harness import Town, a_town, cast_at_once, look, processes, working
from tests.once.labour import Conditions
from tests.shows import shows
from tests.site import Site

STEP = timedelta(milliseconds=10)
AROUND, FEW = range(-100, 100), range(-4, 4)


def end_of(database: Database, town: Town):
    with database.reading():
        return session().get_one(Phase, town.phase_id).closes_at


def around_the_end(database: Database, town: Town, steps: range, bug: str = "") -> list[bool]:
    """Cast votes in steps of 10 ms around the end, from two processes; says of each whether it was kept."""
    end = end_of(database, town)
    votes = [town.vote(voter=n % len(town.voters), at=end + n * STEP) for n in steps]
    gate = processes.Barrier(2)
    with working() as workers:
        for half in (votes[::2], votes[1::2]):
            workers.start(labour.cast_all, Conditions(town.url, bug), half, 1, gate)
        even, odd = workers.answers()
    told = [outcome for pair in zip(even, odd, strict=True) for outcome in pair]
    assert set(told) <= {"kept", "NotNow"}
    return [outcome == "kept" for outcome in told]


@shows("R72")
def test_of_200_votes_around_the_end_exactly_those_before_it_count(empty_database):
    town = a_town(empty_database, people=len(AROUND))
    assert around_the_end(empty_database, town, AROUND) == [n < 0 for n in AROUND]
    kept = look(empty_database, town)
    assert (kept.ballots, kept.counts[0]["for"], kept.wrong) == (100, 100, ())


def test_this_net_notices_a_vote_at_the_very_end(empty_database):
    town = a_town(empty_database, people=4)
    assert around_the_end(empty_database, town, FEW, "up to and at the end") != [n < 0 for n in FEW]


@shows("R72")
def test_a_request_counts_by_its_arrival_and_a_late_one_hears_when_it_closed(empty_database):
    town = a_town(empty_database)
    end = end_of(empty_database, town)
    site = Site(empty_database)
    path = f"/rounds/{town.slug}/vote/{town.options[0]}"
    browser = site.browser()
    with clock.set_to(end - timedelta(minutes=1)):
        browser.as_(town.voters[0])
    for step in (-2, -1, 0, 1):
        with clock.set_to(end + step * STEP):
            answer = browser.post(path, {"choice": "for" if step < 0 else "against"})
        assert answer.status_code == (303 if step < 0 else 403)
        assert step < 0 or str(end.year) in answer.text
    assert look(empty_database, town).counts[0] == {"for": 1, "neutral": 0, "against": 0}


@shows("R72")
def test_a_scheduled_close_waits_for_every_request_that_can_still_count(empty_database):
    town = a_town(empty_database, people=2)
    end = end_of(empty_database, town)

    def close() -> None:
        close_phase(session().get_one(Phase, town.phase_id), system(clock.now()))

    with clock.set_to(end + timedelta(seconds=59, milliseconds=990)):
        with pytest.raises(NotNow):
            empty_database.write(close)
        empty_database.write(lambda: labour.cast(town.vote(voter=0, at=end - STEP)))  # slow, but in time
    with clock.set_to(end + timedelta(seconds=60)):
        empty_database.write(close)
        with pytest.raises(NotNow):
            empty_database.write(lambda: labour.cast(town.vote(voter=1, at=end - STEP)))
    assert look(empty_database, town).counts[0]["for"] == 1


def a_vote_and_a_close(town: Town, first: str, bug: str = "", database: str = "ours") -> tuple[str, str]:
    """Let a vote and a close by hand meet: the one named goes first and stands still before its commit."""
    there, go, other = processes.Event(), processes.Event(), processes.Event()
    ours, theirs = Conditions(town.url), Conditions(town.url, bug, database)
    with working() as workers:
        if first == "vote":
            workers.start(labour.cast_with_a_pause, theirs, town.vote(), "before commit", there, go)
            assert there.wait(30)
            workers.start(labour.close_by_hand, ours, town.phase_id, "", other, other)
        elif first == "close":
            workers.start(labour.close_by_hand, ours, town.phase_id, "before commit", there, go)
            assert there.wait(30)
            workers.start(labour.cast_with_a_pause, theirs, town.vote(), "", other, other)
        else:
            workers.start(labour.cast_with_a_pause, theirs, town.vote(), "after hold", there, go)
            assert there.wait(30)
            workers.start(labour.close_by_hand, ours, town.phase_id, "", other, other)
        other.wait(0.7)  # the second one runs as far as it can
        go.set()
        one, two = workers.answers()
    return (two, one) if first == "close" else (one, two)


@shows("R72")
def test_a_close_waits_for_a_vote_that_is_not_committed_yet(empty_database):
    town = a_town(empty_database)
    assert a_vote_and_a_close(town, "vote") == ("kept", "closed")
    assert look(empty_database, town).counts[0]["for"] == 1


@shows("R72")
def test_a_vote_that_waited_for_a_close_is_refused(empty_database):
    town = a_town(empty_database)
    assert a_vote_and_a_close(town, "close") == ("NotNow", "closed")
    assert look(empty_database, town).counts[0]["for"] == 0


def count_of(database: Database, town: Town) -> int:
    return sum(look(database, town).counts[0].values())


def final_count_moves(database: Database, town: Town, patience: float, bug: str = "", kind: str = "ours") -> bool:
    """Say whether a vote that stood still after asking for the phase came into a count that was final already."""
    there, go, never = processes.Event(), processes.Event(), processes.Event()
    with working() as workers:
        workers.start(labour.cast_with_a_pause, Conditions(town.url, bug, kind), town.vote(), "after hold", there, go)
        assert there.wait(30)
        with working() as closers:
            closing = closers.start(labour.close_by_hand, Conditions(town.url), town.phase_id, "", never, never)
            closing.join(patience)
            closed_first = not closing.is_alive()
            final = count_of(database, town) if closed_first else None
            go.set()
            closers.answers()
        workers.answers()
    return closed_first and count_of(database, town) != final


@shows("R72")
def test_no_vote_comes_into_a_final_count(empty_database):
    assert not final_count_moves(empty_database, a_town(empty_database), 1)


def test_this_net_notices_a_vote_that_does_not_hold_its_phase(empty_database):
    assert final_count_moves(empty_database, a_town(empty_database), 30, "no lock on the phase", "legacy")


@shows("R72", "R77")
def test_in_a_storm_of_votes_what_was_counted_at_the_close_is_what_stays(empty_database):
    town = a_town(empty_database, people=20, proposals=2)
    begun, stop, never = processes.Event(), processes.Event(), processes.Event()
    choices = (Choice.FOR, Choice.AGAINST)
    with working() as voters:
        for n in range(2):
            mine = [town.vote(v, o, choices[(v + o) % 2]) for v in range(n, 20, 2) for o in range(2)]
            voters.start(labour.cast_until, Conditions(town.url), mine, begun, stop)
        assert begun.wait(30)
        stop.wait(0.3)
        with working() as closers:
            closers.start(labour.close_by_hand, Conditions(town.url), town.phase_id, "", never, never)
            assert closers.answers() == ["closed"]
        at_close = look(empty_database, town)
        stop.wait(0.3)
        stop.set()
        told = [outcome for outcomes in voters.answers() for outcome in outcomes]
    after = look(empty_database, town)
    assert set(told) == {"kept", "NotNow"}
    assert after.counts == at_close.counts
    assert (after.changes, after.entries, after.wrong) == (told.count("kept"), told.count("kept"), ())


def test_two_who_close_at_once_close_once(empty_database):
    town = a_town(empty_database)
    assert sorted(cast_at_once(Conditions(town.url), [town.vote(), town.vote()])) == ["kept", "kept"]
    never = processes.Event()
    with working() as workers:
        for _ in range(2):
            workers.start(labour.close_by_hand, Conditions(town.url), town.phase_id, "", never, never)
        assert sorted(workers.answers()) == ["NotNow", "closed"]
