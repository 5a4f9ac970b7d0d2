"""What may be told of polls: counts and outcomes once they are final, and whether the stored marks hold."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from consult.audit.models import Entry
from consult.contributions.models import Contribution
from consult.foundation.db import session
from consult.foundation.language import gettext as _
from consult.policy import Act
from consult.rounds.models import Round
from consult.voting import rules
from consult.voting.models import Ballot, Mark, Method, Option, Poll
from consult.voting.queries import count_ballots, histograms_of, list_every_poll, list_polls


@dataclass(frozen=True)
class OptionResult:
    """One option that stands, with its counts by the method's own names; no counts before the end.

    `reference` is the source's id (or the contribution's public one); `merged` are those whose votes it carries.
    """

    option_id: uuid.UUID
    reference: str
    title: str
    public_id: str | None
    cost: int | None
    votes: Mapping[str, int]
    merged: Sequence[str] = ()


@dataclass(frozen=True)
class PollResult:
    """Everything that is told of one poll; while it is not final there are no counts at all."""

    poll_id: uuid.UUID
    phase_id: uuid.UUID
    parameters: Mapping[str, Any]
    title: str
    method: Method
    final: bool
    eligible: int | None
    ballots: int | None
    options: Sequence[OptionResult]
    outcomes: Sequence[rules.Outcome]

    def as_json(self) -> dict[str, Any]:
        """Return the shape that `consult results --json` prints."""
        return {
            "id": str(self.poll_id),
            "title": self.title,
            "method": self.method.value,
            "final": self.final,
            "eligible": self.eligible,
            "ballots": self.ballots,
            "options": [
                {"id": o.reference, "title": o.title, "cost": o.cost, "votes": dict(o.votes)} for o in self.options
            ],
            "outcomes": [
                {
                    "rule": outcome.rule,
                    "parameters": dict(outcome.parameters),
                    "selected": list(outcome.selected),
                    "ties": [list(group) for group in outcome.ties],
                }
                for outcome in self.outcomes
            ],
        }


@dataclass(frozen=True)
class Difference:
    """Something in a poll that does not hold: what was found, and what should have been."""

    poll_id: uuid.UUID
    what: str
    found: str
    expected: str


def results_of(subject: Round) -> list[PollResult]:
    """Return what may be told of each poll of a round: counts and outcomes once its phase was closed for good.

    Before that a result is not final and holds no number at all. Four statements for any number of polls.
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
    return [_result(poll, options[poll.id], ballots, histograms) for poll in polls]


def _result(
    poll: Poll,
    options: Sequence[Option],
    ballots: Mapping[uuid.UUID, int],
    histograms: Mapping[uuid.UUID, Mapping[int, int]],
) -> PollResult:
    method, final = rules.METHODS[poll.method], poll.phase.closed_at is not None
    pointers = {option.id: option.merged_into_id for option in options}
    merged: dict[uuid.UUID, list[str]] = defaultdict(list)
    for option in options:
        if not option.stands:
            merged[rules.survivor(option.id, pointers)].append(option.reference)
    told = []
    for option in options:
        if option.stands:
            is_public = option.contribution.is_public
            told.append(
                OptionResult(
                    option_id=option.id,
                    reference=option.reference,
                    title=option.contribution.title if is_public else _("This text is not public."),
                    public_id=option.contribution.public_id if is_public else None,
                    cost=option.cost,
                    votes=method.named(histograms.get(option.id, {})) if final else {},
                    merged=merged[option.id],
                )
            )
    candidates = [rules.Candidate(o.reference, o.cost or 0, o.votes.get("votes", 0)) for o in told]
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
        outcomes=method.outcomes(candidates, poll.parameters) if final else [],
    )


def recount() -> list[Difference]:
    """Count every poll again by hand, from its raw marks, and open every commitment; return what does not hold."""
    wrong: list[Difference] = []
    for poll in list_every_poll():
        wrong += _recount_one(poll) + _open_commitments(poll)
    return wrong


def _recount_one(poll: Poll) -> list[Difference]:
    pointers = dict(session().execute(select(Option.id, Option.merged_into_id).where(Option.poll_id == poll.id)).all())
    marks = session().execute(
        select(Mark.ballot_id, Mark.option_id, Mark.value, Mark.counter)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .where(Ballot.poll_id == poll.id)
    )
    by_hand = rules.count_marks(marks, pointers)
    counted = histograms_of([poll.id])
    return [
        Difference(poll.id, f"option {option}", str(counted.get(option, {})), str(by_hand.get(option, {})))
        for option in sorted(by_hand.keys() | counted.keys())
        if counted.get(option, {}) != by_hand.get(option, {})
    ]


def _open_commitments(poll: Poll) -> list[Difference]:
    """Compare the marks that people set themselves with what the journal holds of them.

    Each such mark opens a commitment under its ballot's tag; each ballot was journalled once per change;
    and no mark without a salt stands on a ballot that the journal knows.
    """
    journal: dict[str, set[str]] = defaultdict(set)
    for facts in session().scalars(
        select(Entry.facts).where(
            Entry.round_id == poll.round_id,
            Entry.act == Act.CAST_VOTE.value,
            Entry.subject_id == poll.id,
            Entry.result == "done",
        )
    ):
        journal[facts["tag"]].add(facts["commitment"])
    wrong = []
    known = set()
    for ballot_id, ballot_tag, changes in session().execute(
        select(Ballot.id, Ballot.tag, Ballot.changes).where(Ballot.poll_id == poll.id)
    ):
        known.add(ballot_tag.hex())
        entries = len(journal.get(ballot_tag.hex(), ()))
        if entries and entries != changes:
            wrong.append(Difference(poll.id, f"ballot {ballot_id}", f"{changes} changes", f"{entries} in the journal"))
    for gone in sorted(journal.keys() - known):
        wrong.append(Difference(poll.id, f"tag {gone}", "no ballot", f"{len(journal[gone])} in the journal"))
    marks = session().execute(
        select(Mark.id, Mark.option_id, Mark.value, Mark.counter, Mark.salt, Ballot.tag)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .where(Ballot.poll_id == poll.id)
    )
    for mark_id, option_id, value, counter, salt, ballot_tag in marks:
        held = journal.get(ballot_tag.hex(), set())
        if not salt and not held:
            continue
        opened = salt and rules.commitment(
            salt, poll_id=poll.id, ballot_tag=ballot_tag, option_id=option_id, value=value, counter=counter
        )
        if opened not in held:
            wrong.append(Difference(poll.id, f"mark {mark_id}", "opens nothing", "a commitment in the journal"))
    return wrong
