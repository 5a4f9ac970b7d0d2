"""What the worker does: folds ballots that changed into the sums of their poll, and tells the landscape anew."""

import uuid
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import joinedload, undefer

from consult.foundation import clock
from consult.foundation.db import insert_of, locked, session
from consult.landscape.core import Landscape, Previous, landscape
from consult.landscape.matrix import Array, Votes, gather, votes_of
from consult.landscape.models import Folded, Kept
from consult.landscape.moments import Moments
from consult.landscape.queries import (
    find_told,
    list_left_out,
    list_left_out_references,
    list_marks,
    list_references,
    references_of,
)
from consult.landscape.rules import shows_interim, shows_now
from consult.landscape.telling import as_json, interim_json, tell
from consult.rounds.verbs import bump
from consult.voting.models import Ballot, Mark, Poll
from consult.voting.rules import FEWEST

AT_ONCE = 2000  # ballots that are folded in one transaction, so that voters never wait long
PLACE, VOTE = np.dtype("<u2"), np.dtype("i1")
FOLDED: Table = Folded.__table__  # type: ignore[assignment]


def fold(poll_id: uuid.UUID) -> int:
    """Fold ballots that changed since into the sums of their poll, at most 2,000, and return how many they were.

    Ballot and marks are read in one statement, so a vote that comes meanwhile is either in both or comes next time.
    """
    kept = _hold(poll_id)
    changed = _changed(poll_id)
    if not changed:
        return 0
    known = {name: place for place, name in enumerate(kept.statements)}
    for _changes, marks in changed.values():
        for option_id in marks:
            known.setdefault(option_id.hex, len(known))
    sums = _grown(_read(kept.sums), len(known))
    before = _folded(list(changed))
    rows = []
    for ballot_id, (changes, marks) in changed.items():
        told = sorted((known[option_id.hex], value) for option_id, value in marks.items())
        after = _arrays(told)
        sums.fold(before.get(ballot_id, _arrays(())), after)
        rows.append(
            {
                "ballot_id": ballot_id,
                "poll_id": poll_id,
                "changes": changes,
                "places": after[0].astype(PLACE).tobytes(),
                "votes": after[1].astype(VOTE).tobytes(),
            }
        )
    _keep(rows)
    kept.statements, kept.sums = list(known), _written(sums)
    kept.folded += len(rows)
    return len(rows)


def _hold(poll_id: uuid.UUID) -> Kept:
    """Return the row of a poll, made on first use and locked, so that two workers do not fold the same ballot."""
    fresh = {"poll_id": poll_id, "statements": [], "left_out": [], "folded": 0, "computed": -1}
    session().execute(insert_of(Kept).values(fresh).on_conflict_do_nothing(index_elements=["poll_id"]))
    wanted = locked(select(Kept).where(Kept.poll_id == poll_id).options(undefer(Kept.sums)))
    held: Kept = session().scalars(wanted.execution_options(populate_existing=True)).one()
    return held


def _changed(poll_id: uuid.UUID) -> dict[uuid.UUID, tuple[int, dict[uuid.UUID, int]]]:
    some = (
        select(Ballot.id, Ballot.changes)
        .outerjoin(Folded, Folded.ballot_id == Ballot.id)
        .where(Ballot.poll_id == poll_id, Folded.changes.is_distinct_from(Ballot.changes))
        .order_by(Ballot.id)
        .limit(AT_ONCE)
    ).subquery("some")
    wanted = select(some.c.id, some.c.changes, Mark.option_id, Mark.value).outerjoin(Mark, Mark.ballot_id == some.c.id)
    found: dict[uuid.UUID, tuple[int, dict[uuid.UUID, int]]] = {}
    for ballot_id, changes, option_id, value in session().execute(wanted):
        _count, marks = found.setdefault(ballot_id, (changes, {}))
        if option_id is not None and value is not None:
            marks[option_id] = value
    return found


def _folded(ballots: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[Array, Array]]:
    wanted = select(Folded.ballot_id, Folded.places, Folded.votes).where(Folded.ballot_id.in_(ballots))
    return {ballot_id: _unpacked(places, votes) for ballot_id, places, votes in session().execute(wanted)}


def _keep(rows: Sequence[dict[str, Any]]) -> None:
    new = insert_of(Folded.__table__)
    names = ("changes", "places", "votes")
    session().connection().execute(
        new.on_conflict_do_update(index_elements=["ballot_id"], set_={name: new.excluded[name] for name in names}),
        list(rows),
    )


def _arrays(told: Sequence[tuple[int, int]]) -> tuple[Array, Array]:
    places, votes = [place for place, _vote in told], [vote for _place, vote in told]
    return np.array(places, dtype=np.int64), np.array(votes, dtype=np.int64)


def _unpacked(places: bytes, votes: bytes) -> tuple[Array, Array]:
    return np.frombuffer(places, PLACE).astype(np.int64), np.frombuffer(votes, VOTE).astype(np.int64)


def _read(stored: bytes | None) -> Moments:
    if stored is None:
        return Moments.empty(0)
    whole = np.frombuffer(zlib.decompress(stored), np.dtype("<i4")).astype(float)
    width = round((len(whole) / 3) ** 0.5)
    return Moments(*whole.reshape(3, width, width).copy())


def _written(sums: Moments) -> bytes:
    parts = (sums.both, sums.seen_by_vote, sums.seen)
    return zlib.compress(np.stack(parts).astype(np.dtype("<i4")).tobytes(), 1)


def _grown(sums: Moments, width: int) -> Moments:
    more = width - len(sums.seen)
    if not more:
        return sums
    return Moments(*(np.pad(part, (0, more)) for part in (sums.both, sums.seen_by_vote, sums.seen)))


