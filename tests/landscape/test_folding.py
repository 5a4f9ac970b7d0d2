import json

import numpy as np
import pytest
from sqlalchemy import func, select

from consult.contributions.models import Contribution, State
from consult.foundation import clock
from consult.foundation.db import session
from consult.landscape.core import landscape
from consult.landscape.folding import compute, fold, sums_of, told_of_poll
from consult.landscape.matrix import votes_of
from consult.landscape.models import Folded, Kept
from consult.landscape.moments import Moments
from consult.landscape.queries import find_told, get_poll_of, list_due, list_marks
from consult.landscape.rules import shows_now
from consult.landscape.telling import interim_json, tell
from consult.rounds.models import Phase, Round
from consult.voting.models import Opinion, Voter
from consult.voting.queries import get_option
from consult.voting.verbs import cast_opinion, withdraw_votes
from consult.working import work_once
from tests.builders import a_resident, acting, the_platform
from tests.landscape.builders import a_statement_poll, enter, marks_of, planted
from tests.voting.builders import closed_for_good, options_of

VOTES, OF = planted(2, people=60, statements=12, density=0.95, flips=0.02, passes=0.05)


def test_a_vote_writes_its_mark_and_nothing_of_the_landscape(unit):
    poll = a_statement_poll()
    person, option = a_resident(), options_of(poll)[0]
    cast_opinion(option, acting(person), Opinion.AGREE)
    assert session().scalar(select(func.count()).select_from(Kept)) == 0
    assert list_due() == [poll.id]


def test_what_is_folded_in_is_what_is_built_anew_whatever_changed_meanwhile(unit):
    poll = a_statement_poll(12)
    enter(poll, VOTES)
    assert fold(poll.id) == 60
    assert fold(poll.id) == 0
    person, options = a_resident(), options_of(poll)
    for option, opinion in zip(options, (Opinion.AGREE, Opinion.DISAGREE, Opinion.PASS), strict=False):
        cast_opinion(option, acting(person), opinion)
    assert fold(poll.id) == 1
    cast_opinion(options[0], acting(person), Opinion.DISAGREE)
    cast_opinion(options[1], acting(person), Opinion.NONE)
    assert fold(poll.id) == 1
    _is_whole(poll)
    withdraw_votes(acting(person))
    assert fold(poll.id) == 1
    _is_whole(poll)


def _is_whole(poll):
    """The sums equal those of all marks."""
    statements, sums = sums_of(poll.id)
    references = {option.reference: option.id.hex for option in options_of(poll)}
    anew = votes_of((ballot, references[reference], value) for ballot, reference, value in list_marks(poll.id))
    order = [statements.index(name) for name in anew.statements]
    for kept, built in zip(vars(sums).values(), vars(Moments.of(anew)).values(), strict=True):
        np.testing.assert_allclose(kept[np.ix_(order, order)], built, rtol=0, atol=1e-9)
        assert np.abs(kept).sum() == pytest.approx(np.abs(built).sum())


def test_the_landscape_of_what_was_folded_is_the_one_of_all_votes(unit):
    poll = a_statement_poll(12)
    enter(poll, VOTES)
    fold(poll.id)
    found, _known = compute(poll.id)
    references = {option.reference: option.id.hex for option in options_of(poll)}
    anew = landscape(votes_of((b, references[r], v) for b, r, v in list_marks(poll.id)))
    np.testing.assert_allclose(found.points, anew.points, rtol=0, atol=1e-9)
    assert found.as_previous == anew.as_previous
    assert found.input_hash == anew.input_hash


def test_the_worker_tells_it_once_and_keeps_labels_after_another_vote(empty_database):
    with empty_database.writing():
        poll = a_statement_poll(12)
        enter(poll, VOTES)
        person, option = a_resident(), options_of(poll)[0]
    work_once(empty_database)
    with empty_database.reading():
        assert list_due() == []
        labels = dict(session().execute(select(Folded.ballot_id, Folded.label)).all())
    assert sorted(labels.values()) == [0] * 30 + [1] * 30
    with empty_database.writing():
        cast_opinion(get_option(the_platform(), poll.round.slug, option.id), acting(person), Opinion.AGREE)
    work_once(empty_database)
    with empty_database.reading():
        kept = dict(session().execute(select(Folded.ballot_id, Folded.label)).all())
    assert {ballot: kept[ballot] for ballot in labels} == labels
    _close(empty_database, poll)
    with empty_database.reading():
        told, is_final = find_told(_poll(poll))
    assert is_final
    assert (told["participants"], [group["size"] for group in told["groups"]]) == (61, [30, 30])


