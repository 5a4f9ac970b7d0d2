from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.contributions.models import Version
from consult.foundation import text
from consult.policy import Act
from consult.proposals import rules
from consult.rounds.models import PhaseKind
from tests.builders import a_round, phase_of

texts = st.text(alphabet="ab \n", max_size=60)


def without(kind, paragraphs):
    return ["".join(words for k, words in pieces if k != kind) for pieces in paragraphs]


@given(texts, texts)
def test_a_difference_gives_both_texts_back(before, after):
    found = rules.changes(before, after)
    assert [p for p in without("added", found) if p.strip()] == rules._split(before)
    assert [p for p in without("removed", found) if p.strip()] == rules._split(after)


def test_an_unchanged_paragraph_is_one_piece():
    assert rules.changes("Een.\n\nTwee.", "Een.\n\nTwee.") == [[("same", "Een.")], [("same", "Twee.")]]


def test_a_changed_word_is_shown_within_its_paragraph():
    [pieces] = rules.changes("Zet een bankje neer.", "Zet twee bankjes neer.")
    assert pieces == [
        ("same", "Zet "),
        ("removed", "een bankje"),
        ("added", "twee bankjes"),
        ("same", " neer."),
    ]


def test_a_new_paragraph_is_added_whole():
    assert rules.changes("Een.", "Een.\n\nTwee.") == [[("same", "Een.")], [("added", "Twee.")]]


@pytest.mark.parametrize("between", [" ", "\n\n", " a\n\n"])
def test_a_text_full_of_repeats_is_compared_for_no_longer_than_any_other(monkeypatch, between):
    costs = []

    class Counted(SequenceMatcher):
        def __init__(self, junk, old, new, **more):
            costs.append(len(old) * len(new))
            super().__init__(junk, old, new, **more)

    monkeypatch.setattr(text, "SequenceMatcher", Counted)
    before = between.join("ab"[i % 3 == 0] for i in range(2000))
    after = between.join("ab"[i * i % 5 == 0] for i in range(2000))
    found = rules.changes(before, after)
    assert sum(costs) <= 2 * text.COMPARED
    assert without("added", found) == rules._split(before)
    assert without("removed", found) == rules._split(after)


def test_a_small_change_in_a_long_text_is_still_shown_word_for_word():
    words = [f"woord{n}" for n in range(600)]
    [pieces] = rules.changes(" ".join(words), " ".join([*words[:300], "nieuw", *words[300:]]))
    assert [piece for piece in pieces if piece[0] != "same"] == [("added", "nieuw ")]


def test_the_first_version_has_no_differences():
    first = Version(title="Bankje", text="Zet een bankje.")
    assert rules.differences(None, first) == [[("same", "Zet een bankje.")]]


def test_a_closed_phase_is_told_with_its_dates(unit):
    found = a_round()
    collecting = phase_of(found, PhaseKind.COLLECT)
    assert rules.closed_because(found.phases, Act.SUBMIT_PROPOSAL, collecting.opens_at) == ""
    told = rules.closed_because(found.phases, Act.SUBMIT_PROPOSAL, collecting.closes_at)
    assert "tot en met" in told
    assert rules.closed_because([], Act.SUBMIT_PROPOSAL, collecting.opens_at)
