"""Finding positions, their versions and signatures, and what an organisation is still writing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from consult.contributions.models import Contribution, State
from consult.contributions.queries import visible_to
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.participants.models import Organisation
from consult.participants.queries import is_known_to
from consult.policy import Actor
from consult.positions.models import (
    CoSign,
    Position,
    PositionDraft,
    PositionTheme,
    PositionVersion,
)
from consult.positions.rules import BY_DATE, BY_NAME, Said, said_in
from consult.rounds.models import Round, Theme
from consult.rounds.queries import get_round


@dataclass(frozen=True)
class Writing:
    """What an organisation writes for a round: its draft and its position, as far as there are any."""

    round: Round
    organisation: Organisation
    draft: PositionDraft | None
    position: Position | None

    @property
    def round_id(self) -> uuid.UUID:
        """The round for which it is."""
        return self.round.id

    @property
    def organisation_id(self) -> uuid.UUID:
        """Whose it is."""
        return self.organisation.id


@dataclass(frozen=True)
class Listed:
    """One position of a round with the version that counts, and how many organisations sign with it."""

    position: Position
    version: PositionVersion
    signed_by: int

    @property
    def on(self) -> Mapping[uuid.UUID, PositionTheme]:
        """What it says of each theme."""
        return {said.theme_id: said for said in self.version.themes}


def get_writing(actor: Actor, slug: str, organisation: str) -> Writing:
    """Return what an organisation writes for a round, with who saved it last; in one statement beside the round.

    Raises NotFound as `get_round` and `get_organisation` do, and to everybody signed in who is not a member of it.
    """
    subject = get_round(actor, slug)
    wanted = (
        select(Organisation, PositionDraft, Position)
        .outerjoin(
            PositionDraft,
            and_(PositionDraft.organisation_id == Organisation.id, PositionDraft.round_id == subject.id),
        )
        .outerjoin(Position, and_(Position.organisation_id == Organisation.id, Position.round_id == subject.id))
        .where(Organisation.slug == organisation, is_known_to(actor))
        .options(joinedload(PositionDraft.written_by), joinedload(Position.contribution))
    )
    found = session().execute(wanted).one_or_none()
    if found is None or (actor.is_authenticated and found[0].id not in actor.memberships):
        raise NotFound
    return Writing(subject, *found)


def get_position(actor: Actor, slug: str, public_id: str) -> Position:
    """Return a position with its organisation, its contribution and the round with its phases.

    One that was public and taken back is still there, to say so. Raises NotFound when it is invisible to the actor.
    """
    known = or_(Round.is_public, Round.id.in_(list(actor.duties)), _all_of(actor))
    found = session().scalar(
        select(Position)
        .join(Position.contribution)
        .join(Contribution.round)
        .where(Contribution.public_id == public_id, Round.slug == slug, known, _is_shown_to(actor))
        .options(
            joinedload(Position.organisation),
            contains_eager(Position.contribution).contains_eager(Contribution.round).selectinload(Round.phases),
        )
    )
    if found is None:
        raise NotFound
    set_committed_value(found.contribution, "co_authors", [])  # it is nobody's own, so nobody writes along
    return found


def get_readable(actor: Actor, slug: str, public_id: str) -> Position:
    """Return a position as `get_position` does; raises NotFound too where the actor may not read the text."""
    found = get_position(actor, slug, public_id)
    if not is_readable(found, actor):
        raise NotFound
    return found


def is_readable(position: Position, actor: Actor) -> bool:
    """Say whether the actor may read what a position says, and not only that it was taken back."""
    if position.contribution.state is not State.WITHDRAWN:
        return True
    return actor.is_system or actor.serves(position.round_id) or position.organisation_id in actor.memberships


def _all_of(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_system else Round.id.is_(None)


def _is_shown_to(actor: Actor) -> ColumnElement[bool]:
    return or_(visible_to(actor), Position.withdrawn_at.is_not(None))


def list_positions(actor: Actor, subject: Round, sort: str, number: int = 1) -> Page[Listed]:
    """List one page of the positions of a round that the actor may read, in an order of `read_sort`.

    Ordered by a theme, who agrees most comes first and who takes no stance comes last. Two statements; a page
    past the end gives the last one.
    """
    which = and_(Position.round_id == subject.id, Contribution.state == State.PUBLISHED, visible_to(actor))
    columns: list[Any] = [Position, PositionVersion, _signed_by(), func.count().over()]
    wanted = (
        _ordered(select(*columns), subject, sort)
        .where(which)
        .options(contains_eager(Position.contribution), contains_eager(Position.organisation))
        .options(selectinload(PositionVersion.themes))
        .limit(PER_PAGE)
        .offset((number - 1) * PER_PAGE)
    )
    rows = session().execute(wanted).all()
    if not rows and number > 1:
        counted = select(func.count()).select_from(Position).join(Position.contribution).where(which)
        return list_positions(actor, subject, sort, max(1, -(-(session().scalar(counted) or 0) // PER_PAGE)))
    listed = [Listed(position, version, signed) for position, version, signed, _total in rows]
    return Page(listed, number, rows[0][3] if rows else 0)


def _ordered(wanted: Select[Any], subject: Round, sort: str) -> Select[Any]:
    wanted = (
        wanted.select_from(Position)
        .join(Position.contribution)
        .join(Position.organisation)
        .join(PositionVersion, _counts_now())
    )
    by_name = (Organisation.name, Organisation.id)
    if sort == BY_NAME:
        return wanted.order_by(*by_name)
    if sort == BY_DATE:
        return wanted.order_by(Contribution.received_at.desc(), *by_name)
    theme_id = next(theme.id for theme in subject.themes if theme.code == sort)
    said = and_(PositionTheme.version_id == PositionVersion.id, PositionTheme.theme_id == theme_id)
    silent = func.coalesce(PositionTheme.stance, -9)
    return wanted.outerjoin(PositionTheme, said).order_by(silent.desc(), PositionTheme.weight.desc(), *by_name)


def _counts_now() -> ColumnElement[bool]:
    return and_(PositionVersion.contribution_id == Contribution.id, PositionVersion.number == Contribution.version)


def _signed_by() -> ColumnElement[int]:
    """Count the organisations that sign with a position now."""
    counted = select(func.count(CoSign.organisation_id.distinct())).where(
        CoSign.contribution_id == Position.contribution_id, *_stands()
    )
    return counted.correlate(Position).scalar_subquery()


def _stands() -> tuple[ColumnElement[bool], ...]:
    return CoSign.withdrawn_at.is_(None), CoSign.renewed_at.is_(None)


@dataclass(frozen=True)
class Held:
    """An organisation with a public position, and what it holds of the statements of themes: words, -2 to 2."""

    organisation: str
    public_id: str
    stances: Sequence[tuple[str, int]]


def list_held(round_id: uuid.UUID) -> list[Held]:
    """List what organisations hold of the statements of a round's themes, by their names, in one statement."""
    wanted = (
        select(Organisation.name, Contribution.public_id, Theme.statement, PositionTheme.stance)
        .select_from(Position)
        .join(Position.contribution)
        .join(Position.organisation)
        .join(PositionVersion, PositionVersion.contribution_id == Position.contribution_id)
        .join(PositionTheme, PositionTheme.version_id == PositionVersion.id)
        .join(PositionTheme.theme)
        .where(Position.round_id == round_id, Contribution.state == State.PUBLISHED, Theme.statement != "")
        .where(PositionVersion.number == Contribution.version)
        .order_by(Organisation.name, Contribution.public_id, Theme.position)
    )
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for name, public_id, statement, stance in session().execute(wanted):
        found.setdefault((name, public_id), []).append((statement, stance))
    return [Held(name, public_id, stances) for (name, public_id), stances in found.items()]


