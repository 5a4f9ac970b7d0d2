"""Finding accounts and sessions."""

import uuid
from datetime import datetime

from sqlalchemy import select, update

from consult.accounts.models import Account, SignedIn
from consult.foundation.db import session


def find_account(email: str) -> Account | None:
    """Find an account by its normalised address."""
    return session().scalar(select(Account).where(Account.email == email))


def find_session(session_id: uuid.UUID) -> SignedIn | None:
    """Find a session by its id."""
    return session().get(SignedIn, session_id)


def count_demo_accounts() -> int:
    """Count the accounts that came with the demo municipality."""
    return len(session().scalars(select(Account.id).where(Account.is_demo)).all())


def touch(session_id: uuid.UUID, at: datetime) -> None:
    """Note that a session is in use; a named exception to "a query changes nothing"."""
    session().execute(update(SignedIn).where(SignedIn.id == session_id).values(seen_at=at))
