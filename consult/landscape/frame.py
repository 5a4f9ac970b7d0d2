"""What the pages of statements and of the landscape show."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import abort, url_for

from consult.foundation.paging import PER_PAGE, Page
from consult.landscape import queries, rules
from consult.landscape.models import StatementResult
from consult.landscape.queries import Statement
from consult.landscape.rules import letter
from consult.policy import Act, Actor, allows
from consult.positions.queries import list_held
from consult.rounds.models import Round
from consult.rounds.rules import lack, takes
from consult.voting.frame import when
from consult.voting.models import Poll
from consult.voting.queries import own_tag
from consult.voting.rules import FEWEST, OPINIONS

WIDE = 640.0  # of the map, in its own units
SIGN = 32  # how large the sign of an organisation is on it
WORDS = {value: opinion.value for opinion, value in OPINIONS.items()}


def _people(poll: Poll, actor: Actor, *, known: bool) -> dict[str, Any]:
    """Say what of answering is open to whom; the poll's phase and round are loaded."""
    is_open, may_vote = takes(poll.phase, actor.arrived_at), allows(Act.CAST_VOTE, actor, poll)
    missing = lack(poll.round, Act.CAST_VOTE, actor, is_known=known) if is_open and may_vote else None
    here = url_for("landscape.statements", slug=poll.round.slug)
    return {
        "poll": poll,
        "when": when(poll, actor.arrived_at),
        "is_open": is_open,
        "may_vote": is_open and may_vote and missing is None,
        "missing": missing,
        "serves": actor.serves(poll.round_id),
        "here": here,
        "sign_in_url": url_for("accounts.sign_in_page", next=here),
        "may_add": is_open and bool(poll.parameters.get("residents_add")) and (may_vote or actor.is_anonymous),
        "shows_landscape": rules.shows_now(poll),
    }


def answering(poll: Poll, actor: Actor) -> dict[str, Any]:
    """Return the next statement for somebody: of those that they did not answer, drawn by priority.

    The draw follows from the ballot and how much of it is filled in, so the page is the same when it is read again.
    """
    own, known = own_tag(poll, actor), queries.find_priorities(poll.id)
    standing = queries.list_standing(poll, own)
    unseen = [(one, known.get(one.option_id.hex, rules.NEW)) for one in standing if one.value is None]
    done = len(standing) - len(unseen)
    seed = f"{own.hex() if own else poll.id.hex}|{done}"
    return {
        **_people(poll, actor, known=own is not None),
        "statement": rules.drawn(seed, unseen),
        "total": len(standing),
        "done": done,
    }


def own_answers(poll: Poll, actor: Actor) -> dict[str, Any]:
    """Return what somebody answered, the latest first, and the statements that they added."""
    own = own_tag(poll, actor)
    given = [(one, WORDS[one.value]) for one in queries.list_own(poll, own)]
    return {
        **_people(poll, actor, known=own is not None),
        "given": given,
        "added": queries.list_added(poll.round_id, actor),
    }


def adding(poll: Poll, actor: Actor) -> dict[str, Any]:
    """Return what stands around the form for a statement of one's own."""
    missing = lack(poll.round, Act.ADD_STATEMENT, actor)
    return {**_people(poll, actor, known=True), "missing": missing}


def staff_desk(poll: Poll | None) -> dict[str, Any]:
    """Return what whoever directs the round sees of the statements."""
    return {"poll": poll, "offered": list(queries.list_words(poll.id).values()) if poll else []}


def landscape(subject: Round, actor: Actor, *, laid_over: bool = False) -> dict[str, Any]:
    """Return the page of a round's landscape: nothing before it may be shown, no group where chance explains all.

    `laid_over`: organisations stand on the map too, as signs of their own; they change nothing of it.
    """
    poll, told, is_final = queries.get_told_of(subject)
    plain = {
        "poll": poll,
        "when": when(poll, actor.arrived_at),
        "shows": rules.shows_now(poll),
        "told": told,
        "is_closed": poll.phase.closed_at is not None,
        "is_final": is_final,
    }
    if told is None:
        return plain
    standing = queries.list_standing(poll, own_tag(poll, actor) if actor.is_authenticated else None)
    words, own = {one.option_id.hex: one for one in standing}, queries.marks_by_option(standing)
    groups = told["groups"]
    here = rules.place_of(told, own)
    spoken = {one["statement"] for group in groups for one in group["representative"]}
    held = _organisations(told, words, poll) if groups else []
    return plain | {
        "groups": [_group(told, words, group) for group in groups],
        "chosen": {name: _rows(told, words, keys) for name, keys in told["lists"].items()}
        | {"differ": _rows(told, words, [key for key in told["lists"].get("differ", ()) if key not in spoken])},
        "map": drawn_map(told, here[0] if here else None, held if laid_over else ()),
        "held": held,
        "laid_over": laid_over,
        "own": {"letter": letter(here[1]) if here[1] is not None else None, "votes": len(own)} if here else None,
        "total": len(words),
        "answers": rules.answers_in(told),
        "most": _most(told, words),
    }


