"""How outcomes are told on the results page: what was selected and why, rounds, pairs, shares, rules side by side."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from consult.foundation.language import day as whole_day
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext, number
from consult.voting.methods import Outcome
from consult.voting.results import OptionResult, PollResult, is_reached, quorum_words
from consult.voting.rules import money

PAIRS = 15  # options beside which a table of all pairs can still be read

Titles = Mapping[str, str]


def shown(result: PollResult) -> dict[str, Any]:
    """Return what is shown of the outcomes of a poll that is final; nothing where its counts say all."""
    titles = {option.reference: option.title for option in result.options}
    outcome = result.outcomes[0] if result.outcomes else None
    told: dict[str, Any] = {"pending": result.is_pending, "budget": None, "winner": None, "selects": False}
    told["selection"] = _selection(result, titles)
    told["quorum"] = quorum_words(outcome) if outcome is not None else ""
    if outcome is None or outcome.parameters.get("binding") is False:
        return told
    told["selects"] = True
    if not is_reached(outcome):
        return told  # how a rule would have gone on says something that does not count
    told["tied"] = [", ".join(titles.get(one, one) for one in group) for group in outcome.ties]
    told["is_settled"] = bool(outcome.parameters.get("tie_order"))
    told["record"] = {"hash": result.input_hash, "version": result.version}
    if outcome.rule in {"greedy", "equal_shares"}:
        told["budget"] = _budget(outcome, result)
        told["beside"] = _beside(result)
        return told
    told["winner"] = _winner(outcome, titles)
    told |= _ranking(result, titles) if len(result.outcomes) > 1 else {}
    return told


def rule_words(rule: str) -> str:
    """Return what a rule is called."""
    words = {
        "greedy": _("by votes"),
        "equal_shares": _("equal shares"),
        "schulze": _("Schulze"),
        "instant_runoff": _("instant runoff"),
        "borda": _("Borda"),
        "approval": _("most votes"),
        "points": _("most points"),
    }
    return words.get(rule, rule)


def _winner(outcome: Outcome, titles: Titles) -> str:
    names = ", ".join(titles.get(one, one) for one in outcome.selected)
    told = {"names": names, "rule": rule_words(outcome.rule)}
    if not names:
        return _("Nobody is selected (rule: %(rule)s).", **told)
    return _("Selected: %(names)s (rule: %(rule)s).", **told)


def _budget(outcome: Outcome, result: PollResult) -> dict[str, Any]:
    """Say what is spent, by which rule, and of each project why it was selected or not."""
    total = outcome.parameters.get("budget", 0) + sum(outcome.parameters.get("area_budgets", {}).values())
    costs = {option.reference: option.cost or 0 for option in result.options}
    spent, parameters = sum(costs[one] for one in outcome.selected), result.parameters
    told = {"count": number(len(outcome.selected))}
    told |= {"spent": money(spent, parameters), "budget": money(total, parameters)}
    words = ngettext("%(count)s plan is selected", "%(count)s plans are selected", len(outcome.selected), **told)
    details = list(outcome.details.get("areas", {"": outcome.details}).values())
    projects = {name: one for part in details for name, one in part.get("projects", {}).items()}
    return {
        "words": words + ": " + _("together %(spent)s of %(budget)s.", **told),
        "rule": outcome.rule,
        "explained": _how(outcome, details, parameters),
        "official": parameters.get("rule", "") if result.parameters.get("vote_type") else "",
        "projects": [
            _project(option, projects[option.reference], result)
            for option in _in_order(result, outcome)
            if option.reference in projects
        ],
    }


def _in_order(result: PollResult, outcome: Outcome) -> list[OptionResult]:
    """Return the options, what was selected first and in that order."""
    place = {one: number for number, one in enumerate(outcome.selected)}
    return sorted(result.options, key=lambda o: (place.get(o.reference, len(place)), -o.votes.get("votes", 0), o.title))


def _how(outcome: Outcome, details: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> list[str]:
    """Say in sentences how the rule works, and with which numbers it ended here."""
    if outcome.rule == "greedy":
        return [
            _("The plans with most votes are taken first, one after the other, as long as they fit in what is left."),
        ]
    found = [
        _(
            "Everybody decides on an equal share of the money. Who chose a plan pays for it together, each as much as "
            "the others, or all they have left. The plan that asks least of its supporters comes first."
        ),
    ]
    first = [one for one in details if one.get("ballots")]
    if len(first) == 1:
        one = first[0]
        told = {"ballots": number(one["ballots"]), "share": _exact(one["first_share"], parameters)}
        told["last"] = _exact(one["share"], parameters)
        found.append(_("%(ballots)s ballots: a share of %(share)s each to begin with.", **told))
        if one["share"] != one["first_share"]:
            found.append(_("Money was left, so everybody's share was raised to %(last)s.", **told))
    if outcome.parameters.get("completion") == "votes":
        found.append(_("What still fitted after that was added by votes."))
    return found


def _project(option: OptionResult, told: Mapping[str, Any], result: PollResult) -> dict[str, Any]:
    """Say of one project who paid what, or what it lacked."""
    parameters, state = result.parameters, told["state"]
    words = {
        "bought": _("selected"),
        "added": _("added by votes"),
        "short": _("not selected"),
        "rival": _("another one was chosen instead"),
        "no_votes": _("nobody chose it"),
    }
    if state == "bought":
        each = {"full": number(told["full"]), "price": _exact(told["price"], parameters)}
        why = ngettext(
            "%(full)s supporter paid %(price)s", "%(full)s supporters paid %(price)s each", told["full"], **each
        )
        if told["part"]:
            part = {"part": number(told["part"]), "sum": _exact(told["paid_by_part"], parameters)}
            less = ngettext(
                "%(part)s paid what was left of the share",
                "%(part)s paid what was left of their shares",
                told["part"],
                **part,
            )
            why += "; " + less + " " + _("(together %(sum)s)", **part)
    elif state in {"short", "added"}:
        lacked = {"had": _exact(told["had"], parameters), "lacked": _exact(told["lacked"], parameters)}
        why = _("its supporters had %(had)s left; it lacked %(lacked)s", **lacked)
    else:
        why = ""
    support = Fraction(told["support"]) if told.get("support") else None
    return {
        "title": option.title,
        "cost": money(option.cost or 0, parameters),
        "votes": option.votes.get("votes", 0),
        "support": number(round(float(support), 1)) if support is not None else "",
        "selected": state in {"bought", "added"},
        "state": words[state],
        "why": why,
    }


def _exact(cents: str, parameters: Mapping[str, Any]) -> str:
    """Say an exact amount, rounded to a whole cent for reading."""
    return money(round(Fraction(cents)), parameters)


def _beside(result: PollResult) -> dict[str, Any]:
    """Return the rules side by side: of each option which rules select it, and where they differ."""
    costs = {option.reference: option.cost or 0 for option in result.options}
    sets = [set(one.selected) for one in result.outcomes]
    rows = [
        {
            "title": option.title,
            "cost": money(option.cost or 0, result.parameters),
            "marks": [option.reference in chosen for chosen in sets],
            "differs": len({option.reference in chosen for chosen in sets}) > 1,
        }
        for option in _in_order(result, result.outcomes[0])
        if any(option.reference in chosen for chosen in sets)
    ]
    return {
        "rules": [rule_words(one.rule) for one in result.outcomes],
        "rows": rows,
        "sums": [money(sum(costs[one] for one in chosen), result.parameters) for chosen in sets],
        "counts": [len(chosen) for chosen in sets],
        "differ": sum(row["differs"] for row in rows),
    }


def _ranking(result: PollResult, titles: Titles) -> dict[str, Any]:
    """Return the rounds of the runoff, the table of pairs, points, and who wins by each rule."""
    by_rule = {one.rule: one for one in result.outcomes}
    names = [option.reference for option in result.options]
    winners = [
        {"rule": rule_words(one.rule), "who": ", ".join(titles[name] for name in one.selected) or _("a tie")}
        for one in result.outcomes
    ]
    preferred = by_rule["schulze"].details.get("preferred", {})
    order = [name for group in by_rule["schulze"].details.get("order", []) for name in group] or names
    points = by_rule["borda"].details.get("points", {})
    return {
        "winners": winners,
        "rounds": _rounds(by_rule["instant_runoff"], titles),
        "pairs": [
            {
                "title": titles[one],
                "cells": [preferred[one].get(other) for other in order],
                "wins": [one != other and preferred[one][other] > preferred[other][one] for other in order],
            }
            for one in order
        ]
        if 1 < len(order) <= PAIRS
        else [],
        "order": [titles[name] for name in order],
        "points": [
            {"title": titles[name], "points": number(float(Fraction(told)))}
            for name, told in sorted(points.items(), key=lambda one: -Fraction(one[1]))
        ],
    }


def _rounds(outcome: Outcome, titles: Titles) -> dict[str, Any]:
    """Return the rounds of a runoff as a table: an option a row, a round a column."""
    rounds = outcome.details.get("rounds", [])
    names = sorted(
        rounds[0]["counts"] if rounds else [],
        key=lambda name: (
            -sum(name in one["counts"] for one in rounds),
            -Fraction(rounds[-1]["counts"].get(name, "0")),
        ),
    )
    return {
        "count": len(rounds),
        "rows": [
            {
                "title": titles[name],
                "cells": [_count(one["counts"].get(name)) for one in rounds],
                "won": name in outcome.selected,
            }
            for name in names
        ],
        "spent": [_count(one["spent"]) for one in rounds],
    }


def _count(told: str | None) -> str:
    return "" if told is None else number(round(float(Fraction(told)), 1) if "/" in told else int(told))


def _selection(result: PollResult, titles: Titles) -> dict[str, Any] | None:
    """Say what the board chose, and why where it differs from the outcome."""
    chosen = result.selection
    if chosen is None:
        return None
    return {
        "day": whole_day(chosen.decided_on),
        "selected": [titles.get(one, one) for one in chosen.selected],
        "reasons": [
            {"title": titles.get(one, one), "added": one in chosen.selected, "reason": why}
            for one, why in chosen.reasons.items()
        ],
    }
