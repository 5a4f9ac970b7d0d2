"""What a story says must come out, checked with the same functions that the pages use."""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from consult.contributions.models import Channel, State
from consult.demo.people import COLLEAGUES
from consult.demo.replay import Replay
from consult.director.accountability.queries import list_accounts, list_role_reviews, round_money
from consult.director.accountability.rules import Account, response_pct
from consult.director.agreements.queries import list_for_account
from consult.director.people.staffing.queries import compare
from consult.director.people.staffing.rules import StaffingRule
from consult.field.matches import Connections, connections
from consult.field.queries import FieldMap, get_map, reach
from consult.field.rules import Quadrant
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.intake.queries import count_channels
from consult.participants.models import Person
from consult.policy import Actor, Role, system
from consult.review.queries import find_term, list_all_views, list_changed_sections
from consult.review.rules import figures
from consult.rounds.models import PhaseKind
from consult.rounds.queries import get_round, slug_of
from consult.synthesis.queries import Wanted, list_weighed
from consult.voting.queries import count_ballots, list_polls, tally


def outcomes(round_id: uuid.UUID) -> dict[str, int]:
    """Count what became of all that was put forward."""
    counted: Counter[str] = Counter()
    number: int | None = 1
    while number is not None:
        page = list_weighed(round_id, Wanted(), number)
        counted.update(row.becomes.value for row in page.items if row.becomes is not None)
        number = page.after
    return dict(counted)


def vote_options_counted(round_id: uuid.UUID) -> int:
    """Count all choices in the polls of a round."""
    return sum(sum(counts.values()) for poll in list_polls(round_id) for counts in tally(poll).values())


def people(round_id: uuid.UUID) -> int:
    """Count the ballots in the polls of a round."""
    return sum(count_ballots([poll.id for poll in list_polls(round_id)]).values())


def channels(round_id: uuid.UUID) -> dict[str, int]:
    """Count what is public per way in; what was reported beside it are totals that nobody entered."""
    counted: Counter[str] = Counter()
    for (channel, state), number in count_channels(round_id).items():
        counted[channel.value] += number if state is State.PUBLISHED else 0
    return dict(+counted)


def formal_term(round_id: uuid.UUID) -> dict[str, Any]:
    """Return the term, which formal views are admissible, by their number in the file, and their points."""
    term, views = find_term(round_id), list_all_views(round_id)
    if term is None:
        return {}
    counted = figures(views)
    admissible = {view.reference: view.verdict is not None and view.verdict.counts for view in views}
    return {
        "first_day": term.first_day,
        "last_day": term.last_day,
        "admissible": sorted(code for code, counts in admissible.items() if counts),
        "not_admissible": sorted(code for code, counts in admissible.items() if not counts),
        "points": counted.points,
        "points_leading_to_change": counted.changes,
    }


def sections_changed(round_id: uuid.UUID) -> list[str]:
    """Return which sections of the draft change after the formal review, as the story calls them."""
    return [f"S{section.position}" for section in list_changed_sections(round_id)]


def agreements(round_id: uuid.UUID) -> dict[str, dict[str, Any]]:
    """Return how the agreements of a round stand by their last reports, each known by the code of its indicators."""
    now = clock.now()
    accounts = list_accounts(list_for_account(system(now), round_id), now.date())
    return {one.agreement.terms.indicators[0].key.partition(".")[0]: _account(one) for one in accounts}


def _account(one: Account) -> dict[str, Any]:
    money, seen = one.money, one.seen
    amounts = {"budget": money.budget, "realised": money.realised, "forecast": money.forecast}
    readings = seen.readings.values() if seen is not None else ()
    return {
        **{name: int(value or 0) for name, value in amounts.items()},
        "variance_pct": float(money.variance_pct or 0),
        "budget_light": seen.budget_light.value if seen is not None and seen.budget_light is not None else None,
        "lights": {one.indicator.key: one.light.value for one in readings if one.light is not None},
        "quality_met": [one.quality_met, one.quality_of],
    }


def round_budget(round_id: uuid.UUID) -> dict[str, int]:
    """Return the money of the round itself."""
    money = round_money(round_id)
    return {"budget": int(money.budget), "realised": int(money.realised)}


def _connections(round_id: uuid.UUID) -> tuple[Connections, dict[str, str]]:
    """Return what connects the partners of a round, and how the story calls each of them: by its trade number."""
    actor = system(clock.now())
    found = connections(get_round(actor, slug_of(round_id)), actor)
    return found, {key: f"P{body.kvk[-2:]}" for key, body in found.names.items()}


def affinity_top(round_id: uuid.UUID) -> list[list[Any]]:
    """Return the six pairs whose positions are most alike, of those that rest on enough."""
    found, codes = _connections(round_id)
    pairs = [one for one in found.matches if one.is_suggested]
    told = [[*sorted((codes[one.one], codes[one.other])), round(one.affinity, 2)] for one in pairs]
    return sorted(told, key=lambda pair: (-float(str(pair[2])), pair[:2]))[:6]


def conflicts(round_id: uuid.UUID) -> list[list[str]]:
    """Return who stands against whom on which theme."""
    found, codes = _connections(round_id)
    return sorted([*sorted((codes[one.one], codes[one.other])), theme] for one in found.matches for theme in one.apart)


def mutual_offers(round_id: uuid.UUID) -> list[list[str]]:
    """Return who offers what the other looks for, both ways."""
    found, codes = _connections(round_id)
    return sorted(sorted((codes[one.one], codes[one.other])) for one in found.exchanges if one.is_mutual)


