"""Settings: what is read, and that everything wrong is told at once."""

import stat

import pytest

from consult import config
from consult.app import create_app
from tests.shows import shows

GOOD = {"CONSULT_DATABASE_URL": "sqlite:///x.sqlite", "CONSULT_SECRET_KEY": "s" * 32}


def test_everything_wrong_is_told_at_once():
    wrong = {
        "CONSULT_DATABASE_URL": "mysql://x",
        "CONSULT_SECRET_KEY": "short",
        "CONSULT_BASE_URL": "meedenken.nl/pad",
        "CONSULT_TRUSTED_PROXIES": "-1",
        "CONSULT_MIN_CELL": "tien",
        "CONSULT_DEFAULT_LOCALE": "fr",
        "CONSULT_THEME_CSS": "/nergens/thema.css",
    }
    with pytest.raises(config.WrongSettings) as told:
        config.read(wrong)
    assert len(told.value.problems) == len(wrong)
    for name in wrong:
        assert any(name in problem for problem in told.value.problems), name


@shows("R88")
def test_a_database_of_ones_own_demands_a_secret():
    with pytest.raises(config.WrongSettings, match="CONSULT_SECRET_KEY"):
        config.read({"CONSULT_DATABASE_URL": "postgresql://host/db"})


@shows("R88")
def test_the_embedded_database_keeps_a_secret_that_only_the_owner_can_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = config.read({}), config.read({})
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "instance" / "secret_key").stat().st_mode) == 0o600
    assert first.database_url.endswith("instance/consult.sqlite")


def test_each_setting_tells_where_it_came_from():
    read = config.read({**GOOD, "CONSULT_BASE_URL": "https://meedenken.example"})
    assert read.sources["BASE_URL"] == "environment"
    assert read.sources["MIN_CELL"] == "default"
    assert read.is_https
    assert not read.is_loopback
    assert read.host == "meedenken.example"


def test_the_port_of_the_first_command_is_part_of_the_address():
    assert config.read({**GOOD, "PORT": "9000"}).base_url == "http://127.0.0.1:9000"


def test_an_app_with_wrong_settings_does_not_start(monkeypatch):
    monkeypatch.setenv("CONSULT_DEFAULT_LOCALE", "fr")
    with pytest.raises(config.WrongSettings):
        create_app()
