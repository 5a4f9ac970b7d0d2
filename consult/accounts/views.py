"""Signing in and out, showing again who one is, and changing how one signs in."""

import uuid

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import entrance, verbs
from consult.accounts.forms import AddressForm, NewAddressForm, PasswordForm, ProveForm, SessionForm, SignInForm
from consult.accounts.models import FactorKind, Purpose
from consult.accounts.passwords import SHORTEST, SHORTEST_WITH_FACTOR, matches, normalised_email
from consult.accounts.queries import find_account, get_account, list_factors
from consult.doors import actor, may, platform
from consult.foundation.forms import BadForm, BaseForm
from consult.foundation.language import gettext as _
from consult.foundation.language import locale
from consult.foundation.limits import count_try
from consult.foundation.web import arrived_at, client_network
from consult.policy import Act

TRIES, FIVE_MINUTES = 10, 300

bp = Blueprint("accounts", __name__)


def check_password(form: SignInForm) -> uuid.UUID:
    """Return the account whose password this is; counted, and outside the transaction of signing in."""
    if not form.password.data:
        raise BadForm(form.password, _("Type your password, or have a link mailed to you."))
    email = normalised_email(form.email.data or "") or ""
    count_password(email)
    with platform().database.reading():
        account = find_account(email)
    usable = account is not None and account.disabled_at is None
    right = matches(account.password_hash if account is not None and usable else None, form.password.data)
    if account is None or not right:
        account_id = account.id if account is not None else None
        platform().database.write(lambda: verbs.note_failure(account_id, arrived_at()))
        raise BadForm(form.password, _("This e-mail address and password do not belong together."))
    return account.id


def count_password(email: str) -> None:
    """Count a password that is tried for an address, and from a network."""
    keys = f"sign-in|{email}|{entrance.own_place(email)}", f"sign-in|{client_network()}"
    count_try(platform().database, *keys, limit=TRIES, seconds=FIVE_MINUTES)


def check_own_password(form: ProveForm) -> None:
    """Refuse what is not the password of whoever asks."""
    with platform().database.reading():
        account = get_account(actor().account_id)
    count_password(account.email)
    if not matches(account.password_hash, form.password.data or ""):
        platform().database.write(lambda: verbs.note_failure(account.id, arrived_at()))
        raise BadForm(form.password, _("This is not your password."))


def count_mail(form: AddressForm) -> None:
    """Count a mail to the address that was typed."""
    entrance.count_mail(normalised_email(form.email.data or "") or "")


def count_own_mail(_form: BaseForm) -> None:
    """Count a mail to whoever asks."""
    with platform().database.reading():
        account = get_account(actor().account_id)
    entrance.count_mail(account.email)


def hash_own(form: PasswordForm) -> str:
    """Hash the new password of whoever asks; one of two factors may be shorter.

    Only of somebody who works here is it certain that there will always be two.
    """
    with platform().database.reading():
        account = get_account(actor().account_id)
        has_factor = bool(list_factors(account.id))
    shortest = SHORTEST_WITH_FACTOR if has_factor and actor().is_staff else SHORTEST
    return entrance.hash_new(form.password, account.email, account.email.split("@")[0], shortest=shortest)


@bp.get("/login")
@may(Act.SIGN_IN, form=SignInForm)
def sign_in_page(form: SignInForm) -> ResponseReturnValue:
    return render_template("accounts/sign_in_page.html", form=form, next=entrance.next_page())


@bp.post("/login")
@may(Act.SIGN_IN, form=SignInForm, page="accounts.sign_in_page", before=check_password)
def sign_in(_form: SignInForm, account_id: uuid.UUID) -> ResponseReturnValue:
    return entrance.enter(account_id, entrance.next_page(), with_password=True)


@bp.post("/login/link")
@may(Act.MAIL_LINK, form=SignInForm, page="accounts.sign_in_page", before=count_mail)
def mail_link(form: SignInForm, _counted: None) -> ResponseReturnValue:
    _mail(form, Purpose.SIGN_IN, "sign_in_link")
    return redirect(url_for("accounts.sent_page"), 303)


@bp.get("/login/sent")
@may(Act.SIGN_IN)
def sent_page() -> ResponseReturnValue:
    return render_template("accounts/sent_page.html")


