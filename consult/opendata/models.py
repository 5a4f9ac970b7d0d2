"""The table of bundles that were made of polls."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base


class Bundle(Base):
    """The file with which anybody can count a poll again; made once, when all of the poll is sealed."""

    __tablename__ = "bundle"

    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    stored_name: Mapped[str] = mapped_column(String(32), unique=True)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
