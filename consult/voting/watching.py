"""Ballots that came many at once or from one network are shown to people, and two of them may let ballots not count.

Nothing here deletes or changes a ballot: an invalidation points to it, and can be lifted until the board decided.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import contains_eager

from consult.audit.verbs import record
from consult.contributions.models import Channel
from consult.foundation import clock
from consult.foundation.db import add, insert_of, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.models import Phase, RoundState
from consult.rounds.queries import get_round
from consult.rounds.verbs import bump
from consult.voting import rules
from consult.voting.models import (
    Ballot,
    BallotNetwork,
    ComputedOutcome,
    Invalidation,
    InvalidBallot,
    Method,
    Poll,
    Selection,
)
from consult.voting.queries import get_poll, list_polls, void

KEPT, KEPT_DOUBTED = timedelta(days=2), timedelta(days=30)  # from the ballot; of what is doubted, after the close
SHOWN = 50  # clusters of one poll on a page


@dataclass(frozen=True)
class Cluster:
    """Ballots of one poll that came from one network on one day, or in the same ten minutes; never what they say.

    `key` names it in addresses. `began_at`: the beginning of the stretch, of ballots that came at once.
    """

    key: str
    ballots: int
    valid: int
    began_at: datetime | None = None


@dataclass(frozen=True)
class Watched:
    """A poll with what somebody has to look at, and what was decided so far, each with how many ballots."""

    poll: Poll
    clusters: Sequence[Cluster]
    invalidations: Sequence[tuple[Invalidation, int]]
    is_final: bool


def forget_networks(at: datetime) -> int:
    """Forget networks after two days; those of a doubted cluster thirty days after the close. Return how many."""
    gone = 0
    old = int((at - KEPT).timestamp()) // rules.STRETCH
    for poll_id in session().scalars(select(BallotNetwork.poll_id).where(BallotNetwork.stretch < old).distinct()).all():
        doubted = [_of(poll_id, cluster.key) for cluster in list_clusters(poll_id)]
        forgotten = delete(BallotNetwork).where(BallotNetwork.poll_id == poll_id, BallotNetwork.stretch < old)
        for ballots in doubted:
            forgotten = forgotten.where(BallotNetwork.ballot_id.not_in(ballots))
        gone += _rows(session().execute(forgotten.execution_options(synchronize_session=False)))
    over = select(Poll.id).join(Phase, Phase.id == Poll.phase_id).where(Phase.closed_at < at - KEPT_DOUBTED)
    last = delete(BallotNetwork).where(BallotNetwork.poll_id.in_(over))
    return gone + _rows(session().execute(last.execution_options(synchronize_session=False)))


def _rows(result: Any) -> int:
    return int(result.rowcount)


def list_clusters(poll_id: uuid.UUID) -> list[Cluster]:
    """List what is worth a look in a poll: eight ballots from one network, and many more in ten minutes than usual."""
    valid = func.count().filter(BallotNetwork.ballot_id.not_in(void()))
    counted = select(BallotNetwork.network, func.count(), valid).where(BallotNetwork.poll_id == poll_id)
    near = counted.group_by(BallotNetwork.network).having(func.count() >= rules.NEAR)
    found = [
        Cluster(f"n{bytes(network).hex()}", number, still)
        for network, number, still in session().execute(near.order_by(func.count().desc(), BallotNetwork.network))
    ]
    stretches = select(BallotNetwork.stretch, func.count(), valid).where(BallotNetwork.poll_id == poll_id)
    times = {row[0]: row for row in session().execute(stretches.group_by(BallotNetwork.stretch))}
    for stretch in rules.bursts({one: row[1] for one, row in times.items()}):
        began = datetime.fromtimestamp(stretch * rules.STRETCH, clock.now().tzinfo)
        found.append(Cluster(f"t{stretch}", times[stretch][1], times[stretch][2], began))
    return found


def _first(clusters: Sequence[Cluster]) -> list[Cluster]:
    """Return the clusters that fit a page: those first of which most ballots still count."""
    return sorted(clusters, key=lambda one: -one.valid)[:SHOWN]


def _of(poll_id: uuid.UUID, key: str) -> Select[uuid.UUID]:
    """Return the ballots of a cluster by its key."""
    wanted = select(BallotNetwork.ballot_id).where(BallotNetwork.poll_id == poll_id)
    if key.startswith("n"):
        return wanted.where(BallotNetwork.network == bytes.fromhex(key[1:]))
    return wanted.where(BallotNetwork.stretch == int(key[1:]))


def get_cluster(poll: Poll, key: str) -> Cluster:
    """Return a cluster of a poll; refused when it is not worth a look any more, or was forgotten."""
    found = next((one for one in list_clusters(poll.id) if one.key == key), None)
    if found is None:
        raise Conflict(_("These ballots stand out no more, or from where they came was forgotten."))
    return found


def list_watched(round_id: uuid.UUID) -> list[Watched]:
    """List the polls of a round in which ballots can be invalidated, with what is worth a look."""
    polls = [poll for poll in list_polls(round_id) if poll.method is not Method.STATEMENTS]
    told = list_invalidations([poll.id for poll in polls])
    final = decided_by_board([poll.id for poll in polls])
    return [
        Watched(
            poll, _first(list_clusters(poll.id)), told.get(poll.id, []), is_final=_is_over(poll) or poll.id in final
        )
        for poll in polls
    ]


def list_invalidations(poll_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[tuple[Invalidation, int]]]:
    """List what was proposed and decided about ballots of polls, each with of how many; the newest first."""
    number = select(func.count()).where(InvalidBallot.invalidation_id == Invalidation.id).scalar_subquery()
    wanted = select(Invalidation, number).where(Invalidation.poll_id.in_(poll_ids))
    found: dict[uuid.UUID, list[tuple[Invalidation, int]]] = {}
    for one, ballots in session().execute(wanted.order_by(Invalidation.number.desc())):
        found.setdefault(one.poll_id, []).append((one, ballots))
    return found


def decided_by_board(poll_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return after which polls the board wrote down what it chose; from then on nothing is counted again."""
    return set(session().scalars(select(Selection.poll_id).where(Selection.poll_id.in_(poll_ids))))


