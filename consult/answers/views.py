"""Reading answers through, signing and publishing them, text blocks, and the term."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.answers import frame as shown
from consult.answers import queries, rules, verbs
from consult.answers.forms import AnswersForm, BlockForm, TermForm
from consult.answers.models import TextBlock
from consult.doors import actor, may
from consult.participants.rules import read_page
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round

bp = Blueprint("answers", __name__)


@bp.get("/staff/rounds/<slug>/answers")
@may(Act.READ_QUEUE, on=get_round, form=AnswersForm)
def listing(subject: Round, form: AnswersForm) -> ResponseReturnValue:
    step = rules.step_in(request.args)
    page = queries.list_answers(subject.id, step, read_page(request.args.get("page", "")))
    told = shown.listing(subject, step, page, queries.count_steps([subject.id])[subject.id], actor())
    return render_template("answers/listing.html", form=form, **told, **staff_frame(subject, actor(), "answers"))


@bp.post("/staff/rounds/<slug>/answers/sign")
@may(Act.SIGN_ANSWER, on=get_round, form=AnswersForm, page="answers.listing")
def sign(subject: Round, form: AnswersForm) -> ResponseReturnValue:
    picked = rules.ids_in(form.answers.data or ()) or []
    verbs.sign_answers(queries.get_answers(subject.id, picked), actor())
    return redirect(url_for("answers.listing", slug=subject.slug, **_kept()), 303)


@bp.post("/staff/rounds/<slug>/answers/drop")
@may(Act.SET_OUTCOME, on=get_round, form=AnswersForm, page="answers.listing")
def drop(subject: Round, form: AnswersForm) -> ResponseReturnValue:
    picked = rules.ids_in(form.answers.data or ()) or []
    verbs.drop_answers(queries.get_answers(subject.id, picked), actor())
    return redirect(url_for("answers.listing", slug=subject.slug, **_kept()), 303)


@bp.get("/staff/rounds/<slug>/answers/publish")
@may(Act.PUBLISH_ANSWER, on=get_round, form=AnswersForm)
def publish_page(subject: Round, form: AnswersForm) -> ResponseReturnValue:
    found = queries.list_signed(subject.id, rules.ids_in(request.args.getlist("answers")) or ())
    return render_template(
        "answers/publish_page.html",
        form=form,
        rows=[shown.row(one, subject, actor()) for one in found],
        reached=queries.count_reached([one.contribution.id for one in found]),
        **staff_frame(subject, actor(), "answers"),
    )


@bp.post("/staff/rounds/<slug>/answers/publish")
@may(Act.PUBLISH_ANSWER, on=get_round, form=AnswersForm, page="answers.publish_page")
def publish(subject: Round, form: AnswersForm) -> ResponseReturnValue:
    picked = rules.ids_in(form.answers.data or ()) or []
    verbs.publish_answers(queries.get_answers(subject.id, picked), actor())
    return redirect(url_for("answers.listing", slug=subject.slug, step=rules.Step.PUBLIC.value), 303)


@bp.get("/staff/rounds/<slug>/answers/blocks")
@may(Act.READ_QUEUE, on=get_round, form=BlockForm)
def blocks(subject: Round, form: BlockForm) -> ResponseReturnValue:
    told = {"form": form, "blocks": queries.list_blocks(subject.id), "fields": rules.FIELDS}
    return render_template("answers/blocks.html", **told, **staff_frame(subject, actor(), "answers"))


@bp.post("/staff/rounds/<slug>/answers/blocks")
@may(Act.WRITE_BLOCK, on=get_round, form=BlockForm, page="answers.blocks")
def add_block(subject: Round, form: BlockForm) -> ResponseReturnValue:
    verbs.write_block(subject, actor(), **_typed(form))
    return redirect(url_for("answers.blocks", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/answers/blocks/<uuid:block_id>")
@may(Act.WRITE_BLOCK, on=queries.get_block, form=BlockForm)
def block_page(block: TextBlock, form: BlockForm) -> ResponseReturnValue:
    form.prefill(name=block.name, kind=block.kind, text=block.text)
    told = {"form": form, "block": block, "fields": rules.FIELDS}
    return render_template("answers/block_page.html", **told, **staff_frame(block.round, actor(), "answers"))


@bp.post("/staff/rounds/<slug>/answers/blocks/<uuid:block_id>")
@may(Act.WRITE_BLOCK, on=queries.get_block, form=BlockForm, page="answers.block_page")
def change_block(block: TextBlock, form: BlockForm) -> ResponseReturnValue:
    verbs.write_block(block.round, actor(), **_typed(form), instead=block)
    return redirect(url_for("answers.blocks", slug=block.round.slug), 303)


@bp.post("/staff/rounds/<slug>/answers/blocks/<uuid:block_id>/end")
@may(Act.WRITE_BLOCK, on=queries.get_block)
def end_block(block: TextBlock) -> ResponseReturnValue:
    verbs.end_block(block, actor())
    return redirect(url_for("answers.blocks", slug=block.round.slug), 303)


def _typed(form: BlockForm) -> dict[str, Any]:
    return {"name": form.name.data or "", "kind": form.kind.data, "text": form.text.data or ""}


@bp.get("/staff/rounds/<slug>/answers/term")
@may(Act.SET_ANSWER_TERM, on=get_round, form=TermForm)
def term_page(subject: Round, form: TermForm) -> ResponseReturnValue:
    term = queries.find_term(subject.id)
    on_day, days = (term.on_day, term.days) if term is not None else (None, None)
    form.prefill(on_day=on_day, days=days)
    due = shown.due_words(rules.due_day(on_day, days, subject.phases), actor().arrived_at)
    return render_template("answers/term_page.html", form=form, due=due, **staff_frame(subject, actor(), "answers"))


@bp.post("/staff/rounds/<slug>/answers/term")
@may(Act.SET_ANSWER_TERM, on=get_round, form=TermForm, page="answers.term_page")
def set_term(subject: Round, form: TermForm) -> ResponseReturnValue:
    verbs.set_term(subject, actor(), on_day=form.on_day.data, days=form.days.data)
    return redirect(url_for("answers.listing", slug=subject.slug, step=rules.Step.OPEN.value), 303)


def _kept() -> dict[str, Any]:
    """Return what the address says of the list that somebody came from."""
    return {name: told for name in ("step", "page") if (told := request.args.get(name, ""))}
