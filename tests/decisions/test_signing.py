import pytest

from consult.answers.verbs import publish_answers, sign_answers
from consult.coding.verbs import code
from consult.decisions.signing import WAYS, say_accepted
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import speaking
from consult.mandates.models import Cause, GateKind, Side
from consult.mandates.queries import list_sign_offs
from consult.mandates.signing import override, use_gates
from consult.mandates.verbs import NoteTold, write_note
from consult.review.answering import offer_note, return_note
from consult.review.queries import find_term
from consult.rounds.models import PhaseKind
from consult.synthesis.models import DraftState, OutcomeKind
from consult.synthesis.queries import Show, Wanted, list_bare, list_weighed
from consult.synthesis.releasing import submit_draft
from consult.synthesis.verbs import cite, edit_paragraph, retitle_draft, set_outcome, uncite
from consult.workbench.models import BulkKind
from consult.workbench.verbs import carry_out, plan, undo
from tests.builders import a_moderator_of, a_phase, a_round
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
    start,
)
from tests.review.builders import Desk, a_published_draft, a_term, a_view, answered
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")
P1, P2, P3, P4 = GateKind.P1, GateKind.P2, GateKind.P3, GateKind.P4


def collecting():
    table = a_gated_round()
    pass_gate(table, GateKind.P0, P1)
    return table


def lacks(table, kind):
    return {one.list: one.count for one in WAYS[kind].lacks(table.at(kind).round)}


def causes(table, kind):
    return [one.cause for one in list_sign_offs(table.gate(kind).id)]


@shows("S16")
def test_p2_stays_shut_while_an_input_lacks_a_theme_or_an_outcome():
    table = collecting()
    first, second = a_contribution(table.round), a_contribution(table.round)
    assert lacks(table, P2) == {"uncoded": 2, "unweighed": 2}
    an_answered(table, first, is_public=False)
    code(second, [table.round.themes[0]], table(table.moderator))
    assert lacks(table, P2) == {"unweighed": 1}
    with pytest.raises(NotNow):
        sign(table, P2, Side.CIVIL)
    set_outcome(second, OutcomeKind.FORWARDED, "Naar de provincie.", table(table.moderator))
    pass_gate(table, P2)


def test_an_input_that_comes_after_the_signatures_keeps_p2_shut():
    table = collecting()
    an_answered(table, a_contribution(table.round), is_public=False)
    for side in Side:
        sign(table, P2, side)
    a_contribution(table.round)  # a letter that came in late
    with pytest.raises(NotNow):
        start(table, P2)
    assert table.gate(P2).started_at is None


@pytest.mark.parametrize("change", ["outcome", "theme"])
def test_another_outcome_or_theme_voids_what_was_signed_at_p2(change):
    table = collecting()
    one = an_answered(table, a_contribution(table.round), is_public=False)
    for side in Side:
        sign(table, P2, side)
    if change == "outcome":
        set_outcome(one, OutcomeKind.NOT_ADOPTED, "Toch niet.", table(table.moderator))
    else:
        code(one, [table.round.themes[1]], table(table.moderator))
    assert causes(table, P2) == [Cause.CHANGED] * 2
    with pytest.raises(NotNow):
        start(table, P2)


def test_answers_are_published_only_after_p2():
    table = collecting()
    one = an_answered(table, a_contribution(table.round), is_public=False)
    [outcome] = outcomes_of(one)
    sign_answers([(outcome, one)], a_moderator_of(table.round))
    with pytest.raises(NotNow, match="P2"):
        publish_answers([(outcome, one)], table(table.director))
    pass_gate(table, P2)
    publish_answers([(outcome, one)], table(table.director))
    assert outcome.published_at


def drafting():
    table = collecting()
    one = an_answered(table, a_contribution(table.round))
    pass_gate(table, P2)
    return table, one


@shows("S16")
def test_p3_stays_shut_while_a_paragraph_has_no_source_or_an_adopted_input_no_place():
    table, one = drafting()
    assert lacks(table, P3) == {"draft": 1, "unplaced": 1}
    draft = a_draft(table)
    assert lacks(table, P3) == {"bare": 1, "unplaced": 1}, "a paragraph of our own that says so needs no source"
    first, _second = paragraphs(draft)
    with pytest.raises(NotNow):
        sign(table, P3, Side.BOARD)
    cite(first, table(table.moderator), contribution=one)
    assert lacks(table, P3) == {}
    pass_gate(table, P3)


def edited(draft, table):
    _first, second = paragraphs(draft)
    told = {"text": "Nieuw.", "html": "<p>Nieuw.</p>", "is_editorial": True, "version": 1}
    edit_paragraph(second, table(table.moderator), **told)


def retitled(draft, table):
    retitle_draft(draft, "Een andere titel", table(table.moderator))


def uncited(draft, table):
    [link] = paragraphs(draft)[0].sources
    uncite(link, table(table.moderator))


@shows("S16")
@pytest.mark.parametrize("change", [edited, retitled, uncited])
def test_every_change_of_the_draft_voids_what_was_signed_at_p3(change):
    table, one = drafting()
    draft = a_draft(table, one)
    WAYS[P3].document(table.at(P3).round)  # loads its sources
    for side in Side:
        sign(table, P3, side)
    assert table.gate(P3).passed_at
    change(draft, table)
    assert causes(table, P3) == [Cause.CHANGED] * 2
    with pytest.raises(NotNow):
        start(table, P3)


