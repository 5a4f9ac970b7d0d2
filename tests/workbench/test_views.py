import re
from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from consult.answers.verbs import write_block
from consult.coding.queries import list_codes
from consult.coding.verbs import code
from consult.contributions.models import Contribution
from consult.foundation.db import session
from consult.participants.models import Person
from consult.policy import Duty, Role
from consult.rounds.models import Round
from consult.synthesis.models import OutcomeKind
from consult.synthesis.queries import find_outcome
from consult.synthesis.verbs import set_outcome, write_note
from tests.builders import a_member_of_staff, a_resident, a_round, acting, an_authority, appoint
from tests.pages.builders import counted, many_proposals
from tests.site import Browser, Site
from tests.synthesis.builders import a_contribution

FILTERS = "show=unweighed&q=a"


@dataclass(frozen=True)
class Office:
    """A round with three inputs, two moderators, and a browser in which the first one is signed in."""

    site: Site
    round: Round
    people: tuple[Person, Person]
    inputs: list[Contribution]
    browser: Browser

    @property
    def coding(self) -> str:
        return f"/staff/rounds/{self.round.slug}/coding"

    def plans(self, act: str, query: str = FILTERS, **told: object) -> str:
        """Plan something with the first two inputs; returns where it is looked at first."""
        picked = {"pick": [one.public_id for one in self.inputs[:2]]}
        answer = self.browser.post(f"{self.coding}?{query}", {**picked, "act": act, **told})
        assert answer.status_code == 303, text_of(answer, answer.status_code)
        return str(answer.location)


@pytest.fixture
def office(site: Site) -> Office:
    with site.writing():
        an_authority()
        found = a_round()
        people = (a_member_of_staff(Role.MODERATOR, "Anna"), a_member_of_staff(Role.MODERATOR, "Bram"))
        for person in people:
            appoint(found, person, Duty.MODERATOR)
        inputs = [a_contribution(found, title) for title in ("Aap", "Baan", "Kaas")]
    return Office(site, found, people, inputs, site.browser(people[0]))


def text_of(answer: TestResponse, status: int = 200) -> str:
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def listed(page: str) -> list[str]:
    return [title for title in ("Aap", "Baan", "Kaas") if f"{title}, want dat" in page]


def test_several_are_coded_after_a_look_put_back_and_the_filters_stay(office: Office) -> None:
    where = office.plans("code", themes=["t1", "t2"])
    assert where.endswith(f"?{FILTERS}")
    page = text_of(office.browser.get(where))
    assert "2 bijdragen veranderen" in page
    with office.site.reading():
        assert not list_codes([one.id for one in office.inputs])
    path, query = where.split("?")
    assert office.browser.post(where).location == f"{office.coding}?{FILTERS}"
    with office.site.reading():
        assert len(list_codes([one.id for one in office.inputs])) == 4
    done = text_of(office.browser.get(f"{office.coding}?{FILTERS}"))
    assert "2 bijdragen gewijzigd" in done
    assert f"{path}/undo?{query.replace('&', '&amp;')}" in done
    assert office.browser.post(f"{path}/undo?{query}").location == f"{office.coding}?{FILTERS}"
    with office.site.reading():
        assert not list_codes([one.id for one in office.inputs])
    assert "Teruggedraaid voor 2 bijdragen" in text_of(office.browser.get(office.coding))


def test_an_answer_from_a_text_block_is_shown_for_each_before_it_is_kept(office: Office) -> None:
    with office.site.writing():
        told = {"name": "Dank", "kind": OutcomeKind.PARTLY, "text": "Dank voor {title} ({reference})."}
        block = write_block(office.round, acting(office.people[0]), **told)
    page = text_of(office.browser.get(office.plans("fill", block=str(block.id))))
    assert "Hiervoor is niets bekend: {reference}" in page
    assert "Er verandert niets." in page


