import re
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from consult.contributions.models import Contribution, Kind, State
from consult.foundation.anchors import Fate
from consult.foundation.db import session
from consult.participants.models import Person
from consult.policy import Duty, Role
from consult.remarks.queries import get_read_paragraph
from consult.remarks.verbs import add_remark
from consult.rounds.models import PhaseKind, Round
from consult.synthesis.models import Carried, Outcome, OutcomeKind, Paragraph, Remark
from consult.synthesis.rules import wording_of
from tests.builders import a_member_of_staff, a_resident, a_round, acting, an_authority, appoint, the_platform
from tests.pages.builders import counted
from tests.participants.builders import an_organisation, somebody
from tests.remarks.builders import (
    BENCHES,
    BOATS,
    STREETS,
    a_published_draft,
    a_remark,
    being_written,
    paragraphs_of,
    the_next,
    whole,
)
from tests.site import Browser, Site
from tests.synthesis.builders import Desk

QUOTE = "bankjes bij de winkels en bij de vijver"


@dataclass(frozen=True)
class Office:
    """A round whose draft is being written, with a published version, two moderators and a resident."""

    site: Site
    round: Round
    people: tuple[Person, Person]
    resident: Person
    ids: tuple[str, ...]

    @property
    def desk(self) -> Desk:
        """The same for verbs; needs an open unit."""
        return Desk(session().get_one(Round, self.round.id), acting(self.people[0]), acting(self.people[1]))

    def at(self, place: int = 0, number: int = 1, more: str = "") -> str:
        """Where a paragraph of a version is read."""
        return f"/rounds/{self.round.slug}/drafts/{number}/paragraphs/{self.ids[place]}{more}"

    @property
    def list(self) -> str:
        """Where the team reads what people said."""
        return f"/staff/rounds/{self.round.slug}/draft/remarks"


@pytest.fixture
def office(site: Site) -> Office:
    with site.writing():
        an_authority()
        found = a_round(phases=[PhaseKind.DRAFT])
        people = (a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.MODERATOR))
        for person in people:
            appoint(found, person, Duty.MODERATOR)
        desk = Desk(found, acting(people[0]), acting(people[1]))
        a_published_draft(desk)
        ids = tuple(str(one.stable_id) for one in paragraphs_of(whole(desk)))
        resident = a_resident("Els Bakker")
    return Office(site, found, people, resident, ids)


def text_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, answer.text[:1000]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def kept(office: Office) -> list[Remark]:
    with office.site.reading():
        return list(session().scalars(select(Remark)))


def test_a_resident_finds_at_each_paragraph_how_to_react_and_reads_what_was_said(office: Office) -> None:
    browser = office.site.browser(office.resident)
    page = browser.get(f"/rounds/{office.round.slug}/drafts/1").text
    assert page.count("Reageer op deze alinea") == 3
    sent = browser.post(office.at(), {"quote": QUOTE, "text": "Ook bij de *school* graag.", "form_key": "k1"})
    assert sent.status_code == 303
    told = text_of(browser, sent.location)
    assert "Het gaat over een alinea van versie 1 van het ontwerp." in told
    assert "Neem dit terug" in told
    visitor = office.site.browser()
    assert ">1 reactie</a>" in visitor.get(f"/rounds/{office.round.slug}/drafts/1").text
    read = text_of(visitor, office.at())
    assert "Els Bakker" in read
    assert f"Over: {QUOTE}" in read
    assert "Ook bij de school graag." in read
    again = browser.post(office.at(), {"quote": QUOTE, "text": "Ook bij de *school* graag.", "form_key": "k1"})
    assert (again.status_code, len(kept(office))) == (303, 1)


