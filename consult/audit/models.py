"""The table of the journal."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base


class Entry(Base):
    """One act that was carried out, or one that was denied.

    Holds ids and salted hashes, never personal text; the database refuses to change or delete a row.
    `position` is the order of arrival and is no proof of the order of commits.
    """

    __tablename__ = "entry"
    __table_args__ = (Index("ix_entry_round_id_position", "round_id", "position"),)

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(40))
    result: Mapped[str] = mapped_column(String(10), default="done")
    actor_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    subject_kind: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    round_id: Mapped[uuid.UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
