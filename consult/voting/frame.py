"""What stands on a ballot page: which poll and page the address asks for, and what is open to whom."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, request, url_for

from consult.foundation.language import day, local, moment, number
from consult.foundation.language import gettext as _
from consult.foundation.paging import Page
from consult.foundation.web import local_path
from consult.policy import Act, Actor, allows
from consult.rounds.models import PhaseKind, Round
from consult.rounds.rules import Lack, asked, lack, takes
from consult.voting import rules
from consult.voting.ballots import candidate
from consult.voting.lines import Gone, Line, Lines
from consult.voting.methods import Outcome
from consult.voting.methods.budget import purse_of
from consult.voting.models import Choice, Method, Option, Poll, Selection
from consult.voting.queries import Sheet
from consult.voting.receipts import Receipt
from consult.voting.rules import ReceiptCode
from consult.voting.totals import limits, money, quorum, totals

LAST_PAGE = 10_000


@dataclass(frozen=True)
class Place:
    """Where in a ballot the reader is: poll, page, and the day from which the random order was drawn."""

    poll_id: uuid.UUID | None
    page: int
    seed: str

    @property
    def start(self) -> int:
        """Where the order begins."""
        return rules.offset_of(self.seed)


def place(at: datetime) -> Place:
    """Read the place from the address; one that makes no sense is a bad request."""
    page, poll = request.args.get("page", "1"), request.args.get("poll")
    seed = request.args.get("seed") or local(at).date().isoformat()
    if not re.fullmatch(r"[0-9]{1,5}", page) or not 1 <= int(page) <= LAST_PAGE:
        abort(400)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", seed):
        abort(400)
    if poll is not None and not re.fullmatch(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", poll):
        abort(400)
    return Place(uuid.UUID(poll) if poll else None, int(page), seed)


def taking_part(subject: Round, actor: Actor, *, known: bool) -> dict[str, Any]:
    """Return what the page shows that tells how people take part; `known`: the actor belongs to a voter here."""
    may_vote = allows(Act.CAST_VOTE, actor, subject)
    missing = {
        act: lack(subject, act, actor, is_known=known) if may_vote else None
        for act in (Act.CAST_VOTE, Act.SUBMIT_PROPOSAL)
    }
    shown = {one: actor.is_authenticated and missing[Act.CAST_VOTE] is not one for one in asked(subject, Act.CAST_VOTE)}
    if Lack.LIST in shown:
        shown[Lack.LIST] = known
    if Lack.AREA in shown:
        shown[Lack.AREA] = bool(actor.area_code)
    return {
        "steps": [(one.value, one.words, done) for one, done in shown.items()],
        "needs_address": bool(asked(subject, Act.SUBMIT_PROPOSAL)),
        "address_lacks": missing[Act.SUBMIT_PROPOSAL] is not None,
        "may_take_part": may_vote,
        "can_vote": may_vote and missing[Act.CAST_VOTE] is None,
        "serves": actor.serves(subject.id),
        "votes": any(phase.kind is PhaseKind.PRIORITISE for phase in subject.phases),
    }


def ballot(poll: Poll, lines: Lines, where: Place, actor: Actor) -> dict[str, Any]:
    """Return what the ballot page shows of one poll; its phase and round are loaded."""
    page: Page[Line] = Page(lines.lines, where.page, lines.total)
    if page.number > page.pages:
        abort(404)
    takes_votes = takes(poll.phase, actor.arrived_at) and poll.method is Method.SUPPORT
    may_vote = allows(Act.CAST_VOTE, actor, poll)
    missing = lack(poll.round, Act.CAST_VOTE, actor, is_known=lines.is_known) if takes_votes and may_vote else None
    here = _address(poll, where, where.page)
    return {
        "poll": poll,
        "rows": [_row(line, here) for line in lines.lines],
        "total": lines.total,
        "quorum": quorum(poll),
        "done": lines.done,
        "is_open": takes_votes,
        "may_vote": takes_votes and may_vote and missing is None,
        "missing": missing,
        "here": here,
        "serves": actor.serves(poll.round_id),
        "when": when(poll, actor.arrived_at),
        "sign_in_url": url_for("accounts.sign_in_page", next=here),
        "first": page.first,
        "last": page.last,
        "prev_url": _address(poll, where, page.before) if page.before else None,
        "next_url": _address(poll, where, page.after) if page.after else None,
    }


def when(poll: Poll, at: datetime) -> str:
    """Say in one sentence until which day people can vote, from which day, or since when not any more."""
    phase = poll.phase
    if takes(phase, at):
        return _("You can vote, and change your choices, up to and including %(day)s.", day=day(phase.last_day))
    ended = min(phase.closes_at, phase.closed_at or phase.closing_at or phase.closes_at)
    if at < phase.opens_at and ended == phase.closes_at:
        return _("You can vote from %(day)s.", day=day(phase.first_day))
    if ended < phase.closes_at:
        return _("Voting ended on %(moment)s.", moment=moment(ended))
    if at < phase.closes_at:
        return _("Voting was planned from %(day)s, but it was not released yet.", day=day(phase.first_day))
    return _("Voting ended at the end of %(day)s.", day=day(phase.last_day))


def back_to(option: Option) -> str:
    """Return where to go after a vote: the page it came from, at the option's own place."""
    otherwise = url_for("voting.vote", slug=option.poll.round.slug)
    return f"{local_path(request.args.get('back'), otherwise)}#vote-{option.reference}"


