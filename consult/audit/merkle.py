"""Merkle trees as RFC 6962 has them (section 2.1), SHA-256: one hash stands for all leaves in their order.

A part (level, place) is the whole subtree over the leaves from place * 2**level up to (place + 1) * 2**level. A tree
of any size is a row of whole parts, the largest first; it only grows at its right end, so a part never changes.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

Part = tuple[int, int]
EMPTY = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf: a zero byte stands before its data."""
    return hashlib.sha256(b"\x00" + data).digest()


def pair_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees side by side: a one stands before them."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def parts(start: int, end: int) -> Iterator[Part]:
    """Give the fewest whole parts that lie over the leaves from `start` up to `end`, from left to right."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def folded(hashes: Sequence[bytes]) -> bytes:
    """Return the hash of parts side by side, of which each is larger than the next one."""
    if not hashes:
        return EMPTY
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = pair_hash(left, found)
    return found


def beside(position: int, size: int) -> list[tuple[int, int]]:
    """Return over which leaves each hash of an inclusion proof lies, from the leaf upwards (RFC 6962, 2.1.1)."""
    start, end, found = 0, size, list[tuple[int, int]]()
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if position < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def proof(position: int, size: int, known: Callable[[Part], bytes]) -> list[bytes]:
    """Return the inclusion proof of a leaf in the tree of that size; `known` tells the hash of a whole part."""
    return [folded([known(part) for part in parts(*within)]) for within in beside(position, size)]


def root_of(leaf: bytes, position: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """Return the root to which a proof leads from the hash of a leaf (RFC 9162, 2.1.3.2); None: it can lead to none."""
    place, last, found = position, size - 1, leaf
    if not 0 <= position < size:
        return None
    for one in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = pair_hash(one, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = pair_hash(found, one)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None


class Growing:
    """A tree that grows leaf by leaf, or by whole parts; it holds the hashes of its row of parts alone."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._row = [(level, found) for (level, _place), found in zip(parts(0, size), hashes, strict=True)]

    @property
    def root(self) -> bytes:
        """The hash of the whole tree as it is now."""
        return folded([found for _level, found in self._row])

    def add(self, found: bytes, level: int = 0) -> list[tuple[Part, bytes]]:
        """Add a leaf by its hash, or a whole part; return the larger parts that it completes, with their hashes.

        Raises ValueError for a part that cannot stand at this place.
        """
        if self.size % (1 << level):
            raise ValueError(f"no part of level {level} begins at leaf {self.size}")
        self.size += 1 << level
        made = list[tuple[Part, bytes]]()
        while self._row and self._row[-1][0] == level:
            found, level = pair_hash(self._row.pop()[1], found), level + 1
            made.append(((level, (self.size >> level) - 1), found))
        self._row.append((level, found))
        return made
