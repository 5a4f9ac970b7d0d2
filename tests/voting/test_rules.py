import json
import os
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.voting import rules
from consult.voting.methods import METHODS, TIE_ORDER, Candidate, Outcome, Profile, budget, quiet
from consult.voting.models import Method
from consult.voting.rules import count_marks, is_small, survivor
from tests.shows import shows
from tests.voting.methods_builders import read_public

PUBLIC = Path(os.environ.get("CONSULT_PUBLIC_DATA", Path(__file__).parents[3] / "shared" / "data")) / "pabulib-dev"
A, B, C, ONE, TWO = (uuid.UUID(int=n) for n in range(5))

candidates = st.lists(
    st.builds(Candidate, st.text("abc1", min_size=1, max_size=4), st.integers(0, 50), st.integers(0, 5)),
    unique_by=lambda c: c.reference,
    max_size=12,
)


def greedy(offered, total, tie_order=TIE_ORDER) -> Outcome:
    return budget.outcomes(Profile(offered, (), {"budget": total, "tie_order": tie_order}))[0]


def test_most_votes_that_still_fit_are_taken():
    offered = [Candidate("a", 60, 9), Candidate("b", 50, 8), Candidate("c", 40, 7), Candidate("d", 1, 0)]
    assert list(greedy(offered, 100).selected) == ["a", "c"]


def test_equal_votes_go_by_lowest_cost_and_then_by_reference():
    offered = [Candidate("9", 60, 5), Candidate("b", 40, 5), Candidate("10", 60, 5)]
    found = greedy(offered, 100)
    assert list(found.selected) == ["b", "10"]
    assert [sorted(group) for group in found.ties] == [["10", "9", "b"]]
    assert found.parameters == {"budget": 100, "tie_order": ["cost", "votes", "reference"]}


def test_another_tie_order_is_a_parameter():
    offered = [Candidate("9", 60, 5), Candidate("b", 40, 5), Candidate("10", 60, 5)]
    assert list(greedy(offered, 100, ["reference"]).selected) == ["10", "b"]


def test_equal_votes_that_all_fit_are_no_tie():
    assert greedy([Candidate("a", 50, 5), Candidate("b", 50, 5)], 100).ties == []


def test_equal_votes_of_which_none_fits_are_no_tie():
    assert greedy([Candidate("a", 100, 9), Candidate("b", 50, 5), Candidate("c", 50, 5)], 100).ties == []


@given(candidates, st.integers(0, 200))
def test_a_greedy_outcome_fits_and_leaves_nothing_out_that_fits(offered, total):
    found = greedy(offered, total)
    cost = {c.reference: c.cost for c in offered}
    spent = sum(cost[r] for r in found.selected)
    assert spent <= total
    left_out = [c for c in offered if c.votes > 0 and c.reference not in found.selected]
    assert all(c.cost > total - spent for c in left_out)


@given(candidates, st.integers(0, 200), st.randoms())
def test_the_order_of_the_options_does_not_matter(offered, total, dice):
    shuffled = list(offered)
    dice.shuffle(shuffled)
    assert greedy(offered, total) == greedy(shuffled, total)


@given(candidates, st.integers(0, 200))
def test_without_a_tie_any_order_within_equal_votes_takes_the_same(offered, total):
    found = greedy(offered, total)
    if not found.ties:
        assert set(greedy(offered, total, ["reference"]).selected) == set(found.selected)


@pytest.mark.skipif(not PUBLIC.is_dir(), reason=f"no public data in {PUBLIC}")
@pytest.mark.parametrize("tie_order", [TIE_ORDER, ("reference",)])
@pytest.mark.parametrize(
    "name", ["Netherlands_Assen_2024", "Poland_Wieliczka_2023_Green_Budget", "Switzerland_Zurich_D10"]
)
def test_the_greedy_winners_of_public_budgets_are_those_of_an_independent_program(name, tie_order):
    profile = read_public(PUBLIC / f"{name}.pb")
    expected = json.loads((PUBLIC / f"{name}.expected.json").read_text())["results"]["greedy_by_votes"]
    found = greedy(profile.candidates, profile.parameters["budget"], tie_order)
    assert set(found.selected) == set(expected["winners"])
    if tie_order == ("reference",):  # the order in which that program breaks ties
        assert list(found.selected) == expected["winners"]


