"""Tables of text blocks and of the terms in which answers are due."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.rounds.models import Round
from consult.synthesis.models import OutcomeKind


class TextBlock(Base):
    """An answer that is used again and again in one round, with fields that are filled in for each input.

    A changed block is a new row of the same name; the one without `ended_at` is offered.
    """

    __tablename__ = "text_block"
    __table_args__ = (
        Index(
            "uq_text_block_round_id_name",
            "round_id",
            "name",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[OutcomeKind] = mapped_column(words_of(OutcomeKind))
    text: Mapped[str] = mapped_column(String(1000))
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")


class AnswerTerm(Base):
    """When the answers of one round are due: on a day, or so many days after collecting closes."""

    __tablename__ = "answer_term"
    __table_args__ = (
        CheckConstraint("(on_day is null) <> (days is null)", name="one_way"),
        CheckConstraint("days is null or days >= 0", name="not_before"),
    )

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    on_day: Mapped[date | None]
    days: Mapped[int | None]
    set_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]
