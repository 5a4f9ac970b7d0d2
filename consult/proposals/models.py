"""What is special to proposals and arguments, beside the contribution itself."""

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.foundation.db import Base, words_of
from consult.foundation.language import N_, Worded


class Stance(Worded):
    """What an argument says of the proposal."""

    FOR = "for", N_("in favour")
    AGAINST = "against", N_("against")
    NEUTRAL = "neutral", N_("neutral")


class Proposal(Base):
    """A contribution of kind proposal, with the theme that its author chose."""

    __tablename__ = "proposal"

    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    theme_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("theme.id"), index=True)

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")


class Argument(Base):
    """A contribution of kind argument, under a proposal."""

    __tablename__ = "argument"

    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    stance: Mapped[Stance] = mapped_column(words_of(Stance))

    contribution: Mapped[Contribution] = relationship(foreign_keys=[contribution_id], lazy="raise_on_sql")
