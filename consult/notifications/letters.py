"""Writing messages: the words of a kind, filled in for one recipient, as text and as HTML in one e-mail."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from textwrap import indent
from typing import Any

from jinja2 import Environment, FileSystemLoader

from consult.config import Settings
from consult.foundation import clock, language, text
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext
from consult.notifications import rules
from consult.notifications.kinds import DIGEST, KINDS
from consult.notifications.models import Topic
from consult.notifications.queries import Recipient
from consult.notifications.rules import Switch
from consult.notifications.values import Over, Telling, Values, values_of

TEMPLATES = Path(__file__).parents[2] / "templates"
LONGEST_SUBJECT = 150
LONGEST_NAME = 60


@dataclass(frozen=True)
class Letter:
    """What one message says, in the language of its reader, before it is text or HTML.

    `parts` are the notices that stand in a digest. `off` is where it is switched off without signing in.
    """

    subject: str
    says: Sequence[str] = ()
    quote: str = ""
    button: tuple[str, str] | None = None
    parts: Sequence["Letter"] = ()
    reason: str = ""
    choose: str = ""
    off: str = ""
    site: str = ""
    contact: str = ""
    home: str = ""


# --- what it says ---


def write(telling: Telling, recipient: Recipient | None) -> Letter:
    """Write the message of one kind; raises Over where there is nothing to tell any more."""
    kind = KINDS[telling.kind]
    values = {name: _clean(name, value) for name, value in values_of(telling).items()}
    letter = Letter(
        subject=_fill(kind.subject, values)[:LONGEST_SUBJECT],
        says=[said for sentence in kind.says if (said := _fill(sentence, values))],
        quote=values[kind.quotes] if kind.quotes else "",
        button=(_(kind.button), values[kind.goes_to]) if kind.button else None,
        reason=_fill(kind.reason, values),
    )
    return _around(letter, telling, values, recipient, kind.topic)


def write_digest(telling: Telling, parts: Sequence[Letter], recipient: Recipient) -> Letter:
    """Write one message out of several; raises Over where none is left."""
    if not parts:
        raise Over
    values = {name: _clean(name, value) for name, value in values_of(telling).items()}
    first, more = parts[0].subject, len(parts) - 1
    more_words = ngettext("%(first)s, and one more", "%(first)s, and %(num)s more", more, first=first)
    subject = (more_words if more else first)[:LONGEST_SUBJECT]
    letter = Letter(subject=subject, parts=parts, reason=_fill(KINDS[DIGEST].reason, values))
    return _around(letter, telling, values, recipient, None, gathers=True)


def _around(
    letter: Letter,
    telling: Telling,
    values: Values,
    recipient: Recipient | None,
    topic: Topic | None,
    *,
    gathers: bool = False,
) -> Letter:
    """Put under a message from whom it is, and where its reader changes how often they hear."""
    off = ""
    if recipient is not None and (topic is not None or gathers):
        token = rules.switch_token(Switch(recipient.person_id, topic), telling.settings.secret_key)
        off = telling.address(f"/messages/off/{token}")
    return replace(
        letter,
        off=off,
        choose=telling.address("/me/messages") if off else "",
        site=values["site"],
        contact=values["contact"],
        home=telling.address("/"),
    )


def _fill(sentence: str, values: Mapping[str, str]) -> str:
    return text.one_line(_(sentence, **values))


def _clean(name: str, value: Any) -> str:
    """Let nothing into a message that could end a line of its head or hide in it."""
    return text.body(str(value)) if name in {kind.quotes for kind in KINDS.values()} else text.one_line(str(value))


# --- as text, as HTML, as an e-mail ---


def as_text(letter: Letter) -> str:
    """Return what a message says as plain text."""
    return "\n\n".join([*_lines(letter), "-- \n" + "\n".join(_foot(letter))]) + "\n"


def _lines(letter: Letter) -> Iterator[str]:
    yield from letter.says
    if letter.quote:
        yield indent(letter.quote, "> ", lambda _line: True)
    if letter.button is not None:
        yield f"{letter.button[0]}:\n{letter.button[1]}"
    for part in letter.parts:
        yield f"* {part.subject}"
        yield from _lines(part)


def _foot(letter: Letter) -> Iterator[str]:
    yield letter.reason
    if letter.off:
        choose, off = _("Change how often you hear from us"), _("Get no more of these messages")
        yield f"{choose}: {letter.choose}"
        yield f"{off}: {letter.off}"
    yield ", ".join(dict.fromkeys([letter.site, letter.contact]))


def as_html(letter: Letter) -> str:
    """Return what a message says as a page that stands by itself."""
    template = _templates().get_template("notifications/mail.html")
    return template.render(letter=letter, locale=language.locale(), style=style())


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made


@cache
def style() -> str:
    """Return the sheet that stands in the head of every message; a mail program fetches none."""
    return (TEMPLATES / "notifications" / "mail.css").read_text("utf-8")


def style_source() -> str:
    """Return how a content policy names that sheet."""
    return f"'sha256-{b64encode(sha256(style().encode()).digest()).decode()}'"


def as_email(letter: Letter, settings: Settings, message_id: str, recipient: str) -> EmailMessage:
    """Return a message to one recipient, as text and as HTML; raises ValueError for what is no address.

    `message_id` stays the same when it is sent again, so that a repeat can be told.
    """
    sender = settings.mail_from or f"noreply@{settings.host.partition(':')[0]}"
    made = EmailMessage()
    made["From"] = Address(text.one_line(letter.site)[:LONGEST_NAME], addr_spec=sender)
    made["To"] = Address(addr_spec=recipient)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = f"<{message_id}@{settings.host.partition(':')[0]}>"
    made["Auto-Submitted"] = "auto-generated"
    if letter.off:
        made["List-Unsubscribe"] = f"<{letter.off}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(as_text(letter), cte="quoted-printable")
    made.add_alternative(as_html(letter), subtype="html", cte="quoted-printable")
    return made
