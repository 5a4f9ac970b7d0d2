"""Reports of partners, what is made of them, quality, steps, and the dashboard of all agreements."""

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.director.agreements.models import Agreement, AgreementState
from consult.director.agreements.queries import get_written, list_agreements
from consult.director.steering import frame as shown
from consult.director.steering import queries, rules, verbs
from consult.director.steering.forms import YES, CheckForm, CommentForm, QualityForm, ReopenForm, ReportForm, StepForm
from consult.director.steering.models import Evidence
from consult.director.steering.queries import Demand, Reporting, get_demand, get_reporting
from consult.doors import actor, may, platform
from consult.foundation import web
from consult.foundation.errors import Conflict
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.rules import read_page
from consult.policy import Act

bp = Blueprint("steering", __name__)


@bp.get("/staff/agreements")
@may(Act.READ_AGREEMENTS)
def dashboard() -> ResponseReturnValue:
    state = next((one for one in AgreementState if one.value == request.args.get("state")), None)
    page = list_agreements(actor(), read_page(request.args.get("page", "")), state)
    rows = shown.dashboard(page.items, _today())
    return render_template("steering/dashboard.html", page=page, rows=rows, state=state, states=list(AgreementState))


@bp.get("/agreements/<agreement_id>/reports/<int:number>")
@may(Act.READ_AGREEMENT, on=get_reporting, form=CommentForm)
def report(reporting: Reporting, form: CommentForm) -> ResponseReturnValue:
    return render_template("steering/report.html", form=form, **shown.report(reporting, actor()))


@bp.post("/agreements/<agreement_id>/reports/<int:number>")
@may(Act.COMMENT_REPORT, on=get_reporting, form=CommentForm, page="steering.report")
def comment(reporting: Reporting, form: CommentForm) -> ResponseReturnValue:
    verbs.comment(reporting, form.text.data or "", actor())
    return _to_report(reporting)


@bp.get("/agreements/<agreement_id>/reports/<int:number>/file")
@may(Act.FILE_REPORT, on=get_reporting, form=ReportForm)
def file_page(reporting: Reporting, form: ReportForm) -> ResponseReturnValue:
    form.show(reporting.terms, reporting.report)
    return render_template("steering/file_page.html", form=form, **shown.report(reporting, actor()))


@bp.post("/agreements/<agreement_id>/reports/<int:number>/file")
@may(Act.FILE_REPORT, on=get_reporting, form=ReportForm, page="steering.file_page", upload=True)
def file(reporting: Reporting, form: ReportForm) -> ResponseReturnValue:
    verbs.file_report(reporting, form.told(), actor(), files=form.files.data)
    return _to_report(reporting)


@bp.get("/staff/agreements/<agreement_id>/reports/<int:number>/check")
@may(Act.CHECK_REPORT, on=get_reporting, form=CheckForm)
def check_page(reporting: Reporting, form: CheckForm) -> ResponseReturnValue:
    form.prefill(seen=str(reporting.report.id) if reporting.report is not None else "")
    return render_template("steering/check_page.html", form=form, **shown.report(reporting, actor()))


@bp.post("/staff/agreements/<agreement_id>/reports/<int:number>/check")
@may(Act.CHECK_REPORT, on=get_reporting, form=CheckForm, page="steering.check_page")
def check(reporting: Reporting, form: CheckForm) -> ResponseReturnValue:
    verbs.check_report(reporting, form.judgement.data, form.note.data or "", actor(), seen=form.seen_id())
    return _to_report(reporting)


@bp.get("/staff/agreements/<agreement_id>/reports/<int:number>/reopen")
@may(Act.CHECK_REPORT, on=get_reporting, form=ReopenForm)
def reopen_page(reporting: Reporting, form: ReopenForm) -> ResponseReturnValue:
    return render_template("steering/reopen_page.html", form=form, **shown.report(reporting, actor()))


@bp.post("/staff/agreements/<agreement_id>/reports/<int:number>/reopen")
@may(Act.CHECK_REPORT, on=get_reporting, form=ReopenForm, page="steering.reopen_page")
def reopen(reporting: Reporting, form: ReopenForm) -> ResponseReturnValue:
    verbs.reopen(reporting, form.because.data or "", actor())
    return _to_report(reporting)


@bp.get("/staff/agreements/<agreement_id>/quality/<part_key>")
@may(Act.CHECK_QUALITY, on=get_demand, form=QualityForm)
def quality_page(demand: Demand, form: QualityForm) -> ResponseReturnValue:
    form.offer(queries.list_evidence(demand.agreement.id))
    return render_template("steering/quality_page.html", demand=demand, form=form)


@bp.post("/staff/agreements/<agreement_id>/quality/<part_key>")
@may(Act.CHECK_QUALITY, on=get_demand, form=QualityForm, page="steering.quality_page")
def check_quality(demand: Demand, form: QualityForm) -> ResponseReturnValue:
    assert form.checked_on.data is not None
    if fault := rules.fault_of_checking(form.checked_on.data, _today()):
        raise BadForm(form.checked_on, fault)
    told = {"is_met": form.is_met.data == YES, "note": form.note.data or "", "on": form.checked_on.data}
    verbs.check_quality(demand, actor(), evidence_id=form.evidence_id(), **told)
    return _to_agreement(demand.agreement)


@bp.get("/staff/agreements/<agreement_id>/step")
@may(Act.ESCALATE, on=get_written, form=StepForm)
def step_page(agreement: Agreement, form: StepForm) -> ResponseReturnValue:
    told = shown.whole(agreement, actor(), inside=True)
    form.prefill(next_step=told["next_step"].value if told["next_step"] is not None else "")
    return render_template("steering/step_page.html", form=form, ladder=rules.LADDER, **told)


@bp.post("/staff/agreements/<agreement_id>/step")
@may(Act.ESCALATE, on=get_written, form=StepForm, page="steering.step_page")
def decide_step(agreement: Agreement, form: StepForm) -> ResponseReturnValue:
    step = form.chosen()
    if step is None:
        raise Conflict(_("This is not the next step any more. Open the page again."))
    if fault := rules.fault_of_term(form.term_on.data, _today()):
        raise BadForm(form.term_on, fault)
    told = {"is_taken": form.is_taken.data == YES, "reason": form.reason.data or "", "term_on": form.term_on.data}
    verbs.decide_step(agreement, step, actor(), **told)
    return _to_agreement(agreement)


@bp.get("/agreements/<agreement_id>/files/<uuid:evidence_id>")
@may(Act.READ_AGREEMENT, on=queries.get_evidence)
def evidence(found: Evidence) -> ResponseReturnValue:
    path = platform().files.path(found.stored_name)
    return web.stored_file(path, found.name, found.media_type, tag=found.sha256, inline=False, is_public=False)


def _today() -> date:
    return local(actor().arrived_at).date()


def _to_report(reporting: Reporting) -> ResponseReturnValue:
    agreement_id = reporting.agreement.public_id
    return redirect(url_for("steering.report", agreement_id=agreement_id, number=reporting.number), 303)


def _to_agreement(agreement: Agreement) -> ResponseReturnValue:
    return redirect(url_for("accountability.agreement", agreement_id=agreement.public_id), 303)
