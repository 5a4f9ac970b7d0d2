import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.contributions.passages import Said, covered, holds, lost, mark_in, missing

MARK = "[deel weggehaald]"


@pytest.mark.parametrize(
    ("text", "passages", "shown"),
    [
        ("Bel Jan de Vries op.", ["Jan de Vries"], f"Bel {MARK} op."),
        ("Bel jan  de\nVRIES op.", ["Jan de Vries"], f"Bel {MARK} op."),
        ("In januari belt Jan. Jan ook.", ["Jan"], f"In januari belt {MARK}. {MARK} ook."),
        ("a b c d", ["b c", "a b"], f"{MARK} d"),
        ("a b c d", ["a b", "c d"], f"{MARK} {MARK}"),
        ("06-12345678!", ["06-12345678"], f"{MARK}!"),
        ("prijs (12%) en meer", ["(12%)"], f"prijs {MARK} en meer"),
        ("niets", ["iets"], "niets"),
        ("tekst", [" ", ""], "tekst"),
        ("", ["x"], ""),
    ],
)
def test_a_mark_stands_where_a_passage_was(text, passages, shown):
    assert covered(text, passages, MARK) == shown


@given(st.text(), st.lists(st.text(alphabet="ab .-é1", max_size=6), max_size=4))
def test_no_passage_is_left_and_nothing_else_is_lost(text, passages):
    shown = covered(text, passages, "\x00")
    if not any(holds(text, one) for one in passages):
        assert shown == text
    assert not any(holds(part, one) for one in passages for part in shown.split("\x00") if part == text)
    rest = iter(text)
    assert all(c in rest for part in shown.split("\x00") for c in part), "what stays comes in the same order"


def test_a_mark_is_in_the_language_of_the_text():
    assert mark_in("nl") == MARK
    assert mark_in("en") == mark_in("tr") == "[part removed]"


def test_what_stands_in_none_of_the_texts_is_missing():
    assert missing(["twee", "drie"], ["een twee", "vier"]) == ["drie"]


def test_a_passage_is_lost_when_it_stood_there_and_no_longer_does():
    before, after = Said("Titel", "Bel Jan op.", ""), Said("Titel", "Bel J a n op.", "")
    assert lost(["Jan"], before, after) == ["Jan"]
    assert lost(["Jan"], before, before) == []
    assert lost(["Piet"], before, after) == [], "it stands only in an earlier version"
    assert lost(["titel"], before, Said("", "Titel", "")) == []
