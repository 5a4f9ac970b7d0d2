"""The whole app over one database, and browsers that visit it without a network."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from consult.accounts.verbs import sign_in
from consult.app import create_app
from consult.config import Settings
from consult.foundation import clock, forms
from consult.foundation.db import Database
from consult.participants.models import Person
from consult.policy import system
from tests import servers
from tests.second import SECRET

COOKIE = "consult"
ORIGIN = "http://localhost"


class _Compiled(BytecodeCache):
    """Templates compiled once for all apps of this process: half of what a page costs in a test."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()


def app_of(settings: Settings, database: Database) -> Flask:
    """Build the app, with the templates that this process compiled before."""
    app = create_app(settings, database)
    app.jinja_env.bytecode_cache = _compiled
    return app


def settings_for(database: Database, **changed: Any) -> Settings:
    """Return settings with which an app answers at http://localhost."""
    values: dict[str, Any] = {
        "database_url": database.url,
        "secret_key": SECRET,
        "base_url": ORIGIN,
        "files_dir": str(servers.run_folder() / "files"),
        **changed,
    }
    return Settings(**values)


class Site:
    """One app: `site.app`, `site.database`, `site.browser(person)`, `with site.writing(): …`.

    An app that served an earlier test may be handed on: all that it knows of its database stands in one place.
    """

    def __init__(self, database: Database, app: Flask | None = None, **changed: Any) -> None:
        self.database = database
        self.settings = settings_for(database, **changed)
        self.app = app or app_of(self.settings, database)
        known = self.app.extensions["consult"]
        self.app.extensions["consult"] = replace(known, database=database, settings=self.settings)

    def writing(self) -> AbstractContextManager[Session]:
        """Arrange things in one transaction that is kept."""
        return self.database.writing()

    def reading(self) -> AbstractContextManager[Session]:
        """Look at what is there."""
        return self.database.reading()

    def browser(self, person: Person | None = None) -> "Browser":
        """Return a browser, of a visitor or with a person signed in; not inside `writing()`."""
        return Browser(self).as_(person)


class Browser:
    """A browser without a screen: keeps its cookie, sends Origin, and puts the token into forms."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.client = site.app.test_client()

    def as_(self, person: Person | None) -> "Browser":
        """Sign in as this person, or out for None, without visiting the page for it."""
        self.client.delete_cookie(COOKIE)
        if person is not None:
            with self.site.writing():
                self.client.set_cookie(COOKIE, sign_in(person.account_id, system(clock.now()), with_factor=True))
        return self

    @property
    def token(self) -> str | None:
        """What the session cookie holds."""
        cookie = self.client.get_cookie(COOKIE)
        return cookie.value if cookie is not None else None

    def get(self, path: str, *, follow: bool = False, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Fetch a page; redirects are followed only when asked."""
        return self.client.get(path, follow_redirects=follow, headers=dict(headers or {}))

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        follow: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a form with its token and our own origin; what `data` and `headers` say wins."""
        filled = {"csrf_token": self.form_token(), **(data or {})}
        sent = {"Origin": ORIGIN, **(headers or {})}
        return self.client.post(path, data=filled, headers=sent, follow_redirects=follow)

    def form_token(self) -> str:
        """Return the token that a form shown to this browser would hold."""
        with _sealed(self.site, self.token):
            return forms.token()


@contextmanager
def _sealed(site: Site, token: str | None) -> Iterator[None]:
    earlier = forms.sealing.set(forms.Sealing(site.settings.secret_key.encode(), token or "visitor"))
    try:
        yield
    finally:
        forms.sealing.reset(earlier)