def quadrants(round_id: uuid.UUID) -> dict[str, list[str]]:
    """Return which partners stand in which part of the map of now."""
    actor = system(clock.now())
    subject = get_round(actor, slug_of(round_id))
    now = get_map(subject, actor.arrived_at)
    drawn = now if any(seat.standing for seat in now.seats) else get_map(subject, now.phase.opens_at, _last(now))
    found: dict[str, list[str]] = {one.value: [] for one in Quadrant}
    for seat in drawn.seats:
        if seat.standing is not None and seat.party.organisation is not None:
            found[seat.standing.quadrant.value].append(f"P{seat.party.organisation.kvk[-2:]}")
    return {name: sorted(partners) for name, partners in found.items()}


def _last(now: FieldMap) -> int:
    return max(now.drawn, key=lambda phase: phase.opens_at).position


def representation(round_id: uuid.UUID) -> dict[str, Any]:
    """Return which share each group has among who took part, beside its share here, and which take part little."""
    found = reach(round_id)
    return {
        "area": {one.code: round(one.index or 0, 2) for one in found.areas},
        "age": {one.code: round(one.index or 0, 2) for one in found.ages},
        "low": [one.code for _kind, one in found.low],
    }


def staffing(_round_id: uuid.UUID) -> dict[str, dict[str, Any]]:
    """Return what each model says of the colleagues, as their coach sees it; M1 is the process director."""
    coach = session().scalars(select(Person).where(Person.role == Role.COACH)).one()
    seen = compare(Actor(arrived_at=clock.now(), person_id=coach.id, role=Role.COACH), StaffingRule())
    integral, differentiated, combined = (one for one, _cost in seen.results)
    codes = {name: code for code, name in COLLEAGUES.items()}
    gaps = [[codes.get(name, "M1"), code] for code, names in seen.coached["combined"].items() for name in names]
    uncovered = differentiated.gap_codes
    return {
        "integral": {"met": integral.met, "of": integral.of},
        "differentiated": {
            "covered": [one.code for one in seen.competences if one.code not in uncovered],
            "uncovered": list(uncovered),
        },
        "combined": {"base_gaps": gaps, "single_specialist": list(combined.single)},
    }


def evaluation(round_id: uuid.UUID) -> dict[str, float]:
    """Return how many of a hundred people answered who were asked afterwards."""
    public = next((one for one in list_role_reviews(round_id) if one.published_at is not None), None)
    response = response_pct(public.sent, public.responses) if public is not None else None
    return {"response_pct": float(response)} if response is not None else {}


def moved(value: Any, shift: timedelta) -> Any:
    """Return an expected value of a story of which all days are moved."""
    kept = unmoved(value, shift)
    if not isinstance(kept, dict):
        return kept
    return {name: one + shift if isinstance(one, date) else one for name, one in kept.items()}


def unmoved(value: Any, shift: timedelta) -> Any:
    """Return a value without what hangs on holidays, which do not move: that is checked where nothing is moved."""
    if not shift or not isinstance(value, dict):
        return value
    return {name: one for name, one in value.items() if name != "last_day"}


@dataclass(frozen=True)
class Check:
    """One block: how it is found, and how much of which phase must be past: 0 is its beginning, 1 its end."""

    found: Callable[[uuid.UUID], Any]
    kind: PhaseKind
    after: float

    def is_due(self, replay: Replay, now: datetime) -> bool:
        """Say whether the story went so far."""
        span = replay.span_of(self.kind)
        return span is not None and now >= span[0] + (span[1] - span[0]) * self.after


CHECKS = {
    "evaluation": Check(evaluation, PhaseKind.EVALUATE, after=0.3),
    "affinity_top": Check(affinity_top, PhaseKind.SYNTHESISE, after=0),
    "conflicts": Check(conflicts, PhaseKind.SYNTHESISE, after=0),
    "mutual_offers": Check(mutual_offers, PhaseKind.PRIORITISE, after=0),
    "quadrants": Check(quadrants, PhaseKind.PRIORITISE, after=0),
    "representation": Check(representation, PhaseKind.SYNTHESISE, after=0),
    "agreements": Check(agreements, PhaseKind.DECIDE, after=0),
    "staffing": Check(staffing, PhaseKind.PREPARE, after=1),
    "round_budget": Check(round_budget, PhaseKind.SYNTHESISE, after=1),
    "outcomes": Check(outcomes, PhaseKind.SYNTHESISE, after=1),
    "formal_term": Check(formal_term, PhaseKind.DECIDE, after=0),
    "sections_changed_after_review": Check(sections_changed, PhaseKind.DECIDE, after=0),
    "vote_options_counted": Check(vote_options_counted, PhaseKind.PRIORITISE, after=0),
}
PEOPLE = Check(people, PhaseKind.PRIORITISE, after=0)
WAYS_IN = Check(channels, PhaseKind.PRIORITISE, after=0)


def check(replay: Replay, now: datetime) -> list[str]:
    """Check each block that is due and return their names; refused with the difference when one does not hold."""
    wanted = [(name, CHECKS[name], value) for name, value in replay.told.expected.items() if name in CHECKS]
    wanted.append(("participation.unique", PEOPLE, replay.told.people))
    ways = Counter(one.channel.value for one in replay.told.proposals)
    if replay.told.statements is not None:
        ways[Channel.ONLINE.value] += len(replay.told.statements.texts)
    wanted.append(("the way in of each input", WAYS_IN, dict(ways)))
    held = []
    for name, one, value in wanted:
        if not one.is_due(replay, now):
            continue
        due, found = moved(value, replay.shift), unmoved(one.found(replay.acts.round_id), replay.shift)
        if found != due:
            told = {"round": replay.told.slug, "name": name, "wanted": due, "found": found}
            raise Conflict(_("%(round)s: %(name)s should be %(wanted)s, but is %(found)s.", **told))
        held.append(f"{replay.told.slug}: {name}")
    return held
