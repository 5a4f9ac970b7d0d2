"""Staff at the ballots: entering and checking what came on paper, and looking at what is in doubt."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.contributions.models import Channel
from consult.doors import actor, may, platform
from consult.foundation.errors import Conflict
from consult.foundation.forms import BadForm, BaseForm
from consult.policy import Act
from consult.rounds.frame import staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round
from consult.rounds.rules import takes
from consult.voting import on_paper, rules, watching
from consult.voting.forms import AgreeForm, AsideForm, InvalidationForm, LetterForm, LiftForm, PaperForm, WrongPaperForm
from consult.voting.frame import on_sheet, spoken
from consult.voting.methods import Unfit
from consult.voting.models import Invalidation, LetterCode, PaperBallot, Poll
from consult.voting.queries import Sheet, get_sheet

bp = Blueprint("polling", __name__)


def find_letter(poll: Poll, form: LetterForm) -> LetterCode | None:
    """Find the letter, or the number on the list, that was typed."""
    if form.serial is not None:
        return on_paper.find_letter(poll.round_id, form.serial, None)
    key = rules.codes_key(platform().settings.secret_key)
    return on_paper.find_letter(poll.round_id, None, rules.code_hash(key, rules.read_code(form.letter.data or "")))


@bp.get("/staff/rounds/<slug>/ballots")
@may(Act.ENTER_PAPER, on=get_round)
def papers(subject: Round) -> ResponseReturnValue:
    def is_open(poll: Poll) -> bool:
        return on_paper.takes_paper(subject) and takes(poll.phase, actor().arrived_at)

    around = {**staff_frame(subject, actor(), "paper"), "stacks": on_paper.list_stacks(subject.id)}
    around |= {"takes": is_open, "has_paper": on_paper.takes_paper(subject)}
    around |= {"is_listed": on_paper.has_list(subject)}
    return render_template("polling/papers.html", **around)


@bp.get("/staff/rounds/<slug>/ballots/<uuid:poll_id>/new")
@may(Act.ENTER_PAPER, on=on_paper.get_paper_sheet, form=PaperForm)
def paper_page(sheet: Sheet, form: PaperForm) -> ResponseReturnValue:
    form.offer(on_paper.CHANNELS)
    form.ask(listed=on_paper.has_list(sheet.poll.round))
    around = {**staff_frame(sheet.poll.round, actor(), "paper"), "form": form, **on_sheet(sheet, form.mark.typed)}
    return render_template("polling/paper_page.html", **around, entered=request.args.get("entered", type=int))


@bp.post("/staff/rounds/<slug>/ballots/<uuid:poll_id>/new")
@may(Act.ENTER_PAPER, on=on_paper.get_paper_sheet, form=PaperForm, page="polling.paper_page")
def enter_paper(sheet: Sheet, form: PaperForm) -> ResponseReturnValue:
    poll, letter = sheet.poll, find_letter(sheet.poll, form)
    try:
        made = on_paper.enter_paper(sheet, letter, actor(), channel=Channel(form.came_by.data), marks=form.mark.data)
    except Unfit as problem:
        raise BadForm(form.mark, str(problem)) from problem
    except on_paper.UnfitLetter as problem:
        raise BadForm(form.letter, str(problem)) from problem
    told: dict[str, Any] = {"slug": poll.round.slug, "poll_id": poll.id, "entered": made.number}
    return redirect(url_for("polling.paper_page", **told), 303)


@bp.get("/staff/rounds/<slug>/ballots/<uuid:poll_id>/<int:paper_number>")
@may(Act.CHECK_PAPER, on=on_paper.get_paper_ballot, form=AsideForm)
def check_page(paper: PaperBallot, form: AsideForm) -> ResponseReturnValue:
    poll = paper.poll
    sheet = get_sheet(actor(), poll.round.slug, poll.id)
    says = spoken(sheet, on_paper.paper_says(paper, sheet))
    around = {**staff_frame(poll.round, actor(), "paper"), "form": form, "paper": paper, "poll": poll, "says": says}
    return render_template("polling/check_page.html", **around, is_own=paper.entered_by_id == actor().person_id)


@bp.post("/staff/rounds/<slug>/ballots/<uuid:poll_id>/<int:paper_number>/count")
@may(Act.CHECK_PAPER, on=on_paper.get_paper_ballot, form=BaseForm)
def count_paper(paper: PaperBallot, _form: BaseForm) -> ResponseReturnValue:
    on_paper.count_paper(paper, actor())
    return redirect(url_for("polling.papers", slug=paper.poll.round.slug), 303)


@bp.post("/staff/rounds/<slug>/ballots/<uuid:poll_id>/<int:paper_number>/aside")
@may(Act.ENTER_PAPER, on=on_paper.get_paper_ballot, form=AsideForm, page="polling.check_page")
def put_aside(paper: PaperBallot, form: AsideForm) -> ResponseReturnValue:
    on_paper.put_aside(paper, form.why_aside.data or "", actor())
    return redirect(url_for("polling.papers", slug=paper.poll.round.slug), 303)


@bp.get("/staff/rounds/<slug>/ballots/<uuid:poll_id>/wrong")
@may(Act.PROPOSE_INVALIDATION, on=watching.get_doubted, form=WrongPaperForm)
def wrong_page(poll: Poll, form: WrongPaperForm) -> ResponseReturnValue:
    form.ask(listed=on_paper.has_list(poll.round))
    around = {**staff_frame(poll.round, actor(), "paper"), "form": form, "poll": poll}
    return render_template("polling/wrong_page.html", **around, again=takes(poll.phase, actor().arrived_at))


@bp.post("/staff/rounds/<slug>/ballots/<uuid:poll_id>/wrong")
@may(Act.PROPOSE_INVALIDATION, on=watching.get_doubted, form=WrongPaperForm, page="polling.wrong_page")
def propose_about_paper(poll: Poll, form: WrongPaperForm) -> ResponseReturnValue:
    try:
        found = on_paper.get_counted(poll, find_letter(poll, form))
    except on_paper.UnfitLetter as problem:
        raise BadForm(form.letter, str(problem)) from problem
    made = watching.propose_about_paper(poll, found, form.why_invalid.data or "", actor())
    return redirect(url_for("polling.doubt_page", slug=poll.round.slug, poll_id=poll.id, doubt=made.number), 303)


@bp.get("/staff/rounds/<slug>/doubts")
@may(Act.PROPOSE_INVALIDATION, on=get_round)
def doubts(subject: Round) -> ResponseReturnValue:
    around = {**staff_frame(subject, actor(), "doubts"), "watched": watching.list_watched(subject.id)}
    return render_template("polling/doubts.html", **around, near=rules.NEAR, minutes=rules.STRETCH // 60)


@bp.get("/staff/rounds/<slug>/doubts/<uuid:poll_id>/new")
@may(Act.PROPOSE_INVALIDATION, on=watching.get_doubted, form=InvalidationForm)
def invalidation_page(poll: Poll, form: InvalidationForm) -> ResponseReturnValue:
    form.prefill(cluster=request.args.get("cluster", ""))
    known = {one.key: one for one in watching.list_clusters(poll.id)}
    around = {**staff_frame(poll.round, actor(), "doubts"), "form": form, "poll": poll}
    return render_template("polling/invalidation_page.html", **around, cluster=known.get(form.cluster.data or ""))


@bp.post("/staff/rounds/<slug>/doubts/<uuid:poll_id>/new")
@may(Act.PROPOSE_INVALIDATION, on=watching.get_doubted, form=InvalidationForm, page="polling.invalidation_page")
def propose_invalidation(poll: Poll, form: InvalidationForm) -> ResponseReturnValue:
    cluster = watching.get_cluster(poll, form.cluster.data or "")
    try:
        watching.propose_invalidation(poll, cluster, form.why_invalid.data or "", actor())
    except Conflict as problem:
        raise BadForm(form.why_invalid, str(problem)) from problem
    return redirect(url_for("polling.doubts", slug=poll.round.slug), 303)


@bp.get("/staff/rounds/<slug>/doubts/<uuid:poll_id>/<int:doubt>")
@may(Act.DECIDE_INVALIDATION, on=watching.get_invalidation, form=LiftForm)
def doubt_page(doubt: Invalidation, form: LiftForm) -> ResponseReturnValue:
    told = watching.list_invalidations([doubt.poll_id])[doubt.poll_id]
    around = {**staff_frame(doubt.poll.round, actor(), "doubts"), "form": form, "doubt": doubt, "poll": doubt.poll}
    around |= {"ballots": next(n for one, n in told if one.id == doubt.id), "channels": watching.channels_of(doubt)}
    around |= {"because": watching.lifted_because(doubt)}
    return render_template("polling/doubt_page.html", **around, is_own=doubt.proposed_by_id == actor().person_id)


@bp.post("/staff/rounds/<slug>/doubts/<uuid:poll_id>/<int:doubt>/decide")
@may(Act.DECIDE_INVALIDATION, on=watching.get_invalidation, form=AgreeForm)
def decide_invalidation(doubt: Invalidation, form: AgreeForm) -> ResponseReturnValue:
    watching.decide_invalidation(doubt, actor(), agrees=form.agrees.data == "yes")
    return redirect(url_for("polling.doubts", slug=doubt.poll.round.slug), 303)


@bp.post("/staff/rounds/<slug>/doubts/<uuid:poll_id>/<int:doubt>/lift")
@may(Act.LIFT_INVALIDATION, on=watching.get_invalidation, form=LiftForm, page="polling.doubt_page")
def lift_invalidation(doubt: Invalidation, form: LiftForm) -> ResponseReturnValue:
    watching.lift_invalidation(doubt, form.why_again.data or "", actor())
    return redirect(url_for("polling.doubts", slug=doubt.poll.round.slug), 303)
