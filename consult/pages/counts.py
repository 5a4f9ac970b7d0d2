"""How a poll is told on the results page: what is known before the end; bars, table and outcome after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import url_for

from consult.foundation.language import day as whole_day
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext, number
from consult.intake.rules import shares
from consult.pages.outcomes import shown
from consult.pages.queries import Joined, list_joined
from consult.policy import Act
from consult.rounds.models import PHASE_ACTS, Authority, Phase, Round, Verification
from consult.voting.models import Invalidation, Method
from consult.voting.on_paper import count_waiting, takes_paper
from consult.voting.queries import count_options, list_polls
from consult.voting.reach import Reach, reach_of
from consult.voting.results import OptionResult, PollResult, results_of
from consult.voting.rules import money
from consult.voting.watching import lifted_because, list_invalidations

BARS = 10  # so many bars are drawn; the table beside them is whole


@dataclass(frozen=True)
class Column:
    """One count of a row: its name in the code, its words, the sign beside it, and how many."""

    name: str
    words: str
    sign: str
    count: int


@dataclass(frozen=True)
class Row:
    """One option in the table; `place` is shared by those with equal counts.

    `is_hidden`: so few people answered it that it has no place and no counts.
    """

    place: int
    shared: bool
    title: str
    url: str
    reference: str
    cost: str
    columns: Sequence[Column]
    merged: str
    selected: bool
    is_hidden: bool = False

    @property
    def total(self) -> int:
        """How many people said something of it."""
        return sum(column.count for column in self.columns if column.name != "points")


def told(subject: Round, authority: Authority | None, least: int) -> list[dict[str, Any]]:
    """Return what is shown of each poll of a round; `subject.phases` is loaded. Counts below `least` are hidden.

    While no poll is final nothing of the options is read.
    """
    voted = [phase for phase in subject.phases if phase.kind in PHASE_ACTS[Act.CAST_VOTE]]
    if any(phase.closed_at is not None for phase in voted):
        results = results_of(subject)
        final = [result.poll_id for result in results if result.final]
        reach = {} if subject.verification is Verification.IMPORTED else reach_of(final, least)
        doubts = list_invalidations(final)
        late = count_waiting(final) if takes_paper(subject) else {}
        return [
            _told(one, subject, authority)
            | took_part(reach.get(one.poll_id), doubts.get(one.poll_id, ()), least)
            | {"late": late.get(one.poll_id, 0)}
            for one in results
        ]
    polls = list_polls(subject.id)
    offered = count_options([poll.id for poll in polls])
    return [_open(poll.title, poll.phase, poll.eligible, offered.get(poll.id, 0), subject, authority) for poll in polls]


def _open(
    title: str, phase: Phase, eligible: int | None, options: int, subject: Round, authority: Authority | None
) -> dict[str, Any]:
    return {
        "title": title,
        "final": False,
        "hidden": _why_hidden(phase),
        "who": _who_can(eligible, subject, authority),
        "options": options,
    }


def _told(result: PollResult, subject: Round, authority: Authority | None) -> dict[str, Any]:
    phase = next(phase for phase in subject.phases if phase.id == result.phase_id)
    if not result.final:
        return _open(result.title, phase, result.eligible, len(result.options), subject, authority)
    rows = _rows(result, subject)
    return {
        "poll_id": result.poll_id,
        "title": result.title,
        "final": True,
        "phase": phase,
        "base": _base(result, subject, authority),
        "rows": rows,
        "bars": [row for row in rows if row.total][:BARS],
        "has_hidden": any(row.is_hidden for row in rows),
        "is_three": result.method in {Method.SUPPORT, Method.STATEMENTS},
        "is_statements": result.method is Method.STATEMENTS,
        **shown(result),
        "select_url": url_for("voting.selection_page", slug=subject.slug, poll_id=result.poll_id),
        "columns": len({column.name for row in rows for column in row.columns} - {"votes"} or {"votes"}),
        "ties": any(row.shared for row in rows),
        "merged": any(row.merged for row in rows),
    }


def _why_hidden(phase: Phase) -> str:
    words = _(
        "The counts are shown after the end of %(day)s. Until then they stay hidden, so that nobody is led by others."
    )
    return words % {"day": whole_day(phase.last_day)}


def _who_can(eligible: int | None, subject: Round, authority: Authority | None) -> str:
    checked = _("How it is checked who takes part: %(checked)s.", checked=subject.verification.words)
    if eligible is not None:
        return _("%(count)s people can take part.", count=number(eligible)) + " " + checked
    if authority is not None and authority.population:
        lives = {"name": authority.name, "count": number(authority.population)}
        return _("%(name)s has %(count)s inhabitants.", **lives) + " " + checked
    return checked


def _base(result: PollResult, subject: Round, authority: Authority | None) -> str:
    """Say of how many, who could take part, and how it was checked: what stands beside every count."""
    ballots = result.ballots or 0
    took = ngettext("%(said)s person took part", "%(said)s people took part", ballots, said=number(ballots))
    checked = _("check: %(checked)s", checked=subject.verification.words)
    if result.eligible:
        share = number(round(100 * ballots / result.eligible, 1))
        of = _("of %(eligible)s who could (%(share)s%%)", eligible=number(result.eligible), share=share)
        return f"{took} {of}; {checked}."
    if authority is not None and authority.population and subject.verification.value != "imported":
        of = _("of %(count)s inhabitants", count=number(authority.population))
        return f"{took} {of}; {checked}."
    return f"{took}; {checked}."


def took_part(reach: Reach | None, doubts: Sequence[tuple[Invalidation, int]], least: int) -> dict[str, Any]:
    """Return what is told of who took part, and of ballots that do not count, or count again."""
    ways = shares(reach.channels, least) if reach is not None and len(reach.channels) > 1 else []
    areas, ages = (reach.areas, reach.ages) if reach is not None else ((), ())
    return {
        "ways": ways,
        "reach": [
            {"caption": caption, "head": head, "rows": rows, "hides": any(row.ballots is None for row in rows)}
            for caption, head, rows in (
                (_("Who took part, by neighbourhood"), _("Neighbourhood"), areas),
                (_("Who took part, by age"), _("Age"), ages),
            )
            if rows
        ],
        "least": least,
        "doubts": [
            _doubt(one, one.decided_at, ballots) for one, ballots in doubts if one.is_confirmed and one.decided_at
        ],
    }


def _doubt(found: Invalidation, since: datetime, ballots: int) -> str:
    """Say of how many ballots two people decided that they do not count, why, and whether they count again."""
    told = {"day": whole_day(since), "reason": found.reason}
    words = ngettext(
        "Since %(day)s one ballot does not count, by decision of two people. Reason: %(reason)s",
        "Since %(day)s %(num)s ballots do not count, by decision of two people. Reason: %(reason)s",
        ballots,
        **told,
    )
    if found.lifted_at is None:
        return words
    because = lifted_because(found)
    again = _("They count again since %(day)s. Reason: %(reason)s", day=whole_day(found.lifted_at), reason=because)
    return f"{words} {again}"


def _rows(result: PollResult, subject: Round) -> list[Row]:
    """Return the options by their first count, most first; equal counts share a place; hidden ones come last."""
    selected = set(result.outcomes[0].selected) if result.outcomes else set()
    joined = [option for option in result.options if option.merged]
    own = list_joined([option.option_id for option in joined])
    told = {name for option in result.options for name in option.votes} if result.method is Method.RANKING else ()
    places = sorted(told, key=int)
    shown_ones = [option for option in result.options if not option.is_small]
    ordered = sorted(shown_ones, key=lambda option: (-_first(option), _last(option), option.title))
    rows: list[Row] = []
    for place, option in enumerate(ordered, start=1):
        before, after = ordered[place - 2] if place > 1 else None, ordered[place] if place < len(ordered) else None
        same_before = before is not None and _first(before) == _first(option)
        same_after = after is not None and _first(after) == _first(option)
        rows.append(
            Row(
                place=rows[-1].place if same_before else place,
                shared=same_before or same_after,
                title=option.title,
                url=url_for("pages.proposal", slug=subject.slug, public_id=option.public_id)
                if option.public_id
                else "",
                reference=option.reference if option.reference != option.public_id else "",
                cost=money(option.cost, result.parameters) if option.cost is not None else "",
                columns=_columns(option, result.method, places),
                merged=sum_of(option, own[option.option_id]) if option.merged else "",
                selected=option.reference in selected,
            )
        )
    few = sorted((option for option in result.options if option.is_small), key=lambda option: option.title)
    return rows + [_hidden(option, result.method) for option in few]


def _hidden(option: OptionResult, method: Method) -> Row:
    """Return the row of a statement of which nothing is told but what it says."""
    columns = _columns(replace(option, votes={}), method, ("agree", "pass", "disagree"))
    return Row(0, False, option.title, "", "", "", columns, "", selected=False, is_hidden=True)


def _first(option: OptionResult) -> int:
    """Return the count by which options are listed."""
    for name in ("for", "agree", "votes", "points", "1"):
        if name in option.votes:
            return option.votes[name]
    return 0


def _last(option: OptionResult) -> int:
    return option.votes.get("against", option.votes.get("disagree", 0))


def _columns(option: OptionResult, method: Method, places: Sequence[str]) -> list[Column]:
    """Return the counts of an option; of a ranking those of every place that any option has."""
    names: Mapping[str, tuple[str, str]] = {
        "for": (_("for"), "for"),
        "neutral": (_("neutral"), "neutral"),
        "against": (_("against"), "against"),
        "agree": (_("agree"), "for"),
        "pass": (_("pass"), "neutral"),
        "disagree": (_("disagree"), "against"),
        "votes": (_("votes"), ""),
        "points": (_("points"), ""),
    }
    order = ("agree", "pass", "disagree") if method is Method.STATEMENTS else places or tuple(option.votes)
    return [
        Column(name, *names.get(name, (_("place %(place)s", place=name), "")), option.votes.get(name, 0))
        for name in order
        if places or name in option.votes
    ]


def sum_of(option: OptionResult, parts: Sequence[Joined]) -> str:
    """Spell out the arithmetic of a merge: the choices on each part, and people who count once."""
    own, *others = parts
    together, counted = sum(part.choices for part in parts), sum(option.votes.values())
    told = {
        "others": ", ".join(f"“{part.title}” ({number(part.choices)})" for part in others),
        "own": number(own.choices),
        "together": number(together),
        "less": number(together - counted),
        "counted": number(counted),
    }
    words = _("Choices: %(own)s on this one, and on what was joined with it: %(others)s. Together %(together)s.")
    if together == counted:
        return words % told
    once = _(
        "%(less)s of these are by people who chose more than once: they count once, so %(counted)s people are left."
    )
    sum_ = f"{' + '.join(number(part.choices) for part in parts)} − {told['less']} = {told['counted']}"
    return f"{words % told} {once % told} ({sum_})"
