"""Finding what an account needs: agreements with their reports, checks and words, and the money of a round."""

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from consult.director.accountability.models import RoundLine, YearTold
from consult.director.accountability.rules import Account, Of, belongs, last_of_year, of_year
from consult.director.agreements.models import Agreement
from consult.director.steering.queries import list_checks, list_reports
from consult.director.steering.rules import Money, now, seen
from consult.foundation.db import session


def list_accounts(agreements: Sequence[Agreement], today: date, year: int | None = None) -> list[Account]:
    """Account for some agreements: by their last closed period, or by the last one that ended in a year.

    With a year only those that ran in it. Five statements, however many agreements.
    """
    wanted = [one for one in agreements if one.in_force is not None and (year is None or belongs(one, year))]
    ids = [one.id for one in wanted]
    reports, checks, told = list_reports(ids), list_checks(ids), _list_told(ids, year)
    accounts = []
    for one in wanted:
        terms = one.terms
        periods = seen(one, reports.get(one.id, {}), today)
        last = now(periods) if year is None else last_of_year(periods, year)
        alone = of_year(periods, year) if year is not None else {}
        met = sum(check.is_met for check in checks.get(one.id, {}).values() if terms.find(check.key))
        words = told.get(one.id)
        accounts.append(
            Account(
                agreement=one,
                seen=last,
                money=last.money if last is not None else Money(terms.budget),
                of_year=sum(alone.values(), Of()),
                lines_of_year=alone,
                quality_met=met,
                quality_of=len(terms.requirements),
                result=words.result if words is not None else "",
                following=words.following if words is not None else "",
            )
        )
    return accounts


def list_years_told(agreement_id: uuid.UUID) -> list[YearTold]:
    """List what was told of an agreement, the latest year first."""
    wanted = select(YearTold).where(YearTold.agreement_id == agreement_id).order_by(YearTold.year.desc())
    return list(session().scalars(wanted))


def list_round_lines(round_id: uuid.UUID) -> list[RoundLine]:
    """List the money of a round itself, line by line."""
    wanted = select(RoundLine).where(RoundLine.round_id == round_id).order_by(RoundLine.position, RoundLine.id)
    return list(session().scalars(wanted))


def find_round_line(lines: Sequence[RoundLine], line_id: str) -> RoundLine | None:
    """Find a line of a round by its id as an address or a form holds it."""
    return next((one for one in lines if str(one.id) == line_id), None)


def round_money(round_id: uuid.UUID) -> Money:
    """Add up the money of a round itself."""
    lines = list_round_lines(round_id)
    budget, realised = (sum((getattr(one, name) for one in lines), Decimal()) for name in ("amount", "realised"))
    return Money(budget, realised, realised)


def _list_told(agreement_ids: Sequence[uuid.UUID], year: int | None) -> dict[uuid.UUID, YearTold]:
    wanted = select(YearTold).where(YearTold.agreement_id.in_(agreement_ids)).order_by(YearTold.year)
    if year is not None:
        wanted = wanted.where(YearTold.year == year)
    return {one.agreement_id: one for one in session().scalars(wanted)}
