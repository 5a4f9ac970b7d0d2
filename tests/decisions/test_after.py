"""After the council decided: what is final, and what it stands on, stays."""

import pytest

from consult.answers.queries import count_steps, list_answers, list_signed
from consult.answers.rules import Step
from consult.answers.verbs import publish_answers, sign_answers
from consult.decisions.models import Result
from consult.decisions.queries import weigh
from consult.decisions.verbs import DeviationTold
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.groups.verbs import ask_search, join_group, keep_apart
from consult.moderation.redactions import confirm_redaction
from consult.moderation.verbs import merge, publish, split
from consult.rounds.models import PhaseKind
from consult.rounds.verbs import begin_closing, close_phase
from consult.synthesis.drafts import find_newest
from consult.synthesis.models import DraftState, OutcomeKind
from consult.synthesis.releasing import begin_next_version, publish_draft, return_draft, submit_draft
from consult.synthesis.rules import name_of
from consult.synthesis.verbs import edit_paragraph, set_outcome
from consult.workbench.models import BulkKind
from consult.workbench.verbs import carry_out, plan, undo
from tests.builders import a_moderator_of
from tests.contributions.builders import a_contribution
from tests.decisions.builders import a_draft, an_answered, outcomes_of, paragraphs
from tests.decisions.test_verbs import Council, kinds
from tests.groups.builders import a_suggestion
from tests.moderation.builders import a_redaction, taken_away

pytestmark = pytest.mark.usefixtures("unit")


@pytest.mark.parametrize("step", ["merge", "split", "join a group", "look for groups"])
def test_after_the_decision_nothing_is_joined_or_separated(step):
    council = Council()
    actor = a_moderator_of(council.round)
    fourth = an_answered(council.table, a_contribution(council.round))
    merge(fourth, council.first, actor)
    suggestion = a_suggestion(council.second, council.third)
    council.decide()
    steps = {
        "merge": lambda: merge(council.second, council.first, actor),
        "split": lambda: split(fourth, actor),
        "join a group": lambda: join_group(suggestion, council.second.public_id, [council.third.public_id], actor),
        "look for groups": lambda: ask_search(council.round, actor),
    }
    with pytest.raises(NotNow, match="besluit"):
        steps[step]()
    assert (council.second.merged_into_id, fourth.merged_into_id) == (None, council.first.id)
    keep_apart(suggestion, actor)  # moves nothing


def test_what_was_sent_back_can_still_be_joined():
    council = Council()
    council.decide(Result.SENT_BACK, reason="Eerst met de school praten.")
    merge(council.second, council.first, a_moderator_of(council.round))
    assert council.second.merged_into_id == council.first.id


@pytest.mark.parametrize("step", [begin_next_version, edit_paragraph, submit_draft, return_draft, publish_draft])
def test_after_the_decision_no_version_of_the_draft_is_begun_changed_or_published(step):
    council = Council()
    council.decide()
    made = a_draft(council.table, council.first, council.second, number=2)
    writer = council.table(council.table.moderator)
    if step is begin_next_version:
        made.state = DraftState.PUBLISHED
    if step in {return_draft, publish_draft}:
        made.state = DraftState.SUBMITTED
    told = {"text": "Nieuw.", "html": "<p>Nieuw.</p>", "is_editorial": False, "version": 1}
    with pytest.raises(NotNow, match="besluit"):
        edit_paragraph(paragraphs(made)[0], writer, **told) if step is edit_paragraph else step(made, writer)


def test_an_answer_that_is_published_after_the_decision_is_final_at_once():
    council = Council()
    council.decide()
    late = an_answered(council.table, a_contribution(council.round), OutcomeKind.FORWARDED, is_public=False)
    [outcome] = outcomes_of(late)
    assert outcome.final_at is None, "it can still be changed while nobody read it"
    sign_answers([(outcome, late)], a_moderator_of(council.round))
    publish_answers([(outcome, late)], council.actor)
    assert kinds(late) == [(OutcomeKind.FORWARDED, True, True)]
    with pytest.raises(Conflict):
        set_outcome(late, OutcomeKind.ADOPTED, "Toch wel.", council.table(council.table.moderator))


