"""What groups say of each statement: shares with their tests, what speaks for a group, what is shared, what divides.

The formulas are those of Polis (`repness.clj`, `stats.clj`, `conversation.clj`), in the signs of this room: agree 1,
pass 0, disagree -1. All counts have the shape (3, groups, statements): agreed, passed, disagreed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from consult.landscape.matrix import Array

AGREE, PASS, DISAGREE = 0, 1, 2
SURE = 1.2816  # 90 % of a normal distribution lies below
SHOWN = 5
FALSE_SHARE = 0.1  # of what stays after Benjamini-Hochberg, the part that may be chance
NEEDED_VOTES = 20  # before a statement is shown as shared, dividing or unsure (Jigsaw, sensemaking-tools)
GAP = 0.3  # between the shares of two groups that differ (the same)
SHARED = 0.6  # of each group, before all share it (the same)


@dataclass(frozen=True, eq=False)
class Tests:
    """Both tests of each group and statement; each array has the shape (2, groups, statements): agree, disagree.

    `share` is p = (n_v + 1) / (n + 2) of n votes, passes too. `z` tests it against a half. `ratio` is p divided by
    that of all others, `z_ratio` tests that difference. `adjusted` is the one-sided p value of z_ratio after
    Benjamini-Hochberg over all of them.
    """

    share: Array
    z: Array
    ratio: Array
    z_ratio: Array
    adjusted: Array

    @property
    def weight(self) -> Array:
        """R · z_R · p · z_p, by which statements of a group are ordered."""
        return self.ratio * self.z_ratio * self.share * self.z


def share_of(counts: Array, seen: Array) -> Array:
    """Return p = (n_v + 1) / (n + 2)."""
    return np.asarray((counts + 1) / (seen + 2))


def z_of(counts: Array, seen: Array) -> Array:
    """Return z_p = 2 √(n + 1) · ((n_v + 1) / (n + 1) - 1/2)."""
    return np.asarray(2 * np.sqrt(seen + 1) * ((counts + 1) / (seen + 1) - 0.5))


def z_between(inside: Array, inside_seen: Array, outside: Array, outside_seen: Array) -> Array:
    """Return z_R of two proportions, each count one higher: (f1 - f2) / √(f (1 - f) (1/N1 + 1/N2)); 0 when f = 1."""
    one, n_one, two, n_two = inside + 1, inside_seen + 1, outside + 1, outside_seen + 1
    pooled = (one + two) / (n_one + n_two)
    spread = pooled * (1 - pooled) * (1 / n_one + 1 / n_two)
    return np.where(spread > 0, (one / n_one - two / n_two) / np.sqrt(np.where(spread > 0, spread, 1)), 0.0)


def tests_of(counts: Array) -> Tests:
    """Return both tests for each group against all other groups together."""
    seen = counts.sum(axis=0)
    others_seen = seen.sum(axis=0) - seen
    chosen = counts[[AGREE, DISAGREE]]
    others = chosen.sum(axis=1, keepdims=True) - chosen
    share = share_of(chosen, seen)
    z_ratio = z_between(chosen, seen, others, others_seen)
    voted = np.broadcast_to((seen > 0) & (others_seen > 0), z_ratio.shape)
    return Tests(
        share=share,
        z=z_of(chosen, seen),
        ratio=share / share_of(others, others_seen),
        z_ratio=z_ratio,
        adjusted=adjusted(1 - ndtr(z_ratio), voted),
    )


def adjusted(chances: Array, judged: Array) -> Array:
    """Return p values after Benjamini and Hochberg (1995) over those that are judged; 1 for the others."""
    answer = np.ones(chances.shape)
    found = chances[judged]
    if found.size:
        order = np.argsort(found, kind="stable")
        scaled = found[order] * found.size / np.arange(1, found.size + 1)
        kept = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
        back = np.empty(found.size)
        back[order] = kept
        answer[judged] = back
    return answer


def representative(tests: Tests, counts: Array, group: int) -> list[tuple[int, int]]:
    """Return (statement, 1 or -1) of what speaks most for one group, agreements before disagreements.

    Kept where both tests pass 90 % in the same direction, of the two directions the one with the larger z_R; ordered
    by weight, the best agreement first, five at most. Where none passes, the best agreement, or the largest z_R.
    `counts` are those that were tested.
    """
    z_ratio = tests.z_ratio[:, group]
    here = np.arange(z_ratio.shape[1])
    directions = np.where(z_ratio[0] > z_ratio[1], 0, 1)
    weight, z = tests.weight[directions, group, here], tests.z[directions, group, here]
    passes = (z_ratio[directions, here] > SURE) & (z > SURE)
    kept = [(int(j), int(directions[j])) for j in sorted(here[passes], key=lambda j: (-weight[j], j))]
    best = best_agreement(tests, counts, group)
    if best is not None:
        kept = [(best, 0), *(told for told in kept if told[0] != best)]
    elif not kept and here.size:
        most = int(np.argmax(z_ratio[directions, here]))
        kept = [(most, int(directions[most]))]
    chosen = [(j, 1 if direction == 0 else -1) for j, direction in kept[:SHOWN]]
    return sorted(chosen, key=lambda told: -told[1])


def best_agreement(tests: Tests, counts: Array, group: int) -> int | None:
    """Return the statement with which a group agrees best, as Polis finds it: walking them in the order of their names.

    The first that passes z_p, or has R > 1 and p > 1/2; after that one that is better by weight, or by p · z_p while
    the best so far has R ≤ 1. One that everybody passed on is never it.
    """
    share, z, ratio, weight = (part[0, group] for part in (tests.share, tests.z, tests.ratio, tests.weight))
    best: int | None = None
    for j in np.flatnonzero(counts[AGREE, group] + counts[DISAGREE, group]).tolist():
        if best is None:
            better = z[j] > SURE or (ratio[j] > 1 and share[j] > 0.5)
        elif ratio[best] > 1:
            better = weight[j] > weight[best]
        else:
            better = share[j] * z[j] > share[best] * z[best]
        best = j if better else best
    return best


def majority(counts: Array, direction: int) -> list[int]:
    """Return the five statements on which all participants agree (1) or disagree (-1) most.

    `counts` has the shape (3, statements). Where p > 1/2 and z_p passes 90 %, ordered by p · z_p.
    """
    seen = counts.sum(axis=0)
    chosen = counts[AGREE if direction > 0 else DISAGREE]
    share, z = share_of(chosen, seen), z_of(chosen, seen)
    fits = np.flatnonzero((share > 0.5) & (z > SURE))
    return [int(j) for j in sorted(fits, key=lambda j: (-share[j] * z[j], j))[:SHOWN]]


def shared(counts: Array, direction: int) -> Array:
    """Return the group-aware consensus: G_j = Π over groups of (A_gj + 1) / (S_gj + 2), shape (S,).

    With -1 the same of disagreement, which Polis has not. G shrinks with the number of groups; compare its k-th root.
    """
    chosen = counts[AGREE if direction > 0 else DISAGREE]
    return np.asarray(share_of(chosen, counts.sum(axis=0)).prod(axis=0))


def gap(tests: Tests) -> Array:
    """Return by how much the shares that agree differ between the groups that agree most and least, shape (S,)."""
    return np.asarray(tests.share[0].max(axis=0) - tests.share[0].min(axis=0))


def uncertain(counts: Array) -> list[int]:
    """Return the five statements of which people are unsure: passes / votes u > 0.3, ordered by u² · passes."""
    seen = counts.sum(axis=0)
    u = counts[PASS] / np.maximum(seen, 1)
    found = np.flatnonzero((u > 0.3) & (seen > 0))
    return [int(j) for j in sorted(found, key=lambda j: (-(u[j] ** 2) * counts[PASS, j], j))[:SHOWN]]


def priority(counts: Array, extremes: Array) -> Array:
    """Return with which weight each statement is drawn as the next one: [(1 - p)(E + 1) a (1 + 8 · 2^(-S/5))]².

    a = (A + 1) / (S + 2) and p = (P + 1) / (S + 2) of S votes with P passes, E the extremity. What is new comes up to
    nine times as often before squaring. `counts` has the shape (3, statements).
    """
    seen = counts.sum(axis=0)
    agrees, passes = share_of(counts[AGREE], seen), share_of(counts[PASS], seen)
    return np.asarray(((1 - passes) * (extremes + 1) * agrees * (1 + 8 * 2.0 ** (-seen / 5))) ** 2)
