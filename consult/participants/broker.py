"""Signing in at the broker, coupling a sign-in there to an account, and the pages from which one goes and returns."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import entrance, errands, identities
from consult.accounts.models import Account, Aim, Attempt
from consult.accounts.passwords import normalised_email
from consult.accounts.queries import find_account, get_account
from consult.doors import actor, may, platform
from consult.foundation import oidc
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.forms import BaseForm
from consult.foundation.language import gettext as _
from consult.foundation.language import locale
from consult.foundation.text import one_line
from consult.participants.forms import ErrandForm
from consult.participants.verbs import register
from consult.policy import Act

LONGEST_NAME = 60

bp = Blueprint("broker", __name__)


def hear(_form: ErrandForm) -> tuple[Attempt, oidc.Told]:
    """Hear from the broker who came back, before the transaction."""
    return errands.hear(Act.SIGN_IN, Aim.SIGN_IN, Aim.COUPLE)


@bp.get("/login/broker")
@may(Act.SIGN_IN)
def sign_in_page() -> ResponseReturnValue:
    coupled = identities.count_identities(actor().account_id) if actor().is_authenticated else 0
    around = {"broker": _opens_accounts(), "coupled": coupled, "is_new": "new" in request.args}
    return render_template("broker/sign_in_page.html", **around, next=entrance.next_page())


@bp.post("/login/broker")
@may(Act.SIGN_IN, form=BaseForm, before=errands.set_out)
def set_out(_form: BaseForm, errand: oidc.Errand) -> ResponseReturnValue:
    _demand_accounts()
    return errands.send(Aim.SIGN_IN, errand, next_path=entrance.next_page())


@bp.post("/login/broker/couple")
@may(Act.CONNECT_SIGN_IN, form=BaseForm, page="broker.sign_in_page", before=errands.set_out)
def couple(_form: BaseForm, errand: oidc.Errand) -> ResponseReturnValue:
    _demand_accounts()
    return errands.send(Aim.COUPLE, errand, next_path=url_for("broker.sign_in_page"))


@bp.post("/login/broker/uncouple")
@may(Act.CONNECT_SIGN_IN, form=BaseForm, page="broker.sign_in_page")
def uncouple(_form: BaseForm) -> ResponseReturnValue:
    identities.uncouple(actor())
    return redirect(url_for("broker.sign_in_page"), 303)


@bp.get("/login/broker/go")
@may(Act.SIGN_IN)
def leave_page() -> ResponseReturnValue:
    state = request.args.get("state", "")
    attempt = identities.find_attempt(state)
    if attempt is None or not identities.is_own(attempt, errands.browsers(), actor().arrived_at):
        return render_template("broker/back_page.html", attempt=attempt, is_over=True, broker=platform().broker)
    return render_template(
        "broker/leave_page.html", address=errands.address_of(attempt, state), broker=errands.broker(), attempt=attempt
    )


@bp.get("/login/broker/back")
@may(Act.SIGN_IN, form=ErrandForm)
def back_page(form: ErrandForm) -> ResponseReturnValue:
    state, code = request.args.get("state", ""), request.args.get("code", "")
    attempt = identities.find_attempt(state)
    if attempt is not None and attempt.language != locale():
        return redirect(f"/{attempt.language}{request.full_path}", 303)
    is_over = attempt is None or not identities.is_own(attempt, errands.browsers(), actor().arrived_at)
    form.prefill(state=state, code=code)
    around = {"attempt": attempt, "is_over": is_over, "stopped": not code, "broker": platform().broker}
    return render_template("broker/back_page.html", **around, form=form)


@bp.post("/login/broker/finish")
@may(Act.SIGN_IN, form=ErrandForm, before=hear)
def finish(_form: ErrandForm, heard: tuple[Attempt, oidc.Told]) -> ResponseReturnValue:
    attempt, told = heard
    _demand_accounts()
    known = identities.identity_hash(platform().settings.secret_key, told.subject)
    if attempt.aim is Aim.COUPLE:
        return _couple(known)
    account = identities.find_account_of(known) or _newcomer(told, known)
    if account is None:
        return errands.forget_cookie(redirect(url_for("broker.sign_in_page", new=1), 303))
    return errands.forget_cookie(entrance.enter(account.id, attempt.next_path))


def _couple(known: bytes) -> ResponseReturnValue:
    if actor().account_id is None:
        raise NotNow(_("You were signed out meanwhile. Sign in and start again."))
    identities.couple(get_account(actor().account_id).id, known, actor())
    return redirect(url_for("broker.sign_in_page"), 303)


def _newcomer(told: oidc.Told, known: bytes) -> Account | None:
    """Make an account where the broker vouches for an address that is not known here; else it has to be coupled."""
    email = normalised_email(told.email) if told.email else None
    if email is None or find_account(email) is not None:
        return None
    name = one_line(told.name)[:LONGEST_NAME] or _("A resident")
    account = get_account(register(name, email, None, actor(), language=locale()).account_id)
    identities.couple(account.id, known, actor())
    return account


def _opens_accounts() -> oidc.Broker | None:
    """Return the broker where it opens accounts: a citizen service number only ever proves something in one round."""
    found = platform().broker
    return found if found is not None and not found.subject_is_bsn else None


def _demand_accounts() -> None:
    if _opens_accounts() is None:
        raise Conflict(_("There is no other place to sign in at here."))
