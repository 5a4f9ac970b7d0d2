"""Passkeys: the ceremony over the forms with a passkey in software, and every way in which it may be false."""

import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from consult.accounts.models import Factor, PasskeyChallenge
from consult.accounts.passkeys import LIFE, Place
from consult.foundation import clock
from consult.foundation.db import session
from consult.policy import Role
from tests import looking
from tests.accounts.authenticator import Authenticator
from tests.accounts.test_second import half_way, is_in, save_codes, staff
from tests.builders import a_member_of_staff
from tests.shows import shows
from tests.site import COOKIE, Site

NEW, USE = "/login/second/new/passkey", "/login/second/passkey"


def asked(browser, path):
    """Press the button that asks for a passkey, and read what the browser is to be told."""
    assert browser.post(f"{path}/ask").location == path
    page = browser.get(path)
    assert looking.faults_in(page, True) == []
    return json.loads(html.unescape(re.search(r'data-options="([^"]+)"', page.text).group(1)))


def made(browser, device: Authenticator, **changed):
    options = asked(browser, NEW)
    return browser.post(NEW, {"credential": device.make({**options, **changed}), "name": "Laptop"})


@pytest.fixture
def person(site):
    return staff(site, totp=False)


@pytest.fixture
def device(site, person) -> Authenticator:
    """A passkey that was set up at the first sign-in."""
    device = Authenticator()
    browser = half_way(site, person)
    assert made(browser, device).location == "/login/second/codes"
    save_codes(browser)
    return device


def used(browser, device, **changed):
    return browser.post(USE, {"credential": device.use({**asked(browser, USE), **changed})})


@shows("R7", "R11")
def test_a_passkey_is_set_up_and_lets_its_holder_in_with_a_new_token(site, person, device):
    with site.reading():
        factor = session().scalars(select(Factor)).one()
        assert (factor.kind.value, factor.name, factor.credential_id) == ("passkey", "Laptop", device.credential_id)
    browser = half_way(site, person)
    before = browser.token
    assert browser.get("/staff").location == "/login/second?next=/staff"
    entered = used(browser, device)
    assert (entered.status_code, entered.location) == (303, "/staff")
    assert is_in(browser)
    browser.client.set_cookie(COOKIE, before)
    assert not is_in(browser)


@shows("R7")
@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "http://localhost:8080"},
        {"origin": "https://localhost"},
        {"rp_id": "elsewhere.example"},
        {"verifies": False},
        {"count": -1},
    ],
    ids=str,
)
def test_an_answer_that_is_not_of_here_or_of_now_lets_nobody_in(site, person, device, lie):
    device.count = 5
    assert used(half_way(site, person), device).status_code == 303
    for name, value in lie.items():
        setattr(device, name, value if name != "count" else 4)  # a passkey that counts back was copied
    browser = half_way(site, person)
    assert used(browser, device).status_code == 422
    assert not is_in(browser)


@shows("R7")
@pytest.mark.parametrize("lie", [{"origin": "https://elsewhere.example"}, {"rp_id": "x.example"}, {"verifies": False}])
def test_a_passkey_that_was_made_elsewhere_or_without_its_user_is_not_kept(site, person, lie):
    device = Authenticator()
    for name, value in lie.items():
        setattr(device, name, value)
    assert made(half_way(site, person), device).status_code == 422
    with site.reading():
        assert session().scalars(select(Factor)).all() == []


@shows("R7")
def test_a_challenge_is_answered_once_and_in_the_session_that_asked(site, person, device):
    first, other = half_way(site, person), half_way(site, person)
    options = asked(first, USE)
    answer = device.use(options)
    asked(other, USE)
    assert other.post(USE, {"credential": answer}).status_code == 422
    assert first.post(USE, {"credential": answer}).status_code == 303
    with site.writing():
        for challenge in session().scalars(select(PasskeyChallenge)):
            if challenge.used_at is None:  # give the other session the same question, long answered elsewhere
                challenge.challenge = (
                    session()
                    .scalars(select(PasskeyChallenge.challenge).where(PasskeyChallenge.used_at.is_not(None)))
                    .first()
                )
    assert other.post(USE, {"credential": answer}).status_code == 422  # the passkey counts on
    assert not is_in(other)


