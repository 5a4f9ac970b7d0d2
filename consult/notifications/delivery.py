"""What the worker does about messages: sharing out, gathering, writing, handing over, and trying again."""

import logging
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from functools import partial

from consult.config import Settings
from consult.foundation import clock, mail, smtp
from consult.foundation.db import Database
from consult.foundation.language import speaking
from consult.foundation.mail import Mail
from consult.foundation.smtp import Line, Undelivered
from consult.notifications import audience, letters, queries, rules, verbs
from consult.notifications.kinds import DIGEST, KINDS, URGENT
from consult.notifications.letters import Letter
from consult.notifications.models import Cadence
from consult.notifications.queries import Recipient
from consult.notifications.values import Over, Telling
from consult.policy import PARTICIPANTS, Actor
from consult.rounds.queries import find_authority

EVERY = 1.0  # seconds between looks at what is due
AT_ONCE = 20  # messages claimed together
SHARED_AT_ONCE = 500  # messages made in one transaction

_dice = random.Random()  # noqa: S311  only to fall out of step


Note = Callable[[], None]  # what is written down about a message that does not go now


@dataclass(frozen=True)
class Ready:
    """One message that is written and can go."""

    message: Mail
    letter: Letter
    address: str
    language: str


# --- what is due now and then ---


def keep_up(database: Database) -> int:
    """Tell of phases, put into digests what waits for them, forget what is old; return how many messages that made."""
    at = clock.now()
    with database.reading():
        told = [("phase_opened", phase) for phase in queries.list_begun(at)]
        told += [("last_week", phase) for phase in queries.list_ending(at)]
        told += [("gate_waiting", phase) for phase in queries.list_unreleased(at)]
        fresh = [(kind, phase) for kind, phase in told if not queries.is_told(verbs.dedupe_of(kind, phase))]
        people = queries.list_gatherable(at)
        is_old = queries.has_old_mail(at - rules.KEPT_FOR)
    for kind, phase in fresh:
        with database.writing():
            verbs.tell_of(kind, phase)
    for person_id in people:
        with database.writing():
            verbs.gather(person_id, at)
    if is_old:
        with database.writing():
            mail.forget_old(at - rules.KEPT_FOR)
    return len(fresh) + len(people)


# --- what is due at once ---


def deliver_forever(database: Database, settings: Settings, stop: threading.Event) -> None:
    """Deliver what is due, rest a second, and look again until told to stop."""
    while not stop.is_set():
        done = 0
        try:
            done = deliver_once(database, settings, stop.is_set)
        except Exception as problem:  # the next turn tries again; a worker that dies helps nobody
            logging.getLogger("consult").error("%s while delivering", type(problem).__name__)
        if done < AT_ONCE:
            stop.wait(EVERY)


def deliver_all(database: Database, settings: Settings) -> int:
    """Deliver everything that is due now, and return how many messages that were."""
    done = 0
    while some := deliver_once(database, settings):
        done += some
    return done


def deliver_once(database: Database, settings: Settings, is_over: Callable[[], bool] = lambda: False) -> int:
    """Claim some messages that are due and deliver them, up to where `is_over`; return how many were claimed.

    Whoever halts in between loses nothing: what was claimed and not noted as sent is due again once its lease is over.
    """
    with database.reading():
        if not mail.is_due(clock.now()):
            return 0
    claimed = database.write(lambda: mail.claim(clock.now(), AT_ONCE, URGENT))
    for one in claimed:
        if one.recipient_id is None and one.address is None:
            _share_out(database, one)
    ready = _prepare(database, settings, [one for one in claimed if one.recipient_id or one.address])
    if ready:
        _hand_over(database, settings, ready, is_over)
    return len(claimed)


def _share_out(database: Database, origin: Mail) -> None:
    """Have what happened told to everybody whom it concerns; begun again after a halt it tells nobody twice."""
    with database.reading():
        concerned = audience.list_concerned(origin.kind, origin.facts)
    for start in range(0, len(concerned), SHARED_AT_ONCE):
        some = [(one.person_id, one.kind, one.facts) for one in concerned[start : start + SHARED_AT_ONCE]]
        with database.writing():
            mail.share_out(origin, some)
    with database.writing():
        mail.note_sent(origin.id, clock.now(), keeps_address=True)


# --- writing ---


def _prepare(database: Database, settings: Settings, claimed: Sequence[Mail]) -> list[Ready]:
    """Write what can go now; note in one transaction what waits, is not wanted, or has nothing to tell any more."""
    ready: list[Ready] = []
    notes: list[Note] = []
    with database.reading():
        people = queries.list_recipients({one.recipient_id for one in claimed if one.recipient_id})
        demo = queries.list_demo_addresses({one.address for one in claimed if one.address})
        for one in claimed:
            person = people.get(one.recipient_id) if one.recipient_id else None
            is_demo = person.is_demo if person else one.address in demo
            note = _judge(one, person, clock.now(), keeps_demo=is_demo and bool(settings.smtp_url))
            found = note or _write(settings, one, person)
            if isinstance(found, Ready):
                ready.append(found)
            else:
                notes.append(found)
    _note(database, notes)
    return ready


