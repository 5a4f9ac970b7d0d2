"""Tables of shared goals: the goal, who takes part in it, who signed which version, and what was measured."""

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.db import public_id as new_public_id
from consult.foundation.language import N_, Worded
from consult.participants.models import Organisation
from consult.rounds.models import Round


class Finding(Worded):
    """What a person found of a goal, once there was something measured to find it from."""

    ACHIEVED = "achieved", N_("achieved")
    PARTLY = "partly", N_("partly achieved")
    MISSED = "missed", N_("not achieved")


class Goal(Base):
    """One thing that several parties want to reach together, with one indicator to see it by.

    `version` counts changes; a signature holds for exactly one. `vague_because`: why a word that measures
    nothing ("better") stands in it after all. `woo_category` goes with publishing it.
    """

    __tablename__ = "goal"
    __table_args__ = (
        CheckConstraint("target_on > starts_on", name="order"),
        CheckConstraint("found is null or found_at is not null", name="found"),
    )

    id: Mapped[uuid.UUID] = id_column()
    public_id: Mapped[str] = mapped_column(String(10), default=new_public_id, unique=True)
    round_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("round.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(Text, default="")
    indicator: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(40))
    baseline: Mapped[Decimal | None]
    target: Mapped[Decimal]
    starts_on: Mapped[date]
    target_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(200))
    vague_because: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    woo_category: Mapped[str] = mapped_column(String(40), default="")
    found: Mapped[Finding | None] = mapped_column(words_of(Finding))
    found_because: Mapped[str] = mapped_column(String(1000), default="")
    found_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    found_at: Mapped[datetime | None]

    round: Mapped[Round | None] = relationship(lazy="raise_on_sql")
    parties: Mapped[list["GoalParty"]] = relationship(lazy="raise_on_sql", back_populates="goal")
    signatures: Mapped[list["GoalSignature"]] = relationship(lazy="raise_on_sql")
    measurements: Mapped[list["GoalMeasurement"]] = relationship(
        lazy="raise_on_sql", order_by="GoalMeasurement.measured_on"
    )

    @property
    def party_ids(self) -> frozenset[uuid.UUID]:
        """The organisations that take part in it."""
        return frozenset(party.organisation_id for party in self.parties)

    @property
    def standing(self) -> list["GoalSignature"]:
        """The signatures under the version that it has now."""
        return [one for one in self.signatures if one.version == self.version]

    @property
    def is_shared(self) -> bool:
        """Whether two parties or more signed this same version; the authority is one of them."""
        return len({one.organisation_id for one in self.standing}) > 1


class GoalParty(Base):
    """An organisation takes part in a goal, and what it does for that."""

    __tablename__ = "goal_party"
    __table_args__ = (UniqueConstraint("goal_id", "organisation_id"),)

    id: Mapped[uuid.UUID] = id_column()
    goal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("goal.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    contribution: Mapped[str] = mapped_column(String(500), default="")

    goal: Mapped[Goal] = relationship(lazy="raise_on_sql", back_populates="parties")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class GoalSignature(Base):
    """A party signed one version of a goal; without an organisation it was the authority."""

    __tablename__ = "goal_signature"
    __table_args__ = (
        UniqueConstraint("goal_id", "version", "organisation_id"),
        Index(
            "uq_goal_signature_goal_id_version_authority",
            "goal_id",
            "version",
            unique=True,
            sqlite_where=sql("organisation_id is null"),
            postgresql_where=sql("organisation_id is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    goal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("goal.id"))
    version: Mapped[int]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))
    signed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime]

    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")


class GoalMeasurement(Base):
    """What the indicator of a goal stood at on a day, and where that comes from."""

    __tablename__ = "goal_measurement"
    __table_args__ = (UniqueConstraint("goal_id", "measured_on"),)

    id: Mapped[uuid.UUID] = id_column()
    goal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("goal.id"))
    measured_on: Mapped[date]
    value: Mapped[Decimal]
    source: Mapped[str] = mapped_column(String(200))
    noted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime]
