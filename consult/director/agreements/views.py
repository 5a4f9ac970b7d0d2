"""Writing, amending, signing, publishing and linking agreements."""

import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.contributions.queries import find_contribution
from consult.director.agreements import frame as shown
from consult.director.agreements import queries, realising, rules, verbs
from consult.director.agreements.forms import (
    BasicsForm,
    GoalsForm,
    IndicatorForm,
    LineForm,
    LinkForm,
    NewForm,
    PeriodsForm,
    PublishForm,
    RequirementForm,
    SeenForm,
    SignForm,
    StateForm,
    WhyForm,
)
from consult.director.agreements.models import Agreement, Realisation
from consult.director.agreements.queries import Part, get_part, get_written
from consult.director.agreements.terms import Terms, new_key
from consult.director.goals.queries import (
    find_body,
    find_round,
    get_goal,
    list_bodies,
    list_goal_choices,
    list_round_choices,
)
from consult.doors import actor, may
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.policy import Act

bp = Blueprint("agreements", __name__)


@bp.get("/staff/agreements/new")
@may(Act.WRITE_AGREEMENT, form=NewForm)
def new_page(form: NewForm) -> ResponseReturnValue:
    form.offer(list_bodies(), list_round_choices())
    return render_template("agreements/new_page.html", form=form)


@bp.post("/staff/agreements/new")
@may(Act.WRITE_AGREEMENT, form=NewForm, page="agreements.new_page")
def create(form: NewForm) -> ResponseReturnValue:
    partner, third = find_body(form.partner.data or ""), find_body(form.third.data or "")
    if partner is None:
        raise Conflict(_("This organisation is not known here any more. Choose another one."))
    title, legal_form, of = form.title.data or "", form.legal_form.data, find_round(form.of.data or "")
    return _back(verbs.make(title, legal_form, partner, actor(), third=third, of=of))


@bp.get("/staff/agreements/<agreement_id>")
@may(Act.READ_AGREEMENTS, on=get_written)
def desk(agreement: Agreement) -> ResponseReturnValue:
    return render_template("agreements/desk.html", **shown.desk(agreement, actor()))


@bp.get("/staff/agreements/<agreement_id>/terms")
@may(Act.WRITE_AGREEMENT, on=get_written, form=BasicsForm)
def basics_page(agreement: Agreement, form: BasicsForm) -> ResponseReturnValue:
    form.show(_terms(agreement), _seen(agreement))
    steps = shown.guide(agreement, _terms(agreement), "basics")
    return render_template("agreements/basics_page.html", agreement=agreement, form=form, guide=steps)


@bp.post("/staff/agreements/<agreement_id>/terms")
@may(Act.WRITE_AGREEMENT, on=get_written, form=BasicsForm, page="agreements.basics_page")
def set_basics(agreement: Agreement, form: BasicsForm) -> ResponseReturnValue:
    begun, told = rules.begun_of(agreement, local(actor().arrived_at).date()), form.told()
    if fault := rules.fault_of_start(begun, told.first_day):
        raise BadForm(form.runs_from, fault)
    if fault := rules.fault_of_end(begun, told.last_day):
        raise BadForm(form.runs_until, fault)
    verbs.set_basics(agreement, told, actor(), seen=form.seen.data or "")
    return _back(agreement)


@bp.get("/staff/agreements/<agreement_id>/periods")
@may(Act.WRITE_AGREEMENT, on=get_written, form=PeriodsForm)
def periods_page(agreement: Agreement, form: PeriodsForm) -> ResponseReturnValue:
    form.show(_terms(agreement).periods, _seen(agreement))
    steps = shown.guide(agreement, _terms(agreement), "periods")
    return render_template("agreements/periods_page.html", agreement=agreement, form=form, guide=steps)


@bp.post("/staff/agreements/<agreement_id>/periods")
@may(Act.WRITE_AGREEMENT, on=get_written, form=PeriodsForm, page="agreements.periods_page")
def set_periods(agreement: Agreement, form: PeriodsForm) -> ResponseReturnValue:
    terms, periods = _terms(agreement), form.told()
    if form.seen.data == _seen(agreement) and (fault := rules.fault_of_division(terms, periods)):
        raise BadForm(form.periods, fault)
    verbs.set_periods(agreement, periods, actor(), seen=form.seen.data or "")
    return _back(agreement)


def _item(part: Part, form: Any, place: str) -> dict[str, Any]:
    terms = _terms(part.agreement)
    form.show(part.item, terms, _seen(part.agreement))
    steps = shown.guide(part.agreement, terms, place)
    return {"agreement": part.agreement, "part": part, "form": form, "terms": terms, "guide": steps}


