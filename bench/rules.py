"""What rules of counting cost: equal shares on a real and a large invented budget, tallies, and Schulze."""

import os
import random
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from consult.voting.methods import Candidate, Profile, budget, ranking
from tests.voting.methods_builders import read_public

PUBLIC = Path(os.environ.get("CONSULT_PUBLIC_DATA", Path(__file__).parents[2] / "shared" / "data"))
WIELICZKA = PUBLIC / "pabulib-dev" / "Poland_Wieliczka_2023_Green_Budget.pb"
BALLOTS, PROJECTS, RANKED, OPTIONS = 15_000, 100, 100_000, 30


def show(*, ballots: int = BALLOTS, ranked: int = RANKED) -> None:
    """Print the rows of rules; the numbers of ballots may be smaller for a look."""
    print(f"\n{'rules of counting':<60}{'seconds':>9}{'must':>8}{'MB':>7}")
    if WIELICZKA.exists():
        real = read_public(WIELICZKA, rule="equal_shares")
        _row("equal shares, 6,586 × 64, steps of one unit", "≤ 5", lambda: _shares(real, 100))
        _row("the same, steps of a cent", "≤ 10", lambda: _shares(real, 1))
    town = invented(ballots, PROJECTS)
    _row(f"equal shares, {ballots:,} × {PROJECTS}, steps of one unit", "≤ 60", lambda: _shares(town, 100))
    orders = rankings(ranked, OPTIONS)
    _row(f"Schulze, {ranked:,} × {OPTIONS} ranked", "≤ 5", lambda: ranking.schulze(orders))
    _row(f"instant runoff, {ranked:,} × {OPTIONS} ranked", "≤ 5", lambda: ranking.runoff(orders))


def _row(words: str, must: str, work: Callable[[], object]) -> None:
    begun = time.process_time()
    work()
    spent = time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{words:<60}{spent:>9.2f}{must:>8}{memory:>7.0f}")


def _shares(profile: Profile, step: int) -> object:
    told = {**profile.parameters, "rule": "equal_shares", "step": step}
    return budget.outcomes(Profile(profile.candidates, profile.ballots, told))


def invented(ballots: int, projects: int, seed: int = 7) -> Profile:
    """A budget of a large city: some projects are liked everywhere, most in a part of it."""
    dice = random.Random(seed)
    costs = [dice.randrange(5_000_00, 200_000_00, 100_00) for _ in range(projects)]
    weights = [1 / (1 + number / 8) for number in range(projects)]
    counted = [0] * projects
    cast = []
    for _ballot in range(ballots):
        chosen = set(dice.choices(range(projects), weights, k=dice.randint(2, 10)))
        for one in chosen:
            counted[one] += 1
        cast.append(({str(one): 1 for one in chosen}, 1))
    offered = [Candidate(str(n), cost, votes) for n, (cost, votes) in enumerate(zip(costs, counted, strict=True))]
    return Profile(offered, cast, {"budget": sum(costs) // 3})


def rankings(ballots: int, options: int, seed: int = 7) -> Profile:
    """Whole rankings around an order that most would agree with."""
    dice = random.Random(seed)
    names: Sequence[str] = [f"o{number}" for number in range(options)]
    cast = []
    for _ballot in range(ballots):
        order = sorted(range(options), key=lambda one: one + dice.gauss(0, 8))
        cast.append(({names[one]: rank for rank, one in enumerate(order, start=1)}, 1))
    return Profile([Candidate(name) for name in names], cast)


if __name__ == "__main__":
    show()
