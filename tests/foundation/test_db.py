import pytest

from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.forms import KeptText
from tests.shows import shows


def kept(handle):
    return KeptText(handle=handle, fields={}, kept_at=clock.now())


@shows("R75")
def test_a_unit_that_raises_keeps_nothing(empty_database):
    def breaks():
        add(kept("a"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        empty_database.write(breaks)
    with empty_database.reading():
        assert session().get(KeptText, "a") is None


@shows("R29")
def test_a_reading_unit_keeps_nothing(empty_database):
    if empty_database.is_sqlite:
        with empty_database.reading():
            add(kept("a"))
    with empty_database.reading():
        assert session().get(KeptText, "a") is None


def test_a_moment_comes_back_aware_and_whole(empty_database):
    with empty_database.writing():
        row = add(kept("a"))
    with empty_database.reading():
        assert session().get(KeptText, "a").kept_at == row.kept_at


def test_units_do_not_nest(empty_database):
    with empty_database.reading(), pytest.raises(RuntimeError), empty_database.writing():
        pass


@shows("R63")
def test_sqlite_stands_as_the_requirement_says(empty_database):
    if not empty_database.is_sqlite:
        pytest.skip("speaks of SQLite alone")
    with empty_database.engine.connect() as connection:
        asked = {p: connection.exec_driver_sql(f"pragma {p}").scalar() for p in ("journal_mode", "synchronous")}
        asked |= {p: connection.exec_driver_sql(f"pragma {p}").scalar() for p in ("foreign_keys", "busy_timeout")}
    assert asked["journal_mode"] == "wal"
    assert asked["synchronous"] == 2
    assert asked["foreign_keys"] == 1
    assert asked["busy_timeout"] >= 5000
