"""Signing answers and publishing them."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from consult.answers import rules
from consult.audit.verbs import record
from consult.contributions.models import Contribution
from consult.contributions.verbs import hold_rows
from consult.foundation.db import session
from consult.foundation.errors import NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import moment
from consult.foundation.mail import enqueue
from consult.policy import Act, Actor
from consult.rounds.verbs import bump, find_open_phase
from consult.synthesis.models import Outcome
from consult.synthesis.queries import in_public

Answers = Sequence[tuple[Outcome, Contribution]]


def sign_answers(answers: Answers, actor: Actor) -> None:
    """Sign answers that somebody else wrote, each as it was read; from then on they can be published.

    Refused as a whole to who wrote one of them, for one that was changed or signed meanwhile, and for one of
    which the contribution is hidden or merged.
    """
    _hold(answers)
    for outcome, contribution in answers:
        rules.judge_signature(outcome, contribution, actor)
        outcome.signed_by_id, outcome.signed_at = actor.person_id, actor.arrived_at
        record(Act.SIGN_ANSWER, actor, contribution, outcome=outcome.id)
    session().flush()


def publish_answers(answers: Answers, actor: Actor) -> None:
    """Make signed answers public, many at once; everybody whom one concerns is told.

    An answer that was public until then can still be read in the trace. Refused as a whole for one that was
    not signed, was changed meanwhile or is public, for one of which the contribution is hidden or merged, and
    while people vote: an answer would steer them.
    """
    rounds = {contribution.round_id for _outcome, contribution in answers}
    for round_id in rounds:
        _wait_for_the_vote(round_id, actor)
    _hold(answers)
    for outcome, contribution in answers:
        rules.judge_publication(outcome, contribution)
    _make_room([contribution.id for _outcome, contribution in answers], actor)
    for outcome, contribution in answers:
        outcome.published_by_id, outcome.published_at = actor.person_id, actor.arrived_at
        record(Act.PUBLISH_ANSWER, actor, contribution, outcome=outcome.id, kind=outcome.kind.value)
        enqueue("outcome", contribution=contribution.id, outcome=outcome.id)
    session().flush()
    for round_id in rounds:
        bump(round_id)


def _hold(answers: Answers) -> None:
    """Lock what is answered until the transaction ends, and read anew how far each answer is."""
    hold_rows(*(contribution for _outcome, contribution in answers))
    for outcome, _contribution in answers:
        session().refresh(outcome, attribute_names=["replaced_at", "signed_at", "published_at", "outdated_at"])


def _make_room(contribution_ids: Sequence[uuid.UUID], actor: Actor) -> None:
    """End what is public about some contributions, so that the next answer can take its place."""
    wanted = select(Outcome).where(Outcome.contribution_id.in_(contribution_ids), in_public())
    for earlier in session().scalars(wanted):
        earlier.outdated_at = actor.arrived_at
    session().flush()


def _wait_for_the_vote(round_id: uuid.UUID, actor: Actor) -> None:
    phase = find_open_phase(round_id, Act.CAST_VOTE, actor.arrived_at)
    if phase is not None:
        raise NotNow(
            _(
                "People vote until %(closes)s. Publish answers after that, so that nobody is led by them.",
                closes=moment(phase.closes_at),
            )
        )
