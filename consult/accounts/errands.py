"""How a browser goes to the broker of sign-ins and comes back; what it came for is up to the rooms that sent it.

Going is asked for with a button, so a visitor's browser gets a cookie then: only with it, within ten minutes,
can what comes back be used. Whoever is signed in has a session for that. Coming back only shows a page with a
button; pressing that trades the code, and changes what is to be changed.
"""

import secrets
from typing import Any

from flask import current_app, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import identities
from consult.accounts.models import Aim, Attempt
from consult.doors import actor, platform
from consult.foundation import oidc
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import locale
from consult.foundation.limits import count_try
from consult.foundation.web import arrived_at, client_network
from consult.policy import Act

AN_HOUR = 3600
ERRANDS_AN_HOUR = 60  # from one network


def broker() -> oidc.Broker:
    """Return the broker of this installation. Refused where there is none."""
    found = platform().broker
    if found is None:
        raise Conflict(_("There is no other place to sign in at here."))
    return found


def back() -> str:
    """Return the one address to which the broker sends browsers back."""
    return f"{platform().settings.base_url}/login/broker/back"


def set_out(_form: Any) -> oidc.Errand:
    """Make sure that the broker answers, before the transaction, and draw the secrets of one errand to it."""
    count_try(platform().database, f"broker|{client_network()}", limit=ERRANDS_AN_HOUR, seconds=AN_HOUR)
    errand = oidc.new_errand()
    broker().address(errand, back())
    return errand


def send(aim: Aim, errand: oidc.Errand, *, about: str = "", next_path: str = "") -> ResponseReturnValue:
    """Remember the errand, and send the browser to the page from which it leaves for the broker."""
    token = secrets.token_urlsafe(32) if actor().is_anonymous else (_session_token() or "")
    identities.begin_attempt(aim, errand, token, actor(), language=locale(), about=about, next_path=next_path)
    answer = make_response(redirect(url_for("broker.leave_page", state=errand.state), 303))
    if actor().is_anonymous:
        secure, life = platform().settings.is_https, identities.LIFE
        answer.set_cookie(_cookie(), token, life, path="/", secure=secure, httponly=True, samesite="Lax")
    return answer


def address_of(attempt: Attempt, state: str) -> str:
    """Return where the browser of an errand goes to sign in."""
    return broker().address(oidc.Errand(state, attempt.nonce, attempt.verifier), back())


def browsers() -> list[str]:
    """Return the secrets that this browser holds."""
    return [token for token in (_session_token(), request.cookies.get(_cookie())) if token]


def hear(act: Act, *aims: Aim, about: str = "") -> tuple[Attempt, oidc.Told]:
    """Use up the errand that this browser came back from, and return it with what the broker tells.

    Before the transaction: the broker takes its time. Refused when the errand is over, not this browser's or
    about another round, when the broker is down, and when its word is not to be trusted: that is noted, without
    any name.
    """
    state, database = request.form.get("state", ""), platform().database
    attempt = database.write(lambda: identities.end_attempt(state, aims, browsers(), arrived_at()))
    if attempt.about != about:
        raise NotNow(_("This sign-in was for something else. Please start again."))
    errand = oidc.Errand(state, attempt.nonce, attempt.verifier)
    try:
        return attempt, broker().hear(errand, back(), request.form.get("code", ""))
    except oidc.Untrusted as problem:
        current_app.logger.warning("the word of the broker of sign-ins was not believed: %s", problem.why)
        why = problem.why
        database.write(lambda: identities.note_untrusted(act, why, arrived_at()))
        raise


def forget_cookie(answer: ResponseReturnValue) -> ResponseReturnValue:
    """Take the cookie of an errand away with this answer."""
    response = make_response(answer)
    if request.cookies.get(_cookie()):
        response.delete_cookie(_cookie(), path="/", secure=platform().settings.is_https, httponly=True, samesite="Lax")
    return response


def _session_token() -> str | None:
    found: str | None = getattr(session, "token", None)
    return found


def _cookie() -> str:
    return "__Host-consult-errand" if platform().settings.is_https else "consult-errand"
