import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

import consult.app
import consult.foundation.mail  # noqa: F401  so that every table of every room is known
from consult import migrating
from consult.foundation.db import Base, Database
from tests import servers
from tests.house.code import imports
from tests.house.filling import count, fill
from tests.shows import shows

VERSIONS = migrating.FOLDER / "versions"
REVISIONS = [script.revision for script in reversed(list(ScriptDirectory(str(migrating.FOLDER)).walk_revisions()))]

REFILLED = {"0034": {"indexed_text", "term"}}  # an index, which the worker fills anew


@pytest.fixture
def bare(kind: str, tmp_path: Path, worker_id: str) -> Iterator[Database]:
    """A database without a table."""
    if kind == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'bare.sqlite'}")
        yield database
        database.dispose()
        return
    try:
        with servers.postgres_database(f"consult_bare_{worker_id}") as address:
            database = Database(address)
            yield database
            database.dispose()
    except servers.Absent as problem:
        servers.go_without("postgres", problem)


def test_the_migrated_database_is_what_the_models_say(bare: Database):
    migrating.upgrade(bare)
    assert migrating.is_current(bare)
    assert migrating.differences(bare) == []


@shows("R83")
def test_each_migration_goes_up_down_and_up_with_data(bare: Database):
    for before, revision in pairwise(["base", *REVISIONS]):
        kept = rows(bare)
        migrating.upgrade(bare, revision)
        stays = {table: number for table, number in kept.items() if table not in REFILLED.get(revision, ())}
        assert stays.items() <= rows(bare).items(), revision
        put_in(bare)
        migrating.downgrade(bare, before)
        assert rows(bare).keys() == kept.keys(), revision
        migrating.upgrade(bare, revision)
        assert kept.keys() <= rows(bare).keys(), revision
        put_in(bare)


def put_in(bare: Database) -> None:
    with writing(bare) as connection:
        for table, number in fill(connection).items():
            assert number >= 1, table
        connection.commit()


def test_searches_for_groups_that_run_end_when_texts_get_other_numbers(bare: Database):
    migrating.upgrade(bare, "0033")
    with writing(bare) as connection:
        fill(connection)
        one = "id = (select id from group_search limit 1)"
        connection.exec_driver_sql(f"update group_search set finished_at = null where {one}")
        connection.commit()
    migrating.upgrade(bare, "0034")
    with bare.engine.connect() as connection:
        found = connection.exec_driver_sql("select count(*), count(finished_at) from group_search").one()
    assert found[0] == found[1] > 0


def test_down_to_nothing_leaves_nothing(bare: Database):
    migrating.upgrade(bare)
    migrating.downgrade(bare, "base")
    assert set(inspect(bare.engine).get_table_names()) <= {"alembic_version"}
    migrating.upgrade(bare)
    assert migrating.differences(bare) == []


@shows("R91")
@pytest.mark.parametrize("change", ["update entry set act = 'other'", "delete from entry"])
def test_the_journal_refuses_changes_by_itself(bare: Database, change: str):
    migrating.upgrade(bare)
    with writing(bare) as connection:
        fill(connection)
        connection.commit()
    with writing(bare) as connection, pytest.raises(Exception, match="the journal is never changed"):
        connection.exec_driver_sql(change)


def test_every_enum_of_the_models_is_held_by_the_database(bare: Database):
    migrating.upgrade(bare)
    held = {
        check["name"] for table in Base.metadata.tables for check in inspect(bare.engine).get_check_constraints(table)
    }
    wanted = {
        str(constraint.name) for table in Base.metadata.tables.values() for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }  # fmt: skip
    assert wanted <= held


def test_migrations_are_numbered_one_after_the_other():
    names = sorted(path.name for path in VERSIONS.glob("*.py"))
    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
    assert [name[:4] for name in names] == REVISIONS
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.py", name) for name in names)


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("*.py")), ids=lambda path: path.stem)
def test_a_migration_says_why_and_imports_nothing_of_ours(path: Path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    assert not [name for name, _ in imports(tree) if name.split(".")[0] == "consult"]


def writing(database: Database):
    return database.engine.execution_options(consult_writes=True).connect()


def rows(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return count(connection)