def test_a_bulk_without_what_it_needs_comes_back_with_the_selection(office: Office) -> None:
    one = office.inputs[0].public_id
    page = text_of(office.browser.post(office.coding, {"pick": one, "act": "answer", "kind": "adopted"}), 422)
    assert f'value="{one}" checked' in page
    assert 'value="adopted"' in page
    assert office.browser.post(office.coding, {"act": "code", "themes": "t1"}).status_code == 422
    lacks = ({"act": "code"}, {"act": "fill"}, {"act": "nonsense"}, {}, {"act": "assign", "person": "x"})
    steps = ({"act": "group"}, {"act": "state", "why": "Kijken."}, {"act": "state", "ground": "unlawful"})
    for lacking in (*lacks, *steps, {"act": "state", "why": "Kijken.", "ground": "nonsense"}):
        assert office.browser.post(office.coding, {"pick": one, **lacking}).status_code == 422


def test_several_are_joined_after_a_look_at_which_one_stays_and_separated_again(office: Office) -> None:
    where = office.plans("group")
    with counted(office.site.database) as statements:
        page = text_of(office.browser.get(where))
    assert len(statements) <= 9
    assert "Deze blijft, en de andere worden hiermee samengevoegd (1)" in page
    assert "Eén bijdrage verandert." in page
    path, query = where.split("?")
    assert office.browser.post(where).location == f"{office.coding}?{FILTERS}"
    with office.site.reading():
        assert into_of(office, 1) == office.inputs[0].id
    assert "Eén bijdrage gewijzigd: samenvoegen tot één." in text_of(office.browser.get(office.coding))
    assert office.browser.post(where).status_code == 409
    assert office.browser.post(f"{path}/undo?{query}").status_code == 303
    with office.site.reading():
        assert into_of(office, 1) is None


def into_of(office: Office, place: int) -> object:
    return session().get_one(Contribution, office.inputs[place].id).merged_into_id


def test_several_go_out_of_sight_with_the_reason_for_their_authors_and_are_shown_again(office: Office) -> None:
    where = office.plans("state", ground="advertising", why="Dit is <b>reclame</b>.")
    with counted(office.site.database) as statements:
        page = text_of(office.browser.get(where))
    assert len(statements) <= 9
    assert "uit beeld halen: reclame" in page
    assert "Dit is &lt;b&gt;reclame&lt;/b&gt;." in page
    assert listed(text_of(office.browser.get(office.coding))) == ["Aap", "Baan", "Kaas"]
    office.browser.post(where)
    page = text_of(office.browser.get(office.coding))
    assert listed(page) == ["Kaas"]
    assert "Toon deze weer" in page
    for one in office.inputs[:2]:
        assert office.site.browser().get(one_at(office, one)).status_code == 404
    again = text_of(office.browser.get(where))
    assert "Deze zijn al zo (2)" in again
    urls = re.findall(r'<li><a href="([^"]+)">(?:Aap|Baan)', again)
    assert [office.browser.get(url).status_code for url in urls] == [200, 200]
    office.browser.post(where.replace("?", "/undo?"))
    assert listed(text_of(office.browser.get(office.coding))) == ["Aap", "Baan", "Kaas"]
    assert office.site.browser().get(one_at(office, office.inputs[0])).status_code == 200


def one_at(office: Office, one: Contribution) -> str:
    return f"/rounds/{office.round.slug}/contributions/{one.public_id}"


def test_everything_in_a_filtered_list_is_taken_on_all_its_pages(office: Office) -> None:
    with office.site.writing():
        many_proposals(office.round, 30)
    told = {"everything": "y", "act": "answer", "kind": "forwarded", "reason": "Naar het waterschap."}
    answer = office.browser.post(f"{office.coding}?q=voorstel", told)
    assert "30 bijdragen veranderen" in text_of(office.browser.get(answer.location))
    office.browser.post(answer.location)
    with office.site.reading():
        assert all(find_outcome(one.id) is None for one in office.inputs)


