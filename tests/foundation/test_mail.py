"""Mail that waits: claimed by one worker at a time, held for a while, put off and given up; and handing it over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage

import pytest

from consult.foundation import clock, mail, smtp
from consult.foundation.db import session
from consult.foundation.mail import Mail, enqueue
from consult.foundation.smtp import Line, Undelivered
from tests.notifications.builders import Sink, a_mail, a_mail_server, every_mail, free_port
from tests.shows import shows


class Broken(Exception):
    """Ends a unit."""


@shows("R82")
def test_mail_is_there_if_and_only_if_what_it_tells_of_is(empty_database):
    def tell_and_break() -> None:
        enqueue("known_address", address="a@voorbeeld.test")
        raise Broken

    with pytest.raises(Broken):
        empty_database.write(tell_and_break)
    with empty_database.reading():
        assert every_mail() == []
    with empty_database.writing():
        enqueue("known_address", address="a@voorbeeld.test")
    with empty_database.reading():
        assert [one.kind for one in every_mail()] == ["known_address"]


@shows("R82")
@pytest.mark.usefixtures("unit")
def test_what_is_told_twice_under_one_name_is_one_message():
    for _ in range(2):
        enqueue("known_address", address="a@voorbeeld.test", dedupe="once")
        enqueue("known_address", address="a@voorbeeld.test")
    assert len(every_mail()) == 3


@pytest.mark.usefixtures("unit")
def test_facts_are_plain_words():
    enqueue("new_device", address="a@voorbeeld.test", device="Firefox", number=3, is_new=True, since=clock.now())
    (one,) = every_mail()
    assert {name: type(value) for name, value in one.facts.items()} == {
        "device": str,
        "number": int,
        "is_new": bool,
        "since": str,
    }


@pytest.mark.usefixtures("unit")
def test_what_is_withheld_is_never_sent_and_keeps_no_address():
    enqueue("sign_in_link", address="a@voorbeeld.test", withheld=True, link="x")
    assert not mail.is_due(clock.now())
    assert [one.address for one in every_mail()] == [""]


@pytest.mark.usefixtures("unit")
def test_mail_is_claimed_once_and_is_free_again_when_its_lease_is_over():
    now = clock.now()
    for _ in range(5):
        a_mail()
    assert mail.is_due(now + timedelta(seconds=1))
    at = now + timedelta(seconds=1)
    first = mail.claim(at, 3)
    second = mail.claim(at, 3)
    assert (len(first), len(second)) == (3, 2)
    assert not {one.id for one in first} & {one.id for one in second}
    assert mail.claim(at, 3) == []
    assert not mail.is_due(at)
    assert len(mail.claim(at + mail.LEASE, 10)) == 5


@pytest.mark.usefixtures("unit")
def test_only_what_is_due_and_not_over_is_claimed():
    now = clock.now()
    for told in (
        {"sent_at": now},
        {"given_up_at": now},
        {"waits_for": "daily"},
        {"leased_until": now + timedelta(minutes=1)},
    ):
        a_mail(**told)
    later = a_mail()
    later.due_at = now + timedelta(hours=1)
    session().flush()
    at = now + timedelta(seconds=1)
    assert not mail.is_due(at)
    assert mail.claim(at, 10) == []


@pytest.mark.usefixtures("unit")
def test_urgent_mail_goes_before_what_waited_longer():
    now = clock.now()
    old, urgent = a_mail("draft_published"), a_mail("sign_in_link")
    old.due_at = now - timedelta(hours=1)
    session().flush()
    (first,) = mail.claim(now + timedelta(seconds=1), 1, urgent=frozenset({"sign_in_link"}))
    assert first.id == urgent.id
    assert mail.claim(now + timedelta(seconds=1), 9, urgent=frozenset({"sign_in_link"}))[0].id == old.id


@shows("R82")
def test_several_workers_at_once_never_claim_the_same(empty_database):
    with empty_database.writing():
        for _ in range(60):
            a_mail()

    def work(_number: int) -> list[object]:
        mine: list[object] = []
        while some := empty_database.write(lambda: mail.claim(clock.now(), 4)):
            mine += [one.id for one in some]
        return mine

    with ThreadPoolExecutor(6) as pool:
        claimed = [one for some in pool.map(work, range(6)) for one in some]
    assert len(claimed) == len(set(claimed)) == 60


@pytest.mark.usefixtures("unit")
def test_a_notice_is_over_together_with_the_digest_in_which_it_stands():
    notice = a_mail("outcome", waits_for="daily")
    assert mail.gather("digest", notice.recipient_id, "digest:1", [notice.id])
    assert not mail.gather("digest", notice.recipient_id, "digest:1", [notice.id])
    (digest,) = every_mail("digest")
    mail.note_sent(digest.id, clock.now(), keeps_address=False)
    session().expire_all()
    assert notice.sent_at == digest.sent_at is not None


@pytest.mark.usefixtures("unit")
def test_an_address_is_not_kept_once_mail_went_there():
    enqueue("known_address", address="a@voorbeeld.test")
    (one,) = every_mail()
    mail.note_sent(one.id, clock.now(), keeps_address=False)
    session().expire_all()
    assert one.address == ""


@pytest.mark.usefixtures("unit")
def test_old_mail_is_deleted_when_it_is_over_and_not_before():
    now = clock.now()
    old = now - timedelta(days=31)
    gone = [a_mail(sent_at=old), a_mail(given_up_at=old)]
    kept = [a_mail(sent_at=now), a_mail()]
    for one in [*gone, *kept]:
        one.enqueued_at = old
    session().flush()
    assert mail.forget_old(now - timedelta(days=30)) == 2
    assert {one.id for one in every_mail()} == {one.id for one in kept}


# --- handing over ---


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp://localhost", ("localhost", 25, False, False, "", "")),
        ("smtp://localhost:1025", ("localhost", 1025, False, False, "", "")),
        ("smtp://u%40x:p%3Aw@mail.test?starttls=1", ("mail.test", 587, False, True, "u@x", "p:w")),
        ("smtps://u:p@mail.test", ("mail.test", 465, True, False, "u", "p")),
        ("smtps://u:p@mail.test:1465", ("mail.test", 1465, True, False, "u", "p")),
    ],
)
def test_an_address_of_a_mail_server_is_read(url, told):
    assert smtp.read(url) == smtp.Server(*told)


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.test",
        "smtp://",
        "smtp://mail.test/path",
        "smtp://mail.test?tls=1",
        "smtp://mail.test?starttls=yes",
        "smtp://u:p@mail.test",
    ],
)
def test_an_address_of_a_mail_server_that_means_nothing_or_tells_a_password_is_refused(url):
    with pytest.raises(ValueError, match=r"."):
        smtp.read(url)


def test_a_password_does_not_stand_in_what_is_printed():
    assert "geheim" not in repr(smtp.read("smtps://u:geheim@mail.test"))


@shows("R46")
@pytest.mark.parametrize(
    "text",
    [
        "a@b.nl\r\nBcc: c@d.nl",
        "a@b.nl\n",
        "a@b.nl\x00",
        "a@b.nl, c@d.nl",
        "<a@b.nl>",
        "a b@c.nl",
        "",
        "a",
        "a@",
        "@b.nl",
    ],
)
def test_what_is_more_or_less_than_one_address_is_none(text):
    assert not smtp.is_address(text)
    assert smtp.is_address("a.b+c@d-e.nl")


def test_a_message_is_handed_over_to_one_recipient():
    with a_mail_server() as (sink, url), Line(smtp.read(url), "hier.test") as line:
        line.send(a_message(), "wij@gemeente.test", "u@voorbeeld.test")
    assert sink.recipients == [["u@voorbeeld.test"]]
    assert str(sink.got[0]["Subject"]) == "Dag"


def test_nobody_there_is_no_refusal():
    with pytest.raises(Undelivered) as told, Line(smtp.read(f"smtp://127.0.0.1:{free_port()}"), "hier.test"):
        pass
    assert told.value.problem == "unreachable ConnectionRefusedError"
    assert not told.value.is_permanent


@pytest.mark.parametrize(
    ("answer", "problem", "is_permanent"),
    [
        ("550 5.1.1 u@voorbeeld.test unknown", "refused 550 5.1.1", True),
        ("550 no such user", "refused 550", True),
        ("552 5.2.2 full", "refused 552 5.2.2", True),
        ("554 5.7.1 relay access denied", "refused 554 5.7.1", False),
        ("554 go away", "refused 554", False),
        ("450 4.2.1 later", "refused 450 4.2.1", False),
        ("451 greylisted u@voorbeeld.test", "refused 451", False),
    ],
)
def test_a_refused_address_is_given_up_where_the_mailbox_is_the_problem(answer, problem, is_permanent):
    with a_mail_server() as (sink, url), Line(smtp.read(url), "hier.test") as line:
        sink.refuses["u@voorbeeld.test"] = answer
        with pytest.raises(Undelivered) as told:
            line.send(a_message(), "wij@gemeente.test", "u@voorbeeld.test")
        assert not line.is_broken
        line.send(a_message(), "wij@gemeente.test", "ander@voorbeeld.test")
    assert (told.value.problem, told.value.is_permanent) == (problem, is_permanent)
    assert sink.recipients == [["ander@voorbeeld.test"]]


def test_a_refused_message_is_told_by_its_code_alone():
    with a_mail_server() as (sink, url), Line(smtp.read(url), "hier.test") as line:
        sink.answers_data = "554 5.6.0 u@voorbeeld.test: not like this"
        with pytest.raises(Undelivered) as told:
            line.send(a_message(), "wij@gemeente.test", "u@voorbeeld.test")
    assert told.value.problem == "rejected 554 5.6.0"
    assert not told.value.is_permanent


def test_a_server_that_hangs_up_is_told_from_one_that_refuses():
    class Rude(Sink):
        async def handle_DATA(self, server, _session, _envelope):  # noqa: N802
            server.transport.close()
            return "250 never said"

    with a_mail_server(sink=Rude()) as (_sink, url), Line(smtp.read(url), "hier.test") as line:
        with pytest.raises(Undelivered) as told:
            line.send(a_message(), "wij@gemeente.test", "u@voorbeeld.test")
        assert line.is_broken
    assert told.value.problem == "broken SMTPServerDisconnected"


def a_message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "wij@gemeente.test", "u@voorbeeld.test", "Dag"
    made.set_content("Dag.")
    return made


def test_mail_without_a_recipient_is_shared_out_once_each(empty_database):
    with empty_database.writing():
        people = [a_mail().recipient_id for _ in range(3)]
        enqueue("decision", round="r")
        (origin,) = every_mail("decision")
        for _ in range(2):
            mail.share_out(origin, [(person_id, "decision", {"more": "x"}) for person_id in people])
    with empty_database.reading():
        shared = [one for one in every_mail("decision") if one.recipient_id]
        assert len(shared) == 3
        assert shared[0].facts == {"round": "r", "more": "x"}
        assert session().get(Mail, origin.id).sent_at is None
