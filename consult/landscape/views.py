"""Answering statements one by one, adding some, and the page that shows what groups of people think."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.doors import actor, may, platform
from consult.foundation.errors import NotFound
from consult.foundation.forms import BadForm, was_used
from consult.foundation.language import gettext as _
from consult.landscape import frame as around
from consult.landscape import queries, rules, verbs
from consult.landscape.forms import MoreForm, OpinionForm, StatementForm, StatementPollForm
from consult.landscape.models import StatementResult
from consult.mandates.queries import list_preconditions
from consult.participants.rules import read_page
from consult.policy import Act
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import PHASE_ACTS, Round
from consult.rounds.queries import get_round, public_etag
from consult.similarity.queries import list_similar
from consult.similarity.rules import ALIKE
from consult.voting import queries as voting
from consult.voting.models import Opinion, Option
from consult.voting.verbs import cast_opinion

bp = Blueprint("landscape", __name__)


@bp.get("/rounds/<slug>/statements")
@may(Act.READ_ROUND, on=get_round, form=OpinionForm, etag=public_etag)
def statements(subject: Round, form: OpinionForm) -> ResponseReturnValue:
    poll = queries.get_poll_of(subject)
    told = around.answering(poll, actor())
    return render_template("landscape/statements.html", **frame(subject, actor(), "vote"), **told, form=form)


@bp.post("/rounds/<slug>/statements/<uuid:option_id>")
@may(Act.CAST_VOTE, on=voting.get_option, form=OpinionForm, page="landscape.statements")
def answer(option: Option, form: OpinionForm) -> ResponseReturnValue:
    cast_opinion(option, actor(), Opinion(form.opinion.data or ""))
    back = "answers" if request.args.get("back") == "answers" else "statements"
    return redirect(url_for(f"landscape.{back}", slug=option.poll.round.slug, _anchor=back), 303)


@bp.get("/rounds/<slug>/statements/answers")
@may(Act.CAST_VOTE, on=get_round)
def answers(subject: Round) -> ResponseReturnValue:
    poll = queries.get_poll_of(subject)
    told = around.own_answers(poll, actor())
    return render_template("landscape/answers.html", **frame(subject, actor(), "vote"), **told)


def compare(form: Any) -> tuple[str, str]:
    """Render a statement, and first ask its writer, once, whether one that looks like it says the same.

    Raises BadForm, so that the page comes back with what was typed and what looks like it.
    """
    me = actor().person_id
    if not form.seen.data and me is not None:
        with platform().database.reading():
            subject = get_round(actor(), (request.view_args or {})["slug"])
            is_sent = was_used(me, form.form_key.data or "")
            found = [] if is_sent else list_similar(subject.id, actor(), form.text.data or "", least=ALIKE)
        if found:
            form.show_alike([one.contribution for one in found])
            raise BadForm(form.seen, _("Look first at these: they look like yours."))
    written: tuple[str, str] = form.written()
    return written


@bp.get("/rounds/<slug>/statements/new")
@may(Act.ADD_STATEMENT, on=get_round, form=StatementForm)
def new_page(subject: Round, form: StatementForm) -> ResponseReturnValue:
    poll = queries.get_poll_of(subject)
    told = {**around.adding(poll, actor()), "bounds": list_preconditions(subject.id)}
    return render_template("landscape/new_page.html", **frame(subject, actor(), "vote"), **told, form=form)


@bp.post("/rounds/<slug>/statements/new")
@may(Act.ADD_STATEMENT, on=get_round, form=StatementForm, page="landscape.new_page", before=compare)
def add(subject: Round, form: StatementForm, written: tuple[str, str]) -> ResponseReturnValue:
    verbs.submit_statement(queries.get_poll_of(subject), actor(), *written)
    return redirect(url_for("landscape.answers", slug=subject.slug, _anchor="own"), 303)


@bp.get("/rounds/<slug>/landscape")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def page(subject: Round) -> ResponseReturnValue:
    told = around.landscape(subject, actor(), laid_over=request.args.get("with") == "organisations")
    return render_template("landscape/page.html", **frame(subject, actor(), "landscape"), **told)


@bp.get("/rounds/<slug>/landscape/statements")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def table(subject: Round) -> ResponseReturnValue:
    number = read_page(request.args.get("page", ""))
    told = around.whole_table(queries.get_poll_of(subject), number, actor().arrived_at)
    return render_template("landscape/table.html", **frame(subject, actor(), "landscape"), **told)


@bp.get("/rounds/<slug>/landscape/results/<uuid:result_id>")
@may(Act.READ_ROUND, on=queries.get_result, etag=public_etag)
def result(found: StatementResult) -> ResponseReturnValue:
    subject = found.contribution.round
    return render_template("landscape/result.html", **frame(subject, actor(), "landscape"), **around.cited(found))


@bp.get("/staff/rounds/<slug>/statements")
@may(Act.CREATE_POLL, on=get_round, form=StatementPollForm)
def desk(subject: Round, form: StatementPollForm) -> ResponseReturnValue:
    form.offer(phase for phase in subject.phases if phase.kind in PHASE_ACTS[Act.CAST_VOTE])
    form.prefill(statements="\n".join(rules.statements_of(subject.themes)))
    told = around.staff_desk(queries.find_poll(subject.id))
    return render_template("landscape/desk.html", **staff_frame(subject, actor(), "poll"), **told, form=form)


@bp.post("/staff/rounds/<slug>/statements")
@may(Act.CREATE_POLL, on=get_round, form=StatementPollForm, page="landscape.desk")
def create(subject: Round, form: StatementPollForm) -> ResponseReturnValue:
    phase = next((phase for phase in subject.phases if str(phase.id) == form.phase.data), None)
    if phase is None:
        raise NotFound
    verbs.create_statement_poll(
        subject,
        phase,
        actor(),
        title=form.title.data or "",
        statements=form.written(),
        eligible=form.eligible.data,
        residents_add=form.residents_add.data,
        shows_interim=form.shows_interim.data,
    )
    return redirect(url_for("landscape.more_page", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/statements/more")
@may(Act.CREATE_POLL, on=get_round, form=MoreForm)
def more_page(subject: Round, form: MoreForm) -> ResponseReturnValue:
    told = around.staff_desk(queries.get_poll_of(subject))
    return render_template("landscape/more_page.html", **staff_frame(subject, actor(), "poll"), **told, form=form)


@bp.post("/staff/rounds/<slug>/statements/more")
@may(Act.CREATE_POLL, on=get_round, form=MoreForm, page="landscape.more_page")
def more(subject: Round, form: MoreForm) -> ResponseReturnValue:
    verbs.add_statements(queries.get_poll_of(subject), form.written(), actor())
    return redirect(url_for("landscape.more_page", slug=subject.slug), 303)
