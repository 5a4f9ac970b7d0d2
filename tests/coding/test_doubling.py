"""One in ten coded twice: the draw, blindness, agreement, and settling."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.audit.queries import list_entries_on
from consult.coding.double import (
    coders_of,
    count_sample,
    get_difference,
    get_second,
    list_differences,
    list_settled,
    list_tasks,
    measured,
)
from consult.coding.doubling import code_again, draw_sample, settle
from consult.coding.models import Double, Settlement, Suggestion
from consult.coding.queries import list_coded, list_codes
from consult.coding.verbs import code, code_passages, draw, suggest_missing
from consult.contributions.models import State
from consult.contributions.verbs import rewrite
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.text import sanitize
from consult.moderation.verbs import merge
from consult.policy import Actor, Duty
from consult.rounds.verbs import end_appointment
from consult.synthesis.queries import Wanted, list_weighed
from consult.synthesis.trace import trace_links
from consult.workbench.models import BulkKind
from consult.workbench.queries import list_inputs, preview, wish_of
from consult.workbench.rules import Fate
from consult.workbench.verbs import plan
from tests.builders import a_moderator_of, a_resident, acting, appoint, the_platform
from tests.coding.builders import a_coded_set, a_drawn, a_text
from tests.shows import shows
from tests.synthesis.builders import Desk, a_contribution, a_desk
from tests.workbench.test_verbs import names


def doubles(desk: Desk) -> list[Double]:
    return list(session().scalars(select(Double).where(Double.round_id == desk.round.id)))


@shows("S50")
def test_one_in_ten_is_drawn_for_a_colleague_and_drawing_again_changes_nothing(unit: Session) -> None:
    desk = a_desk()
    a_coded_set(desk, 25)
    assert draw_sample(desk.round, desk.writer) == 3
    drawn = {one.contribution_id for one in doubles(desk)}
    assert {one.person_id for one in doubles(desk)} == {desk.second.person_id}
    with pytest.raises(Conflict):
        draw_sample(desk.round, desk.second)
    assert {one.contribution_id for one in doubles(desk)} == drawn


def test_the_stored_keys_decide_which_ones_and_nobody_else(unit: Session) -> None:
    desk = a_desk()
    made = a_coded_set(desk, 20)
    for place, one in enumerate(made):
        one.order_key = (1_000_003 * (100 - place)) + (place * 7 + 3) % 20  # the biggest keys come first in one order
    unit.flush()
    draw_sample(desk.round, desk.writer)
    wanted = sorted(made, key=lambda one: one.order_key % 1_000_003)[:2]
    assert {one.contribution_id for one in doubles(desk)} == {one.id for one in wanted}


def test_once_begun_the_sample_grows_with_the_coding_and_what_was_drawn_stays(unit: Session) -> None:
    desk = a_desk()
    a_coded_set(desk, 10)
    assert doubles(desk) == []
    draw_sample(desk.round, desk.writer)
    (first,) = doubles(desk)
    a_coded_set(desk, 9)
    assert len(doubles(desk)) == 2
    a_coded_set(desk, 2)
    assert len(doubles(desk)) == 3
    assert first.contribution_id in {one.contribution_id for one in doubles(desk)}
    assert (count_sample(desk.round.id).coded, count_sample(desk.round.id).drawn) == (21, 3)


def test_what_was_merged_away_is_replaced_in_the_sample(unit: Session) -> None:
    desk = a_desk()
    made = a_coded_set(desk, 10)
    draw_sample(desk.round, desk.writer)
    (first,) = doubles(desk)
    gone = next(one for one in made if one.id == first.contribution_id)
    merge(gone, next(one for one in made if one is not gone), desk.writer)
    draw(desk.round.id, desk.writer)
    assert len(doubles(desk)) == 2
    assert count_sample(desk.round.id).due == 0


def test_nobody_gets_what_they_coded_and_who_has_least_gets_most(unit: Session) -> None:
    desk = a_desk()
    third = a_moderator_of(desk.round)
    made = a_coded_set(desk, 40)
    for one in made[:20]:
        code(one, desk.round.themes, third)
    draw_sample(desk.round, desk.writer)
    coded_by_third = {one.id for one in made[:20]}
    given = doubles(desk)
    assert len(given) == 4
    assert all(one.person_id != desk.writer.person_id for one in given)
    assert all(one.person_id == desk.second.person_id for one in given if one.contribution_id in coded_by_third)


def test_two_who_each_coded_a_half_get_each_others(unit: Session) -> None:
    desk = a_desk()
    for place in range(20):
        one = a_contribution(desk.round, f"Plan {place}")
        code(one, desk.round.themes[:1], (desk.writer, desk.second)[place % 2])
    assert draw_sample(desk.round, desk.writer) == 2
    coders = coders_of([one.contribution_id for one in doubles(desk)])
    assert all(one.person_id not in coders[one.contribution_id] for one in doubles(desk))


def test_whoever_reads_the_journal_is_not_asked_and_alone_one_cannot_begin(unit: Session) -> None:
    desk = a_desk()
    a_coded_set(desk, 10)
    appoint(desk.round, session().get_one(type(a_resident()), desk.second.person_id), Duty.DIRECTOR)
    with pytest.raises(Conflict):
        draw_sample(desk.round, desk.writer)


def test_what_waits_for_somebody_who_left_goes_to_another(unit: Session) -> None:
    desk = a_desk()
    double = a_drawn(desk)
    third = a_moderator_of(desk.round)
    person = session().get_one(type(a_resident()), desk.second.person_id)
    end_appointment(appoint(desk.round, person, Duty.MODERATOR), desk.writer)
    draw(desk.round.id, desk.writer)
    assert double.person_id == third.person_id


@shows("S50")
def test_who_codes_second_sees_no_first_coding_until_the_second_is_in(unit: Session) -> None:
    desk = a_desk()
    double = a_drawn(desk)
    one = double.contribution
    blind = desk.second
    for viewer in (blind, None, acting(a_resident())):
        assert list_coded([one.id], viewer) == []
        assert trace_links(one, viewer).codes == []
    assert names([c.code for c in list_coded([one.id], desk.writer)]) == ["Groen"]
    row = next(r for r in list_weighed(desk.round.id, Wanted(viewer=blind)).items if r.contribution.id == one.id)
    assert (row.themes, row.is_blind) == ([], True)
    listed = list_weighed(desk.round.id, Wanted(theme="t1", viewer=blind)).items
    assert one.id not in {r.contribution.id for r in listed}
    assert len(listed) == 9
    code_again(double, desk.round.themes, blind)
    for viewer in (blind, None, desk.writer):
        assert names([c.code for c in list_coded([one.id], viewer)]) == ["Groen"]


def test_who_codes_second_cannot_touch_or_learn_the_first_coding_by_any_act(unit: Session) -> None:
    desk = a_desk()
    double = a_drawn(desk)
    one, blind = double.contribution, desk.second
    with pytest.raises(Conflict):
        code(one, desk.round.themes, blind)
    with pytest.raises(Conflict):
        code_passages(one, desk.round.themes, blind, ticked=[0])
    for kind in (BulkKind.CODE, BulkKind.UNCODE):
        planned = plan(desk.round, kind, {"themes": ["t1"]}, [one], blind)
        told = preview(planned, wish_of(planned), list_inputs(planned), desk.round)
        assert [line.fate for line in told.lines] == [Fate.CANNOT]
    assert names(list_codes([one.id])) == ["Groen"]


def test_a_suggestion_learns_nothing_from_what_waits_for_a_second_coding(unit: Session) -> None:
    desk = a_desk()
    title = "Bankjes bij de winkels"
    code(a_text(desk.round, f"{title}.", title), desk.round.themes[:1], desk.writer)
    draw_sample(desk.round, desk.writer)
    alike = a_text(desk.round, f"{title} graag.", title)
    suggest_missing(the_platform())
    assert not unit.scalars(select(Suggestion)).all()
    (task,) = list_tasks(desk.round.id, desk.second.person_id)
    code_again(task, desk.round.themes[:1], desk.second)
    rewrite(alike, title=title, text=title, html=sanitize(title), at=desk.writer.arrived_at)
    suggest_missing(the_platform())
    assert [one.contribution_id for one in unit.scalars(select(Suggestion))] == [alike.id]


def test_the_second_coding_is_given_once_and_by_who_was_asked(unit: Session) -> None:
    desk = a_desk()
    double = a_drawn(desk)
    third = a_moderator_of(desk.round)
    with pytest.raises(Conflict):
        code_again(double, desk.round.themes[:1], third)
    slug = desk.round.slug
    assert get_second(desk.second, slug, double.id).id == double.id
    for other in (third, desk.writer):
        with pytest.raises(NotFound):
            get_second(other, slug, double.id)
    assert [one.id for one in list_tasks(desk.round.id, desk.second.person_id)] == [double.id]
    code_again(double, desk.round.themes[:1], desk.second)
    with pytest.raises(Conflict):
        code_again(double, desk.round.themes[1:], desk.second)
    assert list_tasks(desk.round.id, desk.second.person_id) == []
    assert list_entries_on(double.contribution_id)[-1].act == "code_again"


def test_the_first_coding_is_read_when_the_second_comes_in_and_does_not_change_after_that(unit: Session) -> None:
    desk = a_desk()
    double = a_drawn(desk)
    green, traffic = desk.round.themes
    code(double.contribution, [traffic], desk.writer)
    code_again(double, [green], desk.second)
    code(double.contribution, [green], desk.writer)
    assert (double.first, double.second, double.differs) == ([str(traffic.id)], [str(green.id)], True)


@shows("S50")
def test_agreement_is_measured_per_theme_and_together(unit: Session) -> None:
    desk = a_desk()
    green, traffic = desk.round.themes
    a_coded_set(desk, 40)
    draw_sample(desk.round, desk.writer)
    tasks = list_tasks(desk.round.id, desk.second.person_id)
    code(tasks[0].contribution, [traffic], desk.writer)
    for task, themes in zip(tasks, ([traffic], [green], [green], [green, traffic]), strict=True):
        code_again(task, themes, desk.second)
    found = measured(desk.round.id, desk.round.themes)
    assert (found.inputs, found.same) == (4, 3)
    (_, first), (_, second) = found.themes
    assert (first.both, first.first, first.second, first.neither) == (3, 0, 0, 1)
    assert (second.both, second.first, second.second, second.neither) == (1, 0, 1, 2)
    assert (first.kappa, second.kappa) == (1.0, 0.5)
    assert found.kappa == pytest.approx((3 / 8 + 1 / 4) / (3 / 8 + 1 / 2))


@shows("S50")
def test_a_difference_is_settled_with_a_reason_and_the_history_stays(unit: Session) -> None:
    desk = a_desk()
    double = a_drawn(desk)
    green, traffic = desk.round.themes
    with pytest.raises(NotFound):
        get_difference(desk.writer, desk.round.slug, double.id)
    code_again(double, [traffic], desk.second)
    before = measured(desk.round.id, desk.round.themes)
    third = a_moderator_of(desk.round)
    with pytest.raises(Conflict):
        settle(double, [traffic], "  ", third)
    settle(double, [green, traffic], "Het gaat over allebei.", third)
    assert names(list_codes([double.contribution_id])) == ["Groen", "Verkeer"]
    settle(double, [traffic], "Toch alleen verkeer.", third)
    assert names(list_codes([double.contribution_id])) == ["Verkeer"]
    told = [(one.reason, one.replaced_at is None) for one, _name in list_settled(double.id)]
    assert told == [("Toch alleen verkeer.", True), ("Het gaat over allebei.", False)]
    assert measured(desk.round.id, desk.round.themes) == before
    (row,) = list_differences(desk.round.id).items
    assert row.settlement is not None
    assert (row.settlement.reason, row.settled_by) == ("Toch alleen verkeer.", third.name)


def test_where_nothing_differs_there_is_nothing_to_settle(unit: Session) -> None:
    desk = a_desk()
    double = a_drawn(desk)
    code_again(double, desk.round.themes[:1], desk.second)
    with pytest.raises(Conflict):
        settle(double, desk.round.themes, "Waarom niet.", desk.writer)
    with pytest.raises(NotFound):
        get_difference(desk.writer, desk.round.slug, double.id)
    assert list_differences(desk.round.id).items == []
    assert not unit.scalars(select(Settlement)).all()


def test_what_is_not_on_the_site_is_asked_of_nobody(unit: Session) -> None:
    desk = a_desk()
    double = a_drawn(desk)
    double.contribution.state = State.HELD
    unit.flush()
    assert list_tasks(desk.round.id, desk.second.person_id) == []
    with pytest.raises(NotFound):
        get_second(desk.second, desk.round.slug, double.id)
    with pytest.raises(Conflict):
        code_again(double, desk.round.themes[:1], desk.second)


def test_somebody_who_serves_another_round_only_sees_what_is_public(unit: Session) -> None:
    desk, other = a_desk(), a_desk()
    double = a_drawn(desk)
    a_contribution(other.round)
    assert list_coded([double.contribution_id], other.writer) == []
    stranger = replace(Actor(arrived_at=desk.writer.arrived_at), duties={desk.round.id: frozenset()})
    assert list_coded([double.contribution_id], stranger) == []
