import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.foundation.language import speaking
from consult.voting.methods import METHODS, Candidate, Outcome, Profile, Unfit, budget, money, quiet, ranking
from consult.voting.methods.equal_shares import Shop
from consult.voting.methods.money import Project
from consult.voting.models import Method
from tests.voting.methods_builders import approved, ranked, read_public

PUBLIC = Path(os.environ.get("CONSULT_PUBLIC_DATA", Path(__file__).parents[3] / "shared" / "data")) / "pabulib-dev"
NAMES = "abcde"

# Published elections.
SCHULZE_45 = {  # M. Schulze, A new monotonic, clone-independent … method, Soc. Choice Welf. 36 (2011), example 1
    "A C B E D": 5, "A D E C B": 5, "B E D A C": 8, "C A B E D": 3,
    "C A E B D": 7, "C B A D E": 2, "D C E B A": 7, "E B A D C": 8,
}  # fmt: skip
TENNESSEE = {  # the capital of Tennessee, the example in the article "Instant-runoff voting" of Wikipedia
    "Memphis Nashville Chattanooga Knoxville": 42, "Nashville Chattanooga Knoxville Memphis": 26,
    "Chattanooga Knoxville Nashville Memphis": 15, "Knoxville Chattanooga Nashville Memphis": 17,
}  # fmt: skip
BORDA_1781 = {"A B C": 1, "A C B": 7, "B C A": 7, "C B A": 6}  # J.-C. de Borda, Mémoire sur les élections (1781)


def test_schulzes_own_example_has_his_winner_order_and_strongest_paths():
    found = ranking.schulze(ranked(SCHULZE_45))
    assert found.selected == ["E"]
    assert found.details["order"] == [["E"], ["A"], ["C"], ["B"], ["D"]]
    assert found.details["preferred"]["A"] == {"B": 20, "C": 26, "D": 30, "E": 22}
    assert found.details["paths"]["A"] == {"B": 28, "C": 28, "D": 30, "E": 24}
    assert found.details["paths"]["D"] == {"A": 25, "B": 28, "C": 28, "E": 24}


def test_instant_runoff_and_schulze_part_ways_over_the_capital_of_tennessee():
    profile = ranked(TENNESSEE)
    runoff, schulze, borda = ranking.runoff(profile), ranking.schulze(profile), ranking.borda(profile)
    assert [list(one.selected) for one in (runoff, schulze, borda)] == [["Knoxville"], ["Nashville"], ["Nashville"]]
    assert [one["out"] for one in runoff.details["rounds"]] == [["Chattanooga"], ["Nashville"], []]
    assert runoff.details["rounds"][-1]["counts"] == {"Knoxville": "58", "Memphis": "42"}
    assert borda.details["points"] == {"Memphis": "126", "Nashville": "194", "Chattanooga": "173", "Knoxville": "107"}


def test_the_election_with_which_borda_showed_that_a_plurality_can_be_wrong():
    found = ranking.borda(ranked(BORDA_1781))
    assert found.selected == ["C"]
    assert found.details["points"] == {"A": "16", "B": "21", "C": "26"}
    assert ranking.schulze(ranked(BORDA_1781)).selected == ["C"]


def test_what_a_ballot_does_not_rank_stands_last_on_it_all_together():
    profile = ranked({"A": 3, "B C": 2})
    assert ranking.preferred(profile) == {"A": {"B": 3, "C": 3}, "B": {"A": 2, "C": 2}, "C": {"A": 2, "B": 0}}
    assert ranking.borda(profile).details["points"] == {"A": "6", "B": "11/2", "C": "7/2"}


def test_an_exact_tie_selects_nobody_unless_an_order_was_fixed():
    for rule in (ranking.schulze, ranking.runoff, ranking.borda):
        found = rule(ranked({"A B": 2, "B A": 2}))
        assert (found.selected, found.ties) == ([], [["A", "B"]])
        settled = rule(ranked({"A B": 2, "B A": 2}, tie_order=["reference"]))
        assert (settled.selected, settled.ties) == (["A"], [["A", "B"]])


def test_who_is_exactly_equal_at_the_bottom_goes_together():
    found = ranking.runoff(ranked({"A": 5, "B": 4, "C A": 2, "D B": 2}))
    assert found.details["rounds"][0]["out"] == ["C", "D"]
    assert found.selected == ["A"]
    assert found.details["rounds"][1]["counts"] == {"A": "7", "B": "6"}


