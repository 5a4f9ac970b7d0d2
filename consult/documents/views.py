"""The documents of a round: read as pages, taken along as files, and the texts that people type for some."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from consult.director.people.profiles.models import RoleProfile
from consult.director.people.profiles.queries import find_beside, get_profile
from consult.documents import errands, leaflets, odt, profiled, queries, verbs
from consult.documents import frame as shown
from consult.documents.forms import NumberForm, TextsForm
from consult.documents.models import Ending, PaperKind
from consult.documents.paper import Document
from consult.documents.papers import compose
from consult.documents.pdf import NoPdf
from consult.documents.pdf import write as write_pdf
from consult.documents.queries import Made, Paper
from consult.doors import actor, may, platform
from consult.foundation import web
from consult.foundation.errors import NotFound
from consult.foundation.language import gettext as _
from consult.foundation.limits import count_try
from consult.policy import Act
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_revision, get_round, public_etag

bp = Blueprint("documents", __name__)
AN_HOUR = 60  # files that somebody at one place may ask for
EVERY = "3"  # seconds after which a page that follows a file is fetched again
PAPER = "any('draft','synthesis-report','response-note','participation-report','council-file'):paper"
TYPES = {Ending.PDF: "application/pdf", Ending.ODT: "application/vnd.oasis.opendocument.text"}


@bp.get("/rounds/<slug>/documents")
@may(Act.READ_ROUND, on=get_round)
def listing(subject: Round) -> ResponseReturnValue:
    found = queries.list_papers(actor(), subject)
    rows = shown.listing(found, queries.list_files(subject.id), get_revision(subject.id))
    return render_template("documents/listing.html", rows=rows, **frame(subject, actor(), "documents"))


@bp.get(f"/rounds/<slug>/documents/<{PAPER}>")
@may(Act.READ_DOCUMENT, on=queries.get_paper, etag=public_etag)
def one(found: Paper) -> ResponseReturnValue:
    document = compose(found.kind, found.round, errands.telling_for(platform().settings, actor()))
    files = shown.ways(found, queries.list_files(found.round_id), get_revision(found.round_id))
    around = frame(found.round, actor(), "documents")
    return render_template("documents/one.html", paper=found, document=document, files=files, **around)


# --- files ---


def made_before(_form: Any) -> errands.Drawn | None:
    """Put the document together, and make a small one, before the transaction in which it is kept."""
    told, settings = request.view_args or {}, platform().settings
    count_try(platform().database, f"document|{web.client_address()}", limit=AN_HOUR, seconds=3600)
    try:
        with platform().database.reading():
            made = queries.get_made(actor(), **told)
            if made.is_ready:
                return None
            drawn = errands.draw(made.paper.round, made.paper.kind, settings)
        return errands.made_at_once(drawn, made.paper.kind, made.ending, platform().files)
    except (NotFound, NoPdf):
        return None


@bp.post(f"/rounds/<slug>/documents/<{PAPER}>/<ending>")
@may(Act.MAKE_DOCUMENT, on=queries.get_made, page="documents.file_page", before=made_before)
def make(made: Made, drawn: errands.Drawn | None) -> ResponseReturnValue:
    asked = verbs.ask(made, actor())
    if drawn is not None and drawn.incoming is not None:
        verbs.keep(asked.id, drawn.document.content_hash, drawn.revision, drawn.incoming, actor().arrived_at)
    here: dict[str, Any] = {"slug": made.paper.round.slug, "paper": made.paper.kind.value, "ending": made.ending.value}
    return redirect(url_for("documents.file_page", **here), 303)


@bp.get(f"/rounds/<slug>/documents/<{PAPER}>/<ending>")
@may(Act.READ_DOCUMENT, on=queries.get_made)
def file_page(made: Made) -> ResponseReturnValue:
    made = errands.as_of_now(made, platform().settings)
    told = shown.making(made, actor())
    answer = Response(
        render_template("documents/file_page.html", **told, **frame(made.paper.round, actor(), "documents"))
    )
    if told["is_making"]:
        answer.headers["Refresh"] = EVERY
    return answer


@bp.get(f"/rounds/<slug>/documents/<{PAPER}>.<ending>")
@may(Act.READ_DOCUMENT, on=queries.get_made)
def download(made: Made) -> ResponseReturnValue:
    made = errands.as_of_now(made, platform().settings)
    here: dict[str, Any] = {"slug": made.paper.round.slug, "paper": made.paper.kind.value, "ending": made.ending.value}
    if not made.is_ready or made.file is None or made.file.stored_name is None:
        return redirect(url_for("documents.file_page", **here), 303)
    answer = send_file(platform().files.path(made.file.stored_name), mimetype=TYPES[made.ending], etag=False)
    name = f"{made.paper.round.slug}-{made.paper.kind.value}.{made.ending.value}"
    answer.headers["Content-Disposition"] = web.disposition(name)
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "public, no-cache" if made.paper.is_public else "private, no-store"
    answer.set_etag(made.file.sha256)
    return answer.make_conditional(request)


# --- role profiles ---


@bp.get("/staff/profiles/<profile_slug>/vacancy.odt")
@may(Act.READ_DESK, on=get_profile)
def vacancy(profile: RoleProfile) -> ResponseReturnValue:
    return _as_odt(profiled.vacancy(profile), _("vacancy-%(name)s.odt", name=profile.slug))


@bp.get("/staff/profiles/<profile_slug>/difference.odt")
@may(Act.READ_DESK, on=get_profile)
def profile_difference(profile: RoleProfile) -> ResponseReturnValue:
    beside = find_beside(profile, request.args.get("beside", ""))
    if beside is None:
        raise NotFound
    return _as_odt(profiled.compared(profile, beside), _("difference-%(name)s.odt", name=profile.slug))


def _as_odt(document: Document, name: str) -> Response:
    headers = {"Content-Disposition": web.disposition(name), "Cache-Control": "private, no-store"}
    return Response(odt.write(document), headers={"Content-Type": TYPES[Ending.ODT], **headers})


# --- sheets of one page, for whoever works there ---


@bp.get("/staff/rounds/<slug>/mandate.pdf")
@may(Act.READ_QUEUE, on=get_round)
def mandate_pdf(subject: Round) -> ResponseReturnValue:
    return _sheet(leaflets.mandate_note(subject), f"{subject.slug}-{_('mandate-note')}.pdf")


@bp.get("/staff/rounds/<slug>/set-up.pdf")
@may(Act.READ_SET_UP, on=get_round)
def set_up_pdf(subject: Round) -> ResponseReturnValue:
    return _sheet(leaflets.set_up(subject), f"{subject.slug}-{_('set-up')}.pdf")


def _sheet(document: Document, name: str) -> Response:
    headers = {"Content-Disposition": web.disposition(name), "Cache-Control": "private, no-store"}
    return Response(write_pdf(document), headers={"Content-Type": TYPES[Ending.PDF], **headers})


# --- what people type ---


@bp.get("/staff/rounds/<slug>/documents")
@may(Act.READ_QUEUE, on=get_round)
def desk(subject: Round) -> ResponseReturnValue:
    found = queries.list_papers(actor(), subject)
    rows = shown.listing(found, queries.list_files(subject.id), get_revision(subject.id))
    around = staff_frame(subject, actor(), "documents")
    typed = [PaperKind.PARTICIPATION, PaperKind.COUNCIL]
    return render_template("documents/desk.html", rows=rows, typed=typed, **around)


@bp.get("/staff/rounds/<slug>/documents/<paper>")
@may(Act.READ_QUEUE, on=queries.get_typed, form=TextsForm)
def texts_page(paper: Paper, form: TextsForm) -> ResponseReturnValue:
    known = queries.list_texts(paper.round_id, paper.kind)
    newest = next(iter(known), None)
    form.prefill(number=str(newest.number if newest else 0), **(newest.texts if newest else {}))
    around = staff_frame(paper.round, actor(), "documents")
    told = {"paper": paper, "newest": newest, "known": known, "form": form, "fields": form.fields_of(paper.kind)}
    return render_template("documents/texts_page.html", **told, **around)


@bp.post("/staff/rounds/<slug>/documents/<paper>")
@may(Act.WRITE_PAPER, on=queries.get_typed, form=TextsForm, page="documents.texts_page")
def write_texts(paper: Paper, form: TextsForm) -> ResponseReturnValue:
    verbs.write_texts(paper, form.texts_of(paper.kind), actor(), number=form.read)
    return _to_texts(paper)


@bp.post("/staff/rounds/<slug>/documents/<paper>/publish")
@may(Act.PUBLISH_PAPER, on=queries.get_typed, form=NumberForm)
def publish_texts(paper: Paper, form: NumberForm) -> ResponseReturnValue:
    verbs.publish_texts(paper, actor(), number=form.read)
    return _to_texts(paper)


def _to_texts(paper: Paper) -> ResponseReturnValue:
    return redirect(url_for("documents.texts_page", slug=paper.round.slug, paper=paper.kind.value), 303)
