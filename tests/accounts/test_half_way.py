"""Whoever works here and did not give the second factor is nobody: they reach what a visitor reaches, and no more."""

from types import SimpleNamespace

import pytest

from consult.accounts.verbs import sign_in
from consult.doors import door_of
from consult.foundation import clock
from consult.foundation.db import new_id
from consult.policy import POLICY, Act, Actor, half_way, system
from tests.house import who
from tests.house.test_who import Doors
from tests.shows import shows
from tests.site import Site

STAFF = ("moderator", "director", "sponsor", "elsewhere", "board", "clerk", "contracts", "coach", "privacy", "admin")
GIVING = {act for act in Act if half_way.words in POLICY[act].words}  # what they may do to come in


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@pytest.fixture
def doors(homes, tmp_path, kind):
    database = homes.empty(kind, tmp_path)
    with database.writing():
        world = who.a_world("open")
        held = {role: sign_in(world.people[role].account_id, system(clock.now())) for role in STAFF}
    yield Halfway(Site(who.Undone(database.url)), world, {world.people[role].id: held[role] for role in STAFF})
    database.dispose()


class Halfway(Doors):
    """Doors that know in what way somebody was sent to sign in."""

    def word(self, answer, rule):
        if answer.status_code == 303 and answer.location.startswith("/login/second?next="):
            return "second"
        return super().word(answer, rule)


@shows("R7", "R19")
def test_no_way_in_takes_staff_without_a_second_factor_further_than_a_visitor(doors):
    surprises, tried = [], 0
    for rule, method in doors.ways():
        door = door_of(doors.site.app.view_functions[rule.endpoint])
        if door is None or door.act in GIVING:
            continue
        as_visitor = doors.tries(doors.as_(None), rule, method)
        for role in STAFF if rule.rule.startswith("/staff") else STAFF[:1]:
            tried += 1
            got = doors.tries(doors.as_(doors.world.people[role]), rule, method)
            wanted = "second" if as_visitor == "in" else as_visitor
            if got != wanted and (got, wanted, method) != ("second", "404", "POST"):  # asked first: text is kept
                surprises.append(f"{method} {rule.rule} as {role}: {got}, a visitor gets {as_visitor}")
            if rule.rule.startswith("/staff") and got not in {"second", "404"}:
                surprises.append(f"{method} {rule.rule} as {role}: {got}")
    assert not surprises, "\n".join([f"{len(surprises)} of {tried}:", *surprises])
    assert tried > 500


@shows("R7")
def test_the_policy_gives_somebody_half_way_what_a_visitor_has_and_the_ways_to_come_in():
    assert {Act.GIVE_FACTOR, Act.ADD_FACTOR, Act.SIGN_OUT} == GIVING
    at, some = clock.now(), new_id()
    nearly, visitor = Actor(at, account_id=some, session_id=some, awaits_factor=True), Actor(at)
    bodies = {"organisation_id": some, "party_ids": frozenset({some})}
    subject = SimpleNamespace(round_id=some, author_id=None, person_id=None, **bodies)
    others = [act for act in Act if act not in GIVING]
    assert [POLICY[act].holds(nearly, subject) for act in others] == [
        POLICY[act].holds(visitor, subject) for act in others
    ]
