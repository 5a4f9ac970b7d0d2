"""Closing a poll for good: its rules and outcome go into the journal; later the keys to its voters are destroyed."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from consult.audit.models import Entry, Leaf
from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import session
from consult.policy import Act, Actor
from consult.rounds.models import PHASE_ACTS, Phase, Round, Verification
from consult.voting import rules
from consult.voting.models import Ballot, Invalidation, Mark, Option, Poll, Register
from consult.voting.queries import list_polls, void
from consult.voting.results import PollResult

OBJECTION = timedelta(weeks=6)  # the term for an objection: Algemene wet bestuursrecht, articles 6:7 and 6:8
CHUNK = 5_000  # rows that are read at a time


def as_published(poll: Poll) -> dict[str, Any]:
    """Return a poll as everybody may read it: its method, parameters and options; `poll.round` is loaded."""
    wanted = (
        select(Option)
        .where(Option.poll_id == poll.id)
        .options(joinedload(Option.contribution))
        .order_by(Option.reference)
    )
    options = session().scalars(wanted).all()
    references = {option.id: option.reference for option in options}
    return {
        "id": str(poll.id),
        "round_id": str(poll.round_id),
        "title": poll.title,
        "method": poll.method.value,
        "parameters": poll.parameters,
        "verification": poll.round.verification.value,
        "eligible": poll.eligible,
        "options": [
            {
                "id": str(option.id),
                "reference": option.reference,
                "title": option.contribution.title if option.contribution.is_public else "",
                "cost": option.cost,
                "merged_into": references.get(option.merged_into_id) if option.merged_into_id else None,
            }
            for option in options
        ],
    }


def sealed_rules(told: Mapping[str, Any]) -> str:
    """Return the digest of what decides how a poll is counted, from what `as_published` tells; no title is in it."""
    options = [[one["id"], one["reference"], one["cost"], one["merged_into"]] for one in told["options"]]
    return rules.digest([told["id"], told["round_id"], told["method"], told["parameters"], options])


def sealed_outcome(told: Mapping[str, Any]) -> str:
    """Return the digest of what came of a poll, from what `PollResult.as_json` tells; no title is in it."""
    options = sorted([one["id"], one["cost"], one["votes"]] for one in told["options"])
    return rules.digest([told["ballots"], options, told["outcomes"]])


def facts_of(poll: Poll, result: PollResult) -> dict[str, str]:
    """Return what the journal holds of a poll that ended: a digest of its rules, and one of its outcome."""
    return {"rules": sealed_rules(as_published(poll)), "outcome": sealed_outcome(result.as_json())}


def close_poll(poll: Poll, result: PollResult, actor: Actor) -> Entry:
    """Write the rules and the outcome of a poll that ended into the journal; `result` is final and computed."""
    return record(Act.CLOSE_POLL, actor, poll, **facts_of(poll, result))


def find_closing(poll_id: uuid.UUID) -> tuple[Entry, int | None] | None:
    """Find the entry with which a poll was closed, and its place in the tree once it is sealed."""
    wanted = (
        select(Entry, Leaf.position)
        .outerjoin(Leaf, Leaf.entry_position == Entry.position)
        .where(Entry.subject_id == poll_id, Entry.act == Act.CLOSE_POLL.value, Entry.result == "done")
        .order_by(Entry.position.desc())
        .limit(1)
    )
    found = session().execute(wanted).first()
    return (found[0], found[1]) if found is not None else None


def list_cast(poll_id: uuid.UUID) -> Iterator[tuple[int | None, str, str]]:
    """Give of each vote of a poll its place in the tree, its tag and its commitment; no place: it is not sealed."""
    wanted = (
        select(Leaf.position, Entry.facts)
        .select_from(Entry)
        .outerjoin(Leaf, Leaf.entry_position == Entry.position)
        .where(Entry.subject_id == poll_id, Entry.act == Act.CAST_VOTE.value, Entry.result == "done")
        .order_by(Leaf.position)
        .execution_options(yield_per=CHUNK)
    )
    return ((place, facts["tag"], facts["commitment"]) for place, facts in session().execute(wanted))


def list_batches(poll_id: uuid.UUID) -> list[tuple[Entry, int | None]]:
    """List the entries of ballots of a poll that came in together, with their places in the tree."""
    return _list_done(poll_id, Act.IMPORT)


def list_decisions(poll_id: uuid.UUID) -> list[tuple[Entry, int | None]]:
    """List the entries of who proposed and decided which ballots of a poll count, with their places in the tree."""
    return _list_done(poll_id, Act.PROPOSE_INVALIDATION, Act.DECIDE_INVALIDATION, Act.LIFT_INVALIDATION)


def open_decisions(poll_id: uuid.UUID) -> dict[str, str]:
    """Return of each decision by which ballots of a poll do not count now the salt that opens its commitment."""
    holds = (Invalidation.is_confirmed.is_(True), Invalidation.lifted_at.is_(None), Invalidation.salt.is_not(None))
    wanted = select(Invalidation.number, Invalidation.salt).where(Invalidation.poll_id == poll_id, *holds)
    return {str(number): bytes(salt or b"").hex() for number, salt in session().execute(wanted)}


def _list_done(poll_id: uuid.UUID, *acts: Act) -> list[tuple[Entry, int | None]]:
    wanted = (
        select(Entry, Leaf.position)
        .outerjoin(Leaf, Leaf.entry_position == Entry.position)
        .where(Entry.subject_id == poll_id, Entry.act.in_(acts), Entry.result == "done")
        .order_by(Leaf.position)
    )
    return [(entry, place) for entry, place in session().execute(wanted)]


Held = tuple[uuid.UUID, int | None, int, bytes | None]


def list_opened(poll_id: uuid.UUID) -> Iterator[tuple[bytes, int | None, list[Held]]]:
    """Give each ballot of a poll by its tag, in the order of tags, and what it says.

    Between them the number of the decision because of which it does not count, if there is one. What it says is the
    option, value, counter and salt of each mark.
    """
    out = void().add_columns(Invalidation.number).where(Invalidation.poll_id == poll_id).subquery()
    wanted = (
        select(Ballot.tag, out.c.number, Mark.option_id, Mark.value, Mark.counter, Mark.salt)
        .outerjoin(out, out.c.ballot_id == Ballot.id)
        .outerjoin(Mark, Mark.ballot_id == Ballot.id)
        .where(Ballot.poll_id == poll_id)
        .order_by(Ballot.tag)
        .execution_options(yield_per=CHUNK)
    )
    current, because, marks = b"", None, list[Held]()
    for tag, number, option_id, value, counter, salt in session().execute(wanted):
        if tag != current and current:
            yield current, because, marks
            marks = []
        current, because = tag, number
        if option_id is not None:
            marks.append((option_id, value, counter, salt))
    if current:
        yield current, because, marks


def list_parting() -> list[uuid.UUID]:
    """List the rounds in which all voting ended so long ago that nobody can object any more, and that still hold keys.

    Public data sets have no voters whom a key could give away.
    """
    wanted = (
        select(Register.round_id)
        .join(Round, Round.id == Register.round_id)
        .join(Phase, Phase.round_id == Register.round_id)
        .where(
            Register.key.is_not(None),
            Round.verification != Verification.IMPORTED,
            Phase.kind.in_(PHASE_ACTS[Act.CAST_VOTE]),
        )
        .group_by(Register.round_id)
        .having(func.count(Phase.closed_at) == func.count(), func.max(Phase.closed_at) <= clock.now() - OBJECTION)
    )
    return list(session().scalars(wanted))


def destroy_keys(round_id: uuid.UUID, actor: Actor) -> bool:
    """Destroy the keys that lead from people to their ballots in a round; says whether there were any.

    From then on nobody can tell which ballot is whose, the keeper of the database included. They are written over
    before they go. Does nothing while people can vote in the round, or can still object.
    """
    if round_id not in list_parting():
        return False
    polls = list_polls(round_id)
    for nothing in (bytes(32), None):
        session().execute(update(Poll).where(Poll.round_id == round_id).values(key=nothing))
        session().execute(update(Register).where(Register.round_id == round_id).values(key=nothing))
    record(Act.DESTROY_KEYS, actor, session().get_one(Round, round_id), polls=[poll.id for poll in polls])
    return True
