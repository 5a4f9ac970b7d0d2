"""Pure decisions about coding: who may code what, how big the sample is, how well coders agree, what is suggested."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult.coding.models import Code, Double, FrameCode, FrameVersion, Suggestion
from consult.coding.passages import anchored, runs, sentences
from consult.contributions.models import Contribution
from consult.foundation.anchors import Anchor, Fate, Quote, cut
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.foundation.text import plain
from consult.policy import Actor
from consult.rounds.models import Theme
from consult.similarity.rules import NEAR

ONE_IN = 10  # of the inputs that are coded, one in so many is coded twice
TALK_BELOW = 0.7  # kappa below which coders had better talk about the frame; a rule of our own
SHUFFLE = 1_000_003  # a prime: what is left of an order key divided by it has nothing to do with that order
LONGEST_QUOTE = 5_000

METHOD, METHOD_VERSION = "nearest coded inputs", "2"
NEAREST = 5  # coded inputs that are alike and have a say
LOOKED_AT = 20  # inputs that are alike, coded or not
SHARE = 0.4  # of the likeness of those with a say, that has to speak for a theme
MOST_SUGGESTED = 3  # themes


# --- coding ---


def judge_coding(contribution: Contribution, themes: Sequence[Theme], held: Collection[uuid.UUID]) -> None:
    """Refuse to code what is not public, with a theme of another round, or anew with one that was retired."""
    if not contribution.is_public:
        raise Conflict(_("Only contributions that are published can be sorted and weighed."))
    if any(theme.round_id != contribution.round_id for theme in themes):
        raise Conflict(_("One of these themes does not belong to this round. Open the page again."))
    judge_in_use(themes, held)


def judge_in_use(themes: Iterable[Theme], held: Collection[uuid.UUID]) -> None:
    """Refuse to give a theme that was retired, unless it stands there already."""
    for theme in themes:
        if theme.retired_at is not None and theme.id not in held:
            raise Conflict(_("“%(name)s” is not in use any more. Choose another theme.", name=theme.name))


def judge_blind(waiting: Double | None, actor: Actor) -> None:
    """Refuse to let somebody touch or see the first coding of what they are to code a second time."""
    if waits_for(waiting, actor):
        raise Conflict(_("You are asked to code this one without knowing how it was coded. Do that first."))


def waits_for(waiting: Double | None, actor: Actor) -> bool:
    """Whether the second coding of an input is to come from this person and did not come yet."""
    return waiting is not None and waiting.coded_at is None and waiting.person_id == actor.person_id


# --- passages ---


def quotes_in(contribution: Contribution, ticked: Sequence[int], words: str, read: int | None) -> list[Quote]:
    """Return the passages that somebody marked in what readers get: sentences by number, from 0, and copied words.

    Refused for words that do not stand there, where nothing was marked, and when another version of the text was
    `read`: the numbers would be those of other sentences.
    """
    if read is not None and read != contribution.version:
        raise Conflict(_("The text was changed since you opened the page. Read it again and mark the passage there."))
    text = plain(contribution.html)
    marked = runs(sentences(contribution.html), ticked)
    found = [cut(text, start, start + len(said)) for start, said in marked]
    found += [quoted(contribution, words)] if words else []
    if not found:
        raise Conflict(_("Tick a sentence, or copy some words from the text."))
    return found


def quoted(contribution: Contribution, words: str) -> Quote:
    """Return the passage that somebody copied from what readers get; refused for words that do not stand there."""
    text, wanted = plain(contribution.html), " ".join(words.split())
    found = anchored(text, Quote(wanted))
    if found.alike < 1.0 or len(wanted) > LONGEST_QUOTE:
        raise Conflict(_("These words do not stand in the text like this. Copy whole words from the text above."))
    return cut(text, found.start, found.end)


def recut(text: str, quote: Quote) -> Quote:
    """Return what may be kept of a quote once readers get this text: nothing that does not stand in it.

    Where the words are changed, those that stand there now take their place; where they are gone, nothing is left.
    """
    found = anchored(text, quote)
    if found.fate is Fate.GONE:
        return Quote("", start=quote.start)
    return cut(text, found.start, found.end)


@dataclass(frozen=True)
class Shown:
    """A coded passage as it stands in the present text: its words there, none when it is gone."""

    id: uuid.UUID
    theme: Theme
    anchor: Anchor[None]
    words: str
    quote: str
    coded_by_id: uuid.UUID | None


# --- the sample, and how well two coders agree ---


def due(coded: int, drawn: int) -> int:
    """Return how many more inputs are to be coded twice: one in ten of those that are coded, rounded up."""
    return max(0, -(-coded // ONE_IN) - drawn)


def next_coder(contribution_id: uuid.UUID, waiting: dict[uuid.UUID, int], coders: Collection[uuid.UUID]) -> uuid.UUID:
    """Choose who codes an input the second time: who has the least to code, and did not code it; and count it.

    `waiting` counts for each colleague what waits for them; at least one of them is no coder of this input.
    """
    can = [one for one in waiting if one not in coders]
    chosen = min(can, key=lambda one: (waiting[one], one.int ^ contribution_id.int))
    waiting[chosen] += 1
    return chosen


@dataclass(frozen=True)
class Agreement:
    """How two coders judged the same inputs: both yes, only the first, only the second, both no."""

    both: int
    first: int
    second: int
    neither: int

    @property
    def total(self) -> int:
        """The number of judgements, n."""
        return self.both + self.first + self.second + self.neither

    @property
    def observed(self) -> float:
        """The share of judgements that are the same, p_o; of n > 0."""
        return (self.both + self.neither) / self.total

    @property
    def by_chance(self) -> float:
        """The share that would be the same if each gave as many yes and no at random, p_e; of n > 0."""
        said_first, said_second = self.both + self.first, self.both + self.second
        said_no = (self.total - said_first) * (self.total - said_second)
        return (said_first * said_second + said_no) / self.total**2

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of this one yes or no; None where it has no meaning. See `kappa`."""
        return kappa([self])


