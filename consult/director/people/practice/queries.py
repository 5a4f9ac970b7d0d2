"""Finding practice rounds, and what somebody did in one."""

import uuid

from sqlalchemy import select

from consult.audit.models import Entry
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Actor
from consult.rounds.models import Round
from consult.rounds.queries import get_round


def get_practice(actor: Actor, slug: str) -> Round:
    """Return a practice round with its phases, for those who practise in it; raises NotFound."""
    found = get_round(actor, slug)
    if not found.is_practice:
        raise NotFound
    return found


def list_practices(actor: Actor) -> list[Round]:
    """List the practice rounds in which the actor practises, the newest first."""
    wanted = select(Round).where(Round.is_practice, Round.id.in_(list(actor.duties)))
    return list(session().scalars(wanted.order_by(Round.created_at.desc(), Round.id)))


def list_done(round_id: uuid.UUID, actor: Actor) -> set[str]:
    """Return which acts the actor did in a round."""
    mine = Entry.round_id == round_id, Entry.actor_id == actor.person_id, Entry.result == "done"
    return set(session().scalars(select(Entry.act).where(*mine).distinct()))
