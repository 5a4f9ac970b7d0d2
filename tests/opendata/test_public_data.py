import csv
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from consult.foundation import clock
from consult.opendata import pabulib, polis, results
from consult.policy import system
from consult.rounds.queries import get_round

ROOT = Path(__file__).parent.parent.parent
DATA = Path(os.environ.get("CONSULT_PUBLIC_DATA") or ROOT.parent / "shared" / "data")
CONVERSATIONS = sorted(DATA.glob("polis-*/*/participants-votes.csv"))
BUDGETS = sorted(DATA.glob("pabulib-*/*.pb"))

pytestmark = pytest.mark.skipif(
    not (CONVERSATIONS or BUDGETS), reason=f"no public data in {DATA} (set CONSULT_PUBLIC_DATA)"
)


def quiet(_done: int, _total: int, _words: str) -> None:
    pass


def poll_of(slug: str) -> dict[str, Any]:
    (poll,) = results.as_json(get_round(system(clock.now()), slug))["polls"]
    return dict(poll)


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.parent.name)
def test_the_totals_of_a_conversation_equal_a_count_of_its_file(unit: Session, path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    counted = {name: Counter(row[name] for row in rows) for name in rows[0] if name.isdecimal()}
    polis.load(path.parent, "conversation", system(clock.now()), quiet)
    poll = poll_of("conversation")
    assert {option["id"]: option["votes"] for option in poll["options"]} == {
        name: {"agree": values["1"], "disagree": values["-1"], "pass": values["0"]} for name, values in counted.items()
    }
    assert poll["ballots"] == sum(1 for row in rows if any(row[name] for name in counted))


@pytest.mark.parametrize("path", BUDGETS, ids=lambda path: path.stem)
def test_the_votes_of_a_budget_equal_a_count_of_its_file_and_its_greedy_winners_are_those_known(
    unit: Session, path: Path
) -> None:
    sections = path.read_text(encoding="utf-8").split("VOTES\n")
    rows = list(csv.DictReader(sections[1].splitlines(), delimiter=";"))
    counted = Counter(name for row in rows for name in row["vote"].split(",") if name)
    points = Counter[str]()
    for row in rows:
        points.update(
            dict(zip(row["vote"].split(","), map(int, row.get("points", "").split(",")), strict=True))
            if row.get("points")
            else {}
        )
    pabulib.load(path, "budget", system(clock.now()), quiet)
    poll = poll_of("budget")
    assert {option["id"]: option["votes"]["votes"] for option in poll["options"]} == {
        option["id"]: counted[option["id"]] for option in poll["options"]
    }
    assert sum(option["votes"].get("points", 0) for option in poll["options"]) == points.total()
    assert poll["ballots"] == len(rows)
    known = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    winners = known["results"]["greedy_by_votes"]["winners"]
    by_rule = {one["rule"]: sorted(one["selected"]) for one in poll["outcomes"]}
    assert by_rule["greedy"] == sorted(winners)
    if known.get("official_selected"):  # both cities decided by equal shares, and that stands first
        assert poll["outcomes"][0]["rule"] == "equal_shares"
        assert by_rule["equal_shares"] == sorted(known["official_selected"])
    costs = {option["id"]: option["cost"] for option in poll["options"]}
    assert sum(costs[name] for name in winners) == known["results"]["greedy_by_votes"]["cost"] * 100
