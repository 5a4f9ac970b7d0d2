"""SQLite as it must be set, on every connection, and what comes of it when many look and then add."""

import pytest
from sqlalchemy import event

from consult.foundation.db import Database
from tests.once import labour
from tests.once.harness import processes, working
from tests.once.labour import Conditions
from tests.shows import shows

LIMIT, PROCESSES, THREADS = 60, 2, 4
PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@shows("R63")
def test_every_connection_of_the_pool_is_set_as_it_must_be(empty_database):
    held = [empty_database.engine.connect() for _ in range(16)]  # as many as the pool ever opens
    try:
        for connection in held:
            for name, wanted in PRAGMAS.items():
                assert connection.exec_driver_sql(f"pragma {name}").scalar_one() == wanted
            assert connection.exec_driver_sql("pragma busy_timeout").scalar_one() >= 5000
    finally:
        for connection in held:
            connection.close()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@shows("R63")
def test_a_writing_unit_begins_as_a_writer_and_a_reading_one_does_not(empty_database):
    told: list[str] = []
    event.listen(empty_database.engine, "before_cursor_execute", lambda _c, _k, statement, *_m: told.append(statement))
    with empty_database.writing() as unit:
        unit.connection().exec_driver_sql("select 1")
    with empty_database.reading() as unit:
        unit.connection().exec_driver_sql("select 1")
    assert [statement for statement in told if statement.startswith("BEGIN")] == ["BEGIN IMMEDIATE", "BEGIN"]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
@shows("R65")
def test_postgresql_is_asked_for_what_the_platform_was_made_for(empty_database):
    with empty_database.writing() as unit:
        asked = {
            name: unit.connection().exec_driver_sql(f"show {name}").scalar_one()
            for name in ("transaction_isolation", "transaction_read_only")
        }
    assert asked == {"transaction_isolation": "read committed", "transaction_read_only": "off"}
    with empty_database.reading() as unit:
        assert unit.connection().exec_driver_sql("show transaction_read_only").scalar_one() == "on"


def filled(database: Database, kind: str) -> tuple[int, set[str]]:
    """Let threads of several processes add rows while there are fewer than the limit; returns rows and outcomes."""
    with database.writing() as unit:
        unit.connection().exec_driver_sql("create table cup (fill integer)")
    gate = processes.Barrier(PROCESSES * THREADS)
    with working() as workers:
        for _ in range(PROCESSES):
            workers.start(labour.fill_up, Conditions(database.url, database=kind), LIMIT, THREADS, gate)
        told = {outcome for answers in workers.answers() for outcome in answers}
    with database.reading() as unit:
        return unit.connection().exec_driver_sql("select count(*) from cup").scalar_one(), told


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@shows("R63")
def test_who_looks_and_then_adds_never_adds_too_much(empty_database):
    assert filled(empty_database, "ours") == (LIMIT, {"added", "full"})


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_this_net_notices_the_drivers_own_transactions(empty_database):
    rows, _told = filled(empty_database, "legacy")
    assert rows > LIMIT


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_this_net_notices_transactions_that_begin_as_readers(empty_database):
    _rows, told = filled(empty_database, "plain begin")
    assert "OperationalError" in told
