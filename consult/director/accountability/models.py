"""Tables of the account: what is told of a year of an agreement, and the money of a round itself."""

import uuid
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base, id_column


class YearTold(Base):
    """What came of an agreement in one year, and what happens next, in words for everybody."""

    __tablename__ = "year_told"
    __table_args__ = (UniqueConstraint("agreement_id", "year"),)

    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"))
    year: Mapped[int]
    result: Mapped[str] = mapped_column(Text)
    following: Mapped[str] = mapped_column(Text, default="")
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


class RoundLine(Base):
    """One line of what a round itself may cost, in euros, and what it did cost so far."""

    __tablename__ = "round_line"
    __table_args__ = (UniqueConstraint("round_id", "name"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    name: Mapped[str] = mapped_column(String(120))
    amount: Mapped[Decimal]
    realised: Mapped[Decimal]
    position: Mapped[int]
