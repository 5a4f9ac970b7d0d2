"""The queue of one round, one contribution in it, and what moderators do with it."""

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.contributions.models import Channel, Contribution, Kind, State
from consult.contributions.queries import (
    find_contribution,
    find_whole,
    get_contribution,
    list_files_with,
    list_merged_into,
    whole_of,
)
from consult.contributions.rules import files_for
from consult.doors import actor, may, platform
from consult.foundation.web import local_path
from consult.intake.queries import find_origin
from consult.moderation import account, appeals, queries, redactions, rules, verbs
from consult.moderation.forms import (
    AppealDecisionForm,
    AppealForm,
    DecisionForm,
    EnteredAppealForm,
    LiftingDecisionForm,
    LiftingForm,
    MergeForm,
    PickForm,
    PublishForm,
    RedactionForm,
    RedactionStepForm,
    RefusalForm,
    ReportForm,
    SettleForm,
    StepForm,
)
from consult.moderation.models import Ground
from consult.policy import Act
from consult.proposals.queries import find_proposal_of, get_readable
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import get_round, public_etag

bp = Blueprint("moderation", __name__)


@bp.get("/staff/rounds/<slug>/queue")
@may(Act.READ_QUEUE, on=get_round, form=PickForm)
def queue(subject: Round, form: PickForm) -> ResponseReturnValue:
    asked = rules.read_asked(request.args, [theme.id for theme in subject.themes])
    counts = queries.count_queue(actor(), subject.id, asked)
    page = queries.list_queue(actor(), subject.id, asked, counts)
    done = find_contribution(actor(), subject.id, request.args["done"]) if request.args.get("done") else None
    return render_template(
        "moderation/queue.html",
        **staff_frame(subject, actor(), "queue"),
        form=form,
        asked=asked,
        counts=counts,
        page=page,
        done=done,
        offered={"kind": list(Kind), "channel": list(Channel)},
        notes=queries.notes_on([one.id for one in page.items]),
        back=url_for("moderation.queue", slug=subject.slug, **asked.arguments()),
    )


@bp.post("/staff/rounds/<slug>/queue/picked")
@may(Act.PUBLISH_CONTRIBUTION, on=get_round, form=PickForm, page="moderation.queue")
def pick(subject: Round, form: PickForm) -> ResponseReturnValue:
    return redirect(url_for("moderation.publish_page", slug=subject.slug, pick=form.picked(), back=_back(subject)), 303)


@bp.get("/staff/rounds/<slug>/queue/publish")
@may(Act.PUBLISH_CONTRIBUTION, on=get_round, form=PickForm)
def publish_page(subject: Round, form: PickForm) -> ResponseReturnValue:
    found = queries.list_picked(actor(), subject.id, form.offered() or request.args.getlist("pick"), State.HELD)
    ids = [one.id for one in found]
    return render_template(
        "moderation/publish_page.html",
        **staff_frame(subject, actor(), "queue"),
        form=form,
        found=found,
        notes=queries.notes_on(ids),
        attached=list_files_with(ids),
        read=queries.as_read(found),
        back=_back(subject),
    )


@bp.post("/staff/rounds/<slug>/queue/publish")
@may(Act.PUBLISH_CONTRIBUTION, on=get_round, form=PickForm, page="moderation.publish_page")
def publish_many(subject: Round, form: PickForm) -> ResponseReturnValue:
    verbs.publish_many(queries.list_picked(actor(), subject.id, form.picked()), actor(), read=form.read_of())
    return redirect(_back(subject), 303)