def _save_item(part: Part, form: Any) -> ResponseReturnValue:
    key = new_key() if part.item is None else part.key
    verbs.set_item(part.agreement, form.told(key), actor(), seen=form.seen.data or "")
    return _back(part.agreement)


@bp.get("/staff/agreements/<agreement_id>/indicators/<part_key>")
@may(Act.WRITE_AGREEMENT, on=queries.get_indicator, form=IndicatorForm)
def indicator_page(part: Part, form: IndicatorForm) -> ResponseReturnValue:
    return render_template("agreements/indicator_page.html", **_item(part, form, "indicators"))


@bp.post("/staff/agreements/<agreement_id>/indicators/<part_key>")
@may(Act.WRITE_AGREEMENT, on=queries.get_indicator, form=IndicatorForm, page="agreements.indicator_page")
def set_indicator(part: Part, form: IndicatorForm) -> ResponseReturnValue:
    return _save_item(part, form)


@bp.get("/staff/agreements/<agreement_id>/lines/<part_key>")
@may(Act.WRITE_AGREEMENT, on=queries.get_line, form=LineForm)
def line_page(part: Part, form: LineForm) -> ResponseReturnValue:
    return render_template("agreements/line_page.html", **_item(part, form, "lines"))


@bp.post("/staff/agreements/<agreement_id>/lines/<part_key>")
@may(Act.WRITE_AGREEMENT, on=queries.get_line, form=LineForm, page="agreements.line_page")
def set_line(part: Part, form: LineForm) -> ResponseReturnValue:
    return _save_item(part, form)


@bp.get("/staff/agreements/<agreement_id>/requirements/<part_key>")
@may(Act.WRITE_AGREEMENT, on=queries.get_requirement, form=RequirementForm)
def requirement_page(part: Part, form: RequirementForm) -> ResponseReturnValue:
    return render_template("agreements/requirement_page.html", **_item(part, form, "requirements"))


@bp.post("/staff/agreements/<agreement_id>/requirements/<part_key>")
@may(Act.WRITE_AGREEMENT, on=queries.get_requirement, form=RequirementForm, page="agreements.requirement_page")
def set_requirement(part: Part, form: RequirementForm) -> ResponseReturnValue:
    return _save_item(part, form)


@bp.post("/staff/agreements/<agreement_id>/items/<part_key>/drop")
@may(Act.WRITE_AGREEMENT, on=get_part, form=SeenForm)
def drop_item(part: Part, form: SeenForm) -> ResponseReturnValue:
    verbs.drop_item(part.agreement, part.key, actor(), seen=form.seen.data or "")
    return _back(part.agreement)


@bp.get("/staff/agreements/<agreement_id>/amend")
@may(Act.WRITE_AGREEMENT, on=get_written, form=WhyForm)
def amend_page(agreement: Agreement, form: WhyForm) -> ResponseReturnValue:
    return render_template("agreements/amend_page.html", agreement=agreement, form=form)


@bp.post("/staff/agreements/<agreement_id>/amend")
@may(Act.WRITE_AGREEMENT, on=get_written, form=WhyForm, page="agreements.amend_page")
def amend(agreement: Agreement, form: WhyForm) -> ResponseReturnValue:
    verbs.amend(agreement, form.because.data or "", actor())
    return _back(agreement)


@bp.post("/staff/agreements/<agreement_id>/amend/drop")
@may(Act.WRITE_AGREEMENT, on=get_written)
def drop_amendment(agreement: Agreement) -> ResponseReturnValue:
    verbs.drop_amendment(agreement, actor())
    return _back(agreement)


@bp.get("/staff/agreements/<agreement_id>/state")
@may(Act.MOVE_AGREEMENT, on=get_written, form=StateForm)
def state_page(agreement: Agreement, form: StateForm) -> ResponseReturnValue:
    form.offer(rules.ways_on(agreement.state))
    return render_template("agreements/state_page.html", agreement=agreement, form=form)


@bp.post("/staff/agreements/<agreement_id>/state")
@may(Act.MOVE_AGREEMENT, on=get_written, form=StateForm, page="agreements.state_page")
def move(agreement: Agreement, form: StateForm) -> ResponseReturnValue:
    verbs.move(agreement, form.to_state.data, form.because.data or "", actor())
    return _back(agreement)


@bp.get("/staff/agreements/<agreement_id>/publish")
@may(Act.PUBLISH_AGREEMENT, on=get_written, form=PublishForm)
def publish_page(agreement: Agreement, form: PublishForm) -> ResponseReturnValue:
    form.show(agreement.woo_category, agreement.legal_form)
    return render_template("agreements/publish_page.html", agreement=agreement, form=form)