@bp.get("/login/reset")
@may(Act.MAIL_LINK, form=AddressForm)
def reset_page(form: AddressForm) -> ResponseReturnValue:
    return render_template("accounts/reset_page.html", form=form, next=entrance.next_page())


@bp.post("/login/reset")
@may(Act.MAIL_LINK, form=AddressForm, page="accounts.reset_page", before=count_mail)
def reset(form: AddressForm, _counted: None) -> ResponseReturnValue:
    _mail(form, Purpose.RESET, "reset_link")
    return redirect(url_for("accounts.sent_page"), 303)


@bp.post("/logout")
@may(Act.SIGN_OUT, form=BaseForm)
def sign_out(_form: BaseForm) -> ResponseReturnValue:
    verbs.sign_out(actor())
    session.end()  # type: ignore[attr-defined]
    return redirect(url_for("pages.home"), 303)


@bp.get("/login/again")
@may(Act.PROVE_AGAIN, form=ProveForm)
def prove_page(form: ProveForm) -> ResponseReturnValue:
    account = get_account(actor().account_id)
    has_app = any(factor.kind is FactorKind.TOTP for factor in list_factors(account.id))
    told = {"account": account, "has_app": has_app, "next": entrance.next_page()}
    return render_template("accounts/prove_page.html", form=form, **told)


@bp.post("/login/again")
@may(Act.PROVE_AGAIN, form=ProveForm, page="accounts.prove_page", before=check_own_password)
def prove(_form: ProveForm, _checked: None) -> ResponseReturnValue:
    return entrance.onward(verbs.prove_again(actor()), entrance.next_page())


@bp.post("/login/again/link")
@may(Act.PROVE_AGAIN, form=BaseForm, before=count_own_mail)
def prove_by_link(_form: BaseForm, _counted: None) -> ResponseReturnValue:
    account, secret = get_account(actor().account_id), platform().settings.secret_key
    where = {"language": account.language, "next_path": entrance.next_page()}
    verbs.mail_link(Purpose.SIGN_IN, "sign_in_link", account.email, actor(), secret, **where)
    return redirect(url_for("accounts.sent_page"), 303)


@bp.get("/me/account/address")
@may(Act.CHANGE_ADDRESS, form=NewAddressForm)
def address_page(form: NewAddressForm) -> ResponseReturnValue:
    return render_template("accounts/address_page.html", form=form, account=get_account(actor().account_id))


@bp.post("/me/account/address")
@may(Act.CHANGE_ADDRESS, form=NewAddressForm, page="accounts.address_page", before=count_mail)
def change_address(form: NewAddressForm, _counted: None) -> ResponseReturnValue:
    email = normalised_email(form.email.data or "") or ""
    verbs.ask_address(email, actor(), platform().settings.secret_key)
    return redirect(url_for("accounts.sent_page"), 303)


@bp.get("/me/account/password")
@may(Act.CHANGE_PASSWORD, form=PasswordForm)
def password_page(form: PasswordForm) -> ResponseReturnValue:
    return render_template("accounts/password_page.html", form=form, account=get_account(actor().account_id))


@bp.post("/me/account/password")
@may(Act.CHANGE_PASSWORD, form=PasswordForm, page="accounts.password_page", before=hash_own)
def change_password(_form: PasswordForm, password_hash: str) -> ResponseReturnValue:
    verbs.set_password(get_account(actor().account_id), password_hash, actor())
    session.begin(verbs.renew(actor()))  # type: ignore[attr-defined]
    return redirect(url_for("participants.account", saved="password"), 303)


@bp.post("/me/account/sessions/end")
@may(Act.END_SESSION, form=SessionForm)
def end_session(form: SessionForm) -> ResponseReturnValue:
    chosen = form.session_id()
    if chosen is None:
        verbs.end_other_sessions(actor())
    else:
        verbs.end_session(chosen, actor())
    return redirect(url_for("participants.account", saved="sessions"), 303)


def _mail(form: AddressForm | SignInForm, purpose: Purpose, kind: str) -> None:
    email = normalised_email(form.email.data or "") or ""
    where = {"language": locale(), "next_path": entrance.next_page()}
    verbs.mail_link(purpose, kind, email, actor(), platform().settings.secret_key, **where)
