"""Finding people."""

import uuid

from sqlalchemy import select

from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.participants.models import Person
from consult.policy import PARTICIPANTS


def get_person(person_id: uuid.UUID) -> Person:
    """Return a person; raises NotFound."""
    found = session().get(Person, person_id)
    if found is None:
        raise NotFound
    return found


def list_staff() -> list[Person]:
    """List everybody who works for the authority, by name."""
    wanted = select(Person).where(Person.role.not_in(PARTICIPANTS)).order_by(Person.name, Person.id)
    return list(session().scalars(wanted))
