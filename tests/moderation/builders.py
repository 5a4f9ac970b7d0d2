"""Builders of what moderators decide; they need an open unit."""

from consult.contributions.models import Contribution
from consult.moderation import verbs
from consult.moderation.models import Ground, Refusal
from consult.policy import Actor


def a_refusal(contribution: Contribution, moderator: Actor, ground: Ground = Ground.ADVERTISING) -> Refusal:
    """A refusal that waits for a second person."""
    return verbs.propose_refusal(contribution, ground, "Dit is reclame voor een winkel.", moderator)
