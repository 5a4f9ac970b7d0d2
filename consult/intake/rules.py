"""Pure decisions about intake: on which days something can have come in, and what a second person looks at."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from consult.contributions.models import Channel
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.rounds.models import Phase, PhaseKind

ADDRESS_KEPT = timedelta(days=90)  # after the reply was sent
SAMPLE = 10  # one in so many forms is looked at by a second person
LONGEST_TITLE, LONGEST_TEXT, MOST_IDEAS = 120, 5_000, 10
LANGUAGES = ("nl", "en", "fy", "ar", "bg", "de", "es", "fr", "pap", "pl", "pt", "ro", "so", "ti", "tr", "uk", "zh")


def collecting(phases: Sequence[Phase]) -> list[Phase]:
    """Return the phases in which input is collected."""
    return [phase for phase in phases if phase.kind is PhaseKind.COLLECT]


def came_in_time(phases: Sequence[Phase], received_at: datetime) -> bool:
    """Say whether something came in while input was being collected, whenever it is typed in."""
    return any(phase.opens_at <= received_at < phase.closes_at for phase in collecting(phases))


def day_is_wrong(phases: Sequence[Phase], day: date, today: date) -> str:
    """Say what is wrong with the day on which something came in, with the days that are right; else nothing."""
    if day > today:
        return _("This day is still to come. Fill in the day on which it came in.")
    spans = [(phase.first_day, phase.last_day) for phase in collecting(phases)]
    if not spans:
        return _("This round collects nothing, so nothing can be entered.")
    if any(first <= day <= last for first, last in spans):
        return ""
    return _("Input was collected from %(days)s. Fill in a day within that.", days=days_of(phases))


def days_of(phases: Sequence[Phase]) -> str:
    """Say on which days input is collected."""
    return _(" and ").join(
        _("%(first)s up to and including %(last)s", first=say_day(one.first_day), last=say_day(one.last_day))
        for one in collecting(phases)
    )


def page_number(sent: str) -> int:
    """Read the number of a page from an address; anything else is the first."""
    return max(1, int(sent)) if sent.isascii() and sent.isdecimal() and len(sent) < 7 else 1


def usual_day(phases: Sequence[Phase], today: date) -> date | None:
    """Return the day that a form begins with: today while input is collected, else nothing."""
    return today if not day_is_wrong(phases, today, today) else None


def sampled(forms: int, dice: Callable[[int], int]) -> list[int]:
    """Return the places, from 0, of the forms of a file that a second person looks at: one in each ten.

    Where it stands within its ten is up to `dice`, so that nobody who makes the file can choose it; the last,
    shorter ten has one too.
    """
    tens = range(0, forms, SAMPLE)
    return [start + dice(min(SAMPLE, forms - start)) for start in tens]


@dataclass(frozen=True)
class Share:
    """How much came in by one way, or by several that are too small to be told apart; `percent` of everything."""

    channels: tuple[Channel, ...]
    number: int
    percent: int

    @property
    def words(self) -> str:
        """The ways in, as a list."""
        return ", ".join(channel.words for channel in self.channels)


def shares(counts: Mapping[Channel, int], least: int) -> list[Share]:
    """Return the share of each way in, largest first; what is below `least` is told together.

    A single small one would follow from the total, so that it is put together with the next larger one, until
    what is told together is not small any more. Nothing is told when there is too little, or nothing to compare.
    """
    there = sorted(((n, channel) for channel, n in counts.items() if n), reverse=True)
    whole = sum(n for n, _channel in there)
    if whole < least or not whole:
        return []
    large = [(n, channel) for n, channel in there if n >= least]
    small = there[len(large) :]
    while small and large and sum(n for n, _channel in small) < least:
        small.insert(0, large.pop())
    if small and not large:
        return []
    groups = [[one] for one in large] + ([small] if small else [])
    return [
        Share(tuple(channel for _n, channel in group), total, round(100 * total / whole))
        for group in groups
        for total in [sum(n for n, _channel in group)]
    ]


def likeness(text: str) -> str:
    """Return what two texts share that differ only in spaces, in capitals or in how their lines end."""
    return sha256(" ".join(re.findall(r"\w+", text.casefold())).encode()).hexdigest()[:32]


def expiry(at: datetime) -> datetime:
    """Return until when a file that was sent is kept to be looked at."""
    return at + timedelta(days=1)
