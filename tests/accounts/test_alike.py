"""No answer tells which addresses have an account: the same bytes, after the same work."""

import re
from collections import Counter

import pytest
from sqlalchemy import select

from consult.accounts import passwords
from consult.accounts.models import Account, EmailLink
from consult.foundation import clock
from consult.foundation.db import Base, in_unit, session
from tests.accounts.builders import an_account, mails, newest_link
from tests.builders import a_resident
from tests.pages.builders import counted
from tests.shows import shows

PASSWORD = "een lange zin om te onthouden"
KINDS = ("known", "unknown", "disabled", "unconfirmed")
WAYS = {
    "registering": ("/register", {"name": "Jan"}),
    "registering with a password": ("/register", {"name": "Jan", "password": PASSWORD}),
    "registering on the way somewhere": ("/register?next=/rounds/x", {"name": "Jan"}),
    "a link": ("/login/link", {}),
    "a wrong password": ("/login", {"password": "dit is het zeker niet"}),
    "a new password": ("/login/reset", {}),
}


@pytest.fixture
def addresses(site):
    """One address of each kind, all of the same length."""
    with site.writing():
        found = {"unknown": "niemand@voorbeeld.test"}
        for kind in ("known", "disabled", "unconfirmed"):
            account = an_account(a_resident(password=PASSWORD))
            account.email = found[kind] = f"{kind[:7].ljust(7, 'x')}@voorbeeld.test"
            account.disabled_at = clock.now() if kind == "disabled" else None
            account.confirmed_at = None if kind == "unconfirmed" else clock.now()
    assert len({len(email) for email in found.values()}) == 1
    return found


def told(answer, email):
    """Everything that an answer says, apart from the address that was typed and the time of day."""
    headers = sorted((name, value) for name, value in answer.headers if name != "Date")
    body = re.sub(r'(name="csrf_token"[^>]*value=)"[^"]+"', r"\1", answer.text).replace(email, "")
    return answer.status_code, headers, body


@shows("R4")
@pytest.mark.parametrize("way", list(WAYS))
def test_every_address_gets_the_same_answer(site, addresses, way):
    path, typed = WAYS[way]
    with clock.set_to(clock.now()):
        answers = {
            kind: told(site.browser().post(path, {"email": email, **typed}), email) for kind, email in addresses.items()
        }
    assert set(answers) == set(KINDS)
    assert all(answer == answers["known"] for answer in answers.values()), answers


@shows("R4")
def test_a_right_password_of_a_closed_account_is_answered_like_a_wrong_one(site, addresses):
    closed, nobody = addresses["disabled"], addresses["unknown"]
    answers = [told(site.browser().post("/login", {"email": e, "password": PASSWORD}), e) for e in (closed, nobody)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


@shows("R4")
@pytest.mark.parametrize("way", list(WAYS))
def test_every_address_costs_the_same_work(site, addresses, way, hashing):
    path, typed = WAYS[way]
    site.browser().post(path, {"email": "iemand@elders.test", **typed})  # what is made once for good
    work = {}
    for kind, email in addresses.items():
        before, hashing.times = rows(site), 0
        with counted(site.database) as statements:
            site.browser().post(path, {"email": email, **typed})
        work[kind] = (
            hashing.times,
            Counter(statement.split()[0] for statement in statements),
            {name: number - before[name] for name, number in rows(site).items()},
        )
    assert all(done == work["known"] for done in work.values()), work
    assert not hashing.inside


class Hashing:
    """Counts how often the real hasher works, and whether a transaction was open meanwhile."""

    def __init__(self, real):
        self.real, self.times, self.inside = real, 0, False

    def hash(self, password):
        self._note("$argon2id$")
        return self.real.hash(password)

    def verify(self, stored, password):
        self._note(stored)
        return self.real.verify(stored, password)

    def _note(self, hashed):
        self.times += hashed.startswith("$argon2id$")  # anything else is answered at once
        self.inside |= in_unit()


@pytest.fixture
def hashing(monkeypatch):
    watched = Hashing(passwords.hasher)
    monkeypatch.setattr(passwords, "hasher", watched)
    return watched


def rows(site):
    with site.database.engine.connect() as connection:
        tables = Base.metadata.sorted_tables
        return {table.name: len(connection.execute(select(*table.primary_key.columns)).all()) for table in tables}


@shows("R4")
def test_a_message_goes_only_to_an_address_that_should_have_one(site, addresses):
    for email in addresses.values():
        site.browser().post("/login/link", {"email": email})
        site.browser().post("/login/reset", {"email": email})
        site.browser().post("/register", {"email": email, "name": "Jan"})
    with site.reading():
        sent = Counter((mail.kind, mail.address) for mail in mails())
        working = {link.address for link in session().scalars(select(EmailLink)) if link.works(clock.now())}
    assert working == set(addresses.values()) - {addresses["disabled"]}
    held = {addresses[who] for who in ("known", "unconfirmed")}
    wanted = {(kind, email) for email in held for kind in ("sign_in_link", "reset_link", "known_address")}
    assert sent == Counter({*wanted, ("register_link", addresses["unknown"])})


def test_a_link_confirms_the_address_to_which_it_was_mailed(site, addresses):
    browser = site.browser()
    browser.post("/login/link", {"email": addresses["unconfirmed"]})
    with site.reading():
        path = newest_link()
    assert browser.post(path).location == "/me"
    with site.reading():
        found = session().scalars(select(Account).where(Account.email == addresses["unconfirmed"])).one()
        assert found.confirmed_at is not None
