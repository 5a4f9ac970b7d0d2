"""When things happen in a story: by how much it is shifted, also in its texts, and moments within a phase."""

import dataclasses
import random
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from consult.opendata.source import ZONE

WEEK = 7
MONTHS = "januari februari maart april mei juni juli augustus september oktober november december".split()
WRITTEN = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})\b")
WAKING = (8 * 60, 22 * 60)  # minutes of the day between which residents write
OFFICE = (9 * 60, 17 * 60)


def shift_for(first_day: date, last_day: date, today: date) -> timedelta:
    """Return by how much a story is shifted so that a phase of it is open today.

    Not at all where that will do; otherwise by whole weeks, such that today is as near to the middle of the
    phase as can be. A phase that is shorter than a week may need single days.
    """
    least, most = -((last_day - today).days // WEEK), (today - first_day).days // WEEK
    if least <= 0 <= most:
        return timedelta()
    middle = (last_day - first_day).days / 2
    if least > most:
        return today - first_day - timedelta(days=int(middle))
    weeks = min(range(least, most + 1), key=lambda n: abs((today - first_day).days - n * WEEK - middle))
    return timedelta(weeks=weeks)


def moved(told: Any, shift: timedelta) -> Any:
    """Return a part of a story of which the dates that stand within sentences ("1 februari 2027") are shifted."""
    if type(told) is str:  # a word of an enumeration stays what it is
        return WRITTEN.sub(lambda found: _moved_day(found, shift), told)
    if isinstance(told, list | tuple):
        return type(told)(moved(one, shift) for one in told)
    if dataclasses.is_dataclass(told) and not isinstance(told, type):
        fields = {field.name: moved(getattr(told, field.name), shift) for field in dataclasses.fields(told)}
        return dataclasses.replace(told, **fields)
    return told


def _moved_day(found: re.Match[str], shift: timedelta) -> str:
    day, month, year = found.groups()
    then = date(int(year), MONTHS.index(month) + 1, int(day)) + shift
    return f"{then.day} {MONTHS[then.month - 1]} {then.year}"


def at(day: date, minute: int) -> datetime:
    """Return a moment on a local day, `minute` minutes after midnight on the wall."""
    hour, left = divmod(minute, 60)
    return datetime.combine(day, time(hour, left), ZoneInfo(ZONE)).astimezone(UTC)


def spread(
    opens_at: datetime, closes_at: datetime, count: int, dice: random.Random, hours: tuple[int, int] = WAKING
) -> list[datetime]:
    """Return `count` moments in order, evenly over a stretch of time and inside it; office hours leave weekends out."""
    zone = ZoneInfo(ZONE)
    found = []
    for number in range(count):
        middle = opens_at + (closes_at - opens_at) * ((number + 0.5) / count)
        day = middle.astimezone(zone).date()
        if hours == OFFICE:
            day -= timedelta(days=max(0, day.weekday() - 4))
        moment = at(day, dice.randrange(*hours))
        found.append(moment if opens_at <= moment < closes_at else middle)
    return sorted(found)


def in_office(moment: datetime, dice: random.Random) -> datetime:
    """Return a moment of the next working day, as somebody at the town hall gets round to it."""
    day = moment.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return at(day, dice.randrange(*OFFICE))
