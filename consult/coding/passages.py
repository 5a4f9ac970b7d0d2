"""Passages of a text: its sentences, and where words that were quoted stand after the text was edited. All of it pure.

A text here is what readers get, as words with one space between them (`foundation.text.plain`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise, takewhile

from consult.foundation.text import plain

AROUND = 32  # characters that are kept before and after a quote
LIKE_ENOUGH = 0.6  # from here on other words are the quote, changed: twice the words they share, of the words of both
CANDIDATES = 5  # places that are compared word by word
_BLOCKS = re.compile(r"</(?:p|li|h3|h4|blockquote)>|<br ?/?>")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9À-Þ]|['’‘][a-z][\s-])")  # also “’s Avonds”


class Stands(StrEnum):
    """What became of a quote in a later text."""

    KEPT = "kept"  # the same words in the same surroundings
    MOVED = "moved"  # the same words elsewhere
    CHANGED = "changed"  # other words that are like it
    GONE = "gone"


@dataclass(frozen=True)
class Quote:
    """Words of a text, the character at which they began there, and some characters before and after them."""

    words: str
    start: int
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Anchor:
    """Where a quote stands in a text: from `start` up to `end`; `likeness` is 1 for the same words, 0 when gone."""

    stands: Stands
    start: int = 0
    end: int = 0
    likeness: float = 0.0


def sentences(html: str) -> list[str]:
    """Return the sentences of stored HTML in their order; joined by a space they are its words.

    A paragraph, a line and a point of a list end one, and so does a mark before a capital or a number.
    """
    lines = (plain(block) for block in _BLOCKS.split(html))
    return [one for line in lines if line for one in _split(line)]


def _split(line: str) -> list[str]:
    cuts = [found.start() + len(found.group().rstrip()) for found in _SENTENCE_END.finditer(line)]
    parts = (line[a:b].strip() for a, b in pairwise([0, *cuts, len(line)]))
    return [part for part in parts if part]


def runs(found: Sequence[str], ticked: Sequence[int]) -> list[tuple[int, str]]:
    """Return the passages that ticked sentences make: those that follow each other are one; with its first character.

    Sentences are counted from 0; a number that no sentence has is left out.
    """
    starts = [sum(len(one) + 1 for one in found[:n]) for n in range(len(found))]
    made: list[tuple[int, str]] = []
    before = None
    for number in sorted({n for n in ticked if 0 <= n < len(found)}):
        if before is not None and number == before + 1:
            start, words = made[-1]
            made[-1] = start, f"{words} {found[number]}"
        else:
            made.append((starts[number], found[number]))
        before = number
    return made


def cut(text: str, start: int, end: int) -> Quote:
    """Return the quote of a part of a text with what stands around it."""
    return Quote(text[start:end], start, text[max(0, start - AROUND) : start], text[end : end + AROUND])


def anchored(text: str, quote: Quote) -> Anchor:
    """Say where a quote stands in a text now.

    The same words are found first; where they stand more than once, where the most of their surroundings is the
    same, and then nearest to where they stood. They are kept when they begin at the same character, or when
    a side of them is the same to its end; elsewhere they moved. Else the part of the text that is most like
    them counts, where it is like enough: they changed. Else they are gone.
    """
    if not quote.words.strip():
        return Anchor(Stands.GONE)
    places = [found.start() for found in re.finditer(_whole_words(quote.words), text)]
    if places:
        best = max(places, key=lambda at: (_around(text, at, quote), -abs(at - quote.start)))
        is_kept = best == quote.start or _is_framed(text, best, quote)
        return Anchor(Stands.KEPT if is_kept else Stands.MOVED, best, best + len(quote.words), 1.0)
    return _most_like(text, quote)


def _whole_words(words: str) -> str:
    begin = r"(?<!\w)" if words[0].isalnum() else ""
    end = r"(?!\w)" if words[-1].isalnum() else ""
    return f"{begin}(?={re.escape(words)}{end})"


def _around(text: str, at: int, quote: Quote) -> int:
    """Count the characters next to a place that are those of the quote."""
    end = at + len(quote.words)
    before = _same(reversed(text[max(0, at - AROUND) : at]), reversed(quote.prefix))
    return before + _same(text[end : end + AROUND], quote.suffix)


def _same(one: Iterable[str], other: Iterable[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _is_framed(text: str, at: int, quote: Quote) -> bool:
    """Whether one side of a place is the same as of the quote; an empty side says nothing."""
    end = at + len(quote.words)
    before = bool(quote.prefix.strip()) and text[:at].endswith(quote.prefix)
    after = bool(quote.suffix.strip()) and text[end:].startswith(quote.suffix)
    return before or after


def _most_like(text: str, quote: Quote) -> Anchor:
    """Find the part of a text that shares most words with a quote: windows of its length first, then word by word."""
    spans = [found.span() for found in re.finditer(r"\S+", text)]
    bare = [_bare(text[a:b]) for a, b in spans]
    wanted = [_bare(word) for word in quote.words.split()]
    best = Anchor(Stands.GONE)
    for first in _windows(bare, wanted):
        found = _trimmed(bare, wanted, first)
        if found is not None and found[2] > best.likeness:
            best = Anchor(Stands.CHANGED, spans[found[0]][0], spans[found[1] - 1][1], found[2])
    return best if best.likeness >= LIKE_ENOUGH else Anchor(Stands.GONE)


def _bare(word: str) -> str:
    return re.sub(r"^\W+|\W+$", "", word.casefold()) or word


def _windows(bare: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return where the windows begin that share most words with what is wanted, the most first."""
    size, needed = len(wanted), Counter(wanted)
    seen: Counter[str] = Counter(bare[:size])
    shared = sum((seen & needed).values())
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
