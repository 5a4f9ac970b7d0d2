"""Making accounts, signing in and out."""

import secrets
import uuid
from datetime import timedelta
from hashlib import sha256

from consult.accounts.models import Account, SignedIn
from consult.accounts.queries import find_account, find_session
from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import add
from consult.foundation.errors import Conflict, NotAllowed
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


def sign_in(account_id: uuid.UUID | None, actor: Actor) -> str:
    """Begin a session for an account whose password was found right, and return its token.

    Refused when it was not found right, without telling which of the two was wrong.
    """
    if account_id is None:
        raise NotAllowed(_("This e-mail address and password do not belong together."))
    token = secrets.token_urlsafe(32)
    begun = add(
        SignedIn(
            token_hash=token_hash(token),
            account_id=account_id,
            began_at=actor.arrived_at,
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
