"""Entering a whole file of input, putting a whole text into a draft, and handing over the bundle of a poll."""

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may, platform
from consult.foundation import tables
from consult.foundation.files import shown_name
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.foundation.text import sanitize
from consult.foundation.web import disposition
from consult.intake import batches
from consult.intake.models import Batch
from consult.intake.queries import get_batch, list_batches
from consult.opendata import documents, inputs, sheets
from consult.opendata.columns import COLUMNS
from consult.opendata.files import BadFile
from consult.opendata.forms import ConfirmForm, DocumentForm, FileForm, ReplaceForm, TextForm
from consult.opendata.models import Bundle
from consult.opendata.queries import get_bundle
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round
from consult.synthesis import outlines, rewriting
from consult.synthesis.comparing import changed_words
from consult.synthesis.drafts import find_newest, get_newest, list_drafts

TOLD = 5  # mistakes in a text that are told at once
CSV, ODS = "text/csv", "application/vnd.oasis.opendocument.spreadsheet"

bp = Blueprint("opendata", __name__)


def judged(form: FileForm) -> batches.Judged:
    """Read and judge a file before the transaction; what is wrong with it as a whole is told beside the field."""
    name, content = shown_name(form.file.data.filename), form.file.data.stream.read()
    try:
        rows = sheets.read(name, content)
        with platform().database.reading():
            known = inputs.known_of(get_round(actor(), (request.view_args or {})["slug"]), rows)
        return inputs.judge(name, content, rows, known)
    except inputs.BadFile as problem:
        raise BadForm(form.file, str(problem)) from problem


@bp.get("/staff/rounds/<slug>/intake/files")
@may(Act.ENTER_BATCH, on=get_round, form=FileForm)
def files(subject: Round, form: FileForm) -> ResponseReturnValue:
    around = staff_frame(subject, actor(), "intake")
    return render_template(
        "opendata/files.html", **around, form=form, batches=list_batches(subject.id), columns=COLUMNS
    )


@bp.post("/staff/rounds/<slug>/intake/files")
@may(Act.ENTER_BATCH, on=get_round, form=FileForm, page="opendata.files", before=judged, upload=True)
def send(subject: Round, form: FileForm, found: batches.Judged) -> ResponseReturnValue:
    kept = batches.keep_batch(subject, actor(), found)
    return redirect(url_for("opendata.file", slug=subject.slug, batch_id=kept.id), 303)


@bp.get("/staff/rounds/<slug>/intake/files/template.csv")
@may(Act.ENTER_BATCH, on=get_round)
def template_csv(_subject: Round) -> ResponseReturnValue:
    return _download(inputs.empty_file("csv"), CSV, _("input-template.csv"))


@bp.get("/staff/rounds/<slug>/intake/files/template.ods")
@may(Act.ENTER_BATCH, on=get_round)
def template_ods(_subject: Round) -> ResponseReturnValue:
    return _download(inputs.empty_file(".ods"), ODS, _("input-template.ods"))


@bp.get("/staff/rounds/<slug>/intake/files/<uuid:batch_id>")
@may(Act.ENTER_BATCH, on=get_batch, form=ConfirmForm)
def file(batch: Batch, form: ConfirmForm) -> ResponseReturnValue:
    form.prefill(rows=None if batch.wrong else "all")
    form.offer(batch)
    around = {**staff_frame(batch.round, actor(), "intake"), **inputs.shown(batch), "batch": batch, "form": form}
    following = bool(request.args.get("follow") and batch.confirmed_at and not batch.finished_at)
    answer = Response(render_template("opendata/file.html", **around, following=following))
    if following:
        answer.headers["Refresh"] = "5"
    return answer


@bp.post("/staff/rounds/<slug>/intake/files/<uuid:batch_id>")
@may(Act.ENTER_BATCH, on=get_batch, form=ConfirmForm, page="opendata.file")
def confirm(batch: Batch, form: ConfirmForm) -> ResponseReturnValue:
    choices = {"valid_only": form.valid_only, "without_doubles": bool(form.without_doubles.data)}
    batches.confirm_batch(batch, actor(), **choices)
    batches.enter_next(batch.id)
    return redirect(url_for("opendata.file", slug=batch.round.slug, batch_id=batch.id), 303)


@bp.get("/staff/rounds/<slug>/intake/files/<uuid:batch_id>/mistakes.csv")
@may(Act.ENTER_BATCH, on=get_batch)
def mistakes(batch: Batch) -> ResponseReturnValue:
    return _download(tables.as_csv(inputs.mistakes(batch.problems)), CSV, _("mistakes.csv"))


# --- the bundle of a poll ---


