"""Tables of what the council decides, of the outcomes that this changed, and of what the board promises."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.rounds.models import Round
from consult.synthesis.models import Draft, Outcome


class Result(Worded):
    """What came out of the council."""

    ADOPTED = "adopted", N_("adopted unchanged")
    AMENDED = "amended", N_("adopted with amendments")
    REJECTED = "rejected", N_("rejected")
    SENT_BACK = "sent_back", N_("sent back")

    @property
    def is_final(self) -> bool:
        """Whether nothing follows any more: what was sent back comes again."""
        return self is not Result.SENT_BACK


class Decision(Base):
    """What the council decided about exactly one version of the draft of a round; one of them is final.

    `number` is that of the document in the council's own file, `votes` the result as the minutes tell it.
    `amended_id` is the version that the amendments made of it.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index(
            "uq_decision_round_id",
            "round_id",
            unique=True,
            sqlite_where=text("result <> 'sent_back'"),
            postgresql_where=text("result <> 'sent_back'"),
        ),
        CheckConstraint("(amended_id is not null) = (result = 'amended')", name="amended_version"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("draft.id"), index=True)
    amended_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("draft.id"), index=True)
    result: Mapped[Result] = mapped_column(words_of(Result))
    decided_on: Mapped[date]
    number: Mapped[str] = mapped_column(String(80))
    votes: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(String(1000), default="")
    recorded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]

    draft: Mapped[Draft] = relationship(foreign_keys=[draft_id], lazy="raise_on_sql")
    amended: Mapped[Draft | None] = relationship(foreign_keys=[amended_id], lazy="raise_on_sql")
    amendments: Mapped[list["Amendment"]] = relationship(order_by="Amendment.position", lazy="raise_on_sql")


class Amendment(Base):
    """A change of one paragraph that the council made; `stable_id` is that paragraph in every version."""

    __tablename__ = "amendment"
    __table_args__ = (UniqueConstraint("decision_id", "position"),)

    id: Mapped[uuid.UUID] = id_column()
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decision.id"))
    position: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))  # in the council's own file
    text: Mapped[str] = mapped_column(String(1000))  # what it is for, as its movers say it
    votes: Mapped[str] = mapped_column(String(300), default="")
    stable_id: Mapped[uuid.UUID]


class Deviation(Base):
    """The decision made another outcome of an input than was answered before; the reason stands in the outcome."""

    __tablename__ = "deviation"
    __table_args__ = (UniqueConstraint("outcome_id"),)

    id: Mapped[uuid.UUID] = id_column()
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decision.id"), index=True)
    outcome_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outcome.id"))

    outcome: Mapped[Outcome] = relationship(lazy="raise_on_sql")


class Commitment(Base):
    """Something that the board promised in a round (toezegging): who keeps it, by which day, and what came of it.

    `keeper` is an office or a team, for everybody reads it. A change is a new row with `because`, which points at what
    it replaces; that stays, with `replaced_at`. `is_kept` is empty while it is open; false: it was taken back, and
    `result` says why.
    """

    __tablename__ = "commitment"
    __table_args__ = (
        CheckConstraint("due_on >= made_on", name="days"),
        CheckConstraint(
            "(settled_at is null) = (is_kept is null) and (settled_at is null) = (result = '')", name="settled"
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    text: Mapped[str] = mapped_column(String(500))
    keeper: Mapped[str] = mapped_column(String(120))
    made_on: Mapped[date]
    due_on: Mapped[date]
    because: Mapped[str] = mapped_column(String(500), default="")
    recorded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("commitment.id"), unique=True)
    is_kept: Mapped[bool | None]
    result: Mapped[str] = mapped_column(String(1000), default="")
    settled_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        """Whether it still has to be kept."""
        return self.settled_at is None and self.replaced_at is None
