"""What the worker reminds people of: once before a day, and once after it."""

import uuid
from collections import defaultdict
from datetime import date
from functools import partial
from typing import Any

from consult.foundation import clock, mail
from consult.foundation.db import Database
from consult.foundation.language import local
from consult.notifications.due import AHEAD, BEHIND, list_days, list_unsigned
from consult.notifications.queries import is_told, told_under


def remind(database: Database) -> int:
    """Tell once of what is due soon, and once of what is late; return how many messages that made.

    All of one round and one day stands in one message, and each reads of it what is for them. What gets that day later
    comes in a next message; nothing is told on the day on which it was recorded.
    """
    with database.reading():
        today = local(clock.now()).date()
        fresh = [*_list_days(today), *_list_unsigned(today)]
    for name, kind, facts in fresh:
        database.write(partial(mail.enqueue, kind, dedupe=name, **facts))
    return len(fresh)


Told = tuple[str, str, dict[str, Any]]  # the name by which it is known that it was told, its kind and its facts


def _list_days(today: date) -> list[Told]:
    """List the messages about things with a day that were not told yet."""
    things: dict[tuple[str, uuid.UUID | None, date], list[str]] = defaultdict(list)
    for one in list_days(today - BEHIND, today + AHEAD):
        if one.day is None or today in (one.day, one.since):
            continue  # a reminder went before it, or it is too late for one that helps; or somebody has just set it
        things["day_near" if one.day > today else "day_past", one.round_id, one.day].append(one.id.hex)
    found: list[Told] = []
    for (kind, round_id, day), ids in things.items():
        of_round = {"round": round_id} if round_id is not None else {}
        name, told = told_under(f"{kind}|{round_id or ''}|{day}")
        if fresh := [one for one in ids if one not in told]:
            found.append((name, kind, {**of_round, "day": day.isoformat(), "things": " ".join(fresh)}))
    return found


def _list_unsigned(today: date) -> list[Told]:
    """List the messages about signatures that lack and that were not told yet."""
    found: list[Told] = []
    for gate, phase in list_unsigned(today):
        when = "near" if phase.first_day >= today else "past"
        facts = {"round": gate.round_id, "gate": gate.id, "phase": phase.id}
        found.append((f"signature_due|{gate.id}|{phase.first_day}|{when}", "signature_due", facts))
    return [one for one in found if not is_told(one[0])]
