"""Finding the bundles of polls."""

import uuid
from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.opendata.models import Bundle
from consult.policy import Actor
from consult.rounds.models import Phase, Revision, Verification
from consult.voting.models import ComputedOutcome, Method, Poll
from consult.voting.outcomes import needs_ballots
from consult.voting.queries import get_poll


def goes_out(poll: Poll) -> bool:
    """Say whether a bundle of a poll is handed over; its round is loaded.

    Of statements few people answer each one, and pages hide numbers below five. A bundle tells them all, so there is
    none, unless the answers are public data already.
    """
    return poll.method is not Method.STATEMENTS or poll.round.verification is Verification.IMPORTED


def list_unbundled() -> list[Poll]:
    """List the polls that were closed for good, whose outcome is known, and whose bundle may not hold any more.

    They are those without one, and those of whose round something changed since. With rounds and phases.
    """
    computed = exists().where(ComputedOutcome.poll_id == Poll.id)
    wanted = (
        select(Poll, computed)
        .join(Phase, Phase.id == Poll.phase_id)
        .outerjoin(Bundle, Bundle.poll_id == Poll.id)
        .outerjoin(Revision, Revision.round_id == Poll.round_id)
        .options(joinedload(Poll.round), joinedload(Poll.phase))
        .where(Phase.closed_at.is_not(None), Bundle.revision.is_distinct_from(Revision.number))
        .order_by(Phase.closed_at, Poll.id)
    )
    return [poll for poll, is_computed in session().execute(wanted) if is_computed or not needs_ballots(poll)]


def find_bundles(poll_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Bundle]:
    """Find the bundles of some polls."""
    wanted = select(Bundle, Poll).join(Poll, Poll.id == Bundle.poll_id).where(Poll.id.in_(list(poll_ids)))
    found = session().execute(wanted.options(joinedload(Poll.round)))
    return {poll.id: one for one, poll in found if goes_out(poll)}


def get_bundle(actor: Actor, slug: str, poll_id: uuid.UUID) -> Bundle:
    """Return the bundle of a poll of a round that the actor may know of."""
    poll = get_poll(actor, slug, poll_id)
    found = session().get(Bundle, poll_id)
    if found is None or not goes_out(poll):
        raise NotFound
    return found


def list_stored() -> dict[str, str]:
    """Return the stored names of all bundles, each with its SHA-256."""
    return {one.stored_name: one.sha256 for one in session().scalars(select(Bundle))}