def _address(poll: Poll, where: Place, number: int) -> str:
    chosen = str(poll.id) if where.poll_id else None
    return url_for("voting.vote", slug=poll.round.slug, seed=where.seed, page=number, poll=chosen)


def _row(line: Line, here: str) -> dict[str, Any]:
    option, told = line.option, line.option.contribution
    carried = [{"title": other.title, "choice": _choice(other.value)} for other in line.carried]
    return {
        "reference": option.reference,
        "public_id": told.public_id,
        "title": told.title,
        "html": told.html,
        "language": told.language,
        "option_id": option.id,
        "back": here,
        "choice": _choice(line.value) if line.has_mark else None,
        "opted_out": line.has_mark and line.value is None and bool(carried),
        "carried": carried,
    }


def _choice(value: int | None) -> str | None:
    return rules.CHOICES[value].value if value is not None and rules.CHOICES[value] is not Choice.NONE else None


@dataclass(frozen=True)
class Held:
    """What the reader's ballot says now of what stands on it, how often it changed, and its code in the record.

    `tag`: under which it stands, if there is one. `gone` are choices on what does not stand on the ballot any more.
    """

    marks: Mapping[uuid.UUID, int]
    changes: int = 0
    code: str = ""
    tag: bytes | None = None
    gone: Sequence[Gone] = ()


def whole(sheet: Sheet, typed: Mapping[uuid.UUID, str] | None, held: Held, known: bool, actor: Actor) -> dict[str, Any]:
    """Return what the page of a ballot shows that is cast at once; `typed` is what came back, or was kept."""
    poll = sheet.poll
    is_open = takes(poll.phase, actor.arrived_at)
    may_vote = allows(Act.CAST_VOTE, actor, poll)
    missing = lack(poll.round, Act.CAST_VOTE, actor, is_known=known) if is_open and may_vote else None
    seed = f"{poll.id}|{actor.account_id or local(actor.arrived_at).date().isoformat()}"
    options = {option.id: option for option in sheet.options}
    order = [options[one] for one in rules.shuffled(options, seed)]
    values = typed if typed is not None else {one: str(value) for one, value in held.marks.items()}
    if poll.method is Method.RANKING:
        order.sort(key=lambda option: _place_of(values.get(option.id, "")))
    here = url_for("voting.ballot_page", slug=poll.round.slug, poll_id=poll.id)
    return {
        "poll": poll,
        "kept": request.args.get("kept"),
        "method": poll.method.value,
        "limits": limits(poll),
        "rows": [_plan(option, values.get(option.id, ""), poll) for option in order],
        "own": chosen(sheet, held.marks),
        "held": held,
        "totals": totals(sheet, {one: int(value) for one, value in values.items() if rules.WHOLE.fullmatch(value)}),
        "is_open": is_open,
        "may_vote": is_open and may_vote and missing is None,
        "missing": missing,
        "here": here,
        "serves": actor.serves(poll.round_id),
        "when": when(poll, actor.arrived_at),
        "sign_in_url": url_for("accounts.sign_in_page", next=here),
    }


def _place_of(typed: str) -> int:
    """Return where a plan stands on the page by the number that was typed; without one behind all others."""
    return int(typed) if rules.WHOLE.fullmatch(typed) else LAST_PAGE**2


def _plan(option: Option, typed: str, poll: Poll) -> dict[str, Any]:
    told = option.contribution
    return {
        "id": option.id.hex,
        "title": told.title,
        "text": told.html,
        "public_id": told.public_id,
        "cost": money(option.cost, poll) if option.cost is not None else "",
        "cents": option.cost or 0,
        "area": purse_of(candidate(poll, option), poll.parameters),
        "is_public": told.is_public,
        "typed": typed,
    }


