"""What a ballot may hold, in sentences, and how far it is while somebody fills it in."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext, number
from consult.voting import rules
from consult.voting.ballots import candidate
from consult.voting.methods.budget import purses, spending
from consult.voting.models import Method, Poll
from consult.voting.queries import Sheet


def limits(poll: Poll) -> list[str]:
    """Say in sentences what a ballot may hold, and how many have to take part."""
    return [*_limits(poll), *filter(None, [quorum(poll)])]


def quorum(poll: Poll) -> str:
    """Say how many have to take part, where that was fixed."""
    needed = poll.parameters.get("quorum")
    words = _("The outcome counts when %(quorum)s people or more take part.", quorum=number(needed or 0))
    return words if needed else ""


def _limits(poll: Poll) -> list[str]:
    told, found = poll.parameters, list[str]()
    most = told.get("max_length")
    if poll.method is Method.RANKING:
        found.append(_("Give your first choice the number 1, the next one 2, and so on. You need not number all."))
        if most:
            found.append(_("You can number %(most)s at most.", most=number(most)))
        return found
    if poll.method is Method.POINTS:
        found.append(_("You divide %(most)s points.", most=number(told.get("max_sum_points", 0))))
        if told.get("max_points", 0) != told.get("max_sum_points", 0):
            found.append(_("One plan gets %(most)s points at most.", most=number(told.get("max_points", 0))))
        return found
    if most:
        found.append(_("You can choose %(most)s at most.", most=number(most)))
    if told.get("area_budgets"):
        found += [
            _("In %(area)s there is %(amount)s.", area=area, amount=money(cents, poll))
            if area
            else _("For plans that belong to no area there is %(amount)s.", amount=money(cents, poll))
            for area, cents in purses(told).items()
            if area or cents
        ]
    elif "budget" in told:
        found.append(_("There is %(amount)s.", amount=money(told["budget"], poll)))
    if told.get("within_budget"):
        found.append(_("What you choose together costs no more than that."))
    return found


def money(cents: int, poll: Poll) -> str:
    """Say an amount in the currency of a poll; euros unless its source says otherwise."""
    return rules.money(cents, poll.parameters)


@dataclass(frozen=True)
class Total:
    """How far a ballot is: what is used of what there is, and what is left or too much; in one area, or in all.

    `kind` tells the script on the page what to add up. In the patterns for it, "{}" stands for a number, and those
    that end in `one` are for the number one.
    """

    kind: str
    area: str
    most: int
    used: str
    left: str
    used_pattern: str
    left_pattern: str
    left_one: str
    over_pattern: str
    over_one: str


def totals(sheet: Sheet, marks: Mapping[uuid.UUID, int]) -> list[Total]:
    """Say how far a ballot is; one line, or one for each area that has money of its own."""
    poll, told = sheet.poll, sheet.poll.parameters
    if poll.method is Method.POINTS:
        return [_total("points", "", sum(marks.values()), told.get("max_sum_points", 0), _("points given"), number)]
    if poll.method is Method.BUDGET and told.get("within_budget"):
        chosen = [candidate(poll, option) for option in sheet.options if marks.get(option.id)]
        return [
            _total("cents", area, spent, most, _("spent"), lambda cents: money(cents, poll))
            for area, (spent, most) in spending(chosen, told).items()
            if area or most or spent
        ]
    most = told.get("max_length") or len(sheet.options)
    return [_total("count", "", len([v for v in marks.values() if v]), most, _("chosen"), number)]


def _total(kind: str, area: str, used: int, most: int, words: str, say: Callable[[int], str]) -> Total:
    def of(told: str) -> str:
        whole = _("%(used)s of %(most)s %(words)s", used=told, most=say(most), words=words)
        return f"{area}: {whole}" if area else whole

    rest = abs(most - used)
    now = (_left if used <= most else _over)(kind, rest, say(rest))
    patterns = [told(kind, n, "{}") for told in (_left, _over) for n in (2, 1)]
    return Total(kind, area, most, of(say(used)), now, of("{}"), *patterns)


def _left(kind: str, n: int, told: str) -> str:
    if kind == "cents":
        return _("%(left)s left", left=told)
    if kind == "points":
        return ngettext("%(num)s point left", "%(num)s points left", n, num=told)
    return ngettext("%(num)s choice left", "%(num)s choices left", n, num=told)


def _over(kind: str, n: int, told: str) -> str:
    if kind == "cents":
        return _("%(more)s too much", more=told)
    if kind == "points":
        return ngettext("%(num)s point too many", "%(num)s points too many", n, num=told)
    return ngettext("%(num)s choice too many", "%(num)s choices too many", n, num=told)
