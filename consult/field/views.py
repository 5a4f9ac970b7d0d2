"""The field map with its parties, connections, partner pages, reach and advice."""

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may
from consult.field import connecting, matches, queries, reaching, rules, verbs
from consult.field import forms as asked
from consult.field import frame as shown
from consult.field.matches import Asked, Introducing
from consult.field.models import PartyKind, ReachKind
from consult.field.queries import Advising, Reaching, Seated, Tied
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.participants.models import Organisation
from consult.participants.queries import get_organisation
from consult.participants.rules import read_page
from consult.policy import Act
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, public_etag

bp = Blueprint("field", __name__)


# --- the map ---


@bp.get("/rounds/<slug>/parties")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def parties(subject: Round) -> ResponseReturnValue:
    found = queries.list_rings(subject)
    return render_template("field/parties.html", parties=found, **frame(subject, actor(), "positions"))


@bp.get("/staff/rounds/<slug>/field")
@may(Act.READ_FIELD, on=get_round)
def map(subject: Round) -> ResponseReturnValue:  # noqa: A001  the word of the domain, as the address has it
    number = read_page(request.args["phase"]) if "phase" in request.args else None
    found = queries.get_map(subject, actor().arrived_at, number)
    age = queries.find_map_age(subject, actor().arrived_at)
    asked_for = (shown.sort_by(request.args.get("sort", "")), shown.ring_by(request.args.get("ring", "")))
    told = shown.field_map(found, asked_for, age, actor(), subject)
    return render_template("field/map.html", **told, **staff_frame(subject, actor(), "field"))


@bp.get("/staff/rounds/<slug>/field/new")
@may(Act.WRITE_FIELD, on=get_round, form=asked.PartyForm)
def new_page(subject: Round, form: asked.PartyForm) -> ResponseReturnValue:
    form.offer(queries.list_body_choices())
    return render_template("field/new_page.html", form=form, **staff_frame(subject, actor(), "field"))


@bp.post("/staff/rounds/<slug>/field/new")
@may(Act.WRITE_FIELD, on=get_round, form=asked.PartyForm, page="field.new_page")
def add(subject: Round, form: asked.PartyForm) -> ResponseReturnValue:
    return _to_party(subject, verbs.add_party(subject, form.told(), actor()).id)


@bp.get("/staff/rounds/<slug>/field/<uuid:party_id>")
@may(Act.READ_FIELD, on=queries.get_party)
def party(seated: Seated) -> ResponseReturnValue:
    return render_template(
        "field/party.html",
        seated=seated,
        party=seated.party,
        thought=queries.list_assessed(seated.party.id),
        relations=queries.list_relations(seated.round_id, seated.party.id),
        salience=lambda one: rules.SALIENCE[one.has_power, one.is_legitimate, one.is_urgent],
        **staff_frame(seated.round, actor(), "field"),
    )


@bp.get("/staff/rounds/<slug>/field/<uuid:party_id>/edit")
@may(Act.WRITE_FIELD, on=queries.get_party, form=asked.PartyForm)
def edit_page(seated: Seated, form: asked.PartyForm) -> ResponseReturnValue:
    form.show(seated.party)
    form.offer(queries.list_body_choices())
    return render_template(
        "field/edit_page.html", seated=seated, form=form, **staff_frame(seated.round, actor(), "field")
    )


@bp.post("/staff/rounds/<slug>/field/<uuid:party_id>/edit")
@may(Act.WRITE_FIELD, on=queries.get_party, form=asked.PartyForm, page="field.edit_page")
def change(seated: Seated, form: asked.PartyForm) -> ResponseReturnValue:
    verbs.change_party(seated.party, seated.round, form.told(), actor())
    return _to_party(seated.round, seated.party.id)


@bp.post("/staff/rounds/<slug>/field/<uuid:party_id>/off")
@may(Act.WRITE_FIELD, on=queries.get_party)
def take_off(seated: Seated) -> ResponseReturnValue:
    verbs.take_off(seated.party, actor())
    return redirect(url_for("field.map", slug=seated.round.slug), 303)


