"""Finding versions of a draft and their parts, and who may read which."""

import uuid
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from consult.contributions.models import Contribution
from consult.field.models import AdviceRequest
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.landscape.models import StatementResult
from consult.policy import Actor
from consult.rounds.models import Round
from consult.synthesis.models import Draft, DraftState, Paragraph, Section, SourceLink, VoteResult

LARGEST = 2**31 - 1  # that the database can hold as the number of a version

_BEHIND = (  # what a source is called by
    joinedload(Contribution.merged_into),
    joinedload(Contribution.author),
    joinedload(Contribution.organisation),
)

Part = TypeVar("Part", Draft, Section, Paragraph, SourceLink)


@dataclass(frozen=True)
class Versions:
    """Two versions of one draft."""

    older: Draft
    newer: Draft

    @property
    def round_id(self) -> uuid.UUID:
        """The round of both."""
        return self.newer.round_id


def get_draft(actor: Actor, slug: str, number: int) -> Draft:
    """Return a version of the draft with its round (phases), sections, paragraphs and sources.

    Raises NotFound for a version that is not published, unless the actor serves the round.
    """
    round_too = contains_eager(Draft.round).options(selectinload(Round.phases))
    if number > LARGEST:
        raise NotFound
    wanted = _whole().join(Draft.round).where(Round.slug == slug, Draft.number == number).options(round_too)
    found = session().scalars(wanted).unique().one_or_none()
    if found is None or not _may_read(actor, found):
        raise NotFound
    return found


def get_versions(actor: Actor, slug: str, number: int, other: int) -> Versions:
    """Return two versions of the draft to compare, the older one first, with sections and paragraphs, not sources.

    Raises NotFound like `get_draft`.
    """
    pair = {min(number, LARGEST), min(other, LARGEST)}
    wanted = (
        select(Draft)
        .join(Draft.round)
        .where(Round.slug == slug, Draft.number.in_(pair))
        .options(contains_eager(Draft.round).selectinload(Round.phases))
        .options(joinedload(Draft.sections).joinedload(Section.paragraphs))
        .order_by(Draft.number)
    )
    found = session().scalars(wanted).unique().all()
    if len(found) != 2 or not all(_may_read(actor, draft) for draft in found):
        raise NotFound
    return Versions(*found)


def _may_read(actor: Actor, draft: Draft) -> bool:
    if actor.is_system or actor.serves(draft.round_id):
        return True
    return draft.state is DraftState.PUBLISHED and draft.round.is_public


def find_newest(round_id: uuid.UUID) -> Draft | None:
    """Find the newest version of a round's draft with its sections, paragraphs and sources."""
    version = aliased(Draft)
    newest = select(func.max(version.number)).where(version.round_id == round_id).scalar_subquery()
    wanted = _whole().where(Draft.round_id == round_id, Draft.number == newest)
    return session().scalars(wanted).unique().one_or_none()


def _whole() -> Select[Draft]:
    sources = joinedload(Draft.sections).joinedload(Section.paragraphs).selectinload(Paragraph.sources)
    return select(Draft).options(*behind(sources))


def behind(sources: Any) -> list[LoaderOption]:
    """Load with sources (`sources` loads them) what each of them is: in the one statement that reads them."""
    return [
        sources.joinedload(SourceLink.contribution).options(*_BEHIND),
        sources.joinedload(SourceLink.precondition),
        sources.joinedload(SourceLink.statement_result).joinedload(StatementResult.contribution),
        sources.joinedload(SourceLink.vote_result).joinedload(VoteResult.contribution),
        sources.joinedload(SourceLink.advice).joinedload(AdviceRequest.party),
    ]


def list_drafts(actor: Actor, round_id: uuid.UUID) -> list[Draft]:
    """List the versions of a round's draft that the actor may read, newest first."""
    wanted = select(Draft).where(Draft.round_id == round_id)
    if not (actor.is_system or actor.serves(round_id)):
        wanted = wanted.where(Draft.state == DraftState.PUBLISHED)
    return list(session().scalars(wanted.order_by(Draft.number.desc())))


def get_newest(actor: Actor, slug: str) -> Draft:
    """Return the newest version of the draft of a round that the actor serves, with the round; raises NotFound."""
    wanted = (
        select(Draft)
        .join(Draft.round)
        .where(Round.slug == slug)
        .options(contains_eager(Draft.round).selectinload(Round.phases))
        .order_by(Draft.number.desc())
        .limit(1)
    )
    return _served(actor, session().scalar(wanted))


def get_section(actor: Actor, slug: str, section_id: uuid.UUID) -> Section:
    """Return a section of a draft of a round that the actor serves, with its draft and round (phases)."""
    wanted = (
        select(Section)
        .join(Section.draft)
        .join(Draft.round)
        .where(Section.id == section_id, Round.slug == slug)
        .options(contains_eager(Section.draft).contains_eager(Draft.round).selectinload(Round.phases))
    )
    return _served(actor, session().scalar(wanted))


def get_paragraph(actor: Actor, slug: str, paragraph_id: uuid.UUID) -> Paragraph:
    """Return a paragraph of a round that the actor serves, with its sources, section, draft and round."""
    up = contains_eager(Paragraph.section).contains_eager(Section.draft).contains_eager(Draft.round)
    sources = selectinload(Paragraph.sources)
    wanted = (
        select(Paragraph)
        .join(Paragraph.section)
        .join(Section.draft)
        .join(Draft.round)
        .where(Paragraph.id == paragraph_id, Round.slug == slug)
        .options(
            up.options(selectinload(Round.phases), selectinload(Round.themes)),
            *behind(sources),
        )
    )
    return _served(actor, session().scalar(wanted))


def get_source(actor: Actor, slug: str, source_id: uuid.UUID) -> SourceLink:
    """Return a source of a paragraph of a round that the actor serves, with all above it."""
    wanted = (
        select(SourceLink)
        .join(SourceLink.paragraph)
        .join(Paragraph.section)
        .join(Section.draft)
        .join(Draft.round)
        .where(SourceLink.id == source_id, Round.slug == slug)
        .options(
            contains_eager(SourceLink.paragraph)
            .contains_eager(Paragraph.section)
            .contains_eager(Section.draft)
            .contains_eager(Draft.round)
        )
    )
    return _served(actor, session().scalar(wanted))


def _served(actor: Actor, found: Part | None) -> Part:
    if found is None or not (actor.is_system or actor.serves(found.round_id)):
        raise NotFound
    return found
