"""Finding a passage again in a text that changed: it was kept, it moved, it changed, or it is gone."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from consult.foundation.language import N_, Worded
from consult.foundation.likeness import likeness

LEAST = 0.6  # how alike words must be (see `likeness`) to count as the same passage, changed
AROUND = 40  # characters before and after a passage that tell apart where the same words stand more than once
TELLING = 16  # characters; what is shorter is only looked for where it stood, for it stands everywhere
LENGTHS = (1.0, 0.75, 1.3, 1.6)  # of a stretch that may be the passage, as part of the passage's own
SIGNS = ".,;:!?()[]\"'\u2018\u2019\u201c\u201d*_"  # that stand around a word and are no part of it
LONGEST = 400  # words of a passage that are looked for when it changed

Place = TypeVar("Place", bound=Hashable)


class Fate(Worded):
    """What became of a passage in a later text."""

    KEPT = "kept", N_("unchanged")
    MOVED = "moved", N_("moved")
    CHANGED = "changed", N_("changed")
    GONE = "gone", N_("gone")


@dataclass(frozen=True)
class Passage:
    """Some words of a text, with what stood before and after them; without words the text as a whole."""

    quote: str
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Anchor(Generic[Place]):
    """Where a passage stands now: in which text, and from which character to which; `place` is None when gone.

    `alike` says how much of it is left, as `likeness` does: 1 when it was kept or moved, 0 when it is gone.
    """

    fate: Fate
    place: Place | None = None
    start: int = 0
    end: int = 0
    alike: float = 0.0


def passage_in(text: str, quote: str) -> Passage | None:
    """Return the passage of a text that a quote means, or None when its words do not stand there.

    White space and capitals may differ. The first place counts.
    """
    wanted, held = " ".join(quote.split()), " ".join(text.split())
    at = held.find(wanted)
    if at < 0 and len(held.casefold()) == len(held):
        at = held.casefold().find(wanted.casefold())
    if at < 0:
        return None
    end = at + len(wanted)
    return Passage(held[at:end], held[max(0, at - AROUND) : at], held[end : end + AROUND])


def anchor(passage: Passage, home: Place, texts: Mapping[Place, str]) -> Anchor[Place]:
    """Find a passage of the text `home` again among later texts, in their order.

    The very words in `home`: kept. The very words in another text: moved. Words that are at least `LEAST` alike,
    in `home` or else in another: changed. Otherwise gone. Where the same words stand more than once, what stood
    around them decides, then what comes first. White space does not count; texts with single spaces come in.
    """
    quote = passage.quote
    kept = _very(passage, texts[home]) if home in texts else None
    if kept is not None:
        return Anchor(Fate.KEPT, home, kept, kept + len(quote), 1.0)
    moved = [(_around(passage, texts[place], at), -i, place, at) for i, place, at in _elsewhere(passage, home, texts)]
    if moved:
        _likest, _order, place, at = max(moved, key=lambda one: one[:2])
        return Anchor(Fate.MOVED, place, at, at + len(quote), 1.0)
    return _changed(passage, home, texts)


def _elsewhere(passage: Passage, home: Place, texts: Mapping[Place, str]) -> Iterator[tuple[int, Place, int]]:
    if len(passage.quote) >= TELLING:
        for i, (place, text) in enumerate(texts.items()):
            at = _very(passage, text) if place != home else None
            if at is not None:
                yield i, place, at


def _very(passage: Passage, text: str) -> int | None:
    """Return where the very words stand in a text: of several places the one with the likest surroundings."""
    places: list[int] = []
    at = text.find(passage.quote)
    while at >= 0 and len(places) < LONGEST:
        places.append(at)
        at = text.find(passage.quote, at + 1)
    return max(places, key=lambda one: (_around(passage, text, one), -one)) if places else None


def _around(passage: Passage, text: str, at: int) -> int:
    """Count the characters around a place that are those around the passage."""
    end = at + len(passage.quote)
    before = _same_start(passage.prefix[::-1], text[:at][::-1])
    return before + _same_start(passage.suffix, text[end : end + AROUND])


def _same_start(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _changed(passage: Passage, home: Place, texts: Mapping[Place, str]) -> Anchor[Place]:
    """Look for the stretch that is most like the passage: where it stood, and only then elsewhere."""
    words = [_bare(word) for word in passage.quote.split()[:LONGEST]]
    if not words:
        return Anchor(Fate.GONE)
    if home in texts and (here := _likest(words, texts[home])) is not None:
        return Anchor(Fate.CHANGED, home, *here)
    best: Anchor[Place] = Anchor(Fate.GONE)
    if len(passage.quote) < TELLING:
        return best
    bag = Counter(words)
    for place, text in texts.items():
        if place == home or _shared(bag, _bag(text)) < LEAST * len(words) * 0.6:
            continue
        found = _likest(words, text)
        if found is not None and found[2] > best.alike:
            best = Anchor(Fate.CHANGED, place, *found)
    return best


def _likest(words: Sequence[str], text: str) -> tuple[int, int, float] | None:
    """Return from where to where the likest stretch of a text stands, and how alike it is; None below `LEAST`."""
    held = text.split()
    bare = [_bare(word) for word in held]
    tried = sorted({(-bound, first, length) for bound, first, length in _stretches(words, bare)})[:6]
    scored = [(likeness(words, bare[first : first + length]), -first, length) for _b, first, length in tried]
    if not scored or max(scored)[0] < LEAST:
        return None
    alike, first, length = max(scored)
    start = _offset(text, held, -first)
    return start, _offset(text, held, -first + length - 1) + len(held[-first + length - 1]), alike


def _stretches(words: Sequence[str], held: Sequence[str]) -> Iterator[tuple[float, int, int]]:
    """Give stretches of a text that have enough words in common: at most how alike they are, where, how long."""
    bag = Counter(words)
    for length in sorted({max(1, min(len(held), round(len(words) * part))) for part in LENGTHS}) if held else ():
        window, shared = Counter[str](), 0
        for end, word in enumerate(held):
            window[word] += 1
            shared += window[word] <= bag[word]
            if end >= length:
                old = held[end - length]
                shared -= window[old] <= bag[old]
                window[old] -= 1
            bound = 2 * shared / (len(words) + length)
            if end >= length - 1 and bound >= LEAST:
                yield bound, end - length + 1, length


def _bare(word: str) -> str:
    """Return a word without capitals and the signs around it; a sign by itself stays."""
    return word.strip(SIGNS).casefold() or word


@lru_cache(maxsize=2048)
def _bag(text: str) -> Counter[str]:
    return Counter(map(_bare, text.split()))


def _shared(one: Mapping[str, int], other: Mapping[str, int]) -> int:
    return sum(min(count, other.get(word, 0)) for word, count in one.items())


def _offset(text: str, held: Sequence[str], number: int) -> int:
    """Return at which character the word with this number begins."""
    at = 0
    for word in held[:number]:
        at = text.index(word, at) + len(word)
    return text.index(held[number], at)
