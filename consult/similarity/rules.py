"""Pure decisions: which terms stand for a text, and how much one text is like another.

A word counts by its stems. No Dutch stemmer is enough by itself: Snowball's "dutch" finds plan and plannen alike,
its "dutch_porter" fietspad and fietspaden; with both, either finds it. Words of the title also count by their
pieces of four letters, so that a compound or a slip of the pen still finds its like.
"""

import re
import struct
import threading
import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from math import log, sqrt
from typing import Any

import Stemmer

TITLE, TEXT, PIECE = 3, 2, 1  # how much a stem counts, by where it stands, and a piece of a word of the title
LETTERS = 4  # of a piece, with the place before and the one after a word as letters of their own
MOST_WORDS = 160  # of one text that count; what follows says little that is new
SHORTEST, LONGEST = 3, 40  # letters of a word
STEMMERS = {"nl": ("dutch", "dutch_porter"), "en": ("english",)}
COUNTED = 300  # texts in which a term stands are counted up to here; it is common from then on
WHOLE = 3_000  # texts of a round are counted up to here
LOOKED_AT = 1_500  # times that one of the terms looked for may stand somewhere, all of them together
NEAR, ALIKE = 0.12, 0.26  # from here worth showing to whoever asks; from here worth asking the writer
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


def terms_in(title: str, text: str, language: str | None = "nl", most: int = MOST_WORDS) -> dict[str, int]:
    """Return the terms that stand for a text, each with its weight; without a language the stems of any of ours.

    Of the first `most` words that say something, those of the title first.
    """
    found: dict[str, int] = {}
    told: set[str] = set()
    for weight, part in ((TITLE, title), (TEXT, text)):
        for word in split(part):
            if word in told:
                continue
            if len(told) == most:
                return found
            told.add(word)
            for term in stems(word, language):
                found.setdefault(term, weight)
            if weight == TITLE:
                for term in pieces(word):
                    found.setdefault(term, PIECE)
    return found


@lru_cache(100_000)
def stems(word: str, language: str | None) -> tuple[str, ...]:
    """Return the stems of a word: one for each stemmer of its language, or the word itself where we have none."""
    names = STEMMERS.get(language, ()) if language else tuple(chain.from_iterable(STEMMERS.values()))
    return tuple(sorted({str(_stemmers.by_name[name].stemWord(word)) for name in names})) or (word,)


@lru_cache(100_000)
def pieces(word: str) -> tuple[str, ...]:
    """Return the pieces of a word, told apart from stems by a mark; a word of three letters has none."""
    if len(word) < LETTERS:
        return ()
    whole = f"_{word}_"
    return tuple(dict.fromkeys(MARK + whole[n : n + LETTERS] for n in range(len(whole) - LETTERS + 1)))


def rarest(asked: Mapping[str, int], counts: Mapping[str, int]) -> dict[str, float]:
    """Return the terms by which to look for texts that are alike, each with what finding it is worth.

    The rarest of those that stand anywhere at all, until they stand in 1,500 places together.
    """
    found: dict[str, float] = {}
    places = 0
    for term in sorted((term for term in asked if counts.get(term)), key=lambda term: (counts[term], term)):
        places += counts[term]
        if found and places > LOOKED_AT:
            break
        found[term] = asked[term] * rarity(counts[term], COUNTED)
    return found


def rarities(asked: Iterable[str], counts: Mapping[str, int], whole: int) -> dict[str, float]:
    """Return how rare each term of a question is, of which `counts` says in how many of `whole` texts it stands."""
    return {term: rarity(counts.get(term, 0), whole) for term in asked}


def likeness(asked: Mapping[str, int], rare: Mapping[str, float], found: Mapping[str, int], weight: int) -> float:
    """Return how much of a question a text answers, and of that text the question, from 0 to 1.

    `rare` are the rarities of the terms of `asked`; `found` are the terms that the two share, with their weight in the
    text, and `weight` is that of all its terms together. The geometric mean of both shares; of the question each term
    counts by its inverse document frequency (K. Sparck Jones 1972, doi:10.1108/eb026526).
    """
    most = sum(asked[term] * worth for term, worth in rare.items())
    answered = sum(min(asked[term], there) * rare[term] for term, there in found.items())
    return sqrt(answered / most * sum(found.values()) / weight) if most and weight else 0.0


def rarity(count: int, whole: int) -> float:
    """Return the inverse document frequency of a term that stands in `count` of `whole` texts."""
    return log(1 + max(whole, 1) / (1 + count))


def keys_of(round_id: uuid.UUID, terms: Iterable[str]) -> list[int]:
    """Return the numbers under which terms stand in the index of a round: 63 bits of a hash."""
    here = _hashed(round_id.hex)
    return [(_hashed(term) ^ here) >> 1 for term in terms]


@lru_cache(200_000)
def _hashed(term: str) -> int:
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "big")


def packed(keys: Iterable[int], weights: Iterable[int]) -> bytes:
    """Return the terms of a text in one piece: each number in eight bytes, then each weight in one."""
    told = list(keys)
    return struct.pack(f"<{len(told)}q", *told) + bytes(weights)


def unpacked(terms: bytes) -> tuple[tuple[int, ...], bytes]:
    """Return what `packed` put together: the numbers of terms, and the weight of each."""
    many = len(terms) // 9
    return struct.unpack_from(f"<{many}q", terms), terms[8 * many :]


def split(text: str) -> Iterator[str]:
    """Return the words of a text that say something: small letters, without marks on them."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    for word in re.findall(r"[^\W_]+", bare):
        if SHORTEST <= len(word) <= LONGEST and word not in SMALL:
            yield word


class _Stemmers(threading.local):
    """The stemmers of one thread: two threads that used the same one would each get what the other asked."""

    def __init__(self) -> None:
        names = dict.fromkeys(chain.from_iterable(STEMMERS.values()))
        self.by_name: dict[str, Any] = {name: Stemmer.Stemmer(name) for name in names}


_stemmers = _Stemmers()
