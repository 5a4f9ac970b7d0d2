"""How an option of a poll came out, as plain values that can be kept and as words. All of it pure."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext, number
from consult.synthesis.rules import shortened
from consult.voting.closing import sealed_outcome
from consult.voting.models import Method
from consult.voting.results import OptionResult, PollResult, is_reached
from consult.voting.rules import digest, money


@dataclass(frozen=True)
class Standing:
    """How one option came out of a poll that is final, and everybody can read it."""

    poll_id: uuid.UUID
    option_id: uuid.UUID
    public_id: str
    title: str
    told: Mapping[str, Any]
    input_hash: str


def standings(result: PollResult) -> list[Standing]:
    """Return what may be cited of a poll: what is selected first, then by the first count that its method has.

    Nothing while it is not final or its outcome has still to be computed. A statement has a source of its own, what
    people thought of it; nor is anything told of which the results page tells no counts, or of a text out of sight.
    """
    if not result.final or result.is_pending or result.method is Method.STATEMENTS:
        return []
    sealed = sealed_outcome(result.as_json())
    found = []
    for one in result.options:
        if one.public_id is not None and not one.is_small:
            told, kept = told_of(result, one), digest([sealed, one.reference])
            found.append(Standing(result.poll_id, one.option_id, one.public_id, one.title, told, kept))
    return sorted(found, key=lambda one: (not one.told["selected"], -_first(one.told["votes"]), one.title))


def told_of(result: PollResult, option: OptionResult) -> dict[str, Any]:
    """Return what is kept of how an option came out.

    `selected` is None where the rule selects nothing: none was asked for, or too few people took part.
    """
    outcome = result.outcomes[0] if result.outcomes else None
    selects = outcome is not None and outcome.parameters.get("binding") is not False and is_reached(outcome)
    return {
        "poll": result.title,
        "method": result.method.value,
        "votes": dict(option.votes),
        "ballots": result.ballots,
        "cost": option.cost,
        "currency": str(result.parameters.get("currency", "EUR")),
        "selected": option.reference in outcome.selected if outcome is not None and selects else None,
    }


def name_of(standing: Standing) -> str:
    """Return how the result of a vote is called in a list of sources."""
    return f"“{shortened(standing.title, 80)}” – {standing.told['poll']}: {words_of(standing.told)}"


def words_of(told: Mapping[str, Any]) -> str:
    """Say how an option came out: whether it was selected, what it costs, its counts, and how many people voted."""
    selected = {True: _("selected"), False: _("not selected"), None: ""}[told["selected"]]
    cost = money(told["cost"], told) if told["cost"] else ""
    people = told["ballots"] or 0
    took = ngettext("%(said)s person took part", "%(said)s people took part", people, said=number(people))
    return ", ".join(part for part in (selected, cost, _counts(told["votes"]), took) if part)


def _counts(votes: Mapping[str, int]) -> str:
    if "for" in votes:
        told = {"for_": number(votes["for"]), "neutral": number(votes["neutral"]), "against": number(votes["against"])}
        return _("%(for_)s for, %(neutral)s neutral, %(against)s against", **told)
    if "points" in votes:
        return ngettext("%(count)s point", "%(count)s points", votes["points"], count=number(votes["points"]))
    if "votes" in votes:
        return ngettext("%(count)s vote", "%(count)s votes", votes["votes"], count=number(votes["votes"]))
    return _("in first place on %(count)s ballots", count=number(_first(votes)))


def _first(votes: Mapping[str, int]) -> int:
    """Return the count by which options are listed, as on the results page."""
    return next((votes[name] for name in ("for", "votes", "points", "1") if name in votes), 0)