@bp.get("/staff/rounds/<slug>/queue/<public_id>")
@may(Act.READ_QUEUE, on=get_contribution, form=RefusalForm)
def item(contribution: Contribution, form: RefusalForm) -> ResponseReturnValue:
    refusals, signals = queries.list_refusals(contribution.id), queries.list_signals(contribution.id)
    files, standing = files_for(contribution, actor()), [one for one in signals if one.cleared_at is None]
    return render_template(
        "moderation/item.html",
        **staff_frame(contribution.round, actor(), "queue"),
        contribution=contribution,
        form=form,
        refusals=refusals,
        waiting=next((told for told in refusals if told.refusal.decided_at is None), None),
        joined=list_merged_into(actor(), contribution.id),
        about=find_proposal_of(actor(), contribution.id),
        attachments=files,
        note=queries.notes_on([contribution.id])[contribution.id],
        back=_back(contribution),
        origin=find_origin(contribution),
        reports=queries.list_reports(contribution.id),
        whole=find_whole(contribution, actor()),
        redactions=queries.list_redactions(contribution.id),
        appeals=queries.list_appeals(contribution.id),
        takes_appeal=bool(rules.to_enter(queries.list_decisions(contribution))),
        signals=signals,
        read=queries.mark_of(contribution, [*(one.id for one in files), *(one.id for one in standing)]),
    )


@bp.get("/rounds/<slug>/moderation")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def public_account(subject: Round) -> ResponseReturnValue:
    sums = account.sum_up(subject.id)
    return render_template(
        "moderation/public_account.html",
        **frame(subject, actor(), "round"),
        sums=sums,
        refused=sum(one.refused for one in sums),
        redacted=sum(one.redacted for one in sums),
        page=account.list_lines(subject.id, rules.page_in(request.args)),
        appeal_days=rules.APPEAL_DAYS,
    )


@bp.get("/rounds/<slug>/contributions/<public_id>/report")
@may(Act.REPORT, on=get_readable, form=ReportForm)
def report_page(contribution: Contribution, form: ReportForm) -> ResponseReturnValue:
    return render_template(
        "moderation/report_page.html",
        **frame(contribution.round, actor(), "proposals"),
        contribution=contribution,
        form=form,
        is_reported=queries.has_reported(contribution.id, actor()),
    )


@bp.post("/rounds/<slug>/contributions/<public_id>/report")
@may(Act.REPORT, on=get_readable, form=ReportForm, page="moderation.report_page")
def report(contribution: Contribution, form: ReportForm) -> ResponseReturnValue:
    verbs.report(contribution, actor(), Ground(form.ground.data), form.words.data or "")
    slug, public_id = contribution.round.slug, contribution.public_id
    return redirect(url_for("moderation.report_page", slug=slug, public_id=public_id), 303)


def say_why(form: SettleForm) -> str:
    """Return why it stays; raises BadForm where somebody reported it and no reason was filled in."""
    url = request.view_args or {}
    with platform().database.reading():
        one = get_contribution(actor(), url["slug"], url["public_id"])
        if any(told.settled_at is None for told in queries.list_reports(one.id)):
            form.must_say_why()
    return form.answer.data or ""


@bp.post("/staff/rounds/<slug>/queue/<public_id>/reports")
@may(Act.SETTLE_REPORTS, on=get_contribution, form=SettleForm, page="moderation.settle_page", before=say_why)
def settle(contribution: Contribution, form: SettleForm, answer: str) -> ResponseReturnValue:
    verbs.settle_reports(contribution, actor(), answer)
    return _done(contribution)


@bp.get("/staff/rounds/<slug>/queue/<public_id>/reports")
@may(Act.SETTLE_REPORTS, on=get_contribution, form=SettleForm)
def settle_page(contribution: Contribution, form: SettleForm) -> ResponseReturnValue:
    return render_template(
        "moderation/settle_page.html",
        **staff_frame(contribution.round, actor(), "queue"),
        contribution=contribution,
        form=form,
        reports=queries.list_reports(contribution.id),
        back=_back(contribution),
    )


@bp.get("/staff/rounds/<slug>/queue/<public_id>/hold")
@may(Act.HOLD, on=get_contribution, form=RefusalForm)
def hold_page(contribution: Contribution, form: RefusalForm) -> ResponseReturnValue:
    return render_template(
        "moderation/hold_page.html",
        **staff_frame(contribution.round, actor(), "queue"),
        contribution=contribution,
        form=form,
        back=_back(contribution),
    )


