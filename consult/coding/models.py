"""Tables of codes, coded passages, suggested codes, versions of the coding frame, and double coding."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, String, Text, TextClause, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.foundation.db import Base, id_column
from consult.rounds.models import Round, Theme


def _one_that_counts(name: str, *columns: str, condition: TextClause) -> Index:
    return Index(name, *columns, unique=True, sqlite_where=condition, postgresql_where=condition)


class Code(Base):
    """A moderator says that a contribution is about a theme; `ended_at` takes it back."""

    __tablename__ = "code"
    __table_args__ = (
        _one_that_counts(
            "uq_code_contribution_id_theme_id", "contribution_id", "theme_id", condition=text("ended_at is null")
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    theme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("theme.id"), index=True)
    coded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    coded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    theme: Mapped[Theme] = relationship(lazy="raise_on_sql")


class Passage(Base):
    """A moderator says of which passage of a contribution a theme is; `ended_at` takes it back.

    The words are those that readers got, at character `start` of the text of `version`, with some words before
    and after them to find them again. Each of these stands in what readers get, or is empty: when moderators
    take a part of the text away, the words here are cut anew. It counts with the code of its theme, for as long
    as that code does: one that was set before it.
    """

    __tablename__ = "passage"

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    theme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("theme.id"), index=True)
    quote: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(String(80), default="")
    suffix: Mapped[str] = mapped_column(String(80), default="")
    start: Mapped[int]
    version: Mapped[int]
    coded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    coded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    theme: Mapped[Theme] = relationship(lazy="raise_on_sql")
    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its contribution, which is loaded."""
        return self.contribution.round_id


class Suggestion(Base):
    """A machine says that a contribution may be about a theme, how it found that, and what a person made of it.

    It is no code and counts nowhere: a person who confirms it sets the code. `because` are the contributions,
    coded already, that it is like. `ended_at`: a later run replaced it before anybody decided.
    """

    __tablename__ = "suggestion"
    __table_args__ = (
        Index(
            "uq_suggestion_contribution_id_theme_id",
            "contribution_id",
            "theme_id",
            unique=True,
            sqlite_where=text("ended_at is null and decided_at is null"),
            postgresql_where=text("ended_at is null and decided_at is null"),
        ),
        CheckConstraint("(decided_at is null) = (is_confirmed is null)", name="decided"),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    theme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("theme.id"), index=True)
    method: Mapped[str] = mapped_column(String(60))
    method_version: Mapped[str] = mapped_column(String(10))
    parameters: Mapped[dict[str, Any]]
    score: Mapped[float] = mapped_column(Float)
    because: Mapped[list[str]]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    is_confirmed: Mapped[bool | None]

    theme: Mapped[Theme] = relationship(lazy="raise_on_sql")
    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its contribution, which is loaded."""
        return self.contribution.round_id


class Suggested(Base):
    """A machine looked for suggestions for a contribution: at which version of its text, and from how many codings."""

    __tablename__ = "suggested"

    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    version: Mapped[int]
    coded: Mapped[int]


class FrameVersion(Base):
    """One version of the coding frame of a round; once `published_at` is set nothing in it changes."""

    __tablename__ = "frame_version"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        _one_that_counts("uq_frame_version_round_id_open", "round_id", condition=text("published_at is null")),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500), default="")
    begun_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["FrameCode"]] = relationship(
        back_populates="frame", order_by="FrameCode.position", lazy="raise_on_sql"
    )


class FrameCode(Base):
    """What a code is called and means in one version of a frame; a retired one is given to nothing new.

    `theme_id` is empty while the code is new in a version that was not published.
    """

    __tablename__ = "frame_code"
    __table_args__ = (UniqueConstraint("frame_id", "code"),)

    id: Mapped[uuid.UUID] = id_column()
    frame_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frame_version.id"))
    theme_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("theme.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    meaning: Mapped[str] = mapped_column(String(600), default="")
    is_retired: Mapped[bool] = mapped_column(default=False)

    frame: Mapped[FrameVersion] = relationship(back_populates="lines", lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its frame, which is loaded."""
        return self.frame.round_id


class Double(Base):
    """A contribution of the sample that is coded a second time, by `person_id`, who does not see the first coding.

    `first` and `second` are the ids of the themes that both gave, read at the moment that the second coding
    came in (`coded_at`). Nothing in it changes after that; who settles a difference adds a `Settlement`.
    """

    __tablename__ = "double_coding"

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    drawn_at: Mapped[datetime]
    coded_at: Mapped[datetime | None]
    first: Mapped[list[str]] = mapped_column(default=list)
    second: Mapped[list[str]] = mapped_column(default=list)

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")

    @property
    def differs(self) -> bool:
        """Whether the two coders gave other themes."""
        return self.coded_at is not None and set(self.first) != set(self.second)


class Settlement(Base):
    """Somebody settled which themes hold where two coders differed, and why; `replaced_at`: settled anew since."""

    __tablename__ = "settlement"
    __table_args__ = (_one_that_counts("uq_settlement_double_id", "double_id", condition=text("replaced_at is null")),)

    id: Mapped[uuid.UUID] = id_column()
    double_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("double_coding.id"))
    themes: Mapped[list[str]]
    reason: Mapped[str] = mapped_column(String(1000))
    settled_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
