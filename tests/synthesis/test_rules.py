import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.contributions.models import Contribution, State
from consult.foundation import clock
from consult.foundation.language import speaking
from consult.rounds.models import Phase, PhaseKind
from consult.synthesis.models import Draft, Outcome, OutcomeKind, Paragraph, Section
from consult.synthesis.rules import (
    Bare,
    Change,
    ChangeKind,
    changed_words,
    compared,
    hindrances,
    is_provisional,
    shortened,
    standing_outcome,
)

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


def test_an_empty_draft_and_each_bare_paragraph_and_unplaced_contribution_stand_in_the_way() -> None:
    bare = Bare(uuid.uuid4(), "2.3", "Woonstraten worden 30-zones. " * 9)
    unplaced = Contribution(reference="V04", title="Een los fietspad", html="")
    with speaking("en"):
        assert hindrances(0, [], []) == ["The draft has no paragraph yet."]
        found = hindrances(5, [bare], [unplaced])
    assert len(found) == 2
    assert "2.3" in found[0]
    assert "V04 Een los fietspad" in found[1]
    assert hindrances(5, [], []) == []


@pytest.mark.parametrize(
    ("into", "kind", "becomes"),
    [
        (None, None, None),
        (None, OutcomeKind.ADOPTED, OutcomeKind.ADOPTED),
        (uuid.uuid4(), None, OutcomeKind.MERGED),
        (uuid.uuid4(), OutcomeKind.ADOPTED, OutcomeKind.MERGED),
    ],
)
def test_what_was_merged_is_merged_whatever_was_said_before(
    into: uuid.UUID | None, kind: OutcomeKind | None, becomes: OutcomeKind | None
) -> None:
    contribution = Contribution(state=State.PUBLISHED, merged_into_id=into)
    assert standing_outcome(contribution, Outcome(kind=kind) if kind else None) is becomes


def test_outcomes_are_provisional_until_the_phase_of_deciding_is_closed() -> None:
    decide = Phase(kind=PhaseKind.DECIDE, closed_at=None)
    assert is_provisional([])
    assert is_provisional([decide])
    decide.closed_at = clock.now()
    assert not is_provisional([decide])


def test_a_text_is_shortened_between_words() -> None:
    assert shortened("kort") == "kort"
    assert shortened("een twee drie", 9) == "een twee…"
    assert len(shortened("x" * 500, 60)) <= 61
