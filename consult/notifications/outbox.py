"""How the outbox shows messages to an administrator."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consult.config import Settings
from consult.foundation.language import gettext as _
from consult.foundation.language import moment, speaking
from consult.foundation.mail import Mail
from consult.notifications import delivery, letters, queries, rules
from consult.notifications.kinds import KINDS
from consult.notifications.values import Over


def row(one: Mail, names: Mapping[uuid.UUID, str], *, sends: bool) -> dict[str, Any]:
    """Say of a message where it is: its kind, for whom, since when, how often it was tried, and what went wrong.

    Where there is a mail server (`sends`) an address is nobody's business here.
    """
    address = one.address if one.address and not sends else _("somebody by their address")
    return {
        "mail": one,
        "kind": _kind(one),
        "who": names.get(one.recipient_id, "") if one.recipient_id else address,
        "state": state_of(one),
        "problem": rules.words_of(one.problem) if one.problem else "",
    }


def _kind(one: Mail) -> str:
    """Return what a message is about: its subject, with dots where something stands that differs."""
    kind = KINDS.get(one.kind)
    return re.sub(r"%\(\w+\)s", "…", _(kind.subject)) if kind is not None else one.kind


def state_of(one: Mail) -> str:
    """Say in words where a message is."""
    if one.sent_at is not None:
        return _("sent on %(moment)s", moment=moment(one.sent_at))
    if one.given_up_at is not None:
        return _("given up on %(moment)s", moment=moment(one.given_up_at))
    if one.waits_for is not None:
        return _("waits for one message on %(moment)s", moment=moment(one.due_at))
    return _("waits until %(moment)s", moment=moment(one.due_at))


@dataclass(frozen=True)
class Shown:
    """A message as its recipient gets it."""

    subject: str
    text: str
    html: str
    language: str


def shown(one: Mail, settings: Settings) -> Shown | None:
    """Write a message again to show it, where no mail server is set; None where one is, or nothing is left to tell.

    With a mail server a message is for its recipient alone, and may hold a secret link.
    """
    if settings.smtp_url or not settings.is_loopback or one.kind not in KINDS:
        return None
    person = queries.list_recipients([one.recipient_id]).get(one.recipient_id) if one.recipient_id else None
    if one.recipient_id is not None and person is None:
        return None
    language = person.language if person is not None else one.language
    try:
        letter = delivery.letter_of(settings, one, person)
    except Over:
        return None
    with speaking(language):
        return Shown(letter.subject, letters.as_text(letter), letters.as_html(letter), language)


def page_asked(sent: Mapping[str, str]) -> int:
    """Return the number of the page that was asked."""
    asked = sent.get("page", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 1
