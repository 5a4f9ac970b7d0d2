import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.audit.models import Entry
from consult.contributions.models import Contribution, State
from consult.foundation import clock
from consult.foundation.db import Base, Database
from consult.foundation.errors import Conflict
from consult.foundation.language import speaking
from consult.opendata import polis, results
from consult.participants.models import Person
from consult.policy import system
from consult.rounds.models import RoundState, Verification
from consult.rounds.queries import get_round
from tests.shows import shows

TREES = Path(__file__).parent / "fixtures" / "trees"


def quiet(_done: int, _total: int, _words: str) -> None:
    pass


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with speaking("en"):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TREES, tmp_path / "trees"))


def loaded(folder: Path = TREES) -> None:
    polis.load(folder, "trees", system(clock.now()), quiet)


def counts(slug: str = "trees") -> dict[str, dict[str, int]]:
    (poll,) = results.as_json(get_round(system(clock.now()), slug))["polls"]
    return {option["id"]: option["votes"] for option in poll["options"]}


def test_a_conversation_becomes_a_closed_round_with_its_marks(unit: Session) -> None:
    loaded()
    found = get_round(system(clock.now()), "trees")
    assert (found.title, found.state, found.verification) == (
        "Trees in our town",
        RoundState.CLOSED,
        Verification.IMPORTED,
    )
    assert "CC BY 4.0" in found.source_note
    assert found.source_note.endswith("https://pol.is/abc123")
    (phase,) = found.phases
    assert (phase.first_day, phase.last_day) == (date(2019, 11, 1), date(2019, 11, 3))
    assert phase.closed_at is not None
    assert counts() == {
        "0": {"agree": 2, "disagree": 1, "pass": 1},
        "1": {"agree": 1, "disagree": 1, "pass": 1},
        "2": {"agree": 0, "disagree": 1, "pass": 0},
    }
    assert results.as_json(found)["polls"][0]["ballots"] == 4


def test_a_statement_that_was_refused_keeps_its_votes_and_hides_its_words(unit: Session) -> None:
    loaded()
    refused = unit.scalars(select(Contribution).where(Contribution.reference == "2")).one()
    assert refused.state is State.REFUSED
    (poll,) = results.as_json(get_round(system(clock.now()), "trees"))["polls"]
    titles = {option["id"]: option["title"] for option in poll["options"]}
    assert "trees" not in titles["2"]


def test_texts_are_kept_as_they_were_written(unit: Session) -> None:
    loaded()
    found = {c.reference: c for c in unit.scalars(select(Contribution))}
    assert found["2"].text == "Buy my <b>trees</b> at *half* the price!"
    assert found["2"].html == "<p>Buy my &lt;b&gt;trees&lt;/b&gt; at *half* the price!</p>"
    assert found["1"].received_at == datetime.fromtimestamp(1572700000, UTC)
    assert {c.language for c in found.values()} == {"en"}


def test_a_batch_is_one_entry_in_the_journal_and_nobody_becomes_a_person(unit: Session) -> None:
    loaded()
    entered = list(unit.scalars(select(Entry).where(Entry.act == "import").order_by(Entry.position)))
    assert [entry.facts.get("count") or entry.facts.get("ballots") for entry in entered] == [2, 1, 4]
    assert unit.scalar(select(func.count()).select_from(Person)) == 0


def test_what_is_odd_but_harmless_is_told(folder: Path) -> None:
    votes = folder / "participants-votes.csv"
    votes.write_text(votes.read_text().replace("0,,0,1,3,1,1,", "0,,0,1,9,1,1,"))
    assert [number for number, _words in polis.read(folder).notes] == [1, 1]


def test_an_address_in_use_is_refused_before_anything_is_read(unit: Session) -> None:
    loaded()
    with pytest.raises(Conflict, match="already"):
        loaded(Path("nowhere"))


@pytest.mark.parametrize("slug", ["Trees", "a--b", "", "a" * 81, "a/b"])
def test_what_cannot_be_an_address_is_refused(unit: Session, slug: str) -> None:
    with pytest.raises(Conflict):
        polis.load(TREES, slug, system(clock.now()), quiet)