def cited(result: StatementResult) -> dict[str, Any]:
    """Return the page of a result that was cited: as it was then, and how it came about."""
    one = result.contribution
    return {
        "result": result,
        "row": {"words": one.text if one.is_public else "", "language": one.language, "public_id": one.public_id}
        | shown(result.told),
        "words": rules.words_of(result.told),
        "parameters": ", ".join(f"{name} {value}" for name, value in sorted(result.parameters.items())),
    }


def whole_table(poll: Poll, number: int, at: datetime) -> dict[str, Any]:
    """Return one page of all statements with their counts, those with most votes first."""
    told = queries.find_told(poll)[0] or {"groups": [], "statements": {}}
    words = queries.list_words(poll.id)
    order = sorted((key for key in told["statements"] if key in words), key=lambda key: (-_seen(told, key), key))
    start = (number - 1) * PER_PAGE
    page: Page[dict[str, Any]] = Page(_rows(told, words, order[start : start + PER_PAGE]), number, len(order))
    if number > page.pages:
        abort(404)

    def address(other: int | None) -> str | None:
        return url_for("landscape.table", slug=poll.round.slug, page=other) if other else None

    return {
        "poll": poll,
        "rows": page.items,
        "when": when(poll, at),
        "page": page,
        "letters": [letter(group["label"]) for group in told["groups"]],
        "prev_url": address(page.before),
        "next_url": address(page.after),
    }


def _organisations(told: Mapping[str, Any], words: Mapping[str, Statement], poll: Poll) -> list[dict[str, Any]]:
    """Return where organisations stand that hold something of three statements or more that people answered.

    The themes of the poll's round are loaded; where fewer of their statements were answered nothing is read.
    """
    statements = {key: one.words for key, one in words.items() if key in told["axes"]}
    found: list[dict[str, Any]] = []
    asked = [(theme.statement, 1) for theme in poll.round.themes]
    if len(rules.stances_on(statements, asked)) < rules.LEAST_HELD:
        return found
    for one in list_held(poll.round_id):
        marks = rules.stances_on(statements, one.stances)
        here = rules.place_of(told, marks)
        if here is None or len(marks) < rules.LEAST_HELD:
            continue
        url = url_for("positions.one", slug=poll.round.slug, public_id=one.public_id)
        signs = [(words[key], WORDS[value]) for key, value in marks.items()]
        letter_of = letter(rules.nearest(told, here[0]))
        found.append(
            {"number": len(found) + 1, "name": one.organisation, "url": url, "letter": letter_of, "signs": signs}
            | {"place": here[0][:2]}
        )
    return found


def _most(told: Mapping[str, Any], words: Mapping[str, Statement]) -> list[dict[str, Any]]:
    """Return the ten statements with most votes, for a landscape without groups."""
    order = sorted((key for key in told["statements"] if key in words), key=lambda key: (-_seen(told, key), key))
    return _rows(told, words, order[:10])


def _seen(told: Mapping[str, Any], key: str) -> int:
    return sum(told["statements"][key]["counts"])


def _group(told: Mapping[str, Any], words: Mapping[str, Statement], group: Mapping[str, Any]) -> dict[str, Any]:
    """Return what speaks for a group; what fewer than five people in it answered does not."""
    place = [one["label"] for one in told["groups"]].index(group["label"])
    spoken = [
        one
        for one in group["representative"]
        if one["statement"] in words and sum(told["statements"][one["statement"]]["groups"][place]) >= FEWEST
    ]
    rows = [
        row | {"direction": one["direction"], "is_sure": one["is_sure"]}
        for one, row in zip(spoken, _rows(told, words, [one["statement"] for one in spoken]), strict=True)
    ]
    share = round(100 * group["size"] / max(told["grouped"], 1))
    return {
        "letter": letter(group["label"]),
        "label": group["label"],
        "size": group["size"],
        "share": share,
        "rows": rows,
    }


