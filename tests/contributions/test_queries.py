import pytest
from sqlalchemy import select

from consult.contributions import queries
from consult.contributions.models import Channel, Contribution, Kind, State
from consult.contributions.rules import Wanted
from consult.foundation.errors import NotFound
from consult.policy import Duty
from tests.builders import a_member_of_staff, a_moderator_of, a_resident, a_round, acting, appoint, the_platform
from tests.contributions.builders import a_contribution
from tests.shows import shows


def seen_by(actor, found):
    wanted = select(Contribution.title).where(Contribution.round_id == found.id, queries.visible_to(actor))
    return set(queries.session().scalars(wanted))


def one_of_each(found, author):
    for state in State:
        a_contribution(found, author, state=state, title=state.value)


def test_a_visitor_sees_only_what_is_published(unit):
    found = a_round()
    one_of_each(found, None)
    assert seen_by(acting(None), found) == {"published"}


def test_an_author_sees_all_of_their_own_and_nothing_hidden_of_others(unit):
    found, author = a_round(), a_resident()
    one_of_each(found, author)
    a_contribution(found, a_resident(), state=State.HELD, title="of another")
    a_contribution(found, None, state=State.HELD, title="of nobody")
    assert seen_by(acting(author), found) == {"held", "published", "refused", "withdrawn"}


def test_staff_see_everything_of_the_rounds_they_serve_and_of_no_other(unit):
    found, other = a_round(), a_round()
    one_of_each(found, None)
    one_of_each(other, None)
    moderator = a_moderator_of(found)
    assert seen_by(moderator, found) == {"held", "published", "refused", "withdrawn"}
    assert seen_by(moderator, other) == {"published"}


def test_nothing_of_a_round_in_preparation_is_public(unit):
    found = a_round(state="draft")
    a_contribution(found, title="early")
    assert seen_by(acting(None), found) == set()
    with pytest.raises(NotFound):
        queries.get_contribution(acting(None), found.slug, a_contribution(found).public_id)


@shows("R21")
def test_absent_and_invisible_are_the_same(unit):
    found, author = a_round(), a_resident()
    held = a_contribution(found, author, state=State.HELD)
    stranger = acting(a_resident())
    for slug, public_id in ((found.slug, held.public_id), (found.slug, "nothing"), ("nowhere", held.public_id)):
        with pytest.raises(NotFound):
            queries.get_contribution(stranger, slug, public_id)
    assert queries.get_contribution(acting(author), found.slug, held.public_id).round.phases


def test_a_contribution_is_not_found_under_another_round(unit):
    here, there = a_round(), a_round()
    with pytest.raises(NotFound):
        queries.get_contribution(the_platform(), there.slug, a_contribution(here).public_id)


def test_an_argument_is_no_proposal(unit):
    found = a_round()
    argument = a_contribution(found, kind=Kind.ARGUMENT)
    with pytest.raises(NotFound):
        queries.get_proposal(acting(None), found.slug, argument.public_id)
    assert queries.get_contribution(acting(None), found.slug, argument.public_id) is argument


def test_a_receipt_is_found_by_its_author_alone(unit):
    found, author = a_round(), a_resident()
    mine = a_contribution(found, author)
    assert queries.get_own(acting(author), found.slug, mine.public_id) is mine
    for other in (acting(None), acting(a_resident()), a_moderator_of(found)):
        with pytest.raises(NotFound):
            queries.get_own(other, found.slug, mine.public_id)


def test_what_nobody_wrote_belongs_to_no_visitor(unit):
    found = a_round()
    nobodys = a_contribution(found, None, state=State.HELD)
    assert queries.find_contribution(acting(None), found.id, nobodys.public_id) is None
    for one in (nobodys, a_contribution(found, None)):
        with pytest.raises(NotFound):
            queries.get_own(acting(None), found.slug, one.public_id)


def test_a_list_is_narrowed_by_each_wish_and_shown_oldest_first(unit):
    found = a_round()
    first = a_contribution(found, title="Bankjes bij de vijver", channel=Channel.LETTER, reference="B-12")
    second = a_contribution(found, title="Meer groen", text="Honderd procent groen", kind=Kind.STATEMENT)
    held = a_contribution(found, state=State.HELD, title="Later")

    def listed(**wishes):
        return list(queries.list_contributions(the_platform(), found.id, Wanted(**wishes)).items)

    assert listed() == [first, second, held]
    assert listed(kinds=frozenset({Kind.STATEMENT})) == [second]
    assert listed(state=State.HELD) == [held]
    assert listed(channel=Channel.LETTER) == [first]
    assert listed(words="VIJVER bankjes") == [first]
    assert listed(words="b-12") == [first]
    assert listed(words=second.public_id) == [second]
    first.merged_into_id = second.id
    unit.flush()
    assert listed(is_merged=True) == [first]


@shows("R45")
def test_wildcards_in_the_search_are_plain_signs(unit):
    found = a_round()
    a_contribution(found, title="Honderd", text="Honderd procent")
    exact = a_contribution(found, title="Korting", text="100% korting_op \\ alles")
    for words in ("%", "_", "100%", "g_o", "\\"):
        assert list(queries.list_contributions(the_platform(), found.id, Wanted(words=words)).items) == [exact]


def test_a_page_past_the_end_is_the_last_one(unit):
    found = a_round()
    for _ in range(26):
        a_contribution(found)
    page = queries.list_contributions(acting(None), found.id, Wanted(), number=99)
    assert (page.number, page.total, len(page.items)) == (2, 26, 1)


def test_whoever_no_longer_serves_a_round_sees_what_everybody_sees(unit):
    found = a_round()
    a_contribution(found, state=State.HELD, title="held")
    person = a_member_of_staff()
    appointment = appoint(found, person, Duty.MODERATOR)
    assert seen_by(acting(person), found) == {"held"}
    appointment.ended_at = appointment.appointed_at
    unit.flush()
    assert seen_by(acting(person), found) == set()