@bp.get("/staff/rounds/<slug>/field/<uuid:party_id>/assess")
@may(Act.ASSESS_PARTY, on=queries.get_party, form=asked.AssessmentForm)
def assess_page(seated: Seated, form: asked.AssessmentForm) -> ResponseReturnValue:
    phase = rules.map_phase(seated.round.phases, actor().arrived_at)
    form.show(queries.find_assessment(seated.party.id, phase.id, actor()))
    around = staff_frame(seated.round, actor(), "field")
    return render_template("field/assess_page.html", seated=seated, phase=phase, form=form, **around)


@bp.post("/staff/rounds/<slug>/field/<uuid:party_id>/assess")
@may(Act.ASSESS_PARTY, on=queries.get_party, form=asked.AssessmentForm, page="field.assess_page")
def assess(seated: Seated, form: asked.AssessmentForm) -> ResponseReturnValue:
    verbs.assess(seated.party, seated.round, form.told(), actor())
    return _to_party(seated.round, seated.party.id)


@bp.get("/staff/rounds/<slug>/field/<uuid:party_id>/relations/new")
@may(Act.WRITE_FIELD, on=queries.get_party, form=asked.RelationForm)
def relate_page(seated: Seated, form: asked.RelationForm) -> ResponseReturnValue:
    form.offer(queries.list_party_choices(seated.round_id), seated.party)
    around = staff_frame(seated.round, actor(), "field")
    return render_template("field/relate_page.html", seated=seated, form=form, **around)


@bp.post("/staff/rounds/<slug>/field/<uuid:party_id>/relations/new")
@may(Act.WRITE_FIELD, on=queries.get_party, form=asked.RelationForm, page="field.relate_page")
def relate(seated: Seated, form: asked.RelationForm) -> ResponseReturnValue:
    assert form.seen_on.data is not None
    other = queries.get_party(actor(), seated.round.slug, form.with_party.data).party
    source, seen_on = form.known_from.data or "", form.seen_on.data
    verbs.relate(seated.party, other, form.relation.data, actor(), source=source, seen_on=seen_on)
    return _to_party(seated.round, seated.party.id)


@bp.post("/staff/rounds/<slug>/relations/<uuid:relation_id>/end")
@may(Act.WRITE_FIELD, on=queries.get_relation)
def end_relation(tied: Tied) -> ResponseReturnValue:
    verbs.end_relation(tied.relation, tied.round, actor())
    return _to_party(tied.round, tied.relation.one_id)


@bp.get("/staff/rounds/<slug>/field/unorganised")
@may(Act.WRITE_FIELD, on=get_round, form=asked.UnorganisedForm)
def unorganised_page(subject: Round, form: asked.UnorganisedForm) -> ResponseReturnValue:
    phase = rules.map_phase(subject.phases, actor().arrived_at)
    known = queries.find_unorganised(phase.id)
    form.prefill(unorganised=known.text if known is not None else "")
    around = staff_frame(subject, actor(), "field")
    return render_template("field/unorganised_page.html", form=form, phase=phase, **around)


@bp.post("/staff/rounds/<slug>/field/unorganised")
@may(Act.WRITE_FIELD, on=get_round, form=asked.UnorganisedForm, page="field.unorganised_page")
def tell_unorganised(subject: Round, form: asked.UnorganisedForm) -> ResponseReturnValue:
    verbs.tell_unorganised(subject, form.unorganised.data or "", actor())
    return redirect(url_for("field.map", slug=subject.slug), 303)


# --- connections and partners ---


@bp.get("/staff/rounds/<slug>/connections")
@may(Act.READ_FIELD, on=get_round)
def connections(subject: Round) -> ResponseReturnValue:
    introductions = matches.list_introductions(subject.id)
    told = shown.connections(matches.connections(subject, actor()), introductions)
    around = staff_frame(subject, actor(), "connections")
    words = shown.introduction_words
    return render_template("field/connections.html", introductions=introductions, words=words, **told, **around)


