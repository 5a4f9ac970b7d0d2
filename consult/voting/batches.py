"""Ballots that come in by the thousand, as imports bring them."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table, insert, select

from consult.audit.verbs import record
from consult.contributions.models import Channel
from consult.foundation.db import Base, new_id, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.voting import rules
from consult.voting.models import Ballot, Credential, Mark, Option, Poll, Voter

BATCH = 1000  # ballots in one journal entry

Marks = Mapping[uuid.UUID, int | None]


def enter_ballots(poll: Poll, rows: Iterable[tuple[str, Marks]], actor: Actor) -> int:
    """Enter many ballots at once, as imports do: each a voter's reference in the source with marks by option.

    The same reference in another poll of the round is the same voter. One journal entry for each batch, with
    counts and a digest. Returns how many ballots. Refused when an option is of another poll, and when a
    reference stands there twice or was entered before.
    """
    register = poll.register.key
    if poll.key is None or register is None:
        raise NotNow(_("The keys of this poll were destroyed, so no ballot can be added."))
    options = set(session().scalars(select(Option.id).where(Option.poll_id == poll.id)))
    seen: set[str] = set()
    for batch in _batches(rows):
        for reference, marks in batch:
            if reference in seen:
                raise Conflict(_("“%(reference)s” has two ballots in one poll.", reference=reference))
            if not options.issuperset(marks):
                raise Conflict(
                    _("The ballot of “%(reference)s” names something else than this poll.", reference=reference)
                )
            seen.add(reference)
        _enter_batch(poll, poll.key, register, batch, actor)
    return len(seen)


def _batches(rows: Iterable[tuple[str, Marks]]) -> Iterator[list[tuple[str, Marks]]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _enter_batch(poll: Poll, key: bytes, register: bytes, batch: Sequence[tuple[str, Marks]], actor: Actor) -> None:
    voters = _enter_voters(
        poll.round_id, {rules.credential_hash(register, "import", name): name for name, _marks in batch}
    )
    entered = [(new_id(), rules.tag(key, voter), marks) for voter, (_name, marks) in zip(voters, batch, strict=True)]
    _insert_all(
        Ballot,
        [
            {
                "id": ballot_id,
                "poll_id": poll.id,
                "tag": tag,
                "changes": max(len(marks), 1),
                "minute": 0,
                "in_minute": 0,
                "channel": Channel.IMPORTED,
            }
            for ballot_id, tag, marks in entered
        ],
    )
    marked = [
        {"id": new_id(), "ballot_id": ballot_id, "option_id": option_id, "value": value, "counter": counter}
        for ballot_id, _tag, marks in entered
        for counter, (option_id, value) in enumerate(marks.items(), start=1)
    ]
    if marked:
        _insert_all(Mark, marked)
    digest = rules.batch_digest((tag, marks) for _id, tag, marks in entered)
    record(Act.IMPORT, actor, poll, ballots=len(entered), marks=len(marked), digest=digest)


def _enter_voters(round_id: uuid.UUID, named: Mapping[bytes, str]) -> list[uuid.UUID]:
    """Return the voter behind each credential of a round, made where it is new, with their number in the source."""
    hashes = list(named)
    wanted = select(Credential.hash, Credential.voter_id).where(
        Credential.round_id == round_id, Credential.hash.in_(hashes)
    )
    known = {bytes(found): voter_id for found, voter_id in session().execute(wanted)}
    new = {credential: new_id() for credential in hashes if credential not in known}
    if new:
        _insert_all(
            Voter, [{"id": voter, "round_id": round_id, "reference": named[found]} for found, voter in new.items()]
        )
        _insert_all(
            Credential,
            [{"id": new_id(), "round_id": round_id, "hash": found, "voter_id": voter} for found, voter in new.items()],
        )
    return [known.get(credential) or new[credential] for credential in hashes]


def _insert_all(kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    session().execute(insert(cast(Table, kind.__table__)), rows)
