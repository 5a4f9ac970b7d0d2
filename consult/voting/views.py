"""The ballot, casting a vote, and preparing a poll."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE
from consult.policy import Act
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import PHASE_ACTS, Round
from consult.rounds.queries import get_round, public_etag
from consult.voting import queries, rules, verbs
from consult.voting.forms import PollForm, SupportForm
from consult.voting.frame import back_to, ballot, place
from consult.voting.models import Choice, Option

bp = Blueprint("voting", __name__)


@bp.get("/rounds/<slug>/vote")
@may(Act.READ_ROUND, on=get_round, form=SupportForm, etag=public_etag)
def vote(subject: Round, form: SupportForm) -> ResponseReturnValue:
    where, polls = place(actor().arrived_at), queries.list_polls(subject.id)
    poll = rules.shown(polls, where.poll_id, actor().arrived_at)
    if poll is None and where.poll_id is not None:
        raise NotFound
    around = {**frame(subject, actor(), "vote"), "polls": polls, "poll": None, "form": form}
    if poll is not None:
        lines = queries.list_lines(poll, actor(), start=where.start, page=where.page, per_page=PER_PAGE)
        around |= ballot(poll, lines, where, actor())
    return render_template("voting/vote.html", **around)


@bp.post("/rounds/<slug>/vote/<uuid:option_id>")
@may(Act.CAST_VOTE, on=queries.get_option, form=SupportForm, page="voting.vote")
def support(option: Option, form: SupportForm) -> ResponseReturnValue:
    verbs.cast_support(option, actor(), Choice(form.choice.data or ""))
    return redirect(back_to(option), 303)


@bp.get("/staff/rounds/<slug>/poll")
@may(Act.CREATE_POLL, on=get_round, form=PollForm)
def poll_page(subject: Round, form: PollForm) -> ResponseReturnValue:
    form.offer(phase for phase in subject.phases if phase.kind in PHASE_ACTS[Act.CAST_VOTE])
    polls = queries.list_polls(subject.id)
    offered = queries.count_options([poll.id for poll in polls])
    around = staff_frame(subject, actor(), "poll")
    return render_template("voting/poll_page.html", **around, form=form, polls=polls, offered=offered)


@bp.post("/staff/rounds/<slug>/poll")
@may(Act.CREATE_POLL, on=get_round, form=PollForm, page="voting.poll_page")
def create_poll(subject: Round, form: PollForm) -> ResponseReturnValue:
    phase = next((phase for phase in subject.phases if phase.id == form.phase.data), None)
    if phase is None:
        raise NotFound
    verbs.create_poll(subject, phase, actor(), title=form.title.data or "", eligible=form.eligible.data)
    return redirect(url_for("voting.poll_page", slug=subject.slug), 303)