def list_withdrawn(round_id: uuid.UUID) -> list[Position]:
    """List the positions of a round that were public and were taken back, newest first, with the organisation."""
    wanted = select(Position).where(Position.round_id == round_id, Position.withdrawn_at.is_not(None))
    loaded = wanted.options(joinedload(Position.organisation), joinedload(Position.contribution))
    return list(session().scalars(loaded.order_by(Position.withdrawn_at.desc())))


def list_position_versions(contribution_id: uuid.UUID) -> list[PositionVersion]:
    """List the versions of a position, newest first, with what each says of each theme."""
    wanted = select(PositionVersion).where(PositionVersion.contribution_id == contribution_id)
    loaded = wanted.options(selectinload(PositionVersion.themes).joinedload(PositionTheme.theme))
    return list(session().scalars(loaded.order_by(PositionVersion.number.desc())))


def said_by_number(versions: Sequence[PositionVersion]) -> dict[int, dict[uuid.UUID, Said]]:
    """Return what each version says of each theme, by its number."""
    return {version.number: said_in(version.themes) for version in versions}


def list_co_signs(contribution_id: uuid.UUID) -> list[CoSign]:
    """List who signs with a position or did, by theme and name; what was signed anew is left out."""
    wanted = (
        select(CoSign)
        .join(CoSign.organisation)
        .join(CoSign.theme)
        .where(CoSign.contribution_id == contribution_id, CoSign.renewed_at.is_(None))
        .options(contains_eager(CoSign.organisation), contains_eager(CoSign.theme))
        .order_by(Theme.position, Organisation.name, CoSign.signed_at)
    )
    return list(session().scalars(wanted))


