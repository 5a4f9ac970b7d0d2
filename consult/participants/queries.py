"""Finding people, organisations and who acts for them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload

from consult.accounts.models import Account, EmailLink, Purpose
from consult.audit.models import Entry
from consult.audit.queries import list_entries_on
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.participants.models import (
    FactorReset,
    Membership,
    Organisation,
    OrganisationInvitation,
    OrganisationState,
    Person,
    RoleChange,
)
from consult.participants.rules import OF_POSITIONS, token_hash, words_of
from consult.policy import PARTICIPANTS, Act, Actor, MemberDuty, allows


def get_person(person_id: uuid.UUID) -> Person:
    """Return a person; raises NotFound."""
    found = session().get(Person, person_id)
    if found is None:
        raise NotFound
    return found


def find_person_of(account_id: uuid.UUID) -> Person | None:
    """Find the person behind an account."""
    return session().scalar(select(Person).where(Person.account_id == account_id))


def get_own_person(actor: Actor) -> Person:
    """Return whoever asks; raises NotFound."""
    if actor.person_id is None:
        raise NotFound
    return get_person(actor.person_id)


def get_member_of_staff(_actor: Actor, person_id: uuid.UUID) -> Person:
    """Return somebody who works for the authority; raises NotFound."""
    found = get_person(person_id)
    if found.role in PARTICIPANTS:
        raise NotFound
    return found


def list_staff() -> list[Person]:
    """List everybody who works for the authority, by name."""
    wanted = select(Person).where(Person.role.not_in(PARTICIPANTS)).order_by(Person.name, Person.id)
    return list(session().scalars(wanted))


def list_removed() -> set[uuid.UUID]:
    """List who is let in no more."""
    wanted = select(Person.id).join(Account, Account.id == Person.account_id).where(Account.disabled_at.is_not(None))
    return set(session().scalars(wanted.where(Person.role.not_in(PARTICIPANTS))))


def list_invited(at: datetime) -> list[EmailLink]:
    """List the invitations to work here that still can be accepted, the newest first."""
    unused = (EmailLink.used_at.is_(None), EmailLink.withdrawn_at.is_(None), EmailLink.expires_at > at)
    wanted = select(EmailLink).where(EmailLink.purpose == Purpose.STAFF_INVITATION, *unused)
    return list(session().scalars(wanted.order_by(EmailLink.created_at.desc(), EmailLink.id)))


def find_invitation(_actor: Actor, link_id: uuid.UUID) -> EmailLink | None:
    """Find an invitation to work here."""
    found = session().get(EmailLink, link_id)
    return found if found is not None and found.purpose is Purpose.STAFF_INVITATION else None


def find_factor_reset(person_id: uuid.UUID) -> FactorReset | None:
    """Find the proposal to take away somebody's second factor that waits for a second administrator."""
    undecided = (FactorReset.person_id == person_id, FactorReset.decided_at.is_(None))
    return session().scalar(select(FactorReset).where(*undecided))


def find_role_change(person_id: uuid.UUID) -> RoleChange | None:
    """Find the role that waits for a second administrator."""
    undecided = (RoleChange.person_id == person_id, RoleChange.decided_at.is_(None))
    return session().scalar(select(RoleChange).where(*undecided).order_by(RoleChange.asked_at).limit(1))


# --- organisations ---


def get_organisation(actor: Actor, organisation: str) -> Organisation:
    """Return an organisation by its short name.

    Raises NotFound for one that was not verified, except to its own members.
    """
    found = session().scalar(select(Organisation).where(Organisation.slug == organisation, is_known_to(actor)))
    if found is None:
        raise NotFound
    return found


def is_known_to(actor: Actor) -> ColumnElement[bool]:
    """Say which organisations exist for the actor: those that were verified, and their own."""
    verified = Organisation.state == OrganisationState.VERIFIED
    return true() if actor.is_system else or_(verified, Organisation.id.in_(list(actor.memberships)))


def get_asked(actor: Actor, organisation: str) -> Organisation | None:
    """Return an organisation to somebody who may decide on it; raises NotFound.

    Nobody else learns whether there is one: they are refused before it is looked for.
    """
    if not allows(Act.READ_ORGANISATIONS, actor):
        return None
    found = session().scalar(select(Organisation).where(Organisation.slug == organisation))
    if found is None:
        raise NotFound
    return found


def find_asker(organisation: Organisation) -> tuple[str, str] | None:
    """Find the name of who asked for an organisation, and at which domain their e-mail address is."""
    wanted = (
        select(Person.name, Account.email)
        .outerjoin(Account, Account.id == Person.account_id)
        .where(Person.id == organisation.asked_by_id)
    )
    found = session().execute(wanted).one_or_none()
    return (found.name, (found.email or "").rpartition("@")[2]) if found is not None else None


def list_organisations(number: int = 1) -> Page[Organisation]:
    """List one page of the organisations that were verified, by name."""
    return _page(Organisation.state == OrganisationState.VERIFIED, (Organisation.name, Organisation.id), number)


def list_asked(state: OrganisationState, number: int = 1) -> Page[Organisation]:
    """List one page of the organisations in a state, who asked longest ago first."""
    return _page(Organisation.state == state, (Organisation.asked_at, Organisation.id), number)


