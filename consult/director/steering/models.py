"""Tables of steering: reports with figures, what was said of them, evidence, checks of quality, and steps taken."""

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Checked
from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.participants.models import Person


class ReportVerdict(Worded):
    """What the contract manager made of a report."""

    ACCEPTED = "accepted", N_("checked and accepted")
    RETURNED = "returned", N_("sent back to the partner")


class Step(Worded):
    """The ladder, from a talk to taking the task back."""

    TALK = "talk", N_("talk and plan of repair")
    LETTER = "letter", N_("letter with a term")
    BOARD = "board", N_("talk with the board")
    WITHHOLD = "withhold", N_("withhold or lower the payment")
    END = "end", N_("end it and take the task back")


class ProgressReport(Base):
    """What a partner reported about one period, by its number from 1; reporting about it once more replaces it."""

    __tablename__ = "progress_report"
    __table_args__ = (
        Index(
            "uq_progress_report_agreement_id_number_now",
            "agreement_id",
            "number",
            unique=True,
            sqlite_where=sql("replaced_at is null"),
            postgresql_where=sql("replaced_at is null"),
        ),
        CheckConstraint("verdict is null or checked_at is not null", name="checked"),
    )

    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    filed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    filed_at: Mapped[datetime]
    verdict: Mapped[ReportVerdict | None] = mapped_column(words_of(ReportVerdict))
    check_note: Mapped[str] = mapped_column(String(1000), default="")
    checked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]  # it was accepted, and sent back later because something in it was wrong
    replaced_at: Mapped[datetime | None]

    measurements: Mapped[list["Measurement"]] = relationship(lazy="raise_on_sql")
    figures: Mapped[list["LineFigure"]] = relationship(lazy="raise_on_sql")
    comments: Mapped[list["ReportComment"]] = relationship(lazy="raise_on_sql", order_by="ReportComment.said_at")

    @property
    def is_accepted(self) -> bool:
        """Whether its figures count."""
        return self.verdict is ReportVerdict.ACCEPTED


class Measurement(Base):
    """What an indicator stood at by the end of a period; `key` is that of the indicator in the terms."""

    __tablename__ = "measurement"
    __table_args__ = (UniqueConstraint("report_id", "key"),)

    id: Mapped[uuid.UUID] = id_column()
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("progress_report.id"))
    key: Mapped[str] = mapped_column(String(20))
    value: Mapped[Decimal]
    note: Mapped[str] = mapped_column(String(300), default="")


class LineFigure(Base):
    """What a line of the budget came to by the end of a period, in euros from the beginning; `key` as in the terms."""

    __tablename__ = "line_figure"
    __table_args__ = (UniqueConstraint("report_id", "key"),)

    id: Mapped[uuid.UUID] = id_column()
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("progress_report.id"))
    key: Mapped[str] = mapped_column(String(20))
    committed: Mapped[Decimal]
    realised: Mapped[Decimal]
    forecast: Mapped[Decimal]  # for the whole agreement


class ReportComment(Base):
    """Something that the partner or the contract manager said about a report."""

    __tablename__ = "report_comment"

    id: Mapped[uuid.UUID] = id_column()
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("progress_report.id"), index=True)
    text: Mapped[str] = mapped_column(String(2000))
    said_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    said_at: Mapped[datetime]

    said_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class Evidence(Base):
    """A file that shows something of an agreement, sent with the report about a period; for its parties and staff."""

    __tablename__ = "evidence"

    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"), index=True)
    number: Mapped[int]  # of the period
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_name: Mapped[str] = mapped_column(String(32), unique=True)
    checked: Mapped[Checked] = mapped_column(words_of(Checked))
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]


class QualityCheck(Base):
    """Somebody looked on a day whether a requirement is met; "met" needs a note or a file that shows it."""

    __tablename__ = "quality_check"
    __table_args__ = (
        Index(
            "uq_quality_check_agreement_id_key_now",
            "agreement_id",
            "key",
            unique=True,
            sqlite_where=sql("replaced_at is null"),
            postgresql_where=sql("replaced_at is null"),
        ),
        CheckConstraint("not is_met or note <> '' or evidence_id is not null", name="shown"),
    )

    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"))
    key: Mapped[str] = mapped_column(String(20))
    is_met: Mapped[bool]
    note: Mapped[str] = mapped_column(String(500), default="")
    evidence_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evidence.id"))
    checked_on: Mapped[date]
    checked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class Escalation(Base):
    """A person decided about the next step of the ladder, after the period with this number: to take it, or not yet."""

    __tablename__ = "escalation"

    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"), index=True)
    step: Mapped[Step] = mapped_column(words_of(Step))
    number: Mapped[int]
    is_taken: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(1000))
    term_on: Mapped[date | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime]
