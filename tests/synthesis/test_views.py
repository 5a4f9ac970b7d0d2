import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from consult.coding import verbs as coding
from consult.contributions.models import Contribution, Kind
from consult.foundation.db import session
from consult.moderation.verbs import merge
from consult.participants.models import Person
from consult.policy import Duty, Role
from consult.rounds.models import Round
from consult.synthesis import releasing, verbs
from consult.synthesis.drafts import find_newest
from consult.synthesis.models import Draft, DraftState, OutcomeKind, Paragraph, Section, SourceLink
from consult.synthesis.queries import coverage
from tests.builders import a_member_of_staff, a_resident, a_round, acting, an_authority, appoint
from tests.shows import shows
from tests.site import Browser, Site
from tests.synthesis.builders import Desk, a_contribution, a_draft, a_paragraph, a_precondition, published


@dataclass(frozen=True)
class Office:
    """A round, two moderators, and a browser in which the first one is signed in."""

    site: Site
    round: Round
    people: tuple[Person, Person]
    browser: Browser

    @property
    def desk(self) -> Desk:
        """The same for verbs; needs an open unit."""
        return Desk(self.round, acting(self.people[0]), acting(self.people[1]))

    @property
    def staff(self) -> str:
        """Where the pages of this round's team begin."""
        return f"/staff/rounds/{self.round.slug}"


@pytest.fixture
def office(site: Site) -> Office:
    with site.writing():
        an_authority()
        found = a_round()
        people = (a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.MODERATOR))
        for person in people:
            appoint(found, person, Duty.MODERATOR)
    return Office(site, found, people, site.browser(people[0]))


