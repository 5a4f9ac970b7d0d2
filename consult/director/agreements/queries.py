"""Finding agreements, for who may know of them, and what they realise."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from consult.contributions.models import Contribution
from consult.contributions.queries import visible_to
from consult.director.agreements.models import (
    Agreement,
    AgreementGoal,
    AgreementState,
    AgreementVersion,
    Realisation,
)
from consult.director.agreements.terms import Indicator, Line, Requirement
from consult.director.goals.models import Goal
from consult.director.goals.queries import goals_visible_to
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.policy import Actor
from consult.rounds.models import Round
from consult.synthesis.models import Draft, DraftState, Paragraph, Section

NEW = "new"
MOST = 500  # agreements in one account


@dataclass(frozen=True)
class Part:
    """One item of the terms that are being written: an indicator, a line or a requirement; None for a new one."""

    agreement: Agreement
    key: str
    item: Indicator | Line | Requirement | None

    @property
    def organisation_id(self) -> uuid.UUID:
        return self.agreement.organisation_id

    @property
    def round_id(self) -> uuid.UUID | None:
        return self.agreement.round_id


@dataclass(frozen=True)
class Passage:
    """A paragraph of a draft that an agreement realises, with where it stands."""

    realisation: Realisation
    paragraph: Paragraph
    section: Section
    draft: Draft
    slug: str


def agreements_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Say which agreements exist for the actor: public ones, all for staff, and those of their organisation."""
    if actor.is_staff or actor.is_system:
        return true()
    own = list(actor.memberships)
    return or_(
        Agreement.published_at.is_not(None), Agreement.organisation_id.in_(own), Agreement.third_party_id.in_(own)
    )


def get_agreement(actor: Actor, agreement_id: str) -> Agreement:
    """Return an agreement with its parties, round, versions and signatures; raises NotFound."""
    return _get(actor, agreement_id, _signed())


def get_shown(actor: Actor, agreement_id: str) -> Agreement:
    """Return an agreement as `get_agreement` does, without its signatures; raises NotFound."""
    return _get(actor, agreement_id, _whole())


def _get(actor: Actor, agreement_id: str, options: Sequence[LoaderOption]) -> Agreement:
    wanted = select(Agreement).where(Agreement.public_id == agreement_id, agreements_visible_to(actor))
    found = session().scalar(wanted.options(*options))
    if found is None:
        raise NotFound
    return found


def get_written(actor: Actor, agreement_id: str) -> Agreement:
    """Return an agreement to who may see what is being written of it: staff and its parties; raises NotFound."""
    found = get_agreement(actor, agreement_id)
    if not knows_inside(found, actor):
        raise NotFound
    return found


def knows_inside(agreement: Agreement, actor: Actor) -> bool:
    """Say whether somebody sees drafts, reports and comments: staff, and who acts for a party."""
    return actor.is_staff or actor.is_system or bool(agreement.party_ids & set(actor.memberships))


def get_part(actor: Actor, agreement_id: str, part_key: str) -> Part:
    """Return one item of the terms that are being written, or a place for a new one; raises NotFound."""
    agreement = get_written(actor, agreement_id)
    terms = agreement.draft.read if agreement.draft is not None else agreement.terms
    item = terms.find(part_key)
    if part_key != NEW and item is None:
        raise NotFound
    return Part(agreement, part_key, item)


def get_indicator(actor: Actor, agreement_id: str, part_key: str) -> Part:
    """Return an indicator as `get_part` does; raises NotFound for an item of another kind."""
    return _of_kind(get_part(actor, agreement_id, part_key), Indicator)


def get_line(actor: Actor, agreement_id: str, part_key: str) -> Part:
    """Return a budget line as `get_part` does; raises NotFound for an item of another kind."""
    return _of_kind(get_part(actor, agreement_id, part_key), Line)


def get_requirement(actor: Actor, agreement_id: str, part_key: str) -> Part:
    """Return a requirement as `get_part` does; raises NotFound for an item of another kind."""
    return _of_kind(get_part(actor, agreement_id, part_key), Requirement)


def _of_kind(part: Part, kind: type[Indicator | Line | Requirement]) -> Part:
    if part.item is not None and not isinstance(part.item, kind):
        raise NotFound
    return part


