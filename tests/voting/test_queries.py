import random
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.contributions.models import Contribution, State
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.errors import NotFound
from consult.foundation.language import speaking
from consult.rounds.models import RoundState
from consult.voting import queries, results, rules
from consult.voting.batches import enter_ballots
from consult.voting.lines import list_lines
from consult.voting.methods import METHODS
from consult.voting.models import Ballot, Choice, Mark, Method, Option, Poll
from consult.voting.verbs import add_options
from tests.builders import a_moderator_of, a_resident, acting, the_platform
from tests.shows import shows
from tests.voting.builders import (
    a_poll,
    a_proposal_in,
    a_voting_round,
    an_option,
    closed_for_good,
    merged,
    options_of,
    reread_round,
    residents,
    votes,
)

pytestmark = pytest.mark.usefixtures("unit")


@pytest.mark.parametrize("seed", range(6))
@shows("R70", "R77")
def test_the_count_in_the_database_equals_a_count_by_hand(seed):
    dice = random.Random(seed)
    poll = a_poll(proposals=8)
    options = options_of(poll)
    rows = []
    for n in range(40):
        chosen = dice.sample(options, dice.randint(0, 8))
        rows.append((f"v{n}", {option.id: dice.choice([1, 0, -1, None]) for option in chosen}))
    enter_ballots(poll, rows, the_platform())
    for option in options[:5]:  # chains of any length, never a circle
        merged(option, dice.choice(options[options.index(option) + 1 :]))
    pointers = dict(session().execute(select(Option.id, Option.merged_into_id)).all())
    marks = session().execute(select(Mark.ballot_id, Mark.option_id, Mark.value, Mark.counter)).all()
    by_hand = rules.count_marks(marks, pointers)
    named = METHODS[Method.SUPPORT].named
    assert queries.tally(poll) == {o.id: named(by_hand.get(o.id, {})) for o in options if pointers[o.id] is None}
    for counts in queries.tally(poll).values():
        assert sum(counts.values()) <= 40
    assert results.recount() == []


@shows("R70")
def test_a_supporter_of_both_counts_once_after_merging():
    poll = a_poll(proposals=3)
    one, two, three = options_of(poll)
    person = a_resident()
    for option, choice in ((one, Choice.FOR), (two, Choice.AGAINST)):
        votes(person, option, choice)
    merged(one, three)
    merged(two, three)
    assert queries.tally(poll) == {three.id: {"for": 0, "neutral": 0, "against": 1}}
    votes(person, options_of(poll)[2], Choice.NEUTRAL)
    assert queries.tally(poll) == {three.id: {"for": 0, "neutral": 1, "against": 0}}


@shows("S48")
def test_before_the_end_a_result_holds_no_number_at_all():
    option = an_option()
    votes(a_resident(), option, Choice.FOR)
    (found,) = results.results_of(option.poll.round)
    assert not found.final
    assert (found.ballots, found.outcomes, [dict(o.votes) for o in found.options]) == (None, [], [{}])
    with clock.set_to(option.poll.phase.closes_at + timedelta(minutes=5)):  # over, but not closed for good
        assert not results.results_of(option.poll.round)[0].final


def test_after_the_end_a_result_tells_counts_and_says_that_they_are_advice():
    poll = a_poll()
    one, other = options_of(poll)
    ada, bo, cas = residents(3)
    votes(ada, one, Choice.FOR)
    votes(bo, one, Choice.AGAINST)
    votes(bo, other, Choice.NEUTRAL)
    votes(cas, one, Choice.FOR)
    votes(cas, one, Choice.NONE)
    poll.eligible = 48_200
    closed_for_good(poll.phase, clock.now())
    (found,) = results.results_of(reread_round(poll.round))
    told = found.as_json()
    assert (told["final"], told["ballots"], told["eligible"], told["method"]) == (True, 2, 48_200, "support")
    counts = {o["title"]: o["votes"] for o in told["options"]}
    assert counts["Voorstel 1"] == {"for": 1, "neutral": 0, "against": 1}
    assert counts["Voorstel 2"] == {"for": 0, "neutral": 1, "against": 0}
    assert told["outcomes"] == [{"rule": "support", "parameters": {"binding": False}, "selected": [], "ties": []}]


