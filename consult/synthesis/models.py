"""Tables of evaluations, answers, drafts and what people say of those."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.field.models import AdviceRequest
from consult.foundation.anchors import AROUND, Fate, Quote
from consult.foundation.db import Base, id_column, new_id, words_of
from consult.foundation.language import N_, Worded
from consult.landscape.models import StatementResult
from consult.mandates.models import Precondition
from consult.rounds.models import Round


class OutcomeKind(Worded):
    """What becomes of a contribution."""

    ADOPTED = "adopted", N_("adopted")
    PARTLY = "partly", N_("partly adopted")
    NOT_ADOPTED = "not_adopted", N_("not adopted")
    FORWARDED = "forwarded", N_("forwarded")
    MERGED = "merged", N_("merged")
    CHALLENGE = "challenge", N_("taken over as a challenge")

    @property
    def needs_a_place(self) -> bool:
        """Whether it must appear in the draft."""
        return self in {OutcomeKind.ADOPTED, OutcomeKind.PARTLY}


class Assignment(Base):
    """A member of staff is to work on a contribution; `ended_at` takes it back or gives it to somebody else."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index(
            "uq_assignment_contribution_id",
            "contribution_id",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    assigned_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Note(Base):
    """Something that staff of a round tell each other about a contribution; nobody else ever reads it."""

    __tablename__ = "note"

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    text: Mapped[str] = mapped_column(String(2000))
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


