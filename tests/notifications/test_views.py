"""Choosing, following, switching off from a mail, and the outbox, as people come to them."""

import re

import pytest

from consult.foundation import clock
from consult.foundation.mail import enqueue
from consult.notifications import letters, verbs
from consult.notifications.delivery import deliver_all
from consult.notifications.models import Cadence, Topic
from consult.notifications.queries import list_choices, list_follows
from consult.policy import Role
from tests.builders import a_member_of_staff, a_resident, a_round, acting, an_authority
from tests.contributions.builders import a_contribution
from tests.notifications.builders import (
    a_mail,
    a_mail_server,
    a_reader,
    a_switch_token,
    account_of,
    delivered,
    mailing,
    text_of,
)
from tests.shows import shows
from tests.site import Site

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def choices(site, person):
    with site.reading():
        return list_choices(person.id)


# --- choosing ---


def test_somebody_chooses_how_often_they_hear_of_what(site):
    with site.writing():
        person = a_resident()
    browser = site.browser(person)
    assert "Voor mijn werk" not in browser.get("/me/messages").text
    sent = browser.post("/me/messages", {"own": "weekly", "followed": "none", "language": "en"}, follow=True)
    assert "Vanaf nu hoort u van ons zoals u hier koos." in sent.text
    assert choices(site, person) == {
        Topic.OWN: Cadence.WEEKLY,
        Topic.FOLLOWED: Cadence.NONE,
        Topic.ORGANISATION: Cadence.IMMEDIATELY,
        Topic.WORK: Cadence.IMMEDIATELY,
    }
    with site.reading():
        assert account_of(person).language == "en"
    again = browser.get("/me/messages").text
    assert re.search(r'id="own-2"[^>]*checked|checked[^>]*id="own-2"', again)


def test_a_choice_that_is_not_offered_is_refused_beside_its_field(site):
    with site.writing():
        person = a_resident()
    answer = site.browser(person).post("/me/messages", {"own": "hourly", "language": "xx"})
    assert answer.status_code == 422
    assert "Kies een van deze." in answer.text
    assert choices(site, person)[Topic.OWN] is Cadence.IMMEDIATELY


def test_staff_are_asked_about_their_work_too(site):
    with site.writing():
        person = a_member_of_staff(Role.DIRECTOR)
    assert "Voor mijn werk" in site.browser(person).get("/me/messages").text


# --- following ---


def test_somebody_follows_a_round_and_a_proposal_and_stops_again(site):
    with site.writing():
        person, found = a_resident(), a_round()
        proposal = a_contribution(found)
        paths = [f"/rounds/{found.slug}", f"/rounds/{found.slug}/proposals/{proposal.public_id}"]
    browser = site.browser(person)
    for path, words in zip(paths, ("Volg deze ronde", "Volg dit voorstel"), strict=True):
        assert words in browser.get(path).text
        answer = browser.post(f"{path}/follow", {"follow": "yes"})
        assert (answer.status_code, answer.location) == (303, path)
        assert words not in browser.get(path).text
        assert "Niet meer volgen" in browser.get(path).text
    with site.reading():
        rounds, contributions = list_follows(person.id)
        assert [one.id for one in rounds] == [found.id]
        assert [one.id for one in contributions] == [proposal.id]
    listed = browser.get("/me/messages").text
    assert listed.count("Niet meer volgen") == 2
    for path in paths:
        browser.post(f"{path}/follow", {"follow": "no"})
        assert "Niet meer volgen" not in browser.get(path).text


def test_a_visitor_who_wants_to_follow_is_asked_to_sign_in_and_comes_back(site):
    with site.writing():
        found = a_round()
    answer = site.browser().post(f"/rounds/{found.slug}/follow", {"follow": "yes"})
    assert answer.status_code == 303
    assert answer.location.startswith("/login?next=")
    assert found.slug in answer.location


def test_an_author_follows_their_own_without_a_button(site):
    with site.writing():
        person, found = a_resident(), a_round()
        proposal = a_contribution(found, person)
    page = site.browser(person).get(f"/rounds/{found.slug}/proposals/{proposal.public_id}").text
    assert "U schreef dit, dus u hoort wat ermee gebeurt." in page
    assert "Volg dit voorstel" not in page


