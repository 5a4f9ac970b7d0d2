"""People with a browser of their own each, who look at every page they come to."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from consult.foundation.language import gettext
from consult.serving import server_of
from tests import second
from tests.accounts.builders import newest_link
from tests.journeys import seen
from tests.site import Site, app_of, settings_for


@contextmanager
def served(site: Site, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve the app of a site's database on a free port of this machine, and return its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://{host}:{listening.getsockname()[1]}"
    app = app_of(settings_for(site.database, base_url=address), site.database)
    server = server_of(app, listening, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.close()
        thread.join(10)


class People:
    """Everybody on one server; each has cookies of their own."""

    def __init__(self, site: Site, browser: Any, scripts: bool = True, host: str = "127.0.0.1") -> None:
        self.site, self.browser, self.scripts, self.host = site, browser, scripts, host
        self.contexts: list[Any] = []
        is_examined = scripts and site.database.engine.dialect.name == "sqlite"  # a page reads the same on both
        self.known: set[str] | None = set() if is_examined else None  # kinds of pages that somebody examined

    def __enter__(self) -> Self:
        self._served = served(self.site, self.host)
        self.address = self._served.__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        for context in self.contexts:
            context.close()
        self._served.__exit__(*problem)

    def new(self, name: str) -> "Someone":
        """Return somebody who has not been here yet."""
        context = self.browser.new_context(base_url=self.address, java_script_enabled=self.scripts, locale="nl-NL")
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        return Someone(name, context.new_page(), seen.Eye(context, self.address), self.known, self.site)


class Someone:
    """One person; words are the platform's own, shown in Dutch."""

    def __init__(self, name: str, page: Any, eye: seen.Eye, known: set[str] | None, site: Site) -> None:
        self.name, self.page, self.eye, self.known, self.site = name, page, eye, known, site
        self.secret, self.step = second.APP, 0  # of the app on their phone, and the last code that they gave
        self.codes: list[str] = []  # on paper, for when the phone is lost

    def go(self, path: str) -> None:
        """Open an address of the platform."""
        answer = self.page.goto(path)
        assert answer.status < 400, (self.name, path, answer.status, self.words())
        self.look()

    def look(self) -> None:
        """Look at the page as it stands; every new kind of page is examined whole."""
        assert self.page.locator("h1").count() == 1, (self.name, self.page.url)
        kind = re.sub(r"/[0-9a-z]{10}(?=/|$)|/[0-9a-f-]{36}(?=/|$)", "/id", self.page.url.split("?")[0])
        faults = self.eye.take()
        if self.known is not None and kind not in self.known:
            self.known.add(kind)
            faults += seen.look(self.page)
        assert not faults, (self.name, *faults)

    def words(self) -> str:
        """Return what the page says."""
        return str(self.page.locator("main").inner_text())

    def sees(self, words: str) -> None:
        """Make sure that the page says something."""
        assert words in self.words(), (self.name, self.page.url, words, self.words())

    def fill(self, **fields: str) -> None:
        """Type into fields by their names."""
        for name, value in fields.items():
            self.page.locator(f"main form [name='{name}']").first.fill(value)

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return str(self.page.locator(f"main form [name='{name}']").first.input_value())

    def choose(self, name: str, wanted: str | re.Pattern[str]) -> None:
        """Choose from a list or from radio buttons, by value or by words."""
        field = self.page.locator(f"main [name='{name}']")
        is_radio = field.first.evaluate("f => f.type") == "radio"
        if isinstance(wanted, re.Pattern) and is_radio:
            self.page.get_by_role("radio", name=wanted).check()
        elif is_radio:
            self.page.locator(f"main [name='{name}'][value='{wanted}']").check()
        elif isinstance(wanted, str):
            field.first.select_option(wanted)
        else:
            found = next(o for o in field.first.locator("option").all() if wanted.search(o.inner_text()))
            field.first.select_option(found.get_attribute("value"))

    def click(self, what: Any) -> None:
        """Click on what leads to a page, and look at that page once it is there: a click does not wait for it."""
        with self.page.expect_navigation():
            what.click()
        self.look()

    def press(self, words: str) -> None:
        """Press a button by its words, and look at what comes."""
        self.click(self.page.get_by_role("button", name=gettext(words), exact=True).first)
        assert self.page.locator("#errors").count() == 0, (self.name, words, self.words())

    def follow(self, words: str) -> None:
        """Follow a link by its words, and look at what comes."""
        self.click(self.page.get_by_role("link", name=gettext(words), exact=True).first)

    def follow_text(self, words: str) -> None:
        """Follow a link in the main part by what it holds."""
        self.click(self.page.locator("main a", has_text=words).first)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in with a password and, where it is asked, with the code of an app; the first time it is set up."""
        self.go("/login")
        self.fill(email=email, password=password)
        self.press("Sign in")
        if "/login/second" in self.page.url:
            self.take_second_step()

    def take_second_step(self) -> None:
        """Give the code of an app; the first time it is set up, and the recovery codes are saved."""
        is_new = "/login/second/new" in self.page.url
        if is_new:
            self.secret = self.page.locator("code.key").text_content().replace(" ", "")
        self.step = second.unused_step(self.step)
        self.fill(one_time_code=second.code_of(self.step, self.secret))
        self.press("Switch it on" if is_new else "Sign in")
        if "/login/second/codes" in self.page.url:
            self.codes = self.page.locator(".recovery code").all_text_contents()
            self.page.locator("[name=is_saved]").check()
            self.press("Go on")

    def register(self, name: str, email: str, password: str = "") -> None:
        """Make an account."""
        self.go("/register")
        self.make_account(name, email, password)

    def make_account(self, name: str, email: str, password: str = "") -> None:
        """Fill in who one is, and open the link that is mailed."""
        self.fill(name=name, email=email, password=password)
        self.press("Make my account")
        self.open_link("Make my account")

    def open_link(self, words: str) -> None:
        """Open the link that was mailed last, and press its button."""
        with self.site.reading():
            path = newest_link()
        self.go(path)
        self.press(words)

    def merge(self, title: str, into: str) -> None:
        """Join one proposal with another, as a moderator does."""
        self.go("/staff/rounds/wijken-2040/queue?state=published")
        self.follow_text(title)
        self.follow("Join it with another one")
        self.follow_text(into)
        self.press("Join them")

    def vote(self, title: str, choice: str) -> None:
        """Say what one thinks of a proposal, with one press."""
        row = self.page.locator("ol.ballot > li", has_text=title)
        self.click(row.locator(f"button[value='{choice}']"))
        assert self.page.locator("#errors").count() == 0, (self.name, self.words())
