"""The axes along which opinions differ most, and where on them each participant stands.

A missing vote counts as the mean of its statement, so in the centred matrix it is 0 and the matrix stays sparse
(Polis, `pca.clj`). Here the axes are exact eigenvectors and not the outcome of a few power steps.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from consult.landscape.matrix import Array, Votes, gram

SPARE = 2  # vectors beside the wanted ones in warm steps, so that axes that lie close are told apart


@dataclass(frozen=True, eq=False)
class Axes:
    """The directions of most variance among statements.

    `means`: the mean vote on each statement, shape (S,). `loadings`: unit vectors as columns, shape (S, d), each
    with its largest loading positive. `shares`: the part of all variance that each explains, shape (d,).
    """

    means: Array
    loadings: Array
    shares: Array


def means_of(votes: Votes) -> Array:
    """Return the mean of the votes that were cast on each statement; 0 where there are none."""
    width = len(votes.statements)
    seen = np.bincount(votes.matrix.indices, minlength=width)
    total = np.bincount(votes.matrix.indices, weights=votes.matrix.data.astype(float), minlength=width)
    return total / np.maximum(seen, 1)


def centred(matrix: sparse.csr_array, means: Array) -> sparse.csr_array:
    """Return the votes minus the mean of their statement; what is missing stays 0."""
    return sparse.csr_array((matrix.data - means[matrix.indices], matrix.indices, matrix.indptr), shape=matrix.shape)


def axes_of(spread: Array, means: Array, wanted: int) -> Axes:
    """Return the axes from a centred Gram matrix of shape (S, S), exactly: its eigenvectors of largest eigenvalue."""
    width = len(means)
    wanted = min(wanted, width)
    total = float(np.trace(spread))
    if not wanted or total <= 0:
        return Axes(means, np.zeros((width, wanted)), np.zeros(wanted))
    values, vectors = linalg.eigh(spread, subset_by_index=[width - wanted, width - 1])
    return Axes(means, _signed(vectors[:, ::-1]), np.maximum(values[::-1], 0) / total)


def turn(spread: Array, means: Array, start: Array, steps: int = 3) -> Axes:
    """Return the axes by a few steps of subspace iteration from those before, as after one more vote.

    `start` has shape (S, d + spare). The answer keeps all its columns, so that it can be the next start.
    """
    basis = start
    for _step in range(steps):
        basis, _rest = np.linalg.qr(spread @ basis)
    values, within = np.linalg.eigh(basis.T @ spread @ basis)
    return Axes(means, _signed(basis @ within[:, ::-1]), np.maximum(values[::-1], 0) / max(np.trace(spread), 1e-300))


def find_axes(votes: Votes, wanted: int) -> Axes:
    """Return the axes of votes from the votes alone."""
    means = means_of(votes)
    return axes_of(gram(centred(votes.matrix, means)), means, wanted)


def first_shares(matrix: sparse.csr_array, wanted: int) -> Array:
    """Return the part of all variance that each of the first axes explains, the largest first, shape (wanted,)."""
    width = matrix.shape[1]
    seen = np.maximum(np.bincount(matrix.indices, minlength=width), 1)
    means = np.bincount(matrix.indices, weights=matrix.data.astype(float), minlength=width) / seen
    spread = gram(centred(matrix, means))
    total, first = float(np.trace(spread)), max(width - wanted, 0)
    if total <= 0:
        return np.zeros(wanted)
    top = linalg.eigh(spread, eigvals_only=True, subset_by_index=[first, width - 1])[::-1]
    return np.pad(np.maximum(top, 0) / total, (0, wanted - len(top)))


def project(matrix: sparse.csr_array, axes: Axes, refused: int = 0) -> Array:
    """Return where each participant stands, shape (participants, d).

    p_i = √(S / max(1, n_i)) · Σ over seen j of (x_ij - m_j) c_j: who voted on little is pushed outward instead of
    standing in the middle (Polis, `sparsity-aware-project-ptpt`). A refused statement says nothing, and counts in the
    S statements and in the n_i that somebody saw, of everybody alike (`zero-out-columns`).
    """
    reach = np.sqrt((matrix.shape[1] + refused) / np.maximum(np.diff(matrix.indptr) + refused, 1))
    return np.asarray((centred(matrix, axes.means) @ axes.loadings) * reach[:, None])


def extremity(axes: Axes, refused: int = 0) -> Array:
    """Return how far one lone agreement would stand from the middle: √S · (1 - m_j) · |(c1_j, c2_j)|, shape (S,)."""
    return np.asarray(np.sqrt(len(axes.means) + refused) * (1 - axes.means) * np.hypot(*_two(axes.loadings).T))


def _two(loadings: Array) -> Array:
    return np.pad(loadings[:, :2], ((0, 0), (0, max(0, 2 - loadings.shape[1]))))


def _signed(vectors: Array) -> Array:
    """Turn each column so that its largest loading is positive; of several as large the first."""
    if not vectors.size:
        return vectors
    size = np.abs(vectors)
    largest = np.argmax(size >= size.max(axis=0) - 1e-9, axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return vectors * np.where(signs == 0, 1, signs)
