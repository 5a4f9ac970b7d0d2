"""Positions of organisations: reading them, writing them together, sending them in, and signing with each other's."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may
from consult.mandates.queries import list_preconditions
from consult.participants.models import Organisation
from consult.participants.queries import get_organisation
from consult.participants.rules import read_page
from consult.policy import Act
from consult.positions import frame as shown
from consult.positions import queries, rules, verbs
from consult.positions.forms import PositionForm, SignForm, SubmitForm, WithdrawForm, version_in
from consult.positions.models import CoSign, Position
from consult.positions.queries import Writing
from consult.positions.rules import PositionTold
from consult.rounds.frame import frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, public_etag

bp = Blueprint("positions", __name__)


def rendered(form: PositionForm) -> PositionTold:
    """Turn what was typed into safe HTML, before the transaction."""
    return form.told()


@bp.get("/rounds/<slug>/positions")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def listing(subject: Round) -> ResponseReturnValue:
    sort = rules.read_sort(request.args.get("sort", ""), subject.themes)
    page = queries.list_positions(actor(), subject, sort, read_page(request.args.get("page", "")))
    told = {**frame(subject, actor(), "positions"), **shown.table(subject, page, sort)}
    mine, gone = shown.to_write(subject, actor()), queries.list_withdrawn(subject.id)
    return render_template("positions/listing.html", **told, mine=mine, withdrawn=gone)


@bp.get("/rounds/<slug>/positions/<public_id>")
@may(Act.READ_CONTRIBUTION, on=queries.get_position, etag=public_etag)
def one(position: Position) -> ResponseReturnValue:
    around = frame(position.contribution.round, actor(), "positions")
    told = {**shown.one(position, actor()), "sent": request.args.get("sent") == "yes"}
    return render_template("positions/one.html", **around, **told)


@bp.get("/rounds/<slug>/positions/<public_id>/history")
@may(Act.READ_CONTRIBUTION, on=queries.get_readable)
def history(position: Position) -> ResponseReturnValue:
    around = frame(position.contribution.round, actor(), "positions")
    steps = shown.steps(position, actor())
    return render_template("positions/history.html", **around, position=position, steps=steps)


@bp.get("/rounds/<slug>/positions/write/<organisation>")
@may(Act.WRITE_POSITION, on=queries.get_writing, form=PositionForm)
def write(writing: Writing, form: PositionForm) -> ResponseReturnValue:
    draft = writing.draft
    told = rules.from_fields(draft.fields if draft is not None else {})
    form.show(told, rules.takes_stance(writing.round.themes), draft.version if draft is not None else 0)
    around = {**frame(writing.round, actor(), "positions"), **shown.around(writing, actor())}
    around["bounds"] = list_preconditions(writing.round.id)
    return render_template("positions/write.html", **around, form=form, saved=request.args.get("saved") == "yes")


@bp.post("/rounds/<slug>/positions/write/<organisation>")
@may(Act.WRITE_POSITION, on=queries.get_writing, form=PositionForm, page="positions.write", before=rendered)
def save(writing: Writing, form: PositionForm, told: PositionTold) -> ResponseReturnValue:
    verbs.save_draft(writing, told, actor(), version=version_in(form))
    slug, organisation = writing.round.slug, writing.organisation.slug
    if form.then.data == "review":
        return redirect(url_for("positions.review", slug=slug, organisation=organisation), 303)
    return redirect(url_for("positions.write", slug=slug, organisation=organisation, saved="yes"), 303)


@bp.get("/rounds/<slug>/positions/write/<organisation>/review")
@may(Act.WRITE_POSITION, on=queries.get_writing, form=SubmitForm)
def review(writing: Writing, form: SubmitForm) -> ResponseReturnValue:
    around = {**frame(writing.round, actor(), "positions"), **shown.around(writing, actor())}
    return render_template("positions/review.html", **around, **shown.preview(writing, actor()), form=form)


@bp.post("/rounds/<slug>/positions/write/<organisation>/review")
@may(Act.SUBMIT_POSITION, on=queries.get_writing, form=SubmitForm, page="positions.review", upload=True)
def submit(writing: Writing, form: SubmitForm) -> ResponseReturnValue:
    sent = verbs.submit(writing, actor(), version=version_in(form), files=form.files.data)
    return redirect(url_for("positions.one", slug=writing.round.slug, public_id=sent.public_id, sent="yes"), 303)


@bp.get("/rounds/<slug>/positions/<public_id>/withdraw")
@may(Act.WITHDRAW_POSITION, on=queries.get_position, form=WithdrawForm)
def withdraw_page(position: Position, form: WithdrawForm) -> ResponseReturnValue:
    around = frame(position.contribution.round, actor(), "positions")
    return render_template("positions/withdraw_page.html", **around, position=position, form=form)


@bp.post("/rounds/<slug>/positions/<public_id>/withdraw")
@may(Act.WITHDRAW_POSITION, on=queries.get_position, form=WithdrawForm, page="positions.withdraw_page")
def withdraw(position: Position, form: WithdrawForm) -> ResponseReturnValue:
    verbs.withdraw(position, form.reason.data or "", actor())
    return redirect(_page_of(position), 303)


@bp.get("/rounds/<slug>/positions/<public_id>/sign")
@may(Act.CO_SIGN, on=queries.get_readable, form=SignForm)
def sign_page(position: Position, form: SignForm) -> ResponseReturnValue:
    told, signers = shown.what_it_says(position, actor()), shown.signers(position, actor())
    form.offer([(one.slug, one.name) for one in signers], [row["theme"] for row in told["on"]])
    form.prefill(version=position.contribution.version)
    around = frame(position.contribution.round, actor(), "positions")
    return render_template("positions/sign_page.html", **around, **told, form=form, signers=signers)


@bp.post("/rounds/<slug>/positions/<public_id>/sign")
@may(Act.CO_SIGN, on=queries.get_readable, form=SignForm, page="positions.sign_page")
def sign(position: Position, form: SignForm) -> ResponseReturnValue:
    signer = get_organisation(actor(), form.signer.data or "")
    version = version_in(form)
    verbs.co_sign(position, signer, form.theme_ids(), form.mandate(), actor(), number=version)
    return redirect(_page_of(position), 303)


@bp.get("/rounds/<slug>/positions/<public_id>/signatures/<uuid:sign_id>/withdraw")
@may(Act.WITHDRAW_SIGNATURE, on=queries.get_co_sign)
def signature_page(sign: CoSign) -> ResponseReturnValue:
    around = frame(sign.position.contribution.round, actor(), "positions")
    return render_template("positions/signature_page.html", **around, sign=sign, position=sign.position)


@bp.post("/rounds/<slug>/positions/<public_id>/signatures/<uuid:sign_id>/withdraw")
@may(Act.WITHDRAW_SIGNATURE, on=queries.get_co_sign)
def withdraw_signature(sign: CoSign) -> ResponseReturnValue:
    verbs.withdraw_signature(sign, actor())
    return redirect(_page_of(sign.position), 303)


@bp.get("/organisations/<organisation>")
@may(Act.READ_SITE, on=get_organisation)
def organisation(of: Organisation) -> ResponseReturnValue:
    return render_template("positions/organisation.html", **shown.organisation(of, actor()))


def _page_of(position: Position) -> str:
    contribution = position.contribution
    return url_for("positions.one", slug=contribution.round.slug, public_id=contribution.public_id)