def _poll(poll):
    return get_poll_of(session().get_one(Round, poll.round_id))


def _close(database, poll):
    with database.writing():
        session().get_one(Phase, poll.phase_id).closed_at = clock.now()
    work_once(database)


def _answer(database, poll, people, opinion=Opinion.AGREE):
    with database.writing():
        option = options_of(poll)[0]
        for person in people:
            cast_opinion(get_option(the_platform(), poll.round.slug, option.id), acting(person), opinion)
    work_once(database)


def _shown(database, poll):
    with database.reading():
        told, is_final = find_told(_poll(poll))
    return (told["participants"] if told else None), is_final


def test_while_people_answer_no_two_pages_differ_by_fewer_than_five_of_them(empty_database):
    with empty_database.writing():
        poll = a_statement_poll(12, shows_interim=True)
        enter(poll, VOTES)
        people = [a_resident() for _one in range(14)]
    work_once(empty_database)
    assert _shown(empty_database, poll) == (None, False)  # it waits for the next five
    seen = []
    for person in people:
        _answer(empty_database, poll, [person])
        seen.append(_shown(empty_database, poll)[0])
    assert seen == [None] * 4 + [60] * 5 + [65] * 5
    for opinion in (Opinion.DISAGREE, Opinion.AGREE):
        _answer(empty_database, poll, people[10:], opinion)  # the same four who answer again are not five
    assert _shown(empty_database, poll) == (65, False)
    _close(empty_database, poll)
    assert _shown(empty_database, poll) == (74, True)  # nine more than the last page before it


def _printed(database, poll):
    with database.reading():
        return told_of_poll(_poll(poll), poll.round.slug)


def test_while_people_answer_the_command_prints_no_more_than_the_page_shows(empty_database):
    with empty_database.writing():
        hidden, shown = a_statement_poll(12), a_statement_poll(12, shows_interim=True)
        for poll in (hidden, shown):
            enter(poll, VOTES)
        people = [a_resident() for _one in range(9)]
    work_once(empty_database)
    assert _printed(empty_database, shown) is None
    steps = []
    for person in people:
        _answer(empty_database, shown, [person])
        steps.append(_printed(empty_database, shown))
    assert [step and step["participants"] for step in steps] == [None] * 4 + [60] * 5
    assert steps[4] == steps[8]  # four more people said something meanwhile
    assert (steps[4]["final"], steps[4]["members"], steps[4]["statements"]) == (False, {}, 12)
    assert _printed(empty_database, hidden) is None
    _close(empty_database, shown)
    whole = _printed(empty_database, shown)
    assert (whole["final"], whole["participants"]) == (True, 69)
    assert whole.keys() == steps[4].keys()
    references = {one["statement"] for told in (whole, steps[4]) for one in told["consensus"] + told["divisive"]}
    with empty_database.reading():
        assert references <= {option.reference for option in options_of(shown)}


def _thinned():
    """The votes, of which three are left on the last statement, twelve on the one before it, and on the third last
    all of the first mind with three of the other."""
    taken, keep = {"s0011": 0, "s0010": 0, "s0009": 0}, {"s0011": 3, "s0010": 12, "s0009": 3}
    first = {name for name, mind in zip(VOTES.participants, OF, strict=True) if mind == 0}
    for person, statement, value in marks_of(VOTES):
        if statement in keep and not (statement == "s0009" and person in first):
            if taken[statement] == keep[statement]:
                continue
            taken[statement] += 1
        yield person, statement, value


def test_what_is_printed_while_people_answer_leaves_out_what_too_few_said():
    told = tell(landscape(votes_of(_thinned())))
    for one in told["figures"]["representative"].values():
        one.append({"statement": "s0009", "direction": "agree", "share": 0.8, "ratio": 1.2})
    printed = interim_json(told, "kade", {})
    few = {"s0010", "s0011"}
    kept = json.dumps([told["figures"][name] for name in ("consensus", "divisive", "majority", "representative")])
    assert any(name in kept for name in few)  # else nothing is left out
    assert not any(name in json.dumps(printed) for name in few)
    assert "s0009" not in json.dumps([printed["consensus"], printed["representative"]])
    assert all(printed["representative"].values())
    assert printed["votes"] == printed["method"]["votes_used"] == told["votes"] - 3


