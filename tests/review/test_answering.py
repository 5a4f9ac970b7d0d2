from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.mail import Mail
from consult.review import answering, queries, rules, verbs
from consult.review.answering import PointTold
from consult.review.models import Change, ResponseNote, Verdict, ViewPoint, ViewState, Way
from tests.builders import a_resident, acting, reloaded
from tests.review.builders import (
    a_desk,
    a_letter,
    a_point,
    a_public_note,
    a_published_draft,
    a_reviewed_round,
    a_view,
    answered,
    judged,
    sections,
)
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")


def words_of(point):
    return PointTold(**{name: getattr(point, name) for name in PointTold.__dataclass_fields__})


def hindrances(desk):
    session().flush()
    return queries.list_hindrances(desk.round.id)


# --- points ---


def test_a_view_is_divided_answered_and_signed_off_by_a_second_person():
    desk = a_desk()
    view = judged(desk, a_view(desk))
    first, second = a_point(desk, view), a_point(desk, view, "Een bankje", changes=False)
    assert [first.position, second.position] == [1, 2]
    answering.finish_splitting(view, desk.writer)
    with pytest.raises(NotAllowed):
        answering.sign_point(first, desk.writer, version=first.version)
    answering.sign_point(first, desk.second, version=first.version)
    assert view.state is ViewState.SPLIT
    answering.sign_point(second, desk.second, version=second.version)
    assert view.state is ViewState.ANSWERED
    with pytest.raises(NotNow):
        answering.sign_point(second, desk.second, version=second.version)


def test_a_view_that_was_not_judged_or_was_withdrawn_takes_no_points():
    desk, person = a_desk(), a_resident()
    view = a_view(desk, person)
    with pytest.raises(NotNow):
        a_point(desk, view)
    judged(desk, view)
    verbs.withdraw_view(view, acting(person))
    with pytest.raises(NotNow):
        a_point(desk, view)
    with pytest.raises(NotNow):
        answering.finish_splitting(view, desk.writer)


def test_a_view_without_a_point_is_not_divided():
    desk = a_desk()
    with pytest.raises(Conflict):
        answering.finish_splitting(judged(desk, a_view(desk)), desk.writer)


def test_an_answer_that_changes_loses_its_signature_and_the_view_waits_again():
    desk = a_desk()
    view = answered(desk, a_view(desk), points=2)
    [first, _second] = answering.list_points(view.id)
    told = words_of(first)
    answering.save_point(first, told, desk.writer, version=first.version)
    assert view.state is ViewState.ANSWERED  # nothing changed
    answering.save_point(first, replace(told, answer="Toch niet."), desk.second, version=first.version)
    assert (view.state, first.signed_at, first.answered_by_id) == (ViewState.SPLIT, None, desk.second.person_id)
    with pytest.raises(NotAllowed):
        answering.sign_point(first, desk.second, version=first.version)
    answering.sign_point(first, desk.writer, version=first.version)
    assert view.state is ViewState.ANSWERED


def test_two_who_save_the_same_point_get_both_texts_and_nobody_signs_what_they_did_not_read():
    desk = a_desk()
    view = judged(desk, a_view(desk))
    point = a_point(desk, view)
    told, read = words_of(point), point.version
    answering.save_point(point, replace(told, answer="Van de een."), desk.writer, version=read)
    with pytest.raises(Conflict) as refusal:
        answering.save_point(point, replace(told, answer="Van de ander."), desk.second, version=read)
    assert "Van de een." in refusal.value.theirs
    assert "Van de ander." in refusal.value.yours
    with pytest.raises(Conflict):
        answering.sign_point(point, desk.second, version=read)


@pytest.mark.parametrize(
    "half",
    [
        {"answer": "Dat doen we."},
        {"change": Change.NO},
        {"answer": "Dat doen we.", "change": Change.PARTLY},
        {"answer": " ", "change": Change.NO},
    ],
)
def test_half_an_answer_is_refused(half):
    desk = a_desk()
    view = judged(desk, a_view(desk))
    with pytest.raises(Conflict):
        answering.add_point(view, PointTold("Meer bomen", **half), desk.writer)


def test_a_point_is_about_a_section_of_the_draft_that_is_reviewed():
    desk = a_desk()
    other = a_published_draft(a_reviewed_round())
    foreign = queries.list_sections(other.id)[0]
    view = judged(desk, a_view(desk))
    with pytest.raises(Conflict):
        answering.add_point(view, PointTold("Meer bomen", section_id=foreign.id), desk.writer)