@bp.get("/staff/rounds/<slug>/connections/new")
@may(Act.INTRODUCE, on=get_round, form=asked.IntroduceForm)
def introduce_page(subject: Round, form: asked.IntroduceForm) -> ResponseReturnValue:
    form.prefill(one_body=request.args.get("one", ""), other_body=request.args.get("other", ""))
    form.offer(queries.list_body_choices())
    return render_template("field/introduce_page.html", form=form, **staff_frame(subject, actor(), "connections"))


@bp.post("/staff/rounds/<slug>/connections/new")
@may(Act.INTRODUCE, on=get_round, form=asked.IntroduceForm, page="field.introduce_page")
def introduce(subject: Round, form: asked.IntroduceForm) -> ResponseReturnValue:
    two = [queries.find_verified(slug or "") for slug in (form.one_body.data, form.other_body.data)]
    if two[0] is None or two[1] is None:
        raise Conflict(_("One of these organisations does not take part here any more. Choose another one."))
    made = connecting.introduce(subject, two[0], two[1], form.reason.data or "", actor())
    return redirect(url_for("field.came_of_page", slug=subject.slug, introduction=made.public_id), 303)


@bp.get("/staff/rounds/<slug>/connections/<introduction>")
@may(Act.INTRODUCE, on=matches.get_introduction, form=asked.CameOfForm)
def came_of_page(introducing: Introducing, form: asked.CameOfForm) -> ResponseReturnValue:
    one = introducing.introduction
    form.prefill(came_of=one.outcome)
    told = {"one": one, "words": shown.introduction_words(one), "form": form}
    return render_template("field/came_of_page.html", **told, **staff_frame(introducing.round, actor(), "connections"))


@bp.post("/staff/rounds/<slug>/connections/<introduction>")
@may(Act.INTRODUCE, on=matches.get_introduction, form=asked.CameOfForm, page="field.came_of_page")
def note_outcome(introducing: Introducing, form: asked.CameOfForm) -> ResponseReturnValue:
    connecting.note_outcome(introducing.introduction, form.came_of.data or "", actor())
    return redirect(url_for("field.connections", slug=introducing.round.slug), 303)


@bp.get("/organisations/<organisation>/partner")
@may(Act.READ_SITE, on=get_organisation)
def partner(body: Organisation) -> ResponseReturnValue:
    offers = matches.list_offers([body.id])
    own = matches.list_asked_of([body.id]) if body.id in actor().memberships else []
    told = {"introductions": [(one, shown.asked_words(one)) for one in own]}
    return render_template(
        "field/partner.html", organisation=body, offers=offers, text=matches.find_partner_text(body.id), **told
    )


@bp.get("/organisations/<organisation>/partner/edit")
@may(Act.EDIT_ORGANISATION, on=get_organisation, form=asked.PartnerForm)
def partner_page(body: Organisation, form: asked.PartnerForm) -> ResponseReturnValue:
    offers, text = matches.list_offers([body.id]), matches.find_partner_text(body.id)
    lines = {side: "\n".join(one.tag for one in offers if one.side.value == side) for side in ("offers", "seeks")}
    form.prefill(**lines, results=text.results if text else "", practice=text.practice if text else "")
    return render_template("field/partner_page.html", organisation=body, form=form)


@bp.post("/organisations/<organisation>/partner/edit")
@may(Act.EDIT_ORGANISATION, on=get_organisation, form=asked.PartnerForm, page="field.partner_page")
def write_partner(body: Organisation, form: asked.PartnerForm) -> ResponseReturnValue:
    words = (form.results.data or "", form.practice.data or "")
    connecting.write_partner(body, form.lines("offers"), form.lines("seeks"), *words, actor())
    return redirect(url_for("field.partner", organisation=body.slug), 303)


