"""Reading the journal."""

import uuid

from sqlalchemy import select

from consult.audit.models import Entry
from consult.foundation.db import session


def list_entries(round_id: uuid.UUID, *, before: int | None = None, limit: int = 50, but: str = "") -> list[Entry]:
    """List what was done in a round, newest first, from `before` on, leaving out the act `but`."""
    wanted = select(Entry).where(Entry.round_id == round_id, Entry.act != but)
    if before is not None:
        wanted = wanted.where(Entry.position < before)
    return list(session().scalars(wanted.order_by(Entry.position.desc()).limit(limit)))


def list_entries_on(subject_id: uuid.UUID) -> list[Entry]:
    """List what was done to one thing, oldest first."""
    wanted = select(Entry).where(Entry.subject_id == subject_id, Entry.result == "done")
    return list(session().scalars(wanted.order_by(Entry.position)))