def on_sheet(sheet: Sheet, typed: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """Return what the form for a ballot on paper shows: the plans by title, as they stand on paper."""
    options = sorted(sheet.options, key=lambda one: one.contribution.title)
    rows = [_plan(option, typed.get(option.id, ""), sheet.poll) for option in options]
    buttons = {
        Method.SUPPORT: [("1", _("for")), ("2", _("neutral")), ("3", _("against"))],
        Method.STATEMENTS: [("1", _("agree")), ("2", _("pass")), ("3", _("disagree"))],
    }
    told = {"poll": sheet.poll, "method": sheet.poll.method.value, "limits": limits(sheet.poll), "rows": rows}
    return told | {"buttons": buttons.get(sheet.poll.method, [])}


def spoken(sheet: Sheet, marks: Mapping[uuid.UUID, int]) -> list[dict[str, Any]]:
    """Return what a ballot on paper says in words, for who compares it with the paper."""
    told = on_sheet(sheet, {one: str(value) for one, value in marks.items()})
    words = dict(told["buttons"])
    rows = [{**row, "says": words.get(row["typed"], row["typed"])} for row in told["rows"] if row["typed"]]
    return sorted(rows, key=lambda row: (int(row["typed"]) if sheet.poll.method is Method.RANKING else 0, row["title"]))


def chosen(sheet: Sheet, marks: Mapping[uuid.UUID, int]) -> list[dict[str, Any]]:
    """Return what a ballot chooses: ranks from the first on, otherwise what gets most, and then by title."""
    ranked = sheet.poll.method is Method.RANKING
    found = [(option, marks[option.id]) for option in sheet.options if marks.get(option.id)]
    found.sort(key=lambda one: (one[1] if ranked else -one[1], one[0].contribution.title))
    return [_plan(option, str(value), sheet.poll) for option, value in found]


def selecting(
    sheet: Sheet,
    outcome: Outcome | None,
    selection: Selection | None,
    told: tuple[set[uuid.UUID], Mapping[uuid.UUID, str]] | None,
) -> list[dict[str, Any]]:
    """Return each option with whether the rule selects it, and what was ticked: now, before, or else by the rule."""
    ruled = set(outcome.selected) if outcome is not None else set()
    before = set(selection.selected) if selection is not None else ruled
    reasons = selection.reasons if selection is not None else {}
    found = []
    for option in sorted(sheet.options, key=lambda one: (one.reference not in ruled, one.contribution.title)):
        is_ticked = option.id in told[0] if told is not None else option.reference in before
        reason = told[1].get(option.id, "") if told is not None else reasons.get(option.reference, "")
        row = {"ruled": option.reference in ruled, "ticked": is_ticked, "reason": reason}
        found.append({**_plan(option, "", sheet.poll), **row})
    return found


def unfinished(sheet: Sheet, marks: Mapping[uuid.UUID, int]) -> str:
    """Say what a ballot leaves unused, where that is worth another look; it counts as it is."""
    given, told = sum(marks.values()), sheet.poll.parameters
    if sheet.poll.method is Method.POINTS and given < told.get("max_sum_points", 0):
        left = number(told["max_sum_points"] - given)
        return _("You have %(left)s points left. They do not count if you leave them.", left=left)
    if sheet.poll.method is Method.RANKING and len(marks) < min(len(sheet.options), told.get("max_length", 10**6)):
        return _("What you gave no number stands last on your ballot, all of it together.")
    return ""


def showing(found: Receipt) -> dict[str, Any]:
    """Return what the page of a receipt shows; `address` is where anybody who has its code finds it."""
    here: dict[str, Any] = {"slug": found.poll.round.slug, "poll_id": found.poll.id}
    code = found.code.written if found.code is not None else ""
    return {
        "found": found,
        "round": found.poll.round,
        "code": code,
        "address": url_for("voting.receipt", proof=code, **here) if code else "",
        "text_url": url_for("voting.receipt_text", proof=code, **here) if code else "",
        "back_url": url_for("voting.vote", slug=found.poll.round.slug, poll=found.poll.id),
        "is_over": found.poll.phase.closed_at is not None,
        "sign_in_url": url_for("accounts.sign_in_page", next=url_for("voting.own_receipt", **here)),
    }


def typed_receipt(typed: str) -> tuple[ReceiptCode | None, str]:
    """Read the code of a receipt as somebody pastes it, also its whole address; or say what is wrong with it."""
    if not typed.strip():
        return None, ""
    try:
        return rules.read_receipt(typed.strip().rpartition("/")[2].removesuffix(".txt")), ""
    except rules.Mistyped as problem:
        return None, str(problem)
