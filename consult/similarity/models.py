"""Tables of the index that finds texts which are alike."""

import uuid

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base


class IndexedText(Base):
    """One contribution stands in the index, with the version of its text that was read.

    `terms` are the numbers of its terms with their weights, as `rules.packed` writes them; `weight` is theirs together.
    """

    __tablename__ = "indexed_text"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), unique=True)
    version: Mapped[int]
    weight: Mapped[int]
    terms: Mapped[bytes]


class Term(Base):
    """A word, or a piece of a word in the title, stands in the text with this number.

    `key` is a number made of the round and the term, so one index finds it within its round. No foreign key leads to
    the text: to judge that a text may go, the database would read all terms; they come and go with their text.
    """

    __tablename__ = "term"
    __table_args__ = ({"sqlite_with_rowid": False},)  # the primary key is the table

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
