"""Mailed links: good once, for one purpose, until they expire or are withdrawn."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from consult.accounts.links import token_of
from consult.accounts.models import Account, EmailLink, Purpose, SignedIn
from consult.accounts.verbs import LINK_LIFE, forget_old, sign_in, spend, withdraw_links
from consult.foundation import clock
from consult.foundation.db import session
from consult.participants.models import Person
from consult.participants.verbs import invite
from consult.policy import Role
from tests.accounts.builders import a_link, an_account, mails, newest_link, token_in
from tests.builders import a_member_of_staff, a_resident, acting
from tests.shows import shows
from tests.site import SECRET

GOOD = "mijn fiets is blauw en snel"
JUST_TOO_LATE = timedelta(seconds=1)


def made(site, purpose=Purpose.SIGN_IN, person=None, **filled_in):
    with site.writing():
        return a_link(purpose, person, **filled_in)


def someone(site, **told):
    with site.writing():
        return a_resident(**told)


def sessions_of(person):
    return session().scalar(select(func.count()).select_from(SignedIn).where(SignedIn.account_id == person.account_id))


@shows("R5")
def test_looking_at_a_link_uses_nothing_up(site):
    person = someone(site)
    path = f"/login/{token_in(made(site, person=person))}"
    browser = site.browser()
    for _ in range(3):
        assert browser.client.head(path).status_code == 200
        assert browser.get(path).status_code == 200
    with site.reading():
        assert sessions_of(person) == 0
    assert browser.post(path).location == "/me"
    assert browser.get("/me").status_code == 200


@shows("R5")
def test_of_twenty_presses_at_once_one_signs_in(site):
    person = someone(site)
    path = f"/login/{token_in(made(site, person=person))}"
    browsers = [site.browser() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda browser: browser.post(path), browsers))
    assert sorted(answer.location for answer in answers) == [path] * 19 + ["/me"]
    with site.reading():
        assert sessions_of(person) == 1


@shows("R5")
def test_a_link_holds_256_bits_of_which_only_a_hash_is_stored(site):
    link = made(site, person=someone(site))
    secret = token_in(link).partition(".")[2]
    assert len(secret) == 43
    with site.database.engine.connect() as connection:
        stored = str(connection.exec_driver_sql("select * from email_link").all())
    assert secret not in stored


@shows("R5")
@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_token_of_one_purpose_is_good_for_no_other(site, purpose):
    link = made(site, person=someone(site))
    other = token_of(link.id, purpose, SECRET)
    assert (other == token_in(link)) is (purpose is Purpose.SIGN_IN)
    answer = site.browser().get(f"/login/{other}")
    assert answer.status_code == (200 if purpose is Purpose.SIGN_IN else 410)


@shows("R5")
def test_no_link_lives_longer_than_it_may():
    ten_minutes, a_day = timedelta(minutes=10), timedelta(hours=24)
    assert all(LINK_LIFE[purpose] <= ten_minutes for purpose in (Purpose.SIGN_IN, Purpose.RESET, Purpose.REGISTER))
    assert all(life <= a_day for life in LINK_LIFE.values())


@shows("R5")
@pytest.mark.parametrize("purpose", [Purpose.SIGN_IN, Purpose.RESET, Purpose.REGISTER])
def test_a_link_that_is_over_offers_a_new_one(site, purpose):
    person = None if purpose is Purpose.REGISTER else someone(site)
    link = made(site, purpose, person)
    path = f"/login/{token_in(link)}"
    browser = site.browser()
    with clock.set_to(link.expires_at):
        page = browser.get(path)
        assert page.status_code == 410
        assert f'action="{path}/again"' in page.text
        assert browser.post(path, {"password": GOOD}).location == path
        assert browser.get("/me").status_code == 303
        assert browser.post(f"{path}/again").location == "/login/sent"
        with site.reading():
            new = newest_link()
        assert new != path
        assert browser.post(new, {"password": GOOD}).status_code == 303
        assert browser.get("/me").status_code == 200


@pytest.mark.parametrize("token", ["x", "..", "0" * 80, "00000000-0000-4000-8000-000000000000.abc"])
def test_what_is_no_link_of_ours_offers_a_new_one_too(site, token):
    page = site.browser().get(f"/login/{token}")
    assert page.status_code == 410
    assert 'href="/login"' in page.text
    assert site.browser().post(f"/login/{token}").status_code == 303


def test_a_link_that_was_used_says_so_and_signs_nobody_in_again(site):
    path = f"/login/{token_in(made(site, person=someone(site)))}"
    assert site.browser().post(path).location == "/me"
    again = site.browser()
    page = again.post(path, follow=True)
    assert page.status_code == 410
    assert again.get("/me").status_code == 303


@pytest.mark.usefixtures("unit")
def test_a_link_is_spent_once_and_never_after_its_time_or_when_it_was_withdrawn():
    person = a_resident()
    late, gone, fine = (a_link(Purpose.SIGN_IN, person) for _ in range(3))
    assert not spend(late, late.expires_at)
    withdraw_links(EmailLink.id == gone.id, clock.now())
    assert not spend(gone, clock.now())
    assert [spend(fine, clock.now()) for _ in range(2)] == [True, False]


@shows("R6")
@pytest.mark.parametrize("fate", ["expired", "withdrawn", "used"])
@pytest.mark.parametrize("flow", ["the invitation", "a new one", "reset", "a link to sign in", "registering"])
def test_an_invitation_that_is_over_stays_dead_through_every_flow(site, fate, flow):
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN)
        invite("A. Jansen", "jansen@gemeente.test", Role.MODERATOR, acting(admin), SECRET)
    with site.reading():
        path = newest_link()
        link = session().scalars(select(EmailLink)).one()
    after = link.created_at + timedelta(minutes=1)
    if fate == "withdrawn":
        site.browser(admin).post(f"/staff/people/invitations/{link.id}/withdraw")
    elif fate == "used":
        with site.writing():
            spend(session().get(EmailLink, link.id), link.created_at)
    else:
        after = link.expires_at + JUST_TOO_LATE
    browser = site.browser()
    with clock.set_to(after):
        go_through(site, browser, flow, path)
        assert browser.post(path).location == path
    with site.reading():
        assert session().scalars(select(Person).where(Person.role == Role.MODERATOR)).all() == []
        assert (session().get(EmailLink, link.id).used_at is None) is (fate != "used")


def go_through(site, browser, flow, path):
    typed = {"email": "jansen@gemeente.test", "name": "A. Jansen"}
    if flow == "a new one":
        browser.post(f"{path}/again")
    elif flow == "reset":
        browser.post("/login/reset", typed)
    elif flow == "a link to sign in":
        browser.post("/login/link", typed)
    elif flow == "registering":
        browser.post("/register", typed)
    with site.reading():
        new = newest_link() if len(mails()) > 1 else path
    browser.post(new, {"password": GOOD})


@shows("R10")
def test_a_new_password_by_link_keeps_the_second_factor_and_ends_every_session(site):
    with site.writing():
        person = a_member_of_staff(Role.MODERATOR, password="een oude zin om te vergeten")
        email = an_account(person).email
    stale = site.browser(person)
    assert stale.get("/staff").status_code == 200
    browser = site.browser()
    assert browser.post("/login/reset", {"email": email}).location == "/login/sent"
    with site.reading():
        path = newest_link()
    assert browser.post(path, {"password": "kort"}).status_code == 422
    answer = browser.post(path, {"password": GOOD})
    assert answer.location.startswith("/login/second")
    assert browser.get("/staff").status_code == 303
    assert stale.get("/staff").status_code == 303
    with site.reading():
        assert [mail.address for mail in mails("password_changed")] == [email]
    assert site.browser().post("/login", {"email": email, "password": GOOD}).status_code == 303


def test_a_new_password_is_asked_to_be_long_and_nobodys_guess(site):
    person = someone(site)
    path = f"/login/{token_in(made(site, Purpose.RESET, person))}"
    for typed in ({}, {"password": "kort"}, {"password": "wachtwoordwachtwoord"}):
        page = site.browser().post(path, typed)
        assert page.status_code == 422
        assert 'href="#password"' in page.text
    assert site.browser().post(path, {"password": GOOD}).location == "/me"


def test_a_new_password_withdraws_the_links_that_are_still_open(site):
    person = someone(site)
    earlier = f"/login/{token_in(made(site, person=person))}"
    assert site.browser().post(f"/login/{token_in(made(site, Purpose.RESET, person))}", {"password": GOOD}).status_code
    assert site.browser().get(earlier).status_code == 410


@shows("R14")
def test_a_new_address_counts_when_its_link_comes_back_and_the_old_one_is_told(site):
    person = someone(site)
    with site.reading():
        old = an_account(person).email
    browser, elsewhere = site.browser(person), site.browser(person)
    assert browser.post("/me/account/address", {"email": "Nieuw@Voorbeeld.nl"}).location == "/login/sent"
    with site.reading():
        assert an_account(person).email == old
        path = newest_link()
    assert site.browser().post(path).location == "/me/account?saved=address"
    with site.reading():
        assert an_account(person).email == "nieuw@voorbeeld.nl"
        assert [mail.address for mail in mails("address_changed")] == [old]
    assert elsewhere.get("/me").status_code == 303


def test_the_browser_in_which_a_new_address_is_confirmed_stays_signed_in(site):
    browser = site.browser(someone(site))
    browser.post("/me/account/address", {"email": "nieuw@voorbeeld.nl"})
    with site.reading():
        path = newest_link()
    assert "nieuw@voorbeeld.nl" in browser.post(path, follow=True).text


def test_an_address_of_somebody_else_is_not_taken_over_and_not_betrayed(site):
    other, person = someone(site), someone(site)
    with site.reading():
        known = an_account(other).email
    free, taken = (site.browser(person).post("/me/account/address", {"email": e}) for e in ("vrij@voorbeeld.nl", known))
    assert (free.status_code, free.location) == (taken.status_code, taken.location)
    with site.reading():
        assert [mail.kind for mail in mails() if mail.address == known] == ["known_address"]
        assert session().scalars(select(Account).where(Account.email == "vrij@voorbeeld.nl")).all() == []


def test_a_second_new_address_withdraws_the_first(site):
    browser = site.browser(someone(site))
    paths = []
    for n in range(2):
        browser.post("/me/account/address", {"email": f"nieuw{n}@voorbeeld.nl"})
        with site.reading():
            paths.append(newest_link())
    assert [site.browser().get(path).status_code for path in paths] == [410, 200]


@pytest.mark.usefixtures("unit")
def test_what_was_filled_in_with_a_link_is_forgotten_a_day_after_its_time():
    link, person = a_link(Purpose.REGISTER), a_resident()
    a_link(Purpose.SIGN_IN, person)
    assert forget_old() == 0
    with clock.set_to(link.expires_at + timedelta(days=1, seconds=1)):
        assert forget_old() == 2
    assert session().scalars(select(EmailLink)).all() == []


@pytest.mark.usefixtures("unit")
def test_sessions_are_forgotten_a_season_after_they_were_over():
    person = a_resident()
    sign_in(person.account_id, acting(person))
    with clock.set_to(clock.now() + timedelta(days=90)):
        assert forget_old() == 0
    with clock.set_to(clock.now() + timedelta(days=92)):
        assert forget_old() == 1
    assert sessions_of(person) == 0


@shows("R28")
@pytest.mark.parametrize(
    "sent",
    [{"token": ""}, {"token": "ours to somebody else"}, {"Origin": "https://elders.example"}, {"Origin": "null"}],
)
def test_a_press_that_does_not_come_from_our_own_page_uses_nothing_up(site, sent):
    person = someone(site)
    link = made(site, person=person)
    browser = site.browser()
    token = {"": "", "ours to somebody else": site.browser(person).form_token()}.get(sent.get("token", "-"))
    typed = {} if token is None else {"csrf_token": token}
    headers = {name: value for name, value in sent.items() if name == "Origin"}
    assert browser.post(f"/login/{token_in(link)}", typed, headers=headers).status_code == 403
    with site.reading():
        assert session().get(EmailLink, link.id).used_at is None
