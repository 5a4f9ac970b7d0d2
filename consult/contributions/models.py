"""Tables of contributions and their versions."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, order_key, public_id, words_of
from consult.foundation.language import N_, Worded
from consult.participants.models import Organisation, Person
from consult.rounds.models import Round


class Kind(Worded):
    """What a contribution is."""

    PROPOSAL = "proposal", N_("proposal")
    ARGUMENT = "argument", N_("argument")
    STATEMENT = "statement", N_("statement")
    PROJECT = "project", N_("project")
    POSITION = "position", N_("position")
    REMARK = "remark", N_("remark on the draft")
    SUGGESTION = "suggestion", N_("suggested change to the draft")


PUT_FORWARD = frozenset({Kind.PROPOSAL, Kind.STATEMENT, Kind.PROJECT})  # stands by itself and can be voted on
ON_DRAFT = frozenset({Kind.REMARK, Kind.SUGGESTION})  # is about a paragraph of a version of the draft


class Channel(Worded):
    """How it came in; every channel has the same weight."""

    ONLINE = "online", N_("online")
    PAPER = "paper", N_("on paper")
    LETTER = "letter", N_("by letter")
    PHONE = "phone", N_("by phone")
    DESK = "desk", N_("at the desk")
    MEETING = "meeting", N_("at a meeting")
    WORKSHOP = "workshop", N_("at a workshop")
    SCHOOL = "school", N_("from a school")
    IMPORTED = "imported", N_("imported")


class State(Worded):
    """Where a contribution stands."""

    HELD = "held", N_("waiting for a moderator")
    PUBLISHED = "published", N_("published")
    REFUSED = "refused", N_("refused")
    WITHDRAWN = "withdrawn", N_("withdrawn by its author")


class Contribution(Base):
    """One thing that somebody brought in.

    `merged_into_id` points to the one that replaces it; it keeps its text, address and votes.
    `version` counts edits; a save against an older one is a conflict. Title, text and HTML are what readers
    get: of passages in `hidden`, which moderators took away, they hold a mark. The whole text is its last version.
    """

    __tablename__ = "contribution"
    __table_args__ = (
        CheckConstraint("merged_into_id is null or merged_into_id <> id", name="not_into_itself"),
        Index("ix_contribution_round_id_kind_state_order_key", "round_id", "kind", "state", "order_key"),
        Index("ix_contribution_round_id_kind_state_received_at", "round_id", "kind", "state", "received_at"),
        Index("ix_contribution_round_id_kind_state_channel", "round_id", "kind", "state", "channel"),
    )

    id: Mapped[uuid.UUID] = id_column()
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    kind: Mapped[Kind] = mapped_column(words_of(Kind))
    channel: Mapped[Channel] = mapped_column(words_of(Channel), default=Channel.ONLINE)
    state: Mapped[State] = mapped_column(words_of(State))
    reference: Mapped[str] = mapped_column(String(40), default="")  # its number in the source or the file
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))  # instead of an author
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    title: Mapped[str] = mapped_column(String(160), default="")
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[str] = mapped_column(String(10))
    hidden: Mapped[list[str]] = mapped_column(default=list)
    language: Mapped[str] = mapped_column(String(10), default="nl")
    area_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"))
    received_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    order_key: Mapped[int] = mapped_column(BigInteger, default=order_key)
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contribution.id"), index=True)

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    author: Mapped[Person | None] = relationship(foreign_keys=[author_id], lazy="raise_on_sql")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")
    merged_into: Mapped["Contribution | None"] = relationship(remote_side="Contribution.id", lazy="raise_on_sql")
    co_authors: Mapped[list["CoAuthor"]] = relationship(
        primaryjoin="and_(Contribution.id == CoAuthor.contribution_id, CoAuthor.left_at.is_(None))",
        order_by="CoAuthor.joined_at",
        viewonly=True,
        lazy="raise_on_sql",
    )
    attachments: Mapped[list["Attachment"]] = relationship(
        primaryjoin="and_(Contribution.id == Attachment.contribution_id, Attachment.removed_at.is_(None))",
        order_by="Attachment.position",
        viewonly=True,
        lazy="raise_on_sql",
    )

    shared: Mapped["SharedText | None"] = relationship(
        primaryjoin="and_(Contribution.id == SharedText.contribution_id, SharedText.ended_at.is_(None))",
        viewonly=True,
        lazy="raise_on_sql",
    )

    @property
    def is_public(self) -> bool:
        """Whether anyone may read it (in a public round)."""
        return self.state is State.PUBLISHED

    @property
    def stands(self) -> bool:
        """Whether it is public and was not merged into another."""
        return self.is_public and self.merged_into_id is None

    @property
    def co_author_ids(self) -> frozenset[uuid.UUID]:
        """The people who write along; `co_authors` is loaded."""
        return frozenset(one.person_id for one in self.co_authors)


class CoAuthor(Base):
    """Somebody writes along with the author, because they were invited to and agreed.

    It is over when `left_at` is set: they left, or the author took them off.
    """

    __tablename__ = "co_author"
    __table_args__ = (UniqueConstraint("contribution_id", "person_id"),)

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql", viewonly=True)
    person: Mapped[Person] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of what is written together; `contribution` is loaded."""
        return self.contribution.round_id

    @property
    def author_id(self) -> uuid.UUID | None:
        """Who asked them; `contribution` is loaded."""
        return self.contribution.author_id


