"""The public pages of agreements and goals, the account of a year with its sheets, and looking back."""

from datetime import date

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.director.accountability import frame as shown
from consult.director.accountability import queries, verbs
from consult.director.accountability.forms import RoleReviewForm, RoundMoneyForm, ScanForm, VersionForm, YearForm
from consult.director.accountability.queries import Reviewed
from consult.director.accountability.rules import not_yet, year_in
from consult.director.agreements.models import Agreement
from consult.director.agreements.queries import get_shown, get_written, list_agreements
from consult.director.goals.models import Goal
from consult.director.goals.queries import get_goal
from consult.director.steering.frame import dashboard
from consult.doors import actor, may
from consult.foundation import tables
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.foundation.web import disposition
from consult.mandates.queries import list_principles
from consult.participants.rules import read_page
from consult.policy import Act
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round

bp = Blueprint("accountability", __name__)
CSV, ODS = "text/csv; charset=utf-8", "application/vnd.oasis.opendocument.spreadsheet"


@bp.get("/agreements")
@may(Act.READ_SITE)
def listing() -> ResponseReturnValue:
    page = list_agreements(actor(), read_page(request.args.get("page", "")))
    rows = dashboard(page.items, local(actor().arrived_at).date())
    return render_template("accountability/listing.html", page=page, rows=rows)


@bp.get("/agreements/<agreement_id>")
@may(Act.READ_AGREEMENT, on=get_shown)
def agreement(of: Agreement) -> ResponseReturnValue:
    return render_template("accountability/agreement.html", **shown.agreement(of, actor()))


@bp.get("/goals/<goal_id>")
@may(Act.READ_AGREEMENT, on=get_goal)
def goal(of: Goal) -> ResponseReturnValue:
    return render_template("accountability/goal.html", **shown.goal(of, actor()))


@bp.get("/account")
@may(Act.READ_SITE)
def account() -> ResponseReturnValue:
    told = shown.account(actor(), _year())
    return render_template("accountability/account.html", years=shown.years(_today(), _year()), **told)


@bp.get("/account.csv")
@may(Act.READ_SITE)
def account_csv() -> ResponseReturnValue:
    return _as_csv(_("account-%(year)s.csv", year=_year()))


@bp.get("/account.ods")
@may(Act.READ_SITE)
def account_ods() -> ResponseReturnValue:
    return _as_ods(_("account-%(year)s.ods", year=_year()))


@bp.get("/rounds/<slug>/account")
@may(Act.READ_ROUND, on=get_round)
def round_account(subject: Round) -> ResponseReturnValue:
    told = {**frame(subject, actor(), "account"), **shown.account(actor(), _year(), subject)}
    told["evaluated"] = queries.is_role_reviewed(subject.id)
    return render_template("accountability/round_account.html", years=shown.years(_today(), _year()), **told)


@bp.get("/rounds/<slug>/account.csv")
@may(Act.READ_ROUND, on=get_round)
def round_account_csv(subject: Round) -> ResponseReturnValue:
    return _as_csv(f"{subject.slug}-{_year()}.csv", subject)


@bp.get("/rounds/<slug>/account.ods")
@may(Act.READ_ROUND, on=get_round)
def round_account_ods(subject: Round) -> ResponseReturnValue:
    return _as_ods(f"{subject.slug}-{_year()}.ods", subject)


@bp.get("/staff/agreements/<agreement_id>/account")
@may(Act.WRITE_ACCOUNT, on=get_written, form=YearForm)
def year_page(of: Agreement, form: YearForm) -> ResponseReturnValue:
    told = {one.year: one for one in queries.list_years_told(of.id)}
    year = _year()
    words = told.get(year)
    read = {"result": words.result, "following": words.following, "year_seen": words.mark} if words else {}
    form.prefill(year=year, **read)
    return render_template("accountability/year_page.html", agreement=of, form=form, told=told)


@bp.post("/staff/agreements/<agreement_id>/account")
@may(Act.WRITE_ACCOUNT, on=get_written, form=YearForm, page="accountability.year_page")
def tell_year(of: Agreement, form: YearForm) -> ResponseReturnValue:
    told = (form.year.data or 0, form.result.data or "", form.following.data or "")
    verbs.tell_year(of, *told, actor(), seen=form.year_seen.data or "")
    return redirect(url_for("accountability.agreement", agreement_id=of.public_id), 303)


@bp.get("/staff/rounds/<slug>/money")
@may(Act.WRITE_ROUND_MONEY, on=get_round, form=RoundMoneyForm)
def money_page(subject: Round, form: RoundMoneyForm) -> ResponseReturnValue:
    lines = queries.list_round_lines(subject.id)
    form.offer(lines)
    form.show(queries.find_round_line(lines, request.args.get("line", "")))
    told = {"lines": lines, "total": queries.round_money(subject.id), **staff_frame(subject, actor(), "money")}
    return render_template("accountability/money_page.html", form=form, **told)


