"""Writing, signing, measuring and judging shared goals, and the list of them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.director.goals import queries, verbs
from consult.director.goals.forms import CorrectForm, FindingForm, GoalForm, MeasureForm, SignGoalForm, WooForm
from consult.director.goals.models import Goal
from consult.director.goals.queries import Measured
from consult.director.goals.rules import fault_of_measuring, latest, progress
from consult.doors import actor, may
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.models import Organisation
from consult.participants.rules import read_page
from consult.policy import Act, MemberDuty

bp = Blueprint("goals", __name__)


@bp.get("/goals")
@may(Act.READ_SITE)
def listing() -> ResponseReturnValue:
    page = queries.list_goals(actor(), read_page(request.args.get("page", "")))
    rows = [{"goal": one, "latest": latest(one.measurements), "progress": progress(one)} for one in page.items]
    return render_template("goals/listing.html", page=page, rows=rows)


@bp.get("/staff/goals/new")
@may(Act.WRITE_GOAL, form=GoalForm)
def new_page(form: GoalForm) -> ResponseReturnValue:
    form.offer(queries.list_bodies(), queries.list_round_choices())
    return render_template("goals/new_page.html", form=form)


@bp.post("/staff/goals/new")
@may(Act.WRITE_GOAL, form=GoalForm, page="goals.new_page")
def create(form: GoalForm) -> ResponseReturnValue:
    of = queries.find_round(form.of.data or "")
    return redirect(_page_of(verbs.write_goal(form.told(), _parties(form), actor(), of=of)), 303)


@bp.get("/staff/goals/<goal_id>")
@may(Act.WRITE_GOAL, on=queries.get_goal, form=GoalForm)
def edit_page(goal: Goal, form: GoalForm) -> ResponseReturnValue:
    form.show(goal)
    form.offer(queries.list_bodies(), queries.list_round_choices())
    return render_template("goals/edit_page.html", goal=goal, form=form)


@bp.post("/staff/goals/<goal_id>")
@may(Act.WRITE_GOAL, on=queries.get_goal, form=GoalForm, page="goals.edit_page")
def change(goal: Goal, form: GoalForm) -> ResponseReturnValue:
    of, version = queries.find_round(form.of.data or ""), _version(form.version.data)
    changed = verbs.write_goal(form.told(), _parties(form), actor(), of=of, instead=goal, version=version)
    return redirect(_page_of(changed), 303)


@bp.post("/staff/goals/<goal_id>/versions/drop")
@may(Act.WRITE_GOAL, on=queries.get_goal)
def drop_version(goal: Goal) -> ResponseReturnValue:
    verbs.drop_version(goal, actor())
    return redirect(_page_of(goal), 303)


@bp.get("/goals/<goal_id>/sign")
@may(Act.SIGN_GOAL, on=queries.get_goal, form=SignGoalForm)
def sign_page(goal: Goal, form: SignGoalForm) -> ResponseReturnValue:
    form.prefill(version=goal.signable)
    form.signer.choices = _signers(goal)
    parties = goal.taking_part(goal.signable)
    return render_template("goals/sign_page.html", goal=goal, words=goal.draft or goal, parties=parties, form=form)


@bp.post("/goals/<goal_id>/sign")
@may(Act.SIGN_GOAL, on=queries.get_goal, form=SignGoalForm, page="goals.sign_page")
def sign(goal: Goal, form: SignGoalForm) -> ResponseReturnValue:
    organisation = _represented(goal, form.signer.data or "")
    verbs.sign_goal(goal, actor(), version=_version(form.version.data), organisation=organisation)
    return redirect(_page_of(goal), 303)


@bp.get("/staff/goals/<goal_id>/measurements")
@may(Act.MEASURE_GOAL, on=queries.get_goal, form=MeasureForm)
def measure_page(goal: Goal, form: MeasureForm) -> ResponseReturnValue:
    return render_template("goals/measure_page.html", goal=goal, form=form)


@bp.post("/staff/goals/<goal_id>/measurements")
@may(Act.MEASURE_GOAL, on=queries.get_goal, form=MeasureForm, page="goals.measure_page")
def measure(goal: Goal, form: MeasureForm) -> ResponseReturnValue:
    assert form.value.number is not None
    assert form.measured_on.data is not None
    on, value, source = form.measured_on.data, form.value.number, form.source.data or ""
    if fault := fault_of_measuring(goal, on, local(actor().arrived_at).date()):
        raise BadForm(form.measured_on, fault)
    verbs.measure(goal, actor(), on=on, value=value, source=source)
    return redirect(_page_of(goal), 303)


@bp.get("/staff/goals/<goal_id>/measurements/<uuid:measurement_id>")
@may(Act.MEASURE_GOAL, on=queries.get_measured, form=CorrectForm)
def correct_page(measured: Measured, form: CorrectForm) -> ResponseReturnValue:
    form.show(measured.value)
    return render_template("goals/correct_page.html", goal=measured.goal, value=measured.value, form=form)


@bp.post("/staff/goals/<goal_id>/measurements/<uuid:measurement_id>")
@may(Act.MEASURE_GOAL, on=queries.get_measured, form=CorrectForm, page="goals.correct_page")
def correct(measured: Measured, form: CorrectForm) -> ResponseReturnValue:
    assert form.value.number is not None
    words = {"source": form.source.data or "", "because": form.because.data or ""}
    verbs.correct(measured, actor(), value=form.value.number, **words)
    return redirect(_page_of(measured.goal), 303)


@bp.get("/staff/goals/<goal_id>/finding")
@may(Act.MEASURE_GOAL, on=queries.get_goal, form=FindingForm)
def finding_page(goal: Goal, form: FindingForm) -> ResponseReturnValue:
    form.prefill(found=goal.found, because=goal.found_because)
    return render_template("goals/finding_page.html", goal=goal, form=form)


@bp.post("/staff/goals/<goal_id>/finding")
@may(Act.MEASURE_GOAL, on=queries.get_goal, form=FindingForm, page="goals.finding_page")
def find(goal: Goal, form: FindingForm) -> ResponseReturnValue:
    verbs.find(goal, form.found.data, form.because.data or "", actor())
    return redirect(_page_of(goal), 303)


@bp.get("/staff/goals/<goal_id>/publish")
@may(Act.PUBLISH_AGREEMENT, on=queries.get_goal, form=WooForm)
def publish_page(goal: Goal, form: WooForm) -> ResponseReturnValue:
    form.prefill(woo=goal.woo_category or "overeenkomsten")
    return render_template("goals/publish_page.html", goal=goal, form=form)


@bp.post("/staff/goals/<goal_id>/publish")
@may(Act.PUBLISH_AGREEMENT, on=queries.get_goal, form=WooForm, page="goals.publish_page")
def publish(goal: Goal, form: WooForm) -> ResponseReturnValue:
    verbs.publish_goal(goal, actor(), woo_category=form.woo.data or "")
    return redirect(_page_of(goal), 303)


def _parties(form: GoalForm) -> dict[Organisation, str]:
    found = {queries.find_body(slug): told for slug, told in form.wanted().items()}
    return {body: told for body, told in found.items() if body is not None}


def _signers(goal: Goal) -> list[tuple[str, str]]:
    """Return for whom the actor may sign: the organisations that they represent, or the authority."""
    mine = [one.organisation for one in goal.taking_part(goal.signable) if _represents(one.organisation)]
    return [(one.slug, one.name) for one in mine] or [("", _("the authority"))]


def _represented(goal: Goal, slug: str) -> Organisation | None:
    return next((one.organisation for one in goal.takers if one.organisation.slug == slug), None)


def _represents(organisation: Organisation) -> bool:
    return actor().memberships.get(organisation.id) is MemberDuty.REPRESENTATIVE


def _version(typed: str | None) -> int:
    told = typed or ""
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else -1


def _page_of(goal: Goal) -> str:
    return url_for("accountability.goal", goal_id=goal.public_id)
