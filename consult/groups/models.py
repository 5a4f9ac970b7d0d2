"""Tables of groups that the platform suggests, and of what was said not to be the same."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.foundation.db import Base, id_column
from consult.rounds.models import Round


class GroupSearch(Base):
    """One look through all inputs of a round for groups that say the same; the worker does it a piece at a time.

    `method`, `release` and `parameters` say how was looked. `cursor` is the number in the index of texts up to
    where was looked; `looked` counts inputs and `found` groups. It is over when `finished_at` is set.
    """

    __tablename__ = "group_search"
    __table_args__ = (
        Index(
            "uq_group_search_round_id_running",
            "round_id",
            unique=True,
            sqlite_where=text("finished_at is null"),
            postgresql_where=text("finished_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    method: Mapped[str] = mapped_column(String(40))
    release: Mapped[str] = mapped_column(String(20))
    parameters: Mapped[dict[str, Any]]
    cursor: Mapped[int] = mapped_column(default=0)
    looked: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    whole: Mapped[int]  # inputs when it began
    finished_at: Mapped[datetime | None]

    @property
    def is_running(self) -> bool:
        return self.finished_at is None


class GroupSuggestion(Base):
    """A group of inputs that a search would join; nothing is joined before a person says so."""

    __tablename__ = "group_suggestion"
    __table_args__ = (Index("ix_group_suggestion_round_id_decided_at", "round_id", "decided_at"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("group_search.id"))
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    is_accepted: Mapped[bool | None]  # some of it were joined

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    members: Mapped[list["GroupMember"]] = relationship(
        back_populates="suggestion", order_by="GroupMember.share.desc()", lazy="raise_on_sql"
    )


class GroupMember(Base):
    """An input stands in a suggested group, and why.

    The others were compared with the one that `is_central`: `share` is how much they are alike (in hundredths), `words`
    are those that both have, and `warnings` say in what they may differ, each with the words that do.
    """

    __tablename__ = "group_member"
    __table_args__ = (UniqueConstraint("suggestion_id", "contribution_id"),)

    id: Mapped[uuid.UUID] = id_column()
    suggestion_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("group_suggestion.id"))
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    version: Mapped[int]  # of the text that was compared
    is_central: Mapped[bool] = mapped_column(default=False)
    share: Mapped[int]
    words: Mapped[list[str]]
    warnings: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    is_joined: Mapped[bool | None]

    suggestion: Mapped[GroupSuggestion] = relationship(back_populates="members", lazy="raise_on_sql")
    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")


class KeptApart(Base):
    """Somebody said that two inputs are not the same, so they are never suggested together again.

    The pair is kept once, with the lower id first.
    """

    __tablename__ = "kept_apart"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    first_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    second_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime]