@bp.post("/staff/rounds/<slug>/money")
@may(Act.WRITE_ROUND_MONEY, on=get_round, form=RoundMoneyForm, page="accountability.money_page")
def set_money(subject: Round, form: RoundMoneyForm) -> ResponseReturnValue:
    assert form.budget.number is not None
    assert form.realised.number is not None
    line = queries.find_round_line(queries.list_round_lines(subject.id), form.line.data or "")
    if form.line.data and line is None:
        raise Conflict(_("This line is not there any more. Open the page again."))
    verbs.set_round_line(subject, form.name.data or "", form.budget.number, form.realised.number, actor(), line=line)
    return redirect(url_for("accountability.money_page", slug=subject.slug), 303)


# --- looking back ---


@bp.get("/rounds/<slug>/evaluation")
@may(Act.READ_ROUND, on=queries.get_public_review)
def evaluation(of: Reviewed) -> ResponseReturnValue:
    told = {**shown.reviewed(of.round, of.public), **frame(of.round, actor(), "account")}
    return render_template("accountability/evaluation.html", **told)


@bp.get("/staff/rounds/<slug>/evaluation")
@may(Act.READ_QUEUE, on=queries.get_reviewed)
def role_desk(of: Reviewed) -> ResponseReturnValue:
    newest = next(iter(of.versions), None)
    told = {**shown.reviewed(of.round, newest), **staff_frame(of.round, actor(), "role")}
    told["not_yet"] = not_yet(of.round, actor().arrived_at)
    return render_template("accountability/role_desk.html", of=of, **told)


@bp.get("/staff/rounds/<slug>/evaluation/edit")
@may(Act.WRITE_ROLE_REVIEW, on=queries.get_reviewed, form=RoleReviewForm)
def role_page(of: Reviewed, form: RoleReviewForm) -> ResponseReturnValue:
    principles = list_principles(of.round.id)
    form.prefill(**shown.typed(next(iter(of.versions), None), principles))
    named = {str(one.id): one for one in principles}
    around = {**shown.reviewed(of.round, None), **staff_frame(of.round, actor(), "role")}
    around["not_yet"] = not_yet(of.round, actor().arrived_at)
    return render_template("accountability/role_page.html", form=form, named=named, **around)


@bp.post("/staff/rounds/<slug>/evaluation/edit")
@may(Act.WRITE_ROLE_REVIEW, on=queries.get_reviewed, form=RoleReviewForm, page="accountability.role_page")
def write_role_review(of: Reviewed, form: RoleReviewForm) -> ResponseReturnValue:
    told = form.told(list_principles(of.round.id))
    verbs.write_role_review(of, told, actor(), number=form.version.data or 0)
    return redirect(url_for("accountability.role_desk", slug=of.round.slug), 303)


@bp.post("/staff/rounds/<slug>/evaluation/publish")
@may(Act.PUBLISH_ROLE_REVIEW, on=queries.get_reviewed, form=VersionForm)
def publish_role_review(of: Reviewed, form: VersionForm) -> ResponseReturnValue:
    verbs.publish_role_review(of, actor(), number=form.version.data or 0)
    return redirect(url_for("accountability.evaluation", slug=of.round.slug), 303)


@bp.get("/staff/scans")
@may(Act.READ_DESK)
def scans() -> ResponseReturnValue:
    known = queries.list_scans()
    chosen = [request.args.get(name, "") for name in ("left", "right")]
    return render_template("accountability/scans.html", scans=known, **shown.side_by_side(known, *chosen))


@bp.get("/staff/scans/edit")
@may(Act.WRITE_SCAN, form=ScanForm)
def scan_page(form: ScanForm) -> ResponseReturnValue:
    held = next((one for one in queries.list_scans() if one.year == _year()), None)
    told = {one.part.value: {"score": str(one.score), "evidence": one.evidence} for one in held.scores} if held else {}
    read = {"made_on": held.made_on, "scan_seen": held.mark} if held else {"made_on": _today()}
    form.prefill(scan_year=_year(), **read, **told)
    return render_template("accountability/scan_page.html", form=form)


@bp.post("/staff/scans/edit")
@may(Act.WRITE_SCAN, form=ScanForm, page="accountability.scan_page")
def write_scan(form: ScanForm) -> ResponseReturnValue:
    assert form.made_on.data is not None  # the form demands it
    told = (form.scan_year.data or 0, form.made_on.data, form.scores())
    verbs.write_scan(*told, actor(), seen=form.scan_seen.data or "")
    return redirect(url_for("accountability.scans"), 303)


def _today() -> date:
    return local(actor().arrived_at).date()


def _year() -> int:
    return year_in(request.args.get("year", ""), _today())


def _as_csv(name: str, of: Round | None = None) -> Response:
    return _file(tables.as_csv(shown.sheet(actor(), _year(), of)), CSV, name)


def _as_ods(name: str, of: Round | None = None) -> Response:
    return _file(tables.as_ods(str(_year()), shown.sheet(actor(), _year(), of)), ODS, name)


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": disposition(name), "Cache-Control": "private, no-store"}
    return Response(content, headers={"Content-Type": media_type, **headers})
