"""When things happen in a story: by how much it is shifted, and moments within a phase."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from consult.opendata.source import ZONE

WEEK = 7
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
