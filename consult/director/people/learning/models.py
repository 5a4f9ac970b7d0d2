"""Tables of what there is to learn, the groups that follow it, and who follows or finished what."""

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.db import public_id as new_public_id
from consult.foundation.language import N_, Worded


class LearningForm(Worded):
    """For whom something to learn is made."""

    OPEN = "open", N_("open to everybody")
    IN_COMPANY = "in_company", N_("in-company")
    CUSTOM = "custom", N_("made to measure")


class LearningActivity(Base):
    """Something to learn that others teach; we write down what it is for and what it costs, in euros.

    Either each person pays, or a whole group does. `competences` are codes of the frame. A retired one stays with
    who followed it.
    """

    __tablename__ = "learning_activity"
    __table_args__ = (CheckConstraint("(cost_per_person is null) <> (cost_total is null)", name="one_cost"),)

    id: Mapped[uuid.UUID] = id_column()
    public_id: Mapped[str] = mapped_column(String(10), default=new_public_id, unique=True)
    form: Mapped[LearningForm] = mapped_column(words_of(LearningForm))
    title: Mapped[str] = mapped_column(String(160))
    about: Mapped[str] = mapped_column(Text, default="")
    competences: Mapped[list[str]]
    days: Mapped[Decimal]
    cost_per_person: Mapped[Decimal | None]
    cost_total: Mapped[Decimal | None]
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    cohorts: Mapped[list["Cohort"]] = relationship(lazy="raise_on_sql", order_by="Cohort.starts_on")


class Cohort(Base):
    """A group that follows something together: where, from when until when, what they do, and how many can join."""

    __tablename__ = "cohort"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="order"),
        CheckConstraint("seats > 0", name="seats"),
    )

    id: Mapped[uuid.UUID] = id_column()
    activity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("learning_activity.id"), index=True)
    place: Mapped[str] = mapped_column(String(160))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    programme: Mapped[str] = mapped_column(Text, default="")
    seats: Mapped[int]


class Enrolment(Base):
    """Somebody wants to follow something, or finished it; `shows` is the evidence, and no level by itself."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("activity_id", "person_id"),
        CheckConstraint("finished_on is null or shows <> ''", name="evidence"),
    )

    id: Mapped[uuid.UUID] = id_column()
    activity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("learning_activity.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    enrolled_at: Mapped[datetime]
    finished_on: Mapped[date | None]
    shows: Mapped[str] = mapped_column(String(500), default="")

    activity: Mapped[LearningActivity] = relationship(lazy="raise_on_sql")
