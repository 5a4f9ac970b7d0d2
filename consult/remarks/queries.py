"""Finding paragraphs that people react to, and what they said of a version of the draft."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from consult.contributions.models import ON_DRAFT, Contribution, State
from consult.contributions.queries import get_contribution, matches_words, visible_to
from consult.foundation.anchors import Fate
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.policy import Actor
from consult.remarks.rules import Show, Wanted
from consult.rounds.models import Round
from consult.synthesis.carrying import beside, looked_for
from consult.synthesis.drafts import LARGEST, behind
from consult.synthesis.models import Carried, Draft, DraftState, Outcome, Paragraph, Remark, Section, SourceLink
from consult.synthesis.queries import in_public


@dataclass(frozen=True)
class Said:
    """One remark as it stands in a version: beside which paragraph, with which fate, and its answer.

    `fate` is None for a remark on this very version; `found` are its words as they read here; `made_on` is the
    number of the version that it was made on.
    """

    contribution: Contribution
    remark: Remark
    made_on: int
    stable_id: uuid.UUID | None
    fate: Fate | None
    found: str
    outcome: Outcome | None


@dataclass(frozen=True)
class Handled:
    """A remark with the version that is being written, and where its words stand there, as far as both exist."""

    remark: Remark
    draft: Draft | None
    place: Carried | None
    paragraph: Paragraph | None

    @property
    def round_id(self) -> uuid.UUID:
        """The round of the remark."""
        return self.remark.round_id


def get_read_paragraph(actor: Actor, slug: str, number: int, stable_id: uuid.UUID) -> Paragraph:
    """Return a paragraph of a published version with its sources, section, draft and round (phases).

    Raises NotFound for what the actor may not read.
    """
    up = contains_eager(Paragraph.section).contains_eager(Section.draft).contains_eager(Draft.round)
    sources = selectinload(Paragraph.sources)
    wanted = (
        select(Paragraph)
        .join(Paragraph.section)
        .join(Section.draft)
        .join(Draft.round)
        .where(
            Round.slug == slug,
            Draft.number == min(number, LARGEST),
            Draft.state == DraftState.PUBLISHED,
            Paragraph.stable_id == stable_id,
        )
        .options(
            up.selectinload(Round.phases),
            *behind(sources),
        )
    )
    found = session().scalar(wanted)
    if found is None or not _exists_for(actor, found.section.draft.round):
        raise NotFound
    return found


def get_published(actor: Actor, slug: str, number: int) -> Draft:
    """Return a published version with its round (phases), without what it says; raises NotFound."""
    wanted = (
        select(Draft)
        .join(Draft.round)
        .where(Round.slug == slug, Draft.number == min(number, LARGEST), Draft.state == DraftState.PUBLISHED)
        .options(contains_eager(Draft.round).selectinload(Round.phases))
    )
    found = session().scalar(wanted)
    if found is None or not _exists_for(actor, found.round):
        raise NotFound
    return found


def _exists_for(actor: Actor, subject: Round) -> bool:
    return subject.is_public or actor.is_system or actor.serves(subject.id)


def list_versions(round_id: uuid.UUID) -> list[Draft]:
    """List the versions of the draft of a round, published or not, newest first."""
    return list(session().scalars(select(Draft).where(Draft.round_id == round_id).order_by(Draft.number.desc())))


def find_newest_number(round_id: uuid.UUID) -> int:
    """Find the number of the version that was published last, or 0."""
    wanted = select(func.max(Draft.number)).where(Draft.round_id == round_id, Draft.state == DraftState.PUBLISHED)
    return session().scalar(wanted) or 0


def number_of(paragraph: Paragraph) -> str:
    """Return how a paragraph is called: "2.1" is the first one of the second section."""
    section, other, beside_it = paragraph.section, aliased(Section), aliased(Paragraph)
    wanted = select(
        select(func.count())
        .where(other.draft_id == section.draft_id, other.position <= section.position)
        .scalar_subquery(),
        select(func.count())
        .where(beside_it.section_id == section.id, beside_it.position <= paragraph.position)
        .scalar_subquery(),
    )
    first, second = session().execute(wanted).one()
    return f"{first}.{second}"


def name_places(draft_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Return how each paragraph of a version is called, by its stable id; see `number_of`."""
    wanted = (
        select(
            Paragraph.stable_id,
            func.dense_rank().over(order_by=Section.position),
            func.row_number().over(partition_by=Section.id, order_by=Paragraph.position),
        )
        .select_from(Section)
        .outerjoin(Paragraph, Paragraph.section_id == Section.id)
        .where(Section.draft_id == draft_id)
    )
    return {one: f"{first}.{second}" for one, first, second in session().execute(wanted) if one is not None}


