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
    terms = rules.terms_in("Laadpaal", "Laadpaal stoeprand")
    assert (terms["laadpal"], terms["stoeprand"], terms["~laad"]) == (rules.TITLE, rules.TEXT, rules.PIECE)
    assert {"~_laa", "~aal_"} <= terms.keys()
    assert "~stoe" not in terms


def test_a_text_without_end_has_no_more_terms_than_another():
    words = "".join(f" woord{n}" for n in range(5_000))
    terms = rules.terms_in("", words)
    assert {word for word in words.split() if word in terms} == set(words.split()[: rules.MOST_WORDS])
    assert len(rules.terms_in("", words, most=3)) < len(terms) / 40


def test_the_same_word_of_two_rounds_has_two_keys_that_fit_the_database():
    [here], [there] = rules.keys_of(ROUND, ["boom"]), rules.keys_of(uuid.UUID(int=2), ["boom"])
    assert here != there
    assert 0 <= min(here, there) <= max(here, there) < 2**63
    assert rules.keys_of(ROUND, ["boom", "plan"])[0] == here


def test_what_is_put_together_in_the_index_comes_apart_the_same():
    keys, weights = [2**63 - 1, 0, 12_345], [3, 2, 1]
    assert rules.unpacked(rules.packed(keys, weights)) == (tuple(keys), bytes(weights))
    assert rules.unpacked(b"") == ((), b"")


def test_a_text_is_wholly_like_itself_and_unlike_what_shares_no_word():
    terms = rules.terms_in("Bankjes bij de winkels", "Om te zitten.")
    rare = rules.rarities(terms, dict.fromkeys(terms, 1), 100)
    assert rules.likeness(terms, rare, terms, sum(terms.values())) == pytest.approx(1)
    assert 0 < rules.likeness(terms, rare, dict(list(terms.items())[:2]), 100) < 1
    assert rules.likeness(terms, rare, {}, 10) == 0
    assert rules.likeness({}, {}, {}, 10) == 0


def test_the_rarest_terms_that_stand_anywhere_are_looked_for_until_that_is_enough_work():
    counts = {f"word{place:02}": 40 * place for place in range(20)}
    chosen = rules.rarest(dict.fromkeys(counts, 1), counts)
    assert list(chosen) == [f"word{place:02}" for place in range(1, 9)]  # 1,440 places; with the next 1,800
    assert list(chosen.values()) == sorted(chosen.values(), reverse=True)
    assert list(rules.rarest({"a": 1}, {"a": rules.LOOKED_AT + 1})) == ["a"]
