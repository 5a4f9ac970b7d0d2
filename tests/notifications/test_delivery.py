"""Delivering over a real socket: up, down, refusing, slow, and killed in between."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from consult.foundation import clock, mail
from consult.foundation.db import session
from consult.foundation.mail import Mail, enqueue
from consult.notifications import delivery, rules
from consult.notifications.delivery import deliver_all, deliver_forever, deliver_once
from consult.notifications.models import Cadence, MessageChoice, Topic
from consult.participants.models import Person
from consult.policy import Role
from tests.builders import a_member_of_staff, an_authority
from tests.notifications.builders import (
    a_mail,
    a_mail_server,
    a_reader,
    account_of,
    delivered,
    every_mail,
    free_port,
    mailing,
    text_of,
    waited,
)
from tests.shows import shows

REST = 3 * delivery.EVERY


@pytest.fixture
def database(empty_database):
    with empty_database.writing():
        an_authority()
    return empty_database


def state(database, mail_id) -> Mail:
    with database.reading():
        return session().get_one(Mail, mail_id)


def test_a_message_goes_out_to_the_address_of_its_recipient_and_is_noted(database):
    with database.writing():
        one = a_mail("password_changed", a_reader())
        address = account_of(session().get(Person, one.recipient_id)).email
    (got,) = delivered(database)
    assert (got["To"], state(database, one.id).sent_at is not None) == (address, True)
    assert delivered(database) == []


@shows("R82")
def test_with_the_server_down_nothing_is_lost_and_each_message_arrives_once(database):
    with database.writing():
        ids = [a_mail().id for _ in range(3)]
    port = free_port()
    deliver_all(database, mailing(database, f"smtp://127.0.0.1:{port}"))
    waiting = [state(database, one) for one in ids]
    assert {(one.attempts, one.problem) for one in waiting} == {(1, "unreachable ConnectionRefusedError")}
    assert all(one.due_at > clock.now() and one.leased_until is None for one in waiting)
    with a_mail_server(port) as (sink, url), clock.set_to(clock.now() + timedelta(minutes=2)):
        deliver_all(database, mailing(database, url))
        deliver_all(database, mailing(database, url))
    assert len(sink.got) == 3
    assert len({one["Message-ID"] for one in sink.got}) == 3


@shows("R82")
def test_tries_that_fail_come_further_and_further_apart_up_to_a_day_and_end_after_two(database):
    with database.writing():
        one = a_mail()
    began = at = clock.now()
    waits = []
    while state(database, one.id).given_up_at is None:
        with clock.set_to(at):
            assert deliver_once(database, mailing(database, f"smtp://127.0.0.1:{free_port()}")) == 1
        after = state(database, one.id)
        if after.given_up_at is None:
            waits.append(after.due_at - at)
            at = after.due_at
    assert len(waits) == rules.TRIES - 1
    assert waits[:-1] == sorted(waits[:-1])
    assert waits[-1] >= rules.LONGEST_WAIT * 0.8  # the last two are a day, or nearly, each up to a fifth more or less
    assert timedelta(seconds=20) < waits[0] < timedelta(seconds=40)
    assert waits[-1] <= rules.LONGEST_WAIT * 1.2
    assert timedelta(days=1.5) < at - began < timedelta(days=3)
    assert state(database, one.id).problem == "unreachable ConnectionRefusedError"


def test_an_address_that_is_refused_for_good_is_given_up_at_once_without_being_named(database):
    with database.writing():
        one, other = a_mail(), a_mail()
        address = account_of(session().get(Person, one.recipient_id)).email
    with a_mail_server() as (sink, url):
        sink.refuses[address] = f"550 5.1.1 <{address}> does not live here"
        deliver_all(database, mailing(database, url))
    given_up = state(database, one.id)
    assert (given_up.given_up_at is not None, given_up.problem) == (True, "refused 550 5.1.1")
    assert state(database, other.id).sent_at is not None


def test_a_message_that_is_refused_for_now_is_tried_again(database):
    with database.writing():
        one = a_mail()
    with a_mail_server() as (sink, url):
        sink.answers_data = "451 4.3.0 busy"
        deliver_all(database, mailing(database, url))
        assert (state(database, one.id).problem, sink.got) == ("rejected 451 4.3.0", [])
        sink.answers_data = "250 ok"
        with clock.set_to(clock.now() + timedelta(minutes=2)):
            deliver_all(database, mailing(database, url))
    assert len(sink.got) == 1


@shows("R78")
def test_a_worker_that_is_killed_after_it_sent_sends_again_with_the_same_id(database):
    with database.writing():
        one = a_mail()
    with a_mail_server() as (sink, url):
        script = (
            "import os, signal\n"
            "from consult.foundation import mail\n"
            "from consult.foundation.db import Database\n"
            "from consult.notifications.delivery import deliver_once\n"
            "from consult import app\n"
            "from tests.notifications.builders import mailing\n"
            f"mail.note_sent = lambda *a, **k: os.kill(os.getpid(), signal.{signal.SIGKILL.name})\n"
            f"database = Database({database.url!r})\n"
            f"deliver_once(database, mailing(database, {url!r}))\n"
        )
        done = subprocess.run([sys.executable, "-c", script], cwd=os.getcwd(), check=False)
        assert done.returncode == -signal.SIGKILL
        assert len(sink.got) == 1
        assert state(database, one.id).sent_at is None
        deliver_all(database, mailing(database, url))
        assert len(sink.got) == 1  # the lease of the dead worker still holds
        with clock.set_to(clock.now() + mail.LEASE):
            deliver_all(database, mailing(database, url))
    assert len(sink.got) == 2
    assert sink.got[0]["Message-ID"] == sink.got[1]["Message-ID"] == f"<{one.id.hex}@localhost>"


@shows("R82")
def test_several_workers_send_each_message_once(database):
    with database.writing():
        for _ in range(50):
            a_mail()
    with a_mail_server() as (sink, url):
        workers = [threading.Thread(target=deliver_all, args=(database, mailing(database, url))) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(sink.got) == 50
    assert len({one["Message-ID"] for one in sink.got}) == 50


def test_mail_goes_out_soon_after_its_commit_and_a_slow_server_holds_nobody_up(database):
    with a_mail_server() as (sink, url):
        sink.waits = 0.5
        stop = threading.Event()
        worker = threading.Thread(target=deliver_forever, args=(database, mailing(database, url), stop))
        worker.start()
        try:
            time.sleep(0.1)
            began = time.monotonic()
            with database.writing():
                for _ in range(3):
                    a_mail()
            assert time.monotonic() - began < 5  # it waited for no mail server
            assert waited(lambda: len(sink.got) == 3, seconds=20)
        finally:
            stop.set()
            worker.join(10)
    assert not worker.is_alive()


def test_a_worker_that_is_told_to_stop_finishes_one_message_and_gives_the_others_back(database):
    with database.writing():
        for _ in range(5):
            a_mail()
    with a_mail_server() as (sink, url):
        deliver_once(database, mailing(database, url), lambda: len(sink.got) > 0)
        assert len(sink.got) == 1
        deliver_all(database, mailing(database, url))
    assert len(sink.got) == 5


def test_one_message_that_cannot_be_written_holds_up_no_other(database, caplog):
    with database.writing():
        broken, whole = a_mail("refused", facts={"contribution": "no id"}), a_mail()
    assert len(delivered(database)) == 1
    assert state(database, broken.id).problem == "unwritten ValueError"
    assert state(database, whole.id).sent_at is not None
    assert "ValueError while writing a message of kind refused" in caplog.text
    assert "@" not in caplog.text


def test_a_kind_that_nobody_knows_is_given_up(database):
    with database.writing():
        one = a_mail("no_such_kind")
    assert delivered(database) == []
    assert state(database, one.id).problem == "unwritten"


def test_somebody_who_is_gone_gets_nothing_and_nothing_is_kept(database):
    with database.writing():
        one = a_mail()
        account_of(session().get(Person, one.recipient_id)).disabled_at = clock.now()
    assert delivered(database) == []
    with database.reading():
        assert every_mail() == []


def test_a_link_that_is_too_old_to_be_of_use_is_not_sent(database):
    with database.writing():
        enqueue("known_address", address="a@voorbeeld.test")
    with clock.set_to(clock.now() + timedelta(hours=25)):
        assert delivered(database) == []
    with database.reading():
        assert [one.problem for one in every_mail()] == ["late"]


def test_what_may_be_switched_off_goes_to_confirmed_addresses_alone(database):
    with database.writing():
        stranger, staff = a_reader(), a_member_of_staff(Role.DIRECTOR)
        account_of(stranger).confirmed_at = None
        for person in (stranger, staff):
            a_mail("outcome", person, facts={"contribution": "x"})
            a_mail("password_changed", person)
    assert len(delivered(database)) == 2  # to both what guards their account
    with database.reading():
        assert [one.problem for one in every_mail("outcome")].count("unconfirmed") == 1


def test_people_of_the_demo_get_no_mail_where_there_is_a_mail_server(database):
    with database.writing():
        person = a_reader()
        account_of(person).is_demo = True
        a_mail("password_changed", person)
        enqueue("sign_in_link", address=account_of(person).email, link="x")
    assert delivered(database) == []
    with database.reading():
        assert {one.problem for one in every_mail()} == {"demo"}


def test_without_a_mail_server_a_message_is_printed_where_the_worker_runs(database, capsys):
    with database.writing():
        one = a_mail("password_changed", a_reader("Fatima"))
        address = account_of(session().get(Person, one.recipient_id)).email
    deliver_all(database, mailing(database))
    printed = capsys.readouterr().out
    assert f"--- to {address}: " in printed
    assert "Uw wachtwoord" in printed
    assert state(database, one.id).sent_at is not None


def test_with_a_mail_server_nothing_is_printed_and_nothing_logged(database, capsys, caplog):
    with database.writing():
        a_mail("password_changed")
    delivered(database)
    deliver_all(database, mailing(database, f"smtp://127.0.0.1:{free_port()}"))
    assert capsys.readouterr() == ("", "")
    assert "@" not in caplog.text


def test_how_often_somebody_wants_to_hear_decides_what_goes_now(database):
    with database.writing():
        people = {cadence: a_reader() for cadence in Cadence}
        for cadence, person in people.items():
            session().add(MessageChoice(person_id=person.id, topic=Topic.OWN, cadence=cadence))
            a_mail("outcome", person, facts={"contribution": str(person.id), "outcome": str(person.id)})
            a_mail("password_changed", person)
    delivered(database)
    with database.reading():
        told = {one.recipient_id: one for one in every_mail("outcome")}
        assert told[people[Cadence.IMMEDIATELY].id].problem == "over"  # it was to go now; what it tells of is gone
        assert told[people[Cadence.DAILY].id].waits_for == "daily"
        assert told[people[Cadence.WEEKLY].id].waits_for == "weekly"
        assert told[people[Cadence.NONE].id].problem == "off"
        assert all(one.sent_at for one in every_mail("password_changed"))


def test_the_worker_speaks_the_language_of_each_recipient(database):
    with database.writing():
        for language in ("nl", "en"):
            a_mail("password_changed", a_reader(language=language))
        enqueue("known_address", address="a@voorbeeld.test", language="en")
    subjects = {str(one["Subject"]) for one in delivered(database)}
    assert subjects == {"Uw wachtwoord is veranderd", "Your password was changed", "You have an account already"}
    assert text_of  # the words themselves are looked at beside the kinds
