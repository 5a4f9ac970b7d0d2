"""Finding polls of statements, what was told of them, what somebody answered and what they have not seen yet."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, undefer
from sqlalchemy.orm.attributes import set_committed_value

from consult.contributions.models import Contribution, Kind, State
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.landscape import rules
from consult.landscape.models import Folded, Kept, StatementResult
from consult.policy import Actor
from consult.rounds.models import Phase, Round
from consult.rounds.queries import get_round
from consult.voting.models import Ballot, Mark, Method, Option, Poll, Voter
from consult.voting.rules import tag

CHUNK = 50_000  # marks that are read at a time


@dataclass(frozen=True)
class Statement:
    """One statement as a page shows it."""

    option_id: uuid.UUID
    public_id: str
    words: str
    language: str
    value: int | None = None


@dataclass(frozen=True)
class Thought:
    """What people thought of one statement, of a landscape that is final; `told` is all that is told of its poll."""

    poll_id: uuid.UUID
    option_id: uuid.UUID
    contribution_id: uuid.UUID
    public_id: str
    words: str
    language: str
    told: Mapping[str, Any]
    computed_at: datetime

    @cached_property
    def result(self) -> dict[str, Any]:
        """What may be told of it."""
        return rules.result_of(self.told, self.option_id.hex)

    @property
    def agreed(self) -> rules.Agreed:
        """How groups stand to it."""
        return rules.Agreed(self.result["agreed"])

    @property
    def is_listed(self) -> bool:
        """Whether it stands among what is shared or differs most."""
        return any(self.option_id.hex in keys for keys in self.told["lists"].values())


def find_poll(round_id: uuid.UUID) -> Poll | None:
    """Return the poll of statements of a round, the last one that was made ready, with phase, round and register."""
    return max(session().scalars(_polls(round_id)), key=_order, default=None)


def get_poll_of(subject: Round) -> Poll:
    """Return the poll of statements of a round as `find_poll` does; raises NotFound."""
    found = find_poll(subject.id)
    if found is None:
        raise NotFound
    return found


def get_told_of(subject: Round) -> tuple[Poll, dict[str, Any] | None, bool]:
    """Return the poll of statements of a round with what `find_told` tells of it, at once; raises NotFound."""
    wanted = _polls(subject.id).add_columns(Kept).outerjoin(Kept, Kept.poll_id == Poll.id).options(undefer(Kept.told))
    found = max(session().execute(wanted), key=lambda row: _order(row[0]), default=None)
    if found is None:
        raise NotFound
    poll, kept = found
    return poll, *_shown(poll, kept)


def _polls(round_id: uuid.UUID) -> Select[Any]:
    return (
        select(Poll)
        .options(joinedload(Poll.phase), joinedload(Poll.round), joinedload(Poll.register))
        .where(Poll.round_id == round_id, Poll.method == Method.STATEMENTS)
    )


def _order(poll: Poll) -> tuple[datetime, str]:
    return poll.phase.opens_at, poll.id.hex


def find_told(poll: Poll) -> tuple[dict[str, Any] | None, bool]:
    """Return what may be told of a poll now, and whether that is final: every vote is in it. Its phase is loaded.

    Nothing while it is hidden; after a poll that was hidden was closed nothing until all votes are in.
    """
    if not rules.shows_now(poll):
        return None, False
    return _shown(poll, session().scalar(select(Kept).where(Kept.poll_id == poll.id).options(undefer(Kept.told))))


def _shown(poll: Poll, found: Kept | None) -> tuple[dict[str, Any] | None, bool]:
    if not rules.shows_now(poll):
        return None, False
    if found is None:
        return None, poll.phase.closed_at is not None and not _is_voted(poll.id)
    if not (found.is_final or rules.shows_interim(poll)):
        return None, False
    return found.told, found.is_final


def list_thoughts(round_id: uuid.UUID) -> list[Thought]:
    """List what people thought of each public statement of a round, once that is final; three statements.

    What all share comes first, then what no group wants, then where groups differ; those with most votes first.
    """
    poll = find_poll(round_id)
    told, is_final = find_told(poll) if poll is not None else (None, False)
    if poll is None or told is None or not is_final:
        return []
    wanted = (
        select(
            Option.id,
            Contribution.id,
            Contribution.public_id,
            Contribution.text,
            Contribution.language,
            Kept.computed_at,
        )
        .join(Contribution, Contribution.id == Option.contribution_id)
        .join(Kept, Kept.poll_id == Option.poll_id)
        .where(Option.poll_id == poll.id, Option.merged_into_id.is_(None), Contribution.state == State.PUBLISHED)
    )
    found = [
        Thought(poll.id, option_id, contribution_id, public_id, words, language, told, at or poll.phase.closes_at)
        for option_id, contribution_id, public_id, words, language, at in session().execute(wanted)
        if option_id.hex in told["statements"]
    ]
    order = list(rules.Agreed)
    return sorted(found, key=lambda one: (order.index(one.agreed), -sum(one.result["all"] or ()), one.public_id))


def get_thought(round_id: uuid.UUID, public_id: str) -> Thought:
    """Return what people thought of one statement of a round; raises NotFound while that is not final."""
    found = next((one for one in list_thoughts(round_id) if one.public_id == public_id), None)
    if found is None:
        raise NotFound
    return found


def get_result(actor: Actor, slug: str, result_id: uuid.UUID) -> StatementResult:
    """Return what was cited of a statement, with the statement, its round and phases; raises NotFound."""
    subject = get_round(actor, slug)
    found = session().scalar(
        select(StatementResult)
        .join(StatementResult.contribution)
        .where(StatementResult.id == result_id, Contribution.round_id == subject.id)
        .options(contains_eager(StatementResult.contribution))
    )
    if found is None:
        raise NotFound
    set_committed_value(found.contribution, "round", subject)
    return found


def _is_voted(poll_id: uuid.UUID) -> bool:
    return bool(session().scalar(select(select(Ballot.id).where(Ballot.poll_id == poll_id).exists())))


def list_words(poll_id: uuid.UUID, option_ids: Sequence[uuid.UUID] | None = None) -> dict[str, Statement]:
    """Return the statements of a poll that are public, by option; of `option_ids` alone where that is given."""
    wanted = (
        select(Option.id, Contribution.public_id, Contribution.text, Contribution.language)
        .join(Contribution, Contribution.id == Option.contribution_id)
        .where(Option.poll_id == poll_id, Option.merged_into_id.is_(None), Contribution.state == State.PUBLISHED)
    )
    if option_ids is not None:
        wanted = wanted.where(Option.id.in_(option_ids))
    return {found[0].hex: Statement(*found) for found in session().execute(wanted)}


def list_own(poll: Poll, own: bytes | None) -> list[Statement]:
    """Return the statements that the ballot under a tag answers, the latest first, with what it says."""
    if own is None:
        return []
    wanted = (
        select(Option.id, Contribution.public_id, Contribution.text, Contribution.language, Mark.value)
        .join(Mark, Mark.option_id == Option.id)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .join(Contribution, Contribution.id == Option.contribution_id)
        .where(
            Ballot.poll_id == poll.id,
            Ballot.tag == own,
            Mark.value.is_not(None),
            Contribution.state == State.PUBLISHED,
            Option.merged_into_id.is_(None),
        )
        .order_by(Mark.counter.desc())
    )
    return [Statement(*found) for found in session().execute(wanted)]


def list_added(round_id: uuid.UUID, actor: Actor) -> list[Contribution]:
    """Return the statements that somebody added to a round, the latest first."""
    wanted = select(Contribution).where(
        Contribution.round_id == round_id,
        Contribution.kind == Kind.STATEMENT,
        Contribution.author_id == actor.person_id,
        Contribution.author_id.is_not(None),
    )
    return list(session().scalars(wanted.order_by(Contribution.received_at.desc())))


def list_standing(poll: Poll, own: bytes | None) -> list[Statement]:
    """Return the statements that may be voted on, with the answer of the ballot under a tag where it has one.

    In the order of their ids, so that a draw with the same seed gives the same one.
    """
    mine = (
        select(Mark.option_id, Mark.value)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .where(Ballot.poll_id == poll.id, Ballot.tag == own)
    ).subquery("mine")
    wanted = (
        select(Option.id, Contribution.public_id, Contribution.text, Contribution.language, mine.c.value)
        .join(Contribution, Contribution.id == Option.contribution_id)
        .outerjoin(mine, mine.c.option_id == Option.id)
        .where(Option.poll_id == poll.id, Option.merged_into_id.is_(None), Contribution.state == State.PUBLISHED)
        .order_by(Option.id)
    )
    return [Statement(*found) for found in session().execute(wanted)]


def find_priorities(poll_id: uuid.UUID) -> Mapping[str, float]:
    """Return with which weight each statement is drawn, by option; one that is absent has that of a new one."""
    return session().scalar(select(Kept.priorities).where(Kept.poll_id == poll_id)) or {}


def list_left_out(poll_id: uuid.UUID) -> list[str]:
    """Return the statements that do not count now: not public, or joined with another."""
    wanted = (
        select(Option.id)
        .join(Contribution, Contribution.id == Option.contribution_id)
        .where(
            Option.poll_id == poll_id,
            or_(Option.merged_into_id.is_not(None), Contribution.state != State.PUBLISHED),
        )
        .order_by(Option.id)
    )
    return [option_id.hex for option_id in session().scalars(wanted)]


def list_marks(poll_id: uuid.UUID) -> list[tuple[str, str, int]]:
    """Return every vote of a poll: ballot, reference of the statement, value."""
    wanted = (
        select(Mark.ballot_id, Option.reference, Mark.value)
        .join(Option, Option.id == Mark.option_id)
        .where(Option.poll_id == poll_id, Mark.value.is_not(None))
        .execution_options(yield_per=CHUNK)
    )
    return [(ballot_id.hex, reference, value or 0) for ballot_id, reference, value in session().execute(wanted)]


def references_of(poll: Poll) -> dict[str, str]:
    """Return the number in its source of each ballot that came with a public data set."""
    if poll.key is None:
        return {}
    named = session().execute(
        select(Voter.id, Voter.reference).where(Voter.round_id == poll.round_id, Voter.reference.is_not(None))
    )
    by_tag = {tag(poll.key, voter_id): reference or "" for voter_id, reference in named}
    ballots = session().execute(select(Ballot.id, Ballot.tag).where(Ballot.poll_id == poll.id))
    return {ballot_id.hex: by_tag[bytes(own)] for ballot_id, own in ballots if bytes(own) in by_tag}


def list_left_out_references(poll_id: uuid.UUID) -> list[str]:
    """Return the references of the statements that do not count now."""
    gone = [uuid.UUID(name) for name in list_left_out(poll_id)]
    return list(session().scalars(select(Option.reference).where(Option.id.in_(gone))))


def list_references(poll_id: uuid.UUID) -> dict[str, str]:
    """Return the reference of each statement of a poll, by option."""
    wanted = select(Option.id, Option.reference).where(Option.poll_id == poll_id)
    return {option_id.hex: reference for option_id, reference in session().execute(wanted)}


def list_due() -> list[uuid.UUID]:
    """Return the polls of statements in which something is to be folded in or told anew."""
    changed = (
        select(Ballot.poll_id)
        .outerjoin(Folded, Folded.ballot_id == Ballot.id)
        .where(Folded.changes.is_distinct_from(Ballot.changes))
    )
    other = aliased(Kept)
    behind = (
        select(other.poll_id)
        .join(Poll, Poll.id == other.poll_id)
        .join(Phase, Phase.id == Poll.phase_id)
        .where(or_(other.computed != other.folded, and_(Phase.closed_at.is_not(None), other.is_final.is_(False))))
    )
    due = set(session().scalars(changed.distinct())) | set(session().scalars(behind))
    left_out = {poll_id: told for poll_id, told in session().execute(select(Kept.poll_id, Kept.left_out))}
    polls = session().scalars(select(Poll.id).where(Poll.method == Method.STATEMENTS).order_by(Poll.id))
    return [one for one in polls.all() if one in due or (one in left_out and left_out[one] != list_left_out(one))]


def marks_by_option(own: Sequence[Statement]) -> Mapping[str, int]:
    """Return answers by option, as `rules.place_of` wants them."""
    return {one.option_id.hex: one.value for one in own if one.value is not None}
