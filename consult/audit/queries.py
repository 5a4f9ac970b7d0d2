"""Reading the journal, and the tree that seals it."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import TypeVar

from sqlalchemy import and_, func, not_, or_, select

from consult.audit.merkle import Part
from consult.audit.models import Checkpoint, Entry, Leaf, Node
from consult.foundation.db import session
from consult.foundation.language import local
from consult.policy import Act

Thing = TypeVar("Thing")
LEVELS = 30  # conditions in one statement


def list_entries(round_id: uuid.UUID, *, before: int | None = None, limit: int = 50, but: str = "") -> list[Entry]:
    """List what was done in a round, newest first, from `before` on, leaving out the act `but`."""
    wanted = select(Entry).where(Entry.round_id == round_id, Entry.act != but)
    if before is not None:
        wanted = wanted.where(Entry.position < before)
    return list(session().scalars(wanted.order_by(Entry.position.desc()).limit(limit)))


def list_entries_on(subject_id: uuid.UUID) -> list[Entry]:
    """List what was done to one thing, oldest first."""
    wanted = select(Entry).where(Entry.subject_id == subject_id, Entry.result == "done")
    return list(session().scalars(wanted.order_by(Entry.position)))


OF_VOTE = and_(Entry.act == Act.CAST_VOTE.value, Entry.result == "done", Entry.actor_id.is_(None))


def list_unsealed(limit: int, *, votes_of: Collection[uuid.UUID] = ()) -> list[Entry]:
    """List entries that have no leaf yet, the oldest first: those of votes in some polls, or all that are no vote."""
    chosen = and_(OF_VOTE, Entry.subject_id.in_(list(votes_of))) if votes_of else not_(OF_VOTE)
    wanted = (
        select(Entry)
        .outerjoin(Leaf, Leaf.entry_position == Entry.position)
        .where(Leaf.position.is_(None), chosen)
        .order_by(Entry.position)
        .limit(limit)
    )
    return list(session().scalars(wanted))


def count_unsealed() -> dict[uuid.UUID, tuple[int, int]]:
    """Count the votes of each poll that have no leaf yet, and the ballots they are of; the oldest first."""
    ballots = func.count(Entry.facts["tag"].as_string().distinct())
    wanted = (
        select(Entry.subject_id, func.count(), ballots)
        .outerjoin(Leaf, Leaf.entry_position == Entry.position)
        .where(Leaf.position.is_(None), OF_VOTE, Entry.subject_id.is_not(None))
        .group_by(Entry.subject_id)
        .order_by(func.min(Entry.position))
    )
    return {poll_id: (votes, number) for poll_id, votes, number in session().execute(wanted) if poll_id is not None}


def count_leaves() -> int:
    """Return how large the tree is."""
    last = session().scalar(select(func.max(Leaf.position)))
    return 0 if last is None else last + 1


def find_checkpoint(covering: int = 0) -> Checkpoint | None:
    """Find the newest checkpoint of a tree of at least that size."""
    wanted = select(Checkpoint).where(Checkpoint.size >= covering).order_by(Checkpoint.size.desc()).limit(1)
    return session().scalars(wanted).one_or_none()


def list_checkpoints(limit: int) -> list[Checkpoint]:
    """List checkpoints, the newest first."""
    return list(session().scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(limit)))


def is_first_of_day(made: Checkpoint) -> bool:
    """Say whether a checkpoint is the first one of its day."""
    before = select(Checkpoint.made_at).where(Checkpoint.size < made.size).order_by(Checkpoint.size.desc())
    last = session().scalar(before.limit(1))
    return last is None or local(last).date() != local(made.made_at).date()


def list_daily_sizes() -> list[int]:
    """List how large the tree was at the first checkpoint of each day; no other one is mailed."""
    first = dict[date, int]()
    for size, made_at in session().execute(select(Checkpoint.size, Checkpoint.made_at).order_by(Checkpoint.size)):
        first.setdefault(local(made_at).date(), size)
    return list(first.values())


def find_places(hashes: Collection[bytes]) -> dict[bytes, int]:
    """Return where in the tree leaves stand, by their hashes; those that are not there are absent."""
    found = dict[bytes, int]()
    for some in _some(hashes):
        wanted = select(Leaf.hash, func.min(Leaf.position)).where(Leaf.hash.in_(some)).group_by(Leaf.hash)
        found |= {bytes(one): position for one, position in session().execute(wanted)}
    return found


def hashes_of(wanted: Iterable[Part]) -> dict[Part, bytes]:
    """Return the hashes of whole parts of the tree; a part of level 0 is a leaf."""
    places = defaultdict[int, list[int]](list)
    for level, place in wanted:
        places[level].append(place)
    found = dict[Part, bytes]()
    for some in _some(places.pop(0, [])):
        leaves = session().execute(select(Leaf.position, Leaf.hash).where(Leaf.position.in_(some)))
        found |= {(0, place): bytes(one) for place, one in leaves}
    levels = [(level, some) for level, held in places.items() for some in _some(held)]
    for some_levels in _some(levels, LEVELS):
        here = or_(*(and_(Node.level == level, Node.place.in_(some)) for level, some in some_levels))
        nodes = session().execute(select(Node.level, Node.place, Node.hash).where(here))
        found |= {(level, place): bytes(one) for level, place, one in nodes}
    return found


def _some(wanted: Collection[Thing], size: int = 400) -> Iterator[list[Thing]]:
    """Give things in lists that fit one statement."""
    left = iter(wanted)
    while some := list(islice(left, size)):
        yield some
