"""A whole text that is put in the place of what a version says: what stays, changes, comes and goes."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import selectinload

from consult.audit.verbs import record
from consult.foundation.db import new_id, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.foundation.likeness import aligned
from consult.foundation.text import RENDERER, plain
from consult.policy import Act, Actor
from consult.synthesis.models import Draft, Paragraph, Section, SourceLink
from consult.synthesis.outlines import Written
from consult.synthesis.verbs import hold_for_writing


@dataclass(frozen=True)
class Placed:
    """One paragraph of the new text: of which section, what it says, and which paragraph it was, if any."""

    section: int
    text: str
    html: str
    was: Paragraph | None

    @property
    def is_changed(self) -> bool:
        """Whether it was there and says something else now."""
        return self.was is not None and plain(self.was.html) != plain(self.html)


@dataclass(frozen=True)
class Plan:
    """What a new text makes of a version; `seen` tells whether the version is still the one that was looked at."""

    titles: tuple[str, ...]
    sections: tuple[uuid.UUID | None, ...]  # which section of the version each of the new text is
    paragraphs: tuple[Placed, ...]
    gone: tuple[Paragraph, ...]
    seen: str

    @property
    def kept(self) -> list[Placed]:
        """What stays word for word."""
        return [one for one in self.paragraphs if one.was is not None and not one.is_changed]

    @property
    def changed(self) -> list[Placed]:
        """What stays with other words."""
        return [one for one in self.paragraphs if one.is_changed]

    @property
    def new(self) -> list[Placed]:
        """What was not there."""
        return [one for one in self.paragraphs if one.was is None]

    @property
    def sources_lost(self) -> int:
        """How many sources go with the paragraphs that go."""
        return sum(len(one.sources) for one in self.gone)


def planned(draft: Draft, parts: Sequence[Written]) -> Plan:
    """Say what a text would make of a version; see `aligned` for when a paragraph is the same one, changed.

    Sections, paragraphs and sources of the version are loaded. Sections are matched by their titles.
    """
    old = [paragraph for section in draft.sections for paragraph in section.paragraphs]
    new = [(number, text, html) for number, part in enumerate(parts) for text, html in part.paragraphs]
    found = aligned([plain(one.html) for one in old], [plain(html) for _number, _text, html in new])
    rows = [
        Placed(number, text, html, old[was] if was is not None else None)
        for (number, text, html), was in zip(new, found, strict=True)
    ]
    used = {was for was in found if was is not None}
    titled = aligned([section.title for section in draft.sections], [part.title for part in parts])
    return Plan(
        tuple(part.title for part in parts),
        tuple(draft.sections[was].id if was is not None else None for was in titled),
        tuple(rows),
        tuple(one for i, one in enumerate(old) if i not in used),
        seen_of(draft),
    )


def seen_of(draft: Draft) -> str:
    """Return a fingerprint of a version as it stands: any save, move or source since makes another one."""
    told = [f"{draft.id}"]
    for section in draft.sections:
        told.append(f"{section.id}{section.title}")
        for one in section.paragraphs:
            told += [f"{one.id}{one.version}{one.is_editorial}", *sorted(str(link.id) for link in one.sources)]
    return sha256("|".join(told).encode()).hexdigest()[:32]


def replace_text(draft: Draft, plan: Plan, actor: Actor, *, seen: str) -> None:
    """Put a text in the place of what a version says, as it was planned: one entry in the journal.

    A paragraph that stays keeps its stable id and its sources; with other words it has one more save. What goes
    is gone from this version alone. Refused once the version is submitted or published, and when anybody
    changed it since `seen` was shown or while this was planned.
    """
    hold_for_writing(draft)
    now = _as_it_stands(draft)
    if plan.seen != seen or now != plan.seen:
        raise Conflict(_("Somebody changed this version after you looked. Look again at what would change."))
    _take_out([one.id for one in plan.gone])
    sections = _arrange_sections(draft, plan)
    _arrange_paragraphs(plan, sections)
    kept = {one for one in plan.sections if one is not None}
    session().execute(delete(Section).where(Section.draft_id == draft.id, Section.id.not_in({*kept, *sections})))
    session().expire_all()
    counts = {"kept": len(plan.kept), "changed": len(plan.changed), "new": len(plan.new), "gone": len(plan.gone)}
    gone = [str(one.stable_id) for one in plan.gone]
    record(Act.WRITE_DRAFT, actor, draft, part="whole text", removed=gone, **counts)


def _as_it_stands(draft: Draft) -> str:
    """Return the fingerprint of a version as the database has it now."""
    told = selectinload(Draft.sections).selectinload(Section.paragraphs).selectinload(Paragraph.sources)
    wanted = select(Draft).where(Draft.id == draft.id).options(told).execution_options(populate_existing=True)
    return seen_of(session().scalars(wanted).one())


def _take_out(gone: Sequence[uuid.UUID]) -> None:
    session().execute(delete(SourceLink).where(SourceLink.paragraph_id.in_(gone)))
    session().execute(delete(Paragraph).where(Paragraph.id.in_(gone)))


def _arrange_sections(draft: Draft, plan: Plan) -> list[uuid.UUID]:
    """Give the sections their titles and places; places are unique, so all step aside first."""
    session().execute(update(Section).where(Section.draft_id == draft.id).values(position=-Section.position))
    ids = [was or new_id() for was in plan.sections]
    rows: list[dict[str, Any]] = [
        {"id": one, "draft_id": draft.id, "position": place, "title": title}
        for place, (one, title) in enumerate(zip(ids, plan.titles, strict=True), start=1)
    ]
    known = {one for one in plan.sections if one is not None}
    if fresh := [row for row in rows if row["id"] not in known]:
        session().execute(insert(Section), fresh)
    if there := [{k: row[k] for k in ("id", "position", "title")} for row in rows if row["id"] in known]:
        session().execute(update(Section), there)
    return ids


def _arrange_paragraphs(plan: Plan, sections: Sequence[uuid.UUID]) -> None:
    """Put every paragraph in its place: those that stay step aside first, each to a place of its own."""
    places: dict[int, int] = {}
    aside, there, fresh = [], [], []
    for number, one in enumerate(plan.paragraphs, start=1):
        places[one.section] = places.get(one.section, 0) + 1
        row = {"section_id": sections[one.section], "position": places[one.section]}
        said = {"text": one.text, "html": one.html, "renderer": RENDERER}
        if one.was is None:
            fresh.append({"id": new_id(), "stable_id": new_id(), "is_editorial": False, "version": 1, **row, **said})
            continue
        aside.append({"id": one.was.id, "position": -number})
        changes = {**said, "version": one.was.version + 1} if one.is_changed else {}
        there.append({"id": one.was.id, **row, **changes})
    for rows in (aside, [row for row in there if "text" in row], [row for row in there if "text" not in row]):
        if rows:
            session().execute(update(Paragraph), rows)
    if fresh:
        session().execute(insert(Paragraph), fresh)
