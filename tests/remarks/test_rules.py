import pytest

from consult.contributions.models import Kind
from consult.foundation.anchors import Fate
from consult.remarks.rules import Show, Wanted, address_of, applied, wanted_by
from consult.synthesis.rules import suggested, why_of, wording_of


@pytest.mark.parametrize(
    ("wording", "why"),
    [
        ("De gemeente zet tien bankjes neer.", "Er zijn er nu te weinig."),
        ("Eerste stuk.\n\nTweede stuk.", "Zo is het duidelijker.\n\nEcht waar."),
        ("- een\n- twee", ""),
        ("", "Dit hoort hier niet."),
    ],
)
def test_a_suggestion_holds_its_words_and_its_reason_apart(wording, why):
    text = suggested(wording, why)
    assert (wording_of(text), why_of(text)) == (wording, why)


def test_new_words_stand_where_the_old_ones_stood_once():
    text = "De gemeente zet bankjes neer.\nOok bij de vijver."
    assert applied(text, "bankjes", "tien bankjes") == "De gemeente zet tien bankjes neer.\nOok bij de vijver."
    assert applied(text, "", "Iets anders.") == "Iets anders."
    assert applied("Een boom, een struik en een hek.", "en een hek", "") == "Een boom, een struik."


def test_words_that_stand_twice_or_not_are_left_to_a_person():
    assert applied("Een boom en een boom.", "boom", "struik") is None
    assert applied("Een **dikke** boom.", "Een dikke boom", "Een struik") is None


def test_words_on_two_lines_are_found_too():
    assert applied("Een dikke\nboom staat er.", "dikke boom", "struik") == "Een struik staat er."


def test_an_address_says_what_a_list_holds_and_nonsense_narrows_nothing():
    told = {"kind": "suggestion", "fate": "gone", "show": "open", "q": " bank "}
    wanted = wanted_by(told)
    assert wanted == Wanted(kind=Kind.SUGGESTION, fate=Fate.GONE, show=Show.OPEN, words="bank")
    assert wanted_by(address_of(wanted, 2)) == wanted
    assert wanted_by({"fate": "new"}).is_new
    assert wanted_by({"kind": "proposal", "fate": "weg", "show": "x"}) == Wanted()