BROKEN = [
    ("comments.csv", "1572700000000", "yesterday", 3, "timestamp"),
    ("comments.csv", "2019,1,3,1,1,0,", "2019,one,3,1,1,0,", 3, "comment-id"),
    ("comments.csv", "2019,1,3,1,1,0,", "2019,0,3,1,1,0,", 3, "line 2 already"),
    ("comments.csv", "2019,2,3,0,1,-1", "2019,2,3,0,1,5", 5, "moderated"),
    ("comments.csv", ",4,0,0,-1,Nobody saw this one.", ",4,0,0,-1,", 6, "comment-body"),
    ("comments.csv", ",4,0,0,-1,Nobody saw this one.", ",4,0,0,-1", 6, "7 cells"),
    ("comments.csv", "comment-body\n", "body\n", 1, "comment-body"),
    ("comments.csv", '"We should', 'a "We should', 2, "cells"),
    ("comments.csv", 'it."\n1572800000000', "it.\n1572800000000", 3, ""),
    ("participants-votes.csv", "1,0,-1\n", "1,0,2\n", 2, "statement 2 must be"),
    ("participants-votes.csv", "1,0,-1\n", "1,0\n", 2, "9 cells"),
    ("participants-votes.csv", "\n3,,1", "\n0,,1", 3, "line 2 already"),
    ("participants-votes.csv", "\n3,,1", "\n,,1", 3, "participant"),
    ("participants-votes.csv", "0,1,2\n", "0,1,8\n", 1, "8"),
    ("participants-votes.csv", "0,1,2\n", "0,1,1\n", 1, "twice: 1"),
    ("participants-votes.csv", "0,1,2\n", "0,1,x\n", 1, "x"),
    ("participants-votes.csv", "participant,", "who,", 1, "participant"),
    ("summary.csv", "voters,5", "voters,5,6", 3, "a name and a value"),
]


@pytest.mark.parametrize(("name", "old", "new", "line", "reason"), BROKEN)
def test_what_is_malformed_is_told_with_its_line_and_reason(
    folder: Path, name: str, old: str, new: str, line: int, reason: str
) -> None:
    path = folder / name
    whole = path.read_text()
    assert old in whole
    path.write_text(whole.replace(old, new, 1))
    with pytest.raises(polis.BadFile) as caught:
        polis.read(folder)
    first = caught.value.problems[0]
    assert (first.file, first.line) == (name, line)
    assert reason in first.reason
    assert f"{name}, line {line}: " in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(folder: Path) -> None:
    path = folder / "comments.csv"
    path.write_text(path.read_text().replace("1572600000000", "x").replace("1572800000000", "y"))
    with pytest.raises(polis.BadFile) as caught:
        polis.read(folder)
    assert [problem.line for problem in caught.value.problems] == [2, 5]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"", 0), (b"\n\n", 0), (b"timestamp,\xff\n", 1), (b"timestamp\na\0b\n", 2), (b",,,\n", 0)],
)
def test_a_file_that_is_no_text_is_refused(folder: Path, content: bytes, line: int) -> None:
    (folder / "comments.csv").write_bytes(content)
    with pytest.raises(polis.BadFile) as caught:
        polis.read(folder)
    assert caught.value.problems[0].line == line


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "participants-votes.csv").unlink()
    with pytest.raises(polis.BadFile, match=r"participants-votes\.csv: The file is not there"):
        polis.read(folder)


@shows("R75")
def test_of_a_malformed_file_nothing_is_kept(empty_database: Database, folder: Path) -> None:
    path = folder / "participants-votes.csv"
    path.write_text(path.read_text().replace("1,0,-1\n", "1,0,2\n"))
    with pytest.raises(polis.BadFile):
        empty_database.write(lambda: loaded(folder))
    with empty_database.reading() as unit:
        held = {t.name: unit.scalar(select(func.count()).select_from(t)) for t in Base.metadata.sorted_tables}
    assert not any(held.values())
