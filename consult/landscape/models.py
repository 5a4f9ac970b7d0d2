"""Tables of what the worker keeps of the votes on statements, and of what it computed of them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base
from consult.voting.models import Poll


class Kept(Base):
    """The landscape of one poll of statements: the sums that votes were folded into, and what was told last of them.

    `statements` are options in the order of their places in the sums; `left_out` those that are not public now, or
    were joined with another. `folded` counts ballots that were folded in, each time anew; `computed` is that count
    when `told` was made, so more must be told when it is behind. `told` is for pages (see `telling.tell`),
    `priorities` the weight with which each statement is drawn as the next.
    """

    __tablename__ = "landscape"

    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    statements: Mapped[list[str]] = mapped_column(default=list)
    left_out: Mapped[list[str]] = mapped_column(default=list)
    sums: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    folded: Mapped[int] = mapped_column(default=0)
    computed: Mapped[int] = mapped_column(default=-1)
    computed_at: Mapped[datetime | None]
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True, deferred_raiseload=True)
    priorities: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))

    poll: Mapped[Poll] = relationship(lazy="raise_on_sql")


class Folded(Base):
    """What of one ballot is in the sums: the places of the statements and the votes on them, as whole numbers in bytes.

    `changes` is the ballot's own count then; a ballot whose count is another one changed since. `label` is the group
    in which it was shown last.
    """

    __tablename__ = "folded_ballot"

    ballot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("landscape.poll_id"), index=True)
    changes: Mapped[int]
    places: Mapped[bytes] = mapped_column(LargeBinary)
    votes: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[int | None]
