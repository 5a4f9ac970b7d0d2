"""Organisations take part: they ask, the authority checks them, and people join and leave them."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import add, new_id, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow, TooMany
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.foundation.text import RENDERER
from consult.participants import rules
from consult.participants.models import (
    Membership,
    Organisation,
    OrganisationInvitation,
    OrganisationKind,
    OrganisationState,
)
from consult.participants.queries import (
    count_invited_since,
    list_invitations,
    list_memberships,
    list_representatives,
)
from consult.policy import Act, Actor, MemberDuty

DAY = timedelta(days=1)


@dataclass(frozen=True)
class OrganisationTold:
    """What an organisation says of itself; `about_html` is what `sanitize` made of `about`."""

    name: str
    kvk: str
    kind: OrganisationKind
    domain: str = ""
    about: str = ""
    about_html: str = ""


def ask(told: OrganisationTold, actor: Actor) -> Organisation:
    """Ask to take part as an organisation; whoever asks represents it, also while it waits to be checked.

    Refused when another one that was not refused has its number, and while three of this person wait.
    """
    waiting = [m for m in list_memberships(actor.person_id) if m.organisation.state is OrganisationState.ASKED]
    if len(waiting) >= rules.ASKED_AT_ONCE:
        raise NotNow(_("Several organisations of yours wait to be checked. Wait for an answer on one of them first."))
    _is_free(told.kvk)
    taken = list(session().scalars(select(Organisation.slug)))
    new = Organisation(slug=rules.short_name(told.name, taken), asked_by_id=actor.person_id, asked_at=actor.arrived_at)
    _tell(new, told)
    add(new)
    if actor.person_id is not None:
        _join(new.id, actor.person_id, MemberDuty.REPRESENTATIVE)
    record(Act.ASK_ORGANISATION, actor, new, kind=told.kind.value)
    return new


def correct(organisation: Organisation, told: OrganisationTold, actor: Actor) -> None:
    """Change what was asked, and ask again when it was refused.

    Refused once it was verified, and when another one has its number.
    """
    read_again_locked(organisation, ("state",))
    if organisation.is_verified:
        raise NotNow(_("We checked this organisation, so its name, number and sort stay as they are."))
    _is_free(told.kvk, organisation.id)
    _tell(organisation, told)
    organisation.state, organisation.asked_at = OrganisationState.ASKED, actor.arrived_at
    record(Act.EDIT_ORGANISATION, actor, organisation, asked_again=True)


def describe(organisation: Organisation, actor: Actor, *, domain: str, about: str, about_html: str) -> None:
    """Give an organisation other words about itself, and another site."""
    organisation.domain, organisation.about, organisation.about_html = domain, about, about_html
    organisation.renderer = RENDERER
    record(Act.EDIT_ORGANISATION, actor, organisation)


def verify(organisation: Organisation, actor: Actor) -> None:
    """Let an organisation take part: somebody of the authority checked who it is.

    Refused when somebody decided already.
    """
    _decide(organisation, OrganisationState.VERIFIED, "", actor)
    record(Act.DECIDE_ORGANISATION, actor, organisation, state=organisation.state.value)
    _mail_representatives("organisation_verified", organisation.id)


def refuse(organisation: Organisation, reason: str, actor: Actor) -> None:
    """Do not let an organisation take part, with a reason that it reads; it can correct what it asked and ask again.

    Refused when somebody decided already.
    """
    _decide(organisation, OrganisationState.REFUSED, reason, actor)
    record(Act.DECIDE_ORGANISATION, actor, organisation, state=organisation.state.value)
    _mail_representatives("organisation_refused", organisation.id)


def invite(
    organisation: Organisation, email: str, duty: MemberDuty, actor: Actor, *, secret: str
) -> OrganisationInvitation:
    """Ask somebody by mail to act for an organisation; `email` is normalised, and `secret` makes the link.

    Nothing tells whether the address is known here. Refused before the organisation was verified, and
    after twenty in a day.
    """
    read_again_locked(organisation, ("state",))
    if not organisation.is_verified:
        raise NotNow(_("We still have to check this organisation. After that you can invite others."))
    if count_invited_since(organisation.id, actor.arrived_at - DAY) >= rules.INVITED_A_DAY:
        sentence = _(
            "You invited %(most)s people within a day. Invite the next one tomorrow.", most=rules.INVITED_A_DAY
        )
        raise TooMany(sentence, retry_after=int(DAY.total_seconds()))
    made = new_id()
    new = add(
        OrganisationInvitation(
            id=made,
            organisation_id=organisation.id,
            email=email,
            duty=duty,
            token_hash=rules.token_hash(rules.invitation_token(made, secret)),
            invited_by_id=actor.person_id,
            invited_at=actor.arrived_at,
            ends_at=actor.arrived_at + rules.INVITED_FOR,
        )
    )
    record(Act.INVITE_MEMBER, actor, organisation, invitation=new.id, duty=duty.value)
    enqueue("member_invited", address=email, invitation=new.id)
    return new


def withdraw_invitation(invitation: OrganisationInvitation, actor: Actor) -> None:
    """Take an invitation back, so that its link is of no use any more.

    Refused when it was accepted.
    """
    read_again_locked(invitation, ("accepted_at", "withdrawn_at"))
    if invitation.accepted_at is not None:
        raise NotNow(_("This invitation was accepted already. You can take the member off the list."))
    invitation.withdrawn_at = invitation.withdrawn_at or actor.arrived_at
    organisation = session().get_one(Organisation, invitation.organisation_id)
    record(Act.INVITE_MEMBER, actor, organisation, invitation=invitation.id, withdrawn=True)


def accept(invitation: OrganisationInvitation, actor: Actor) -> Membership:
    """Act for an organisation from now on, as its invitation says; a representative stays one.

    Refused when the invitation was used, taken back or is too old.
    """
    organisation = _held(invitation.organisation_id)
    read_again_locked(invitation, ("accepted_at", "withdrawn_at"))
    if not invitation.is_open(actor.arrived_at):
        raise NotNow(_("This invitation is no longer of use. Ask the organisation for a new one."))
    if actor.person_id is None:
        raise ValueError("an invitation is accepted by a person")
    invitation.accepted_at, invitation.accepted_by_id = actor.arrived_at, actor.person_id
    joined = _join(organisation.id, actor.person_id, invitation.duty)
    facts = {"invitation": invitation.id, "person": actor.person_id, "duty": joined.duty.value}
    record(Act.JOIN_ORGANISATION, actor, organisation, **facts)
    return joined


def set_duty(membership: Membership, duty: MemberDuty, actor: Actor) -> None:
    """Let a member represent the organisation, or no longer.

    Refused for the last one who represents it.
    """
    organisation = _held(membership.organisation_id)
    _still_there(membership, goes=duty is not MemberDuty.REPRESENTATIVE)
    if duty is not MemberDuty.REPRESENTATIVE:
        _take_back_invitations(membership, actor)
    membership.duty = duty
    record(Act.CHANGE_MEMBER, actor, organisation, person=membership.person_id, duty=duty.value)


def remove(membership: Membership, actor: Actor) -> None:
    """Take somebody off the list: all that they could do for the organisation is gone with the next request.

    The invitations that they sent are of no use any more either. Refused for the last one who represents it.
    """
    organisation = _held(membership.organisation_id)
    _end(membership, actor)
    record(Act.CHANGE_MEMBER, actor, organisation, person=membership.person_id, ended=True)


def leave(organisation: Organisation, actor: Actor) -> None:
    """No longer act for an organisation.

    Refused for the last one who represents it.
    """
    _held(organisation.id)
    mine = next((one for one in _memberships_of(organisation.id) if one.person_id == actor.person_id), None)
    if mine is None:
        raise Conflict(_("You do not act for this organisation any more."))
    _end(mine, actor)
    record(Act.LEAVE_ORGANISATION, actor, organisation, person=mine.person_id)


def _tell(organisation: Organisation, told: OrganisationTold) -> None:
    for name, value in vars(told).items():
        setattr(organisation, name, value)
    organisation.renderer = RENDERER


def _is_free(kvk: str, except_for: uuid.UUID | None = None) -> None:
    wanted = select(Organisation.id).where(Organisation.kvk == kvk, Organisation.state != OrganisationState.REFUSED)
    if session().scalar(wanted) not in {None, except_for}:
        raise Conflict(
            _(
                "There is an organisation with this number already. Ask somebody who represents it to invite you, "
                "or call the municipality."
            )
        )


def _decide(organisation: Organisation, state: OrganisationState, reason: str, actor: Actor) -> None:
    read_again_locked(organisation, ("state",))
    if organisation.state is not OrganisationState.ASKED:
        raise Conflict(_("Somebody decided on this already: %(state)s.", state=organisation.state.words))
    organisation.state, organisation.refusal = state, reason
    organisation.decided_by_id, organisation.decided_at = actor.person_id, actor.arrived_at


def _held(organisation_id: uuid.UUID) -> Organisation:
    """Return an organisation that nobody else joins or leaves until the transaction ends."""
    organisation = session().get_one(Organisation, organisation_id)
    read_again_locked(organisation, ("state",))
    return organisation


def _memberships_of(organisation_id: uuid.UUID) -> list[Membership]:
    wanted = select(Membership).where(Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
    return list(session().scalars(wanted))


def _still_there(membership: Membership, *, goes: bool) -> None:
    """Refuse for somebody who is off the list, and for the last representative when they go."""
    read_again_locked(membership, ("duty", "ended_at"))
    there = _memberships_of(membership.organisation_id)
    if membership not in there:
        raise Conflict(_("This member is not on the list any more."))
    if goes and rules.is_last_representative(membership, there):
        raise NotNow(_("Nobody else represents the organisation. Let somebody else represent it first."))


def _end(membership: Membership, actor: Actor) -> None:
    _still_there(membership, goes=True)
    _take_back_invitations(membership, actor)
    membership.ended_at = actor.arrived_at


def _take_back_invitations(membership: Membership, actor: Actor) -> None:
    """Make the invitations that a member sent useless, so that nobody comes back through one of their own."""
    for invitation in list_invitations(membership.organisation_id, actor.arrived_at):
        if invitation.invited_by_id == membership.person_id:
            invitation.withdrawn_at = actor.arrived_at


def _join(organisation_id: uuid.UUID, person_id: uuid.UUID, duty: MemberDuty) -> Membership:
    wanted = select(Membership).where(Membership.organisation_id == organisation_id, Membership.person_id == person_id)
    held = session().scalar(wanted)
    if held is None:
        return add(Membership(organisation_id=organisation_id, person_id=person_id, duty=duty, began_at=clock.now()))
    if held.ended_at is not None:
        held.ended_at, held.duty, held.began_at = None, duty, clock.now()
    elif duty is MemberDuty.REPRESENTATIVE:
        held.duty = duty
    return held


def _mail_representatives(kind: str, organisation_id: uuid.UUID) -> None:
    for person_id in list_representatives(organisation_id):
        enqueue(kind, recipient_id=person_id, organisation=organisation_id)