def test_a_first_answer_that_waits_when_the_council_decides_can_be_written_anew_until_it_is_public():
    council = Council()
    one = a_contribution(council.round, text="Vraag het aan Jan van Dijk, hij woont ernaast.")
    writer, second = council.table(council.table.moderator), a_moderator_of(council.round)
    waits = set_outcome(one, OutcomeKind.FORWARDED, "Wij vragen het Jan van Dijk.", writer)
    council.decide()
    assert kinds(one) == [(OutcomeKind.FORWARDED, False, False)]
    confirm_redaction(a_redaction(one, "Jan van Dijk"), second)
    with pytest.raises(Conflict, match="opnieuw"):
        sign_answers([(waits, one)], second)
    anew = set_outcome(one, OutcomeKind.FORWARDED, "Wij vragen het de buurman.", writer)
    sign_answers([(anew, one)], second)
    publish_answers([(anew, one)], council.actor)
    assert kinds(one) == [(OutcomeKind.FORWARDED, False, False), (OutcomeKind.FORWARDED, True, True)]
    assert count_steps([council.round.id])[council.round.id].counts[Step.OPEN] == 0
    with pytest.raises(Conflict, match="definitief"):
        set_outcome(one, OutcomeKind.ADOPTED, "Toch wel.", writer)


def test_an_answer_that_the_decision_overtook_is_not_written_anew():
    council = Council()
    writer = council.table(council.table.moderator)
    change = set_outcome(council.first, OutcomeKind.PARTLY, "Deels.", writer)
    council.decide()
    assert change.final_at is None
    with pytest.raises(Conflict, match="definitief"):
        set_outcome(council.first, OutcomeKind.FORWARDED, "Toch anders.", writer)
    assert change.replaced_at is None


def test_many_answers_at_once_leave_what_is_final_as_it_is():
    council = Council()
    waits = an_answered(council.table, a_contribution(council.round), OutcomeKind.FORWARDED, is_public=False)
    actor = council.table(council.table.moderator)
    overtaken = set_outcome(council.first, OutcomeKind.PARTLY, "Wat anders.", actor)
    council.decide()
    late = a_contribution(council.round)
    told = {"kind": OutcomeKind.PARTLY, "reason": "Deels."}
    planned = plan(council.round, BulkKind.ANSWER, told, [waits, late, council.first], actor)
    carry_out(planned, council.round, actor)
    assert planned.changed == 2
    assert overtaken.replaced_at is None
    assert kinds(waits) == [(OutcomeKind.FORWARDED, False, False), (OutcomeKind.PARTLY, False, False)]
    assert kinds(late) == [(OutcomeKind.PARTLY, False, False)]


def test_what_was_done_with_many_is_not_undone_where_the_decision_overtook_it():
    council = Council()
    actor = council.table(council.table.moderator)
    set_outcome(council.first, OutcomeKind.PARTLY, "Wat anders.", actor)
    planned = plan(council.round, BulkKind.ANSWER, {"kind": "partly", "reason": "Deels."}, [council.first], actor)
    carry_out(planned, council.round, actor)
    council.decide()
    with pytest.raises(Conflict, match="definitief"):
        undo(planned, actor)


def test_outcomes_are_provisional_until_the_decision_and_not_until_a_day():
    council = Council()
    deciding = next(phase for phase in council.round.phases if phase.kind is PhaseKind.DECIDE)
    begin_closing(deciding, council.actor)
    close_phase(deciding, council.actor)
    assert not council.round.is_decided, "the day passed and nobody decided"
    council.decide(Result.SENT_BACK, reason="Terug.")
    assert not council.round.is_decided
    council.decide()
    assert council.round.is_decided


