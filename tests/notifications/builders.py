"""Messages, people who get them, and a mail server on this machine that can be up, down, refusing and slow."""

import asyncio
import email
import email.policy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from sqlalchemy import select

from consult.accounts.models import Account
from consult.config import Settings
from consult.foundation import clock
from consult.foundation.db import Database, add, session
from consult.foundation.mail import Mail
from consult.notifications.delivery import deliver_all
from consult.notifications.rules import Switch, switch_token
from consult.participants.models import Person
from tests import builders
from tests.site import SECRET, settings_for

FROM = "meedenken@gemeente.test"


def a_reader(name: str = "", *, language: str = "nl") -> Person:
    """A resident whose address was confirmed by a link."""
    person = builders.a_resident(name)
    account = account_of(person)
    account.confirmed_at, account.language = clock.now(), language
    return person


def account_of(person: Person) -> Account:
    """The account of a person."""
    return session().get_one(Account, person.account_id)


def a_mail(kind: str = "password_changed", person: Person | None = None, **told: Any) -> Mail:
    """One message, due now."""
    now = clock.now()
    person = person or a_reader()
    facts = told.pop("facts", {})
    return add(
        Mail(kind=kind, recipient_id=person.id, facts=facts, enqueued_at=now, due_at=now, **{"problem": "", **told})
    )


def a_switch_token(person: Person, topic: Any = None) -> str:
    """What stands in the address with which a person switches messages off."""
    return switch_token(Switch(person.id, topic), SECRET)


def every_mail(kind: str = "") -> list[Mail]:
    """Every message there is, or those of a kind, in the order in which they came up."""
    wanted = select(Mail).order_by(Mail.enqueued_at, Mail.kind)
    return [one for one in session().scalars(wanted) if kind in {"", one.kind}]


class Sink:
    """Takes messages in; what it answers can be set for each recipient, and how long it waits."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.refuses: dict[str, str] = {}
        self.answers_data = "250 taken"
        self.waits = 0.0
        self.greeted = 0

    async def handle_RCPT(self, _server: SMTP, _session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.waits:
            await asyncio.sleep(self.waits)
        if self.answers_data.startswith("250"):
            self.raw.append(envelope.content)
            self.recipients.append(list(envelope.rcpt_tos))
            self.got.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        return self.answers_data

    def subjects(self) -> list[str]:
        return [str(one["Subject"]) for one in self.got]


@contextmanager
def a_mail_server(port: int = 0, sink: Sink | None = None) -> Iterator[tuple[Sink, str]]:
    """Run a mail server on a free port of this machine; gives what it got and its address."""
    sink = sink or Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield sink, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop(no_assert=True)


def free_port() -> int:
    """A port on which nobody listens now."""
    import socket  # noqa: PLC0415

    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def mailing(database: Database, url: str = "", **changed: Any) -> Settings:
    """Settings with a mail server."""
    return settings_for(database, smtp_url=url, mail_from=FROM if url else "", **changed)


def delivered(database: Database, **changed: Any) -> list[EmailMessage]:
    """Deliver all that is due to a server that takes everything, and return it in order."""
    with a_mail_server() as (sink, url):
        deliver_all(database, mailing(database, url, **changed))
    return sink.got


def text_of(message: EmailMessage) -> str:
    """What a message says as plain text."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    """What a message says as HTML."""
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def waited(condition: Any, seconds: float = 10.0) -> bool:
    """Wait until something holds; False when it takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False
