"""Finding quoted words again in a text that changed: they were kept, they moved, they changed, or they are gone."""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Generic, TypeVar

from consult.foundation.language import N_, Worded

LEAST = 0.6  # how alike words must be to be the quote, changed: twice the words they share, of the words of both
AROUND = 40  # characters before and after a quote that tell apart where the same words stand more than once
TELLING = 16  # characters; what is shorter is only looked for where it stood, for it stands everywhere
CANDIDATES = 5  # stretches that are compared word by word
PLACES = 400  # where the same words stand, that are compared with what stood around them
LONGEST = 400  # words of a quote that are looked for when it changed

Place = TypeVar("Place", bound=Hashable)


class Fate(Worded):
    """What became of a passage in a later text."""

    KEPT = "kept", N_("unchanged")
    MOVED = "moved", N_("moved")
    CHANGED = "changed", N_("changed")
    GONE = "gone", N_("gone")


@dataclass(frozen=True)
class Quote:
    """Words of a text, what stood before and after them, and the character at which they began there."""

    words: str
    prefix: str = ""
    suffix: str = ""
    start: int = 0


@dataclass(frozen=True)
class Anchor(Generic[Place]):
    """Where a quote stands now: in which text, and from which character to which; `place` is None when gone.

    `alike` says how much of it is left: 1 when it was kept or moved, 0 when it is gone, else as for `LEAST`.
    """

    fate: Fate
    place: Place | None = None
    start: int = 0
    end: int = 0
    alike: float = 0.0


def cut(text: str, start: int, end: int) -> Quote:
    """Return the quote of a part of a text with what stands around it."""
    return Quote(text[start:end], text[max(0, start - AROUND) : start], text[end : end + AROUND], start)


def quote_in(text: str, words: str) -> Quote | None:
    """Return the quote of a text that somebody means by these words, or None when they do not stand there.

    White space and capitals may differ. The first place counts.
    """
    wanted, held = " ".join(words.split()), " ".join(text.split())
    at = held.find(wanted)
    if at < 0 and len(held.casefold()) == len(held):
        at = held.casefold().find(wanted.casefold())
    return cut(held, at, at + len(wanted)) if at >= 0 else None


def anchor(quote: Quote, home: Place, texts: Mapping[Place, str]) -> Anchor[Place]:
    """Find a quote of the text `home` again among later texts, in their order.

    The very words in `home`: kept. The very words in another text: moved. Words that are at least `LEAST` alike,
    in `home` or else in another: changed. Otherwise gone. Where the same words stand more than once, what stood
    around them decides, then what is nearest to where they began, then what comes first. Part of a word is not
    the word. Texts come in with one space between their words.
    """
    if not quote.words.strip():
        return Anchor(Fate.GONE)
    kept = _very(quote, texts[home]) if home in texts else None
    if kept is not None:
        return Anchor(Fate.KEPT, home, kept, kept + len(quote.words), 1.0)
    moved = [(_around(quote, texts[place], at), -i, place, at) for i, place, at in _elsewhere(quote, home, texts)]
    if moved:
        _likest, _order, place, at = max(moved, key=lambda one: one[:2])
        return Anchor(Fate.MOVED, place, at, at + len(quote.words), 1.0)
    return _changed(quote, home, texts)


def is_framed(quote: Quote, text: str, at: int) -> bool:
    """Whether the very words, at a place, have the same beside them on one side as before; nothing says nothing."""
    before = bool(quote.prefix.strip()) and text[:at].endswith(quote.prefix)
    after = bool(quote.suffix.strip()) and text[at + len(quote.words) :].startswith(quote.suffix)
    return before or after


def _elsewhere(quote: Quote, home: Place, texts: Mapping[Place, str]) -> Iterator[tuple[int, Place, int]]:
    if len(quote.words) >= TELLING:
        for i, (place, text) in enumerate(texts.items()):
            at = _very(quote, text) if place != home else None
            if at is not None:
                yield i, place, at