def test_nobody_follows_what_they_cannot_see(site):
    with site.writing():
        person, found = a_resident(), a_round(state="draft")
    assert site.browser(person).post(f"/rounds/{found.slug}/follow", {"follow": "yes"}).status_code == 404


# --- switching off from a mail ---


@shows("R47")
def test_looking_at_the_link_of_a_mail_changes_nothing_and_pressing_does(site):
    with site.writing():
        person = a_resident()
        path = f"/messages/off/{a_switch_token(person, Topic.OWN)}"
    browser = site.browser()
    before = choices(site, person)
    for _ in range(3):
        page = browser.get(path)
        assert browser.client.head(path).status_code == page.status_code == 200
    assert "‘Wat ik zelf instuurde’" in page.text
    assert choices(site, person) == before
    assert browser.post(path, follow=True).status_code == 200
    assert choices(site, person) == {**before, Topic.OWN: Cadence.NONE}


@shows("R47")
def test_a_mail_program_switches_off_with_one_click_from_anywhere_without_a_cookie(site):
    with site.writing():
        person = a_resident()
        path = f"/messages/off/{a_switch_token(person, Topic.FOLLOWED)}"
    client = site.app.test_client()
    answer = client.post(path, data=ONE_CLICK)  # neither Origin nor Sec-Fetch-Site, and no token of ours
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")  # RFC 8058 3.1: no redirect
    assert "Set-Cookie" not in answer.headers
    assert choices(site, person)[Topic.FOLLOWED] is Cadence.NONE
    foreign = {"Origin": "https://mail.elders.test", "Sec-Fetch-Site": "cross-site"}
    multipart = client.post(path, data=ONE_CLICK, content_type="multipart/form-data", headers=foreign)
    assert multipart.status_code == 200


@shows("R47")
def test_a_link_that_was_changed_is_not_there(site):
    with site.writing():
        person, other = a_resident(), a_resident()
        token = a_switch_token(person, Topic.OWN)
    client = site.app.test_client()
    for wrong in (token[:-2] + "xx", token.replace(person.id.hex, other.id.hex), token.replace(".own.", ".work.")):
        assert client.get(f"/messages/off/{wrong}").status_code == 404
        assert client.post(f"/messages/off/{wrong}", data=ONE_CLICK).status_code == 404
    assert set(choices(site, other).values()) == set(choices(site, person).values())


def test_no_other_way_in_takes_a_form_from_elsewhere(site):
    with site.writing():
        person, found = a_resident(), a_round()
    browser = site.browser(person)
    answer = browser.post(f"/rounds/{found.slug}/follow", {"follow": "yes"}, headers={"Origin": "https://elders.test"})
    assert answer.status_code == 403


def test_what_gathers_is_switched_off_as_a_whole(site):
    with site.writing():
        person = a_resident()
        verbs.choose({Topic.OWN: Cadence.WEEKLY}, "nl", acting(person))
        path = f"/messages/off/{a_switch_token(person)}"
    site.app.test_client().post(path, data=ONE_CLICK)
    after = choices(site, person)
    assert (after[Topic.OWN], after[Topic.FOLLOWED]) == (Cadence.NONE, Cadence.NONE)
    assert after[Topic.ORGANISATION] is Cadence.IMMEDIATELY


@shows("R34")
def test_the_link_that_stands_in_a_mail_works_and_bears_our_own_address(empty_database):
    base = "https://meedenken.gemeente.test"
    secure = Site(empty_database, base_url=base)
    with empty_database.writing():
        an_authority()
        person, found = a_reader(), a_round(holds_first=False)
        proposal = a_contribution(found, person)
        enqueue("published", recipient_id=person.id, contribution=proposal.id)
    (got,) = delivered(empty_database, base_url=base)
    link = str(got["List-Unsubscribe"]).strip("<>")
    assert link.startswith(f"{base}/messages/off/")
    client = secure.app.test_client()
    path = link.removeprefix(base)
    for host in ("elders.test", "meedenken.gemeente.test.elders.test"):
        assert client.post(path, data=ONE_CLICK, base_url=f"https://{host}").status_code == 400
    forwarded = {"X-Forwarded-Host": "elders.test"}
    assert client.post(path, data=ONE_CLICK, base_url=base, headers=forwarded).status_code == 200
    assert choices(secure, person)[Topic.OWN] is Cadence.NONE
    for address in re.findall(r"https?://\S+", text_of(got)):
        assert client.get(address.removeprefix(base), base_url=base).status_code in {200, 303}


