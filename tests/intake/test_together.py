"""Several members of staff and workers at the same moment, each in a transaction of their own."""

import pytest
from sqlalchemy import func, select

from consult.contributions.models import Contribution, Version
from consult.foundation.db import session
from consult.intake import batches, verbs
from consult.intake.models import Intake
from consult.intake.queries import get_form
from consult.rounds.models import Round
from tests.builders import a_moderator_of, a_round
from tests.intake.builders import a_batch, a_form
from tests.intake.test_verbs import correction
from tests.shows import shows
from tests.together import at_once


@pytest.fixture
def found(empty_database):
    with empty_database.writing():
        found = a_round()
        return found, a_moderator_of(found), a_moderator_of(found), a_moderator_of(found)


def count(database, table):
    with database.reading() as unit:
        return unit.scalar(select(func.count()).select_from(table))


@shows("R70")
@pytest.mark.parametrize("time", range(3))
def test_two_who_check_the_same_form_do_not_both_win(empty_database, found, time):
    subject, first, *others = found
    with empty_database.writing():
        form = a_form(subject, first)
        form.is_sampled = True

    def checking(actor, *, corrects):
        def load():
            held = get_form(actor, subject.slug, form.id)
            if corrects:
                return lambda: verbs.correct_form(held, actor, [correction(held.first, "Anders.")])
            return lambda: verbs.confirm_form(held, actor)

        return load

    kept = at_once(empty_database, checking(others[0], corrects=True), checking(others[1], corrects=False))
    assert sorted(kept) == [False, True]
    with empty_database.reading() as unit:
        checked = unit.get_one(Intake, form.id)
        assert checked.checked_by_id == others[kept.index(True)].person_id
        assert checked.was_right is kept[1]
    assert count(empty_database, Version) == (2 if kept[0] else 1)


@shows("R70")
def test_of_ten_forms_that_are_entered_at_once_one_is_looked_at_again(empty_database, found):
    subject, first, *_others = found

    def entering():
        return lambda: a_form(session().get_one(Round, subject.id), first)

    for _time in range(5):
        assert at_once(empty_database, entering, entering) == [True, True]
    with empty_database.reading() as unit:
        assert sum(unit.scalars(select(Intake.is_sampled))) == 1


@shows("R70")
def test_several_workers_enter_a_file_once(empty_database, found):
    subject, first, *_others = found
    with empty_database.writing():
        batch = a_batch(subject, *(f"Idee {n}." for n in range(1_100)), actor=first)
        batches.confirm_batch(batch, first, valid_only=False, without_doubles=False)

    def working():
        return lambda: batches.enter_next(batch.id)

    for _time in range(2):
        assert at_once(empty_database, working, working, working) == [True] * 3
    assert count(empty_database, Contribution) == count(empty_database, Intake) == 1_100


@shows("R70")
def test_a_file_that_two_confirm_at_once_is_entered_once(empty_database, found):
    subject, first, second, _third = found
    with empty_database.writing():
        ids = [a_batch(subject, "Een boom.", actor=one).id for one in (first, second)]

    def confirming(batch_id, actor):
        def load():
            batch = session().get_one(batches.Batch, batch_id)

            def step():
                batches.confirm_batch(batch, actor, valid_only=False, without_doubles=False)
                batches.enter_next(batch.id)

            return step

        return load

    same = at_once(empty_database, confirming(ids[0], first), confirming(ids[0], second))
    assert sorted(same) == [False, True]
    assert count(empty_database, Contribution) == 1
    assert at_once(empty_database, confirming(ids[1], second)) == [False]