def test_words_that_do_not_stand_there_are_told_and_nothing_typed_is_lost(office: Office) -> None:
    browser = office.site.browser(office.resident)
    answer = browser.post(office.at(), {"quote": "geen woord hiervan", "text": "Wat ik vind."})
    assert answer.status_code == 422
    assert "Deze woorden staan niet in de alinea." in answer.text
    assert "Wat ik vind." in answer.text
    assert browser.post(office.at(), {"quote": "", "text": ""}).status_code == 422
    assert browser.post(office.at(more="/suggest"), {"wording": "", "why": ""}).status_code == 422
    assert kept(office) == []


def test_a_visitor_signs_in_first_and_the_text_is_there_again(office: Office) -> None:
    browser = office.site.browser()
    sent = browser.post(office.at(), {"quote": QUOTE, "text": "Wat ik vind."})
    assert sent.location.startswith("/login?next=")
    target = re.search(r"kept%3D([\w-]+)", sent.location)
    assert target is not None
    page = office.site.browser(office.resident).get(f"{office.at()}?kept={target.group(1)}").text
    assert "Wat ik vind." in page
    assert QUOTE in page


def test_a_suggestion_shows_its_words_and_its_reason(office: Office) -> None:
    browser = office.site.browser(office.resident)
    sent = browser.post(
        office.at(more="/suggest"), {"quote": "bankjes", "wording": "tien bankjes", "why": "Nu te weinig."}
    )
    assert sent.status_code == 303
    with office.site.reading():
        found = session().scalars(select(Contribution).where(Contribution.kind == Kind.SUGGESTION)).one()
        assert wording_of(found.text) == "tien bankjes"
    read = text_of(office.site.browser(), office.at())
    assert "Wil dat er dit komt te staan: tien bankjes Nu te weinig." in read


def test_a_member_reacts_for_an_organisation(office: Office) -> None:
    with office.site.writing():
        person = somebody()
        slug = an_organisation("Groen en Co", person).slug
    browser = office.site.browser(person)
    assert "Groen en Co" in browser.get(office.at()).text
    assert browser.post(office.at(), {"behalf": slug, "text": "Wij zijn blij."}).status_code == 303
    assert "Groen en Co" in text_of(office.site.browser(), office.at())


def test_who_works_on_the_round_reads_and_does_not_react(office: Office) -> None:
    browser = office.site.browser(office.people[0])
    assert "U werkt aan deze ronde" in browser.get(office.at()).text
    assert browser.post(office.at(), {"text": "Mijn mening."}).status_code == 403
    assert kept(office) == []


def test_in_the_formal_review_people_are_sent_to_formal_views(site: Site) -> None:
    with site.writing():
        an_authority()
        found = a_round(phases=[PhaseKind.FORMAL_REVIEW])
        people = [a_member_of_staff(Role.MODERATOR) for _ in range(2)]
        for person in people:
            appoint(found, person, Duty.MODERATOR)
        desk = Desk(found, acting(people[0]), acting(people[1]))
        a_published_draft(desk)
        path = f"/rounds/{found.slug}/drafts/1/paragraphs/{paragraphs_of(whole(desk))[0].stable_id}"
        resident = a_resident()
    page = site.browser(resident).get(path).text
    assert "Reageer met een zienswijze" in page
    assert "<textarea" not in page
    answer = site.browser(resident).post(path, {"text": "Toch maar."})
    assert answer.status_code == 403
    assert "Deze ronde heeft hier geen fase voor." in answer.text


def test_the_next_version_shows_what_became_of_the_words(office: Office) -> None:
    with office.site.writing():
        a_remark(office.desk, QUOTE, text="Over bankjes.")
        a_remark(office.desk, "De stoepen op de routes naar school", place=1, text="Over stoepen.")
        a_remark(office.desk, "kleine boten", place=2, text="Over boten.")
        the_next(
            office.desk,
            BENCHES.replace("de winkels", "alle winkels"),
            "Woonstraten worden 30-zones.",
            f"In de haven varen grote schepen. {STREETS.partition('. ')[2]}",
        )
    visitor = office.site.browser()
    read = text_of(visitor, office.at(2, 2))
    assert "Over stoepen. " in read
    assert "deze woorden zijn hierheen verplaatst" in read
    assert "deze woorden zijn verdwenen" in read
    changed = text_of(visitor, office.at(0, 2))
    assert "Nu staat er: bankjes bij alle winkels en bij de vijver" in changed
    assert "Er is een nieuwere versie" in text_of(visitor, office.at(0, 1))
    assert "op versie 1" in text_of(visitor, f"/rounds/{office.round.slug}/drafts/2/remarks")
    assert office.site.browser(office.resident).post(office.at(0, 1), {"text": "Te laat."}).status_code == 409


