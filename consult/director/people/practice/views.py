"""Beginning to practise, and the steps of a practice round."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.director.people.practice import queries, rules, verbs
from consult.doors import actor, may
from consult.foundation.forms import CreatingForm
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round

bp = Blueprint("practice", __name__)


@bp.get("/staff/practice")
@may(Act.BEGIN_PRACTICE, form=CreatingForm)
def start_page(form: CreatingForm) -> ResponseReturnValue:
    return render_template("practice/start_page.html", form=form, rounds=queries.list_practices(actor()))


@bp.post("/staff/practice")
@may(Act.BEGIN_PRACTICE, form=CreatingForm, page="practice.start_page")
def begin(_form: CreatingForm) -> ResponseReturnValue:
    made = verbs.begin(actor())
    return redirect(url_for("practice.guide", slug=made.slug), 303)


@bp.get("/staff/rounds/<slug>/practice")
@may(Act.READ_QUEUE, on=queries.get_practice)
def guide(subject: Round) -> ResponseReturnValue:
    stages = rules.checklist(queries.list_done(subject.id, actor()))
    return render_template("practice/guide.html", stages=stages, **staff_frame(subject, actor(), "practice"))
