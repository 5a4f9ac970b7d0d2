"""Recording what the council decided at the moment at which somebody else is at work on what it decides about."""

import pytest
from sqlalchemy import func, select

from consult.answers.verbs import publish_answers
from consult.audit.models import Entry
from consult.contributions.models import Contribution
from consult.decisions.models import Result
from consult.decisions.verbs import DecisionTold, record_decision
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.mandates.signing import use_gates
from consult.moderation.verbs import merge
from consult.policy import Act
from consult.rounds.models import Round
from consult.rounds.queries import get_round
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.queries import in_public
from consult.synthesis.releasing import begin_next_version
from consult.synthesis.verbs import set_outcome
from tests.builders import a_moderator_of, the_platform
from tests.contributions.builders import a_contribution
from tests.decisions.builders import an_answered, outcomes_of
from tests.decisions.test_verbs import Council, today
from tests.together import at_once

TIMES = 3


def fresh(row):
    """Read a row anew in the unit that is open."""
    return session().get_one(type(row), row.id)


def loaded(load):
    """Give a work that loads first and steps when all have; a refusal because of the moment counts as one."""

    def work():
        step = load()

        def carry_out():
            try:
                step()
            except NotNow as refusal:
                raise Conflict from refusal

        return carry_out

    return work


def deciding(council):
    def load():
        subject, draft = get_round(the_platform(), council.round.slug), fresh(council.draft)
        told = DecisionTold(draft, Result.ADOPTED, today(), "2027-014")
        return lambda: record_decision(subject, told, council.actor)

    return loaded(load)


def changing(council):
    """Another outcome for an input of which the answer is public."""

    def load():
        one, actor = fresh(council.first), council.table(council.table.moderator)
        return lambda: set_outcome(one, OutcomeKind.FORWARDED, "Naar de provincie.", actor)

    return loaded(load)


def joining(council):
    def load():
        one, into, actor = fresh(council.second), fresh(council.first), council.moderator
        return lambda: merge(one, into, actor)

    return loaded(load)


def publishing(council):
    def load():
        one = fresh(council.signed)
        [outcome] = outcomes_of(one)
        return lambda: publish_answers([(outcome, one)], council.actor)

    return loaded(load)


def writing(council):
    def load():
        draft, actor = fresh(council.draft), council.table(council.table.moderator)
        return lambda: begin_next_version(draft, actor)

    return loaded(load)


def gating(council):
    def load():
        subject = get_round(the_platform(), council.round.slug)
        return lambda: use_gates(subject, council.actor)

    return loaded(load)


def a_council(database, **told):
    with database.writing():
        council = Council(**told)
        council.moderator = a_moderator_of(council.round)
        council.signed = an_answered(council.table, a_contribution(council.round), is_public=False)
        [outcome] = outcomes_of(council.signed)
        outcome.signed_at = council.actor.arrived_at
    return council


def positions(round_id):
    """Where in the journal each act of a round stands last."""
    wanted = select(Entry.act, func.max(Entry.position)).where(Entry.round_id == round_id).group_by(Entry.act)
    return {act: position for act, position in session().execute(wanted)}


@pytest.mark.parametrize("other", [changing, joining, publishing, writing, deciding])
def test_who_is_at_work_when_the_council_decides_comes_before_it_or_finds_that_it_decided(empty_database, other):
    for _ in range(TIMES):
        council = a_council(empty_database)
        decided, did = at_once(empty_database, deciding(council), other(council))
        assert decided or (other is deciding and did)
        with empty_database.reading():
            found = positions(council.round.id)
            for act in (Act.MERGE, Act.SET_OUTCOME, Act.WRITE_DRAFT):
                assert found.get(act, 0) < found[Act.RECORD_DECISION], act
            of_round = select(Contribution.id).where(Contribution.round_id == council.round.id)
            for outcome in session().scalars(select(Outcome).where(Outcome.contribution_id.in_(of_round), in_public())):
                assert outcome.final_at is not None
            assert session().get_one(Round, council.round.id).is_decided
            assert not (other is deciding and decided and did)


def test_a_gate_that_comes_at_the_moment_of_the_decision_is_before_it_or_after_it(empty_database):
    for _ in range(TIMES):
        council = a_council(empty_database, first=5)
        decided, _did = at_once(empty_database, deciding(council), gating(council))
        with empty_database.reading():
            found = positions(council.round.id)
            assert not decided or found[Act.RECORD_DECISION] < found.get(Act.PREPARE_ROUND, 10**9)
