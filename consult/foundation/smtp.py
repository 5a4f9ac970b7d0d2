"""Handing messages to a mail server, and what its refusals mean."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT = 20.0  # seconds for each word of the server
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
BAD_MAILBOX = re.compile(r"5\.[12]\.\d")  # RFC 3463: the address or the mailbox itself is the problem
ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\]{1,64}@[^\s@,;:<>()\[\]\"\\]{1,253}")
BARE_PERMANENT = frozenset({521, 550, 551, 552, 553, 556})


@dataclass(frozen=True)
class Server:
    """A mail server as `CONSULT_SMTP_URL` names it."""

    host: str
    port: int
    is_tls: bool = False
    starts_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


class Undelivered(Exception):
    """A message was not taken; `problem` is a word with a code, never an address; trying again may be of no use."""

    def __init__(self, problem: str, *, is_permanent: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.is_permanent = problem, is_permanent


def read(url: str) -> Server:
    """Read `smtp://user:password@host:587?starttls=1` or `smtps://host`; raises ValueError with a sentence."""
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/"):
        raise ValueError("must be like smtp://user:password@mail.gemeente.nl:587?starttls=1 or smtps://….")
    if set(asked) - {"starttls"} or asked.get("starttls", "1") not in {"0", "1"}:
        raise ValueError("knows one addition only: ?starttls=1.")
    is_tls = parts.scheme == "smtps"
    starts_tls = not is_tls and asked.get("starttls") == "1"
    if parts.username and not (is_tls or starts_tls or parts.hostname in LOOPBACK):
        raise ValueError("would send its password in the open; add ?starttls=1 or use smtps://.")
    port = parts.port or (465 if is_tls else 587 if starts_tls else 25)
    return Server(
        parts.hostname, port, is_tls, starts_tls, unquote(parts.username or ""), unquote(parts.password or "")
    )


def is_address(text: str) -> bool:
    """Say whether a text is one plain address, and nothing that a header or a server could take otherwise."""
    if not ADDRESS.fullmatch(text) or not text.isprintable():
        return False
    try:
        Address(addr_spec=text)
    except (ValueError, MessageError):
        return False
    return True


class Line:
    """One connection, over which messages go one after the other; `own_name` is how we greet the server.

    Opening and sending raise Undelivered. After a failure that is not about one recipient `is_broken` is true.
    """

    def __init__(self, server: Server, own_name: str) -> None:
        self.server, self.own_name = server, own_name
        self.is_broken = False

    def __enter__(self) -> Self:
        server, safe = self.server, ssl.create_default_context()
        try:
            if server.is_tls:
                self.open: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, self.own_name, timeout=TIMEOUT, context=safe
                )
            else:
                self.open = smtplib.SMTP(server.host, server.port, self.own_name, timeout=TIMEOUT)
            if server.starts_tls:
                self.open.starttls(context=safe)
            if server.user:
                self.open.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as problem:
            raise Undelivered(f"unreachable {_code(problem)}") from problem
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, smtplib.SMTPException):
            self.open.quit()

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand over one message to one recipient."""
        try:
            self.open.send_message(message, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as problem:
            code, answer = next(iter(problem.recipients.values()))
            self.is_broken = code == 421
            raise Undelivered(f"refused {_told(code, answer)}", is_permanent=_is_final(code, answer)) from problem
        except smtplib.SMTPNotSupportedError as problem:
            raise Undelivered("unsupported", is_permanent=True) from problem
        except smtplib.SMTPDataError as problem:
            final = _is_final(problem.smtp_code, problem.smtp_error)
            raise Undelivered(f"rejected {_code(problem)}", is_permanent=final) from problem
        except (OSError, smtplib.SMTPException) as problem:
            self.is_broken = True
            raise Undelivered(f"broken {_code(problem)}") from problem


def _is_final(code: int, answer: bytes | str) -> bool:
    """Say whether a refusal is about the mailbox and so stays; one of our standing or settings may be mended."""
    told = _told(code, answer)
    return bool(BAD_MAILBOX.search(told)) if " " in told else code in BARE_PERMANENT


def _told(code: int, answer: bytes | str) -> str:
    """Return the code of an answer with its finer one, and nothing of its words, for they repeat the address."""
    words = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    finer = re.match(r"[245]\.\d{1,3}\.\d{1,3}", words)
    return f"{code} {finer.group()}" if finer else str(code)


def _code(problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        return _told(problem.smtp_code, problem.smtp_error)
    return type(problem).__name__
