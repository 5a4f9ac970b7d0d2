"""How the account is shown, and how it stands in a sheet: the same rows, so the totals are the same."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from consult.director.accountability import queries, rules
from consult.director.accountability.models import RoleReview, ScanPart, SelfScan
from consult.director.accountability.rules import Account, Of, response_pct
from consult.director.actions import frame as actions
from consult.director.actions.queries import list_for_agreement
from consult.director.agreements.models import Agreement
from consult.director.agreements.queries import (
    knows_inside,
    list_for_account,
    list_goals_for,
    list_origin,
)
from consult.director.goals.models import Goal
from consult.director.goals.rules import latest, progress, woo_words
from consult.director.steering import frame as steering
from consult.director.steering.frame import money_row, tag_of
from consult.director.steering.rules import Light, Money
from consult.foundation.language import exact, local
from consult.foundation.language import gettext as _
from consult.mandates.models import Principle
from consult.mandates.queries import find_note, list_principles
from consult.policy import Actor
from consult.rounds.models import Round

Row = Sequence[str | int | Decimal]


def agreement(of: Agreement, actor: Actor) -> dict[str, Any]:
    """Return the whole page of an agreement: what was agreed, what came of it, at what cost, and from what."""
    inside = knows_inside(of, actor)
    whole = steering.whole(of, actor, inside=inside)
    realised, passages = list_origin(actor, of.id)
    told = {
        **whole,
        "goals": list_goals_for(actor, of.id),
        "realised": realised,
        "passages": passages,
        "actions": actions.rows(list_for_agreement(actor, of.id), local(actor.arrived_at).date(), actor),
        "years": queries.list_years_told(of.id),
        "woo": woo_words(of.woo_category),
        "draft": of.draft if inside else None,
        "todo": [one for one in whole.get("periods", ()) if one["can_check"] or (one["can_file"] and one["is_due"])],
    }
    return {**told, "outline": _outline(told)}


def _outline(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Return which parts the page of an agreement has, each with where it stands."""
    parts = (
        ("what", _("What was agreed"), True),
        ("results", _("What came of it"), True),
        ("money", _("What it costs"), told["money"]["rows"]),
        ("quality", _("Quality"), told["quality"]),
        ("reports", _("Reports"), told.get("periods")),
        ("actions", _("What is done under it"), told["actions"]),
        ("account", _("Account"), told["years"]),
        ("origin", _("Where it comes from"), told["realised"] or told["passages"]),
        ("steps", _("Steps that were decided about"), told.get("steps")),
    )
    return [(place, words) for place, words, is_there in parts if is_there]


def goal(of: Goal, actor: Actor) -> dict[str, Any]:
    """Return the whole page of a goal: who takes part, what was measured, and what its agreements cost and brought."""
    today = local(actor.arrived_at).date()
    accounts = queries.list_accounts(list_for_account(actor, goal_id=of.id), today)
    values = [of.baseline, *(one.value for one in of.measurements)]
    draft = of.draft
    return {
        "goal": of,
        "woo": woo_words(of.woo_category),
        "latest": latest(of.measurements),
        "progress": progress(of),
        "chart": steering.chart([*([None] * (len(values) - 1)), of.target], values) if of.measurements else None,
        "measured": _measured(of),
        "parties": _signers(of, of.version),
        "draft": draft if draft is not None and _knows_draft(of, actor) else None,
        "draft_parties": _signers(of, draft.number) if draft is not None else [],
        "earlier": [one for one in of.versions if one.number < of.version and of.signed(one.number)],
        **_shown(accounts),
    }


def _knows_draft(of: Goal, actor: Actor) -> bool:
    """Say whether somebody sees the version that waits for signatures: staff, and who acts for a party."""
    return actor.is_staff or actor.is_system or bool(of.party_ids & set(actor.memberships))


def _signers(of: Goal, version: int) -> list[dict[str, Any]]:
    """Say of everybody who takes part in a version whether they signed it, or which one they signed last."""
    signed = {one.organisation_id: one for one in of.signed(version)}
    last: dict[Any, int] = {}
    for one in of.signatures:
        if one.version < version:
            last[one.organisation_id] = max(one.version, last.get(one.organisation_id, 0))
    taking: list[tuple[Any, Any, str]] = [(None, None, "")]
    taking += [(one.organisation_id, one.organisation, one.contribution) for one in of.taking_part(version)]
    return [
        {"organisation": body, "contribution": does, "signed": signed.get(key), "earlier": last.get(key)}
        for key, body, does in taking
    ]


