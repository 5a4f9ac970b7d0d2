"""Comparing the models of staffing, and deciding for one."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.director.people.staffing import queries, rules, verbs
from consult.director.people.staffing.forms import DecisionForm
from consult.doors import actor, may
from consult.policy import Act

bp = Blueprint("staffing", __name__)


@bp.get("/staff/staffing")
@may(Act.COMPARE_STAFFING)
def compare() -> ResponseReturnValue:
    decisions, limits = queries.list_decisions(), queries.get_limits()
    told = {"limits": limits, "until": limits.since + rules.STAY if limits.since else None, "fewest": rules.FEWEST}
    compared = queries.compare(actor(), limits.rule)
    return render_template("staffing/compare.html", compared=compared, decisions=decisions, **told)


@bp.get("/staff/staffing/decision")
@may(Act.DECIDE_STAFFING, form=DecisionForm)
def decide_page(form: DecisionForm) -> ResponseReturnValue:
    form.prefill(**rules.as_rule(queries.get_limits().rule))
    return render_template("staffing/decide_page.html", form=form)


@bp.post("/staff/staffing/decision")
@may(Act.DECIDE_STAFFING, form=DecisionForm, page="staffing.decide_page")
def decide(form: DecisionForm) -> ResponseReturnValue:
    verbs.decide(form.staffing_model.data, form.rule(), form.why_this.data or "", actor())
    return redirect(url_for("staffing.compare"), 303)