def test_a_budget_tells_the_rule_its_parameters_and_who_won():
    poll = a_poll(proposals=0, method=Method.APPROVAL)
    poll.parameters = {"budget": 100_00}
    things = [a_proposal_in(poll.round, f"Plan {n}") for n in range(3)]
    options = add_options(poll, [(t.id, str(n), 60_00) for n, t in enumerate(things, start=9)])
    enter_ballots(poll, [("a", {options[0].id: 1, options[1].id: 1}), ("b", {options[1].id: 1})], the_platform())
    closed_for_good(poll.phase, clock.now())
    (waiting,) = results.results_of(reread_round(poll.round))
    assert (waiting.is_pending, list(waiting.outcomes)) == (True, [])  # no page computes what takes long
    (found,) = results.results_of(reread_round(poll.round), computes=True)
    greedy, beside = found.as_json()["outcomes"]
    assert greedy == {
        "rule": "greedy",
        "parameters": {"budget": 100_00, "tie_order": ["cost", "votes", "reference"]},
        "selected": ["10"],
        "ties": [],
        "details": {"spent": 60_00},
    }
    assert (beside["rule"], beside["selected"]) == ("equal_shares", ["10"])
    assert {o.reference: dict(o.votes) for o in found.options} == {
        "9": {"votes": 1},
        "10": {"votes": 2},
        "11": {"votes": 0},
    }


def test_a_text_that_is_not_public_any_more_is_not_told_with_its_count():
    option = an_option()
    option.contribution.state = State.WITHDRAWN
    closed_for_good(option.poll.phase, clock.now())
    (found,) = results.results_of(reread_round(option.poll.round))
    assert "Voorstel" not in found.options[0].title
    assert found.options[0].public_id is None


def test_an_option_is_found_in_its_own_round_while_its_text_is_public():
    option, other = an_option(), a_voting_round()
    actor = acting(a_resident())
    assert queries.get_option(actor, option.poll.round.slug, option.id).round_id == option.poll.round_id
    for slug, option_id in ((other.slug, option.id), (option.poll.round.slug, uuid.uuid4())):
        with pytest.raises(NotFound):
            queries.get_option(actor, slug, option_id)
    option.contribution.state = State.HELD
    session().flush()
    with pytest.raises(NotFound):
        queries.get_option(actor, option.poll.round.slug, option.id)


def test_a_round_in_preparation_shows_its_options_and_polls_to_those_who_serve_it_alone():
    option = an_option()
    subject = option.poll.round
    serves = a_moderator_of(subject)
    subject.state = RoundState.DRAFT
    session().flush()
    assert queries.get_option(serves, subject.slug, option.id).id == option.id
    assert queries.get_poll(serves, subject.slug, option.poll_id).id == option.poll_id
    for get, thing in ((queries.get_option, option.id), (queries.get_poll, option.poll_id)):
        with pytest.raises(NotFound):
            get(acting(a_resident()), subject.slug, thing)


def test_the_order_of_a_ballot_is_stable_and_begins_where_the_seed_says():
    poll = a_poll(proposals=30)
    actor = acting(None)
    keys = dict(session().execute(select(Contribution.id, Contribution.order_key)).all())
    start = sorted(keys.values())[10]

    def listed(page: int) -> list[uuid.UUID]:
        found = list_lines(poll, actor, start=start, page=page, per_page=25)
        assert found.total == 30
        return [line.option.contribution_id for line in found.lines]

    ordered = listed(1) + listed(2)
    assert ordered == listed(1) + listed(2)
    by_key = sorted(keys, key=lambda thing: keys[thing])
    assert ordered == by_key[10:] + by_key[:10]


