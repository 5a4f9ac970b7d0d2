import numpy as np
import pytest

from consult.landscape import statements as told_of
from consult.landscape.axes import find_axes, project
from consult.landscape.core import Previous, landscape
from consult.landscape.groups import agreement, choose, distances, k_means, silhouette
from consult.landscape.matrix import tallies, votes_of
from tests.landscape import reference
from tests.landscape.builders import CONVERSATIONS, conversation, noise, planted

NEAR = {"rtol": 0, "atol": 1e-9}


def _agrees_with_the_reference(found, votes, refused=0):
    table = reference.dense(votes)
    vectors, shares = reference.axes(table)
    np.testing.assert_allclose(found.axes.means, reference.means(table), **NEAR)
    np.testing.assert_allclose(found.axes.loadings[:, :2], vectors, **NEAR)
    np.testing.assert_allclose(found.axes.shares[:2], shares, **NEAR)
    np.testing.assert_allclose(found.points[:, :2], reference.places(table, vectors, refused), **NEAR)
    np.testing.assert_allclose(found.extremes, reference.extremity(table, vectors, refused), **NEAR)
    for direction in (1, -1):
        wanted = reference.consensus(table, found.members, direction)
        np.testing.assert_allclose(found.consensus(direction), wanted, **NEAR)
        assert told_of.majority(found.counts, direction) == reference.majority(table, direction)
    for place in range(len(found.labels)):
        for j in range(0, len(found.statements), 7):
            for at, direction in enumerate((1, -1)):
                own = found.tests
                told = [part[at, place, j] for part in (own.share, own.z, own.ratio, own.z_ratio)]
                np.testing.assert_allclose(told, reference.tests(table, found.members, place, j, direction), **NEAR)
        assert told_of.representative(found.tests, found.group_counts, place) == reference.representative(
            table, found.members, place
        )
    grouped = found.group_counts.sum(axis=1)
    wanted = [reference.priority(*grouped[:, j], found.extremes[j]) for j in range(len(found.statements))]
    np.testing.assert_allclose(found.priorities, wanted, rtol=1e-9)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_every_figure_is_what_the_formulas_say(k):
    votes, _of = planted(k, people=120, statements=25, density=0.6)
    found = landscape(votes)
    assert found.has_groups
    _agrees_with_the_reference(found, votes)


def test_a_refused_statement_says_nothing_and_counts_as_seen():
    votes, _of = planted(2, people=120, statements=25, density=0.6)
    refused = set(votes.statements[:5])
    found = landscape(votes, refused=refused)
    assert found.statements == votes.statements[5:]
    _agrees_with_the_reference(found, votes.without(refused), refused=5)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_public_conversation_has_the_figures_that_were_published(name):
    votes, refused, published = conversation(name)
    found = landscape(votes, refused=refused)
    _agrees_with_the_reference(found, votes.without(refused), len(refused))
    both = [
        (published[person], group)
        for person, group in zip(found.participants, found.members.tolist(), strict=True)
        if person in published and group >= 0
    ]
    assert len(found.labels) == 2
    assert agreement(*np.array(both).T) >= 0.9
    assert found.is_stable


