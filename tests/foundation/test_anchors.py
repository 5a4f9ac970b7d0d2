from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from consult.foundation.anchors import LEAST, Fate, Quote, anchor, quote_in

HOME = "De gemeente zet bankjes bij de winkels en bij de vijver, want ouderen willen onderweg rusten."
OTHER = "Woonstraten worden 30-zones. De stoepen op de routes naar school worden breder."
QUOTE = quote_in(HOME, "bankjes bij de winkels en bij de vijver") or Quote("")


def test_the_very_words_where_they_stood_are_kept():
    found = anchor(QUOTE, 1, {1: f"Nieuw begin. {HOME}", 2: OTHER})
    assert (found.fate, found.place, found.alike) == (Fate.KEPT, 1, 1.0)
    assert f"Nieuw begin. {HOME}"[found.start : found.end] == QUOTE.words


def test_the_very_words_in_another_paragraph_moved():
    texts = {1: OTHER, 2: "Iets anders.", 3: HOME}
    found = anchor(QUOTE, 1, texts)
    assert (found.fate, found.place) == (Fate.MOVED, 3)
    assert texts[3][found.start : found.end] == QUOTE.words


def test_what_stayed_counts_before_what_was_copied():
    assert anchor(QUOTE, 2, {1: HOME, 2: HOME}).place == 2


def test_other_words_that_are_alike_enough_changed():
    texts = {1: "Wij zetten bankjes bij alle winkels en bij de vijver, want ouderen rusten daar.", 2: OTHER}
    found = anchor(QUOTE, 1, texts)
    assert (found.fate, found.place) == (Fate.CHANGED, 1)
    assert LEAST <= found.alike < 1
    assert texts[1][found.start : found.end].startswith("bankjes bij alle winkels")


def test_a_changed_passage_is_found_in_another_paragraph_too():
    texts = {1: OTHER, 2: "Er komen bankjes bij de winkels en ook bij de grote vijver."}
    assert (anchor(QUOTE, 1, texts).fate, anchor(QUOTE, 1, texts).place) == (Fate.CHANGED, 2)


def test_what_is_not_alike_enough_is_gone_and_stands_nowhere():
    found = anchor(QUOTE, 1, {1: OTHER, 2: "De bankjes bij het park blijven."})
    assert (found.fate, found.place, found.alike) == (Fate.GONE, None, 0.0)


def test_a_passage_of_a_paragraph_that_was_taken_out_is_gone():
    assert anchor(QUOTE, 1, {2: OTHER}).fate is Fate.GONE
    assert anchor(QUOTE, 1, {}).fate is Fate.GONE


def test_a_few_letters_are_not_looked_for_elsewhere():
    short = quote_in(HOME, "want") or Quote("")
    assert anchor(short, 1, {1: OTHER, 2: HOME}).fate is Fate.GONE


def test_of_the_same_words_twice_the_surroundings_decide():
    text = "Eerst de bankjes bij de vijver weg. Dan komen er bankjes bij de vijver bij."
    second = Quote("bankjes bij de vijver", prefix="Dan komen er ", suffix=" bij.")
    assert anchor(second, 1, {1: text}).start == text.rindex("bankjes")


def test_a_quote_is_found_whatever_its_spaces_and_capitals():
    found = quote_in(HOME, "De  Gemeente\nZet bankjes")
    assert found == Quote("De gemeente zet bankjes", "", HOME[23:63], 0)
    assert quote_in(HOME, "zet banken") is None


WORDS = st.lists(st.sampled_from("de het een bankje vijver boom groen".split()), min_size=1, max_size=30)


@given(st.lists(WORDS, min_size=1, max_size=5), WORDS)
def test_what_is_found_always_stands_there(rows, quote):
    texts = {i: " ".join(row) for i, row in enumerate(rows)}
    found = anchor(Quote(" ".join(quote)), 0, texts)
    assert (found.place is None) == (found.fate is Fate.GONE)
    if found.place is not None:
        held = texts[found.place][found.start : found.end]
        assert held
        assert (held == " ".join(quote)) == (found.fate in {Fate.KEPT, Fate.MOVED})


def test_a_long_draft_is_searched_in_time():
    texts = {i: f"Alinea {i}: " + " ".join(f"woord{(i * 7 + n) % 900}" for n in range(80)) for i in range(300)}
    began = process_time()
    assert anchor(Quote(" ".join(f"anders{n}" for n in range(200))), 5, texts).fate is Fate.GONE
    assert process_time() - began < 5
