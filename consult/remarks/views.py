"""Reacting to paragraphs of the draft, reading what others said, and the team's work on it."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.contributions.models import Contribution, Kind
from consult.doors import actor, may, platform
from consult.foundation.anchors import Quote, quote_in
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.foundation.text import plain, sanitize
from consult.participants.queries import get_organisation, list_memberships
from consult.participants.rules import read_page
from consult.policy import Act
from consult.remarks import frame as shown
from consult.remarks import queries, rules, verbs
from consult.remarks.forms import AboutForm, RemarkForm, SuggestionForm, WorkInForm
from consult.remarks.queries import Handled
from consult.remarks.rules import Wanted
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, public_etag
from consult.synthesis.carrying import looked_for
from consult.synthesis.frame import sources_of
from consult.synthesis.models import Draft, OutcomeKind, Paragraph, Remark
from consult.synthesis.rules import suggested

bp = Blueprint("remarks", __name__)

HERE = "/rounds/<slug>/drafts/<int:number>/paragraphs/<uuid:stable_id>"
DESK = "/staff/rounds/<slug>/draft/remarks"

Ready = tuple[str, str, Quote | None]  # a text, its HTML, and the words that it is about


# --- a paragraph, and what is said of it ---


@bp.get(HERE)
@may(Act.READ_DRAFT, on=queries.get_read_paragraph, form=RemarkForm, etag=public_etag)
def paragraph(about: Paragraph, form: RemarkForm) -> ResponseReturnValue:
    draft = about.section.draft
    wanted = Wanted(stable_id=about.stable_id)
    page = queries.list_said(actor(), draft, wanted, read_page(request.args.get("page", "")))
    return render_template(
        "remarks/paragraph.html",
        said=[shown.said(one, draft.round, actor()) for one in page.items],
        total=page.total,
        **shown.pager(page, "remarks.paragraph", **_address(about)),
        **_around(about, form),
    )


@bp.post(HERE)
@may(
    Act.ADD_REMARK,
    on=queries.get_read_paragraph,
    form=RemarkForm,
    page="remarks.paragraph",
    before=lambda form: _ready(form, form.text.data or ""),
)
def react(about: Paragraph, form: RemarkForm, ready: Ready) -> ResponseReturnValue:
    return _take(about, form, Kind.REMARK, ready)


@bp.get(f"{HERE}/suggest")
@may(Act.READ_DRAFT, on=queries.get_read_paragraph, form=SuggestionForm)
def suggest_page(about: Paragraph, form: SuggestionForm) -> ResponseReturnValue:
    return render_template("remarks/suggest_page.html", **_around(about, form))


@bp.post(f"{HERE}/suggest")
@may(
    Act.ADD_REMARK,
    on=queries.get_read_paragraph,
    form=SuggestionForm,
    page="remarks.suggest_page",
    before=lambda form: _ready(form, suggested(form.wording.data or "", form.why.data or "")),
)
def suggest(about: Paragraph, form: SuggestionForm, ready: Ready) -> ResponseReturnValue:
    return _take(about, form, Kind.SUGGESTION, ready)


@bp.get("/rounds/<slug>/drafts/<int:number>/remarks")
@may(Act.READ_DRAFT, on=queries.get_published, etag=public_etag)
def listing(draft: Draft) -> ResponseReturnValue:
    is_lost = request.args.get("lost") == "1"
    page = queries.list_said(actor(), draft, Wanted(is_lost=is_lost), read_page(request.args.get("page", "")))
    more = {"slug": draft.round.slug, "number": draft.number, **({"lost": "1"} if is_lost else {})}
    return render_template(
        "remarks/listing.html",
        draft=draft,
        is_lost=is_lost,
        said=shown.grouped(page, draft, actor()),
        total_words=shown.total_words(page.total),
        **shown.pager(page, "remarks.listing", **more),
        **frame(draft.round, actor(), "draft"),
    )


@bp.get("/rounds/<slug>/remarks/<public_id>/withdraw")
@may(Act.WITHDRAW_REMARK, on=queries.get_remark)
def withdraw_page(remark: Remark) -> ResponseReturnValue:
    subject = remark.contribution.round
    return render_template("remarks/withdraw_page.html", remark=remark, **frame(subject, actor(), "draft"))


@bp.post("/rounds/<slug>/remarks/<public_id>/withdraw")
@may(Act.WITHDRAW_REMARK, on=queries.get_remark)
def withdraw(remark: Remark) -> ResponseReturnValue:
    verbs.withdraw_remark(remark, actor())
    return _to_its_page(remark.contribution)


def _ready(form: AboutForm, text: str) -> Ready:
    """Render a text before the transaction, and find the words that it is about in the paragraph."""
    if not form.quote.data:
        return text, sanitize(text), None
    with platform().database.reading():
        about = queries.get_read_paragraph(actor(), **(request.view_args or {}))
        quote = quote_in(plain(about.html), form.quote.data)
    if quote is None:
        told = _("These words do not stand in the paragraph. Copy them from it, or leave this empty.")
        raise BadForm(form.quote, told)
    return text, sanitize(text), quote


def _take(about: Paragraph, form: AboutForm, kind: Kind, ready: Ready) -> ResponseReturnValue:
    text, html, quote = ready
    behalf = get_organisation(actor(), form.behalf.data) if form.behalf.data else None
    new = verbs.add_remark(about, actor(), kind, text=text, html=html, quote=quote, organisation=behalf)
    new.round = about.section.draft.round
    return _to_its_page(new)


def _to_its_page(contribution: Contribution) -> ResponseReturnValue:
    slug, public_id = contribution.round.slug, contribution.public_id
    return redirect(url_for("pages.contribution", slug=slug, public_id=public_id), 303)


def _address(about: Paragraph) -> dict[str, Any]:
    draft = about.section.draft
    return {"slug": draft.round.slug, "number": draft.number, "stable_id": about.stable_id}


def _around(about: Paragraph, form: AboutForm) -> dict[str, Any]:
    """Return what both pages of a paragraph show around their form."""
    draft = about.section.draft
    speaks_for = [one.organisation for one in list_memberships(actor().person_id)] if actor().memberships else []
    form.offer(speaks_for)
    quote = request.args.get("quote", "")[: rules.LONGEST_QUOTE]
    form.prefill(quote=quote, wording=quote)  # what is to be said instead begins with what is said
    return {
        "about": about,
        "draft": draft,
        "address": _address(about),
        "place": queries.number_of(about),
        "sources": sources_of(about, draft.round),
        "form": form,
        "speaks_for": speaks_for,
        **shown.around(draft, queries.find_newest_number(draft.round_id), actor()),
        **frame(draft.round, actor(), "draft"),
    }


# --- the team ---


@bp.get(DESK)
@may(Act.READ_QUEUE, on=get_round)
def desk(subject: Round) -> ResponseReturnValue:
    versions, wanted = queries.list_versions(subject.id), rules.wanted_by(request.args)
    public = [one for one in versions if one.published_at is not None]
    if not public:
        return render_template("remarks/desk.html", draft=None, **staff_frame(subject, actor(), "remarks"))
    asked, page = request.args.get("version", ""), read_page(request.args.get("page", ""))
    draft = next((one for one in public if str(one.number) == asked), public[0])
    found = queries.list_said(actor(), draft, wanted, page, answers=queries.of_the_team())
    ahead = looked_for(versions[0], [one.remark for one in found.items]) if versions[0] is not public[0] else []
    return render_template(
        "remarks/desk.html",
        draft=draft,
        rows=shown.rows(found, subject, ahead, queries.name_places(draft.id)),
        total_words=shown.total_words(found.total),
        **shown.filters(draft, public, wanted),
        **shown.pager(found, "remarks.desk", slug=subject.slug, **rules.address_of(wanted, draft.number)),
        **staff_frame(subject, actor(), "remarks"),
    )


@bp.get(f"{DESK}/<public_id>")
@may(Act.READ_QUEUE, on=queries.get_handled, form=WorkInForm)
def work_page(handled: Handled, form: WorkInForm) -> ResponseReturnValue:
    contribution, about = handled.remark.contribution, handled.paragraph
    told = shown.worked(handled)
    version = str(about.version) if about is not None else ""
    form.prefill(text=told["becomes"], version=version, kind="adopted", reason=told["reason"])
    return render_template(
        "remarks/work_page.html",
        handled=handled,
        form=form,
        **told,
        **staff_frame(contribution.round, actor(), "remarks"),
    )


@bp.post(f"{DESK}/<public_id>")
@may(
    Act.WORK_IN_REMARK,
    on=queries.get_handled,
    form=WorkInForm,
    page="remarks.work_page",
    before=lambda form: sanitize(form.text.data or ""),
)
def work_in(handled: Handled, form: WorkInForm, html: str) -> ResponseReturnValue:
    told: dict[str, Any] = {"text": form.text.data or "", "html": html, "version": form.read_version}
    kind, reason = OutcomeKind(form.kind.data), form.reason.data or ""
    paragraph = verbs.work_in(handled, actor(), kind=kind, reason=reason, **told)
    slug = handled.remark.contribution.round.slug
    return redirect(url_for("synthesis.draft_desk", slug=slug, _anchor=paragraph.anchor), 303)
