"""What is computed from the ballots of a poll after its close, and what the board makes of it."""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import add, insert_of, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import day, local
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.models import Phase
from consult.rounds.verbs import bump
from consult.voting import rules
from consult.voting.methods import METHODS, VERSION, Candidate, Outcome, Profile, Unfit
from consult.voting.models import Ballot, ComputedOutcome, Invalidation, Mark, Option, Poll, Selection
from consult.voting.queries import count_ballots, histograms_of, void

CHUNK = 5_000  # marks that are read at a time


def needs_ballots(poll: Poll) -> bool:
    """Say whether the outcome of a poll depends on whole ballots, so that it is computed once and kept."""
    return METHODS[poll.method].needs_ballots(poll.parameters)


def read_profile(poll: Poll, *, ballots: bool = False) -> Profile:
    """Read what the outcome of a poll depends on, and nothing of who cast a ballot; `ballots`: these in any case.

    Each ballot says of an option that stands what `count_marks` makes of it; a ballot of which everything was taken
    back is none.
    """
    options = {option.id: option for option in session().scalars(select(Option).where(Option.poll_id == poll.id))}
    pointers = {option.id: option.merged_into_id for option in options.values()}
    areas = poll.parameters.get("areas", {})
    candidates = []
    for option_id, histogram in histograms_of([poll.id]).items():
        counts, option = METHODS[poll.method].named(histogram), options[option_id]
        told = {"votes": counts.get("votes", 0), "points": counts.get("points", 0)}
        candidates.append(Candidate(option.reference, option.cost or 0, area=areas.get(option.reference, ""), **told))
    candidates.sort(key=lambda one: one.reference)
    found = _ballots(poll, pointers, options) if ballots or needs_ballots(poll) else []
    return Profile(candidates, found, poll.parameters, count_ballots([poll.id]).get(poll.id, 0))


def _ballots(
    poll: Poll, pointers: Mapping[uuid.UUID, uuid.UUID | None], options: Mapping[uuid.UUID, Option]
) -> list[tuple[Mapping[str, int], int]]:
    """Return the distinct ballots with how often each was cast, in an order that tells nothing."""
    roots = {option: rules.survivor(option, pointers) for option in pointers}
    counted = Counter[tuple[tuple[str, int], ...]]()
    for marks in _by_ballot(poll):
        says = rules.settle(marks, roots, opts_out=not METHODS[poll.method].is_whole)
        whole = tuple(sorted((options[root].reference, value) for root, value in says.items() if value is not None))
        if whole:
            counted[whole] += 1
    blank = count_ballots([poll.id]).get(poll.id, 0) - counted.total()
    if blank > 0:
        counted[()] = blank  # from files: somebody took part and chose nothing
    return [(dict(whole), times) for whole, times in sorted(counted.items())]


def _by_ballot(poll: Poll) -> Iterator[list[tuple[uuid.UUID, int | None, int]]]:
    wanted = (
        select(Mark.ballot_id, Mark.option_id, Mark.value, Mark.counter)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .where(Ballot.poll_id == poll.id, Ballot.id.not_in(void()))
        .order_by(Mark.ballot_id)
        .execution_options(yield_per=CHUNK)
    )
    current, marks = None, list[tuple[uuid.UUID, int | None, int]]()
    for ballot_id, option_id, value, counter in session().execute(wanted):
        if ballot_id != current and marks:
            yield marks
            marks = []
        current = ballot_id
        marks.append((option_id, value, counter))
    if marks:
        yield marks


