"""Whether what looks like groups is more than chance, and whether it stays when some statements are left out."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from consult.landscape.axes import Axes, centred, first_shares, means_of, project
from consult.landscape.groups import SAMPLE, SEED, Grouping, agreement, k_means, sampled
from consult.landscape.matrix import Array, Votes, gram

SHUFFLES = 15
SPREADS = 5.0  # standard deviations above the mean of shuffled votes
HALVES, KEPT = 10, 0.8
STABLE = 0.8  # adjusted Rand index


@dataclass(frozen=True)
class Chance:
    """How votes compare with shuffled ones: the first axis' part of the variance, and the mean of theirs.

    `depth`: how many axes, from the first on, explain more than chance does; 0 when votes look like noise.
    """

    share: float
    shuffled: float
    depth: int


def shuffled_shares(matrix: sparse.csr_array, wanted: int) -> Array:
    """Return the first axes' parts of the variance of votes shuffled within each statement, shape (15, wanted).

    Who voted on what stays, and so does how often each statement was agreed with; only who agreed is left to chance.
    """
    dice = np.random.default_rng(SEED)
    upright = sparse.csc_array(matrix)
    ends = list(zip(upright.indptr[:-1], upright.indptr[1:], strict=True))
    found = []
    for _again in range(SHUFFLES):
        values = upright.data.copy()
        for start, end in ends:
            dice.shuffle(values[start:end])
        mixed = sparse.csc_array((values, upright.indices, upright.indptr), shape=matrix.shape)
        found.append(first_shares(sparse.csr_array(mixed), wanted))
    return np.array(found)


def compare(matrix: sparse.csr_array, most: int) -> Chance:
    """Say how many axes, `most` at the outside, explain more than those of shuffled votes.

    More is five standard deviations above their mean, each axis against its like. At most 2,000 participants are
    looked at.
    """
    part = matrix[sampled(matrix.shape[0], SAMPLE)]
    real, shuffled = first_shares(part, most), shuffled_shares(part, most)
    more = real > shuffled.mean(axis=0) + SPREADS * shuffled.std(axis=0, ddof=1)
    return Chance(float(real[0]), float(shuffled[:, 0].mean()), int(np.cumprod(more).sum()))


def stability(votes: Votes, grouping: Grouping, refused: int = 0) -> float:
    """Return how much groups stay the same on 80 % of the statements: the median adjusted Rand index of ten draws.

    At most 2,000 participants are looked at; `grouping` is of the same participants as `votes`.
    """
    few = sampled(votes.matrix.shape[0], SAMPLE)
    part = Votes(tuple(votes.participants[i] for i in few), votes.statements, votes.matrix[few])
    means = means_of(part)
    spread = gram(centred(part.matrix, means))
    dice, width = np.random.default_rng(SEED), len(votes.statements)
    found = []
    for _draw in range(HALVES):
        kept = np.sort(dice.permutation(width)[: max(2, round(KEPT * width))])
        wanted = min(grouping.centres.shape[1], len(kept))
        _values, vectors = linalg.eigh(spread[np.ix_(kept, kept)], subset_by_index=[len(kept) - wanted, len(kept) - 1])
        axes = Axes(means[kept], vectors[:, ::-1], np.zeros(wanted))
        labels, _centres = k_means(project(part.matrix[:, kept], axes, refused), grouping.k, starts=3)
        found.append(agreement(labels, grouping.labels[few]))
    return float(np.median(found))
