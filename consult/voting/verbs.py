"""Putting a question to voters, casting a vote, and what merging does to the options."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import String, Uuid, bindparam, case, func, insert, literal, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.models import Entry
from consult.audit.verbs import record
from consult.contributions.models import Channel, Contribution, Kind, State
from consult.foundation import clock
from consult.foundation.db import add, built_once, insert_of, locked, new_id, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow, TooMany
from consult.foundation.language import gettext as _
from consult.participants.models import AgeBracket, Person
from consult.policy import Act, Actor
from consult.rounds.models import PHASE_ACTS, Phase, Round
from consult.rounds.rules import demand
from consult.rounds.verbs import bump, hold_phase
from consult.voting import rules
from consult.voting.electorate import open_register
from consult.voting.methods import METHODS
from consult.voting.models import Ballot, BallotNetwork, Choice, Credential, Mark, Method, Opinion, Option, Poll, Voter
from consult.voting.queries import find_voter_id, list_every_poll, own_marks, own_tag


def create_poll(
    subject: Round,
    phase: Phase,
    actor: Actor,
    *,
    title: str,
    method: Method = Method.SUPPORT,
    parameters: Mapping[str, Any] | None = None,
    eligible: int | None = None,
) -> Poll:
    """Put a question to voters in one phase; a support poll begins with every proposal that is public now.

    Refused for a phase that is not for voting, and once that phase was closed.
    """
    if phase.round_id != subject.id or phase.kind not in PHASE_ACTS[Act.CAST_VOTE]:
        raise Conflict(_("Choose a phase in which people can vote."))
    session().refresh(phase, with_for_update={"key_share": True}, attribute_names=["closing_at", "closed_at"])
    if (phase.closed_at or phase.closing_at) and not actor.is_system:
        raise NotNow(_("This phase was closed already, so nobody could vote any more."))
    poll = Poll(round=subject, phase=phase, title=title, method=method, parameters=dict(parameters or {}))
    poll.key, poll.eligible = secrets.token_bytes(32), eligible
    set_committed_value(poll, "register", open_register(subject.id))
    add(poll)
    subject.has_statements = subject.has_statements or method is Method.STATEMENTS
    if method is Method.SUPPORT:
        _offer_all(poll)
        _point_merged(poll)
    record(Act.CREATE_POLL, actor, poll, method=method.value, phase=phase.id, parameters=poll.parameters)
    bump(subject.id)
    return poll


def complete_ballot(poll: Poll, actor: Actor) -> int:
    """Put on the ballot what became public without a moderator, and return how many that were.

    Does nothing in a poll of another method, and once the phase was closed.
    """
    if poll.method is not Method.SUPPORT or not _hold_unfinished(Phase.id == poll.phase_id):
        return 0
    added = _offer_all(poll)
    if _point_merged(poll) or added:
        record(Act.CREATE_POLL, actor, poll, offered=added)
        bump(poll.round_id)
    return added


def _offer_all(poll: Poll) -> int:
    """Offer each public proposal of the round that is not offered yet, and return how many that were."""
    offered = select(Option.contribution_id).where(Option.poll_id == poll.id)
    proposals = (
        session()
        .execute(
            select(Contribution.id, Contribution.public_id).where(
                Contribution.round_id == poll.round_id,
                Contribution.kind == Kind.PROPOSAL,
                Contribution.state == State.PUBLISHED,
                Contribution.id.not_in(offered),
            )
        )
        .all()
    )
    return len(add_options(poll, [(found.id, found.public_id, None) for found in proposals]))


def _point_merged(poll: Poll) -> int:
    """Point each option whose proposal was merged to the option that replaces it; return how many changed.

    Either of the two may have come on the ballot first.
    """
    other = aliased(Option)
    target = (
        select(other.id)
        .join(Contribution, Contribution.merged_into_id == other.contribution_id)
        .where(other.poll_id == Option.poll_id, Contribution.id == Option.contribution_id)
        .correlate(Option)
        .scalar_subquery()
    )
    moved = session().scalars(
        update(Option)
        .where(Option.poll_id == poll.id, target.is_not(None), Option.merged_into_id.is_distinct_from(target))
        .values(merged_into_id=target)
        .returning(Option)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return len(moved.all())


def add_options(poll: Poll, rows: Sequence[tuple[uuid.UUID, str, int | None]]) -> list[Option]:
    """Add options to a poll from (contribution id, reference, cost in cents), in that order."""
    made = [
        Option(id=new_id(), poll=poll, contribution_id=of, reference=reference, cost=cost)
        for of, reference, cost in rows
    ]
    session().add_all(made)
    session().flush()
    return made


def offer(contribution: Contribution) -> None:
    """Put a proposal or statement that became public in each poll of its kind in its round that has not ended.

    May be done again. Whoever calls this records why and bumps the round.
    """
    method = rules.OFFERED_IN.get(contribution.kind)
    if method is None:
        return
    phases = _hold_unfinished(Phase.round_id == contribution.round_id)
    polls = session().scalars(select(Poll.id).where(Poll.phase_id.in_(phases), Poll.method == method))
    rows = [
        {"poll_id": poll_id, "contribution_id": contribution.id, "reference": contribution.public_id}
        for poll_id in polls
    ]
    if rows:
        session().execute(
            insert_of(Option).values(rows).on_conflict_do_nothing(index_elements=["poll_id", "contribution_id"])
        )


def merge_options(contribution_id: uuid.UUID, into_id: uuid.UUID | None) -> None:
    """Let the votes on one contribution count for another, or for itself again (`into_id` None).

    Only in polls that have not ended, so that a merge never changes a finished count. A poll in which the
    other one cannot be voted on stays as it is. Whoever calls this records why.
    """
    polls = select(Option.poll_id).where(Option.contribution_id == contribution_id)
    phases = _hold_unfinished(Phase.id.in_(select(Poll.phase_id).where(Poll.id.in_(polls))))
    other = aliased(Option)
    target = (
        select(other.id)
        .where(other.poll_id == Option.poll_id, other.contribution_id == into_id)
        .correlate(Option)
        .scalar_subquery()
    )
    session().execute(
        update(Option)
        .where(
            Option.contribution_id == contribution_id,
            Option.poll_id.in_(select(Poll.id).where(Poll.phase_id.in_(phases))),
        )
        .values(merged_into_id=target if into_id is not None else None)
        .execution_options(synchronize_session=False)
    )


def _hold_unfinished(condition: Any) -> list[uuid.UUID]:
    """Return the phases that have not ended, under a shared lock so that they cannot close meanwhile."""
    wanted = select(Phase.id).where(
        condition, Phase.closed_at.is_(None), Phase.closing_at.is_(None), Phase.closes_at > clock.now()
    )
    return list(session().scalars(locked(wanted, shared=True)))


def cast_support(option: Option, actor: Actor, choice: Choice, *, network: bytes | None = None) -> Entry:
    """Set what the actor thinks of one option; a later choice replaces it, "no choice" takes it back.

    `network`: from which one it comes, as a keyed hash, where that is known.
    `option` is loaded as `get_option` does. Refused while the phase does not take votes, on an option that
    was merged away, in a poll of another method, without an account, while the actor has not shown what the
    round asks, and after too many changes in a minute.
    """
    hold_phase(option.poll.phase, at=actor.arrived_at)
    if option.poll.method is not Method.SUPPORT:
        raise Conflict(_("This poll is not answered with for, neutral or against."))
    return _cast(option, actor, rules.VALUES[choice], network)


def cast_opinion(option: Option, actor: Actor, opinion: Opinion) -> Entry:
    """Set what the actor thinks of one statement; a later answer replaces it, "no answer" takes it back.

    Writes only this mark; who computes the landscape finds the ballot by its count of changes. Loaded and refused
    as `cast_support` is.
    """
    hold_phase(option.poll.phase, at=actor.arrived_at)
    if option.poll.method is not Method.STATEMENTS:
        raise Conflict(_("This poll is not answered with agree, pass or disagree."))
    return _cast(option, actor, rules.OPINIONS[opinion])


def _cast(option: Option, actor: Actor, value: int | None, network: bytes | None = None) -> Entry:
    poll = option.poll
    if not option.stands:
        raise NotNow(_("This proposal was merged; vote on the one that replaces it."))
    if actor.account_id is None or poll.key is None or poll.register.key is None:
        raise NotAllowed(_("Only somebody with an account can vote."))
    demand(poll.round, Act.CAST_VOTE, actor, is_known=True)
    voter_id = own_voter(poll, poll.register.key, actor)
    tag = rules.tag(poll.key, voter_id)
    return set_mark(poll, tag, option.id, value, change_ballot(poll, tag, voter_id, actor, network))


def withdraw_votes(actor: Actor) -> int:
    """Take back every choice of somebody who leaves, in the polls that have not ended; return how many.

    Each is journalled as a change like any other, so that a recount still fits. What was counted in a poll
    that ended stays as it was counted.
    """
    taken = 0
    for poll in list_every_poll():
        tag, own = own_tag(poll, actor), own_marks(poll, actor)
        if tag is None or poll.key is None or not _hold_unfinished(Phase.id == poll.phase_id):
            continue
        chosen = [option_id for option_id, value in own.items() if value is not None]
        if METHODS[poll.method].is_whole:
            if chosen:
                set_ballot(poll, tag, {}, count_change(poll, tag, actor)[:2])
            taken += len(chosen)
            continue
        for option_id in chosen:
            set_mark(poll, tag, option_id, None, count_change(poll, tag, actor)[:2])
            taken += 1
    return taken


def set_mark(poll: Poll, tag: bytes, option_id: uuid.UUID, value: int | None, change: tuple[uuid.UUID, int]) -> Entry:
    """Set one mark of a ballot as its next change, and write its commitment into the journal."""
    (ballot_id, counter), salt = change, secrets.token_bytes(32)
    _set_mark(ballot_id, option_id, value=value, counter=counter, salt=salt)
    commitment = rules.commitment(
        salt, poll_id=poll.id, ballot_tag=tag, option_id=option_id, value=value, counter=counter
    )
    return record(Act.CAST_VOTE, None, poll, tag=tag.hex(), commitment=commitment)


def set_ballot(poll: Poll, tag: bytes, marks: Mapping[uuid.UUID, int], change: tuple[uuid.UUID, int]) -> Entry:
    """Set a whole ballot as its next change, and write one commitment over all of it into the journal.

    What it said before and does not say now becomes no choice, under the same change.
    """
    (ballot_id, counter), salt = change, secrets.token_bytes(32)
    session().execute(
        update(Mark)
        .where(Mark.ballot_id == ballot_id, Mark.option_id.not_in(list(marks)))
        .values(value=None, counter=counter, salt=salt)
        .execution_options(synchronize_session=False)
    )
    told = {"ballot_id": ballot_id, "counter": counter, "salt": salt}
    if marks:
        rows = [told | {"option_id": option_id, "value": value} for option_id, value in marks.items()]
        session().connection().execute(_mark_change(), rows)
    known = rules.ballot_commitment(salt, poll_id=poll.id, ballot_tag=tag, marks=marks, counter=counter)
    return record(Act.CAST_VOTE, None, poll, tag=tag.hex(), commitment=known)


def own_voter(poll: Poll, register_key: bytes, actor: Actor) -> uuid.UUID:
    """Return who the actor is among the voters of the round; the first vote makes the voter.

    Where a code or a national sign-in is asked, that alone makes a voter, so no vote can come of anything else.
    Of several first votes at once the unique credential lets one make the voter; the others read it.
    """
    known = find_voter_id(poll, actor)
    if known is not None:
        return known
    demand(poll.round, Act.CAST_VOTE, actor)
    own = rules.credential_hash(register_key, "account", str(actor.account_id))
    made: uuid.UUID | None = session().scalar(
        insert_of(Credential)
        .values(round_id=poll.round_id, hash=own, voter_id=new_id())
        .on_conflict_do_nothing(index_elements=["round_id", "hash"])
        .returning(Credential.voter_id)
    )
    if made is not None:
        session().execute(insert(Voter).values(id=made, round_id=poll.round_id))
        return made
    known = find_voter_id(poll, actor)
    if known is None:
        raise Conflict(_("Somebody else was just before you. Look at the page again."))
    return known


def change_ballot(
    poll: Poll, tag: bytes, voter_id: uuid.UUID, actor: Actor, network: bytes | None = None
) -> tuple[uuid.UUID, int]:
    """Count one more change on the actor's ballot, made on first use; return its id and the count.

    With the first one it is kept for some days from which network it came; later changes add nothing.
    """
    ballot_id, changes, in_minute = count_change(poll, tag, actor, voter_id=voter_id)
    if changes == 1 and network is not None:
        told = {"network": network, "stretch": int(actor.arrived_at.timestamp()) // rules.STRETCH}
        session().execute(insert(BallotNetwork).values(ballot_id=ballot_id, poll_id=poll.id, **told))
    if in_minute > rules.CHANGES_PER_MINUTE:
        raise TooMany(
            _("You changed your choices very often in a short time. Wait a minute and try again."),
            retry_after=60 - actor.arrived_at.second,
        )
    return ballot_id, changes


def count_change(
    poll: Poll,
    tag: bytes,
    actor: Actor,
    *,
    voter_id: uuid.UUID | None = None,
    channel: Channel = Channel.ONLINE,
) -> tuple[uuid.UUID, int, int]:
    """Count one more change on a ballot; return its id, how many there were, and how many in this minute.

    One that is made now keeps its channel, the voter's area (of the letter, otherwise as the actor told it) and,
    where it is the voter who acts, the age that they told.
    """
    is_online = channel is Channel.ONLINE
    told = {"poll_id": poll.id, "tag": tag, "changes": 1, "minute": actor.arrived_at.minute, "in_minute": 1}
    told |= {"channel": channel, "voter_id": voter_id, "told_area": actor.area_code if is_online else None}
    told["person_id"] = actor.person_id if is_online else None
    ballot_id, changes, in_minute = session().connection().execute(_ballot_change(), told).one()
    return ballot_id, changes, in_minute


@built_once
def _ballot_change() -> Any:
    held = Ballot.__table__.c
    of_letter = select(Voter.area_code).where(Voter.id == bindparam("voter_id", type_=Uuid())).scalar_subquery()
    of_person = select(Person.age).where(Person.id == bindparam("person_id", type_=Uuid())).scalar_subquery()
    new = insert_of(Ballot.__table__).values(
        area_code=func.coalesce(of_letter, bindparam("told_area", type_=String())),
        age=func.coalesce(of_person, literal(AgeBracket.UNKNOWN, held.age.type)),
    )
    return new.on_conflict_do_update(
        index_elements=["poll_id", "tag"],
        set_={
            "changes": held.changes + 1,
            "minute": new.excluded.minute,
            "in_minute": case((held.minute == new.excluded.minute, held.in_minute + 1), else_=1),
        },
    ).returning(held.id, held.changes, held.in_minute)


def _set_mark(ballot_id: uuid.UUID, option_id: uuid.UUID, *, value: int | None, counter: int, salt: bytes) -> None:
    told = {"ballot_id": ballot_id, "option_id": option_id, "value": value, "counter": counter, "salt": salt}
    session().connection().execute(_mark_change(), told)


@built_once
def _mark_change() -> Any:
    new = insert_of(Mark.__table__)
    return new.on_conflict_do_update(
        index_elements=["ballot_id", "option_id"],
        set_={name: new.excluded[name] for name in ("value", "counter", "salt")},
    )
