"""Accounts and their sessions."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base, id_column


class Account(Base):
    """One way in for one person: an e-mail address and, where chosen, a password."""

    __tablename__ = "account"

    id: Mapped[uuid.UUID] = id_column()
    email: Mapped[str] = mapped_column(String(254), unique=True)  # normalised
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class SignedIn(Base):
    """One browser in which an account is signed in; the cookie holds a token of which this is the hash."""

    __tablename__ = "signed_in"

    id: Mapped[uuid.UUID] = id_column()
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
