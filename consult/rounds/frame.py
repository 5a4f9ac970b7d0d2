"""What stands around every page of one round: its phase line and its links."""

from datetime import datetime
from typing import Any

from flask import url_for

from consult.foundation.language import gettext as _
from consult.foundation.language import local, moment, month_day, ngettext, short_day
from consult.policy import Act, Actor, allows
from consult.rounds import rules
from consult.rounds.models import PHASE_ACTS, Phase, PhaseKind, Round, RoundState, Verification


def frame(subject: Round, actor: Actor, current: str = "") -> dict[str, Any]:
    """Return what `layout/round.html` expects; `subject.phases` is loaded."""
    kinds = {phase.kind for phase in subject.phases}
    votes = PhaseKind.PRIORITISE in kinds
    takes_positions = kinds & PHASE_ACTS[Act.SUBMIT_POSITION] and subject.verification is not Verification.IMPORTED
    decides = subject.has_gates or PhaseKind.DECIDE in kinds
    links = {
        "round": "pages.round_page",
        "proposals": "pages.proposals",
        "positions": "positions.listing" if takes_positions else "",
        "vote": "voting.vote" if votes else "",
        "landscape": "landscape.page" if subject.has_statements else "",
        "results": "pages.results" if votes else "",
        "draft": "synthesis.drafts",
        "review": "review.page" if PhaseKind.FORMAL_REVIEW in kinds else "",
        "decisions": "decisions.page" if decides or subject.has_commitments else "",
        "actions": "actions.listing" if _is_accounted_for(subject, actor.arrived_at) else "",
        "account": "accountability.round_account" if _is_accounted_for(subject, actor.arrived_at) else "",
    }
    return {
        "round": subject,
        "lack": rules.lack(subject, Act.SUBMIT_PROPOSAL, actor),
        "phase_line": phase_line(subject, actor.arrived_at),
        "round_links": [
            {"name": name, "url": url_for(endpoint, slug=subject.slug), "current": name == current}
            for name, endpoint in links.items()
            if endpoint
        ],
    }


def staff_frame(subject: Round, actor: Actor, current: str = "") -> dict[str, Any]:
    """Return what `layout/staff.html` expects on the pages of one round; `subject.phases` is loaded."""
    rooms = (
        ("board", _("Process board"), "pages.process_board", Act.READ_QUEUE),
        ("prepare", _("Prepare"), "mandates.prepare", Act.PREPARE_ROUND),
        ("field", _("Playing field"), "field.map", Act.READ_FIELD),
        ("connections", _("Connections"), "field.connections", Act.READ_FIELD),
        ("reach", _("Reach"), "field.reach", Act.READ_QUEUE),
        ("advice", _("Advice"), "field.advice", Act.READ_QUEUE),
        ("set_up", _("Set-up"), "mandates.set_up", Act.READ_SET_UP),
        ("poll", _("Poll"), "voting.poll_page", Act.CREATE_POLL),
        ("codes", _("Letter codes"), "electing.codes_page", Act.ISSUE_CODES),
        ("list", _("List of voters"), "electing.list_page", Act.ISSUE_CODES),
        ("paper", _("Ballots on paper"), "polling.papers", Act.ENTER_PAPER),
        ("doubts", _("Ballots in doubt"), "polling.doubts", Act.PROPOSE_INVALIDATION),
        ("queue", _("Queue"), "moderation.queue", Act.READ_QUEUE),
        ("groups", _("Groups"), "groups.listing", Act.READ_QUEUE),
        ("intake", _("Enter for others"), "intake.page", Act.ENTER_ON_BEHALF),
        ("coding", _("Coding"), "workbench.coding", Act.READ_QUEUE),
        ("answers", _("Answers"), "answers.listing", Act.READ_QUEUE),
        ("synthesis", _("Synthesis report"), "weighing.desk", Act.READ_QUEUE),
        ("draft", _("Draft"), "synthesis.draft_desk", Act.READ_QUEUE),
        ("remarks", _("Remarks on the draft"), "remarks.desk", Act.READ_QUEUE),
        ("review", _("Formal review"), "review.desk", Act.READ_VIEWS),
        ("gates", _("Gates"), "decisions.gates", Act.READ_QUEUE),
        ("decision", _("Decision"), "decisions.record_page", Act.RECORD_DECISION),
        ("commitments", _("Promises"), "decisions.commitments", Act.RECORD_COMMITMENT),
        ("role", _("How it went"), "accountability.role_desk", Act.READ_QUEUE),
        ("documents", _("Documents"), "documents.desk", Act.READ_QUEUE),
        ("actions", _("What happens now"), "actions.desk", Act.WRITE_ACTION),
        ("money", _("Money"), "accountability.money_page", Act.WRITE_ROUND_MONEY),
        ("journal", _("Journal"), "pages.journal", Act.READ_JOURNAL),
    )
    kinds = {phase.kind for phase in subject.phases}
    has_no_poll = PhaseKind.PRIORITISE not in kinds or subject.verification is Verification.IMPORTED
    left_out = {
        "codes": subject.verification is not Verification.LETTER_CODE,
        "list": subject.verification is not Verification.LIST,
        "paper": has_no_poll,
        "doubts": has_no_poll,
        "review": PhaseKind.FORMAL_REVIEW not in kinds,
    }
    links: list[dict[str, Any]] = [{"label": _("Desk"), "url": url_for("pages.desk"), "current": False}]
    links.append({"heading": subject.title})
    links.append({"label": _("Round page"), "url": url_for("pages.round_page", slug=subject.slug), "current": False})
    links += [
        {"label": label, "url": url_for(endpoint, slug=subject.slug), "current": name == current}
        for name, label, endpoint, act in rooms
        if allows(act, actor, subject) and not left_out.get(name)
    ]
    return {"round": subject, "staff_links": links, "phase_line": phase_line(subject, actor.arrived_at)}