@bp.post("/staff/rounds/<slug>/queue/<public_id>/hold")
@may(Act.HOLD, on=get_contribution, form=RefusalForm, page="moderation.hold_page")
def hold(contribution: Contribution, form: RefusalForm) -> ResponseReturnValue:
    verbs.hold(contribution, Ground(form.ground.data), form.reason.data or "", actor())
    return _done(contribution)


@bp.post("/staff/rounds/<slug>/queue/<public_id>/publish")
@may(Act.PUBLISH_CONTRIBUTION, on=get_contribution, form=PublishForm)
def publish(contribution: Contribution, form: PublishForm) -> ResponseReturnValue:
    verbs.publish(contribution, actor(), read=form.read.data or "")
    return _done(contribution)


@bp.post("/staff/rounds/<slug>/queue/<public_id>/refusal")
@may(Act.PROPOSE_REFUSAL, on=get_contribution, form=RefusalForm, page="moderation.item")
def propose_refusal(contribution: Contribution, form: RefusalForm) -> ResponseReturnValue:
    verbs.propose_refusal(contribution, Ground(form.ground.data), form.reason.data or "", actor())
    return _done(contribution)


@bp.post("/staff/rounds/<slug>/queue/<public_id>/refusal/confirm")
@may(Act.CONFIRM_REFUSAL, on=get_contribution, form=DecisionForm)
def confirm_refusal(contribution: Contribution, form: DecisionForm) -> ResponseReturnValue:
    verbs.confirm_refusal(queries.get_refusal(contribution, form.refusal_id()), actor())
    return _look_elsewhere(contribution)


@bp.post("/staff/rounds/<slug>/queue/<public_id>/refusal/overrule")
@may(Act.OVERRULE_REFUSAL, on=get_contribution, form=DecisionForm)
def overrule_refusal(contribution: Contribution, form: DecisionForm) -> ResponseReturnValue:
    verbs.overrule_refusal(queries.get_refusal(contribution, form.refusal_id()), actor())
    return _done(contribution)


def look_first(form: RedactionForm) -> list[str]:
    """Return the passages of a redaction that somebody saw in the text; raises BadForm until they did."""
    url, passages = request.view_args or {}, form.quotes()
    with platform().database.reading():
        unknown = queries.missing_in(get_contribution(actor(), url["slug"], url["public_id"]), passages)
    form.look_first(unknown)
    return passages


@bp.get("/staff/rounds/<slug>/queue/<public_id>/redaction")
@may(Act.PROPOSE_REDACTION, on=get_contribution, form=RedactionForm)
def redact_page(contribution: Contribution, form: RedactionForm) -> ResponseReturnValue:
    return render_template(
        "moderation/redact_page.html",
        **staff_frame(contribution.round, actor(), "queue"),
        contribution=contribution,
        form=form,
        whole=whole_of(contribution),
        preview=queries.preview(contribution, form.quotes()) if form.seen.data else None,
        origin=find_origin(contribution),
        back=_back(contribution),
    )


@bp.post("/staff/rounds/<slug>/queue/<public_id>/redaction")
@may(Act.PROPOSE_REDACTION, on=get_contribution, form=RedactionForm, page="moderation.redact_page", before=look_first)
def redact(contribution: Contribution, form: RedactionForm, passages: list[str]) -> ResponseReturnValue:
    told = Ground(form.ground.data), form.reason.data or ""
    redactions.propose_redaction(contribution, passages, *told, actor())
    return _done(contribution)


@bp.post("/staff/rounds/<slug>/queue/<public_id>/redaction/confirm")
@may(Act.CONFIRM_REDACTION, on=get_contribution, form=RedactionStepForm)
def confirm_redaction(contribution: Contribution, form: RedactionStepForm) -> ResponseReturnValue:
    redactions.confirm_redaction(queries.get_redaction(contribution, form.redaction_id()), actor())
    return _look_elsewhere(contribution)


@bp.post("/staff/rounds/<slug>/queue/<public_id>/redaction/overrule")
@may(Act.OVERRULE_REDACTION, on=get_contribution, form=RedactionStepForm)
def overrule_redaction(contribution: Contribution, form: RedactionStepForm) -> ResponseReturnValue:
    redactions.overrule_redaction(queries.get_redaction(contribution, form.redaction_id()), actor())
    return _done(contribution)


