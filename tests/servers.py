"""The servers that tests talk to: PostgreSQL for one test run, and the browser's executable.

`CONSULT_TEST_POSTGRES` names a server to use instead (a role that may create databases);
`CONSULT_REQUIRE=postgres,browser` turns a missing one from a skip into a failure.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import create_engine, text

FOLDER = "CONSULT_TEST_FOLDER"  # set by the process that leads the test run; its workers inherit it
ROOM = 4 << 30  # bytes that a run may need
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "log_min_messages=panic")


class Absent(Exception):
    """A server cannot be had on this machine; the message says why and what would help."""


def required(name: str) -> bool:
    """Say whether this run may not go without `name`."""
    return name in os.environ.get("CONSULT_REQUIRE", "").split(",")


def go_without(name: str, reason: object) -> NoReturn:
    """Skip the test with the reason; fail it where the run demands `name`."""
    if required(name):
        pytest.fail(f"this run demands {name}: {reason}", pytrace=False)
    pytest.skip(f"no {name}: {reason}")


def run_folder() -> Path:
    """Return the folder that all workers of this test run share."""
    return Path(os.environ[FOLDER])


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one worker of the run in at a time."""
    with (run_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def postgres_address() -> str:
    """Return the address of the run's PostgreSQL server, started on first use; raises Absent."""
    given = os.environ.get("CONSULT_TEST_POSTGRES")
    if given:
        return given
    place, note = run_folder() / "postgres", run_folder() / "postgres.absent"
    with alone("postgres"):
        if note.exists():
            raise Absent(note.read_text())
        if not (place / "postmaster.pid").exists():
            try:
                start_postgres(place, *QUICK)
            except Absent as problem:
                note.write_text(str(problem))
                raise
    return address_in(place)


def address_in(place: Path, database: str = "postgres") -> str:
    """Return the address of a database on the server whose data stand in `place`; it listens there alone."""
    return f"postgresql://postgres@/{database}?host={place}"


def start_postgres(place: Path, *settings: str) -> None:
    """Make a server in a new folder and start it on a socket in that folder; raises Absent."""
    if pwd.getpwuid(os.getuid()).pw_name == "root":
        place.mkdir(mode=0o700)
        shutil.chown(place, _unprivileged(), None)
    run_postgres(
        place, "initdb", "-D", str(place), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
    )
    with (place / "postgresql.conf").open("a") as conf:
        conf.write(
            "".join(f"{line}\n" for line in ("listen_addresses=''", f"unix_socket_directories='{place}'", *settings))
        )
    run_postgres(place, "pg_ctl", "-D", str(place), "-w", "-t", "60", "-l", str(place / "log"), "start")


def stop_postgres(place: Path, how: str = "fast") -> None:
    """Stop the server in `place`, if it runs; "immediate" is the power cut."""
    if (place / "postmaster.pid").exists():
        run_postgres(place, "pg_ctl", "-D", str(place), "-w", "-m", how, "stop")


def run_postgres(place: Path, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as somebody who is not root; raises Absent."""
    command = [str(_program(program)), *arguments]
    if os.getuid() == 0:
        command = ["runuser", "-u", _unprivileged(), "--", *command]
    done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        log = place / "log"
        raise Absent(f"{program} failed: {done.stderr.strip()} {log.read_text()[-500:] if log.exists() else ''}")


def _program(name: str) -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1]
    on_path = shutil.which(name)
    if on_path is None:
        raise Absent("PostgreSQL is not installed (Debian: apt install postgresql); or set CONSULT_TEST_POSTGRES")
    return Path(on_path)


def find_postgres() -> Path:
    """Return where PostgreSQL's programs or the server to use are; raises Absent."""
    given = os.environ.get("CONSULT_TEST_POSTGRES")
    return Path(given) if given else _program("initdb")


def _unprivileged() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def open_run() -> None:
    """Make the folder of this test run; a watcher stops its server should the run be killed."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="consult-tests.", dir=_quick_place())
    os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ[FOLDER]
    run_folder().chmod(0o755)
    subprocess.Popen(
        [sys.executable, "-m", "tests.watcher", str(os.getpid()), os.environ[FOLDER]],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _quick_place() -> str:
    """Return where the run's databases and files go: into memory where there is room, so that no disk is waited for."""
    memory = Path("/dev/shm")
    there = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return str(memory) if there else "/tmp"


def close_run() -> None:
    """Stop what the run started and take its folder away; the watcher sees that and ends."""
    folder = run_folder()
    stop_postgres(folder / "postgres")
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_database(name: str) -> Iterator[str]:
    """Make an empty database for the block and return its address; raises Absent."""
    base = postgres_address()
    keeper = create_engine(base, isolation_level="AUTOCOMMIT", pool_size=1)
    with keeper.connect() as connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
        connection.execute(text(f'create database "{name}"'))
    try:
        yield keeper.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with keeper.connect() as connection:
            connection.execute(text(f'drop database if exists "{name}" with (force)'))
        keeper.dispose()


def chromium() -> str:
    """Return the path of a Chromium; raises Absent."""
    given = os.environ.get("CONSULT_TEST_BROWSER")
    found = given or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise Absent("Chromium is not installed (Debian: apt install chromium); or set CONSULT_TEST_BROWSER")
    return found
