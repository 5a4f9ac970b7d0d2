"""Tables of contributions and their versions."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, order_key, public_id, words_of
from consult.foundation.language import N_, Worded
from consult.participants.models import Person
from consult.rounds.models import Round


class Kind(Worded):
    """What a contribution is."""

    PROPOSAL = "proposal", N_("proposal")
    ARGUMENT = "argument", N_("argument")
    STATEMENT = "statement", N_("statement")
    PROJECT = "project", N_("project")
    POSITION = "position", N_("position")


PUT_FORWARD = frozenset({Kind.PROPOSAL, Kind.STATEMENT, Kind.PROJECT})  # stands by itself and can be voted on


class Channel(Worded):
    """How it came in; every channel has the same weight."""

    ONLINE = "online", N_("online")
    PAPER = "paper", N_("on paper")
    LETTER = "letter", N_("by letter")
    PHONE = "phone", N_("by phone")
    DESK = "desk", N_("at the desk")
    MEETING = "meeting", N_("at a meeting")
    WORKSHOP = "workshop", N_("at a workshop")
    SCHOOL = "school", N_("from a school")
    IMPORTED = "imported", N_("imported")


class State(Worded):
    """Where a contribution stands."""

    HELD = "held", N_("waiting for a moderator")
    PUBLISHED = "published", N_("published")
    REFUSED = "refused", N_("refused")
    WITHDRAWN = "withdrawn", N_("withdrawn by its author")


class Contribution(Base):
    """One thing that somebody brought in.

    `merged_into_id` points to the one that replaces it; it keeps its text, address and votes.
    `version` counts edits; a save against an older one is a conflict.
    """

    __tablename__ = "contribution"
    __table_args__ = (
        CheckConstraint("merged_into_id is null or merged_into_id <> id", name="not_into_itself"),
        Index("ix_contribution_round_id_kind_state_order_key", "round_id", "kind", "state", "order_key"),
        Index("ix_contribution_round_id_kind_state_received_at", "round_id", "kind", "state", "received_at"),
    )

    id: Mapped[uuid.UUID] = id_column()
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    kind: Mapped[Kind] = mapped_column(words_of(Kind))
    channel: Mapped[Channel] = mapped_column(words_of(Channel), default=Channel.ONLINE)
    state: Mapped[State] = mapped_column(words_of(State))
    reference: Mapped[str] = mapped_column(String(40), default="")  # its number in the source or the file
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    title: Mapped[str] = mapped_column(String(160), default="")
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(10), default="nl")
    area_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"))
    received_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    order_key: Mapped[int] = mapped_column(BigInteger, default=order_key)
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contribution.id"), index=True)

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    author: Mapped[Person | None] = relationship(foreign_keys=[author_id], lazy="raise_on_sql")
    merged_into: Mapped["Contribution | None"] = relationship(remote_side="Contribution.id", lazy="raise_on_sql")

    @property
    def is_public(self) -> bool:
        """Whether anyone may read it (in a public round)."""
        return self.state is State.PUBLISHED

    @property
    def stands(self) -> bool:
        """Whether it is public and was not merged into another."""
        return self.is_public and self.merged_into_id is None


class Version(Base):
    """What a contribution said before or at one edit; number 1 is what was received."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("contribution_id", "number"),)

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(160), default="")
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
