"""Votes as a sparse matrix: participants in rows, statements in columns, a pass as a zero that is stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

Array = np.ndarray[Any, Any]
DENSE_SHARE = 0.15  # above this share of filled cells a dense product is quicker than a sparse one
BLOCK = 4096  # participants that are made dense at once


@dataclass(frozen=True, eq=False)
class Votes:
    """Who voted what: `matrix` is int8 of shape (participants, statements) with agree 1, pass 0 and disagree -1.

    What is not stored was not voted on. Both names are sorted, so the order of what came in changes nothing.
    """

    participants: tuple[str, ...]
    statements: tuple[str, ...]
    matrix: sparse.csr_array

    @property
    def counts(self) -> Array:
        """How many statements each participant voted on."""
        return np.diff(self.matrix.indptr)

    def without(self, statements: Iterable[str]) -> "Votes":
        """Return the votes on all other statements; everybody stays, those without a vote too."""
        gone = set(statements)
        kept = [place for place, name in enumerate(self.statements) if name not in gone]
        return Votes(self.participants, tuple(self.statements[place] for place in kept), self.matrix[:, kept])


def votes_of(marks: Iterable[tuple[str, str, int]]) -> Votes:
    """Return the votes of (participant, statement, value); of several on one statement the latest counts."""
    told = list(marks)
    people = {name: place for place, name in enumerate(dict.fromkeys(mark[0] for mark in told))}
    statements = {name: place for place, name in enumerate(dict.fromkeys(mark[1] for mark in told))}
    rows = np.fromiter((people[mark[0]] for mark in told), np.int64, len(told))
    columns = np.fromiter((statements[mark[1]] for mark in told), np.int64, len(told))
    return gather(list(people), list(statements), rows, columns, [mark[2] for mark in told])


def gather(
    participants: Sequence[str], statements: Sequence[str], rows: Array, columns: Array, values: Array | Sequence[int]
) -> Votes:
    """Return the votes from places and values, names sorted; a later vote on the same statement replaces one before.

    `rows` and `columns` say at which place of the names each vote stands. Refused (ValueError): other values
    than 1, 0 and -1.
    """
    given = np.asarray(values, dtype=np.int8)
    if given.size and (given.min() < -1 or given.max() > 1):
        raise ValueError("a vote is 1, 0 or -1")
    people, people_at = _sorted(participants)
    named, named_at = _sorted(statements)
    shape = (len(people), len(named))
    keys = people_at[rows].astype(np.int64) * max(len(named), 1) + named_at[columns]
    order = np.argsort(keys, kind="stable")
    keys, given = keys[order], given[order]
    last = np.append(keys[1:] != keys[:-1], True) if keys.size else np.zeros(0, dtype=bool)
    keys, given = keys[last], given[last]
    starts = np.searchsorted(keys, np.arange(shape[0] + 1, dtype=np.int64) * max(shape[1], 1))
    places = (keys % max(shape[1], 1)).astype(np.int32)
    return Votes(people, named, sparse.csr_array((given, places, starts.astype(np.int32)), shape=shape))


def _sorted(names: Sequence[str]) -> tuple[tuple[str, ...], Array]:
    """Return names in order, short ones first as numbers are, and for each place before where it went."""
    order = sorted(range(len(names)), key=lambda place: (len(names[place]), names[place]))
    went = np.empty(len(names), dtype=np.int64)
    went[order] = np.arange(len(names))
    return tuple(names[place] for place in order), went


def tallies(matrix: sparse.csr_array, members: Array, groups: int) -> Array:
    """Count for each group and statement who agreed, passed and disagreed: int64 of shape (3, groups, statements).

    `members` gives each participant's group, or -1 for none.
    """
    width = matrix.shape[1]
    of = np.repeat(members, np.diff(matrix.indptr))
    cells = ((1 - matrix.data.astype(np.int64)) * groups + of) * width + matrix.indices
    return np.bincount(cells[of >= 0], minlength=3 * groups * width).reshape(3, groups, width)


def gram(centred: sparse.csr_array) -> Array:
    """Return XᵀX of a matrix of floats: dense in blocks where it is well filled, sparse otherwise."""
    rows, width = centred.shape
    if centred.nnz > DENSE_SHARE * rows * width:
        total = np.zeros((width, width))
        for start in range(0, rows, BLOCK):
            block = centred[start : start + BLOCK].toarray()
            total += block.T @ block
        return total
    return np.asarray((centred.T @ centred).todense())