def test_a_vote_on_the_survivor_wins_over_one_on_what_was_merged_into_it():
    marks = [(ONE, A, 1, 1), (ONE, B, -1, 2)]
    assert count_marks(marks, {A: None, B: A}) == {A: {1: 1}}


def test_otherwise_the_latest_vote_counts_once():
    marks = [(ONE, B, 1, 1), (ONE, C, -1, 2), (TWO, C, 0, 1)]
    assert count_marks(marks, {A: None, B: A, C: B}) == {A: {-1: 1, 0: 1}}


def test_no_choice_on_the_survivor_opts_out():
    assert count_marks([(ONE, B, 1, 1), (ONE, A, None, 2)], {A: None, B: A}) == {}


def test_a_choice_taken_back_on_a_merged_one_leaves_the_earlier_one():
    assert count_marks([(ONE, B, 1, 1), (ONE, C, None, 2)], {A: None, B: A, C: A}) == {A: {1: 1}}


def test_pointers_in_a_circle_are_told():
    with pytest.raises(ValueError, match="circle"):
        survivor(A, {A: B, B: A})


@pytest.mark.parametrize("method", list(Method))
def test_every_method_names_its_counts_and_tells_its_rule(method):
    row = METHODS[method]
    named = row.named({1: 3, 2: 1})
    assert all(isinstance(name, str) for name in named)
    assert sum(named.values()) >= 3
    assert all(isinstance(found, Outcome) for found in row.outcomes(Profile((), (), {"budget": 100}), quiet))


def test_points_tell_supporters_and_points():
    assert METHODS[Method.POINTS].named({1: 20, 3: 2}) == {"votes": 22, "points": 26}


@shows("R93")
def test_a_commitment_opens_with_its_salt_and_with_nothing_else():
    told = {"poll_id": A, "ballot_tag": b"t", "option_id": B, "value": 1, "counter": 1}
    known = rules.commitment(b"s" * 32, **told)
    assert known == rules.commitment(b"s" * 32, **told)
    assert known not in {
        rules.commitment(b"x" * 32, **told),
        rules.commitment(b"s" * 32, **told | {"value": -1}),
        rules.commitment(b"s" * 32, **told | {"option_id": C}),
        rules.commitment(b"s" * 32, **told | {"counter": 2}),
    }


def test_a_tag_differs_between_polls_and_a_credential_between_rounds():
    assert rules.tag(b"1" * 32, A) != rules.tag(b"2" * 32, A)
    assert rules.credential_hash(b"1" * 32, "account", "x") != rules.credential_hash(b"2" * 32, "account", "x")
    assert rules.credential_hash(b"1" * 32, "account", "x") != rules.credential_hash(b"1" * 32, "import", "x")


def test_a_seed_gives_everybody_the_same_beginning():
    assert rules.offset_of("2026-11-24") == rules.offset_of("2026-11-24")
    assert 0 <= rules.offset_of("2026-11-25") < 2**31
    assert len({rules.offset_of(f"2026-11-{day:02}") for day in range(1, 31)}) == 30


@pytest.mark.parametrize(
    ("whole", "parts", "small"),
    [
        (4, (), True),
        (5, (), False),
        (26, (20, 6), False),
        (22, (20, 2), True),  # one part is small
        (23, (20, 6), True),  # the difference with what the landscape tells of the first is
        (25, (20, 6), False),
        (20, (20, 6), False),  # whoever answered the other answered this one too
        (20, (20, 0), False),
    ],
)
def test_a_statement_that_carries_others_is_hidden_when_a_difference_leads_to_few_people(whole, parts, small):
    assert is_small(Method.STATEMENTS, {"agree": whole}, parts) is small
    assert not is_small(Method.SUPPORT, {"for": whole}, parts)
