"""Pure decisions: why two texts are alike, and in what they may say the opposite all the same.

Texts that say the opposite look alike: they share all words but one. So what differs in a negation, a number or
a pair of opposite words is said beside each suggestion, and such an input is not chosen beforehand.
"""

import math
import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from consult.contributions.models import Contribution
from consult.foundation.errors import Conflict
from consult.foundation.language import N_, Worded, number
from consult.foundation.language import gettext as _
from consult.groups.models import GroupMember, GroupSuggestion
from consult.similarity import rules as similarity

METHOD, RELEASE = "shared stems and pieces", "2"
LEAST = 0.28  # how alike an input must be with the central one
MOST = 8  # inputs beside the central one
SHORT = 12  # words; in a text of no more a negation counts wherever it stands
WORDS = 8  # that are told as the reason
COMMON = 20  # people who voted on both, before their votes are compared
LINKED = 0.3  # correlation from which votes say that two are the same or opposite
PARAMETERS: dict[str, Any] = {
    "least": LEAST,
    "most": MOST,
    "title": similarity.TITLE,
    "text": similarity.TEXT,
    "piece": similarity.PIECE,
    "letters": similarity.LETTERS,
    "words_asked": similarity.MOST_ASKED,
    "stemmers": {language: list(names) for language, names in similarity.STEMMERS.items()},
}

NEGATIONS = frozenset(
    """niet geen geenszins nooit niemand niets nergens noch zonder not no never nobody nothing nowhere without
    cannot dont doesnt isnt arent wont shouldnt""".split()
)
COUNTED = (
    "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf",
    "zero one two three four five six seven eight nine ten eleven twelve",
)
NUMBERS = {word: str(number) for words in COUNTED for number, word in enumerate(words.split()) if word not in {"een"}}
NUMBERS |= {"twintig": "20", "dertig": "30", "vijftig": "50", "zestig": "60", "honderd": "100", "duizend": "1000"}
OPPOSITES = tuple(
    tuple(side.split("|") for side in pair.split("/"))
    for pair in """
    meer/minder hoger|hoge|hoog|verhogen|verhoog|verhoging/lager|lage|laag|verlagen|verlaag|verlaging
    groter|grotere|groot|vergroten/kleiner|kleinere|klein|verkleinen breder|brede|verbreden/smaller|smalle|versmallen
    sneller|snel|harder/langzamer|langzaam|zachter langer|lange|verlengen/korter|korte|verkorten
    open|openen|opent|openstellen/dicht|sluiten|sluit|gesloten|afsluiten
    invoeren|invoering|instellen/afschaffen|afschaffing|opheffen bouwen|bouw|aanleggen|aanleg/slopen|sloop|weghalen
    planten|plant|aanplanten/kappen|kap|rooien behouden|behoud|bewaren|houden/verwijderen|weghalen|afbreken|opruimen
    toestaan|toegestaan|mogen/verbieden|verbod|verboden gratis/betaald|betalen voor/tegen wel/niet
    voorkomen/bevorderen stimuleren|bevorderen/ontmoedigen|tegengaan uitbreiden|uitbreiding/inkrimpen|beperken
    noord|noorden|noordelijk/zuid|zuiden|zuidelijk oost|oosten|oostelijk/west|westen|westelijk links/rechts
    binnen/buiten dag|overdag/nacht|nachts zomer/winter jong|jongeren|jeugd/oud|ouderen|senioren vroeger|eerder/later
    meisjes/jongens warm/koud licht/donker veilig/onveilig goedkoper|goedkoop/duurder|duur met/zonder altijd/nooit
    more/less|fewer higher|high|raise|increase/lower|low|reduce|decrease bigger|larger|large/smaller|small
    wider|widen/narrower|narrow faster|fast/slower|slow longer|long/shorter|short open/close|closed|shut
    introduce/abolish|scrap build/demolish|remove plant/fell|cut keep|preserve/remove|drop allow|permit/ban|forbid
    free/paid with/without for/against always/never north/south east/west left/right inside/outside day/night
    young/old|elderly cheaper|cheap/dearer|expensive before|earlier/after|later summer/winter encourage/discourage
    """.split()
)


class Doubt(Worded):
    """In what two texts that are alike may differ all the same."""

    NEGATION = "negation", N_("one of them says “not”")
    NUMBERS = "numbers", N_("other numbers")
    OPPOSITES = "opposites", N_("opposite words")


def shared_words(one: tuple[str, str], other: tuple[str, str], language: str | None) -> list[str]:
    """Return the words of one (title, text) that the other has too, in some form; those of the title first."""
    there = {stem for part in other for word in similarity.split(part) for stem in similarity.stems(word, language)}
    found: dict[str, None] = {}
    for part in one:
        for word in similarity.split(part):
            if there.intersection(similarity.stems(word, language)):
                found.setdefault(word)
    return list(found)[:WORDS]


