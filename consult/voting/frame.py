"""What stands on a ballot page: which poll and page the address asks for, and what is open to whom."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, request, url_for

from consult.foundation.language import day, local, moment
from consult.foundation.language import gettext as _
from consult.foundation.paging import Page
from consult.foundation.web import local_path
from consult.policy import Act, Actor, allows
from consult.rounds.models import PhaseKind, Round
from consult.rounds.rules import Lack, asked, lack, takes
from consult.voting import rules
from consult.voting.models import Choice, Method, Option, Poll
from consult.voting.queries import Line, Lines

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
