import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.foundation import clock
from consult.foundation.db import Base, Database
from consult.foundation.language import speaking
from consult.opendata import elections, pabulib, results
from consult.policy import system
from consult.rounds.models import RoundState
from consult.rounds.queries import get_round
from consult.voting.models import Poll
from tests.shows import shows

FIXTURES = Path(__file__).parent / "fixtures"


def quiet(_done: int, _total: int, _words: str) -> None:
    pass


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with speaking("en"):
        yield


@pytest.fixture
def park(tmp_path: Path) -> Path:
    return Path(shutil.copy(FIXTURES / "park.pb", tmp_path))


def load(name: str) -> dict[str, Any]:
    pabulib.load(FIXTURES / name, "park", system(clock.now()), quiet)
    (poll,) = results.as_json(get_round(system(clock.now()), "park"))["polls"]
    return dict(poll)


def votes_of(poll: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {option["id"]: option["votes"] for option in poll["options"]}


def test_an_approval_budget_counts_votes_and_spends_to_the_cent(unit: Session) -> None:
    poll = load("park.pb")
    assert (poll["method"], poll["ballots"], poll["final"]) == ("budget", 5, True)
    assert votes_of(poll) == {"a1": {"votes": 4}, "b2": {"votes": 3}, "c3": {"votes": 2}, "d4": {"votes": 0}}
    assert {o["id"]: o["cost"] for o in poll["options"]} == {"a1": 60025, "b2": 40025, "c3": 40050, "d4": 0}
    greedy, beside = poll["outcomes"]
    assert beside["rule"] == "equal_shares"
    assert (greedy["rule"], greedy["selected"]) == ("greedy", ["a1", "b2"])
    assert greedy["parameters"]["budget"] == 100050


def test_the_round_is_closed_on_the_days_of_the_file_and_names_its_source(unit: Session) -> None:
    load("park.pb")
    found = get_round(system(clock.now()), "park")
    (phase,) = found.phases
    assert (phase.first_day, phase.last_day, found.state) == (date(2023, 3, 1), date(2023, 3, 14), RoundState.CLOSED)
    assert "Pabulib" in found.source_note
    assert "park.pb" in found.source_note
    assert unit.scalars(select(Poll)).one().parameters["currency"] == "EUR"


def test_points_are_summed_and_a_blank_ballot_counts_as_a_ballot(unit: Session) -> None:
    poll = load("points.pb")
    assert (poll["method"], poll["ballots"]) == ("points", 3)
    assert votes_of(poll) == {"1": {"votes": 1, "points": 3}, "2": {"votes": 2, "points": 7}}


def test_ranks_are_kept_by_place(unit: Session) -> None:
    poll = load("ranks.pb")
    assert poll["method"] == "ranking"
    assert votes_of(poll) == {"x": {"2": 1, "3": 1}, "y": {"1": 1}, "z": {"1": 1, "2": 1}}


def test_a_year_written_alone_runs_from_its_first_day_to_its_last() -> None:
    source = pabulib.read(FIXTURES / "points.pb")
    assert (source.first_day, source.last_day) == (date(2022, 1, 1), date(2022, 12, 31))


def test_a_year_that_is_not_over_ends_yesterday(unit: Session, park: Path) -> None:
    park.write_text(park.read_text().replace("14.03.2023", "2199"))
    pabulib.load(park, "park", system(clock.now()), quiet)
    assert get_round(system(clock.now()), "park").phases[0].closes_at <= clock.now()


def test_what_the_file_says_of_voters_is_not_read(park: Path) -> None:
    changed = park.read_text().replace(";34;F", ";99;X")
    before = pabulib.read(park)
    park.write_text(changed)
    assert pabulib.read(park) == before


BROKEN = [
    ("META\nkey", "key", 1, "begin with META"),
    ("budget;1000.50", "budget;a lot", 9, "budget must be an amount"),
    ("budget;1000.50", "budget;1000.505", 9, "whole cents"),
    ("budget;1000.50\n", "", 2, "META lacks budget"),
    ("vote_type;approval", "vote_type;shouting", 10, "vote_type must be one of"),
    ("date_begin;01.03.2023", "date_begin;31.02.2023", 12, "date_begin must be a day"),
    ("date_end;14.03.2023", "date_end;14.02.2023", 13, "before date_begin"),
    ("num_votes;5", "num_votes;six", 8, "whole number"),
    ("num_votes;5", "num_votes;6", 8, "says 6, but the file holds 5"),
    ("num_projects;4", "num_projects;5", 7, "says 5, but the file holds 4"),
    ("language;nl", "budget;5", 16, "stands there twice"),
    ("project_id;cost", "project;cost", 19, "project_id"),
    ("voter_id;vote;", "voter_id;choice;", 25, "vote"),
    ("name;category", "name;name", 19, "twice: name"),
    ("a1;600,25;4;Een", "a1;dear;4;Een", 20, "cost must be an amount"),
    ("a1;600,25;4;Een", "a 1;600,25;4;Een", 20, "project_id must be short"),
    ("b2;400.25", "a1;400.25", 21, "line 20 already"),
    ("a1;600,25;4;", "a1;600,25;5;", 20, "says 5 for project a1, but 4 ballots"),
    ("Een pad;Traffic", "Een pad", 22, "4 cells where the header has 5"),
    ("v2;a1;", "v1;a1;", 27, "line 26 already"),
    ("v2;a1;", ";a1;", 27, "voter_id"),
    ("v2;a1;", "v2;zz;", 27, "zz"),
    ("v2;a1;", "v2;a1,a1;", 27, "more than once"),
    ("v3;a1,b2,c3;", "v3;a1,b2,c3,d4;", 28, "4 projects where META allows 1 to 3"),
    ("v2;a1;", "v2;;", 27, "0 projects"),
    ("VOTES\nvoter", "voter", 24, "cells"),
    ("PROJECTS\n", "", 18, "cells"),
    ("VOTES\n", "PROJECTS\n", 24, "in this order"),
]


@pytest.mark.parametrize(("old", "new", "line", "reason"), BROKEN)
def test_what_is_malformed_is_told_with_its_line_and_reason(
    park: Path, old: str, new: str, line: int, reason: str
) -> None:
    whole = park.read_text()
    assert old in whole
    park.write_text(whole.replace(old, new, 1))
    with pytest.raises(pabulib.BadFile) as caught:
        pabulib.read(park)
    first = caught.value.problems[0]
    assert (first.file, first.line) == ("park.pb", line)
    assert reason in first.reason


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("v1;1,2;3,2", "v1;1,2;3", 17, "1 numbers of points to 2 projects"),
        ("v1;1,2;3,2", "v1;1,2;3,many", 17, "many"),
        ("v1;1,2;3,2", "v1;1,2;3,3", 17, "6 points where META allows 5"),
        ("vote;points", "vote;score", 16, "points"),
    ],
)
def test_points_that_do_not_fit_are_told(tmp_path: Path, old: str, new: str, line: int, reason: str) -> None:
    path = tmp_path / "points.pb"
    path.write_text((FIXTURES / "points.pb").read_text().replace(old, new))
    with pytest.raises(pabulib.BadFile) as caught:
        pabulib.read(path)
    assert caught.value.problems[0].line == line
    assert reason in caught.value.problems[0].reason


