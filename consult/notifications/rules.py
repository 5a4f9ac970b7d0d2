"""Pure decisions about messages: when one is due, when it is tried again, and who may switch what off."""

import hmac
import random
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from consult.foundation.language import N_, ZONE, gettext, local
from consult.notifications.models import Cadence, Topic
from consult.policy import Actor, Role

TRIES = 10
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=24)  # ten tries take about two days
DIGEST_AT = time(8)  # on the wall clock
KEPT_FOR = timedelta(days=30)
FRESH_FOR = timedelta(days=2)  # a phase that began longer ago is no news
REMINDS_BEFORE = timedelta(days=7)
WARNS_BEFORE = timedelta(days=3)
WORTH_REMINDING = timedelta(days=14)  # a phase shorter than that has no last week
GATHERED = frozenset({Cadence.DAILY, Cadence.WEEKLY})

DEFAULTS: dict[Topic, Cadence] = {
    Topic.OWN: Cadence.IMMEDIATELY,
    Topic.FOLLOWED: Cadence.DAILY,
    Topic.ORGANISATION: Cadence.IMMEDIATELY,
    Topic.WORK: Cadence.IMMEDIATELY,
}

PROBLEMS: dict[str, str] = {
    "unreachable": N_("the mail server could not be reached"),
    "broken": N_("the mail server broke off"),
    "refused": N_("the mail server does not take mail for this address"),
    "rejected": N_("the mail server did not take this message"),
    "unsupported": N_("the mail server cannot send to such an address"),
    "unconfirmed": N_("the address was never confirmed"),
    "demo": N_("people of the demo get no mail"),
    "not_an_address": N_("what stands there is no address"),
    "off": N_("the person does not want this message"),
    "over": N_("what it tells of is gone, or not public any more"),
    "late": N_("it was of no use any more"),
    "empty": N_("there was nothing left to tell"),
    "unwritten": N_("it could not be written"),
}


@dataclass(frozen=True)
class Switch:
    """What a link to switch off stands for: these topics of this person; no topic means all that come together."""

    person_id: uuid.UUID
    topic: Topic | None


def topics_of(actor: Actor) -> list[Topic]:
    """Return the topics of which somebody can hear at all."""
    speaks = actor.role is Role.ORGANISATION or bool(actor.memberships)
    left_out = {Topic.ORGANISATION: not speaks, Topic.WORK: not actor.is_staff}
    return [topic for topic in Topic if not left_out.get(topic)]


def next_digest(cadence: Cadence, after: datetime) -> datetime:
    """Return when the next digest goes out: at eight in the morning, of the next day or of the next Monday.

    Both on the wall clock of the Netherlands, so that the changes of the clock in spring and autumn move nothing.
    """
    there = local(after)
    day = there.date() if there.time() < DIGEST_AT else there.date() + timedelta(days=1)
    if cadence is Cadence.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)
    return digest_on(day)


def digest_on(day: date) -> datetime:
    """Return the moment of the digest of a day, in UTC."""
    return datetime.combine(day, DIGEST_AT, ZONE).astimezone(UTC)


def wait_after(attempts: int, dice: random.Random) -> timedelta | None:
    """Return how long to wait after so many tries that failed, or None when that was enough.

    Three times as long after each, up to a day, and up to a fifth more or less, so that not all come at once.
    """
    if attempts >= TRIES:
        return None
    wait = min(FIRST_WAIT * float(3 ** (attempts - 1)), LONGEST_WAIT)
    return wait * dice.uniform(0.8, 1.2)


def words_of(problem: str) -> str:
    """Say in words why a message was not sent, with the code of the mail server where there is one."""
    name, _, code = problem.partition(" ")
    words = gettext(PROBLEMS[name]) if name in PROBLEMS else problem
    return f"{words} ({code})" if code else words


def switch_token(switch: Switch, secret: str) -> str:
    """Return the token with which a message can be switched off without signing in; it never expires."""
    told = f"{switch.person_id.hex}.{switch.topic.value if switch.topic else 'together'}"
    return f"{told}.{_seal(told, secret)}"


def read_switch(token: str, secret: str) -> Switch | None:
    """Return what a token switches off, or None when it is not one of ours."""
    told, _, seal = token.rpartition(".")
    if not hmac.compare_digest(seal.encode(), _seal(told, secret).encode()):
        return None
    person, _, topic = told.partition(".")
    return Switch(uuid.UUID(person), None if topic == "together" else Topic(topic))


def _seal(told: str, secret: str) -> str:
    sealed = hmac.new(secret.encode(), f"messages off|{told}".encode(), sha256).digest()
    return urlsafe_b64encode(sealed).decode().rstrip("=")
