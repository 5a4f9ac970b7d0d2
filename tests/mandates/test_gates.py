from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consult.decisions.signing import say_accepted
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import speaking
from consult.foundation.mail import Mail
from consult.mandates import signing
from consult.mandates.models import Cause, Gate, GateKind, Negotiable, PreconditionKind, Side, SignOff
from consult.mandates.queries import list_gates, list_log, list_sign_offs
from consult.mandates.rules import Lack, aligned, gate_of
from consult.mandates.verbs import (
    NoteTold,
    PreconditionPlan,
    list_lacks,
    open_round,
    set_preconditions,
    sign_mandate,
    write_note,
)
from consult.policy import Act, Duty
from consult.rounds.models import PhaseKind, RoundState
from consult.rounds.queries import find_authority, get_round, list_phases
from consult.rounds.verbs import RoundText, describe_round, find_open_phase, hold_phase_for, version_of
from consult.synthesis.models import DraftState
from tests.builders import a_phase, a_round, appoint, the_platform
from tests.contributions.builders import a_contribution
from tests.decisions.builders import a_draft, a_gated_round, a_table, an_answered, pass_gate, sign, start
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")
P0, P1, P2 = GateKind.P0, GateKind.P1, GateKind.P2


def opened(table):
    return get_round(the_platform(), table.round.slug)


@shows("S16")
def test_a_round_opens_and_its_phases_start_only_after_both_sides_signed():
    table = a_gated_round()
    with pytest.raises(NotNow):
        open_round(opened(table), table(table.director))
    sign(table, P0, Side.CIVIL)
    with pytest.raises(NotNow):
        open_round(opened(table), table(table.director))
    sign(table, P0, Side.BOARD)
    start(table, P0)
    assert opened(table).state is RoundState.OPEN
    assert not any(phase.cleared_at for phase in list_phases(table.round.id))
    with pytest.raises(NotNow):
        hold_phase_for(table.round.id, Act.SUBMIT_PROPOSAL, clock.now())
    pass_gate(table, P1)
    assert hold_phase_for(table.round.id, Act.SUBMIT_PROPOSAL, clock.now() + timedelta(seconds=1))
    cleared = {phase.kind for phase in list_phases(table.round.id) if phase.cleared_at}
    assert cleared == {PhaseKind.COLLECT}


def test_gates_are_passed_in_their_order():
    table = a_gated_round()
    for side in Side:
        sign(table, P1, side)
    with pytest.raises(NotNow, match="P0"):
        start(table, P1)


@shows("L01")
def test_a_round_that_is_open_goes_on_at_the_next_gate_while_no_ordinance_is_known():
    table = a_gated_round()
    pass_gate(table, P0)
    find_authority().ordinance_on = None
    assert ("prepare", ("ordinance",)) in {(one.list, one.of) for one in list_lacks(opened(table), P0)}
    pass_gate(table, P1)
    assert hold_phase_for(table.round.id, Act.SUBMIT_PROPOSAL, clock.now() + timedelta(seconds=1))


@shows("S16")
@pytest.mark.parametrize("change", ["fixed", "note", "words"])
def test_a_mandate_that_changes_is_signed_again(change):
    table = a_gated_round()
    for side in Side:
        sign(table, P0, side)
    signed = list_sign_offs(table.gate(P0).id)[0].digest
    director, found = table(table.director), opened(table)
    if change == "fixed":
        plan = PreconditionPlan("R9", PreconditionKind.LEGAL, Negotiable.NO, "Geen hoogbouw", "De molen.")
        set_preconditions(found, [plan], director)
    elif change == "note":
        write_note(found, NoteTold("Iets anders", 1, "", ""), director)
    else:
        told = {name: getattr(found, name) for name in RoundText.__dataclass_fields__} | {"question": "Heel anders?"}
        describe_round(found, RoundText(**told), director, version=version_of(found))
    with pytest.raises(NotNow):
        start(table, P0)
    assert table.round.state is RoundState.DRAFT
    with pytest.raises(Conflict):  # what was read before it changed
        sign_mandate(table.gate(P0), opened(table), Side.CIVIL, table(table.official), seen=signed)
    sign(table, P0, Side.CIVIL)  # finds that those before it were for another text
    causes = {one.cause for one in list_sign_offs(table.gate(P0).id) if one.voided_at}
    assert causes == {Cause.CHANGED}
    sign(table, P0, Side.BOARD)
    start(table, P0)
    assert opened(table).state is RoundState.OPEN