def get_doubted(actor: Actor, slug: str, poll_id: uuid.UUID) -> Poll:
    """Return a poll as `get_poll` does, with its whole round."""
    whole, poll = get_round(actor, slug), get_poll(actor, slug, poll_id)
    assert poll.round is whole
    return poll


def get_invalidation(actor: Actor, slug: str, poll_id: uuid.UUID, doubt: int) -> Invalidation:
    """Return what was proposed about ballots of a poll that the actor may know of; raises NotFound."""
    poll = get_doubted(actor, slug, poll_id)
    wanted = select(Invalidation).where(Invalidation.poll_id == poll.id, Invalidation.number == doubt)
    found = session().scalar(wanted.join(Invalidation.poll).options(contains_eager(Invalidation.poll)))
    if found is None:
        raise NotFound
    return found


def channels_of(found: Invalidation) -> dict[Channel, int]:
    """Return how the ballots in doubt came in, each way with how many; never whose they are."""
    wanted = select(Ballot.channel, func.count()).join(InvalidBallot, InvalidBallot.ballot_id == Ballot.id)
    mine = wanted.where(InvalidBallot.invalidation_id == found.id).group_by(Ballot.channel)
    told = {channel: number for channel, number in session().execute(mine)}
    return {channel: told[channel] for channel in Channel if channel in told}


def _is_over(poll: Poll) -> bool:
    return poll.key is None or poll.round.state is RoundState.CLOSED


def _still_counted(poll: Poll) -> None:
    """Demand that what counts in a poll can still change, and hold it until the transaction ends."""
    read_again_locked(poll, ("title",))
    if _is_over(poll) or decided_by_board([poll.id]):
        raise NotNow(
            _("The board decided on this vote, or the round is closed, so its count does not change any more.")
        )


def propose_invalidation(poll: Poll, cluster: Cluster, reason: str, actor: Actor) -> Invalidation:
    """Propose that the ballots of a cluster do not count; nothing changes until a second person agrees.

    Refused once the board decided, in a poll of statements, and when something was proposed or decided about all
    of them already.
    """
    ballots = session().scalars(_of(poll.id, cluster.key)).all()
    return _propose(poll, ballots, reason, actor)