@bp.get("/staff/rounds/<slug>/queue/<public_id>/redaction/lifting")
@may(Act.PROPOSE_LIFTING, on=get_contribution, form=LiftingForm)
def lift_page(contribution: Contribution, form: LiftingForm) -> ResponseReturnValue:
    form.prefill(redaction=request.args.get("redaction", ""))
    return render_template(
        "moderation/lift_page.html",
        **staff_frame(contribution.round, actor(), "queue"),
        contribution=contribution,
        form=form,
        standing=queries.list_standing(contribution.id),
        back=_back(contribution),
    )


@bp.post("/staff/rounds/<slug>/queue/<public_id>/redaction/lifting")
@may(Act.PROPOSE_LIFTING, on=get_contribution, form=LiftingForm, page="moderation.lift_page")
def propose_lifting(contribution: Contribution, form: LiftingForm) -> ResponseReturnValue:
    redaction = queries.get_redaction(contribution, form.redaction_id())
    redactions.propose_lifting(redaction, form.reason.data or "", actor())
    return _done(contribution)


@bp.post("/staff/rounds/<slug>/queue/<public_id>/redaction/lifting/decision")
@may(Act.DECIDE_LIFTING, on=get_contribution, form=LiftingDecisionForm)
def decide_lifting(contribution: Contribution, form: LiftingDecisionForm) -> ResponseReturnValue:
    redaction = queries.get_redaction(contribution, form.redaction_id())
    redactions.decide_lifting(redaction, actor(), agrees=form.agrees.data == "yes")
    return _done(contribution)


@bp.get("/rounds/<slug>/contributions/<public_id>/appeal")
@may(Act.APPEAL, on=get_contribution, form=AppealForm)
def appeal_page(contribution: Contribution, form: AppealForm) -> ResponseReturnValue:
    wanted = form.decision.data or request.args.get("decision", "")
    ruled, reply = queries.list_decisions(contribution), queries.find_reply(contribution.id)
    decisions = rules.to_appeal(ruled, wanted, actor().arrived_at, reply)
    form.prefill(decision=next((str(one.decision.id) for one in decisions if one.is_chosen), ""))
    return render_template(
        "moderation/appeal_page.html",
        **frame(contribution.round, actor(), "proposals"),
        contribution=contribution,
        form=form,
        decisions=decisions,
    )


@bp.post("/rounds/<slug>/contributions/<public_id>/appeal")
@may(Act.APPEAL, on=get_contribution, form=AppealForm, page="moderation.appeal_page")
def appeal(contribution: Contribution, form: AppealForm) -> ResponseReturnValue:
    appeals.appeal(queries.get_decision(contribution, form.decision.data or ""), actor(), form.words.data or "")
    slug, public_id = contribution.round.slug, contribution.public_id
    return redirect(url_for("moderation.appeal_page", slug=slug, public_id=public_id), 303)


@bp.get("/staff/rounds/<slug>/queue/<public_id>/appeal/enter")
@may(Act.APPEAL_FOR, on=get_contribution, form=EnteredAppealForm)
def enter_appeal_page(contribution: Contribution, form: EnteredAppealForm) -> ResponseReturnValue:
    form.offer(rules.to_enter(queries.list_decisions(contribution), queries.find_reply(contribution.id)))
    return render_template(
        "moderation/enter_appeal_page.html",
        **staff_frame(contribution.round, actor(), "queue"),
        contribution=contribution,
        form=form,
        back=_back(contribution),
    )


@bp.post("/staff/rounds/<slug>/queue/<public_id>/appeal/enter")
@may(Act.APPEAL_FOR, on=get_contribution, form=EnteredAppealForm, page="moderation.enter_appeal_page")
def enter_appeal(contribution: Contribution, form: EnteredAppealForm) -> ResponseReturnValue:
    decision = queries.get_decision(contribution, form.decision.data or "")
    channel, came_on = Channel(form.channel.data), form.came_on()
    appeals.appeal_for(decision, actor(), form.words.data or "", channel=channel, came_on=came_on)
    return _done(contribution)


