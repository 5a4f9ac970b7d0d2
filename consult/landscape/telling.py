"""A landscape as pages and scripts get it: plain values, with nothing in them that leads to one person."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from consult.landscape import statements as told_of
from consult.landscape.core import LEAST_VOTES, VERSION, Landscape, parameters
from consult.landscape.groups import FEWEST_PEOPLE
from consult.landscape.matrix import Array
from consult.landscape.rules import answers_in, guarded_in

FINEST, COARSEST = 24, 4  # hexagons across the map
SEEN_PEOPLE = 0.7  # of all who are grouped, before the map is fine enough


def tell(found: Landscape) -> dict[str, Any]:
    """Return what pages show: counts, groups with what speaks for them, the map, and the axes for one's own place."""
    shared = [found.consensus(1), found.consensus(-1)]
    gaps = told_of.gap(found.tests) if found.has_groups else np.zeros(len(found.statements))
    return {
        "version": VERSION,
        "input_hash": found.input_hash,
        "parameters": parameters(),
        "participants": len(found.participants),
        "grouped": len(found.clustered) if found.has_groups else 0,
        "votes": found.votes,
        "refused": found.refused,
        "least_votes": LEAST_VOTES,
        "depth": found.depth,
        "share": found.share,
        "shuffled": found.shuffled,
        "silhouette": found.silhouette,
        "stability": found.stability,
        "is_stable": found.is_stable,
        "groups": [_group(found, place) for place in range(len(found.labels))],
        "statements": {
            name: {
                "counts": found.counts[:, j].tolist(),
                "groups": found.group_counts[:, :, j].T.tolist(),
                "shared": [float(shared[0][j]), float(shared[1][j])] if found.has_groups else None,
                "gap": float(gaps[j]),
            }
            for j, name in enumerate(found.statements)
        },
        "lists": lists_of(found),
        "axes": {
            name: [float(found.axes.means[j]), *found.axes.loadings[j].tolist()]
            for j, name in enumerate(found.statements)
        },
        "map": draw(found),
        "figures": figures(found),
    }


def _group(found: Landscape, place: int) -> dict[str, Any]:
    chosen = told_of.representative(found.tests, found.group_counts, place)
    return {
        "label": found.labels[place],
        "size": found.sizes[place],
        "centre": found.centres[place].tolist(),
        "reach": _reach(found, place),
        "representative": [_spoken(found, place, j, direction) for j, direction in chosen],
    }


def _reach(found: Landscape, place: int) -> float:
    """Return how far its people stand from the middle of a group on the map: the root of the mean square."""
    away = found.points[found.members == place][:, :2] - found.centres[place][:2]
    return float(np.sqrt((away**2).sum(axis=1).mean()))


def _spoken(found: Landscape, place: int, j: int, direction: int) -> dict[str, Any]:
    at = 0 if direction > 0 else 1
    tests = found.tests
    return {
        "statement": found.statements[j],
        "direction": "agree" if direction > 0 else "disagree",
        "share": float(tests.share[at, place, j]),
        "z": float(tests.z[at, place, j]),
        "ratio": float(tests.ratio[at, place, j]),
        "z_ratio": float(tests.z_ratio[at, place, j]),
        "adjusted": float(tests.adjusted[at, place, j]),
        "is_sure": bool(tests.adjusted[at, place, j] <= told_of.FALSE_SHARE),
    }


