"""Accounts and their sessions."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base, id_column


class Account(Base):
    """One way in for one person: an e-mail address and, where chosen, a password.

    `confirmed_at`: a link that was sent to the address came back. `wants_factor`: a second factor is asked
    at every sign-in; of staff it always is.
    """

    __tablename__ = "account"

    id: Mapped[uuid.UUID] = id_column()
    email: Mapped[str] = mapped_column(String(254), unique=True)  # normalised
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(5), default="nl")
    wants_factor: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)


class SignedIn(Base):
    """One browser in which an account is signed in; the cookie holds a token of which this is the hash.

    `factor_at`: the second factor was given in it. `proved_at`: its holder last showed who they are.
    """

    __tablename__ = "signed_in"

    id: Mapped[uuid.UUID] = id_column()
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(String(120), default="")  # browser and system, as it told them
    began_at: Mapped[datetime]
    factor_at: Mapped[datetime | None]
    proved_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
