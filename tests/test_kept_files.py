import os
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from consult import config, working
from consult.cli import main
from consult.config import Settings
from consult.contributions.attaching import attach
from consult.contributions.models import Attachment, Checked
from consult.foundation import clock, files
from consult.foundation.db import Database, session
from consult.foundation.files import Incoming, Store
from consult.working import SWEEP_EVERY
from tests.builders import a_resident, a_round, acting
from tests.contributions.builders import a_contribution
from tests.foundation.papers import EICAR, PDF
from tests.foundation.test_scanning import Clamd, clamd
from tests.shows import shows
from tests.site import settings_for

LATER = timedelta(hours=2, minutes=1)
assert clamd  # a fixture


@pytest.fixture
def settings(empty_database: Database, tmp_path: Path) -> Settings:
    return settings_for(empty_database, files_dir=str(tmp_path / "files"))


def a_file(settings: Settings, content: bytes = PDF) -> Incoming:
    return Store(Path(settings.files_dir), settings.scanner).take("plan.pdf", BytesIO(content))


def added(database: Database, settings: Settings, *contents: bytes) -> list[Attachment]:
    with database.writing():
        author = a_resident()
        proposal = a_contribution(a_round(), author)
        return [attach(proposal, a_file(settings, content), acting(author)) for content in contents]


def checked(database: Database) -> list[Checked]:
    with database.reading():
        return [one.checked for one in session().query(Attachment).order_by(Attachment.position)]


def standing(settings: Settings) -> set[str]:
    return {name for name, _written in Store(Path(settings.files_dir)).standing()}


@shows("R55")
def test_the_worker_lets_through_what_passed_the_scanner_and_nothing_else(empty_database, settings, clamd: Clamd):
    settings = replace(settings, scanner=clamd.url)
    bad = PDF.replace(b"%%EOF", b"% " + EICAR + b"\n%%EOF")
    added(empty_database, settings, PDF, bad)
    assert checked(empty_database) == [Checked.WAITING, Checked.WAITING]
    working.work_once(empty_database, settings)
    assert checked(empty_database) == [Checked.CLEAN, Checked.INFECTED]
    working.work_once(empty_database, settings)


@shows("R55")
def test_while_the_scanner_is_down_a_file_waits_and_the_worker_goes_on(empty_database, settings, clamd: Clamd):
    clamd.stop()
    settings = replace(settings, scanner="tcp://127.0.0.1:1")
    added(empty_database, settings, PDF)
    for _ in range(2):
        working.work_once(empty_database, settings)
        assert checked(empty_database) == [Checked.WAITING]


def test_without_a_scanner_a_file_is_there_at_once(empty_database, settings):
    added(empty_database, settings, PDF)
    assert checked(empty_database) == [Checked.CLEAN]


@shows("R53")
def test_the_worker_sweeps_what_belongs_to_nothing_once_an_hour(empty_database, settings):
    kept = added(empty_database, settings, PDF)[0].stored_name
    with empty_database.writing():
        waiting = files.remember(a_resident().id, a_file(settings)).stored_name
    lost = a_file(settings).stored_name
    store = Store(Path(settings.files_dir))
    earlier = clock.now().timestamp() - LATER.total_seconds()
    for name in (kept, waiting, lost):
        os.utime(store.path(name), (earlier, earlier))
    working.work_once(empty_database, settings)
    assert standing(settings) == {kept, waiting}
    mark = store.folder / "swept"
    assert abs(mark.stat().st_mtime - clock.now().timestamp()) < SWEEP_EVERY
    unseen = a_file(settings).stored_name
    os.utime(store.path(unseen), (earlier, earlier))
    working.work_once(empty_database, settings)
    assert unseen in standing(settings), "it looked less than an hour ago"
    with clock.set_to(clock.now() + LATER):
        working.work_once(empty_database, settings)
    assert standing(settings) == {kept}, "and nobody came for what waited"


@pytest.fixture
def town(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CONSULT_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CONSULT_SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("CONSULT_FILES_DIR", settings.files_dir)
    return settings


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    return int(end.value.code or 0)


@shows("R57")
def test_a_byte_that_turned_is_found_by_the_command(empty_database, town, capsys):
    one, two, three = (one.stored_name for one in added(empty_database, town, PDF, PDF + b"\n", PDF + b"\n\n"))
    assert run("verify-files") == 0
    assert "3 files looked at, 0 problems." in capsys.readouterr().out
    store = Store(Path(town.files_dir))
    content = bytearray(store.path(one).read_bytes())
    content[30] ^= 4
    store.path(one).write_bytes(content)
    store.remove(two)
    assert run("verify-files") == 1
    told = capsys.readouterr().out
    assert f"{one} is changed" in told
    assert f"{two} is missing" in told
    assert three not in told
    assert run("verify-files", "--json") == 1
    assert '"problem": "changed"' in capsys.readouterr().out


@pytest.mark.parametrize("value", ["clamd:3310", "http://clamd", "tcp://"])
def test_a_scanner_that_is_no_address_stops_the_start(value):
    told = {"CONSULT_SECRET_KEY": "x" * 32, "CONSULT_DATABASE_URL": "sqlite:///a", "CONSULT_SCANNER": value}
    with pytest.raises(config.WrongSettings, match="CONSULT_SCANNER"):
        config.read(told)