def lists_of(found: Landscape) -> dict[str, list[str]]:
    """Return what is shared, divides, or leaves people unsure, on statements with at least twenty votes, five each.

    What is said of all groups needs at least five votes in each of them.
    """
    seen = found.counts.sum(axis=0)
    enough = seen >= told_of.NEEDED_VOTES
    named = {
        "agree": [j for j in told_of.majority(found.counts, 1) if enough[j]],
        "disagree": [j for j in told_of.majority(found.counts, -1) if enough[j]],
        "unsure": [j for j in told_of.uncertain(found.counts) if enough[j]],
    }
    if found.has_groups:
        enough &= found.group_counts.sum(axis=0).min(axis=0) >= FEWEST_PEOPLE
        lowest, gaps = found.tests.share.min(axis=1), told_of.gap(found.tests)
        for at, name in enumerate(("all_agree", "all_disagree")):
            named[name] = _first(found.consensus(1 - 2 * at), enough & (lowest[at] >= told_of.SHARED))
        named["differ"] = _first(gaps, enough & (gaps >= told_of.GAP))
    return {name: [found.statements[j] for j in places] for name, places in named.items()}


def _first(weights: Array, chosen: Array, number: int = told_of.SHOWN) -> list[int]:
    return [int(j) for j in np.argsort(-weights, kind="stable") if chosen[j]][:number]


def draw(found: Landscape) -> dict[str, Any] | None:
    """Return the map: hexagons of at least five people, each with the group of most of them, sizes in the map's own.

    As fine as may be while seven of ten people are on it; those who stand where fewer than five do are drawn together
    with who is nearest, over twice and four times that width. `left_out` counts who stands apart even then.
    """
    if not found.has_groups:
        return None
    points, members = found.points[found.clustered][:, :2], found.members[found.clustered]
    span = float(np.ptp(points, axis=0).max())
    shown: list[dict[str, Any]] = []
    alone, radius = np.ones(len(points), dtype=bool), 1.0
    for across in range(FINEST, COARSEST - 1, -1):
        radius = span / across / math.sqrt(3) if span > 0 else 1.0
        shown, alone = _cells(points, members, radius)
        if alone.sum() <= (1 - SEEN_PEOPLE) * len(points):
            break
    for wider in (2, 4):
        rest = np.flatnonzero(alone)
        more, still = _cells(points[rest], members[rest], wider * radius)
        shown, alone = shown + more, np.isin(np.arange(len(points)), rest[still])
    for cell in shown:
        cell["label"] = found.labels[cell.pop("group")]
    return {"radius": radius, "cells": shown, "left_out": int(alone.sum())}


def _cells(points: Array, members: Array, radius: float) -> tuple[list[dict[str, Any]], Array]:
    """Return the hexagons of one size in which at least five people stand, each at their middle, and who is in none."""
    q = (math.sqrt(3) / 3 * points[:, 0] - points[:, 1] / 3) / radius
    r = 2 / 3 * points[:, 1] / radius
    _places, of, people = np.unique(_rounded(q, r), axis=0, return_inverse=True, return_counts=True)
    shown = []
    for place in np.flatnonzero(people >= FEWEST_PEOPLE):
        here = of == place
        x, y = points[here].mean(axis=0).tolist()
        group = int(np.argmax(np.bincount(members[here])))
        shown.append({"x": x, "y": y, "people": int(people[place]), "group": group})
    return shown, people[of] < FEWEST_PEOPLE


def _rounded(q: Array, r: Array) -> Array:
    """Return the hexagon of each point: cube coordinates, of which the one that was rounded most follows the others."""
    cube = np.stack([q, r, -q - r], axis=1)
    whole = np.round(cube)
    off = np.abs(whole - cube)
    most = np.argmax(off, axis=1)
    whole[np.arange(len(whole)), most] -= whole.sum(axis=1)
    return whole[:, :2].astype(np.int64)


