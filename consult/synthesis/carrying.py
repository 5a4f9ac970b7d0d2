"""Carrying what people said of a draft into the next version: where it stands there, and how much is left of it."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, and_, func, insert, literal, select, union_all
from sqlalchemy.orm import aliased

from consult.contributions.models import Contribution, State
from consult.foundation.anchors import Anchor, Fate, Quote, anchor
from consult.foundation.db import locked, session
from consult.foundation.text import plain
from consult.synthesis.models import Carried, Draft, DraftState, Paragraph, Remark, Section

Texts = Mapping[uuid.UUID, str]  # what each paragraph of a version says, by its stable id, in their order


def carry(draft: Draft) -> int:
    """Write down where all that was said of earlier versions stands in one that is published now.

    Whoever calls this holds the version. What is being said at this moment of the version before is waited for.
    """
    before = select(Draft.id).where(
        Draft.round_id == draft.round_id, Draft.state == DraftState.PUBLISHED, Draft.number < draft.number
    )
    session().execute(locked(before.order_by(Draft.number.desc()).limit(1)))
    known = select(Carried.remark_id).where(Carried.draft_id == draft.id)
    wanted = (
        select(Remark)
        .join(Remark.draft)
        .where(Draft.round_id == draft.round_id, Draft.number < draft.number, Remark.contribution_id.not_in(known))
    )
    found = looked_for(draft, list(session().scalars(wanted)))
    rows = [
        {name: getattr(one, name) for name in ("remark_id", "draft_id", "fate", "stable_id", "found")} for one in found
    ]
    if rows:
        session().execute(insert(Carried), rows)
    return len(rows)


def looked_for(draft: Draft, remarks: Sequence[Remark]) -> list[Carried]:
    """Say where each of some remarks on earlier versions stands in a version, or would; nothing is kept of it."""
    if not remarks:
        return []
    texts, was, last = texts_of(draft.id), _texts_remarked(remarks), _last_found(remarks, draft)
    return [_found(one, draft, texts, was, last.get(one.contribution_id)) for one in remarks]


def _found(remark: Remark, draft: Draft, texts: Texts, was: Mapping[object, str], last: Carried | None) -> Carried:
    said = was.get((remark.draft_id, remark.stable_id), "")
    found = place_of(remark.quote, remark.prefix, remark.suffix, home=remark.stable_id, said=said, texts=texts)
    if found.fate is Fate.GONE and last is not None and last.found and last.stable_id is not None:
        again = anchor(Quote(last.found), last.stable_id, texts)
        found = found if again.place is None else Anchor(Fate.CHANGED, again.place, again.start, again.end, again.alike)
    if found.place is None:
        beside = remark.stable_id if remark.stable_id in texts else None
        return Carried(remark_id=remark.contribution_id, draft_id=draft.id, fate=found.fate, stable_id=beside, found="")
    words = texts[found.place][found.start : found.end] if remark.quote or found.place != remark.stable_id else ""
    return Carried(
        remark_id=remark.contribution_id, draft_id=draft.id, fate=found.fate, stable_id=found.place, found=words
    )


def place_of(quote: str, prefix: str, suffix: str, *, home: uuid.UUID, said: str, texts: Texts) -> Anchor[uuid.UUID]:
    """Say where the words that a remark is about stand in another version; see `anchor` for the thresholds.

    A remark without words of its own is about its whole paragraph, which said `said`: while that paragraph
    stands, it was kept or changed, however much. Otherwise its text is looked for in the other paragraphs.
    """
    if quote:
        return anchor(Quote(quote, prefix, suffix), home, texts)
    if home in texts:
        fate = Fate.KEPT if texts[home] == said else Fate.CHANGED
        return Anchor(fate, home, 0, len(texts[home]), 1.0 if fate is Fate.KEPT else 0.0)
    return anchor(Quote(said), home, texts) if said else Anchor(Fate.GONE)


def texts_of(draft_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Return what each paragraph of a version says, by its stable id, in their order."""
    wanted = (
        select(Paragraph.stable_id, Paragraph.html)
        .join(Paragraph.section)
        .where(Section.draft_id == draft_id)
        .order_by(Section.position, Paragraph.position)
    )
    return {stable_id: plain(html) for stable_id, html in session().execute(wanted)}


def _texts_remarked(remarks: Sequence[Remark]) -> dict[object, str]:
    """Return what the paragraphs said that are remarked on as a whole, by version and stable id."""
    whole = [one for one in remarks if not one.quote]
    if not whole:
        return {}
    wanted = (
        select(Section.draft_id, Paragraph.stable_id, Paragraph.html)
        .join(Paragraph.section)
        .where(
            Section.draft_id.in_({one.draft_id for one in whole}),
            Paragraph.stable_id.in_({one.stable_id for one in whole}),
        )
    )
    return {(draft_id, stable_id): plain(html) for draft_id, stable_id, html in session().execute(wanted)}


def _last_found(remarks: Sequence[Remark], draft: Draft) -> dict[uuid.UUID, Carried]:
    """Return where remarks stood in the version before, as far as they were carried into it."""
    version = aliased(Draft)
    newest = (
        select(func.max(version.number))
        .where(
            version.round_id == draft.round_id,
            version.number < draft.number,
            version.state == DraftState.PUBLISHED,
        )
        .scalar_subquery()
    )
    wanted = select(Carried).join(Draft, Draft.id == Carried.draft_id)
    there = session().scalars(wanted.where(Draft.round_id == draft.round_id, Draft.number == newest))
    ids = {one.contribution_id for one in remarks}
    return {one.remark_id: one for one in there if one.remark_id in ids}


def beside(draft_id: uuid.UUID) -> Select[tuple[uuid.UUID, uuid.UUID | None, Fate | None, str]]:
    """Select what stands beside the paragraphs of a published version: remark, paragraph, fate, words.

    What was said of this version itself has no fate; what was carried into it has one.
    """
    made = select(
        Remark.contribution_id.label("remark_id"),
        Remark.stable_id.label("stable_id"),
        literal(None, Carried.fate.type).label("fate"),
        Remark.quote.label("found"),
    ).where(Remark.draft_id == draft_id)
    carried = select(Carried.remark_id, Carried.stable_id, Carried.fate, Carried.found).where(
        Carried.draft_id == draft_id
    )
    both = union_all(made, carried).subquery("beside")
    return select(both.c.remark_id, both.c.stable_id, both.c.fate, both.c.found)


def count_remarks(draft_id: uuid.UUID) -> dict[uuid.UUID | None, int]:
    """Count what everybody can read beside each paragraph of a version; None counts what lost its paragraph."""
    there = beside(draft_id).subquery()
    public = and_(Contribution.id == there.c.remark_id, Contribution.state == State.PUBLISHED)
    counted = select(there.c.stable_id, func.count()).join(Contribution, public).group_by(there.c.stable_id)
    return {stable_id: count for stable_id, count in session().execute(counted)}
