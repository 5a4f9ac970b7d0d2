"""What the worker reminds people of: once before a day, and once after it."""

from datetime import date
from functools import partial
from typing import Any

from consult.foundation import clock, mail
from consult.foundation.db import Database
from consult.foundation.language import local
from consult.notifications.due import AHEAD, BEHIND, list_days, list_unsigned
from consult.notifications.queries import is_told


def remind(database: Database) -> int:
    """Tell once of what is due soon, and once of what is late; return how many messages that made.

    All of one round and one day stands in one message, and each reads of it what is for them.
    """
    with database.reading():
        fresh = {name: told for name, told in _list_told(local(clock.now()).date()).items() if not is_told(name)}
    for name, (kind, facts) in fresh.items():
        database.write(partial(mail.enqueue, kind, dedupe=name, **facts))
    return len(fresh)


def _list_told(today: date) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return what is to be told today, each under the name by which it is known that it was."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for one in list_days(today - BEHIND, today + AHEAD):
        if one.day is None or one.day == today:
            continue  # a reminder went before it, or it is too late for one that helps
        kind = "day_near" if one.day > today else "day_past"
        of_round = {"round": one.round_id} if one.round_id is not None else {}
        found[f"{kind}|{one.round_id or ''}|{one.day}"] = (kind, {**of_round, "day": one.day.isoformat()})
    for gate, phase in list_unsigned(today):
        when = "near" if phase.first_day >= today else "past"
        facts = {"round": gate.round_id, "gate": gate.id, "phase": phase.id}
        found[f"signature_due|{gate.id}|{phase.first_day}|{when}"] = ("signature_due", facts)
    return found
