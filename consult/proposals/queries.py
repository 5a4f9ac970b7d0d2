"""Finding what is special to proposals and arguments."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from consult.audit.queries import list_entries_on
from consult.contributions.models import Contribution, Kind, Version
from consult.contributions.queries import get_contribution, list_versions, visible_to
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Act, Actor
from consult.proposals.models import Argument, Proposal, Stance
from consult.proposals.rules import shown_to_all


def find_theme_id(contribution_id: uuid.UUID) -> uuid.UUID | None:
    """Find the theme that the author of a proposal chose."""
    return session().scalar(select(Proposal.theme_id).where(Proposal.contribution_id == contribution_id))


def has_theme(theme_id: uuid.UUID) -> ColumnElement[bool]:
    """Say which contributions are proposals of whose authors chose a theme; for `list_contributions`."""
    chosen: Select[uuid.UUID] = select(Proposal.contribution_id).where(Proposal.theme_id == theme_id)
    return Contribution.id.in_(chosen)


def themes_of(contribution_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID | None]:
    """Return the chosen theme of each of some proposals, in one statement."""
    if not contribution_ids:
        return {}
    wanted = select(Proposal.contribution_id, Proposal.theme_id).where(Proposal.contribution_id.in_(contribution_ids))
    return dict(session().execute(wanted).all())


def list_readable_versions(actor: Actor, contribution: Contribution) -> list[Version]:
    """List the versions of a text that the actor may read, newest first.

    Its author and those who serve the round read all of them; everybody else those since it was last published.
    """
    versions = list_versions(contribution.id)
    if actor.is_system or actor.serves(contribution.round_id) or contribution.author_id in {actor.person_id} - {None}:
        return versions
    published = (e.at for e in list_entries_on(contribution.id) if e.act == Act.PUBLISH_CONTRIBUTION)
    return shown_to_all(versions, max(published, default=None))


def list_arguments(actor: Actor, proposal_id: uuid.UUID, *, limit: int = 200) -> list[Argument]:
    """List the arguments under a proposal that the actor may see, oldest first, each with its text and author."""
    wanted = (
        select(Argument)
        .join(Argument.contribution)
        .where(Argument.proposal_id == proposal_id, visible_to(actor))
        .order_by(Contribution.received_at, Contribution.id)
        .options(joinedload(Argument.contribution).joinedload(Contribution.author))
        .limit(limit)
    )
    return list(session().scalars(wanted))


def count_arguments(actor: Actor, proposal_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[Stance, int]]:
    """Count the arguments that the actor may see under each of some proposals, per stance, in one statement."""
    counts: dict[uuid.UUID, dict[Stance, int]] = {one: dict.fromkeys(Stance, 0) for one in proposal_ids}
    if not proposal_ids:
        return counts
    wanted = (
        select(Argument.proposal_id, Argument.stance, func.count())
        .join(Argument.contribution)
        .where(Argument.proposal_id.in_(proposal_ids), visible_to(actor))
        .group_by(Argument.proposal_id, Argument.stance)
    )
    for proposal_id, stance, number in session().execute(wanted):
        counts[proposal_id][stance] = number
    return counts


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
