import re

import pytest

from consult.contributions.models import Contribution
from consult.foundation import clock
from consult.foundation.db import session
from consult.groups.models import GroupSuggestion
from consult.participants.models import Person
from consult.rounds.models import Phase
from consult.similarity.verbs import index_missing
from consult.voting.batches import enter_ballots
from consult.working import work_once
from tests.builders import a_moderator_of, a_resident, a_round, the_platform
from tests.contributions.builders import a_contribution
from tests.groups.builders import a_suggestion
from tests.groups.test_verbs import BENCHES, OTHERS
from tests.shows import shows
from tests.site import Browser, Site
from tests.voting.builders import a_poll, a_voting_round, options_of


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


@pytest.mark.parametrize(
    ("theirs", "words"),
    [(lambda one: one, "meestal gelijk"), (lambda one: -one, "meestal tegengesteld"), (lambda _one: None, "")],
)
def test_beside_texts_that_are_alike_stands_how_people_voted_on_both(site: Site, theirs, words) -> None:
    with site.writing():
        found = a_voting_round()
        person = session().get_one(Person, a_moderator_of(found).person_id)
        poll = a_poll(found, proposals=2)
        options = options_of(poll)
        ballots = [(f"p{n}", {options[0].id: 1 - n % 3, options[1].id: theirs(1 - n % 3)}) for n in range(30)]
        enter_ballots(poll, [(p, {k: v for k, v in m.items() if v is not None}) for p, m in ballots], the_platform())
        group = a_suggestion(*(session().get_one(Contribution, option.contribution_id) for option in options)).id
    page = f"/staff/rounds/{found.slug}/groups/{group}"
    browser = Browser(site).as_(person)
    assert "stemden op beide" not in browser.get(page).text  # while people vote nothing is told
    with site.writing():
        session().get_one(Phase, poll.phase_id).closed_at = clock.now()
    answer = browser.get(page)
    assert answer.status_code == 200
    shown = answer.text
    assert ("30 mensen stemden op beide" in shown) is bool(words)
    assert words in shown
