import logging
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from consult.accounts.identities import forget_attempts, identity_hash
from consult.accounts.models import Account, Attempt, Identity, SignedIn
from consult.accounts.queries import find_account
from consult.audit.models import Entry
from consult.foundation import clock
from consult.foundation.db import session
from consult.participants.models import Person
from consult.policy import Duty, Role
from consult.rounds.models import Verification
from consult.voting.models import Credential, Poll, Voter
from consult.voting.queries import tally
from tests import looking
from tests.broker import a_broker
from tests.builders import a_member_of_staff, a_resident, an_authority, appoint
from tests.shows import shows
from tests.site import SECRET, Site
from tests.voting.builders import a_poll, a_voting_round, options_of

BSN = "123456782"
FLOOR = {"subject_claim": "bsn", "subject_is_bsn": True, "levels": ("substantial", "high")}
COOKIE = "consult-errand"


@pytest.fixture
def fake():
    with a_broker() as running:
        yield running


@pytest.fixture
def open_site(empty_database, fake):
    """A site that people can sign in to at the broker."""
    with empty_database.writing():
        an_authority()
    return Site(empty_database, oidc=fake.settings(scopes="openid email"))


def leaves(browser, path="/login/broker", **more):
    """Press the button that leads away; return the address at the broker to which the browser goes."""
    answer = browser.post(path, **more)
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.location)
    assert page.status_code == 200
    assert not looking.faults_in(page)
    away = re.search(r'<a class="button primary" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    assert f'content="0; url={away}"' in page.text.replace("&amp;", "&")
    return away


def returns(browser, fake, away, **changed):
    """Sign in at the broker and come back; return the answer to the button on the page there."""
    back = urlsplit(fake.sign_in(away))
    assert (back.scheme, back.netloc, back.path) == ("http", "localhost", "/login/broker/back")
    page = browser.get(f"{back.path}?{back.query}")
    if page.status_code == 303:
        page = browser.get(page.location)
    assert page.status_code == 200
    assert not looking.faults_in(page)
    action = re.search(r'<form method="post" action="([^"]+/(?:finish|back))"', page.text)
    if action is None:
        return page
    typed = {name: values[0] for name, values in parse_qs(back.query).items()} | changed
    return browser.post(action[1], typed)


def signs_in(browser, fake, path="/login/broker"):
    return returns(browser, fake, leaves(browser, path))


def how_many(table):
    return session().scalar(select(func.count()).select_from(table))


def couple(site, fake, person):
    browser = site.browser(person)
    assert returns(browser, fake, leaves(browser, "/login/broker/couple")).status_code == 303
    return browser


@shows("L23")
def test_somebody_couples_a_sign_in_there_to_their_account_and_signs_in_with_it(open_site, fake):
    with open_site.writing():
        person = a_resident()
    browser = couple(open_site, fake, person)
    assert "kunt op uw account inloggen met DigiTest" in browser.get("/login/broker").text
    assert 'href="/login/broker"' in browser.get("/me/account").text
    visitor = open_site.browser()
    assert "Log in met DigiTest" in visitor.get("/login").text
    assert visitor.client.get_cookie(COOKIE) is None
    away = leaves(visitor, "/login/broker?next=/rounds/x/vote")
    assert visitor.client.get_cookie(COOKIE).http_only
    answer = returns(visitor, fake, away)
    assert (answer.status_code, answer.location) == (303, "/rounds/x/vote")
    assert person.name in visitor.get("/me").text
    assert visitor.client.get_cookie(COOKIE) is None


def test_what_is_kept_of_a_sign_in_there_is_a_keyed_hash(open_site, fake):
    fake.claims = {"sub": "the subject itself", "acr": "x"}
    with open_site.writing():
        person = a_resident()
    couple(open_site, fake, person)
    with open_site.reading():
        (kept,) = session().scalars(select(Identity))
        assert (kept.account_id, kept.hash) == (person.account_id, identity_hash(SECRET, "the subject itself"))
        assert all("the subject itself" not in str(entry.facts) for entry in session().scalars(select(Entry)))


def test_a_sign_in_that_is_not_known_is_told_what_to_do(open_site, fake):
    browser = open_site.browser()
    answer = signs_in(browser, fake)
    assert answer.location == "/login/broker?new=1"
    page = browser.get(answer.location)
    assert not looking.faults_in(page)
    assert "hoort hier geen account bij" in page.text
    assert 'href="/register?next=/login/broker"' in page.text
    with open_site.reading():
        assert (how_many(Identity), how_many(Account), how_many(SignedIn)) == (0, 0, 0)


def test_where_the_broker_vouches_for_an_address_it_makes_an_account(open_site, fake):
    fake.claims |= {"email": "Jo@Voorbeeld.TEST", "email_verified": True}
    browser = open_site.browser()
    assert signs_in(browser, fake).location == "/me"
    with open_site.reading():
        account = find_account("jo@voorbeeld.test")
        person = session().scalars(select(Person).where(Person.account_id == account.id)).one()
        assert account.confirmed_at is not None
        assert (person.role, person.name) == (Role.RESIDENT, "Een inwoner")
    again = open_site.browser()
    assert signs_in(again, fake).location == "/me"
    with open_site.reading():
        assert (how_many(Account), how_many(Identity)) == (1, 1)


def test_an_address_that_has_an_account_is_never_taken_over(open_site, fake):
    with open_site.writing():
        person = a_resident()
        email = session().get_one(Account, person.account_id).email
    fake.claims |= {"email": email, "email_verified": True}
    assert signs_in(open_site.browser(), fake).location == "/login/broker?new=1"
    fake.claims["email_verified"] = "true"
    fake.claims["email"] = "ander@voorbeeld.test"
    assert signs_in(open_site.browser(), fake).location == "/login/broker?new=1"
    with open_site.reading():
        assert (how_many(Account), how_many(Identity)) == (1, 0)


def test_a_sign_in_there_opens_one_account_and_can_be_disconnected(open_site, fake):
    with open_site.writing():
        person, other = a_resident(), a_resident()
    browser = couple(open_site, fake, person)
    stranger = open_site.browser(other)
    assert returns(stranger, fake, leaves(stranger, "/login/broker/couple")).status_code == 409
    assert browser.post("/login/broker/uncouple").status_code == 303
    assert signs_in(open_site.browser(), fake).location == "/login/broker?new=1"
    couple(open_site, fake, other)


def test_coupling_needs_somebody_who_just_showed_who_they_are(open_site, fake):
    with open_site.writing():
        person = a_resident()
    browser = open_site.browser(person)
    with clock.set_to(clock.now() + timedelta(minutes=11)):
        answer = browser.post("/login/broker/couple")
    assert answer.location.startswith("/login/again")
    assert open_site.browser().post("/login/broker/couple").location.startswith("/login?next=")


def test_staff_still_give_their_second_factor(open_site, fake):
    with open_site.writing():
        person = a_member_of_staff(Role.MODERATOR)
    couple(open_site, fake, person)
    browser = open_site.browser()
    assert signs_in(browser, fake).location.startswith("/login/second")
    assert browser.get("/staff").status_code == 303


def test_an_account_that_was_closed_is_not_opened(open_site, fake):
    with open_site.writing():
        person = a_resident()
    couple(open_site, fake, person)
    with open_site.writing():
        session().get_one(Account, person.account_id).disabled_at = clock.now()
    assert signs_in(open_site.browser(), fake).location == "/login/broker?new=1"


@shows("L23")
@pytest.mark.parametrize(
    ("lie", "why"),
    [({"aud": "another"}, "aud"), ({"exp": 1_700_000_000}, "exp"), ({"nonce": "x"}, "nonce"), ({"iss": "x"}, "iss")],
)
def test_a_word_that_cannot_be_trusted_signs_nobody_in_and_is_noted_without_a_name(open_site, fake, lie, why, caplog):
    with open_site.writing():
        person = a_resident()
    couple(open_site, fake, person)
    fake.lies = lie
    browser = open_site.browser()
    with caplog.at_level(logging.WARNING):
        answer = signs_in(browser, fake)
    assert answer.status_code == 403
    assert "konden het antwoord van DigiTest niet vertrouwen" in answer.text
    assert 'href="/login/broker"' in answer.text
    assert browser.token is None
    with open_site.reading():
        entry = session().scalars(select(Entry).where(Entry.result == "denied")).one()
        assert (entry.act, entry.actor_id, entry.facts) == ("sign_in", None, {"reason": f"broker: {why}"})
    assert "somebody" not in caplog.text


@shows("L23")
def test_what_came_back_counts_once(open_site, fake):
    with open_site.writing():
        person = a_resident()
    couple(open_site, fake, person)
    browser = open_site.browser()
    away = leaves(browser)
    state = parse_qs(urlsplit(away).query)["state"][0]
    assert returns(browser, fake, away).location == "/me"
    again = open_site.browser()
    again.client.set_cookie(COOKIE, "made up")
    code = parse_qs(urlsplit(fake.sign_in(away)).query)["code"][0]
    for who in (browser, again):
        answer = who.post("/login/broker/finish", {"state": state, "code": code})
        assert (answer.status_code, "al voorbij" in answer.text) == (403, True)
    page = browser.get(f"/login/broker/back?state={state}&code={code}")
    assert "Dit inloggen is voorbij" in page.text
    assert "<form" not in page.text.split("<main")[1]


@shows("L23")
def test_a_sign_in_that_another_browser_began_is_not_ended_here(open_site, fake):
    with open_site.writing():
        person = a_resident()
    couple(open_site, fake, person)
    attacker, victim = open_site.browser(), open_site.browser()
    back = urlsplit(fake.sign_in(leaves(attacker)))
    typed = {name: values[0] for name, values in parse_qs(back.query).items()}
    assert "in de browser waarin u begon" in victim.get(f"{back.path}?{back.query}").text
    assert victim.post("/login/broker/finish", typed).status_code == 403
    leaves(victim)
    assert victim.post("/login/broker/finish", typed).status_code == 403
    assert victim.token is None
    assert attacker.post("/login/broker/finish", typed).location == "/me"


def test_after_ten_minutes_one_has_to_begin_again(open_site, fake):
    browser = open_site.browser()
    away = leaves(browser)
    with clock.set_to(clock.now() + timedelta(minutes=10)):
        answer = returns(browser, fake, away)
        assert "Dit inloggen is voorbij" in answer.text
        assert 'href="/login/broker"' in answer.text
    with clock.set_to(clock.now() + timedelta(hours=1)), open_site.writing():
        assert forget_attempts() == 1
        assert how_many(Attempt) == 0


def test_looking_at_the_page_to_which_one_comes_back_changes_nothing(open_site, fake):
    browser = open_site.browser()
    back = urlsplit(fake.sign_in(leaves(browser)))
    before = len(fake.asked)
    for _ in range(3):
        assert "Welkom terug" in browser.get(f"{back.path}?{back.query}").text
    assert len(fake.asked) == before
    with open_site.reading():
        assert session().scalars(select(Attempt.used_at)).one() is None


def test_somebody_who_stops_at_the_broker_is_told_how_to_go_on(open_site, fake):
    browser = open_site.browser()
    state = parse_qs(urlsplit(leaves(browser)).query)["state"][0]
    page = browser.get(f"/login/broker/back?state={state}&error=access_denied")
    assert "U bent niet ingelogd" in page.text
    assert 'href="/login"' in page.text
    assert "<form" not in page.text.split("<main")[1]
    assert browser.get("/login/broker/back").status_code == 200


def test_one_comes_back_in_the_language_in_which_one_left(open_site, fake):
    browser = open_site.browser()
    answer = browser.post("/en/login/broker")
    away = re.search(r'href="(http[^"]+)"', browser.get(answer.location).text)[1].replace("&amp;", "&")
    back = urlsplit(fake.sign_in(away))
    page = browser.get(f"{back.path}?{back.query}")
    assert page.location.startswith("/en/login/broker/back?")
    assert "Welcome back" in browser.get(page.location).text


def test_a_broker_that_is_down_gives_a_page_with_a_way_on(open_site, fake):
    fake.status = 500
    answer = open_site.browser().post("/login/broker")
    assert answer.status_code == 503
    assert "DigiTest geeft nu geen antwoord" in answer.text
    assert 'href="/login/broker"' in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert "does not answer" in open_site.browser().post("/en/login/broker").text


def test_a_broker_that_goes_down_meanwhile_signs_nobody_in(open_site, fake):
    browser = open_site.browser()
    away = leaves(browser)
    fake.status = 502
    answer = returns(browser, fake, away)
    assert answer.status_code == 503
    assert browser.token is None


def test_without_a_broker_the_page_says_so_and_nothing_begins(site):
    with site.writing():
        an_authority()
    browser = site.browser()
    page = browser.get("/login/broker")
    assert page.status_code == 200
    assert not looking.faults_in(page)
    assert browser.post("/login/broker").status_code == 409
    assert "/login/broker" not in browser.get("/login").text


def test_errands_cannot_be_begun_without_end(open_site):
    browser = open_site.browser()
    told = [browser.post("/login/broker").status_code for _ in range(62)]
    assert told == [303] * 60 + [429] * 2


class Proving:
    """A site whose broker tells citizen service numbers, with a round that asks them."""

    def __init__(self, database, fake, **changed):
        fake.claims = {"sub": "pairwise", "bsn": BSN, "acr": "substantial"}
        self.site, self.fake = Site(database, oidc=fake.settings(**{**FLOOR, **changed})), fake
        with self.site.writing():
            an_authority()
            self.round, self.other_round = a_voting_round(), a_voting_round()
            for found in (self.round, self.other_round):
                found.verification = Verification.EID
                found.identity_ground, found.identity_officer = "Gemeentewet 150", "L. Oosterwijk"
            self.poll = a_poll(self.round)
            self.option = options_of(self.poll)[0]
            self.person, self.second = a_resident(), a_resident()
        self.page = f"/rounds/{self.round.slug}"

    def proves(self, browser, found=None):
        slug = (found or self.round).slug
        return returns(browser, self.fake, leaves(browser, f"/rounds/{slug}/identity?next=/rounds/{slug}/vote"))

    def votes(self, browser, choice="for"):
        return browser.post(f"{self.page}/vote/{self.option.id}", {"choice": choice})


@pytest.fixture
def proving(empty_database, fake):
    return Proving(empty_database, fake)


@shows("L24")
def test_somebody_shows_who_they_are_and_votes_and_the_number_is_nowhere(proving, caplog, tmp_path):
    browser = proving.site.browser(proving.person)
    assert proving.votes(browser).status_code == 403
    with caplog.at_level(logging.DEBUG):
        answer = proving.proves(browser)
    assert (answer.status_code, answer.location) == (303, f"{proving.page}/vote")
    assert proving.votes(browser).status_code == 303
    with proving.site.reading():
        assert tally(session().get(Poll, proving.poll.id))[proving.option.id]["for"] == 1
        assert BSN not in dump()
    assert BSN not in caplog.text
    if proving.site.database.is_sqlite:
        held = b"".join(file.read_bytes() for file in Path(tmp_path).glob("consult.sqlite*"))
        assert b"entry" in held
        assert BSN.encode() not in held


def dump() -> str:
    """All that stands in the database, as one text."""
    return "\n".join(
        str(tuple(row)) for table in Poll.metadata.sorted_tables for row in session().execute(select(table))
    )


@shows("L24")
def test_the_same_person_with_two_accounts_votes_once_and_in_two_rounds_is_two(proving):
    one, other = proving.site.browser(proving.person), proving.site.browser(proving.second)
    for browser in (one, other):
        proving.proves(browser)
    proving.votes(one, "for")
    proving.votes(other, "against")
    proving.proves(one, proving.other_round)
    with proving.site.reading():
        assert tally(session().get(Poll, proving.poll.id))[proving.option.id] == {"for": 0, "neutral": 0, "against": 1}
        assert how_many(Voter) == 2
        hashes = session().scalars(select(Credential.hash)).all()
        assert len({bytes(found) for found in hashes}) == len(hashes) == 5


@shows("L23")
@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"acr": "low"}, "niet sterk genoeg"),
        ({"acr": None}, "niet sterk genoeg"),
        ({"bsn": None}, "niet vertrouwen"),
        ({"bsn": "123456789"}, "niet vertrouwen"),
    ],
)
def test_a_sign_in_that_is_too_weak_or_holds_no_number_proves_nothing(proving, claims, said):
    proving.fake.claims |= claims
    browser = proving.site.browser(proving.person)
    answer = proving.proves(browser)
    assert answer.status_code == 403
    assert said in answer.text
    assert f'href="{proving.page}/taking-part"' in answer.text
    with proving.site.reading():
        assert how_many(Credential) == 0
    assert proving.votes(browser).status_code == 403


