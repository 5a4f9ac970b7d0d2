"""Sessions: a token for each, a new one at every step up, and an end that counts at once everywhere."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.accounts.devices import device_of
from consult.accounts.models import SignedIn
from consult.accounts.verbs import disable, set_password
from consult.foundation import clock
from consult.foundation.db import session
from consult.policy import Role
from tests import looking
from tests.accounts.builders import a_link, an_account, mails, token_in
from tests.builders import a_member_of_staff, a_resident, acting
from tests.shows import shows
from tests.site import COOKIE, Site

GOOD = "mijn fiets is blauw en snel"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"  # noqa: E501  as it is told
EDGE = CHROME + " Edg/140.0.0.0"


def somebody(site, role=None, password=GOOD):
    with site.writing():
        person = a_member_of_staff(role, password=password) if role else a_resident(password=password)
        return person, an_account(person).email


def holds(browser, token):
    browser.client.set_cookie(COOKIE, token)
    return browser.get("/me").status_code == 200


@shows("R11")
def test_each_sign_in_has_a_token_of_its_own_that_the_server_keeps_hashed(site):
    person, email = somebody(site)
    browser, tokens = site.browser(), set()
    for _ in range(2):
        assert browser.post("/login", {"email": email.upper(), "password": GOOD}).status_code == 303
        tokens.add(browser.token)
    assert len(tokens) == 2
    assert all(len(token) >= 43 for token in tokens)
    with site.database.engine.connect() as connection:
        dump = str(connection.execute(select(SignedIn.token_hash)).all())
    assert not any(token in dump for token in tokens)
    assert site.browser(person).get("/me").status_code == 200


@shows("R11")
def test_a_token_that_somebody_planted_before_is_good_for_nothing_after(site):
    _person, email = somebody(site)
    browser = site.browser()
    browser.client.set_cookie(COOKIE, "planted-by-somebody-else")
    assert browser.post("/login", {"email": email, "password": GOOD}).status_code == 303
    assert browser.token != "planted-by-somebody-else"
    assert not holds(site.browser(), "planted-by-somebody-else")


@shows("R11")
def test_signing_in_again_ends_what_this_browser_had(site):
    person, email = somebody(site)
    browser = site.browser(person)
    before = browser.token
    assert browser.post("/login", {"email": email, "password": GOOD}).status_code == 303
    assert not holds(site.browser(), before)


@shows("R11")
@pytest.mark.parametrize("step", ["a new password", "showing again who one is", "a link"])
def test_each_step_up_gives_a_new_token_in_the_same_answer(site, step):
    person, _email = somebody(site)
    browser = site.browser(person)
    before = browser.token
    if step == "a new password":
        answer = browser.post("/me/account/password", {"password": "een andere lange zin voor nu"})
    elif step == "a link":
        with site.writing():
            path = f"/login/{token_in(a_link(person=person))}"
        answer = browser.post(path)
    else:
        answer = browser.post("/login/again", {"password": GOOD})
    assert answer.status_code == 303
    assert "Set-Cookie" in answer.headers
    assert browser.get("/me").status_code == 200
    assert browser.token != before
    assert not holds(site.browser(), before)


@shows("R11", "R26")
def test_another_role_ends_every_session_that_had_the_old_one(site):
    person, _email = somebody(site, Role.MODERATOR)
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN)
    browser = site.browser(person)
    assert site.browser(admin).post(f"/staff/people/{person.id}/role", {"role": "director"}).status_code == 303
    assert browser.get("/staff").status_code == 303
    with site.reading():
        assert session().get(type(person), person.id).role is Role.DIRECTOR


@shows("R12")
def test_signing_out_works_at_once(site):
    person, _email = somebody(site)
    browser = site.browser(person)
    cookie = browser.token
    assert browser.post("/logout").status_code == 303
    assert not holds(browser, cookie)


@shows("R12")
@pytest.mark.parametrize(
    "end", ["sign out", "sign out elsewhere", "one by one", "a new password", "closed", "a new role"]
)
def test_an_end_counts_at_the_next_request_in_every_worker(site, end):
    person, _email = somebody(site, Role.MODERATOR)
    other = Site(site.database)
    there, here = other.browser(person), site.browser(person)
    assert there.get("/me").status_code == 200
    if end == "sign out":
        here.client.set_cookie(COOKIE, there.token)
        here.post("/logout")
    elif end == "sign out elsewhere":
        here.post("/me/account/sessions/end")
    elif end == "one by one":
        page = here.get("/me/account").text
        (session_id,) = re.findall(r'name="session" value="([0-9a-f-]{36})"', page)
        here.post("/me/account/sessions/end", {"session": session_id})
    else:
        with site.writing():
            account = an_account(person)
            if end == "a new password":
                set_password(account, "x", acting(person))
            elif end == "closed":
                disable(account, clock.now())
            else:
                admin = a_member_of_staff(Role.ADMIN)
    if end == "a new role":
        site.browser(admin).post(f"/staff/people/{person.id}/role", {"role": "clerk"})
    assert there.get("/me").status_code == 303
    kept = end in {"sign out elsewhere", "one by one"}
    assert (here.get("/me").status_code == 200) is kept


def test_nobody_ends_the_session_of_somebody_else(site):
    (person, _), (other, _) = somebody(site), somebody(site)
    browser = site.browser(other)
    with site.reading():
        session_id = session().scalars(select(SignedIn.id).where(SignedIn.account_id == other.account_id)).one()
    answer = site.browser(person).post("/me/account/sessions/end", {"session": str(session_id)})
    assert answer.status_code == 404
    assert browser.get("/me").status_code == 200


@shows("R13")
@pytest.mark.parametrize(("role", "idle", "whole"), [(None, 120, 24 * 60), (Role.MODERATOR, 30, 10 * 60)])
def test_a_session_ends_after_rest_and_after_a_day(site, role, idle, whole):
    person, _email = somebody(site, role)
    begun = clock.now()

    def after(browser, minutes):
        with clock.set_to(begun + timedelta(minutes=minutes)):
            return browser.get("/me").status_code

    with clock.set_to(begun):
        resting, busy = site.browser(person), site.browser(person)
    assert after(resting, idle) == 200  # seen now, so it may rest as long again
    assert after(resting, 2 * idle) == 200
    assert after(resting, 3 * idle + 1) == 303
    for minutes in range(idle // 2, whole, idle // 2):
        assert after(busy, minutes) == 200, minutes
    assert after(busy, whole + 1) == 303


@shows("R13")
def test_the_account_page_lists_every_session_and_says_which_is_this_one(site):
    person, email = somebody(site)
    for agent in (FIREFOX, SAFARI):
        browser = site.browser()
        answer = browser.post("/login", {"email": email, "password": GOOD}, headers={"User-Agent": agent})
        assert answer.status_code == 303
    page = browser.get("/me/account")
    assert looking.faults_in(page, signed_in=True) == []
    assert page.text.count("Firefox, Linux</h3>") == 1
    assert page.text.count("Safari, iPhone</h3>") == 1
    assert page.text.count('name="session"') == 1
    assert person.name in page.text
    with clock.set_to(clock.now() + timedelta(hours=1, minutes=30)):
        browser.get("/me")
        assert "Firefox, Linux" in browser.get("/me/account").text
    with clock.set_to(clock.now() + timedelta(hours=2, minutes=30)):
        assert "Firefox, Linux" not in browser.get("/me/account").text


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox, Linux"),
        (CHROME, "Chrome, Windows"),
        (EDGE, "Edge, Windows"),
        (SAFARI, "Safari, iPhone"),
        ("curl/8.0", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_a_device_is_told_in_words_that_people_know(agent, device):
    assert device_of(agent) == device


def test_a_password_on_a_new_device_is_told_and_on_a_known_one_it_is_not(site):
    _person, email = somebody(site)
    for agent in (FIREFOX, FIREFOX, CHROME, CHROME, FIREFOX):
        site.browser().post("/login", {"email": email, "password": GOOD}, headers={"User-Agent": agent})
    with site.reading():
        told = mails("new_device")
        assert [(mail.address, mail.facts) for mail in told] == [(email, {"device": "Chrome, Windows"})]


@shows("S47")
def test_no_cookie_before_sign_in_and_one_after(site):
    browser = site.browser()
    for path in ("/", "/login", "/register", "/login/reset", "/login/sent", "/en/"):
        assert "Set-Cookie" not in browser.get(path).headers
    assert "Set-Cookie" not in browser.post("/register", {"name": "Jan", "email": "jan@voorbeeld.nl"}).headers
    person, _email = somebody(site)
    with site.writing():
        path = f"/login/{token_in(a_link(person=person))}"
    made = browser.post(path)
    assert "HttpOnly" in made.headers["Set-Cookie"]
    assert "SameSite=Lax" in made.headers["Set-Cookie"]
    assert len(made.headers.getlist("Set-Cookie")) == 1


@shows("R33")
def test_over_https_the_cookie_is_bound_to_the_host(site):
    person, _email = somebody(site)
    secure = Site(site.database, base_url="https://meedenken.example")
    client = secure.app.test_client()
    with site.writing():
        path = f"/login/{token_in(a_link(person=person))}"
    page = client.get(path, base_url="https://meedenken.example")
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    made = client.post(
        path,
        base_url="https://meedenken.example",
        data={"csrf_token": token},
        headers={"Origin": "https://meedenken.example"},
    )
    assert made.headers["Set-Cookie"].startswith("__Host-consult=")
    assert "Secure" in made.headers["Set-Cookie"]
    assert "max-age" in made.headers["Strict-Transport-Security"]


def test_a_place_is_kept_as_a_hash_that_tells_no_address(site):
    _person, email = somebody(site)
    site.browser().post("/login", {"email": email, "password": GOOD})
    with site.reading():
        places = session().scalars(select(SignedIn.place)).all()
    assert [len(place) for place in places] == [64]
    assert "127.0.0.1" not in places[0]
