from dataclasses import replace
from datetime import timedelta

import pytest

from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import local
from consult.mandates.models import NoPart, Rung
from consult.mandates.queries import (
    find_vision,
    list_principles,
    list_topic_rounds,
    list_topics,
    list_visions,
)
from consult.mandates.verbs import hindrances
from consult.mandates.visions import TopicTold, adopt_vision, link_principles, record_topic, words_of, write_vision
from consult.policy import Duty, Role
from consult.rounds.models import Level, Organ, RoundState
from tests.builders import a_member_of_staff, a_round, acting, appoint, the_platform
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")
FIRST = [("U1", "We zeggen vooraf wat kan."), ("U2", "We laten weten wat we deden.")]


def today():
    return local(clock.now()).date()


def adopted(principles=FIRST, *, days=0):
    vision = write_vision("Samen aan zet", "Wij doen het samen.", principles, acting(a_member_of_staff(Role.DIRECTOR)))
    adopt_vision(vision, Organ.COUNCIL, today() - timedelta(days=days), "2026-014", the_platform())
    return find_vision()


@shows("S14")
def test_a_vision_holds_once_somebody_else_recorded_its_adoption():
    writer, clerk = acting(a_member_of_staff(Role.DIRECTOR)), acting(a_member_of_staff(Role.CLERK))
    vision = write_vision("Samen aan zet", "Wij doen het samen.", FIRST, writer)
    assert find_vision() is None
    with pytest.raises(NotAllowed):
        adopt_vision(vision, Organ.COUNCIL, today(), "", writer)
    with pytest.raises(Conflict):
        adopt_vision(vision, Organ.COUNCIL, today() + timedelta(days=1), "", clerk)
    adopt_vision(vision, Organ.COUNCIL, today(), "2026-014", clerk)
    assert find_vision().number == 1
    with pytest.raises(Conflict):
        adopt_vision(vision, Organ.COUNCIL, today(), "", clerk)


@shows("S14")
def test_a_later_version_leaves_the_earlier_one_and_the_rounds_held_to_it_as_they_were():
    first, found = adopted(days=3), a_round(state="draft")
    link_principles(found, [first.principles[0].id], the_platform())
    write_vision("Verder", "Anders.", [("U1", "Heel anders.")], the_platform())
    assert find_vision().number == 1
    assert [one.text for one in list_principles(found.id)] == ["We zeggen vooraf wat kan."]
    second = next(one for one in list_visions() if one.adopted_at is None)
    with pytest.raises(Conflict):
        adopt_vision(second, Organ.COUNCIL, today() - timedelta(days=9), "", the_platform())
    adopt_vision(second, Organ.COUNCIL, today(), "", the_platform())
    assert find_vision().number == 2
    assert [one.text for one in list_principles(found.id)] == ["We zeggen vooraf wat kan."]


@shows("S14")
def test_a_round_needs_a_principle_of_the_vision_that_holds_and_keeps_it_once_open():
    found = a_round(state="draft")
    before = len(hindrances(found))
    vision = adopted()
    assert len(hindrances(found)) == before + 1
    with pytest.raises(Conflict):
        link_principles(found, [], the_platform())
    with pytest.raises(Conflict):
        link_principles(found, [found.id], the_platform())
    first, second = vision.principles
    link_principles(found, [first.id, second.id], the_platform())
    link_principles(found, [second.id], the_platform())
    assert [one.code for one in list_principles(found.id)] == ["U2"]
    link_principles(found, [first.id], the_platform())
    assert [one.code for one in list_principles(found.id)] == ["U1"]
    assert len(hindrances(found)) == before
    found.state = RoundState.OPEN
    with pytest.raises(NotNow):
        link_principles(found, [second.id], the_platform())


def test_a_principle_that_is_left_out_again_cannot_be_chosen():
    write_vision("Samen", "", FIRST, the_platform())
    write_vision("Samen", "", FIRST[:1], the_platform())
    [vision] = list_visions()
    assert [(one.code, one.left_out) for one in vision.principles] == [("U1", False), ("U2", True)]
    adopt_vision(vision, Organ.COUNCIL, today(), "", the_platform())
    with pytest.raises(Conflict):
        link_principles(a_round(state="draft"), [vision.principles[1].id], the_platform())


