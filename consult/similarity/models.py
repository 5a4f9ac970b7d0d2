"""Tables of the index that finds texts which are alike."""

import uuid

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base


class IndexedText(Base):
    """One contribution stands in the index, with the version of its text that was read."""

    __tablename__ = "indexed_text"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), unique=True)
    version: Mapped[int]
    weight: Mapped[int]  # of all its terms together


class Term(Base):
    """A word, or a piece of a word in the title, stands in a text.

    `key` is a number made of the round and the word's stem, so one index finds it within its round;
    `weight` is more where it stands in the title.
    """

    __tablename__ = "term"
    __table_args__ = (
        Index("ix_term_number", "number"),
        {"sqlite_with_rowid": False},  # the primary key is the table
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(ForeignKey("indexed_text.number"), primary_key=True, autoincrement=False)
    weight: Mapped[int]