def _judge(one: Mail, person: Recipient | None, at: datetime, *, keeps_demo: bool) -> Note | None:
    """Say what becomes of a message that does not go now; None when it does."""
    if one.recipient_id is not None and person is None:  # there is nobody to get it
        return lambda: mail.forget(one.id)
    kind = KINDS.get(one.kind)
    if kind is None:
        return lambda: mail.give_up(one.id, at, "unwritten")
    cadence = person.cadence(kind.topic) if person is not None and kind.topic is not None else Cadence.IMMEDIATELY
    is_stranger = person is not None and not person.is_confirmed and person.role in PARTICIPANTS
    hindrances = {
        "demo": keeps_demo,
        "late": kind.within is not None and at - one.enqueued_at > kind.within,
        "unconfirmed": kind.topic is not None and is_stranger,
        "off": cadence is Cadence.NONE,
    }
    problem = next((name for name, holds in hindrances.items() if holds), None)
    if problem is not None:
        return lambda: mail.give_up(one.id, at, problem)
    if kind.gathers and cadence is Cadence.IMMEDIATELY:
        cadence = Cadence.DAILY
    if cadence in rules.GATHERED:
        return lambda: mail.keep_for(one.id, cadence.value, rules.next_digest(cadence, at))
    return None


def _write(settings: Settings, one: Mail, person: Recipient | None) -> Ready | Note:
    """Write one message, or say what becomes of it where that fails."""
    at = clock.now()
    try:
        letter = letter_of(settings, one, person)
    except Over:
        return lambda: mail.give_up(one.id, at, "empty" if one.kind == DIGEST else "over")
    except Exception as problem:  # one message that cannot be written must not hold up the others
        name = type(problem).__name__
        logging.getLogger("consult").error("%s while writing a message of kind %s", name, one.kind)
        return lambda: _failed(one, f"unwritten {name}")
    return Ready(one, letter, person.email if person else one.address or "", _language(one, person))


def letter_of(settings: Settings, one: Mail, person: Recipient | None) -> Letter:
    """Write a message in the language of its recipient, in the unit that is open; raises Over."""
    with speaking(_language(one, person)):
        if one.kind != DIGEST:
            return letters.write(_telling(settings, one, person), person)
        assert person is not None
        parts = []
        for notice in queries.list_notices(one.id):
            topic = KINDS[notice.kind].topic
            if topic is None or person.cadence(topic) is not Cadence.NONE:
                with suppress(Over):
                    parts.append(letters.write(_telling(settings, notice, person), person))
        return letters.write_digest(_telling(settings, one, person), parts, person)


def _telling(settings: Settings, one: Mail, person: Recipient | None) -> Telling:
    at = clock.now()
    actor = person.acting(at) if person is not None else Actor(at)
    return Telling(one.kind, actor, at, settings, find_authority(), one.facts)


def _language(one: Mail, person: Recipient | None) -> str:
    return person.language if person is not None else one.language


# --- handing over ---


def email_of(settings: Settings, one: Ready) -> EmailMessage:
    """Return a message as it goes over the line; raises ValueError or MessageError for what is no address."""
    with speaking(one.language):
        return letters.as_email(one.letter, settings, one.message.id.hex, one.address)


def _hand_over(database: Database, settings: Settings, ready: Sequence[Ready], is_over: Callable[[], bool]) -> None:
    if not settings.smtp_url:
        for one in ready:
            _show(settings, one)
            with database.writing():
                mail.note_sent(one.message.id, clock.now(), keeps_address=True)
        return
    server, until = smtp.read(settings.smtp_url), time.monotonic() + mail.LEASE.total_seconds() / 2
    try:
        with Line(server, settings.host.partition(":")[0]) as line:
            for place, one in enumerate(ready):
                if line.is_broken or is_over() or time.monotonic() > until:  # the rest waits for whoever is next
                    _let_go(database, ready[place:])
                    return
                _send(database, settings, line, one)
    except Undelivered as problem:  # nobody answered
        name = problem.problem
        _note(database, [partial(_failed, one.message, name) for one in ready])


def _note(database: Database, notes: Sequence[Note]) -> None:
    if notes:
        with database.writing():
            for note in notes:
                note()


def _send(database: Database, settings: Settings, line: Line, one: Ready) -> None:
    try:
        line.send(email_of(settings, one), settings.mail_from, one.address)
    except (ValueError, MessageError):
        database.write(lambda: mail.give_up(one.message.id, clock.now(), "not_an_address"))
    except Undelivered as undelivered:
        problem, is_permanent = undelivered.problem, undelivered.is_permanent
        database.write(lambda: _failed(one.message, problem, is_permanent=is_permanent))
    else:
        database.write(lambda: mail.note_sent(one.message.id, clock.now(), keeps_address=False))


def _failed(one: Mail, problem: str, *, is_permanent: bool = False) -> None:
    """Have a message tried again later, or give it up when it was tried often enough or is refused for good."""
    at = clock.now()
    wait: timedelta | None = None if is_permanent else rules.wait_after(one.attempts + 1, _dice)
    if wait is None:
        mail.give_up(one.id, at, problem)
    else:
        mail.put_off(one.id, at + wait, problem)


def _let_go(database: Database, rest: Sequence[Ready]) -> None:
    ids: list[uuid.UUID] = [one.message.id for one in rest]
    database.write(lambda: mail.let_go(ids))


def _show(settings: Settings, one: Ready) -> None:
    """Print a message where the worker runs, for an installation that has no mail server."""
    with speaking(one.language):
        told = f"--- to {one.address}: {one.letter.subject}\n\n{letters.as_text(one.letter)}---\n"
    sys.stdout.write(told)
    sys.stdout.flush()