def test_nobody_signs_for_both_sides_or_for_a_side_that_is_not_theirs():
    table = a_gated_round()
    appoint(table.round, table.official, Duty.BOARD_SPONSOR)
    both = table(table.official)
    here = table.at(P0)
    sign_mandate(here.gate, here.round, Side.CIVIL, both)
    with pytest.raises(NotAllowed):
        sign_mandate(here.gate, here.round, Side.BOARD, both)
    with pytest.raises(NotAllowed):
        sign_mandate(here.gate, here.round, Side.BOARD, table(table.director))
    with pytest.raises(Conflict):
        sign_mandate(here.gate, here.round, Side.CIVIL, both)


def test_the_database_knows_no_second_signature_of_a_side_or_person():
    table = a_gated_round()
    told = {"document": "", "digest": "0" * 64, "signed_at": clock.now(), "gate_id": table.gate(P0).id}
    add(SignOff(side=Side.CIVIL, person_id=table.official.id, **told))
    for side, person in ((Side.CIVIL, table.board), (Side.BOARD, table.official)):
        with pytest.raises(IntegrityError), session().begin_nested():
            add(SignOff(side=side, person_id=person.id, **told))


def test_somebody_takes_their_own_signature_back_and_the_gate_is_shut():
    table = a_gated_round()
    for side in Side:
        sign(table, P0, side)
    gate = table.gate(P0)
    assert gate.passed_at
    with pytest.raises(NotNow):
        signing.withdraw(gate, table(table.director))
    signing.withdraw(gate, table(table.board))
    assert gate.passed_at is None
    assert [one.side for one in list_sign_offs(gate.id) if one.voided_at is None] == [Side.CIVIL]


def test_after_what_follows_began_nothing_at_a_gate_changes():
    table = a_gated_round()
    pass_gate(table, P0)
    gate = table.gate(P0)
    for act in (
        lambda: signing.withdraw(gate, table(table.board)),
        lambda: signing.override(gate, [Lack("Iets", "prepare", ("iets",))], "Toch.", table(table.director)),
        lambda: signing.ask_signatures(gate, [], "", table(table.director)),
        lambda: signing.start_phase(gate, table(table.director)),
    ):
        with pytest.raises(NotNow):
            act()
    signing.void_sign_offs(table.round.id, P0, None)
    assert all(one.voided_at is None for one in list_sign_offs(gate.id))


@shows("S16")
def test_what_is_lacking_is_passed_only_with_a_reason_and_both_signatures():
    table = a_gated_round()
    write_note(opened(table), NoteTold("", None, "", ""), table(table.director))
    lacks = list_lacks(opened(table), P0)
    assert {one.list for one in lacks} == {"mandate"}
    with pytest.raises(NotNow):
        sign(table, P0, Side.CIVIL)
    gate = table.gate(P0)
    with pytest.raises(NotNow):
        signing.override(gate, [], "Daarom.", table(table.director))
    signing.override(gate, lacks, "De begroting volgt in mei.", table(table.director))
    assert sorted(say_accepted(gate)) == sorted(one.words for one in lacks)
    with speaking("en"):
        assert "Say in the mandate note what it may cost." in say_accepted(gate)
    sign(table, P0, Side.CIVIL)
    with pytest.raises(NotNow):
        start(table, P0)
    signing.override(gate, lacks, "Een andere reden.", table(table.director))
    assert {one.cause for one in list_sign_offs(gate.id)} == {Cause.OVERRIDDEN}
    pass_gate(table, P0)
    assert opened(table).state is RoundState.OPEN


def test_a_reason_that_is_taken_back_shuts_the_gate_again():
    table = a_gated_round()
    write_note(opened(table), NoteTold("", None, "", ""), table(table.director))
    gate, director = table.gate(P0), table(table.director)
    signing.override(gate, list_lacks(opened(table), P0), "Toch.", director)
    for side in Side:
        sign(table, P0, side)
    signing.override(gate, list_lacks(opened(table), P0), "", director)
    assert gate.passed_at is None
    assert say_accepted(gate) == []
    with pytest.raises(NotNow):
        sign(table, P0, Side.BOARD)


