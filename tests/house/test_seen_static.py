import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import html5lib
import pytest
from sqlalchemy import select

from consult.contributions.models import PUT_FORWARD, Contribution
from consult.doors import door_of
from consult.foundation.db import Base
from consult.rounds.models import PhaseKind, Round
from tests import looking
from tests.house import who
from tests.house.routes import QUIET
from tests.shows import shows
from tests.site import ORIGIN, Browser, Site

MOST = 150  # pages for one person
ROLES = ("visitor", "author", "resident", "representative", "moderator", "director", "admin")
IN_ENGLISH = (  # pages on which most stands that others wrote
    "pages.home",
    "pages.round_page",
    "pages.proposals",
    "pages.proposal",
    "pages.contribution",
    "pages.me",
    "proposals.new_page",
    "proposals.receipt",
    "proposals.history",
    "voting.vote",
)
OF_STAFF = ("pages.desk", "moderation.queue")
PRESSED = {"moderation.merge", "landscape.answer"}  # the choice is a button of its own, so there is no field to mark
WRITTEN_ANYHOW = {"signed_in", "rate_count", "kept_text"}


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@pytest.fixture
def house(site: Site) -> tuple[Site, who.World]:
    with site.writing():
        world = who.a_world("open")
    return site, world


@shows("R29", "R31", "R32", "R33")
@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_somebody_comes_to_is_in_order(house, role):
    site, world = house
    browser = Browser(site).as_(world.people[role])
    before = prints(site)
    walk = Walk(browser, world, role)
    walk.run()
    assert not walk.faults, "\n".join(walk.faults)
    assert prints(site) == before
    assert len(walk.kinds) >= 10


@pytest.mark.parametrize("phase", [PhaseKind.COLLECT, PhaseKind.PRIORITISE])
@pytest.mark.parametrize("role", ["visitor", "author", "representative", "moderator", "director", "admin"])
def test_a_form_that_comes_back_with_mistakes_is_in_order(site, role, phase):
    with site.writing():
        world = who.a_world("open", phase)
    browser = Browser(site).as_(world.people[role])
    faults = []
    for rule in site.app.url_map.iter_rules():
        door = door_of(site.app.view_functions[rule.endpoint])
        if door is None or door.page is None or rule.endpoint in PRESSED:
            continue
        path = path_of(site, world, rule)
        if f'action="{path}"' not in browser.get(path_of(site, world, page_of(site, door.page))).text:
            continue  # this person is not shown the form now
        answer = browser.post(path)
        if answer.status_code == 422:
            faults += [f"{path} with mistakes: {fault}" for fault in looking.faults_in(answer)]
            if 'id="errors"' not in answer.text:
                faults.append(f"{path} with mistakes: has no summary of the mistakes")
            if 'aria-invalid="true"' not in answer.text and 'class="field bad"' not in answer.text:
                faults.append(f"{path} with mistakes: no field is marked")
        elif answer.status_code >= 500:
            faults.append(f"{path} with nothing in it: {answer.status_code}")
    assert not faults, "\n".join(faults)


@shows("R32", "R36")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", "/", 405),
        ("POST", "/login", 403),
        ("GET", "/static/consult.css", 200),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/en/nowhere", 404),
        ("GET", "/me", 303),
    ],
)
def test_every_other_answer_is_in_order_too(site, method, path, status):
    answer = site.app.test_client().open(path, method=method, base_url=ORIGIN)
    assert answer.status_code == status
    assert looking.faults_in(answer) == []
    assert not re.search(r"Traceback|\.py\b|select |sqlalchemy", answer.text, re.IGNORECASE) or path.endswith(".css")


def test_a_visitor_gets_no_cookie(house):
    site, world = house
    browser = Browser(site)
    for path in ("/", "/login", "/register", f"/rounds/{world.url['slug']}", f"/rounds/{world.url['slug']}/vote"):
        assert "Set-Cookie" not in browser.get(path).headers, path


@shows("R30")
def test_words_in_another_language_than_the_page_are_marked_with_it(house):
    site, world = house
    with site.reading() as unit:
        subject = unit.scalars(select(Round).where(Round.slug == world.url["slug"])).one()
        said = {subject.title, subject.question, *subject.can_influence, *subject.cannot_influence}
        put_forward = select(Contribution.title, Contribution.text).where(Contribution.kind.in_(PUT_FORWARD))
        said |= {words for row in unit.execute(put_forward) for words in row}
    found = []
    for role in ("visitor", "author", "moderator"):
        browser = Browser(site).as_(world.people[role])
        for endpoint in IN_ENGLISH if role != "moderator" else OF_STAFF:
            path = f"/en{path_of(site, world, page_of(site, endpoint))}"
            page = html5lib.parse(browser.get(path).text, namespaceHTMLElements=False)
            found += [f"{path}: {words}" for words in looking.unmarked(page, said)]
    assert not found, "\n".join(found)
    page = html5lib.parse(browser.get(path).text.replace(' lang="nl"', ""), namespaceHTMLElements=False)
    assert list(looking.unmarked(page, said))


