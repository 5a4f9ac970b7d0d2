from hypothesis import given
from hypothesis import strategies as st

from consult.foundation.likeness import ELSEWHERE, IN_PLACE, aligned, likeness

A = "Woonstraten worden 30-zones waar kinderen veilig kunnen spelen."
B = "De gemeente zet bankjes bij de winkels en bij de vijver."
C = "Elke wijk krijgt een eigen aanspreekpunt op het gemeentehuis."
D = "In de haven blijft plaats voor kleine boten."


def test_the_same_words_are_the_same_wherever_they_stand():
    assert aligned([A, B, C], [C, A, B]) == [2, 0, 1]
    assert aligned([A, B], [A, D, B]) == [0, None, 1]


def test_nearly_the_same_between_the_same_neighbours_is_the_same():
    changed = "De gemeente zet tien bankjes neer bij de winkels, maar niet bij een vijver."
    assert IN_PLACE <= likeness(B.split(), changed.split()) < ELSEWHERE
    assert aligned([A, B, C], [A, changed, C]) == [0, 1, 2]
    assert aligned([A, B, C, D], [changed, A, C, D]) == [None, 0, 2, 3]


def test_what_changed_little_may_have_moved():
    assert aligned([A, B, C], [B.replace("winkels", "scholen"), A, C]) == [1, 0, 2]


def test_of_two_alike_the_likest_is_taken_and_none_twice():
    near, far = A.replace("veilig", "rustig"), A.replace("kinderen veilig", "mensen rustig")
    assert aligned([A], [far, near]) == [None, 0]


def test_what_is_there_twice_is_matched_in_order():
    assert aligned([A, B, A], [A, A, B]) == [0, 2, 1]


WORDS = st.lists(st.sampled_from("de het een bankje vijver boom".split()), max_size=8).map(" ".join)


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_nothing_is_used_twice_and_what_is_the_same_is_found(before, after):
    found = aligned(before, after)
    used = [one for one in found if one is not None]
    assert len(found) == len(after)
    assert len(set(used)) == len(used)
    assert aligned(after, after) == [*range(len(after))] or len(set(after)) < len(after)
    same = sum(min(before.count(one), after.count(one)) for one in set(after))
    assert len(used) >= same
