"""Where else in a round words can still be read that were taken away from a contribution, or went with it.

Whatever belongs to the contribution itself is covered or hidden with it. This looks at what people wrote down
anew: other contributions, answers to those, text blocks, drafts, the synthesis report, formal points, actions,
the decision, promises and documents. Nothing is stored; who mends a place takes it off the list.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)

from consult.answers.models import TextBlock
from consult.coding.passages import sentences
from consult.contributions.models import Attachment, Contribution, SharedText, State, Version
from consult.contributions.passages import Said, face, holds
from consult.contributions.queries import whole_of
from consult.decisions.models import Amendment, Commitment, Decision
from consult.director.actions.models import Action
from consult.documents.models import PaperText
from consult.foundation.db import session
from consult.foundation.language import N_, Worded
from consult.foundation.text import like
from consult.moderation.models import Redaction
from consult.review.models import FormalView, OwnChange, ViewPoint
from consult.synthesis.models import Draft, DraftState, Outcome, Paragraph, Remark, Section, SourceLink
from consult.weighing.models import Chapter, Finding, SynthesisReport

GONE = frozenset({State.HELD, State.REFUSED, State.WITHDRAWN})
FEWEST = 5  # words of a sentence that is looked for: fewer stand in many texts by chance
AT_ONCE = 40  # passages that are looked for, the longest first
MOST = 200  # places that are told of
STRETCH = 100  # rows that come from the database at once


class Spot(Worded):
    """What kind of text holds the words."""

    CONTRIBUTION = "contribution", N_("Another contribution")
    EARLIER = "earlier", N_("An earlier version of another contribution")
    FILE = "file", N_("The name or description of a file")
    QUOTE = "quote", N_("What a remark on the draft quotes")
    SHARED = "shared", N_("What several contributions say together")
    ANSWER = "answer", N_("The answer to another contribution")
    BLOCK = "block", N_("A text block for answers")
    WRITTEN = "written", N_("A version of the draft that is being written")
    PUBLISHED = "published", N_("A published version of the draft")
    CHAPTER = "chapter", N_("The synthesis report")
    FINDING = "finding", N_("A finding of the synthesis report")
    POINT = "point", N_("A point of a formal view, or its answer")
    OWN_CHANGE = "own_change", N_("A change of the draft that the authority makes by itself")
    ACTION = "action", N_("What is done with an input")
    DECISION = "decision", N_("What the council decided")
    COMMITMENT = "commitment", N_("A promise of the board")
    DOCUMENT = "document", N_("What was typed for a document")


# The page of each, and which part of its address tells what it is about; an id unless it says otherwise.
PAGES: Mapping[Spot, tuple[str, str]] = {
    Spot.CONTRIBUTION: ("moderation.item", "public_id"),
    Spot.EARLIER: ("moderation.item", "public_id"),
    Spot.FILE: ("contributions.file_page", "attachment_id"),
    Spot.QUOTE: ("moderation.item", "public_id"),
    Spot.SHARED: ("groups.shared_page", "public_id"),
    Spot.ANSWER: ("synthesis.weigh_page", "public_id"),
    Spot.BLOCK: ("answers.block_page", "block_id"),
    Spot.WRITTEN: ("synthesis.paragraph_page", "paragraph_id"),
    Spot.PUBLISHED: ("synthesis.draft", "number"),
    Spot.CHAPTER: ("weighing.chapter_page", "chapter_id"),
    Spot.FINDING: ("weighing.finding_page", "finding_id"),
    Spot.POINT: ("review.point_page", "point_id"),
    Spot.OWN_CHANGE: ("review.note_desk", ""),
    Spot.ACTION: ("actions.plan_page", "public_id"),
    Spot.DECISION: ("decisions.page", ""),
    Spot.COMMITMENT: ("decisions.page", ""),
}
SPOTS = {Attachment: Spot.FILE, SharedText: Spot.SHARED, Outcome: Spot.ANSWER, Action: Spot.ACTION}
Place = Callable[..., Select[Any]]


@dataclass(frozen=True)
class Copy:
    """One place where the words stand: which of them, the text around them, and the page where it can be mended."""

    spot: Spot
    passages: Sequence[str]
    around: str
    page: str
    at: Mapping[str, Any]


def looked_for(contribution: Contribution) -> list[str]:
    """Return the words that should be nowhere else: what was taken away or is proposed to be, the longest first.

    Of what is out of sight as a whole, its title and the sentences of five words and more come after that.
    """
    waiting = select(Redaction.passages).where(
        Redaction.contribution_id == contribution.id, Redaction.decided_at.is_(None)
    )
    away = [*contribution.hidden, *(one for passages in session().scalars(waiting) for one in passages)]
    gone = []
    if contribution.state in GONE:
        whole = whole_of(contribution)
        gone = [one for one in (whole.title, *sentences(whole.html)) if len(one.split()) >= FEWEST]
    longest = (sorted(found, key=len, reverse=True) for found in (away, gone))
    return list(dict.fromkeys(one for found in longest for one in found))[:AT_ONCE]


def list_copies(contribution: Contribution, passages: Sequence[str]) -> list[Copy]:
    """List where passages of a contribution (see `looked_for`) still stand in its round; the first `MOST` places.

    Three statements, and none without passages. The database finds too much, so what it finds is read on until
    so many places truly hold one.
    """
    if not passages:
        return []
    found = islice((one for one in _read(contribution, passages) if one.passages), MOST)
    order = list(Spot)
    return sorted(found, key=lambda one: order.index(one.spot))


def _read(contribution: Contribution, passages: Sequence[str]) -> Iterator[Copy]:
    """Give every place that may hold a passage, a stretch of them at a time."""
    at_a_time = {"yield_per": STRETCH}
    with session().execute(union_all(*_places(contribution, passages)), execution_options=at_a_time) as found:
        for row in found:
            yield _copy(Spot(row.spot), passages, row.text, *_page_of(row))
    for paper, text in _typed(contribution.round_id):
        yield _copy(Spot.DOCUMENT, passages, text, "documents.texts_page", {"paper": paper})
    with session().execute(_earlier(contribution, passages), execution_options=at_a_time) as found:
        for version, other in found:
            said = face(Said(version.title, version.text, version.html), other)  # as readers get it
            page, name = PAGES[Spot.EARLIER]
            yield _copy(Spot.EARLIER, passages, f"{said.title}\n{said.text}", page, {name: other.public_id})


def _copy(spot: Spot, passages: Iterable[str], text: str, page: str, at: Mapping[str, Any]) -> Copy:
    standing = [one for one in passages if holds(text, one)]
    return Copy(spot, standing, _around(text, standing[0]) if standing else "", page, at)


def _around(text: str, passage: str, wide: int = 90) -> str:
    """Return some of a text, with the beginning of a passage in the middle of it."""
    flat, first = " ".join(text.split()), " ".join(passage.split())
    at = max(flat.lower().find(first.lower()), 0)
    begin, end = max(0, at - wide), at + len(first[:wide]) + wide
    return ("…" if begin else "") + flat[begin:end] + ("…" if end < len(flat) else "")


def _typed(round_id: uuid.UUID) -> Iterable[tuple[str, str]]:
    """Return what was typed for the documents of a round: it stands in JSON, so it is read as a whole."""
    for one in session().scalars(select(PaperText).where(PaperText.round_id == round_id)):
        yield one.paper.value, "\n".join(str(text) for text in one.texts.values())


# --- where they can stand ---


def _earlier(contribution: Contribution, passages: Sequence[str]) -> Select[Version, Contribution]:
    """Look in the earlier versions of other contributions, which everybody can read too; with the contribution."""
    patterns = [_pattern(passage) for passage in passages]
    here = Contribution.round_id == contribution.round_id, Contribution.id != contribution.id
    before = Contribution.state == State.PUBLISHED, Version.number < Contribution.version
    wanted = select(Version, Contribution).join(Contribution, Contribution.id == Version.contribution_id)
    return wanted.where(*here, *before, _may_hold(Version.title + "\n" + Version.text, patterns))


def _may_hold(text: Any, patterns: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(text.ilike(pattern, escape="\\") for pattern in patterns))


def _places(contribution: Contribution, passages: Sequence[str]) -> list[Select[Any]]:
    """Return a select for each kind of text of the round; together they find too much rather than too little."""
    place = partial(_place, [_pattern(passage) for passage in passages])
    own, here = contribution.id, contribution.round_id
    return [*_brought_in(place, own, here), *_drafted(place, here), *_decided(place, here)]


def _place(
    patterns: Sequence[str], spot: Any, of: Any, *texts: Any, name: Any = None, version: Any = None
) -> Select[Any]:
    text = reduce(lambda one, other: one + "\n" + other, texts)
    columns = {
        "spot": literal(spot.value) if isinstance(spot, Spot) else spot,
        "of": of,
        "name": cast(null() if name is None else name, String),
        "version": cast(null() if version is None else version, Integer),
        "text": cast(text, Text),
    }
    wanted = select(*(column.label(label) for label, column in columns.items()))
    return wanted.where(_may_hold(text, patterns))


def _brought_in(place: Place, own: uuid.UUID, here: uuid.UUID) -> Iterable[Select[Any]]:
    """Look in what others brought in, and in answers to that."""
    name = Contribution.public_id
    public = and_(Contribution.round_id == here, Contribution.state == State.PUBLISHED)
    other = and_(public, Contribution.id != own)
    answered = or_(Outcome.replaced_at.is_(None), Outcome.published_at.is_not(None))
    yield place(Spot.CONTRIBUTION, Contribution.id, Contribution.title, Contribution.text, name=name).where(other)
    for table, texts, which in (
        (
            Attachment,
            (Attachment.name, Attachment.alt),
            (public, Attachment.removed_at.is_(None), Attachment.is_public),
        ),
        (SharedText, (SharedText.text,), (public, SharedText.ended_at.is_(None))),
        (Outcome, (Outcome.reason,), (other, answered)),
        (Action, (Action.text, Action.none_because, Action.result), (public, Action.replaced_at.is_(None))),
    ):
        of: Any = table
        found = place(SPOTS[of], of.id, *texts, name=name)
        yield found.join(Contribution, Contribution.id == of.contribution_id).where(*which)
    quoted = place(Spot.QUOTE, Remark.contribution_id, Remark.quote, name=name)
    yield quoted.join(Contribution, Contribution.id == Remark.contribution_id).where(other)
    block = place(Spot.BLOCK, TextBlock.id, TextBlock.name, TextBlock.text)
    yield block.where(TextBlock.round_id == here, TextBlock.ended_at.is_(None))


def _drafted(place: Place, here: uuid.UUID) -> Iterable[Select[Any]]:
    """Look in every version of the draft and of the synthesis report."""
    spot = case((Draft.state == DraftState.PUBLISHED, Spot.PUBLISHED.value), else_=Spot.WRITTEN.value)
    section = literal("section")
    for found in (
        place(spot, Paragraph.id, Paragraph.text, version=Draft.number).join(
            Section, Section.id == Paragraph.section_id
        ),
        place(spot, Paragraph.id, SourceLink.note, version=Draft.number)
        .join(Paragraph, Paragraph.id == SourceLink.paragraph_id)
        .join(Section, Section.id == Paragraph.section_id),
        place(spot, Section.id, Draft.title, Section.title, name=section, version=Draft.number),
    ):
        yield found.join(Draft, Draft.id == Section.draft_id).where(Draft.round_id == here)
    weighed = (Finding.text, Finding.advice, Finding.cost, Finding.choice, Finding.reason)
    for found in (
        place(Spot.CHAPTER, Chapter.id, Chapter.summary),
        place(Spot.FINDING, Finding.id, *weighed).join(Chapter, Chapter.id == Finding.chapter_id),
    ):
        report = found.join(SynthesisReport, SynthesisReport.id == Chapter.report_id)
        yield report.where(SynthesisReport.round_id == here)


def _decided(place: Place, here: uuid.UUID) -> Iterable[Select[Any]]:
    """Look in the points of formal views with their answers, in the decision, and in what the board promised."""
    point = place(Spot.POINT, ViewPoint.id, ViewPoint.summary, ViewPoint.answer, ViewPoint.changed_to)
    yield point.join(FormalView, FormalView.id == ViewPoint.view_id).where(FormalView.round_id == here)
    yield place(Spot.OWN_CHANGE, OwnChange.id, OwnChange.text, OwnChange.reason).where(OwnChange.round_id == here)
    promised = place(Spot.COMMITMENT, Commitment.id, Commitment.text, Commitment.because, Commitment.result)
    yield promised.where(Commitment.round_id == here, Commitment.replaced_at.is_(None))
    yield place(Spot.DECISION, Decision.id, Decision.reason).where(Decision.round_id == here)
    amended = place(Spot.DECISION, Amendment.id, Amendment.text)
    yield amended.join(Decision, Decision.id == Amendment.decision_id).where(Decision.round_id == here)


def _pattern(passage: str) -> str:
    """Return what LIKE looks for: the words in order, and any sign for a letter of which SQLite knows no capital."""
    words = [like("".join(sign if sign.isascii() else "\0" for sign in word)) for word in passage.split()]
    return f"%{'%'.join(words)}%".replace("\0", "%")


def _page_of(row: Any) -> tuple[str, dict[str, Any]]:
    """Return the page on which somebody mends a place, or reads it where nothing changes in it any more."""
    spot = Spot(row.spot)
    if spot is Spot.WRITTEN and row.name:  # a title is changed on the page of the whole draft
        return "synthesis.draft_desk", {}
    page, name = PAGES[spot]
    given = {"public_id": row.name, "number": row.version}
    at = {name: given.get(name, row.of)} if name else {}
    return page, at | ({"public_id": row.name} if spot is Spot.FILE else {})