def test_submitting_a_draft_changes_no_word_of_it_so_signatures_stay():
    table, one = drafting()
    draft = a_draft(table, one)
    for side in Side:
        sign(table, P3, side)
    submit_draft(draft, table(table.moderator))
    assert causes(table, P3) == [None, None]
    start(table, P3)
    assert draft.state is DraftState.SUBMITTED


def test_what_was_read_before_an_edit_cannot_be_signed():
    table, one = drafting()
    draft = a_draft(table, one)
    here = table.at(P3)
    seen = WAYS[P3].document(here.round).digest
    edited(draft, table)
    with pytest.raises(Conflict):
        WAYS[P3].sign(here.gate, here.round, Side.CIVIL, table(table.official), seen=seen)


def test_the_term_of_the_review_waits_for_p3():
    table, one = drafting()
    draft = a_draft(table, one, state=DraftState.PUBLISHED)
    director = table(table.director)
    with pytest.raises(NotNow, match="P3"):
        a_term(table.round, director, first=1, draft=draft)
    pass_gate(table, P3)
    assert a_term(table.at(P3).round, director, first=1, draft=draft)


def reviewed():
    """A round in review that gets gates for what is still to come, with a formal view."""
    phases = [a_phase(PhaseKind.FORMAL_REVIEW, -20, -1), a_phase(PhaseKind.DECIDE, 20, 40)]
    table = a_table(a_round(phases=phases))
    use_gates(table.round, table(table.director))
    director, writer = table(table.director), table(table.moderator)
    draft = a_published_draft(table.round)
    term = a_term(table.round, director, first=-20, draft=draft)
    desk = Desk(table.round, term, director, writer, a_moderator_of(table.round))
    return table, desk


@shows("S16")
def test_p4_stays_shut_while_a_point_has_no_answer_or_the_note_was_not_offered():
    table, desk = reviewed()
    view = a_view(desk)
    assert lacks(table, P4) == {"note": 1}
    assert len(WAYS[P4].lacks(table.at(P4).round)) == 2, "the answers, and the note itself"
    answered(desk, view, points=2)
    [left] = WAYS[P4].lacks(table.at(P4).round)
    assert left.list == "note"
    with pytest.raises(NotNow):
        sign(table, P4, Side.CIVIL)
    offer_note(desk.term, desk.writer)
    for side in Side:
        sign(table, P4, side)
    return_note(find_term(table.round.id), desk.director)
    assert causes(table, P4) == [Cause.CHANGED] * 2
    offer_note(desk.term, desk.writer)
    pass_gate(table, P4)


def accepted_as_it_lacks(table, kind):
    """Let a gate pass with all that lacks there; what was accepted is said in each language as what lacks is."""
    here = table.at(kind)
    found = WAYS[kind].lacks(here.round)
    override(here.gate, found, "Toch.", table(table.director))
    for language in ("nl", "en"):
        with speaking(language):
            assert sorted(say_accepted(here.gate)) == sorted(one.words for one in WAYS[kind].lacks(here.round))
    return {one.list for one in found}


@shows("S16")
def test_what_was_accepted_is_said_in_the_language_of_who_reads_it():
    table, desk = reviewed()
    a_view(desk)
    assert accepted_as_it_lacks(table, P4) == {"note"}
    other = collecting()
    assert accepted_as_it_lacks(other, GateKind.P5) == {"decision"}
    assert accepted_as_it_lacks(other, P3) == {"draft"}
    for one in (a_contribution(other.round), an_answered(other, a_contribution(other.round))):
        assert one.is_public
    a_draft(other)
    assert accepted_as_it_lacks(other, P2) == {"uncoded", "unweighed"}
    assert accepted_as_it_lacks(other, P3) == {"bare", "unplaced"}
    unset = a_gated_round()
    unset.round.decider = ""
    session().flush()
    write_note(unset.round, NoteTold("", None, "", ""), unset(unset.director))
    assert accepted_as_it_lacks(unset, GateKind.P0) == {"mandate", "prepare"}


def test_each_count_at_a_gate_is_the_length_of_the_list_that_it_opens():
    table = collecting()
    for n in range(5):
        one = a_contribution(table.round)
        if n:
            code(one, [table.round.themes[0]], table(table.moderator))
        if n > 2:
            set_outcome(one, OutcomeKind.ADOPTED, "Ja.", table(table.moderator))
    a_draft(table)
    found = table.round.id
    for name, number in (lacks(table, P2) | lacks(table, P3)).items():
        length = len(list_bare(found)) if name == "bare" else list_weighed(found, Wanted(Show(name))).total
        assert length == number, name


@pytest.mark.parametrize("way", [BulkKind.CODE, BulkKind.ANSWER])
def test_what_is_done_with_many_inputs_at_once_voids_what_was_signed_too(way):
    table = collecting()
    one = an_answered(table, a_contribution(table.round), is_public=False)
    for side in Side:
        sign(table, P2, side)
    themes = {"themes": [table.round.themes[1].code]}
    told = themes if way is BulkKind.CODE else {"kind": OutcomeKind.FORWARDED, "reason": "Naar de provincie."}
    planned = plan(table.round, way, told, [one], table(table.moderator))
    assert causes(table, P2) == [None, None], "a plan changes nothing"
    carry_out(planned, table.round, table(table.moderator))
    assert causes(table, P2) == [Cause.CHANGED] * 2
    for side in Side:
        sign(table, P2, side)
    undo(planned, table(table.moderator))
    assert causes(table, P2) == [Cause.CHANGED] * 4
