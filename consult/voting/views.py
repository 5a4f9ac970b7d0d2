"""The ballot, casting a vote, showing that one may, and preparing a poll."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import errands
from consult.accounts.models import Aim, Attempt
from consult.doors import actor, may, platform
from consult.foundation import oidc
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.forms import BadForm, BaseForm, keep, let_go
from consult.foundation.language import gettext as _
from consult.foundation.limits import count_try
from consult.foundation.paging import PER_PAGE
from consult.foundation.web import client_network, disposition, local_path
from consult.policy import Act
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import PHASE_ACTS, Round, Verification
from consult.rounds.queries import get_round, public_etag
from consult.rounds.rules import Lack
from consult.rounds.verbs import hold_phase, tell_area
from consult.voting import ballots, codes, electorate, outcomes, queries, receipts, results, rules, verbs
from consult.voting.begun import find_begun
from consult.voting.forms import (
    AreaForm,
    BallotForm,
    CodeForm,
    ErrandForm,
    SupportForm,
)
from consult.voting.frame import (
    Held,
    back_to,
    ballot,
    chosen,
    place,
    selecting,
    showing,
    taking_part,
    typed_receipt,
    unfinished,
    whole,
)
from consult.voting.lines import list_lines, place_choices
from consult.voting.methods import METHODS, Unfit
from consult.voting.models import Choice, Method, Option
from consult.voting.queries import Sheet
from consult.voting.questions import CHOICE_METHODS, ChoicePollForm, PollForm, SelectionForm, read_plans
from consult.voting.receipts import Receipt

TRIES, TRIES_FROM_ONE_PLACE, STRETCH = 10, 60, 900  # codes that may be typed, and in how many seconds

bp = Blueprint("voting", __name__)


def codes_key() -> bytes:
    """Return the key of this installation for letter codes."""
    return rules.codes_key(platform().settings.secret_key)


def network() -> bytes | None:
    """Return from which network a vote comes, as it is kept for some days; None where that is not known."""
    there, key = client_network(), platform().settings.secret_key
    return rules.network_hash(key, there, actor().arrived_at.date()) if there else None


def look_up(form: CodeForm) -> str:
    """Return the code that was typed, counted first; one that cannot be used comes back with a sentence."""
    database, code, slug = platform().database, rules.read_code(form.code.data or ""), (request.view_args or {})["slug"]
    count_try(database, f"code|{actor().account_id}", limit=TRIES, seconds=STRETCH)
    count_try(database, f"code|{client_network()}", limit=TRIES_FROM_ONE_PLACE, seconds=STRETCH)
    with database.reading():
        found = codes.find_code(slug, rules.code_hash(codes_key(), code))
        own = found is not None and codes.is_own_code(found.round_id, code, actor())
        waits = found is not None and found.on_paper and codes.waits_on_paper(found.id)
    if found is None:
        raise BadForm(form.code, _("This is not a code of this round. Compare it with the letter."))
    if own:
        raise BadForm(form.code, _("You used this code already. You can vote."))
    if found.on_paper:
        raise BadForm(form.code, _on_paper(waits=waits))
    if found.used_on is not None:
        raise BadForm(form.code, _("This code was used already. Was it not you? Ask us for another letter."))
    if found.replaced_at is not None:
        raise BadForm(form.code, _("Another code took the place of this one. Use the code from your newest letter."))
    return code


def _on_paper(*, waits: bool) -> str:
    """Say what became of a ballot on paper that came with a letter, and what to do when somebody else sent it."""
    words = _("A ballot on paper came in with this letter. So nobody can vote online with it.")
    if waits:
        words = _(
            "A ballot on paper came in with this letter, and waits for a second person. So nobody can vote online "
            "with it."
        )
    objection = _("Was it not you? Tell us before the vote closes: we put a ballot aside that you did not send.")
    return f"{words} {objection}"


def hear(_form: ErrandForm) -> tuple[Attempt, oidc.Told]:
    """Hear from the broker who came back, before the transaction."""
    return errands.hear(Act.PROVE_IDENTITY, Aim.PROVE, about=(request.view_args or {})["slug"])


def _next(otherwise: str) -> str:
    return local_path(request.args.get("next"), otherwise)


@bp.get("/rounds/<slug>/vote")
@may(Act.READ_ROUND, on=get_round, form=SupportForm, etag=public_etag)
def vote(subject: Round, form: SupportForm) -> ResponseReturnValue:
    where, polls = place(actor().arrived_at), queries.list_polls(subject.id)
    poll = rules.shown(polls, where.poll_id, actor().arrived_at)
    if poll is None and where.poll_id is not None:
        raise NotFound
    if poll is not None and METHODS[poll.method].is_whole:
        return redirect(url_for("voting.ballot_page", slug=subject.slug, poll_id=poll.id))
    around = {**frame(subject, actor(), "vote"), "polls": polls, "poll": None, "form": form}
    if poll is not None:
        lines = list_lines(poll, actor(), start=where.start, page=where.page, per_page=PER_PAGE)
        around |= ballot(poll, lines, where, actor())
        around["invalid"] = queries.find_own_invalidation(poll, lines.tag) if lines.tag else None
        if around["missing"] is Lack.AREA:
            around["areas"] = platform().areas()
    return render_template("voting/vote.html", **around)


@bp.post("/rounds/<slug>/vote/<uuid:option_id>")
@may(Act.CAST_VOTE, on=queries.get_option, form=SupportForm, page="voting.vote")
def support(option: Option, form: SupportForm) -> ResponseReturnValue:
    verbs.cast_support(option, actor(), Choice(form.choice.data or ""), network=network())
    return redirect(back_to(option), 303)


@bp.get("/rounds/<slug>/ballot/<uuid:poll_id>")
@may(Act.READ_ROUND, on=queries.get_ballot, form=BallotForm, etag=public_etag)
def ballot_page(sheet: Sheet, form: BallotForm) -> ResponseReturnValue:
    around, poll = _ballot(sheet, form), sheet.poll
    own = around["held"].tag if around["held"].changes else None
    around["invalid"] = queries.find_own_invalidation(poll, own) if own else None
    around["begun"] = find_begun(poll, actor()) if around["may_vote"] and own is None else None
    return render_template("voting/ballot_page.html", **around)


@bp.post("/rounds/<slug>/ballot/<uuid:poll_id>")
@may(Act.CAST_VOTE, on=queries.get_sheet, form=BallotForm, page="voting.ballot_page")
def look_over(sheet: Sheet, form: BallotForm) -> ResponseReturnValue:
    hold_phase(sheet.poll.phase, at=actor().arrived_at)
    page, place, typed = "voting.ballot_page", form.moved(), request.form.to_dict(flat=False)
    if place is None:
        _judge(sheet, form)
        ballots.begin_ballot(sheet, actor())
        page = "voting.review_page"
    else:  # a button beside a plan: the same page with other numbers
        typed = form.after_moving()
    let_go(request.args.get("kept"))
    told: dict[str, Any] = {
        "slug": sheet.poll.round.slug,
        "poll_id": sheet.poll.id,
        "kept": keep(form, typed, is_own=True),
    }
    return redirect(url_for(page, **told, _anchor=place), 303)


@bp.get("/rounds/<slug>/ballot/<uuid:poll_id>/review")
@may(Act.CAST_VOTE, on=queries.get_ballot, form=BallotForm)
def review_page(sheet: Sheet, form: BallotForm) -> ResponseReturnValue:
    told = {"chosen": chosen(sheet, form.mark.data), "rest": unfinished(sheet, form.mark.data)}
    return render_template("voting/review_page.html", **_ballot(sheet, form), **told)


@bp.post("/rounds/<slug>/ballot/<uuid:poll_id>/cast")
@may(Act.CAST_VOTE, on=queries.get_sheet, form=BallotForm, page="voting.ballot_page")
def cast_ballot(sheet: Sheet, form: BallotForm) -> ResponseReturnValue:
    try:
        ballots.cast_ballot(sheet, actor(), form.mark.data, network=network())
    except Unfit as problem:
        raise BadForm(form.mark, str(problem)) from problem
    let_go(request.args.get("kept"))
    return redirect(url_for("voting.ballot_page", slug=sheet.poll.round.slug, poll_id=sheet.poll.id), 303)


@bp.post("/rounds/<slug>/ballot/<uuid:poll_id>/withdraw")
@may(Act.CAST_VOTE, on=queries.get_sheet, form=BaseForm)
def withdraw_ballot(sheet: Sheet, _form: BaseForm) -> ResponseReturnValue:
    ballots.withdraw_ballot(sheet, actor())
    return redirect(url_for("voting.ballot_page", slug=sheet.poll.round.slug, poll_id=sheet.poll.id), 303)


def _judge(sheet: Sheet, form: BallotForm) -> None:
    try:
        ballots.judge(sheet, form.mark.data)
    except Unfit as problem:
        raise BadForm(form.mark, str(problem)) from problem


def _ballot(sheet: Sheet, form: BallotForm) -> dict[str, Any]:
    """Return what the pages of a ballot share."""
    poll = sheet.poll
    marks, changes, salt, tag = queries.own_ballot(poll, actor())
    told: dict[str, Any] = {"poll_id": poll.id, "ballot_tag": tag or b"", "marks": marks, "counter": changes}
    says, gone = place_choices(sheet, marks)
    held = Held(says, changes, rules.ballot_commitment(salt, **told) if salt and marks else "", tag, gone)
    around = whole(sheet, form.mark.typed if form.is_filled else None, held, tag is not None, actor())
    if around["missing"] is Lack.AREA:
        around["areas"] = platform().areas()
    around |= {"form": form, "polls": queries.list_polls(poll.round_id)}
    return {**frame(poll.round, actor(), "vote"), **around}


@bp.get("/staff/rounds/<slug>/poll/new")
@may(Act.CREATE_POLL, on=get_round, form=ChoicePollForm)
def choice_poll_page(subject: Round, form: ChoicePollForm) -> ResponseReturnValue:
    asked = form.method.data if form.is_filled else request.args.get("method")
    method = next((one for one in CHOICE_METHODS if one.value == asked), Method.BUDGET)
    form.choose_from(method)
    form.offer(phase for phase in subject.phases if phase.kind in PHASE_ACTS[Act.CAST_VOTE])
    around = staff_frame(subject, actor(), "poll")
    return render_template("voting/choice_poll_page.html", **around, form=form, method=method)


@bp.post("/staff/rounds/<slug>/poll/new")
@may(Act.CREATE_POLL, on=get_round, form=ChoicePollForm, page="voting.choice_poll_page")
def set_up_poll(subject: Round, form: ChoicePollForm) -> ResponseReturnValue:
    phase = next((phase for phase in subject.phases if phase.id == form.phase.data), None)
    if phase is None:
        raise NotFound
    plans = read_plans(form.plans.data or "", costs=form.asks_costs)
    told: dict[str, Any] = {"title": form.title.data or "", "eligible": form.eligible.data, "plans": plans}
    try:
        ballots.set_up_poll(subject, phase, actor(), method=form.way, parameters=form.parameters(), **told)
    except Conflict as problem:
        raise BadForm(form.plans, str(problem)) from problem
    return redirect(url_for("voting.poll_page", slug=subject.slug), 303)


@bp.get("/staff/rounds/<slug>/poll/<uuid:poll_id>/selection")
@may(Act.SELECT_OPTIONS, on=queries.get_decidable, form=SelectionForm)
def selection_page(sheet: Sheet, form: SelectionForm) -> ResponseReturnValue:
    outcome, selection = results.find_deciding(sheet.poll)
    form.prefill(decided_on=selection.decided_on if selection else None)
    shown = {**staff_frame(sheet.poll.round, actor(), "selection"), "form": form, "poll": sheet.poll}
    told = selecting(sheet, outcome, selection, form.told())
    return render_template("voting/selection_page.html", **shown, rows=told, outcome=outcome, selection=selection)


@bp.post("/staff/rounds/<slug>/poll/<uuid:poll_id>/selection")
@may(Act.SELECT_OPTIONS, on=queries.get_decidable, form=SelectionForm, page="voting.selection_page")
def select_options(sheet: Sheet, form: SelectionForm) -> ResponseReturnValue:
    options = {option.id: option.reference for option in sheet.options}
    selected = [reference for one, reference in options.items() if one in form.ticked]
    reasons = {reference: form.reason.data[one] for one, reference in options.items() if one in form.reason.data}
    told: dict[str, Any] = {"selected": selected, "reasons": reasons, "decided_on": form.decided_on.data}
    try:
        outcomes.select_options(sheet.poll, lambda poll: results.find_deciding(poll)[0], actor(), **told)
    except Unfit as problem:
        raise BadForm(form.reason, str(problem)) from problem
    return redirect(url_for("pages.results", slug=sheet.poll.round.slug), 303)


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
    verbs.create_poll(subject, phase, actor(), title=form.title.data or "", **form.conditions())
    return redirect(url_for("voting.poll_page", slug=subject.slug), 303)


@bp.get("/rounds/<slug>/taking-part")
@may(Act.READ_ROUND, on=get_round, form=AreaForm, etag=public_etag)
def taking_part_page(subject: Round, form: AreaForm) -> ResponseReturnValue:
    told = taking_part(subject, actor(), known=queries.is_known(subject.id, actor()))
    if subject.verification is Verification.EMAIL_PLUS_AREA:
        form.offer(platform().areas())
        form.prefill(area_code=actor().area_code)
    around = {**frame(subject, actor()), "form": form, "next": _next(""), "broker": platform().broker}
    return render_template("voting/taking_part_page.html", **around, **told)


@bp.post("/rounds/<slug>/taking-part")
@may(Act.TELL_AREA, on=get_round, form=AreaForm, page="voting.taking_part_page")
def say_area(subject: Round, form: AreaForm) -> ResponseReturnValue:
    tell_area(form.area_code.data or "", actor())
    return redirect(_next(url_for("voting.taking_part_page", slug=subject.slug)), 303)


@bp.get("/rounds/<slug>/code")
@may(Act.USE_CODE, on=get_round, form=CodeForm)
def code_page(subject: Round, form: CodeForm) -> ResponseReturnValue:
    told = taking_part(subject, actor(), known=queries.is_known(subject.id, actor()))
    around = {**frame(subject, actor()), "form": form, "next": _next("")}
    return render_template("voting/code_page.html", **around, **told)


@bp.post("/rounds/<slug>/code")
@may(Act.USE_CODE, on=get_round, form=CodeForm, page="voting.code_page", before=look_up)
def use_code(subject: Round, _form: CodeForm, code: str) -> ResponseReturnValue:
    electorate.use_code(subject, code, codes_key(), actor())
    return redirect(_next(url_for("voting.taking_part_page", slug=subject.slug)), 303)


@bp.post("/rounds/<slug>/on-the-list")
@may(Act.USE_CODE, on=get_round, form=BaseForm)
def show_on_list(subject: Round, _form: BaseForm) -> ResponseReturnValue:
    electorate.show_on_list(subject, actor())
    return redirect(_next(url_for("voting.taking_part_page", slug=subject.slug)), 303)


@bp.post("/rounds/<slug>/identity")
@may(Act.PROVE_IDENTITY, on=get_round, form=BaseForm, before=errands.set_out)
def set_out(subject: Round, _form: BaseForm, errand: oidc.Errand) -> ResponseReturnValue:
    if subject.verification is not Verification.EID:
        raise Conflict(_("This round does not ask a national sign-in."))
    return errands.send(Aim.PROVE, errand, about=subject.slug, next_path=_next(""))


@bp.post("/rounds/<slug>/identity/back")
@may(Act.PROVE_IDENTITY, on=get_round, form=ErrandForm, before=hear)
def come_back(subject: Round, _form: ErrandForm, heard: tuple[Attempt, oidc.Told]) -> ResponseReturnValue:
    attempt, told = heard
    electorate.prove_identity(subject, told.subject, actor())
    return redirect(local_path(attempt.next_path, url_for("voting.taking_part_page", slug=subject.slug)), 303)


# --- receipts ---


@bp.get("/rounds/<slug>/receipts")
@may(Act.READ_ROUND, on=get_round)
def receipts_page(subject: Round) -> ResponseReturnValue:
    typed = request.args.get("receipt", "")
    code, wrong = typed_receipt(typed)
    poll_id = receipts.find_poll_of(subject, code) if code is not None else None
    if code is not None and poll_id is not None:
        return redirect(url_for("voting.receipt", slug=subject.slug, poll_id=poll_id, proof=code.written))
    if code is not None:
        wrong = _("There is no ballot in this round that belongs to this code. Copy all of it.")
    around = frame(subject, actor(), "vote")
    return render_template("voting/receipts_page.html", **around, typed=typed, wrong=wrong), 422 if wrong else 200


@bp.get("/rounds/<slug>/receipts/<uuid:poll_id>")
@may(Act.READ_ROUND, on=receipts.get_own_receipt)
def own_receipt(found: Receipt) -> ResponseReturnValue:
    return render_template("voting/own_receipt.html", **showing(found))


@bp.get("/rounds/<slug>/receipts/<uuid:poll_id>/<proof>")
@may(Act.READ_ROUND, on=receipts.get_receipt)
def receipt(found: Receipt) -> ResponseReturnValue:
    return render_template("voting/receipt.html", **showing(found))


@bp.get("/rounds/<slug>/receipts/<uuid:poll_id>/<proof>.txt")
@may(Act.READ_ROUND, on=receipts.get_receipt)
def receipt_text(found: Receipt) -> ResponseReturnValue:
    address = platform().settings.base_url + showing(found)["address"]
    lines = receipts.as_text(found, address, actor().arrived_at)
    answer = make_response("\n".join([*lines, ""]))
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    answer.headers["Content-Disposition"] = disposition(_("receipt.txt"))
    return answer