def phase_line(subject: Round, at: datetime) -> dict[str, Any]:
    """Say where a round is: each phase with its state and dates, and in words what is now and what follows."""
    now, coming = rules.current(subject.phases, at), rules.coming(subject.phases, at)
    line = [
        {"name": p.name, "state": _state(p, now, at), "dates": days(p), "kind": p.kind.value} for p in subject.phases
    ]
    return {"phases": line, "words": words_of_now(subject, at), "then": _then(coming) if now else ""}


def words_of_now(subject: Round, at: datetime) -> str:
    """Say in one line what is open now, and how long still; or what comes, or that it is over."""
    now, coming = rules.current(subject.phases, at), rules.coming(subject.phases, at)
    if subject.state is RoundState.DRAFT:
        return _("in preparation, not public yet")
    if now is not None:
        return _("now: %(phase)s · %(left)s", phase=now.name.lower(), left=time_left(now.closes_at, at))
    if coming is not None:
        return _("opens %(day)s: %(phase)s", day=short_day(coming.opens_at), phase=coming.name.lower())
    last = max((p.closes_at for p in subject.phases), default=None)
    return _("closed since %(day)s", day=short_day(last)) if last is not None else _("closed")


def time_left(closes_at: datetime, at: datetime) -> str:
    """Say how long something stays open."""
    days_left = (local(closes_at).date() - local(at).date()).days
    if days_left > 1:
        return ngettext("%(n)s day left", "%(n)s days left", days_left)
    return _("until %(moment)s", moment=moment(closes_at))


def days(phase: Phase) -> str:
    """Say from which day to which day a phase runs, both included."""
    if phase.first_day.year == phase.last_day.year:
        return f"{month_day(phase.first_day)} – {short_day(phase.last_day)}"
    return f"{short_day(phase.first_day)} – {short_day(phase.last_day)}"


def _then(coming: Phase | None) -> str:
    if coming is None:
        return ""
    return _("after that: %(phase)s, from %(day)s", phase=coming.name.lower(), day=month_day(coming.opens_at))


def _is_accounted_for(subject: Round, at: datetime) -> bool:
    """Say whether deciding has begun, after which there is something to account for."""
    deciding = [phase.opens_at for phase in subject.phases if phase.kind is PhaseKind.DECIDE]
    return min(deciding) <= at if deciding else subject.state is RoundState.CLOSED


def _state(phase: Phase, now: Phase | None, at: datetime) -> str:
    if now is not None and phase.id == now.id:
        return "now"
    return "past" if phase.closed_at is not None or at >= phase.closes_at else "next"
