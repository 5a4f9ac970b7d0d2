"""Making bundles: what a poll was and became goes into the journal, and once that is sealed its file is written."""

import logging
import uuid
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from consult.foundation import clock
from consult.foundation.db import Database, add, session
from consult.foundation.files import Store
from consult.opendata import bundle
from consult.opendata.models import Bundle
from consult.opendata.queries import goes_out, list_unbundled
from consult.policy import Actor, system
from consult.rounds.models import Round
from consult.rounds.queries import get_revision
from consult.rounds.verbs import bump
from consult.voting.closing import close_poll, facts_of, find_closing
from consult.voting.models import Poll
from consult.voting.queries import get_poll, list_polls
from consult.voting.results import results_of

Kept = tuple[str, int, str]  # of a file: its stored name, size and SHA-256


def close_polls(database: Database) -> int:
    """Write into the journal what came of polls that ended and whose outcome is known; return how many.

    Where other ballots count since, so that something else came of it, that is written too. Rules that were
    sealed never change: where they did, that is an error, and nothing is written.
    """
    with database.reading():
        due = [poll.id for poll in list_unbundled()]
    return sum(database.write(partial(_close, poll_id, system(clock.now()))) for poll_id in due)


def _close(poll_id: uuid.UUID, actor: Actor) -> bool:
    found = session().get_one(Poll, poll_id)
    poll = get_poll(actor, session().get_one(Round, found.round_id).slug, poll_id)
    result, last = next(one for one in results_of(poll.round) if one.poll_id == poll_id), find_closing(poll_id)
    facts, sealed = facts_of(poll, result), last[0].facts if last is not None else {}
    if result.is_pending or sealed == facts:
        return False
    if sealed.get("rules", facts["rules"]) != facts["rules"]:
        logging.getLogger("consult").error("the rules of poll %s are not those that were sealed", poll_id)
        return False
    close_poll(poll, result, actor)
    return True


def keep_up(database: Database, store: Store, seal: Callable[[], None]) -> int:
    """Make the bundle of every poll that ended and has none that holds; `seal` seals the journal up to now."""
    if close_polls(database):
        seal()
    with database.reading():
        due = [(poll.round.slug, poll.id) for poll in list_unbundled() if goes_out(poll)]
    return sum(_make(database, store, *one) for one in due)


def _make(database: Database, store: Store, slug: str, poll_id: uuid.UUID) -> bool:
    kept: Kept | None = None
    try:
        with database.reading():
            poll = get_poll(system(clock.now()), slug, poll_id)
            revision, closing, made = get_revision(poll.round_id), find_closing(poll_id), session().get(Bundle, poll_id)
            if closing is None:
                return False
            if made is None or made.entry_position != closing[0].position:
                kept = store.keep_made(partial(_written, poll=poll))
    except bundle.NotSealed:
        return False
    except Exception as problem:  # one poll may not hold up everything else that is due
        logging.getLogger("consult").error("no bundle of poll %s: %s", poll_id, type(problem).__name__)
        return False
    database.write(lambda: _keep(poll, closing[0].position, revision, kept))
    return kept is not None


def _keep(poll: Poll, entry_position: int, revision: int, kept: Kept | None) -> None:
    """Keep a file that was made, or note that the one that is there still holds."""
    found = session().get(Bundle, poll.id)
    if kept is None:
        if found is not None:
            found.revision = revision
        return
    made = found or Bundle(poll_id=poll.id)
    made.stored_name, made.size, made.sha256 = kept
    made.made_at, made.entry_position, made.revision = clock.now(), entry_position, revision + 1
    add(made)
    bump(poll.round_id)


def _written(target: BinaryIO, poll: Poll) -> None:
    bundle.write(target, poll.round, [poll], computes=False)


def write_whole(subject: Round, target: BinaryIO) -> int:
    """Write one bundle of all polls of a round that ended and go out; return how many. What they show is sealed."""
    ended = [poll for poll in list_polls(subject.id) if poll.phase.closed_at is not None and goes_out(poll)]
    bundle.write(target, subject, ended)
    return len(ended)
