"""The account of a year as plain values: what was agreed, what came of it, at what cost, and what is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from consult.director.agreements.models import Agreement, AgreementState
from consult.director.agreements.terms import Terms
from consult.director.goals.rules import EARLIEST, LATEST
from consult.director.steering.rules import Money, PeriodState, Seen
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.foundation.text import number_in
from consult.rounds.models import PhaseKind, Round, RoundState

MOST_ASKED = 12  # things that people were asked about a round afterwards


@dataclass(frozen=True)
class Of:
    """Money of one year alone, in euros; None while no report of that year was accepted."""

    committed: Decimal | None = None
    realised: Decimal | None = None

    def __add__(self, other: "Of") -> "Of":
        return Of(_sum(self.committed, other.committed), _sum(self.realised, other.realised))


@dataclass(frozen=True)
class Account:
    """One agreement in the account of a year: how it stood by the last report up to then, and what is told of it.

    `terms` are those that held then. `money` is from the beginning of the agreement; `of_year` and `lines_of_year`
    (by key) are of that year alone.
    """

    agreement: Agreement
    terms: Terms
    seen: Seen | None
    money: Money
    of_year: Of
    lines_of_year: Mapping[str, Of]
    quality_met: int
    quality_of: int
    result: str = ""
    following: str = ""


def year_in(typed: str, today: date) -> int:
    """Read a year from an address; the one that it is now where there is none."""
    if typed.isascii() and typed.isdecimal() and len(typed) == 4 and EARLIEST <= int(typed) <= LATEST:
        return int(typed)
    return today.year


def last_of_year(periods: Sequence[Seen], year: int) -> Seen | None:
    """Return the last period that was closed and ended in a year or before it."""
    ended = [one for one in periods if one.state is PeriodState.CLOSED and one.last_day.year <= year]
    return ended[-1] if ended else None


def of_year(periods: Sequence[Seen], year: int) -> dict[str, Of]:
    """Return by key what each line of the budget came to in one year alone.

    Partners report from the beginning, so a year is the last report that ended in it minus the last one before
    it. A period that lies in two years counts where it ends. Without a report of that year nothing is known.
    """
    closed = [one for one in periods if one.state is PeriodState.CLOSED]
    inside = [one for one in closed if one.last_day.year == year]
    if not inside:
        return {}
    before = next((one.lines for one in reversed(closed) if one.last_day.year < year), {})
    found = {}
    for key, (_line, money) in inside[-1].lines.items():
        if money.forecast is not None:
            earlier = before[key][1] if key in before else Money(Decimal())
            found[key] = Of(money.committed - earlier.committed, money.realised - earlier.realised)
    return found


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    known = [value for value in (one, other) if value is not None]
    return sum(known, Decimal()) if known else None


def belongs(agreement: Agreement, year: int, periods: Sequence[Seen]) -> bool:
    """Say whether an agreement ran in a year; one that ended early ran until the last period that was closed."""
    terms = agreement.terms
    if terms.first_day is None or terms.last_day is None or agreement.in_force is None:
        return False
    last = terms.last_day.year
    if agreement.state is AgreementState.ENDED:
        closed = [one.last_day.year for one in periods if one.state is PeriodState.CLOSED]
        last = max([terms.first_day.year, *closed])
    return terms.first_day.year <= year <= last


def total(accounts: Sequence[Account]) -> Money:
    """Add up the money of all agreements: exactly the sum of the lines that are shown."""
    return sum((one.money for one in accounts), Money(Decimal()))


def total_of_year(accounts: Sequence[Account]) -> Of:
    """Add up what all agreements cost in the year: exactly the sum of the lines that are shown."""
    return sum((one.of_year for one in accounts), Of())


def not_yet(subject: Round, at: datetime) -> str:
    """Say why nobody can look back on a round at a moment; empty when they can. Its phases are loaded.

    Not before a phase to evaluate began; where it has none, not before it was decided or all its phases are over.
    """
    begins = min((phase.opens_at for phase in subject.phases if phase.kind is PhaseKind.EVALUATE), default=None)
    is_over = all(phase.closed_at or phase.closes_at <= at for phase in subject.phases)
    is_behind = begins <= at if begins is not None else subject.is_decided or is_over
    if subject.state is RoundState.CLOSED or (subject.state is RoundState.OPEN and is_behind):
        return ""
    if begins is None or subject.state is not RoundState.OPEN:
        return _("You can look back once the decision was taken, or once all phases are over.")
    return _("You can look back from %(day)s, when the evaluation begins.", day=say_day(begins))


def response_pct(sent: int | None, responses: int | None) -> Decimal | None:
    """Return how many of a hundred people who were asked answered, to one decimal; None where nobody was asked."""
    if not sent or responses is None:
        return None
    return (Decimal(100) * responses / sent).quantize(Decimal("0.1"), ROUND_HALF_UP)


def mark_in(typed: str) -> Decimal | None:
    """Read a mark from 1 to 10, such as "7,4"; None for anything else."""
    found = number_in(typed)
    return found if found is not None and 1 <= found <= 10 else None
