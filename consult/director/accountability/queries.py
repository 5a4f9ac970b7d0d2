"""Finding what an account needs: agreements with their reports, checks and words, and the money of a round."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from consult.director.accountability.models import RoleReview, RoundLine, SelfScan, YearTold
from consult.director.accountability.rules import Account, Of, belongs, last_of_year, of_year
from consult.director.agreements.models import Agreement
from consult.director.agreements.rules import terms_on
from consult.director.steering.models import QualityCheck
from consult.director.steering.queries import list_checks, list_checks_until, list_reports
from consult.director.steering.rules import Money, checks_of, now, seen
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Actor
from consult.rounds.models import Round
from consult.rounds.queries import get_round


def list_accounts(agreements: Sequence[Agreement], today: date, year: int | None = None) -> list[Account]:
    """Account for some agreements: by their last closed period, or by the last one that ended in a year.

    With a year only those that ran in it or of which that year was told, by the terms that held and the checks that
    were made then: what changes later changes no account of the past. Five statements, however many agreements.
    """
    wanted = [one for one in agreements if one.in_force is not None]
    ids = [one.id for one in wanted]
    reports, checks, told = list_reports(ids), _list_checks(ids, year), _list_told(ids, year)
    accounts = []
    for one in wanted:
        periods = seen(one, reports.get(one.id, {}), today)
        words = told.get(one.id)
        if year is not None and words is None and not belongs(one, year, periods):
            continue
        last = now(periods) if year is None else last_of_year(periods, year)
        terms = one.terms
        if year is not None:
            terms = terms_on(one, last.last_day if last is not None else date(year, 12, 31))
        alone = of_year(periods, year) if year is not None else {}
        met = sum(check.is_met for check in checks_of(one, terms, checks.get(one.id, ())).values())
        accounts.append(
            Account(
                agreement=one,
                terms=terms,
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


# --- looking back ---


@dataclass(frozen=True)
class Reviewed:
    """A round with how the authority looked back on its role there, the newest version first."""

    round: Round
    versions: Sequence[RoleReview]

    @property
    def round_id(self) -> uuid.UUID:
        """The round that it is about."""
        return self.round.id

    @property
    def public(self) -> RoleReview | None:
        """The version that everybody reads."""
        return next((one for one in self.versions if one.published_at is not None), None)


def list_role_reviews(round_id: uuid.UUID) -> list[RoleReview]:
    """List the versions of how the authority looked back on a round, the newest first, with their scores."""
    wanted = select(RoleReview).where(RoleReview.round_id == round_id).options(selectinload(RoleReview.scores))
    return list(session().scalars(wanted.order_by(RoleReview.number.desc()).execution_options(populate_existing=True)))


def get_reviewed(actor: Actor, slug: str) -> Reviewed:
    """Return a round with how the authority looked back on it; raises NotFound as `get_round` does."""
    subject = get_round(actor, slug)
    return Reviewed(subject, list_role_reviews(subject.id))


def get_public_review(actor: Actor, slug: str) -> Reviewed:
    """Return a round of which everybody can read how the authority looked back; raises NotFound before that."""
    found = get_reviewed(actor, slug)
    if found.public is None:
        raise NotFound
    return found


def find_public_review(round_id: uuid.UUID) -> RoleReview | None:
    """Find how the authority looked back on a round, in the version that everybody reads, with its scores."""
    return next((one for one in list_role_reviews(round_id) if one.published_at is not None), None)


def is_role_reviewed(round_id: uuid.UUID) -> bool:
    """Say whether everybody can read how the authority looked back on a round."""
    public = (RoleReview.round_id == round_id, RoleReview.published_at.is_not(None))
    return session().scalar(select(RoleReview.id).where(*public).limit(1)) is not None


def list_scans() -> list[SelfScan]:
    """List the self-scans with their scores, the latest year first."""
    wanted = select(SelfScan).options(selectinload(SelfScan.scores)).order_by(SelfScan.year.desc())
    return list(session().scalars(wanted.execution_options(populate_existing=True)))


def _list_checks(agreement_ids: Sequence[uuid.UUID], year: int | None) -> dict[uuid.UUID, list[QualityCheck]]:
    if year is not None:
        return list_checks_until(agreement_ids, date(year, 12, 31))
    return {one: list(checks.values()) for one, checks in list_checks(agreement_ids).items()}


def _list_told(agreement_ids: Sequence[uuid.UUID], year: int | None) -> dict[uuid.UUID, YearTold]:
    wanted = select(YearTold).where(YearTold.agreement_id.in_(agreement_ids)).order_by(YearTold.year)
    if year is not None:
        wanted = wanted.where(YearTold.year == year)
    return {one.agreement_id: one for one in session().scalars(wanted)}
