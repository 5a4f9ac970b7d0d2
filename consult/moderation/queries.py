"""Finding what waits for a moderator."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from consult.contributions.models import PUT_FORWARD, Contribution, State
from consult.contributions.queries import get_contribution, matches_words, visible_to
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.language import gettext as _
from consult.moderation.models import Refusal
from consult.participants.models import Person
from consult.policy import Actor

FOUND = 12  # so many targets for a merge are shown at once


@dataclass(frozen=True)
class Told:
    """A refusal with the names of who proposed and who decided."""

    refusal: Refusal
    proposed_by: str
    decided_by: str


def get_refusal(contribution: Contribution, refusal_id: uuid.UUID) -> Refusal:
    """Return a refusal of this contribution; raises NotFound for one of another."""
    found = session().get(Refusal, refusal_id)
    if found is None or found.contribution_id != contribution.id:
        raise NotFound
    return found


def find_undecided(contribution_id: uuid.UUID) -> Refusal | None:
    """Find the refusal that waits for a second person."""
    wanted = select(Refusal).where(Refusal.contribution_id == contribution_id, Refusal.decided_at.is_(None))
    return session().scalar(wanted)


def is_undecided() -> ColumnElement[bool]:
    """Say which contributions wait for a second person; for `list_contributions`."""
    return Contribution.id.in_(select(Refusal.contribution_id).where(Refusal.decided_at.is_(None)))


def undecided_among(contribution_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Say which of some contributions wait for a second person, in one statement."""
    wanted = select(Refusal.contribution_id).where(
        Refusal.contribution_id.in_(contribution_ids), Refusal.decided_at.is_(None)
    )
    return set(session().scalars(wanted))


def list_refusals(contribution_id: uuid.UUID) -> list[Told]:
    """List every refusal that was proposed for a contribution, newest first, with names."""
    refusals = (
        session()
        .scalars(select(Refusal).where(Refusal.contribution_id == contribution_id).order_by(Refusal.proposed_at.desc()))
        .all()
    )
    ids = {i for r in refusals for i in (r.proposed_by_id, r.decided_by_id) if i is not None}
    names: dict[uuid.UUID | None, str] = {}
    if ids:
        names.update(
            (i, name) for i, name in session().execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
        )
    return [Told(r, names.get(r.proposed_by_id, ""), names.get(r.decided_by_id, "")) for r in refusals]


def list_targets(actor: Actor, contribution: Contribution, words: str) -> list[Contribution]:
    """List what a contribution could be merged into: public, standing, of its round and kind, with these words."""
    wanted = (
        select(Contribution)
        .where(
            Contribution.round_id == contribution.round_id,
            Contribution.kind == contribution.kind,
            Contribution.kind.in_(PUT_FORWARD),
            Contribution.state == State.PUBLISHED,
            Contribution.merged_into_id.is_(None),
            Contribution.id != contribution.id,
            visible_to(actor),
            matches_words(words),
        )
        .order_by(Contribution.received_at, Contribution.id)
        .limit(FOUND)
    )
    return list(session().scalars(wanted))


def get_target(actor: Actor, contribution: Contribution, public_id: str) -> Contribution:
    """Return the contribution that somebody chose to merge into.

    Raises Conflict with a sentence when it cannot be seen or is of another round.
    """
    try:
        return get_contribution(actor, contribution.round.slug, public_id)
    except NotFound:
        raise Conflict(_("We do not know the one that you chose. Search for it again.")) from None