def list_standing_signs(contribution_id: uuid.UUID) -> list[CoSign]:
    """List the signatures under a position that were neither taken back nor signed anew."""
    return list(session().scalars(select(CoSign).where(CoSign.contribution_id == contribution_id, *_stands())))


def get_co_sign(actor: Actor, slug: str, public_id: str, sign_id: uuid.UUID) -> CoSign:
    """Return a signature under a position that the actor may read, with the theme; raises NotFound."""
    position = get_position(actor, slug, public_id)
    found = session().scalar(
        select(CoSign)
        .where(CoSign.id == sign_id, CoSign.contribution_id == position.contribution_id)
        .options(joinedload(CoSign.theme), joinedload(CoSign.organisation))
    )
    if found is None:
        raise NotFound
    set_committed_value(found, "position", position)
    return found


def list_positions_of(actor: Actor, organisation_id: uuid.UUID) -> list[Position]:
    """List what an organisation holds in every round, as far as the actor may know of it, newest first."""
    wanted = (
        select(Position)
        .join(Position.contribution)
        .join(Contribution.round)
        .where(Position.organisation_id == organisation_id, Round.is_public, _is_shown_to(actor))
        .options(contains_eager(Position.contribution).contains_eager(Contribution.round))
        .order_by(Contribution.received_at.desc())
    )
    return list(session().scalars(wanted))


def list_signed_by(actor: Actor, organisation_id: uuid.UUID) -> list[Position]:
    """List with which positions of others an organisation signs now, as far as the actor may read them."""
    signs = select(CoSign.contribution_id).where(CoSign.organisation_id == organisation_id, *_stands())
    wanted = (
        select(Position)
        .join(Position.contribution)
        .join(Contribution.round)
        .where(Position.contribution_id.in_(signs), Contribution.state == State.PUBLISHED, visible_to(actor))
        .options(
            joinedload(Position.organisation),
            contains_eager(Position.contribution).contains_eager(Contribution.round),
        )
        .order_by(Contribution.received_at.desc())
    )
    return list(session().scalars(wanted))


def list_drafts(actor: Actor, round_id: uuid.UUID) -> list[tuple[Organisation, PositionDraft | None]]:
    """List the organisations for which the actor acts, by name, each with what it writes for a round."""
    wanted = (
        select(Organisation, PositionDraft)
        .outerjoin(
            PositionDraft,
            and_(PositionDraft.organisation_id == Organisation.id, PositionDraft.round_id == round_id),
        )
        .where(Organisation.id.in_(list(actor.memberships)))
        .order_by(Organisation.name, Organisation.id)
    )
    return [(of, draft) for of, draft in session().execute(wanted)]
