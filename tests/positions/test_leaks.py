import pytest

from consult.participants.queries import list_members
from consult.policy import MemberDuty
from consult.rounds.queries import get_round
from tests.builders import the_platform
from tests.house import who
from tests.house.test_seen_static import Walk
from tests.participants.builders import an_organisation, join, somebody
from tests.positions.builders import a_text, draft, on
from tests.shows import shows
from tests.site import Browser, Site


@shows("R22", "R27")
@pytest.mark.parametrize("role", ["visitor", "resident", "representative", "director"])
def test_no_page_holds_a_word_of_what_another_organisation_still_writes(empty_database, role):
    site = Site(empty_database)
    with site.writing():
        world = who.a_world("open")
        found = get_round(the_platform(), world.url["slug"])
        chair, second = somebody("Kanarie Voorzitter"), somebody("Kanarie Lid")
        body = an_organisation("Verzwegen", chair)
        join(body, second, MemberDuty.MEMBER)
        canary = a_text(
            found, {0: on(2, 3, "KANARIE thema")}, text="KANARIE tekst", interests="KANARIE belang", has_none=False
        )
        draft(found, body, chair, canary)
        an_organisation("Kanarie wacht", somebody("Kanarie Vrager"), state="asked")
        assert len(list_members(body.id)) == 2
    browser = Browser(site).as_(world.people[role])
    walk = Listening(browser, world, role)
    walk.run()
    heard = [path for path, text in walk.heard if "KANARIE" in text or "Kanarie" in text]
    if role == "director":  # who decides on organisations that ask
        heard = [path for path in heard if not path.removeprefix("/en").startswith("/staff/organisations")]
    assert not heard
    assert len(walk.heard) > 10


class Listening(Walk):
    """Walks everywhere and keeps what it heard: the page and its headers."""

    def __init__(self, browser, world, role):
        super().__init__(browser, world, role)
        self.heard = []

    def visit(self, path, source):
        answer = self.browser.get(path)
        words = answer.get_data(as_text=True) if answer.mimetype.startswith("text") or answer.is_json else ""
        self.heard.append((path, f"{answer.headers} {words}"))
        return super().visit(path, source)
