"""Who looked a ballot over and did not cast it, and who cast one; to tell them, and never what is on it."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from consult.foundation.db import session
from consult.policy import Actor
from consult.rounds.models import Phase
from consult.voting import rules
from consult.voting.models import Ballot, Credential, Poll, UnfinishedBallot
from consult.voting.queries import whole

REMINDED = timedelta(days=2)  # before the close of a poll somebody is told of a ballot that was not cast


def begun_hash(poll: Poll, register_key: bytes, account_id: uuid.UUID) -> bytes:
    """Return the form in which it is kept that an account began a ballot."""
    return rules.credential_hash(register_key, "begun", f"{poll.id}|{account_id}")


def find_begun(poll: Poll, actor: Actor) -> date | None:
    """Return on which day the actor looked a ballot over; whether it was cast is another question."""
    key = poll.register.key
    if actor.account_id is None or key is None:
        return None
    own = (UnfinishedBallot.poll_id == poll.id, UnfinishedBallot.hash == begun_hash(poll, key, actor.account_id))
    return session().scalar(select(UnfinishedBallot.began_on).where(*own))


def begun_among(poll: Poll, account_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of some accounts began a ballot in a poll and have none in it."""
    key = poll.register.key
    if key is None:
        return set()
    known = {begun_hash(poll, key, one): one for one in account_ids}
    wanted = select(UnfinishedBallot.hash).where(
        UnfinishedBallot.poll_id == poll.id, UnfinishedBallot.hash.in_(list(known))
    )
    return {known[bytes(one)] for one in session().scalars(wanted)} - voted_among([poll], account_ids)


def list_reminding(at: datetime) -> list[Poll]:
    """List the polls that close within two days and in which somebody began a ballot, as `list_polls` loads them."""
    soon = (Phase.closed_at.is_(None), Phase.closing_at.is_(None), Phase.opens_at <= at, Phase.closes_at > at)
    begun = select(UnfinishedBallot.poll_id).where(UnfinishedBallot.poll_id == Poll.id).exists()
    wanted = whole().join(Phase, Phase.id == Poll.phase_id).where(*soon, Phase.closes_at <= at + REMINDED, begun)
    return list(session().scalars(wanted.order_by(Poll.id)))


def voted_among(polls: Sequence[Poll], account_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of some accounts have a ballot in one of the polls, to tell them of a merge; never what is on it."""
    voted: set[uuid.UUID] = set()
    for poll in polls:
        key, register = poll.key, poll.register.key
        if key is None or register is None:
            continue
        known = {rules.credential_hash(register, "account", str(one)): one for one in account_ids}
        credentials = session().execute(
            select(Credential.hash, Credential.voter_id).where(
                Credential.round_id == poll.round_id, Credential.hash.in_(list(known))
            )
        )
        tags = {rules.tag(key, voter_id): known[bytes(found)] for found, voter_id in credentials}
        cast = session().scalars(select(Ballot.tag).where(Ballot.poll_id == poll.id, Ballot.tag.in_(list(tags))))
        voted |= {tags[bytes(tag)] for tag in cast}
    return voted