def _measured(of: Goal) -> list[dict[str, Any]]:
    """Return every value that was measured, the latest day first; under one that was corrected, what it was before."""
    days = sorted({one.measured_on for one in of.values}, reverse=True)
    told = []
    for day in days:
        rows = sorted((one for one in of.values if one.measured_on == day), key=lambda one: one.noted_at, reverse=True)
        told += [{"one": one, "counts": one.replaced_at is None} for one in rows]
    return told


def account(actor: Actor, year: int, of: Round | None = None) -> dict[str, Any]:
    """Return the account of a year, of the authority or of a round, over the agreements that the actor may know of."""
    accounts = _accounts(actor, year, of)
    lines = queries.list_round_lines(of.id) if of is not None else []
    own = queries.round_money(of.id) if of is not None and lines else None
    return {
        "year": year,
        "this_year": local(actor.arrived_at).date().year,
        "lines": lines,
        "own": own,
        **_shown(accounts),
    }


def sheet(actor: Actor, year: int, of: Round | None = None) -> list[Row]:
    """Return the account as the rows of a sheet: a line for each budget line, and totals that are their sums."""
    alone = {"year": year}
    head = (_("agreement"), _("partner"), _("budget line"), _("paid by"), _("budget"), _("tied down"), _("spent"),
            _("expected"), _("difference"), _("tied down in %(year)s", **alone), _("spent in %(year)s", **alone),
            _("reported up to"), _("Category of the Woo"))  # fmt: skip
    rows: list[Row] = [head]
    accounts = _accounts(actor, year, of)
    for one in accounts:
        rows += _lines(one)
    whole = rules.total(accounts)
    rows.append((_("together"), "", "", "", *_amounts(whole), *_of_year(rules.total_of_year(accounts)), "", ""))
    if of is not None:
        own = queries.list_round_lines(of.id)
        rows += [(_("the round itself"), "", one.name, "", *_of_round(one.amount, one.realised)) for one in own]
        money = queries.round_money(of.id)
        rows.append((_("together for the round itself"), "", "", "", *_of_round(money.budget, money.realised)))
    return rows


def _accounts(actor: Actor, year: int, of: Round | None) -> list[Account]:
    agreements = list_for_account(actor, of.id if of is not None else None)
    return queries.list_accounts(agreements, local(actor.arrived_at).date(), year)


def _lines(one: Account) -> list[Row]:
    terms = one.terms
    fresh = {x.key: (x, Money(x.amount or Decimal())) for x in terms.lines}
    told = one.seen.lines if one.seen is not None else fresh
    until = one.seen.last_day.isoformat() if one.seen is not None else ""
    named = {line.key: line.name for line in terms.lines}
    last = (until, one.agreement.woo_category)
    return [
        (terms.title, one.agreement.organisation.name, named.get(key, line.name), line.funding, *_amounts(money),
         *_of_year(one.lines_of_year.get(key, Of())), *last)
        for key, (line, money) in told.items()
    ]  # fmt: skip


def _of_round(amount: Decimal, realised: Decimal) -> Row:
    """Return the money of a round in the columns of an agreement; it is told from its beginning, not by year."""
    return (amount, realised, realised, realised, realised - amount, "", "", "", "")


def _of_year(one: Of) -> tuple[str | Decimal, ...]:
    return tuple("" if value is None else value for value in (one.committed, one.realised))


def _amounts(money: Money) -> tuple[str | Decimal, ...]:
    known = money.forecast is not None
    spent = (money.committed, money.realised) if known else ("", "")
    return (money.budget, *spent, money.forecast if known else "", money.variance if known else "")


def _shown(accounts: Sequence[Account]) -> dict[str, Any]:
    whole, alone = rules.total(accounts), rules.total_of_year(accounts)
    judged = Counter(one.seen.light for one in accounts if one.seen is not None)
    return {
        "lights": [(judged[light], tag_of(light)) for light in Light if judged[light]],
        "unjudged": len(accounts) - sum(judged[light] for light in Light),
        "accounts": [_row(one) for one in accounts],
        "total": {**money_row(_("together"), whole), "of_year": steering.euros(alone.realised)},
        "is_empty": not accounts,
    }


