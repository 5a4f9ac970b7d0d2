"""Making accounts, signing in and out, and the links by which both are done."""

import secrets
import uuid
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, update

from consult.accounts.links import hash_of, token_of
from consult.accounts.models import Account, EmailLink, Purpose, SignedIn
from consult.accounts.queries import find_account, get_account, is_new_device
from consult.audit.verbs import record, record_denial
from consult.foundation import clock
from consult.foundation.db import add, new_id, session
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.policy import Act, Actor

LIFE = timedelta(hours=24)
STAFF_LIFE = timedelta(hours=10)
RESIDENT_IDLE = timedelta(hours=2)
STAFF_IDLE = timedelta(minutes=30)
HALF_WAY_LIFE = timedelta(hours=1)  # time to find a phone, or to set up an app
LINK_LIFE = {
    Purpose.REGISTER: timedelta(minutes=10),
    Purpose.SIGN_IN: timedelta(minutes=10),
    Purpose.RESET: timedelta(minutes=10),
    Purpose.CONFIRM_ADDRESS: timedelta(hours=24),
    Purpose.STAFF_INVITATION: timedelta(hours=24),
}

LINK_KEPT = timedelta(days=1)
SESSION_KEPT = timedelta(days=90)  # so that known devices and places stay known


def create_account(email: str, password_hash: str | None, *, is_demo: bool = False, language: str = "nl") -> Account:
    """Make a way in under a normalised address that is known to be theirs; whoever calls this records why.

    A link that was mailed came back, or whoever works at the platform itself vouches for the address.
    Refused when the address has an account.
    """
    if find_account(email) is not None:
        raise Conflict(_("There is an account with this address already. Sign in with it."))
    now = clock.now()
    made = Account(email=email, password_hash=password_hash, created_at=now, confirmed_at=now, is_demo=is_demo)
    made.language = language
    return add(made)


def note_failure(account_id: uuid.UUID | None, at: datetime) -> None:
    """Write down that somebody could not sign in; runs in a transaction of its own."""
    record_denial(Act.SIGN_IN, Actor(arrived_at=at), "account", None, f"wrong password for {account_id or 'nobody'}")


def sign_in(
    account_id: uuid.UUID,
    actor: Actor,
    *,
    device: str = "",
    place: str = "",
    with_factor: bool = False,
    with_password: bool = False,
) -> str:
    """Begin a session for an account whose password or link was found right, and return its token.

    Without the second factor the session of an account that needs one is good for giving it, and nothing else.
    A session that this browser had ends. A password given on a device that was not seen before is told by mail.
    """
    if with_password and is_new_device(account_id, device):
        account = session().get_one(Account, account_id)
        enqueue("new_device", address=account.email, language=account.language, device=device)
    if actor.session_id is not None:
        _end(SignedIn.id == actor.session_id, actor.arrived_at)
    token = secrets.token_urlsafe(32)
    begun = add(
        SignedIn(
            token_hash=token_hash(token),
            account_id=account_id,
            device=device,
            place=place,
            began_at=actor.arrived_at,
            factor_at=actor.arrived_at if with_factor else None,
            proved_at=actor.arrived_at,
            seen_at=actor.arrived_at,
            ends_at=actor.arrived_at + LIFE,
        )
    )
    record(Act.SIGN_IN, actor, begun, account=account_id)
    return token


def prove_again(actor: Actor) -> str:
    """Note that whoever holds this session just showed again who they are, and return its new token."""
    token = renew(actor, proved_at=actor.arrived_at)
    record(Act.PROVE_AGAIN, actor, None, account=actor.account_id, session=actor.session_id)
    return token


def renew(actor: Actor, **noted: datetime) -> str:
    """Give this session a new token, and note in it what its holder just showed: `proved_at`, `factor_at`."""
    token = secrets.token_urlsafe(32)
    held = update(SignedIn).where(SignedIn.id == actor.session_id, SignedIn.ended_at.is_(None))
    session().execute(held.values(token_hash=token_hash(token), **noted))
    return token


def sign_out(actor: Actor) -> None:
    """End the session of this request."""
    if actor.session_id is not None:
        _end(SignedIn.id == actor.session_id, actor.arrived_at)
        record(Act.SIGN_OUT, actor, None, session=actor.session_id)


def end_session(session_id: uuid.UUID, actor: Actor) -> None:
    """End one session of whoever asks; refused as absent when it is not theirs."""
    if not _end((SignedIn.id == session_id) & (SignedIn.account_id == actor.account_id), actor.arrived_at):
        raise NotFound
    record(Act.END_SESSION, actor, None, session=session_id)


def end_other_sessions(actor: Actor) -> None:
    """End every session of whoever asks except the one in which they ask."""
    assert actor.account_id is not None
    ended = end_sessions(actor.account_id, actor.arrived_at, but=actor.session_id)
    record(Act.END_SESSION, actor, None, ended=ended)


def end_sessions(account_id: uuid.UUID, at: datetime, but: uuid.UUID | None = None) -> int:
    """End all sessions of an account, or all but one, and return how many; whoever calls this records why."""
    mine = SignedIn.account_id == account_id
    return _end(mine & (SignedIn.id != but) if but else mine, at)


def _end(which: Any, at: datetime) -> int:
    ended = update(SignedIn).where(which, SignedIn.ended_at.is_(None)).values(ended_at=at).returning(SignedIn.id)
    return len(session().execute(ended).all())


