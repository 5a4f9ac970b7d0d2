"""How somebody comes in by the web: from where, with what, and to which page afterwards."""

import uuid

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from consult.accounts import verbs
from consult.accounts.devices import device_of, place_of
from consult.accounts.passwords import SHORTEST, hashed, weakness
from consult.accounts.queries import find_account, is_known_place
from consult.doors import actor, platform
from consult.foundation.forms import BadForm
from consult.foundation.language import gettext as _
from consult.foundation.limits import count_try
from consult.foundation.web import client_network, local_path

SECOND = "second.code_page"
MAILS_A_DAY = 5  # to one address
LINKS_AN_HOUR = 60  # from one network
DAY, HOUR = 86_400, 3_600


def enter(account_id: uuid.UUID, target: str = "", *, with_password: bool = False) -> ResponseReturnValue:
    """Begin a session in this browser, and go where the person was going."""
    device = device_of(request.user_agent.string)
    return onward(verbs.sign_in(account_id, actor(), device=device, place=place(), with_password=with_password), target)


def onward(token: str, target: str = "") -> ResponseReturnValue:
    """Give the browser its new token, and go on: to the second factor where it is awaited, else to the target.

    Without a target staff go to their desk and others to their own page.
    """
    session.begin(token)  # type: ignore[attr-defined]
    holder = platform().name_actor(token)
    if holder.awaits_factor:
        return redirect(url_for(SECOND, next=target or None), 303)
    return redirect(target or url_for("pages.desk" if holder.is_staff else "pages.me"), 303)


def next_page() -> str:
    """Return the page to go to afterwards, when it is one of ours."""
    return local_path(request.args.get("next"), "")


def place() -> str:
    """Return a keyed hash of the network from which this request came."""
    return place_of(client_network(), platform().settings.secret_key)


def own_place(email: str) -> str:
    """Return this place when the holder of the account signed in from it before, else nothing.

    Tries from there are counted apart, so that nobody else's tries lock the holder out.
    """
    with platform().database.reading():
        account = find_account(email)
        is_known = is_known_place(account.id if account else None, place())
    return place() if is_known else ""


def count_mail(email: str) -> None:
    """Count a mail that anybody can have sent to an address: five a day, known or not."""
    many = _("We sent as many messages to this address today as we may. Use the newest one, or try again tomorrow.")
    database = platform().database
    count_try(database, f"link|{client_network()}", limit=LINKS_AN_HOUR, seconds=HOUR)
    count_try(database, f"mail|{email}|{own_place(email)}", limit=MAILS_A_DAY, seconds=DAY, sentence=many)


def hash_new(field: Field, *known: str, shortest: int = SHORTEST) -> str:
    """Hash a new password before the transaction; one that anybody here would try comes back as a mistake."""
    problem = weakness(field.data or "", *known, *platform().own_names(), shortest=shortest)
    if problem:
        raise BadForm(field, problem)
    return hashed(field.data)