@bp.get("/organisations/<organisation>/introductions/<introduction>")
@may(Act.READ_MEMBERS, on=matches.get_asked_side, form=asked.AnswerIntroductionForm)
def introduction(told: Asked, form: asked.AnswerIntroductionForm) -> ResponseReturnValue:
    return render_template("field/introduction.html", asked=told, words=shown.asked_words(told), form=form)


@bp.post("/organisations/<organisation>/introductions/<introduction>")
@may(Act.ANSWER_INTRODUCTION, on=matches.get_asked_side, form=asked.AnswerIntroductionForm, page="field.introduction")
def answer_introduction(told: Asked, form: asked.AnswerIntroductionForm) -> ResponseReturnValue:
    connecting.answer_introduction(told, form.contact.data or "", actor(), accepts=form.accepts.data == "yes")
    body, code = told.own.organisation.slug, told.introduction.public_id
    return redirect(url_for("field.introduction", organisation=body, introduction=code), 303)


# --- reach ---


@bp.get("/staff/rounds/<slug>/reach")
@may(Act.READ_QUEUE, on=get_round)
def reach(subject: Round) -> ResponseReturnValue:
    told = shown.reach(queries.reach(subject.id), queries.list_outreach(subject.id), subject, actor())
    return render_template("field/reach.html", **told, **staff_frame(subject, actor(), "reach"))


@bp.get("/staff/rounds/<slug>/reach/count")
@may(Act.COUNT_REACH, on=get_round, form=asked.ReachForm)
def count_page(subject: Round, form: asked.ReachForm) -> ResponseReturnValue:
    found = queries.reach(subject.id)
    rows = shown.count_rows(found, queries.count_authors(subject.id))
    form.show(rows, found.counts[0].source if found.counts else "")
    return render_template("field/count_page.html", form=form, **staff_frame(subject, actor(), "reach"))