def test_what_lost_its_paragraph_is_still_read(office: Office) -> None:
    with office.site.writing():
        a_remark(office.desk, "kleine boten", place=2, text="Over boten.")
        the_next(office.desk, BENCHES, STREETS, None)
    visitor = office.site.browser()
    page = text_of(visitor, f"/rounds/{office.round.slug}/drafts/2")
    assert "Eén reactie gaat over tekst die hier niet meer staat" in page
    assert "Over boten." in text_of(visitor, f"/rounds/{office.round.slug}/drafts/2/remarks?lost=1")


def test_what_waits_for_a_moderator_is_read_by_its_author_and_the_team_alone(office: Office) -> None:
    with office.site.writing():
        held = a_remark(office.desk, text="Bel 06-12345678 maar.", person=office.resident)
        assert held.state is State.HELD
    pages = (office.at(), f"/rounds/{office.round.slug}/drafts/1/remarks")
    for path in pages:
        assert "06-12345678" not in office.site.browser().get(path).text
        assert "06-12345678" in office.site.browser(office.resident).get(path).text
    assert "06-12345678" in office.site.browser(office.people[0]).get(office.list).text


def test_a_remark_is_withdrawn_on_a_page_of_its_own(office: Office) -> None:
    with office.site.writing():
        new = a_remark(office.desk, person=office.resident)
        path = f"/rounds/{office.round.slug}/remarks/{new.public_id}/withdraw"
    assert office.site.browser(office.people[0]).post(path).status_code == 403
    browser = office.site.browser(office.resident)
    assert "Neem mijn reactie terug" in browser.get(path).text
    assert browser.post(path).status_code == 303
    assert "Dat is een goed idee" not in office.site.browser().get(office.at()).text


# --- the team ---


def test_the_list_keeps_its_filters_in_the_address(office: Office) -> None:
    with office.site.writing():
        a_remark(office.desk, "kleine boten", place=2, text="Over boten.")
        a_remark(office.desk, "bankjes", wording="tien bankjes")
        the_next(office.desk, BENCHES, STREETS, BOATS.replace("kleine boten", "grote schepen"))
        a_remark(office.desk, text="Gezegd over twee.")
    browser = office.site.browser(office.people[0])
    whole_list = text_of(browser, office.list)
    assert "3 reacties" in whole_list
    assert "1.3 “kleine boten”" in whole_list
    for query, count in {
        "kind=suggestion": "Eén reactie",
        "fate=gone": "Eén reactie",
        "fate=new": "Eén reactie",
        "show=answered": "0 reacties",
        "version=1": "2 reacties",
        "q=boten": "Eén reactie",
        "fate=onzin&kind=x&version=99&page=1": "3 reacties",
    }.items():
        assert count in text_of(browser, f"{office.list}?{query}"), query


