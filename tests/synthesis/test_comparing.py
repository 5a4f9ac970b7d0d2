import uuid

from hypothesis import given
from hypothesis import strategies as st

from consult.synthesis.comparing import Change, ChangeKind, changed_words, compared, parts_of, retitled
from consult.synthesis.models import Draft, Paragraph, Section

WORDS = st.lists(st.sampled_from("een twee drie groen water, straat. Plein".split()), max_size=20).map(" ".join)
IDS = {name: uuid.uuid4() for name in "abcdef"}


def a_version(**sections: dict[str, str]) -> Draft:
    """A version in memory: title of the section, then name of the paragraph and its text."""
    return Draft(
        sections=[
            Section(
                title=title,
                position=number,
                paragraphs=[
                    Paragraph(stable_id=IDS[name], html=f"<p>{text}</p>", position=place)
                    for place, (name, text) in enumerate(told.items(), start=1)
                ],
            )
            for number, (title, told) in enumerate(sections.items(), start=1)
        ]
    )


def kinds(changes: list[Change]) -> list[tuple[str, ChangeKind]]:
    names = {stable_id: name for name, stable_id in IDS.items()}
    return [(names[change.stable_id], change.kind) for change in changes]


def test_one_word_more_is_seen_as_one_word_more() -> None:
    found = changed_words("Wij zetten bankjes neer.", "Wij zetten tien bankjes neer.")
    assert found == (("same", "Wij zetten "), ("added", "tien "), ("same", "bankjes neer."))


def test_what_is_the_same_but_for_its_line_ends_is_the_same() -> None:
    assert {kind for kind, _words in changed_words("een  twee", "een twee")} == {"same"}
    assert changed_words("", "") == ()


@given(WORDS, WORDS)
def test_a_comparison_holds_both_texts_whole(older: str, newer: str) -> None:
    pieces = changed_words(older, newer)
    assert "".join(words for kind, words in pieces if kind != "removed").split() == newer.split()
    assert "".join(words for kind, words in pieces if kind != "added").split() == older.split()


def test_paragraphs_are_compared_by_their_stable_id_wherever_they_stand() -> None:
    older = a_version(Een={"a": "aap", "b": "noot", "c": "mies"}, Twee={"d": "wim"})
    newer = a_version(Een={"a": "aap", "c": "mies en zus"}, Twee={"e": "jet", "d": "wim"})
    assert kinds(compared(older, newer)) == [
        ("a", ChangeKind.SAME),
        ("b", ChangeKind.REMOVED),
        ("c", ChangeKind.CHANGED),
        ("e", ChangeKind.ADDED),
        ("d", ChangeKind.SAME),
    ]


def test_what_was_taken_out_before_everything_stands_first_and_only_once() -> None:
    older = a_version(Een={"a": "aap", "b": "noot"}, Twee={"c": "mies"})
    newer = a_version(Twee={"c": "mies"})
    assert kinds(compared(older, newer)) == [
        ("a", ChangeKind.REMOVED),
        ("b", ChangeKind.REMOVED),
        ("c", ChangeKind.SAME),
    ]
    assert kinds(compared(older, a_version())) == [(name, ChangeKind.REMOVED) for name in "abc"]


def test_a_paragraph_that_went_to_another_section_says_where_it_stood() -> None:
    older = a_version(Een={"a": "aap", "b": "noot"}, Twee={"c": "mies"})
    newer = a_version(Een={"a": "aap"}, Twee={"c": "mies", "b": "noot"})
    assert [change.moved_from for change in compared(older, newer)] == ["", "", "Een"]


@given(st.permutations("abcdef"), st.integers(0, 6), st.integers(0, 6))
def test_every_paragraph_of_either_version_stands_once_in_the_comparison(order: list[str], had: int, has: int) -> None:
    older = a_version(Een={name: name for name in sorted(order)[:had]})
    newer = a_version(Een={name: name for name in order[:has]})
    found = [name for name, _kind in kinds(compared(older, newer))]
    assert sorted(found) == sorted(set(sorted(order)[:had]) | set(order[:has]))


def moved(older: Draft, newer: Draft) -> list[str]:
    names = {stable_id: name for name, stable_id in IDS.items()}
    return [names[change.stable_id] for change in compared(older, newer) if change.is_moved]


def test_as_few_paragraphs_as_can_be_are_said_to_have_moved() -> None:
    older = a_version(Een={"a": "aap", "b": "noot", "c": "mies", "d": "wim"})
    assert moved(older, a_version(Een={"a": "aap", "c": "mies", "d": "wim", "b": "noot"})) == ["b"]
    assert moved(older, a_version(Een={"d": "wim", "a": "aap", "b": "noot", "c": "mies"})) == ["d"]
    assert moved(older, a_version(Een={"a": "aap", "c": "mies"})) == []


def test_a_section_that_is_called_otherwise_is_no_move() -> None:
    older = a_version(Een={"a": "aap", "b": "noot"}, Twee={"c": "mies"})
    newer = a_version(Begin={"a": "aap"}, Twee={"c": "mies"})
    assert retitled(older, newer) == {"Begin": "Een"}
    assert moved(older, newer) == []
    told = parts_of(compared(older, newer), retitled(older, newer))
    assert [(part.title, part.was_called) for part in told] == [("Begin", "Een"), ("Twee", "")]
    assert retitled(older, a_version(Twee={"a": "aap", "c": "mies"})) == {}


def test_three_unchanged_paragraphs_in_a_row_are_folded_and_two_are_not() -> None:
    older = a_version(Een=dict.fromkeys("abcdef", "aap"))
    newer = a_version(Een={**dict.fromkeys("abc", "aap"), "d": "aap en noot", **dict.fromkeys("ef", "aap")})
    [part] = parts_of(compared(older, newer), {})
    assert [(is_folded, len(row)) for is_folded, row in part.stretches] == [(True, 3), (False, 1), (False, 2)]


def test_each_side_shows_its_own_words_alone() -> None:
    older, newer = a_version(Een={"a": "een rood huis"}), a_version(Een={"a": "een groen huis"})
    [change] = compared(older, newer)
    assert "".join(words for _kind, words in change.was) == "een rood huis"
    assert "".join(words for _kind, words in change.now) == "een groen huis"


@given(st.permutations("abcdef"))
def test_what_did_not_move_stands_in_the_old_order(order: list[str]) -> None:
    older, newer = (a_version(Een={name: name for name in row}) for row in (sorted(order), order))
    away = set(moved(older, newer))
    assert [one for one in order if one not in away] == sorted(one for one in order if one not in away)
    assert len(away) < len(order)
