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


OIDC = {
    "CONSULT_OIDC_ISSUER": "https://broker.example/oidc",
    "CONSULT_OIDC_CLIENT_ID": "consult",
    "CONSULT_OIDC_CLIENT_SECRET": "a secret",
}


def test_without_settings_there_is_no_broker_of_sign_ins():
    assert config.read(GOOD).oidc is None


@shows("L23")
def test_one_broker_is_set_by_its_issuer_and_ours_with_it():
    read = config.read({**GOOD, **OIDC}).oidc
    assert (read.issuer, read.subject_claim, read.level_claim, read.scopes) == (
        "https://broker.example/oidc", "sub", "acr", "openid"
    )  # fmt: skip
    assert not read.subject_is_bsn
    assert "a secret" not in repr(read)
    assert "a secret" not in repr(config.read({**GOOD, **OIDC}))


@shows("L24")
def test_where_a_broker_tells_what_is_asked_can_be_set_and_a_bsn_is_taken_for_one():
    loa = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"
    digid = {"CONSULT_OIDC_SUBJECT_CLAIM": "identity.bsn", "CONSULT_OIDC_LOA_FLOOR": f"substantial, {loa}"}
    read = config.read({**GOOD, **OIDC, **digid}).oidc
    assert read.subject_is_bsn
    assert read.levels == ("substantial", loa)
    eherkenning = {
        "CONSULT_OIDC_SUBJECT_CLAIM": "urn:etoegang:core:LegalSubjectID",
        "CONSULT_OIDC_LOA_CLAIM": "urn:etoegang:core:assurance",
        "CONSULT_OIDC_LABEL": "eHerkenning",
        "CONSULT_OIDC_SCOPES": "openid profile",
    }
    read = config.read({**GOOD, **OIDC, **eherkenning}).oidc
    assert (read.subject_claim, read.label, read.subject_is_bsn) == (
        "urn:etoegang:core:LegalSubjectID", "eHerkenning", False
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ISSUER": ""}, "OIDC_ISSUER must be set too"),
        ({"CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET must be set too"),
        ({"ISSUER": "http://broker.example"}, "OIDC_ISSUER must be an https address"),
        ({"ISSUER": "broker.example"}, "OIDC_ISSUER must be an https address"),
        ({"ISSUER": "https://broker.example/?x=1"}, "OIDC_ISSUER must be an https address"),
        ({"SCOPES": "profile"}, "the word openid"),
        ({"SUBJECT_IS_BSN": "maybe"}, "yes or no"),
        ({"SUBJECT_IS_BSN": "yes"}, "OIDC_LOA_FLOOR must be set"),
        ({"SUBJECT_CLAIM": "bsn"}, "OIDC_LOA_FLOOR must be set"),
    ],
)
def test_what_is_wrong_with_the_broker_is_told(changed, said):
    told = {f"CONSULT_OIDC_{name}": value for name, value in changed.items()}
    with pytest.raises(config.WrongSettings, match=said):
        config.read({**GOOD, **OIDC, **told})


def test_a_broker_on_this_machine_needs_no_https():
    assert config.read({**GOOD, **OIDC, "CONSULT_OIDC_ISSUER": "http://127.0.0.1:9000"}).oidc is not None
