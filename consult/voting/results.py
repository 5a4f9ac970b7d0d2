"""What may be told of polls: counts and outcomes once they are final, and whether the stored marks hold."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from consult.audit.models import Entry
from consult.contributions.models import Contribution
from consult.foundation.db import session
from consult.foundation.language import gettext as _
from consult.foundation.language import number
from consult.policy import Act
from consult.rounds.models import Round
from consult.voting import rules
from consult.voting.methods import METHODS, Candidate, Outcome, Profile, decide
from consult.voting.models import Ballot, ComputedOutcome, Mark, Method, Option, Poll, Selection
from consult.voting.outcomes import (
    as_data,
    find_kept,
    input_hash,
    needs_ballots,
    read_profile,
    stored,
)
from consult.voting.queries import count_alone, count_ballots, histograms_of, list_every_poll, list_polls, void

CHUNK = 5_000  # marks that are read at a time


@dataclass(frozen=True)
class OptionResult:
    """One option that stands, with its counts by the method's own names; no counts before the end.

    `reference` is the source's id (or the contribution's public one); `merged` are those whose votes it carries.
    `is_small`: so few people answered it, a statement, that no page tells its counts; see `rules.is_small`.
    """

    option_id: uuid.UUID
    reference: str
    title: str
    public_id: str | None
    cost: int | None
    votes: Mapping[str, int]
    merged: Sequence[str] = ()
    is_small: bool = False


@dataclass(frozen=True)
class PollResult:
    """Everything that is told of one poll; while it is not final there are no counts at all.

    `is_pending`: its outcome has still to be computed from the ballots. `selection` is what the board chose.
    """

    poll_id: uuid.UUID
    phase_id: uuid.UUID
    parameters: Mapping[str, Any]
    title: str
    method: Method
    final: bool
    eligible: int | None
    ballots: int | None
    options: Sequence[OptionResult]
    outcomes: Sequence[Outcome]
    is_pending: bool = False
    input_hash: str = ""
    version: str = ""
    selection: Selection | None = None

    def as_json(self, *, hides: bool = False) -> dict[str, Any]:
        """Return the shape that `consult results --json` prints; `hides`: no counts of what so few people answered."""
        return {
            "id": str(self.poll_id),
            "title": self.title,
            "method": self.method.value,
            "final": self.final,
            "eligible": self.eligible,
            "ballots": self.ballots,
            "options": [
                {
                    "id": o.reference,
                    "title": o.title,
                    "cost": o.cost,
                    **({"votes": {}, "hidden": True} if hides and o.is_small else {"votes": dict(o.votes)}),
                }
                for o in self.options
            ],
            "outcomes": outcomes_json(self.outcomes),
            "input_hash": self.input_hash,
            "version": self.version,
        }


def outcomes_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return outcomes as other people's programs read them."""
    return [{name: told for name, told in one.items() if told or name != "details"} for one in as_data(outcomes)]


@dataclass(frozen=True)
class Difference:
    """Something in a poll that does not hold: what was found, and what should have been."""

    poll_id: uuid.UUID
    what: str
    found: str
    expected: str


def results_of(subject: Round, *, computes: bool = False) -> list[PollResult]:
    """Return what may be told of each poll of a round: counts and outcomes once its phase was closed for good.

    Before that a result is not final and holds no number at all. Five statements for any number of polls, and one
    more where statements were joined. An outcome that depends on whole ballots is read where it is stored; `computes`
    computes those that are not.
    """
    polls = list_polls(subject.id)
    final = [poll.id for poll in polls if poll.phase.closed_at is not None]
    ballots = count_ballots(final) if final else {}
    histograms = histograms_of(final) if final else {}
    options: dict[uuid.UUID, list[Option]] = defaultdict(list)
    wanted = (
        select(Option)
        .join(Option.contribution)
        .where(Option.poll_id.in_([poll.id for poll in polls]))
        .options(contains_eager(Option.contribution))
        .order_by(Contribution.order_key, Option.id)
    )
    if polls:
        for option in session().scalars(wanted):
            options[option.poll_id].append(option)
    told_alone = [one for poll in polls if poll.method is Method.STATEMENTS for one in options[poll.id]]
    alone = count_alone(final) if any(not one.stands for one in told_alone) else {}
    kept = find_kept(final) if final else {}
    found = []
    for poll in polls:
        result = _result(poll, options[poll.id], ballots, histograms, alone)
        computed, selection = kept.get(poll.id, (None, None))
        outcomes = _outcomes(poll, result, computed, computes=computes) if result.final else []
        found.append(
            replace(
                result,
                outcomes=outcomes or [],
                is_pending=outcomes is None,
                selection=selection,
                input_hash=computed.input_hash if computed else "",
                version=computed.version if computed else "",
            )
        )
    return found


