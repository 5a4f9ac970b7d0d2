"""How the map, its chart, connections and reach are shown on the pages of this room."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import url_for

from consult.field import rules
from consult.field.chart import NARROW, RINGS, SIGNS, WIDE, chart
from consult.field.matches import Asked, Connections
from consult.field.models import AdviceRequest, Introduction, Outreach, ReachKind
from consult.field.queries import FieldMap, MapAge, Reach, Seat
from consult.field.rules import AGES, Group, Standing
from consult.foundation.language import gettext as _
from consult.foundation.language import local, number, short_day
from consult.policy import Act, Actor, allows
from consult.rounds.models import Round

MOST_PAIRS = 30  # on the page of connections, of each sort
ORDERS = ("name", "kind", "influence", "interest", "apart")
SHOWN: Mapping[str, Callable[[dict[str, Any]], bool]] = {  # which requests for advice a list shows
    "open": lambda row: bool(row["request"].is_open),
    "overdue": lambda row: bool(row["late"]),
}


def sort_by(asked: str) -> str:
    """Read in which order somebody wants the table."""
    return asked if asked in ORDERS else "name"


def ring_by(asked: str) -> str:
    """Read which ring somebody wants to see on the chart."""
    return asked if asked in RINGS else "now"


def field_map(found: FieldMap, asked: tuple[str, str], age: MapAge, actor: Actor, subject: Round) -> dict[str, Any]:
    """Return the map of a phase as chart and table, what changed, whom we miss, and how old it is.

    `asked` says in which order the table stands and which ring the chart draws.
    """
    order, ring = asked
    numbered = list(enumerate(found.seats, start=1))
    rows = [_row(n, seat, subject, found) for n, seat in numbered]
    return {
        "map": found,
        "rows": sorted(rows, key=lambda row: _place(row, order)),
        "order": order,
        "orders": {
            one: url_for("field.map", slug=subject.slug, phase=found.phase.position, sort=one, ring=ring)
            for one in ORDERS
        },
        "rings": _rings(ring, order, found, subject),
        "charts": {name: chart(numbered, sheet, RINGS[ring]) for name, sheet in (("wide", WIDE), ("narrow", NARROW))},
        "assessed": sum(1 for seat in found.seats if seat.standing is not None),
        "apart": [row for row in rows if row["is_apart"]],
        "age": age_words(age),
        "is_old": age.is_old or not age.assessed,
        "before_url": url_for("field.map", slug=subject.slug, phase=found.before.position) if found.before else "",
        "older": [
            {"name": one.name, "url": url_for("field.map", slug=subject.slug, phase=one.position)}
            for one in found.drawn
            if one.id != found.phase.id
        ],
        "writes": allows(Act.WRITE_FIELD, actor, subject),
        "assesses": allows(Act.ASSESS_PARTY, actor, subject),
    }


def _rings(ring: str, order: str, found: FieldMap, subject: Round) -> list[dict[str, Any]]:
    """Return the three rings between which somebody can choose for the chart, each with its address."""
    words = {"now": _("where each is now"), "wanted": _("where it wants to be"), "ours": _("where we want it")}
    url = partial(url_for, "field.map", slug=subject.slug, phase=found.phase.position, sort=order)
    return [{"words": words[one], "url": url(ring=one), "current": one == ring} for one in RINGS]


def age_words(age: MapAge) -> str:
    """Say how old a map is."""
    if age.last_at is None:
        return _("Nobody drew a map of the playing field yet.")
    told = {"day": short_day(age.last_at), "num": age.assessed, "of": age.parties}
    if age.is_old:
        return _("The map is older than this phase: it was drawn last on %(day)s. Go through it again.", **told)
    return _("Drawn last on %(day)s; %(num)s of %(of)s parties assessed in this phase.", **told)


def _row(n: int, seat: Seat, subject: Round, found: FieldMap) -> dict[str, Any]:
    now = seat.standing
    party = seat.party
    return {
        "number": n,
        "party": party,
        "url": url_for("field.party", slug=subject.slug, party_id=party.id),
        "standing": now,
        "attitude": attitude(now) if now is not None else "",
        "salience": now.salience.words.partition(":")[0] if now is not None else "",
        "changes": changes(seat) if found.before is not None else [],
        "is_apart": now is not None and now.is_apart,
    }


def _place(row: dict[str, Any], order: str) -> tuple[Any, ...]:
    now: Standing | None = row["standing"]
    name = row["party"].name.casefold()
    if order == "kind":
        return (row["party"].kind.words, name)
    if order == "apart":
        return (not row["is_apart"], name)
    if order in {"influence", "interest"}:
        return (-getattr(now, order) if now is not None else 1, name)
    return (name,)


def attitude(now: Standing) -> str:
    """Say in a sign and words whether a party is for or against."""
    way = (now.attitude > 0) - (now.attitude < 0)
    words = {1: _("for"), 0: _("neither"), -1: _("against")}
    return f"{SIGNS[way]} {words[way]}"


def changes(seat: Seat) -> list[str]:
    """Say what is otherwise than in the phase before."""
    now, before = seat.standing, seat.before
    if now is None:
        return []
    if before is None:
        return [_("new")]
    told = []
    for words, value, was in (
        (_("influence"), now.influence, before.influence),
        (_("interest"), now.interest, before.interest),
        (_("attitude"), now.attitude, before.attitude),
    ):
        if value != was:
            told.append(f"{words} {'+' if value > was else '−'}{number(abs(value - was))}")
    if now.ring is not before.ring:
        told.append(f"{before.ring.words} → {now.ring.words}")
    return told or [_("unchanged")]


# --- connections ---


def connections(found: Connections, asked: Sequence[Introduction]) -> dict[str, Any]:
    """Return who could do something together, with the themes and numbers on which that rests."""
    together = [one for one in found.matches if one.is_suggested]
    apart = [one for one in found.matches if one.apart]
    pairs = {frozenset(str(side.organisation_id) for side in one.sides) for one in asked if one.outcome_at is None}

    def name(key: str) -> str:
        return found.names[key].name if key in found.names else "–"

    def about(one: Any) -> dict[str, Any]:
        known = [found.names[key] for key in (one.one, one.other) if key in found.names]
        return {
            "names": (name(one.one), name(one.other)),
            "slugs": [body.slug for body in known],
            "is_asked": frozenset((one.one, one.other)) in pairs,
        }

    def on(pair: Any, codes: Sequence[str]) -> list[str]:
        one, other = found.scores[pair.one], found.scores[pair.other]
        return [
            f"{found.themes[code].name} ({_score(one[code])} / {_score(other[code])})"
            for code in codes
            if code in found.themes
        ]

    return {
        "together": [
            {
                **about(one),
                "affinity": number(round(one.affinity, 2)),
                "overlap": one.overlap,
                "themes": on(one, one.together),
                "apart": on(one, one.apart),
            }
            for one in together[:MOST_PAIRS]
        ],
        "together_of": len(together),
        "apart": [{**about(one), "themes": on(one, one.apart)} for one in apart[:MOST_PAIRS]],
        "apart_of": len(apart),
        "exchanges": [
            {**about(one), "gives": one.gives, "gets": one.gets, "is_mutual": one.is_mutual}
            for one in found.exchanges[:MOST_PAIRS]
        ],
        "exchanges_of": len(found.exchanges),
    }


def _score(said: tuple[int, int]) -> str:
    stance, weight = said
    return _("%(stance)s, weight %(weight)s", stance=f"{stance:+d}" if stance else "0", weight=weight)


def introduction_words(one: Introduction) -> str:
    """Say where an introduction stands."""
    if one.is_refused:
        return _("one of them does not want to meet now")
    if one.is_made:
        return _("both want to meet")
    if not one.is_waiting:
        return _("closed before both answered")
    waits = [side.organisation.name for side in one.sides if side.accepts is None]
    return _("waits for %(names)s", names=" + ".join(waits))


def asked_words(one: Asked) -> str:
    """Say where an introduction stands, to one of the two; a no of the other is told as such, without why."""
    if one.introduction.is_made:
        return _("both want to meet")
    if not one.introduction.is_waiting:
        return _("you do not meet now")
    if one.own.accepts is None:
        return _("waits for your answer")
    return _("waits for the other organisation")


# --- reach ---


def reach(found: Reach, actions: Sequence[Outreach], subject: Round, actor: Actor) -> dict[str, Any]:
    """Return who took part per group, with what is done for each group that takes part little."""
    ages = {code: _(words) for code, words in AGES}
    starts = allows(Act.REACH_OUT, actor, subject)

    def group(kind: ReachKind, one: Group) -> dict[str, Any]:
        own = [action for action in actions if action.kind is kind and action.code == one.code]
        key = f"{kind.value}/{one.code}"
        return {
            "key": key,
            "anchor": key.replace("/", "-"),
            "name": (found.names if kind is ReachKind.AREA else ages).get(one.code, one.code),
            "people": _("fewer than %(num)s", num=rules.SMALLEST_CELL) if one.is_small else number(one.people),
            "inhabitants": number(one.inhabitants),
            "index": "–" if one.index is None or one.is_small else number(round(one.index, 2)),
            "band": _("little") if one.is_low else _("much") if one.is_high else _("as expected"),
            "is_low": one.is_low,
            "actions": own,
            "start_url": url_for("field.outreach_page", slug=subject.slug, group=key) if starts else "",
        }

    areas = [group(ReachKind.AREA, one) for one in found.areas]
    by_age = [group(ReachKind.AGE, one) for one in found.ages]
    total = sum(one.people for one in found.counts if one.kind is ReachKind.AREA)
    last = max(found.counts, key=lambda one: one.counted_at, default=None)
    return {
        "tables": [
            (_("By neighbourhood"), areas, found.unknown(ReachKind.AREA)),
            (_("By age"), by_age, found.unknown(ReachKind.AGE)),
        ],
        "low": [one for one in (*areas, *by_age) if one["is_low"]],
        "total": total,
        "source": last.source if last is not None else "",
        "counted_at": last.counted_at if last is not None else None,
        "actions": [action_row(one, found, subject, actor) for one in actions],
    }


def action_row(one: Outreach, found: Reach, subject: Round, actor: Actor) -> dict[str, Any]:
    """Return something that is done to reach a group, as a row."""
    return {
        "what": one.what,
        "group": group_name(one.kind, one.code, found),
        "planned_on": one.planned_on,
        "done_on": one.done_on,
        "reached": one.reached,
        "note": one.note,
        "late": one.done_on is None and one.planned_on < local(actor.arrived_at).date(),
        "done_url": url_for("field.outreach_done_page", slug=subject.slug, outreach_id=one.id),
    }


def group_name(kind: ReachKind, code: str, found: Reach) -> str:
    """Say which group a code stands for."""
    ages = {key: _(words) for key, words in AGES}
    return (found.names if kind is ReachKind.AREA else ages).get(code, code)


def group_choices(found: Reach) -> list[tuple[str, str]]:
    """Return all groups as choices, those that take part little first and marked."""
    low = {f"{kind.value}/{one.code}" for kind, one in found.low}
    groups = [(f"{ReachKind.AREA.value}/{one.code}", found.names.get(one.code, one.code)) for one in found.areas]
    groups = groups or [(f"{ReachKind.AREA.value}/{code}", name) for code, name in found.names.items()]
    groups += [(f"{ReachKind.AGE.value}/{code}", _(words)) for code, words in AGES]
    told = [(key, _("%(group)s (takes part little)", group=name) if key in low else name) for key, name in groups]
    return sorted(told, key=lambda one: one[0] not in low)


def count_rows(found: Reach, here: dict[str, int]) -> list[tuple[str, str, int]]:
    """Return what the form of counts shows: what was counted, or else what the platform knows itself."""
    known = {(one.kind, one.code): one.people for one in found.counts}
    unknown = _("not known")
    by_area = [
        (f"area/{code}", name, known.get((ReachKind.AREA, code), here.get(code, 0))) for code, name in found.places
    ]
    by_age = [(f"age/{code}", _(words), known.get((ReachKind.AGE, code), 0)) for code, words in AGES]
    return [
        *by_area,
        ("area/", f"{ReachKind.AREA.words}: {unknown}", known.get((ReachKind.AREA, ""), 0)),
        *by_age,
        ("age/", f"{ReachKind.AGE.words}: {unknown}", known.get((ReachKind.AGE, ""), 0)),
    ]


# --- advice ---


def advice_row(one: AdviceRequest, subject: Round, actor: Actor) -> dict[str, Any]:
    """Return a request for advice as a row."""
    late = one.is_open and one.due_on < local(actor.arrived_at).date()
    if one.answered_on is not None:
        state = _("given on %(day)s", day=short_day(one.answered_on))
    elif one.waived_at is not None:
        state = _("we go on without, since %(day)s", day=short_day(one.waived_at))
    else:
        state = _("due on %(day)s", day=short_day(one.due_on))
    return {
        "request": one,
        "late": late,
        "state": state,
        "url": url_for("field.advice_page", slug=subject.slug, advice_id=one.id),
    }
