"""What `tests/house/who.py` needs of organisations: two that were verified, one that was not, and what they hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from consult.contributions.models import Contribution
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local
from consult.participants import organisations
from consult.participants.models import Organisation, Person
from consult.participants.queries import get_invitation, get_membership, get_organisation, list_members
from consult.participants.rules import invitation_token
from consult.policy import Act, Actor, MemberDuty
from consult.positions.models import CoSign
from consult.positions.queries import get_co_sign, get_position, get_writing
from consult.rounds.models import Round
from tests import builders
from tests.participants.builders import an_organisation, join, somebody
from tests.positions.builders import a_position, signed
from tests.site import SECRET

OF_OUR_OWN = ("one", "history", "withdraw_page", "withdraw")
OF_OTHERS = ("sign_page", "sign", "signature_page", "withdraw_signature")
WAITING = ("organisation_check", "verify", "refuse")


@dataclass
class Bodies:
    """Values for addresses and forms, and by act what it is done to."""

    url: dict[str, Any]
    typed: dict[str, Any]
    elsewhere: dict[str, dict[str, Any]]
    subjects: dict[Act, Callable[[Actor], Any]]


def bodies(found: Round, representative: Person, member: Person) -> Bodies:
    """An organisation with a position and these two people, another one with a position with which it signs."""
    found.themes[0].statement = "Groen gaat voor steen."
    ours, theirs, asked = (
        an_organisation("Groen", representative),
        an_organisation("Steen"),
        an_organisation(state="asked"),
    )
    join(ours, member)
    extra = join(ours, somebody())
    held, other = a_position(found, ours, representative), a_position(found, theirs)
    [sign] = signed(other, found, ours, representative)
    invitation = organisations.invite(ours, "x@y.test", MemberDuty.MEMBER, builders.the_platform(), secret=SECRET)
    assert session().scalars(select(CoSign.id)).one() == sign.id
    assert len(list_members(ours.id)) == 3
    url = {
        "organisation": ours.slug,
        "membership_id": extra.id,
        "invitation_id": invitation.id,
        "key": invitation_token(invitation.id, SECRET),
        "sign_id": sign.id,
    }
    elsewhere = {
        **{f"positions.{name}": {"public_id": held.public_id} for name in OF_OUR_OWN},
        **{f"positions.{name}": {"public_id": other.public_id} for name in OF_OTHERS},
        **{f"participants.{name}": {"organisation": asked.slug} for name in WAITING},
    }
    return Bodies(url, _typed(ours), elsewhere, _subjects(found, url, held, other))


def _typed(ours: Organisation) -> dict[str, Any]:
    return {
        "signer": ours.slug,
        "member_duty": "member",
        "kvk": "12345678",
        "type": "other",
        "mandate_body": "bestuur",
        "mandate_date": (local(clock.now()).date() - timedelta(days=2)).isoformat(),
        "signatory_name": "M. de Wit",
        "signatory_function": "voorzitter",
    }


def _subjects(
    found: Round, url: dict[str, Any], held: Contribution, other: Contribution
) -> dict[Act, Callable[[Actor], Any]]:
    slug, of = found.slug, url["organisation"]

    def organisation(actor: Actor) -> Any:
        return get_organisation(actor, of)

    return {
        Act.EDIT_ORGANISATION: organisation,
        Act.READ_MEMBERS: organisation,
        Act.INVITE_MEMBER: lambda actor: get_invitation(actor, of, url["invitation_id"]),
        Act.CHANGE_MEMBER: lambda actor: get_membership(actor, of, url["membership_id"]),
        Act.LEAVE_ORGANISATION: organisation,
        Act.WRITE_POSITION: lambda actor: get_writing(actor, slug, of),
        Act.SUBMIT_POSITION: lambda actor: get_writing(actor, slug, of),
        Act.WITHDRAW_POSITION: lambda actor: get_position(actor, slug, held.public_id),
        Act.CO_SIGN: lambda actor: get_position(actor, slug, other.public_id),
        Act.WITHDRAW_SIGNATURE: lambda actor: get_co_sign(actor, slug, other.public_id, url["sign_id"]),
    }
