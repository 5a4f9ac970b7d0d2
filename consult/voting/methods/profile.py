"""What an outcome rule is given, and what it answers: candidates, ballots, outcomes, orders that settle ties."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TIE_ORDER = ("cost", "votes", "reference")  # lowest cost, then most votes, then the reference as text

Histogram = Mapping[int, int]  # a mark's value: how many ballots say so
Progress = Callable[[int, int], None]  # cents that are spent so far, of the budget
Marks = Mapping[str, int]  # of one ballot: the reference of an option, and what it says of it


@dataclass(frozen=True)
class Candidate:
    """One option as an outcome rule sees it; `cost` is in cents, `area` a code or nothing."""

    reference: str
    cost: int = 0
    votes: int = 0
    points: int = 0
    area: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a rule with its parameters selects, as references; `ties` are groups that were exactly equal.

    Where `parameters` name a tie order it settled them, and otherwise nobody of such a group is selected by it.
    `details` explains the outcome in what JSON can hold; amounts in it are exact, in cents, as text of a fraction.
    """

    rule: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    selected: Sequence[str] = ()
    ties: Sequence[Sequence[str]] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """Everything that an outcome depends on: the candidates, the distinct ballots with how often each, the parameters.

    Who a ballot is of, and in which order they came, is not here, so no rule can depend on it. `cast` is how many
    ballots there are, also where a rule needs none of them.
    """

    candidates: Sequence[Candidate]
    ballots: Sequence[tuple[Marks, int]] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cast: int = 0

    @property
    def size(self) -> int:
        """How many ballots there are."""
        return sum(times for _marks, times in self.ballots)

    def only(self, references: Iterable[str], **parameters: Any) -> "Profile":
        """Return the same over some candidates, of the ballots that name one of them."""
        kept = frozenset(references)
        ballots = [({r: v for r, v in marks.items() if r in kept}, times) for marks, times in self.ballots]
        return Profile(
            [candidate for candidate in self.candidates if candidate.reference in kept],
            [(marks, times) for marks, times in ballots if marks],
            {**self.parameters, **parameters},
        )


def quiet(_spent: int, _budget: int) -> None:
    """Tell nobody how far it is."""


class Unfit(ValueError):
    """A ballot breaks a rule of its poll; the text is a sentence for who filled it in, and says how to mend it."""


def ranking_key(order: Sequence[str], seed: str = "") -> Callable[[Candidate], Any]:
    """Return the key by which exactly equal candidates are sorted; the reference as text is always last.

    "cost" (lowest first), "votes" (most first), "reference" (as text), "lot": SHA-256 over the seed and the
    reference, where the seed is a public text that nobody knew when the vote began.
    """
    keys: dict[str, Callable[[Candidate], Any]] = {
        "cost": lambda c: c.cost,
        "votes": lambda c: -c.votes,
        "reference": lambda c: c.reference,
        "lot": lambda c: hashlib.sha256(f"{seed}|{c.reference}".encode()).hexdigest(),
    }
    chosen = [keys[name] for name in order]
    return lambda candidate: (*(key(candidate) for key in chosen), candidate.reference)


def best(
    rule: str, candidates: Sequence[Candidate], score: Callable[[Candidate], int], parameters: Mapping[str, Any]
) -> Outcome:
    """Select the `seats` candidates with the highest scores; nobody without any score.

    Equal scores at the last seat are a tie. With a tie order it is settled; without one nobody of the tied
    group is selected.
    """
    seats, order = int(parameters.get("seats", 1)), parameters.get("tie_order")
    key = ranking_key(order or ("reference",), str(parameters.get("seed", "")))
    standing = sorted((c for c in candidates if score(c) > 0), key=lambda c: (-score(c), key(c)))
    ties: list[list[str]] = []
    chosen = standing[:seats]
    if len(standing) > seats > 0 and score(standing[seats]) == score(standing[seats - 1]):
        tied = [c for c in standing if score(c) == score(standing[seats])]
        ties = [[c.reference for c in tied]]
        if not order:
            chosen = [c for c in chosen if c not in tied]
    told = {"seats": seats, "tie_order": list(order or ())}
    return Outcome(rule, told, [c.reference for c in chosen], ties)
