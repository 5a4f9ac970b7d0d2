"""Staff and who can vote in a round: codes for letters, and the list of voters."""

from collections.abc import Sequence

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may, platform
from consult.foundation.forms import BadForm
from consult.foundation.tables import csv_of
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, list_areas
from consult.voting import codes, electorate, rules
from consult.voting.electorate import Drawn
from consult.voting.forms import BatchForm, CodesForm, ListForm, LostCodeForm, UnlistForm
from consult.voting.models import CodeBatch
from consult.voting.rules import Listed, Printed
from consult.voting.sheets import WrongLines

bp = Blueprint("electing", __name__)


def draw(form: CodesForm | BatchForm | LostCodeForm) -> list[Drawn]:
    """Draw as many codes as a form asks for, before the transaction."""
    number = form.number.data if isinstance(form, CodesForm) else form.number() if isinstance(form, BatchForm) else 1
    return electorate.draw_codes(number or 0, rules.codes_key(platform().settings.secret_key))


@bp.get("/staff/rounds/<slug>/codes")
@may(Act.ISSUE_CODES, on=get_round, form=CodesForm)
def codes_page(subject: Round, form: CodesForm) -> ResponseReturnValue:
    form.offer(list_areas())
    around = staff_frame(subject, actor(), "codes")
    batches = codes.list_batches(subject.id)
    return render_template("electing/codes_page.html", **around, form=form, batches=batches)


@bp.post("/staff/rounds/<slug>/codes")
@may(Act.ISSUE_CODES, on=get_round, form=CodesForm, page="electing.codes_page", before=draw)
def issue_codes(subject: Round, form: CodesForm, drawn: list[Drawn]) -> ResponseReturnValue:
    return _handed_over(subject, electorate.issue_codes(subject, form.area_code.data or "", drawn, actor()))


@bp.get("/staff/rounds/<slug>/codes/lost")
@may(Act.ISSUE_CODES, on=get_round, form=LostCodeForm)
def lost_code_page(subject: Round, form: LostCodeForm) -> ResponseReturnValue:
    return render_template("electing/lost_code_page.html", **staff_frame(subject, actor(), "codes"), form=form)


@bp.post("/staff/rounds/<slug>/codes/lost")
@may(Act.ISSUE_CODES, on=get_round, form=LostCodeForm, page="electing.lost_code_page", before=draw)
def replace_code(subject: Round, form: LostCodeForm, drawn: list[Drawn]) -> ResponseReturnValue:
    return _handed_over(subject, [electorate.replace_code(subject, form.serial.data or 0, drawn[0], actor())])


@bp.get("/staff/rounds/<slug>/codes/<int:number>/replace")
@may(Act.ISSUE_CODES, on=codes.get_batch, form=BatchForm)
def replace_page(batch: CodeBatch, form: BatchForm) -> ResponseReturnValue:
    told = next(told for told in codes.list_batches(batch.round_id) if told.batch.number == batch.number)
    form.prefill(unused=told.unused)
    around = staff_frame(batch.round, actor(), "codes")
    return render_template("electing/replace_page.html", **around, form=form, told=told)


@bp.post("/staff/rounds/<slug>/codes/<int:number>/replace")
@may(Act.ISSUE_CODES, on=codes.get_batch, form=BatchForm, page="electing.replace_page", before=draw)
def replace_batch(batch: CodeBatch, _form: BatchForm, drawn: list[Drawn]) -> ResponseReturnValue:
    return _handed_over(batch.round, electorate.replace_batch(batch.round, batch, drawn, actor()))


def _handed_over(subject: Round, printed: Sequence[Printed]) -> ResponseReturnValue:
    """Answer with the codes as a table for whoever prints the letters: this once, since nobody can read them again.

    The one POST that does not end in a redirect; a second click leads back to the list.
    """
    where = f"{platform().settings.base_url}{url_for('voting.code_page', slug=subject.slug)}"
    answer = make_response(csv_of(rules.letters(printed, where)))
    answer.mimetype, answer.location = "text/csv", url_for("electing.codes_page", slug=subject.slug)
    answer.headers["Content-Disposition"] = f'attachment; filename="codes-{subject.slug}-{printed[0].serial}.csv"'
    return answer


# --- the list of voters ---


def read(form: ListForm) -> list[Listed]:
    """Read who comes on the list before the transaction; what is wrong is told beside the field."""
    try:
        return form.read()
    except WrongLines as problem:
        raise BadForm(form.told, str(problem)) from problem


@bp.get("/staff/rounds/<slug>/voters")
@may(Act.ISSUE_CODES, on=get_round, form=ListForm)
def list_page(subject: Round, form: ListForm) -> ResponseReturnValue:
    form.offer(list_areas())
    around = {**staff_frame(subject, actor(), "list"), "batches": codes.list_batches(subject.id, on_list=True)}
    around |= {"new": rules.count_in(request.args, "new"), "known": rules.count_in(request.args, "known")}
    return render_template("electing/list_page.html", **around, form=form)


@bp.post("/staff/rounds/<slug>/voters")
@may(Act.ISSUE_CODES, on=get_round, form=ListForm, page="electing.list_page", before=read, upload=True)
def put_on_list(subject: Round, form: ListForm, people: list[Listed]) -> ResponseReturnValue:
    try:
        added = electorate.put_on_list(subject, form.area_code.data or "", people, actor())
    except electorate.UnfitList as problem:
        raise BadForm(form.told, str(problem)) from problem
    return redirect(url_for("electing.list_page", slug=subject.slug, new=added.new, known=added.known), 303)


@bp.get("/staff/rounds/<slug>/voters/less")
@may(Act.ISSUE_CODES, on=get_round, form=UnlistForm)
def unlist_page(subject: Round, form: UnlistForm) -> ResponseReturnValue:
    return render_template("electing/unlist_page.html", **staff_frame(subject, actor(), "list"), form=form)


@bp.post("/staff/rounds/<slug>/voters/less")
@may(Act.ISSUE_CODES, on=get_round, form=UnlistForm, page="electing.unlist_page")
def take_from_list(subject: Round, form: UnlistForm) -> ResponseReturnValue:
    try:
        electorate.take_from_list(subject, form.serial.data or 0, actor())
    except electorate.UnfitList as problem:
        raise BadForm(form.serial, str(problem)) from problem
    return redirect(url_for("electing.list_page", slug=subject.slug), 303)
