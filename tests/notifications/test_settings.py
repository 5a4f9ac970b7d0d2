"""How an installation says with what it mails, and what it may not do without."""

import pytest

from consult import config
from consult.doctoring import findings
from tests.site import settings_for

GOOD = {
    "CONSULT_DATABASE_URL": "sqlite:///x.sqlite",
    "CONSULT_SECRET_KEY": "a secret that is only for tests, 32 long",
    "CONSULT_SMTP_URL": "smtp://gebruiker:geheim@mail.gemeente.test:587?starttls=1",
    "CONSULT_MAIL_FROM": "meedenken@gemeente.test",
}


def test_the_mail_server_and_the_sender_are_read_and_the_password_is_not_shown():
    settings = config.read(GOOD)
    assert (settings.smtp_url, settings.mail_from) == (GOOD["CONSULT_SMTP_URL"], GOOD["CONSULT_MAIL_FROM"])
    assert settings.sources["SMTP_URL"] == settings.sources["MAIL_FROM"] == "environment"
    assert "geheim" not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"CONSULT_SMTP_URL": "mail.gemeente.test"}, "CONSULT_SMTP_URL must be like"),
        ({"CONSULT_SMTP_URL": "smtp://gebruiker:geheim@mail.gemeente.test"}, "password in the open"),
        ({"CONSULT_MAIL_FROM": "Gemeente <meedenken@gemeente.test>"}, "CONSULT_MAIL_FROM must be one address"),
        ({"CONSULT_MAIL_FROM": "a@b.nl\nBcc: c@d.nl"}, "CONSULT_MAIL_FROM must be one address"),
        ({"CONSULT_MAIL_FROM": ""}, "go together"),
        ({"CONSULT_SMTP_URL": ""}, "go together"),
    ],
)
def test_settings_with_which_no_mail_could_go_out_stop_the_start(changed, words):
    with pytest.raises(config.WrongSettings) as wrong:
        config.read({**GOOD, **changed})
    (problem,) = wrong.value.problems
    assert words in problem
    assert "geheim" not in problem


def test_an_installation_that_others_reach_needs_a_mail_server(empty_database):
    public = {"base_url": "https://meedenken.gemeente.test"}
    lacking = list(findings(settings_for(empty_database, **public), empty_database))
    assert [problem for problem in lacking if "CONSULT_SMTP_URL" in problem]
    sending = {"smtp_url": GOOD["CONSULT_SMTP_URL"], "mail_from": GOOD["CONSULT_MAIL_FROM"]}
    found = list(findings(settings_for(empty_database, **public, **sending), empty_database))
    assert not [problem for problem in found if "CONSULT_SMTP_URL" in problem]
    assert not [problem for problem in findings(settings_for(empty_database), empty_database) if "SMTP" in problem]