@shows("R7")
def test_a_challenge_is_void_after_five_minutes_and_after_a_new_one(site, person, device):
    late = half_way(site, person)
    with clock.set_to(clock.now() - LIFE - timedelta(seconds=1)):
        options = asked(late, USE)
    assert late.post(USE, {"credential": device.use(options)}).status_code == 422
    assert "opnieuw" in late.get(USE).text
    old = asked(late, USE)
    asked(late, USE)
    assert late.post(USE, {"credential": device.use(old)}).status_code == 422
    assert used(late, device).status_code == 303


@shows("R7", "R8")
def test_20_at_once_with_one_answer_let_one_in(site, person, device, monkeypatch):
    monkeypatch.setattr("consult.accounts.second.LIMITS", ((100, 300),))  # the limit is another test
    first = half_way(site, person)
    answer, token, gate = device.use(asked(first, USE)), first.token, Barrier(20)

    def post(_number: int) -> int:
        browser = site.browser()
        browser.client.set_cookie(COOKIE, token)
        gate.wait(20)
        return "Set-Cookie" in browser.post(USE, {"credential": answer}).headers

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(post, range(20))) == 1


@pytest.mark.parametrize(
    "sent", ["", "x", "{}", "[]", '{"rawId": 1}', '{"rawId": "AAAA", "response": {}}', "\u0661", "é" * 900]
)
def test_what_is_no_answer_is_told_in_a_sentence(site, person, device, sent):
    browser = half_way(site, person)
    asked(browser, USE)
    answer = browser.post(USE, {"credential": sent})
    assert answer.status_code == 422
    assert 'role="alert" id="errors"' in answer.text
    assert looking.faults_in(answer, True) == []


def test_the_passkey_of_somebody_else_lets_nobody_in(site, person, device):
    other_device, other = Authenticator(), staff(site, totp=False)
    assert made(half_way(site, other), other_device).status_code == 303
    browser = half_way(site, person)
    assert used(browser, other_device).status_code == 422
    assert not is_in(browser)


def test_one_device_cannot_be_added_twice(site, person, device):
    browser = site.browser(person)
    options = asked(browser, NEW)
    assert [one["id"] for one in options["excludeCredentials"]]
    assert browser.post(NEW, {"credential": device.make(options)}).status_code == 409


@shows("R15")
def test_tries_with_a_passkey_are_limited_apart_from_codes(site):
    person = staff(site)
    with clock.set_to(clock.now().replace(minute=0, second=0)):
        browser = half_way(site, person)
        for _ in range(5):
            assert browser.post(USE, {"credential": "{}"}).status_code == 422
        assert browser.post(USE, {"credential": "{}"}).status_code == 429
        assert browser.post("/login/second", {"one_time_code": "000000"}).status_code == 422


@pytest.mark.parametrize(
    ("origin", "rp_id", "is_named"),
    [
        ("https://meedenken.gemeente.nl", "meedenken.gemeente.nl", True),
        ("http://localhost:8000", "localhost", True),
        ("http://127.0.0.1:8000", "127.0.0.1", False),
        ("http://[::1]:8000", "::1", False),
    ],
)
def test_a_passkey_needs_an_address_with_a_name(origin, rp_id, is_named):
    place = Place(origin)
    assert (place.rp_id, place.is_named) == (rp_id, is_named)


def test_where_the_address_is_a_number_the_page_says_so(empty_database):
    site = Site(empty_database, base_url="http://127.0.0.1")
    with site.writing():
        person = a_member_of_staff(Role.ADMIN)
    browser = half_way(site, person)
    page = browser.get("/login/second/new")
    assert "127.0.0.1" in page.text
    assert f"{NEW}/ask" not in page.text


def test_no_page_runs_a_script_but_the_ones_that_ask_for_a_passkey(site, person, device):
    browser = half_way(site, person)
    assert "<script" not in browser.get("/login/second").text
    assert "<script" not in browser.get(USE).text  # nothing was asked yet
    asked(browser, USE)
    assert browser.get(USE).text.count("<script") == 1
    assert browser.get("/static/passkey.js").status_code == 200
