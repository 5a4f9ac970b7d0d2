"""Kill -9 under load: what was acknowledged is there, by a ledger that stands outside of what is killed."""

import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult import migrating
from consult.foundation.db import Database, session
from consult.voting import rules
from consult.voting.models import Choice, Poll
from consult.voting.queries import own_marks
from tests import servers
from tests.once.harness import Town, a_town, look, post, served
from tests.once.labour import Conditions
from tests.shows import shows

PEOPLE, PROPOSALS, KILLS, EACH = 8, 6, 6, 15
CHOICES = ("for", "neutral", "against")


class Ledger:
    """What was sent and what was acknowledged, each acknowledgement on disk before the next vote is sent."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._guard = threading.Lock()
        self.acknowledged = 0
        self.possible: dict[tuple[int, int], list[str | None]] = {}  # the last one acknowledged, and those sent since

    def sent(self, voter: int, option: int, choice: str) -> None:
        with self._guard:
            self.possible.setdefault((voter, option), [None]).append(choice)

    def acknowledge(self, voter: int, option: int, choice: str) -> None:
        os.write(self._file, f"{voter} {option} {choice}\n".encode())
        os.fsync(self._file)
        with self._guard:
            self.acknowledged += 1
            self.possible[voter, option] = [choice]

    def lost(self, database: Database, town: Town) -> list[str]:
        """List what was acknowledged and is not there."""
        told = []
        with database.reading():
            poll = session().get_one(Poll, town.poll_id)
            session().refresh(poll, ["register"])
            for voter in range(len(town.voters)):
                marks = own_marks(poll, town.voters[voter].acting())
                for option, option_id in enumerate(town.options):
                    value = marks.get(option_id, "nothing")
                    found = None if value == "nothing" else rules.CHOICES[value].value
                    possible = self.possible.get((voter, option), [None])
                    if found not in possible:
                        told.append(f"{voter} on {option}: {found}, acknowledged {possible}")
        return told


def vote_on(town: Town, ledger: Ledger, voter: int, ports: list[int], stop: threading.Event) -> None:
    """Vote one after the other, each choice another one than before, whatever happens to the servers."""
    number = 0
    while not stop.is_set():
        option, choice = number % PROPOSALS, CHOICES[(number // PROPOSALS + voter) % 3]
        number += 1
        ledger.sent(voter, option, choice)
        try:
            path = f"/rounds/{town.slug}/vote/{town.options[option]}"
            status, _location = post(ports[voter % len(ports)], path, town.voters[voter], {"choice": choice}, 5)
        except OSError:
            time.sleep(0.02)
            continue
        except Exception:  # half an answer
            continue
        if status == 303:
            ledger.acknowledge(voter, option, choice)
        elif status == 429:
            return


def under_fire(town: Town, ledger: Ledger, kills: int, kind: str = "ours") -> None:
    """Serve and vote, and kill all servers at once in the middle of their work, again and again."""
    ports = [0, 0]
    stop = threading.Event()
    voters = [
        threading.Thread(target=vote_on, args=(town, ledger, voter, ports, stop)) for voter in range(len(town.voters))
    ]
    for number in range(kills):
        with served(Conditions(town.url, database=kind)) as running:
            ports[:] = [port for port, _pid in running]
            if number == 0:
                for voter in voters:
                    voter.start()
            await_more(ledger, EACH)
            time.sleep(random.uniform(0, 0.02))
        # the end of the block killed them with signal 9
    stop.set()
    for voter in voters:
        voter.join(30)


def await_more(ledger: Ledger, more: int) -> None:
    """Wait until so many more votes were acknowledged."""
    enough, patience = ledger.acknowledged + more, time.monotonic() + 20
    while ledger.acknowledged < enough and time.monotonic() < patience:
        time.sleep(0.002)


def whole(database: Database) -> str:
    """Ask SQLite whether its file is whole."""
    with sqlite3.connect(database.url.removeprefix("sqlite:///")) as connection:
        return connection.execute("pragma integrity_check").fetchone()[0]


@shows("R66", "R77", "R78")
def test_killed_again_and_again_no_acknowledged_vote_is_lost(empty_database, tmp_path):
    town = a_town(empty_database, people=PEOPLE, proposals=PROPOSALS)
    ledger = Ledger(tmp_path / "ledger")
    under_fire(town, ledger, KILLS)
    kept = look(empty_database, town)
    assert ledger.acknowledged >= EACH * KILLS
    assert ledger.lost(empty_database, town) == []
    assert kept.entries >= ledger.acknowledged
    assert kept.changes == kept.entries
    assert kept.wrong == ()
    if empty_database.is_sqlite:
        assert whole(empty_database) == "ok"


def test_this_net_notices_an_answer_that_comes_before_the_commit(empty_database, tmp_path):
    town = a_town(empty_database, people=PEOPLE, proposals=PROPOSALS)
    ledger = Ledger(tmp_path / "ledger")
    under_fire(town, ledger, 1, "hasty")
    assert ledger.acknowledged
    assert ledger.lost(empty_database, town)


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[tuple[Path, Database]]:
    """A PostgreSQL server of its own that really writes to disk, and that may be killed."""
    place = servers.run_folder() / f"fragile{os.getpid()}"
    try:
        servers.start_postgres(place, "synchronous_commit=on", "fsync=on")
    except servers.Absent as problem:
        servers.go_without("postgres", problem)
    database = Database(servers.address_in(place))
    migrating.upgrade(database)
    yield place, database
    database.dispose()
    servers.stop_postgres(place, "immediate")


@shows("R65", "R78")
def test_a_database_server_that_is_cut_off_loses_no_acknowledged_vote(fragile, tmp_path):
    place, database = fragile
    town = a_town(database, people=PEOPLE, proposals=PROPOSALS)
    ledger, stop = Ledger(tmp_path / "ledger"), threading.Event()
    with served(Conditions(town.url)) as running:
        ports = [port for port, _pid in running]
        voters = [threading.Thread(target=vote_on, args=(town, ledger, n, ports, stop)) for n in range(PEOPLE)]
        for voter in voters:
            voter.start()
        for _ in range(2):
            await_more(ledger, EACH)
            servers.stop_postgres(place, "immediate")
            servers.run_postgres(place, "pg_ctl", "-D", str(place), "-w", "-l", str(place / "log"), "start")
        before = ledger.acknowledged
        await_more(ledger, EACH)
        stop.set()
        for voter in voters:
            voter.join(30)
    assert ledger.acknowledged > before, "the servers found the database again by themselves"
    assert ledger.lost(database, town) == []
    kept = look(database, town)
    assert kept.wrong == ()
    assert kept.changes == kept.entries >= ledger.acknowledged


def test_the_ledger_knows_what_may_be_there(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    ledger.sent(0, 0, Choice.FOR.value)
    assert ledger.possible[0, 0] == [None, "for"]
    ledger.acknowledge(0, 0, "for")
    ledger.sent(0, 0, "against")
    assert ledger.possible[0, 0] == ["for", "against"]
    assert (tmp_path / "ledger").read_text() == "0 0 for\n"
