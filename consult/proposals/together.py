"""Writing together: asking somebody by e-mail to write along, and what they answer."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from consult.audit.verbs import record
from consult.contributions.models import CoAuthor, Contribution, State
from consult.foundation.db import add, insert_of, locked, new_id, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import locale
from consult.foundation.mail import enqueue
from consult.participants.rules import invitation_token, token_hash
from consult.policy import Act, Actor
from consult.proposals.models import Invitation
from consult.proposals.queries import count_invited, count_writers, is_invited
from consult.rounds.verbs import bump, hold_phase_for

WORKS_FOR = timedelta(days=14)
MOST = 10  # people who write along with one author, those who were asked included
MOST_A_DAY = 20  # invitations of one person


def invite(contribution: Contribution, actor: Actor, address: str, secret: str) -> Invitation:
    """Ask whoever reads mail at an address to write along; nothing tells whether that address is known here.

    Refused outside the phase that collects proposals, for what was withdrawn, refused or merged, for an address
    that was asked already, and when ten people write along or were asked.
    """
    hold_phase_for(contribution.round_id, Act.INVITE_CO_AUTHOR, actor.arrived_at)
    _check_takes_writers(contribution)
    session().execute(locked(select(Contribution.id).where(Contribution.id == contribution.id)))
    if is_invited(contribution.id, address, actor.arrived_at):
        raise Conflict(_("You asked this address already. It has fourteen days to answer."))
    if count_writers(contribution.id, actor.arrived_at) >= MOST:
        raise Conflict(_("Ten people write along or were asked to. That is the most."))
    if actor.person_id and count_invited(actor.person_id, actor.arrived_at - timedelta(days=1)) >= MOST_A_DAY:
        raise NotNow(_("You asked twenty people within a day. Ask the next one tomorrow."))
    _end_late(contribution.id, address, actor.arrived_at)
    new_one = new_id()
    invitation = add(
        Invitation(
            id=new_one,
            contribution_id=contribution.id,
            address=address,
            token_hash=token_hash(invitation_token(new_one, secret)),
            invited_at=actor.arrived_at,
            ends_at=actor.arrived_at + WORKS_FOR,
        )
    )
    record(Act.INVITE_CO_AUTHOR, actor, contribution, invitation=invitation.id)
    enqueue("co_author_invited", address=address, language=locale(), invitation=invitation.id)
    return invitation


def withdraw_invitation(invitation: Invitation, actor: Actor) -> None:
    """Let an invitation be good for nothing any more.

    Refused when it was answered already.
    """
    _answer(invitation, actor, accepts=False)
    record(Act.INVITE_CO_AUTHOR, actor, invitation.contribution, invitation=invitation.id, withdrawn=True)


def answer_invitation(invitation: Invitation, actor: Actor, *, accepts: bool) -> None:
    """Say whether one writes along; from a yes on one's name stands beside the text, and one can change it.

    `invitation.contribution` is loaded. Refused when the invitation is over, outside the phase that collects
    proposals, for what takes no more writers, and for the author.
    """
    contribution = invitation.contribution
    if accepts:
        hold_phase_for(contribution.round_id, Act.ANSWER_INVITATION, actor.arrived_at)
        _check_takes_writers(contribution)
        if contribution.author_id == actor.person_id:
            raise Conflict(_("This is your own proposal. Send the link to whoever you want to write with."))
    _answer(invitation, actor, accepts=accepts)
    if accepts:
        _join(contribution, actor)
    record(Act.ANSWER_INVITATION, actor, contribution, invitation=invitation.id, accepted=accepts)
    if accepts and contribution.is_public:
        bump(contribution.round_id)


def remove_co_author(co_author: CoAuthor, actor: Actor) -> None:
    """Take somebody off who wrote along; the text stays as it is. `contribution` is loaded."""
    contribution = co_author.contribution
    _end(co_author, actor)
    record(Act.INVITE_CO_AUTHOR, actor, contribution, removed=co_author.person_id)
    if contribution.is_public:
        bump(contribution.round_id)


def leave_proposal(contribution: Contribution, actor: Actor) -> None:
    """Write along no longer; the text stays as it is. `contribution.co_authors` is loaded."""
    own = next(one for one in contribution.co_authors if one.person_id == actor.person_id)
    _end(own, actor)
    record(Act.LEAVE_PROPOSAL, actor, contribution)
    if contribution.is_public:
        bump(contribution.round_id)


def forget_addresses(at: datetime) -> int:
    """Forget the addresses of invitations whose time is over, and return how many those were."""
    late = (Invitation.address.is_not(None), Invitation.ends_at <= at)
    gone: Any = session().execute(update(Invitation).where(*late).values(address=None))
    return int(gone.rowcount)


def _check_takes_writers(contribution: Contribution) -> None:
    if contribution.state not in {State.HELD, State.PUBLISHED} or contribution.merged_into_id is not None:
        raise NotNow(_("This proposal is not changed any more, so nobody can write along."))


def _answer(invitation: Invitation, actor: Actor, *, accepts: bool) -> None:
    """Use an invitation up, once, and forget where it was sent."""
    at = actor.arrived_at
    still = (Invitation.id == invitation.id, Invitation.answered_at.is_(None), Invitation.ends_at > at)
    used: Any = session().execute(
        update(Invitation).where(*still).values(answered_at=at, is_accepted=accepts, address=None)
    )
    if used.rowcount != 1:
        raise NotNow(_("This invitation is over. Ask the author for a new one."))


def _join(contribution: Contribution, actor: Actor) -> None:
    there = {"joined_at": actor.arrived_at, "left_at": None}
    session().execute(
        insert_of(CoAuthor)
        .values(id=new_id(), contribution_id=contribution.id, person_id=actor.person_id, **there)
        .on_conflict_do_update(index_elements=["contribution_id", "person_id"], set_=there)
    )


def _end(co_author: CoAuthor, actor: Actor) -> None:
    still = (CoAuthor.id == co_author.id, CoAuthor.left_at.is_(None))
    session().execute(update(CoAuthor).where(*still).values(left_at=actor.arrived_at))


def _end_late(contribution_id: uuid.UUID, address: str, at: datetime) -> None:
    """Make room for a new invitation to an address whose earlier one nobody answered in time."""
    late = (Invitation.contribution_id == contribution_id, Invitation.address == address, Invitation.ends_at <= at)
    session().execute(update(Invitation).where(*late).values(address=None))
