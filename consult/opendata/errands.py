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
from consult.opendata.queries import list_unbundled
from consult.policy import Actor, system
from consult.rounds.models import Round
from consult.rounds.verbs import bump
from consult.voting.closing import close_poll, find_closing
from consult.voting.models import Poll
from consult.voting.queries import get_poll, list_polls
from consult.voting.results import results_of


def close_polls(database: Database) -> int:
    """Write into the journal what came of polls that ended and whose outcome is known; return how many."""
    with database.reading():
        due = [poll.id for poll in list_unbundled() if find_closing(poll.id) is None]
    for poll_id in due:
        database.write(partial(_close, poll_id, system(clock.now())))
    return len(due)


def _close(poll_id: uuid.UUID, actor: Actor) -> None:
    found = session().get_one(Poll, poll_id)
    poll = get_poll(actor, session().get_one(Round, found.round_id).slug, poll_id)
    result = next(one for one in results_of(poll.round) if one.poll_id == poll_id)
    if find_closing(poll_id) is None:
        close_poll(poll, result, actor)


def keep_up(database: Database, store: Store, seal: Callable[[], None]) -> int:
    """Make the bundle of every poll that ended and has none; `seal` seals the journal and writes a checkpoint."""
    close_polls(database)
    with database.reading():
        due = [(poll.round.slug, poll.id) for poll in list_unbundled()]
    if due:
        seal()
    return sum(_make(database, store, *one) for one in due)


def _make(database: Database, store: Store, slug: str, poll_id: uuid.UUID) -> bool:
    try:
        with database.reading():
            poll = get_poll(system(clock.now()), slug, poll_id)
            kept = store.keep_made(partial(_written, poll=poll))
    except bundle.NotSealed:
        return False
    except Exception as problem:  # one poll may not hold up everything else that is due
        logging.getLogger("consult").error("no bundle of poll %s: %s", poll_id, type(problem).__name__)
        return False
    database.write(lambda: _keep(poll_id, poll.round_id, *kept))
    return True


def _written(target: BinaryIO, poll: Poll) -> None:
    bundle.write(target, poll.round, [poll])


def _keep(poll_id: uuid.UUID, round_id: uuid.UUID, stored_name: str, size: int, sha256: str) -> None:
    if session().get(Bundle, poll_id) is None:
        add(Bundle(poll_id=poll_id, stored_name=stored_name, size=size, sha256=sha256, made_at=clock.now()))
        bump(round_id)


def write_whole(subject: Round, target: BinaryIO) -> int:
    """Write one bundle of all polls of a round that ended; return how many. What they show must be sealed."""
    ended = [poll for poll in list_polls(subject.id) if poll.phase.closed_at is not None]
    bundle.write(target, subject, ended)
    return len(ended)
