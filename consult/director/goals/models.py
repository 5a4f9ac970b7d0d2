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


class Better(Worded):
    """Which way what is measured should go."""

    UP = "up", N_("higher is better")
    DOWN = "down", N_("lower is better")


class Finding(Worded):
    """What a person found of a goal, once there was something measured to find it from."""

    ACHIEVED = "achieved", N_("achieved")
    PARTLY = "partly", N_("partly achieved")
    MISSED = "missed", N_("not achieved")


class GoalWords:
    """The words of one version of a goal, and who wrote them; the columns of every table that keeps them."""

    title: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(Text, default="")
    indicator: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(40))
    better: Mapped[Better] = mapped_column(words_of(Better))
    baseline: Mapped[Decimal | None]
    target: Mapped[Decimal]
    starts_on: Mapped[date]
    target_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(200))
    vague_because: Mapped[str] = mapped_column(String(300), default="")
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


class Goal(GoalWords, Base):
    """One thing that several parties want to reach together, with one indicator to see it by.

    Its columns are the words of `version`, the version that stands: once two parties signed one, that one stays
    until all who signed it and still take part signed a later one. Measurements are judged by what stands.
    `vague_because`: why a word that measures nothing ("better") stands in it after all. `woo_category` goes with
    publishing it.
    """

    __tablename__ = "goal"
    __table_args__ = (
        CheckConstraint("target_on > starts_on", name="order"),
        CheckConstraint("found is null or found_at is not null", name="found"),
    )

    id: Mapped[uuid.UUID] = id_column()
    public_id: Mapped[str] = mapped_column(String(10), default=new_public_id, unique=True)
    round_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("round.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    published_at: Mapped[datetime | None]
    woo_category: Mapped[str] = mapped_column(String(40), default="")
    found: Mapped[Finding | None] = mapped_column(words_of(Finding))
    found_because: Mapped[str] = mapped_column(String(1000), default="")
    found_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    found_at: Mapped[datetime | None]

    round: Mapped[Round | None] = relationship(lazy="raise_on_sql")
    versions: Mapped[list["GoalVersion"]] = relationship(lazy="raise_on_sql", order_by="GoalVersion.number")
    takers: Mapped[list["GoalParty"]] = relationship(lazy="raise_on_sql", back_populates="goal")
    signatures: Mapped[list["GoalSignature"]] = relationship(lazy="raise_on_sql")
    values: Mapped[list["GoalMeasurement"]] = relationship(
        lazy="raise_on_sql", order_by="(GoalMeasurement.measured_on, GoalMeasurement.noted_at)"
    )

    @property
    def parties(self) -> list["GoalParty"]:
        """Who takes part in the version that stands."""
        return self.taking_part(self.version)

    @property
    def party_ids(self) -> frozenset[uuid.UUID]:
        """The organisations that take part in it, now or in the version that waits for signatures."""
        return frozenset(one.organisation_id for one in self.takers if one.version in {self.version, self.signable})

    @property
    def measurements(self) -> list["GoalMeasurement"]:
        """What was measured, by day; of a value that was corrected, the last one."""
        return [one for one in self.values if one.replaced_at is None]

    @property
    def draft(self) -> "GoalVersion | None":
        """The version that waits for signatures while an earlier one stands."""
        return next((one for one in self.versions if one.number > self.version and one.dropped_at is None), None)

    @property
    def newest(self) -> int:
        """The number of the version that was written last."""
        return max((one.number for one in self.versions), default=self.version)

    @property
    def signable(self) -> int:
        """The number of the version that parties sign now."""
        return self.draft.number if self.draft is not None else self.version

    @property
    def standing(self) -> list["GoalSignature"]:
        """The signatures under the version that stands."""
        return self.signed(self.version)

    @property
    def is_shared(self) -> bool:
        """Whether two parties or more signed the version that stands; the authority is one of them."""
        return len({one.organisation_id for one in self.standing}) > 1

    def taking_part(self, version: int) -> list["GoalParty"]:
        """Return who takes part in a version."""
        return [one for one in self.takers if one.version == version]

    def signed(self, version: int) -> list["GoalSignature"]:
        """Return the signatures under a version."""
        return [one for one in self.signatures if one.version == version]


class GoalVersion(GoalWords, Base):
    """The words of one version of a goal, as they are signed; they are never written again.

    `dropped_at`: somebody gave it up, or wrote another one, before it came to stand.
    """

    __tablename__ = "goal_version"
    __table_args__ = (UniqueConstraint("goal_id", "number"),)

    id: Mapped[uuid.UUID] = id_column()
    goal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("goal.id"))
    number: Mapped[int]
    dropped_at: Mapped[datetime | None]


class GoalParty(Base):
    """An organisation takes part in one version of a goal, and what it does for that."""

    __tablename__ = "goal_party"
    __table_args__ = (UniqueConstraint("goal_id", "version", "organisation_id"),)

    id: Mapped[uuid.UUID] = id_column()
    goal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("goal.id"))
    version: Mapped[int]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    contribution: Mapped[str] = mapped_column(String(500), default="")

    goal: Mapped[Goal] = relationship(lazy="raise_on_sql", back_populates="takers")
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
    """What the indicator of a goal stood at on a day, and where that comes from.

    A correction is the next row of the same day, with `because`; what it corrects stays, with `replaced_at`.
    """

    __tablename__ = "goal_measurement"
    __table_args__ = (
        Index(
            "uq_goal_measurement_goal_id_measured_on_now",
            "goal_id",
            "measured_on",
            unique=True,
            sqlite_where=sql("replaced_at is null"),
            postgresql_where=sql("replaced_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    goal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("goal.id"))
    measured_on: Mapped[date]
    value: Mapped[Decimal]
    source: Mapped[str] = mapped_column(String(200))
    because: Mapped[str] = mapped_column(String(500), default="")
    noted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