class Version(Base):
    """What a contribution said before or at one edit, whole; number 1 is what was received."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("contribution_id", "number"),)

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(160), default="")
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class SharedText(Base):
    """What moderators wrote that a contribution says together with those that were merged into it.

    The original texts stay as they are beside it. A new one takes the place of the last, which is ended and kept;
    so it is too when nothing is joined any more, and when it holds a passage that was taken away.
    """

    __tablename__ = "shared_text"
    __table_args__ = (
        UniqueConstraint("contribution_id", "number"),
        Index(
            "uq_shared_text_contribution_id_now",
            "contribution_id",
            unique=True,
            sqlite_where=sql("ended_at is null"),
            postgresql_where=sql("ended_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[str] = mapped_column(String(10))
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignalKind(Worded):
    """What a machine can see of a text that a person should look at; none of it is a reason to refuse."""

    MANY = "many", N_("much in a short time by one person")
    LINKS = "links", N_("many links")
    REPEATED = "repeated", N_("the same text was sent before")
    BSN = "bsn", N_("a number that may be a citizen service number (BSN)")
    IBAN = "iban", N_("a bank account number")
    PHONE = "phone", N_("a phone number")
    EMAIL = "email", N_("an e-mail address")
    ADDRESS = "address", N_("a postcode with a house number")
    REWORDED = "reworded", N_("a part that was taken away reads differently now")
    ADDED = "added", N_("changed or added to since a moderator read it")


class Signal(Base):
    """Something in a contribution made the platform ask a moderator; it stands until a moderator published it."""

    __tablename__ = "signal"
    __table_args__ = (
        Index(
            "uq_signal_contribution_id_kind_open",
            "contribution_id",
            "kind",
            unique=True,
            sqlite_where=sql("cleared_at is null"),
            postgresql_where=sql("cleared_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"))
    kind: Mapped[SignalKind] = mapped_column(words_of(SignalKind))
    found_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]


class Checked(Worded):
    """What is known of a file: whether something that looks for viruses has seen it."""

    WAITING = "waiting", N_("is being checked for viruses")
    CLEAN = "clean", N_("checked")
    INFECTED = "infected", N_("not shown: it may hold a virus")


READ_FIRST = "read_first"  # why a file is not on the page: it came after the text was read, where that is read first


class Attachment(Base):
    """A file that belongs to a contribution; what it holds stands in the store, under its random `stored_name`.

    It can be read by whoever may see the contribution when it `is_public`; otherwise by those who serve the
    round, and by its author when a moderator took it off the page, who then wrote why (`hidden_why`), or did not look
    at it yet (`READ_FIRST`). One that was removed is for nobody any more.
    """

    __tablename__ = "attachment"

    id: Mapped[uuid.UUID] = id_column()
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    position: Mapped[int]  # its place among the files of its contribution
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_name: Mapped[str] = mapped_column(String(32), unique=True)
    alt: Mapped[str] = mapped_column(String(300), default="")
    is_public: Mapped[bool] = mapped_column(default=True)
    hidden_why: Mapped[str] = mapped_column(Text, default="")
    checked: Mapped[Checked] = mapped_column(words_of(Checked), index=True)
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its contribution."""
        return self.contribution.round_id

    @property
    def author_id(self) -> uuid.UUID | None:
        """Who wrote its contribution."""
        return self.contribution.author_id

    @property
    def co_author_ids(self) -> frozenset[uuid.UUID]:
        """Who writes along on its contribution; its `co_authors` are loaded."""
        return self.contribution.co_author_ids

    @property
    def organisation_id(self) -> uuid.UUID | None:
        """Whose contribution it is, when it is not of one person."""
        return self.contribution.organisation_id

    @property
    def waits_to_be_seen(self) -> bool:
        """Whether a moderator looks at it before it comes on the page."""
        return self.hidden_why == READ_FIRST

    @property
    def is_image(self) -> bool:
        return self.media_type in {"image/png", "image/jpeg"}
