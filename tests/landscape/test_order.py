import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.landscape.axes import SPARE, axes_of, find_axes, turn
from consult.landscape.core import landscape
from consult.landscape.matrix import votes_of
from consult.landscape.moments import Moments
from tests.landscape.builders import marks_of, planted

VOTES, _OF = planted(3, people=60, statements=20, density=0.6)
MARKS = marks_of(VOTES)
WHOLE = landscape(VOTES)


def _same(found):
    assert found.input_hash == WHOLE.input_hash
    assert found.as_previous == WHOLE.as_previous
    np.testing.assert_array_equal(found.points, WHOLE.points)
    np.testing.assert_array_equal(found.tests.z_ratio, WHOLE.tests.z_ratio)
    assert (found.silhouette, found.stability) == (WHOLE.silhouette, WHOLE.stability)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_participants_statements_and_votes_changes_nothing(dice):
    marks = list(MARKS)
    dice.shuffle(marks)
    _same(landscape(votes_of(marks)))


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 200))
def test_votes_that_were_changed_count_as_the_last_one(dice, number):
    earlier = [(person, statement, dice.choice([-1, 0, 1])) for person, statement, _v in dice.sample(MARKS, number)]
    _same(landscape(votes_of(earlier + MARKS)))


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 9))
def test_sums_are_the_same_in_whatever_batches_votes_come(dice, batches):
    width, place = len(VOTES.statements), {name: j for j, name in enumerate(VOTES.statements)}
    kept, held = Moments.empty(width), {}
    marks = [(p, s, dice.choice([-1, 0, 1])) for p, s, _v in dice.sample(MARKS, 50)] + MARKS
    for start in range(0, len(marks), len(marks) // batches + 1):
        for person, statement, value in marks[start : start + len(marks) // batches + 1]:
            before = held.get(person, {})
            after = before | {place[statement]: value}
            kept.fold(_arrays(before), _arrays(after))
            held[person] = after
    _equal(kept, Moments.of(VOTES))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7), st.sampled_from([None, -1, 0, 1])), max_size=80))
def test_one_vote_at_a_time_is_the_same_as_whole_ballots(changes):
    one, other, held = Moments.empty(8), Moments.empty(8), {}
    for person, statement, value in changes:
        before = dict(held.get(person, {}))
        others = {j: v for j, v in before.items() if j != statement}
        one.mark(*_arrays(others), statement, value, before.get(statement))
        after = others | ({} if value is None else {statement: value})
        other.fold(_arrays(before), _arrays(after))
        held[person] = after
    _equal(one, other)


def test_a_landscape_from_kept_sums_is_the_one_from_all_votes():
    moments = Moments.of(VOTES)
    found = landscape(VOTES, spread=moments.spread())
    np.testing.assert_allclose(found.points, WHOLE.points, rtol=0, atol=1e-9)
    assert found.as_previous == WHOLE.as_previous
    np.testing.assert_allclose(moments.means, WHOLE.axes.means, rtol=0, atol=1e-12)
    some = np.array([1, 4, 7, 9])
    own = find_axes(VOTES.without(n for j, n in enumerate(VOTES.statements) if j not in some), 2)
    kept = axes_of(moments.spread(some), moments.means[some], 2)
    np.testing.assert_allclose(kept.loadings, own.loadings, rtol=0, atol=1e-9)


def test_a_few_warm_steps_find_the_axes_again_after_one_vote():
    moments = Moments.of(VOTES)
    start = axes_of(moments.spread(), moments.means, 2 + SPARE).loadings
    row = slice(VOTES.matrix.indptr[0], VOTES.matrix.indptr[1])
    places, votes = VOTES.matrix.indices[row], VOTES.matrix.data[row].astype(int)
    moments.mark(places[1:], votes[1:], int(places[0]), -int(votes[0]) or 1, int(votes[0]))
    exact = axes_of(moments.spread(), moments.means, 2)
    for steps, near in ((3, 1e-2), (40, 1e-9)):
        warm = turn(moments.spread(), moments.means, start, steps)
        np.testing.assert_allclose(warm.loadings[:, :2], exact.loadings, rtol=0, atol=near)


def _arrays(ballot):
    return np.array(list(ballot), dtype=int), np.array(list(ballot.values()), dtype=int)


def _equal(one, other):
    for left, right in zip(vars(one).values(), vars(other).values(), strict=True):
        np.testing.assert_allclose(left, right, rtol=0, atol=1e-9)
