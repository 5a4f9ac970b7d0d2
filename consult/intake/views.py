"""Typing in what came by another way, one form at a time, and the second look at it."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.contributions.attaching import attach
from consult.contributions.queries import list_files_of
from consult.doors import actor, may, platform
from consult.foundation import clock, forms
from consult.foundation.forms import BadForm
from consult.foundation.language import local
from consult.foundation.text import sanitize
from consult.intake import queries, rules, verbs
from consult.intake.forms import CheckForm, IntakeForm, MoreForm, ScanForm, SentForm
from consult.intake.models import Intake
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, list_areas

bp = Blueprint("intake", __name__)


def ready(form: IntakeForm) -> list[str]:
    """Look, before the transaction, whether the day fits this round, and turn the texts into safe HTML."""
    with platform().database.reading():
        subject = get_round(actor(), (request.view_args or {})["slug"])
    today = local(clock.now()).date()
    if wrong := rules.day_is_wrong(subject.phases, form.received_on.data or today, today):
        raise BadForm(form.received_on, wrong)
    return [sanitize(entry.form.shown) for entry in form.ideas]


@bp.get("/staff/rounds/<slug>/intake")
@may(Act.ENTER_ON_BEHALF, on=get_round, form=IntakeForm)
def page(subject: Round, form: IntakeForm) -> ResponseReturnValue:
    usual = rules.usual_day(subject.phases, local(actor().arrived_at).date())
    form.prefill(channel=request.args.get("channel"), received_on=usual, language="nl")
    form.offer(subject.offered_themes, list_areas())
    return render_template(
        "intake/page.html",
        **staff_frame(subject, actor(), "intake"),
        form=form,
        days=rules.days_of(subject.phases),
        entered=queries.find_form(subject, request.args.get("entered", "")),
        most=rules.MOST_IDEAS,
    )


@bp.post("/staff/rounds/<slug>/intake")
@may(Act.ENTER_ON_BEHALF, on=get_round, form=IntakeForm, page="intake.page", before=ready, upload=True)
def enter(subject: Round, form: IntakeForm, htmls: list[str]) -> ResponseReturnValue:
    ideas = [entry.form.told(html) for entry, html in zip(form.ideas, htmls, strict=True)]
    new = verbs.enter_on_behalf(subject, actor(), form.told(), ideas)
    for incoming in form.scan.data:
        attach(new.first, incoming, actor(), is_public=False)
    again = url_for("intake.page", slug=subject.slug, entered=new.id, channel=new.channel.value)
    return redirect(again, 303)


@bp.post("/staff/rounds/<slug>/intake/more")
@may(Act.ENTER_ON_BEHALF, on=get_round, form=MoreForm, page="intake.page", upload=True)
def more(subject: Round, form: MoreForm) -> ResponseReturnValue:
    typed = request.form.to_dict(flat=False)
    typed["scan"] = [str(handle) for handle, _incoming in form.scan.received]
    last = len(form.ideas) if len(form.ideas) < rules.MOST_IDEAS else len(form.ideas) - 1
    typed.setdefault(f"ideas-{last}-title", [""])
    there = url_for("intake.page", slug=subject.slug, kept=forms.keep(form, typed), _anchor=f"ideas-{last}-title")
    return redirect(there, 303)


@bp.get("/staff/rounds/<slug>/intake/<uuid:intake_id>")
@may(Act.READ_QUEUE, on=queries.get_form, form=ScanForm)
def one(found: Intake, form: ScanForm) -> ResponseReturnValue:
    return render_template("intake/one.html", **_around(found), form=form)


@bp.post("/staff/rounds/<slug>/intake/<uuid:intake_id>/scans")
@may(Act.ENTER_ON_BEHALF, on=queries.get_form, form=ScanForm, page="intake.one", upload=True)
def add_scan(found: Intake, form: ScanForm) -> ResponseReturnValue:
    for incoming in form.scan.data:
        attach(found.first, incoming, actor(), is_public=False)
    return redirect(url_for("intake.one", slug=found.round.slug, intake_id=found.id), 303)


@bp.get("/staff/rounds/<slug>/intake/check")
@may(Act.CHECK_INTAKE, on=get_round)
def check(subject: Round) -> ResponseReturnValue:
    *counts, waiting = queries.count_forms(subject.id)
    number = rules.page_number(request.args.get("page", ""))
    page = queries.list_unchecked(subject.id, actor(), waiting, number)
    around = staff_frame(subject, actor(), "intake")
    return render_template("intake/check.html", **around, page=page, counts=counts)


def compared(form: CheckForm) -> list[str]:
    """Look, before the transaction, whether anything was changed, and turn the texts into safe HTML."""
    url = request.view_args or {}
    with platform().database.reading():
        form.judge(queries.get_form(actor(), url["slug"], url["intake_id"]))
    return [sanitize(entry.form.text.data or "") for entry in form.ideas]


@bp.get("/staff/rounds/<slug>/intake/<uuid:intake_id>/check")
@may(Act.CHECK_INTAKE, on=queries.get_form, form=CheckForm)
def check_one(found: Intake, form: CheckForm) -> ResponseReturnValue:
    form.show(found)
    return render_template("intake/check_one.html", **_around(found), form=form)


@bp.post("/staff/rounds/<slug>/intake/<uuid:intake_id>/right")
@may(Act.CHECK_INTAKE, on=queries.get_form)
def confirm(found: Intake) -> ResponseReturnValue:
    verbs.confirm_form(found, actor())
    return redirect(url_for("intake.check", slug=found.round.slug), 303)


@bp.post("/staff/rounds/<slug>/intake/<uuid:intake_id>/check")
@may(Act.CHECK_INTAKE, on=queries.get_form, form=CheckForm, page="intake.check_one", before=compared)
def correct(found: Intake, form: CheckForm, htmls: list[str]) -> ResponseReturnValue:
    verbs.correct_form(found, actor(), form.corrections(found, htmls))
    return redirect(url_for("intake.check", slug=found.round.slug), 303)


@bp.post("/staff/rounds/<slug>/replies")
@may(Act.REPLY_ON_PAPER, on=get_round, form=SentForm)
def sent(subject: Round, form: SentForm) -> ResponseReturnValue:
    verbs.mark_sent(subject, queries.pick_replies(subject, form.picked()), actor())
    return redirect(url_for("pages.replies", slug=subject.slug), 303)


def _around(found: Intake) -> dict[str, Any]:
    """Return what every page of one form shows: the form, its scans, and the frame of its round."""
    scans = list_files_of(found.first.id)
    return {**staff_frame(found.round, actor(), "intake"), "found": found, "scans": scans}