def test_most_approvals_win_the_seats_and_a_tie_for_the_last_is_told():
    profile = approved({"a": 0, "b": 0, "c": 0}, {"a b": 2, "a c": 2}, seats=2)
    (found,) = METHODS[Method.APPROVAL].outcomes(profile, quiet)
    assert (found.selected, found.ties) == (["a"], [["b", "c"]])
    (found,) = METHODS[Method.APPROVAL].outcomes(
        replace(profile, parameters={"seats": 2, "tie_order": ["reference"]}), quiet
    )
    assert (found.selected, found.ties) == (["a", "b"], [["b", "c"]])


# Equal shares, by hand: three ballots of 30 for a and b, one of 30 for c; 120 in all.
SMALL = approved({"a": 60, "b": 30, "c": 30, "d": 90}, {"a b": 2, "a b d": 1, "c": 1}, budget=120, rule="equal_shares")


def shares(profile: Profile, **parameters: object) -> Outcome:
    told = {"rule": "equal_shares", **profile.parameters, **parameters}
    return budget.outcomes(replace(profile, parameters=told))[0]


def test_equal_shares_explains_who_paid_what_and_what_the_others_lacked():
    found = shares(SMALL, step=0, completion="none")
    assert (found.selected, found.ties) == (["b", "a", "c"], [["b", "a"]])
    told = found.details["projects"]
    assert (told["a"]["price"], told["a"]["full"], told["a"]["part"], told["a"]["support"]) == ("20", 3, 0, "3")
    assert (told["b"]["price"], told["c"]["price"]) == ("10", "30")
    assert told["d"] == {"state": "short", "had": "0", "lacked": "90"}
    assert found.details["spent"] == 120


def test_a_supporter_who_has_less_pays_all_they_have():
    profile = approved({"a": 60, "b": 50}, {"a": 1, "a b": 1, "b": 1}, budget=150, rule="equal_shares")
    told = shares(profile, step=0, completion="none").details["projects"]
    assert (told["b"]["price"], told["b"]["full"], told["b"]["part"]) == ("25", 2, 0)
    assert (told["a"]["price"], told["a"]["full"], told["a"]["part"], told["a"]["paid_by_part"]) == ("35", 1, 1, "25")
    dearer = approved({"a": 80, "b": 70}, {"a": 1, "a b": 1, "b": 1}, budget=150, rule="equal_shares")
    told = shares(dearer, step=0, completion="none").details["projects"]
    assert told["a"] == {"state": "short", "had": "65", "lacked": "15"}


def test_the_stop_rule_and_the_step_are_parameters_that_can_change_the_winners():
    votes = {"c": 2, "b c": 1, "a b": 2}
    profile = approved({"a": 15, "b": 50, "c": 45}, votes, budget=100, rule="equal_shares")
    found = {
        (step, stop): set(shares(profile, step=step, stop=stop, completion="none").selected)
        for step in (1, 7)
        for stop in ("over_budget", "exhaustive")
    }
    assert found[1, "exhaustive"] != found[1, "over_budget"]
    assert found[1, "over_budget"] != found[7, "over_budget"]


def test_projects_that_exclude_each_other_are_never_both_chosen():
    profile = approved({"a": 40, "b": 40, "c": 10}, {"a b c": 3, "a b": 2}, budget=100, exclusive=[["a", "b"]])
    for found in budget.outcomes(replace(profile, parameters={**profile.parameters, "rule": "equal_shares"})):
        assert set(found.selected) == {"a", "c"}


def test_a_project_with_too_few_votes_does_not_take_part():
    for found in budget.outcomes(replace(SMALL, parameters={**SMALL.parameters, "minimum_votes": 2})):
        assert "c" not in found.selected
        assert "d" not in found.selected


def test_each_area_has_its_own_budget_and_the_whole_another():
    profile = approved({"a": 40, "b": 40, "c": 60, "w": 50}, {"a b w": 5, "c w": 1}, budget=50)
    placed = [replace(one, area={"a": "N", "b": "N", "c": "Z"}.get(one.reference, "")) for one in profile.candidates]
    told = {"budget": 50, "area_budgets": {"N": 40, "Z": 60}, "rule": "equal_shares"}
    for found in budget.outcomes(Profile(placed, profile.ballots, told)):
        assert set(found.selected) == {"w", "a", "c"}


@st.composite
def elections(draw, *, cardinal: bool = False, dear: int = 6, most: int = 14):
    costs = {name: draw(st.integers(1, dear)) for name in NAMES[: draw(st.integers(1, 5))]}
    chosen = st.lists(st.sampled_from(sorted(costs)), unique=True, min_size=1)
    ballots = Counter(" ".join(sorted(draw(chosen))) for _ in range(draw(st.integers(1, 6))))
    utility = "points" if cardinal else "cost"
    return approved(costs, ballots, budget=draw(st.integers(1, most)), rule="equal_shares", utility=utility)


