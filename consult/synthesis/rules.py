"""Pure decisions about drafts: what hinders publication, which outcome stands."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consult.coding.passages import anchored
from consult.contributions.models import Contribution
from consult.contributions.passages import covered, holds, mark_in
from consult.field.models import AdviceRequest
from consult.foundation.anchors import Fate, Quote, cut
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import number, short_day
from consult.foundation.text import plain
from consult.landscape.models import StatementResult
from consult.landscape.queries import Thought
from consult.mandates.models import Gate, Precondition
from consult.mandates.rules import accepts
from consult.policy import Actor
from consult.synthesis.models import Draft, DraftState, Outcome, OutcomeKind, SourceLink, VoteResult

LONGEST_PASSAGE = 1_000


def standing_outcome(contribution: Contribution, outcome: Outcome | None) -> OutcomeKind | None:
    """Return what becomes of a contribution: merged while it points to another, else its own outcome."""
    if contribution.merged_into_id is not None:
        return OutcomeKind.MERGED
    return outcome.kind if outcome is not None else None


def may_be_weighed(contribution: Contribution) -> None:
    """Refuse to code or weigh what is not public."""
    if not contribution.is_public:
        raise Conflict(_("Only contributions that are published can be sorted and weighed."))


def judge_worker(person: str, colleagues: Mapping[uuid.UUID, str]) -> uuid.UUID | None:
    """Return who is to work on something, None for nobody; refused for somebody who does not moderate the round."""
    if not person:
        return None
    found = next((one for one in colleagues if str(one) == person), None)
    if found is None:
        raise Conflict(_("This person does not moderate this round. Choose somebody from the list."))
    return found


def judge_outcome(contribution: Contribution, kind: OutcomeKind, reason: str) -> None:
    """Refuse an outcome without a reason or with hidden words, one that merging gives, and one for what was merged."""
    may_be_weighed(contribution)
    if kind is OutcomeKind.MERGED:
        raise Conflict(_("“Merged” cannot be set by hand. Merge the contribution in the queue; then it shows here."))
    if contribution.merged_into_id is not None:
        raise Conflict(_("This contribution was merged. Give the outcome to the one that replaces it."))
    if not reason.strip():
        raise Conflict(_("Give the reason: the person who sent this in will read it."))
    if holds_hidden(reason, contribution):
        raise Conflict(_("This holds words that were taken away from the contribution. Leave those out."), yours=reason)


def holds_hidden(text: str, contribution: Contribution) -> bool:
    """Whether a text repeats a passage that moderators took away from a contribution."""
    return any(holds(text, passage) for passage in contribution.hidden)


def reason_for(outcome: Outcome, contribution: Contribution) -> str:
    """Return what readers get of the reason of an answer: what was taken away from the contribution is away there too.

    What was signed and published stays as it was written; it is covered where somebody reads it.
    """
    return covered(outcome.reason, contribution.hidden, mark_in(contribution.language))


def judge_provisional(*, is_final: bool) -> None:
    """Refuse another answer where the one that everybody reads became final with the decision."""
    if is_final:
        raise Conflict(_("The decision was taken, so this outcome is final."))


@dataclass(frozen=True)
class Bare:
    """A paragraph that has neither a source nor the mark that it needs none: "2.3" and how it begins."""

    id: uuid.UUID
    stable_id: uuid.UUID
    where: str
    text: str


def accepting(gate: Gate | None, state: DraftState) -> Gate | None:
    """Return gate P3 as far as it lets a version pass that lacks something: to be published it must be signed."""
    return gate if gate is not None and (gate.passed_at or state is DraftState.CONCEPT) else None


def hindrances(
    paragraphs: int, bare: Sequence[Bare], unplaced: Sequence[Contribution], gate: Gate | None = None
) -> list[str]:
    """Say in sentences what keeps a draft of so many paragraphs from being published, but for what P3 accepted.

    `unplaced` are adopted or partly adopted contributions that no paragraph uses; `gate` is P3, if it counts.
    """
    found = [] if paragraphs else [_("The draft has no paragraph yet.")]
    bare = [one for one in bare if not accepts(gate, f"bare:{one.stable_id}")]
    for one in bare:
        said = _("Paragraph %(where)s (“%(start)s”) has no source and is not marked as editorial.")
        found.append(said % {"where": one.where, "start": shortened(one.text)})
    for contribution in unplaced:
        if accepts(gate, f"unplaced:{contribution.id}"):
            continue
        found.append(_("“%(name)s” was adopted, but no paragraph uses it.", name=name_of(contribution)))
    return found


def name_of(contribution: Contribution) -> str:
    """Return how a contribution is called in a sentence: its number in the source, and its title or first words."""
    called = contribution.title or plain(contribution.html)
    return " ".join(part for part in (contribution.reference, shortened(called, 80)) if part)


def thought_of(thought: Thought) -> str:
    """Return how what people thought of a statement is called in a list of sources."""
    return f"“{shortened(thought.words, 80)}” – {thought.agreed.words}"


def advice_of(advice: AdviceRequest) -> str:
    """Return how advice is called as a source: who gave it and when, never what it says; its party is loaded."""
    given = short_day(advice.answered_on) if advice.answered_on is not None else ""
    return _("Advice of %(party)s, %(day)s", party=advice.party.name, day=given)


def judge_writing(draft: Draft) -> None:
    """Refuse every change to a draft that was submitted or published."""
    if draft.state is DraftState.PUBLISHED:
        raise Conflict(_("This version is published, so nothing in it changes. Begin the next version."))
    if draft.state is DraftState.SUBMITTED:
        raise Conflict(_("This version waits for a second person. Take it back before you change it."))


@dataclass(frozen=True)
class ShownPassage:
    """Words on which a paragraph rests, as they stand in the text that readers get now; none when they are gone."""

    words: str
    fate: Fate

    @property
    def since(self) -> str:
        """What became of them since they were quoted; nothing while they are the same."""
        return {
            Fate.KEPT: "",
            Fate.MOVED: _("stands elsewhere in the text since"),
            Fate.CHANGED: _("changed since"),
            Fate.GONE: _("words that are not in the text any more"),
        }[self.fate]

    def __str__(self) -> str:
        said = f"“{self.words}”" if self.words else ""
        return f"{said} ({self.since})" if said and self.since else said or self.since


def passage_of(link: SourceLink, said: Contribution) -> ShownPassage | None:
    """Return the words of a contribution on which a paragraph rests as readers get them; None for the whole of it."""
    if link.passage is None:
        return None
    text = plain(said.html)
    found = anchored(text, link.passage)
    return ShownPassage(text[found.start : found.end], found.fate)


def quoted(said: Contribution, passage: Quote) -> Quote:
    """Return words as they stand in what readers get of a contribution, with what is around them.

    Refused for words that do not stand there, for a part of a word, and for more than 1,000 characters.
    """
    text = plain(said.html)
    wanted = Quote(" ".join(passage.words.split()), passage.prefix, passage.suffix, passage.start)
    found = anchored(text, wanted)
    if found.alike < 1.0:
        raise Conflict(_("These words do not stand in the contribution like this. Copy whole words from its text."))
    if len(wanted.words) > LONGEST_PASSAGE:
        raise Conflict(_("This passage is too long. Choose at most %(most)s characters.", most=number(LONGEST_PASSAGE)))
    return cut(text, found.start, found.end)


def judge_source(
    round_id: uuid.UUID, source: Contribution | Precondition | StatementResult | AdviceRequest | VoteResult
) -> None:
    """Refuse a source of another round, one that is not public or not there yet, and one that another replaces."""
    if source.round_id != round_id:
        raise Conflict(_("This source belongs to another round."))
    if isinstance(source, Contribution) and not source.is_public:
        raise Conflict(_("Only contributions that are published can be a source."))
    if isinstance(source, Contribution) and source.merged_into_id is not None:
        raise Conflict(_("This contribution was merged. Use the one that replaces it."))
    if isinstance(source, AdviceRequest) and source.answered_on is None:
        raise Conflict(_("This advice was not given yet."))


def judge_publication(draft: Draft, actor: Actor) -> None:
    """Refuse to publish what was not submitted, and what the same person submitted."""
    if draft.state is DraftState.PUBLISHED:
        raise Conflict(_("This version is published already."))
    if draft.state is not DraftState.SUBMITTED:
        raise NotNow(_("This version was not submitted yet."))
    if actor.person_id is not None and actor.person_id == draft.submitted_by_id:
        raise NotAllowed(_("You submitted this version, so somebody else must publish it."))


def judge_read(draft: Draft, read_at: str | None) -> None:
    """Refuse to publish another text than was read: one that was taken back and submitted anew since."""
    if read_at is not None and (draft.submitted_at is None or read_at != draft.submitted_at.isoformat()):
        raise Conflict(_("This version was changed and submitted again. Read it again before you publish it."))


def shortened(text: str, length: int = 60) -> str:
    """Return the beginning of a text, whole words, with an ellipsis when something is left out."""
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def suggested(wording: str, why: str) -> str:
    """Return the text of a suggestion, as Markdown: the new words as a quotation, and under it why.

    Without new words the suggestion is to take the old ones out.
    """
    quoted = "\n".join(f"> {line}".rstrip() for line in wording.split("\n")) if wording else ""
    return "\n\n".join(part for part in (quoted, why) if part)


def wording_of(text: str) -> str:
    """Return the new words that a suggestion holds, or nothing when the old ones are to be taken out."""
    lines = []
    for line in text.split("\n"):
        if not line.startswith(">"):
            break
        lines.append(line[1:].removeprefix(" "))
    return "\n".join(lines).strip()


def why_of(text: str) -> str:
    """Return why somebody suggests something."""
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[first:]).strip()
