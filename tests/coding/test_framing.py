"""Versions of the coding frame."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from consult.coding.framing import add_code, begin_frame, change_code, copy_frame, publish_frame
from consult.coding.models import FrameVersion
from consult.coding.queries import list_codes
from consult.coding.rules import name_then
from consult.coding.verbs import code
from consult.coding.versions import find_open, list_names, list_versions
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.policy import Actor
from consult.rounds.models import Theme
from consult.workbench.models import BulkKind
from consult.workbench.verbs import plan
from tests.builders import a_director_of, a_round, reloaded
from tests.shows import shows
from tests.synthesis.builders import Desk, a_contribution, a_desk


def later(actor: Actor, hours: int) -> Actor:
    return replace(actor, arrived_at=actor.arrived_at + timedelta(hours=hours))


def lines(frame: FrameVersion) -> list[tuple[str, str, bool]]:
    session().expire(frame)
    found = next(one for one in list_versions(frame.round_id) if one.id == frame.id)
    return [(line.code, line.name, line.is_retired) for line in found.lines]


def a_published(desk: Desk, actor: Actor, *, name: str, retires: bool = False) -> FrameVersion:
    """A version in which the first theme is called something else, or is retired."""
    begin_frame(desk.round, actor)
    frame = find_open(desk.round.id)
    assert frame is not None
    change_code(frame.lines[0], actor, name=name, meaning="Bomen, perken en gras.", is_retired=retires)
    publish_frame(frame, "Het was niet duidelijk.", actor)
    session().expire_all()
    return frame


@shows("S50")
def test_publishing_freezes_names_and_meanings_and_a_later_version_leaves_them(unit: Session) -> None:
    desk = a_desk()
    first = a_published(desk, desk.writer, name="Groen en bomen")
    a_published(desk, later(desk.second, 1), name="Natuur")
    assert lines(first) == [("t1", "Groen en bomen", False), ("t2", "Verkeer", False)]
    assert [theme.name for theme in reloaded(desk.round).themes] == ["Natuur", "Verkeer"]
    with pytest.raises(Conflict):
        add_code(first, desk.writer, code="licht", name="Licht", meaning="")
    with pytest.raises(Conflict):
        publish_frame(first, "Nog eens.", desk.writer)
    assert [one.number for one in list_versions(desk.round.id)] == [2, 1]


@shows("S50")
def test_what_was_coded_stays_readable_under_the_name_that_it_had(unit: Session) -> None:
    desk = a_desk()
    one, two = a_contribution(desk.round), a_contribution(desk.round)
    a_published(desk, desk.writer, name="Groen en bomen")
    green = reloaded(desk.round).themes[0]
    code(one, [green], later(desk.writer, 1))
    a_published(desk, later(desk.writer, 2), name="Natuur")
    code(two, [reloaded(desk.round).themes[0]], later(desk.writer, 3))
    (old,), (new,) = list_codes([one.id]), list_codes([two.id])
    names = list_names([green.id])
    assert (old.theme.name, name_then(names, old)) == ("Natuur", "Groen en bomen")
    assert (new.theme.name, name_then(names, new)) == ("Natuur", "")


def test_a_retired_code_stays_where_it_is_and_is_given_to_nothing_new(unit: Session) -> None:
    desk = a_desk()
    one, two = a_contribution(desk.round), a_contribution(desk.round)
    code(one, desk.round.themes, desk.writer)
    a_published(desk, later(desk.writer, 1), name="Groen", retires=True)
    green, traffic = reloaded(desk.round).themes
    assert (green.retired_at is None, desk.round.offered_themes) == (False, [traffic])
    code(one, [green], later(desk.writer, 2))
    assert [c.theme.name for c in list_codes([one.id])] == ["Groen"]
    with pytest.raises(Conflict):
        code(two, [green], desk.writer)
    with pytest.raises(Conflict):
        plan(desk.round, BulkKind.CODE, {"themes": ["t1"]}, [two], desk.writer)
    assert plan(desk.round, BulkKind.UNCODE, {"themes": ["t1"]}, [one], desk.writer)


def test_a_retired_code_can_come_back_into_use(unit: Session) -> None:
    desk = a_desk()
    a_published(desk, desk.writer, name="Groen", retires=True)
    a_published(desk, later(desk.writer, 1), name="Groen")
    assert reloaded(desk.round).themes[0].retired_at is None


def test_a_new_code_can_be_given_once_its_version_is_published(unit: Session) -> None:
    desk = a_desk()
    frame = begin_frame(desk.round, desk.writer)
    add_code(frame, desk.writer, code="licht", name="Verlichting", meaning="Lantaarns")
    with pytest.raises(Conflict):
        add_code(frame, desk.writer, code="t1", name="Anders", meaning="")
    assert [theme.code for theme in reloaded(desk.round).themes] == ["t1", "t2"]
    publish_frame(frame, "Er kwam veel over licht.", desk.writer)
    new = reloaded(desk.round).themes[2]
    assert (new.code, new.name, new.meaning) == ("licht", "Verlichting", "Lantaarns")
    code(a_contribution(desk.round), [new], desk.writer)


@shows("S50")
def test_the_frame_of_another_round_is_taken_over_without_touching_it(unit: Session) -> None:
    desk = a_desk()
    other = a_round(themes=("Groen", "Verkeer", "Wonen"))
    director = a_director_of(other)
    frame = begin_frame(other, director)
    add_code(frame, director, code="licht", name="Verlichting", meaning="Lantaarns")
    retired = find_open(other.id)
    assert retired is not None
    change_code(
        next(x for x in list_versions(other.id)[0].lines if x.code == "t3"),
        director,
        name="Wonen",
        meaning="",
        is_retired=True,
    )
    ours = begin_frame(desk.round, desk.writer)
    assert copy_frame(ours, other, desk.writer) == 1, "its version is not published yet: its themes are taken"
    publish_frame(frame, "De eerste versie.", director)
    assert copy_frame(ours, other, desk.writer) == 1
    assert copy_frame(ours, other, desk.writer) == 0
    assert [told[0] for told in lines(ours)] == ["t1", "t2", "t3", "licht"]
    publish_frame(ours, "Overgenomen van een andere ronde.", desk.writer)
    assert [theme.code for theme in reloaded(other).themes] == ["t1", "t2", "t3", "licht"]
    assert {theme.round_id for theme in unit.query(Theme).filter(Theme.code == "licht")} == {other.id, desk.round.id}


def test_one_version_is_written_at_a_time_and_needs_a_reason_and_a_code_in_use(unit: Session) -> None:
    desk = a_desk()
    frame = begin_frame(desk.round, desk.writer)
    with pytest.raises(Conflict):
        begin_frame(desk.round, desk.second)
    with pytest.raises(Conflict):
        publish_frame(frame, " ", desk.writer)
    for line in list_versions(desk.round.id)[0].lines:
        change_code(line, desk.writer, name=line.name, meaning="", is_retired=True)
    with pytest.raises(Conflict):
        publish_frame(frame, "Alles weg.", desk.writer)