PARAMETERS = st.fixed_dictionaries(
    {
        "step": st.sampled_from([0, 1, 3]),
        "stop": st.sampled_from(["over_budget", "exhaustive"]),
        "completion": st.sampled_from(["votes", "none"]),
    }
)


@given(elections(), PARAMETERS)
def test_no_rule_ever_spends_more_than_there_is(profile, parameters):
    costs = {one.reference: one.cost for one in profile.candidates}
    for found in budget.outcomes(replace(profile, parameters={**profile.parameters, **parameters})):
        assert found.details["spent"] == sum(costs[one] for one in found.selected) <= profile.parameters["budget"]
        assert len(set(found.selected)) == len(found.selected)


@given(elections(), PARAMETERS)
def test_what_was_paid_adds_up_to_what_it_costs_to_the_last_fraction(profile, parameters):
    found = shares(profile, **parameters)
    costs = {one.reference: one.cost for one in profile.candidates}
    for name, told in found.details["projects"].items():
        if told["state"] == "bought":
            assert Fraction(told["price"]) * told["full"] + Fraction(told["paid_by_part"]) == costs[name]


@settings(max_examples=300)
@given(elections(cardinal=True))
def test_equal_shares_gives_every_group_what_it_could_pay_for(profile):
    """Extended justified representation for cardinality utilities, of every group and every set of projects.

    Where each project counts for one, "up to one project" asks the same as the axiom itself.
    """
    found = shares(profile, step=0, completion="none")
    voters = [frozenset(marks) for marks, times in profile.ballots for _ in range(times)]
    costs = {one.reference: one.cost for one in profile.candidates}
    chosen, total = set(found.selected), profile.parameters["budget"]
    for wanted in chain.from_iterable(combinations(costs, size) for size in range(1, len(costs) + 1)):
        group = [approves for approves in voters if approves >= set(wanted)]
        if not group or sum(costs[one] for one in wanted) * len(voters) > total * len(group):
            continue
        need = -(-sum(costs[one] for one in wanted) * len(voters) // total)  # so many of them could pay for it
        assert len([one for one in group if len(one & chosen) < len(wanted)]) < need


ORDERS = st.dictionaries(st.permutations(list("ABCD")).map(" ".join), st.integers(1, 4), min_size=1, max_size=5)


def renamed(profile: Profile, names: dict[str, str]) -> Profile:
    return Profile(
        [replace(one, reference=names[one.reference]) for one in profile.candidates],
        [({names[name]: value for name, value in marks.items()}, times) for marks, times in profile.ballots],
        profile.parameters,
    )


@given(ORDERS, st.permutations(list("ABCD")), st.randoms())
def test_ranking_rules_treat_all_voters_and_all_options_alike(votes, other, dice):
    profile, names = ranked(votes), dict(zip("ABCD", other, strict=True))
    mixed = list(renamed(profile, names).ballots)
    dice.shuffle(mixed)
    for before, after in zip(
        ranking.outcomes(profile), ranking.outcomes(replace(renamed(profile, names), ballots=mixed)), strict=True
    ):
        assert {names[one] for one in before.selected} == set(after.selected)
        assert [{names[one] for one in group} for group in before.ties] == [set(group) for group in after.ties]


@given(elections(), st.permutations(list(NAMES)), st.randoms())
def test_budget_rules_treat_all_voters_alike_and_all_projects_that_are_not_exactly_equal(profile, other, dice):
    names = dict(zip(NAMES, other, strict=True))
    there = renamed(profile, names)
    mixed, shown = list(there.ballots), list(there.candidates)
    dice.shuffle(mixed)
    dice.shuffle(shown)
    for before, after in zip(
        budget.outcomes(profile), budget.outcomes(Profile(shown, mixed, profile.parameters)), strict=True
    ):
        if not before.ties:
            assert {names[one] for one in before.selected} == set(after.selected)


@given(elections(), st.sampled_from([1, 2, 5]), st.sampled_from(["over_budget", "exhaustive"]))
def test_jumping_over_shares_that_change_nothing_finds_what_counting_up_finds(profile, step, stop):
    found = shares(profile, step=step, stop=stop, completion="none")
    size, total = profile.size, profile.parameters["budget"]
    costs = {one.reference: one.cost for one in profile.candidates}
    held = None
    for number in range(40):
        # another budget with the same number of ballots is another start share
        one = shares(profile, budget=total + number * step * size, step=0, completion="none")
        left = total - one.details["spent"]
        if left < 0:
            break
        held = one
        if len(one.selected) == len(costs):
            break
        if stop == "exhaustive" and all(costs[c] > left for c in costs if c not in one.selected and _votes(profile, c)):
            break
    assert held is not None
    assert list(found.selected) == list(held.selected)
    if number < 39:  # otherwise nothing changes any more
        assert found.details == {**held.details, "first_share": found.details["first_share"]}


def test_the_share_that_is_told_is_the_last_one_that_could_be_paid_and_not_the_last_that_was_tried():
    found = shares(approved({"a": 60, "b": 60}, {"a": 1, "b": 1}, budget=100), step=1, completion="none")
    assert (found.selected, found.details["share"]) == ([], "59")
    assert found.details["projects"]["a"] == {"state": "short", "had": "59", "lacked": "1"}


def bought(projects: Sequence[Project], sizes: tuple[int, int], share: int) -> Shop:
    found = Shop(projects, *sizes)
    found.run(share)
    return found


DEAR = elections(dear=30, most=60) | elections(dear=30, most=60, cardinal=True)


@settings(max_examples=300)
@given(DEAR, st.lists(st.integers(1, 6), max_size=8))
def test_going_on_with_a_higher_share_buys_what_a_run_from_the_start_buys(profile, steps):
    projects, sizes = (
        budget.as_projects(profile, profile.candidates, profile.parameters),
        (profile.size, len(profile.ballots)),
    )
    share, shop = profile.parameters["budget"], Shop(projects, *sizes)
    for step in [0, *steps]:
        share += step
        shop.run(share)
        anew = bought(projects, sizes, share)
        # what was exactly equal is told of a run from the start alone
        assert replace(shop.told(), ties=()) == replace(anew.told(), ties=())
        until = shop.until(share)
        for later in range(share, share + 6 if until is None else min(until, share + 6) + 1):
            assert bought(projects, sizes, later).selected == anew.selected


@given(elections() | elections(cardinal=True), PARAMETERS)
def test_floats_decide_nothing_that_exact_numbers_decide_otherwise(profile, parameters):
    quick = shares(profile, **parameters)
    with pytest.MonkeyPatch.context() as never:
        never.setattr(money, "ROUNDING", 1e9)  # floats can never tell
        assert shares(profile, **parameters) == quick


def _votes(profile: Profile, name: str) -> int:
    return next(one.votes for one in profile.candidates if one.reference == name)


WAYS = {
    "mes_cost": {"step": 0, "completion": "none"},
    "mes_cost_add1": {"step": 100, "stop": "exhaustive", "completion": "none"},
    "mes_cost_add1_no_early_stop": {"step": 100, "completion": "none"},
    "mes_cost_add1_utilitarian": {"step": 100, "stop": "exhaustive", "completion": "votes"},
    "mes_points_add1": {"step": 100, "stop": "exhaustive", "completion": "none", "utility": "points"},
}


@pytest.mark.skipif(not PUBLIC.is_dir(), reason=f"no public data in {PUBLIC}")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name", ["Netherlands_Assen_2024", "Poland_Wieliczka_2023_Green_Budget", "Switzerland_Zurich_D10"]
)
def test_public_budgets_have_the_winners_of_an_independent_program(name, way):
    known = json.loads((PUBLIC / f"{name}.expected.json").read_text())
    if way not in known["results"]:
        pytest.skip(f"{name} has no {way}")
    profile = read_public(PUBLIC / f"{name}.pb", tie_order=["reference"])
    found = shares(profile, **WAYS[way])
    assert set(found.selected) == set(known["results"][way]["winners"])
    assert found.details["spent"] == known["results"][way]["cost"] * 100
    if way in known.get("official_matches", ()):
        assert set(found.selected) == set(known["official_selected"])


