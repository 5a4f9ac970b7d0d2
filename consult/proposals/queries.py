"""Finding what is special to proposals and arguments."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.queries import list_entries_on
from consult.contributions.models import CoAuthor, Contribution, Kind, Version
from consult.contributions.queries import get_contribution, get_proposal, list_versions, visible_to
from consult.contributions.rules import reads_whole
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import Page
from consult.participants.rules import token_hash
from consult.policy import Act, Actor
from consult.proposals.models import Argument, Heard, Helpful, Invitation, Place, Proposal, Unsent
from consult.proposals.rules import shown_to_all, without_hidden
from consult.rounds.models import Round

ARGUMENTS_SHOWN = 100  # on one page


@dataclass(frozen=True)
class Spot:
    """A place at which somebody writes: in which round, where there, and about what."""

    round_id: uuid.UUID
    place: Place
    about_id: uuid.UUID


@dataclass(frozen=True)
class Said:
    """One argument, how many people found it helpful, whether the reader did, and what answers it."""

    argument: Argument
    helpful: int
    is_marked: bool
    answers: Sequence["Said"] = field(default_factory=list)


def has_theme(theme_id: uuid.UUID) -> ColumnElement[bool]:
    """Say which contributions are proposals of whose authors chose a theme; for `list_contributions`."""
    chosen: Select[uuid.UUID] = select(Proposal.contribution_id).where(Proposal.theme_id == theme_id)
    return Contribution.id.in_(chosen)


def list_readable_versions(actor: Actor, contribution: Contribution) -> list[Version]:
    """List the versions of a text that the actor may read, newest first.

    Those who wrote it and those who serve the round read all of them; everybody else those since it was last
    published, without the passages that moderators took away. `contribution.co_authors` is loaded.
    """
    versions = list_versions(contribution.id)
    if reads_whole(contribution, actor):
        return versions
    published = (e.at for e in list_entries_on(contribution.id) if e.act == Act.PUBLISH_CONTRIBUTION)
    shown = shown_to_all(versions, max(published, default=None))
    return [without_hidden(one, contribution) for one in shown] if contribution.hidden else shown


def list_arguments(actor: Actor, proposal_id: uuid.UUID, *, order: Heard = Heard.OLDEST, page: int = 1) -> Page[Said]:
    """List a page of the arguments under a proposal that the actor may see, each with its answers, oldest first.

    One statement: it picks the arguments of the page, and takes with each what answers it.
    """
    came = (Contribution.received_at, Contribution.id)
    by = {
        Heard.OLDEST: came,
        Heard.NEWEST: (Contribution.received_at.desc(), Contribution.id),
        Heard.HELPFUL: (_count_helpful().desc(), *came),
    }
    chosen = (
        select(
            Argument.contribution_id.label("id"),
            func.row_number().over(order_by=by[order]).label("place"),
            func.count().over().label("whole"),
        )
        .join(Argument.contribution)
        .where(Argument.proposal_id == proposal_id, Argument.answers_id.is_(None), visible_to(actor))
        .order_by("place")
        .limit(ARGUMENTS_SHOWN)
        .offset((page - 1) * ARGUMENTS_SHOWN)
        .subquery("chosen")
    )
    belongs = or_(chosen.c.id == Argument.contribution_id, chosen.c.id == Argument.answers_id)
    wanted = _said(actor).add_columns(chosen.c.whole).join(chosen, belongs)
    found = session().execute(wanted.order_by(chosen.c.place, Argument.answers_id.is_not(None), *came)).all()
    answers: dict[uuid.UUID, list[Said]] = defaultdict(list)
    said: list[Said] = []
    for argument, helpful, own, _whole in found:
        into = said if argument.answers_id is None else answers[argument.answers_id]
        into.append(Said(argument, helpful, bool(own), answers[argument.contribution_id]))
    return Page(said, page, found[0][3] if found else 0, ARGUMENTS_SHOWN)


def _count_helpful() -> ScalarSelect[int]:
    """Count how many people find an argument helpful."""
    return select(func.count()).where(Helpful.argument_id == Argument.contribution_id, Helpful.stands).scalar_subquery()


def _said(actor: Actor) -> Any:
    """Select arguments with text and author, how many found each helpful, and whether the actor did."""
    own = select(Helpful.id).where(
        Helpful.argument_id == Argument.contribution_id, Helpful.stands, Helpful.person_id == actor.person_id
    )
    return (
        select(Argument, _count_helpful().label("helpful"), own.exists().label("own"))
        .join(Argument.contribution)
        .where(visible_to(actor))
        .options(joinedload(Argument.contribution).joinedload(Contribution.author))
    )


def get_argument(actor: Actor, slug: str, public_id: str) -> Argument:
    """Return an argument with its contribution, loaded as `get_contribution` does, and what it is under, where seen.

    Raises NotFound too for that of somebody else under a proposal that the actor may not see.
    """
    contribution = get_contribution(actor, slug, public_id)
    seen = and_(Contribution.id == Argument.proposal_id, visible_to(actor))
    wanted = select(Argument, Contribution).outerjoin(Contribution, seen)
    row: Any = session().execute(wanted.where(Argument.contribution_id == contribution.id)).one_or_none()
    is_own = actor.person_id is not None and contribution.author_id == actor.person_id
    if row is None or (row[1] is None and not is_own):
        raise NotFound
    found: Argument = row[0]
    set_committed_value(found, "contribution", contribution)
    set_committed_value(found, "proposal", row[1])
    return found


def find_proposal_of(actor: Actor, argument_id: uuid.UUID) -> Contribution | None:
    """Find the contribution under which an argument stands, when the actor may see it."""
    wanted = (
        select(Contribution)
        .join(Argument, Argument.proposal_id == Contribution.id)
        .where(Argument.contribution_id == argument_id, visible_to(actor))
    )
    return session().scalar(wanted)


def get_readable(actor: Actor, slug: str, public_id: str) -> Contribution:
    """Return a contribution as `get_contribution` does.

    Raises NotFound too for an argument of somebody else under a proposal that the actor may not see.
    """
    found = get_contribution(actor, slug, public_id)
    is_own = actor.person_id is not None and found.author_id == actor.person_id
    if found.kind is Kind.ARGUMENT and not is_own:
        seen: Select[uuid.UUID] = select(Contribution.id).where(visible_to(actor))
        hidden = select(Argument.proposal_id).where(
            Argument.contribution_id == found.id, Argument.proposal_id.not_in(seen)
        )
        if session().scalar(hidden) is not None:
            raise NotFound
    return found


def find_unsent(actor: Actor, place: Place, about_id: uuid.UUID) -> Unsent | None:
    """Find what the actor wrote at a place and did not send yet."""
    if actor.person_id is None:
        return None
    own = (Unsent.person_id == actor.person_id, Unsent.place == place, Unsent.about_id == about_id)
    return session().scalar(select(Unsent).where(*own))


def get_unsent(actor: Actor, unsent_id: uuid.UUID) -> Unsent:
    """Return what the actor wrote and did not send; raises NotFound for that of anybody else."""
    own = (Unsent.id == unsent_id, Unsent.person_id == actor.person_id, Round.is_public)
    found = session().scalar(select(Unsent).join(Round, Round.id == Unsent.round_id).where(*own))
    if found is None or actor.person_id is None:
        raise NotFound
    return found


def list_unsent(actor: Actor) -> list[tuple[Unsent, Round, Contribution | None]]:
    """List what the actor wrote and did not send, newest first: in which round, and about what."""
    wanted = (
        select(Unsent, Round, Contribution)
        .join(Round, Round.id == Unsent.round_id)
        .outerjoin(Contribution, Contribution.id == Unsent.about_id)
        .where(Unsent.person_id == actor.person_id, Round.is_public)
        .order_by(Unsent.saved_at.desc(), Unsent.id)
    )
    return [(unsent, subject, about) for unsent, subject, about in session().execute(wanted)]


def get_invitation(actor: Actor, invitation: str) -> Invitation:
    """Return the invitation of a link, whether it still works or not, with the proposal, its round and its author.

    Whoever holds the link may see it. Raises NotFound for a link that we never sent.
    """
    found = session().scalar(
        select(Invitation)
        .where(Invitation.token_hash == token_hash(invitation))
        .options(
            joinedload(Invitation.contribution).options(
                joinedload(Contribution.author),
                joinedload(Contribution.round).options(selectinload(Round.phases), selectinload(Round.themes)),
            )
        )
    )
    if found is None or not (found.contribution.round.is_public or actor.serves(found.round_id)):
        raise NotFound
    return found


def list_invitations(contribution_id: uuid.UUID, at: datetime) -> list[Invitation]:
    """List the invitations to write along that nobody answered yet and that still work, oldest first."""
    wanted = select(Invitation).where(Invitation.contribution_id == contribution_id, *_still_works(at))
    return list(session().scalars(wanted.order_by(Invitation.invited_at)))


def get_open_invitation(actor: Actor, slug: str, public_id: str, invitation_id: uuid.UUID) -> Invitation:
    """Return an invitation to write along, with the proposal as `get_proposal` loads it; raises NotFound as it does."""
    contribution = get_proposal(actor, slug, public_id)
    found = session().get(Invitation, invitation_id)
    if found is None or found.contribution_id != contribution.id:
        raise NotFound
    set_committed_value(found, "contribution", contribution)
    return found


def get_co_author(actor: Actor, slug: str, public_id: str, co_author_id: uuid.UUID) -> CoAuthor:
    """Return somebody who writes along, with the proposal as `get_proposal` loads it; raises NotFound as it does."""
    contribution = get_proposal(actor, slug, public_id)
    found = next((one for one in contribution.co_authors if one.id == co_author_id), None)
    if found is None:
        raise NotFound
    set_committed_value(found, "contribution", contribution)
    return found


def is_invited(contribution_id: uuid.UUID, address: str, at: datetime) -> bool:
    """Say whether an address has an invitation to write along that still works."""
    here = (Invitation.contribution_id == contribution_id, Invitation.address == address)
    return session().scalar(select(Invitation.id).where(*here, *_still_works(at))) is not None


def count_writers(contribution_id: uuid.UUID, at: datetime) -> int:
    """Count who writes along on a proposal or was asked to and did not answer yet."""
    along = select(func.count()).where(CoAuthor.contribution_id == contribution_id, CoAuthor.left_at.is_(None))
    asked = select(func.count()).where(Invitation.contribution_id == contribution_id, *_still_works(at))
    return session().scalar(select(along.scalar_subquery() + asked.scalar_subquery())) or 0


def count_invited(person_id: uuid.UUID, since: datetime) -> int:
    """Count whom an author asked to write along since a moment, on any proposal."""
    wanted = (
        select(func.count())
        .select_from(Invitation)
        .join(Contribution, Contribution.id == Invitation.contribution_id)
        .where(Contribution.author_id == person_id, Invitation.invited_at > since)
    )
    return session().scalar(wanted) or 0


def _still_works(at: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Invitation.answered_at.is_(None), Invitation.ends_at > at
