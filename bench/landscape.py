"""The opinion landscape on votes of many, beside a plain numpy matrix product of the same size in the same run."""

import resource
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from consult.landscape.axes import SPARE, axes_of, project, turn
from consult.landscape.core import landscape
from consult.landscape.groups import agreement, settle
from consult.landscape.matrix import Array, Votes, gather
from consult.landscape.moments import Moments
from consult.landscape.rules import drawn
from tests.landscape.builders import CONVERSATIONS, PUBLIC, conversation, noise

FOLDED = 300  # votes
SHUFFLED = 100  # landscapes of shuffled votes
ALL = ((100_000, 500, 0.05, "< 2 s"), (1_000_000, 1_000, 0.02, "< 30 s"))


def votes_of_many(people: int, statements: int, share: float, minds: int = 3) -> Votes:
    """Return votes of people of a few minds, each on so large a share of the statements."""
    dice = np.random.default_rng(1)
    opinions = dice.choice(np.array([-1, 1], np.int8), (minds, statements))
    each = max(1, round(share * statements))
    rows = np.repeat(np.arange(people), each)
    columns = dice.integers(0, statements, people * each)
    said = opinions[rows % minds, columns]
    said[dice.random(len(said)) < 0.2] = 0
    names = [f"{n:08}" for n in range(people)], [f"{n:05}" for n in range(statements)]
    return gather(*names, rows, columns, said)


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def rows(sizes: tuple[tuple[int, int, float, str], ...] = ALL, shuffled: int = SHUFFLED) -> None:
    """Print the rows: a whole landscape for each size, for the first what one vote costs, and how right it is."""
    print(f"\n{'opinion landscape, seconds of one processor':<46}{'s':>9}{'× product':>11}{'must':>9}")
    with threadpool_limits(1):
        for people, statements, share, must in sizes:
            votes = votes_of_many(people, statements, share)
            plain = seconds(lambda votes=votes: product(*votes.matrix.shape))  # type: ignore[misc]
            cost = seconds(lambda votes=votes: landscape(votes))  # type: ignore[misc]
            print(
                f"{f'whole, {people:,} × {statements:,} at {share:.0%}':<46}{cost:>9.2f}{cost / plain:>11.1f}{must:>9}"
            )
            if people == sizes[0][0]:
                _one_vote(votes, plain)
            del votes
    _right(shuffled)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    weights = [(f"{n}", 1.0 + n % 7) for n in range(500)]
    cost = seconds(lambda: drawn("seed", weights))
    print(f"{'next of 500 statements, drawn':<46}{cost:>9.5f}{'':>11}{'< 5 ms':>9}")
    print(f"{'most memory of all this, MB':<46}{most:>9.0f}")


def _right(shuffled: int) -> None:
    """Print how often shuffled votes are said to have no groups, and how groups fit those of public conversations."""
    honest = sum(not landscape(noise(seed)).has_groups for seed in range(shuffled))
    print(f"{'shuffled votes, said to have no groups':<46}{f'{honest} of {shuffled}':>9}{'':>11}{'≥ 95':>9}")
    for name in CONVERSATIONS:
        if not (PUBLIC / "polis-dev" / name).is_dir():
            print(f"{name + ': not here':<46}")
            continue
        votes, refused, published = conversation(name)
        found = landscape(votes, refused=refused)
        told = zip(found.participants, found.members.tolist(), strict=True)
        both = [(published[person], group) for person, group in told if person in published and group >= 0]
        fits = agreement(*np.array(both).T)
        print(f"{f'{name}: k = {len(found.labels)}, ARI':<46}{fits:>9.3f}{'':>11}{'≥ .80':>9}")


def product(people: int, statements: int) -> None:
    """Multiply a dense matrix of that size with its own transpose, a block at a time: the plain thing."""
    block = np.ones((min(people, 4096), statements))
    total = np.zeros((statements, statements))
    for _start in range(0, people, len(block)):
        total += block.T @ block


def _one_vote(votes: Votes, plain: float) -> None:
    moments = Moments.of(votes)
    axes = axes_of(moments.spread(), moments.means, 2 + SPARE)
    start, dice, costs = axes.loadings, np.random.default_rng(2), []
    for person in dice.integers(0, len(votes.participants), FOLDED):
        row = slice(votes.matrix.indptr[person], votes.matrix.indptr[person + 1])
        places, said = votes.matrix.indices[row], votes.matrix.data[row].astype(int)
        new = int(dice.integers(0, len(votes.statements)))
        others = places != new
        was = int(said[~others][0]) if not others.all() else None
        begun = time.process_time()
        moments.mark(places[others], said[others], new, 1, was)
        axes = turn(moments.spread(), moments.means, start)
        start = axes.loadings
        costs.append(time.process_time() - begun)
        moments.mark(places[others], said[others], new, was, 1)
    slow = sorted(costs)[round(0.95 * FOLDED)]
    print(f"{'one vote folded, axes turned, p95':<46}{slow:>9.4f}{slow / plain:>11.4f}{'< 10 ms':>9}")
    points = project(votes.matrix, axes)[:, :2]
    found: Array = settle(points, points[:3])[1]
    cost = seconds(lambda: settle(project(votes.matrix, axes)[:, :2], found))
    print(f"{'all placed and grouped again, warm':<46}{cost:>9.3f}{cost / plain:>11.3f}{'0.2 aim':>9}")