TOLD = TopicTold("De speelplek", Level.ADVISE, Rung.FACILITATE, None, "De buurt kent hem.", Organ.EXECUTIVE, None)


@shows("S13")
def test_that_people_are_not_asked_needs_a_reason_and_a_ground():
    yes = replace(TOLD, decided_on=today())
    no = replace(yes, level=None, ground=NoPart.LAW, reason="Het riool lekt.")
    for wrong in (
        replace(no, ground=None),
        replace(no, reason=" "),
        replace(yes, reason=""),
        replace(yes, ground=NoPart.LAW),
        replace(yes, decided_on=today() + timedelta(days=1)),
    ):
        with pytest.raises(Conflict):
            record_topic(wrong, the_platform())
    assert list_topics() == []
    record_topic(no, the_platform())
    record_topic(yes, the_platform())
    told = {(one.title, one.takes_part, one.level, one.rung, one.ground) for one, _round in list_topics()}
    assert told == {
        ("De speelplek", False, None, Rung.FACILITATE, NoPart.LAW),
        ("De speelplek", True, Level.ADVISE, Rung.FACILITATE, None),
    }


@shows("S13")
def test_a_later_decision_takes_the_place_of_the_earlier_one_once():
    first = record_topic(replace(TOLD, decided_on=today()), the_platform())
    again = record_topic(replace(TOLD, decided_on=today(), level=Level.CO_PRODUCE), the_platform(), replaces=first)
    assert [one.id for one, _round in list_topics()] == [again.id]
    with pytest.raises(Conflict):
        record_topic(replace(TOLD, decided_on=today()), the_platform(), replaces=first)


def test_the_public_list_does_not_name_a_round_that_is_prepared():
    hidden, public = a_round(state="draft"), a_round()
    for one in (hidden, public):
        record_topic(replace(TOLD, decided_on=today(), round_id=one.id), the_platform())
    assert {subject.id if subject else None for _topic, subject in list_topics()} == {None, public.id}


def a_practice_round():
    found = a_round()
    found.is_practice = True
    session().flush()
    return found


def test_a_practice_round_is_no_round_in_which_people_take_part():
    practised = a_practice_round()
    record_topic(replace(TOLD, decided_on=today(), round_id=practised.id), the_platform())
    assert [subject for _topic, subject in list_topics()] == [None]


def test_a_topic_belongs_only_to_a_round_that_is_offered():
    clerk, public = a_member_of_staff(Role.CLERK), a_round()
    own, elsewhere, practised = a_round(state="draft"), a_round(state="draft"), a_practice_round()
    for one in (own, practised):
        appoint(one, clerk, Duty.MODERATOR)
    actor = acting(clerk)
    assert {one.id for one in list_topic_rounds(actor)} == {own.id, public.id}
    for one in (elsewhere, practised):
        with pytest.raises(Conflict, match="lijst"):
            record_topic(replace(TOLD, decided_on=today(), round_id=one.id), actor)
    for one in (own, public):
        assert record_topic(replace(TOLD, decided_on=today(), round_id=one.id), actor).round_id == one.id


def test_only_the_words_that_were_read_are_adopted():
    vision = write_vision("Samen", "", FIRST, acting(a_member_of_staff(Role.DIRECTOR), clock.now() - timedelta(days=1)))
    read = words_of(vision)
    write_vision("Samen", "Heel anders.", FIRST, acting(a_member_of_staff(Role.DIRECTOR)))
    with pytest.raises(Conflict, match="veranderd"):
        adopt_vision(vision, Organ.COUNCIL, today(), "", the_platform(), seen=read)
    adopt_vision(vision, Organ.COUNCIL, today(), "", the_platform(), seen=words_of(vision))
    assert find_vision().number == 1