def test_a_proof_for_one_round_is_none_for_another(proving):
    browser = proving.site.browser(proving.person)
    away = leaves(browser, f"{proving.page}/identity")
    typed = {name: values[0] for name, values in parse_qs(urlsplit(proving.fake.sign_in(away)).query).items()}
    answer = browser.post(f"/rounds/{proving.other_round.slug}/identity/back", typed)
    assert (answer.status_code, "voor iets anders" in answer.text) == (403, True)
    with proving.site.reading():
        assert how_many(Credential) == 0


def test_a_number_opens_no_account(proving):
    browser = proving.site.browser(proving.person)
    assert browser.post("/login/broker").status_code == 409
    assert browser.post("/login/broker/couple").status_code == 409
    assert "alleen in met uw e-mailadres" in proving.site.browser().get("/login/broker").text
    state = parse_qs(urlsplit(leaves(browser, f"{proving.page}/identity")).query)["state"][0]
    assert browser.post("/login/broker/finish", {"state": state, "code": "x"}).status_code == 403


def test_only_who_may_vote_is_sent_to_show_who_they_are(proving):
    with proving.site.writing():
        moderator = a_member_of_staff(Role.MODERATOR)
        appoint(proving.round, moderator, Duty.MODERATOR)
        found = a_voting_round()
    page = f"{proving.page}/identity"
    assert proving.site.browser(moderator).post(page).status_code == 403
    assert proving.site.browser().post(page).location.startswith("/login?next=")
    assert proving.site.browser(proving.person).post(f"/rounds/{found.slug}/identity").status_code == 409


