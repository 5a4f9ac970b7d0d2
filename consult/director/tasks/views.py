"""The register of tasks, and requests of residents and organisations to take one over."""

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.director.agreements.queries import find_agreement
from consult.director.goals.queries import find_round, list_bodies, list_round_choices
from consult.director.steering.frame import euros
from consult.director.tasks import frame as shown
from consult.director.tasks import queries, verbs
from consult.director.tasks.forms import ChallengeForm, DecideForm, TaskForm, TermsForm
from consult.director.tasks.models import Challenge, Choice, Task
from consult.doors import actor, may
from consult.field.queries import find_verified
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.rules import read_page
from consult.policy import Act

bp = Blueprint("tasks", __name__)


@bp.get("/staff/tasks")
@may(Act.READ_AGREEMENTS)
def register() -> ResponseReturnValue:
    asked = request.args.get("choice", "")
    choice = Choice(asked) if asked in list(Choice) else None
    of = find_round(request.args.get("of", ""))
    if of is None and request.args.get("of"):
        raise NotFound
    number = read_page(request.args.get("page", ""))
    only_unsigned = request.args.get("show") == "unsigned"
    page = queries.list_tasks(number, choice, of.id if of is not None else None, only_unsigned=only_unsigned)
    told = {"rows": shown.rows(page.items, _today()), "choices": Choice, "choice": choice, "of": of}
    told["only_unsigned"] = only_unsigned
    return render_template("tasks/register.html", page=page, **told)


@bp.get("/staff/tasks/new")
@may(Act.WRITE_TASK, form=TaskForm)
def new_page(form: TaskForm) -> ResponseReturnValue:
    form.prefill(who_does=Choice.DO)
    form.offer(queries.list_agreement_choices(), list_round_choices())
    return render_template("tasks/new_page.html", form=form)


@bp.post("/staff/tasks/new")
@may(Act.WRITE_TASK, form=TaskForm, page="tasks.new_page")
def create(form: TaskForm) -> ResponseReturnValue:
    of, agreement = find_round(form.of.data or ""), find_agreement(form.of_agreement.data or "")
    return _to_task(verbs.write_task(form.told(), actor(), of=of, agreement=agreement))


@bp.get("/staff/tasks/<task_id>")
@may(Act.READ_AGREEMENTS, on=queries.get_task)
def task(of: Task) -> ResponseReturnValue:
    return render_template("tasks/task.html", euros=euros, **shown.row(of, _today()))


@bp.get("/staff/tasks/<task_id>/edit")
@may(Act.WRITE_TASK, on=queries.get_task, form=TaskForm)
def edit_page(of: Task, form: TaskForm) -> ResponseReturnValue:
    form.show(of)
    form.offer(queries.list_agreement_choices(), list_round_choices())
    return render_template("tasks/edit_page.html", task=of, form=form)


@bp.post("/staff/tasks/<task_id>/edit")
@may(Act.WRITE_TASK, on=queries.get_task, form=TaskForm, page="tasks.edit_page")
def change(of: Task, form: TaskForm) -> ResponseReturnValue:
    follows, agreement = find_round(form.of.data or ""), find_agreement(form.of_agreement.data or "")
    return _to_task(verbs.write_task(form.told(), actor(), of=follows, agreement=agreement, instead=of))


@bp.post("/staff/tasks/<task_id>/end")
@may(Act.WRITE_TASK, on=queries.get_task)
def end(of: Task) -> ResponseReturnValue:
    verbs.end_task(of, actor())
    return redirect(url_for("tasks.register"), 303)


# --- taking a task over ---


@bp.get("/challenges")
@may(Act.READ_SITE)
def challenges() -> ResponseReturnValue:
    page = queries.list_challenges(actor(), read_page(request.args.get("page", "")))
    rows = [(one, shown.challenge_words(one, _today()), shown.STATES[one.state]) for one in page.items]
    return render_template("tasks/challenges.html", page=page, rows=rows, terms=queries.find_terms())


@bp.get("/challenges/new")
@may(Act.CHALLENGE, form=ChallengeForm)
def challenge_page(form: ChallengeForm) -> ResponseReturnValue:
    form.offer([(one.slug, one.name) for one in queries.list_represented(actor())])
    return render_template("tasks/challenge_page.html", form=form, terms=queries.find_terms())


@bp.post("/challenges/new")
@may(Act.CHALLENGE, form=ChallengeForm, page="tasks.challenge_page")
def ask(form: ChallengeForm) -> ResponseReturnValue:
    body = next((one for one in queries.list_represented(actor()) if one.slug == form.for_body.data), None)
    if body is None and form.for_body.data:
        raise BadForm(form.for_body, _("You cannot ask this for that organisation. Choose for whom you ask."))
    return _to_challenge(verbs.challenge(form.told(), actor(), organisation=body))


@bp.get("/challenges/<challenge_id>")
@may(Act.READ_AGREEMENT, on=queries.get_challenge)
def challenge(of: Challenge) -> ResponseReturnValue:
    told = {"words": shown.challenge_words(of, _today()), "tag": shown.STATES[of.state], "euros": euros}
    return render_template("tasks/challenge.html", challenge=of, inside=queries.is_own(of, actor()), **told)


@bp.post("/challenges/<challenge_id>/withdraw")
@may(Act.WITHDRAW_CHALLENGE, on=queries.get_challenge)
def withdraw(of: Challenge) -> ResponseReturnValue:
    verbs.withdraw_challenge(of, actor())
    return _to_challenge(of)


@bp.get("/staff/challenges/<challenge_id>")
@may(Act.DECIDE_CHALLENGE, on=queries.get_challenge, form=DecideForm)
def decide_page(of: Challenge, form: DecideForm) -> ResponseReturnValue:
    form.prefill(with_body=of.organisation.slug if of.organisation is not None else "")
    form.offer(list_bodies())
    return render_template("tasks/decide_page.html", challenge=of, form=form)


@bp.post("/staff/challenges/<challenge_id>")
@may(Act.DECIDE_CHALLENGE, on=queries.get_challenge, form=DecideForm, page="tasks.decide_page")
def decide(of: Challenge, form: DecideForm) -> ResponseReturnValue:
    ground, partner = form.ground.data or "", find_verified(form.with_body.data or "")
    if not form.accepts:
        verbs.refuse_challenge(of, ground, actor())
        return _to_challenge(of)
    if partner is None or form.review_on.data is None:
        raise Conflict(_("This organisation does not take part here any more. Choose another one."))
    accepted = verbs.Acceptance(partner, form.stops.data or "", form.review_on.data)
    verbs.accept_challenge(of, ground, accepted, actor())
    return _to_challenge(of)


@bp.get("/staff/challenge-terms")
@may(Act.SET_CHALLENGE_TERMS, form=TermsForm)
def terms_page(form: TermsForm) -> ResponseReturnValue:
    form.show(queries.find_terms())
    return render_template("tasks/terms_page.html", form=form)


@bp.post("/staff/challenge-terms")
@may(Act.SET_CHALLENGE_TERMS, form=TermsForm, page="tasks.terms_page")
def set_terms(form: TermsForm) -> ResponseReturnValue:
    verbs.set_terms(form.lines(), form.weeks.data or 0, actor())
    return redirect(url_for("tasks.challenges"), 303)


def _today() -> date:
    return local(actor().arrived_at).date()


def _to_task(task: Task) -> ResponseReturnValue:
    return redirect(url_for("tasks.task", task_id=task.public_id), 303)


def _to_challenge(of: Challenge) -> ResponseReturnValue:
    return redirect(url_for("tasks.challenge", challenge_id=of.public_id), 303)
