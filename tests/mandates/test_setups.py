from datetime import date

import pytest

from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.foundation.language import speaking
from consult.mandates.models import SetUp
from consult.mandates.queries import find_set_up, list_seats
from consult.mandates.rules import REQUIRED
from consult.mandates.setups import Example, Line, copy_example, write_set_up
from consult.mandates.verbs import list_unfilled, open_round
from consult.policy import Duty, Role
from consult.rounds.models import RoundState
from consult.rounds.queries import find_authority, list_appointments
from consult.rounds.verbs import appoint as appoint_with
from consult.rounds.verbs import end_appointment
from tests.builders import a_director_of, a_member_of_staff, a_round, an_authority, appoint, reloaded, the_platform
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")


def staffed(found, *left_out):
    an_authority()
    for duty in REQUIRED:
        if duty not in {Duty.DIRECTOR, *left_out}:
            appoint(found, a_member_of_staff(Role.BOARD), duty)
    return a_director_of(found)


@shows("S08")
@pytest.mark.parametrize("lacking", [duty for duty in REQUIRED if duty is not Duty.DIRECTOR])
def test_a_round_does_not_open_without_a_required_duty_and_the_refusal_says_which(lacking):
    found = a_round(state="draft")
    director = staffed(found, lacking)
    with speaking("nl"):
        assert list_unfilled(found) == [f"Nog niemand is {lacking.words} van deze ronde."]
        with pytest.raises(Conflict, match=lacking.words):
            open_round(reloaded(found), director)
    appoint(found, a_member_of_staff(), lacking)
    open_round(reloaded(found), director)
    assert found.state is RoundState.OPEN


@shows("S08")
def test_a_round_without_a_director_any_more_does_not_open():
    found = a_round(state="draft")
    director = staffed(found)
    appointment = appoint(found, a_member_of_staff(), Duty.DIRECTOR)
    assert list_unfilled(found) == []
    for one in [appointment, *(a for a in _held(found, Duty.DIRECTOR) if a.id != appointment.id)]:
        end_appointment(one, the_platform())
    with pytest.raises(Conflict):
        open_round(reloaded(found), director)


def _held(found, duty):
    return [one for one, _person in list_appointments(found.id) if one.duty is duty]


@shows("L01")
@pytest.mark.parametrize("lacking", ["ordinance", "ordinance_on", "authority"])
def test_a_round_does_not_open_while_it_is_not_known_which_ordinance_holds(lacking):
    found = a_round(state="draft")
    director = staffed(found)
    authority = find_authority()
    if lacking == "authority":
        session().delete(authority)
        session().info.pop("authority")
    else:
        setattr(authority, lacking, None if lacking == "ordinance_on" else "")
    with speaking("nl"), pytest.raises(Conflict, match="participatieverordening"):
        open_round(reloaded(found), director)
    assert found.state is RoundState.DRAFT
    if lacking == "authority":
        an_authority()
    else:
        authority.ordinance, authority.ordinance_on = "Participatieverordening 2025", date(2025, 6, 26)
    open_round(reloaded(found), director)
    assert found.state is RoundState.OPEN


@shows("S17")
def test_a_deputy_alone_does_not_fill_a_role_and_hours_are_added_up():
    found = a_round(state="draft")
    director = staffed(found, Duty.PRIVACY_CONTACT)
    appoint_with(found, a_member_of_staff(name="Vera"), Duty.PRIVACY_CONTACT, director, hours=2, is_deputy=True)
    appoint_with(found, a_member_of_staff(name="Anna"), Duty.MODERATOR, director, hours=8)
    appoint_with(found, a_member_of_staff(name="Bas"), Duty.MODERATOR, director, hours=4)
    write_set_up(found, [Line("Lezen", does="moderatoren")], {"moderator": 16}, director)
    seats = {seat.duty: seat for seat in list_seats(found)}
    privacy, moderators = seats[Duty.PRIVACY_CONTACT], seats[Duty.MODERATOR]
    assert (privacy.is_required, privacy.is_filled, privacy.deputies) == (True, False, ["Vera"])
    assert (moderators.holders, moderators.given, moderators.wanted, moderators.short) == (["Anna", "Bas"], 12, 16, 4)
    assert list(seats)[: len(REQUIRED)] == list(REQUIRED)
    with pytest.raises(Conflict):
        open_round(reloaded(found), director)


@shows("S38")
def test_an_example_is_copied_and_changed_and_the_example_stays_as_it_was():
    found, other = a_round(state="draft"), a_round(state="draft")
    director = a_director_of(found)
    with speaking("nl"):
        before = Example.CORE.lines()
        copy_example(found, Example.CORE, director)
        held = find_set_up(found.id)
        assert isinstance(held, SetUp)
        assert [line["work"] for line in held.told["lines"]] == [line.work for line in before]
        assert held.told["hours"]["moderator"] == 32
        with pytest.raises(Conflict):
            copy_example(found, Example.SMALL, director)
        write_set_up(found, [Line("Alles", does="één mens")], {}, director)
        session().flush()
        assert [line["does"] for line in find_set_up(found.id).told["lines"]] == ["één mens"]
        assert find_set_up(found.id).example == "core"
        assert Example.CORE.lines() == before
        assert find_set_up(other.id) is None
        assert len(Example) == 3
