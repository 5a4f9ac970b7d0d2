"""Signing in at the broker: what is remembered while a browser is there, and which account opens then."""

import hmac
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select, update

from consult.accounts.models import Account, Aim, Attempt, Identity
from consult.accounts.verbs import token_hash
from consult.audit.verbs import record, record_denial
from consult.foundation import clock
from consult.foundation.db import add, insert_of, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.oidc import Errand
from consult.policy import Act, Actor

LIFE = timedelta(minutes=10)


def begin_attempt(
    aim: Aim, errand: Errand, browser: str, actor: Actor, *, language: str, about: str = "", next_path: str = ""
) -> Attempt:
    """Remember that a browser goes to the broker; `browser` is a secret that only that browser holds."""
    return add(
        Attempt(
            state_hash=token_hash(errand.state),
            browser_hash=token_hash(browser),
            aim=aim,
            about=about,
            next_path=next_path,
            language=language,
            nonce=errand.nonce,
            verifier=errand.verifier,
            expires_at=actor.arrived_at + LIFE,
        )
    )


def find_attempt(state: str) -> Attempt | None:
    """Find the errand that a browser came back from, also when it is over."""
    return session().scalar(select(Attempt).where(Attempt.state_hash == token_hash(state)))


def is_own(attempt: Attempt, browsers: Iterable[str], at: datetime) -> bool:
    """Say whether an errand can still be ended by a browser that holds one of these secrets."""
    mine = attempt.browser_hash in {token_hash(browser) for browser in browsers if browser}
    return mine and attempt.used_at is None and at < attempt.expires_at


def end_attempt(state: str, aims: Iterable[Aim], browsers: Iterable[str], at: datetime) -> Attempt:
    """Use an errand up, in one statement: of several at once one succeeds, and none from another browser.

    Runs in a transaction of its own before the broker is asked, so that what comes back counts once whatever
    becomes of it. Refused when it is over, when it was for something else and when another browser began it.
    """
    ended: Attempt | None = session().scalar(
        update(Attempt)
        .where(
            Attempt.state_hash == token_hash(state),
            Attempt.aim.in_(list(aims)),
            Attempt.browser_hash.in_([token_hash(browser) for browser in browsers if browser]),
            Attempt.used_at.is_(None),
            Attempt.expires_at > at,
        )
        .values(used_at=at)
        .returning(Attempt)
    )
    if ended is None:
        raise NotNow(_("This sign-in is over already, or it began in another browser. Please start again."))
    return ended


def note_untrusted(act: Act, why: str, at: datetime) -> None:
    """Write down that the broker's word was not believed; runs in a transaction of its own."""
    record_denial(act, Actor(arrived_at=at), "identity", None, f"broker: {why}")


def forget_attempts() -> int:
    """Delete the errands that are over, and return how many."""
    gone = session().scalars(delete(Attempt).where(Attempt.expires_at < clock.now() - LIFE).returning(Attempt.id))
    return len(gone.all())


def identity_hash(secret: str, subject: str) -> bytes:
    """Return the form in which a subject at the broker is stored: HMAC-SHA-256 under a key of this installation.

    Never called for a citizen service number.
    """
    key = hmac.new(secret.encode(), b"identity at the broker", sha256).digest()
    return hmac.new(key, subject.encode(), sha256).digest()


def find_account_of(known: bytes) -> Account | None:
    """Find the account that a sign-in at the broker opens, unless it was closed."""
    wanted = select(Account).join(Identity, Identity.account_id == Account.id)
    return session().scalar(wanted.where(Identity.hash == known, Account.disabled_at.is_(None)))


def count_identities(account_id: uuid.UUID | None) -> int:
    """Count the sign-ins at the broker that open an account."""
    return len(session().scalars(select(Identity.id).where(Identity.account_id == account_id)).all())


def couple(account_id: uuid.UUID, known: bytes, actor: Actor) -> None:
    """Let a sign-in at the broker open an account from now on; the same again changes nothing.

    Refused when it opens another account.
    """
    made = session().scalar(
        insert_of(Identity)
        .values(account_id=account_id, hash=known, coupled_at=actor.arrived_at)
        .on_conflict_do_nothing(index_elements=["hash"])
        .returning(Identity.id)
    )
    if made is None and session().scalar(select(Identity.account_id).where(Identity.hash == known)) != account_id:
        words = _("This sign-in is connected to another account here. Sign in with it, or disconnect it there first.")
        raise Conflict(words)
    record(Act.CONNECT_SIGN_IN, actor, None, account=account_id)


def uncouple(actor: Actor) -> None:
    """Let no sign-in at the broker open the account of whoever asks any more."""
    session().execute(delete(Identity).where(Identity.account_id == actor.account_id))
    record(Act.CONNECT_SIGN_IN, actor, None, account=actor.account_id, ended=True)
