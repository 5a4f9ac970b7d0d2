from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from consult.contributions.models import Kind, State
from consult.contributions.queries import get_contribution
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.proposals.models import Argument, Heard, Helpful, Stance
from consult.proposals.queries import get_argument, list_arguments
from consult.proposals.verbs import add_argument, answer_argument, mark_helpful
from tests import builders
from tests.contributions.builders import a_contribution

ALL = {"text": "Dat is duur.", "html": "<p>Dat is duur.</p>"}


def an_argument(proposal, by=None, stance=Stance.FOR):
    new = add_argument(proposal, builders.acting(by or builders.a_resident()), stance=stance, **ALL)
    return read(proposal, new)


def read(proposal, contribution):
    return get_argument(builders.the_platform(), proposal.round.slug, contribution.public_id)


def a_loaded(found):
    return get_contribution(builders.the_platform(), found.slug, a_contribution(found).public_id)


@pytest.fixture
def proposal(unit):
    return a_loaded(builders.a_round())


def test_an_answer_stands_under_its_argument(proposal):
    argument = an_argument(proposal)
    new = answer_argument(argument, builders.acting(builders.a_resident()), text="Valt mee.", html="<p>Valt mee.</p>")
    [said] = list_arguments(builders.acting(None), proposal.id).items
    assert said.argument is argument
    assert [one.argument.contribution_id for one in said.answers] == [new.id]


def test_an_answer_takes_no_answer(proposal):
    first = an_argument(proposal)
    answer = answer_argument(first, builders.acting(builders.a_resident()), **ALL)
    with pytest.raises(Conflict):
        answer_argument(read(proposal, answer), builders.acting(builders.a_resident()), **ALL)


def test_what_a_moderator_took_away_takes_neither_answers_nor_marks(proposal):
    argument, reader = an_argument(proposal), builders.acting(builders.a_resident())
    argument.contribution.state = State.HELD
    session().flush()
    with pytest.raises(NotNow):
        answer_argument(argument, reader, **ALL)
    with pytest.raises(NotNow):
        mark_helpful(argument, reader, is_helpful=True)


def test_a_hidden_answer_is_not_shown_to_others(proposal):
    argument = an_argument(proposal)
    answer_argument(argument, builders.acting(builders.a_resident()), **ALL).state = State.REFUSED
    session().flush()
    [said] = list_arguments(builders.acting(None), proposal.id).items
    assert said.answers == []


def test_helpful_counts_each_person_once_and_can_be_taken_back(proposal):
    argument = an_argument(proposal)
    one, other = (builders.acting(builders.a_resident()) for _ in range(2))
    for actor in (one, one, other):
        mark_helpful(argument, actor, is_helpful=True)
    mark_helpful(argument, other, is_helpful=False)
    [said] = list_arguments(one, proposal.id).items
    assert (said.helpful, said.is_marked) == (1, True)
    assert not list_arguments(other, proposal.id).items[0].is_marked


def test_nobody_finds_their_own_argument_helpful(proposal):
    person = builders.a_resident()
    with pytest.raises(NotAllowed):
        mark_helpful(an_argument(proposal, person), builders.acting(person), is_helpful=True)


def test_arguments_come_in_the_order_that_was_asked(proposal):
    first, second, third = (an_argument(proposal) for _ in range(3))
    mark_helpful(second, builders.acting(builders.a_resident()), is_helpful=True)

    def order(how):
        return [said.argument for said in list_arguments(builders.acting(None), proposal.id, order=how).items]

    assert order(Heard.OLDEST) == [first, second, third]
    assert order(Heard.NEWEST) == [third, second, first]
    assert order(Heard.HELPFUL)[0] is second


def test_more_than_a_page_of_arguments_is_paged(proposal):
    for number in range(101):
        said = a_contribution(proposal.round, kind=Kind.ARGUMENT, text=f"Argument {number}")
        add(Argument(contribution_id=said.id, proposal_id=proposal.id, stance=Stance.FOR))
    first, second = (list_arguments(builders.acting(None), proposal.id, page=page) for page in (1, 2))
    assert (len(first.items), len(second.items), first.total) == (100, 1, 101)


def test_a_mark_pressed_by_many_hands_at_once_is_one_mark(site):
    with site.writing():
        builders.an_authority()
        proposal = a_loaded(builders.a_round())
        argument, person = an_argument(proposal), builders.a_resident()
        path = f"/rounds/{proposal.round.slug}/contributions/{argument.contribution.public_id}/helpful"
    browsers = [site.browser(person) for _ in range(6)]
    with ThreadPoolExecutor(6) as hands:
        answers = list(hands.map(lambda browser: browser.post(path, {"helpful": "yes"}), browsers))
    assert {answer.status_code for answer in answers} == {303}
    with site.reading():
        assert len(session().scalars(select(Helpful)).all()) == 1


def test_somebody_answers_and_marks_without_scripts(site):
    with site.writing():
        builders.an_authority()
        proposal = a_loaded(builders.a_round())
        argument, person = an_argument(proposal), builders.a_resident()
        slug, public_id = proposal.round.slug, argument.contribution.public_id
        page = f"/rounds/{slug}/proposals/{proposal.public_id}"
    browser = site.browser(person)
    assert f"/contributions/{public_id}/answer" in browser.get(page).text
    empty = browser.post(f"/rounds/{slug}/contributions/{public_id}/answer", {"text": ""})
    assert empty.status_code == 422
    sent = browser.post(f"/rounds/{slug}/contributions/{public_id}/answer", {"text": "Dat **klopt** niet."})
    assert sent.status_code == 303
    marked = browser.post(f"/rounds/{slug}/contributions/{public_id}/helpful", {"helpful": "yes"})
    assert marked.location == f"{page}#a-{public_id}"
    assert "Dat klopt niet." in browser.get(page).text
    assert browser.get(f"{page}?arguments=helpful").status_code == 200
    assert browser.get(f"{page}?arguments=loudest").status_code == 400