@bp.get("/staff/rounds/<slug>/queue/<public_id>/appeal")
@may(Act.DECIDE_APPEAL, on=get_contribution, form=AppealDecisionForm)
def decide_appeal_page(contribution: Contribution, form: AppealDecisionForm) -> ResponseReturnValue:
    waiting = [(one, queries.decision_of(one)) for one in queries.list_appeals(contribution.id) if not one.decided_at]
    appealed = rules.to_decide(waiting, contribution, actor(), form.appeal.data or "")
    form.prefill(appeal=str(appealed[0].id) if appealed else "")
    return render_template(
        "moderation/decide_appeal_page.html",
        **staff_frame(contribution.round, actor(), "queue"),
        contribution=contribution,
        form=form,
        appealed=appealed,
        may_decide=appealed is not None and rules.is_other_person(appealed[1], contribution, actor()),
        is_typed_in=appealed is not None and rules.has_entered(appealed[0], actor()),
        whole=whole_of(contribution),
        back=_back(contribution),
    )


@bp.post("/staff/rounds/<slug>/queue/<public_id>/appeal")
@may(Act.DECIDE_APPEAL, on=get_contribution, form=AppealDecisionForm, page="moderation.decide_appeal_page")
def decide_appeal(contribution: Contribution, form: AppealDecisionForm) -> ResponseReturnValue:
    told = queries.get_appeal(contribution, form.appeal_id())
    appeals.decide_appeal(*told, actor(), grants=form.grants.data == "yes", answer=form.answer.data or "")
    return _done(contribution)


@bp.get("/staff/rounds/<slug>/queue/<public_id>/merge")
@may(Act.MERGE, on=get_contribution, form=MergeForm)
def merge_page(contribution: Contribution, form: MergeForm) -> ResponseReturnValue:
    words = rules.clean_words(request.args.get("q", ""))
    chosen = form.into.data or request.args.get("into", "")
    into = queries.get_target(actor(), contribution, chosen) if chosen else None
    return render_template(
        "moderation/merge_page.html",
        **staff_frame(contribution.round, actor(), "queue"),
        contribution=contribution,
        form=form,
        words=words,
        into=into,
        targets=[] if into else queries.list_targets(actor(), contribution, words),
        hindrance=rules.merge_hindrance(contribution, into) if into else "",
        joined=list_merged_into(actor(), contribution.id),
        back=_back(contribution),
    )


@bp.post("/staff/rounds/<slug>/queue/<public_id>/merge")
@may(Act.MERGE, on=get_contribution, form=MergeForm, page="moderation.merge_page")
def merge(contribution: Contribution, form: MergeForm) -> ResponseReturnValue:
    verbs.merge(contribution, queries.get_target(actor(), contribution, form.into.data or ""), actor())
    return _done(contribution)


@bp.post("/staff/rounds/<slug>/queue/<public_id>/split")
@may(Act.SPLIT, on=get_contribution, form=StepForm)
def split(contribution: Contribution, form: StepForm) -> ResponseReturnValue:
    verbs.split(contribution, actor())
    return _done(contribution)


def _back(about: Contribution | Round) -> str:
    """Return the queue as the moderator had filtered it."""
    slug = about.slug if isinstance(about, Round) else about.round.slug
    queue_url = url_for("moderation.queue", slug=slug)
    back = local_path(request.values.get("back"), queue_url)
    return back if back.partition("?")[0] == queue_url else queue_url


def _done(contribution: Contribution) -> ResponseReturnValue:
    """Go back to the queue and say there what was done."""
    back = _back(contribution)
    return redirect(f"{back}{'&' if '?' in back else '?'}{urlencode({'done': contribution.public_id})}", 303)


def _look_elsewhere(contribution: Contribution) -> ResponseReturnValue:
    """Go on to where the words that are out of sight now may have been written down too."""
    slug, public_id = contribution.round.slug, contribution.public_id
    return redirect(url_for("pages.copied", slug=slug, public_id=public_id, back=_back(contribution)), 303)