def _page(which: ColumnElement[bool], order: tuple[Any, ...], number: int) -> Page[Organisation]:
    total = session().scalar(select(func.count(Organisation.id)).where(which)) or 0
    number = max(1, min(number, -(-total // PER_PAGE)))
    wanted = select(Organisation).where(which).order_by(*order).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    return Page(session().scalars(wanted).all(), number, total)


def count_asked() -> dict[OrganisationState, int]:
    """Count the organisations in each state."""
    counted = select(Organisation.state, func.count()).group_by(Organisation.state)
    found = {state: number for state, number in session().execute(counted)}
    return {state: found.get(state, 0) for state in OrganisationState}


def list_memberships(person_id: uuid.UUID | None) -> list[Membership]:
    """List for which organisations somebody acts now, by name, with the organisation."""
    wanted = (
        select(Membership)
        .join(Membership.organisation)
        .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
        .options(contains_eager(Membership.organisation))
        .order_by(Organisation.name, Organisation.id)
    )
    return list(session().scalars(wanted))


def list_members(organisation_id: uuid.UUID) -> list[Membership]:
    """List who acts for an organisation now, by name, with the person."""
    wanted = (
        select(Membership)
        .join(Membership.person)
        .where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
        .options(contains_eager(Membership.person))
        .order_by(Person.name, Membership.id)
    )
    return list(session().scalars(wanted))


def get_membership(actor: Actor, organisation: str, membership_id: uuid.UUID) -> Membership:
    """Return a membership that has not ended, with person and organisation; raises NotFound."""
    of = get_organisation(actor, organisation)
    found = session().scalar(
        select(Membership)
        .where(Membership.id == membership_id, Membership.organisation_id == of.id, Membership.ended_at.is_(None))
        .options(joinedload(Membership.person), joinedload(Membership.organisation))
    )
    if found is None:
        raise NotFound
    return found


def list_invitations(organisation_id: uuid.UUID, at: datetime) -> list[OrganisationInvitation]:
    """List the invitations of an organisation that can still be accepted, newest first."""
    wanted = select(OrganisationInvitation).where(
        OrganisationInvitation.organisation_id == organisation_id,
        OrganisationInvitation.accepted_at.is_(None),
        OrganisationInvitation.withdrawn_at.is_(None),
        OrganisationInvitation.ends_at > at,
    )
    return list(session().scalars(wanted.order_by(OrganisationInvitation.invited_at.desc())))


def count_invited_since(organisation_id: uuid.UUID, moment: datetime) -> int:
    """Count how many an organisation invited since a moment."""
    counted = select(func.count(OrganisationInvitation.id)).where(
        OrganisationInvitation.organisation_id == organisation_id, OrganisationInvitation.invited_at > moment
    )
    return session().scalar(counted) or 0


def get_invitation(actor: Actor, organisation: str, invitation_id: uuid.UUID) -> OrganisationInvitation:
    """Return an invitation of an organisation; raises NotFound."""
    of = get_organisation(actor, organisation)
    found = session().scalar(
        select(OrganisationInvitation)
        .where(OrganisationInvitation.id == invitation_id, OrganisationInvitation.organisation_id == of.id)
        .options(joinedload(OrganisationInvitation.organisation))
    )
    if found is None:
        raise NotFound
    return found


def get_invited(_actor: Actor, key: str) -> OrganisationInvitation:
    """Return the invitation of a mailed link with its organisation, also when it is over.

    Raises NotFound for a link that was never sent.
    """
    found = session().scalar(
        select(OrganisationInvitation)
        .where(OrganisationInvitation.token_hash == token_hash(key))
        .options(joinedload(OrganisationInvitation.organisation))
    )
    if found is None:
        raise NotFound
    return found


def list_representatives(organisation_id: uuid.UUID) -> list[uuid.UUID]:
    """List the ids of the people who represent an organisation."""
    wanted = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id,
        Membership.duty == MemberDuty.REPRESENTATIVE,
        Membership.ended_at.is_(None),
    )
    return list(session().scalars(wanted))


def list_log(organisation_id: uuid.UUID, *, limit: int = 100) -> list[tuple[datetime, str]]:
    """List in sentences what was done to an organisation and when, newest first."""
    entries = [*list_entries_on(organisation_id), *_list_held(organisation_id)]
    entries = sorted(entries, key=lambda entry: entry.position, reverse=True)[:limit]
    ids = {entry.actor_id for entry in entries} | {_whom(entry) for entry in entries}
    known = session().execute(select(Person.id, Person.name).where(Person.id.in_(ids - {None})))
    names: dict[uuid.UUID | None, str] = {one: name for one, name in known}
    return [
        (entry.at, words_of(Act(entry.act), entry.facts, names.get(entry.actor_id), names.get(_whom(entry))))
        for entry in entries
    ]


def _list_held(organisation_id: uuid.UUID) -> list[Entry]:
    """List what members of an organisation, former ones too, did with positions in its name."""
    members = select(Membership.person_id).where(Membership.organisation_id == organisation_id)
    wanted = select(Entry).where(Entry.act.in_(OF_POSITIONS), Entry.actor_id.in_(members), Entry.result == "done")
    return [one for one in session().scalars(wanted) if one.facts.get("organisation") == str(organisation_id)]


def _whom(entry: Entry) -> uuid.UUID | None:
    return uuid.UUID(entry.facts["person"]) if entry.facts.get("person") else None
