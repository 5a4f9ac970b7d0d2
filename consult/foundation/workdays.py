"""Working days: which days the Algemene termijnenwet counts, and terms of so many of them.

Source: Algemene termijnenwet, articles 1 (Saturdays and Sundays) and 3 (the days named by law). Days that
are decreed for one year (article 3, third paragraph) are handed over as `decreed`. A day is a local date:
whoever knows a moment takes its date in the Netherlands first.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

DAY = timedelta(days=1)
SATURDAY = 5


def easter(year: int) -> date:
    """Return Easter Sunday of a year of the Gregorian calendar, by the anonymous Gregorian algorithm.

    Source: "To find Easter", Nature 13 (20 April 1876), p. 487; the letters are those of Meeus,
    Astronomical Algorithms (1991), chapter 8.
    """
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * ell) // 451
    month, day = divmod(h + ell - 7 * m + 114, 31)
    return date(year, month, day + 1)


@cache
def holidays(year: int) -> dict[date, str]:
    """Return the days of a year that article 3 names, in order, each with its Dutch name.

    5 May counts each year, whatever the collective agreements say. The King's birthday is celebrated on
    27 April, on Saturday the 26th when that is a Sunday. Easter Day and Whit Sunday are Sundays already.
    Two may fall on one day (Ascension on 5 May 2016): that day has both names.
    """
    sunday, birthday = easter(year), date(year, 4, 27)
    named = [
        (date(year, 1, 1), "Nieuwjaarsdag"),
        (sunday - 2 * DAY, "Goede Vrijdag"),
        (sunday + DAY, "Tweede Paasdag"),
        (birthday - DAY if birthday.weekday() > SATURDAY else birthday, "Koningsdag"),
        (date(year, 5, 5), "Bevrijdingsdag"),
        (sunday + 39 * DAY, "Hemelvaartsdag"),
        (sunday + 50 * DAY, "Tweede Pinksterdag"),
        (date(year, 12, 25), "Eerste Kerstdag"),
        (date(year, 12, 26), "Tweede Kerstdag"),
    ]
    found: dict[date, str] = {}
    for day, name in sorted(named):
        found[day] = f"{found[day]}, {name}" if day in found else name
    return found


def is_workday(day: date, decreed: Collection[date] = ()) -> bool:
    """Say whether a day is neither a Saturday, a Sunday, a day named by article 3, nor decreed to be like one."""
    return day.weekday() < SATURDAY and day not in holidays(day.year) and day not in decreed


def next_workday(day: date, decreed: Collection[date] = ()) -> date:
    """Return this day, or the first working day after it: where a term that ends on it ends (article 1)."""
    while not is_workday(day, decreed):
        day += DAY
    return day


def add_workdays(day: date, n: int, decreed: Collection[date] = ()) -> date:
    """Return the n-th working day after a day, which does not count itself; n is 0 or more.

    With 0 the day itself, whether it is a working day or not.
    """
    if n < 0:
        raise ValueError("working days are counted forward")
    for _each in range(n):
        day = next_workday(day + DAY, decreed)
    return day
