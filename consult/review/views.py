"""The review of a draft as everybody sees it, formal views as their authors do, and the work of staff on both."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may, platform
from consult.foundation import web
from consult.foundation.forms import was_used
from consult.foundation.language import local
from consult.mandates.queries import list_preconditions
from consult.participants.queries import get_organisation, list_memberships
from consult.policy import Act
from consult.proposals import unsent
from consult.proposals.models import Place
from consult.proposals.queries import Spot, find_unsent
from consult.review import answering, queries, rules, verbs
from consult.review import frame as shown
from consult.review.forms import (
    OfflineForm,
    OutageForm,
    OwnChangeForm,
    PointForm,
    PublishNoteForm,
    SignForm,
    TermForm,
    UnsentView,
    VerdictForm,
    ViewForm,
    id_or_none,
    page_number,
    version_in,
)
from consult.review.models import FormalView, OwnChange, Term, Verdict, ViewFile, ViewPoint
from consult.review.queries import Note, Review
from consult.rounds.frame import frame, staff_frame
from consult.rounds.queries import public_etag

NOTICE = ("notice_reference", "notice_url", "notice_on", "available_on")  # what makes a term

bp = Blueprint("review", __name__)


# --- what everybody sees ---


@bp.get("/rounds/<slug>/review")
@may(Act.READ_ROUND, on=queries.get_review, etag=public_etag)
def page(review: Review) -> ResponseReturnValue:
    subject = review.round
    own = [view for view in queries.list_own_views(actor()) if view.round_id == subject.id]
    return render_template(
        "review/page.html",
        **frame(subject, actor(), "review"),
        **shown.term(review.term, actor().arrived_at),
        own=own,
        is_decided=subject.is_decided,
        has_note=queries.is_note_public(subject.id),
    )


@bp.get("/rounds/<slug>/review/respond")
@may(Act.READ_ROUND, on=queries.get_term, form=ViewForm)
def respond_page(term: Term, form: ViewForm) -> ResponseReturnValue:
    speaks_for = [one.organisation for one in list_memberships(actor().person_id)]
    waiting = find_unsent(actor(), Place.FORMAL_VIEW, term.round_id)
    form.prefill(**(waiting.fields if waiting else {}))
    form.offer(speaks_for)
    return render_template(
        "review/respond_page.html",
        **frame(term.round, actor(), "review"),
        **shown.term(term, actor().arrived_at),
        form=form,
        waiting=waiting,
        speaks_for=speaks_for,
        bounds=list_preconditions(term.round.id),
        is_decided=term.round.is_decided,
    )


@bp.post("/rounds/<slug>/review/respond")
@may(Act.SUBMIT_VIEW, on=queries.get_term, form=ViewForm, page="review.respond_page", upload=True)
def respond(term: Term, form: ViewForm) -> ResponseReturnValue:
    behalf = get_organisation(actor(), form.behalf.data) if form.behalf.data else None
    view = verbs.submit_view(term, actor(), form.text.data or "", organisation=behalf, files=form.files.data)
    return redirect(url_for("review.own", slug=term.round.slug, number=view.number), 303)


@bp.post("/rounds/<slug>/review/respond/unsent")
@may(Act.KEEP_UNSENT, on=queries.get_term, form=UnsentView, page="review.respond_page", upload=True, quiet=True)
def keep(term: Term, form: UnsentView) -> ResponseReturnValue:
    is_sent = (me := actor().person_id) is not None and was_used(me, form.form_key.data or "")
    unsent.keep(Spot(term.round_id, Place.FORMAL_VIEW, term.round_id), actor(), form.told(), is_sent=is_sent)
    return (
        Response(status=204) if form.quiet.data else redirect(url_for("review.respond_page", slug=term.round.slug), 303)
    )


@bp.get("/rounds/<slug>/review/views/<int:number>")
@may(Act.READ_VIEW, on=queries.get_own_view)
def own(view: FormalView) -> ResponseReturnValue:
    return render_template("review/own.html", **_around_own(view), **_of(view))


@bp.get("/rounds/<slug>/review/views/<int:number>/files/<uuid:view_file_id>")
@may(Act.READ_VIEW, on=queries.get_own_view_file)
def own_file(found: ViewFile) -> ResponseReturnValue:
    return _given(found)


@bp.get("/rounds/<slug>/review/views/<int:number>/withdraw")
@may(Act.WITHDRAW_VIEW, on=queries.get_own_view)
def withdraw_page(view: FormalView) -> ResponseReturnValue:
    return render_template("review/withdraw_page.html", **_around_own(view), view=view)


@bp.post("/rounds/<slug>/review/views/<int:number>/withdraw")
@may(Act.WITHDRAW_VIEW, on=queries.get_own_view)
def withdraw(view: FormalView) -> ResponseReturnValue:
    verbs.withdraw_view(view, actor())
    return redirect(url_for("review.own", slug=view.round.slug, number=view.number), 303)


@bp.get("/rounds/<slug>/response-note")
@may(Act.READ_ROUND, on=queries.get_note, etag=public_etag)
def note(found: Note) -> ResponseReturnValue:
    around = frame(found.round, actor(), "review")
    told = shown.note(found, actor())
    return render_template("review/note.html", **around, **shown.term(found.term, actor().arrived_at), **told)


def _around_own(view: FormalView) -> dict[str, Any]:
    return frame(view.round, actor(), "review")


def _of(view: FormalView) -> dict[str, Any]:
    return {
        "view": view,
        "tag": shown.tag(view),
        "sender": shown.sender(view),
        "steps": shown.steps(view),
        "digest": rules.fingerprint(view),
        "about": rules.about,
        "place_of": rules.place_of,
    }


# --- the list, the term and outages ---


@bp.get("/staff/rounds/<slug>/review")
@may(Act.READ_VIEWS, on=queries.get_review)
def desk(review: Review) -> ResponseReturnValue:
    subject, show = review.round, request.args.get("show", "")
    counted = queries.count_views(subject.id)
    found = queries.list_views(subject.id, counted, show, page_number(request.args.get("page", "")))
    return render_template(
        "review/desk.html",
        **staff_frame(subject, actor(), "review"),
        **shown.term(review.term, actor().arrived_at),
        **shown.listing(subject, found, show),
        tiles=shown.tiles(subject, counted),
    )


@bp.get("/staff/rounds/<slug>/review/term")
@may(Act.SET_TERM, on=queries.get_review, form=TermForm)
def term_page(review: Review, form: TermForm) -> ResponseReturnValue:
    if review.term is not None:
        form.prefill(draft=str(review.term.draft_id), **{name: getattr(review.term, name) for name in NOTICE})
    drafts = queries.list_published_drafts(review.round_id)
    form.offer(drafts)
    around = staff_frame(review.round, actor(), "review")
    told = shown.term(review.term, actor().arrived_at)
    return render_template("review/term_page.html", **around, **told, form=form, drafts=drafts)


@bp.post("/staff/rounds/<slug>/review/term")
@may(Act.SET_TERM, on=queries.get_review, form=TermForm, page="review.term_page")
def set_term(review: Review, form: TermForm) -> ResponseReturnValue:
    draft = queries.get_published_draft(review.round_id, id_or_none(form.draft.data))
    verbs.set_term(review.round, verbs.TermTold(draft, *(form[name].data for name in NOTICE)), actor())
    return _to_desk(review.round.slug)


@bp.get("/staff/rounds/<slug>/review/outages")
@may(Act.NOTE_OUTAGE, on=queries.get_term, form=OutageForm)
def outage_page(term: Term, form: OutageForm) -> ResponseReturnValue:
    form.prefill(extends_to=rules.proposed_extension(term.ends_on, actor().arrived_at - rules.DAY, actor().arrived_at))
    around = staff_frame(term.round, actor(), "review")
    return render_template("review/outage_page.html", **around, **shown.term(term, actor().arrived_at), form=form)


@bp.post("/staff/rounds/<slug>/review/outages")
@may(Act.NOTE_OUTAGE, on=queries.get_term, form=OutageForm, page="review.outage_page")
def note_outage(term: Term, form: OutageForm) -> ResponseReturnValue:
    began_at, ended_at, extends_to = form.began_at.moment, form.ended_at.moment, form.extends_to.data
    reason = form.reason.data or ""
    verbs.note_outage(term, actor(), began_at=began_at, ended_at=ended_at, reason=reason, extends_to=extends_to)
    return _to_desk(term.round.slug)


@bp.get("/staff/rounds/<slug>/review/enter")
@may(Act.ENTER_VIEW, on=queries.get_term, form=OfflineForm)
def enter_page(term: Term, form: OfflineForm) -> ResponseReturnValue:
    form.prefill(received_on=local(actor().arrived_at).date())
    around = staff_frame(term.round, actor(), "review")
    return render_template("review/enter_page.html", **around, **shown.term(term, actor().arrived_at), form=form)


@bp.post("/staff/rounds/<slug>/review/enter")
@may(Act.ENTER_VIEW, on=queries.get_term, form=OfflineForm, page="review.enter_page", upload=True)
def enter(term: Term, form: OfflineForm) -> ResponseReturnValue:
    view = verbs.enter_view(term, actor(), form.told())
    return redirect(url_for("review.letter", slug=term.round.slug, number=view.number), 303)


# --- one formal view ---


@bp.get("/staff/rounds/<slug>/review/<int:number>")
@may(Act.READ_VIEWS, on=queries.get_view, form=VerdictForm)
def one(view: FormalView, form: VerdictForm) -> ResponseReturnValue:
    term = queries.find_term(view.round_id)
    assert term is not None  # no formal view is without one
    if view.verdict is not None:
        form.prefill(verdict=view.verdict.value, reason=view.reason)
    around = staff_frame(view.round, actor(), "review")
    return render_template("review/one.html", **around, **_of(view), form=form, timing=verbs.timing_of(view, term))


@bp.get("/staff/rounds/<slug>/review/<int:number>/letter")
@may(Act.READ_VIEWS, on=queries.get_view)
def letter(view: FormalView) -> ResponseReturnValue:
    return render_template("review/letter.html", **staff_frame(view.round, actor(), "review"), **_of(view))


@bp.get("/staff/rounds/<slug>/review/<int:number>/files/<uuid:view_file_id>")
@may(Act.READ_VIEWS, on=queries.get_view_file)
def file(found: ViewFile) -> ResponseReturnValue:
    return _given(found)


@bp.post("/staff/rounds/<slug>/review/<int:number>/acknowledge")
@may(Act.ACKNOWLEDGE_VIEW, on=queries.get_view)
def acknowledge(view: FormalView) -> ResponseReturnValue:
    verbs.acknowledge(view, actor())
    return _to_view(view)


@bp.post("/staff/rounds/<slug>/review/<int:number>/judge")
@may(Act.JUDGE_VIEW, on=queries.get_view, form=VerdictForm, page="review.one")
def judge(view: FormalView, form: VerdictForm) -> ResponseReturnValue:
    verbs.judge(view, Verdict(form.verdict.data), form.reason.data or "", actor())
    return _to_view(view)


@bp.post("/staff/rounds/<slug>/review/<int:number>/split")
@may(Act.SPLIT_VIEW, on=queries.get_view)
def finish_splitting(view: FormalView) -> ResponseReturnValue:
    answering.finish_splitting(view, actor())
    return _to_view(view)


@bp.post("/staff/rounds/<slug>/review/<int:number>/notify")
@may(Act.NOTIFY_VIEW, on=queries.get_view)
def notify(view: FormalView) -> ResponseReturnValue:
    answering.notify(view, actor())
    return _to_view(view)


# --- points ---


@bp.get("/staff/rounds/<slug>/review/<int:number>/points")
@may(Act.SPLIT_VIEW, on=queries.get_view, form=PointForm)
def new_point_page(view: FormalView, form: PointForm) -> ResponseReturnValue:
    form.offer(queries.list_reviewed_sections(view.round_id))
    return render_template(
        "review/new_point_page.html", **staff_frame(view.round, actor(), "review"), **_of(view), form=form
    )


@bp.post("/staff/rounds/<slug>/review/<int:number>/points")
@may(Act.SPLIT_VIEW, on=queries.get_view, form=PointForm, page="review.new_point_page")
def add_point(view: FormalView, form: PointForm) -> ResponseReturnValue:
    answering.add_point(view, form.told(), actor())
    return _to_view(view)


@bp.get("/staff/rounds/<slug>/review/points/<uuid:point_id>")
@may(Act.ANSWER_POINT, on=queries.get_point, form=PointForm)
def point_page(point: ViewPoint, form: PointForm) -> ResponseReturnValue:
    names = ("version", "summary", "paragraph", "answer", "change", "changed_to")
    told = {name: getattr(point, name) for name in names}
    form.prefill(section=point.section_id, changed_section=point.changed_section_id, **told)
    form.offer(queries.list_reviewed_sections(point.round_id))
    around = staff_frame(point.view.round, actor(), "review")
    return render_template("review/point_page.html", **around, point=point, view=point.view, form=form)


@bp.post("/staff/rounds/<slug>/review/points/<uuid:point_id>")
@may(Act.ANSWER_POINT, on=queries.get_point, form=PointForm, page="review.point_page")
def save_point(point: ViewPoint, form: PointForm) -> ResponseReturnValue:
    answering.save_point(point, form.told(), actor(), version=version_in(form))
    return _to_view(point.view)


@bp.post("/staff/rounds/<slug>/review/points/<uuid:point_id>/sign")
@may(Act.SIGN_POINT, on=queries.get_point, form=SignForm)
def sign_point(point: ViewPoint, form: SignForm) -> ResponseReturnValue:
    answering.sign_point(point, actor(), version=version_in(form))
    return _to_view(point.view)


@bp.post("/staff/rounds/<slug>/review/points/<uuid:point_id>/remove")
@may(Act.SPLIT_VIEW, on=queries.get_point)
def remove_point(point: ViewPoint) -> ResponseReturnValue:
    answering.remove_point(point, actor())
    return _to_view(point.view)


# --- the response note ---


@bp.get("/staff/rounds/<slug>/review/note")
@may(Act.READ_VIEWS, on=queries.get_term, form=OwnChangeForm)
def note_desk(term: Term, form: OwnChangeForm) -> ResponseReturnValue:
    form.offer(queries.list_sections(term.draft_id))
    notes = queries.list_notes(term.round_id)
    return render_template(
        "review/note_desk.html",
        **staff_frame(term.round, actor(), "review"),
        form=form,
        hindrances=queries.list_hindrances(term.round_id),
        own_changes=queries.list_own_changes(term.round_id),
        published=[one for one in notes if one.published_at is not None],
        waiting=next((one for one in notes if one.published_at is None), None),
        place_of=rules.place_of,
    )


@bp.post("/staff/rounds/<slug>/review/own-changes")
@may(Act.MAKE_OWN_CHANGE, on=queries.get_term, form=OwnChangeForm, page="review.note_desk")
def make_own_change(term: Term, form: OwnChangeForm) -> ResponseReturnValue:
    answering.make_own_change(term, form.section.data, form.text.data or "", form.reason.data or "", actor())
    return _to_note(term.round.slug)


@bp.post("/staff/rounds/<slug>/review/own-changes/<uuid:own_change_id>/remove")
@may(Act.MAKE_OWN_CHANGE, on=queries.get_own_change)
def drop_own_change(own_change: OwnChange) -> ResponseReturnValue:
    answering.drop_own_change(own_change, actor())
    return _to_note(own_change.round.slug)


@bp.post("/staff/rounds/<slug>/review/note/offer")
@may(Act.OFFER_NOTE, on=queries.get_term)
def offer_note(term: Term) -> ResponseReturnValue:
    answering.offer_note(term, actor())
    return _to_note(term.round.slug)


@bp.post("/staff/rounds/<slug>/review/note/return")
@may(Act.RETURN_NOTE, on=queries.get_term)
def return_note(term: Term) -> ResponseReturnValue:
    answering.return_note(term, actor())
    return _to_note(term.round.slug)


@bp.get("/staff/rounds/<slug>/review/note/publish")
@may(Act.PUBLISH_NOTE, on=queries.get_term, form=PublishNoteForm)
def publish_page(term: Term, form: PublishNoteForm) -> ResponseReturnValue:
    waiting = next((one for one in queries.list_notes(term.round_id) if one.published_at is None), None)
    form.prefill(read_at=waiting.submitted_at.isoformat() if waiting is not None else "")
    around = staff_frame(term.round, actor(), "review")
    return render_template("review/publish_page.html", **around, waiting=waiting, form=form)


@bp.post("/staff/rounds/<slug>/review/note/publish")
@may(Act.PUBLISH_NOTE, on=queries.get_term, form=PublishNoteForm)
def publish_note(term: Term, form: PublishNoteForm) -> ResponseReturnValue:
    answering.publish_note(term, actor(), read_at=form.read_at.data or None)
    return redirect(url_for("review.note", slug=term.round.slug), 303)


def _given(found: ViewFile) -> ResponseReturnValue:
    path = platform().files.path(found.stored_name)
    return web.stored_file(path, found.name, found.media_type, tag=found.sha256, inline=False, is_public=False)


def _to_desk(slug: str) -> ResponseReturnValue:
    return redirect(url_for("review.desk", slug=slug), 303)


def _to_note(slug: str) -> ResponseReturnValue:
    return redirect(url_for("review.note_desk", slug=slug), 303)


def _to_view(view: FormalView) -> ResponseReturnValue:
    return redirect(url_for("review.one", slug=view.round.slug, number=view.number), 303)