def test_who_was_signed_out_meanwhile_has_to_begin_again(proving):
    browser = proving.site.browser(proving.person)
    away = leaves(browser, f"{proving.page}/identity")
    browser.as_(proving.second)
    assert "Dit inloggen is voorbij" in returns(browser, proving.fake, away).text


@shows("L25")
def test_a_national_sign_in_is_chosen_only_with_a_ground_and_a_privacy_officer(proving):
    with proving.site.writing():
        director = a_member_of_staff(Role.DIRECTOR)
    browser, page = proving.site.browser(director), "/staff/rounds/new"
    assert 'value="eid"' in browser.get(page).text
    told = {"title": "Nieuw", "question": "Wat?", "slug": "nieuw", "level": "consult", "verification": "eid"}
    for lacking in ({}, {"identity_ground": "Gemeentewet 150"}, {"identity_officer": "L. Oosterwijk"}):
        answer = browser.post(page, {**told, **lacking, "form_key": f"k{len(lacking)}{lacking}"[:20]})
        assert answer.status_code == 422
        assert not looking.faults_in(answer)
    whole = {**told, "identity_ground": "Gemeentewet 150", "identity_officer": "L. Oosterwijk", "form_key": "last"}
    assert browser.post(page, whole).status_code == 303
    shown = proving.site.browser().get(f"{proving.page}/taking-part").text
    assert "Gemeentewet 150" in shown
    assert "L. Oosterwijk" in shown


@shows("L25")
def test_without_a_broker_a_national_sign_in_cannot_be_chosen(site):
    with site.writing():
        an_authority()
        director = a_member_of_staff(Role.DIRECTOR)
    browser, page = site.browser(director), "/staff/rounds/new"
    assert 'value="eid"' not in browser.get(page).text
    told = {"title": "Nieuw", "question": "Wat?", "slug": "nieuw", "level": "consult", "verification": "eid"}
    told |= {"identity_ground": "Gemeentewet 150", "identity_officer": "L. Oosterwijk", "form_key": "k"}
    answer = browser.post(page, told)
    assert answer.status_code == 422
    assert "Landelijk inloggen is hier niet ingesteld" in answer.text
