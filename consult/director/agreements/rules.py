"""What terms must hold before anybody signs them, how time is divided, and which ways lead from state to state."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from consult.director.agreements.models import Agreement, AgreementState, LegalForm
from consult.director.agreements.terms import Indicator, Limits, Period, Rhythm, Terms
from consult.director.goals.rules import fault_of_years
from consult.foundation.language import gettext as _
from consult.foundation.language import local, short_day

DUE_AFTER = timedelta(days=28)  # after a period, until its report is due
MOST_PERIODS = 60
MOST_ITEMS = 60  # indicators, and budget lines: a report asks for each of them
MOST_OFF = Decimal(100)  # percent
S = AgreementState
MOVES: Mapping[AgreementState, frozenset[AgreementState]] = {
    S.DRAFT: frozenset({S.SIGNED}),
    S.SIGNED: frozenset({S.RUNNING, S.ENDED}),
    S.RUNNING: frozenset({S.AT_RISK, S.SETTLED, S.ENDED}),
    S.AT_RISK: frozenset({S.RUNNING, S.ESCALATED, S.SETTLED, S.ENDED}),
    S.ESCALATED: frozenset({S.RUNNING, S.AT_RISK, S.SETTLED, S.ENDED}),
    S.SETTLED: frozenset(),
    S.ENDED: frozenset(),
}
BY_HAND = frozenset({S.RUNNING, S.AT_RISK, S.SETTLED, S.ENDED})  # the others follow from signing and from a step
NEEDS_WHY = frozenset({S.AT_RISK, S.ENDED})


def ways_on(state: AgreementState) -> list[AgreementState]:
    """Return to which states a person can bring an agreement from here."""
    return [one for one in AgreementState if one in MOVES[state] & BY_HAND]


def divided(first_day: date, last_day: date, rhythm: Rhythm) -> tuple[Period, ...]:
    """Divide a stretch of time into periods by its rhythm, counted from its first day; the last may be shorter."""
    found = []
    start, number = first_day, 1
    while start <= last_day and number <= MOST_PERIODS:
        following = _months_on(first_day, rhythm.months * number)
        end = min(following - timedelta(days=1), last_day)
        found.append(Period(start, end, end + DUE_AFTER))
        start, number = following, number + 1
    return tuple(found)


def extended(begun: Sequence[Period], first_day: date, last_day: date, rhythm: Rhythm) -> tuple[Period, ...]:
    """Divide the time of an agreement anew without moving a period that began: those stay, the rest is divided."""
    if not begun:
        return divided(first_day, last_day, rhythm)
    return (*begun, *divided(begun[-1].last_day + timedelta(days=1), last_day, rhythm))[: MOST_PERIODS + 1]


def fault_of_past(held: Terms, terms: Terms, today: date) -> str:
    """Say what an amendment would change of the time that began already; nothing when all is well.

    A period that began keeps its days, for there may be a report about it; and by the end of a period that is
    over, what was planned stays what it was. A budget line stays then too, for what was spent on it stays spent. How
    a period that ended is judged never changes: see `terms_of`.
    """
    begun = [one for one in held.periods if one.first_day <= today]
    if begun and tuple(begun) != terms.periods[: len(begun)]:
        day = short_day(begun[-1].last_day)
        return _("What began already stays as it was: do not move periods up to %(day)s.", day=day)
    over = sum(one.last_day < today for one in begun)
    for one in held.indicators:
        now = terms.find(one.key)
        if isinstance(now, Indicator) and now.plan[:over] != one.plan[:over]:
            told = {"name": one.name, "number": over}
            return _("The plan of “%(name)s” stays as it was up to period %(number)s: that time is over.", **told)
    gone = next((line for line in held.lines if over and terms.find(line.key) is None), None)
    if gone is not None:
        return _(
            "The budget line “%(name)s” stays: a period is over, and money may be spent on it. Lower its amount.",
            name=gone.name,
        )
    return ""


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def fault_of_days(first_day: date | None, last_day: date | None) -> str:
    """Say what is wrong with the days on which an agreement begins and ends; nothing when all is well."""
    if first_day is None or last_day is None:
        return _("Fill in both days.")
    if fault := fault_of_years(first_day, last_day):
        return fault
    if last_day <= first_day:
        return _("The last day is before the first one. Choose a last day after %(day)s.", day=short_day(first_day))
    if len(divided(first_day, last_day, Rhythm.QUARTERLY)) >= MOST_PERIODS:
        return _("This is longer than fifteen years. Make an agreement for a shorter time.")
    return ""


def begun_of(agreement: Agreement, today: date) -> list[Period]:
    """Return the periods of what holds that began already, which an amendment keeps."""
    return [one for one in agreement.in_force.read.periods if one.first_day <= today] if agreement.in_force else []


def fault_of_start(begun: Sequence[Period], first_day: date) -> str:
    """Say why an agreement cannot begin on a day, for it runs already; nothing when all is well."""
    if not begun or first_day == begun[0].first_day:
        return ""
    day = short_day(begun[0].first_day)
    return _("The agreement runs already, so its first day stays %(day)s.", day=day)


def fault_of_end(begun: Sequence[Period], last_day: date) -> str:
    """Say why an agreement cannot end on a day, for a period runs; nothing when all is well."""
    if not begun or last_day >= begun[-1].last_day:
        return ""
    day = short_day(begun[-1].last_day)
    return _("The period that runs now ends on %(day)s. Choose that day or a later one.", day=day)


def fault_of_periods(periods: Sequence[Period], first_day: date, last_day: date) -> str:
    """Say where periods leave a gap, overlap, or do not fit an agreement; nothing when all is well."""
    if not periods:
        return _("There is no period. Write at least one.")
    if len(periods) > MOST_PERIODS:
        return _("There are more than %(most)s periods. Let a period take longer.", most=MOST_PERIODS)
    expected = first_day
    for number, one in enumerate(periods, start=1):
        if fault := _fault_of(one, number, expected):
            return fault
        if one.last_day > last_day:
            told = {"number": number, "day": short_day(last_day)}
            return _("Period %(number)s ends after the agreement. Let it end on %(day)s at the latest.", **told)
        expected = one.last_day + timedelta(days=1)
    if periods[-1].last_day != last_day:
        return _("The last period must end with the agreement, on %(day)s.", day=short_day(last_day))
    return ""


def fault_of_division(terms: Terms, periods: Sequence[Period]) -> str:
    """Say what is wrong with periods that divide the time of these terms; nothing when all is well or no day is set."""
    if terms.first_day is None or terms.last_day is None:
        return ""
    return fault_of_periods(periods, terms.first_day, terms.last_day)


def _fault_of(one: Period, number: int, expected: date) -> str:
    told = {"number": number, "day": short_day(expected)}
    if one.last_day < one.first_day:
        return _("Period %(number)s ends before it begins. Change one of its days.", number=number)
    if one.first_day > expected:
        return _("There is a gap before period %(number)s. Let it begin on %(day)s.", **told)
    if one.first_day < expected:
        return _("Period %(number)s overlaps with what comes before it. Let it begin on %(day)s.", **told)
    if fault := fault_of_years(one.due_on):
        return fault
    if one.due_on <= one.last_day:
        return _("The report of period %(number)s is due before the period is over. Choose a later day.", number=number)
    return ""


def fault_of_limits(limits: Limits) -> str:
    """Say what is wrong with where the lights change; nothing when all is well.

    A part of the plan lies above 0 and is at most 1: a light that is green only past the plan judges nothing.
    Money differs by at most 100 percent of its budget.
    """
    if not 0 < limits.amber <= 1 or not 0 < limits.green <= 1:
        return _("A part of the plan is more than 0 and at most 1, such as 0,95.")
    if not 0 <= limits.budget_green <= MOST_OFF or not 0 <= limits.budget_amber <= MOST_OFF:
        return _("Money differs by 0 to 100 percent. Write a number between them.")
    if limits.amber > limits.green or limits.budget_green > limits.budget_amber:
        return _("Amber begins below green. Change one of the limits.")
    return ""


def terms_of(agreement: Agreement, period: Period) -> Terms:
    """Return by which terms a period is reported and judged: those that held when it ended, whatever came later."""
    return terms_on(agreement, period.last_day)


def terms_on(agreement: Agreement, day: date) -> Terms:
    """Return the terms that held at the end of a day; where nothing held yet the first ones that came into force."""
    held = [one for one in agreement.versions if one.in_force_at is not None]
    by_then = [one for one in held if one.in_force_at and local(one.in_force_at).date() <= day]
    found = by_then[-1:] or held[:1]
    return found[0].read if found else agreement.terms


def lacks_of(indicator: Indicator, periods: Sequence[Period]) -> list[str]:
    """Say in words what an indicator still lacks before anybody can sign for it (S34)."""
    lacks = []
    if not indicator.unit:
        lacks.append(_("a unit"))
    if indicator.target is None:
        lacks.append(_("a target"))
    if len(indicator.plan) != len(periods) or None in indicator.plan:
        lacks.append(_("a plan for each period"))
    if not indicator.source:
        lacks.append(_("a source"))
    if not indicator.owner:
        lacks.append(_("an owner"))
    return lacks


def hindrances(agreement: Agreement, terms: Terms, today: date) -> list[str]:
    """Say what still stands between these terms and a signature, one sentence each.

    Time goes on while an amendment waits: what began meanwhile is judged on the day of signing.
    """
    found = list(_hindrances(agreement, terms))
    if agreement.in_force is not None and (fault := fault_of_past(agreement.in_force.read, terms, today)):
        found.append(fault)
    return found


def _hindrances(agreement: Agreement, terms: Terms) -> Iterator[str]:
    if fault := fault_of_limits(terms.limits):
        yield fault
    if not terms.task:
        yield _("Write what the partner does.")
    if fault := fault_of_days(terms.first_day, terms.last_day):
        yield _("The time of the agreement: %(fault)s", fault=fault)
    elif terms.first_day and terms.last_day:
        fault = fault_of_periods(terms.periods, terms.first_day, terms.last_day)
        if fault:
            yield _("The periods: %(fault)s", fault=fault)
    if not terms.indicators:
        yield _("Add at least one indicator.")
    yield from _of_items(terms)
    if agreement.legal_form is LegalForm.HOUSING and agreement.third_party_id is None:
        yield _("A housing agreement has three parties. Choose the third one.")


def _of_items(terms: Terms) -> Iterator[str]:
    for one in terms.indicators:
        if lacks := lacks_of(one, terms.periods):
            yield _("The indicator “%(name)s” lacks %(lacks)s.", name=one.name, lacks=", ".join(lacks))
    for line in terms.lines:
        if line.amount is None:
            yield _("The budget line “%(name)s” lacks an amount.", name=line.name)
    for demand in terms.requirements:
        if not demand.check:
            yield _("Say how the requirement “%(norm)s” is checked.", norm=demand.norm)


def fitted(indicator: Indicator, count: int) -> tuple[Decimal | None, ...]:
    """Return the plan of an indicator with one place for each period."""
    return (*indicator.plan[:count], *([None] * (count - len(indicator.plan))))