@bp.get("/rounds/<slug>/polls/<uuid:poll_id>/bundle.zip")
@may(Act.READ_ROUND, on=get_bundle)
def bundle(found: Bundle) -> ResponseReturnValue:
    answer = send_file(platform().files.path(found.stored_name), mimetype="application/zip", etag=False)
    answer.headers["Content-Disposition"] = disposition(f"{(request.view_args or {})['slug']}-bundle.zip")
    answer.headers["Cache-Control"] = "public, no-cache"
    answer.set_etag(found.sha256)
    return answer.make_conditional(request)


# --- a whole text for a draft ---


def read_document(form: DocumentForm) -> documents.Document:
    """Read a document before the transaction; what is wrong with it is told beside the field."""
    try:
        return documents.read(shown_name(form.file.data.filename), form.file.data.stream.read())
    except BadFile as problem:
        raise BadForm(form.file, str(problem)) from problem


def read_text(form: TextForm) -> list[outlines.Written]:
    """Divide a text and make its HTML before the transaction; what is wrong with it is told beside the field."""
    parts = outlines.parts_of(form.text.data or "")
    if told := outlines.faults(parts):
        raise BadForm(form.text, " ".join(told[:TOLD]))
    return outlines.written(parts, sanitize)


@bp.get("/staff/rounds/<slug>/draft/text")
@may(Act.WRITE_DRAFT, on=get_round, form=TextForm)
def text_page(subject: Round, form: TextForm) -> ResponseReturnValue:
    return _text_page(subject, form, DocumentForm())


@bp.get("/staff/rounds/<slug>/draft/document")
@may(Act.WRITE_DRAFT, on=get_round, form=DocumentForm)
def document_page(subject: Round, form: DocumentForm) -> ResponseReturnValue:
    return _text_page(subject, TextForm(), form)


@bp.post("/staff/rounds/<slug>/draft/document")
@may(Act.WRITE_DRAFT, on=get_round, form=DocumentForm, page="opendata.document_page", before=read_document, upload=True)
def show_document(subject: Round, _form: DocumentForm, found: documents.Document) -> ResponseReturnValue:
    form = TextForm()
    form.prefill(title=found.title[: outlines.LONGEST_TITLE], text=found.text)
    return _text_page(subject, form, DocumentForm())


@bp.post("/staff/rounds/<slug>/draft/text")
@may(Act.WRITE_DRAFT, on=get_round, form=TextForm, page="opendata.text_page", before=read_text, upload=True)
def enter_text(subject: Round, form: TextForm, parts: list[outlines.Written]) -> ResponseReturnValue:
    outlines.enter_text(subject, form.title.data or subject.title, parts, actor())
    return redirect(url_for("synthesis.draft_desk", slug=subject.slug), 303)


def plan_text(form: TextForm) -> rewriting.Plan:
    """Divide a text and match it with what the newest version says, before the transaction."""
    parts = read_text(form)
    with platform().database.reading():
        subject = get_round(actor(), (request.view_args or {})["slug"])
        draft = find_newest(subject.id)
        if draft is None:
            raise BadForm(form.text, _("No draft was begun yet, so there is no text to replace."))
        return rewriting.planned(draft, parts)


@bp.post("/staff/rounds/<slug>/draft/text/look")
@may(
    Act.WRITE_DRAFT,
    on=get_round,
    form=TextForm,
    page="opendata.text_page",
    before=plan_text,
    upload=True,
    quiet=True,  # looking uses up no key: the same text can be looked at again
)
def look_at_text(subject: Round, sent: TextForm, plan: rewriting.Plan) -> ResponseReturnValue:
    form = ReplaceForm()
    form.prefill(text=sent.text.data, seen=plan.seen)
    around = staff_frame(subject, actor(), "draft")
    return render_template("opendata/replace_page.html", form=form, plan=plan, words=changed_words, **around)


@bp.post("/staff/rounds/<slug>/draft/text/replace")
@may(Act.WRITE_DRAFT, on=get_round, form=ReplaceForm, page="opendata.text_page", before=plan_text, upload=True)
def replace_text(subject: Round, form: ReplaceForm, plan: rewriting.Plan) -> ResponseReturnValue:
    slug = subject.slug
    rewriting.replace_text(get_newest(actor(), slug), plan, actor(), seen=form.seen.data or "")
    return redirect(url_for("synthesis.draft_desk", slug=slug), 303)


def _text_page(subject: Round, form: TextForm, document: DocumentForm) -> str:
    around = staff_frame(subject, actor(), "draft")
    draft = next(iter(list_drafts(actor(), subject.id)), None)
    return render_template("opendata/text_page.html", **around, form=form, document=document, draft=draft)


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(content, mimetype=kind, headers={"Content-Disposition": f"attachment; filename={name}"})