def test_nothing_is_final_before_the_last_vote_is_in_it(empty_database):
    with empty_database.writing():
        hidden, shown = a_statement_poll(12), a_statement_poll(12, shows_interim=True)
        for poll in (hidden, shown):
            enter(poll, VOTES)
        people = [a_resident() for _one in range(6)]
    work_once(empty_database)
    _answer(empty_database, shown, people)
    with empty_database.writing():
        for poll in (hidden, shown):
            option = options_of(poll)[0]
            chosen = get_option(the_platform(), poll.round.slug, option.id)
            cast_opinion(chosen, acting(people[0]), Opinion.DISAGREE)
            session().get_one(Phase, poll.phase_id).closed_at = clock.now()
    assert _shown(empty_database, hidden) == (None, False)
    assert _shown(empty_database, shown) == (60, False)
    work_once(empty_database)
    assert _shown(empty_database, hidden) == (61, True)
    assert _shown(empty_database, shown) == (66, True)


def test_what_is_final_follows_from_the_votes_alone(empty_database):
    with empty_database.writing():
        poll = a_statement_poll(12)
        enter(poll, VOTES)
    work_once(empty_database)
    with empty_database.writing():
        for row in session().scalars(select(Folded)):
            row.label = None if row.label is None else 1 - row.label  # as if another history had named them
    _close(empty_database, poll)
    with empty_database.reading():
        told, _is_final = find_told(_poll(poll))
        anew = told_of_poll(_poll(poll), poll.round.slug)
        first = session().scalar(select(Folded.label).order_by(Folded.ballot_id))
        fresh = landscape(votes_of((b, r, v) for b, r, v in list_marks(poll.id)))
    assert [group["label"] for group in told["groups"]] == [group["id"] for group in anew["groups"]]
    assert first == fresh.labels[fresh.members[0]]


def test_a_poll_that_nobody_answered_waits_for_nothing(empty_database):
    with empty_database.writing():
        poll = a_statement_poll(3)
    _close(empty_database, poll)
    assert _shown(empty_database, poll) == (None, True)


def test_a_statement_that_was_refused_meanwhile_no_longer_counts(empty_database):
    with empty_database.writing():
        poll = a_statement_poll(12)
        enter(poll, VOTES)
    _close(empty_database, poll)
    with empty_database.writing():
        gone = options_of(poll)[0]
        session().get_one(Contribution, gone.contribution_id).state = State.REFUSED
    work_once(empty_database)
    with empty_database.reading():
        told, _is_final = find_told(_poll(poll))
    assert gone.id.hex not in told["statements"]
    assert (len(told["statements"]), told["refused"]) == (11, 1)


def test_nothing_that_is_kept_for_pages_leads_to_one_person(empty_database):
    with empty_database.writing():
        poll = a_statement_poll(12)
        enter(poll, VOTES)
    _close(empty_database, poll)
    with empty_database.reading():
        found, _is_final = find_told(_poll(poll))
        told = str(found)
        ballots = session().scalars(select(Folded.ballot_id)).all()
        smallest = min(cell["people"] for cell in found["map"]["cells"])
    assert not [ballot for ballot in ballots if ballot.hex in told or str(ballot) in told]
    assert smallest >= 5


def test_an_imported_conversation_names_its_participants_and_a_round_of_our_own_nobody(unit):
    poll = a_statement_poll(12)
    enter(poll, VOTES)
    closed_for_good(poll.phase, clock.now())
    told = told_of_poll(poll, poll.round.slug)
    assert told["final"]
    assert len(told["members"]) == 60
    groups = {told["members"][name] for name, mind in zip(VOTES.participants, OF, strict=True) if mind == 0}
    assert len(groups) == 1
    for voter in session().scalars(select(Voter)):
        voter.reference = None
    session().flush()
    assert told_of_poll(poll, poll.round.slug)["members"] == {}


def test_it_is_told_while_people_vote_only_where_the_round_says_so(unit):
    hidden, shown = a_statement_poll(2), a_statement_poll(2, shows_interim=True)
    assert [shows_now(poll) for poll in (hidden, shown)] == [False, True]
    closed_for_good(hidden.phase, clock.now())
    assert shows_now(hidden)