def set_password(account: Account, password_hash: str, actor: Actor) -> None:
    """Give an account another password; all other sessions end, open links are withdrawn, and its holder is told."""
    account.password_hash = password_hash
    end_sessions(account.id, actor.arrived_at, but=actor.session_id if actor.account_id == account.id else None)
    withdraw_links(EmailLink.account_id == account.id, actor.arrived_at)
    enqueue("password_changed", address=account.email, language=account.language)
    record(Act.CHANGE_PASSWORD, actor, account)


def begin_link(
    purpose: Purpose,
    address: str,
    actor: Actor,
    secret: str,
    *,
    language: str,
    account_id: uuid.UUID | None = None,
    works: bool = True,
    **filled_in: Any,
) -> EmailLink:
    """Write down a link that is mailed to an address; `filled_in` is what was filled in with it.

    One that does not work is withdrawn from the start.
    """
    link_id = new_id()
    return add(
        EmailLink(
            id=link_id,
            purpose=purpose,
            account_id=account_id,
            address=address,
            language=language,
            token_hash=hash_of(token_of(link_id, purpose, secret)),
            created_at=actor.arrived_at,
            expires_at=actor.arrived_at + LINK_LIFE[purpose],
            withdrawn_at=None if works else actor.arrived_at,
            **filled_in,
        )
    )


def mail_link(
    purpose: Purpose, kind: str, email: str, actor: Actor, secret: str, *, language: str, next_path: str = ""
) -> None:
    """Mail a link to sign in, or to choose a new password, to the holder of the account with an address, if any."""
    mail_link_to(find_account(email), purpose, kind, email, actor, secret, language=language, next_path=next_path)


def mail_link_to(
    account: Account | None,
    purpose: Purpose,
    kind: str,
    email: str,
    actor: Actor,
    secret: str,
    *,
    language: str,
    next_path: str = "",
) -> None:
    """Mail a link to the address of an account.

    Where there is none, or one that was closed, the same rows are written, but the link is withdrawn and the
    mail withheld: no answer, and no time that it takes, tells which addresses are known.
    """
    usable = account if account is not None and account.disabled_at is None else None
    link = begin_link(
        purpose,
        email,
        actor,
        secret,
        language=usable.language if usable else language,
        account_id=usable.id if usable else None,
        works=usable is not None,
        next_path=next_path,
    )
    enqueue(kind, address=email, language=link.language, withheld=usable is None, link=link.id)
    record(Act.MAIL_LINK, actor, link, purpose=purpose.value)


def ask_address(email: str, actor: Actor, secret: str) -> None:
    """Mail a link to an address that shall become the account's; until it comes back nothing changes.

    At an address that has an account its holder is told so instead; the answer is the same.
    """
    account = get_account(actor.account_id)
    withdraw_links((EmailLink.account_id == account.id) & _is(Purpose.CONFIRM_ADDRESS), actor.arrived_at)
    if find_account(email) is not None:
        mail_link(Purpose.SIGN_IN, "known_address", email, actor, secret, language=account.language)
        return
    link = begin_link(Purpose.CONFIRM_ADDRESS, email, actor, secret, language=account.language, account_id=account.id)
    enqueue("confirm_address_link", address=email, language=account.language, link=link.id)
    record(Act.MAIL_LINK, actor, link, purpose=link.purpose.value)


def change_address(account: Account, link: EmailLink, actor: Actor) -> None:
    """Let an account have the address to which a link was mailed that came back.

    All its other sessions end, its open links are withdrawn, and the old address is told. Refused when somebody
    else has the address by now.
    """
    if find_account(link.address) is not None:
        raise Conflict(_("There is an account with this address already. Sign in with it."))
    enqueue("address_changed", address=account.email, language=account.language)
    account.email, account.confirmed_at = link.address, actor.arrived_at
    end_sessions(account.id, actor.arrived_at, but=actor.session_id if actor.account_id == account.id else None)
    withdraw_links(EmailLink.account_id == account.id, actor.arrived_at)
    record(Act.CHANGE_ADDRESS, actor, account)


def spend(link: EmailLink, at: datetime) -> bool:
    """Use a link up, in one statement: of several at once one succeeds, and none after its time."""
    used = (
        update(EmailLink)
        .where(
            EmailLink.id == link.id,
            EmailLink.used_at.is_(None),
            EmailLink.withdrawn_at.is_(None),
            EmailLink.expires_at > at,
        )
        .values(used_at=at)
        .returning(EmailLink.id)
    )
    return session().execute(used).scalar_one_or_none() is not None


def withdraw_links(which: Any, at: datetime) -> None:
    """Withdraw open links; whoever calls this records why."""
    unused = (EmailLink.used_at.is_(None), EmailLink.withdrawn_at.is_(None))
    session().execute(update(EmailLink).where(which, *unused).values(withdrawn_at=at))


def _is(purpose: Purpose) -> Any:
    return EmailLink.purpose == purpose


def disable(account: Account, at: datetime) -> None:
    """Let nobody in by an account any more, from the next request on; whoever calls this records why."""
    account.disabled_at = at
    end_sessions(account.id, at)
    withdraw_links(EmailLink.account_id == account.id, at)


def forget_old() -> int:
    """Delete links a day after their time, with what was filled in with them, and sessions a season after theirs."""
    at = clock.now()
    links: Any = session().execute(delete(EmailLink).where(EmailLink.expires_at < at - LINK_KEPT))
    over: Any = session().execute(delete(SignedIn).where(SignedIn.ends_at < at - SESSION_KEPT))
    return int(links.rowcount) + int(over.rowcount)


def token_hash(token: str) -> bytes:
    """Return the form in which a session's token is stored."""
    return sha256(token.encode()).digest()
