"""Sealing the journal: its entries become leaves of one tree, ballots shuffled; and judging whether all of it holds.

Acts write their entries, the worker appends leaves a moment later: so nobody who votes waits for a tree. Unsealed
means: has no leaf. No number of an entry is ever taken for a mark up to which all is sealed, for a lower one can
become visible later.
"""

import base64
import secrets
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, func, insert, select

from consult.audit.merkle import Growing, Part, leaf_hash, parts
from consult.audit.models import Checkpoint, Entry, Leaf, Node
from consult.audit.queries import count_leaves, count_unsealed, find_checkpoint, hashes_of, list_unsealed
from consult.audit.verbs import fits, sealed_digest
from consult.foundation import clock
from consult.foundation.db import add, alone, session
from consult.foundation.notes import BadNote, Signer, is_signed, opened, unsigned

TREE = 6962  # the number under which one seals at a time
AT_ONCE = 5_000  # entries that are sealed in one transaction
HIDDEN_AMONG = 10  # ballots of a poll among which the order of each is lost
EVERY = timedelta(hours=1)  # between two checkpoints
CHUNK = 1_000  # leaves that are judged at a time

Ended = Callable[[Collection[uuid.UUID]], Collection[uuid.UUID]]


def seal_next(ended: Ended) -> int:
    """Append some of what is not sealed yet to the tree, and return how many entries that were.

    Votes wait until there are some of ten ballots of their poll, or it is one of those that `ended`; then they go in
    shuffled, and before the other entries, so that no vote stands behind the close of its poll.
    """
    alone(TREE)
    polls = _ready(ended)
    ready = list_unsealed(AT_ONCE, votes_of=polls)
    if polls:
        secrets.SystemRandom().shuffle(ready)
    _append(ready)
    return len(ready)


def _ready(ended: Ended) -> list[uuid.UUID]:
    """Choose the polls whose votes can be sealed now: as many as fit one transaction whole, and at least one.

    What still waits in other polls holds them up no longer, however much that is.
    """
    waiting, chosen, room = count_unsealed(), list[uuid.UUID](), AT_ONCE
    over = ended(waiting.keys()) if waiting else ()
    for poll_id, (votes, ballots) in waiting.items():
        if (poll_id in over or ballots >= HIDDEN_AMONG) and (votes <= room or not chosen):
            chosen.append(poll_id)
            room -= votes
    return chosen


