"""Signing in and out."""

import uuid

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import verbs
from consult.accounts.forms import SignInForm
from consult.accounts.passwords import matches, normalised_email
from consult.accounts.queries import find_account
from consult.doors import actor, may, platform
from consult.foundation.forms import BadForm, BaseForm
from consult.foundation.language import gettext as _
from consult.foundation.limits import count_try
from consult.foundation.web import arrived_at, client_address, local_path
from consult.policy import Act

bp = Blueprint("accounts", __name__)


def check_password(form: SignInForm) -> uuid.UUID:
    """Return the account whose password this is; counted, and outside the transaction of signing in."""
    email = normalised_email(form.email.data or "") or ""
    database = platform().database
    count_try(database, f"sign-in|{email}", f"sign-in|{client_address()}", limit=10, seconds=300)
    with database.reading():
        account = find_account(email)
    usable = account is not None and account.disabled_at is None
    right = matches(account.password_hash if account is not None and usable else None, form.password.data or "")
    if account is None or not right:
        account_id = account.id if account is not None else None
        database.write(lambda: verbs.note_failure(account_id, arrived_at()))
        raise BadForm(form.password, _("This e-mail address and password do not belong together."))
    return account.id


@bp.get("/login")
@may(Act.SIGN_IN, form=SignInForm)
def sign_in_page(form: SignInForm) -> ResponseReturnValue:
    return render_template("accounts/sign_in_page.html", form=form, next=_next())


@bp.post("/login")
@may(Act.SIGN_IN, form=SignInForm, page="accounts.sign_in_page", before=check_password)
def sign_in(form: SignInForm, account_id: uuid.UUID) -> ResponseReturnValue:
    token = verbs.sign_in(account_id, actor())
    session.begin(token)  # type: ignore[attr-defined]
    return redirect(_next() or url_for("pages.me"), 303)


@bp.post("/logout")
@may(Act.SIGN_OUT, form=BaseForm)
def sign_out(_form: BaseForm) -> ResponseReturnValue:
    verbs.sign_out(actor())
    session.end()  # type: ignore[attr-defined]
    return redirect(url_for("pages.home"), 303)


def _next() -> str:
    """Return the page to go to after signing in, when it is one of ours."""
    return local_path(request.args.get("next"), "")
