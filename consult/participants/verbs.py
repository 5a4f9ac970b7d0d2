"""People come in: residents by registering, staff by an administrator; and what becomes of staff."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update

from consult.accounts.models import EmailLink, Purpose
from consult.accounts.queries import find_account, get_account
from consult.accounts.verbs import (
    begin_link,
    change_address,
    create_account,
    disable,
    end_sessions,
    mail_link,
    mail_link_to,
    set_password,
    withdraw_links,
)
from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import add, new_id, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.participants.models import AgeBracket, Person, RoleChange
from consult.participants.queries import find_person_of, find_role_change
from consult.policy import PARTICIPANTS, Act, Actor, Role


@dataclass(frozen=True)
class Registration:
    """What somebody filled in to take part; `next_path` is where they were going."""

    email: str
    name: str
    area_code: str | None = None
    age: AgeBracket = AgeBracket.UNKNOWN
    role: Role = Role.RESIDENT
    language: str = "nl"
    next_path: str = ""


def ask_to_register(asked: Registration, password_hash: str | None, actor: Actor, secret: str) -> None:
    """Mail a link with which an account is made once it comes back.

    To an address that has an account a link to sign in is mailed instead; nothing in the answer differs.
    """
    account = find_account(asked.email)
    if account is not None:
        where = {"language": asked.language, "next_path": asked.next_path}
        mail_link_to(account, Purpose.SIGN_IN, "known_address", asked.email, actor, secret, **where)
        return
    told = {"area_code": asked.area_code, "age": asked.age.value, "role": asked.role.value}
    _mail(
        begin_link(
            Purpose.REGISTER,
            asked.email,
            actor,
            secret,
            language=asked.language,
            name=asked.name,
            told=told,
            password_hash=password_hash,
            next_path=asked.next_path,
        ),
        actor,
    )


def invite(name: str, email: str, role: Role, actor: Actor, secret: str, *, language: str = "nl") -> None:
    """Mail somebody a link with which they come to work here; an earlier one to this address is withdrawn.

    Refused for an administrator: that role is given by two to somebody who works here.
    """
    if role is Role.ADMIN:
        raise NotNow(_("First let this person work here. Then two administrators can give them this role."))
    withdraw_links(_open_to(email), actor.arrived_at)
    told = {"role": role.value, "invited_by": str(actor.person_id or "")}
    link = begin_link(Purpose.STAFF_INVITATION, email, actor, secret, language=language, name=name, told=told)
    enqueue("staff_invitation", address=email, language=language, link=link.id)
    record(Act.CREATE_PERSON, actor, link, role=role.value)


def withdraw_invitation(link: EmailLink | None, actor: Actor) -> None:
    """Let an invitation be good for nothing any more, if it still was."""
    if link is not None:
        withdraw_links(EmailLink.id == link.id, actor.arrived_at)
        record(Act.REMOVE_PERSON, actor, link)


def mail_again(link: EmailLink, actor: Actor, secret: str) -> None:
    """Mail another link for what one was for, to the same address.

    Not for an invitation or a new address: whoever asked for those asks again.
    """
    if link.purpose is Purpose.REGISTER:
        asked = Registration(link.address, link.name, **_told(link), language=link.language, next_path=link.next_path)
        ask_to_register(asked, link.password_hash, actor, secret)
    elif link.purpose in {Purpose.SIGN_IN, Purpose.RESET}:
        kind = "reset_link" if link.purpose is Purpose.RESET else "sign_in_link"
        where = {"language": link.language, "next_path": link.next_path}
        mail_link(link.purpose, kind, link.address, actor, secret, **where)


def use_link(link: EmailLink, password_hash: str | None, actor: Actor) -> uuid.UUID | None:
    """Do what a link that was just used up is for, and return the account that is signed in by it, if one is.

    Refused when the address has an account by now that the link was not mailed for.
    """
    if link.purpose is Purpose.REGISTER:
        return _register(link, actor)
    if link.purpose is Purpose.STAFF_INVITATION:
        return _join(link, actor)
    account = get_account(link.account_id)
    if link.purpose is Purpose.CONFIRM_ADDRESS:
        change_address(account, link, actor)
        return None
    account.confirmed_at = account.confirmed_at or actor.arrived_at
    if link.purpose is Purpose.RESET:
        assert password_hash is not None
        set_password(account, password_hash, actor)
    return account.id


def _register(link: EmailLink, actor: Actor) -> uuid.UUID:
    register(link.name, link.address, link.password_hash, actor, **_told(link), language=link.language)
    return _account_of(link)


def _told(link: EmailLink) -> dict[str, Any]:
    """Return what somebody told of themselves when they asked to register."""
    told = link.told
    return {"area_code": told["area_code"], "age": AgeBracket(told["age"]), "role": Role(told["role"])}


def _join(link: EmailLink, actor: Actor) -> uuid.UUID:
    """Let somebody who was invited work here; a resident with this address becomes one who works here."""
    role, account = Role(link.told["role"]), find_account(link.address)
    if account is None:
        _make(link.name, link.address, role, None, actor, language=link.language)
        return _account_of(link)
    person = find_person_of(account.id)
    if account.disabled_at is not None or person is None or person.role not in PARTICIPANTS:
        raise Conflict(_("There is an account with this address already. Sign in with it."))
    person.role = role
    end_sessions(account.id, actor.arrived_at)
    record(Act.GRANT_ROLE, actor, person, role=role.value)
    return account.id


def _account_of(link: EmailLink) -> uuid.UUID:
    """Return the account that was just made by a link, and withdraw every other link to its address."""
    account = find_account(link.address)
    assert account is not None
    withdraw_links(_open_to(link.address), account.created_at)
    return account.id


def _open_to(email: str) -> Any:
    return (EmailLink.address == email) & (EmailLink.purpose.in_((Purpose.REGISTER, Purpose.STAFF_INVITATION)))


def _mail(link: EmailLink, actor: Actor) -> None:
    enqueue("register_link", address=link.address, language=link.language, link=link.id)
    record(Act.MAIL_LINK, actor, link, purpose=link.purpose.value)


def register(
    name: str,
    email: str,
    password_hash: str | None,
    actor: Actor,
    *,
    area_code: str | None = None,
    age: AgeBracket = AgeBracket.UNKNOWN,
    role: Role = Role.RESIDENT,
    language: str = "nl",
) -> Person:
    """Make an account whose address is known to be theirs, with a resident (or who speaks for others) behind it.

    Refused when the address has an account.
    """
    account = create_account(email, password_hash, language=language)
    person = Person(account_id=account.id, name=name, role=role, area_code=area_code, age=age, created_at=clock.now())
    record(Act.REGISTER, actor, add(person))
    return person


def create_person(
    name: str, email: str, role: Role, password_hash: str | None, actor: Actor, *, is_demo: bool = False
) -> Person:
    """Make an account for a member of staff (or a resident), as an administrator does.

    Refused when the address has an account.
    """
    return _make(name, email, role, password_hash, actor, is_demo=is_demo)


def _make(
    name: str,
    email: str,
    role: Role,
    password_hash: str | None,
    actor: Actor,
    *,
    language: str = "nl",
    is_demo: bool = False,
) -> Person:
    account = create_account(email, password_hash, is_demo=is_demo, language=language)
    person = add(Person(account_id=account.id, name=name, role=role, created_at=clock.now()))
    record(Act.CREATE_PERSON, actor, person, role=role.value)
    return person


def change_own(
    person: Person, actor: Actor, *, name: str, area_code: str | None, age: AgeBracket, language: str
) -> None:
    """Change what somebody tells of themselves, and in which language they are written to."""
    person.name, person.area_code, person.age = name, area_code, age
    get_account(person.account_id).language = language
    record(Act.CHANGE_ACCOUNT, actor, person)


def grant_role(person: Person, role: Role, actor: Actor) -> None:
    """Give somebody who works here another role; they sign in anew for it.

    The role of administrator waits until a second administrator gives it too. Refused to the same one.
    """
    if person.role is role:
        raise NotNow(_("This person has this role already."))
    waiting = find_role_change(person.id)
    if role is Role.ADMIN and waiting is None:
        _ask_role(person, role, actor)
        record(Act.GRANT_ROLE, actor, person, asked=role.value)
        return
    if role is Role.ADMIN and waiting is not None and waiting.asked_by_id == actor.person_id:
        raise NotNow(_("You asked for this yourself. Another administrator has to confirm it."))
    if waiting is not None and not _decide(waiting, actor, is_given=role is Role.ADMIN):
        raise Conflict(_("Somebody else was just before you. Look at the page again."))
    if role is not Role.ADMIN:
        decided = {"decided_by_id": actor.person_id, "decided_at": actor.arrived_at, "is_given": True}
        _ask_role(person, role, actor, **decided)
    person.role = role
    if person.account_id is not None:
        end_sessions(person.account_id, actor.arrived_at)
    record(Act.GRANT_ROLE, actor, person, role=role.value)


def _ask_role(person: Person, role: Role, actor: Actor, **decided: Any) -> None:
    asked = {"asked_by_id": actor.person_id, "asked_at": actor.arrived_at}
    add(RoleChange(person_id=person.id, role=role, **asked, **decided))


def _decide(waiting: RoleChange, actor: Actor, *, is_given: bool) -> bool:
    """Decide on a role that waits, in one statement: of two at once one succeeds."""
    still = (RoleChange.id == waiting.id, RoleChange.decided_at.is_(None))
    told = {"decided_by_id": actor.person_id, "decided_at": actor.arrived_at, "is_given": is_given}
    decided = update(RoleChange).where(*still).values(**told).returning(RoleChange.id)
    return session().execute(decided).scalar_one_or_none() is not None


def take_back_role(person: Person, actor: Actor) -> None:
    """Take back a role that waits for a second administrator, if one does."""
    waiting = find_role_change(person.id)
    if waiting is not None and _decide(waiting, actor, is_given=False):
        record(Act.GRANT_ROLE, actor, person, taken_back=waiting.role.value)


def remove(person: Person, actor: Actor) -> None:
    """Let somebody who works here in no more: their sessions end and their open links are withdrawn.

    What they did stays under their name. Refused for oneself.
    """
    if person.id == actor.person_id:
        raise NotNow(_("You cannot remove yourself. Ask another administrator."))
    if person.account_id is not None:
        disable(get_account(person.account_id), actor.arrived_at)
    record(Act.REMOVE_PERSON, actor, person)


def let_in_again(person: Person, actor: Actor) -> None:
    """Let somebody in again who was removed."""
    get_account(person.account_id).disabled_at = None
    record(Act.CREATE_PERSON, actor, person, role=person.role.value)


def note_writer(name: str, area_code: str | None = None, age: AgeBracket = AgeBracket.UNKNOWN) -> Person:
    """Make a person without an account: somebody on whose behalf staff enter a letter or a call.

    Recorded with the contribution that is entered.
    """
    return add(Person(name=name, area_code=area_code, age=age, created_at=clock.now()))


def note_writers(names: Sequence[tuple[str, str | None]]) -> list[uuid.UUID]:
    """Make many people as `note_writer` does, by name and area, and return their ids in the same order."""
    at = clock.now()
    made: list[dict[str, Any]] = [
        {"id": new_id(), "name": name, "area_code": area, "created_at": at} for name, area in names
    ]
    if made:
        session().execute(insert(Person), made)
    return [one["id"] for one in made]
