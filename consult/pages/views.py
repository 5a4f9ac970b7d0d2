"""Pages that show several features at once; they only read."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.audit.queries import find_checkpoint, list_checkpoints, list_entries
from consult.contributions.models import Contribution
from consult.contributions.queries import (
    find_whole,
    get_contribution,
    get_proposal,
    list_merged_into,
    list_own,
    list_standing_signals,
)
from consult.contributions.rules import files_for
from consult.doors import actor, may, platform
from consult.field.matches import list_asked_of
from consult.foundation import clock
from consult.foundation.web import local_path
from consult.intake.queries import find_origin, list_replies
from consult.intake.rules import shares
from consult.mandates.queries import list_preconditions
from consult.moderation.queries import decisions_on, list_granted
from consult.notifications.queries import follows
from consult.opendata.queries import find_bundles
from consult.pages import board, browsing, cards, copies, counts, listing, queries, rules, ways, work
from consult.pages.trace import decided, trace_of
from consult.participants.queries import list_memberships
from consult.policy import Act, allows
from consult.proposals.forms import ArgumentForm
from consult.proposals.models import Place
from consult.proposals.queries import find_proposal_of, find_unsent, get_readable, list_arguments, list_unsent
from consult.remarks.queries import find_remark
from consult.review.queries import list_own_views
from consult.rounds.frame import frame, staff_frame
from consult.rounds.models import Round
from consult.rounds.queries import find_authority, get_round, list_rounds, public_etag, site_etag

CHECKPOINTS = 48  # of which so many are shown: two days

bp = Blueprint("pages", __name__)


@bp.get("/")
@may(Act.READ_SITE, etag=site_etag)
def home() -> ResponseReturnValue:
    found = list_rounds(actor())
    groups = cards.grouped(found, browsing.count_numbers([one.id for one in found]), actor())
    return render_template("pages/home.html", groups=groups)


@bp.get("/rounds/<slug>")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def round_page(subject: Round) -> ResponseReturnValue:
    numbers = browsing.count_numbers([subject.id])[subject.id]
    return render_template(
        "pages/round_page.html",
        **frame(subject, actor(), "round"),
        **cards.whole(subject, actor(), numbers, queries.find_newest_draft(subject.id)),
        preconditions=list_preconditions(subject.id),
        is_following=follows(actor(), subject),
        shares=shares(numbers.channels, platform().settings.min_cell),
        review=cards.review(subject, actor()),
    )


@bp.get("/rounds/<slug>/proposals")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def proposals(subject: Round) -> ResponseReturnValue:
    areas = queries.list_area_names()
    asked = listing.read(request.args.to_dict(flat=False), subject, areas, actor())
    found = browsing.list_proposals(subject, actor(), asked)
    shown = listing.shown(subject, areas, asked, found, actor())
    return render_template("pages/proposals.html", **frame(subject, actor(), "proposals"), **shown)


@bp.get("/rounds/<slug>/proposals/<public_id>")
@may(Act.READ_CONTRIBUTION, on=get_proposal, form=ArgumentForm, etag=public_etag)
def proposal(contribution: Contribution, form: ArgumentForm) -> ResponseReturnValue:
    order, page = listing.read_heard(request.args.to_dict(flat=False))
    waiting = find_unsent(actor(), Place.ARGUMENT, contribution.id)
    form.prefill(**(waiting.fields if waiting else {}))
    return render_template(
        "pages/proposal.html",
        **frame(contribution.round, actor(), "proposals"),
        **listing.one(contribution, list_arguments(actor(), contribution.id, order=order, page=page), order, actor()),
        attachments=files_for(contribution, actor()),
        signals=list_standing_signals(contribution),
        decided=decided(contribution),
        is_following=follows(actor(), contribution),
        origin=find_origin(contribution),
        waiting=waiting,
        form=form,
    )


@bp.get("/rounds/<slug>/contributions/<public_id>")
@may(Act.READ_CONTRIBUTION, on=get_readable, etag=public_etag)
def contribution(contribution: Contribution) -> ResponseReturnValue:
    return render_template(
        "pages/contribution.html",
        **frame(contribution.round, actor(), cards.tab_of(contribution)),
        contribution=contribution,
        author=cards.writers_of(contribution),
        whole=find_whole(contribution, actor()),
        decider="" if contribution.round.is_decided else rules.within(contribution.round.decider),
        trace=trace_of(contribution, actor()),
        joined=list_merged_into(actor(), contribution.id),
        attachments=files_for(contribution, actor()),
        signals=list_standing_signals(contribution),
        about=find_proposal_of(actor(), contribution.id),
        remark=find_remark(contribution),
        origin=find_origin(contribution),
    )


@bp.get("/rounds/<slug>/results")
@may(Act.READ_ROUND, on=get_round, etag=public_etag)
def results(subject: Round) -> ResponseReturnValue:
    told = counts.told(subject, find_authority(), platform().settings.min_cell)
    may_vote = listing.may(subject, Act.CAST_VOTE, actor())
    around = {**frame(subject, actor(), "results"), "decider": rules.within(subject.decider)}
    told_ways = ways.public(subject.id, platform().settings.min_cell)
    around |= {"may_vote": may_vote, "may_select": allows(Act.SELECT_OPTIONS, actor(), subject)}
    final = [poll["poll_id"] for poll in told if poll["final"]]
    bundles = find_bundles(final) if final else {}
    return render_template("pages/results.html", **around, polls=told, shares=told_ways, bundles=bundles)


@bp.get("/me")
@may(Act.READ_OWN)
def me() -> ResponseReturnValue:
    me = actor().person_id
    assert me is not None
    found = list_own(actor(), rules.read_page(request.args.getlist("page")))
    own = cards.own(found.items, queries.list_answers([one.id for one in found.items]))
    around: dict[str, Any] = {"rounds": queries.list_rounds_joined(me), "memberships": list_memberships(me)}
    waiting = [cards.waiting(*one) for one in list_unsent(actor())]
    formal = list_own_views(actor())
    asked = list_asked_of(list(actor().memberships))
    around["introductions"] = [one for one in asked if one.own.accepts is None and one.introduction.is_waiting]
    return render_template("pages/me.html", own=own, found=found, waiting=waiting, formal=formal, **around)


@bp.get("/staff")
@may(Act.READ_DESK)
def desk() -> ResponseReturnValue:
    return render_template("pages/desk.html", boards=work.boards(actor()))


@bp.get("/staff/rounds/<slug>/board")
@may(Act.READ_QUEUE, on=get_round)
def process_board(subject: Round) -> ResponseReturnValue:
    around = staff_frame(subject, actor(), "board")
    return render_template("pages/process_board.html", **board.told(subject, actor()), **around)


@bp.get("/staff/rounds/<slug>/journal")
@may(Act.READ_JOURNAL, on=get_round)
def journal(subject: Round) -> ResponseReturnValue:
    before = rules.read_before(request.args.getlist("before"))
    # between acts with a name and a time, votes would tell who cast which ballot
    entries = list_entries(subject.id, before=before, limit=work.ENTRIES + 1, but=Act.CAST_VOTE)
    return render_template(
        "pages/journal.html", **staff_frame(subject, actor(), "journal"), **work.told(entries, subject)
    )


@bp.get("/staff/rounds/<slug>/replies")
@may(Act.REPLY_ON_PAPER, on=get_round)
def replies(subject: Round) -> ResponseReturnValue:
    page = list_replies(subject.id, rules.read_page(request.args.getlist("page")))
    ideas = [item.contribution for one in page.items for item in one.intake.items]
    answers = queries.list_answers([one.id for one in ideas])
    told = ways.replies(page.items, answers, decisions_on(ideas), list_granted(ideas))
    return render_template("pages/replies.html", **staff_frame(subject, actor(), "intake"), page=page, replies=told)


@bp.get("/staff/rounds/<slug>/queue/<public_id>/copies")
@may(Act.READ_QUEUE, on=get_contribution)
def copied(contribution: Contribution) -> ResponseReturnValue:
    sought = copies.looked_for(contribution)
    return render_template(
        "pages/copied.html",
        **staff_frame(contribution.round, actor(), "queue"),
        contribution=contribution,
        sought=sought,
        found=copies.list_copies(contribution, sought),
        most=copies.MOST,
        done=request.args.get("back"),
        back=local_path(request.args.get("back"), url_for("moderation.queue", slug=contribution.round.slug)),
        has_files=bool(contribution.attachments),
    )


@bp.get("/staff/rounds/<slug>/channels")
@may(Act.READ_QUEUE, on=get_round)
def channels(subject: Round) -> ResponseReturnValue:
    around = staff_frame(subject, actor(), "intake")
    return render_template("pages/channels.html", **around, **ways.exact(subject.id))


@bp.get("/staff/components")
@may(Act.READ_DESK)
def components() -> ResponseReturnValue:
    return render_template("pages/components.html")


@bp.get("/accessibility")
@may(Act.READ_SITE)
def accessibility() -> ResponseReturnValue:
    return render_template("pages/accessibility.html")


@bp.get("/record")
@may(Act.READ_SITE)
def record() -> ResponseReturnValue:
    signer = platform().settings.signer
    told = list_checkpoints(CHECKPOINTS)
    return render_template("pages/record.html", checkpoints=told, public=signer.public if signer else "")


@bp.get("/record/checkpoint.txt")
@may(Act.READ_SITE)
def checkpoint() -> ResponseReturnValue:
    found = find_checkpoint()
    return Response(found.note if found else "", mimetype="text/plain; charset=utf-8")


@bp.get("/privacy")
@may(Act.READ_SITE)
def privacy() -> ResponseReturnValue:
    return render_template("pages/privacy.html")


@bp.get("/.well-known/security.txt")
@may(Act.READ_SITE)
def security_txt() -> ResponseReturnValue:
    told = rules.security_txt(
        find_authority(), platform().settings.base_url, url_for("pages.security_txt"), clock.now()
    )
    return Response(told, mimetype="text/plain")


@bp.get("/health/live")
@may(Act.READ_SITE, unit=False)
def live() -> ResponseReturnValue:
    return Response("alive\n", mimetype="text/plain")


@bp.get("/health/ready")
@may(Act.READ_SITE)
def ready() -> ResponseReturnValue:
    if not queries.is_alive():
        abort(503)
    return Response("ready\n", mimetype="text/plain")