@pytest.mark.parametrize(
    ("method", "marks", "parameters", "words"),
    [
        (Method.APPROVAL, {"a": 1, "b": 1, "c": 1}, {"max_length": 2}, "Take 1 away"),
        (Method.POINTS, {"a": 4, "b": 3}, {"max_sum_points": 5}, "Take 2 away"),
        (Method.POINTS, {"a": 4}, {"max_sum_points": 5, "max_points": 3}, "Give it fewer"),
        (Method.RANKING, {"a": 1, "b": 1}, {}, "twice"),
        (Method.RANKING, {"a": 1, "b": 2}, {"max_length": 1}, "Take 1 away"),
        (Method.BUDGET, {"a": 1, "b": 1}, {"budget": 100_00, "within_budget": True}, "€ 20 too much"),
        (Method.BUDGET, {}, {"budget": 100_00}, "withdraw"),
    ],
)
def test_a_ballot_that_breaks_a_rule_is_told_what_to_change(method, marks, parameters, words):
    offered = {name: Candidate(name, 60_00) for name in "abc"}
    judge = METHODS[method].judge
    assert judge
    with speaking("en"), pytest.raises(Unfit) as problem:
        judge(marks, offered, parameters)
    assert words in str(problem.value).replace("\N{NO-BREAK SPACE}", " ")
