"""What changed between two versions of a draft: paragraphs by their stable id first, then word by word."""

import uuid
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from consult.foundation.text import plain, steps
from consult.synthesis.models import Draft, Paragraph

FOLDED = 3  # so many unchanged paragraphs in a row, or more, are folded

Piece = tuple[str, str]  # "same", "added" or "removed", and the words


class ChangeKind(StrEnum):
    """What happened to a paragraph between two versions."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Change:
    """One paragraph in a comparison of two versions; `section` is the title of where it stands (or stood).

    `moved_from` is the title of the section where it stood, when that is another one. `is_moved`: it stands
    there, or after paragraphs that it stood before.
    """

    kind: ChangeKind
    stable_id: uuid.UUID
    section: str
    pieces: tuple[Piece, ...]
    moved_from: str = ""
    is_moved: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether it stands where it stood, with the same words."""
        return self.kind is ChangeKind.SAME and not self.is_moved

    @property
    def was(self) -> tuple[Piece, ...]:
        """What it said, with the words that went marked."""
        return tuple(piece for piece in self.pieces if piece[0] != "added")

    @property
    def now(self) -> tuple[Piece, ...]:
        """What it says, with the words that came marked."""
        return tuple(piece for piece in self.pieces if piece[0] != "removed")


@dataclass(frozen=True)
class Part:
    """A section in a comparison: stretches of paragraphs, each with whether it is folded.

    `was_called` is its title in the older version, when that is another one.
    """

    title: str
    was_called: str
    stretches: tuple[tuple[bool, tuple[Change, ...]], ...]


def compared(older: Draft, newer: Draft) -> list[Change]:
    """Compare two versions: paragraphs by their stable id, then word by word.

    The order is that of the newer version; a paragraph that was taken out stands after the one that
    it followed. Sections and paragraphs of both are loaded.
    """
    before, after = _placed(older), _placed(newer)
    known = {p.stable_id: (p, title) for p, title in before}
    stays = {p.stable_id for p, _title in after}
    called = retitled(older, newer)
    went = _in_place(before, stays, {was: now for now, was in called.items()})
    moved = _moved([p.stable_id for p, _title in before if p.stable_id in stays], [p.stable_id for p, _t in after])
    changes = list(went.get(None, ()))
    for paragraph, title in after:
        change = _change(known.get(paragraph.stable_id), paragraph, title, called)
        changes.append(replace(change, is_moved=bool(change.moved_from) or paragraph.stable_id in moved))
        changes += went.get(paragraph.stable_id, ())
    return changes


def parts_of(changes: Sequence[Change], called: Mapping[str, str]) -> list[Part]:
    """Divide a comparison into sections, and fold what did not change; `called` is what `retitled` returned."""
    return [
        Part(title, called.get(title, ""), tuple(_stretches(list(held))))
        for title, held in groupby(changes, key=lambda change: change.section)
    ]


def retitled(older: Draft, newer: Draft) -> dict[str, str]:
    """Return the titles of sections that were called otherwise, each with what it was called.

    That is so when all its paragraphs that stood in the older version come from one section of which the title
    is no longer used.
    """
    stood = {p.stable_id: title for p, title in _placed(older)}
    titles = {section.title for section in newer.sections}
    found = {}
    for section in newer.sections:
        came_from = {stood[p.stable_id] for p in section.paragraphs if p.stable_id in stood}
        if len(came_from) == 1 and not came_from & titles:
            found[section.title] = came_from.pop()
    return found


def _stretches(changes: Sequence[Change]) -> Iterator[tuple[bool, tuple[Change, ...]]]:
    for is_quiet, held in groupby(changes, key=lambda change: change.is_quiet):
        row = tuple(held)
        yield is_quiet and len(row) >= FOLDED, row


def _placed(draft: Draft) -> list[tuple[Paragraph, str]]:
    return [(p, section.title) for section in draft.sections for p in section.paragraphs]


def _change(old: tuple[Paragraph, str] | None, paragraph: Paragraph, title: str, called: Mapping[str, str]) -> Change:
    text = plain(paragraph.html)
    if old is None:
        return Change(ChangeKind.ADDED, paragraph.stable_id, title, (("added", text),))
    pieces = changed_words(plain(old[0].html), text)
    same = all(piece[0] == "same" for piece in pieces)
    moved = old[1] if old[1] not in {title, called.get(title)} else ""
    return Change(ChangeKind.SAME if same else ChangeKind.CHANGED, paragraph.stable_id, title, pieces, moved)


def _in_place(
    before: Sequence[tuple[Paragraph, str]], stays: set[uuid.UUID], now_called: Mapping[str, str]
) -> dict[uuid.UUID | None, list[Change]]:
    """Return what was taken out, by the paragraph that stayed before it; None for what stood before all."""
    found: dict[uuid.UUID | None, list[Change]] = {}
    last: uuid.UUID | None = None
    for paragraph, title in before:
        if paragraph.stable_id in stays:
            last = paragraph.stable_id
            continue
        said = (("removed", plain(paragraph.html)),)
        gone = Change(ChangeKind.REMOVED, paragraph.stable_id, now_called.get(title, title), said)
        found.setdefault(last, []).append(gone)
    return found


def _moved(before: Sequence[uuid.UUID], after: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return the fewest paragraphs that must have been moved to make one order the other."""
    stood = {one: i for i, one in enumerate(before)}
    order = [one for one in after if one in stood]
    ends: list[int] = []  # where the last one of the shortest row of each length stood, of all that only go on
    lengths = []
    for one in order:
        length = bisect_left(ends, stood[one])
        ends[length : length + 1] = [stood[one]]
        lengths.append(length)
    wanted, moved = len(ends) - 1, set()
    for one, length in zip(reversed(order), reversed(lengths), strict=True):
        if length == wanted:
            wanted -= 1
        else:
            moved.add(one)
    return moved


def changed_words(older: str, newer: str) -> tuple[Piece, ...]:
    """Return how one text became the other, word by word; every piece but the last ends in a space."""
    a, b = older.split(), newer.split()
    pieces: list[tuple[str, list[str]]] = []
    for tag, a1, a2, b1, b2 in steps(a, b):
        if tag == "equal":
            pieces.append(("same", b[b1:b2]))
            continue
        pieces += [(kind, words) for kind, words in (("removed", a[a1:a2]), ("added", b[b1:b2])) if words]
    ends = len(pieces) - 1
    return tuple((kind, " ".join(words) + ("" if i == ends else " ")) for i, (kind, words) in enumerate(pieces))
