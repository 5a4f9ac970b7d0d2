"""Builders of answers on their way: drafted, signed by a second person, public."""

from consult.answers.verbs import publish_answers, sign_answers
from consult.contributions.models import Contribution
from consult.foundation.db import session
from consult.policy import Actor
from consult.rounds.models import Round
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.verbs import set_outcome
from tests.builders import a_moderator_of


def a_signed_answer(
    contribution: Contribution,
    kind: OutcomeKind = OutcomeKind.ADOPTED,
    reason: str = "Past in het plan.",
    *,
    writer: Actor | None = None,
) -> Outcome:
    """An answer that one moderator wrote and another one signed."""
    found = session().get_one(Round, contribution.round_id)
    outcome = set_outcome(contribution, kind, reason, writer or a_moderator_of(found))
    sign_answers([(outcome, contribution)], a_moderator_of(found))
    return outcome


def a_public_answer(
    contribution: Contribution,
    kind: OutcomeKind = OutcomeKind.ADOPTED,
    reason: str = "Past in het plan.",
    *,
    writer: Actor | None = None,
    publisher: Actor | None = None,
) -> Outcome:
    """An answer that everybody reads."""
    outcome = a_signed_answer(contribution, kind, reason, writer=writer)
    found = session().get_one(Round, contribution.round_id)
    publish_answers([(outcome, contribution)], publisher or a_moderator_of(found))
    return outcome