def list_agreements(actor: Actor, number: int = 1, state: AgreementState | None = None) -> Page[Agreement]:
    """List one page of the agreements that the actor may know of, the newest first, loaded as `get_shown` does."""
    which = agreements_visible_to(actor)
    if state is not None:
        which = and_(which, Agreement.state == state)
    total = session().scalar(select(func.count(Agreement.id)).where(which)) or 0
    number = max(1, min(number, -(-total // PER_PAGE)))
    wanted = select(Agreement).where(which).order_by(Agreement.made_at.desc(), Agreement.id).options(*_whole())
    return Page(session().scalars(wanted.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all(), number, total)


def list_for_account(
    actor: Actor, round_id: uuid.UUID | None = None, goal_id: uuid.UUID | None = None
) -> list[Agreement]:
    """List the agreements of the authority, of one round or of one goal that the actor may know of, newest first.

    500 at most, so it is the oldest that are left out.
    """
    wanted = select(Agreement).where(agreements_visible_to(actor))
    if round_id is not None:
        wanted = wanted.where(Agreement.round_id == round_id)
    if goal_id is not None:
        wanted = wanted.join(AgreementGoal, AgreementGoal.agreement_id == Agreement.id)
        wanted = wanted.where(AgreementGoal.goal_id == goal_id)
    wanted = wanted.order_by(Agreement.made_at.desc(), Agreement.id).options(*_whole())
    return list(session().scalars(wanted.limit(MOST)))


def list_goals_for(actor: Actor, agreement_id: uuid.UUID) -> list[Goal]:
    """List the goals for which an agreement was made, as far as the actor may know of them."""
    wanted = select(Goal).join(AgreementGoal, AgreementGoal.goal_id == Goal.id)
    wanted = wanted.where(AgreementGoal.agreement_id == agreement_id, goals_visible_to(actor))
    return list(session().scalars(wanted.order_by(Goal.target_on, Goal.id)))


def list_origin(actor: Actor, agreement_id: uuid.UUID) -> tuple[list[Realisation], list[Passage]]:
    """List what an agreement realises, in one statement: contributions and paragraphs, as far as the actor sees them.

    Contributions come with their round; of paragraphs those of published drafts, for staff of any.
    """
    of_draft: ColumnElement[bool] = Draft.id.is_not(None)
    if not (actor.is_staff or actor.is_system):
        of_draft = Draft.state == DraftState.PUBLISHED
    wanted = (
        select(Realisation, Paragraph, Section, Draft, Round.slug)
        .outerjoin(Contribution, Contribution.id == Realisation.contribution_id)
        .outerjoin(Paragraph, Paragraph.id == Realisation.paragraph_id)
        .outerjoin(Section, Section.id == Paragraph.section_id)
        .outerjoin(Draft, Draft.id == Section.draft_id)
        .outerjoin(Round, Round.id == Draft.round_id)
        .where(
            Realisation.agreement_id == agreement_id,
            or_(and_(Realisation.contribution_id.is_not(None), visible_to(actor)), of_draft),
        )
        .options(joinedload(Realisation.contribution).joinedload(Contribution.round))
        .order_by(Draft.number, Section.position, Paragraph.position, Realisation.linked_at, Realisation.id)
    )
    rows = session().execute(wanted).all()
    realised = [row[0] for row in rows if row[0].paragraph_id is None]
    return realised, [Passage(*row) for row in rows if row[0].paragraph_id is not None]


def list_paragraph_choices(round_id: uuid.UUID | None) -> list[tuple[str, str]]:
    """List the paragraphs of the newest published draft of a round as choices: id, and section with first words."""
    if round_id is None:
        return []
    newest = (
        select(func.max(Draft.number))
        .where(Draft.round_id == round_id, Draft.state == DraftState.PUBLISHED)
        .scalar_subquery()
    )
    wanted = (
        select(Paragraph.id, Section.title, Paragraph.text)
        .join(Section, Section.id == Paragraph.section_id)
        .join(Draft, Draft.id == Section.draft_id)
        .where(Draft.round_id == round_id, Draft.number == newest)
        .order_by(Section.position, Paragraph.position)
    )
    return [(str(one), f"{title}: {' '.join(text.split())[:80]}") for one, title, text in session().execute(wanted)]


def list_realising(
    actor: Actor, contribution_ids: Collection[uuid.UUID], paragraph_ids: Sequence[uuid.UUID]
) -> list[Realisation]:
    """List which agreements realise some contributions or paragraphs, with the agreement and its partner."""
    about = or_(Realisation.contribution_id.in_(contribution_ids), Realisation.paragraph_id.in_(paragraph_ids))
    wanted = (
        select(Realisation)
        .join(Agreement, Agreement.id == Realisation.agreement_id)
        .where(about, agreements_visible_to(actor))
        .options(
            joinedload(Realisation.agreement).joinedload(Agreement.organisation),
            joinedload(Realisation.agreement).selectinload(Agreement.versions),
        )
        .order_by(Realisation.linked_at, Realisation.id)
    )
    return list(session().scalars(wanted))


def get_realisation(actor: Actor, agreement_id: str, realisation_id: uuid.UUID) -> Realisation:
    """Return a link of an agreement, with the agreement; raises NotFound."""
    agreement = get_written(actor, agreement_id)
    options = [joinedload(Realisation.contribution), joinedload(Realisation.agreement)]
    found = session().get(Realisation, realisation_id, options=options)
    if found is None or found.agreement_id != agreement.id:
        raise NotFound
    return found


def find_agreement(agreement_id: str) -> Agreement | None:
    """Find an agreement by the code in its address."""
    return session().scalar(select(Agreement).where(Agreement.public_id == agreement_id).options(*_signed()))


def _whole() -> tuple[LoaderOption, ...]:
    return (
        joinedload(Agreement.organisation),
        joinedload(Agreement.third_party),
        joinedload(Agreement.round),
        selectinload(Agreement.versions),
    )


def _signed() -> tuple[LoaderOption, ...]:
    return (*_whole(), selectinload(Agreement.versions).selectinload(AgreementVersion.signatures))