PUBLISHED = {
    "canadian-electoral-reform": (
        (0.118508, 0.053915),
        [("111", 0.7292), ("1", 0.7285), ("89", 0.7246), ("98", 0.6675), ("75", 0.6455)],
        ("1 89 0 11 2", "25 13 16 14 132"),
        ("24+ 13+ 29- 44- 22-", "44+ 29+ 22+ 43+ 13-"),
    ),
    "scoop-hivemind.biodiversity": (
        (0.123439, 0.060354),
        [("290", 0.9221), ("81", 0.8737), ("243", 0.8281), ("45", 0.8043), ("23", 0.8035)],
        ("81 23 45 42 24", "205 128 79 96 40"),
        ("79+ 61+ 40+ 64+ 242-", "17+ 22+ 242+ 26+ 79-"),
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_with_the_published_groups_all_selections_are_the_published_ones(name):
    votes, refused, published = conversation(name)
    kept, (shares, shared, majorities, speaking) = votes.without(refused), PUBLISHED[name]
    members = np.array([published.get(person, -1) for person in kept.participants])
    counts = tallies(kept.matrix, members, 2)
    everyone = tallies(kept.matrix, np.zeros(len(members), dtype=int), 1)[:, 0]
    assert tuple(np.round(find_axes(kept, 2).shares, 6)) == shares
    consensus = told_of.shared(counts, 1)
    order = np.argsort(-consensus, kind="stable")[:5]
    assert [(kept.statements[j], round(float(consensus[j]), 4)) for j in order] == shared
    for direction, wanted in zip((1, -1), majorities, strict=True):
        assert " ".join(kept.statements[j] for j in told_of.majority(everyone, direction)) == wanted
    tests = told_of.tests_of(counts)
    for group, wanted in enumerate(speaking):
        chosen = told_of.representative(tests, counts, group)
        assert " ".join(f"{kept.statements[j]}{'+' if d > 0 else '-'}" for j, d in chosen) == wanted


@pytest.mark.parametrize("k", [3, 4, 5])
@pytest.mark.parametrize("seed", range(3))
def test_planted_groups_are_found(k, seed):
    votes, of = planted(k, seed=seed)
    found = landscape(votes)
    assert len(found.labels) == k
    grouped = found.members >= 0
    assert agreement(found.members[grouped], of[grouped]) >= 0.95


def test_votes_of_one_mind_have_no_groups():
    assert sum(landscape(noise(seed)).has_groups for seed in range(100)) <= 1


def test_shuffled_votes_of_a_public_conversation_have_no_groups():
    votes, refused, _groups = conversation(CONVERSATIONS[0])
    kept, dice, found = votes.without(refused), np.random.default_rng(7), 0
    for _again in range(20):
        upright = kept.matrix.tocsc()
        for start, end in zip(upright.indptr[:-1], upright.indptr[1:], strict=True):
            dice.shuffle(upright.data[start:end])
        found += landscape(type(kept)(kept.participants, kept.statements, upright.tocsr())).has_groups
    assert found <= 1


def test_few_people_have_no_groups_and_nothing_breaks():
    for marks in ([], [("a", "x", 1)], [(f"p{i}", f"s{j}", 1) for i in range(9) for j in range(4)]):
        found = landscape(votes_of(marks))
        assert not found.has_groups
        assert found.consensus().shape == (len(found.statements),)
        assert found.as_previous is None


def test_where_all_say_the_same_there_are_no_groups():
    found = landscape(votes_of((f"p{i}", f"s{j}", 1) for i in range(40) for j in range(10)))
    assert not found.has_groups
    assert told_of.majority(found.counts, 1) == [0, 1, 2, 3, 4]


def test_no_group_has_fewer_than_five_people():
    votes, _of = planted(2, people=60, statements=30)
    odd = [(f"z{i}", statement, (-1) ** (i + j)) for i in range(3) for j, statement in enumerate(votes.statements)]
    matrix = votes.matrix.tocoo()
    told = zip(matrix.coords[0], matrix.coords[1], matrix.data, strict=True)
    all_of_it = [(votes.participants[i], votes.statements[j], int(v)) for i, j, v in told] + odd
    assert min(landscape(votes_of(all_of_it)).sizes) >= 5


def test_labels_stay_with_the_people_whatever_their_number():
    votes, _of = planted(3, people=90)
    first = landscape(votes)
    swapped = Previous(3, {name: (label + 1) % 3 for name, label in first.as_previous.labels.items()})
    again = landscape(votes, previous=swapped)
    assert again.as_previous.labels == swapped.labels
    assert again.labels == (0, 1, 2)
    assert landscape(votes, previous=None).as_previous == first.as_previous


def _three_clouds(apart):
    dice = np.random.default_rng(3)
    middles = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, apart]])
    return np.repeat(middles, 30, axis=0) + dice.normal(0, 1, (90, 2))


def _fits(points):
    return {k: silhouette(distances(points), k_means(points, k)[0], k) for k in (2, 3)}


def test_another_number_of_groups_must_be_clearly_better():
    seen = set()
    for apart in np.arange(3.0, 7.0, 0.1):
        points = _three_clouds(apart)
        fits = _fits(points)
        better = 2 if fits[2] > fits[3] else 3
        is_clear = abs(fits[2] - fits[3]) >= 0.03
        seen.add((better, is_clear))
        assert choose(points, 3).k == better
        for held in (2, 3):
            assert choose(points, 3, held).k == (better if is_clear else held)
    assert seen == {(2, True), (2, False), (3, False), (3, True)}


def test_the_place_of_somebody_follows_from_their_own_votes_alone():
    votes, _of = planted(2, people=80, statements=20)
    found = landscape(votes)
    np.testing.assert_allclose(project(votes.matrix[[3]], found.axes)[0], found.points[3], **NEAR)
