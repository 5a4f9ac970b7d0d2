"""Tables of the synthesis report: its versions, a chapter per theme, findings, and what each finding rests on."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.mandates.models import Precondition
from consult.rounds.models import Round, Theme
from consult.synthesis.models import DraftState


class SynthesisReport(Base):
    """One version of the synthesis report of a round; once published nothing in it changes."""

    __tablename__ = "synthesis_report"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("published_by_id is null or published_by_id <> submitted_by_id", name="second_person"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    state: Mapped[DraftState] = mapped_column(words_of(DraftState), default=DraftState.CONCEPT)
    begun_at: Mapped[datetime]
    submitted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime | None]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    chapters: Mapped[list["Chapter"]] = relationship(
        back_populates="report", order_by="Chapter.position", lazy="raise_on_sql"
    )


class Chapter(Base):
    """What one version of a report says of one theme; `version` counts the saves of its summary."""

    __tablename__ = "chapter"
    __table_args__ = (UniqueConstraint("report_id", "theme_id"),)

    id: Mapped[uuid.UUID] = id_column()
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("synthesis_report.id"))
    theme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("theme.id"), index=True)
    position: Mapped[int]
    summary: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    report: Mapped[SynthesisReport] = relationship(back_populates="chapters", lazy="raise_on_sql")
    theme: Mapped[Theme] = relationship(lazy="raise_on_sql")
    findings: Mapped[list["Finding"]] = relationship(
        back_populates="chapter", order_by="Finding.position", lazy="raise_on_sql"
    )

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its report, which is loaded."""
        return self.report.round_id


class FindingKind(Worded):
    """What a finding is."""

    FOR = "for", N_("argument for")
    AGAINST = "against", N_("argument against")
    MINORITY = "minority", N_("minority view")
    WEIGHED = "weighed", N_("option that was weighed")


class Finding(Base):
    """One thing that a report says of a theme, resting on contributions: an argument, a minority view, or a weighing.

    Of an option that was weighed it also holds the expert advice, the cost, and the choice with its reason, all
    typed by a person; support and reach are computed from its sources and never stored. `version` counts saves.
    """

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("chapter_id", "position"),
        CheckConstraint(
            "kind = 'weighed' or (advice = '' and cost = '' and choice = '' and reason = '')", name="weighed_alone"
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    chapter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("chapter.id"))
    position: Mapped[int]
    kind: Mapped[FindingKind] = mapped_column(words_of(FindingKind))
    text: Mapped[str] = mapped_column(String(1000))
    advice: Mapped[str] = mapped_column(String(1000), default="")
    cost: Mapped[str] = mapped_column(String(300), default="")
    choice: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(String(1000), default="")
    version: Mapped[int] = mapped_column(default=1)

    chapter: Mapped[Chapter] = relationship(back_populates="findings", lazy="raise_on_sql")
    sources: Mapped[list["FindingSource"]] = relationship(back_populates="finding", lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its report; chapter and report are loaded."""
        return self.chapter.report.round_id

    @property
    def is_weighed(self) -> bool:
        """Whether it is a row of the weighing table."""
        return self.kind is FindingKind.WEIGHED


class FindingSource(Base):
    """A finding rests on a contribution, or touches a precondition; exactly one of the two."""

    __tablename__ = "finding_source"
    __table_args__ = (
        UniqueConstraint("finding_id", "contribution_id"),
        UniqueConstraint("finding_id", "precondition_id"),
        CheckConstraint("(contribution_id is null) <> (precondition_id is null)", name="one_source"),
    )

    id: Mapped[uuid.UUID] = id_column()
    finding_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("finding.id"))
    contribution_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    precondition_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("precondition.id"), index=True)

    finding: Mapped[Finding] = relationship(back_populates="sources", lazy="raise_on_sql")
    contribution: Mapped[Contribution | None] = relationship(lazy="raise_on_sql")
    precondition: Mapped[Precondition | None] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its report; all above it is loaded."""
        return self.finding.chapter.report.round_id
