"""Coding and weighing contributions, writing and publishing drafts, and reading them."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.coding import frame as coding
from consult.coding.queries import find_double, get_input, get_themes
from consult.coding.rules import waits_for
from consult.coding.verbs import code as code_input
from consult.contributions.models import Contribution
from consult.doors import actor, may
from consult.foundation.forms import BaseForm
from consult.foundation.text import sanitize
from consult.policy import Act
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, public_etag
from consult.synthesis import citable, comparing, queries, releasing, rules, verbs
from consult.synthesis import drafts as written
from consult.synthesis import frame as shown
from consult.synthesis.carrying import count_remarks
from consult.synthesis.forms import (
    CodeForm,
    EvaluationForm,
    MoveForm,
    NewParagraphForm,
    NoteForm,
    OutcomeForm,
    ParagraphForm,
    PublishForm,
    SourceForm,
    TitleForm,
    WorkerForm,
    forms_on,
)
from consult.synthesis.models import Draft, Paragraph, Section, SourceLink
from consult.synthesis.trace import list_evaluated, list_history, list_notes, trace_links

bp = Blueprint("synthesis", __name__)


def render_text(form: Any) -> str:
    """Render the Markdown that was typed, before the transaction."""
    return sanitize(form.text.data or "")


# --- coding and outcomes ---


@bp.get("/staff/rounds/<slug>/coding/<public_id>")
@may(Act.READ_QUEUE, on=get_input, form=OutcomeForm)
def weigh_page(contribution: Contribution, form: BaseForm) -> ResponseReturnValue:
    double = find_double(contribution.id)
    if waits_for(double, actor()):
        return render_template("synthesis/weigh_page.html", blind=double, kept=_kept(), **_round_of(contribution))
    weighed = queries.get_weighed(contribution, actor())
    evaluated, assigned = list_evaluated(contribution.id), queries.find_assignment(contribution.id)
    colleagues = queries.list_colleagues(contribution.round_id)
    return render_template(
        "synthesis/weigh_page.html",
        weighed=weighed,
        **forms_on(weighed, evaluated[0][0].text if evaluated else "", assigned, colleagues, form),
        evaluated=evaluated,
        said=list_notes(contribution.id),
        history=list_history(contribution.id),
        links=trace_links(contribution, actor()),
        becomes=shown.outcome_words(weighed, contribution.round),
        kept=_kept(),
        **coding.on_input(contribution, weighed.coded, double),
        **_round_of(contribution),
    )


def _round_of(contribution: Contribution) -> dict[str, Any]:
    return {"one": contribution, **staff_frame(contribution.round, actor(), "coding")}


@bp.post("/staff/rounds/<slug>/coding/<public_id>/themes")
@may(Act.CODE, on=get_input, form=CodeForm)
def code(contribution: Contribution, form: CodeForm) -> ResponseReturnValue:
    code_input(contribution, get_themes(contribution.round_id, form.themes.data or ()), actor())
    return _back_to_input(contribution)


@bp.post("/staff/rounds/<slug>/coding/<public_id>/evaluation")
@may(Act.EVALUATE, on=get_input, form=EvaluationForm, page="synthesis.weigh_page")
def evaluate(contribution: Contribution, form: EvaluationForm) -> ResponseReturnValue:
    verbs.evaluate(contribution, form.text.data or "", actor())
    return _back_to_input(contribution)


@bp.post("/staff/rounds/<slug>/coding/<public_id>/worker")
@may(Act.ASSIGN, on=get_input, form=WorkerForm)
def assign(contribution: Contribution, form: WorkerForm) -> ResponseReturnValue:
    verbs.assign(contribution, form.person.data or "", actor())
    return _back_to_input(contribution)


@bp.post("/staff/rounds/<slug>/coding/<public_id>/notes")
@may(Act.WRITE_NOTE, on=get_input, form=NoteForm, page="synthesis.weigh_page")
def add_note(contribution: Contribution, form: NoteForm) -> ResponseReturnValue:
    verbs.write_note(contribution, form.note.data or "", actor())
    return _back_to_input(contribution)


@bp.post("/staff/rounds/<slug>/coding/<public_id>/outcome")
@may(Act.SET_OUTCOME, on=get_input, form=OutcomeForm, page="synthesis.weigh_page")
def set_outcome(contribution: Contribution, form: OutcomeForm) -> ResponseReturnValue:
    verbs.set_outcome(contribution, form.kind.data, form.reason.data or "", actor())
    return _back_to_input(contribution)


# --- writing a draft ---


@bp.get("/staff/rounds/<slug>/draft")
@may(Act.READ_QUEUE, on=get_round, form=TitleForm)
def draft_desk(subject: Round, form: TitleForm) -> ResponseReturnValue:
    covered = queries.coverage(subject.id)
    bare = queries.list_bare(subject.id)
    draft = written.find_newest(subject.id)
    release = queries.find_release(subject.id) if subject.has_gates else None
    gate = rules.accepting(release, draft.state) if draft is not None else None
    return render_template(
        "synthesis/draft_desk.html",
        form=form,
        draft=draft,
        tiles=shown.tiles(subject, covered),
        bare={one.id for one in bare},
        only_bare=request.args.get("show") == "bare",
        lacking=rules.hindrances(covered.paragraphs, bare, queries.list_unplaced(subject.id), gate),
        sources_of=shown.sources_of,
        **staff_frame(subject, actor(), "draft"),
    )


@bp.post("/staff/rounds/<slug>/draft")
@may(Act.WRITE_DRAFT, on=get_round, form=TitleForm, page="synthesis.draft_desk")
def begin_draft(subject: Round, form: TitleForm) -> ResponseReturnValue:
    releasing.begin_draft(subject, form.title.data or "", actor())
    return _back_to_desk(subject.slug)


@bp.get("/staff/rounds/<slug>/draft/title")
@may(Act.READ_QUEUE, on=written.get_newest, form=TitleForm)
def title_page(draft: Draft, form: TitleForm) -> ResponseReturnValue:
    form.prefill(title=draft.title)
    return render_template("synthesis/title_page.html", form=form, **staff_frame(draft.round, actor(), "draft"))


@bp.post("/staff/rounds/<slug>/draft/title")
@may(Act.WRITE_DRAFT, on=written.get_newest, form=TitleForm, page="synthesis.title_page")
def retitle_draft(draft: Draft, form: TitleForm) -> ResponseReturnValue:
    verbs.retitle_draft(draft, form.title.data or "", actor())
    return _back_to_desk(draft.round.slug)


@bp.post("/staff/rounds/<slug>/draft/next")
@may(Act.WRITE_DRAFT, on=written.get_newest)
def begin_next_version(draft: Draft) -> ResponseReturnValue:
    releasing.begin_next_version(draft, actor())
    return _back_to_desk(draft.round.slug)


@bp.post("/staff/rounds/<slug>/draft/sections")
@may(Act.WRITE_DRAFT, on=written.get_newest, form=TitleForm, page="synthesis.draft_desk")
def add_section(draft: Draft, form: TitleForm) -> ResponseReturnValue:
    section = verbs.add_section(draft, form.title.data or "", actor())
    return redirect(url_for("synthesis.new_paragraph_page", slug=draft.round.slug, section_id=section.id), 303)


@bp.get("/staff/rounds/<slug>/draft/sections/<uuid:section_id>")
@may(Act.READ_QUEUE, on=written.get_section, form=TitleForm)
def section_page(section: Section, form: TitleForm) -> ResponseReturnValue:
    form.prefill(title=section.title)
    return render_template(
        "synthesis/section_page.html",
        section=section,
        form=form,
        **staff_frame(section.draft.round, actor(), "draft"),
    )


@bp.post("/staff/rounds/<slug>/draft/sections/<uuid:section_id>")
@may(Act.WRITE_DRAFT, on=written.get_section, form=TitleForm, page="synthesis.section_page")
def retitle_section(section: Section, form: TitleForm) -> ResponseReturnValue:
    verbs.retitle_section(section, form.title.data or "", actor())
    return _back_to_desk(section.draft.round.slug)


@bp.post("/staff/rounds/<slug>/draft/sections/<uuid:section_id>/move")
@may(Act.WRITE_DRAFT, on=written.get_section, form=MoveForm)
def move_section(section: Section, form: MoveForm) -> ResponseReturnValue:
    verbs.move_section(section, up=form.goes_up, actor=actor())
    return _back_to_desk(section.draft.round.slug, section.anchor)


@bp.post("/staff/rounds/<slug>/draft/sections/<uuid:section_id>/remove")
@may(Act.WRITE_DRAFT, on=written.get_section)
def remove_section(section: Section) -> ResponseReturnValue:
    verbs.remove_section(section, actor())
    return _back_to_desk(section.draft.round.slug)


@bp.get("/staff/rounds/<slug>/draft/sections/<uuid:section_id>/paragraphs")
@may(Act.READ_QUEUE, on=written.get_section, form=NewParagraphForm)
def new_paragraph_page(section: Section, form: NewParagraphForm) -> ResponseReturnValue:
    return render_template(
        "synthesis/new_paragraph_page.html",
        section=section,
        form=form,
        **staff_frame(section.draft.round, actor(), "draft"),
    )


@bp.post("/staff/rounds/<slug>/draft/sections/<uuid:section_id>/paragraphs")
@may(
    Act.WRITE_DRAFT,
    on=written.get_section,
    form=NewParagraphForm,
    page="synthesis.new_paragraph_page",
    before=render_text,
)
def add_paragraph(section: Section, form: NewParagraphForm, html: str) -> ResponseReturnValue:
    text, is_editorial = form.text.data or "", bool(form.is_editorial.data)
    paragraph = verbs.add_paragraph(section, actor(), text=text, html=html, is_editorial=is_editorial)
    return _back_to_paragraph(paragraph, section.draft.round.slug)


@bp.get("/staff/rounds/<slug>/draft/paragraphs/<uuid:paragraph_id>")
@may(Act.READ_QUEUE, on=written.get_paragraph, form=ParagraphForm)
def paragraph_page(paragraph: Paragraph, form: BaseForm) -> ResponseReturnValue:
    subject, searched = paragraph.section.draft.round, shown.searched_in(request.args)
    text, source = _forms_of(paragraph, form)
    found = citable.list_citable(actor(), paragraph, searched.get("q", ""), searched.get("theme", ""))
    thoughts = citable.list_thoughts_for(paragraph, searched.get("q", ""), searched.get("theme", ""))
    advices = citable.list_advice_for(paragraph, searched.get("q", ""))
    votes = citable.list_standings_for(paragraph, searched.get("q", ""), searched.get("theme", ""))
    passages = citable.list_passages_of(found, actor(), paragraph)
    source.offer(found, citable.list_free(paragraph), thoughts, advices, passages, votes)
    return render_template(
        "synthesis/paragraph_page.html",
        paragraph=paragraph,
        written=text,
        source=source,
        sources=shown.sources_of(paragraph, subject),
        searched=searched,
        **staff_frame(subject, actor(), "draft"),
    )


def _forms_of(paragraph: Paragraph, form: BaseForm) -> tuple[ParagraphForm, SourceForm]:
    """Return both forms of the page; the one that was sent keeps what was typed."""
    text = form if isinstance(form, ParagraphForm) else ParagraphForm()
    text.prefill(text=paragraph.text, is_editorial=paragraph.is_editorial, version=str(paragraph.version))
    return text, form if isinstance(form, SourceForm) else SourceForm()


@bp.post("/staff/rounds/<slug>/draft/paragraphs/<uuid:paragraph_id>")
@may(
    Act.WRITE_DRAFT,
    on=written.get_paragraph,
    form=ParagraphForm,
    page="synthesis.paragraph_page",
    before=render_text,
)
def edit_paragraph(paragraph: Paragraph, form: ParagraphForm, html: str) -> ResponseReturnValue:
    text, is_editorial, version = form.text.data or "", bool(form.is_editorial.data), int(form.version.data or 0)
    verbs.edit_paragraph(paragraph, actor(), text=text, html=html, is_editorial=is_editorial, version=version)
    return _back_to_desk(paragraph.section.draft.round.slug, paragraph.anchor)


@bp.post("/staff/rounds/<slug>/draft/paragraphs/<uuid:paragraph_id>/move")
@may(Act.WRITE_DRAFT, on=written.get_paragraph, form=MoveForm)
def move_paragraph(paragraph: Paragraph, form: MoveForm) -> ResponseReturnValue:
    verbs.move_paragraph(paragraph, up=form.goes_up, actor=actor())
    return _back_to_desk(paragraph.section.draft.round.slug, paragraph.anchor)


@bp.post("/staff/rounds/<slug>/draft/paragraphs/<uuid:paragraph_id>/remove")
@may(Act.WRITE_DRAFT, on=written.get_paragraph)
def remove_paragraph(paragraph: Paragraph) -> ResponseReturnValue:
    slug = paragraph.section.draft.round.slug
    verbs.remove_paragraph(paragraph, actor())
    return _back_to_desk(slug)


@bp.post("/staff/rounds/<slug>/draft/paragraphs/<uuid:paragraph_id>/sources")
@may(Act.WRITE_DRAFT, on=written.get_paragraph, form=SourceForm, page="synthesis.paragraph_page")
def cite(paragraph: Paragraph, form: SourceForm) -> ResponseReturnValue:
    chosen = form.with_words(citable.get_chosen(paragraph, actor(), *form.chosen()))
    verbs.cite(paragraph, actor(), **chosen, use=form.use.data, note=form.note.data or "")
    return _back_to_paragraph(paragraph, paragraph.section.draft.round.slug)


@bp.post("/staff/rounds/<slug>/draft/sources/<uuid:source_id>/remove")
@may(Act.WRITE_DRAFT, on=written.get_source)
def uncite(link: SourceLink) -> ResponseReturnValue:
    paragraph = link.paragraph
    verbs.uncite(link, actor())
    return _back_to_paragraph(paragraph, paragraph.section.draft.round.slug)


# --- publishing ---


@bp.post("/staff/rounds/<slug>/draft/submit")
@may(Act.SUBMIT_DRAFT, on=written.get_newest)
def submit_draft(draft: Draft) -> ResponseReturnValue:
    releasing.submit_draft(draft, actor())
    return _back_to_desk(draft.round.slug)


@bp.post("/staff/rounds/<slug>/draft/return")
@may(Act.RETURN_DRAFT, on=written.get_newest)
def return_draft(draft: Draft) -> ResponseReturnValue:
    releasing.return_draft(draft, actor())
    return _back_to_desk(draft.round.slug)


@bp.get("/staff/rounds/<slug>/draft/publish")
@may(Act.PUBLISH_DRAFT, on=written.get_newest)
def publish_page(draft: Draft) -> ResponseReturnValue:
    left = shown.tiles(draft.round, queries.coverage(draft.round_id))
    around = staff_frame(draft.round, actor(), "draft")
    return render_template("synthesis/publish_page.html", draft=draft, left=left, **around)


@bp.post("/staff/rounds/<slug>/draft/publish")
@may(Act.PUBLISH_DRAFT, on=written.get_newest, form=PublishForm)
def publish_draft(draft: Draft, form: PublishForm) -> ResponseReturnValue:
    releasing.publish_draft(draft, actor(), read_at=form.read_at.data or "")
    return redirect(url_for("synthesis.draft", slug=draft.round.slug, number=draft.number), 303)


# --- reading ---


@bp.get("/rounds/<slug>/drafts")
@may(Act.READ_DRAFT, on=get_round, etag=public_etag)
def drafts(subject: Round) -> ResponseReturnValue:
    return render_template(
        "synthesis/drafts.html",
        drafts=written.list_drafts(actor(), subject.id),
        **frame(subject, actor(), "draft"),
    )


@bp.get("/rounds/<slug>/drafts/<int:number>")
@may(Act.READ_DRAFT, on=written.get_draft, etag=public_etag)
def draft(found: Draft) -> ResponseReturnValue:
    versions = written.list_drafts(actor(), found.round_id)
    return render_template(
        "synthesis/draft.html",
        draft=found,
        versions=versions,
        provisional=shown.provisional(found.round),
        sources_of=shown.sources_of,
        **shown.reactions(found, versions, count_remarks(found.id), actor().arrived_at),
        **frame(found.round, actor(), "draft"),
    )


@bp.get("/rounds/<slug>/drafts/<int:number>/compare/<int:other>")
@may(Act.READ_DRAFT, on=written.get_versions, etag=public_etag)
def compare(pair: written.Versions) -> ResponseReturnValue:
    return _comparison(pair, written.list_drafts(actor(), pair.round_id))


@bp.get("/rounds/<slug>/drafts/compare")
@may(Act.READ_DRAFT, on=get_round, etag=public_etag)
def choose_versions(subject: Round) -> ResponseReturnValue:
    versions = written.list_drafts(actor(), subject.id)
    older, newer = shown.numbers_in(request.args, versions)
    return _comparison(written.get_versions(actor(), subject.slug, older, newer), versions)


def _comparison(pair: written.Versions, versions: Sequence[Draft]) -> ResponseReturnValue:
    changes = comparing.compared(pair.older, pair.newer)
    return render_template(
        "synthesis/compare.html",
        older=pair.older,
        newer=pair.newer,
        versions=versions,
        count=sum(not change.is_quiet for change in changes),
        parts=comparing.parts_of(changes, comparing.retitled(pair.older, pair.newer)),
        side=request.args.get("view") == "side",
        **frame(pair.newer.round, actor(), "draft"),
    )


# --- the way back ---


def _kept() -> dict[str, Any]:
    """Return what the address says of the list that somebody came from."""
    return shown.address_of(shown.wanted_by(request.args, actor()), shown.page_number(request.args))


def _back_to_input(contribution: Contribution) -> ResponseReturnValue:
    told: dict[str, Any] = {"slug": contribution.round.slug, "public_id": contribution.public_id, **_kept()}
    return redirect(url_for("synthesis.weigh_page", **told), 303)


def _back_to_desk(slug: str, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("synthesis.draft_desk", slug=slug, _anchor=anchor), 303)


def _back_to_paragraph(paragraph: Paragraph, slug: str) -> ResponseReturnValue:
    told: dict[str, Any] = {"slug": slug, "paragraph_id": paragraph.id, **shown.searched_in(request.args)}
    return redirect(url_for("synthesis.paragraph_page", **told), 303)
