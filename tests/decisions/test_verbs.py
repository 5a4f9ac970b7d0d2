from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.decisions.models import Result
from consult.decisions.queries import find_final, list_decisions, list_deviations
from consult.decisions.verbs import AmendmentTold, DecisionTold, DeviationTold, record_decision
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import local
from consult.foundation.mail import Mail
from consult.mandates.models import GateKind, Side
from consult.notifications.audience import list_concerned
from consult.rounds.models import PhaseKind
from consult.synthesis.comparing import changed_words
from consult.synthesis.drafts import find_newest
from consult.synthesis.models import DraftState, OutcomeKind
from consult.synthesis.verbs import set_outcome
from tests.builders import a_phase, a_resident, a_round
from tests.contributions.builders import a_contribution
from tests.decisions.builders import (
    a_draft,
    a_gated_round,
    a_table,
    an_answered,
    outcomes_of,
    paragraphs,
    pass_gate,
    sign,
)
from tests.review.builders import Desk, a_term, a_view

pytestmark = pytest.mark.usefixtures("unit")


def today():
    return local(clock.now()).date()


class Council:
    """A round about to be decided: two inputs that the draft takes over and one that it does not."""

    def __init__(self, first=-5):
        phases = [a_phase(PhaseKind.COLLECT, -40, -20), a_phase(PhaseKind.DECIDE, first, first + 10)]
        self.table = a_table(a_round(phases=phases))
        self.round = self.table.round
        self.author = a_resident()
        self.first = an_answered(self.table, a_contribution(self.round, self.author))
        self.second = an_answered(self.table, a_contribution(self.round), OutcomeKind.PARTLY)
        self.third = an_answered(self.table, a_contribution(self.round), OutcomeKind.NOT_ADOPTED)
        self.draft = a_draft(self.table, self.first, self.second, state=DraftState.PUBLISHED)
        self.actor = self.table(self.table.director)

    def decide(self, result=Result.ADOPTED, **told):
        values = {"decided_on": today(), "number": "2027-014", "votes": "21 voor, 8 tegen", **told}
        return record_decision(self.round, DecisionTold(values.pop("draft", self.draft), result, **values), self.actor)

    def amendment(self, text="Er komen banken en bomen.", place=0):
        stable = paragraphs(self.draft)[place].stable_id
        return AmendmentTold("A1", "Ook bomen.", stable, text, f"<p>{text}</p>", "20 voor, 9 tegen")


def kinds(contribution):
    return [(one.kind, one.is_public, one.final_at is not None) for one in outcomes_of(contribution)]


def test_with_the_decision_every_outcome_is_final_and_everybody_is_told():
    council = Council()
    decision = council.decide()
    assert kinds(council.first) == [(OutcomeKind.ADOPTED, True, True)]
    assert kinds(council.third) == [(OutcomeKind.NOT_ADOPTED, True, True)]
    sent = session().scalars(select(Mail).where(Mail.kind == "decision")).one()
    assert sent.facts == {"round": str(council.round.id), "decision": str(decision.id)}
    assert council.author.id in {one.person_id for one in list_concerned("decision", sent.facts)}
    with pytest.raises(Conflict):
        set_outcome(council.first, OutcomeKind.PARTLY, "Toch anders.", council.table(council.table.moderator))


def test_who_formally_responded_is_told_of_the_decision_too():
    council = Council()
    speaker = a_resident()
    term = a_term(council.round, council.actor, first=-3, draft=council.draft)
    a_view(Desk(council.round, term, council.actor, council.actor, council.actor), speaker)
    decision = council.decide()
    told = list_concerned("decision", {"round": str(council.round.id), "decision": str(decision.id)})
    assert speaker.id in {one.person_id for one in told}


def test_an_amendment_makes_the_next_version_and_changes_the_outcome_that_it_touches():
    council = Council()
    reason = "De raad wil geen bankjes bij de school."
    decision = council.decide(
        Result.AMENDED,
        amendments=[council.amendment()],
        deviations=[DeviationTold(council.second, OutcomeKind.NOT_ADOPTED, reason)],
    )
    fresh = find_newest(council.round.id)
    assert (fresh.number, fresh.state, fresh.id) == (2, DraftState.PUBLISHED, decision.amended_id)
    before, after = paragraphs(council.draft), paragraphs(fresh)
    assert [p.stable_id for p in after] == [p.stable_id for p in before]
    assert before[0].text == "Er komen bankjes.", "what was decided about stays as it was"
    assert ("added", "banken en bomen.") in changed_words(before[0].text, after[0].text)
    assert kinds(council.second) == [(OutcomeKind.PARTLY, False, False), (OutcomeKind.NOT_ADOPTED, True, True)]
    [(outcome, one)] = list_deviations(council.round.id)
    assert (one.id, outcome.reason) == (council.second.id, reason)
    [told] = session().scalars(select(Mail).where(Mail.kind == "outcome_final"))
    assert told.facts["contribution"] == str(council.second.id)
    [kept] = list_decisions(council.round.id)
    assert [(a.number, a.votes) for a in kept.amendments] == [("A1", "20 voor, 9 tegen")]


