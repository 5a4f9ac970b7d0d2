"""What the worker keeps of the votes, so that one more vote costs the same however many people take part.

With v a participant's votes and o which of them there are: VV = Σ v vᵀ, OV = Σ o vᵀ, OO = Σ o oᵀ, each of shape
(S, S). Votes are whole numbers, so these are exact: what was folded in is equal to what is built anew.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from consult.landscape.matrix import Array, Votes, gram


@dataclass(eq=False)
class Moments:
    """Sums over all participants: `both` is VV, `seen_by_vote` is OV (rows: seen), `seen` is OO."""

    both: Array
    seen_by_vote: Array
    seen: Array

    @classmethod
    def empty(cls, statements: int) -> "Moments":
        """Nobody voted yet on so many statements."""
        return cls(*(np.zeros((statements, statements)) for _one in range(3)))

    @classmethod
    def of(cls, votes: Votes) -> "Moments":
        """Build the sums anew from all votes."""
        matrix = votes.matrix
        given = sparse.csr_array((matrix.data.astype(float), matrix.indices, matrix.indptr), shape=matrix.shape)
        there = sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
        crossed = np.asarray((there.T @ given).todense())
        return cls(gram(given), crossed, gram(there))

    def fold(self, before: tuple[Array, Array], after: tuple[Array, Array]) -> None:
        """Put what one participant says now in the place of what they said before.

        Each is (places of the statements, votes on them); one without votes is two empty arrays.
        """
        for (places, votes), sign in ((before, -1), (after, 1)):
            if len(places):
                cells = np.ix_(places, places)
                there = np.full(len(places), float(sign))
                self.both[cells] += sign * np.multiply.outer(votes, votes).astype(float)
                self.seen_by_vote[cells] += np.multiply.outer(there, votes)
                self.seen[cells] += sign

    def mark(self, places: Array, votes: Array, place: int, value: int | None, was: int | None) -> None:
        """Change one vote of a participant whose other votes are given: touches as many cells as they voted on.

        `was` is the vote on that statement before, `value` the one after; None is no vote.
        """
        step = (value or 0) - (was or 0)
        appears = (value is not None) - (was is not None)
        self.both[place, places] += step * votes
        self.both[places, place] += step * votes
        self.both[place, place] += (value or 0) ** 2 - (was or 0) ** 2
        self.seen_by_vote[place, places] += appears * votes
        self.seen_by_vote[places, place] += step
        self.seen_by_vote[place, place] += step
        self.seen[place, places] += appears
        self.seen[places, place] += appears
        self.seen[place, place] += appears

    @property
    def means(self) -> Array:
        """The mean vote on each statement: m = diag(OV) / diag(OO)."""
        return np.asarray(np.diag(self.seen_by_vote) / np.maximum(np.diag(self.seen), 1))

    def spread(self, kept: Array | None = None) -> Array:
        """Return the centred Gram matrix G = VV - T - Tᵀ + OO ∘ (m mᵀ) with T = diag(m)·OV, of `kept` statements."""
        chosen = slice(None) if kept is None else np.ix_(kept, kept)
        means = self.means if kept is None else self.means[kept]
        crossed = self.seen_by_vote[chosen] * means[:, None]
        answer: Array = self.both[chosen] - crossed - crossed.T + self.seen[chosen] * np.multiply.outer(means, means)
        return answer