def propose_about_paper(poll: Poll, ballot_id: uuid.UUID, reason: str, actor: Actor) -> Invalidation:
    """Propose that one ballot does not count which came on paper, was counted, and is not what the paper says.

    Refused as `propose_invalidation` is.
    """
    return _propose(poll, [ballot_id], reason, actor)


def _propose(poll: Poll, ballots: Sequence[uuid.UUID], reason: str, actor: Actor) -> Invalidation:
    _still_counted(poll)
    if poll.method is Method.STATEMENTS:
        raise Conflict(_("Answers to statements are not counted, so there is nothing to invalidate."))
    stands = or_(
        Invalidation.decided_at.is_(None), and_(Invalidation.is_confirmed.is_(True), Invalidation.lifted_at.is_(None))
    )
    held = select(InvalidBallot.ballot_id).join(Invalidation, Invalidation.id == InvalidBallot.invalidation_id)
    taken = set(session().scalars(held.where(Invalidation.poll_id == poll.id, stands)))
    fresh = [one for one in ballots if one not in taken]
    if not fresh:
        raise Conflict(_("About all these ballots something was proposed or decided already."))
    last = session().scalar(select(func.max(Invalidation.number)).where(Invalidation.poll_id == poll.id)) or 0
    told = {"number": last + 1, "reason": reason, "proposed_by_id": actor.person_id, "proposed_at": clock.now()}
    made = add(Invalidation(poll_id=poll.id, salt=(salt := secrets.token_bytes(32)), **told))
    session().execute(
        insert_of(InvalidBallot), [{"invalidation_id": made.id, "ballot_id": ballot_id} for ballot_id in fresh]
    )
    about = session().scalars(
        select(Ballot.tag)
        .join(InvalidBallot, InvalidBallot.ballot_id == Ballot.id)
        .where(InvalidBallot.invalidation_id == made.id)
    )
    told_of = {"ballots": len(fresh), "tags": rules.tags_digest(salt, (bytes(tag).hex() for tag in about))}
    record(Act.PROPOSE_INVALIDATION, actor, poll, number=made.number, **told_of)
    return made


def decide_invalidation(found: Invalidation, actor: Actor, *, agrees: bool) -> None:
    """Decide as the second person whether ballots count; the outcome is computed again where it was known.

    Refused for who proposed it, once the board decided, and when it was decided already.
    """
    _still_counted(found.poll)
    read_again_locked(found, ("decided_at",))
    if found.decided_at is not None:
        raise Conflict(_("Somebody else decided about this already."))
    if found.proposed_by_id == actor.person_id and not actor.is_system:
        raise NotAllowed(_("You proposed this, so somebody else decides about it."))
    found.decided_by_id, found.decided_at, found.is_confirmed = actor.person_id, clock.now(), agrees
    if agrees:
        _count_again(found.poll)
    record(Act.DECIDE_INVALIDATION, actor, found.poll, number=found.number, agrees=agrees)
    bump(found.poll.round_id)


def lift_invalidation(found: Invalidation, reason: str, actor: Actor) -> None:
    """Let ballots count again; refused once the board decided, and when they do.

    The reason is public too; it is empty where the paper was entered again, which is said in each reader's language.
    """
    _still_counted(found.poll)
    read_again_locked(found, ("is_confirmed", "lifted_at"))
    if not found.holds:
        raise Conflict(_("These ballots count already."))
    found.lifted_by_id, found.lifted_at, found.lift_reason = actor.person_id, clock.now(), reason
    _count_again(found.poll)
    record(Act.LIFT_INVALIDATION, actor, found.poll, number=found.number)
    bump(found.poll.round_id)


def lifted_because(found: Invalidation) -> str:
    """Say why ballots count again, in the language of the reader."""
    return found.lift_reason or _("The paper was entered again, and compared by a second person.")


def _count_again(poll: Poll) -> None:
    session().flush()
    outdated = update(ComputedOutcome).where(ComputedOutcome.poll_id == poll.id).values(outdated_at=clock.now())
    session().execute(outdated.execution_options(synchronize_session=False))
