"""The page on which two administrators together take away somebody's second factor."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.accounts.queries import list_factors
from consult.doors import actor, may
from consult.foundation.forms import BaseForm
from consult.participants import factors, queries
from consult.participants.forms import FactorResetForm
from consult.participants.models import Person
from consult.policy import Act

bp = Blueprint("resets", __name__)


@bp.get("/staff/people/<uuid:person_id>/factor")
@may(Act.READ_PEOPLE, on=queries.get_member_of_staff, form=FactorResetForm)
def page(person: Person, form: FactorResetForm) -> ResponseReturnValue:
    told = {"held": list_factors(person.account_id), "waiting": queries.find_factor_reset(person.id)}
    return render_template("participants/factor_page.html", person=person, form=form, **told)


@bp.post("/staff/people/<uuid:person_id>/factor")
@may(Act.PROPOSE_FACTOR_RESET, on=queries.get_member_of_staff, form=FactorResetForm, page="resets.page")
def propose(person: Person, form: FactorResetForm) -> ResponseReturnValue:
    factors.propose_factor_reset(person, form.how_known.data or "", actor())
    return redirect(url_for("resets.page", person_id=person.id), 303)


@bp.post("/staff/people/<uuid:person_id>/factor/confirm")
@may(Act.CONFIRM_FACTOR_RESET, on=queries.get_member_of_staff, form=BaseForm)
def confirm(person: Person, _form: BaseForm) -> ResponseReturnValue:
    factors.confirm_factor_reset(person, actor())
    return redirect(url_for("resets.page", person_id=person.id), 303)


@bp.post("/staff/people/<uuid:person_id>/factor/withdraw")
@may(Act.WITHDRAW_FACTOR_RESET, on=queries.get_member_of_staff, form=BaseForm)
def withdraw(person: Person, _form: BaseForm) -> ResponseReturnValue:
    factors.withdraw_factor_reset(person, actor())
    return redirect(url_for("resets.page", person_id=person.id), 303)
