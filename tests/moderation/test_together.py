"""Two moderators at the same moment, each in a transaction of their own."""

import pytest
from sqlalchemy import select

from consult.contributions.models import Contribution, State
from consult.foundation.db import session
from consult.moderation import verbs
from consult.moderation.models import Refusal
from consult.rounds.models import Round
from tests.builders import a_moderator_of, a_round
from tests.contributions.builders import a_contribution
from tests.moderation.builders import a_refusal, taken_away
from tests.shows import shows
from tests.together import at_once

ROUNDS = 8


def merging(one, into, moderator):
    def load():
        first, second = session().get_one(Contribution, one), session().get_one(Contribution, into)
        return lambda: verbs.merge(first, second, moderator)

    return load


@pytest.fixture
def three(empty_database):
    with empty_database.writing():
        found = a_round()
        moderators = a_moderator_of(found), a_moderator_of(found)
        return moderators, [a_contribution(found).id for _ in range(3)]


def pointing(database, ids):
    with database.reading() as unit:
        found = dict(unit.execute(select(Contribution.id, Contribution.merged_into_id)).all())
    return [found[one] for one in ids]


def cleared(database):
    with database.writing() as unit:
        for one in unit.scalars(select(Contribution)):
            one.merged_into_id = None


@shows("R70")
def test_two_moderators_who_merge_a_pair_both_ways_make_no_circle(empty_database, three):
    (first, second), (a, b, _) = three
    for _round in range(ROUNDS):
        kept = at_once(empty_database, merging(a, b, first), merging(b, a, second))
        assert sorted(kept) == [False, True]
        assert pointing(empty_database, [a, b]) in ([b, None], [None, a])
        cleared(empty_database)


@shows("R70")
def test_two_moderators_who_merge_one_into_two_others_do_not_both_win(empty_database, three):
    (first, second), (a, b, c) = three
    for _round in range(ROUNDS):
        kept = at_once(empty_database, merging(a, b, first), merging(a, c, second))
        assert sorted(kept) == [False, True]
        assert pointing(empty_database, [a]) == [b if kept[0] else c]
        cleared(empty_database)


@shows("R70")
def test_three_merges_in_a_ring_leave_one_that_stands(empty_database, three):
    (first, second), (a, b, c) = three
    for _round in range(ROUNDS):
        ring = (merging(a, b, first), merging(b, c, second), merging(c, a, first))
        kept = at_once(empty_database, *ring)
        assert None in pointing(empty_database, [a, b, c])
        assert not all(kept)
        cleared(empty_database)


@shows("R70")
def test_a_contribution_that_is_hidden_meanwhile_replaces_nothing(empty_database, three):
    (first, second), (a, b, _) = three
    for _round in range(ROUNDS):

        def hiding():
            target = session().get_one(Contribution, b)
            return lambda: taken_away(target, second)

        kept = at_once(empty_database, merging(a, b, first), hiding)
        assert sorted(kept) == [False, True]
        cleared(empty_database)
        with empty_database.writing():
            session().get_one(Contribution, b).state = State.PUBLISHED


def test_a_refusal_is_decided_by_one_of_two_people(empty_database, three):
    (first, second), (a, _, _) = three
    with empty_database.writing():
        one = session().get_one(Contribution, a)
        third = a_moderator_of(session().get_one(Round, one.round_id))
        refusal_id = a_refusal(one, first).id

    def deciding(verb, moderator):
        def load():
            refusal = session().get_one(Refusal, refusal_id)
            return lambda: verb(refusal, moderator)

        return load

    kept = at_once(empty_database, deciding(verbs.confirm_refusal, second), deciding(verbs.overrule_refusal, third))
    assert sorted(kept) == [False, True]
    with empty_database.reading() as unit:
        decided = unit.get_one(Refusal, refusal_id)
        assert decided.is_confirmed is kept[0]
        assert unit.get_one(Contribution, a).state is (State.REFUSED if kept[0] else State.PUBLISHED)


@pytest.mark.parametrize("step", [taken_away, verbs.publish])
def test_a_step_is_taken_by_one_of_two_people(empty_database, three, step):
    (first, second), (a, _, _) = three
    start = State.PUBLISHED if step is taken_away else State.HELD
    for _round in range(ROUNDS):
        with empty_database.writing():
            session().get_one(Contribution, a).state = start

        def stepping(moderator):
            def load():
                one = session().get_one(Contribution, a)
                return lambda: step(one, moderator)

            return load

        assert sorted(at_once(empty_database, stepping(first), stepping(second))) == [False, True]
