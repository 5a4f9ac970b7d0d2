from itertools import pairwise

import pytest

from consult.field import rules
from consult.field.chart import NARROW, WIDE, chart
from consult.field.models import Party, PartyKind, Ring
from consult.field.queries import Seat
from consult.field.rules import Quadrant, Salience, Standing
from tests.shows import shows

P06 = {"T1": (1, 1), "T2": (2, 3), "T3": (-2, 3), "T4": (1, 2), "T5": (0, 0), "T6": (0, 0)}
P10 = {"T1": (1, 1), "T2": (2, 3), "T3": (1, 2), "T4": (2, 3), "T5": (0, 1), "T6": (2, 2)}


@shows("S29")
@pytest.mark.parametrize(
    ("influence", "interest", "expected"),
    [(6, 6, Quadrant.INVOLVE), (6, 5.5, Quadrant.SATISFY), (5.5, 6, Quadrant.INFORM), (5, 5, Quadrant.WATCH)],
)
def test_the_line_between_low_and_high_is_at_six(influence, interest, expected):
    assert rules.quadrant(influence, interest) is expected


@pytest.mark.parametrize("influence", [1, 5.6, 6, 10])
@pytest.mark.parametrize("interest", [1, 5.6, 6, 10])
def test_a_mark_is_drawn_in_the_quadrant_that_the_table_says(influence, interest):
    party = Party(kind=PartyKind.INTERNAL)
    thought = {"salience": Salience.NONE, "ring": Ring.WORK, "ring_wanted": None, "ring_ours": None}
    at = Standing(influence, interest, 0, **thought, assessors=2, is_apart=False)
    for sheet in (WIDE, NARROW):
        drawn = chart([(1, Seat(party, at, None, ()))], sheet, lambda one: one.ring)
        [mark] = drawn["marks"]
        assert (mark["x"] > drawn["line_x"]) is (at.quadrant in (Quadrant.INVOLVE, Quadrant.INFORM))
        assert (mark["y"] < drawn["line_y"]) is (at.quadrant in (Quadrant.INVOLVE, Quadrant.SATISFY))


@shows("S30")
def test_kinds_of_which_nobody_stands_on_the_map_are_missed():
    there = [PartyKind.AUTHORITY, PartyKind.TARGET_GROUP]
    missed = rules.missing_kinds(there)
    assert set(missed) == set(PartyKind) - set(there)
    assert missed[0] is PartyKind.POLICY_CHAIN
    assert not rules.missing_kinds(PartyKind)


@shows("S31")
def test_two_can_hold_the_same_of_one_theme_and_clash_on_another():
    found = rules.match(("P06", "P10"), P06, P10)
    assert (round(found.affinity, 4), found.overlap) == (0.75, 8)
    assert found.is_suggested
    assert found.together == ("T1", "T2", "T4")
    assert found.apart == ("T3",)


def test_without_shared_weight_nothing_is_suggested():
    found = rules.match(("a", "b"), {"T1": (2, 0)}, {"T1": (2, 3)})
    assert (found.affinity, found.overlap, found.is_suggested) == (0.0, 0, False)
    light = rules.match(("a", "b"), {"T1": (2, 3)}, {"T1": (2, 3)})
    assert (light.affinity, light.overlap, light.is_suggested) == (1.0, 3, False)


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ((2, 2), (-1, 2), True),
        ((1, 3), (-1, 3), False),
        ((2, 1), (-2, 3), False),
        ((0, 3), (-2, 3), False),
    ],
)
def test_a_clash_needs_weight_opposite_signs_and_three_apart(one, other, clash):
    assert rules.clashes(one, other) is clash


@shows("S31")
def test_what_goes_both_ways_comes_first_and_case_plays_no_part():
    offers = {"a": {"drivers"}, "b": {"saturday bus"}, "c": {"money"}}
    seeks = {"a": {"saturday bus"}, "b": {"drivers", "money"}}
    found = rules.exchanges(offers, seeks)
    assert [(one.one, one.other, one.is_mutual) for one in found] == [("a", "b", True), ("b", "c", False)]
    assert found[0].gives == ("drivers",)


def test_a_group_is_measured_against_who_lives_here():
    found = {one.code: one for one in rules.represent({"x": 30, "y": 10, "": 60}, {"x": 500, "y": 500})}
    assert (found["x"].index, found["y"].index) == (1.5, 0.5)
    assert (found["x"].is_high, found["y"].is_low) == (True, True)
    assert rules.represent({"": 5}, {"x": 1}) == []
    assert rules.represent({"x": 3, "y": 90}, {"x": 1, "y": 1})[0].is_small


def test_each_mix_of_power_legitimacy_and_urgency_has_a_word_of_its_own():
    assert len(set(rules.SALIENCE.values())) == 8
    assert all("dangerous" not in str(one.words) for one in rules.Salience)


def test_bands_do_not_overlap():
    assert all(low < high for low, high in pairwise((rules.LOW, 1, rules.HIGH)))
