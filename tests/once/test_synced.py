"""Each vote is on the disk before it is answered: the system calls say so, where they may be watched."""

import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from consult.foundation.db import Database
from tests.once.harness import a_town
from tests.once.labour import Conditions
from tests.shows import shows

VOTES = 60
STRACE = shutil.which("strace")


def may_watch() -> bool:
    """Say whether the system lets us watch a process of our own."""
    return STRACE is not None and subprocess.run([STRACE, "-o", "/dev/null", "true"], check=False).returncode == 0


def syncs(database: Database, folder: Path, kind: str) -> int:
    """Cast votes one after the other and count how often the process had the disk written."""
    town = a_town(database)
    (folder / "votes").write_bytes(pickle.dumps((Conditions(town.url, database=kind), [town.vote()] * VOTES)))
    calls = folder / "calls"
    watch = [STRACE, "-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o", str(calls)]
    done = subprocess.run(
        [*watch, sys.executable, "-m", "tests.once.alone", str(folder / "votes")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(VOTES), done.stderr
    return len(re.findall(r"\bf(?:data)?sync\(", calls.read_text()))


@pytest.mark.skipif(not may_watch(), reason="strace is not there or may not watch a process")
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@shows("R64", "R79")
def test_every_vote_is_synced_to_the_disk(empty_database, tmp_path):
    assert syncs(empty_database, tmp_path, "ours") >= VOTES


@pytest.mark.skipif(not may_watch(), reason="strace is not there or may not watch a process")
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_this_net_notices_votes_that_are_synced_now_and_then(empty_database, tmp_path):
    assert syncs(empty_database, tmp_path, "normal") < VOTES / 2
