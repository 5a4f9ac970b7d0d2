"""A gate that is passed although something lacks: for exactly that, and for nothing that lacks later."""

import pytest

from consult.decisions.signing import WAYS
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import speaking
from consult.mandates import signing
from consult.mandates.models import Cause, GateKind, Side
from consult.mandates.queries import list_sign_offs
from consult.moderation.verbs import merge, publish
from consult.synthesis.models import DraftState, OutcomeKind
from consult.synthesis.queries import list_bare
from consult.synthesis.releasing import begin_next_version, publish_draft, submit_draft
from consult.synthesis.verbs import add_paragraph, set_outcome
from consult.workbench.models import BulkKind
from consult.workbench.verbs import carry_out, plan, undo
from tests.builders import a_moderator_of
from tests.contributions.builders import a_contribution
from tests.decisions.builders import a_draft, an_answered, paragraphs, sign, start
from tests.decisions.test_signing import causes, collecting, drafting, lacks
from tests.moderation.builders import taken_away
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")
P2, P3 = GateKind.P2, GateKind.P3


def accept(table, kind, reason="De raad vergadert maar één keer voor de zomer."):
    here = table.at(kind)
    signing.override(here.gate, WAYS[kind].lacks(here.round), reason, table(table.director))


def signed(table, kind):
    for side in Side:
        sign(table, kind, side)


@shows("S16")
def test_what_comes_to_lack_after_the_reason_was_given_shuts_the_gate_again():
    table = collecting()
    a_contribution(table.round)
    accept(table, P2)
    signed(table, P2)
    late = a_contribution(table.round)
    with pytest.raises(NotNow):
        start(table, P2)
    with pytest.raises(NotNow, match="minder dan wat er nu ontbreekt"):
        sign(table, P2, Side.CIVIL)
    with pytest.raises(NotNow):
        signing.ask_signatures(table.gate(P2), WAYS[P2].lacks(table.at(P2).round), "", table(table.director))
    accept(table, P2, "Ook dit mag later.")
    assert all(one.voided_at for one in list_sign_offs(table.gate(P2).id))
    with pytest.raises(NotNow):
        start(table, P2)
    signed(table, P2)
    start(table, P2)
    assert any(str(late.id) in name for name in table.gate(P2).override_covers)


def test_one_input_for_another_is_not_what_was_accepted():
    table = collecting()
    first = a_contribution(table.round)
    accept(table, P2)
    an_answered(table, first, is_public=False)
    a_contribution(table.round)
    assert lacks(table, P2) == {"uncoded": 1, "unweighed": 1}, "as many as before, and another one"
    with pytest.raises(NotNow):
        sign(table, P2, Side.CIVIL)


def test_what_was_accepted_and_is_done_all_the_same_leaves_the_gate_as_it_is():
    table = collecting()
    first, _second = a_contribution(table.round), a_contribution(table.round)
    accept(table, P2)
    an_answered(table, first, is_public=False)
    signed(table, P2)
    start(table, P2)


def test_it_is_the_same_lack_in_every_language():
    table = collecting()
    a_contribution(table.round)
    with speaking("en"):
        accept(table, P2)
    signed(table, P2)
    start(table, P2)


def a_bare_draft():
    """A draft of which one paragraph has no source, and that is accepted at P3."""
    table, one = drafting()
    draft = a_draft(table, one)
    actor = table(table.moderator)
    bare = add_paragraph(paragraphs(draft)[0].section, actor, text="Zomaar.", html="<p>Zomaar.</p>")
    accept(table, P3)
    return table, draft, bare


@shows("S16")
def test_a_version_is_published_with_exactly_what_both_sides_accepted_at_p3():
    table, draft, _bare = a_bare_draft()
    submit_draft(draft, table(table.moderator))
    with pytest.raises(Conflict):  # accepted, and not signed yet
        publish_draft(draft, table(table.director))
    signed(table, P3)
    publish_draft(draft, table(table.director))
    assert draft.state is DraftState.PUBLISHED
    start(table, P3)
    begin_next_version(draft, table(table.moderator))
    [left] = list_bare(table.round.id)
    assert f"bare:{left.stable_id}" in table.gate(P3).override_covers, "the same paragraph in the next version"


def test_another_paragraph_without_a_source_is_not_published_with_it():
    table, draft, bare = a_bare_draft()
    actor = table(table.moderator)
    add_paragraph(bare.section, actor, text="Nog iets.", html="<p>Nog iets.</p>")
    with pytest.raises(Conflict, match="Nog iets") as refusal:
        submit_draft(draft, actor)
    assert "Zomaar" not in refusal.value.sentence


def test_a_source_that_is_out_of_sight_is_no_source():
    table, one = drafting()
    a_draft(table, one)
    signed(table, P3)
    taken_away(one, a_moderator_of(table.round))
    assert lacks(table, P3) == {"bare": 1}
    with pytest.raises(NotNow):
        start(table, P3)
    publish(one, a_moderator_of(table.round))
    assert lacks(table, P3) == {}


def test_what_was_merged_and_is_out_of_sight_gives_no_place():
    table, one = drafting()
    other = an_answered(table, a_contribution(table.round))
    third = an_answered(table, a_contribution(table.round), OutcomeKind.NOT_ADOPTED)
    a_draft(table, other, third)
    merge(other, one, a_moderator_of(table.round))
    assert lacks(table, P3) == {}, "used through what was merged into it"
    taken_away(other, a_moderator_of(table.round))
    assert lacks(table, P3) == {"unplaced": 1}


def to_adopted(one, table):
    set_outcome(one, OutcomeKind.ADOPTED, "Toch wel.", table(table.moderator))


def to_adopted_in_bulk(one, table):
    told = {"kind": OutcomeKind.ADOPTED, "reason": "Toch wel."}
    carry_out(
        plan(table.round, BulkKind.ANSWER, told, [one], table(table.moderator)), table.round, table(table.moderator)
    )


@pytest.mark.parametrize("change", [to_adopted, to_adopted_in_bulk])
def test_an_input_that_is_adopted_without_a_place_voids_what_was_signed_at_p3(change):
    table, one = drafting()
    other = an_answered(table, a_contribution(table.round), OutcomeKind.NOT_ADOPTED, is_public=False)
    a_draft(table, one)
    signed(table, P3)
    change(other, table)
    assert causes(table, P3) == [Cause.CHANGED] * 2
    assert table.gate(P3).passed_at is None


def test_an_undo_that_takes_a_place_away_voids_what_was_signed_at_p3():
    table, one = drafting()
    other = an_answered(table, a_contribution(table.round), is_public=False)
    a_draft(table, one)
    told = {"kind": OutcomeKind.FORWARDED, "reason": "Naar de provincie."}
    planned = plan(table.round, BulkKind.ANSWER, told, [other], table(table.moderator))
    carry_out(planned, table.round, table(table.moderator))
    signed(table, P3)
    undo(planned, table(table.moderator))
    assert causes(table, P3) == [Cause.CHANGED] * 2


def test_an_outcome_that_alters_nothing_at_p3_leaves_the_signatures():
    table, one = drafting()
    other = an_answered(table, a_contribution(table.round), OutcomeKind.NOT_ADOPTED, is_public=False)
    a_draft(table, one)
    signed(table, P3)
    set_outcome(other, OutcomeKind.FORWARDED, "Naar de provincie.", table(table.moderator))
    set_outcome(one, OutcomeKind.PARTLY, "Deels.", table(table.moderator))
    assert causes(table, P3) == [None, None]
    start(table, P3)
