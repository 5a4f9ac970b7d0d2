"""Passages that moderators took out of a text: finding them, and what readers get in their place."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from consult.contributions.models import Contribution
from consult.foundation import text as texts

MARKS = {"nl": "[deel weggehaald]"}  # by the language of the text, so that a Dutch text stays Dutch everywhere
OTHER_MARK = "[part removed]"


@dataclass(frozen=True)
class Said:
    """A title and a text, with the HTML that was made of the text."""

    title: str
    text: str
    html: str


def mark_in(language: str) -> str:
    """Return what stands where a passage was taken away."""
    return MARKS.get(language, OTHER_MARK)


def covered(text: str, passages: Sequence[str], mark: str) -> str:
    """Return a text with the mark in place of every passage, each time that it occurs.

    Case and the kind and number of spaces make no difference; part of a word is no passage. Passages that
    touch or overlap become one mark.
    """
    kept, end = [], 0
    for start, until in _joined(sorted(_places(text, passages))):
        kept += [text[end:start], mark]
        end = until
    return "".join([*kept, text[end:]])


def missing(passages: Iterable[str], texts_: Sequence[str]) -> list[str]:
    """Return the passages that stand in none of some texts."""
    return [one for one in passages if not any(holds(text, one) for text in texts_)]


def holds(text: str, passage: str) -> bool:
    """Say whether a passage stands in a text, word by word."""
    return next(_places(text, [passage]), None) is not None


def face(said: Said, contribution: Contribution, hidden: Sequence[str] | None = None) -> Said:
    """Return what readers get of a text of this contribution; the text itself where no hidden passage stands in it.

    `hidden`: what it would be without these passages instead of those that moderators took away.
    """
    passages, mark = contribution.hidden if hidden is None else hidden, mark_in(contribution.language)
    title, text = covered(said.title, passages, mark)[:160], covered(said.text, passages, mark)
    if text == said.text:
        return Said(title, said.text, said.html)
    render = texts.paragraphs if contribution.renderer == texts.PLAIN else texts.sanitize
    return Said(title, text, render(text))


def lost(passages: Iterable[str], before: Said, after: Said) -> list[str]:
    """Return the passages that stood in a text and no longer stand in the next one."""
    stood = [one for one in passages if holds(before.title, one) or holds(before.text, one)]
    return missing(stood, [after.title, after.text])


def _places(text: str, passages: Sequence[str]) -> Iterator[tuple[int, int]]:
    for passage in passages:
        if words := passage.split():
            yield from (found.span() for found in re.finditer(_pattern(words), text, re.IGNORECASE))


def _pattern(words: Sequence[str]) -> str:
    first, last = words[0][0], words[-1][-1]
    begin, end = r"(?<!\w)" if first.isalnum() else "", r"(?!\w)" if last.isalnum() else ""
    return begin + r"\s+".join(map(re.escape, words)) + end


def _joined(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begun: tuple[int, int] | None = None
    for start, end in places:
        if begun is None:
            begun = start, end
        elif start <= begun[1]:
            begun = begun[0], max(end, begun[1])
        else:
            yield begun
            begun = start, end
    if begun is not None:
        yield begun
