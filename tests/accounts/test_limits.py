"""How often somebody may try, shared by all workers; and nobody is locked out for good."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from consult.foundation import clock
from consult.rounds.models import PhaseKind
from tests.accounts.builders import an_account, mails, newest_link
from tests.builders import a_resident, a_round
from tests.shows import shows
from tests.site import ORIGIN, Site
from tests.voting.builders import a_poll, options_of

PASSWORD = "een lange zin om te onthouden"
WRONG = "dit is het zeker niet, hoor"


def somebody(site):
    with site.writing():
        person = a_resident(password=PASSWORD)
        return person, an_account(person).email


def tries(site, email, password, place="198.51.100.1", path="/login", **typed):
    """What is answered to somebody at a network place."""
    browser = site.browser()
    filled = {"csrf_token": browser.form_token(), "email": email, "password": password, **typed}
    return browser.client.post(
        path, data=filled, headers={"Origin": ORIGIN}, environ_overrides={"REMOTE_ADDR": place}
    ).status_code


@shows("R15")
def test_the_eleventh_password_in_five_minutes_waits_and_then_goes_on(site):
    _person, email = somebody(site)
    with clock.set_to(clock.now()):
        asked = [tries(site, email, WRONG, f"198.51.100.{n}") for n in range(11)]
        assert asked == [422] * 10 + [429]
        assert tries(site, email, PASSWORD, "198.51.100.99") == 429
    with clock.set_to(clock.now() + timedelta(minutes=5)):
        assert tries(site, email, PASSWORD, "198.51.100.99") == 303


@shows("R15")
def test_four_workers_together_let_ten_tries_through(site):
    _person, email = somebody(site)
    workers = [Site(site.database) for _ in range(4)]

    def one(number):
        return tries(workers[number % 4], email, WRONG, f"198.51.100.{number}")

    now = clock.now().replace(minute=1, second=0)
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda n: held_at(now, one, n), range(24)))
    assert sorted(asked) == [422] * 10 + [429] * 14


def held_at(moment, work, number):
    with clock.set_to(moment):
        return work(number)


@shows("R15")
@pytest.mark.parametrize(
    ("places", "answered"),
    [
        (["198.51.100.7"] * 11, 429),
        ([f"198.51.100.{n}" for n in range(11)], 422),
        ([f"2001:db8:1:2::{n:x}" for n in range(11)], 429),
        ([f"2001:db8:1:{n:x}::1" for n in range(11)], 422),
    ],
)
def test_a_network_counts_as_one_place(site, places, answered):
    with clock.set_to(clock.now()):
        assert [tries(site, f"x{n}@voorbeeld.nl", WRONG, place) for n, place in enumerate(places)][-1] == answered


@shows("R15")
def test_somebody_whose_account_is_under_attack_gets_in_from_where_they_were_before(site):
    _person, email = somebody(site)
    with clock.set_to(clock.now()):
        assert tries(site, email, PASSWORD, "203.0.113.5") == 303
        assert [tries(site, email, WRONG, f"198.51.100.{n}") for n in range(11)][-1] == 429
        assert tries(site, email, PASSWORD, "198.51.100.77") == 429
        assert tries(site, email, PASSWORD, "203.0.113.5") == 303


@shows("R15")
def test_a_link_gets_in_while_passwords_must_wait(site):
    _person, email = somebody(site)
    with clock.set_to(clock.now()):
        assert [tries(site, email, WRONG, f"198.51.100.{n}") for n in range(11)][-1] == 429
        browser = site.browser()
        assert browser.post("/login/link", {"email": email}).status_code == 303
        with site.reading():
            path = newest_link()
        assert browser.post(path).location == "/me"


@shows("R15")
def test_five_messages_a_day_go_to_one_address_and_from_a_known_place_five_more(site):
    person, email = somebody(site)
    asked = ["/login/link", "/login/reset", "/register"] * 2
    with clock.set_to(clock.now()):
        assert tries(site, email, PASSWORD, "203.0.113.5") == 303
        answers = [tries(site, email, "", f"198.51.100.{n}", path, name="X") for n, path in enumerate(asked)]
        assert answers == [303] * 5 + [429]
        assert tries(site, email, "", "203.0.113.5", "/login/link") == 303
        with site.reading():
            assert len([mail for mail in mails() if "link" in mail.facts]) == 6
    with clock.set_to(clock.now() + timedelta(days=1)):
        assert tries(site, email, "", "198.51.100.1", "/login/link") == 303
    assert person


@shows("R15")
def test_twenty_people_an_hour_register_from_one_network(site):
    with clock.set_to(clock.now()):
        answers = [tries(site, f"p{n}@voorbeeld.nl", "", path="/register", name="P") for n in range(21)]
    assert answers == [303] * 20 + [429]


@shows("R17")
def test_a_forged_forwarding_header_changes_nothing(site):
    with clock.set_to(clock.now()):
        browser = site.browser()
        asked = [
            browser.post(
                "/login",
                {"email": f"x{n}@voorbeeld.nl", "password": WRONG},
                headers={"X-Forwarded-For": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}"},
            ).status_code
            for n in range(11)
        ]
    assert asked == [422] * 10 + [429]


@shows("R17")
def test_behind_one_proxy_the_address_that_it_saw_counts_and_not_what_came_before(site):
    behind = Site(site.database, trusted_proxies=1)

    def asked(forwarded):
        browser = behind.browser()
        typed = {"email": f"x{forwarded[-1]}@voorbeeld.nl", "password": WRONG}
        return browser.post("/login", typed, headers={"X-Forwarded-For": ", ".join(forwarded)}).status_code

    with clock.set_to(clock.now()):
        assert [asked([f"203.0.113.{n}", "198.51.100.1"]) for n in range(11)][-1] == 429
        assert [asked([f"198.51.100.{n}"]) for n in range(2, 12)][-1] == 422


@shows("R16")
def test_where_tries_cannot_be_counted_nobody_comes_in_but_people_read_and_vote(site):
    with site.writing():
        made = a_round(phases=PhaseKind.PRIORITISE)
        poll = a_poll(made)
        option = options_of(poll)[0].id
    person, email = somebody(site)
    voter = site.browser(person)
    with site.writing() as unit:
        unit.connection().exec_driver_sql("alter table rate_count rename to rate_count_gone")
    try:
        site.app.testing = False
        for path in ("/login", "/login/link", "/login/reset", "/register"):
            assert tries(site, email, PASSWORD, path=path, name="Jan") >= 500, path
        assert voter.get(f"/rounds/{made.slug}").status_code == 200
        assert voter.post(f"/rounds/{made.slug}/vote/{option}", {"choice": "for"}).status_code == 303
        with site.reading():
            assert mails() == []
    finally:
        with site.writing() as unit:
            unit.connection().exec_driver_sql("alter table rate_count_gone rename to rate_count")
