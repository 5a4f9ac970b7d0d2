import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.coding.rules import Agreement, agreements, due, kappa, next_coder, suggested
from tests.shows import shows


def of(both: int, first: int, second: int, neither: int) -> Agreement:
    return Agreement(both, first, second, neither)


@shows("S50")
def test_kappa_of_one_yes_or_no_is_that_of_the_textbook():
    """Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), table 18.1: 100 patients."""
    psychotic, neurotic, organic = of(75, 5, 5, 15), of(4, 6, 1, 89), of(10, 0, 5, 85)
    assert psychotic.observed == 0.90
    assert psychotic.by_chance == pytest.approx(0.68)
    assert psychotic.kappa == pytest.approx(0.22 / 0.32)  # 0.69
    assert neurotic.kappa == pytest.approx(0.07 / 0.14)  # 0.50
    assert organic.kappa == pytest.approx(0.17 / 0.22)  # 0.77


def test_of_one_category_each_the_kappa_of_all_is_cohens_of_the_whole_table():
    table = {("p", "p"): 75, ("p", "n"): 1, ("p", "o"): 4, ("n", "p"): 5, ("n", "n"): 4, ("n", "o"): 1, ("o", "o"): 10}
    pairs = [({one}, {other}) for (one, other), times in table.items() for _ in range(times)]
    counted = agreements(pairs, ["p", "n", "o"])
    assert counted == [of(75, 5, 5, 15), of(4, 6, 1, 89), of(10, 0, 5, 85)]
    assert kappa(counted) == pytest.approx((0.89 - 0.66) / (1 - 0.66))  # 0.68 in the book


def test_kappa_of_several_themes_for_one_input():
    """By hand: of 4 inputs, theme a: yes/yes, yes/no, no/no, no/no; theme b: yes/yes, yes/yes, no/no, no/no.

    a: p_o 3/4, p_e (2*1 + 2*3)/16 = 1/2, so kappa 1/2; b: p_o 1, p_e 1/2, so kappa 1; together (1/4 + 1/2) / 1.
    """
    pairs = [({"a", "b"}, {"a", "b"}), ({"a", "b"}, {"b"}), (set(), set()), (set(), set())]
    first, second = agreements(pairs, ["a", "b"])
    assert (first.kappa, second.kappa) == (0.5, 1.0)
    assert kappa([first, second]) == 0.75


def test_kappa_is_undefined_where_chance_alone_agrees():
    assert kappa([]) is None
    assert of(0, 0, 0, 0).kappa is None
    assert of(0, 0, 0, 9).kappa is None  # nobody used it
    assert of(9, 0, 0, 0).kappa is None  # both used it always
    assert kappa([of(0, 0, 0, 9), of(3, 0, 0, 6)]) == 1.0  # such a theme says nothing about the others


def test_who_agrees_less_than_by_chance_is_below_nothing():
    assert of(0, 5, 5, 0).kappa == -1.0


@given(*([st.integers(0, 30)] * 4))
def test_kappa_is_never_above_one_and_the_same_from_both_sides(both: int, first: int, second: int, neither: int):
    found, mirrored = of(both, first, second, neither).kappa, of(both, second, first, neither).kappa
    assert found == mirrored
    if found is not None:
        assert -1.0 <= found <= 1.0
        assert (found == 1.0) is (first == second == 0)


@pytest.mark.parametrize(
    ("coded", "drawn", "more"), [(0, 0, 0), (1, 0, 1), (10, 1, 0), (11, 1, 1), (100, 0, 10), (9, 3, 0)]
)
def test_one_in_ten_is_coded_twice_rounded_up(coded: int, drawn: int, more: int):
    assert due(coded, drawn) == more


def test_whoever_has_the_least_to_code_gets_the_next_and_never_an_own_one():
    anna, bert, input_id = uuid.UUID(int=1), uuid.UUID(int=2), uuid.uuid4()
    waiting = {anna: 3, bert: 1}
    assert next_coder(input_id, waiting, ()) == bert
    assert next_coder(input_id, waiting, {bert}) == anna
    assert waiting == {anna: 4, bert: 2}


GREEN, TRAFFIC = uuid.UUID(int=1), uuid.UUID(int=2)


def test_the_nearest_coded_inputs_speak_for_their_themes_by_how_alike_they_are():
    alike = [(0.6, "a", {GREEN}), (0.3, "b", {GREEN, TRAFFIC}), (0.05, "c", {TRAFFIC})]
    ((theme, score, because),) = suggested([*alike, (0.9, "uncoded", set())])
    assert (theme, because) == (GREEN, ["a", "b"])
    assert score == pytest.approx(0.9 / 0.95)


def test_only_the_five_nearest_have_a_say_and_nobody_says_nothing():
    far = [(0.1, f"far{n}", {TRAFFIC}) for n in range(20)]
    near = [(0.9, f"near{n}", {GREEN}) for n in range(5)]
    assert [theme for theme, _score, _because in suggested([*far, *near])] == [GREEN]
    assert suggested([]) == []
    assert suggested([(0.9, "uncoded", set())]) == []
