"""Builders of organisations and their members, made through the verbs; they need an open unit."""

import itertools

from consult.participants import organisations
from consult.participants.models import Membership, Organisation, OrganisationKind, OrganisationState, Person
from consult.participants.organisations import OrganisationTold
from consult.policy import MemberDuty, Role
from tests.builders import a_member_of_staff, acting, the_platform
from tests.site import SECRET

_numbers = itertools.count(1)


def somebody(name: str = "") -> Person:
    """Somebody whose account speaks for an organisation."""
    return a_member_of_staff(Role.ORGANISATION, name)


def told(name: str = "", kvk: str = "", **more: str) -> OrganisationTold:
    """What an organisation says of itself."""
    number = next(_numbers)
    return OrganisationTold(
        name=name or f"Stichting {number}",
        kvk=kvk or f"{10_000_000 + number}",
        kind=OrganisationKind.INTEREST_GROUP,
        **more,
    )


def an_organisation(
    name: str = "",
    representative: Person | None = None,
    *,
    state: OrganisationState | str = OrganisationState.VERIFIED,
    kvk: str = "",
) -> Organisation:
    """An organisation with somebody who represents it; by default the authority checked it."""
    new = organisations.ask(told(name, kvk), acting(representative or somebody()))
    state = OrganisationState(state)
    if state is OrganisationState.VERIFIED:
        organisations.verify(new, the_platform())
    elif state is OrganisationState.REFUSED:
        organisations.refuse(new, "Het nummer hoort bij een ander.", the_platform())
    return new


def join(organisation: Organisation, person: Person, duty: MemberDuty = MemberDuty.MEMBER) -> Membership:
    """Let somebody act for an organisation, by an invitation that they accept."""
    invitation = organisations.invite(organisation, "iemand@voorbeeld.test", duty, the_platform(), secret=SECRET)
    return organisations.accept(invitation, acting(person))
