"""Putting a proposal forward, changing it, taking it back, and arguing."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.audit.queries import list_entries_on
from consult.contributions.models import Contribution
from consult.contributions.queries import get_own, get_proposal
from consult.doors import actor, may
from consult.foundation.text import sanitize
from consult.mandates.queries import list_preconditions
from consult.policy import Act
from consult.proposals import queries, rules, verbs
from consult.proposals.forms import ArgumentForm, EditForm, ProposalForm
from consult.proposals.models import Stance
from consult.rounds.frame import frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, list_areas

VERSIONS_SHOWN = 20

bp = Blueprint("proposals", __name__)


def render(form: Any) -> str:
    """Turn the Markdown of a form into safe HTML, before the transaction."""
    return sanitize(form.text.data or "")


@bp.get("/rounds/<slug>/proposals/new")
@may(Act.READ_ROUND, on=get_round, form=ProposalForm)
def new_page(subject: Round, form: ProposalForm) -> ResponseReturnValue:
    form.offer(subject.themes, list_areas())
    return render_template(
        "proposals/new_page.html",
        **frame(subject, actor(), "proposals"),
        form=form,
        fixed=list_preconditions(subject.id),
        closed=rules.closed_because(subject.phases, Act.SUBMIT_PROPOSAL, actor().arrived_at),
    )


@bp.post("/rounds/<slug>/proposals/new")
@may(Act.SUBMIT_PROPOSAL, on=get_round, form=ProposalForm, page="proposals.new_page", before=render, upload=True)
def submit(subject: Round, form: ProposalForm, html: str) -> ResponseReturnValue:
    told = {"title": form.title.data or "", "text": form.text.data or "", "html": html}
    theme, area = form.theme_id.data, form.area_code.data or None
    new = verbs.submit_proposal(subject, actor(), **told, theme_id=theme, area_code=area, files=form.files.data)
    return redirect(url_for("proposals.receipt", slug=subject.slug, public_id=new.public_id), 303)


@bp.get("/rounds/<slug>/contributions/<public_id>/received")
@may(Act.READ_OWN, on=get_own)
def receipt(contribution: Contribution) -> ResponseReturnValue:
    return render_template(
        "proposals/receipt.html",
        **frame(contribution.round, actor(), "proposals"),
        contribution=contribution,
        about=queries.find_proposal_of(actor(), contribution.id),
        entry=next(iter(list_entries_on(contribution.id)), None),
    )


@bp.get("/rounds/<slug>/proposals/<public_id>/edit")
@may(Act.EDIT_PROPOSAL, on=get_proposal, form=EditForm)
def edit_page(contribution: Contribution, form: EditForm) -> ResponseReturnValue:
    form.prefill(title=contribution.title, text=contribution.text, version=contribution.version)
    closed = rules.closed_because(contribution.round.phases, Act.EDIT_PROPOSAL, actor().arrived_at)
    around = frame(contribution.round, actor(), "proposals")
    return render_template("proposals/edit_page.html", **around, contribution=contribution, form=form, closed=closed)


@bp.post("/rounds/<slug>/proposals/<public_id>/edit")
@may(Act.EDIT_PROPOSAL, on=get_proposal, form=EditForm, page="proposals.edit_page", before=render, upload=True)
def edit(contribution: Contribution, form: EditForm, html: str) -> ResponseReturnValue:
    told = {"title": form.title.data or "", "text": form.text.data or "", "html": html}
    verbs.edit_proposal(contribution, actor(), **told, version=int(form.version.data or 0), files=form.files.data)
    return redirect(_page_of(contribution), 303)


@bp.get("/rounds/<slug>/proposals/<public_id>/withdraw")
@may(Act.WITHDRAW_PROPOSAL, on=get_proposal)
def withdraw_page(contribution: Contribution) -> ResponseReturnValue:
    closed = rules.closed_because(contribution.round.phases, Act.WITHDRAW_PROPOSAL, actor().arrived_at)
    around = frame(contribution.round, actor(), "proposals")
    return render_template("proposals/withdraw_page.html", **around, contribution=contribution, closed=closed)


@bp.post("/rounds/<slug>/proposals/<public_id>/withdraw")
@may(Act.WITHDRAW_PROPOSAL, on=get_proposal)
def withdraw(contribution: Contribution) -> ResponseReturnValue:
    verbs.withdraw_proposal(contribution, actor())
    return redirect(_page_of(contribution), 303)


@bp.get("/rounds/<slug>/proposals/<public_id>/history")
@may(Act.READ_CONTRIBUTION, on=get_proposal)
def history(contribution: Contribution) -> ResponseReturnValue:
    versions = queries.list_readable_versions(actor(), contribution)
    pairs = list(zip(versions, [*versions[1:], None], strict=True))[:VERSIONS_SHOWN]
    steps = [(new, rules.differences(old, new)) for new, old in pairs]
    around = frame(contribution.round, actor(), "proposals")
    return render_template(
        "proposals/history.html", **around, contribution=contribution, steps=steps, count=len(versions)
    )


@bp.post("/rounds/<slug>/proposals/<public_id>/arguments")
@may(Act.ADD_ARGUMENT, on=get_proposal, form=ArgumentForm, page="pages.proposal", before=render)
def argue(proposal: Contribution, form: ArgumentForm, html: str) -> ResponseReturnValue:
    stance = Stance(form.stance.data)
    new = verbs.add_argument(proposal, actor(), stance=stance, text=form.text.data or "", html=html)
    return redirect(url_for("proposals.receipt", slug=proposal.round.slug, public_id=new.public_id), 303)


def _page_of(contribution: Contribution) -> str:
    return url_for("pages.proposal", slug=contribution.round.slug, public_id=contribution.public_id)
