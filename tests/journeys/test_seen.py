from typing import Any

import pytest
from sqlalchemy import select

from consult.accounts.models import Account
from consult.accounts.verbs import sign_in
from consult.contributions.models import Contribution
from consult.doors import door_of
from consult.foundation import clock
from consult.foundation.db import session
from consult.policy import system
from consult.rounds.models import PhaseKind
from consult.voting.models import Choice, Mark
from tests import builders
from tests.house import who
from tests.house.test_seen_static import path_of
from tests.house.test_who import Doors
from tests.journeys import seen
from tests.journeys.people import served
from tests.shows import shows
from tests.site import COOKIE, Site
from tests.voting.builders import a_poll

PASSWORD = "een lange zin om te onthouden"
ROLES = ("visitor", "author", "resident", "representative", "moderator", "director", "admin")
STAFF = {"moderator", "director", "admin"}


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("R30", "R31", "R38")
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("role", ROLES)
def test_every_page_can_be_used_by_everybody(site: Site, browser: Any, role: str, language: str):
    with site.writing():
        world = who.a_world("open")
    person = world.people[role]
    with served(site) as address:
        context = browser.new_context(base_url=address)
        eye = seen.Eye(context, address)
        if person is not None:
            with site.writing():
                token = sign_in(person.account_id, system(clock.now()), with_factor=True)
            context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        page = context.new_page()
        faults = []
        for n, path in enumerate(pages_for(site, world, role)):
            if role in STAFF and n % 2 == (language == "nl"):
                continue  # pages of staff are looked at in one language and one scheme, by turns
            place = path if language == "nl" else f"/en{path}"
            faults += faults_at(page, place, "light" if language == "nl" else "dark")
        faults += eye.take()
        context.close()
    assert not faults, "\n".join(faults)


def faults_at(page: Any, place: str, scheme: str) -> list[str]:
    """Look at what stands at an address: nothing where that is a file.

    Where our policy lets no script run, axe would wait forever: then the same page is looked at without a policy.
    """
    answer = page.context.request.get(place)
    if "html" not in answer.headers.get("content-type", ""):
        return []
    if "sandbox" in answer.headers["content-security-policy"]:
        page.goto("about:blank")
        page.set_content(answer.text())
        return [f"{place}: {fault}" for fault in seen.violations(page)]
    page.goto(place)
    return seen.look(page, scheme)


def pages_for(site: Site, world: who.World, role: str) -> list[str]:
    """Every page that this role is let in to and that no role before it saw in the same shape."""
    doors, before = Doors(site, world, {}), ROLES[: ROLES.index(role)]
    public = {"read_site", "read_round", "read_contribution", "read_draft", "sign_in", "register"}
    paths = []
    for rule, method in doors.ways():
        if method != "GET" or doors.cell(rule, "open", role) != "ok":
            continue
        act = door_of(site.app.view_functions[rule.endpoint]).act.value
        known = any(doors.cell(rule, "open", earlier) == "ok" for earlier in before if earlier != "visitor")
        if not known and (role in {"visitor", "author"} or act not in public):
            paths.append(path_of(site, world, rule))
    return paths


@shows("R38")
def test_a_foreign_request_and_a_blocked_script_are_seen(site: Site, browser: Any):
    with served(site) as address:
        context = browser.new_context(base_url=address)
        eye = seen.Eye(context, address)
        page = context.new_page()
        page.goto("/login")
        page.evaluate("() => { const i = new Image(); i.src = 'http://127.0.0.2:9/a.png'; document.body.append(i); }")
        page.wait_for_timeout(200)
        assert any("policy blocked" in fault for fault in eye.take())
        page.evaluate(
            "() => { document.body.innerHTML = '<h1>a</h1><h1>b</h1><img src=x><p style=\"width:900px\">x</p>'; }"
        )
        told = " ".join(seen.look(page))
        assert "2 h1" in told
        assert "axe" in told
        assert "too wide" in told or "style" in told
        context.close()


def test_signing_in_putting_forward_and_voting_need_no_mouse(site: Site, browser: Any):
    with site.writing():
        builders.an_authority()
        collecting = builders.a_round(slug="verzamelen")
        voting = builders.a_round(slug="stemmen", phases=PhaseKind.PRIORITISE)
        a_poll(voting)
        person = builders.a_resident(password=PASSWORD)
        email = session().scalars(select(Account.email).where(Account.id == person.account_id)).one()
    with served(site) as address:
        context = browser.new_context(base_url=address)
        page = context.new_page()
        page.goto(f"/login?next=/rounds/{collecting.slug}/proposals/new")
        faults = seen.walk_by_keyboard(page)
        page.reload()
        seen.tab_to(page, "[name=email]")
        page.keyboard.type(email)
        seen.tab_to(page, "[name=password]")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        faults += seen.walk_by_keyboard(page)
        page.reload()
        seen.tab_to(page, "[name=title]")
        page.keyboard.type("Een bankje bij de vijver")
        seen.tab_to(page, "[name=text]")
        page.keyboard.type("Daar zit u in de zon.")
        seen.tab_to(page, "main form button[type=submit]")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: not url.endswith("/new"))
        page.goto(f"/rounds/{voting.slug}/vote")
        faults += seen.walk_by_keyboard(page)
        page.reload()
        seen.tab_to(page, "button[name=choice][value=against]")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        context.close()
    assert not faults, "\n".join(faults)
    with site.reading():
        assert session().scalars(select(Contribution.title).where(Contribution.round_id == collecting.id)).all() == [
            "Een bankje bij de vijver"
        ]
        assert session().scalars(select(Mark.value)).all() == [-1], Choice.AGAINST
