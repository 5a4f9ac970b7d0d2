"""Registering, the details that somebody tells, and the people who work here."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from consult.accounts import passwords
from consult.accounts.models import Account, EmailLink
from consult.accounts.passwords import matches
from consult.foundation.db import add, session
from consult.participants.models import AgeBracket, Person, RoleChange
from consult.participants.verbs import invite
from consult.policy import Role
from consult.rounds.models import Area
from tests import looking
from tests.accounts.builders import an_account, mails, newest_link, register
from tests.accounts.test_alike import Hashing
from tests.builders import a_member_of_staff, a_resident, a_round, acting, an_area
from tests.shows import shows
from tests.site import SECRET

NEW = {"name": "A. Jansen", "email": "a.jansen@gemeente.nl", "role": "moderator", "form_key": "k"}
GOOD = "mijn fiets is blauw en snel"
TYPED = {"title": "Bankjes", "text": "Zet bankjes bij de winkels.", "form_key": "k"}


def person_called(name):
    return session().scalars(select(Person).where(Person.name == name)).one()


def test_an_address_and_a_name_are_enough_to_take_part(site):
    browser = site.browser()
    answer = browser.post("/register", {"email": "Jan@Voorbeeld.nl", "name": "Jan"})
    assert answer.location == "/login/sent"
    page = browser.get(answer.location)
    assert looking.faults_in(page) == []
    assert "voorbeeld" not in page.text
    with site.reading():
        assert session().scalars(select(Account)).all() == []
        assert [(mail.kind, mail.address) for mail in mails()] == [("register_link", "jan@voorbeeld.nl")]
        path = newest_link()
    assert looking.faults_in(browser.get(path)) == []
    assert browser.post(path).location == "/me"
    with site.reading():
        jan = person_called("Jan")
        account = an_account(jan)
        assert (account.email, account.password_hash, jan.role) == ("jan@voorbeeld.nl", None, Role.RESIDENT)
        assert account.confirmed_at is not None
        assert (jan.area_code, jan.age) == (None, AgeBracket.UNKNOWN)


def test_what_somebody_tells_of_themselves_comes_along_with_the_link(site):
    with site.writing():
        add(Area(code="WK01", name="De Wijk"))
        an_area("BU0101", "De Wilgen").parent_code = "WK01"
    told = {"area_code": "BU0101", "age": "a25_45", "password": GOOD}
    page = site.browser().get("/register").text
    assert "De Wilgen" in page
    assert "De Wijk" not in page
    assert register(site.browser(), **told).location == "/me"
    with site.reading():
        jan = person_called("Jan")
        assert (jan.area_code, jan.age) == ("BU0101", AgeBracket.FROM_25)
        assert matches(an_account(jan).password_hash, GOOD)


@pytest.mark.parametrize(
    "typed",
    [
        {"email": ""},
        {"email": "geen adres"},
        {"name": ""},
        {"name": "x" * 61},
        {"area_code": "BU9999"},
        {"age": "vroeger"},
        {"password": "kort"},
    ],
)
def test_a_mistake_is_said_beside_its_field(site, typed):
    answer = site.browser().post("/register", {"email": "jan@voorbeeld.nl", "name": "Jan", **typed})
    assert answer.status_code == 422
    assert f'href="#{next(iter(typed))}"' in answer.text
    with site.reading():
        assert mails() == []


def test_text_typed_before_registering_is_there_afterwards_even_in_another_tab(site):
    with site.writing():
        made = a_round()
    tab = site.browser()
    asked = tab.post(f"/rounds/{made.slug}/proposals/new", TYPED)
    assert "/login?next=" in asked.location
    link = tab.get(asked.location).text.split('href="/register?next=')[1].split('"')[0]
    assert tab.post(f"/register?next={link}", {"email": "jan@voorbeeld.nl", "name": "Jan"}).location == "/login/sent"
    with site.reading():
        path = newest_link()
    other_tab = site.browser()
    landed = other_tab.post(path).location
    assert landed.startswith(f"/rounds/{made.slug}/proposals/new?kept=")
    assert "Zet bankjes bij de winkels." in other_tab.get(landed).text


@shows("R35")
@pytest.mark.parametrize("target", ["//elders.example", "https://elders.example", "/\\elders.example", "/%09//elders"])
def test_a_link_leads_to_no_other_site(site, target):
    browser = site.browser()
    browser.post(f"/register?next={target}", {"email": "jan@voorbeeld.nl", "name": "Jan"})
    with site.reading():
        path = newest_link()
    assert browser.post(path).location == "/me"


def test_whoever_speaks_for_an_organisation_goes_on_to_tell_of_it(site):
    answer = register(site.browser(), for_organisation="y")
    assert answer.location == "/organisations/new"
    with site.reading():
        assert person_called("Jan").role is Role.ORGANISATION


def test_somebody_who_has_an_account_gets_a_link_to_sign_in_with_and_stays_who_they_are(site):
    with site.writing():
        person = a_resident("Fatima")
        email = an_account(person).email
    browser = site.browser()
    assert register(browser, email, "Iemand Anders", "/register?next=/rounds/x", password=GOOD).location == "/rounds/x"
    with site.reading():
        assert [mail.kind for mail in mails()] == ["known_address"]
        assert person_called("Fatima").account_id == person.account_id
        assert an_account(person).password_hash is None


def test_the_second_of_two_links_to_one_new_address_is_over_once_the_first_was_used(site):
    paths = []
    for name in ("Jan", "Johan"):
        site.browser().post("/register", {"email": "jan@voorbeeld.nl", "name": name})
        with site.reading():
            paths.append(newest_link())
    assert site.browser().post(paths[0]).location == "/me"
    assert site.browser().get(paths[1]).status_code == 410
    with site.reading():
        assert [person.name for person in session().scalars(select(Person))] == ["Jan"]


def test_somebody_changes_what_they_told(site):
    browser = site.browser()
    register(browser)
    with site.writing():
        an_area("BU0101", "De Wilgen")
    assert 'value="Jan"' in browser.get("/me/account/about").text
    told = {"name": "Jan J.", "area_code": "BU0101", "age": "a65plus", "language": "en"}
    page = browser.post("/me/account/about", told, follow=True).text
    assert "Jan J." in page
    assert "De Wilgen" in page
    with site.reading():
        assert an_account(person_called("Jan J.")).language == "en"
    assert browser.post("/me/account/about", {**told, "language": "xx"}).status_code == 422
    assert browser.post("/me/account/about", {**told, "name": " "}).status_code == 422


def test_the_account_page_says_nothing_that_it_was_not_asked(site):
    browser = site.browser()
    register(browser)
    assert 'class="notice' not in browser.get("/me/account?saved=<b>x</b>").text
    assert 'class="notice' in browser.get("/me/account?saved=about").text


def test_an_administrator_adds_somebody_who_can_then_sign_in(site):
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN)
    browser = site.browser(admin)
    assert browser.post("/staff/people", {**NEW, "password": GOOD}).status_code == 303
    assert "A. Jansen" in browser.get("/staff/people").text
    other = site.browser()
    entered = other.post("/login", {"email": NEW["email"], "password": GOOD})
    assert entered.location == "/login/second"


def test_an_administrator_invites_somebody_by_mail_and_types_no_password(site):
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN)
    browser = site.browser(admin)
    page = browser.post("/staff/people", NEW, follow=True)
    assert looking.faults_in(page, signed_in=True) == []
    assert NEW["email"] in page.text
    with site.reading():
        assert session().scalars(select(Person).where(Person.name == "A. Jansen")).all() == []
        assert [(mail.kind, mail.address) for mail in mails()] == [("staff_invitation", NEW["email"])]
        path = newest_link()
    invited = site.browser()
    assert looking.faults_in(invited.get(path)) == []
    assert invited.post(path).location == "/login/second"
    with site.reading():
        jansen = person_called("A. Jansen")
        assert jansen.role is Role.MODERATOR
        assert an_account(jansen).confirmed_at is not None
    assert NEW["email"] not in browser.get("/staff/people").text


@shows("R4")
def test_an_invitation_is_answered_alike_for_every_address(site):
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN)
        known = an_account(a_resident()).email
    answers = []
    for number, email in enumerate((known, "niemand@voorbeeld.test")):
        answer = site.browser(admin).post("/staff/people", {**NEW, "email": email, "form_key": str(number)})
        answers.append((answer.status_code, answer.location, answer.text))
    assert answers[0] == answers[1]


def test_a_resident_who_is_invited_keeps_the_account_and_works_here(site):
    with site.writing():
        person = a_resident("Fatima")
        invite("F.", an_account(person).email, Role.CLERK, acting(a_member_of_staff(Role.ADMIN)), SECRET)
    stale = site.browser(person)
    with site.reading():
        path = newest_link()
    assert site.browser().post(path).location == "/login/second"
    assert stale.get("/me").status_code == 303
    with site.reading():
        assert person_called("Fatima").role is Role.CLERK


def test_somebody_who_works_here_already_is_made_nothing_else_by_an_invitation(site):
    with site.writing():
        person = a_member_of_staff(Role.PRIVACY)
        invite("P.", an_account(person).email, Role.CLERK, acting(a_member_of_staff(Role.ADMIN)), SECRET)
    with site.reading():
        path = newest_link()
    assert site.browser().post(path).status_code == 409
    with site.reading():
        assert session().get(Person, person.id).role is Role.PRIVACY


def test_inviting_again_withdraws_the_first_invitation(site):
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN)
    browser, paths = site.browser(admin), []
    for key in "ab":
        browser.post("/staff/people", {**NEW, "form_key": key})
        with site.reading():
            paths.append(newest_link())
    assert [site.browser().get(path).status_code for path in paths] == [410, 200]
    assert browser.get("/staff/people").text.count(NEW["email"]) == 1


def test_nobody_else_adds_people(site):
    with site.writing():
        others = [a_resident(), a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.DIRECTOR)]
    for person in others:
        assert site.browser(person).post("/staff/people", {**NEW, "password": GOOD}).status_code == 403
    assert site.browser().post("/staff/people", {**NEW, "password": GOOD}).status_code == 303


@shows("R3")
def test_who_may_not_add_people_has_no_password_hashed(site, monkeypatch):
    with site.writing():
        person = a_resident()
    watched = Hashing(passwords.hasher)
    monkeypatch.setattr(passwords, "hasher", watched)
    for browser in (site.browser(person), site.browser()):
        browser.post("/staff/people", {**NEW, "password": GOOD})
    assert watched.times == 0


@shows("R24")
def test_a_role_cannot_be_smuggled_in_when_registering(site):
    browser = site.browser()
    register(browser, role="admin", is_demo="1", id="1", told="x", confirmed_at="x", password=GOOD)
    assert browser.get("/staff/people").status_code == 403
    with site.reading():
        jan = person_called("Jan")
        assert (jan.role, an_account(jan).is_demo) == (Role.RESIDENT, False)


@shows("R26")
def test_two_administrators_make_a_third(site):
    with site.writing():
        one, other = a_member_of_staff(Role.ADMIN), a_member_of_staff(Role.ADMIN)
        person = a_member_of_staff(Role.MODERATOR)
    path = f"/staff/people/{person.id}"
    for _ in range(2):
        site.browser(one).post(f"{path}/role", {"role": "admin"})
        assert role_of(site, person) is Role.MODERATOR
    page = site.browser(other).get(path)
    assert looking.faults_in(page, signed_in=True) == []
    assert site.browser(other).post(f"{path}/role", {"role": "admin"}).status_code == 303
    assert role_of(site, person) is Role.ADMIN


def role_of(site, person):
    with site.reading():
        return session().get(Person, person.id).role


@shows("R26")
def test_one_administrator_cannot_be_both_not_even_at_the_same_moment(site):
    with site.writing():
        one, person = a_member_of_staff(Role.ADMIN), a_member_of_staff(Role.MODERATOR)
    browsers = [site.browser(one) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda browser: browser.post(f"/staff/people/{person.id}/role", {"role": "admin"}), browsers))
    assert role_of(site, person) is Role.MODERATOR


def test_a_role_that_waits_can_be_taken_back(site):
    with site.writing():
        one, other = a_member_of_staff(Role.ADMIN), a_member_of_staff(Role.ADMIN)
        person = a_member_of_staff(Role.MODERATOR)
    path = f"/staff/people/{person.id}"
    site.browser(one).post(f"{path}/role", {"role": "admin"})
    site.browser(other).post(f"{path}/role/take-back")
    site.browser(other).post(f"{path}/role", {"role": "admin"})
    assert role_of(site, person) is Role.MODERATOR
    with site.reading():
        told = session().scalars(select(RoleChange).order_by(RoleChange.asked_at)).all()
        assert [(change.is_given, change.decided_by_id) for change in told] == [(False, other.id), (False, None)]


@shows("R12")
def test_somebody_who_works_here_no_more_is_out_at_once_and_stays_out(site):
    with site.writing():
        admin, person = a_member_of_staff(Role.ADMIN), a_member_of_staff(Role.MODERATOR, "M. Weg", GOOD)
        email = an_account(person).email
    there, here = site.browser(person), site.browser(admin)
    site.browser().post("/login/link", {"email": email})
    with site.reading():
        path = newest_link()
    assert here.post(f"/staff/people/{person.id}/remove").status_code == 303
    assert there.get("/staff").status_code == 303
    assert site.browser().get(path).status_code == 410
    assert site.browser().post("/login", {"email": email, "password": GOOD}).status_code == 422
    assert "M. Weg" in here.get("/staff/people").text
    assert here.post(f"/staff/people/{person.id}/let-in").status_code == 303
    assert site.browser().post("/login", {"email": email, "password": GOOD}).status_code == 303


def test_nobody_removes_themselves(site):
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN)
    browser = site.browser(admin)
    assert browser.post(f"/staff/people/{admin.id}/remove").status_code == 403
    assert browser.get("/staff/people").status_code == 200


def test_an_invitation_makes_no_administrator(site):
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN)
    answer = site.browser(admin).post("/staff/people", {**NEW, "role": "admin"})
    assert answer.status_code == 422
    with site.reading():
        assert session().scalars(select(EmailLink)).all() == []
