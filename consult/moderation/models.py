"""Tables of refusals, of what was held again, of what was taken away, of appeals, and of what readers report."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from consult.contributions.models import Channel
from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded


class Ground(Worded):
    """The closed list of grounds for refusing; an opinion is no ground."""

    PERSONAL_DATA = "personal_data", N_("personal data of somebody else")
    THREAT_OR_HATE = "threat_or_hate", N_("threats or hate")
    ADVERTISING = "advertising", N_("advertising")
    UNLAWFUL = "unlawful", N_("against the law")
    DUPLICATE = "duplicate", N_("the same text by the same author")


class Refusal(Base):
    """A moderator wants to refuse a contribution; it holds once a second person confirms it."""

    __tablename__ = "refusal"
    __table_args__ = (
        CheckConstraint("decided_by_id is null or decided_by_id <> proposed_by_id", name="second_person"),
        Index(
            "uq_refusal_contribution_id_undecided",
            "contribution_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    ground: Mapped[Ground] = mapped_column(words_of(Ground))
    reason: Mapped[str] = mapped_column(String(1000))
    proposed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    is_confirmed: Mapped[bool | None]


class Hold(Base):
    """A moderator took something that was public out of sight, on a ground, until it was looked at again."""

    __tablename__ = "hold"

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    ground: Mapped[Ground] = mapped_column(words_of(Ground))
    reason: Mapped[str] = mapped_column(String(1000))
    held_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    held_at: Mapped[datetime]


class Redaction(Base):
    """A moderator wants passages of a text taken away from what readers get; it holds once a second person confirms it.

    `passages` are quotes of the whole text, which stays in its versions. What was taken away comes back when
    two persons agree that it can (`lift_asked_…`, `lifted_…`), or when an appeal is granted.
    """

    __tablename__ = "redaction"
    __table_args__ = (
        CheckConstraint("decided_by_id is null or decided_by_id <> proposed_by_id", name="second_person"),
        CheckConstraint(
            "lifted_by_id is null or lift_asked_by_id is null or lifted_by_id <> lift_asked_by_id",
            name="second_person_lifts",
        ),
        Index(
            "uq_redaction_contribution_id_undecided",
            "contribution_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
        Index("ix_redaction_contribution_id", "contribution_id"),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    passages: Mapped[list[str]]
    ground: Mapped[Ground] = mapped_column(words_of(Ground))
    reason: Mapped[str] = mapped_column(String(1000))
    proposed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    is_confirmed: Mapped[bool | None]
    lift_reason: Mapped[str] = mapped_column(String(1000), default="")
    lift_asked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    lift_asked_at: Mapped[datetime | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]

    @property
    def stands(self) -> bool:
        """Whether its passages are away now."""
        return bool(self.is_confirmed) and self.lifted_at is None


class Appeal(Base):
    """An author does not agree with a refusal or redaction, and asks that somebody else looks at it; once for each.

    What came by letter, by phone or at the desk was typed in by staff (`entered_by_id`) and came in on `came_on`;
    `made_by_id` is the author, where that is known.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("(refusal_id is null) <> (redaction_id is null)", name="against_one"),
        CheckConstraint("(decided_at is null) = (is_granted is null)", name="decided_whole"),
        CheckConstraint("(entered_by_id is null) = (came_on is null)", name="entered_whole"),
        CheckConstraint("made_by_id is not null or entered_by_id is not null", name="made_by_somebody"),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    refusal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("refusal.id"), unique=True)
    redaction_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("redaction.id"), unique=True)
    words: Mapped[str] = mapped_column(String(2000))
    channel: Mapped[Channel] = mapped_column(words_of(Channel), default=Channel.ONLINE, server_default="online")
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    came_on: Mapped[date | None]
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    is_granted: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(String(1000), default="")


class Settled(Worded):
    """What came of a report."""

    DISMISSED = "dismissed", N_("looked at; it stays")
    UPHELD = "upheld", N_("looked at; it was taken off the site")


class Report(Base):
    """Somebody who reads along says that a contribution should not stand here, on a ground of the closed list.

    One that nobody looked at yet a person and contribution. `answer` is what a moderator says to it.
    """

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("(settled is null) = (settled_at is null)", name="settled_whole"),
        Index(
            "uq_report_contribution_id_reporter_id_open",
            "contribution_id",
            "reporter_id",
            unique=True,
            sqlite_where=text("settled_at is null"),
            postgresql_where=text("settled_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    reporter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    ground: Mapped[Ground] = mapped_column(words_of(Ground))
    words: Mapped[str] = mapped_column(String(1000), default="")
    reported_at: Mapped[datetime]
    settled: Mapped[Settled | None] = mapped_column(words_of(Settled))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(String(1000), default="")
