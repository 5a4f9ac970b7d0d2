"""Pure decisions: which terms stand for a text, and how much one text is like another.

A word counts by its stems. No Dutch stemmer is enough by itself: Snowball's "dutch" finds plan and plannen alike,
its "dutch_porter" fietspad and fietspaden; with both, either finds it. Words of the title also count by their
pieces of three letters, so that a compound or a slip of the pen still finds its like.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import chain
from math import log, sqrt
from typing import Any

import snowballstemmer

TITLE, TEXT = 3, 1  # how much a word counts, by where it stands
PIECE = 3  # letters
MOST_WORDS = 160  # of one text that count; what follows says little that is new
SHORTEST, LONGEST = 3, 40  # letters of a word
STEMMERS = {"nl": ("dutch", "dutch_porter"), "en": ("english",)}
HALF = 0.5  # so many of its pieces make a word look like another one
LOOKS = 0.8  # how much a word counts that only looks like another one
ELSEWHERE = 0.7  # how much a word of the title counts that the other text has further down
COUNTED = 500  # texts in which a word stands are counted up to here; it is common from then on
RAREST = 12  # so many stems, and so many pieces, are looked for
NEAR, ALIKE = 0.18, 0.36  # from here worth showing to whoever asks; from here worth asking the writer
MOST_ASKED = 80  # words of a question; the title comes first
MARK = "~"  # before a piece of a word

# Words that say how, not what; and of the places, those that every proposal could name.
SMALL = frozenset(
    """
    aan achter al alle alleen allemaal alles als altijd ander andere anders ben bent bij bijna binnen boven buiten
    buurt daar daarom dan dat de deze die dit doen doet door dus een eens eerst eigenlijk elk elke en er erg ergens
    even extra gaan gaat geef geen gemeente geven goed graag haar had hadden heb hebben heeft heel hem hen het hier
    hij hoe hun iedereen ik in is ja je jij jou jouw jullie kan kom komen komt krijgen kunnen kunt laat laten leg
    maak maar maken me meer meest men mensen met mij mijn minder moet moeten mogen na naar nee niet niets nieuwe
    nodig nog nooit nu of om omdat onder ons onze ook op over paar per plaats plaatsen plek rond samen sinds soms
    staan staat te tegen ten ter terug tot tussen uit uw vaak vaker van vanaf veel vele verder via vindt voor
    vooral voorstel waar waarom want waren was wat we weer weinig wel welke werd wie wij wijk wil willen worden
    wordt wou zal ze zeer zelf zet zich zien zij zijn zo zoals zodat zonder zou zouden zulke
    about after all also and any are because been but can could does for from get give had has have her here him
    his how into its just like make many more most much need not now off only other our out over people please put
    should some such than that the their them then there these they this those too under until very want was way
    were what when where which who will with would you your
    """.split()
)


@dataclass(frozen=True)
class Word:
    """One word of a question: how much it counts there, its stems, and its pieces where it stands in the title."""

    weight: int
    stems: tuple[str, ...]
    pieces: tuple[str, ...] = ()


def words_in(title: str, text: str, language: str | None = "nl") -> list[Word]:
    """Return the words that say what a text is about, those of the title first; without a language in any of ours."""
    found: dict[str, Word] = {}
    for weight, part in ((TITLE, title), (TEXT, text)):
        for word in split(part):
            if word not in found and len(found) < MOST_WORDS:
                found[word] = Word(weight, stems(word, language), pieces(word) if weight == TITLE else ())
    return list(found.values())


def terms_in(words: Sequence[Word]) -> dict[str, int]:
    """Return the terms with which a text stands in the index, each with its weight."""
    found: dict[str, int] = {}
    for word in words:
        for term in word.stems:
            found[term] = max(found.get(term, 0), word.weight)
        for term in word.pieces:
            found.setdefault(term, TEXT)
    return found


@lru_cache(100_000)
def stems(word: str, language: str | None) -> tuple[str, ...]:
    """Return the stems of a word: one for each stemmer of its language, or the word itself where we have none."""
    names = STEMMERS.get(language, ()) if language else tuple(chain.from_iterable(STEMMERS.values()))
    return tuple(sorted({str(_stemmer(name).stemWord(word)) for name in names})) or (word,)


def pieces(word: str) -> tuple[str, ...]:
    """Return the pieces of a word, told apart from stems by a mark; a short word has none."""
    if len(word) <= PIECE:
        return ()
    return tuple(dict.fromkeys(MARK + word[n : n + PIECE] for n in range(len(word) - PIECE + 1)))


def rarest(words: Sequence[Word], counts: Mapping[str, int]) -> dict[str, float]:
    """Return the terms by which to look for texts that are alike, each with what finding it is worth.

    The rarest stems and the rarest pieces that stand anywhere at all; a piece is worth a part of its word.
    """
    worth: dict[str, float] = {}
    for word in words:
        for term in word.stems:
            worth[term] = word.weight * rarity(counts.get(term, 0), COUNTED)
        for term in word.pieces:
            worth[term] = max(worth.get(term, 0), word.weight * rarity(counts.get(term, 0), COUNTED) / len(word.pieces))
    there = [term for term in worth if counts.get(term)]
    chosen = sorted(there, key=lambda term: (counts[term], term))
    some = [t for t in chosen if t[0] != MARK][:RAREST] + [t for t in chosen if t[0] == MARK][:RAREST]
    return {term: worth[term] for term in some}


def likeness(
    words: Sequence[Word], counts: Mapping[str, int], whole: int, found: Mapping[str, int], weight: int
) -> float:
    """Return how much of a question a text answers, and of that text the question, from 0 to 1.

    `counts` says in how many of `whole` texts each term stands; `found` are the terms that the two share, with
    their weight in the text, and `weight` is that of all its words together. The geometric mean of both shares;
    of the question each word counts by its inverse document frequency (K. Sparck Jones 1972, doi:10.1108/eb026526).
    """
    asked = answered = shared = 0.0
    for word in words:
        worth = word.weight * rarity(max(counts.get(term, 0) for term in word.stems), whole)
        strength, there = _answer(word, found)
        asked += worth
        answered += worth * strength
        shared += there
    return sqrt(answered / asked * min(1.0, shared / max(weight, 1))) if asked else 0.0


def rarity(count: int, whole: int) -> float:
    """Return the inverse document frequency of a term that stands in `count` of `whole` texts."""
    return log(1 + max(whole, 1) / (1 + count))


def _answer(word: Word, found: Mapping[str, int]) -> tuple[float, int]:
    """Return how well a text answers one word, and the weight of what answers it there."""
    there = max((found.get(term, 0) for term in word.stems), default=0)
    if there:
        return (1.0 if there >= word.weight else ELSEWHERE), there
    alike = sum(term in found for term in word.pieces) / len(word.pieces) if word.pieces else 0.0
    return (LOOKS * alike, TEXT + 1) if alike >= HALF else (0.0, 0)


@lru_cache(100_000)
def key_of(round_id: uuid.UUID, term: str) -> int:
    """Return the number under which a term stands in the index of a round: 63 bits of a hash."""
    told = blake2b(term.encode(), digest_size=8, key=round_id.bytes).digest()
    return int.from_bytes(told, "big") >> 1


def split(text: str) -> Iterator[str]:
    """Return the words of a text that say something: small letters, without marks on them."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    for word in re.findall(r"[^\W_]+", bare):
        if SHORTEST <= len(word) <= LONGEST and word not in SMALL:
            yield word


@cache
def _stemmer(name: str) -> Any:
    return snowballstemmer.stemmer(name)
