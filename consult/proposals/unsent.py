"""Keeping what somebody writes before they send it. It is theirs alone: no act, so nothing stands in the journal."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select

from consult.contributions.models import Contribution
from consult.contributions.queries import whole_of
from consult.foundation.db import insert_of, new_id, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.policy import Actor
from consult.proposals.models import Place, Unsent
from consult.proposals.queries import Spot

MOST = 50  # places at which one person can have something waiting
KEPT_FOR = timedelta(days=90)


def keep(spot: Spot, actor: Actor, fields: Mapping[str, str], *, is_sent: bool = False) -> None:
    """Keep what somebody wrote at a place, instead of what was kept there before; empty fields keep nothing.

    Does nothing when that form was sent already (`is_sent`): a browser may come late. Refused when fifty texts
    wait.
    """
    if actor.person_id is None or is_sent:
        return
    told = {name: value for name, value in fields.items() if value}
    if not any(told.get(name) for name in ("title", "text")) or _is_saved(spot, told):
        drop(actor, spot.place, spot.about_id)
        return
    where = {"person_id": actor.person_id, "place": spot.place, "about_id": spot.about_id}
    _check_room(where)
    changed = {"fields": told, "saved_at": actor.arrived_at}
    session().execute(
        insert_of(Unsent)
        .values(id=new_id(), round_id=spot.round_id, **where, **changed)
        .on_conflict_do_update(index_elements=list(where), set_=changed)
    )


def drop(actor: Actor, place: Place, about_id: uuid.UUID) -> None:
    """Let go of what waits at a place, because it was sent."""
    own = (Unsent.person_id == actor.person_id, Unsent.place == place, Unsent.about_id == about_id)
    session().execute(delete(Unsent).where(*own))


def discard(unsent: Unsent) -> None:
    """Throw away what its writer does not want to send."""
    session().execute(delete(Unsent).where(Unsent.id == unsent.id))


def forget_old(at: datetime) -> int:
    """Delete what nobody touched for ninety days, and return how many those were."""
    gone: Any = session().execute(delete(Unsent).where(Unsent.saved_at < at - KEPT_FOR))
    return int(gone.rowcount)


def _is_saved(spot: Spot, told: Mapping[str, str]) -> bool:
    """Say whether a change is what the proposal says already."""
    if spot.place is not Place.EDIT:
        return False
    now = whole_of(session().get_one(Contribution, spot.about_id))
    return (now.title, now.text) == (told.get("title"), told.get("text"))


def _check_room(where: Mapping[str, Any]) -> None:
    others = (Unsent.place != where["place"]) | (Unsent.about_id != where["about_id"])
    waiting = select(func.count()).where(Unsent.person_id == where["person_id"], others)
    if (session().scalar(waiting) or 0) >= MOST:
        raise Conflict(_("You have fifty texts that you did not send. Send some or throw them away first."))
