import uuid

import pytest

from consult.similarity import rules

ROUND = uuid.UUID(int=1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("plan", "plannen"),
        ("voorstel", "voorstellen"),
        ("huis", "huizen"),
        ("fietspad", "fietspaden"),
        ("boom", "bomen"),
        ("prullenbak", "prullenbakken"),
        ("speeltuin", "speeltuinen"),
        ("laadpaal", "laadpalen"),
        ("stoep", "stoepen"),
    ],
)
def test_a_word_and_its_plural_share_a_stem(one, other):
    assert set(rules.stems(one, "nl")) & set(rules.stems(other, "nl"))


def test_of_an_english_text_english_words_are_stemmed():
    assert set(rules.stems("benches", "en")) & set(rules.stems("bench", "en"))


def test_of_a_language_that_we_cannot_stem_the_word_itself_counts():
    assert rules.stems("drzewa", "pl") == ("drzewa",)


def test_marks_and_capitals_make_no_difference_and_small_words_do_not_count():
    assert list(rules.split("De ÉÉN Coördinatie van het café")) == ["coordinatie", "cafe"]


def test_a_word_of_the_title_counts_more_and_by_its_pieces_too():
    terms = rules.terms_in(rules.words_in("Laadpaal", "Laadpaal stoeprand"))
    assert terms["laadpal"] == rules.TITLE
    assert terms["stoeprand"] == rules.TEXT
    assert "~laa" in terms
    assert "~sto" not in terms


def test_a_text_without_end_has_no_more_terms_than_another():
    words = rules.words_in("", " ".join(f"woord{n}" for n in range(5_000)))
    assert len(words) == rules.MOST_WORDS


def test_the_same_word_of_two_rounds_has_two_keys_that_fit_the_database():
    here, there = rules.key_of(ROUND, "boom"), rules.key_of(uuid.UUID(int=2), "boom")
    assert here != there
    assert 0 <= here < 2**63


def test_a_text_is_wholly_like_itself_and_unlike_what_shares_no_word():
    words = rules.words_in("Bankjes bij de winkels", "Om te zitten.")
    terms = rules.terms_in(words)
    weight = sum(word.weight for word in words)
    assert rules.likeness(words, dict.fromkeys(terms, 1), 100, terms, weight) == pytest.approx(1)
    assert rules.likeness(words, {}, 100, {}, 10) == 0
    assert rules.likeness([], {}, 100, {}, 10) == 0


def test_the_rarest_terms_that_stand_anywhere_are_looked_for():
    words = rules.words_in("", " ".join(f"woord{letter}" for letter in "abcdefghijklmnopqrstuvw"))
    counts = {term: place for place, word in enumerate(words) for term in word.stems}
    chosen = rules.rarest(words, counts)
    assert sorted(counts[term] for term in chosen) == list(range(1, rules.RAREST + 1))
