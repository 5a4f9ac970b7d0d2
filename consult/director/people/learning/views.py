"""The learning catalogue: what there is to learn, in which groups, and what each competence lacks."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.director.people.learning import queries, rules, verbs
from consult.director.people.learning.forms import ActivityForm, CohortForm
from consult.director.people.learning.models import LearningActivity
from consult.director.people.profiles.queries import list_competences
from consult.doors import actor, may
from consult.policy import Act

bp = Blueprint("learning", __name__)


@bp.get("/staff/learning")
@may(Act.READ_DESK)
def listing() -> ResponseReturnValue:
    found = queries.list_activities()
    covered = rules.coverage(found, [(one.code, one.name) for one in list_competences()])
    rows = [(one, rules.cost_per_person(one)) for one in found]
    return render_template("learning/listing.html", rows=rows, covered=covered)


@bp.get("/staff/learning/new")
@may(Act.WRITE_LEARNING, form=ActivityForm)
def new_page(form: ActivityForm) -> ResponseReturnValue:
    form.offer(list_competences())
    return render_template("learning/new_page.html", form=form)


@bp.post("/staff/learning/new")
@may(Act.WRITE_LEARNING, form=ActivityForm, page="learning.new_page")
def create(form: ActivityForm) -> ResponseReturnValue:
    return _page_of(verbs.write_activity(form.told(), actor()))


@bp.get("/staff/learning/<activity_id>")
@may(Act.READ_DESK, on=queries.get_activity)
def one(activity: LearningActivity) -> ResponseReturnValue:
    names = {one.code: one.name for one in list_competences()}
    cost = rules.cost_per_person(activity)
    return render_template("learning/one.html", activity=activity, cost=cost, names=names)


@bp.get("/staff/learning/<activity_id>/edit")
@may(Act.WRITE_LEARNING, on=queries.get_activity, form=ActivityForm)
def edit_page(activity: LearningActivity, form: ActivityForm) -> ResponseReturnValue:
    form.show(activity)
    form.offer(list_competences())
    return render_template("learning/edit_page.html", activity=activity, form=form)


@bp.post("/staff/learning/<activity_id>/edit")
@may(Act.WRITE_LEARNING, on=queries.get_activity, form=ActivityForm, page="learning.edit_page")
def change(activity: LearningActivity, form: ActivityForm) -> ResponseReturnValue:
    return _page_of(verbs.write_activity(form.told(), actor(), instead=activity))


@bp.post("/staff/learning/<activity_id>/retire")
@may(Act.WRITE_LEARNING, on=queries.get_activity)
def retire(activity: LearningActivity) -> ResponseReturnValue:
    verbs.retire(activity, actor())
    return redirect(url_for("learning.listing"), 303)


@bp.get("/staff/learning/<activity_id>/groups")
@may(Act.WRITE_LEARNING, on=queries.get_activity, form=CohortForm)
def cohort_page(activity: LearningActivity, form: CohortForm) -> ResponseReturnValue:
    return render_template("learning/cohort_page.html", activity=activity, form=form)


@bp.post("/staff/learning/<activity_id>/groups")
@may(Act.WRITE_LEARNING, on=queries.get_activity, form=CohortForm, page="learning.cohort_page")
def plan_cohort(activity: LearningActivity, form: CohortForm) -> ResponseReturnValue:
    assert form.begins_on.data is not None
    assert form.finishes_on.data is not None
    days = {"starts_on": form.begins_on.data, "ends_on": form.finishes_on.data}
    told = {"place": form.place.data or "", "programme": form.programme.data or "", "seats": form.group_size.data or 0}
    verbs.plan_cohort(activity, actor(), **days, **told)  # type: ignore[arg-type]
    return _page_of(activity)


def _page_of(activity: LearningActivity) -> ResponseReturnValue:
    return redirect(url_for("learning.one", activity_id=activity.public_id), 303)