def differences(one: str, other: str) -> list[dict[str, str]]:
    """Return in what two texts may differ although they are alike: kinds of `Doubt`, with the words that do.

    Of longer texts a negation counts in the first sentence alone, which says what is asked; further on nearly
    everybody says "not" when they say why.
    """
    here, there = list(_plain(one)), list(_plain(other))
    told = {
        Doubt.NEGATION: _negation(_asked(one, here), _asked(other, there)),
        Doubt.NUMBERS: _numbers(here, there),
        Doubt.OPPOSITES: _opposites(set(here), set(there)),
    }
    return [{"kind": kind.value, "words": words} for kind, words in told.items() if words]


def _asked(text: str, words: Sequence[str]) -> Sequence[str]:
    return words if len(words) <= SHORT else list(_plain(re.split(r"[.!?\n]", text.strip(), maxsplit=1)[0]))


def _negation(here: Sequence[str], there: Sequence[str]) -> str:
    """Tell the negations that one text has more of than the other: two of them in one text may say yes again."""
    one, other = ([word for word in words if word in NEGATIONS] for words in (here, there))
    if len(one) == len(other):
        return ""
    return ", ".join(dict.fromkeys(one if len(one) > len(other) else other))


def _numbers(here: Sequence[str], there: Sequence[str]) -> str:
    one, other = ({NUMBERS.get(word, word) for word in words if _is_number(word)} for words in (here, there))
    if one == other or not (one and other):
        return ""
    return " / ".join(", ".join(sorted(side, key=lambda n: (len(n), n))) for side in (one - other, other - one) if side)


def _is_number(word: str) -> bool:
    return word in NUMBERS or any(character.isdigit() for character in word)


def _opposites(here: set[str], there: set[str]) -> str:
    """Tell words of which one text has one side and the other text only the other side."""
    found = []
    for left, right in OPPOSITES:
        for one, other in ((left, right), (right, left)):
            mine, theirs = here.intersection(one), there.intersection(other)
            if mine and theirs and not (here.intersection(other) or there.intersection(one)):
                found.append(f"{min(mine)} / {min(theirs)}")
    return ", ".join(found)


def _plain(text: str) -> Iterator[str]:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return iter(re.findall(r"[^\W_]+", bare.replace("'", "").replace("’", "")))


def correlation(sums: Sequence[int]) -> float | None:
    """Return how alike people voted on two things: Pearson's r, 1 the same, -1 the opposite, 0 no link.

    `sums` are of those who voted on both: how many, and the sums of a, b, a², b² and ab. None under twenty people, for
    then it says little, and where all said the same of one of them.
    """
    people, one, other, one_squared, other_squared, product = sums
    spread = (people * one_squared - one**2) * (people * other_squared - other**2)
    if people < COMMON or spread <= 0:
        return None
    return (people * product - one * other) / math.sqrt(spread)


def voted_words(people: int, found: float) -> str:
    """Say how people voted who voted on both, beside that the texts are alike."""
    told = {"people": number(people), "r": number(round(found, 2))}
    if found >= LINKED:
        return _("%(people)s people voted on both, mostly the same (correlation %(r)s)", **told)
    if found <= -LINKED:
        return _("%(people)s people voted on both, mostly the opposite (correlation %(r)s)", **told)
    return _("%(people)s people voted on both, with no clear link (correlation %(r)s)", **told)


def pair_of(one: uuid.UUID, other: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """Return two ids in the order in which a pair is kept."""
    return (one, other) if one.hex < other.hex else (other, one)


def pairs_among(ids: Sequence[uuid.UUID]) -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    """Return every pair of some inputs once."""
    for at, one in enumerate(ids):
        yield from (pair_of(one, other) for other in ids[at + 1 :])


def fitting(
    central: Contribution, alike: Iterable[Contribution], taken: set[uuid.UUID], apart: set[tuple[uuid.UUID, uuid.UUID]]
) -> list[Contribution]:
    """Return those that can be suggested with the central one: of its kind, in no other group, kept apart from none."""
    chosen = [central]
    for one in alike:
        is_free = one.id not in taken and one.kind is central.kind and one.stands
        if is_free and not any(pair_of(one.id, other.id) in apart for other in chosen):
            chosen.append(one)
    return chosen[1:]


def judge_search(running: bool) -> None:
    """Refuse to look for groups twice at the same time."""
    if running:
        raise Conflict(_("The platform is looking for groups already. Wait until it is done."))


def judge_choice(
    suggestion: GroupSuggestion, members: Mapping[str, GroupMember], into: str, picked: Iterable[str]
) -> tuple[GroupMember, list[GroupMember]]:
    """Return which of a group stays, and which are joined with it; `members` are by the address of their input.

    Refused when somebody decided on the group already, and for fewer than two of it.
    """
    judge_undecided(suggestion)
    chosen = [members[one] for one in dict.fromkeys(picked) if one in members and one != into]
    if into not in members or not chosen:
        raise Conflict(_("Choose at least two of this group, and which of them stays."))
    return members[into], chosen


def judge_undecided(suggestion: GroupSuggestion) -> None:
    """Refuse a second decision on one group."""
    if suggestion.decided_at is not None:
        raise Conflict(_("Somebody decided on this group already. Look at the list."))
