"""Putting a proposal forward, changing it, taking it back, and arguing."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.audit.queries import list_entries_on
from consult.contributions.models import CoAuthor, Contribution
from consult.contributions.queries import get_own, get_proposal, list_standing_signals, whole_of
from consult.doors import actor, may, platform
from consult.foundation.forms import BadForm, Unfinished, was_used
from consult.foundation.language import gettext as _
from consult.foundation.language import locale
from consult.foundation.limits import count_try
from consult.foundation.text import sanitize
from consult.foundation.web import local_path
from consult.mandates.queries import list_preconditions
from consult.policy import Act
from consult.proposals import queries, rules, together, unsent, verbs
from consult.proposals.forms import (
    AnswerForm,
    ArgumentForm,
    CoAuthorForm,
    EditForm,
    HelpfulForm,
    InvitationForm,
    ProposalForm,
    UnsentAnswer,
    UnsentArgument,
    UnsentEdit,
    UnsentProposal,
)
from consult.proposals.models import Argument, Invitation, Place, Stance, Unsent
from consult.proposals.queries import Spot
from consult.rounds.frame import frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, list_areas
from consult.similarity.queries import list_similar
from consult.similarity.rules import ALIKE, NEAR

VERSIONS_SHOWN = 20
ASKED_A_DAY = 5  # invitations to one address

bp = Blueprint("proposals", __name__)


def render(form: Any) -> str:
    """Turn the Markdown of a form into safe HTML, before the transaction."""
    return sanitize(form.text.data or "")


def compare(form: Any) -> str:
    """Render a new proposal, and first ask its writer, once, whether one that looks like it is the same.

    Raises BadForm, so that the page comes back with everything that was typed and what looks like it.
    """
    if form.look.data or not form.seen.data:
        least = NEAR if form.look.data else ALIKE
        with platform().database.reading():
            subject = get_round(actor(), (request.view_args or {})["slug"])
            told = subject.id, actor(), form.title.data or "", form.text.data or ""
            found = [] if _is_sent(form) else list_similar(*told, least=least)
        if found or form.look.data:
            form.show_alike([one.contribution for one in found])
            raise BadForm(form.seen, _("Look first at these: they look like yours."))
    return render(form)


def count_asked(form: Any) -> None:
    """Count how often somebody is asked by mail to write along, by whomever; before the transaction."""
    count_try(platform().database, f"invite|{form.address()}", limit=ASKED_A_DAY, seconds=86_400)


@bp.get("/rounds/<slug>/proposals/new")
@may(Act.READ_ROUND, on=get_round, form=ProposalForm)
def new_page(subject: Round, form: ProposalForm) -> ResponseReturnValue:
    waiting = queries.find_unsent(actor(), Place.PROPOSAL, subject.id)
    form.prefill(**(waiting.fields if waiting else {}))
    form.offer(subject.offered_themes, list_areas())
    return render_template(
        "proposals/new_page.html",
        **frame(subject, actor(), "proposals"),
        form=form,
        waiting=waiting,
        fixed=list_preconditions(subject.id),
        closed=rules.closed_because(subject.phases, Act.SUBMIT_PROPOSAL, actor().arrived_at),
    )


@bp.post("/rounds/<slug>/proposals/new")
@may(Act.SUBMIT_PROPOSAL, on=get_round, form=ProposalForm, page="proposals.new_page", before=compare, upload=True)
def submit(subject: Round, form: ProposalForm, html: str) -> ResponseReturnValue:
    told = {"title": form.title.data or "", "text": form.text.data or "", "html": html, "language": locale()}
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
        signals=list_standing_signals(contribution),
    )


@bp.get("/rounds/<slug>/proposals/<public_id>/edit")
@may(Act.EDIT_PROPOSAL, on=get_proposal, form=EditForm)
def edit_page(contribution: Contribution, form: EditForm) -> ResponseReturnValue:
    waiting = queries.find_unsent(actor(), Place.EDIT, contribution.id)
    whole = whole_of(contribution)
    now = {"title": whole.title, "text": whole.text, "version": contribution.version}
    form.prefill(**now | (waiting.fields if waiting else {}))
    closed = rules.closed_because(contribution.round.phases, Act.EDIT_PROPOSAL, actor().arrived_at)
    around = {**frame(contribution.round, actor(), "proposals"), "waiting": waiting, "closed": closed}
    return render_template("proposals/edit_page.html", **around, contribution=contribution, form=form)


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


@bp.get("/rounds/<slug>/contributions/<public_id>/answer")
@may(Act.ADD_ARGUMENT, on=queries.get_argument, form=AnswerForm)
def answer_page(argument: Argument, form: AnswerForm) -> ResponseReturnValue:
    about = argument.proposal
    waiting = queries.find_unsent(actor(), Place.REPLY, argument.contribution_id)
    form.prefill(**(waiting.fields if waiting else {}))
    closed = rules.closed_because(argument.contribution.round.phases, Act.ADD_ARGUMENT, actor().arrived_at)
    around = {**frame(argument.contribution.round, actor(), "proposals"), "waiting": waiting, "closed": closed}
    around["bounds"] = list_preconditions(argument.contribution.round_id)
    return render_template("proposals/answer_page.html", **around, argument=argument, about=about, form=form)


@bp.post("/rounds/<slug>/contributions/<public_id>/answer")
@may(Act.ADD_ARGUMENT, on=queries.get_argument, form=AnswerForm, page="proposals.answer_page", before=render)
def answer(argument: Argument, form: AnswerForm, html: str) -> ResponseReturnValue:
    new = verbs.answer_argument(argument, actor(), text=form.text.data or "", html=html)
    slug = argument.contribution.round.slug
    return redirect(url_for("proposals.receipt", slug=slug, public_id=new.public_id), 303)


@bp.post("/rounds/<slug>/contributions/<public_id>/helpful")
@may(Act.MARK_HELPFUL, on=queries.get_argument, form=HelpfulForm)
def helpful(argument: Argument, form: HelpfulForm) -> ResponseReturnValue:
    verbs.mark_helpful(argument, actor(), is_helpful=form.helpful.data == "yes")
    about = argument.proposal or argument.contribution
    return redirect(f"{_page_of(about)}#a-{argument.contribution.public_id}", 303)


@bp.post("/rounds/<slug>/proposals/new/unsent")
@may(Act.KEEP_UNSENT, on=get_round, form=UnsentProposal, page="proposals.new_page", upload=True, quiet=True)
def keep_new(subject: Round, form: UnsentProposal) -> ResponseReturnValue:
    unsent.keep(Spot(subject.id, Place.PROPOSAL, subject.id), actor(), form.told(), is_sent=_is_sent(form))
    return _kept(form, url_for("proposals.new_page", slug=subject.slug))


@bp.post("/rounds/<slug>/proposals/<public_id>/edit/unsent")
@may(Act.KEEP_UNSENT, on=get_proposal, form=UnsentEdit, page="proposals.edit_page", upload=True, quiet=True)
def keep_edit(contribution: Contribution, form: UnsentEdit) -> ResponseReturnValue:
    unsent.keep(Spot(contribution.round_id, Place.EDIT, contribution.id), actor(), form.told())
    return _kept(form, f"{_page_of(contribution)}/edit")


@bp.post("/rounds/<slug>/proposals/<public_id>/arguments/unsent")
@may(Act.KEEP_UNSENT, on=get_proposal, form=UnsentArgument, page="pages.proposal", quiet=True)
def keep_argument(contribution: Contribution, form: UnsentArgument) -> ResponseReturnValue:
    spot = Spot(contribution.round_id, Place.ARGUMENT, contribution.id)
    unsent.keep(spot, actor(), form.told(), is_sent=_is_sent(form))
    return _kept(form, f"{_page_of(contribution)}#give")


@bp.post("/rounds/<slug>/contributions/<public_id>/answer/unsent")
@may(Act.KEEP_UNSENT, on=queries.get_argument, form=UnsentAnswer, page="proposals.answer_page", quiet=True)
def keep_answer(argument: Argument, form: UnsentAnswer) -> ResponseReturnValue:
    told = argument.contribution
    spot = Spot(told.round_id, Place.REPLY, told.id)
    unsent.keep(spot, actor(), form.told(), is_sent=_is_sent(form))
    return _kept(form, url_for("proposals.answer_page", slug=told.round.slug, public_id=told.public_id))


@bp.post("/unsent/<uuid:unsent_id>/discard")
@may(Act.KEEP_UNSENT, on=queries.get_unsent)
def discard(waiting: Unsent) -> ResponseReturnValue:
    unsent.discard(waiting)
    return redirect(local_path(request.form.get("back"), url_for("pages.me")), 303)


@bp.get("/rounds/<slug>/proposals/<public_id>/co-authors")
@may(Act.EDIT_PROPOSAL, on=get_proposal, form=CoAuthorForm)
def co_authors(contribution: Contribution, form: CoAuthorForm) -> ResponseReturnValue:
    return render_template(
        "proposals/co_authors.html",
        **frame(contribution.round, actor(), "proposals"),
        contribution=contribution,
        form=form,
        asked=queries.list_invitations(contribution.id, actor().arrived_at),
        closed=rules.closed_because(contribution.round.phases, Act.INVITE_CO_AUTHOR, actor().arrived_at),
    )


@bp.post("/rounds/<slug>/proposals/<public_id>/co-authors")
@may(Act.INVITE_CO_AUTHOR, on=get_proposal, form=CoAuthorForm, page="proposals.co_authors", before=count_asked)
def invite(contribution: Contribution, form: CoAuthorForm, _counted: None) -> ResponseReturnValue:
    together.invite(contribution, actor(), form.address(), platform().settings.secret_key)
    return redirect(f"{_page_of(contribution)}/co-authors", 303)


@bp.post("/rounds/<slug>/proposals/<public_id>/co-authors/invitations/<uuid:invitation_id>/withdraw")
@may(Act.INVITE_CO_AUTHOR, on=queries.get_open_invitation)
def withdraw_invitation(invitation: Invitation) -> ResponseReturnValue:
    together.withdraw_invitation(invitation, actor())
    return redirect(f"{_page_of(invitation.contribution)}/co-authors", 303)


@bp.post("/rounds/<slug>/proposals/<public_id>/co-authors/<uuid:co_author_id>/remove")
@may(Act.INVITE_CO_AUTHOR, on=queries.get_co_author)
def remove_co_author(co_author: CoAuthor) -> ResponseReturnValue:
    together.remove_co_author(co_author, actor())
    return redirect(f"{_page_of(co_author.contribution)}/co-authors", 303)


@bp.post("/rounds/<slug>/proposals/<public_id>/co-authors/leave")
@may(Act.LEAVE_PROPOSAL, on=get_proposal)
def leave(contribution: Contribution) -> ResponseReturnValue:
    together.leave_proposal(contribution, actor())
    return redirect(_page_of(contribution) if contribution.is_public else url_for("pages.me"), 303)


@bp.get("/invitations/<invitation>")
@may(Act.ANSWER_INVITATION, on=queries.get_invitation)
def invitation_page(invitation: Invitation) -> ResponseReturnValue:
    subject = invitation.contribution.round
    return render_template(
        "proposals/invitation_page.html",
        **frame(subject, actor(), "proposals"),
        invitation=invitation,
        contribution=invitation.contribution,
        address=request.path,
        closed=rules.closed_because(subject.phases, Act.ANSWER_INVITATION, actor().arrived_at),
    )


@bp.post("/invitations/<invitation>")
@may(Act.ANSWER_INVITATION, on=queries.get_invitation, form=InvitationForm)
def answer_invitation(invitation: Invitation, form: InvitationForm) -> ResponseReturnValue:
    accepts = form.joins.data == "yes"
    together.answer_invitation(invitation, actor(), accepts=accepts)
    return redirect(_page_of(invitation.contribution) if accepts else url_for("pages.me"), 303)


def _is_sent(form: Any) -> bool:
    """Say whether this very form was sent meanwhile."""
    person_id = actor().person_id
    return person_id is not None and was_used(person_id, form.form_key.data or "")


def _kept(form: Unfinished, page: str) -> ResponseReturnValue:
    """Answer a script with nothing, and a person with the page on which they were writing."""
    return Response(status=204) if form.quiet.data else redirect(page, 303)


def _page_of(contribution: Contribution) -> str:
    return url_for("pages.proposal", slug=contribution.round.slug, public_id=contribution.public_id)
