import pytest

from consult.audit.verbs import record
from consult.mandates.models import Cause, GateKind, Side
from consult.mandates.queries import count_returned, list_log
from consult.mandates.rules import differences
from consult.mandates.signing import withdraw
from consult.mandates.verbs import NoteTold, write_note
from consult.policy import Act
from tests.decisions.builders import a_gated_round, sign
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")
P0 = GateKind.P0


@shows("S16", "S39")
def test_the_log_alone_tells_when_both_sides_differed_and_what_was_sent_back():
    table = a_gated_round()
    assert differences(list_log(table.round.id)) == []
    sign(table, P0, Side.CIVIL)
    withdraw(table.gate(P0), table(table.official))
    sign(table, P0, Side.BOARD)
    write_note(table.round, NoteTold("Iets anders", 1, "", ""), table(table.director))
    record(Act.RETURN_DRAFT, table(table.director), table.round, number=1)
    told = [(one.kind, one.side, one.cause) for one in differences(list_log(table.round.id))]
    assert told == [(P0, Side.CIVIL, Cause.WITHDRAWN), (P0, Side.BOARD, Cause.CHANGED)]
    assert count_returned(table.round.id) == {Act.RETURN_DRAFT: 1, Act.RETURN_SYNTHESIS: 0, Act.RETURN_NOTE: 0}