def is_reached(outcome: Outcome) -> bool:
    """Say whether as many people took part as had to, where a number was fixed before the vote."""
    quorum = outcome.details.get("quorum")
    return not quorum or bool(quorum["is_reached"])


def quorum_words(outcome: Outcome) -> str:
    """Say whether enough people took part; nothing where no number was fixed before the vote."""
    quorum = outcome.details.get("quorum")
    if not quorum:
        return ""
    told = {"needed": number(quorum["needed"]), "cast": number(quorum["cast"])}
    if is_reached(outcome):
        return _("%(needed)s people had to take part, and %(cast)s did, so the outcome counts.", **told)
    return _("Too few people took part: %(needed)s were needed, and %(cast)s did. So nothing is selected.", **told)


def _outcomes(poll: Poll, result: PollResult, held: ComputedOutcome | None, *, computes: bool) -> list[Outcome] | None:
    """Return the outcomes of a poll that is final: stored ones, or from its counts; None: not computed yet."""
    if held is not None:
        return stored(held)
    if needs_ballots(poll):
        return decide(poll.method, read_profile(poll)) if computes else None
    candidates = [
        Candidate(o.reference, o.cost or 0, o.votes.get("votes", 0), o.votes.get("points", 0)) for o in result.options
    ]
    return decide(poll.method, Profile(candidates, (), poll.parameters, result.ballots or 0))


def _result(
    poll: Poll,
    options: Sequence[Option],
    ballots: Mapping[uuid.UUID, int],
    histograms: Mapping[uuid.UUID, Mapping[int, int]],
    alone: Mapping[uuid.UUID, int],
) -> PollResult:
    method, final = METHODS[poll.method], poll.phase.closed_at is not None
    pointers = {option.id: option.merged_into_id for option in options}
    merged: dict[uuid.UUID, list[str]] = defaultdict(list)
    others: dict[uuid.UUID, list[int]] = defaultdict(list)
    for option in options:
        if not option.stands:
            root = rules.survivor(option.id, pointers)
            merged[root].append(option.reference)
            others[root].append(alone.get(option.id, 0))
    told = []
    for option in options:
        if option.stands:
            is_public = option.contribution.is_public
            votes = method.named(histograms.get(option.id, {})) if final else {}
            parts = [alone.get(option.id, 0), *others[option.id]] if option.id in others else []
            told.append(
                OptionResult(
                    option_id=option.id,
                    reference=option.reference,
                    title=option.contribution.title if is_public else _("This text is not public."),
                    public_id=option.contribution.public_id if is_public else None,
                    cost=option.cost,
                    votes=votes,
                    merged=merged[option.id],
                    is_small=final and rules.is_small(poll.method, votes, parts),
                )
            )
    return PollResult(
        poll_id=poll.id,
        phase_id=poll.phase_id,
        parameters=poll.parameters,
        title=poll.title,
        method=poll.method,
        final=final,
        eligible=poll.eligible,
        ballots=ballots.get(poll.id, 0) if final else None,
        options=told,
        outcomes=[],
    )


def find_deciding(poll: Poll) -> tuple[Outcome | None, Selection | None]:
    """Return the outcome of the rule of a poll, once that is known, and what the board chose."""
    found = next(one for one in results_of(poll.round) if one.poll_id == poll.id)
    return (found.outcomes[0] if found.outcomes else None), found.selection


def recount() -> list[Difference]:
    """Count every poll again by hand, from its raw marks, and open every commitment; return what does not hold."""
    wrong: list[Difference] = []
    for poll in list_every_poll():
        wrong += _recount_one(poll) + _compare_with_journal(poll) + _compute_again(poll)
    return wrong


def _compute_again(poll: Poll) -> list[Difference]:
    """Compute a stored outcome again from the ballots."""
    held, _selection = find_kept([poll.id])[poll.id]
    if held is None:
        return []
    profile = read_profile(poll)
    again = input_hash(profile)
    if again != held.input_hash:
        return [Difference(poll.id, "what the outcome depends on", again, held.input_hash)]
    outcomes = as_data(decide(poll.method, profile))
    return [
        Difference(poll.id, f"outcome by {one['rule']}", str(found["selected"]), str(one["selected"]))
        for one, found in zip(held.outcomes, outcomes, strict=True)
        if one != found
    ]


