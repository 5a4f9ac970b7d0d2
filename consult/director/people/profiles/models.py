"""Tables of what directing asks of people; none of them knows a person but who wrote it."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded


class ProfileKind(Worded):
    """Whether a profile says what directing asks, or what somebody's job is today."""

    DIRECTOR = "director", N_("profile of the directing civil servant")
    JOB = "job", N_("job profile of today")


class _Edited:
    """What is written in versions, and changed while it is not published."""

    number: Mapped[int]
    edits: Mapped[int]

    @property
    def edition(self) -> str:
        """Which version it is and how often it was changed, as a form carries it that was opened."""
        return f"{self.number}.{self.edits}"


class CompetenceFrame(_Edited, Base):
    """One version of the competences and of what is to be seen at each of their four levels.

    The one without `published_at` is being written. `competences` holds them as `rules.Competence` reads them.
    `consent`: how the works council agreed to assess people by it, on `consent_on` (WOR article 27).
    """

    __tablename__ = "competence_frame"
    __table_args__ = (CheckConstraint("published_at is null or consent <> ''", name="consent"),)

    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[int] = mapped_column(unique=True)
    competences: Mapped[dict[str, Any]]
    edits: Mapped[int] = mapped_column(default=1)
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    consent: Mapped[str] = mapped_column(String(300), default="")
    consent_on: Mapped[date | None]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]


class RoleProfile(_Edited, Base):
    """One version of a role profile; all versions share the short name, and a published one never changes.

    `content` holds purpose, tasks, competences, responsibilities and mandate as `rules.Profile` reads them.
    """

    __tablename__ = "role_profile"
    __table_args__ = (UniqueConstraint("slug", "number"),)

    id: Mapped[uuid.UUID] = id_column()
    slug: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    kind: Mapped[ProfileKind] = mapped_column(words_of(ProfileKind))
    title: Mapped[str] = mapped_column(String(120))
    content: Mapped[dict[str, Any]]
    frame_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("competence_frame.id"))
    edits: Mapped[int] = mapped_column(default=1)
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]

    frame: Mapped[CompetenceFrame] = relationship(lazy="raise_on_sql")
