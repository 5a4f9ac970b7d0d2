"""What is special to proposals and arguments, beside the contribution itself."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded


class Stance(Worded):
    """What an argument says of the proposal."""

    FOR = "for", N_("in favour")
    AGAINST = "against", N_("against")
    NEUTRAL = "neutral", N_("neutral")


class Heard(Worded):
    """In which order arguments are read."""

    OLDEST = "oldest", N_("oldest first")
    NEWEST = "newest", N_("newest first")
    HELPFUL = "helpful", N_("most helpful first")


class Proposal(Base):
    """A contribution of kind proposal, with the theme that its author chose."""

    __tablename__ = "proposal"

    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    theme_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("theme.id"), index=True)

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")


class Argument(Base):
    """A contribution of kind argument, under a proposal; a reply answers another argument there, one level deep."""

    __tablename__ = "argument"

    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    stance: Mapped[Stance] = mapped_column(words_of(Stance))  # of a reply it says nothing
    answers_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contribution.id"), index=True)

    contribution: Mapped[Contribution] = relationship(foreign_keys=[contribution_id], lazy="raise_on_sql")
    proposal: Mapped[Contribution | None] = relationship(foreign_keys=[proposal_id], lazy="raise_on_sql", viewonly=True)

    @property
    def round_id(self) -> uuid.UUID:
        """The round in which it was said; `contribution` is loaded."""
        return self.contribution.round_id


class Helpful(Base):
    """Somebody finds an argument helpful, or took that back: one row a person and argument."""

    __tablename__ = "helpful"
    __table_args__ = (UniqueConstraint("argument_id", "person_id"),)

    id: Mapped[uuid.UUID] = id_column()
    argument_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("argument.contribution_id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    stands: Mapped[bool] = mapped_column(default=True)


class Place(Worded):
    """Where somebody is writing what they have not sent yet."""

    PROPOSAL = "proposal", N_("a new proposal")
    EDIT = "edit", N_("a change of your proposal")
    ARGUMENT = "argument", N_("an argument")
    REPLY = "reply", N_("an answer to an argument")
    FORMAL_VIEW = "formal_view", N_("a formal view")


class Unsent(Base):
    """What somebody is writing and has not sent; only they ever see it.

    `about_id` is the round of a new proposal or a formal view, and otherwise what is changed or answered.
    """

    __tablename__ = "unsent"
    __table_args__ = (UniqueConstraint("person_id", "place", "about_id"),)

    id: Mapped[uuid.UUID] = id_column()
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    place: Mapped[Place] = mapped_column(words_of(Place))
    about_id: Mapped[uuid.UUID]
    fields: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime] = mapped_column(index=True)


class Invitation(Base):
    """The author of a proposal asks somebody to write along, at an e-mail address.

    The secret of its link is derived when the mail is sent; of it only a hash is kept. `address` goes when
    the invitation is over. It is over when `answered_at` is set, or `ends_at` has passed.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        Index(
            "uq_invitation_contribution_id_address_open",
            "contribution_id",
            "address",
            unique=True,
            sqlite_where=text("answered_at is null"),
            postgresql_where=text("answered_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    address: Mapped[str | None] = mapped_column(String(254))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    invited_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    is_accepted: Mapped[bool | None]

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of what is written together; `contribution` is loaded."""
        return self.contribution.round_id

    @property
    def author_id(self) -> uuid.UUID | None:
        """Who asked; `contribution` is loaded."""
        return self.contribution.author_id
