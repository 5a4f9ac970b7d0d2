"""Lights, money and steps: pure arithmetic over terms and reports.

A light follows from actual ÷ plan (turned round where lower is better): from 0.95 green, from 0.80 amber, else
red; of money from |forecast - budget| ÷ budget: up to 2 % green, up to 10 % amber, else red. An agreement may
set other limits. A period of which nobody reported in time is red, while the agreement runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import dropwhile, takewhile
from typing import Protocol

from consult.director.agreements.models import Agreement
from consult.director.agreements.rules import terms_of
from consult.director.agreements.terms import Indicator, Limits, Line, Period, Requirement, Terms
from consult.director.goals.models import Better
from consult.director.steering.models import Escalation, QualityCheck, ReportVerdict, Step
from consult.foundation.language import N_, Worded, short_day
from consult.foundation.language import gettext as _

LADDER = tuple(Step)
IN_A_ROW = 2  # red periods after which the next step is proposed


class Light(Worded):
    """How something goes."""

    GREEN = "green", N_("green: as planned")
    AMBER = "amber", N_("amber: a little behind")
    RED = "red", N_("red: far behind")


class PeriodState(Worded):
    """How far the report about a period is."""

    COMING = "coming", N_("has not begun")
    OPEN = "open", N_("can be reported")
    LATE = "late", N_("too late")
    FILED = "filed", N_("waits to be checked")
    RETURNED = "returned", N_("sent back")
    CLOSED = "closed", N_("checked and closed")


@dataclass(frozen=True)
class Money:
    """Amounts in euros; `forecast` is for the whole time. None where nobody reported yet.

    `reported` is the budget of the parts of which a forecast is known: of a sum it may be less than `budget`, and
    what differs is judged by it, so that the difference of a sum is the sum of the differences.
    """

    budget: Decimal
    committed: Decimal = Decimal()
    realised: Decimal = Decimal()
    forecast: Decimal | None = None
    reported: Decimal = Decimal()

    @property
    def variance(self) -> Decimal | None:
        """Forecast minus the budget of what was reported, in euros."""
        return None if self.forecast is None else self.forecast - self.reported

    @property
    def variance_pct(self) -> Decimal | None:
        """The variance as a percentage of the budget of what was reported, to one decimal; None without a budget."""
        if self.forecast is None or not self.reported:
            return None
        return (100 * (self.forecast - self.reported) / self.reported).quantize(Decimal("0.1"))

    def __add__(self, other: "Money") -> "Money":
        known = [one.forecast for one in (self, other) if one.forecast is not None]
        return Money(
            self.budget + other.budget,
            self.committed + other.committed,
            self.realised + other.realised,
            sum(known, Decimal()) if known else None,
            self.reported + other.reported,
        )


@dataclass(frozen=True)
class Reading:
    """An indicator in one period: what was planned by its end, and what was reached where that is known."""

    indicator: Indicator
    plan: Decimal | None
    actual: Decimal | None
    light: Light | None
    note: str = ""


class Spent(Protocol):
    """What a line of the budget came to in a report, in euros."""

    @property
    def committed(self) -> Decimal: ...
    @property
    def realised(self) -> Decimal: ...
    @property
    def forecast(self) -> Decimal: ...


@dataclass(frozen=True)
class Filed:
    """A report as lights and money need it: what became of it, and where its figures count these by key."""

    verdict: ReportVerdict | None
    reopened_at: datetime | None = None
    values: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)  # with its explanation
    figures: dict[str, Spent] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """Whether its figures count."""
        return self.verdict is ReportVerdict.ACCEPTED


@dataclass(frozen=True)
class Seen:
    """One period of an agreement with its report; how it stood is worked out once somebody asks for it.

    A period is judged by the terms that held when it ended: an amendment changes no light of the past.
    """

    agreement: Agreement
    number: int
    period: Period
    state: PeriodState
    report: Filed | None

    @property
    def first_day(self) -> date:
        return self.period.first_day

    @property
    def last_day(self) -> date:
        return self.period.last_day

    @property
    def due_on(self) -> date:
        return self.period.due_on

    @cached_property
    def terms(self) -> Terms:
        """The terms by which it is judged."""
        return terms_of(self.agreement, self.period)

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """How each indicator stood, by its key; only figures that were accepted count."""
        known = self.report.values if self.report is not None and self.report.is_accepted else {}
        return {one.key: _reading(one, self.number, known.get(one.key), self.terms) for one in self.terms.indicators}

    @cached_property
    def lines(self) -> Mapping[str, tuple[Line, Money]]:
        """How the money stood, by the key of the line, which it keeps when its name changes."""
        known = self.report.figures if self.report is not None and self.report.is_accepted else {}
        return {one.key: (one, money_of(one, known.get(one.key))) for one in self.terms.lines}

    @cached_property
    def money(self) -> Money:
        """The money of all lines together."""
        return sum((one for _line, one in self.lines.values()), Money(Decimal()))

    @property
    def budget_light(self) -> Light | None:
        """The light of the money."""
        return budget_light(self.money.reported, self.money.forecast, self.terms.limits)

    @cached_property
    def light(self) -> Light | None:
        """The worst light of its indicators and its money; a silent period is red."""
        if self.state is PeriodState.LATE:
            return Light.RED
        if self.state is not PeriodState.CLOSED:
            return None
        return worst([*(one.light for one in self.readings.values()), self.budget_light])


def indicator_light(plan: Decimal | None, actual: Decimal | None, better: Better, limits: Limits) -> Light | None:
    """Return the light of one indicator; None while there is nothing to compare.

    Where nothing was planned, anything is enough when higher is better; where nothing was allowed, only nothing.
    """
    if plan is None or actual is None:
        return None
    above, below = (actual, plan) if better is Better.UP else (plan, actual)
    if below <= 0:
        return Light.GREEN if above >= below else Light.RED
    ratio = above / below
    if ratio >= limits.green:
        return Light.GREEN
    return Light.AMBER if ratio >= limits.amber else Light.RED


def budget_light(budget: Decimal, forecast: Decimal | None, limits: Limits) -> Light | None:
    """Return the light of money; None while nobody told what it will come to, or where there is no budget."""
    if forecast is None or not budget:
        return None
    off = 100 * abs(forecast - budget) / budget
    if off <= limits.budget_green:
        return Light.GREEN
    return Light.AMBER if off <= limits.budget_amber else Light.RED


def worst(lights: Sequence[Light | None]) -> Light | None:
    """Return the worst of some lights; None when there is none."""
    for light in (Light.RED, Light.AMBER, Light.GREEN):
        if light in lights:
            return light
    return None


def state_of(first_day: date, due_on: date, report: Filed | None, today: date, *, is_alive: bool = True) -> PeriodState:
    """Say how far the report about a period is; nothing is too late where nobody can report any more, or yet."""
    if report is not None and report.is_accepted:
        return PeriodState.CLOSED
    if report is not None and report.verdict is None:
        return PeriodState.FILED
    is_late = is_alive and today > due_on
    if report is not None and (not is_late or report.reopened_at is not None):
        return PeriodState.RETURNED  # what was accepted before is not late when it is opened again
    if today < first_day:
        return PeriodState.COMING
    return PeriodState.LATE if is_late else PeriodState.OPEN


def seen(agreement: Agreement, reports: Mapping[int, Filed], today: date) -> list[Seen]:
    """Return every period of an agreement as it stands today; `reports` by the number of their period."""
    is_alive, found = agreement.is_alive, []
    for number, period in enumerate(agreement.terms.periods, start=1):
        report = reports.get(number)
        state = state_of(period.first_day, period.due_on, report, today, is_alive=is_alive)
        found.append(Seen(agreement, number, period, state, report))
    return found


def _reading(one: Indicator, number: int, found: tuple[Decimal, str] | None, terms: Terms) -> Reading:
    plan = one.plan[number - 1] if number <= len(one.plan) else None
    actual, note = found if found is not None else (None, "")
    return Reading(one, plan, actual, indicator_light(plan, actual, one.better, terms.limits), note)


def money_of(line: Line, spent: Spent | None) -> Money:
    """Return the money of one line: its budget, and what it came to where that was reported."""
    budget = line.amount or Decimal()
    if spent is None:
        return Money(budget)
    return Money(budget, spent.committed, spent.realised, spent.forecast, budget)


def checks_of(agreement: Agreement, terms: Terms, checks: Iterable[QualityCheck]) -> dict[str, QualityCheck]:
    """Return by key the last check of each requirement in these terms; `checks` come oldest first.

    A check is of the words that held when it was made: when an amendment demands something else under the same key,
    nobody looked at that yet.
    """
    wanted = {one.key: one for one in terms.requirements}
    return {one.key: one for one in checks if one.key in wanted and _is_about(agreement, wanted[one.key], one)}


def _is_about(agreement: Agreement, demand: Requirement, check: QualityCheck) -> bool:
    held = [(one.in_force_at, one) for one in agreement.versions if one.in_force_at is not None]
    then = [one for since, one in held if since <= check.checked_at][-1:] or [one for _since, one in held[:1]]
    return any(
        isinstance(found := one.read.find(demand.key), Requirement)
        and (found.norm, found.check) == (demand.norm, demand.check)
        for one in then
    )


def now(periods: Sequence[Seen]) -> Seen | None:
    """Return the last period of which the figures count, which shows how it goes; None while there is none."""
    return next((one for one in reversed(periods) if one.state is PeriodState.CLOSED), None)


def light_now(periods: Sequence[Seen]) -> Light | None:
    """Return the light of the last period that was judged, a silent one too; None while there is none."""
    return next((one.light for one in reversed(periods) if one.light is not None), None)


def reds_in_a_row(periods: Sequence[Seen]) -> tuple[int, int]:
    """Return how many red periods follow each other up to the last one that was judged, and the number of that one."""
    judged = list(dropwhile(lambda one: one.light is None, reversed(periods)))
    reds = takewhile(lambda one: one.light is Light.RED, judged)
    return sum(1 for _one in reds), judged[0].number if judged else 0


def proposed(periods: Sequence[Seen], decided: Sequence[Escalation]) -> tuple[Step, int] | None:
    """Return the next step of the ladder and after which period, when two in a row were red; a person decides.

    None when somebody decided about that period already, or when the ladder is at its end.
    """
    count, number = reds_in_a_row(periods)
    if count < IN_A_ROW or any(one.number >= number for one in decided):
        return None
    step = next_step(decided)
    return (step, number) if step is not None else None


def fault_of_checking(on: date, today: date) -> str:
    """Say why nobody can have looked at something on a day; nothing when all is well."""
    return _("This day is still to come. Fill in the day on which it was looked at.") if on > today else ""


def fault_of_term(term_on: date | None, today: date) -> str:
    """Say why a step cannot set a day as its term; nothing when all is well, or when none is set."""
    if term_on is None or term_on > today:
        return ""
    return _("The term is over already. Choose a day after %(day)s.", day=short_day(today))


def next_step(decided: Sequence[Escalation]) -> Step | None:
    """Return the step after the highest one that was taken; None at the end of the ladder."""
    taken = [LADDER.index(one.step) for one in decided if one.is_taken]
    place = max(taken, default=-1) + 1
    return LADDER[place] if place < len(LADDER) else None