@pytest.mark.parametrize("state", [DraftState.CONCEPT, DraftState.SUBMITTED])
def test_the_council_amends_what_it_decided_about_though_a_next_version_is_being_written(state):
    council = Council()
    begin_next_version(council.draft, council.table(council.table.moderator))
    concept = find_newest(council.round.id)
    edited = paragraphs(concept)[0]
    told = {"text": "Iets heel anders.", "html": "<p>Iets heel anders.</p>", "is_editorial": False}
    edit_paragraph(edited, council.table(council.table.moderator), version=edited.version, **told)
    concept.state = state
    decision = council.decide(Result.AMENDED, amendments=[council.amendment()])
    fresh = find_newest(council.round.id)
    assert (fresh.number, fresh.state, fresh.id) == (3, DraftState.PUBLISHED, decision.amended_id)
    assert [one.text for one in paragraphs(fresh)] == ["Er komen banken en bomen.", "Tot slot."]
    assert paragraphs(concept)[0].text == "Iets heel anders.", "what was being written is kept, and is never published"
    assert concept.published_at is None


def test_only_the_newest_public_version_is_amended():
    council = Council()
    a_draft(council.table, council.first, council.second, state=DraftState.PUBLISHED, number=2)
    with pytest.raises(Conflict, match="nieuwste"):
        council.decide(Result.AMENDED, amendments=[council.amendment()])


def test_the_council_amends_a_draft_in_which_something_lacks():
    council = Council()
    an_answered(council.table, a_contribution(council.round))  # adopted, and nowhere in the draft
    decision = council.decide(Result.AMENDED, amendments=[council.amendment()])
    assert decision.amended_id


def test_of_a_rejected_draft_also_what_is_out_of_sight_is_not_adopted():
    council = Council()
    taken_away(council.second, a_moderator_of(council.round))
    council.decide(Result.REJECTED, reason="Te duur.")
    assert kinds(council.second)[-1] == (OutcomeKind.NOT_ADOPTED, True, True)


def test_a_moderator_still_takes_something_out_of_sight_and_gives_it_back():
    council = Council()
    council.decide(deviations=[DeviationTold(council.third, OutcomeKind.FORWARDED, "Naar de provincie.")])
    taken_away(council.third, a_moderator_of(council.round))
    publish(council.third, a_moderator_of(council.round))
    assert kinds(council.third)[-1] == (OutcomeKind.FORWARDED, True, True)


def test_what_carries_others_can_be_taken_out_of_sight_once_they_can_be_separated_no_more():
    council = Council()
    moderator = a_moderator_of(council.round)
    merge(council.third, council.first, moderator)
    with pytest.raises(Conflict):
        taken_away(council.first, moderator)
    council.decide()
    taken_away(council.first, moderator)
    assert not council.first.is_public
    assert council.third.merged_into_id == council.first.id


def test_a_change_that_waited_when_the_council_decided_is_no_work_any_more_and_counts_nowhere():
    council = Council()
    change = set_outcome(council.first, OutcomeKind.PARTLY, "Deels.", council.table(council.table.moderator))
    other = an_answered(council.table, a_contribution(council.round), OutcomeKind.FORWARDED, is_public=False)
    council.decide()
    here = council.round.id
    assert [row.contribution.id for row in list_answers(here, Step.TO_SIGN).items] == [other.id]
    assert count_steps([here])[here].counts[Step.TO_SIGN] == 1
    assert weigh(here).outcomes == dict.fromkeys(
        (OutcomeKind.ADOPTED, OutcomeKind.PARTLY, OutcomeKind.NOT_ADOPTED, OutcomeKind.FORWARDED), 1
    )
    change.signed_at = clock.now()
    session().flush()
    assert list_signed(here) == []
    with pytest.raises(Conflict, match="definitief") as refused:
        publish_answers([(change, council.first)], council.actor)
    assert name_of(council.first) in str(refused.value)