@bp.post("/staff/agreements/<agreement_id>/publish")
@may(Act.PUBLISH_AGREEMENT, on=get_written, form=PublishForm, page="agreements.publish_page")
def publish(agreement: Agreement, form: PublishForm) -> ResponseReturnValue:
    verbs.publish(agreement, actor(), woo_category=form.woo.data or "")
    return _back(agreement)


@bp.get("/staff/agreements/<agreement_id>/goals")
@may(Act.LINK_AGREEMENT, on=get_written, form=GoalsForm)
def goals_page(agreement: Agreement, form: GoalsForm) -> ResponseReturnValue:
    form.prefill(goals=[one.public_id for one in queries.list_goals_for(actor(), agreement.id)])
    form.goals.choices = list_goal_choices()
    return render_template("agreements/goals_page.html", agreement=agreement, form=form)


@bp.post("/staff/agreements/<agreement_id>/goals")
@may(Act.LINK_AGREEMENT, on=get_written, form=GoalsForm, page="agreements.goals_page")
def set_goals(agreement: Agreement, form: GoalsForm) -> ResponseReturnValue:
    realising.set_goals(agreement, [get_goal(actor(), one) for one in form.goals.data or ()], actor())
    return _back(agreement)


@bp.get("/staff/agreements/<agreement_id>/links")
@may(Act.LINK_AGREEMENT, on=get_written, form=LinkForm)
def links_page(agreement: Agreement, form: LinkForm) -> ResponseReturnValue:
    form.paragraph.choices = [("", _("no paragraph")), *queries.list_paragraph_choices(agreement.round_id)]
    realised, passages = queries.list_origin(actor(), agreement.id)
    told = {"agreement": agreement, "realised": realised, "passages": passages}
    return render_template("agreements/links_page.html", form=form, **told)


@bp.post("/staff/agreements/<agreement_id>/links")
@may(Act.LINK_AGREEMENT, on=get_written, form=LinkForm, page="agreements.links_page")
def link(agreement: Agreement, form: LinkForm) -> ResponseReturnValue:
    realising.link(agreement, actor(), **_linked(agreement, form))
    return redirect(url_for("agreements.links_page", agreement_id=agreement.public_id), 303)


@bp.post("/staff/agreements/<agreement_id>/links/<uuid:realisation_id>/remove")
@may(Act.LINK_AGREEMENT, on=queries.get_realisation)
def unlink(realisation: Realisation) -> ResponseReturnValue:
    agreement_id = realisation.agreement.public_id
    realising.unlink(realisation, actor())
    return redirect(url_for("agreements.links_page", agreement_id=agreement_id), 303)


@bp.get("/agreements/<agreement_id>/sign")
@may(Act.SIGN_AGREEMENT, on=get_written, form=SignForm)
def sign_page(agreement: Agreement, form: SignForm) -> ResponseReturnValue:
    form.prefill(seen=_seen(agreement), signatory_name=actor().name)
    form.signer.choices = shown.signers(agreement, actor())
    return render_template("agreements/sign_page.html", form=form, **shown.to_sign(agreement, actor()))


@bp.post("/agreements/<agreement_id>/sign")
@may(Act.SIGN_AGREEMENT, on=get_written, form=SignForm, page="agreements.sign_page")
def sign(agreement: Agreement, form: SignForm) -> ResponseReturnValue:
    who = {"name": form.signatory_name.data or "", "function": form.signatory_function.data or ""}
    party = shown.party(agreement, form.signer.data or "")
    verbs.sign(agreement, actor(), seen=form.seen.data or "", organisation=party, **who)
    return redirect(url_for("accountability.agreement", agreement_id=agreement.public_id), 303)


def _terms(agreement: Agreement) -> Terms:
    """Return the terms that are being written, or else those that hold."""
    return agreement.draft.read if agreement.draft is not None else agreement.terms


def _seen(agreement: Agreement) -> str:
    return agreement.draft.digest if agreement.draft is not None else ""


def _linked(agreement: Agreement, form: LinkForm) -> dict[str, Any]:
    """Return to what an agreement is tied; raises NotFound for what is not there."""
    if form.paragraph.data:
        known = {one for one, _words in queries.list_paragraph_choices(agreement.round_id)}
        if form.paragraph.data not in known:
            raise NotFound
        return {"paragraph_id": uuid.UUID(form.paragraph.data)}
    found = None
    if agreement.round_id is not None:
        found = find_contribution(actor(), agreement.round_id, form.contribution.data or "")
    if found is None:
        raise Conflict(_("We know no input with this number in the round of the agreement. Look at its address."))
    return {"contribution": found}


def _back(agreement: Agreement) -> ResponseReturnValue:
    return redirect(url_for("agreements.desk", agreement_id=agreement.public_id), 303)