def _very(quote: Quote, text: str) -> int | None:
    """Return where the very words stand in a text: of several places the one with the likest surroundings."""
    places: list[int] = []
    at = text.find(quote.words)
    while at >= 0 and len(places) < PLACES:
        if _is_whole(text, at, at + len(quote.words)):
            places.append(at)
        at = text.find(quote.words, at + 1)
    return max(places, key=lambda one: (_around(quote, text, one), -abs(one - quote.start))) if places else None


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a part of a text cuts no word in two."""
    return not any(0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum() for at in (start, end))


def _around(quote: Quote, text: str, at: int) -> int:
    """Count the characters around a place that are those around the quote."""
    end = at + len(quote.words)
    before = _same_start(quote.prefix[::-1], text[max(0, at - AROUND) : at][::-1])
    return before + _same_start(quote.suffix, text[end : end + AROUND])


def _same_start(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _changed(quote: Quote, home: Place, texts: Mapping[Place, str]) -> Anchor[Place]:
    """Look for the stretch that is most like the quote: where it stood, and only then elsewhere."""
    wanted = [_bare(word) for word in quote.words.split()[:LONGEST]]
    if home in texts and (here := _likest(wanted, texts[home])) is not None:
        return Anchor(Fate.CHANGED, home, *here)
    best: Anchor[Place] = Anchor(Fate.GONE)
    if len(quote.words) < TELLING:
        return best
    bag = Counter(wanted)
    for place, text in texts.items():
        if place == home or (bag & _bag(text)).total() < LEAST * len(wanted) * LEAST:
            continue
        found = _likest(wanted, text)
        if found is not None and found[2] > best.alike:
            best = Anchor(Fate.CHANGED, place, *found)
    return best


def _likest(wanted: Sequence[str], text: str) -> tuple[int, int, float] | None:
    """Return from where to where the likest stretch of a text stands, and how alike it is; None below `LEAST`.

    Windows of its length come first; those that share the most words are then compared word by word.
    """
    spans = [found.span() for found in re.finditer(r"\S+", text)]
    bare = [_bare(text[a:b]) for a, b in spans]
    tried = [found for first in _windows(bare, wanted) if (found := _trimmed(bare, wanted, first)) is not None]
    if not tried:
        return None
    first, last, alike = max(tried, key=lambda found: (found[2], -found[0]))
    return (spans[first][0], spans[last - 1][1], alike) if alike >= LEAST else None


def _windows(bare: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return where the windows begin that share most words with what is wanted, the most first."""
    size, needed = len(wanted), Counter(wanted)
    seen = Counter(bare[:size])
    shared = (seen & needed).total()
    counts = [(shared, 0)]
    for first in range(1, max(1, len(bare) - size + 1)):
        gone, come = bare[first - 1], bare[first + size - 1]
        shared -= seen[gone] <= needed[gone]
        seen[gone] -= 1
        seen[come] += 1
        shared += seen[come] <= needed[come]
        counts.append((shared, first))
    found = sorted((count for count in counts if count[0]), key=lambda count: (-count[0], count[1]))
    return [first for _shared, first in found[:CANDIDATES]]


def _trimmed(bare: Sequence[str], wanted: Sequence[str], first: int) -> tuple[int, int, float] | None:
    """Compare a window, half its length wider on both sides, and cut it to where it is most like what is wanted."""
    size = len(wanted)
    left, right = max(0, first - size // 2), min(len(bare), first + size + size // 2)
    matcher = SequenceMatcher(None, wanted, bare[left:right], autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    best: tuple[int, int, float] | None = None
    for i, begun in enumerate(blocks):
        matched = 0
        for block in blocks[i:]:
            matched += block.size
            begin, end = begun.b, block.b + block.size
            likeness = 2 * matched / (size + end - begin)
            if best is None or likeness > best[2]:
                best = left + begin, left + end, likeness
    return best


def _bare(word: str) -> str:
    """Return a word without capitals and the signs around it; a sign by itself stays."""
    return re.sub(r"^\W+|\W+$", "", word.casefold()) or word


@lru_cache(maxsize=2048)
def _bag(text: str) -> Counter[str]:
    return Counter(map(_bare, text.split()))
