"""Tables of formal review: the term, outages, formal views with their points, own-motion changes, response notes."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Checked
from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.participants.models import Organisation, Person
from consult.rounds.models import Round
from consult.synthesis.models import Draft, Section


class Term(Base):
    """The term in which formal views on one published version of the draft come in; a round has one.

    `first_day` and `last_day` were computed when it was set and both count whole; an outage may extend it.
    `taken` is the number that the last formal view got.
    """

    __tablename__ = "formal_term"
    __table_args__ = (
        UniqueConstraint("round_id"),
        CheckConstraint("first_day <= last_day", name="order"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("draft.id"), index=True)
    notice_reference: Mapped[str] = mapped_column(String(80))  # its number in the official gazette
    notice_url: Mapped[str] = mapped_column(String(300))
    notice_on: Mapped[date]
    available_on: Mapped[date]
    first_day: Mapped[date]
    last_day: Mapped[date]
    taken: Mapped[int] = mapped_column(default=0)
    set_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    draft: Mapped[Draft] = relationship(lazy="raise_on_sql")
    outages: Mapped[list["Outage"]] = relationship(
        back_populates="term", order_by="Outage.began_at", lazy="raise_on_sql"
    )

    @property
    def ends_on(self) -> date:
        """The last day on which a formal view is on time, outages included; `outages` is loaded."""
        return max([self.last_day, *(one.extends_to for one in self.outages if one.extends_to is not None)])


class Outage(Base):
    """A time in which formal views could not be sent in; `extends_to` is the day to which it moves the end."""

    __tablename__ = "outage"
    __table_args__ = (CheckConstraint("began_at < ended_at", name="order"),)

    id: Mapped[uuid.UUID] = id_column()
    term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("formal_term.id"), index=True)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))
    extends_to: Mapped[date | None]
    noted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime]

    term: Mapped[Term] = relationship(back_populates="outages", lazy="raise_on_sql")


class Way(Worded):
    """How a formal view came in (Awb 3:15: in writing or orally)."""

    ONLINE = "online", N_("online")
    LETTER = "letter", N_("by letter")
    ORAL = "oral", N_("orally, at the desk")


class ViewState(Worded):
    """Where a formal view is on its way."""

    RECEIVED = "received", N_("received")
    ACKNOWLEDGED = "acknowledged", N_("proof of receipt sent")
    ADMISSIBLE = "admissible", N_("admissible")
    LATE = "late", N_("too late")
    EXCUSED = "excused", N_("late, but excused")
    WITHDRAWN = "withdrawn", N_("withdrawn")
    SPLIT = "split", N_("divided into points")
    ANSWERED = "answered", N_("answered")
    NOTIFIED = "notified", N_("answer sent")


class Verdict(Worded):
    """Whether a formal view is treated in substance."""

    ADMISSIBLE = "admissible", N_("admissible")
    EXCUSED = "excused", N_("late, but excused")
    LATE = "late", N_("too late")

    @property
    def counts(self) -> bool:
        """Whether each of its points must be answered in the response note."""
        return self is not Verdict.LATE


class FormalView(Base):
    """What one person or organisation formally says of the draft (zienswijze); its author is never public.

    `number` runs from 1 without a gap in each round. `text` of an oral one is the report of what was said
    (Awb 3:17). `author_id` is empty for an organisation; `entered_by_id` is who typed it in for somebody.
    `reply_to` is where a reply on paper goes. `note_id`: with this response note it was made known, and from
    then on nothing in it changes.
    """

    __tablename__ = "formal_view"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("author_id is null or organisation_id is null", name="one_author"),
        CheckConstraint("postmarked_on is null or way = 'letter'", name="postmark_of_letters"),
        CheckConstraint("(verdict is null) = (judged_at is null)", name="judged_with_a_verdict"),
        Index("ix_formal_view_round_id_state_number", "round_id", "state", "number"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    way: Mapped[Way] = mapped_column(words_of(Way))
    state: Mapped[ViewState] = mapped_column(words_of(ViewState))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    reference: Mapped[str] = mapped_column(String(40), default="")  # its number in the authority's own file
    reply_to: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text)
    postmarked_on: Mapped[date | None]
    received_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    verdict: Mapped[Verdict | None] = mapped_column(words_of(Verdict))
    reason: Mapped[str] = mapped_column(String(500), default="")
    judged_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    judged_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    split_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None]
    note_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("response_note.id"), index=True)

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    author: Mapped[Person | None] = relationship(foreign_keys=[author_id], lazy="raise_on_sql")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")
    points: Mapped[list["ViewPoint"]] = relationship(
        back_populates="view", order_by="ViewPoint.position", lazy="raise_on_sql"
    )
    files: Mapped[list["ViewFile"]] = relationship(
        back_populates="view", order_by="ViewFile.position", lazy="raise_on_sql"
    )

    @property
    def code(self) -> str:
        """What it is called wherever people read of it."""
        return f"ZW-{self.number:02}"

    @property
    def is_by_mail(self) -> bool:
        """Whether its author hears by mail: an organisation or somebody with an account; `author` is loaded."""
        return self.organisation_id is not None or (self.author is not None and self.author.account_id is not None)


class ViewFile(Base):
    """A file that came with a formal view: for its author and for who works on the round, and never public.

    What it holds stands in the store, under its random `stored_name`.
    """

    __tablename__ = "view_file"
    __table_args__ = (UniqueConstraint("view_id", "position"),)

    id: Mapped[uuid.UUID] = id_column()
    view_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("formal_view.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_name: Mapped[str] = mapped_column(String(32), unique=True)
    checked: Mapped[Checked] = mapped_column(words_of(Checked), index=True)
    added_at: Mapped[datetime]

    view: Mapped[FormalView] = relationship(back_populates="files", lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its formal view, which is loaded."""
        return self.view.round_id

    @property
    def author_id(self) -> uuid.UUID | None:
        """Who wrote its formal view, which is loaded."""
        return self.view.author_id

    @property
    def organisation_id(self) -> uuid.UUID | None:
        """Whose formal view it came with, when that is not of one person."""
        return self.view.organisation_id


