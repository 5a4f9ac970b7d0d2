"""Builders of mailed links; they need an open unit."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from consult.accounts.links import token_of
from consult.accounts.models import Account, EmailLink, Purpose
from consult.accounts.verbs import begin_link
from consult.foundation.db import session
from consult.foundation.mail import Mail
from consult.participants.models import Person
from tests.builders import the_platform
from tests.site import SECRET, Browser

TOLD = {"area_code": None, "age": "unknown", "role": "resident"}


def an_account(person: Person) -> Account:
    """The account of a person."""
    return session().get_one(Account, person.account_id)


def a_link(
    purpose: Purpose = Purpose.SIGN_IN,
    person: Person | None = None,
    *,
    address: str = "",
    at: datetime | None = None,
    **filled_in: Any,
) -> EmailLink:
    """A link that was mailed, to the address of a person where none is told."""
    account = an_account(person) if person is not None else None
    if purpose in {Purpose.REGISTER, Purpose.STAFF_INVITATION}:
        filled_in = {"name": "Nieuw Iemand", "told": TOLD, **filled_in}
    return begin_link(
        purpose,
        address or (account.email if account else "nieuw@voorbeeld.test"),
        the_platform(at),
        SECRET,
        language="nl",
        account_id=account.id if account else None,
        **filled_in,
    )


def token_in(link: EmailLink) -> str:
    """The token that stands in the address of a link."""
    return token_of(link.id, link.purpose, SECRET)


def mails(kind: str = "") -> list[Mail]:
    """The messages that are sent, the oldest first; of one kind where one is named."""
    wanted = select(Mail).where(Mail.sent_at.is_(None)).order_by(Mail.enqueued_at, Mail.id)
    return [mail for mail in session().scalars(wanted) if kind in {"", mail.kind}]


def newest_link() -> str:
    """The path to which the newest message leads, as its reader finds it."""
    facts = [mail.facts for mail in mails() if "link" in mail.facts]
    links = [link for link in session().scalars(select(EmailLink)) if any(str(link.id) == f["link"] for f in facts)]
    return f"/login/{token_in(max(links, key=lambda link: link.created_at))}"


def register(browser: Browser, email: str = "jan@voorbeeld.nl", name: str = "Jan", path: str = "", **typed: Any) -> Any:
    """Register in a browser and open the link that was mailed; returns the last answer."""
    answer = browser.post(path or "/register", {"email": email, "name": name, **typed})
    assert answer.status_code == 303, answer.text
    with browser.site.reading():
        link = newest_link()
    return browser.post(link)
