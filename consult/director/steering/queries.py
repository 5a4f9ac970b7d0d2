"""Finding reports, evidence, checks of quality and steps."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload, selectinload

from consult.contributions.models import Checked
from consult.director.agreements.models import Agreement, AgreementState
from consult.director.agreements.queries import get_written
from consult.director.agreements.rules import terms_of
from consult.director.agreements.terms import Period, Terms
from consult.director.steering.models import (
    Escalation,
    Evidence,
    LineFigure,
    Measurement,
    ProgressReport,
    QualityCheck,
    ReportComment,
    ReportVerdict,
)
from consult.director.steering.rules import Filed
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Actor

WARNS = timedelta(days=7)  # before a report is due
_WITH_FIGURES = (selectinload(ProgressReport.measurements), joinedload(ProgressReport.figures))  # lines are few
Reports = dict[uuid.UUID, dict[int, Filed]]


@dataclass(frozen=True)
class Reporting:
    """One period of an agreement, and the report about it where there is one."""

    agreement: Agreement
    number: int
    period: Period
    report: ProgressReport | None

    @property
    def organisation_id(self) -> uuid.UUID:
        return self.agreement.organisation_id

    @property
    def round_id(self) -> uuid.UUID | None:
        return self.agreement.round_id

    @property
    def terms(self) -> Terms:
        """The terms by which this period is reported and judged."""
        return terms_of(self.agreement, self.period)

    @property
    def party_ids(self) -> frozenset[uuid.UUID]:
        return self.agreement.party_ids


@dataclass(frozen=True)
class Demand:
    """One requirement of an agreement, of which somebody looks whether it is met."""

    agreement: Agreement
    key: str
    norm: str
    check: str
    evidence: str

    @property
    def organisation_id(self) -> uuid.UUID:
        return self.agreement.organisation_id

    @property
    def round_id(self) -> uuid.UUID | None:
        return self.agreement.round_id


def get_reporting(actor: Actor, agreement_id: str, number: int) -> Reporting:
    """Return a period of an agreement that is in force, with its report; for staff and its parties.

    Raises NotFound for everybody else, and where there is no such period.
    """
    agreement = get_written(actor, agreement_id)
    terms = agreement.in_force.read if agreement.in_force is not None else None
    if terms is None or not 1 <= number <= len(terms.periods):
        raise NotFound
    standing = ProgressReport.agreement_id == agreement.id, ProgressReport.number == number
    wanted = select(ProgressReport).where(*standing, ProgressReport.replaced_at.is_(None)).options(*_WITH_FIGURES)
    report = session().scalars(wanted).unique().one_or_none()
    return Reporting(agreement, number, terms.periods[number - 1], report)


def get_demand(actor: Actor, agreement_id: str, part_key: str) -> Demand:
    """Return a requirement of an agreement that is in force; raises NotFound."""
    agreement = get_written(actor, agreement_id)
    version = agreement.in_force
    found = (
        next((one for one in version.read.requirements if one.key == part_key), None) if version is not None else None
    )
    if found is None:
        raise NotFound
    return Demand(agreement, part_key, found.norm, found.check, found.evidence)


def list_reports(agreement_ids: Collection[uuid.UUID]) -> Reports:
    """List the reports that stand, by agreement and number of the period, with the figures of those that count.

    Two statements of plain rows: a year of forty agreements has thousands of figures.
    """
    report, line, measured = ProgressReport, LineFigure, Measurement
    stands = report.agreement_id.in_(agreement_ids), report.replaced_at.is_(None)
    counts = report.verdict == ReportVerdict.ACCEPTED
    values: dict[uuid.UUID, dict[str, tuple[Decimal, str]]] = {}
    wanted = select(measured.report_id, measured.key, measured.value, measured.note)
    for of, key, value, note in session().execute(
        wanted.join(report, report.id == measured.report_id).where(*stands, counts)
    ):
        values.setdefault(of, {})[key] = (value, note)
    told = select(report.id, report.agreement_id, report.number, report.verdict, report.reopened_at,
                  line.key, line.committed, line.realised, line.forecast)  # fmt: skip
    found: Reports = {}
    for row in session().execute(told.outerjoin(line, and_(line.report_id == report.id, counts)).where(*stands)):
        of_agreement = found.setdefault(row.agreement_id, {})
        if row.number not in of_agreement:
            of_agreement[row.number] = Filed(row.verdict, row.reopened_at, values.get(row.id, {}), {})
        if row.key is not None:
            of_agreement[row.number].figures[row.key] = row
    return found


def list_due(today: date) -> list[tuple[uuid.UUID, int]]:
    """List the agreements that run and lack the report about their last period, due within a week; with its number."""
    alive = (AgreementState.RUNNING, AgreementState.AT_RISK, AgreementState.ESCALATED)
    wanted = select(Agreement).where(Agreement.state.in_(alive)).options(selectinload(Agreement.versions))
    agreements = list(session().scalars(wanted))
    reports = list_reports([one.id for one in agreements])
    due = []
    for one in agreements:
        ended = [
            n for n, p in enumerate(one.terms.periods, start=1) if p.last_day < today and p.due_on <= today + WARNS
        ]
        if ended and ended[-1] not in reports.get(one.id, {}):
            due.append((one.id, ended[-1]))
    return due


def list_comments(agreement_id: uuid.UUID, number: int) -> list[ReportComment]:
    """List what was said about a period, oldest first, with who said it; about an earlier report of it too."""
    wanted = select(ReportComment).join(ProgressReport, ProgressReport.id == ReportComment.report_id)
    wanted = wanted.where(ProgressReport.agreement_id == agreement_id, ProgressReport.number == number)
    wanted = wanted.options(joinedload(ReportComment.said_by)).order_by(ReportComment.said_at, ReportComment.id)
    return list(session().scalars(wanted))


def list_earlier(agreement_id: uuid.UUID, number: int) -> list[ProgressReport]:
    """List the reports about a period that were replaced by a later one, oldest first, with their figures."""
    wanted = (
        select(ProgressReport)
        .where(
            ProgressReport.agreement_id == agreement_id,
            ProgressReport.number == number,
            ProgressReport.replaced_at.is_not(None),
        )
        .options(*_WITH_FIGURES)
        .order_by(ProgressReport.filed_at, ProgressReport.id)
    )
    return list(session().scalars(wanted).unique())


def list_evidence(agreement_id: uuid.UUID) -> list[Evidence]:
    """List the files that show something of an agreement, oldest first."""
    wanted = select(Evidence).where(Evidence.agreement_id == agreement_id)
    return list(session().scalars(wanted.order_by(Evidence.added_at, Evidence.id)))


def get_evidence(actor: Actor, agreement_id: str, evidence_id: uuid.UUID) -> Evidence:
    """Return a file of an agreement to staff and its parties, once it was checked; raises NotFound."""
    agreement = get_written(actor, agreement_id)
    found = session().get(Evidence, evidence_id)
    if found is None or found.agreement_id != agreement.id or found.checked is not Checked.CLEAN:
        raise NotFound
    return found


def list_stored() -> dict[str, str]:
    """Return the stored names of all evidence, each with its SHA-256."""
    return dict(session().execute(select(Evidence.stored_name, Evidence.sha256)).all())


def list_unchecked(limit: int = 50) -> list[Evidence]:
    """List evidence that waits for the scanner, the longest waiting first."""
    wanted = select(Evidence).where(Evidence.checked == Checked.WAITING).order_by(Evidence.added_at)
    return list(session().scalars(wanted.limit(limit)))


def list_checks(agreement_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, QualityCheck]]:
    """List what was last seen of each requirement, by agreement and key."""
    wanted = select(QualityCheck).where(
        QualityCheck.agreement_id.in_(agreement_ids), QualityCheck.replaced_at.is_(None)
    )
    found: dict[uuid.UUID, dict[str, QualityCheck]] = {}
    for one in session().scalars(wanted):
        found.setdefault(one.agreement_id, {})[one.key] = one
    return found


def list_checks_until(agreement_ids: Collection[uuid.UUID], day: date) -> dict[uuid.UUID, list[QualityCheck]]:
    """List what was seen of requirements up to a day, by agreement, oldest first; what was seen anew since too."""
    wanted = select(QualityCheck).where(QualityCheck.agreement_id.in_(agreement_ids), QualityCheck.checked_on <= day)
    found: dict[uuid.UUID, list[QualityCheck]] = {}
    for one in session().scalars(wanted.order_by(QualityCheck.checked_at, QualityCheck.id)):
        found.setdefault(one.agreement_id, []).append(one)
    return found


def list_steps(agreement_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Escalation]]:
    """List what was decided about steps, by agreement, oldest first."""
    wanted = select(Escalation).where(Escalation.agreement_id.in_(agreement_ids))
    found: dict[uuid.UUID, list[Escalation]] = {}
    for one in session().scalars(wanted.order_by(Escalation.decided_at, Escalation.id)):
        found.setdefault(one.agreement_id, []).append(one)
    return found