def test_a_point_that_is_taken_out_leaves_no_gap():
    desk = a_desk()
    view = answered(desk, a_view(desk), points=3)
    points = answering.list_points(view.id)
    answering.remove_point(points[0], desk.writer)
    assert [(p.position, p.summary) for p in answering.list_points(view.id)] == [(1, "Punt 2"), (2, "Punt 3")]
    assert view.state is ViewState.ANSWERED


# --- the response note ---


@shows("L11")
def test_every_point_of_every_admissible_view_stands_in_the_note_once():
    desk = a_desk(first=-50)
    made = [answered(desk, judged(desk, a_view(desk), Verdict.EXCUSED, "Ziek."), points=n) for n in (1, 3)]
    late = judged(desk, a_view(desk), Verdict.LATE, "Te laat.")
    gone = a_view(desk)
    verbs.withdraw_view(gone, desk.writer)
    assert hindrances(desk) == []
    a_public_note(desk)
    session().flush()
    note = queries.get_note(acting(None), reloaded(desk.round).slug)
    shown = [point.id for view in rules.treated(note.views) for point in view.points]
    wanted = session().scalars(select(ViewPoint.id).where(ViewPoint.view_id.in_([view.id for view in made]))).all()
    assert sorted(shown) == sorted(wanted)
    assert len(shown) == len(set(shown)) == 4
    counted = rules.figures(note.views)
    assert (counted.received, counted.withdrawn, counted.points, counted.changes) == (4, 1, 4, 4)
    assert counted.verdicts == {Verdict.ADMISSIBLE: 0, Verdict.EXCUSED: 2, Verdict.LATE: 1}
    assert late.id not in {view.id for view in rules.treated(note.views)}


def test_the_note_waits_for_everything_that_is_not_done():
    desk = a_desk()
    view = a_view(desk)
    assert [one.number for one in hindrances(desk)] == [1]
    judged(desk, view)
    assert len(hindrances(desk)) == 1
    first, second = a_point(desk, view), a_point(desk, view, "Een bankje")
    assert len(hindrances(desk)) == 3
    answering.finish_splitting(view, desk.writer)
    assert [one.point_id for one in hindrances(desk)] == [first.id, second.id]
    with pytest.raises(Conflict, match=r"ZW-01\.2"):
        answering.offer_note(desk.term, desk.writer)
    for point in (first, second):
        answering.sign_point(point, desk.second, version=point.version)
    assert hindrances(desk) == []
    answering.offer_note(desk.term, desk.writer)


def test_a_second_person_publishes_what_was_read():
    desk = a_desk()
    answered(desk, a_view(desk))
    with pytest.raises(NotNow):
        answering.publish_note(desk.term, desk.second)
    note = answering.offer_note(desk.term, desk.writer)
    with pytest.raises(NotAllowed):
        answering.publish_note(desk.term, desk.writer)
    with pytest.raises(Conflict):
        answering.publish_note(desk.term, desk.second, read_at="2026-01-01T00:00:00+00:00")
    with pytest.raises(NotFound):
        queries.get_note(acting(a_resident()), reloaded(desk.round).slug)
    answering.publish_note(desk.term, desk.second, read_at=note.submitted_at.isoformat())
    assert note.published_by_id == desk.second.person_id
    assert queries.get_note(acting(None), desk.round.slug).published == [note]


def test_while_a_note_waits_nothing_in_it_changes_until_it_is_taken_back():
    desk, person = a_desk(), a_resident()
    view = answered(desk, a_view(desk, person))
    [point] = answering.list_points(view.id)
    answering.offer_note(desk.term, desk.writer)
    changes = (
        lambda: answering.save_point(point, PointTold("Anders"), desk.writer, version=point.version),
        lambda: answering.remove_point(point, desk.writer),
        lambda: answering.make_own_change(desk.term, sections(desk)[0].id, "Minder", "Rekenfout", desk.writer),
        lambda: answering.offer_note(desk.term, desk.writer),
    )
    for change in changes:
        with pytest.raises(NotNow):
            change()
    answering.return_note(desk.term, desk.second)
    with pytest.raises(NotNow):
        answering.return_note(desk.term, desk.second)
    changes[2]()
    answering.offer_note(desk.term, desk.writer)
    verbs.withdraw_view(view, acting(person))  # its author can always take it back; then the note is not what it was
    with pytest.raises(NotNow):
        answering.publish_note(desk.term, desk.second)
    assert session().scalars(select(ResponseNote.returned_at)).all().count(None) == 0


