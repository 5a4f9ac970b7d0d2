"""How alike two pieces of text are, word by word, and which of many belong together."""

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from consult.foundation.text import COMPARED

IN_PLACE = 0.5  # how alike a paragraph must be to one that stood at the same place to be that one, changed
ELSEWHERE = 0.7  # how alike it must be to one that stood anywhere else
TRIED = 5  # paragraphs with the most words in common that are compared in full
RARE = 24  # words of a text, the rarest, by which others like it are looked for
LONGEST_WORDS = 2_000  # of one text that are looked at


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Return how alike two rows of words are: 2M / T as in difflib, M words in common in order, T words in all.

    Between 0 (no word in common) and 1 (the same). Long texts that repeat themselves are counted without order,
    which is never less.
    """
    if not one and not other:
        return 1.0
    if len(one) * len(other) > COMPARED:
        return in_common(Counter(one), Counter(other))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def in_common(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Return how alike two bags of words are; `likeness` of the same words is never more."""
    whole = sum(one.values()) + sum(other.values())
    shared = sum(min(count, other.get(word, 0)) for word, count in one.items())
    return 2 * shared / whole if whole else 1.0


def aligned(before: Sequence[str], after: Sequence[str]) -> list[int | None]:
    """Say of each text of a row which of an earlier row it is, or None for a new one; nothing is used twice.

    The same words win, wherever they stand, in their order. Of the rest, first what stands between the same
    neighbours and is at least `IN_PLACE` alike, then what stands anywhere and is at least `ELSEWHERE` alike;
    the most alike first, and of equals the one nearest to where it stood.
    """
    old, new = ([text.split()[:LONGEST_WORDS] for text in row] for row in (before, after))
    found = _the_same(old, new)
    used = {one for one in found if one is not None}
    pairs = _candidates(old, new, found, IN_PLACE)
    for least, in_place in ((IN_PLACE, True), (ELSEWHERE, False)):
        gaps = _gaps(found, len(before))
        for score, _far, there, here in pairs:
            first, last = gaps[here]
            is_free = found[here] is None and there not in used
            if is_free and -score >= least and (not in_place or first < there < last):
                found[here] = there
                used.add(there)
    return found


def _the_same(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> list[int | None]:
    """Match texts of the same words, the first with the first where they stand there more than once."""
    places: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for there, words in enumerate(old):
        places[tuple(words)].append(there)
    return [places[tuple(words)].popleft() if places.get(tuple(words)) else None for words in new]


def _gaps(found: Sequence[int | None], count: int) -> list[tuple[int, int]]:
    """Return for each place between which earlier ones its neighbours were; both neighbours excluded."""
    before, last = [], -1
    for one in found:
        before.append(last)
        last = one if one is not None else last
    after, last = [], count
    for one in reversed(found):
        after.append(last)
        last = one if one is not None else last
    return list(zip(before, reversed(after), strict=True))


def _candidates(
    old: Sequence[Sequence[str]], new: Sequence[Sequence[str]], found: Sequence[int | None], least: float
) -> list[tuple[float, float, int, int]]:
    """List pairs that are not matched yet and alike enough, the most alike first."""
    free = set(range(len(old))) - {one for one in found if one is not None}
    bags = {there: Counter(old[there]) for there in free}
    holding: dict[str, list[int]] = defaultdict(list)
    for there, bag in bags.items():
        for word in bag:
            holding[word].append(there)
    pairs = []
    for here, words in enumerate(new):
        if found[here] is not None or not words:
            continue
        for there in _likely(Counter(words), bags, holding, least):
            score = likeness(old[there], words)
            if score >= least:
                pairs.append((-score, abs(there / len(old) - here / len(new)), there, here))
    return sorted(pairs)


def _likely(
    bag: Mapping[str, int], bags: Mapping[int, Counter[str]], holding: Mapping[str, Sequence[int]], least: float
) -> list[int]:
    """Return the few texts that have the most words in common with this bag, and can be alike enough.

    They are looked for by its rarest words, since those that stand everywhere tell nothing apart.
    """
    shared: Counter[int] = Counter()
    for word in sorted(bag, key=lambda one: len(holding.get(one, ())))[:RARE]:
        shared.update(holding.get(word, ()))
    scored = [(in_common(bag, bags[there]), there) for there, _count in shared.most_common(TRIED * 4)]
    return [there for score, there in sorted(scored, reverse=True)[:TRIED] if score >= least]