def test_when_the_draft_is_rejected_nothing_that_it_took_over_is_adopted():
    council = Council()
    council.decide(Result.REJECTED, reason="Te duur.")
    assert kinds(council.first)[-1] == (OutcomeKind.NOT_ADOPTED, True, True)
    assert outcomes_of(council.second)[-1].reason == "Te duur."
    assert kinds(council.third) == [(OutcomeKind.NOT_ADOPTED, True, True)], "this one only becomes final"
    assert len(outcomes_of(council.third)) == 1


def test_what_is_sent_back_makes_nothing_final_and_comes_again():
    council = Council()
    council.decide(Result.SENT_BACK, reason="Eerst met de school praten.")
    assert kinds(council.first) == [(OutcomeKind.ADOPTED, True, False)]
    assert find_final(council.round.id) is None
    council.decide()
    assert len(list_decisions(council.round.id)) == 2
    for result, reason in ((Result.ADOPTED, ""), (Result.SENT_BACK, "Nog eens.")):
        with pytest.raises(Conflict):
            council.decide(result, reason=reason)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (Result.AMENDED, {}),
        (Result.ADOPTED, {"amendments": "one"}),
        (Result.REJECTED, {"reason": " "}),
        (Result.SENT_BACK, {}),
        (Result.SENT_BACK, {"reason": "Terug.", "deviations": "one"}),
        (Result.ADOPTED, {"decided_on": today() + timedelta(days=1)}),
        (Result.ADOPTED, {"decided_on": today() - timedelta(days=400)}),
        (Result.AMENDED, {"amendments": "same"}),
        (Result.AMENDED, {"amendments": "twice"}),
        (Result.AMENDED, {"amendments": "elsewhere"}),
        (Result.ADOPTED, {"deviations": "twice"}),
        (Result.ADOPTED, {"deviations": "merged"}),
        (Result.ADOPTED, {"deviations": "silent"}),
    ],
)
def test_half_a_decision_is_refused(result, told):
    council = Council()
    other = DeviationTold(council.first, OutcomeKind.NOT_ADOPTED, "Nee.")
    elsewhere = AmendmentTold("A2", "Iets.", council.round.id, "Anders.", "<p>Anders.</p>")
    rows = {
        "amendments": {
            "one": [council.amendment()],
            "same": [council.amendment("Er komen bankjes.")],
            "twice": [council.amendment(), council.amendment("Nog anders.")],
            "elsewhere": [elsewhere],
        },
        "deviations": {
            "one": [other],
            "twice": [other, other],
            "merged": [DeviationTold(council.first, OutcomeKind.MERGED, "Nee.")],
            "silent": [DeviationTold(council.first, OutcomeKind.PARTLY, " ")],
        },
    }
    values = {name: rows[name][value] if name in rows else value for name, value in told.items()}
    with pytest.raises(Conflict):
        council.decide(result, **values)


def test_a_version_that_is_not_public_cannot_be_decided_about():
    council = Council()
    concept = a_draft(council.table, number=2)
    with pytest.raises(Conflict):
        council.decide(draft=concept)


def test_the_decision_waits_for_p4_and_p5_waits_for_the_decision():
    table = a_gated_round(kinds=(PhaseKind.COLLECT, PhaseKind.DECIDE, PhaseKind.EVALUATE))
    pass_gate(table, GateKind.P0, GateKind.P1)
    one = an_answered(table, a_contribution(table.round))
    pass_gate(table, GateKind.P2)
    draft = a_draft(table, one, state=DraftState.PUBLISHED)
    pass_gate(table, GateKind.P3)
    found = table.at(GateKind.P4).round
    told = DecisionTold(draft, Result.ADOPTED, today(), "2027-014")
    with pytest.raises(NotNow, match="P4"):
        record_decision(found, told, table(table.director))
    pass_gate(table, GateKind.P4)
    with pytest.raises(NotNow):
        sign(table, GateKind.P5, Side.BOARD)
    record_decision(table.at(GateKind.P4).round, told, table(table.director))
    pass_gate(table, GateKind.P5)
    assert table.at(GateKind.P5).round.phases[-1].cleared_at