class Change(Worded):
    """Whether a point changes the draft."""

    YES = "yes", N_("yes")
    PARTLY = "partly", N_("partly")
    NO = "no", N_("no")

    @property
    def leads_somewhere(self) -> bool:
        """Whether something in the draft changes."""
        return self is not Change.NO


class ViewPoint(Base):
    """One point of a formal view: what it is about, and the one answer to it, which a second person signs off.

    `version` counts saves; a signature is for the version that was read. `section_id` is what the point is
    about, empty for the draft as a whole; `changed_section_id` is what changes because of it.
    """

    __tablename__ = "view_point"
    __table_args__ = (
        UniqueConstraint("view_id", "position"),
        CheckConstraint("signed_by_id is null or signed_by_id <> answered_by_id", name="second_person"),
        CheckConstraint("(change is null) = (answered_at is null)", name="answered_with_a_change"),
        CheckConstraint("change is null or change = 'no' or changed_section_id is not null", name="changed_somewhere"),
        CheckConstraint("signed_at is null or answered_at is not null", name="answered_before_signed"),
    )

    id: Mapped[uuid.UUID] = id_column()
    view_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("formal_view.id"))
    position: Mapped[int]
    section_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("section.id"), index=True)
    paragraph: Mapped[str] = mapped_column(String(20), default="")  # as people count it: "3.2"
    summary: Mapped[str] = mapped_column(String(1000))
    answer: Mapped[str] = mapped_column(Text, default="")
    change: Mapped[Change | None] = mapped_column(words_of(Change))
    changed_section_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("section.id"), index=True)
    changed_to: Mapped[str] = mapped_column(String(1000), default="")
    version: Mapped[int] = mapped_column(default=1)
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    signed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]

    view: Mapped[FormalView] = relationship(back_populates="points", lazy="raise_on_sql")
    section: Mapped[Section | None] = relationship(foreign_keys=[section_id], lazy="raise_on_sql")
    changed_section: Mapped[Section | None] = relationship(foreign_keys=[changed_section_id], lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its formal view, which is loaded."""
        return self.view.round_id

    @property
    def code(self) -> str:
        """What it is called; its view is loaded."""
        return f"{self.view.code}.{self.position}"


class OwnChange(Base):
    """A change of the draft that the authority makes by itself (ambtshalve), with its reason."""

    __tablename__ = "own_change"

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    section_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("section.id"), index=True)
    text: Mapped[str] = mapped_column(String(1000))
    reason: Mapped[str] = mapped_column(String(1000))
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    note_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("response_note.id"), index=True)

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    section: Mapped[Section] = relationship(lazy="raise_on_sql")


class ResponseNote(Base):
    """The note that answers all formal views (reactienota); a later one adds what came to be answered since.

    Without `published_at` it waits for a second person, unless it was taken back: `returned_at`.
    """

    __tablename__ = "response_note"
    __table_args__ = (
        CheckConstraint("published_by_id is null or published_by_id <> submitted_by_id", name="second_person"),
        CheckConstraint("published_at is null or returned_at is null", name="one_end"),
        Index(
            "uq_response_note_round_id_number",
            "round_id",
            "number",
            unique=True,
            sqlite_where=text("returned_at is null"),
            postgresql_where=text("returned_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    submitted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
