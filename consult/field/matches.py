"""Who could do something together: what partners offer and look for, whose positions are alike, introductions."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload

from consult.contributions.models import Contribution, State
from consult.contributions.queries import visible_to
from consult.field import rules
from consult.field.models import Introduction, IntroductionSide, Offer, PartnerText, Party, Side
from consult.field.queries import OfRound
from consult.field.rules import Exchange, Match, Scores
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.participants.models import Organisation
from consult.policy import Actor
from consult.positions.models import Position, PositionTheme, PositionVersion
from consult.rounds.models import Round, Theme
from consult.rounds.queries import get_round


@dataclass(frozen=True)
class Introducing(OfRound):
    """An introduction with its two sides, for who directs the round."""

    introduction: Introduction


@dataclass(frozen=True)
class Asked:
    """An introduction as one of its two organisations sees it."""

    introduction: Introduction
    own: IntroductionSide
    other: IntroductionSide

    @property
    def organisation_id(self) -> uuid.UUID:
        return self.own.organisation_id


@dataclass(frozen=True)
class Connections:
    """Who could do something together in a round, and who stand against each other; names by the id of the body."""

    names: Mapping[str, Organisation]
    matches: Sequence[Match]
    exchanges: Sequence[Exchange]
    scores: Mapping[str, Scores]
    themes: Mapping[str, Theme]


def list_offers(organisation_ids: Collection[uuid.UUID]) -> list[Offer]:
    """List what organisations offer and look for, in their own order."""
    wanted = select(Offer).where(Offer.organisation_id.in_(organisation_ids)).order_by(Offer.side, Offer.position)
    return list(session().scalars(wanted))


def find_partner_text(organisation_id: uuid.UUID) -> PartnerText | None:
    """Find what an organisation tells as a partner."""
    return session().get(PartnerText, organisation_id)


def connections(subject: Round, actor: Actor) -> Connections:
    """Set beside each other what the organisations of a round publicly hold, offer and look for; `themes` is loaded."""
    scores = _scores(subject, actor)
    on_map = select(Party.organisation_id).where(Party.round_id == subject.id, Party.left_at.is_(None))
    wanted = select(Organisation).where(
        Organisation.id.in_(on_map) | Organisation.id.in_([uuid.UUID(k) for k in scores])
    )
    names = {str(one.id): one for one in session().scalars(wanted)}
    tags: dict[Side, dict[str, set[str]]] = {side: defaultdict(set) for side in Side}
    for offer in list_offers([one.id for one in names.values()]):
        tags[offer.side][str(offer.organisation_id)].add(offer.tag.casefold())
    exchanged = rules.exchanges(tags[Side.OFFERS], tags[Side.SEEKS])
    themes = {theme.code: theme for theme in subject.themes}
    return Connections(names, rules.matches(scores), exchanged, scores, themes)


def _scores(subject: Round, actor: Actor) -> dict[str, Scores]:
    """Return what each organisation publicly holds of each theme, by its id, in one statement."""
    codes = {theme.id: theme.code for theme in subject.themes}
    wanted = (
        select(Position.organisation_id, PositionTheme.theme_id, PositionTheme.stance, PositionTheme.weight)
        .join(Position.contribution)
        .join(
            PositionVersion,
            (PositionVersion.contribution_id == Contribution.id) & (PositionVersion.number == Contribution.version),
        )
        .join(PositionTheme, PositionTheme.version_id == PositionVersion.id)
        .where(Position.round_id == subject.id, Contribution.state == State.PUBLISHED, visible_to(actor))
    )
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for body, theme_id, stance, weight in session().execute(wanted):
        if theme_id in codes:
            found[str(body)][codes[theme_id]] = (stance, weight)
    return dict(found)


def get_introduction(actor: Actor, slug: str, introduction: str) -> Introducing:
    """Return an introduction of a round for who directs it; raises NotFound as `get_round` does."""
    subject = get_round(actor, slug)
    wanted = select(Introduction).where(Introduction.public_id == introduction, Introduction.round_id == subject.id)
    found = session().scalar(wanted.options(selectinload(Introduction.sides).joinedload(IntroductionSide.organisation)))
    if found is None:
        raise NotFound
    return Introducing(subject, found)


def list_introductions(round_id: uuid.UUID) -> list[Introduction]:
    """List the introductions of a round, newest first, with both sides."""
    wanted = select(Introduction).where(Introduction.round_id == round_id).order_by(Introduction.proposed_at.desc())
    return list(
        session().scalars(wanted.options(selectinload(Introduction.sides).joinedload(IntroductionSide.organisation)))
    )


def get_asked_side(actor: Actor, organisation: str, introduction: str) -> Asked:
    """Return an introduction to a member of one of its organisations; raises NotFound to everybody else.

    Of a round that is not public there is nothing. Whom one can reach at the other is loaded; it may be shown
    once both said yes.
    """
    wanted = select(Introduction).join(Introduction.round).where(Introduction.public_id == introduction)
    wanted = wanted.where(Round.is_public)
    sides = selectinload(Introduction.sides)
    found = session().scalar(
        wanted.options(
            contains_eager(Introduction.round),
            sides.joinedload(IntroductionSide.organisation),
            sides.joinedload(IntroductionSide.contact),
        )
    )
    own = next((one for one in found.sides if one.organisation.slug == organisation), None) if found else None
    if found is None or own is None or not (actor.is_system or own.organisation_id in actor.memberships):
        raise NotFound
    return Asked(found, own, next(one for one in found.sides if one.id != own.id))


def list_asked_of(organisation_ids: Collection[uuid.UUID]) -> list[Asked]:
    """List the introductions of some organisations in public rounds, newest first, as they see them."""
    if not organisation_ids:
        return []
    own = select(IntroductionSide.introduction_id).where(IntroductionSide.organisation_id.in_(organisation_ids))
    wanted = select(Introduction).join(Introduction.round).where(Introduction.id.in_(own), Round.is_public)
    loaded = (
        wanted.order_by(Introduction.proposed_at.desc())
        .limit(50)
        .options(
            contains_eager(Introduction.round),
            selectinload(Introduction.sides).joinedload(IntroductionSide.organisation),
        )
    )
    found = []
    for one in session().scalars(loaded):
        for side in one.sides:
            if side.organisation_id in organisation_ids:
                found.append(Asked(one, side, next(other for other in one.sides if other.id != side.id)))
    return found
