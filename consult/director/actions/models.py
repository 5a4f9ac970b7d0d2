"""The table of actions: who does what by when with an input that was adopted."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.director.agreements.models import Agreement
from consult.foundation.db import Base, id_column


class Action(Base):
    """Something that is done with an input that was adopted: who does it and by which day; or why nothing is done.

    `owner` is a team or an organisation, for everybody reads it. `agreement` is the one that realises it, where
    there is one. A change is a new row with `because`; what it replaces stays, with `replaced_at`.
    """

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint(
            "(due_on is not null and text <> '' and owner <> '' and none_because = '') "
            "or (due_on is null and none_because <> '' and done_at is null)",
            name="done_or_told_why_not",
        ),
        CheckConstraint("done_at is null or result <> ''", name="result"),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    agreement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agreement.id"), index=True)
    text: Mapped[str] = mapped_column(String(500), default="")
    owner: Mapped[str] = mapped_column(String(120), default="")
    due_on: Mapped[date | None]
    none_because: Mapped[str] = mapped_column(String(1000), default="")
    result: Mapped[str] = mapped_column(String(1000), default="")
    done_at: Mapped[datetime | None]
    because: Mapped[str] = mapped_column(String(500), default="")
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")
    agreement: Mapped[Agreement | None] = relationship(lazy="raise_on_sql")

    @property
    def is_none(self) -> bool:
        """Whether it says that nothing is done, and why."""
        return self.due_on is None

    @property
    def is_open(self) -> bool:
        """Whether it still has to be done."""
        return self.due_on is not None and self.done_at is None

    def is_late(self, today: date) -> bool:
        """Whether it still has to be done though its day is past."""
        return self.is_open and self.due_on is not None and self.due_on < today