def test_after_publication_nothing_changes_and_everybody_hears_the_answer():
    desk, person = a_desk(), a_resident()
    view, letter = answered(desk, a_view(desk, person)), answered(desk, a_letter(desk))
    own = answering.make_own_change(
        desk.term, sections(desk)[1].id, "Van 30 naar 25 woningen.", "Rekenfout", desk.writer
    )
    a_public_note(desk)
    assert (view.state, letter.state) == (ViewState.NOTIFIED, ViewState.ANSWERED)
    told = session().scalars(select(Mail).where(Mail.kind == "formal_view_answered")).all()
    assert [(mail.recipient_id, mail.facts) for mail in told] == [(person.id, {"view": str(view.id)})]
    [point] = answering.list_points(view.id)
    for change in (
        lambda: answering.save_point(point, PointTold("Anders"), desk.writer, version=point.version),
        lambda: verbs.withdraw_view(view, acting(person)),
        lambda: answering.drop_own_change(own, desk.writer),
        lambda: answering.notify(view, desk.writer),
        lambda: answering.offer_note(desk.term, desk.writer),
    ):
        with pytest.raises(NotNow):
            change()
    answering.notify(letter, desk.writer)
    assert letter.state is ViewState.NOTIFIED
    changed = queries.list_changed_sections(desk.round.id)
    assert [section.position for section in changed] == [1, 2]


def test_what_comes_after_publication_is_added_by_a_second_note():
    desk = a_desk()
    answered(desk, a_view(desk))
    a_public_note(desk)
    later = answered(desk, a_view(desk))
    slug = reloaded(desk.round).slug
    assert [view.number for view in queries.get_note(acting(None), slug).views] == [1]
    a_public_note(desk)
    note = queries.get_note(acting(None), slug)
    assert [view.number for view in note.views] == [1, 2]
    assert [one.number for one in note.published] == [1, 2]
    assert later.note_id == note.published[1].id


def test_an_own_change_needs_a_reason_and_a_section_of_this_draft():
    desk = a_desk()
    foreign = queries.list_sections(a_published_draft(a_reviewed_round()).id)[0].id
    own = sections(desk)[0].id
    for section_id, text, reason in ((own, "Minder", " "), (own, "", "Rekenfout"), (foreign, "Minder", "Rekenfout")):
        with pytest.raises(Conflict):
            answering.make_own_change(desk.term, section_id, text, reason, desk.writer)
    made = answering.make_own_change(desk.term, own, "Minder", "Rekenfout", desk.writer)
    answering.drop_own_change(made, desk.writer)
    assert queries.list_own_changes(desk.round.id) == []


def test_a_late_one_may_be_answered_too_but_stands_not_in_the_note():
    desk, person = a_desk(first=-50), a_resident()
    view = judged(desk, a_view(desk, person), Verdict.LATE, "Te laat.")
    answered(desk, view)
    a_public_note(desk)
    assert view.state is ViewState.NOTIFIED
    assert rules.treated(queries.list_all_views(desk.round.id)) == []


def test_counts_are_the_lengths_of_the_lists_that_they_open():
    desk = a_desk(first=-50)
    told = verbs.OfflineView(Way.LETTER, "M. de Wit", "Geen drempels.", clock.now() - timedelta(days=30))
    verbs.enter_view(desk.term, desk.writer, told)
    a_view(desk)
    judged(desk, a_view(desk), Verdict.EXCUSED, "Ziek.")
    judged(desk, a_view(desk), Verdict.LATE, "Te laat.")
    answered(desk, judged(desk, a_view(desk), Verdict.EXCUSED, "Ziek."))
    counted = queries.count_views(desk.round.id)
    for name in ("", *queries.SHOWS):
        shown = queries.list_views(desk.round.id, counted, name)
        assert len(shown.items) == counted[name or "all"], name
    assert counted.pop("all") == 5
    assert counted == {
        "unacknowledged": 1, "unjudged": 1, "unsplit": 1, "unanswered": 0, "untold": 0, "late": 1, "withdrawn": 0,
    }  # fmt: skip