def test_each_colleague_has_counts_that_open_exactly_their_lists(office: Office) -> None:
    bram = str(office.people[1].id)
    office.browser.post(office.plans("assign", person=bram))
    with office.site.writing():
        writer = acting(office.people[0])
        one = session().get_one(Contribution, office.inputs[0].id)
        code(one, office.round.themes[:1], writer)
        set_outcome(one, OutcomeKind.ADOPTED, "Past.", writer)
    page = text_of(office.browser.get(office.coding))
    links = re.findall(rf'href="([^"]*who={bram}[^"]*)">(\d+) (open|klaar)', page)
    assert {(number, word) for _url, number, word in links} == {("1", "open"), ("1", "klaar")}
    for url, _number, word in links:
        titles = listed(text_of(office.browser.get(url.replace("&amp;", "&"))))
        assert titles == (["Baan"] if word == "open" else ["Aap"])
    assert listed(text_of(office.browser.get(f"{office.coding}?who=nobody"))) == ["Kaas"]
    assert listed(text_of(office.browser.get(f"{office.coding}?who=rubbish"))) == ["Aap", "Baan", "Kaas"]


def test_a_plan_belongs_to_who_made_it(office: Office) -> None:
    where = office.plans("code", themes=["t1"])
    other = office.site.browser(office.people[1])
    assert other.get(where).status_code == 404
    assert other.post(where).status_code == 404


def test_a_note_is_read_by_the_team_and_by_nobody_else(office: Office) -> None:
    one = office.inputs[0]
    at = f"{office.coding}/{one.public_id}"
    assert office.browser.post(f"{at}/notes?{FILTERS}", {"note": "Bel de schrijver."}).location == f"{at}?{FILTERS}"
    assert "Bel de schrijver." in text_of(office.site.browser(office.people[1]).get(at))
    assert "1 notitie" in text_of(office.browser.get(office.coding))
    assert office.browser.post(f"{at}/notes", {"note": " "}).status_code == 422
    with office.site.writing():
        author = a_resident()
        mine = a_contribution(office.round, "Van mij")
        mine.author_id = author.id
        write_note(mine, "Geheime notitie", acting(office.people[0]))
    for path in (f"/rounds/{office.round.slug}/contributions/{mine.public_id}", "/me"):
        assert "Geheime notitie" not in text_of(office.site.browser(author).get(path))


def test_who_works_on_it_is_set_on_the_page_of_an_input(office: Office) -> None:
    at = f"{office.coding}/{office.inputs[0].public_id}"
    assert office.browser.post(f"{at}/worker", {"person": str(office.people[1].id)}).status_code == 303
    assert listed(text_of(office.browser.get(f"{office.coding}?who={office.people[1].id}"))) == ["Aap"]
    assert office.browser.post(f"{at}/worker", {"person": str(a_stranger(office).id)}).status_code == 409
    assert office.browser.post(f"{at}/worker", {"person": ""}).status_code == 303
    assert listed(text_of(office.browser.get(f"{office.coding}?who=nobody"))) == ["Aap", "Baan", "Kaas"]


def a_stranger(office: Office) -> Person:
    with office.site.writing():
        return a_member_of_staff(Role.MODERATOR)


def test_the_keys_stand_on_the_page_as_text(office: Office) -> None:
    page = text_of(office.browser.get(office.coding))
    assert re.findall(r"<kbd>(.)</kbd>", page) == list("jkxcaotghn/?")
    assert "workbench" in page


@pytest.mark.parametrize("number", [200, 2_000])
def test_the_list_takes_eleven_statements_however_long_it_is(office: Office, number: int) -> None:
    with office.site.writing():
        many_proposals(office.round, number)
    path = f"{office.coding}?show=open&who=nobody&q=voorstel"
    office.browser.get(path)
    with counted(office.site.database) as statements:
        text_of(office.browser.get(path))
    assert len(statements) <= 11
