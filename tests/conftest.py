"""Databases, the app and browsers for all tests; each database test runs on SQLite and on PostgreSQL."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from consult import migrating
from consult.accounts import passwords
from consult.foundation.db import Base, Database
from tests import servers

# No test asserts on seconds, and the run that lets a change in is the same each time.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CONSULT_REQUIRE" in os.environ)
hypothesis.settings.load_profile("house")

if TYPE_CHECKING:
    from flask import Flask

    from tests.site import Site

KINDS = ("sqlite", "postgresql")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.close_run()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    began = os.environ.get("CONSULT_TEST_BEGAN")
    if began:
        terminalreporter.write_line(f"make test took {int(time.time()) - int(began)} s, checks and installing included")


class _Undo(Exception):
    """Ends a unit so that nothing of it is kept."""


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> None:
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Homes"]:
    with ExitStack() as stack:
        yield Homes(tmp_path_factory.mktemp("databases"), stack)


class Homes:
    """The databases of one worker: each kind is migrated once."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self._known: dict[str, Database] = {}
        self._deleting = ""

    def database(self, kind: str) -> Database:
        """Return the worker's migrated database of this kind; skips where there is no PostgreSQL."""
        if kind not in self._known:
            self._known[kind] = self._make(kind)
        return self._known[kind]

    def _make(self, kind: str) -> Database:
        database = Database(self._address(kind))
        self.stack.callback(database.dispose)
        migrating.upgrade(database)
        if kind == "sqlite":
            with database.engine.connect() as connection:
                connection.exec_driver_sql("rollback")
                connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
            database.dispose()
            shutil.copyfile(self.folder / "consult.sqlite", self.folder / "template.sqlite")
        return database

    def _address(self, kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self.folder / 'consult.sqlite'}"
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")
        try:
            return self.stack.enter_context(servers.postgres_database(f"consult_test_{worker}_{os.getpid()}"))
        except servers.Absent as problem:
            servers.go_without("postgres", problem)

    def empty(self, kind: str, folder: Path) -> Database:
        """Return a migrated database without a row: a copy of the template, or the worker's own, emptied."""
        known = self.database(kind)
        if kind == "sqlite":
            shutil.copyfile(self.folder / "template.sqlite", folder / "consult.sqlite")
            return Database(f"sqlite:///{folder / 'consult.sqlite'}")
        with known.engine.begin() as connection:
            connection.exec_driver_sql(self._emptying(connection))
        return known

    def _emptying(self, connection: Connection) -> str:
        """Return what empties PostgreSQL: ten times quicker than TRUNCATE, which makes a new file for every table."""
        if not self._deleting:
            sequences = connection.scalars(text("select quote_ident(sequencename) from pg_sequences"))
            deletes = [f'delete from "{table.name}"' for table in Base.metadata.sorted_tables]
            resets = [f"select setval('{name}', 1, false)" for name in sequences]
            self._deleting = ";".join(["set local session_replication_role = replica", *deletes, *resets])
        return self._deleting


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def unit(kind: str, homes: Homes, tmp_path: Path) -> Iterator[Session]:
    """An open writing unit on a migrated database without a row, rolled back at the end."""
    database = homes.database(kind) if kind == "sqlite" else homes.empty(kind, tmp_path)
    with suppress(_Undo), database.writing() as opened:
        yield opened
        raise _Undo


@pytest.fixture
def empty_database(kind: str, homes: Homes, tmp_path: Path) -> Iterator[Database]:
    """A migrated database without a row, of its own for this test."""
    database = homes.empty(kind, tmp_path)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def idle_apps() -> list["Flask"]:
    """Apps of tests that are over: three hundred addresses need not be compiled for every test."""
    return []


@pytest.fixture
def site(empty_database: Database, idle_apps: list["Flask"]) -> Iterator["Site"]:
    """The whole app on an empty migrated database; see `tests.site`."""
    from tests.site import Site  # noqa: PLC0415  the whole app: tests of one room do without

    made = Site(empty_database, idle_apps.pop() if idle_apps else None)
    yield made
    made.app.testing = False
    idle_apps.append(made.app)
