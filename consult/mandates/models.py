"""Tables of preconditions."""

import uuid

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded


class PreconditionKind(Worded):
    """Where a precondition comes from."""

    LEGAL = "legal", N_("law")
    FINANCIAL = "financial", N_("money")
    POLICY = "policy", N_("earlier policy")
    SAFETY = "safety", N_("safety")
    TIME = "time", N_("time")


class Negotiable(Worded):
    """Whether people can still change it."""

    NO = "no", N_("fixed")
    PARTLY = "partly", N_("partly open")
    YES = "yes", N_("open")


class Precondition(Base):
    """Something that is fixed or partly fixed before people are asked, with why."""

    __tablename__ = "precondition"
    __table_args__ = (UniqueConstraint("round_id", "code"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    kind: Mapped[PreconditionKind] = mapped_column(words_of(PreconditionKind))
    negotiable: Mapped[Negotiable] = mapped_column(words_of(Negotiable))
    title: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(String(600))
