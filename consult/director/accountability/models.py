"""Tables of the account: a year of an agreement, the money of a round, how its role went, and the yearly self-scan."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.mandates.models import Rung


class YearTold(Base):
    """What came of an agreement in one year, and what happens next, in words for everybody."""

    __tablename__ = "year_told"
    __table_args__ = (UniqueConstraint("agreement_id", "year"),)

    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"))
    year: Mapped[int]
    result: Mapped[str] = mapped_column(Text)
    following: Mapped[str] = mapped_column(Text, default="")
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]

    @property
    def mark(self) -> str:
        """Which year was written when, as a form says what its writer read."""
        return f"{self.year} {self.written_at.isoformat()}"


class RoundLine(Base):
    """One line of what a round itself may cost, in euros, and what it did cost so far."""

    __tablename__ = "round_line"
    __table_args__ = (UniqueConstraint("round_id", "name"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    name: Mapped[str] = mapped_column(String(120))
    amount: Mapped[Decimal]
    realised: Mapped[Decimal]
    position: Mapped[int]


class Withheld(Worded):
    """On which ground of the Open Government Act (Woo) an evaluation is not published."""

    PRIVATE_LIFE = "private_life", N_("private life (Woo 5.1, second paragraph, e)")
    INTERNAL = "internal", N_("personal views in internal advice (Woo 5.2)")
    BUSINESS = "business", N_("confidential business information (Woo 5.1, first paragraph, c)")
    WORKING = "working", N_("how the authority works and negotiates (Woo 5.1, second paragraph, i)")


class RoleReview(Base):
    """One version of how the authority looks back on its role in a round.

    The public reads the newest with `published_at`.
    `survey` is by what was asked a mark from 1 to 10, as text. With `withheld` everybody reads the ground alone.
    """

    __tablename__ = "role_review"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("published_by_id is null or published_by_id <> written_by_id", name="second_person"),
        CheckConstraint("responses is null or responses <= sent", name="responses"),
        CheckConstraint("(withheld is null) = (withheld_because = '')", name="withheld_because"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    happened: Mapped[Rung] = mapped_column(words_of(Rung))
    compared: Mapped[str] = mapped_column(Text)  # the rung that was chosen against what happened
    lessons: Mapped[str] = mapped_column(Text, default="")
    sent: Mapped[int | None]
    responses: Mapped[int | None]
    survey: Mapped[dict[str, Any]] = mapped_column(default=dict)
    withheld: Mapped[Withheld | None] = mapped_column(words_of(Withheld))
    withheld_because: Mapped[str] = mapped_column(String(600), default="")
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]

    scores: Mapped[list["PrincipleScore"]] = relationship(lazy="raise_on_sql")


class PrincipleScore(Base):
    """How far a round kept to one of its principles: from 1 (not at all) to 5 (wholly), with why."""

    __tablename__ = "principle_score"
    __table_args__ = (
        CheckConstraint("score between 1 and 5", name="score"),
        CheckConstraint("words <> ''", name="words"),
    )

    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("role_review.id"), primary_key=True)
    principle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("principle.id"), primary_key=True)
    score: Mapped[int]
    words: Mapped[str] = mapped_column(String(1000))


class ScanPart(Worded):
    """What an organisation looks at itself for once a year."""

    VISION = "vision", N_("Vision")
    ALIGNMENT = "alignment", N_("Board and civil service")
    PEOPLE = "people", N_("People and skills")
    PARTNERS = "partners", N_("Partners")
    ACCOUNTABILITY = "accountability", N_("Accounting for it")


class SelfScan(Base):
    """How the organisation sees itself in one year; `made_on` is the day on which people sat together."""

    __tablename__ = "self_scan"

    id: Mapped[uuid.UUID] = id_column()
    year: Mapped[int] = mapped_column(unique=True)
    made_on: Mapped[date]
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]

    scores: Mapped[list["ScanScore"]] = relationship(lazy="raise_on_sql")

    @property
    def mark(self) -> str:
        """Which year was written when, as a form says what its writer read."""
        return f"{self.year} {self.written_at.isoformat()}"


class ScanScore(Base):
    """One part of a self-scan: from 1 (not at all) to 5 (wholly), and what shows that it is so."""

    __tablename__ = "scan_score"
    __table_args__ = (
        CheckConstraint("score between 1 and 5", name="score"),
        CheckConstraint("evidence <> ''", name="evidence"),
    )

    scan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("self_scan.id"), primary_key=True)
    part: Mapped[ScanPart] = mapped_column(words_of(ScanPart), primary_key=True)
    score: Mapped[int]
    evidence: Mapped[str] = mapped_column(String(2000))
