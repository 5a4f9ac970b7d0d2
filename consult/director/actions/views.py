"""What happens after the decision: the public list, and where staff say what is done with each input."""

import uuid
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.director.actions import frame as shown
from consult.director.actions import queries, verbs
from consult.director.actions.forms import ActionForm, ChangeActionForm, DoneForm, NoActionForm
from consult.director.actions.queries import Decided, Planned, get_decided, get_planned
from consult.director.agreements.models import Agreement
from consult.director.agreements.queries import list_for_account
from consult.doors import actor, may
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.rules import read_page
from consult.policy import Act
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round

bp = Blueprint("actions", __name__)


@bp.get("/rounds/<slug>/actions")
@may(Act.READ_ROUND, on=get_round)
def listing(subject: Round) -> ResponseReturnValue:
    page = queries.list_actions(actor(), subject.id, _number())
    rows = shown.rows(page.items, _today(), actor())
    return render_template("actions/listing.html", page=page, rows=rows, **frame(subject, actor(), "actions"))


@bp.get("/staff/rounds/<slug>/actions")
@may(Act.WRITE_ACTION, on=get_round)
def desk(subject: Round) -> ResponseReturnValue:
    show = request.args.get("show", "")
    lacking = queries.list_lacking(actor(), subject.id, read_page(request.args.get("lacking", "")))
    page = queries.list_actions(actor(), subject.id, _number(), late_on=_today() if show == "late" else None)
    told = {"lacking": lacking, "page": page, "rows": shown.rows(page.items, _today(), actor()), "show": show}
    return render_template("actions/desk.html", **told, **staff_frame(subject, actor(), "actions"))


@bp.get("/staff/rounds/<slug>/actions/<public_id>")
@may(Act.WRITE_ACTION, on=get_decided, form=ActionForm)
def plan_page(decided: Decided, form: ActionForm) -> ResponseReturnValue:
    form.offer(_agreements(decided.contribution.round_id))
    rows = shown.rows(decided.actions, _today(), actor())
    return render_template("actions/plan_page.html", decided=decided, rows=rows, form=form)


@bp.post("/staff/rounds/<slug>/actions/<public_id>")
@may(Act.WRITE_ACTION, on=get_decided, form=ActionForm, page="actions.plan_page")
def plan(decided: Decided, form: ActionForm) -> ResponseReturnValue:
    agreement = _chosen(decided.contribution.round, form)
    verbs.plan(decided, form.told(agreement), actor())
    return _to_desk(decided.contribution.round)


@bp.get("/staff/rounds/<slug>/actions/<public_id>/none")
@may(Act.WRITE_ACTION, on=get_decided, form=NoActionForm)
def none_page(decided: Decided, form: NoActionForm) -> ResponseReturnValue:
    return render_template("actions/none_page.html", decided=decided, form=form)


@bp.post("/staff/rounds/<slug>/actions/<public_id>/none")
@may(Act.WRITE_ACTION, on=get_decided, form=NoActionForm, page="actions.none_page")
def explain_none(decided: Decided, form: NoActionForm) -> ResponseReturnValue:
    verbs.explain_none(decided, form.none_because.data or "", actor())
    return _to_desk(decided.contribution.round)


@bp.get("/staff/rounds/<slug>/actions/<public_id>/<uuid:action_id>")
@may(Act.WRITE_ACTION, on=get_planned, form=ChangeActionForm)
def change_page(planned: Planned, form: ChangeActionForm) -> ResponseReturnValue:
    agreements = _agreements(planned.round_id)
    form.offer(agreements)
    form.show(planned.action, next((one for one in agreements if one.id == planned.action.agreement_id), None))
    return render_template("actions/change_page.html", action=planned.action, form=form)


@bp.post("/staff/rounds/<slug>/actions/<public_id>/<uuid:action_id>")
@may(Act.WRITE_ACTION, on=get_planned, form=ChangeActionForm, page="actions.change_page")
def change(planned: Planned, form: ChangeActionForm) -> ResponseReturnValue:
    agreement = _chosen(planned.action.contribution.round, form)
    verbs.change(planned, form.told(agreement), form.because.data or "", actor())
    return _to_desk(planned.action.contribution.round)


@bp.get("/staff/rounds/<slug>/actions/<public_id>/<uuid:action_id>/done")
@may(Act.WRITE_ACTION, on=get_planned, form=DoneForm)
def done_page(planned: Planned, form: DoneForm) -> ResponseReturnValue:
    return render_template("actions/done_page.html", action=planned.action, form=form)


@bp.post("/staff/rounds/<slug>/actions/<public_id>/<uuid:action_id>/done")
@may(Act.WRITE_ACTION, on=get_planned, form=DoneForm, page="actions.done_page")
def finish(planned: Planned, form: DoneForm) -> ResponseReturnValue:
    verbs.finish(planned, form.result.data or "", actor())
    return _to_desk(planned.action.contribution.round)


def _agreements(round_id: uuid.UUID) -> list[Agreement]:
    return list_for_account(actor(), round_id)


def _chosen(subject: Round, form: ActionForm) -> Agreement | None:
    """Return the agreement of the round that was chosen; refused for one that is not there any more."""
    if not form.realised_by.data:
        return None
    found = next((one for one in _agreements(subject.id) if one.public_id == form.realised_by.data), None)
    if found is None:
        raise Conflict(_("This agreement is not one of this round. Choose another one."))
    return found


def _number() -> int:
    return read_page(request.args.get("page", ""))


def _today() -> date:
    return local(actor().arrived_at).date()


def _to_desk(subject: Round) -> ResponseReturnValue:
    return redirect(url_for("actions.desk", slug=subject.slug), 303)
