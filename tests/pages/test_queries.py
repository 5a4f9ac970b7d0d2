from datetime import timedelta

import pytest

from consult.coding import verbs as coding
from consult.contributions.models import Kind, State
from consult.foundation import clock
from consult.moderation import verbs as moderation
from consult.pages.browsing import count_numbers, list_proposals
from consult.pages.queries import list_around, list_joined
from consult.pages.rules import HIGHEST, NO_ANSWER, Asked, Cursor, Order
from consult.rounds.models import PhaseKind
from consult.synthesis.models import OutcomeKind
from consult.voting import verbs as voting
from consult.voting.models import Choice, Method
from consult.voting.queries import list_options_of
from tests.answers.builders import a_public_answer
from tests.builders import a_moderator_of, a_resident, a_round, acting, an_area, phase_of, reloaded, the_platform
from tests.contributions.builders import a_contribution
from tests.pages.builders import many_arguments, many_proposals
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")
VISITOR = acting(None)


def titles(found):
    return [item.title for item in found.items]


def walked(subject, asked, actor=VISITOR):
    """Follow the list to its end and return every page."""
    pages = [list_proposals(subject, actor, asked)]
    while pages[-1].next_after is not None:
        following = {**vars(asked), "page": pages[-1].number + 1, "after": pages[-1].next_after}
        pages.append(list_proposals(subject, actor, Asked(**following)))
    return pages


@shows("R60")
@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("who", ["visitor", "resident"])
def test_walking_the_pages_meets_each_proposal_once(order, who):
    subject = a_round()
    proposals = many_proposals(subject, 60)
    many_arguments(subject, proposals[:30])
    actor = VISITOR if who == "visitor" else acting(a_resident())
    middle = sorted(one.order_key for one in proposals)[30]
    pages = walked(subject, Asked(order=order, seed=middle), actor)
    assert [len(page.items) for page in pages] == [25, 25, 10]
    assert sorted(title for page in pages for title in titles(page)) == [one.title for one in proposals]
    assert {page.total for page in pages} == {60}
    assert [(page.first, page.last) for page in pages] == [(1, 25), (26, 50), (51, 60)]


@pytest.mark.parametrize("order", list(Order))
def test_a_page_by_its_number_alone_is_the_same_page(order):
    subject = a_round()
    many_proposals(subject, 60)
    asked = Asked(order=order, seed=2**30)
    pages = walked(subject, asked)
    for page in pages:
        assert titles(list_proposals(subject, VISITOR, Asked(**{**vars(asked), "page": page.number}))) == titles(page)


@pytest.mark.parametrize("order", list(Order))
def test_the_list_goes_on_from_the_highest_place_that_an_address_may_name(order):
    subject = a_round()
    many_proposals(subject, 3)
    found = list_proposals(subject, VISITOR, Asked(order=order, page=2, after=Cursor(HIGHEST[order], "abc")))
    assert len(found.items) == (0 if order is Order.MIXED else 3)


def test_the_mixed_order_begins_at_the_seed_and_goes_round():
    subject = a_round()
    by_key = sorted(many_proposals(subject, 10), key=lambda one: one.order_key)
    found = list_proposals(subject, VISITOR, Asked(seed=by_key[4].order_key))
    assert titles(found) == [one.title for one in (*by_key[4:], *by_key[:4])]


def test_newest_and_most_discussed_come_first_when_asked():
    subject = a_round()
    proposals = many_proposals(subject, 3)
    many_arguments(subject, [proposals[2]], each=2)
    many_arguments(subject, [proposals[1]])
    newest = list_proposals(subject, VISITOR, Asked(order=Order.NEWEST))
    assert titles(newest) == [one.title for one in proposals]
    discussed = list_proposals(subject, VISITOR, Asked(order=Order.DISCUSSED))
    assert [item.arguments for item in discussed.items] == [2, 1, 0]


def test_only_what_is_public_is_listed_for_everybody():
    subject = a_round()
    author, moderator = a_resident(), a_moderator_of(subject)
    for state in State:
        a_contribution(subject, author, title=state.value, state=state)
    a_contribution(subject, title="argument", kind=Kind.ARGUMENT)
    for actor in (VISITOR, acting(author), moderator, the_platform()):
        assert titles(list_proposals(subject, actor, Asked())) == ["published"]


def test_what_was_joined_is_found_by_searching_with_what_replaces_it():
    subject = a_round()
    moderator = a_moderator_of(subject)
    kept, gone = a_contribution(subject, title="Bankjes"), a_contribution(subject, title="Zitplekken")
    moderation.merge(gone, kept, moderator)
    assert titles(list_proposals(subject, VISITOR, Asked())) == ["Bankjes"]
    found = list_proposals(subject, VISITOR, Asked(words="zitplekken"))
    assert [(item.title, item.into_title, item.into_id) for item in found.items] == [
        ("Zitplekken", "Bankjes", kept.public_id)
    ]
    assert list_proposals(subject, VISITOR, Asked()).total == 1