def compute(poll_id: uuid.UUID) -> tuple[Landscape, dict[str, Any]] | None:
    """Compute the landscape of what was folded in, in a unit that only reads; None where there is nothing.

    Also returns what `keep_told` has to know: of which ballots, how many foldings, without what, and whether it is
    final. What is final is computed without what was shown before, so that anybody who computes it gets the same.
    """
    wanted = select(Kept).where(Kept.poll_id == poll_id).options(undefer(Kept.sums))
    kept = session().scalar(wanted)
    if kept is None:
        return None
    left_out = list_left_out(poll_id)
    is_final = _with_round(poll_id).phase.closed_at is not None and not _changed(poll_id)
    votes, labels = _votes(kept)
    previous = Previous(len(set(labels.values())), labels) if labels and not is_final else None
    places = {name: place for place, name in enumerate(kept.statements)}
    counted = set(left_out)
    order = np.array([places[name] for name in votes.statements if name not in counted], dtype=np.int64)
    spread = _read(kept.sums).spread(order) if len(order) else None
    refused = [name for name in votes.statements if name in counted]
    found = landscape(votes, refused=refused, previous=previous, spread=spread)
    return found, {"folded": kept.folded, "left_out": left_out, "before": labels, "is_final": is_final}


def _votes(kept: Kept) -> tuple[Votes, dict[str, int]]:
    wanted = select(Folded.ballot_id, Folded.places, Folded.votes, Folded.label).where(Folded.poll_id == kept.poll_id)
    rows = [row for row in session().execute(wanted) if row.places]
    sizes = [len(row.votes) for row in rows]
    places, values = _unpacked(b"".join(row.places for row in rows), b"".join(row.votes for row in rows))
    people = np.repeat(np.arange(len(rows)), sizes)
    votes = gather([row.ballot_id.hex for row in rows], kept.statements, people, places, values)
    return votes, {row.ballot_id.hex: row.label for row in rows if row.label is not None}


def keep_told(poll_id: uuid.UUID, found: Landscape, known: dict[str, Any]) -> None:
    """Keep what was computed: what pages show as `_show` says, each ballot's label, and the priorities."""
    kept = _hold(poll_id)
    if known["folded"] < kept.computed:
        return  # another worker told more already
    kept.left_out, kept.computed = known["left_out"], known["folded"]
    kept.priorities = dict(zip(found.statements, found.priorities.tolist(), strict=True))
    now = found.as_previous.labels if found.as_previous else {}
    names = now.keys() | known["before"].keys()
    moved = [{"ballot": uuid.UUID(n), "now": now.get(n)} for n in names if now.get(n) != known["before"].get(n)]
    if moved:
        change = update(FOLDED).where(FOLDED.c.ballot_id == bindparam("ballot")).values(label=bindparam("now"))
        session().connection().execute(change, moved)
    poll = _with_round(poll_id)
    if _show(kept, poll, found, is_final=known["is_final"]) and shows_now(poll):
        bump(poll.round_id)


def _show(kept: Kept, poll: Poll, found: Landscape, *, is_final: bool) -> bool:
    """Keep what pages show, and say whether that changed.

    While people still answer nothing is kept, unless the round shows it: then in steps. What was computed waits until
    five people more said something, and only then the next is made. So no two pages, the final one among them, differ
    by fewer than five people, and nobody can read from two of them what one person answered.
    """
    if is_final:
        kept.told, kept.coming, kept.computed_at, kept.is_final = tell(found), None, clock.now(), True
        return True
    if not shows_interim(poll) or kept.folded != kept.computed:
        return False
    mine = (FOLDED.c.poll_id == poll.id, FOLDED.c.counted.is_distinct_from(FOLDED.c.changes))
    if (session().scalar(select(func.count()).select_from(FOLDED).where(*mine)) or 0) < FEWEST:
        return False
    is_next = kept.coming_at is not None
    if is_next:
        session().refresh(kept, attribute_names=["coming"])
        kept.told, kept.computed_at = kept.coming, kept.coming_at
    kept.coming, kept.coming_at = tell(found), clock.now()
    session().connection().execute(update(FOLDED).where(*mine).values(counted=FOLDED.c.changes))
    return is_next


def _with_round(poll_id: uuid.UUID) -> Poll:
    wanted = select(Poll).where(Poll.id == poll_id).options(joinedload(Poll.phase), joinedload(Poll.round))
    return session().scalars(wanted).one()


def sums_of(poll_id: uuid.UUID) -> tuple[list[str], Moments]:
    """Return the statements of a poll in their order, and the sums as they are kept."""
    kept = session().scalars(select(Kept).where(Kept.poll_id == poll_id).options(undefer(Kept.sums))).one()
    return kept.statements, _read(kept.sums)


def told_of_poll(poll: Poll, slug: str) -> dict[str, Any] | None:
    """Return a poll's landscape for `consult landscape`; None while there is none that may be told.

    Of a poll that was closed from its marks alone, without what was shown before. While people answer it is what the
    page shows, which changes by five people or more at a time: what is printed is passed on as well.
    """
    if poll.phase.closed_at is None:
        told, _is_final = find_told(poll)
        if told is None or "figures" not in told:  # an earlier release kept none; the next step brings them
            return None
        return interim_json(told, slug, list_references(poll.id))
    marks = list_marks(poll.id)
    names = references_of(poll)
    votes = votes_of((names.get(ballot, ballot), reference, value) for ballot, reference, value in marks)
    found = landscape(votes, refused=list_left_out_references(poll.id))
    known = {name: name for name in names.values()}
    return as_json(found, slug, statements=len(votes.statements), votes=len(marks), members=known)
