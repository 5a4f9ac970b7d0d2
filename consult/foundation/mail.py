"""Mail that is to be sent: written down in the transaction of what it tells of, sent afterwards by the worker."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation import clock
from consult.foundation.db import Base, id_column, insert_of, session


class Mail(Base):
    """One message to one recipient: of which kind, and about what; its words are made when it is sent.

    `facts` are ids and plain words that the message needs; a secret link is derived when it is sent and
    never stands here. `dedupe` makes one message of what is told twice. It is over when `sent_at` or
    `given_up_at` is set; a worker that sends it holds it until `leased_until`.
    """

    __tablename__ = "mail"

    id: Mapped[uuid.UUID] = id_column()
    kind: Mapped[str] = mapped_column(String(40))
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(index=True)  # a person, whose address is looked up then
    address: Mapped[str | None] = mapped_column(String(254))  # of somebody who is not known here
    language: Mapped[str] = mapped_column(String(5), default="nl")  # used where the recipient has none
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    dedupe: Mapped[str | None] = mapped_column(String(120), unique=True)
    enqueued_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(200), default="")


def enqueue(
    kind: str,
    *,
    recipient_id: uuid.UUID | None = None,
    address: str | None = None,
    language: str = "nl",
    dedupe: str | None = None,
    due_at: datetime | None = None,
    **facts: Any,
) -> None:
    """Have a message sent to a person or an address, if and only if the present transaction is kept."""
    now = clock.now()
    session().execute(
        insert_of(Mail)
        .values(
            kind=kind,
            recipient_id=recipient_id,
            address=address,
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
