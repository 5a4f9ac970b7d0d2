"""Accounts and their sessions."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded


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
    `place` is a keyed hash of the network from which it began.
    """

    __tablename__ = "signed_in"

    id: Mapped[uuid.UUID] = id_column()
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(String(120), default="")  # browser and system, as it told them
    place: Mapped[str] = mapped_column(String(64), default="")
    began_at: Mapped[datetime]
    factor_at: Mapped[datetime | None]
    proved_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Purpose(StrEnum):
    """What a mailed link is good for, and nothing else."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    RESET = "reset"
    CONFIRM_ADDRESS = "confirm_address"
    STAFF_INVITATION = "staff_invitation"


class EmailLink(Base):
    """One link that is mailed to an address; it works once, for its purpose, until it expires or is withdrawn.

    The link's token is derived from the platform's secret when the mail is sent; here stands only its hash.
    `name`, `told` and `password_hash` are what was filled in with it, kept until the address was shown to be theirs.
    """

    __tablename__ = "email_link"

    id: Mapped[uuid.UUID] = id_column()
    purpose: Mapped[Purpose] = mapped_column(words_of(Purpose))
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))  # normalised
    name: Mapped[str] = mapped_column(String(120), default="")
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(5), default="nl")
    next_path: Mapped[str] = mapped_column(Text, default="")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    def works(self, at: datetime) -> bool:
        """Whether it can still be used at a moment."""
        return self.used_at is None and self.withdrawn_at is None and at < self.expires_at


class FactorKind(Worded):
    """With what somebody shows a second time who they are."""

    TOTP = "totp", N_("code from an app")
    PASSKEY = "passkey", N_("passkey")


class Factor(Base):
    """One thing that somebody has and that opens their account together with the password or the link.

    Of an app that makes codes we hold the secret, sealed with the key of the installation, and the last step
    of half a minute that was used (`last_step`), so that no code counts twice. Of a passkey we hold the public
    key and how often it says it was used.
    """

    __tablename__ = "factor"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'totp' and sealed_secret is not null)"
            " or (kind = 'passkey' and credential_id is not null and public_key is not null)",
            name="whole",
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[FactorKind] = mapped_column(words_of(FactorKind))
    name: Mapped[str] = mapped_column(String(60))  # what its holder calls it
    sealed_secret: Mapped[str | None] = mapped_column(String(400))
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary(2000))
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of the ten codes that replace a second factor once; the code itself is shown once and never stored."""

    __tablename__ = "recovery_code"

    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # a new set of ten took its place


class PasskeyChallenge(Base):
    """What a passkey is asked to sign now in one session; a new question replaces it, and it is answered once."""

    __tablename__ = "passkey_challenge"

    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("signed_in.id", ondelete="CASCADE"), primary_key=True)
    challenge: Mapped[bytes] = mapped_column(LargeBinary(64))
    asked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Identity(Base):
    """One sign-in at the broker of sign-ins that opens an account, known by a keyed hash of its subject alone.

    Never made of a citizen service number: that only ever proves something in one round.
    """

    __tablename__ = "identity"

    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    coupled_at: Mapped[datetime]


class Aim(StrEnum):
    """What somebody goes to the broker of sign-ins for."""

    SIGN_IN = "sign_in"
    COUPLE = "couple"
    PROVE = "prove"


class Attempt(Base):
    """One errand to the broker of sign-ins, of one browser; it can come back once, within ten minutes.

    `browser_hash` is of what only that browser holds: its session's token, or for a visitor a cookie of ten
    minutes. `about` is the short name of the round for which something is proved.
    """

    __tablename__ = "attempt"

    id: Mapped[uuid.UUID] = id_column()
    state_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    aim: Mapped[Aim] = mapped_column(words_of(Aim))
    about: Mapped[str] = mapped_column(String(80), default="")
    next_path: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
