"""Mail that is to be sent: written down in the transaction of what it tells of, sent afterwards by the worker."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Index, String, and_, case, delete, insert, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation import clock
from consult.foundation.db import Base, id_column, insert_of, new_id, session

LEASE = timedelta(minutes=10)  # a worker sends what it claimed within it, or lets go


class Mail(Base):
    """One message to one recipient: of which kind, and about what; its words are made when it is sent.

    `facts` are ids and plain words that the message needs; a secret link is derived when it is sent and
    never stands here. `dedupe` makes one message of what is told twice. It is over when `sent_at` or
    `given_up_at` is set; a worker that sends it holds it until `leased_until`. `waits_for` names the digest
    in which it shall stand, and `digest_id` the message in which it does. Without a recipient and an
    address it tells of something that is still to be shared out among those whom it concerns.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index(
            "ix_mail_waiting",
            "due_at",
            sqlite_where=text("sent_at is null and given_up_at is null"),
            postgresql_where=text("sent_at is null and given_up_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    kind: Mapped[str] = mapped_column(String(40))
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(index=True)  # a person, whose address is looked up then
    address: Mapped[str | None] = mapped_column(String(254))  # of somebody who is not known here
    language: Mapped[str] = mapped_column(String(5), default="nl")  # used where the recipient has none
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    dedupe: Mapped[str | None] = mapped_column(String(120), unique=True)
    enqueued_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(200), default="")
    waits_for: Mapped[str | None] = mapped_column(String(10))
    digest_id: Mapped[uuid.UUID | None] = mapped_column(index=True)


def enqueue(
    kind: str,
    *,
    recipient_id: uuid.UUID | None = None,
    address: str | None = None,
    language: str = "nl",
    dedupe: str | None = None,
    due_at: datetime | None = None,
    withheld: bool = False,
    **facts: Any,
) -> None:
    """Have a message sent to a person or an address, if and only if the present transaction is kept.

    Without either it is told to everybody whom a message of this kind concerns. One that is withheld takes
    as long to write and is never sent; its address is not kept.
    """
    now = clock.now()
    session().execute(
        insert_of(Mail)
        .values(
            kind=kind,
            recipient_id=recipient_id,
            address="" if withheld else address,
            sent_at=now if withheld else None,
            language=language,
            facts={name: value if isinstance(value, int | bool) else str(value) for name, value in facts.items()},
            dedupe=dedupe,
            enqueued_at=now,
            due_at=due_at or now,
            attempts=0,
            problem="",
        )
        .on_conflict_do_nothing(index_elements=["dedupe"])
    )


def enqueue_many(kind: str, told: Sequence[Mapping[str, Any]]) -> None:
    """Have what concerns others told to them, once for each of many things: what `enqueue` does, sent at once.

    Each of `told` holds the facts of one message, which are told to everybody whom it concerns.
    """
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "kind": kind,
            "language": "nl",
            "facts": {name: value if isinstance(value, int | bool) else str(value) for name, value in facts.items()},
            "enqueued_at": now,
            "due_at": now,
            "attempts": 0,
            "problem": "",
        }
        for facts in told
    ]
    if rows:
        session().execute(insert(Mail), rows)


def share_out(origin: Mail, rows: Sequence[tuple[uuid.UUID, str, Mapping[str, Any]]]) -> None:
    """Have what a message without a recipient tells sent to people, each as (who, kind, facts); once each."""
    if not rows:
        return
    told = [
        {
            "id": new_id(),
            "kind": kind,
            "recipient_id": person_id,
            "language": origin.language,
            "facts": {**origin.facts, **facts},
            "dedupe": f"{origin.id.hex}:{person_id.hex}",
            "enqueued_at": origin.enqueued_at,
            "due_at": origin.due_at,
            "attempts": 0,
            "problem": "",
        }
        for person_id, kind, facts in rows
    ]
    session().execute(insert_of(Mail).values(told).on_conflict_do_nothing(index_elements=["dedupe"]))


def gather(kind: str, recipient_id: uuid.UUID, dedupe: str, mail_ids: Collection[uuid.UUID]) -> bool:
    """Put notices that wait into one message to their recipient; False when there is one under this `dedupe`."""
    now = clock.now()
    made: uuid.UUID | None = session().scalar(
        insert_of(Mail)
        .values(
            id=new_id(),
            kind=kind,
            recipient_id=recipient_id,
            language="nl",
            facts={},
            dedupe=dedupe,
            enqueued_at=now,
            due_at=now,
            attempts=0,
            problem="",
        )
        .on_conflict_do_nothing(index_elements=["dedupe"])
        .returning(Mail.id)
    )
    if made is not None:
        _change(and_(Mail.id.in_(mail_ids), Mail.digest_id.is_(None)), {"digest_id": made})
    return made is not None


