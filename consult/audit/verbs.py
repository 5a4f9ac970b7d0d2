"""Writing the journal."""

import hashlib
import json
import uuid
from typing import Any

from consult.audit.models import Entry
from consult.foundation import clock
from consult.foundation.db import session
from consult.policy import Act, Actor


def record(act: Act, actor: Actor | None, subject: Any = None, **facts: Any) -> Entry:
    """Write that `actor` did `act` to `subject`, in the transaction of the act itself.

    `facts` are ids, words of enums, numbers and hashes. A vote has no actor. The entry's digest
    is SHA-256 over its canonical JSON.
    """
    return _write(act, "done", actor, subject, facts)


def record_denial(act: Act, actor: Actor, subject_kind: str, round_id: uuid.UUID | None, reason: str) -> None:
    """Write that an act was denied; runs in a transaction of its own, after the rollback."""
    _write(act, "denied", actor, None, {"reason": reason, "subject_kind": subject_kind, "round": round_id})


def _write(act: Act, result: str, actor: Actor | None, subject: Any, facts: dict[str, Any]) -> Entry:
    entry = Entry(
        at=actor.arrived_at if actor is not None and actor.is_system else clock.now(),
        act=act.value,
        result=result,
        actor_id=actor.person_id if actor is not None else None,
        subject_kind=type(subject).__name__.lower() if subject is not None else facts.pop("subject_kind", ""),
        subject_id=getattr(subject, "id", None),
        round_id=getattr(subject, "round_id", None) or facts.pop("round", None),
        facts=json.loads(json.dumps(facts, default=str)),
    )
    entry.digest = hashlib.sha256(canonical(entry)).digest()
    session().add(entry)
    return entry


def canonical(entry: Entry) -> bytes:
    """Return the bytes of an entry that its digest covers: JSON with sorted keys and no spaces."""
    told = {
        "at": entry.at.isoformat(),
        "act": entry.act,
        "result": entry.result,
        "actor": str(entry.actor_id or ""),
        "subject": [entry.subject_kind, str(entry.subject_id or "")],
        "round": str(entry.round_id or ""),
        "facts": entry.facts,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
