"""Groups of participants who stand near each other: how many there are, who belongs to them, what they are called."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from consult.landscape.matrix import Array

MOST = 5  # groups
FEWEST_PEOPLE = 5  # in a group
STARTS, FEWEST_STARTS, MOST_STARTS = 60_000, 10, 200  # together as many points as the first, within the others
STEPS = 100
MOVES = 200  # single points that may change groups after that
SAMPLE = 2000  # participants of whom the start, the number of groups and their stability are judged
SEED = 20161108
HOLD = 0.03  # by how much another number of groups must be better before it replaces the one of before


@dataclass(frozen=True, eq=False)
class Grouping:
    """Points in groups: `labels` of shape (n,), `centres` of shape (k, d), and how well they lie apart (-1 to 1)."""

    labels: Array
    centres: Array
    silhouette: float

    @property
    def k(self) -> int:
        """How many groups."""
        return len(self.centres)

    @property
    def sizes(self) -> Array:
        """How many points in each."""
        return np.bincount(self.labels, minlength=self.k)


def sampled(number: int, most: int = SAMPLE) -> Array:
    """Return at most so many places, spread evenly over all."""
    return np.arange(number) if number <= most else np.linspace(0, number - 1, most).astype(np.int64)


def nearest(points: Array, centres: Array) -> Array:
    """Return for each point the centre that is nearest; of several as near the first."""
    away: Array = (centres**2).sum(axis=1)[None, :] - 2 * points @ centres.T
    return np.asarray(np.argmin(away, axis=1))


def k_means(points: Array, k: int, starts: int | None = None) -> tuple[Array, Array]:
    """Return labels and centres of the best of several starts (k-means++, Arthur and Vassilvitskii 2007).

    The dice have a fixed seed, so the same points in the same order give the same groups.
    """
    dice = np.random.default_rng(SEED)
    starts = starts or max(FEWEST_STARTS, min(MOST_STARTS, STARTS // max(len(points), 1)))
    best: tuple[float, Array, Array] | None = None
    for _start in range(starts):
        labels, centres = settle(points, _spread_out(points, k, dice))
        cost = float(((points - centres[labels]) ** 2).sum())
        if best is None or cost < best[0] * (1 - 1e-9):
            best = (cost, labels, centres)
    assert best is not None
    return _moved(points, best[1], best[2])


def _moved(points: Array, labels: Array, centres: Array) -> tuple[Array, Array]:
    """Move single points to another group while that makes the sum of squares smaller, the best move first.

    What several starts leave near each other becomes one answer so (Hartigan 1975); every answer of this is also
    one of nearest centres.
    """
    labels, here = labels.copy(), np.arange(len(points))
    for _move in range(MOVES):
        sizes = np.bincount(labels, minlength=len(centres)).astype(float)
        away = ((points[:, None, :] - centres[None]) ** 2).sum(axis=2)
        leaving = away[here, labels] * sizes[labels] / np.maximum(sizes[labels] - 1, 1e-9)
        joining = away * sizes / (sizes + 1)
        joining[here, labels] = np.inf
        gain = np.where(sizes[labels] > 1, leaving - joining.min(axis=1), -np.inf)
        point = int(np.argmax(gain))
        if gain[point] <= 1e-9 * away[here, labels].sum():
            break
        labels[point] = int(np.argmin(joining[point]))
        centres = _means(points, labels, centres)
    return labels, centres


def settle(points: Array, centres: Array, steps: int = STEPS) -> tuple[Array, Array]:
    """Move centres to the mean of the points that are nearest to them until nothing changes (Lloyd)."""
    labels = nearest(points, centres)
    for _step in range(steps):
        centres = _means(points, labels, centres)
        moved = nearest(points, centres)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels, centres


def _means(points: Array, labels: Array, centres: Array) -> Array:
    sizes = np.bincount(labels, minlength=len(centres))
    sums = np.stack([np.bincount(labels, weights=column, minlength=len(centres)) for column in points.T], axis=1)
    return np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres)


def _spread_out(points: Array, k: int, dice: np.random.Generator) -> Array:
    chosen = [points[dice.integers(len(points))]]
    away = ((points - chosen[0]) ** 2).sum(axis=1)
    for _more in range(k - 1):
        reach = away.cumsum()
        chosen.append(points[min(int(np.searchsorted(reach, dice.random() * reach[-1])), len(points) - 1)])
        away = np.minimum(away, ((points - chosen[-1]) ** 2).sum(axis=1))
    return np.array(chosen)


def distances(points: Array) -> Array:
    """Return how far each point is from each other, shape (n, n)."""
    size = (points**2).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(size[:, None] + size[None, :] - 2 * points @ points.T, 0)))


def silhouette(away: Array, labels: Array, k: int) -> float:
    """Return the mean of (b - a) / max(a, b), 0 for who is alone (Rousseeuw 1987); `away` are the distances."""
    sizes = np.bincount(labels, minlength=k)
    total = away @ np.eye(k)[labels]
    here, own = np.arange(len(labels)), sizes[labels]
    within = total[here, labels] / np.maximum(own - 1, 1)
    others = total / np.maximum(sizes, 1)
    others[here, labels] = np.inf
    others[:, sizes == 0] = np.inf
    beside = others.min(axis=1)
    fits = (beside - within) / np.maximum(np.maximum(beside, within), 1e-300)
    return float(np.where(own > 1, fits, 0).mean())


def choose(points: Array, most: int, held: int | None = None) -> Grouping | None:
    """Return the grouping of points, shape (n, d), with the number of groups whose silhouette is largest.

    A grouping with a group under five people is none; None where nothing is left. `held` is how many groups there
    were before: that number stays until another is better by 0.03. Above 2,000 points a sample of them gives the
    start and the number of groups; the groups themselves are settled on all points.
    """
    few = sampled(len(points))
    part = points[few]
    away = distances(part)
    found: dict[int, tuple[float, Array]] = {}
    for k in range(2, most + 1):
        if len(np.unique(part, axis=0)) < k:
            break
        labels, centres = k_means(part, k)
        if np.bincount(nearest(points, centres), minlength=k).min() >= FEWEST_PEOPLE:
            found[k] = (silhouette(away, labels, k), centres)
    if not found:
        return None
    best = max(found, key=lambda k: (round(found[k][0], 9), -k))
    if held in found and found[best][0] < found[held][0] + HOLD:
        best = held
    fits, centres = found[best]
    labels, centres = settle(points, centres)
    return Grouping(labels, centres, fits)


def most_groups(people: int) -> int:
    """Return how many groups are looked for among so many people: 2 + people / 12, five at most (Polis, `max-k-fn`)."""
    return min(MOST, 2 + people // 12)


def named(grouping: Grouping, names: tuple[str, ...], before: dict[str, int] | None = None) -> tuple[Array, Array]:
    """Return the label that each group gets, and the order of groups by label.

    Without groups of before: by size, the largest first. With them each keeps the label of the group with which it
    shares most people (assignment of largest overlap), so that colours do not jump; a new one gets the lowest free.
    """
    k, sizes = grouping.k, grouping.sizes
    by_size = sorted(range(k), key=lambda g: (-sizes[g], tuple(np.round(grouping.centres[g], 9))))
    labels = np.full(k, -1)
    if before:
        shared = np.zeros((k, max(before.values()) + 1))
        for name, group in zip(names, grouping.labels, strict=True):
            if name in before:
                shared[group, before[name]] += 1
        for group, label in zip(*linear_sum_assignment(-shared), strict=True):
            if shared[group, label] > 0:
                labels[group] = label
    free = (label for label in range(2 * MOST) if label not in set(labels.tolist()))
    for group in by_size:
        if labels[group] < 0:
            labels[group] = next(free)
    return labels, np.argsort(labels)


def agreement(one: Array, other: Array) -> float:
    """Return the adjusted Rand index of two groupings of the same people: 1 is the same, 0 is chance (Hubert 1985)."""
    _names, one = np.unique(one, return_inverse=True)
    _names, other = np.unique(other, return_inverse=True)
    table = np.zeros((one.max(initial=0) + 1, other.max(initial=0) + 1))
    np.add.at(table, (one, other), 1)

    def pairs(counts: Array) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, ones, others, everyone = pairs(table), pairs(table.sum(1)), pairs(table.sum(0)), pairs(np.array([len(one)]))
    chance = ones * others / max(everyone, 1)
    best = (ones + others) / 2
    return 1.0 if best == chance else (both - chance) / (best - chance)
