"""Finding preconditions."""

import uuid

from sqlalchemy import select

from consult.foundation.db import session
from consult.mandates.models import Precondition


def list_preconditions(round_id: uuid.UUID) -> list[Precondition]:
    """List the preconditions of a round in their order."""
    wanted = select(Precondition).where(Precondition.round_id == round_id).order_by(Precondition.position)
    return list(session().scalars(wanted))
