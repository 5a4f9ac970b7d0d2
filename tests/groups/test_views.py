import re

import pytest

from consult.contributions.models import Contribution
from consult.foundation.db import session
from consult.groups.models import GroupSuggestion
from consult.participants.models import Person
from consult.similarity.verbs import index_missing
from consult.working import work_once
from tests.builders import a_moderator_of, a_resident, a_round
from tests.contributions.builders import a_contribution
from tests.groups.builders import a_suggestion
from tests.groups.test_verbs import BENCHES, OTHERS
from tests.shows import shows
from tests.site import Browser, Site


class Office:
    def __init__(self, site: Site) -> None:
        self.site = site
        with site.writing():
            self.round = a_round()
            person = session().get_one(Person, a_moderator_of(self.round).person_id)
            texts = (*BENCHES, *OTHERS)
            self.made = [a_contribution(self.round, a_resident(), title=one, text=text) for one, text in texts]
            index_missing()
        self.browser = Browser(site).as_(person)
        self.groups = f"/staff/rounds/{self.round.slug}/groups"

    def now(self, at: int) -> Contribution:
        with self.site.reading() as unit:
            return unit.get_one(Contribution, self.made[at].id)

    def text(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text


@pytest.fixture
def office(site: Site) -> Office:
    return Office(site)


@shows("S50")
def test_the_worker_looks_and_the_page_keeps_itself_up_to_date(office: Office) -> None:
    assert "Zoek groepen" in office.text(office.groups)
    assert office.browser.post(office.groups).status_code == 303
    waiting = office.browser.get(office.groups)
    assert waiting.headers["Refresh"] == "5"
    assert "0 van de 5 bijdragen" in waiting.text
    assert office.browser.post(office.groups).status_code == 409
    work_once(office.site.database)
    found = office.browser.get(office.groups)
    assert "Refresh" not in found.headers
    assert "Eén groep wacht op u" in found.text
    assert BENCHES[0][0] in found.text


def test_a_group_is_looked_at_and_a_part_of_it_joined(office: Office) -> None:
    with office.site.writing():
        found = a_suggestion(*(session().get_one(Contribution, one.id) for one in office.made[:3]))
    path, ids = f"{office.groups}/{found.id}", [one.public_id for one in office.made[:3]]
    page = office.text(path)
    assert page.count(" checked") == 4, "three boxes and the one that stays"
    assert office.browser.post(path, {"into": ids[0], "pick": ids[:1]}).status_code == 422
    assert office.browser.post(path, {"into": ids[0], "pick": ids[:2]}).status_code == 303
    assert office.now(1).merged_into_id == office.made[0].id
    assert office.now(2).merged_into_id is None
    assert office.browser.post(path, {"into": ids[0], "pick": ids[1:]}).status_code == 409
    assert "is over deze groep beslist" in office.text(path)


def test_what_may_say_the_opposite_is_not_chosen_beforehand(office: Office) -> None:
    with office.site.writing():
        found = a_suggestion(*(session().get_one(Contribution, one.id) for one in office.made[:3]))
        found.members[1].warnings = [{"kind": "negation", "words": "niet"}]
    page = office.text(f"{office.groups}/{found.id}")
    boxes = dict(re.findall(r'<input type="checkbox" name="pick" id="[^"]+" value="([^"]+)"( checked)?>', page))
    assert [bool(boxes[one.public_id]) for one in office.made[:3]] == [True, False, True]
    assert "een van beide zegt “niet”: niet" in page
    assert "zegt misschien het tegenovergestelde" in office.text(office.groups)


def test_none_of_a_group_say_the_same(office: Office) -> None:
    with office.site.writing():
        found = a_suggestion(*(session().get_one(Contribution, one.id) for one in office.made[:3]))
    assert office.browser.post(f"{office.groups}/{found.id}/apart").status_code == 303
    with office.site.reading() as unit:
        assert unit.get_one(GroupSuggestion, found.id).is_accepted is False
    assert "Er wacht geen groep op u" in office.text(office.groups)


@shows("S50")
def test_the_shared_text_is_read_on_what_stays_and_on_each_original(office: Office) -> None:
    slug, (into, joined) = office.round.slug, office.made[:2]
    queue = f"/staff/rounds/{slug}/queue"
    assert office.browser.post(f"{queue}/{joined.public_id}/merge", {"into": into.public_id}).status_code == 303
    path = f"{queue}/{into.public_id}/shared-text"
    assert BENCHES[1][1] in office.text(path)
    assert office.browser.post(path, {"text": " ", "version": "0"}).status_code == 422
    assert office.browser.post(path, {"text": "Bankjes **overal**.", "version": "0"}).status_code == 303
    assert office.browser.post(path, {"text": "Nog een.", "version": "0"}).status_code == 409
    reader = Browser(office.site)
    for one in (into, joined):
        for page in ("proposals", "contributions"):
            told = reader.get(f"/rounds/{slug}/{page}/{one.public_id}").text
            assert "Bankjes <strong>overal</strong>." in told, (one.title, page)
            assert one.text in told, "the own text stays"
    assert office.browser.post(f"{queue}/{joined.public_id}/split").status_code == 303
    for one in (into, joined):
        assert "overal" not in reader.get(f"/rounds/{slug}/proposals/{one.public_id}").text