def test_each_filter_narrows_the_list_and_its_count():
    subject = reloaded(a_round())
    area = an_area("BU1")
    here, there = many_proposals(subject, 1, area=area.code), many_proposals(subject, 3)
    moderator = a_moderator_of(subject)
    a_public_answer(there[0], OutcomeKind.ADOPTED)
    coding.code(there[1], [subject.themes[0]], moderator)
    for asked, total in [
        (Asked(area="BU1"), len(here)),
        (Asked(theme="t1"), 4),
        (Asked(theme="t2"), 1),
        (Asked(outcome="adopted"), 1),
        (Asked(outcome="not_adopted"), 0),
        (Asked(outcome=NO_ANSWER), 3),
        (Asked(words="voorstel 00002"), 1),
        (Asked(words="V2"), 1),
        (Asked(words="%"), 0),
        (Asked(area="BU1", theme="t2"), 0),
    ]:
        for actor in (VISITOR, acting(a_resident())):
            found = list_proposals(subject, actor, asked)
            assert (found.total, len(found.items)) == (total, total), asked


def test_a_row_shows_its_answer():
    subject = a_round()
    one = a_contribution(subject)
    a_public_answer(one, OutcomeKind.PARTLY)
    assert list_proposals(subject, VISITOR, Asked()).items[0].outcome is OutcomeKind.PARTLY


def test_a_round_with_statements_lists_those():
    subject = a_round()
    a_contribution(subject, title="Stelling", kind=Kind.STATEMENT)
    found = list_proposals(subject, VISITOR, Asked())
    assert (found.kind, titles(found)) == (Kind.STATEMENT, ["Stelling"])


def test_numbers_count_what_is_public_and_tell_what_was_joined_apart():
    subject, other = a_round(), a_round()
    proposals = many_proposals(subject, 3)
    many_arguments(subject, proposals[:1], each=2)
    a_contribution(subject, state=State.HELD)
    moderation.merge(proposals[0], proposals[1], a_moderator_of(subject))
    counted = count_numbers([subject.id, other.id])
    assert (counted[subject.id].put_forward, counted[subject.id].merged, counted[subject.id].arguments) == (2, 1, 2)
    assert (counted[other.id].put_forward, counted[other.id].arguments) == (0, 0)


def test_what_stands_around_a_contribution_is_read_at_once():
    subject = reloaded(a_round())
    moderator = a_moderator_of(subject)
    one = many_proposals(subject, 1, area=an_area("BU1", "Oude Haven").code)[0]
    coding.code(one, [subject.themes[1]], moderator)
    a_public_answer(one, OutcomeKind.FORWARDED)
    around = list_around(one)
    assert around.theme_ids == {subject.themes[0].id, subject.themes[1].id}
    assert (around.area, around.outcome.kind, around.places) == ("Oude Haven", OutcomeKind.FORWARDED, 0)


def test_the_arithmetic_of_a_merge_holds_each_part():
    subject = a_round(phases=PhaseKind.PRIORITISE)
    kept, gone = a_contribution(subject, title="Bankjes"), a_contribution(subject, title="Zitplekken")
    phase = phase_of(subject, PhaseKind.PRIORITISE)
    voting.create_poll(subject, phase, the_platform(), title="Peiling", method=Method.SUPPORT)
    for choices in ((kept,), (gone,), (kept, gone)):
        voter = a_resident()
        for one in choices:
            voting.cast_support(list_options_of(one.id)[0], acting(voter), Choice.FOR)
    moderation.merge(gone, kept, a_moderator_of(subject))
    option = list_options_of(kept.id)[0]
    parts = list_joined([option.id])[option.id]
    assert [(part.title, part.choices) for part in parts] == [("Bankjes", 2), ("Zitplekken", 2)]
    assert list_joined([]) == {}


def test_an_old_cursor_of_something_gone_still_goes_on():
    subject = a_round()
    proposals = many_proposals(subject, 30)
    asked = Asked(order=Order.NEWEST)
    first = list_proposals(subject, VISITOR, asked)
    last = next(one for one in proposals if one.title == first.items[-1].title)
    last.state, last.received_at = State.HELD, clock.now() - timedelta(days=9)
    following = list_proposals(subject, VISITOR, Asked(order=Order.NEWEST, page=2, after=first.next_after))
    assert titles(following) == [one.title for one in proposals[25:]]
