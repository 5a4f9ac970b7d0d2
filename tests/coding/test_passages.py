from hypothesis import given
from hypothesis import strategies as st

from consult.coding.passages import anchored, runs, sentences
from consult.coding.rules import recut
from consult.foundation.anchors import LEAST, Anchor, Fate, Quote, cut
from consult.foundation.text import paragraphs, plain, sanitize
from tests.shows import shows

TEXT = "Zet bankjes bij de winkels. Dan kan mijn moeder uitrusten. De weg naar de bus is te lang voor haar."
SECOND = "Dan kan mijn moeder uitrusten."


def quote_of(words: str, text: str = TEXT) -> Quote:
    start = text.index(words)
    return cut(text, start, start + len(words))


def test_what_did_not_change_is_kept():
    found = anchored(TEXT, quote_of(SECOND))
    assert (found.fate, TEXT[found.start : found.end], found.alike) == (Fate.KEPT, SECOND, 1.0)


@shows("S50")
def test_what_was_written_before_it_moves_no_passage():
    later = "Beste gemeente, ik heb een idee. " + TEXT
    found = anchored(later, quote_of(SECOND))
    assert (found.fate, later[found.start : found.end]) == (Fate.KEPT, SECOND)


def test_the_same_words_in_other_surroundings_moved():
    later = "De weg naar de bus is te lang. Bankjes helpen daarbij. Dan kan mijn moeder uitrusten."
    found = anchored(later, quote_of(SECOND))
    assert (found.fate, later[found.start : found.end]) == (Fate.MOVED, SECOND)


def test_other_words_that_are_like_it_changed_and_it_says_how_much():
    later = TEXT.replace(SECOND, "Dan kan mijn oude moeder even uitrusten.")
    found = anchored(later, quote_of(SECOND))
    assert (found.fate, later[found.start : found.end]) == (
        Fate.CHANGED,
        "Dan kan mijn oude moeder even uitrusten.",
    )
    assert found.alike == 2 * 5 / (5 + 7)


def test_what_is_no_longer_there_is_gone():
    assert anchored("Maak een speeltuin aan de overkant van het water.", quote_of(SECOND)) == Anchor(Fate.GONE)
    assert anchored("", quote_of(SECOND)) == Anchor(Fate.GONE)
    assert anchored(TEXT, Quote("", start=12)) == Anchor(Fate.GONE)


def test_of_words_that_stand_twice_those_in_the_same_surroundings_are_meant():
    text = "Eerst meer groen in de straat. Daarna meer groen bij de school."
    second = cut(text, text.rindex("meer groen"), text.rindex("meer groen") + len("meer groen"))
    later = "Ook meer groen op het plein. " + text
    found = anchored(later, second)
    assert (found.fate, found.start) == (Fate.KEPT, later.rindex("meer groen"))


def test_part_of_a_word_is_not_the_word():
    assert anchored("Wij willen groente telen.", Quote("groen", start=11)).fate is Fate.GONE


def test_sentences_are_cut_at_marks_lines_and_points_of_a_list():
    html = sanitize("Zet bankjes neer! Dan kan ik zitten. Dat kost ca. 300 euro.\n\n- Bij de winkel\n- Bij de bus")
    found = sentences(html)
    assert found[:2] == ["Zet bankjes neer!", "Dan kan ik zitten."]
    assert found[-2:] == ["Bij de winkel", "Bij de bus"]
    assert sentences("<p>Het is druk. 's Avonds niet. ’t Is dan stil.</p>")[1:] == [
        "'s Avonds niet.",
        "’t Is dan stil.",
    ]


def test_ticked_sentences_that_follow_each_other_are_one_passage():
    found = ["Een.", "Twee.", "Drie.", "Vier."]
    assert runs(found, [3, 0, 1, 99, -1]) == [(0, "Een. Twee."), (17, "Vier.")]
    assert runs(found, []) == []


WORDS = st.lists(
    st.sampled_from("aap noot mies wim zus jet teun vuur gijs lam kees bok Weide Does.".split()), max_size=40
)


@st.composite
def quoted(draw: st.DrawFn) -> tuple[str, Quote]:
    """A text and a passage of whole words in it."""
    words = draw(WORDS.filter(bool))
    first = draw(st.integers(0, len(words) - 1))
    last = draw(st.integers(first, len(words) - 1))
    text = " ".join(words)
    start = len(" ".join([*words[:first], ""])) if first else 0
    return text, cut(text, start, start + len(" ".join(words[first : last + 1])))


@given(quoted())
def test_in_its_own_text_every_quote_is_kept_where_it_was(found: tuple[str, Quote]):
    text, quote = found
    anchor = anchored(text, quote)
    assert anchor.fate is Fate.KEPT
    assert (anchor.start, text[anchor.start : anchor.end]) == (quote.start, quote.words)


@given(quoted(), WORDS)
def test_an_anchor_always_points_into_the_text_and_says_the_truth_about_it(found: tuple[str, Quote], words: list[str]):
    later, quote = " ".join(words), found[1]
    anchor = anchored(later, quote)
    here = later[anchor.start : anchor.end]
    if anchor.fate is Fate.GONE:
        assert (here, anchor.alike) == ("", 0.0)
    elif anchor.fate is Fate.CHANGED:
        assert here
        assert here == here.strip()
        assert LEAST <= anchor.alike <= 1.0
    else:
        assert here == quote.words


@given(quoted(), WORDS, WORDS)
def test_words_around_a_quote_never_lose_it(found: tuple[str, Quote], before: list[str], after: list[str]):
    text, quote = found
    later = " ".join([*before, text, *after])
    anchor = anchored(later, quote)
    assert anchor.fate in {Fate.KEPT, Fate.MOVED}
    assert later[anchor.start : anchor.end] == quote.words


@given(quoted(), WORDS)
def test_what_no_reader_gets_is_kept_of_no_quote(found: tuple[str, Quote], words: list[str]):
    left = " ".join(words)
    kept = recut(left, found[1])
    assert kept.words in left
    assert kept.prefix in left
    assert kept.suffix in left
    assert kept.words or not (kept.prefix or kept.suffix)


@given(st.text(alphabet="abc AB.!?12\n-*é“”", max_size=200))
def test_sentences_joined_are_the_words_of_the_text(markdown: str):
    for html in (sanitize(markdown), paragraphs(markdown)):
        assert " ".join(sentences(html)) == plain(html)


def test_a_quote_that_shares_nothing_is_gone_however_long_the_text_is():
    whole = " ".join(f"woord{n}" for n in range(3_000))
    assert anchored(whole, quote_of(SECOND)).fate is Fate.GONE
