"""The coding list, and what is done with many inputs of it at once."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.answers.queries import list_blocks
from consult.doors import actor, may
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round
from consult.synthesis import frame as listed
from consult.synthesis.queries import coverage, list_weighed
from consult.workbench import frame as shown
from consult.workbench import queries, verbs
from consult.workbench.forms import BulkForm
from consult.workbench.models import Bulk, BulkKind

bp = Blueprint("workbench", __name__)


@bp.get("/staff/rounds/<slug>/coding")
@may(Act.READ_QUEUE, on=get_round, form=BulkForm)
def coding(subject: Round, form: BulkForm) -> ResponseReturnValue:
    wanted, shares = listed.wanted_by(request.args, actor()), queries.list_shares(subject.id)
    page = list_weighed(subject.id, wanted, listed.page_number(request.args))
    form.offer(
        subject.offered_themes, {one.person_id: one.name for one in shares if one.is_moderator}, list_blocks(subject.id)
    )
    return render_template(
        "workbench/coding.html",
        form=form,
        page=page,
        tiles=listed.tiles(subject, coverage(subject.id)),
        shares=shown.shares(subject, shares),
        last=shown.last_done(shares, actor()),
        **listed.work_frame(subject, wanted, page, form.pick.data or (), {one.person_id: one.name for one in shares}),
        **staff_frame(subject, actor(), "coding"),
    )


@bp.post("/staff/rounds/<slug>/coding")
@may(Act.DO_AT_ONCE, on=get_round, form=BulkForm, page="workbench.coding")
def plan(subject: Round, form: BulkForm) -> ResponseReturnValue:
    wanted, everything = listed.wanted_by(request.args, actor()), bool(form.everything.data)
    inputs = queries.list_chosen(subject.id, wanted, form.pick.data or (), everything=everything)
    bulk = verbs.plan(subject, BulkKind(form.act.data or ""), form.told(), inputs, actor())
    return redirect(url_for("workbench.preview_page", slug=subject.slug, bulk_id=bulk.id, **_kept()), 303)


@bp.get("/staff/rounds/<slug>/coding/bulk/<uuid:bulk_id>")
@may(Act.DO_AT_ONCE, on=queries.get_bulk)
def preview_page(bulk: Bulk) -> ResponseReturnValue:
    wish = queries.wish_of(bulk)
    found = queries.preview(bulk, wish, queries.list_inputs(bulk), bulk.round)
    return render_template(
        "workbench/preview_page.html",
        bulk=bulk,
        wish=wish,
        fates=shown.previewed(found, bulk.round),
        kept=_kept(),
        **staff_frame(bulk.round, actor(), "coding"),
    )


@bp.post("/staff/rounds/<slug>/coding/bulk/<uuid:bulk_id>")
@may(Act.DO_AT_ONCE, on=queries.get_bulk)
def carry_out(bulk: Bulk) -> ResponseReturnValue:
    verbs.carry_out(bulk, bulk.round, actor())
    return redirect(url_for("workbench.coding", slug=bulk.round.slug, **_kept()), 303)


@bp.post("/staff/rounds/<slug>/coding/bulk/<uuid:bulk_id>/undo")
@may(Act.DO_AT_ONCE, on=queries.get_bulk)
def undo(bulk: Bulk) -> ResponseReturnValue:
    verbs.undo(bulk, actor())
    return redirect(url_for("workbench.coding", slug=bulk.round.slug, **_kept()), 303)


def _kept() -> dict[str, Any]:
    """Return what the address says of the list that somebody came from."""
    return listed.address_of(listed.wanted_by(request.args, actor()), listed.page_number(request.args))
