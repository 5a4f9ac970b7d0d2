"""The public pages of agreements and goals, and the account of a year with its sheets."""

from datetime import date

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.director.accountability import frame as shown
from consult.director.accountability import queries, verbs
from consult.director.accountability.forms import RoundMoneyForm, YearForm
from consult.director.accountability.rules import year_in
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
    form.prefill(year=year, **({"result": words.result, "following": words.following} if words else {}))
    return render_template("accountability/year_page.html", agreement=of, form=form, told=told)


@bp.post("/staff/agreements/<agreement_id>/account")
@may(Act.WRITE_ACCOUNT, on=get_written, form=YearForm, page="accountability.year_page")
def tell_year(of: Agreement, form: YearForm) -> ResponseReturnValue:
    verbs.tell_year(of, form.year.data or 0, form.result.data or "", form.following.data or "", actor())
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
