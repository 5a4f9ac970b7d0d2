"""Tables of positions: what an organisation holds, version by version, who signs with it, and what is not sent yet."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.foundation.db import Base, id_column
from consult.participants.models import Organisation, Person
from consult.rounds.models import Theme

STILL_SIGNED = "withdrawn_at is null and renewed_at is null"


class Position(Base):
    """A contribution of kind position: the one that an organisation has in a round.

    `withdrawn_at` is set when a public one was taken back: that stays visible, with the reason.
    """

    __tablename__ = "position"
    __table_args__ = (UniqueConstraint("organisation_id", "round_id"),)

    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str] = mapped_column(String(500), default="")

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class PositionVersion(Base):
    """Under whose mandate one version of a position was submitted; `number` is that of the contribution's version."""

    __tablename__ = "position_version"
    __table_args__ = (UniqueConstraint("contribution_id", "number"),)

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    number: Mapped[int]
    mandate_body: Mapped[str] = mapped_column(String(120))
    mandate_date: Mapped[date]
    signatory_name: Mapped[str] = mapped_column(String(120))
    signatory_function: Mapped[str] = mapped_column(String(120))
    interests: Mapped[str] = mapped_column(Text)  # empty: it declared to have none
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    submitted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime]

    themes: Mapped[list["PositionTheme"]] = relationship(lazy="raise_on_sql")


class PositionTheme(Base):
    """What one version of a position says of one theme: -2 (strongly against) to 2, and how much it weighs, 0 to 3."""

    __tablename__ = "position_theme"
    __table_args__ = (
        UniqueConstraint("version_id", "theme_id"),
        CheckConstraint("stance between -2 and 2", name="stance"),
        CheckConstraint("weight between 0 and 3", name="weight"),
    )

    id: Mapped[uuid.UUID] = id_column()
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("position_version.id"))
    theme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("theme.id"), index=True)
    stance: Mapped[int]
    weight: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")

    theme: Mapped[Theme] = relationship(lazy="raise_on_sql")


class PositionDraft(Base):
    """What the members of an organisation wrote together for a round; only they can read it.

    `version` counts saves: a save against an older one is a conflict. `submitted_version` is the one that
    was submitted last; what comes after it waits for the representative.
    """

    __tablename__ = "position_draft"
    __table_args__ = (UniqueConstraint("organisation_id", "round_id"),)

    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    version: Mapped[int] = mapped_column(default=0)
    fields: Mapped[dict[str, Any]]
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    submitted_version: Mapped[int | None]

    written_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class CoSign(Base):
    """Another organisation signs with one theme of a position, under a mandate of its own.

    It is for version `number`; `withdrawn_at`: it was taken back, and stays visible; `renewed_at`: the
    organisation signed a later version.
    """

    __tablename__ = "co_sign"
    __table_args__ = (
        Index(
            "uq_co_sign_contribution_id_organisation_id_theme_id_held",
            "contribution_id",
            "organisation_id",
            "theme_id",
            unique=True,
            sqlite_where=sql(STILL_SIGNED),
            postgresql_where=sql(STILL_SIGNED),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("position.contribution_id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    theme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("theme.id"))
    number: Mapped[int]
    mandate_body: Mapped[str] = mapped_column(String(120))
    mandate_date: Mapped[date]
    signatory_name: Mapped[str] = mapped_column(String(120))
    signatory_function: Mapped[str] = mapped_column(String(120))
    signed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]

    position: Mapped[Position] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    theme: Mapped[Theme] = relationship(lazy="raise_on_sql")
