"""What somebody may only do who showed in the last ten minutes who they are: asked at every door, with nothing lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from consult.accounts.models import SignedIn
from consult.audit.models import Entry
from consult.doors import door_of
from consult.foundation import clock
from consult.foundation.db import session
from consult.policy import FRESH, FRESH_FOR, Act, Actor, Role, is_fresh, system
from tests import looking, second
from tests.accounts.builders import an_account, newest_link
from tests.builders import a_member_of_staff, a_resident
from tests.house import who
from tests.house.test_who import a_house
from tests.shows import shows

GOOD, SECOND = "mijn fiets is blauw en snel", "zijn brommer was rood en traag"
TOLD_IN_R14 = {
    Act.CHANGE_ADDRESS,
    Act.EXPORT_OWN,
    Act.GRANT_ROLE,
    Act.CREATE_PERSON,
    Act.CLOSE_PHASE,
    Act.PUBLISH_DRAFT,
}


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


def let_time_pass(site, minutes=11):
    """Let it be so long ago that anybody showed who they are."""
    with site.writing():
        for held in session().scalars(select(SignedIn)):
            held.proved_at -= timedelta(minutes=minutes)
            held.began_at -= timedelta(minutes=minutes)


def entries(database):
    with database.reading():
        return session().scalars(select(Entry.position).where(Entry.result == "done")).all()


@shows("R14")
def test_the_acts_that_need_it_are_in_one_table():
    assert TOLD_IN_R14 <= FRESH
    assert timedelta(minutes=10) == FRESH_FOR
    at = clock.now()
    assert is_fresh(Act.CHANGE_ADDRESS, system(at))
    assert is_fresh(Act.READ_OWN, Actor(arrived_at=at))
    assert is_fresh(Act.CHANGE_ADDRESS, Actor(arrived_at=at, proved_at=at - FRESH_FOR))
    assert not is_fresh(Act.CHANGE_ADDRESS, Actor(arrived_at=at, proved_at=at - FRESH_FOR - timedelta(seconds=1)))
    assert not is_fresh(Act.CHANGE_ADDRESS, Actor(arrived_at=at))


@shows("R14")
def test_every_way_in_to_such_an_act_asks_again_who_it_is(kind, homes, tmp_path):
    database = homes.empty(kind, tmp_path)
    world, doors = a_house(database, "open")
    with database.writing():
        session().execute(update(SignedIn).values(proved_at=clock.now() - timedelta(minutes=11)))
    before, asked = entries(database), set()
    for rule, method in doors.ways():
        act = door_of(doors.site.app.view_functions[rule.endpoint]).act
        if act not in FRESH:
            continue
        role = next(role for role in who.roles() if doors.cell(rule, "open", role) == "ok")
        answer = doors.sent(doors.as_(world.people[role]), rule, method)
        assert answer.status_code == 303, (rule.rule, method, answer.status_code)
        assert answer.location.startswith("/login/again?next="), (rule.rule, method, answer.location)
        asked.add(act)
    assert asked == FRESH
    assert entries(database) == before


@shows("R14")
def test_whoever_shows_it_goes_on_with_what_was_typed(site):
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN, password=GOOD)
    browser = site.browser(admin)
    let_time_pass(site)
    typed = {"name": "A. Jansen", "email": "jansen@gemeente.test", "role": "clerk", "password": SECOND, "form_key": "k"}
    asked = browser.post("/staff/people", typed)
    page = browser.get(asked.location)
    assert looking.faults_in(page, signed_in=True) == []
    assert browser.post(asked.location, {"password": "een ander wachtwoord, fout"}).status_code == 422
    before = browser.token
    shown = browser.post(asked.location, {"password": GOOD})
    assert browser.token != before
    there = browser.get(shown.location)
    assert 'value="A. Jansen"' in there.text
    assert 'value="jansen@gemeente.test"' in there.text
    assert SECOND not in there.text
    assert browser.post("/staff/people", typed).location == "/staff/people"


@shows("R14")
def test_whoever_has_no_password_shows_it_by_a_link(site):
    with site.writing():
        person = a_resident()
    browser = site.browser(person)
    let_time_pass(site)
    asked = browser.get("/me/account/address")
    assert asked.location == "/login/again?next=/me/account/address"
    page = browser.get(asked.location)
    assert 'name="password"' not in page.text
    assert browser.post("/login/again/link?next=/me/account/address").location == "/login/sent"
    with site.reading():
        path = newest_link()
    assert browser.post(path).location == "/me/account/address"
    assert browser.get("/me/account/address").status_code == 200


def test_a_wrong_password_there_is_counted_like_any_other(site):
    with site.writing():
        person = a_resident(password=GOOD)
        email = an_account(person).email
    with clock.set_to(clock.now()):
        browser = site.browser(person)
        told = [browser.post("/login/again", {"password": "fout, dat weet ik zeker"}).status_code for _ in range(10)]
        assert told == [422] * 10
        assert site.browser().post("/login", {"email": email, "password": GOOD}).status_code == 429


def test_reading_is_never_asked_again(site):
    with site.writing():
        person = a_resident()
    browser = site.browser(person)
    let_time_pass(site, minutes=90)
    for path in ("/me", "/me/account", "/"):
        assert browser.get(path).status_code == 200


@shows("R14", "R8")
def test_the_code_of_an_app_shows_it_too_and_counts_once(site):
    with site.writing():
        person = a_member_of_staff(Role.CLERK, totp=True)
    browser = site.browser(person)
    let_time_pass(site)
    asked = browser.get("/me/account/address").location
    assert "/login/again/code" in browser.get(asked).text
    path, code = "/login/again/code?next=/me/account/address", second.code_now()
    assert looking.faults_in(browser.get(path), signed_in=True) == []
    assert browser.post(path, {"one_time_code": "000000"}).status_code == 422
    assert browser.post(path, {"one_time_code": code}).location == "/me/account/address"
    assert browser.get("/me/account/address").status_code == 200
    let_time_pass(site)
    assert browser.post(path, {"one_time_code": code}).status_code == 422
    assert browser.get("/me/account/address").status_code == 303


def test_staff_go_on_to_their_desk_and_others_to_their_page(site):
    with site.writing():
        staff, resident = a_member_of_staff(Role.CLERK, password=GOOD, totp=True), a_resident(password=GOOD)
        emails = [an_account(person).email for person in (staff, resident)]
    browser = site.browser()
    assert browser.post("/login", {"email": emails[0], "password": GOOD}).location == "/login/second"
    assert browser.post("/login/second", {"one_time_code": second.code_now()}).location == "/staff"
    assert site.browser().post("/login", {"email": emails[1], "password": GOOD}).location == "/me"