def test_a_suggestion_is_worked_into_the_version_that_is_being_written(office: Office) -> None:
    with office.site.writing():
        new = a_remark(office.desk, "bankjes", wording="tien bankjes", person=office.resident)
        being_written(office.desk)
        path = f"{office.list}/{new.public_id}"
    browser = office.site.browser(office.people[0])
    page = browser.get(path).text
    assert BENCHES.replace("zet bankjes", "zet tien bankjes") in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    told = {"text": "De gemeente zet tien bankjes neer.", "version": version.group(1), "kind": "adopted"}
    assert browser.post(path, told).status_code == 422
    done = browser.post(path, {**told, "reason": "Dat is beter."})
    assert done.status_code == 303
    desk = text_of(browser, done.location.partition("#")[0])
    assert "Els Bakker: tien bankjes" in desk
    again = browser.post(path, {**told, "text": "Van een ander.", "reason": "Dat is beter."})
    assert again.status_code == 409
    assert "De gemeente zet tien bankjes neer." in again.text
    assert "Van een ander." in again.text
    with office.site.reading():
        outcome = session().scalars(select(Outcome)).one()
        assert outcome.kind is OutcomeKind.ADOPTED
        assert session().scalar(select(func.count()).where(Paragraph.text == told["text"])) == 1


def test_before_anything_is_published_the_list_says_what_will_stand_there(site: Site) -> None:
    with site.writing():
        an_authority()
        found = a_round(phases=[PhaseKind.DRAFT])
        moderator = a_member_of_staff(Role.MODERATOR)
        appoint(found, moderator, Duty.MODERATOR)
    assert (
        "Er is nog geen versie openbaar."
        in site.browser(moderator).get(f"/staff/rounds/{found.slug}/draft/remarks").text
    )


# --- comparing ---


def test_any_two_versions_are_compared_in_one_text_and_beside_each_other(office: Office) -> None:
    with office.site.writing():
        the_next(office.desk, BENCHES.replace("bankjes", "tien bankjes"), STREETS, BOATS)
        the_next(office.desk, BENCHES.replace("bankjes", "tien bankjes"), STREETS, None)
        assert session().scalar(select(func.count()).where(Carried.fate == Fate.KEPT)) == 0
    visitor, base = office.site.browser(), f"/rounds/{office.round.slug}/drafts"
    page = visitor.get(f"{base}/compare?from=1&to=3").text
    assert "<ins>" in page
    assert re.search(r"<del><span class=\"unseen\">eraf: </span>", page)
    assert "2 alinea" in page
    side = visitor.get(f"{base}/1/compare/2?view=side").text
    assert side.count('class="sides"') == 1
    assert "versie 3 dan in versie 2" in text_of(visitor, f"{base}/compare")
    assert "versie 2 dan in versie 1" in text_of(visitor, f"{base}/compare?from=2&to=1")
    assert "versie 3 dan in versie 2" in text_of(visitor, f"{base}/compare?from=x&to=99")


def test_there_is_nothing_to_compare_with_one_version(office: Office) -> None:
    assert office.site.browser().get(f"/rounds/{office.round.slug}/drafts/compare").status_code == 404


def test_no_page_sends_more_statements_with_more_remarks(office: Office) -> None:
    def sent() -> dict[str, int]:
        found = {}
        pages = {
            f"/rounds/{office.round.slug}/drafts/2": 8,
            office.at(0, 2): 8,
            f"/rounds/{office.round.slug}/drafts/2/remarks": 8,
            f"/rounds/{office.round.slug}/drafts/1/compare/2": 8,
        }
        for path, most in [*pages.items(), (office.list, 11)]:
            browser = office.site.browser(office.people[0] if path == office.list else None)
            browser.get(path)
            with counted(office.site.database) as statements:
                assert browser.get(path).status_code == 200
            found[path] = len(statements)
            assert len(statements) <= most, (path, len(statements))
        return found

    with office.site.writing():
        a_remark(office.desk, QUOTE)
        the_next(office.desk, BENCHES, STREETS, BOATS)
        a_remark(office.desk, place=2)
        being_written(office.desk)
    few = sent()
    with office.site.writing():
        about = get_read_paragraph(the_platform(), office.round.slug, 2, paragraphs_of(whole(office.desk))[0].stable_id)
        for number in range(30):
            text = f"Nummer {number}."
            add_remark(about, acting(a_resident()), Kind.REMARK, text=text, html=f"<p>{text}</p>")
    assert sent() == few
