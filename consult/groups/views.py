"""Groups that the platform suggests, one group, and what a group says together."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.contributions.models import Contribution
from consult.contributions.queries import get_contribution, list_shared
from consult.doors import actor, may
from consult.foundation.text import sanitize
from consult.groups import queries, verbs
from consult.groups.forms import GroupForm, SharedTextForm
from consult.groups.models import GroupSuggestion
from consult.groups.rules import Doubt
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round

bp = Blueprint("groups", __name__)
REFRESH = "5"  # seconds, while the worker looks


def render_text(form: Any) -> str:
    """Render the Markdown that was typed, before the transaction."""
    return sanitize(form.text.data or "")


@bp.get("/staff/rounds/<slug>/groups")
@may(Act.READ_QUEUE, on=get_round)
def listing(subject: Round) -> ResponseReturnValue:
    search, given = queries.find_search(subject.id), request.args.get("page", "")
    page = queries.list_suggestions(subject.id, int(given) if given.isdecimal() and 0 < int(given) < 10_000 else 1)
    around = {**staff_frame(subject, actor(), "groups"), "search": search, "page": page}
    answer = Response(render_template("groups/listing.html", **around))
    if search is not None and search.is_running:
        answer.headers["Refresh"] = REFRESH
    return answer


@bp.post("/staff/rounds/<slug>/groups")
@may(Act.SUGGEST_GROUPS, on=get_round)
def search(subject: Round) -> ResponseReturnValue:
    verbs.ask_search(subject, actor())
    return redirect(url_for("groups.listing", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/groups/<uuid:suggestion_id>")
@may(Act.READ_QUEUE, on=queries.get_suggestion, form=GroupForm)
def one(suggestion: GroupSuggestion, form: GroupForm) -> ResponseReturnValue:
    if not form.is_filled:
        form.suggest(suggestion.members)
    return render_template(
        "groups/one.html",
        suggestion=suggestion,
        form=form,
        doubts={doubt.value: doubt.words for doubt in Doubt},
        votes=queries.votes_beside(suggestion),
        **staff_frame(suggestion.round, actor(), "groups"),
    )


@bp.post("/staff/rounds/<slug>/groups/<uuid:suggestion_id>")
@may(Act.DECIDE_GROUP, on=queries.get_suggestion, form=GroupForm, page="groups.one")
def join(suggestion: GroupSuggestion, form: GroupForm) -> ResponseReturnValue:
    verbs.join_group(suggestion, form.into.data or "", form.pick.data or (), actor())
    return redirect(url_for("groups.listing", slug=suggestion.round.slug), 303)


@bp.post("/staff/rounds/<slug>/groups/<uuid:suggestion_id>/apart")
@may(Act.DECIDE_GROUP, on=queries.get_suggestion)
def apart(suggestion: GroupSuggestion) -> ResponseReturnValue:
    verbs.keep_apart(suggestion, actor())
    return redirect(url_for("groups.listing", slug=suggestion.round.slug), 303)


@bp.get("/staff/rounds/<slug>/queue/<public_id>/shared-text")
@may(Act.READ_QUEUE, on=get_contribution, form=SharedTextForm)
def shared_page(contribution: Contribution, form: SharedTextForm) -> ResponseReturnValue:
    written = list_shared(contribution.id)
    form.prefill(text=written[0].text if written else "", version=str(written[0].number if written else 0))
    return render_template(
        "groups/shared_page.html",
        contribution=contribution,
        form=form,
        written=written,
        tree=queries.list_tree(contribution.id),
        **staff_frame(contribution.round, actor(), "queue"),
    )


@bp.post("/staff/rounds/<slug>/queue/<public_id>/shared-text")
@may(Act.WRITE_SHARED_TEXT, on=get_contribution, form=SharedTextForm, page="groups.shared_page", before=render_text)
def write_shared(contribution: Contribution, form: SharedTextForm, html: str) -> ResponseReturnValue:
    number = int(form.version.data or 0)
    verbs.write_shared_text(contribution, actor(), text=form.text.data or "", html=html, number=number)
    slug, public_id = contribution.round.slug, contribution.public_id
    return redirect(url_for("pages.proposal", slug=slug, public_id=public_id), 303)
