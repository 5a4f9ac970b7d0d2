"""Tables of what staff entered for others: the forms, what stood on them, who wants a reply, and whole files."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Channel, Contribution
from consult.foundation.db import Base, id_column, words_of
from consult.participants.models import Person
from consult.rounds.models import Round

OFFLINE = (
    Channel.LETTER,
    Channel.PAPER,
    Channel.PHONE,
    Channel.DESK,
    Channel.MEETING,
    Channel.WORKSHOP,
    Channel.SCHOOL,
)
RECORDED = frozenset({Channel.MEETING, Channel.WORKSHOP})  # somebody wrote down what others said there


class Batch(Base):
    """A file with many rows that somebody sent: judged and shown first, entered once when they say so.

    `rows` are those that can be entered, `problems` and `notes` what is wrong or odd with others; all three hold
    what people wrote, so they are emptied when the day is over. `done` rows are entered; `sampled` are the places
    of the forms that a second person looks at.
    """

    __tablename__ = "intake_batch"
    __table_args__ = (
        CheckConstraint("done >= 0 and done <= planned", name="no_more_than_planned"),
        Index(
            "uq_intake_batch_round_id_sha256",
            "round_id",
            "sha256",
            unique=True,
            sqlite_where=text("confirmed_at is not null"),
            postgresql_where=text("confirmed_at is not null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    sent_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)
    sampled: Mapped[list[int]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)
    total: Mapped[int]  # rows of the file
    wrong: Mapped[int]  # of which so many cannot be entered
    doubled: Mapped[int]  # of which so many look like what is here already
    confirmed_at: Mapped[datetime | None]
    planned: Mapped[int] = mapped_column(default=0)  # rows that were said to be entered
    done: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")

    @property
    def right(self) -> int:
        """How many rows can be entered."""
        return self.total - self.wrong


class Stream(Base):
    """How many forms were entered one by one in a round, and which of the present ten is looked at again."""

    __tablename__ = "intake_stream"

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    forms: Mapped[int] = mapped_column(default=0)
    pick: Mapped[int] = mapped_column(default=0)


class Intake(Base):
    """One paper form, letter, call, talk, meeting or lesson that a member of staff entered; it may hold several ideas.

    `is_approved` says of the record of a meeting whether those present approved it. Of those `is_sampled` a
    second person looks whether they were entered rightly; whoever entered one never checks it.
    """

    __tablename__ = "intake"
    __table_args__ = (
        CheckConstraint("checked_by_id is null or checked_by_id <> entered_by_id", name="second_person"),
        CheckConstraint("(checked_at is null) = (checked_by_id is null)", name="checked_by_somebody"),
        CheckConstraint("(checked_at is null) = (was_right is null)", name="checked_with_a_result"),
        Index("ix_intake_round_id_is_sampled_checked_at", "round_id", "is_sampled", "checked_at"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("intake_batch.id"), index=True)
    channel: Mapped[Channel] = mapped_column(words_of(Channel))
    place: Mapped[str] = mapped_column(String(120), default="")
    received_at: Mapped[datetime]
    reference: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    is_approved: Mapped[bool | None]
    writer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    is_sampled: Mapped[bool] = mapped_column(default=False)
    checked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None]
    was_right: Mapped[bool | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    writer: Mapped[Person | None] = relationship(foreign_keys=[writer_id], lazy="raise_on_sql")
    entered_by: Mapped[Person | None] = relationship(foreign_keys=[entered_by_id], lazy="raise_on_sql")
    items: Mapped[list["Item"]] = relationship(order_by="Item.position", lazy="raise_on_sql")

    @property
    def first(self) -> Contribution:
        """Its first idea, to which the scans belong."""
        return self.items[0].contribution


class Item(Base):
    """One idea of a form, which is a contribution; `original` is what the writer wrote where staff translated it."""

    __tablename__ = "intake_item"

    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    intake_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.id"), index=True)
    position: Mapped[int]
    original: Mapped[str] = mapped_column(Text, default="")
    original_language: Mapped[str] = mapped_column(String(10), default="")

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")
    intake: Mapped[Intake] = relationship(back_populates="items", lazy="raise_on_sql")


class PaperReply(Base):
    """The writer of a form asked for a reply on paper; the address is kept for nothing else and goes when it is sent.

    Only those who serve the round see it. `address` is empty after it was forgotten.
    """

    __tablename__ = "paper_reply"

    intake_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.id"), primary_key=True)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    address: Mapped[str] = mapped_column(String(300))
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))

    intake: Mapped[Intake] = relationship(lazy="raise_on_sql")