FINE = (
    "<!doctype html><html lang=nl><head><title>T</title></head><body><main><h1>H</h1>{}</main>"
    "<p id=a>a</p></body></html>"
)


@pytest.mark.parametrize(
    "planted",
    [
        "<h1>two</h1>",
        "<h3>skips</h3>",
        "<p id=b></p><p id=b></p>",
        "<input name=a>",
        "<label for=none>x</label>",
        "<p style='a:b'>x</p>",
        "<p onclick=x>x</p>",
        "<script>1</script>",
        "<a href='javascript:x'>x</a>",
        "<img src='https://elsewhere.test/a.png' alt=x>",
        "<img src=a.png>",
        "<form method=post action='/x'></form>",
        "<a href='/x'></a>",
        "<a href='#none'>x</a>",
        "<ul><p>x</p></ul>",
        "<p><div>x</div></p>",
        "<table><tr><th>x</th></tr></table>",
        "<p>%(name)s</p>",
        "<p>{{ name }}</p>",
    ],
)
def test_each_fault_is_seen(planted):
    assert looking.faults_of(FINE.format("")) == []
    assert looking.faults_of(FINE.replace("{}", planted))


class Walk:
    """Goes to every page there is an address for, and from there along every link that is shown."""

    def __init__(self, browser: Browser, world: who.World, role: str) -> None:
        self.browser, self.world, self.role = browser, world, role
        self.faults: list[str] = []
        self.kinds: set[str] = set()

    def run(self) -> None:
        site = self.browser.site
        known = [
            path_of(site, self.world, rule)
            for rule in site.app.url_map.iter_rules()
            if rule.endpoint != "static" and "GET" in (rule.methods or set()) - QUIET
        ]
        waiting = [(path, "") for path in sorted(known)] + [(f"/en{path}", "") for path in sorted(known)]
        while waiting and len(self.kinds) < MOST:
            path, source = waiting.pop(0)
            if (kind := self.kind(path)) in self.kinds:
                continue
            self.kinds.add(kind)
            waiting += [(link, path) for link in self.visit(path, source)]

    def visit(self, path: str, source: str) -> list[str]:
        answer = self.browser.get(path)
        self.faults += [f"{path}: {fault}" for fault in looking.faults_in(answer, self.role != "visitor")]
        if answer.status_code >= 500:
            self.faults.append(f"{path}: {answer.status_code}")
        elif source and answer.status_code >= 400:
            self.faults.append(f"{path}: {answer.status_code}, but {source} shows a link to it")
        if answer.mimetype != "text/html" or answer.status_code != 200:
            return []
        page = html5lib.parse(answer.text, namespaceHTMLElements=False)
        wanted = "en" if path.startswith("/en") else "nl"
        if page.get("lang") != wanted:
            self.faults.append(f"{path}: is in {page.get('lang')}")
        links = (one.get("href") or "" for one in page.iter("a"))
        return [link.split("#")[0] for link in links if link.startswith(("/", "?")) and not link.startswith("//")]

    def kind(self, path: str) -> str:
        """An address without what makes it one of many."""
        parts = urlsplit(path)
        inner = parts.path.removeprefix("/en") or "/"
        adapter = self.browser.site.app.url_map.bind("localhost")
        try:
            endpoint = str(adapter.match(inner, method="GET")[0])
        except Exception:
            endpoint = inner
        names = sorted({name for name, _ in parse_qsl(parts.query)} - {"start", "next"})
        return f"{'en' if parts.path.startswith('/en') else 'nl'} {endpoint} {' '.join(names)}"


def path_of(site: Site, world: who.World, rule: Any) -> str:
    values = {**world.url, **world.elsewhere.get(rule.endpoint, {})}
    with site.app.test_request_context(base_url=ORIGIN):
        built = rule.build({name: values[name] for name in rule.arguments})
    assert built is not None
    return built[1]


def page_of(site: Site, endpoint: str) -> Any:
    return next(site.app.url_map.iter_rules(endpoint))


def prints(site: Site) -> dict[str, str]:
    """A hash of every table that a page may not change."""
    found = {}
    with site.database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in WRITTEN_ANYHOW and table.name != "entry":
                rows = sorted(map(repr, connection.execute(select(table))))
                found[table.name] = hashlib.sha256("".join(rows).encode()).hexdigest()
    return found
