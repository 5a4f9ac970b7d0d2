"""The people who take part or work here."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.policy import Role


class AgeBracket(Worded):
    """Age as the statistics office counts it; never a date of birth."""

    UNDER_15 = "a0_15", N_("younger than 15")
    FROM_15 = "a15_25", N_("15 to 25")
    FROM_25 = "a25_45", N_("25 to 45")
    FROM_45 = "a45_65", N_("45 to 65")
    FROM_65 = "a65plus", N_("65 or older")
    UNKNOWN = "unknown", N_("not told")


class Person(Base):
    """A resident or a member of staff; somebody who never signs in (a letter writer) has no account."""

    __tablename__ = "person"

    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"), unique=True)
    name: Mapped[str] = mapped_column(String(120))  # a pseudonym by the person's own choice
    role: Mapped[Role] = mapped_column(words_of(Role), default=Role.RESIDENT)
    area_code: Mapped[str | None] = mapped_column(String(20))
    age: Mapped[AgeBracket] = mapped_column(words_of(AgeBracket), default=AgeBracket.UNKNOWN)
    created_at: Mapped[datetime]
