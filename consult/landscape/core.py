"""The opinion landscape: votes in, everything that can be said of them out. Knows no database and no web.

The same votes give the same landscape in whatever order they come. What was shown before is an argument of its own,
so that labels stay; what is cited or exported is computed without it.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from consult.landscape import groups as grouping_of
from consult.landscape import statements as told_of
from consult.landscape.axes import Axes, axes_of, centred, extremity, means_of, project
from consult.landscape.gate import STABLE, Chance, compare, stability
from consult.landscape.groups import Grouping, choose, most_groups, named
from consult.landscape.matrix import Array, Votes, gram, tallies
from consult.landscape.statements import Tests, tests_of

VERSION = 1
LEAST_VOTES, LEAST_PEOPLE = 7, 15  # who is grouped; how many of the most active are where few voted that much
DEEPEST = 4  # axes on which groups are looked for


@dataclass(frozen=True)
class Previous:
    """What was shown before: how many groups, and each participant's label."""

    k: int
    labels: dict[str, int]


@dataclass(frozen=True, eq=False)
class Landscape:
    """What groups of participants think of statements.

    `statements` are those that were not refused, S of them; `counts` are agreed, passed and disagreed of everybody
    who voted, shape (3, S). `points` are the places of all participants, shape (P, d); `members` their group by its
    place in `labels`, -1 for none. Without groups `labels` is empty and so is what is told by group.
    """

    participants: tuple[str, ...]
    statements: tuple[str, ...]
    votes: int
    input_hash: str
    axes: Axes
    points: Array
    counts: Array
    extremes: Array
    members: Array
    clustered: Array
    labels: tuple[int, ...]
    sizes: tuple[int, ...]
    centres: Array
    group_counts: Array
    tests: Tests
    priorities: Array
    silhouette: float
    stability: float
    share: float
    shuffled: float
    depth: int
    refused: int

    @property
    def has_groups(self) -> bool:
        """Whether there are groups that are more than chance."""
        return bool(self.labels)

    @property
    def is_stable(self) -> bool:
        """Whether groups stay much the same when a fifth of the statements is left out."""
        return self.stability >= STABLE

    @property
    def as_previous(self) -> Previous | None:
        """What the next landscape needs to know of this one."""
        if not self.has_groups:
            return None
        label = {place: name for place, name in enumerate(self.labels)}
        told = zip(self.participants, self.members.tolist(), strict=True)
        return Previous(len(self.labels), {name: label[group] for name, group in told if group >= 0})

    def consensus(self, direction: int = 1) -> Array:
        """Return the group-aware consensus of each statement, in agreeing (1) or disagreeing (-1)."""
        return told_of.shared(self.group_counts, direction)


def hash_of(votes: Votes, refused: Collection[str]) -> str:
    """Return SHA-256 over names and votes, the same for the same votes in any order."""
    digest = hashlib.sha256()
    for names in (votes.participants, votes.statements, sorted(refused)):
        digest.update("\n".join(names).encode() + b"\x00")
    for part, kind in ((votes.matrix.indptr, "<i8"), (votes.matrix.indices, "<i4"), (votes.matrix.data, "i1")):
        digest.update(part.astype(kind).tobytes())
    return digest.hexdigest()


def landscape(
    votes: Votes, *, refused: Collection[str] = (), previous: Previous | None = None, spread: Array | None = None
) -> Landscape:
    """Return the landscape of votes; `refused` statements say nothing, but count as seen.

    `spread` is the centred Gram matrix of the other statements where somebody keeps it (`Moments.spread`); else it is
    made here. One thread: two that share a core with others are ten times slower.
    """
    with threadpool_limits(1):
        return _whole(votes, refused, previous, spread)


