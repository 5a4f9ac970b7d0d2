"""The table of what was done with many inputs at once."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.rounds.models import Round


class BulkKind(Worded):
    """What is done with each input."""

    CODE = "code", N_("add themes")
    UNCODE = "uncode", N_("take themes away")
    ASSIGN = "assign", N_("assign to a colleague")
    ANSWER = "answer", N_("draft an answer")
    FILL = "fill", N_("draft an answer with a text block")
    GROUP = "group", N_("join into one")
    STATE = "state", N_("take out of sight")

    @property
    def is_step(self) -> bool:
        """Whether each input takes a step by the verb that takes it by hand; else rows beside it change at once."""
        return self in {BulkKind.GROUP, BulkKind.STATE}


class Bulk(Base):
    """Something that one member of staff does with many inputs: planned first, done after it was looked at.

    `chosen` says what is done (themes, colleague, answer, text block, the input that the others are joined with, or
    the ground and reason for taking out of sight), `inputs` with which contributions. `changes` holds for each that
    changed the rows that ended, those that were made, and all that counted afterwards, or with what it was joined, or
    how it was held, so that one can go back exactly, and only while nobody changed it since.
    """

    __tablename__ = "bulk"
    __table_args__ = (Index("ix_bulk_round_id_person_id", "round_id", "person_id"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[BulkKind] = mapped_column(words_of(BulkKind))
    chosen: Mapped[dict[str, Any]]
    inputs: Mapped[list[str]]
    planned_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    changed: Mapped[int] = mapped_column(default=0)  # how many inputs
    undone_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
