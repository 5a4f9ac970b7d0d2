"""The outcome of a round's polls in the shape that other people's programs read."""

from typing import Any

from consult.rounds.models import Round, Verification
from consult.voting.results import results_of


def as_json(subject: Round) -> dict[str, Any]:
    """Return the polls of a round with rule, parameters, turnout and counts; no counts while a poll is open.

    What the pages hide is hidden here too: counts of a statement that so few people answered. Of public data that came
    in from a file all is told, since it is public already.
    """
    hides = subject.verification is not Verification.IMPORTED
    return {
        "round": subject.slug,
        "polls": [result.as_json(hides=hides) for result in results_of(subject, computes=True)],
    }