def kappa(judged: Sequence[Agreement]) -> float | None:
    """Return Cohen's kappa of one theme, or of several themes together: from -1 to 1, where 0 is chance.

    kappa = (p_o - p_e) / (1 - p_e), with the observed share of agreement p_o and the share p_e that two coders
    would reach by chance with their own frequencies (J. Cohen, "A coefficient of agreement for nominal scales",
    Educational and Psychological Measurement 20(1), 1960, doi:10.1177/001316446002000104).

    Cohen gives each subject one category. An input here may have several themes, so each theme is a yes or no of
    its own for each input, and of several themes the shares are added first: sum(p_o - p_e) / sum(1 - p_e), the
    pooled kappa (H. De Vries et al., Field Methods 20(3), 2008, doi:10.1177/1525822X08317166). Where every coder
    gave exactly one theme to each input this is Cohen's kappa of the whole table (J. L. Fleiss, Statistical
    Methods for Rates and Proportions, ch. 18: the overall kappa is the mean of those of the categories, weighted
    by 1 - p_e). "First" and "second" are roles: several people may have coded first.

    None (undefined) where nothing was judged, or where chance alone gives full agreement: nobody used the
    theme, or both used it always.
    """
    judged = [one for one in judged if one.total]
    room = sum(1 - one.by_chance for one in judged)
    if not judged or room <= 0:
        return None
    return sum(one.observed - one.by_chance for one in judged) / room


def agreements(pairs: Sequence[tuple[Collection[str], Collection[str]]], themes: Sequence[str]) -> list[Agreement]:
    """Count per theme how the first and the second coding of the same inputs judged it, in the order of the themes."""
    counted = []
    for theme in themes:
        told = [(theme in first, theme in second) for first, second in pairs]
        counts = (told.count(one) for one in ((True, True), (True, False), (False, True), (False, False)))
        counted.append(Agreement(*counts))
    return counted


def judge_second(double: Double, actor: Actor) -> None:
    """Refuse a second coding by somebody else than was asked, and a second one of the same."""
    if double.coded_at is not None:
        raise Conflict(_("The second coding of this one is in already."))
    if double.person_id != actor.person_id:
        raise Conflict(_("This one was given to somebody else."))


def judge_settling(double: Double, reason: str) -> None:
    """Refuse to settle what does not differ, or without a reason."""
    if not double.differs:
        raise Conflict(_("The two codings of this one are the same, so there is nothing to settle."))
    if not reason.strip():
        raise Conflict(_("Write why these themes hold."))


# --- suggestions ---


def parameters() -> dict[str, Any]:
    """Return the settings with which suggestions are made, as they are kept beside each."""
    return {"least": NEAR, "nearest": NEAREST, "share": SHARE, "most": MOST_SUGGESTED}


def suggested(
    alike: Sequence[tuple[float, str, Collection[uuid.UUID]]],
) -> list[tuple[uuid.UUID, float, list[str]]]:
    """Return the themes that the coded inputs nearest to a text speak for, the strongest first.

    `alike`: how alike each is (0 to 1), its id, its themes. Each has as much say as it is alike (the weighted vote
    of k nearest neighbours: S. A. Dudani, IEEE Transactions on Systems, Man and Cybernetics 6(4), 1976); a theme's
    score is its part of the whole say. With each the ids of those that speak for it.
    """
    voters = sorted((one for one in alike if one[2]), key=lambda one: (-one[0], one[1]))[:NEAREST]
    whole = sum(score for score, _id, _themes in voters)
    say: dict[uuid.UUID, float] = defaultdict(float)
    because: dict[uuid.UUID, list[str]] = defaultdict(list)
    for score, contribution_id, themes in voters:
        for theme in themes:
            say[theme] += score / whole
            because[theme].append(contribution_id)
    found = sorted((one for one in say if say[one] >= SHARE), key=lambda one: (-say[one], str(one)))
    return [(theme, say[theme], because[theme]) for theme in found[:MOST_SUGGESTED]]


def judge_deciding(suggestion: Suggestion) -> None:
    """Refuse to decide twice on a suggestion, or on one that another has replaced."""
    if suggestion.decided_at is not None or suggestion.ended_at is not None:
        raise Conflict(_("This suggestion was decided on already, or another one replaced it. Look at the page again."))


# --- versions of the frame ---


def judge_writing(frame: FrameVersion) -> None:
    """Refuse to change a version that was published."""
    if frame.published_at is not None:
        raise Conflict(_("This version is published, so nothing in it changes. Begin the next version."))


def judge_publishing(frame: FrameVersion, lines: Sequence[FrameCode], reason: str) -> None:
    """Refuse to publish a version twice, without a reason, or without a code that is in use."""
    judge_writing(frame)
    if not reason.strip():
        raise Conflict(_("Write what changed and why: who codes later reads it."))
    if all(line.is_retired for line in lines):
        raise Conflict(_("A frame needs at least one code that is in use."))


def name_then(versions: Mapping[uuid.UUID, Sequence[tuple[FrameVersion, FrameCode]]], code: Code) -> str:
    """Return how a theme was called when it was given, where that was another name.

    `versions`: what published versions say of each theme, newest first.
    """
    for version, line in versions.get(code.theme_id, ()):
        if version.published_at is not None and version.published_at <= code.coded_at:
            return line.name if line.name != code.theme.name else ""
    return ""