def _whole(votes: Votes, refused: Collection[str], previous: Previous | None, spread: Array | None) -> Landscape:
    active = votes.counts
    kept = votes.without(refused) if refused else votes
    means = means_of(kept)
    if spread is None:
        spread = gram(centred(kept.matrix, means))
    whole = axes_of(spread, means, DEEPEST)
    clustered = _clustered(active, len(votes.statements))
    left_out = len(votes.statements) - len(kept.statements)
    points = project(kept.matrix, whole, left_out)
    everyone = tallies(kept.matrix, np.zeros(len(kept.participants), dtype=np.int64), 1)[:, 0]
    grouped = Votes(tuple(kept.participants[i] for i in clustered), kept.statements, kept.matrix[clustered])
    found, chance = _grouping(grouped, points[clustered], previous)
    extremes = extremity(whole, left_out)
    plain = Landscape(
        participants=kept.participants,
        statements=kept.statements,
        votes=int(kept.matrix.nnz),
        input_hash=hash_of(votes, refused),
        axes=whole,
        points=points,
        counts=everyone,
        extremes=extremes,
        members=np.full(len(kept.participants), -1),
        clustered=clustered,
        labels=(),
        sizes=(),
        centres=np.zeros((0, 2)),
        group_counts=np.zeros((3, 0, len(kept.statements)), dtype=np.int64),
        tests=tests_of(np.zeros((3, 0, len(kept.statements)), dtype=np.int64)),
        priorities=told_of.priority(everyone, extremes),
        silhouette=0.0,
        stability=0.0,
        share=chance.share,
        shuffled=chance.shuffled,
        depth=2,
        refused=left_out,
    )
    return plain if found is None else _with_groups(plain, grouped, found, previous)


def _with_groups(plain: Landscape, grouped: Votes, found: Grouping, previous: Previous | None) -> Landscape:
    names, order = named(found, grouped.participants, previous.labels if previous else None)
    place = np.empty(found.k, dtype=np.int64)
    place[order] = np.arange(found.k)
    own = place[found.labels]
    members = plain.members.copy()
    members[plain.clustered] = own
    counts = tallies(grouped.matrix, own, found.k)
    return replace(
        plain,
        members=members,
        labels=tuple(int(names[group]) for group in order),
        sizes=tuple(int(found.sizes[group]) for group in order),
        centres=found.centres[order],
        group_counts=counts,
        tests=tests_of(counts),
        priorities=told_of.priority(counts.sum(axis=1), plain.extremes),
        silhouette=found.silhouette,
        stability=stability(grouped, found, plain.refused),
        depth=found.centres.shape[1],
    )


def _clustered(active: Array, statements: int) -> Array:
    """Return who is grouped: with seven votes or one on everything; where few have that, the fifteen most active."""
    enough = np.flatnonzero(active >= max(1, min(LEAST_VOTES, statements)))
    if len(enough) >= LEAST_PEOPLE:
        return enough
    most = np.argsort(-active, kind="stable")[:LEAST_PEOPLE]
    return np.sort(most[active[most] > 0])


def _grouping(votes: Votes, points: Array, previous: Previous | None) -> tuple[Grouping | None, Chance]:
    """Return groups when there are any, with how the votes compare with chance.

    They are looked for on the plane of the map. Where more axes than two are more than chance, as many groups may
    hide one behind another on a plane (k groups need k - 1 axes): then they are looked for on those too, and taken
    when there are more of them.
    """
    people, width = votes.matrix.shape
    if people < 2 * grouping_of.FEWEST_PEOPLE or width < 2:
        return None, Chance(0.0, 0.0, 0)
    chance = compare(votes.matrix, DEEPEST)
    if not chance.depth:
        return None, chance
    most, held = most_groups(people), previous.k if previous else None
    found = choose(points[:, :2], most, held)
    if chance.depth > 2:
        deeper = choose(points[:, : chance.depth], most, held)
        if deeper is not None and (found is None or deeper.k > found.k):
            found = deeper
    return found, chance


def parameters() -> dict[str, Any]:
    """Return what the method is made of, to stand beside each result."""
    return {
        "version": VERSION,
        "least_votes": LEAST_VOTES,
        "most_groups": grouping_of.MOST,
        "fewest_people": grouping_of.FEWEST_PEOPLE,
        "starts": [grouping_of.STARTS, grouping_of.FEWEST_STARTS, grouping_of.MOST_STARTS],
        "sample": grouping_of.SAMPLE,
        "seed": grouping_of.SEED,
        "sure": told_of.SURE,
        "false_share": told_of.FALSE_SHARE,
        "needed_votes": told_of.NEEDED_VOTES,
        "gap": told_of.GAP,
        "shared": told_of.SHARED,
    }
