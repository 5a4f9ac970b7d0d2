"""How agreements are shown while they run: lights, trends, charts, money and what is due."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from consult.contributions.models import Checked
from consult.director.agreements.models import Agreement
from consult.director.agreements.terms import Indicator, Terms
from consult.director.steering import queries, rules
from consult.director.steering.models import Escalation, ProgressReport, QualityCheck
from consult.director.steering.queries import Reporting
from consult.director.steering.rules import Light, PeriodState, Seen
from consult.foundation.language import amount, exact, local, short_day
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor, allows

TAGS = {Light.GREEN: "done", Light.AMBER: "note", Light.RED: "against"}  # how marks.tag draws a light
STATES = {PeriodState.LATE: "against", PeriodState.OPEN: "now", PeriodState.FILED: "note", PeriodState.CLOSED: "done"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 480, 200, 56, 16, 16, 32  # of a chart, and what stays free around it
NONE = "–"


def whole(agreement: Agreement, actor: Actor, *, inside: bool) -> dict[str, Any]:
    """Return how an agreement goes; `inside`: also who reports when, the files, and the step that is proposed.

    Six statements, four of them for the reports.
    """
    today, terms = local(actor.arrived_at).date(), agreement.terms
    periods = rules.seen(agreement, queries.list_reports([agreement.id]).get(agreement.id, {}), today)
    last = rules.now(periods)
    known = queries.list_checks([agreement.id]).get(agreement.id, {})
    checks = rules.checks_of(agreement, terms, known.values())
    told: dict[str, Any] = {
        "agreement": agreement,
        "terms": terms,
        "now": last,
        "light": tag_of(rules.light_now(periods)),
        "indicators": [_indicator(one, number, periods, last) for number, one in enumerate(terms.indicators)],
        "money": money(terms, last),
        "quality": [_quality(one, checks.get(one.key)) for one in terms.requirements],
        "met": sum(one.is_met for one in checks.values()),
        "inside": inside,
    }
    if inside:
        decided = queries.list_steps([agreement.id]).get(agreement.id, [])
        told |= {
            "periods": [_period(one, agreement, actor) for one in periods],
            "steps": [_step(one) for one in decided],
            "proposed": rules.proposed(periods, decided) if agreement.is_alive else None,
            "next_step": rules.next_step(decided) if agreement.is_alive else None,
        }
    return told


def tag_of(light: Light | None) -> dict[str, str] | None:
    """Return a light in words with how it is drawn; None where there is nothing to judge."""
    if light is None:
        return None
    return {"words": light.words, "short": light.words.partition(":")[0], "kind": TAGS[light], "value": light.value}


def number(value: Decimal | None) -> str:
    """Say a number, or that there is none."""
    return NONE if value is None else exact(value)


def euros(value: Decimal | None) -> str:
    """Say an amount, or that there is none."""
    return NONE if value is None else amount(value)


def percent(value: Decimal | None) -> str:
    """Say a difference in percent with its sign, or that there is none."""
    return NONE if value is None else f"{'+' if value > 0 else ''}{exact(value)} %"


def money_row(name: str, money: rules.Money) -> dict[str, str]:
    """Return one line of money in words."""
    return {
        "name": name,
        "budget": euros(money.budget),
        "committed": euros(money.committed) if money.forecast is not None else NONE,
        "realised": euros(money.realised) if money.forecast is not None else NONE,
        "forecast": euros(money.forecast),
        "variance": euros(money.variance),
        "variance_pct": percent(money.variance_pct),
    }


def money(terms: Terms, last: Seen | None) -> dict[str, Any]:
    """Return the budget line by line and as a whole, by the last closed period; its light too."""
    lines = (
        last.lines
        if last is not None
        else {one.key: (one, rules.Money(one.amount or Decimal())) for one in terms.lines}
    )
    total = last.money if last is not None else rules.Money(terms.budget)
    named = {one.key: one.name for one in terms.lines}  # a line that was given another name is the same line
    rows = [
        {**money_row(named.get(key, line.name), one), "funding": line.funding} for key, (line, one) in lines.items()
    ]
    return {
        "rows": rows,
        "total": money_row(_("together"), total),
        "light": tag_of(last.budget_light) if last is not None else None,
        "by": short_day(last.last_day) if last is not None else "",
    }


def _indicator(one: Indicator, place: int, periods: Sequence[Seen], last: Seen | None) -> dict[str, Any]:
    nothing = rules.Reading(one, None, None, None)  # of a period that was reported before this was agreed
    readings = [period.readings.get(one.key, nothing) for period in periods]
    reading = last.readings.get(one.key) if last is not None else None
    return {
        "id": f"indicator-{place + 1}",
        "name": one.name,
        "unit": one.unit,
        "better": one.better.words,
        "baseline": number(one.baseline),
        "target": number(one.target),
        "source": one.source,
        "owner": one.owner,
        "plan": number(reading.plan) if reading is not None else NONE,
        "actual": number(reading.actual) if reading is not None else NONE,
        "light": tag_of(reading.light) if reading is not None else None,
        "trend": _trend(one, [r.actual for r in readings if r.actual is not None]),
        "chart": chart([r.plan for r in readings], [r.actual for r in readings]),
        "rows": [
            {
                "number": period.number,
                "days": f"{short_day(period.first_day)} – {short_day(period.last_day)}",
                "plan": number(r.plan),
                "actual": number(r.actual),
                "light": tag_of(r.light),
                "note": r.note,
            }
            for period, r in zip(periods, readings, strict=True)
        ],
    }


def _trend(one: Indicator, actual: Sequence[Decimal]) -> str:
    if len(actual) < 2:
        return ""
    if actual[-1] == actual[-2]:
        return _("the same as in the period before")
    rises, wanted = actual[-1] > actual[-2], one.better.value == "up"
    return _("better than in the period before") if rises is wanted else _("worse than in the period before")


def chart(plan: Sequence[Decimal | None], actual: Sequence[Decimal | None]) -> dict[str, Any]:
    """Return where the line of the plan and the dots of what was reached stand, in units of the drawing."""
    values = [one for one in (*plan, *actual) if one is not None]
    low, high = min((*values, Decimal())), max((*values, Decimal(1)))
    across = (WIDTH - LEFT - RIGHT) / max(1, len(plan) - 1)

    def point(place: int, value: Decimal) -> dict[str, float]:
        up = float((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM)
        return {"x": round(LEFT + across * place, 1), "y": round(HEIGHT - BOTTOM - up, 1)}

    return {
        "plan": [point(n, one) for n, one in enumerate(plan) if one is not None],
        "actual": [point(n, one) for n, one in enumerate(actual) if one is not None],
        "ticks": [{"x": round(LEFT + across * n, 1), "number": n + 1} for n in range(len(plan))],
        "low": {"y": HEIGHT - BOTTOM, "words": exact(low)},
        "high": {"y": TOP, "words": exact(high)},
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
    }


def _quality(one: Any, check: QualityCheck | None) -> dict[str, Any]:
    return {
        "key": one.key,
        "norm": one.norm,
        "check": one.check,
        "evidence": one.evidence,
        "is_met": check.is_met if check is not None else None,
        "checked_on": check.checked_on if check is not None else None,
        "note": check.note if check is not None else "",
    }


def _period(one: Seen, agreement: Agreement, actor: Actor) -> dict[str, Any]:
    can_file = agreement.is_alive and one.state not in {PeriodState.COMING, PeriodState.CLOSED}
    return {
        "number": one.number,
        "days": f"{short_day(one.first_day)} – {short_day(one.last_day)}",
        "due_on": one.due_on,
        "state": {"words": one.state.words, "kind": STATES.get(one.state, "neutral")},
        "light": tag_of(one.light),
        "report": one.report,
        "can_file": can_file and allows(Act.FILE_REPORT, actor, agreement),
        "is_due": one.state is not PeriodState.FILED,
        "can_check": one.state is PeriodState.FILED and allows(Act.CHECK_REPORT, actor, agreement),
    }


def _step(one: Escalation) -> dict[str, Any]:
    return {
        "words": one.step.words,
        "number": rules.LADDER.index(one.step) + 1,
        "is_taken": one.is_taken,
        "reason": one.reason,
        "term_on": one.term_on,
        "at": one.decided_at,
    }


def dashboard(agreements: Sequence[Agreement], today: date) -> list[dict[str, Any]]:
    """Return a line for each agreement: its light, its money, what is due, and the step that is proposed."""
    ids = [one.id for one in agreements]
    reports, steps = queries.list_reports(ids), queries.list_steps(ids)
    rows = []
    for one in agreements:
        periods = rules.seen(one, reports.get(one.id, {}), today) if one.in_force is not None else []
        last = rules.now(periods)
        waiting = [p for p in periods if p.state in {PeriodState.LATE, PeriodState.FILED, PeriodState.RETURNED}]
        rows.append(
            {
                "agreement": one,
                "terms": one.terms,
                "light": tag_of(rules.light_now(periods)),
                "money": money_row("", last.money) if last is not None else None,
                "budget_light": tag_of(last.budget_light) if last is not None else None,
                "reds": rules.reds_in_a_row(periods)[0],
                "waiting": [{"number": p.number, "words": p.state.words, "due_on": p.due_on} for p in waiting],
                "is_late": any(p.state is PeriodState.LATE for p in waiting) and one.is_alive,
                "proposed": rules.proposed(periods, steps.get(one.id, [])) if one.is_alive else None,
            }
        )
    return rows


def report(reporting: Reporting, actor: Actor) -> dict[str, Any]:
    """Return one report with its figures, its files and what was said about it."""
    agreement, found = reporting.agreement, reporting.report
    terms = reporting.terms
    files = [one for one in queries.list_evidence(agreement.id) if one.number == reporting.number]
    return {
        "agreement": agreement,
        "terms": terms,
        "number": reporting.number,
        "period": reporting.period,
        "days": f"{short_day(reporting.period.first_day)} – {short_day(reporting.period.last_day)}",
        "report": found,
        "readings": _reported(terms, reporting.number, found) if found is not None else [],
        "lines": _spent(terms, found) if found is not None else [],
        "files": [{"file": one, "is_open": one.checked is Checked.CLEAN} for one in files],
        "comments": queries.list_comments(agreement.id, reporting.number),
        "earlier": [_earlier(terms, one) for one in queries.list_earlier(agreement.id, reporting.number)],
        "can_reopen": agreement.is_alive and found is not None and found.is_accepted,
        "can_file": agreement.is_alive and not (found is not None and found.is_accepted),
    }


def _earlier(terms: Terms, found: ProgressReport) -> dict[str, Any]:
    return {"report": found, "readings": _reported(terms, found.number, found), "lines": _spent(terms, found)}


def _reported(terms: Terms, place: int, found: ProgressReport) -> list[dict[str, Any]]:
    measured = {one.key: one for one in found.measurements}
    rows = []
    for one in terms.indicators:
        plan = one.plan[place - 1] if place <= len(one.plan) else None
        told = measured.get(one.key)
        value = told.value if told is not None else None
        light = rules.indicator_light(plan, value, one.better, terms.limits)
        rows.append(
            {
                "name": one.name,
                "unit": one.unit,
                "plan": number(plan),
                "actual": number(value),
                "light": tag_of(light),
                "note": told.note if told is not None else "",
            }
        )
    return rows


def _spent(terms: Terms, found: ProgressReport) -> list[dict[str, str]]:
    spent = {one.key: one for one in found.figures}
    rows, total = [], rules.Money(Decimal())
    for line in terms.lines:
        one = rules.money_of(line, spent.get(line.key))
        rows.append(money_row(line.name, one))
        total += one
    return [*rows, money_row(_("together"), total)]
