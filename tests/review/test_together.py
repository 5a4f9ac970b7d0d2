"""Several people at the same moment, each in a transaction of their own."""

import pytest
from sqlalchemy import select

from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.review import answering, queries, verbs
from consult.review.answering import PointTold
from consult.review.models import FormalView, ResponseNote, Term, ViewPoint, ViewState
from tests.builders import a_resident, acting
from tests.review.builders import a_desk, a_point, a_view, answered, judged
from tests.together import at_once


@pytest.fixture
def desk(empty_database):
    with empty_database.writing():
        return a_desk()


def sending(desk, actor):
    def load():
        term = session().get_one(Term, desk.term.id)
        return lambda: verbs.submit_view(term, actor, "Meer bomen.")

    return load


def test_four_who_send_in_at_once_get_four_numbers_without_a_gap(empty_database, desk):
    with empty_database.writing():
        people = [acting(a_resident()) for _ in range(4)]
    for turn in (1, 2):
        assert at_once(empty_database, *(sending(desk, one) for one in people)) == [True] * 4
        with empty_database.reading():
            numbers = session().scalars(select(FormalView.number).order_by(FormalView.number)).all()
        assert list(numbers) == list(range(1, 4 * turn + 1))


def test_signing_and_changing_an_answer_at_once_never_signs_what_nobody_read(empty_database, desk):
    with empty_database.writing():
        view = judged(desk, a_view(desk))
        point = a_point(desk, view)
        answering.finish_splitting(view, desk.writer)
        point_id, version = point.id, point.version

    def loaded():
        point = session().get_one(ViewPoint, point_id)
        view = session().get_one(FormalView, point.view_id)
        point.view = view
        return point

    def signing():
        point = loaded()
        return lambda: answering.sign_point(point, desk.second, version=version)

    def changing():
        point = loaded()
        return lambda: answering.save_point(point, PointTold("Meer bomen"), desk.writer, version=version)

    kept = at_once(empty_database, signing, changing)
    assert kept[1] or kept[0]
    with empty_database.reading():
        point = session().get_one(ViewPoint, point_id)
        state = session().get_one(FormalView, point.view_id).state
        if kept[1]:  # whoever changed it took the answer out
            assert (point.signed_at, point.answer, state) == (None, "", ViewState.SPLIT)
        else:
            assert (point.signed_at is not None, state) == (True, ViewState.ANSWERED)


def test_of_two_who_offer_the_note_one_does(empty_database, desk):
    with empty_database.writing():
        answered(desk, a_view(desk))

    def offering(actor):
        def load():
            term = session().get_one(Term, desk.term.id)

            def step():
                try:
                    answering.offer_note(term, actor)
                except NotNow as refusal:
                    raise Conflict(refusal.sentence) from refusal

            return step

        return load

    assert sorted(at_once(empty_database, offering(desk.writer), offering(desk.second))) == [False, True]
    with empty_database.reading():
        assert len(session().scalars(select(ResponseNote)).all()) == 1
        assert queries.list_hindrances(desk.round.id) == []
