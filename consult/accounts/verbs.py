"""Making accounts, signing in and out."""

import secrets
import uuid
from datetime import datetime, timedelta
from hashlib import sha256

from consult.accounts.models import Account, SignedIn
from consult.accounts.queries import find_account, find_session
from consult.audit.verbs import record, record_denial
from consult.foundation import clock
from consult.foundation.db import add
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor

LIFE = timedelta(hours=24)
STAFF_LIFE = timedelta(hours=10)
RESIDENT_IDLE = timedelta(hours=2)
STAFF_IDLE = timedelta(minutes=30)


def create_account(email: str, password_hash: str | None, *, is_demo: bool = False) -> Account:
    """Make a way in under a normalised address; whoever calls this records why.

    Refused when the address has an account.
    """
    if find_account(email) is not None:
        raise Conflict(_("There is an account with this address already. Sign in with it."))
    return add(Account(email=email, password_hash=password_hash, created_at=clock.now(), is_demo=is_demo))


def note_failure(account_id: uuid.UUID | None, at: datetime) -> None:
    """Write down that somebody could not sign in; runs in a transaction of its own."""
    record_denial(Act.SIGN_IN, Actor(arrived_at=at), "account", None, f"wrong password for {account_id or 'nobody'}")


def sign_in(account_id: uuid.UUID, actor: Actor, *, device: str = "", with_factor: bool = False) -> str:
    """Begin a session for an account whose password or link was found right, and return its token.

    Without the second factor the session of an account that needs one is good for giving it, and nothing else.
    """
    token = secrets.token_urlsafe(32)
    begun = add(
        SignedIn(
            token_hash=token_hash(token),
            account_id=account_id,
            device=device,
            began_at=actor.arrived_at,
            factor_at=actor.arrived_at if with_factor else None,
            proved_at=actor.arrived_at,
            seen_at=actor.arrived_at,
            ends_at=actor.arrived_at + LIFE,
        )
    )
    record(Act.SIGN_IN, actor, begun, account=account_id)
    return token


def sign_out(actor: Actor) -> None:
    """End the session of this request."""
    begun = find_session(actor.session_id) if actor.session_id else None
    if begun is not None:
        begun.ended_at = actor.arrived_at
        record(Act.SIGN_OUT, actor, begun)


def token_hash(token: str) -> bytes:
    """Return the form in which a session's token is stored."""
    return sha256(token.encode()).digest()