def _recount_one(poll: Poll) -> list[Difference]:
    pointers = dict(session().execute(select(Option.id, Option.merged_into_id).where(Option.poll_id == poll.id)).all())
    marks = session().execute(
        select(Mark.ballot_id, Mark.option_id, Mark.value, Mark.counter)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .where(Ballot.poll_id == poll.id, Ballot.id.not_in(void()))
        .execution_options(yield_per=CHUNK)
    )
    try:
        by_hand = rules.count_marks(marks, pointers, opts_out=not METHODS[poll.method].is_whole)
    except ValueError as circle:
        return [Difference(poll.id, "options", str(circle), "each leads to one that stands")]
    counted = histograms_of([poll.id])
    return [
        Difference(poll.id, f"option {option}", str(counted.get(option, {})), str(by_hand.get(option, {})))
        for option in sorted(by_hand.keys() | counted.keys())
        if counted.get(option, {}) != by_hand.get(option, {})
    ]


def _compare_with_journal(poll: Poll) -> list[Difference]:
    """Compare ballots and marks with what the journal holds of them.

    A ballot that a person filled in was journalled once per change, its last change is there, and each of
    its marks opens a commitment under its tag. The others came in batches of so many ballots and marks.
    """
    cast: dict[bytes, set[str]] = defaultdict(set)
    for facts in _facts(poll, Act.CAST_VOTE):
        cast[bytes.fromhex(facts["tag"])].add(facts["commitment"])
    ballots = {
        tag: (ballot_id, changes)
        for ballot_id, tag, changes in session().execute(
            select(Ballot.id, Ballot.tag, Ballot.changes).where(Ballot.poll_id == poll.id)
        )
    }
    marks, last, wrong = _open_commitments(poll, cast)
    for tag, held in sorted(cast.items()):
        ballot_id, changes = ballots.get(tag, (None, 0))
        if changes != len(held) or last.get(tag) != changes:
            wrong.append(
                Difference(poll.id, f"ballot {ballot_id or tag.hex()}", f"{changes} changes", f"{len(held)} journalled")
            )
    batches = list(_facts(poll, Act.IMPORT))
    for what, found in (("ballots", len(ballots.keys() - cast.keys())), ("marks", marks)):
        entered = sum(facts[what] for facts in batches)
        if found != entered:
            wrong.append(Difference(poll.id, f"{what} in bulk", str(found), f"{entered} journalled"))
    return wrong


def _facts(poll: Poll, act: Act) -> Iterator[dict[str, Any]]:
    wanted = select(Entry.facts).where(
        Entry.round_id == poll.round_id, Entry.subject_id == poll.id, Entry.act == act.value, Entry.result == "done"
    )
    return iter(session().scalars(wanted))


def _open_commitments(poll: Poll, cast: Mapping[bytes, set[str]]) -> tuple[int, Mapping[bytes, int], list[Difference]]:
    """Open the commitment of each mark; return how many have none, each ballot's last counter, and what is wrong."""
    of_poll = select(Mark).join(Ballot, Ballot.id == Mark.ballot_id).where(Ballot.poll_id == poll.id)
    bulk = session().scalar(of_poll.with_only_columns(func.count()).where(Mark.salt.is_(None))) or 0
    columns = (Mark.id, Mark.option_id, Mark.value, Mark.counter, Mark.salt, Ballot.tag)
    salted = of_poll.with_only_columns(*columns).where(Mark.salt.is_not(None)).execution_options(yield_per=CHUNK)
    if METHODS[poll.method].is_whole:
        return bulk, *_open_whole(poll, cast, session().execute(salted))
    last, wrong = dict[bytes, int](), list[Difference]()
    for mark_id, option_id, value, counter, salt, tag in session().execute(salted):
        last[tag] = max(counter, last.get(tag, 0))
        opened = rules.commitment(
            salt or b"", poll_id=poll.id, ballot_tag=tag, option_id=option_id, value=value, counter=counter
        )
        if opened not in cast.get(tag, ()):
            wrong.append(Difference(poll.id, f"mark {mark_id}", "opens nothing", "a commitment in the journal"))
    return bulk, last, wrong


def _open_whole(
    poll: Poll, cast: Mapping[bytes, set[str]], rows: Iterable[Any]
) -> tuple[Mapping[bytes, int], list[Difference]]:
    """Open the commitment of each ballot that was cast at once: all its marks belong to its latest change."""
    ballots: dict[bytes, list[Any]] = defaultdict(list)
    for row in rows:
        ballots[row.tag].append(row)
    last, wrong = dict[bytes, int](), list[Difference]()
    for tag, marks in ballots.items():
        last[tag] = max(mark.counter for mark in marks)
        says = {mark.option_id: mark.value for mark in marks}
        opened = rules.ballot_commitment(marks[0].salt, poll_id=poll.id, ballot_tag=tag, marks=says, counter=last[tag])
        if len({(mark.salt, mark.counter) for mark in marks}) > 1 or opened not in cast.get(tag, ()):
            wrong.append(Difference(poll.id, f"ballot {tag.hex()}", "opens nothing", "a commitment in the journal"))
    return last, wrong