# --- the outbox ---


@pytest.fixture
def admin(site):
    with site.writing():
        an_authority()
        return a_member_of_staff(Role.ADMIN)


def test_without_a_mail_server_an_administrator_reads_every_message_as_it_would_arrive(site, admin, capsys):
    with site.writing():
        one = a_mail("password_changed", a_reader("Fatima"))
    deliver_all(site.database, mailing(site.database))
    browser = site.browser(admin)
    listed = browser.get("/staff/outbox").text
    assert "Uw wachtwoord is veranderd" in listed
    assert "Fatima" in listed
    shown = browser.get(f"/staff/outbox/{one.id}").text
    assert "U krijgt dit omdat u hier een account hebt." in shown
    page = browser.get(f"/staff/outbox/{one.id}/page")
    assert page.status_code == 200
    assert "<h1>Uw wachtwoord is veranderd</h1>" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert policy.endswith("; sandbox allow-same-origin")
    assert letters.style_source() in policy
    assert "unsafe" not in policy
    assert browser.get(f"/en/staff/outbox/{one.id}/page").location == f"/staff/outbox/{one.id}/page"
    assert capsys.readouterr().out


def test_with_a_mail_server_the_outbox_shows_where_a_message_is_and_not_what_it_says(empty_database):
    site = Site(empty_database, smtp_url="smtp://127.0.0.1:9", mail_from="a@b.nl")
    with site.writing():
        an_authority()
        admin = a_member_of_staff(Role.ADMIN)
        one = a_mail("password_changed", a_reader("Fatima"), attempts=3, problem="unreachable TimeoutError")
        enqueue("known_address", address="geheim@voorbeeld.test")
    browser = site.browser(admin)
    listed = browser.get("/staff/outbox").text
    assert "de mailserver was niet bereikbaar (TimeoutError)" in listed
    assert "geheim@voorbeeld.test" not in listed
    shown = browser.get(f"/staff/outbox/{one.id}").text
    assert "alleen voor de ontvanger" in shown
    assert "Was u dit niet?" not in shown
    assert browser.get(f"/staff/outbox/{one.id}/page").status_code == 404


def test_what_was_given_up_can_be_tried_again_once_somebody_mended_the_cause(site, admin):
    with site.writing():
        one = a_mail("password_changed", given_up_at=clock.now(), attempts=10, problem="refused 550 5.1.1")
    browser = site.browser(admin)
    assert "Probeer opnieuw" in browser.get(f"/staff/outbox/{one.id}").text
    assert browser.post(f"/staff/outbox/{one.id}/again").status_code == 303
    assert browser.post(f"/staff/outbox/{one.id}/again").status_code == 409
    with a_mail_server() as (sink, url):
        deliver_all(site.database, mailing(site.database, url))
    assert len(sink.got) == 1


def test_the_outbox_is_for_administrators_alone(site, admin):
    with site.writing():
        one = a_mail("password_changed", a_reader())
        others = [a_member_of_staff(role) for role in (Role.DIRECTOR, Role.PRIVACY, Role.MODERATOR)]
    for person in others:
        browser = site.browser(person)
        assert browser.get("/staff/outbox").status_code == 403
        assert browser.get(f"/staff/outbox/{one.id}").status_code in {403, 404}
        assert browser.get(f"/staff/outbox/{one.id}/page").status_code in {403, 404}


def test_the_outbox_has_pages(site, admin):
    with site.writing():
        reader = a_reader()
        for _ in range(55):
            a_mail("password_changed", reader)
    first = site.browser(admin).get("/staff/outbox").text
    assert "1 tot en met 50 van 55" in first
    assert "/staff/outbox?page=2" in first
    assert "51 tot en met 55 van 55" in site.browser(admin).get("/staff/outbox?page=2").text