def _row(one: Account) -> dict[str, Any]:
    seen = one.seen
    return {
        "agreement": one.agreement,
        "title": one.terms.title,
        "money": {
            **money_row(one.terms.title, one.money),
            "of_year": steering.euros(one.of_year.realised),
        },
        "budget_light": tag_of(seen.budget_light) if seen is not None else None,
        "light": tag_of(seen.light) if seen is not None else None,
        "until": seen.last_day if seen is not None else None,
        "indicators": _indicators(one),
        "quality": (one.quality_met, one.quality_of),
        "woo": woo_words(one.agreement.woo_category),
        "result": one.result,
        "following": one.following,
    }


def _indicators(one: Account) -> list[dict[str, Any]]:
    if one.seen is None:
        told = [(i, None, None, None) for i in one.terms.indicators]
    else:
        told = [(r.indicator, r.plan, r.actual, r.light) for r in one.seen.readings.values()]  # type: ignore[misc]
    return [
        {
            "name": indicator.name,
            "unit": indicator.unit,
            "target": steering.number(indicator.target),
            "plan": steering.number(plan),
            "actual": steering.number(actual),
            "light": tag_of(light),
        }
        for indicator, plan, actual, light in told
    ]


def years(today: date, year: int) -> list[int]:
    """Return the years that can be chosen: the one shown, and those around now."""
    return sorted({year, *range(today.year - 3, today.year + 1)}, reverse=True)


# --- looking back ---

SPARE, PARTS_OF_SCORE = 3, 5


def reviewed(subject: Round, told: RoleReview | None) -> dict[str, Any]:
    """Return how the authority looks back on its role: what was chosen, what happened, and a score per principle."""
    note, scores = find_note(subject.id), {one.principle_id: one for one in told.scores} if told is not None else {}
    return {
        "review": told,
        "chosen": note.rung if note is not None else None,
        "kept": [(one, scores.get(one.id)) for one in list_principles(subject.id)],
        "response": response_pct(told.sent, told.responses) if told is not None else None,
        "survey": [(asked, exact(Decimal(mark))) for asked, mark in told.survey.items()] if told is not None else [],
    }


def typed(told: RoleReview | None, principles: Sequence[Principle]) -> dict[str, Any]:
    """Return with what the form to look back begins: the newest version, and a row for each principle."""
    scores = {one.principle_id: one for one in told.scores} if told is not None else {}
    rows = [
        {"principle_id": str(one.id), "score": str(held.score) if held else "", "words": held.words if held else ""}
        for one, held in ((one, scores.get(one.id)) for one in principles)
    ]
    asked = [{"asked": name, "mark": exact(Decimal(mark))} for name, mark in (told.survey if told else {}).items()]
    if told is None:
        return {"version": 0, "principles": rows, "survey": [{}] * SPARE}
    names = ("happened", "compared", "sent", "responses", "lessons", "withheld_because")
    held_values = {name: getattr(told, name) for name in names}
    held_values["withheld"] = told.withheld.value if told.withheld is not None else ""
    survey = (asked + [{}] * SPARE)[: rules.MOST_ASKED]
    return {"version": told.number, "principles": rows, "survey": survey, **held_values}


def side_by_side(known: Sequence[SelfScan], left: str, right: str) -> dict[str, Any]:
    """Return two self-scans beside each other, part by part: those that were chosen, else the last two."""
    by_year = {str(one.year): one for one in known}
    later = by_year.get(right) or (known[0] if known else None)
    others = [one for one in known if one is not later]
    earlier = by_year.get(left) if left != right else None
    earlier = earlier or (others[0] if others else None)
    pair = sorted((one for one in (earlier, later) if one is not None), key=lambda one: one.year)
    rows = []
    for part in ScanPart:
        found = [next((score for score in one.scores if score.part is part), None) for one in pair]
        both = [one.score for one in found if one is not None]
        rows.append({"part": part, "scores": found, "change": both[1] - both[0] if len(both) > 1 else None})
    return {"pair": pair, "rows": rows}