def test_a_round_that_is_open_gets_the_gates_of_what_is_still_to_come():
    phases = [a_phase(PhaseKind.COLLECT, -5, 5), a_phase(PhaseKind.FEEDBACK, 10, 20), a_phase(PhaseKind.DECIDE, 30, 40)]
    table = a_table(a_round(phases=phases))
    assert find_open_phase(table.round.id, Act.SUBMIT_PROPOSAL, clock.now())
    signing.use_gates(table.round, table(table.director))
    assert [gate.kind for gate in list_gates(table.round.id)] == [P2, GateKind.P4]
    waits = {phase.kind: phase.cleared_at is None for phase in list_phases(table.round.id)}
    assert waits == {PhaseKind.COLLECT: False, PhaseKind.FEEDBACK: True, PhaseKind.DECIDE: True}
    with pytest.raises(Conflict):
        signing.use_gates(table.round, table(table.director))


def test_a_round_without_gates_has_all_its_phases_released_when_it_opens():
    found = a_round()
    assert not found.has_gates
    assert all(phase.cleared_at for phase in list_phases(found.id))
    assert list_gates(found.id) == []
    assert signing.void_sign_offs(found.id, P2, None) is None


def test_asking_tells_the_sponsors_who_did_not_sign_yet():
    table = a_gated_round()
    gate = table.gate(P0)
    signing.ask_signatures(gate, list_lacks(opened(table), P0), "Is het geld er?", table(table.director))
    sent = session().scalars(select(Mail).where(Mail.kind == "signature_asked")).one()
    assert sent.facts["gate"] == str(gate.id)
    assert gate.questions == "Is het geld er?"


@shows("S16", "S39")
def test_the_report_is_computed_from_the_log_alone():
    table = a_gated_round()
    began = clock.now() - timedelta(days=40)
    gate = table.gate(P0)
    signing.ask_signatures(gate, [], "", table(table.director, began))
    sign(table, P0, Side.CIVIL, began + timedelta(days=5))
    write_note(opened(table), NoteTold("Anders", 5, "", ""), table(table.director))
    for side in (Side.CIVIL, Side.BOARD):
        sign(table, P0, side)
    signing.withdraw(gate, table(table.board))
    sign(table, P0, Side.BOARD)
    start(table, P0)
    [told] = aligned(list_log(table.round.id))
    assert (told.kind, told.sign_offs, told.changed, told.withdrawn, told.overrides) == (P0, 4, 1, 1, 0)
    assert told.last is Side.BOARD
    assert told.lead_days == 0, "in a test everything happens on one day of the log"
    assert told.passed_at is not None
    assert told.started_at is not None
    for one in session().scalars(select(SignOff)):
        session().delete(one)
    session().flush()
    assert aligned(list_log(table.round.id)) == [told], "no row but those of the log is read"


def test_every_kind_of_phase_has_one_gate_but_the_first():
    assert {kind for kind in PhaseKind if gate_of(kind) is None} == {PhaseKind.PREPARE}


def test_a_started_gate_was_passed():
    found = a_round()
    with pytest.raises(IntegrityError), session().begin_nested():
        add(Gate(round_id=found.id, kind=P0, made_at=clock.now(), started_at=clock.now()))


def test_a_round_without_a_draft_or_a_decision_waits_for_no_gate_of_those():
    table = a_gated_round(kinds=(PhaseKind.COLLECT, PhaseKind.FEEDBACK, PhaseKind.ANSWER, PhaseKind.EVALUATE))
    pass_gate(table, P0)
    assert {p.kind for p in list_phases(table.round.id) if p.cleared_at} == {PhaseKind.EVALUATE}
    decided = a_gated_round(kinds=(PhaseKind.COLLECT, PhaseKind.FEEDBACK, PhaseKind.DECIDE))
    pass_gate(decided, P0, P1)
    an_answered(decided, a_contribution(decided.round))
    a_draft(decided, state=DraftState.PUBLISHED)
    for side in Side:
        sign(decided, GateKind.P4, side)
    with pytest.raises(NotNow, match="P2"):
        start(decided, GateKind.P4)
    pass_gate(decided, P2)
    start(decided, GateKind.P4)
    assert all(phase.cleared_at for phase in list_phases(decided.round.id))


def test_an_open_round_without_a_decision_gets_no_gate_of_the_decision():
    phases = [
        a_phase(PhaseKind.COLLECT, -5, 5),
        a_phase(PhaseKind.FEEDBACK, 10, 20),
        a_phase(PhaseKind.EVALUATE, 30, 40),
    ]
    table = a_table(a_round(phases=phases))
    assert [gate.kind for gate in signing.use_gates(table.round, table(table.director))] == [P2]
    assert {p.kind for p in list_phases(table.round.id) if p.cleared_at is None} == {PhaseKind.FEEDBACK}
