"""For, neutral or against, and agree, pass or disagree: counted for each option; the counts are advice."""

from collections.abc import Callable, Mapping

from consult.voting.methods.profile import Histogram, Outcome, Profile, Progress


def words(**names: int) -> Callable[[Histogram], dict[str, int]]:
    """Return how a histogram is told: a name for each value of a mark."""
    return lambda histogram: {name: histogram.get(value, 0) for name, value in names.items()}


support: Callable[[Histogram], Mapping[str, int]] = words(**{"for": 1, "neutral": 0, "against": -1})
statements: Callable[[Histogram], Mapping[str, int]] = words(agree=1, disagree=-1, **{"pass": 0})


def advice(rule: str) -> Callable[[Profile, Progress], list[Outcome]]:
    """A method whose counts are advice: it selects nothing, and says so."""
    return lambda _profile, _progress: [Outcome(rule, {"binding": False})]