@bp.post("/staff/rounds/<slug>/reach/count")
@may(Act.COUNT_REACH, on=get_round, form=asked.ReachForm, page="field.count_page")
def count_reach(subject: Round, form: asked.ReachForm) -> ResponseReturnValue:
    reaching.count_reach(subject, form.counted("area"), form.counted("age"), form.counted_from.data or "", actor())
    return redirect(url_for("field.reach", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/outreach/new")
@may(Act.REACH_OUT, on=get_round, form=asked.OutreachForm)
def outreach_page(subject: Round, form: asked.OutreachForm) -> ResponseReturnValue:
    form.offer(shown.group_choices(queries.reach(subject.id)))
    form.prefill(group=request.args.get("group", ""))
    return render_template("field/outreach_page.html", form=form, **staff_frame(subject, actor(), "reach"))


@bp.post("/staff/rounds/<slug>/outreach/new")
@may(Act.REACH_OUT, on=get_round, form=asked.OutreachForm, page="field.outreach_page")
def start_outreach(subject: Round, form: asked.OutreachForm) -> ResponseReturnValue:
    assert form.planned_on.data is not None
    kind, _slash, code = (form.group.data or "").partition("/")
    reaching.start_outreach(subject, ReachKind(kind), code, form.what.data or "", form.planned_on.data, actor())
    return redirect(url_for("field.reach", slug=subject.slug, _anchor=f"{kind}-{code}"), 303)


@bp.get("/staff/rounds/<slug>/outreach/<uuid:outreach_id>")
@may(Act.REACH_OUT, on=queries.get_outreach, form=asked.OutreachDoneForm)
def outreach_done_page(of: Reaching, form: asked.OutreachDoneForm) -> ResponseReturnValue:
    name = shown.group_name(of.outreach.kind, of.outreach.code, queries.reach(of.round_id))
    told = {"outreach": of.outreach, "group": name, "form": form}
    return render_template("field/outreach_done_page.html", **told, **staff_frame(of.round, actor(), "reach"))


@bp.post("/staff/rounds/<slug>/outreach/<uuid:outreach_id>")
@may(Act.REACH_OUT, on=queries.get_outreach, form=asked.OutreachDoneForm, page="field.outreach_done_page")
def finish_outreach(of: Reaching, form: asked.OutreachDoneForm) -> ResponseReturnValue:
    assert form.done_on.data is not None
    reaching.finish_outreach(of.outreach, form.done_on.data, form.reached.data or 0, form.note.data or "", actor())
    return redirect(url_for("field.reach", slug=of.round.slug), 303)


# --- advice ---


@bp.get("/staff/rounds/<slug>/advice")
@may(Act.READ_QUEUE, on=get_round)
def advice(subject: Round) -> ResponseReturnValue:
    rows = [shown.advice_row(one, subject, actor()) for one in queries.list_advice(subject.id)]
    show = request.args.get("show", "")
    rows = [row for row in rows if show not in shown.SHOWN or shown.SHOWN[show](row)]
    return render_template("field/advice.html", rows=rows, show=show, **staff_frame(subject, actor(), "advice"))


@bp.get("/staff/rounds/<slug>/advice/new")
@may(Act.ASK_ADVICE, on=get_round, form=asked.AskAdviceForm)
def ask_advice_page(subject: Round, form: asked.AskAdviceForm) -> ResponseReturnValue:
    form.offer(queries.list_party_choices(subject.id, PartyKind.INTERNAL))
    return render_template("field/ask_advice_page.html", form=form, **staff_frame(subject, actor(), "advice"))


@bp.post("/staff/rounds/<slug>/advice/new")
@may(Act.ASK_ADVICE, on=get_round, form=asked.AskAdviceForm, page="field.ask_advice_page")
def ask_advice(subject: Round, form: asked.AskAdviceForm) -> ResponseReturnValue:
    assert form.due_on.data is not None
    department = queries.get_party(actor(), subject.slug, form.department.data).party
    reaching.ask_advice(subject, department, form.question.data or "", form.due_on.data, actor())
    return redirect(url_for("field.advice", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/advice/<uuid:advice_id>")
@may(Act.READ_QUEUE, on=queries.get_advice, form=asked.AdviceForm)
def advice_page(of: Advising, form: asked.AdviceForm) -> ResponseReturnValue:
    row = shown.advice_row(of.request, of.round, actor())
    return render_template(
        "field/advice_page.html", of=of, row=row, form=form, **staff_frame(of.round, actor(), "advice")
    )


@bp.post("/staff/rounds/<slug>/advice/<uuid:advice_id>")
@may(Act.ASK_ADVICE, on=queries.get_advice, form=asked.AdviceForm, page="field.advice_page")
def note_advice(of: Advising, form: asked.AdviceForm) -> ResponseReturnValue:
    assert form.answered_on.data is not None
    reaching.note_advice(of.request, form.advice.data or "", form.answered_on.data, actor())
    return redirect(url_for("field.advice", slug=of.round.slug), 303)


@bp.get("/staff/rounds/<slug>/advice/<uuid:advice_id>/waive")
@may(Act.WAIVE_ADVICE, on=queries.get_advice, form=asked.WaiveForm)
def waive_page(of: Advising, form: asked.WaiveForm) -> ResponseReturnValue:
    return render_template("field/waive_page.html", of=of, form=form, **staff_frame(of.round, actor(), "advice"))


@bp.post("/staff/rounds/<slug>/advice/<uuid:advice_id>/waive")
@may(Act.WAIVE_ADVICE, on=queries.get_advice, form=asked.WaiveForm, page="field.waive_page")
def waive(of: Advising, form: asked.WaiveForm) -> ResponseReturnValue:
    reaching.waive_advice(of.request, form.because.data or "", actor())
    return redirect(url_for("field.advice", slug=of.round.slug), 303)


def _to_party(subject: Round, party_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("field.party", slug=subject.slug, party_id=party_id), 303)
