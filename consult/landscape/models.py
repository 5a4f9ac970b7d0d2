"""Tables of what the worker keeps of the votes on statements, of what it computed of them, and of what was cited."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.foundation.db import Base, id_column
from consult.voting.models import Poll


class Kept(Base):
    """The landscape of one poll of statements: the sums that votes were folded into, and what was told last of them.

    `statements` are options in the order of their places in the sums; `left_out` those that are not public now, or
    were joined with another. `folded` counts ballots that were folded in, each time anew; `computed` is that count
    when it was computed last, so more must be computed when it is behind. `told` is for pages (see `telling.tell`);
    `coming` takes its place once five more people said something, so that two pages never differ by fewer. `is_final`:
    `told` holds every vote of a poll that was closed for good. `priorities` is the weight with which each statement
    is drawn as the next.
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
    coming: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), deferred=True, deferred_raiseload=True
    )
    coming_at: Mapped[datetime | None]
    is_final: Mapped[bool] = mapped_column(default=False)
    priorities: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))

    poll: Mapped[Poll] = relationship(lazy="raise_on_sql")


class Folded(Base):
    """What of one ballot is in the sums: the places of the statements and the votes on them, as whole numbers in bytes.

    `changes` is the ballot's own count then; a ballot whose count is another one changed since. `counted` is that
    count when what comes next on the page was made. `label` is the group in which it was shown last.
    """

    __tablename__ = "folded_ballot"

    ballot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("landscape.poll_id"), index=True)
    changes: Mapped[int]
    places: Mapped[bytes] = mapped_column(LargeBinary)
    votes: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[int | None]
    counted: Mapped[int | None]


class StatementResult(Base):
    """What people thought of one statement when it was cited; it never changes, whatever is computed later.

    `told` is what `rules.result_of` gives. `version`, `input_hash` and `parameters` say how it came about: whoever
    computes the same votes in the same way gets the same, for nothing of what was shown before is in it.
    """

    __tablename__ = "statement_result"
    __table_args__ = (UniqueConstraint("option_id", "input_hash", "version"),)

    id: Mapped[uuid.UUID] = id_column()
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"), index=True)
    option_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("option.id"))
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    version: Mapped[int]
    input_hash: Mapped[str] = mapped_column(String(64))
    parameters: Mapped[dict[str, Any]]
    told: Mapped[dict[str, Any]]
    computed_at: Mapped[datetime]

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")
    poll: Mapped[Poll] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its statement, which is loaded."""
        return self.contribution.round_id