def list_said(
    actor: Actor, draft: Draft, wanted: Wanted, number: int = 1, *, answers: ColumnElement[bool] | None = None
) -> Page[Said]:
    """List one page of what was said of a version and of earlier ones, oldest first, as far as the actor may see it.

    With the author, the organisation and the answer: the one that is public, or the one that `answers` says.
    One statement; a page past the end gives the last one with two more.
    """
    rows = _rows(actor, draft, wanted, answers if answers is not None else in_public())
    found = session().execute(rows.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()
    if not found and number > 1:
        total = session().scalar(select(func.count()).select_from(rows.subquery())) or 0
        return list_said(actor, draft, wanted, max(1, -(-total // PER_PAGE)), answers=answers)
    items = [
        Said(one, remark, made_on, stable_id, Fate(fate) if fate is not None else None, words, outcome)
        for one, remark, made_on, stable_id, fate, words, outcome, _total in found
    ]
    return Page(items, number, found[0][-1] if found else 0)


def of_the_team() -> ColumnElement[bool]:
    """Say which answers the team works on; they may be public or not."""
    return Outcome.replaced_at.is_(None)


def _rows(actor: Actor, draft: Draft, wanted: Wanted, answers: ColumnElement[bool]) -> Select[Any]:
    there = beside(draft.id).subquery()
    conditions = [visible_to(actor), Contribution.state.in_([State.PUBLISHED, State.HELD])]
    if wanted.stable_id is not None:
        conditions.append(there.c.stable_id == wanted.stable_id)
    if wanted.is_lost:
        conditions.append(there.c.stable_id.is_(None))
    if wanted.kind is not None:
        conditions.append(Contribution.kind == wanted.kind)
    if wanted.is_new:
        conditions.append(there.c.fate.is_(None))
    elif wanted.fate is not None:
        conditions.append(there.c.fate == wanted.fate)
    if wanted.words:
        conditions.append(matches_words(wanted.words))
    if wanted.show is not Show.ALL:
        is_answered = Outcome.id.is_not(None)
        conditions.append(is_answered if wanted.show is Show.ANSWERED else ~is_answered)
    rows: Select[Any] = (
        select(
            Contribution,
            Remark,
            Draft.number,
            there.c.stable_id,
            there.c.fate,
            there.c.found,
            Outcome,
            func.count().over(),
        )
        .join(there, there.c.remark_id == Contribution.id)
        .join(Remark, Remark.contribution_id == Contribution.id)
        .join(Draft, Draft.id == Remark.draft_id)
        .outerjoin(Outcome, and_(Outcome.contribution_id == Contribution.id, answers))
        .where(*conditions)
        .options(joinedload(Contribution.author), joinedload(Contribution.organisation))
        .order_by(Contribution.received_at, Contribution.id)
    )
    return rows


def get_remark(actor: Actor, slug: str, public_id: str) -> Remark:
    """Return a remark that the actor may see, with its draft, and its contribution as `get_contribution` loads it."""
    contribution = get_contribution(actor, slug, public_id)
    found = find_remark(contribution)
    if found is None:
        raise NotFound
    return found


def find_remark(contribution: Contribution) -> Remark | None:
    """Find what a contribution is about in a draft, with the version it was made on; None for any other kind."""
    if contribution.kind not in ON_DRAFT:
        return None
    wanted = select(Remark).where(Remark.contribution_id == contribution.id).options(joinedload(Remark.draft))
    found = session().scalar(wanted)
    if found is not None:
        set_committed_value(found, "contribution", contribution)
    return found


def get_handled(actor: Actor, slug: str, public_id: str) -> Handled:
    """Return a remark with where it would stand in the version that is being written; raises NotFound.

    Only for whoever serves the round.
    """
    remark = get_remark(actor, slug, public_id)
    if not (actor.is_system or actor.serves(remark.round_id)):
        raise NotFound
    draft = session().scalar(select(Draft).where(Draft.round_id == remark.round_id, Draft.state == DraftState.CONCEPT))
    if draft is None:
        return Handled(remark, None, None, None)
    set_committed_value(draft, "round", remark.contribution.round)
    [place] = looked_for(draft, [remark])
    return Handled(remark, draft, place, _paragraph_in(draft, place.stable_id))


def _paragraph_in(draft: Draft, stable_id: uuid.UUID | None) -> Paragraph | None:
    wanted = (
        select(Paragraph)
        .join(Paragraph.section)
        .where(Section.draft_id == draft.id, Paragraph.stable_id == stable_id)
        .options(contains_eager(Paragraph.section))
    )
    found = session().scalar(wanted) if stable_id is not None else None
    if found is not None:
        set_committed_value(found.section, "draft", draft)
    return found


def count_said_since(person_id: uuid.UUID, moment: datetime) -> int:
    """Count what a person said of drafts since a moment, for themselves and for organisations."""
    wanted = select(func.count()).where(
        Contribution.kind.in_(sorted(ON_DRAFT)),
        Contribution.received_at > moment,
        or_(Contribution.author_id == person_id, Contribution.entered_by_id == person_id),
    )
    return session().scalar(wanted) or 0


def is_cited(remark: Remark) -> bool:
    """Say whether a paragraph of any version rests on a remark."""
    wanted = select(SourceLink.id).where(SourceLink.contribution_id == remark.contribution_id).limit(1)
    return session().scalar(wanted) is not None
