"""Two moderators who decide on one group at the same moment, each in a transaction of their own."""

import pytest
from sqlalchemy import func, select

from consult.audit.models import Entry
from consult.contributions.models import Contribution, SharedText
from consult.foundation.db import session
from consult.groups import verbs
from consult.groups.models import GroupSearch
from consult.groups.queries import get_suggestion
from consult.moderation.verbs import merge, split
from consult.policy import Act
from consult.rounds.models import Round
from tests.builders import a_moderator_of, a_round
from tests.contributions.builders import a_contribution
from tests.groups.builders import a_suggestion
from tests.shows import shows
from tests.together import at_once

ROUNDS = 4


@pytest.fixture
def group(empty_database):
    with empty_database.writing():
        found = a_round()
        moderators = a_moderator_of(found), a_moderator_of(found)
        made = [a_contribution(found) for _ in range(4)]
        ids = [(one.id, one.public_id) for one in made]
        return found.slug, moderators, ids, [a_suggestion(*made).id for _ in range(ROUNDS)]


def pointing(database, ids):
    with database.reading() as unit:
        found = dict(unit.execute(select(Contribution.id, Contribution.merged_into_id)).all())
    return [found[one] for one, _public in ids]


def cleared(database):
    with database.writing() as unit:
        for one in unit.scalars(select(Contribution)):
            one.merged_into_id = None


def joining(slug, moderator, suggestion_id, into, picked):
    def load():
        found = get_suggestion(moderator, slug, suggestion_id)
        return lambda: verbs.join_group(found, into, picked, moderator)

    return load


@shows("R70")
def test_of_two_who_join_one_group_one_wins_whole(empty_database, group):
    slug, (first, second), ids, suggestions = group
    a, b, c, d = (public for _one, public in ids)
    for suggestion_id in suggestions:
        works = (
            joining(slug, first, suggestion_id, a, [a, b, c, d]),
            joining(slug, second, suggestion_id, d, [d, c, b, a]),
        )
        kept = at_once(empty_database, *works)
        assert sorted(kept) == [False, True]
        stays = ids[0][0] if kept[0] else ids[3][0]
        assert pointing(empty_database, ids) == [None if one == stays else stays for one, _public in ids]
        cleared(empty_database)


@shows("R70")
def test_a_group_and_a_merge_that_cross_never_leave_half_a_group(empty_database, group):
    slug, (first, second), ids, suggestions = group
    a, b, c, d = (public for _one, public in ids)
    for suggestion_id in suggestions:

        def merging():
            one, into = session().get_one(Contribution, ids[2][0]), session().get_one(Contribution, ids[1][0])
            return lambda: merge(one, into, second)

        kept = at_once(empty_database, joining(slug, first, suggestion_id, a, [a, b, c, d]), merging)
        assert sorted(kept) == [False, True]
        whole = [None, ids[0][0], ids[0][0], ids[0][0]]
        assert pointing(empty_database, ids) == (whole if kept[0] else [None, None, ids[1][0], None])
        cleared(empty_database)


def test_of_two_who_write_for_one_group_one_is_told(empty_database, group):
    _slug, (first, second), ids, _suggestions = group
    with empty_database.writing() as unit:
        merge(unit.get_one(Contribution, ids[1][0]), unit.get_one(Contribution, ids[0][0]), first)
    for number in range(ROUNDS):

        def writing(moderator, text, number=number):
            def load():
                into = session().get_one(Contribution, ids[0][0])
                told = {"text": text, "html": f"<p>{text}</p>", "number": number}
                return lambda: verbs.write_shared_text(into, moderator, **told)

            return load

        assert sorted(at_once(empty_database, writing(first, "Een."), writing(second, "Twee."))) == [False, True]
    with empty_database.reading() as unit:
        assert unit.scalar(select(func.count()).where(SharedText.ended_at.is_(None))) == 1
        assert unit.scalar(select(func.count(SharedText.id))) == ROUNDS


def test_the_last_two_who_leave_a_group_end_its_text(empty_database, group):
    _slug, (first, second), ids, _suggestions = group
    for number in range(ROUNDS):
        with empty_database.writing() as unit:
            into = unit.get_one(Contribution, ids[0][0])
            for one, _public in ids[1:3]:
                merge(unit.get_one(Contribution, one), into, first)
            verbs.write_shared_text(into, first, text="Samen.", html="<p>Samen.</p>", number=number)

        def splitting(one, moderator):
            def load():
                found = session().get_one(Contribution, one)
                return lambda: split(found, moderator)

            return load

        kept = at_once(empty_database, splitting(ids[1][0], first), splitting(ids[2][0], second))
        assert kept == [True, True]
        with empty_database.reading() as unit:
            assert unit.scalar(select(func.count()).where(SharedText.ended_at.is_(None))) == 0


def test_a_round_is_searched_by_one_at_a_time(empty_database, group):
    _slug, (first, second), ids, _suggestions = group
    with empty_database.writing() as unit:
        found = unit.get_one(Contribution, ids[0][0]).round_id

    def asking(moderator):
        def load():
            subject = session().get_one(Round, found)
            return lambda: verbs.ask_search(subject, moderator)

        return load

    assert sorted(at_once(empty_database, asking(first), asking(second))) == [False, True]
    with empty_database.reading() as unit:
        assert unit.scalar(select(func.count()).where(GroupSearch.finished_at.is_(None))) == 1
        assert unit.scalar(select(func.count()).where(Entry.act == Act.SUGGEST_GROUPS)) == 1
