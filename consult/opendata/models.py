"""The table of bundles that were made of polls."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base


class Bundle(Base):
    """The file with which anybody can count a poll again; another one takes its place when other ballots count.

    `entry_position` is the entry that closed the poll as the file tells it, `revision` that of the round at which
    this was last seen to hold.
    """

    __tablename__ = "bundle"

    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    stored_name: Mapped[str] = mapped_column(String(32), unique=True)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    entry_position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), ForeignKey("entry.position")
    )
    revision: Mapped[int]
