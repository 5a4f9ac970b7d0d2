"""Pure decisions: from local days to moments, whether a phase takes an act, and what a round asks of people."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TypeGuard
from zoneinfo import ZoneInfo

from consult.foundation.errors import NotAllowed, NotNow
from consult.foundation.language import N_, ZONE, Worded
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.foundation.language import moment as say
from consult.policy import Act, Actor
from consult.rounds.models import Phase, Round, Verification

GRACE = timedelta(seconds=60)  # no request lives longer, so a scheduled close waits for it

EARLIEST, LATEST = 1900, 2200  # years


def midnight(day: date, zone: str) -> datetime:
    """Return the first moment of a local day, in UTC.

    Where the clock jumps over midnight the day begins right after the jump.
    """
    there = datetime.combine(day, time(), ZoneInfo(zone))
    return there.astimezone(UTC)


def span(first_day: date, last_day: date, zone: str) -> tuple[datetime, datetime]:
    """Return when a phase opens and closes: both days count whole, and the end is the next midnight."""
    return midnight(first_day, zone), midnight(last_day + timedelta(days=1), zone)


def is_plannable(day: date | None) -> TypeGuard[date]:
    """Say whether a phase can begin or end on a day: one that a person may mean, in our calendar."""
    return day is not None and EARLIEST <= day.year <= LATEST


def overlap(spans: Iterable[tuple[datetime, datetime]]) -> bool:
    """Say whether any two half-open stretches of time share a moment."""
    ordered = sorted(spans)
    return any(later[0] < earlier[1] for earlier, later in pairwise(ordered))


def takes(phase: Phase, at: datetime) -> bool:
    """Say whether a phase takes acts at a moment: opens ≤ at < closes, cleared, and nobody is closing it."""
    return (
        phase.closed_at is None
        and phase.closing_at is None
        and phase.cleared_at is not None
        and phase.cleared_at <= at
        and phase.opens_at <= at < phase.closes_at
    )


def judge(phase: Phase, at: datetime) -> None:
    """Raise NotNow, with the dates, unless the phase takes acts at the moment."""
    if takes(phase, at):
        return
    if at < phase.opens_at:
        raise NotNow(_("This is not open yet. It opens on %(opens)s.", opens=say(phase.opens_at)))
    if phase.closed_at is not None or phase.closing_at is not None or at >= phase.closes_at:
        closed = min(phase.closes_at, phase.closed_at or phase.closing_at or phase.closes_at)
        last = (closed - timedelta(microseconds=1)).astimezone(ZoneInfo(phase.zone or ZONE.key)).date()
        if closed == midnight(last + timedelta(days=1), phase.zone or ZONE.key):
            raise NotNow(_("This was possible up to and including %(day)s.", day=say_day(last)))
        raise NotNow(_("This closed on %(closed)s.", closed=say(closed)))
    raise NotNow(_("This phase was due to open on %(opens)s, but it was not released yet.", opens=say(phase.opens_at)))


def current(phases: Iterable[Phase], at: datetime) -> Phase | None:
    """Return the phase that is open at a moment, if any."""
    return next((phase for phase in phases if takes(phase, at)), None)


def coming(phases: Iterable[Phase], at: datetime) -> Phase | None:
    """Return the first phase that has still to open."""
    return min((p for p in phases if p.opens_at > at), key=lambda p: p.opens_at, default=None)


def may_close(phase: Phase, at: datetime) -> bool:
    """Say whether the deadline is so long past that no request in flight can still count."""
    return at >= phase.closes_at + GRACE


# How it can be checked who takes part, the strictest first. A national sign-in also asks a ground in law.
STRICT_FIRST = (
    Verification.EID,
    Verification.LETTER_CODE,
    Verification.LIST,
    Verification.EMAIL_PLUS_AREA,
    Verification.EMAIL,
    Verification.NONE,
)
STRICTEST = Verification.LETTER_CODE  # that an installation can use without asking anybody


class Lack(Worded):
    """What somebody has still to show before a round takes something from them."""

    ADDRESS = "address", N_("Your e-mail address is not confirmed yet. Open the link that we mailed to you.")
    AREA = "area", N_("This round asks in which neighbourhood people live who vote. Tell yours first.")
    CODE = "code", N_("In this round you vote with the code from the letter that you got. Fill in that code first.")
    IDENTITY = "identity", N_("In this round you first show who you are with a national sign-in. Then you can vote.")
    LIST = "list", N_("In this round people vote who are on a list. Let us look first whether your address is on it.")


class Unproven(NotAllowed):
    """The actor has still to show what the round asks; `slug` is the round whose page says how."""

    def __init__(self, lack: Lack, slug: str) -> None:
        super().__init__(lack.words)
        self.lack, self.slug = lack, slug


PROOFS = {
    Verification.LETTER_CODE: Lack.CODE,
    Verification.LIST: Lack.LIST,
    Verification.EID: Lack.IDENTITY,
}
ASKED = {
    Verification.EMAIL: (Lack.ADDRESS,),
    Verification.EMAIL_PLUS_AREA: (Lack.ADDRESS, Lack.AREA),
    **{way: (proof,) for way, proof in PROOFS.items()},
    Verification.LIST: (Lack.ADDRESS, Lack.LIST),
}  # of a vote, in this order


def asked(subject: Round, act: Act) -> tuple[Lack, ...]:
    """Return what a round asks people to show for an act: of a vote what it says, else at most a confirmed address."""
    of_votes = ASKED.get(subject.verification, ())
    return of_votes if act is Act.CAST_VOTE or not of_votes else (Lack.ADDRESS,)


def lack(subject: Round, act: Act, actor: Actor, *, is_known: bool = False) -> Lack | None:
    """Say what the actor has still to show before an act in a round, or None.

    `is_known`: the actor's account belongs to a voter of the round, which only a code, a place on the list or a
    national sign-in brings about where one of them is asked.
    """
    if actor.is_system or actor.is_anonymous:
        return None
    shown = {Lack.ADDRESS: actor.is_confirmed, Lack.AREA: bool(actor.area_code)}
    return next((one for one in asked(subject, act) if not shown.get(one, is_known)), None)


def demand(subject: Round, act: Act, actor: Actor, *, is_known: bool = False) -> None:
    """Raise Unproven while the actor has still to show something before an act; see `lack`."""
    found = lack(subject, act, actor, is_known=is_known)
    if found is not None:
        raise Unproven(found, subject.slug)