def input_hash(profile: Profile) -> str:
    """Return SHA-256 over the canonical JSON of everything that an outcome depends on."""
    told: dict[str, Any] = {
        "ballots": [[dict(marks), times] for marks, times in profile.ballots],
        "candidates": [[c.reference, c.cost, c.votes, c.points, c.area] for c in profile.candidates],
        "parameters": profile.parameters,
    }
    if profile.parameters.get("quorum"):
        told["cast"] = profile.cast
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def as_data(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return outcomes as they are stored and printed."""
    return [
        {
            "rule": outcome.rule,
            "parameters": dict(outcome.parameters),
            "selected": list(outcome.selected),
            "ties": [list(group) for group in outcome.ties],
            "details": dict(outcome.details),
        }
        for outcome in outcomes
    ]


def find_kept(
    poll_ids: Sequence[uuid.UUID],
) -> dict[uuid.UUID, tuple[ComputedOutcome | None, Selection | None]]:
    """Find what was computed of polls and still holds, and what the board chose after them."""
    chosen = (Selection.poll_id == Poll.id) & Selection.replaced_at.is_(None)
    found = session().execute(
        select(Poll.id, ComputedOutcome, Selection)
        .outerjoin(ComputedOutcome, (ComputedOutcome.poll_id == Poll.id) & ComputedOutcome.outdated_at.is_(None))
        .outerjoin(Selection, chosen)
        .where(Poll.id.in_(poll_ids))
    )
    return {poll_id: (computed, selection) for poll_id, computed, selection in found}


def stored(computed: ComputedOutcome) -> list[Outcome]:
    """Return stored outcomes as a rule gave them."""
    return [Outcome(**one) for one in computed.outcomes]


def list_uncomputed() -> list[Poll]:
    """List the polls that ended for good and whose outcome has still to be computed, each with its phase."""
    computed = select(ComputedOutcome.poll_id).where(ComputedOutcome.outdated_at.is_(None))
    wanted = (
        select(Poll)
        .join(Phase, Phase.id == Poll.phase_id)
        .options(joinedload(Poll.phase))
        .where(Phase.closed_at.is_not(None), Poll.id.not_in(computed))
        .order_by(Poll.id)
    )
    return [poll for poll in session().scalars(wanted) if needs_ballots(poll)]


def count_decisions(poll_id: uuid.UUID) -> int:
    """Count how often it was decided which ballots of a poll count; who computes an outcome reads it with them."""
    decided = func.count(Invalidation.decided_at) + func.count(Invalidation.lifted_at)
    return session().scalar(select(decided).where(Invalidation.poll_id == poll_id)) or 0


def keep_outcome(
    poll: Poll, profile: Profile, outcomes: Sequence[Outcome], actor: Actor, *, decisions: int = 0
) -> bool:
    """Keep what was computed from the ballots of a poll that ended; says whether it was not kept before.

    It takes the place of an outdated one; the journal knows both. Where it was decided since which ballots count
    (`decisions` are those that were known), it is not kept, and computed once more.
    `poll.phase` is loaded. Refused while the poll can still change.
    """
    if poll.phase.closed_at is None:
        raise NotNow(_("An outcome is computed when the poll is closed."))
    read_again_locked(poll, ("title",))
    if count_decisions(poll.id) != decisions:
        return False
    told = {"poll_id": poll.id, "outcomes": as_data(outcomes), "input_hash": input_hash(profile), "version": VERSION}
    new = insert_of(ComputedOutcome).values(**told, computed_at=clock.now())
    made = session().scalar(
        new.on_conflict_do_update(
            index_elements=["poll_id"],
            set_={name: new.excluded[name] for name in ("outcomes", "input_hash", "version", "computed_at")}
            | {"outdated_at": None},
            where=ComputedOutcome.outdated_at.is_not(None),
        ).returning(ComputedOutcome.poll_id)
    )
    if made is None:
        return False
    facts = {"rule": outcomes[0].rule, "input": told["input_hash"], "version": VERSION}
    record(Act.COMPUTE_OUTCOME, actor, poll, **facts, outcome=_digest(told["outcomes"]))
    bump(poll.round_id)
    return True


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def select_options(
    poll: Poll,
    find: Callable[[Poll], Outcome | None],
    actor: Actor,
    *,
    selected: Sequence[str],
    reasons: Mapping[str, str],
    decided_on: date,
) -> Selection:
    """Write down what the board chose after a poll; another decision replaces it, and both stay.

    `find` finds the outcome, which is read when nobody can let other ballots count any more. Refused before the poll is
    closed and its outcome known, while somebody has still to decide whether ballots count, with a day before that or
    in the future and without a reason for each option in which it differs from what the rule selects (Unfit), and for
    what was not on the ballot.
    """
    if poll.phase.closed_at is None:
        words = _("The board decides when the poll is closed. That is after %(day)s.", day=day(poll.phase.last_day))
        raise NotNow(words)
    if not local(poll.phase.closed_at).date() <= decided_on <= local(clock.now()).date():
        raise Unfit(_("The board decided after the close of the poll, and not after today. Look at the day again."))
    read_again_locked(poll, ("title",))  # from here on nobody lets other ballots count
    undecided = select(func.min(Invalidation.number)).where(
        Invalidation.poll_id == poll.id, Invalidation.decided_at.is_(None)
    )
    if (doubt := session().scalar(undecided)) is not None:
        words = _("Whether some ballots count is not decided yet. Decide about number %(number)s first.", number=doubt)
        raise NotNow(words)
    if (outcome := find(poll)) is None:
        raise NotNow(_("The outcome is not computed yet. The board decides after that."))
    known = set(session().scalars(select(Option.reference).where(Option.poll_id == poll.id)))
    if not known.issuperset(selected):
        raise Conflict(_("This stands on another ballot."))
    deviating = set(selected) ^ set(outcome.selected)
    if any(not reasons.get(one, "").strip() for one in deviating):
        raise Unfit(_("Say for each plan in which the board differs from the outcome why."))
    now = clock.now()
    held = session().scalar(
        select(Selection).where(Selection.poll_id == poll.id, Selection.replaced_at.is_(None)).with_for_update()
    )
    if held is not None:
        held.replaced_at = now
        session().flush()
    made = add(
        Selection(
            poll_id=poll.id,
            selected=list(selected),
            reasons={one: reasons[one].strip() for one in sorted(deviating)},
            decided_on=decided_on,
            recorded_by_id=actor.person_id,
            recorded_at=now,
        )
    )
    record(Act.SELECT_OPTIONS, actor, poll, selected=list(selected), deviates=sorted(deviating))
    bump(poll.round_id)
    return made
