"""A round as a file tells it: the one shape in which every import hands over what it read."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from consult.contributions.models import Kind, State
from consult.foundation import text
from consult.voting.models import Method

TITLE = 160  # characters of a contribution's title
ZONE = "Europe/Amsterdam"
MARKS = re.compile(r"[!-/:-@\[-`{-~]")  # what Markdown may read as more than a character

Progress = Callable[[int, int, str], None]  # done, of all, words

# A few words that are frequent in one language and rare in the others.
FREQUENT = {
    "de": frozenset("der die das und ist nicht ein eine für auf mit von zu den im sich werden soll".split()),
    "en": frozenset("the and of to is that it for we should be not are with this have on by".split()),
    "fr": frozenset("le la les des et est une pour que dans du pas sur qui nous avec aux il".split()),
    "nl": frozenset("de het een en van is dat niet voor op te zijn met wij ook aan moet er".split()),
    "pl": frozenset("w na z do się i nie dla jest przy oraz ul od po że to".split()),
}
UNKNOWN = "und"


@dataclass(frozen=True)
class Thing:
    """One statement or project of a source; `reference` is its number there, `cost` is in cents."""

    reference: str
    title: str
    text: str
    html: str
    received_at: datetime
    state: State = State.PUBLISHED
    cost: int | None = None


@dataclass(frozen=True)
class Source:
    """A whole round as it was read, before anything of it is stored.

    `ballots` are a voter's number in the source with marks per reference; nothing else of voters is read.
    `notes` are what was odd but did not matter: how often, and in words.
    """

    title: str
    question: str
    note: str
    kind: Kind
    method: Method
    first_day: date
    last_day: date
    phase_name: str
    things: Sequence[Thing]
    ballots: Sequence[tuple[str, Mapping[str, int]]]
    introduction: str = ""
    language: str = UNKNOWN
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[tuple[int, str]] = ()


def short_title(words: str, longest: int = TITLE) -> str:
    """Return a text as a title: one line, cut after a whole word where it is too long."""
    line = text.one_line(words)
    if len(line) <= longest:
        return line
    return line[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def as_written(words: str) -> tuple[str, str]:
    """Return a plain text, cleaned, and the same as HTML in which no character of it has a meaning of its own."""
    cleaned = text.body(words)
    lines = (MARKS.sub(r"\\\g<0>", line.strip()) for line in cleaned.splitlines())
    return cleaned, text.sanitize("\n".join(lines))


def language_of(texts: Iterable[str]) -> str:
    """Guess in which language texts are written, from their most frequent words; "und" when that is unclear."""
    words = Counter(word for written in texts for word in re.findall(r"\w+", written.casefold()))
    hits = {name: sum(words[word] for word in known) for name, known in FREQUENT.items()}
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] * 10 > sum(words.values()) else UNKNOWN