def as_json(
    found: Landscape, slug: str, *, statements: int, votes: int, members: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return the shape that `consult landscape --json` prints; `members` names participants where a source named them.

    Of voters who took part here none are told: what somebody thinks stays with them.
    """
    label = dict(enumerate(found.labels))
    told = {found.participants[i]: label.get(group) for i, group in enumerate(found.members.tolist())}
    return {
        "round": slug,
        "final": True,
        "participants": len(found.participants),
        "statements": statements,
        "votes": votes,
        "members": {members[name]: group for name, group in told.items() if name in members} if members else {},
        **figures(found),
    }


def interim_json(told: Mapping[str, Any], slug: str, references: Mapping[str, str]) -> dict[str, Any]:
    """Return the same of what the page shows while people answer, in its steps; `references` name statements.

    It tells no more than the page: see `_guarded`.
    """

    def named(part: Any) -> Any:
        if isinstance(part, list):
            return [named(one) for one in part]
        if isinstance(part, dict):
            return {key: named(one) for key, one in part.items()}
        return references.get(part, part) if isinstance(part, str) else part

    counts = {"participants": told["participants"], "statements": len(told["statements"]), "votes": answers_in(told)}
    return {"round": slug, "final": False, **counts, "members": {}, **named(_guarded(told))}


def _guarded(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures without statements that too few answered, and without numbers that tell of a hidden group.

    What compares groups tells of each of them, so it is left out where `guarded_in` hides one or rounds it.
    """
    given, least = told["figures"], told["parameters"]["needed_votes"]
    seen = {key: sum(of["counts"]) for key, of in told["statements"].items()}
    whole = {key for key, number in seen.items() if number >= least}
    open_ones = {
        key
        for key, of in told["statements"].items()
        if not any(guarded_in([sum(group) for group in of["groups"]], seen[key]))
    }
    known = {"consensus": whole & open_ones, "divisive": whole, "uncertain": whole}
    lists = {name: [one for one in given[name] if one["statement"] in kept] for name, kept in known.items()}
    return {
        **given,
        **lists,
        "majority": {name: [key for key in keys if key in whole] for name, keys in given["majority"].items()},
        "representative": {
            label: [one for one in spoken if one["statement"] in open_ones]
            for label, spoken in given["representative"].items()
        },
        "method": given["method"] | {"votes_used": answers_in(told)},
    }


def figures(found: Landscape) -> dict[str, Any]:
    """Return groups, what is shared, divides and leaves people unsure, and the method, without counts of everybody."""
    shared = [found.consensus(1), found.consensus(-1)]
    seen, k = found.counts.sum(axis=0), max(len(found.labels), 1)
    order = np.argsort(-shared[0], kind="stable") if found.has_groups else np.zeros(0, dtype=int)
    return {
        "groups": [{"id": g, "size": size} for g, size in zip(found.labels, found.sizes, strict=True)],
        "consensus": [
            {
                "statement": found.statements[j],
                "agree": float(shared[0][j]),
                "disagree": float(shared[1][j]),
                "root": float(shared[0][j] ** (1 / k)),
                "votes": int(seen[j]),
            }
            for j in order[: told_of.SHOWN]
        ],
        "majority": {
            name: [found.statements[j] for j in told_of.majority(found.counts, direction)]
            for name, direction in (("agree", 1), ("disagree", -1))
        },
        "divisive": [
            {"statement": found.statements[j], "extremity": float(found.extremes[j]), "votes": int(seen[j])}
            for j in np.argsort(-found.extremes, kind="stable")[: told_of.SHOWN]
        ],
        "uncertain": [
            {"statement": found.statements[j], "pass": int(found.counts[1, j]), "votes": int(seen[j])}
            for j in told_of.uncertain(found.counts)
        ],
        "representative": {str(g): _group(found, place)["representative"] for place, g in enumerate(found.labels)},
        "variance": [float(share) for share in found.axes.shares[:2]],
        "stability": found.stability,
        "is_stable": found.is_stable,
        "method": parameters()
        | {
            "input_hash": found.input_hash,
            "statements_used": len(found.statements),
            "votes_used": found.votes,
            "grouped": len(found.clustered) if found.has_groups else 0,
            "axes_used": found.depth,
            "first_axis": found.share,
            "first_axis_of_shuffled_votes": found.shuffled,
            "silhouette": found.silhouette,
        },
    }
