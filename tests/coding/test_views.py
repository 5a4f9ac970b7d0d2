"""The pages of this room, and that nobody can look up a first coding before the second is in."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from consult.coding.doubling import code_again, draw_sample
from consult.coding.framing import begin_frame
from consult.coding.models import Code, Double, Passage, Suggestion
from consult.coding.queries import list_codes
from consult.coding.verbs import code, suggest_missing
from consult.contributions.models import Contribution
from consult.contributions.verbs import rewrite
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.text import sanitize
from consult.rounds.models import Theme
from consult.synthesis.models import OutcomeKind
from consult.synthesis.verbs import set_outcome
from tests.builders import a_resident, the_platform
from tests.coding.builders import TEXT, a_text
from tests.house import who
from tests.shows import shows
from tests.site import Browser, Site
from tests.synthesis.builders import a_contribution
from tests.synthesis.test_views import Office, office, text_of

__all__ = ["office"]  # a fixture
SECOND = "Dan kan mijn moeder uitrusten."


@dataclass(frozen=True)
class Waiting:
    """An input that the first person coded, and that waits for the second person of the office."""

    office: Office
    one: Contribution
    double: Double

    @property
    def blind(self) -> Browser:
        return self.office.site.browser(self.office.people[1])


@pytest.fixture
def waiting(office: Office) -> Waiting:
    with office.site.writing():
        one = a_text(office.round)
        code(one, office.round.themes[:1], office.desk.writer)
        set_outcome(one, OutcomeKind.ADOPTED, "Past.", office.desk.writer)
        a_text(office.round, title="Nog een tekst")
        draw_sample(office.round, office.desk.writer)
        double = session().scalars(select(Double)).one()
    return Waiting(office, one, double)


def of(office: Office, one: Contribution) -> str:
    return f"{office.staff}/coding/{one.public_id}"


@shows("S50")
def test_ticked_sentences_get_a_theme_and_it_is_shown_what_became_of_them(office: Office) -> None:
    with office.site.writing():
        one = a_text(office.round)
    page = text_of(office.browser.get(f"{of(office, one)}/passages"))
    assert page.count('name="sentences"') == 3
    told = {"sentences": ["1"], "themes": ["t1"], "version": "1"}
    assert office.browser.post(f"{of(office, one)}/passages", told).status_code == 303
    assert f"“{SECOND}”" in text_of(office.browser.get(of(office, one)))
    with office.site.writing():
        held = session().get_one(Contribution, one.id)
        later = TEXT.replace("moeder", "oude moeder")
        rewrite(held, title="Bankjes", text=later, html=sanitize(later), at=clock.now())
    changed = text_of(office.browser.get(of(office, one)))
    assert "Dan kan mijn oude moeder uitrusten." in changed
    assert "veranderd: 91 %" in changed
    trace = text_of(
        office.site.browser().get(f"/rounds/{office.round.slug}/contributions/{one.public_id}", follow=True)
    )
    assert "Dan kan mijn oude moeder uitrusten.” (sindsdien veranderd)" in trace


def test_a_passage_without_words_or_themes_comes_back_with_what_was_typed(office: Office) -> None:
    with office.site.writing():
        one = a_text(office.round)
    answer = office.browser.post(f"{of(office, one)}/passages", {"version": "1", "themes": ["t2"]})
    again = text_of(answer, 422)
    assert "Vink een zin aan, of neem woorden over uit de tekst." in again
    assert re.search(r'<input[^>]*checked[^>]*value="t2"', again)
    answer = office.browser.post(f"{of(office, one)}/passages", {"version": "1", "quote": "bankjes bij"})
    assert "bankjes bij" in text_of(answer, 422)
    told = {"version": "1", "quote": "bankje bij", "themes": ["t1"]}
    assert office.browser.post(f"{of(office, one)}/passages", told).status_code == 409


def test_a_theme_is_taken_away_from_a_passage(office: Office) -> None:
    with office.site.writing():
        one = a_text(office.round)
    office.browser.post(f"{of(office, one)}/passages", {"quote": "bankjes", "themes": ["t1"], "version": "1"})
    with office.site.reading():
        passage = session().scalars(select(Passage.id)).one()
    assert office.browser.post(f"{of(office, one)}/passages/{passage}/end").status_code == 303
    with office.site.reading():
        assert list_codes([one.id]) == []
    assert office.browser.post(f"{of(office, one)}/passages/{passage}/end").status_code == 404


@shows("S50")
def test_a_suggestion_is_shown_with_its_method_and_confirmed_on_the_page_of_the_input(office: Office) -> None:
    with office.site.writing():
        for title in ("Bankjes bij de winkels", "Bankjes bij de bus"):
            code(a_text(office.round, f"{title}.", title), office.round.themes[:1], office.desk.writer)
        one = a_text(office.round, "Graag bankjes bij de winkels.", "Bankjes")
        suggest_missing(the_platform())
        suggestion = session().scalars(select(Suggestion.id)).one()
    page = text_of(office.browser.get(of(office, one)))
    for words in (
        "Voorgesteld door de computer",
        "bijdragen die het meest lijken, versie 2",
        "5 meest gelijkende, samen voor ten minste 40 %",
        "Bankjes bij de bus",
    ):
        assert words in page
    assert "Bankjes" in text_of(office.browser.get(f"{office.staff}/coding?show=suggested"))
    assert office.browser.post(f"{of(office, one)}/suggestions/{suggestion}", {"agrees": "perhaps"}).status_code == 400
    answer = office.browser.post(f"{of(office, one)}/suggestions/{suggestion}", {"agrees": "yes"})
    assert answer.status_code == 303
    after = text_of(office.browser.get(of(office, one)))
    assert "Voorgesteld door de computer" not in after
    assert "“Groen” past, zei een moderator" in after
    with office.site.reading():
        assert [one.theme.name for one in list_codes([one.id])] == ["Groen"]


def bare(page: str) -> str:
    """A page without what differs each time it is shown."""
    page = re.sub(r'(name="(?:csrf_token|form_key|read_at)"[^>]*value=")[^"]*', r"\1", page)
    return re.sub(r'(value=")[^"]*("[^>]*name="(?:csrf_token|form_key)")', r"\1\2", page)


@shows("S50")
def test_no_address_tells_who_codes_second_or_a_visitor_how_it_was_coded_first(waiting: Waiting) -> None:
    office, one = waiting.office, waiting.one
    slug, public = office.round.slug, f"/rounds/{office.round.slug}"
    with office.site.reading():
        other = session().scalars(select(Theme.id).where(Theme.round_id == office.round.id, Theme.code == "t2")).one()
    staff = [
        *(f"{office.staff}/coding{query}" for query in ("", "?theme=t1", "?theme=t2", "?show=done", "?show=suggested")),
        of(office, one),
        f"{of(office, one)}/passages",
        *(f"{office.staff}/coding/{page}" for page in ("double", "frame", f"double/{waiting.double.id}")),
        f"{office.staff}/coding/double/{waiting.double.id}/settle",
        f"{office.staff}/queue",
        f"{office.staff}/answers?step=to_sign",
    ]
    shared = [
        *(f"{public}/proposals{query}" for query in ("", "?theme=t1", "?theme=t2")),
        f"{public}/proposals/{one.public_id}",
        f"{public}/contributions/{one.public_id}",
        public,
        f"{public}/feed.atom",
    ]
    blind, visitor = waiting.blind, office.site.browser()
    ways = [*((blind, path) for path in [*staff, *shared]), *((visitor, path) for path in shared)]
    before = [bare(browser.get(path).get_data(as_text=True)) for browser, path in ways]
    with office.site.writing():
        held = session().scalars(select(Code).where(Code.contribution_id == one.id, Code.ended_at.is_(None))).one()
        held.theme_id = other
    after = [bare(browser.get(path).get_data(as_text=True)) for browser, path in ways]
    told = [path for (_browser, path), was, now in zip(ways, before, after, strict=True) if was != now]
    assert told == []
    assert len({*before}) > 10, slug
    seen = office.browser.get(of(office, one)).get_data(as_text=True)
    assert re.search(r'checked[^>]*value="t2"', seen), "the others go on with their work"


def test_who_is_to_code_second_can_change_nothing_of_it_elsewhere(waiting: Waiting) -> None:
    blind, path = waiting.blind, of(waiting.office, waiting.one)
    assert "Codeer deze bijdrage een tweede keer" in text_of(blind.get(path))
    assert blind.post(f"{path}/themes", {"themes": ["t2"]}).status_code == 409
    assert blind.get(f"{path}/passages").status_code == 409
    told = {"sentences": ["0"], "themes": ["t1"], "version": "1"}
    assert blind.post(f"{path}/passages", told).status_code == 409


@shows("S50")
def test_a_second_coding_is_given_compared_and_settled(waiting: Waiting) -> None:
    office, blind = waiting.office, waiting.blind
    page = f"{office.staff}/coding/double"
    task = f"{page}/{waiting.double.id}"
    assert task in text_of(blind.get(page))
    assert office.browser.get(task).status_code == 404
    assert "Kies ten minste één thema" in text_of(blind.post(task, {}), 422)
    assert blind.post(task, {"themes": ["t2"]}).status_code == 303
    assert blind.post(task, {"themes": ["t1"]}).status_code == 409
    shown = text_of(office.browser.get(page))
    assert "nog te beslissen" in shown
    assert f"{office.staff}/coding/double" in text_of(office.browser.get(f"{office.staff}/coding"))
    assert "kappa" in text_of(office.browser.get(f"{office.staff}/coding/double"))
    again = text_of(office.browser.post(f"{task}/settle", {"themes": ["t2"], "reason": ""}), 422)
    assert "Schrijf op waarom deze thema’s gelden." in again
    told = {"themes": ["t2"], "reason": "Het gaat over de weg."}
    assert office.browser.post(f"{task}/settle", told).status_code == 303
    assert "Het gaat over de weg." in text_of(office.browser.get(f"{task}/settle"))
    with office.site.reading():
        assert [one.theme.name for one in list_codes([waiting.one.id])] == ["Verkeer"]


def test_the_sample_is_drawn_from_the_page_and_only_the_team_sees_it(office: Office) -> None:
    with office.site.writing():
        for title in ("Aap", "Noot"):
            code(a_contribution(office.round, title), office.round.themes[:1], office.desk.writer)
        resident = a_resident()
    page = f"{office.staff}/coding/double"
    assert "Er moet nog één bijdrage bij." in text_of(office.browser.get(page))
    assert office.browser.post(page).status_code == 303
    assert "1 van 2 gecodeerde bijdragen zijn gekozen." in text_of(office.browser.get(page))
    assert office.browser.post(page).status_code == 409
    assert office.site.browser(resident).get(page).status_code == 403


def test_agreement_counts_on_the_page_as_it_is_measured(office: Office) -> None:
    with office.site.writing():
        desk = office.desk
        for n in range(20):
            code(a_contribution(office.round, f"Plan {n}"), office.round.themes[:1] if n % 2 else [], desk.writer)
        draw_sample(office.round, desk.writer)
        double = session().scalars(select(Double)).one()
        session().refresh(double, attribute_names=["contribution"])
        code_again(double, office.round.themes[:1], desk.second)
    page = text_of(office.browser.get(f"{office.staff}/coding/double"))
    assert "niet te bepalen" in page
    assert "Van één dubbel gecodeerde bijdrage: 1 hetzelfde." in page


@shows("S50")
def test_a_frame_is_written_copied_and_published_at_the_desk(office: Office) -> None:
    page, site = f"{office.staff}/coding/frame", office.site
    assert office.browser.post(page).status_code == 303
    assert office.browser.post(page).status_code == 409
    told = {"short": "Licht!", "name": "", "meaning": "Lantaarns"}
    again = text_of(office.browser.post(f"{page}/codes", told), 422)
    assert "Lantaarns" in again
    assert "Geef de code een naam." in again
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', text_of(office.browser.get(page)))
    assert key
    told = {"short": "licht", "name": "Verlichting", "meaning": "Lantaarns", "form_key": key.group(1)}
    assert office.browser.post(f"{page}/codes", told).status_code == 303
    line = re.search(r"frame/codes/([0-9a-f-]{36})", text_of(office.browser.get(page)))
    assert line
    told = {"name": "Groen en bomen", "meaning": "Ook gras", "is_retired": ""}
    assert "Groen" in text_of(office.browser.get(f"{page}/codes/{line.group(1)}"))
    assert office.browser.post(f"{page}/codes/{line.group(1)}", {"name": "Groen en bomen"}).status_code == 303
    assert "Kies een ronde" in text_of(office.browser.post(f"{page}/copy", {"frame_of": ""}), 422)
    assert office.browser.post(f"{page}/copy", {"frame_of": "bestaat-niet"}).status_code == 404
    text_of(office.browser.post(f"{page}/publish", {"reason": ""}), 422)
    assert office.browser.post(f"{page}/publish", {"reason": "Meer over licht."}).status_code == 303
    shown = text_of(office.browser.get(page))
    assert "Versie 1, gepubliceerd op" in shown
    assert "Meer over licht." in shown
    assert office.browser.post(f"{page}/publish", {"reason": "Nog eens."}).status_code == 404
    with site.reading():
        names = session().scalars(select(Theme.name).where(Theme.round_id == office.round.id).order_by(Theme.position))
        assert list(names) == ["Groen en bomen", "Verkeer", "Verlichting"]


def test_english_is_complete_on_these_pages(office: Office) -> None:
    with office.site.writing():
        begin_frame(office.round, office.desk.writer)
        one = a_text(office.round)
    for path, words in (
        ("/coding/double", "Coding twice"),
        ("/coding/frame", "The next version (1)"),
        (f"/coding/{one.public_id}/passages", "Tick the sentences"),
    ):
        assert words in text_of(office.browser.get(f"/en{office.staff}{path}"))


def test_only_who_may_settle_a_difference_is_led_to_it(site: Site) -> None:
    with site.writing():
        world = who.a_world("open")
    for role, is_led in (("moderator", True), ("director", False)):
        page = Browser(site).as_(world.people[role]).get(f"/staff/rounds/{world.url['slug']}/coding/double")
        assert ('/settle"' in page.text) is is_led