def _rows(told: Mapping[str, Any], words: Mapping[str, Statement], keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return statements with the counts of everybody and of each group, as far as they may be told."""
    known = [(words[key], counted(told, key)) for key in keys if key in words]
    return [
        {"words": one.words, "language": one.language, "public_id": one.public_id, **counts} for one, counts in known
    ]


def counted(told: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return what everybody and each group answered to one statement; see `rules.result_of` for what is hidden."""
    return shown(rules.result_of(told, key))


def shown(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bars of a result as `rules.result_of` gives it."""
    return {
        "all": _counts(result["all"]),
        "groups": [
            {"letter": letter(one["label"]), **_counts(one["counts"], one["about"])} for one in result["groups"]
        ],
    }


def _counts(counts: Sequence[int] | None, about: Sequence[int] | None = None) -> dict[str, Any]:
    if about is not None:
        return {"hidden": False, "rough": True, **dict(zip(("agree", "pass", "disagree", "seen"), about, strict=True))}
    if counts is None:
        return {"hidden": True, "seen": None}
    seen = sum(counts)
    agree, passed, disagree = (round(100 * count / seen) for count in counts)
    return {"hidden": False, "seen": seen, "agree": agree, "pass": passed, "disagree": disagree}


def drawn_map(
    told: Mapping[str, Any], own: Sequence[float] | None, held: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any] | None:
    """Return the map in its own units: hexagons whose size tells how many people, where each group stands, and you.

    `held` are organisations; those that stand at the same place share a sign. One scale for both directions, so that
    distances are what they were computed as.
    """
    given = told["map"]
    if not given or not given["cells"]:
        return None
    centres = [(group["label"], *group["centre"][:2], group["reach"]) for group in told["groups"]]
    spots = [(cell["x"], cell["y"]) for cell in given["cells"]]
    spots += [(x + step * reach, y + step * reach) for _label, x, y, reach in centres for step in (-1, 1)]
    spots += [(own[0], own[1])] if own else []
    spots += [(one["place"][0], one["place"][1]) for one in held]
    edge = given["radius"] * 1.6
    left, top = min(x for x, _y in spots) - edge, min(y for _x, y in spots) - edge
    across, down = max(x for x, _y in spots) + edge - left, max(y for _x, y in spots) + edge - top
    scale = WIDE / max(across, down * 0.75, 1e-9)
    most = max(cell["people"] for cell in given["cells"])

    def at(x: float, y: float) -> tuple[float, float]:
        return round((x - left) * scale, 1), round((top + down - y) * scale, 1)

    return {
        "width": round(across * scale, 1),
        "height": round(down * scale, 1),
        "cells": [
            {
                "points": _hexagon(*at(cell["x"], cell["y"]), given["radius"] * scale * _size(cell["people"], most)),
                "label": cell["label"],
                "letter": letter(cell["label"]),
                "people": cell["people"],
            }
            for cell in given["cells"]
        ],
        "centres": [
            {"x": at(x, y)[0], "y": at(x, y)[1], "reach": round(reach * scale, 1), "letter": letter(label)}
            for label, x, y, reach in centres
        ],
        "own": dict(zip("xy", at(own[0], own[1]), strict=True)) if own else None,
        "held": _signs([(at(*one["place"]), one) for one in held]),
        "left_out": given["left_out"],
    }


def _signs(placed: Sequence[tuple[tuple[float, float], Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return a sign for each place with the numbers of the organisations that stand there; signs keep apart."""
    found: list[dict[str, Any]] = []
    for (x, y), one in placed:
        near = next((sign for sign in found if math.dist((sign["x"], sign["y"]), (x, y)) < SIGN), None)
        if near is None:
            near = {"x": x, "y": y, "numbers": [], "names": []}
            found.append(near)
        near["numbers"].append(str(one["number"]))
        near["names"].append(one["name"])
    return [
        {"x": sign["x"], "y": sign["y"], "words": "·".join(sign["numbers"]), "names": ", ".join(sign["names"])}
        | {"width": SIGN + 18 * (len("·".join(sign["numbers"])) - 1)}
        for sign in found
    ]


def _size(people: int, most: int) -> float:
    """Return how much of its place a hexagon fills: its surface follows the number of people."""
    return max(0.35, 0.97 * math.sqrt(people / most))


def _hexagon(x: float, y: float, radius: float) -> str:
    corners = (math.pi / 6 + side * math.pi / 3 for side in range(6))
    return " ".join(f"{x + radius * math.cos(turn):.1f},{y + radius * math.sin(turn):.1f}" for turn in corners)
