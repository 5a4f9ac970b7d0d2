"""Databases for bugs that are planted on purpose."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult.foundation.db import Database
from tests import servers
from tests.once.harness import without_unique


@pytest.fixture
def careless_database(kind: str, tmp_path: Path) -> Iterator[Database]:
    """A database in which nothing keeps a vote from being counted twice."""
    if kind == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'careless.sqlite'}")
        without_unique(database)
        yield database
        database.dispose()
        return
    try:
        with servers.postgres_database(f"consult_careless_{os.getpid()}") as url:
            database = Database(url)
            without_unique(database)
            yield database
            database.dispose()
    except servers.Absent as problem:
        servers.go_without("postgres", problem)
