"""Tables of what one person can and wants to learn; each row is for that person and their coach alone."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.participants.models import Person


class AssessmentKind(Worded):
    """Who says so."""

    OWN = "own", N_("what I think myself")
    AGREED = "agreed", N_("what we agreed")


class SkillProfile(Base):
    """Where a member of staff stands and wants to go; made when they first use it.

    `coach_id` is whom they chose as coach. `towards` is the short name of the role profile that they grow to.
    `is_visible`: they chose to be found by colleagues, for `talents` (codes of competences), in words of their own.
    """

    __tablename__ = "skill_profile"
    __table_args__ = (CheckConstraint("coach_id is null or coach_id <> person_id", name="coach"),)

    id: Mapped[uuid.UUID] = id_column()
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    coach_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    towards: Mapped[str] = mapped_column(String(80), default="")
    is_visible: Mapped[bool] = mapped_column(default=False)
    talents: Mapped[list[str]] = mapped_column(default=list)
    words: Mapped[str] = mapped_column(String(500), default="")
    made_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=[person_id])
    coach: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[coach_id])

    @property
    def is_kept(self) -> bool:
        """Whether it stands in the database; before its first use it does not."""
        return bool(self.made_at)


class Assessment(Base):
    """The levels, by code of the competence, that somebody saw at one moment; a later one does not replace it.

    An agreed one follows a talk of the person with the coach, on `talked_on`, and holds from `confirmed_at`: when
    the person said yes to it. `frame_number` is the version of the frame of which the levels speak.
    """

    __tablename__ = "skill_assessment"
    __table_args__ = (
        CheckConstraint("kind = 'own' or talked_on is not null", name="talk"),
        CheckConstraint("kind = 'agreed' or confirmed_at is null", name="confirmed"),
        Index("ix_skill_assessment_skill_profile_id_made_at", "skill_profile_id", "made_at"),
    )

    id: Mapped[uuid.UUID] = id_column()
    skill_profile_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("skill_profile.id"))
    kind: Mapped[AssessmentKind] = mapped_column(words_of(AssessmentKind))
    frame_number: Mapped[int]
    levels: Mapped[dict[str, Any]]
    words: Mapped[str] = mapped_column(Text, default="")
    talked_on: Mapped[date | None]
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class PlanItem(Base):
    """What somebody does about a gap: which competence and level, the activity, by when, and what came of it."""

    __tablename__ = "plan_item"

    id: Mapped[uuid.UUID] = id_column()
    skill_profile_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("skill_profile.id"), index=True)
    code: Mapped[str] = mapped_column(String(6))
    level: Mapped[int]
    activity: Mapped[str] = mapped_column(String(300))
    due_on: Mapped[date]
    result: Mapped[str] = mapped_column(String(500), default="")
    done_at: Mapped[datetime | None]
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