def test_a_ballot_shows_the_readers_own_marks_and_those_on_what_was_joined():
    poll = a_poll(proposals=3)
    one, two, three = options_of(poll)
    ada, bo = residents(2)
    votes(ada, one, Choice.FOR)
    votes(ada, two, Choice.AGAINST)
    votes(bo, one, Choice.NEUTRAL)
    merged(one, three)
    merged(two, three)
    found = list_lines(poll, acting(ada), start=0, page=1, per_page=25)
    (line,) = found.lines
    assert (line.option.id, line.has_mark, line.value, found.total, found.done) == (three.id, False, None, 1, 0)
    assert [(c.title, c.value) for c in line.carried] == [("Voorstel 2", -1), ("Voorstel 1", 1)]
    votes(ada, options_of(poll)[2], Choice.NONE)
    (line,) = list_lines(poll, acting(ada), start=0, page=1, per_page=25).lines
    assert (line.has_mark, line.value) == (True, None)
    (line,) = list_lines(poll, acting(None), start=0, page=1, per_page=25).lines
    assert (line.has_mark, list(line.carried)) == (False, [])


def test_the_title_of_what_was_joined_and_is_not_public_any_more_is_not_told():
    poll = a_poll(proposals=2)
    one, two = options_of(poll)
    [ada] = residents(1)
    votes(ada, one, Choice.FOR)
    merged(one, two)
    one.contribution.state = State.REFUSED
    session().flush()
    with speaking("en"):
        (line,) = list_lines(poll, acting(ada), start=0, page=1, per_page=25).lines
    assert [(c.title, c.value) for c in line.carried] == [("This text is not public.", 1)]


def test_what_is_not_public_stands_on_no_ballot():
    poll = a_poll()
    options_of(poll)[0].contribution.state = State.HELD
    session().flush()
    assert list_lines(poll, acting(None), start=0, page=1, per_page=25).total == 1


def a_counted_poll():
    poll = a_poll()
    one, other = options_of(poll)
    ada, bo = residents(2)
    for person, option, choice in ((ada, one, Choice.FOR), (ada, other, Choice.AGAINST), (bo, one, Choice.FOR)):
        votes(person, option, choice)
    votes(bo, one, Choice.NEUTRAL)
    session().flush()
    assert results.recount() == []
    return poll


def flip():
    session().scalars(select(Mark)).first().value = 0 if session().scalars(select(Mark)).first().value else 1


def add_a_mark():
    ballot = session().scalars(select(Ballot).order_by(Ballot.changes)).first()
    taken = set(session().scalars(select(Mark.option_id).where(Mark.ballot_id == ballot.id)))
    free = next((o for o in session().scalars(select(Option.id)) if o not in taken), None)
    if free is None:
        session().scalars(select(Mark)).first().salt = None
    else:
        session().add(Mark(ballot_id=ballot.id, option_id=free, value=1))


def drop_a_ballot():
    ballot = session().scalars(select(Ballot)).first()
    for mark in session().scalars(select(Mark).where(Mark.ballot_id == ballot.id)):
        session().delete(mark)
    session().flush()
    session().delete(ballot)


def drop_the_last_mark():
    ballot = session().scalars(select(Ballot)).first()
    session().delete(
        session().scalars(select(Mark).where(Mark.ballot_id == ballot.id, Mark.counter == ballot.changes)).one()
    )


def add_a_ballot():
    poll = session().scalars(select(Poll)).one()
    ballot = add(Ballot(poll_id=poll.id, tag=b"t" * 32))
    session().add(Mark(ballot_id=ballot.id, option_id=session().scalars(select(Option.id)).first(), value=1))


def merge_in_a_circle():
    one, other = session().scalars(select(Option))
    one.merged_into_id, other.merged_into_id = other.id, one.id


def replay_a_salt():
    one, other = session().scalars(select(Mark).limit(2))
    one.salt = other.salt


MEDDLING = (flip, add_a_mark, add_a_ballot, drop_a_ballot, drop_the_last_mark, merge_in_a_circle, replay_a_salt)


@pytest.mark.parametrize("meddle", MEDDLING)
@shows("R77", "R93")
def test_a_recount_tells_of_marks_that_nobody_cast(meddle):
    poll = a_counted_poll()
    meddle()
    session().flush()
    assert {found.poll_id for found in results.recount()} == {poll.id}


@shows("R77")
def test_a_recount_notices_a_count_that_counts_wrong(monkeypatch):
    poll = a_counted_poll()
    right = results.histograms_of
    monkeypatch.setattr(results, "histograms_of", lambda ids: {o: {1: 99} for o in right(ids)})
    assert [found.what.split()[0] for found in results.recount()] == ["option", "option"]
    assert poll.id