@shows("R75")
def test_of_a_malformed_file_nothing_is_kept(empty_database: Database, park: Path) -> None:
    park.write_text(park.read_text().replace("v5;a1", "v5;zz"))
    with pytest.raises(pabulib.BadFile):
        empty_database.write(lambda: pabulib.load(park, "park", system(clock.now()), quiet))
    with empty_database.reading() as unit:
        held = {t.name: unit.scalar(select(func.count()).select_from(t)) for t in Base.metadata.sorted_tables}
    assert not any(held.values())


@pytest.mark.parametrize("name", ["park.pb", "points.pb", "ranks.pb"])
def test_what_is_written_reads_as_what_was_read_but_for_the_names_of_voters(unit: Session, tmp_path: Path, name: str):
    load(name)
    again = tmp_path / "again.pb"
    again.write_text(elections.written(get_round(system(clock.now()), "park")), encoding="utf-8")
    first, second = pabulib.read(FIXTURES / name), pabulib.read(again)
    told = [
        (one.title, one.method, one.first_day, one.last_day, one.language, one.parameters) for one in (first, second)
    ]
    assert told[0] == told[1]
    things = [
        {thing.reference: (thing.title, thing.text, thing.cost) for thing in one.things} for one in (first, second)
    ]
    assert things[0] == things[1]
    ballots = [Counter(tuple(sorted(marks.items())) for _voter, marks in one.ballots) for one in (first, second)]
    assert ballots[0] == ballots[1]
    assert not {voter for voter, _marks in first.ballots if not voter.isdecimal()} & {v for v, _m in second.ballots}