def wait_longer(mail_ids: Collection[uuid.UUID], due_at: datetime) -> None:
    """Let notices wait for a later digest, unless they stand in one by now."""
    _change(and_(Mail.id.in_(mail_ids), Mail.digest_id.is_(None)), {"due_at": due_at})


def is_due(at: datetime) -> bool:
    """Say whether anything waits to be sent, so that nobody writes for nothing."""
    return session().scalar(select(Mail.id).where(_due(at)).limit(1)) is not None


def claim(at: datetime, limit: int, urgent: Collection[str] = ()) -> Sequence[Mail]:
    """Take up to `limit` messages that are due, urgent kinds first, so that no other worker takes them meanwhile."""
    order = case((Mail.kind.in_(urgent), 0), else_=1) if urgent else Mail.due_at
    due = (
        select(Mail.id)
        .where(_due(at))
        .order_by(order, Mail.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = session().scalars(
        update(Mail)
        .where(Mail.id.in_(select(due.c.id)))
        .values(leased_until=at + LEASE)
        .returning(Mail)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return sorted(claimed, key=lambda one: (one.kind not in urgent, one.due_at, one.enqueued_at))


def note_sent(mail_id: uuid.UUID, at: datetime, *, keeps_address: bool) -> None:
    """Write down that a message was handed over, with every notice that stood in it; an address is not kept longer."""
    done: dict[str, Any] = {"sent_at": at, "leased_until": None, "problem": ""}
    if not keeps_address:
        done["address"] = case((Mail.address.is_not(None), ""), else_=None)
    _change(or_(Mail.id == mail_id, Mail.digest_id == mail_id), done)


def put_off(mail_id: uuid.UUID, due_at: datetime, problem: str) -> None:
    """Count a try that failed, and have the message tried again at `due_at`."""
    again = {"attempts": Mail.attempts + 1, "due_at": due_at, "leased_until": None, "problem": problem[:200]}
    _change(Mail.id == mail_id, again)


def give_up(mail_id: uuid.UUID, at: datetime, problem: str) -> None:
    """Write down that a message, with every notice that stood in it, will not be sent, and why."""
    over = {"given_up_at": at, "leased_until": None, "problem": problem[:200]}
    _change(or_(Mail.id == mail_id, Mail.digest_id == mail_id), over)


def keep_for(mail_id: uuid.UUID, digest: str, due_at: datetime) -> None:
    """Let a notice wait for the digest in which it shall stand."""
    _change(Mail.id == mail_id, {"waits_for": digest, "due_at": due_at, "leased_until": None})


def let_go(mail_ids: Collection[uuid.UUID]) -> None:
    """Give back what was claimed and not tried."""
    _change(Mail.id.in_(mail_ids), {"leased_until": None})


def send_again(mail_id: uuid.UUID, at: datetime) -> None:
    """Have a message that was given up tried anew, with every notice that stood in it."""
    anew = {"given_up_at": None, "attempts": 0, "due_at": at, "problem": ""}
    _change(or_(Mail.id == mail_id, Mail.digest_id == mail_id), anew)


def list_untold(since: datetime) -> Sequence[Mail]:
    """List what came up since a moment and was not shared out yet."""
    wanted = select(Mail).where(Mail.recipient_id.is_(None), Mail.address.is_(None), Mail.sent_at.is_(None))
    return session().scalars(wanted.where(Mail.enqueued_at >= since).order_by(Mail.enqueued_at)).all()


def take_as_sent(newest: int) -> None:
    """Take all messages as sent when they came up, and keep the newest: a story that is replayed mails nobody."""
    _change(Mail.sent_at.is_(None), {"sent_at": Mail.enqueued_at})
    to_people = select(Mail.id).where(Mail.recipient_id.is_not(None)).order_by(Mail.enqueued_at.desc(), Mail.id)
    session().execute(
        delete(Mail).where(Mail.id.not_in(to_people.limit(newest))), execution_options={"synchronize_session": False}
    )


def forget(mail_id: uuid.UUID) -> None:
    """Delete a message that was never to be sent."""
    session().execute(delete(Mail).where(Mail.id == mail_id), execution_options={"synchronize_session": False})


def forget_old(before: datetime) -> int:
    """Delete what was sent or given up before a moment, and return how many."""
    gone: Any = session().execute(
        delete(Mail).where(Mail.enqueued_at < before, or_(Mail.sent_at < before, Mail.given_up_at < before)),
        execution_options={"synchronize_session": False},
    )
    return int(gone.rowcount)


def _due(at: datetime) -> ColumnElement[bool]:
    return and_(
        Mail.sent_at.is_(None),
        Mail.given_up_at.is_(None),
        Mail.waits_for.is_(None),
        Mail.due_at <= at,
        or_(Mail.leased_until.is_(None), Mail.leased_until <= at),
    )


def _change(which: ColumnElement[bool], values: dict[str, Any]) -> None:
    session().execute(update(Mail).where(which).values(values), execution_options={"synchronize_session": False})