@contextmanager
def counted(site: Site) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            said.append(statement)

    event.listen(site.database.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(site.database.engine, "before_cursor_execute", note)


def publish_on_its_page(browser: Browser, staff: str) -> TestResponse:
    """Send the form of the page on which a version is published, as it stands there."""
    found = re.search(r'name="read_at" value="([^"]+)"', text_of(browser.get(f"{staff}/publish")))
    assert found is not None
    return browser.post(f"{staff}/publish", {"read_at": found.group(1)})


def text_of(answer: TestResponse, status: int = 200) -> str:
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def a_weighed_set(office: Office) -> list[Contribution]:
    """One of each: untouched, coded, adopted without a place, and not adopted."""
    found = [a_contribution(office.round, title) for title in ("Aap", "Noot", "Mies", "Wim")]
    desk = office.desk
    for one in found[1:]:
        coding.code(one, office.round.themes[:1], desk.writer)
    verbs.set_outcome(found[2], OutcomeKind.ADOPTED, "Past.", desk.writer)
    verbs.set_outcome(found[3], OutcomeKind.NOT_ADOPTED, "Te duur.", desk.writer)
    a_contribution(office.round, "Eens", kind=Kind.ARGUMENT)
    return found


PAGES = ("coding", "draft")


@pytest.mark.parametrize("page", PAGES)
def test_only_the_team_of_a_round_sees_its_workbench(office: Office, page: str) -> None:
    with office.site.writing():
        resident, stranger = a_resident(), a_member_of_staff(Role.MODERATOR)
    assert office.browser.get(f"{office.staff}/{page}").status_code == 200
    assert office.site.browser(resident).get(f"{office.staff}/{page}").status_code == 403
    assert office.site.browser(stranger).get(f"{office.staff}/{page}").status_code == 403
    assert office.site.browser().get(f"{office.staff}/{page}").status_code == 303


def test_a_director_reads_the_workbench_and_codes_nothing(office: Office) -> None:
    with office.site.writing():
        director = a_member_of_staff(Role.DIRECTOR)
        appoint(office.round, director, Duty.DIRECTOR)
        one = a_contribution(office.round)
    browser = office.site.browser(director)
    page = text_of(browser.get(f"{office.staff}/coding"))
    assert "Bankjes" in page
    assert 'name="pick"' not in page
    answer = browser.post(f"{office.staff}/coding", {"pick": one.public_id, "themes": "t1", "act": "code"})
    assert answer.status_code == 403


@shows("S50")
def test_each_count_opens_exactly_its_list(office: Office) -> None:
    with office.site.writing():
        a_weighed_set(office)
        covered = coverage(office.round.id)
    assert (covered.inputs, covered.uncoded, covered.unweighed, covered.unplaced, covered.to_place) == (4, 1, 2, 1, 1)
    for show, titles in (("uncoded", ["Aap"]), ("unweighed", ["Aap", "Noot"]), ("unplaced", ["Mies"])):
        page = text_of(office.browser.get(f"{office.staff}/coding?show={show}"))
        assert [t for t in ("Aap", "Noot", "Mies", "Wim", "Eens") if f"{t}, want dat" in page] == titles


def test_filters_narrow_the_list_and_arguments_come_when_asked(office: Office) -> None:
    with office.site.writing():
        a_weighed_set(office)
    for asked, titles in (
        ("theme=t1", ["Noot", "Mies", "Wim"]),
        ("outcome=not_adopted", ["Wim"]),
        ("q=mie", ["Mies"]),
        ("arguments=1", ["Aap", "Noot", "Mies", "Wim", "Eens"]),
        ("show=nonsense&theme=&outcome=rubbish&page=-3", ["Aap", "Noot", "Mies", "Wim"]),
        ("page=99", ["Aap", "Noot", "Mies", "Wim"]),
        ("q=%00", []),
    ):
        answer = office.browser.get(f"{office.staff}/coding?{asked}")
        if asked == "q=%00":
            assert answer.status_code in {200, 400}
            continue
        page = text_of(answer)
        assert [t for t in ("Aap", "Noot", "Mies", "Wim", "Eens") if f"{t}, want dat" in page] == titles


def test_one_contribution_is_coded_and_weighed_on_its_page(office: Office) -> None:
    with office.site.writing():
        one = a_contribution(office.round)
    at = f"{office.staff}/coding/{one.public_id}"
    assert office.browser.post(f"{at}/themes?show=uncoded", {"themes": ["t2"]}).location == f"{at}?show=uncoded"
    assert office.browser.post(f"{at}/outcome", {"kind": "adopted"}).status_code == 422
    told = {"kind": "adopted", "reason": "Past in het plan."}
    assert office.browser.post(f"{at}/outcome", told).status_code == 303
    page = text_of(office.browser.get(at))
    assert "Past in het plan." in page
    with office.site.writing():
        merge(session().get_one(Contribution, one.id), a_contribution(office.round, "Meer banken"), office.desk.writer)
    assert "Meer banken" in text_of(office.browser.get(at))
    assert office.browser.post(f"{at}/outcome", told).status_code == 409


def test_what_is_not_there_is_not_found(office: Office) -> None:
    with office.site.writing():
        elsewhere = a_contribution(a_round())
    missing = "00000000-0000-4000-8000-000000000000"
    for path in (
        f"coding/{elsewhere.public_id}",
        f"draft/paragraphs/{missing}",
        f"draft/sections/{missing}",
        "draft/publish",
    ):
        assert office.browser.get(f"{office.staff}/{path}").status_code == 404


@shows("S50")
def test_a_draft_is_written_submitted_and_published_by_two_people(office: Office) -> None:
    with office.site.writing():
        one = a_contribution(office.round, reference="V01")
        a_precondition(office.round)
    browser, staff = office.browser, f"{office.staff}/draft"
    assert browser.post(staff, {"title": ""}).status_code == 422
    assert browser.post(staff, {"title": "Visie op de wijken"}).status_code == 303
    section = browser.post(f"{staff}/sections", {"title": "Groen en water"}).location
    paragraph = browser.post(section, {"text": "Wij zetten **bankjes** neer."}).location
    assert "V01 Bankjes" in text_of(browser.get(paragraph))
    assert browser.post(f"{paragraph}/sources", {"use": "adopted"}).status_code == 422
    source = {"source": f"contribution/{one.public_id}", "use": "adapted", "note": "tien stuks"}
    assert browser.post(f"{paragraph}/sources?q=bank", source).location == f"{paragraph}?q=bank"
    fixed = {"source": "precondition/R1", "use": "adopted"}
    assert browser.post(f"{paragraph}/sources", fixed).status_code == 303
    assert browser.post(f"{staff}/submit").status_code == 303
    assert browser.post(f"{staff}/publish").status_code == 403
    public = f"/rounds/{office.round.slug}/drafts/1"
    assert office.site.browser().get(public).status_code == 404
    second = office.site.browser(office.people[1])
    assert "1" in text_of(second.get(f"{staff}/publish"))
    assert second.post(f"{staff}/publish").status_code == 409
    assert publish_on_its_page(second, staff).location == public
    page = text_of(office.site.browser().get(public))
    assert "<strong>bankjes</strong>" in page
    assert f"/contributions/{one.public_id}" in page
    assert "tien stuks" in page
    assert "Niet bouwen bij de dijk" in page


def test_a_stale_save_gets_both_texts_back(office: Office) -> None:
    with office.site.writing():
        desk = office.desk
        paragraph = a_paragraph(releasing.begin_draft(office.round, "Visie", desk.writer), desk.writer)
    at = f"{office.staff}/draft/paragraphs/{paragraph.id}"
    told = {"text": "Tien bankjes.", "version": "1"}
    assert office.browser.post(at, told).status_code == 303
    page = text_of(office.browser.post(at, {"text": "Twee bankjes.", "version": "1"}), 409)
    assert "Tien bankjes." in page
    assert "Twee bankjes." in page
    assert office.browser.post(at, {"text": "Drie.", "version": "x"}).status_code == 422


def test_parts_are_moved_and_taken_out_by_buttons(office: Office) -> None:
    with office.site.writing():
        desk = office.desk
        draft = releasing.begin_draft(office.round, "Visie", desk.writer)
        paragraph = a_paragraph(draft, desk.writer, "Eerst.")
        other = verbs.add_paragraph(paragraph.section, desk.writer, text="Dan.", html="<p>Dan.</p>")
        link = verbs.cite(paragraph, desk.writer, precondition=a_precondition(office.round))
        empty = verbs.add_section(draft, "Leeg", desk.writer)
    staff = f"{office.staff}/draft"
    for path, data in (
        (f"paragraphs/{other.id}/move", {"way": "up"}),
        (f"sections/{empty.id}/move", {"way": "up"}),
        (f"sections/{empty.id}", {"title": "Niet leeg"}),
        (f"sections/{empty.id}/remove", {}),
        (f"sources/{link.id}/remove", {}),
        (f"paragraphs/{paragraph.id}/remove", {}),
    ):
        assert office.browser.get(staff).status_code == 200
        assert office.browser.post(f"{staff}/{path}", data).status_code == 303
    with office.site.reading():
        found = find_newest(office.round.id)
        assert found is not None
        assert [p.text for s in found.sections for p in s.paragraphs] == ["Dan."]
        assert not list(session().scalars(select(SourceLink)))


def test_a_published_version_answers_every_change_with_a_conflict(office: Office) -> None:
    with office.site.writing():
        published(office.desk, a_draft(office.desk))
        section = session().scalars(select(Section)).one()
        paragraph = session().scalars(select(Paragraph)).one()
    for path, data in (
        ("sections", {"title": "Nieuw"}),
        (f"sections/{section.id}", {"title": "Anders"}),
        (f"sections/{section.id}/paragraphs", {"text": "Nieuw"}),
        (f"paragraphs/{paragraph.id}", {"text": "Anders", "version": "1"}),
        (f"paragraphs/{paragraph.id}/remove", {}),
        ("submit", {}),
        ("return", {}),
        ("publish", {}),
    ):
        assert office.browser.post(f"{office.staff}/draft/{path}", data).status_code == 409, path
    assert office.browser.post(f"{office.staff}/draft/next").status_code == 303
    with office.site.reading():
        states = list(session().scalars(select(Draft.state).order_by(Draft.number)))
        assert states == [DraftState.PUBLISHED, DraftState.CONCEPT]


def test_the_desk_says_what_stands_in_the_way(office: Office) -> None:
    with office.site.writing():
        desk = office.desk
        draft = releasing.begin_draft(office.round, "Visie", desk.writer)
        a_paragraph(draft, desk.writer, "De kale alinea.")
        a_paragraph(draft, desk.writer, "De redactionele alinea.", is_editorial=True)
    page = text_of(office.browser.get(f"{office.staff}/draft"))
    assert "1.1" in page
    assert "draft/submit" not in page
    assert office.browser.post(f"{office.staff}/draft/submit").status_code == 409
    bare = text_of(office.browser.get(f"{office.staff}/draft?show=bare"))
    assert "De kale alinea." in bare
    assert "De redactionele alinea.</p>" not in bare


def test_versions_are_listed_and_compared_word_by_word(office: Office) -> None:
    with office.site.writing():
        desk = office.desk
        draft = published(desk, a_draft(desk))
        fresh = releasing.begin_next_version(draft, desk.writer)
        paragraph = session().scalars(select(Paragraph).join(Section).where(Section.draft_id == fresh.id)).one()
    at = f"{office.staff}/draft/paragraphs/{paragraph.id}"
    told = {"text": "De gemeente zet tien bankjes neer.", "version": "1", "is_editorial": "y"}
    office.browser.post(at, told)
    public = f"/rounds/{office.round.slug}/drafts"
    visitor = office.site.browser()
    assert visitor.get(f"{public}/1/compare/2").status_code == 404
    assert f"{public}/2" not in text_of(visitor.get(public))
    office.browser.post(f"{office.staff}/draft/submit")
    publish_on_its_page(office.site.browser(office.people[1]), f"{office.staff}/draft")
    assert f"{public}/2" in text_of(visitor.get(public))
    page = text_of(visitor.get(f"{public}/1/compare/2"))
    assert re.search(r"<ins><span[^>]*>[^<]*</span>tien\s*<span", page)
    assert text_of(visitor.get(f"{public}/2/compare/1")) != ""
    assert visitor.get(f"{public}/1/compare/1").status_code == 404
    for number in (2**31, 2**63, 10**40):
        assert visitor.get(f"{public}/{number}").status_code == 404
        assert visitor.get(f"{public}/1/compare/{number}").status_code == 404


def test_a_source_that_was_merged_names_its_replacement_and_a_hidden_one_shows_nothing(office: Office) -> None:
    with office.site.writing():
        desk = office.desk
        one, other = a_contribution(office.round, "Oude bank"), a_contribution(office.round, "Geheim plan")
        published(desk, a_draft(desk, one, other))
        merge(one, a_contribution(office.round, "Nieuwe bank"), desk.writer)
        session().get_one(Contribution, other.id).state = type(other.state).WITHDRAWN
    page = text_of(office.site.browser().get(f"/rounds/{office.round.slug}/drafts/1"))
    assert "Oude bank" in page
    assert "Nieuwe bank" in page
    assert "Geheim plan" not in page


@pytest.mark.parametrize("many", [3, 40])
def test_reading_and_coding_take_few_statements_however_long_they_are(office: Office, many: int) -> None:
    with office.site.writing():
        desk = office.desk
        sources = [a_contribution(office.round, f"Plan {n}") for n in range(many)]
        draft = releasing.begin_draft(office.round, "Visie", desk.writer)
        for source in sources:
            verbs.cite(a_paragraph(draft, desk.writer), desk.writer, contribution=source)
        for source in sources:
            coding.code(source, office.round.themes, desk.writer)
        published(desk, draft)
    for browser, path, most in (
        (office.site.browser(), f"/rounds/{office.round.slug}/drafts/1", 8),
        (office.browser, f"/rounds/{office.round.slug}/drafts/1", 8),
        (office.browser, f"{office.staff}/coding", 11),
        (office.browser, f"{office.staff}/draft", 11),
    ):
        with counted(office.site) as said:
            text_of(browser.get(path))
        assert len(said) <= most, said


def test_a_public_draft_is_not_sent_twice(office: Office) -> None:
    with office.site.writing():
        published(office.desk, a_draft(office.desk))
    visitor = office.site.browser()
    first = visitor.get(f"/rounds/{office.round.slug}/drafts/1")
    again = visitor.get(f"/rounds/{office.round.slug}/drafts/1", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_wrong_title_of_the_draft_is_mended_on_its_page_until_it_is_submitted(office: Office) -> None:
    with office.site.writing():
        draft = a_draft(office.desk)
    page = f"{office.staff}/draft/title"
    assert f'href="{page}"' in text_of(office.browser.get(f"{office.staff}/draft"))
    assert f'value="{draft.title}"' in text_of(office.browser.get(page))
    again = text_of(office.browser.post(page, {"title": "  "}), 422)
    assert "Geef een titel." in again
    assert office.browser.post(page, {"title": "Visie op  de dorpen"}).status_code == 303
    assert "<h1>Visie op de dorpen</h1>" in text_of(office.browser.get(f"{office.staff}/draft"))
    assert office.browser.post(f"{office.staff}/draft/submit").status_code == 303
    assert "Haal haar terug" in text_of(office.browser.post(page, {"title": "Iets anders"}), 409)
    assert f'href="{page}"' not in text_of(office.browser.get(f"{office.staff}/draft"))