def _append(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    size = count_leaves()
    tree = _grown(size)
    leaves, nodes = list[dict[str, object]](), list[dict[str, object]]()
    for position, entry in enumerate(entries, start=size):
        found = leaf_hash(sealed_digest(entry))
        leaves.append({"position": position, "entry_position": entry.position, "hash": found})
        nodes += [{"level": level, "place": place, "hash": made} for (level, place), made in tree.add(found)]
    session().execute(insert(cast("Table", Leaf.__table__)), leaves)
    if nodes:
        session().execute(insert(cast("Table", Node.__table__)), nodes)


def _grown(size: int) -> Growing:
    row = list(parts(0, size))
    known = hashes_of(row)
    return Growing(size, [known[part] for part in row])


def set_checkpoint(origin: str, signer: Signer | None, *, is_due: bool = False) -> Checkpoint | None:
    """Write down what the tree is now, an hour after the last time, or at once where one `is_due`; None: not now.

    The note is the C2SP form of a checkpoint: origin, size, root.
    """
    alone(TREE)
    size, last, now = count_leaves(), find_checkpoint(), clock.now()
    if size == 0 or (last is not None and (last.size == size or not (is_due or now - last.made_at >= EVERY))):
        return None
    root = _grown(size).root
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    note = signer.signed(text) if signer is not None else unsigned(text)
    return add(Checkpoint(size=size, root=root, note=note, made_at=now))


@dataclass(frozen=True)
class Judged:
    """What was found of the journal: how many are sealed and wait, the root, and the first place that does not hold."""

    size: int
    root: bytes
    waiting: int
    bad: int | None = None
    why: str = ""


def judge(anchor: tuple[int, bytes] | None = None, public: str = "") -> Judged:
    """Build the whole tree again from the entries, and compare it with all that is stored of it.

    `anchor` is a size and a root that somebody kept elsewhere; `public` the key that must have signed checkpoints.
    """
    tree, found = Growing(), _Known(anchor, public)
    size = count_leaves()
    bad = found.judge(tree)
    for start in range(0, size, CHUNK):
        if bad is None:
            bad = _judge_chunk(tree, start, found)
    waiting = session().scalar(select(func.count(Entry.position))) or 0
    told = Judged(tree.size, tree.root, waiting - size)
    if bad is None:
        bad = found.missing(tree.size)
    return told if bad is None else Judged(tree.size, tree.root, waiting - size, *bad)


Bad = tuple[int, str]


class _Known:
    """The roots that the tree had at some sizes, as checkpoints and an anchor tell."""

    def __init__(self, anchor: tuple[int, bytes] | None, public: str) -> None:
        self.roots: dict[int, list[tuple[bytes, str]]] = defaultdict(list)
        self.wrong = list[Bad]()
        for one in session().scalars(select(Checkpoint).order_by(Checkpoint.size)):
            self.roots[one.size].append((one.root, "the checkpoint of this size has another root"))
            if problem := _judge_note(one, public):
                self.wrong.append((one.size, problem))
        if anchor is not None:
            self.roots[anchor[0]].append((anchor[1], "the root that was kept elsewhere is another one"))

    def judge(self, tree: Growing) -> Bad | None:
        """Compare the root of a tree that has grown to a size that is known."""
        for root, words in self.roots.get(tree.size, ()):
            if root != tree.root:
                return tree.size, words
        return next((one for one in self.wrong if one[0] == tree.size), None)

    def missing(self, size: int) -> Bad | None:
        """Say where leaves are gone that were there once."""
        return (
            (size, "the tree was larger once, and what came after this is gone")
            if max(self.roots, default=0) > size
            else None
        )


def _judge_note(one: Checkpoint, public: str) -> str:
    try:
        told = opened(one.note).splitlines()
        if told[1:] != [str(one.size), base64.b64encode(one.root).decode()]:
            return "the note of a checkpoint says something else than its row"
        return "" if not public or is_signed(one.note, public) else "the note of a checkpoint is not signed by this key"
    except BadNote as problem:
        return f"the note of a checkpoint cannot be read: {problem}"


def _judge_chunk(tree: Growing, start: int, known: _Known) -> Bad | None:
    wanted = (
        select(Leaf.position, Leaf.hash, Entry)
        .outerjoin(Entry, Entry.position == Leaf.entry_position)
        .order_by(Leaf.position)
        .where(Leaf.position >= start, Leaf.position < start + CHUNK)
    )
    made = dict[Part, bytes]()
    for position, found, entry in session().execute(wanted):
        problem = _judge_leaf(tree.size, position, found, entry)
        if problem:
            return tree.size, problem
        made |= dict(tree.add(found))
        if bad := known.judge(tree):
            return bad
    session().expunge_all()
    return _judge_parts(made)


def _judge_leaf(expected: int, position: int, found: bytes, entry: Entry | None) -> str:
    if position != expected:
        return "a leaf is missing here"
    if entry is None:
        return "the entry of this leaf is gone"
    if not fits(entry):
        return "this entry was changed after it was written"
    return "" if leaf_hash(sealed_digest(entry)) == found else "this entry is another one than was sealed"


def _judge_parts(made: Mapping[Part, bytes]) -> Bad | None:
    stored = hashes_of(made)
    wrong = [place << level for (level, place), found in made.items() if stored.get((level, place)) != found]
    return (min(wrong), "a stored part of the tree is another one than its leaves make") if wrong else None
