"""What a story says must come out, checked with the same functions that the pages use."""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from consult.contributions.models import State
from consult.demo.replay import Replay
from consult.director.accountability.queries import list_accounts, list_role_reviews, round_money
from consult.director.accountability.rules import Account, response_pct
from consult.director.agreements.queries import list_for_account
from consult.foundation import clock
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.intake.queries import count_channels
from consult.policy import system
from consult.review.queries import find_term, list_all_views, list_changed_sections
from consult.review.rules import figures
from consult.rounds.models import PhaseKind
from consult.synthesis.queries import Wanted, list_weighed
from consult.voting.queries import count_ballots, list_polls, tally

# Blocks of a story whose feature does not exist yet; this list may only become shorter.
NOT_CHECKED_YET = (
    "affinity_top",
    "conflicts",
    "mutual_offers",
    "quadrants",
    "representation",
    "staffing",
)


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
    readings = seen.readings if seen is not None else ()
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
    "agreements": Check(agreements, PhaseKind.DECIDE, after=0),
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
