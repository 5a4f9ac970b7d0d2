"""Tables of the files that were made of documents, and of what people type for a document that is else computed."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.rounds.models import Round


class PaperKind(Worded):
    """Which documents there are; the value stands in the address."""

    DRAFT = "draft", N_("policy draft")
    SYNTHESIS = "synthesis-report", N_("synthesis report")
    NOTE = "response-note", N_("response note")
    PARTICIPATION = "participation-report", N_("participation report")
    COUNCIL = "council-file", N_("council file")


class Ending(Worded):
    """In which formats a document can be taken along."""

    PDF = "pdf", N_("PDF")
    ODT = "odt", N_("ODT")


class Step(Worded):
    """How far the making of a file came."""

    WAITING = "waiting", N_("waits for its turn")
    WRITING = "writing", N_("is being put together")
    LAYING_OUT = "laying_out", N_("the pages are being laid out")
    DONE = "done", N_("ready")
    FAILED = "failed", N_("could not be made")


class PaperFile(Base):
    """A document of a round in one format and language, as a file; one row for each content that it ever had.

    The one without `outdated_at` is the present one. `content_hash` is over its content and style: the same hash
    means the same bytes. `revision` is that of the round at which this was last seen to be the content: where the
    round has another one by now, the content is looked at again before the file is given. An outdated row keeps
    its hashes; its file is gone, since it may hold what was taken away since. `leased_until`: a worker is making
    it. `size_told` is its number of blocks.
    """

    __tablename__ = "paper_file"
    __table_args__ = (
        Index(
            "uq_paper_file_round_id_paper_ending_language",
            "round_id",
            "paper",
            "ending",
            "language",
            unique=True,
            sqlite_where=text("outdated_at is null"),
            postgresql_where=text("outdated_at is null"),
        ),
        CheckConstraint(
            "(stored_name is null) = (made_at is null) or outdated_at is not null", name="made_with_a_file"
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    paper: Mapped[PaperKind] = mapped_column(words_of(PaperKind))
    ending: Mapped[Ending] = mapped_column(words_of(Ending))
    language: Mapped[str] = mapped_column(String(10))
    step: Mapped[Step] = mapped_column(words_of(Step), default=Step.WAITING)
    revision: Mapped[int] = mapped_column(default=0)
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    size_told: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    made_at: Mapped[datetime | None]
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    stored_name: Mapped[str | None] = mapped_column(String(32), unique=True)
    outdated_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")


class PaperText(Base):
    """What people typed for one document of a round, by the name of its field; each change is a new row.

    The newest is what is being written; the newest with `published_at` is what everybody reads.
    """

    __tablename__ = "paper_text"
    __table_args__ = (
        CheckConstraint("published_by_id is null or published_by_id <> written_by_id", name="second_person"),
        Index("ix_paper_text_round_id_paper", "round_id", "paper"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    paper: Mapped[PaperKind] = mapped_column(words_of(PaperKind))
    number: Mapped[int]
    texts: Mapped[dict[str, Any]]
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
