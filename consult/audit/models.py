"""The tables of the journal, and of the tree that seals it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base


class Entry(Base):
    """One act that was carried out, or one that was denied.

    Holds ids and salted hashes, never personal text; the database refuses to change or delete a row.
    `position` is the order of arrival and is no proof of the order of commits.
    """

    __tablename__ = "entry"
    __table_args__ = (Index("ix_entry_round_id_position", "round_id", "position"),)

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(40))
    result: Mapped[str] = mapped_column(String(10), default="done")
    actor_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    subject_kind: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    round_id: Mapped[uuid.UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class Leaf(Base):
    """One sealed entry: at which place of the tree it stands, counted from zero, and its hash there.

    An entry without a leaf is not sealed yet. A place in the tree is no time: votes are shuffled before they come in.
    """

    __tablename__ = "leaf"

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    entry_position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), ForeignKey("entry.position"), unique=True
    )
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)


class Node(Base):
    """The hash of one whole part of the tree, larger than a leaf; see `merkle`."""

    __tablename__ = "node"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Checkpoint(Base):
    """What the tree was at a moment: its size, its root, and both as a note, signed where there is a key."""

    __tablename__ = "checkpoint"

    size: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    note: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
