"""Reading answers through, signing them and publishing them."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.answers import frame as shown
from consult.answers import queries, rules, verbs
from consult.answers.forms import AnswersForm
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
    counts = queries.count_steps([subject.id])[subject.id]
    told = shown.listing(subject, step, page, counts, actor())
    return render_template("answers/listing.html", form=form, **told, **staff_frame(subject, actor(), "answers"))


@bp.post("/staff/rounds/<slug>/answers/sign")
@may(Act.SIGN_ANSWER, on=get_round, form=AnswersForm, page="answers.listing")
def sign(subject: Round, form: AnswersForm) -> ResponseReturnValue:
    picked = rules.ids_in(form.answers.data or ()) or []
    verbs.sign_answers(queries.get_answers(subject.id, picked), actor())
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


def _kept() -> dict[str, Any]:
    """Return what the address says of the list that somebody came from."""
    return {name: told for name in ("step", "page") if (told := request.args.get(name, ""))}
