"""What a story says must come out, checked with the same functions that the pages use."""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consult.contributions.models import State
from consult.demo.replay import Replay
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.intake.queries import count_channels
from consult.rounds.models import PhaseKind
from consult.synthesis.queries import Wanted, list_weighed
from consult.voting.queries import count_ballots, list_polls, tally

# Blocks of a story whose feature does not exist yet; this list may only become shorter.
NOT_CHECKED_YET = (
    "affinity_top",
    "agreements",
    "conflicts",
    "evaluation",
    "formal_term",
    "mutual_offers",
    "quadrants",
    "representation",
    "round_budget",
    "sections_changed_after_review",
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


@dataclass(frozen=True)
class Check:
    """One block: how it is found, and the phase of which the beginning or the end must be past."""

    found: Callable[[uuid.UUID], Any]
    kind: PhaseKind
    at_end: bool

    def is_due(self, replay: Replay, now: datetime) -> bool:
        """Say whether the story went so far."""
        span = replay.span_of(self.kind)
        return span is not None and now >= span[int(self.at_end)]


CHECKS = {
    "outcomes": Check(outcomes, PhaseKind.SYNTHESISE, at_end=True),
    "vote_options_counted": Check(vote_options_counted, PhaseKind.PRIORITISE, at_end=False),
}
PEOPLE = Check(people, PhaseKind.PRIORITISE, at_end=False)
WAYS_IN = Check(channels, PhaseKind.PRIORITISE, at_end=False)


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
        found = one.found(replay.acts.round_id)
        if found != value:
            told = {"round": replay.told.slug, "name": name, "wanted": value, "found": found}
            raise Conflict(_("%(round)s: %(name)s should be %(wanted)s, but is %(found)s.", **told))
        held.append(f"{replay.told.slug}: {name}")
    return held
