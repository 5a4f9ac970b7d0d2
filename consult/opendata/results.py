"""The outcome of a round's polls in the shape that other people's programs read."""

from typing import Any

from consult.rounds.models import Round
from consult.voting.results import results_of


def as_json(subject: Round) -> dict[str, Any]:
    """Return the polls of a round with rule, parameters, turnout and counts; no counts while a poll is open."""
    return {"round": subject.slug, "polls": [result.as_json() for result in results_of(subject, computes=True)]}
