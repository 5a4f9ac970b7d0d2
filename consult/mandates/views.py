"""What is fixed in a round, its mandate note, what it still lacks, and opening it."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may
from consult.mandates import queries, verbs
from consult.mandates.forms import MOST, NoteForm, PreconditionsForm
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, list_appointments

bp = Blueprint("mandates", __name__)
SPARE = 3


@bp.get("/staff/rounds/<slug>/prepare")
@may(Act.PREPARE_ROUND, on=get_round)
def prepare(subject: Round) -> ResponseReturnValue:
    return render_template(
        "mandates/prepare.html",
        preconditions=queries.list_preconditions(subject.id),
        appointed=list_appointments(subject.id),
        hindrances=verbs.hindrances(subject),
        **staff_frame(subject, actor(), "prepare"),
    )


@bp.get("/staff/rounds/<slug>/preconditions")
@may(Act.PREPARE_ROUND, on=get_round, form=PreconditionsForm)
def preconditions_page(subject: Round, form: PreconditionsForm) -> ResponseReturnValue:
    names = ("code", "title", "why", "kind", "negotiable")
    rows = [{n: getattr(p, n) for n in names} for p in queries.list_preconditions(subject.id)]
    form.prefill(preconditions=(rows + [{}] * SPARE)[:MOST])
    return render_template("mandates/preconditions_page.html", form=form, **staff_frame(subject, actor(), "prepare"))


@bp.post("/staff/rounds/<slug>/preconditions")
@may(Act.PREPARE_ROUND, on=get_round, form=PreconditionsForm, page="mandates.preconditions_page")
def set_preconditions(subject: Round, form: PreconditionsForm) -> ResponseReturnValue:
    verbs.set_preconditions(subject, form.plans(), actor())
    return redirect(url_for("mandates.prepare", slug=subject.slug), 303)


@bp.post("/staff/rounds/<slug>/open")
@may(Act.OPEN_ROUND, on=get_round)
def open_round(subject: Round) -> ResponseReturnValue:
    verbs.open_round(subject, actor())
    return redirect(url_for("mandates.prepare", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/mandate")
@may(Act.READ_QUEUE, on=get_round)
def note(subject: Round) -> ResponseReturnValue:
    return render_template(
        "mandates/note.html",
        note=queries.find_note(subject.id),
        preconditions=queries.list_preconditions(subject.id),
        appointed=list_appointments(subject.id),
        **staff_frame(subject, actor(), "prepare"),
    )


@bp.get("/staff/rounds/<slug>/mandate/edit")
@may(Act.PREPARE_ROUND, on=get_round, form=NoteForm)
def note_page(subject: Round, form: NoteForm) -> ResponseReturnValue:
    held = queries.find_note(subject.id)
    if held is not None:
        budget = str(held.budget_euros) if held.budget_euros is not None else ""
        words = {"why_now": held.reason, "budget_words": held.budget_words, "planning": held.planning}
        form.prefill(budget=budget, **words)
    return render_template("mandates/note_page.html", form=form, **staff_frame(subject, actor(), "prepare"))


@bp.post("/staff/rounds/<slug>/mandate/edit")
@may(Act.PREPARE_ROUND, on=get_round, form=NoteForm, page="mandates.note_page")
def write_note(subject: Round, form: NoteForm) -> ResponseReturnValue:
    verbs.write_note(subject, form.told(), actor())
    return redirect(url_for("mandates.note", slug=subject.slug), 303)
