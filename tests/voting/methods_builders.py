"""Profiles for rules: what a textbook prints as votes, or a public file holds."""

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from consult.voting.methods import Candidate, Profile


def ranked(votes: Mapping[str, int], **parameters: Any) -> Profile:
    """Ballots written as "A B C": how many."""
    ballots = [({name: rank for rank, name in enumerate(order.split(), 1)}, times) for order, times in votes.items()]
    names = sorted({name for marks, _times in ballots for name in marks})
    return Profile([Candidate(name) for name in names], ballots, parameters)


def approved(costs: Mapping[str, int], votes: Mapping[str, int], **parameters: Any) -> Profile:
    """Ballots written as "a b": how many; over projects with costs."""
    ballots = [(dict.fromkeys(chosen.split(), 1), times) for chosen, times in votes.items()]
    counted = Counter[str]()
    for marks, times in ballots:
        counted.update(dict.fromkeys(marks, times))
    return Profile([Candidate(name, cost, counted[name]) for name, cost in costs.items()], ballots, parameters)


def read_public(path: Path, **parameters: Any) -> Profile:
    """A public budget in cents, read without any code of ours."""
    section, head = "", list[str]()
    rows: dict[str, list[dict[str, str]]] = {"META": [], "PROJECTS": [], "VOTES": []}
    with path.open(encoding="utf-8-sig", newline="") as source:
        for line in csv.reader(source, delimiter=";"):
            if line[0] in rows:
                section, head = line[0], []
            elif not head:
                head = line
            else:
                rows[section].append(dict(zip(head, line, strict=False)))
    votes, given = Counter[str](), Counter[str]()
    ballots = []
    for row in rows["VOTES"]:
        chosen = row["vote"].split(",")
        numbers = row["points"].split(",") if row.get("points") else ["1"] * len(chosen)
        marks = dict(zip(chosen, map(int, numbers), strict=True))
        votes.update(chosen)
        given.update(marks)
        ballots.append((marks, 1))
    budget = next(int(row["value"]) * 100 for row in rows["META"] if row["key"] == "budget")
    offered = [
        Candidate(r["project_id"], int(r["cost"]) * 100, votes[r["project_id"]], given[r["project_id"]])
        for r in rows["PROJECTS"]
    ]
    return Profile(offered, ballots, {"budget": budget, **parameters})
