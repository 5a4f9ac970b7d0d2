"""Finding accounts, sessions and links."""

import hmac
import uuid
from collections import Counter
from datetime import datetime

from sqlalchemy import func, select, update

from consult.accounts.links import hash_of, id_in
from consult.accounts.models import Account, EmailLink, Factor, PasskeyChallenge, RecoveryCode, SignedIn
from consult.accounts.passwords import bare_email
from consult.accounts.rules import recovery_hash
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Actor


def find_account(email: str) -> Account | None:
    """Find an account by its normalised address."""
    return session().scalar(select(Account).where(Account.email == email))


def get_account(account_id: uuid.UUID | None) -> Account:
    """Return an account; raises NotFound."""
    found = session().get(Account, account_id) if account_id else None
    if found is None:
        raise NotFound
    return found


def find_link(_actor: Actor, token: str) -> EmailLink | None:
    """Find the link whose token this is, also when it works no more; None for a token that is not ours."""
    link_id = id_in(token)
    found = session().get(EmailLink, link_id) if link_id else None
    return found if found is not None and hmac.compare_digest(found.token_hash, hash_of(token)) else None


def list_sessions(actor: Actor, since: datetime) -> list[SignedIn]:
    """List where whoever asks is signed in and did something after `since`, last used first."""
    mine = (SignedIn.account_id == actor.account_id, SignedIn.ended_at.is_(None), SignedIn.ends_at > actor.arrived_at)
    wanted = select(SignedIn).where(*mine, SignedIn.seen_at >= since)
    return list(session().scalars(wanted.order_by(SignedIn.seen_at.desc(), SignedIn.id)))


def is_new_device(account_id: uuid.UUID, device: str) -> bool:
    """Say whether an account was used before, but never with this browser and system."""
    used = select(func.count(), func.count().filter(SignedIn.device == device))
    times, so = session().execute(used.where(SignedIn.account_id == account_id)).one()
    return bool(times and not so)


def is_known_place(account_id: uuid.UUID | None, place: str) -> bool:
    """Say whether somebody signed in to an account from a place before."""
    there = (SignedIn.account_id == account_id, SignedIn.place == place)
    return session().scalar(select(SignedIn.id).where(*there).limit(1)) is not None


def count_demo_accounts() -> int:
    """Count the accounts that came with the demo municipality."""
    return len(session().scalars(select(Account.id).where(Account.is_demo)).all())


def touch(session_id: uuid.UUID, at: datetime) -> None:
    """Note that a session is in use; a named exception to "a query changes nothing"."""
    session().execute(update(SignedIn).where(SignedIn.id == session_id).values(seen_at=at))


def list_factors(account_id: uuid.UUID | None) -> list[Factor]:
    """List the second factors of an account that are in use, the oldest first."""
    wanted = select(Factor).where(Factor.account_id == account_id, Factor.ended_at.is_(None))
    return list(session().scalars(wanted.order_by(Factor.created_at, Factor.id)))


def get_own_factor(actor: Actor, factor_id: uuid.UUID) -> Factor:
    """Return a second factor of whoever asks; raises NotFound, also for somebody else's."""
    found = session().get(Factor, factor_id)
    if found is None or found.ended_at is not None or found.account_id != actor.account_id:
        raise NotFound
    return found


def count_recovery_codes(account_id: uuid.UUID | None) -> int:
    """Count the recovery codes of an account that were not used yet."""
    wanted = select(func.count()).select_from(RecoveryCode)
    unused = (RecoveryCode.used_at.is_(None), RecoveryCode.ended_at.is_(None))
    return session().scalar(wanted.where(RecoveryCode.account_id == account_id, *unused)) or 0


def has_recovery_code(account_id: uuid.UUID | None, typed: str) -> bool:
    """Say whether this is a recovery code of an account that was not used yet."""
    wanted = select(RecoveryCode.id).where(
        RecoveryCode.account_id == account_id,
        RecoveryCode.code_hash == recovery_hash(typed),
        RecoveryCode.used_at.is_(None),
        RecoveryCode.ended_at.is_(None),
    )
    return session().scalar(wanted) is not None


def find_challenge(session_id: uuid.UUID | None, since: datetime) -> bytes | None:
    """Find what a passkey has to sign in a session, unless it was answered or asked before `since`."""
    found = session().get(PasskeyChallenge, session_id) if session_id else None
    return found.challenge if found is not None and found.used_at is None and found.asked_at > since else None


def list_alike() -> list[int]:
    """List how many accounts have addresses that are alike but for dots and plus signs, for each such group."""
    known = session().scalars(select(Account.email).where(Account.disabled_at.is_(None), Account.is_demo.is_(False)))
    groups = Counter(map(bare_email, known))
    return sorted((number for number in groups.values() if number > 1), reverse=True)