class Evaluation(Base):
    """What staff of a round think of a contribution among themselves; it is never public.

    A new one is a new row; the one without `replaced_at` counts.
    """

    __tablename__ = "evaluation"
    __table_args__ = (
        Index(
            "uq_evaluation_contribution_id",
            "contribution_id",
            unique=True,
            sqlite_where=text("replaced_at is null"),
            postgresql_where=text("replaced_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    text: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class Outcome(Base):
    """A draft answer: what becomes of a contribution and why; from `published_at` on everybody reads it.

    A changed answer is a new row, so that nothing changes in what was signed. The one without `replaced_at`
    is the draft answer that staff work on. The one that was published and has no `outdated_at` is what the
    public reads, provisional until the council decides; it stays so until a newer one is published.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        Index(
            "uq_outcome_contribution_id",
            "contribution_id",
            unique=True,
            sqlite_where=text("replaced_at is null"),
            postgresql_where=text("replaced_at is null"),
        ),
        Index(
            "uq_outcome_contribution_id_public",
            "contribution_id",
            unique=True,
            sqlite_where=text("published_at is not null and outdated_at is null"),
            postgresql_where=text("published_at is not null and outdated_at is null"),
        ),
        CheckConstraint("signed_by_id is null or signed_by_id <> set_by_id", name="second_person"),
        CheckConstraint("published_at is null or signed_at is not null", name="signed_first"),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    kind: Mapped[OutcomeKind] = mapped_column(words_of(OutcomeKind))
    reason: Mapped[str] = mapped_column(String(1000))
    set_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    signed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    outdated_at: Mapped[datetime | None]
    final_at: Mapped[datetime | None]  # of a public answer: since the decision it is no longer provisional

    @property
    def is_public(self) -> bool:
        """Whether this is the answer that everybody reads now."""
        return self.published_at is not None and self.outdated_at is None

    @property
    def step(self) -> "AnswerStep":
        """How far it came."""
        if self.published_at is not None:
            return AnswerStep.PUBLISHED
        return AnswerStep.SIGNED if self.signed_at is not None else AnswerStep.DRAFTED


class AnswerStep(Worded):
    """How far an answer came."""

    DRAFTED = "drafted", N_("waits to be signed")
    SIGNED = "signed", N_("signed, not public yet")
    PUBLISHED = "published", N_("public")


class DraftState(Worded):
    """Where a version of the draft stands."""

    CONCEPT = "concept", N_("being written")
    SUBMITTED = "submitted", N_("waits for a second person")
    PUBLISHED = "published", N_("published")


class Draft(Base):
    """One version of the policy draft of a round; once published nothing in it changes."""

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("published_by_id is null or published_by_id <> submitted_by_id", name="second_person"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[DraftState] = mapped_column(words_of(DraftState), default=DraftState.CONCEPT)
    begun_at: Mapped[datetime]
    submitted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime | None]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    sections: Mapped[list["Section"]] = relationship(
        back_populates="draft", order_by="Section.position", lazy="raise_on_sql"
    )


class Section(Base):
    """A numbered part of one version of a draft."""

    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("draft_id", "position"),)

    id: Mapped[uuid.UUID] = id_column()
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("draft.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))

    draft: Mapped[Draft] = relationship(back_populates="sections", lazy="raise_on_sql")
    paragraphs: Mapped[list["Paragraph"]] = relationship(
        back_populates="section", order_by="Paragraph.position", lazy="raise_on_sql"
    )

    @property
    def anchor(self) -> str:
        """Its place on a page."""
        return f"s{self.id.hex[:12]}"

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its draft, which is loaded."""
        return self.draft.round_id


class Paragraph(Base):
    """A paragraph of a draft; `stable_id` stays the same from version to version of the draft.

    `version` counts the saves; a save against an older one is a conflict.
    `is_editorial` says openly that it has no source.
    """

    __tablename__ = "paragraph"
    __table_args__ = (UniqueConstraint("section_id", "position"),)

    id: Mapped[uuid.UUID] = id_column()
    section_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("section.id"))
    stable_id: Mapped[uuid.UUID] = mapped_column(default=new_id, index=True)
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[str] = mapped_column(String(10))
    is_editorial: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    section: Mapped[Section] = relationship(back_populates="paragraphs", lazy="raise_on_sql")
    sources: Mapped[list["SourceLink"]] = relationship(back_populates="paragraph", lazy="raise_on_sql")

    @property
    def anchor(self) -> str:
        """Its place on a page; the same in every version."""
        return f"p{self.stable_id.hex[:12]}"

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its draft; section and draft are loaded."""
        return self.section.draft.round_id


class Use(Worded):
    """How a paragraph uses a source."""

    ADOPTED = "adopted", N_("adopted")
    ADAPTED = "adapted", N_("adapted")
    SET_ASIDE = "set_aside", N_("set aside")


class VoteResult(Base):
    """How one option of a poll came out when it was cited; it never changes, whatever is counted later.

    `told` is what `telling.told_of` gives. `input_hash` is SHA-256 over the reference of the option and the outcome
    of the poll as the journal seals it at the close, so whoever counts the poll again can tell that it holds.
    """

    __tablename__ = "vote_result"
    __table_args__ = (UniqueConstraint("option_id", "input_hash"),)

    id: Mapped[uuid.UUID] = id_column()
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"), index=True)
    option_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("option.id"))
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    input_hash: Mapped[str] = mapped_column(String(64))
    told: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its option, which is loaded with its contribution."""
        return self.contribution.round_id


class SourceLink(Base):
    """A paragraph rests on one source, and says how it uses it.

    That is a contribution or a passage of it, a precondition, what people thought of a statement, how an option of
    a poll came out, or advice. `quote` are the words of a passage as readers got them, from character `start` of the
    text, with what stood around them; without a quote it is the whole contribution, and `start` is -1. Where somebody
    reads the words they come from the present text, so what was taken away from it is away here too.
    """

    __tablename__ = "source_link"
    __table_args__ = (
        UniqueConstraint("paragraph_id", "contribution_id", "start"),
        UniqueConstraint("paragraph_id", "precondition_id"),
        UniqueConstraint("paragraph_id", "statement_result_id"),
        UniqueConstraint("paragraph_id", "advice_id"),
        UniqueConstraint("paragraph_id", "vote_result_id"),
        CheckConstraint("(quote = '') = (start = -1)", name="whole_or_passage"),
        CheckConstraint("quote = '' or contribution_id is not null", name="passage_of_a_contribution"),
        CheckConstraint(
            "case when contribution_id is null then 0 else 1 end + case when precondition_id is null then 0 else 1 end"
            " + case when statement_result_id is null then 0 else 1 end"
            " + case when advice_id is null then 0 else 1 end"
            " + case when vote_result_id is null then 0 else 1 end = 1",
            name="one_source",
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    paragraph_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("paragraph.id"))
    contribution_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    precondition_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("precondition.id"), index=True)
    statement_result_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("statement_result.id"), index=True)
    advice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("advice_request.id"), index=True)
    vote_result_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("vote_result.id"), index=True)
    quote: Mapped[str] = mapped_column(Text, default="")
    prefix: Mapped[str] = mapped_column(String(AROUND), default="")
    suffix: Mapped[str] = mapped_column(String(AROUND), default="")
    start: Mapped[int] = mapped_column(default=-1)
    use: Mapped[Use] = mapped_column(words_of(Use), default=Use.ADOPTED)
    note: Mapped[str] = mapped_column(String(300), default="")

    paragraph: Mapped[Paragraph] = relationship(back_populates="sources", lazy="raise_on_sql")
    contribution: Mapped[Contribution | None] = relationship(lazy="raise_on_sql")
    precondition: Mapped[Precondition | None] = relationship(lazy="raise_on_sql")
    statement_result: Mapped[StatementResult | None] = relationship(lazy="raise_on_sql")
    advice: Mapped[AdviceRequest | None] = relationship(lazy="raise_on_sql")
    vote_result: Mapped[VoteResult | None] = relationship(lazy="raise_on_sql")

    @property
    def said(self) -> Contribution | None:
        """The contribution that it is, or is about; none for what is fixed and for advice. Sources are loaded."""
        result = self.statement_result or self.vote_result
        return result.contribution if result is not None else self.contribution

    @property
    def passage(self) -> Quote | None:
        """The words of the contribution on which it rests; None for the whole."""
        return Quote(self.quote, self.prefix, self.suffix, self.start) if self.quote else None

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its draft; paragraph, section and draft are loaded."""
        return self.paragraph.section.draft.round_id


class Remark(Base):
    """A contribution is about a paragraph of a published version, or about the words of it that `quote` holds.

    `prefix` and `suffix` are what stood around those words; they tell apart where the same words stand twice.
    """

    __tablename__ = "remark"
    __table_args__ = (Index("ix_remark_draft_id_stable_id", "draft_id", "stable_id"),)

    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("draft.id"))
    stable_id: Mapped[uuid.UUID]
    quote: Mapped[str] = mapped_column(Text, default="")
    prefix: Mapped[str] = mapped_column(String(AROUND), default="")
    suffix: Mapped[str] = mapped_column(String(AROUND), default="")

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")
    draft: Mapped[Draft] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its contribution, which is loaded."""
        return self.contribution.round_id

    @property
    def author_id(self) -> uuid.UUID | None:
        """Who wrote it; its contribution is loaded."""
        return self.contribution.author_id

    @property
    def organisation_id(self) -> uuid.UUID | None:
        """Whose remark it is, when it is not of one person; its contribution is loaded."""
        return self.contribution.organisation_id


class Carried(Base):
    """What a remark is about was looked for in a later published version, once for good.

    `stable_id` is the paragraph beside which the remark stands there: where its words are, or, when those are
    gone, the paragraph that they were in; None when that is gone too. `found` are the words as they read there.
    """

    __tablename__ = "carried"
    __table_args__ = (Index("ix_carried_draft_id_stable_id", "draft_id", "stable_id"),)

    remark_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("remark.contribution_id"), primary_key=True)
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("draft.id"), primary_key=True)
    fate: Mapped[Fate] = mapped_column(words_of(Fate))
    stable_id: Mapped[uuid.UUID | None]
    found: Mapped[str] = mapped_column(Text, default="")
