"""People come in: residents by registering, staff by an administrator."""

from consult.accounts.verbs import create_account
from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import add
from consult.participants.models import AgeBracket, Person
from consult.policy import Act, Actor, Role


def register(name: str, email: str, password_hash: str | None, actor: Actor) -> Person:
    """Make an account and a resident behind it.

    Refused when the address has an account.
    """
    account = create_account(email, password_hash)
    person = add(Person(account_id=account.id, name=name, created_at=clock.now()))
    record(Act.REGISTER, actor, person)
    return person


def create_person(
    name: str, email: str, role: Role, password_hash: str | None, actor: Actor, *, is_demo: bool = False
) -> Person:
    """Make an account for a member of staff (or a resident), as an administrator does.

    Refused when the address has an account.
    """
    account = create_account(email, password_hash, is_demo=is_demo)
    person = add(Person(account_id=account.id, name=name, role=role, created_at=clock.now()))
    record(Act.CREATE_PERSON, actor, person, role=role.value)
    return person


def note_writer(name: str, area_code: str | None = None, age: AgeBracket = AgeBracket.UNKNOWN) -> Person:
    """Make a person without an account: somebody on whose behalf staff enter a letter or a call.

    Recorded with the contribution that is entered.
    """
    return add(Person(name=name, area_code=area_code, age=age, created_at=clock.now()))
