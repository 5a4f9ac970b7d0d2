"""Passages of a text: its sentences, and where words that were quoted stand after the text was edited. All of it pure.

A text here is what readers get, as words with one space between them (`foundation.text.plain`).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from consult.foundation.anchors import Anchor, Fate, Quote, anchor, is_framed
from consult.foundation.text import plain

_BLOCKS = re.compile(r"</(?:p|li|h3|h4|blockquote)>|<br ?/?>")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9À-Þ]|['’‘][a-z][\s-])")  # also “’s Avonds”


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


def anchored(text: str, quote: Quote) -> Anchor[None]:
    """Say where a quote of an earlier version of a text stands in it now.

    The very words are kept when they begin at the same character, or when a side of them is the same to its end;
    elsewhere they moved. Otherwise as `anchor` says.
    """
    found = anchor(quote, None, {None: text})
    is_kept = found.start == quote.start or is_framed(quote, text, found.start)
    return found if found.fate is not Fate.KEPT or is_kept else replace(found, fate=Fate.MOVED)
