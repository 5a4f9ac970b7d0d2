"""What is done to steer: reporting, checking reports and quality, talking about them, and taking a step."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from consult.audit.verbs import record
from consult.contributions.models import Checked
from consult.director.agreements.models import Agreement, AgreementState
from consult.director.steering import rules
from consult.director.steering.models import (
    Escalation,
    Evidence,
    LineFigure,
    Measurement,
    ProgressReport,
    QualityCheck,
    ReportComment,
    ReportVerdict,
    Step,
)
from consult.director.steering.queries import Demand, Reporting, list_evidence, list_reports, list_steps
from consult.foundation.db import add, locked, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.files import Incoming, claim
from consult.foundation.language import gettext as _
from consult.foundation.language import local, short_day
from consult.foundation.mail import enqueue
from consult.policy import Act, Actor

ROOM = 200 * 1024 * 1024  # bytes of evidence of one agreement


@dataclass(frozen=True)
class Figure:
    """What a line came to, in euros: tied down, spent, and what it will be at the end."""

    committed: Decimal
    realised: Decimal
    forecast: Decimal


@dataclass(frozen=True)
class ReportTold:
    """What a partner tells of a period: by key what each indicator stood at, and what each line came to."""

    text: str
    values: Mapping[str, tuple[Decimal, str]]
    figures: Mapping[str, Figure]


def file_report(
    reporting: Reporting, told: ReportTold, actor: Actor, *, files: Sequence[Incoming] = ()
) -> ProgressReport:
    """Report about a period; until it was checked, or when it was sent back, another report takes its place.

    What takes the place of a report that was accepted before is not late either: it bears when that was opened again.

    Refused for an agreement that does not run, a period that has not begun or was closed, while an indicator or a
    budget line has no figure, for a negative amount, and when there is no room for the files.
    """
    agreement = reporting.agreement
    report = _held_report(reporting)
    _can_be_reported(reporting, report, actor)
    _is_whole(reporting, told)
    if report is not None:
        report.replaced_at = actor.arrived_at
        session().flush()
    new = add(
        ProgressReport(
            agreement_id=agreement.id,
            number=reporting.number,
            text=told.text,
            filed_by_id=actor.person_id,
            filed_at=actor.arrived_at,
            reopened_at=report.reopened_at if report is not None else None,
        )
    )
    for key, (value, note) in told.values.items():
        add(Measurement(report_id=new.id, key=key, value=value, note=note))
    for key, figure in told.figures.items():
        add(LineFigure(report_id=new.id, key=key, **vars(figure)))
    for incoming in files:
        _keep_file(agreement, reporting.number, incoming, actor)
    record(Act.FILE_REPORT, actor, agreement, report=new.id, number=reporting.number)
    enqueue("report_filed", agreement=agreement.id, report_number=reporting.number)
    return new


def check_report(reporting: Reporting, verdict: ReportVerdict, note: str, actor: Actor, *, seen: uuid.UUID) -> None:
    """Accept a report, which closes its period and lets its figures count, or send it back with what is wrong.

    `seen` is the report that was read. Refused without a report, for another one than was read, for one that was
    checked before, to who filed it, and for sending it back without a word.
    """
    report = _held_report(reporting)
    if report is None:
        raise NotNow(_("Nobody reported about this period yet."))
    if report.id != seen:
        raise Conflict(_("The partner sent another report after you read it. Read that one first."))
    if report.verdict is not None:
        raise NotNow(_("This report was checked already."))
    if report.filed_by_id is not None and report.filed_by_id == actor.person_id:
        raise NotAllowed(_("You filed this report yourself. Somebody else checks it."))
    if verdict is ReportVerdict.RETURNED and not note:
        raise Conflict(_("Say what the partner should mend."))
    report.verdict, report.check_note = verdict, note
    report.checked_by_id, report.checked_at = actor.person_id, actor.arrived_at
    told = {"report": report.id, "number": reporting.number, "verdict": verdict.value}
    record(Act.CHECK_REPORT, actor, reporting.agreement, **told)
    enqueue("report_checked", agreement=reporting.agreement.id, report_number=reporting.number)


def reopen(reporting: Reporting, because: str, actor: Actor) -> None:
    """Send back a report that was accepted, because something in it proves wrong; its figures count no more.

    The partner reports anew, and both stay readable. Refused without a reason, for a report that was not accepted,
    and once the agreement does not run any more, for then nobody could report anew.
    """
    report = _held_report(reporting)
    if report is None or not report.is_accepted:
        raise NotNow(_("This report was not accepted, so there is nothing to open again."))
    if not reporting.agreement.is_alive:
        state = reporting.agreement.state.words
        raise NotNow(_("This agreement is %(state)s, so there is nothing to report.", state=state))
    if not because:
        raise Conflict(_("Say what the partner should mend."))
    report.verdict, report.check_note, report.reopened_at = ReportVerdict.RETURNED, because, actor.arrived_at
    record(Act.CHECK_REPORT, actor, reporting.agreement, report=report.id, number=reporting.number, reopened=True)
    enqueue("report_checked", agreement=reporting.agreement.id, report_number=reporting.number)


def comment(reporting: Reporting, text: str, actor: Actor) -> ReportComment:
    """Say something about a report, for the partner and the contract manager; refused without a report."""
    if reporting.report is None:
        raise NotNow(_("Nobody reported about this period yet."))
    told = {"said_by_id": actor.person_id, "said_at": actor.arrived_at}
    new = add(ReportComment(report_id=reporting.report.id, text=text, **told))
    record(Act.COMMENT_REPORT, actor, reporting.agreement, report=reporting.report.id, number=reporting.number)
    enqueue("report_commented", agreement=reporting.agreement.id, report_number=reporting.number, by=actor.person_id)
    return new


def check_quality(
    demand: Demand, actor: Actor, *, is_met: bool, note: str, on: date, evidence_id: uuid.UUID | None = None
) -> QualityCheck:
    """Write down whether a requirement is met, as somebody saw on a day; the last time counts.

    Refused for a day to come, for a file that is not of this agreement or was not found clean, and for "met"
    without a note or a file that shows it (S35).
    """
    agreement = demand.agreement
    read_again_locked(agreement, ("state",))
    if fault := rules.fault_of_checking(on, local(actor.arrived_at).date()):
        raise Conflict(fault)
    if evidence_id is not None:
        _is_clean(agreement, evidence_id)
    if is_met and not note and evidence_id is None:
        raise Conflict(_("Nobody can see yet that it is met. Write what you saw, or choose a file that shows it."))
    now = select(QualityCheck).filter_by(agreement_id=agreement.id, key=demand.key, replaced_at=None)
    for earlier in session().scalars(now):
        earlier.replaced_at = actor.arrived_at
    session().flush()
    new = add(
        QualityCheck(
            agreement_id=agreement.id,
            key=demand.key,
            is_met=is_met,
            note=note,
            evidence_id=evidence_id,
            checked_on=on,
            checked_by_id=actor.person_id,
            checked_at=actor.arrived_at,
        )
    )
    record(Act.CHECK_QUALITY, actor, agreement, key=demand.key, met=is_met)
    return new


def _is_clean(agreement: Agreement, evidence_id: uuid.UUID) -> None:
    found = next((one for one in list_evidence(agreement.id) if one.id == evidence_id), None)
    if found is None:
        raise Conflict(_("This file does not belong to the agreement. Choose another one."))
    if found.checked is not Checked.CLEAN:
        raise Conflict(_("This file was not found free of viruses yet, so it shows nothing. Choose another one."))


def decide_step(
    agreement: Agreement, step: Step, actor: Actor, *, is_taken: bool, reason: str, term_on: date | None = None
) -> Escalation:
    """Take the next step of the ladder, or decide not to yet, with the reason; nothing does this by itself.

    A first step puts the agreement at risk, a later one makes it escalated. Refused for an agreement that does
    not run, another step than the next, a term that is over, and without a reason.
    """
    read_again_locked(agreement, ("state",))
    if not agreement.is_alive:
        raise NotNow(_("This agreement is %(state)s, so there is no step to take.", state=agreement.state.words))
    decided = list_steps([agreement.id]).get(agreement.id, [])
    if step is not rules.next_step(decided):
        raise Conflict(_("This is not the next step any more. Open the page again."))
    if not reason:
        raise Conflict(_("Say why. It stays with the decision."))
    today = local(actor.arrived_at).date()
    if fault := rules.fault_of_term(term_on, today):
        raise Conflict(fault)
    reports = list_reports([agreement.id]).get(agreement.id, {})
    number = rules.reds_in_a_row(rules.seen(agreement, reports, today))[1]
    new = add(
        Escalation(
            agreement_id=agreement.id,
            step=step,
            number=number,
            is_taken=is_taken,
            reason=reason,
            term_on=term_on,
            decided_by_id=actor.person_id,
            decided_at=actor.arrived_at,
        )
    )
    if is_taken:
        first = step is rules.LADDER[0]
        agreement.state = AgreementState.AT_RISK if first else AgreementState.ESCALATED
        agreement.state_because = reason[:500]
    record(Act.ESCALATE, actor, agreement, step=step.value, taken=is_taken, number=number)
    return new


def remind(agreement_id: uuid.UUID, number: int) -> None:
    """Have the partner told that a report is due; once for each period, however often this runs."""
    enqueue("report_due", dedupe=due_name(agreement_id, number), agreement=agreement_id, report_number=number)


def due_name(agreement_id: uuid.UUID, number: int) -> str:
    """Return under which name the reminder of a report is known."""
    return f"report_due|{agreement_id}|{number}"


def note_scan(evidence_id: uuid.UUID, actor: Actor, *, is_clean: bool) -> None:
    """Write down what the scanner said of a file."""
    found = session().scalar(locked(select(Evidence).where(Evidence.id == evidence_id)))
    if found is not None and found.checked is Checked.WAITING:
        found.checked = Checked.CLEAN if is_clean else Checked.INFECTED
        record(Act.CHECK_FILE, actor, found, clean=is_clean)


def _held_report(reporting: Reporting) -> ProgressReport | None:
    """Lock the agreement until the transaction ends, and read anew which report stands."""
    read_again_locked(reporting.agreement, ("state",))
    wanted = select(ProgressReport).filter_by(
        agreement_id=reporting.agreement.id, number=reporting.number, replaced_at=None
    )
    return session().scalar(wanted.execution_options(populate_existing=True))


def _can_be_reported(reporting: Reporting, report: ProgressReport | None, actor: Actor) -> None:
    agreement, period = reporting.agreement, reporting.period
    if not agreement.is_alive:
        raise NotNow(_("This agreement is %(state)s, so there is nothing to report.", state=agreement.state.words))
    if local(actor.arrived_at).date() < period.first_day:
        day = short_day(period.first_day)
        raise NotNow(_("This period begins on %(day)s. You can report about it from then on.", day=day))
    if report is not None and report.is_accepted:
        raise NotNow(
            _(
                "This period was closed on %(day)s: its report was accepted. Is it wrong? Tell the contract manager.",
                day=short_day(report.checked_at or report.filed_at),
            )
        )


def _is_whole(reporting: Reporting, told: ReportTold) -> None:
    terms = reporting.terms
    for one in terms.indicators:
        if one.key not in told.values:
            raise Conflict(_("Write what “%(name)s” stood at.", name=one.name))
    for line in terms.lines:
        figure = told.figures.get(line.key)
        if figure is None:
            raise Conflict(_("Write the amounts of the budget line “%(name)s”.", name=line.name))
        if min(figure.committed, figure.realised, figure.forecast) < 0:
            raise Conflict(_("An amount of “%(name)s” is below zero. Write what it came to.", name=line.name))
    known = {one.key for one in terms.indicators}, {one.key for one in terms.lines}
    if set(told.values) - known[0] or set(told.figures) - known[1]:
        raise Conflict(_("The agreement was amended meanwhile. Open the page again."))


def _keep_file(agreement: Agreement, number: int, incoming: Incoming, actor: Actor) -> None:
    taken = session().scalar(select(func.sum(Evidence.size)).where(Evidence.agreement_id == agreement.id)) or 0
    if taken + incoming.size > ROOM:
        raise Conflict(_("There is no room for more files with this agreement. Ask the contract manager."))
    told = {name: value for name, value in vars(incoming).items() if name not in {"is_clean", "alt"}}
    checked = Checked.CLEAN if incoming.is_clean else Checked.WAITING
    by = {"added_by_id": actor.person_id, "added_at": actor.arrived_at}
    add(Evidence(**told, agreement_id=agreement.id, number=number, checked=checked, **by))
    claim(incoming)
