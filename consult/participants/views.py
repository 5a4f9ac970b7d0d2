"""Registering as a resident, and the list of people who work for the authority."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from consult.accounts.forms import RegisterForm
from consult.accounts.passwords import hashed, normalised_email
from consult.accounts.queries import find_account
from consult.accounts.verbs import sign_in
from consult.doors import actor, may, platform
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.foundation.limits import count_try
from consult.foundation.web import client_address, local_path
from consult.participants import queries, verbs
from consult.participants.forms import PersonForm
from consult.policy import Act

bp = Blueprint("participants", __name__)


def hash_password(form: Any) -> str:
    """Hash the password that was typed, before the transaction; at most twenty times an hour from one place."""
    database = platform().database
    count_try(database, f"register|{client_address()}", limit=20, seconds=3600)
    with database.reading():
        if find_account(normalised_email(form.email.data or "") or "") is not None:
            raise BadForm(form.email, _("There is an account with this address already. Sign in with it."))
    return hashed(form.password.data)


@bp.get("/register")
@may(Act.REGISTER, form=RegisterForm)
def register_page(form: RegisterForm) -> ResponseReturnValue:
    return render_template("participants/register_page.html", form=form, next=_next())


@bp.post("/register")
@may(Act.REGISTER, form=RegisterForm, page="participants.register_page", before=hash_password)
def register(form: RegisterForm, password_hash: str) -> ResponseReturnValue:
    email = normalised_email(form.email.data or "") or ""
    account_id = verbs.register(form.name.data or "", email, password_hash, actor()).account_id
    if account_id is not None:
        session.begin(sign_in(account_id, actor()))  # type: ignore[attr-defined]
    return redirect(_next() or url_for("pages.me"), 303)


@bp.get("/staff/people")
@may(Act.READ_PEOPLE, form=PersonForm)
def people(form: PersonForm) -> ResponseReturnValue:
    return render_template("participants/people.html", form=form, people=queries.list_staff())


@bp.post("/staff/people")
@may(Act.CREATE_PERSON, form=PersonForm, page="participants.people", before=hash_password)
def create_person(form: PersonForm, password_hash: str) -> ResponseReturnValue:
    email = normalised_email(form.email.data or "") or ""
    verbs.create_person(form.name.data or "", email, form.role.data, password_hash, actor())
    return redirect(url_for("participants.people"), 303)


def _next() -> str:
    """Return the page to go to afterwards, when it is one of ours."""
    return local_path(request.args.get("next"), "")
