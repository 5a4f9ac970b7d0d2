"""The second factor: giving it, setting it up, taking it away, and codes for when it is lost."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, update

from consult.accounts.models import Account, Factor, FactorKind, PasskeyChallenge, RecoveryCode
from consult.accounts.passkeys import LIFE, New, new_challenge
from consult.accounts.queries import list_factors
from consult.accounts.rules import plain_code, recovery_hash, steps_of
from consult.accounts.sealed import seal, unseal
from consult.accounts.verbs import end_sessions, prove_again, renew
from consult.audit.verbs import record, record_denial
from consult.foundation import clock
from consult.foundation.db import add, insert_of, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.policy import Act, Actor

SECRET = "factor"  # noqa: S105  the purpose for which secrets of apps are sealed
MOST = 10  # factors of one account


def give_code(factor_id: uuid.UUID, step: int, actor: Actor) -> str:
    """Let somebody in by the code of an app that belongs to a step of time; returns the session's new token.

    Refused when this code, or one after it, was used before.
    """
    _hold_half_way(actor)
    _use_step(factor_id, step, actor)
    return _let_in(actor, factor=factor_id)


def prove_by_code(factor_id: uuid.UUID, step: int, actor: Actor) -> str:
    """Let somebody who is in show again who they are by the code of an app; returns the session's new token.

    Refused when this code, or one after it, was used before.
    """
    _use_step(factor_id, step, actor)
    return prove_again(actor)


def give_passkey(factor_id: uuid.UUID, challenge: bytes, sign_count: int, actor: Actor) -> str:
    """Let somebody in by a passkey that signed the challenge of this session; returns its new token.

    Refused when the challenge was answered before, and when the passkey counts back.
    """
    _hold_half_way(actor)
    _answer(challenge, actor)
    forth = Factor.sign_count < sign_count if sign_count else Factor.sign_count == 0
    if not _use(factor_id, actor, forth, sign_count=sign_count):
        raise NotAllowed(_("This passkey could not be checked. Sign in in another way."))
    return _let_in(actor, factor=factor_id)


def give_recovery_code(code: str, actor: Actor) -> str:
    """Let somebody in by one of the codes on paper, which is used up by it; returns the session's new token.

    Refused when the code is not one of this account, or was used before.
    """
    _hold_half_way(actor)
    used = session().execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == actor.account_id,
            RecoveryCode.code_hash == recovery_hash(code),
            RecoveryCode.used_at.is_(None),
            RecoveryCode.ended_at.is_(None),
        )
        .values(used_at=actor.arrived_at)
        .returning(RecoveryCode.id)
    )
    if used.scalar_one_or_none() is None:
        raise NotNow(_("This recovery code was used already. Take another one of your list."))
    return _let_in(actor, is_recovery=True)


def ask_passkey(actor: Actor) -> None:
    """Put a new question to the passkeys of whoever holds this session; an earlier one is void."""
    asked: dict[str, Any] = {"challenge": new_challenge(), "asked_at": actor.arrived_at, "used_at": None}
    session().execute(
        insert_of(PasskeyChallenge)
        .values(session_id=actor.session_id, **asked)
        .on_conflict_do_update(index_elements=["session_id"], set_=asked)
    )


def add_totp(sealed_secret: str, step: int, name: str, actor: Actor) -> str:
    """Add an app that makes codes and showed the one of a step; returns the session's new token.

    Refused as every new factor is (see `_open_to_another`).
    """
    account = _open_to_another(actor)
    made = Factor(kind=FactorKind.TOTP, name=name, sealed_secret=sealed_secret, last_step=step)
    return _add(made, account, actor)


def add_passkey(new: New, challenge: bytes, name: str, actor: Actor) -> str:
    """Add a passkey that answered the challenge of this session; returns the session's new token.

    Refused as every new factor is, and when the challenge was answered before.
    """
    account = _open_to_another(actor)
    _answer(challenge, actor)
    made = Factor(kind=FactorKind.PASSKEY, name=name, credential_id=new.credential_id, public_key=new.public_key)
    made.sign_count = new.sign_count
    return _add(made, account, actor)


def add_known_totp(account_id: uuid.UUID, secret: str, secret_key: str, actor: Actor) -> Factor:
    """Give an account an app that makes codes from a secret that is known already; for people of the demo."""
    sealed = seal(SECRET, {"secret": secret}, secret_key)
    session().get_one(Account, account_id).wants_factor = True
    made = Factor(account_id=account_id, kind=FactorKind.TOTP, name="", sealed_secret=sealed, created_at=clock.now())
    record(Act.ADD_FACTOR, actor, add(made), account=account_id, kind=FactorKind.TOTP.value)
    return made


def remove_factor(factor: Factor, actor: Actor) -> str:
    """Take away a second factor; without any left none is asked any more. Returns the session's new token.

    Refused when it is the last one of somebody who works here.
    """
    account = _locked_account(actor)
    left = [one for one in list_factors(account.id) if one.id != factor.id]
    if actor.is_staff and not left:
        raise NotNow(_("You need a second step for your work here. First add another one, then remove this one."))
    factor.ended_at = actor.arrived_at
    if not left:
        account.wants_factor = False
        _end_recovery_codes(account.id, actor.arrived_at)
    record(Act.REMOVE_FACTOR, actor, factor, account=account.id, kind=factor.kind.value)
    return _told(account, actor)


def keep_recovery_codes(hashes: Sequence[bytes], actor: Actor) -> None:
    """Keep a new set of recovery codes; those of an earlier set are good for nothing any more.

    Refused without a second factor that they could replace.
    """
    account = _locked_account(actor)
    if not list_factors(account.id):
        raise NotNow(_("First set up a second step. These codes replace it when you lose it."))
    if _end_recovery_codes(account.id, actor.arrived_at):
        enqueue("factor_changed", address=account.email, language=account.language)
    for code_hash in hashes:
        add(RecoveryCode(account_id=account.id, code_hash=code_hash, created_at=actor.arrived_at))
    record(Act.MAKE_RECOVERY_CODES, actor, account)


def take_away_factors(account_id: uuid.UUID, at: datetime) -> None:
    """Take away every second factor and recovery code of an account, and end all its sessions.

    Whoever calls this records why. Somebody who works here sets up a new factor at the next sign-in.
    """
    session().get_one(Account, account_id).wants_factor = False
    mine = (Factor.account_id == account_id, Factor.ended_at.is_(None))
    session().execute(update(Factor).where(*mine).values(ended_at=at))
    _end_recovery_codes(account_id, at)
    end_sessions(account_id, at)


def note_wrong_factor(account_id: uuid.UUID, at: datetime) -> None:
    """Write down that a second factor was wrong; runs in a transaction of its own."""
    record_denial(Act.GIVE_FACTOR, Actor(arrived_at=at), "factor", None, f"wrong second factor for {account_id}")


def steps_shown(held: Iterable[Factor], typed: str, at: datetime, secret_key: str) -> list[tuple[Factor, int]]:
    """Return which apps show a code now, and for which step of time; mostly one or none."""
    code = plain_code(typed)
    return [
        (factor, step)
        for factor in held
        if factor.sealed_secret is not None and (told := unseal(SECRET, factor.sealed_secret, secret_key)) is not None
        for step in steps_of(told["secret"], code, at)
    ]


def _hold_half_way(actor: Actor) -> None:
    if not actor.awaits_factor:
        raise NotNow(_("You are signed in already."))


def _use(factor_id: uuid.UUID, actor: Actor, fits: Any, **changed: int) -> bool:
    """Note in one statement that a factor is used, if it still may be; of several at once one succeeds."""
    mine = (Factor.id == factor_id, Factor.account_id == actor.account_id, Factor.ended_at.is_(None))
    done = session().execute(
        update(Factor).where(*mine, fits).values(last_used_at=actor.arrived_at, **changed).returning(Factor.id)
    )
    return done.scalar_one_or_none() is not None


def _use_step(factor_id: uuid.UUID, step: int, actor: Actor) -> None:
    fresh = or_(Factor.last_step.is_(None), Factor.last_step < step)
    if not _use(factor_id, actor, fresh, last_step=step):
        raise NotNow(_("This code was used already. Wait until your app shows the next one."))


def _answer(challenge: bytes, actor: Actor) -> None:
    """Use up the challenge of this session; refused when it is not the present one, was used, or is too old."""
    used = session().execute(
        update(PasskeyChallenge)
        .where(
            PasskeyChallenge.session_id == actor.session_id,
            PasskeyChallenge.challenge == challenge,
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.asked_at > actor.arrived_at - LIFE,
        )
        .values(used_at=actor.arrived_at)
        .returning(PasskeyChallenge.session_id)
    )
    if used.scalar_one_or_none() is None:
        raise NotNow(_("This took too long, or was answered already. Begin again."))


def _let_in(actor: Actor, **told: object) -> str:
    token = renew(actor, factor_at=actor.arrived_at, proved_at=actor.arrived_at)
    record(Act.GIVE_FACTOR, actor, None, account=actor.account_id, session=actor.session_id, **told)
    return token


def _open_to_another(actor: Actor) -> Account:
    """Return the account of the actor, locked, if it may have another factor.

    Refused to somebody half-way who has one already, and when there are too many.
    """
    account = _locked_account(actor)
    there = list_factors(account.id)
    if actor.awaits_factor and there:
        raise NotAllowed(_("You have a second step already. Sign in with it; then you can add another one."))
    if len(there) >= MOST:
        raise NotNow(_("You have many ways to take the second step. Remove one first."))
    return account


def _add(made: Factor, account: Account, actor: Actor) -> str:
    made.account_id, made.created_at, made.last_used_at = account.id, actor.arrived_at, actor.arrived_at
    record(Act.ADD_FACTOR, actor, add(made), account=account.id, kind=made.kind.value)
    account.wants_factor = True
    return _told(account, actor, factor_at=actor.arrived_at, proved_at=actor.arrived_at)


def _told(account: Account, actor: Actor, **noted: datetime) -> str:
    """After a change: end the other sessions, write to the holder, and give this session a new token."""
    end_sessions(account.id, actor.arrived_at, but=actor.session_id)
    enqueue("factor_changed", address=account.email, language=account.language)
    return renew(actor, **noted)


def _locked_account(actor: Actor) -> Account:
    account = session().get(Account, actor.account_id) if actor.account_id else None
    if account is None:
        raise Conflict
    read_again_locked(account, ["wants_factor"])
    return account


def _end_recovery_codes(account_id: uuid.UUID, at: datetime) -> bool:
    mine = (RecoveryCode.account_id == account_id, RecoveryCode.ended_at.is_(None))
    ended = session().execute(update(RecoveryCode).where(*mine).values(ended_at=at).returning(RecoveryCode.id))
    return bool(ended.all())
