"""Builders of what moderators decide; they need an open unit."""

from consult.contributions.models import Contribution
from consult.moderation import verbs
from consult.moderation.models import Ground, Hold, Redaction, Refusal
from consult.moderation.redactions import propose_redaction
from consult.policy import Actor
from tests.builders import a_moderator_of


def a_refusal(contribution: Contribution, moderator: Actor, ground: Ground = Ground.ADVERTISING) -> Refusal:
    """A refusal that waits for a second person."""
    return verbs.propose_refusal(contribution, ground, "Dit is reclame voor een winkel.", moderator)


def taken_away(contribution: Contribution, moderator: Actor) -> Hold:
    """Something public that one moderator took out of sight."""
    return verbs.hold(contribution, Ground.UNLAWFUL, "Wij kijken er nog eens naar.", moderator)


def a_redaction(contribution: Contribution, *passages: str, ground: Ground = Ground.PERSONAL_DATA) -> Redaction:
    """A redaction that waits for a second person; who proposed it has done nothing else."""
    moderator = a_moderator_of(contribution.round)
    return propose_redaction(contribution, passages, ground, "Dit zijn gegevens van een ander.", moderator)
