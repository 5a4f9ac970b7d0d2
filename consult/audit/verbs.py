"""Writing the journal."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, cast

from sqlalchemy import Table, insert

from consult.audit.models import Entry
from consult.foundation import clock
from consult.foundation.db import session
from consult.policy import Act, Actor

COVERED = ("at", "act", "result", "actor_id", "subject_kind", "subject_id", "round_id", "facts")

_ENTRY = insert(cast("Table", Entry.__table__))

_sorted = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def record(act: Act, actor: Actor | None, subject: Any = None, **facts: Any) -> Entry:
    """Write that `actor` did `act` to `subject`, in the transaction of the act itself.

    `facts` are ids, words of enums, numbers and hashes. A vote has no actor. The entry's digest
    is SHA-256 over its canonical JSON.
    """
    return _write(act, "done", actor, subject, facts)


def record_many(act: Act, actor: Actor | None, told: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
    """Write that `actor` did `act` to each of many subjects, each with its facts: what `record` writes, sent at once.

    The entries stand in the journal in this order.
    """
    rows = [_told(act, "done", actor, subject, dict(facts)) for subject, facts in told]
    if rows:
        session().connection().execute(_ENTRY, rows)


def record_denial(act: Act, actor: Actor, subject_kind: str, round_id: uuid.UUID | None, reason: str) -> None:
    """Write that an act was denied; runs in a transaction of its own, after the rollback."""
    _write(act, "denied", actor, None, {"reason": reason, "subject_kind": subject_kind, "round": round_id})


def _write(act: Act, result: str, actor: Actor | None, subject: Any, facts: dict[str, Any]) -> Entry:
    told = _told(act, result, actor, subject, facts)
    written: Any = session().connection().execute(_ENTRY, told)
    return Entry(position=written.inserted_primary_key.position, **told)


def _told(act: Act, result: str, actor: Actor | None, subject: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of an entry."""
    told = {
        "at": actor.arrived_at if actor is not None and actor.is_system else clock.now(),
        "act": act.value,
        "result": result,
        "actor_id": actor.person_id if actor is not None else None,
        "subject_kind": type(subject).__name__.lower() if subject is not None else facts.pop("subject_kind", ""),
        "subject_id": getattr(subject, "id", None),
        "round_id": getattr(subject, "round_id", None) or facts.pop("round", None),
    }
    told["facts"] = _plain(facts)
    told["digest"] = hashlib.sha256(_canonical(told)).digest()
    return told


def _plain(value: Any) -> Any:
    """Return facts as JSON knows them; what it does not know becomes its words."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def canonical(entry: Entry) -> bytes:
    """Return the bytes of an entry that its digest covers: JSON with sorted keys and no spaces.

    Of a ballot everything but the moment, so that it can be shown to everybody without telling when it was cast.
    """
    return _canonical({name: getattr(entry, name) for name in COVERED})


def ballot_digest(poll_id: uuid.UUID, round_id: uuid.UUID, tag: str, commitment: str) -> bytes:
    """Return the digest of the entry of a vote, from what its voter knows of it."""
    facts = {"tag": tag, "commitment": commitment}
    told: dict[str, Any] = {"act": Act.CAST_VOTE.value, "result": "done", "actor_id": None, "facts": facts}
    told |= {"subject_kind": "poll", "subject_id": poll_id, "round_id": round_id}
    return hashlib.sha256(_canonical(told)).digest()


def fits(entry: Entry) -> bool:
    """Say whether an entry is what its digest says; that of an older ballot covers its moment too."""
    told = {name: getattr(entry, name) for name in COVERED}
    digests = [hashlib.sha256(_canonical(told)).digest()]
    if is_ballot(told):
        digests.append(hashlib.sha256(_canonical(told, at=entry.at.isoformat())).digest())
    return entry.digest in digests


def sealed_digest(entry: Entry) -> bytes:
    """Return what goes into the tree of an entry: its digest, and of a ballot always the one without its moment."""
    return hashlib.sha256(canonical(entry)).digest() if is_ballot(vars(entry)) else entry.digest


def is_ballot(told: Mapping[str, Any]) -> bool:
    """Say whether the columns of an entry tell of a vote, which has no actor."""
    return told["act"] == Act.CAST_VOTE and told["result"] == "done" and told["actor_id"] is None


def _canonical(told: Mapping[str, Any], at: str = "") -> bytes:
    covered = {
        "at": at if is_ballot(told) else told["at"].isoformat(),
        "act": told["act"],
        "result": told["result"],
        "actor": str(told["actor_id"] or ""),
        "subject": [told["subject_kind"], str(told["subject_id"] or "")],
        "round": str(told["round_id"] or ""),
        "facts": told["facts"],
    }
    return _sorted(covered).encode()
