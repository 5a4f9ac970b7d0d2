"""Writing and publishing the synthesis report; its public page is one of the documents."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may
from consult.foundation.forms import BaseForm
from consult.landscape.queries import list_thoughts
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round
from consult.voting.results import results_of
from consult.weighing import frame as shown
from consult.weighing import queries, verbs
from consult.weighing.forms import FindingForm, NewFindingForm, PublishForm, SourcesForm, SummaryForm
from consult.weighing.models import Chapter, Finding, FindingKind, FindingSource, SynthesisReport

bp = Blueprint("weighing", __name__)


@bp.get("/staff/rounds/<slug>/synthesis")
@may(Act.READ_QUEUE, on=queries.get_begun)
def desk(found: queries.Writing) -> ResponseReturnValue:
    told = shown.desk(found.report)
    return render_template("weighing/desk.html", **told, **staff_frame(found.round, actor(), "synthesis"))


@bp.post("/staff/rounds/<slug>/synthesis")
@may(Act.WRITE_SYNTHESIS, on=get_round)
def begin(subject: Round) -> ResponseReturnValue:
    verbs.begin_report(subject, actor())
    return _to_desk(subject.slug)


@bp.get("/staff/rounds/<slug>/synthesis/chapters/<uuid:chapter_id>")
@may(Act.READ_QUEUE, on=queries.get_chapter, form=SummaryForm)
def chapter_page(chapter: Chapter, form: SummaryForm) -> ResponseReturnValue:
    form.prefill(text=chapter.summary, version=str(chapter.version))
    around = staff_frame(chapter.report.round, actor(), "synthesis")
    told = {"chapter": chapter, "groups": shown.groups(chapter), "Kind": FindingKind, "form": form}
    told |= shown.thoughts(chapter)
    return render_template("weighing/chapter_page.html", **told, **around)


@bp.post("/staff/rounds/<slug>/synthesis/chapters/<uuid:chapter_id>")
@may(Act.WRITE_SYNTHESIS, on=queries.get_chapter, form=SummaryForm, page="weighing.chapter_page")
def save_summary(chapter: Chapter, form: SummaryForm) -> ResponseReturnValue:
    verbs.save_summary(chapter, form.text.data or "", actor(), version=int(form.version.data or 0))
    return _to_chapter(chapter)


@bp.get("/staff/rounds/<slug>/synthesis/chapters/<uuid:chapter_id>/findings")
@may(Act.READ_QUEUE, on=queries.get_chapter, form=NewFindingForm)
def new_finding_page(chapter: Chapter, form: NewFindingForm) -> ResponseReturnValue:
    asked = request.args.get("finding", "")
    form.prefill(finding=asked if asked in set(FindingKind) else FindingKind.FOR.value)
    around = staff_frame(chapter.report.round, actor(), "synthesis")
    return render_template("weighing/new_finding_page.html", chapter=chapter, form=form, **around)


@bp.post("/staff/rounds/<slug>/synthesis/chapters/<uuid:chapter_id>/findings")
@may(Act.WRITE_SYNTHESIS, on=queries.get_chapter, form=NewFindingForm, page="weighing.new_finding_page")
def add_finding(chapter: Chapter, form: NewFindingForm) -> ResponseReturnValue:
    finding = verbs.add_finding(chapter, form.told, actor())
    return _to_finding(finding)


@bp.get("/staff/rounds/<slug>/synthesis/findings/<uuid:finding_id>")
@may(Act.READ_QUEUE, on=queries.get_finding, form=FindingForm)
def finding_page(finding: Finding, form: BaseForm) -> ResponseReturnValue:
    subject, words = finding.chapter.report.round, request.args.get("q", "").strip()[:100]
    written, picked = _forms_on(finding, form)
    picked.offer(queries.list_citable(actor(), finding, words), queries.list_free(finding))
    return render_template(
        "weighing/finding_page.html",
        finding=finding,
        form=written,
        picked=picked,
        sources=shown.sources(finding, subject),
        numbers=shown.numbers(finding, results_of(subject), list_thoughts(subject.id)) if finding.is_weighed else [],
        words=words,
        **staff_frame(subject, actor(), "synthesis"),
    )


def _forms_on(finding: Finding, form: BaseForm) -> tuple[FindingForm, SourcesForm]:
    """Return both forms of the page; the one that was sent keeps what was typed."""
    written = form if isinstance(form, FindingForm) else FindingForm()
    told = {name: getattr(finding, name) for name in ("text", "advice", "cost", "choice", "reason")}
    written.prefill(finding=finding.kind.value, version=str(finding.version), **told)
    return written, form if isinstance(form, SourcesForm) else SourcesForm()


@bp.post("/staff/rounds/<slug>/synthesis/findings/<uuid:finding_id>")
@may(Act.WRITE_SYNTHESIS, on=queries.get_finding, form=FindingForm, page="weighing.finding_page")
def edit_finding(finding: Finding, form: FindingForm) -> ResponseReturnValue:
    verbs.edit_finding(finding, form.told, actor(), version=int(form.version.data or 0))
    return _to_chapter(finding.chapter)


@bp.post("/staff/rounds/<slug>/synthesis/findings/<uuid:finding_id>/remove")
@may(Act.WRITE_SYNTHESIS, on=queries.get_finding)
def remove_finding(finding: Finding) -> ResponseReturnValue:
    chapter = finding.chapter
    verbs.remove_finding(finding, actor())
    return _to_chapter(chapter)


@bp.post("/staff/rounds/<slug>/synthesis/findings/<uuid:finding_id>/sources")
@may(Act.WRITE_SYNTHESIS, on=queries.get_finding, form=SourcesForm, page="weighing.finding_page")
def cite(finding: Finding, form: SourcesForm) -> ResponseReturnValue:
    chosen: Any = queries.get_citable(finding.round_id, form.named("contribution"), form.named("precondition"))
    verbs.cite(finding, chosen, actor())
    return _to_finding(finding)


@bp.post("/staff/rounds/<slug>/synthesis/sources/<uuid:finding_source_id>/remove")
@may(Act.WRITE_SYNTHESIS, on=queries.get_source)
def uncite(source: FindingSource) -> ResponseReturnValue:
    finding = source.finding
    verbs.uncite(source, actor())
    return _to_finding(finding)


@bp.post("/staff/rounds/<slug>/synthesis/submit")
@may(Act.SUBMIT_SYNTHESIS, on=queries.get_report)
def submit(report: SynthesisReport) -> ResponseReturnValue:
    verbs.submit_report(report, actor())
    return _to_desk(report.round.slug)


@bp.post("/staff/rounds/<slug>/synthesis/return")
@may(Act.RETURN_SYNTHESIS, on=queries.get_report)
def return_report(report: SynthesisReport) -> ResponseReturnValue:
    verbs.return_report(report, actor())
    return _to_desk(report.round.slug)


@bp.get("/staff/rounds/<slug>/synthesis/publish")
@may(Act.PUBLISH_SYNTHESIS, on=queries.get_report, form=PublishForm)
def publish_page(report: SynthesisReport, form: PublishForm) -> ResponseReturnValue:
    form.prefill(read_at=report.submitted_at.isoformat() if report.submitted_at else "")
    around = staff_frame(report.round, actor(), "synthesis")
    return render_template("weighing/publish_page.html", report=report, form=form, **around)


@bp.post("/staff/rounds/<slug>/synthesis/publish")
@may(Act.PUBLISH_SYNTHESIS, on=queries.get_report, form=PublishForm, page="weighing.publish_page")
def publish(report: SynthesisReport, form: PublishForm) -> ResponseReturnValue:
    verbs.publish_report(report, actor(), read_at=form.read_at.data or "")
    return redirect(url_for("documents.one", slug=report.round.slug, paper="synthesis-report"), 303)


# --- the way back ---


def _to_desk(slug: str) -> ResponseReturnValue:
    return redirect(url_for("weighing.desk", slug=slug), 303)


def _to_chapter(chapter: Chapter) -> ResponseReturnValue:
    slug = chapter.report.round.slug
    return redirect(url_for("weighing.chapter_page", slug=slug, chapter_id=chapter.id), 303)


def _to_finding(finding: Finding) -> ResponseReturnValue:
    slug = finding.chapter.report.round.slug
    return redirect(url_for("weighing.finding_page", slug=slug, finding_id=finding.id), 303)
