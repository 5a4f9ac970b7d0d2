from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.house.shrink import cited, defined, in_order, listed, shrink
from tests.shows import shows

HINT = "run `python -m tests.house.shrink`"


def test_the_documents_define_all_numbers_and_each_once():
    numbers = Counter(defined())
    twice = [number for number, times in numbers.items() if times > 1]
    expected = {f"S{n:02}" for n in range(1, 51)} | {f"L{n:02}" for n in range(1, 37)}
    expected |= {f"R{n}" for n in range(1, 104)}
    _none(twice, "defined more than once in docs/")
    _none(expected - numbers.keys(), "missing from docs/")
    _none(numbers.keys() - expected, "in docs/ beyond S50, L36 and R103")
    assert Counter(number[0] for number in numbers) == {"S": 50, "L": 36, "R": 103}


def test_every_citation_stands_on_a_test_that_runs():
    _, idle = cited()
    assert not idle, f"not a running test, or its numbers are not written out: {', '.join(idle)}"


def test_every_cited_number_stands_in_the_documents():
    counted, _ = cited()
    unknown = counted.keys() - set(defined())
    places = "; ".join(f"{number} at {', '.join(counted[number])}" for number in in_order(unknown))
    assert not unknown, f"cited, but not in docs/: {places}"


def test_every_number_is_cited_or_listed_as_not_yet_shown():
    counted, _ = cited()
    unshown = set(defined()) - counted.keys() - set(listed())
    _none(unshown, "neither cited by a test nor in not_yet_shown.txt")


def test_no_number_is_listed_while_a_test_cites_it():
    counted, _ = cited()
    _none(counted.keys() & set(listed()), f"cited by now, but still in not_yet_shown.txt ({HINT})")


def test_the_list_is_in_order_and_holds_known_numbers_once():
    numbers = listed()
    _none(set(numbers) - set(defined()), "in not_yet_shown.txt, but not in docs/")
    _none([number for number, times in Counter(numbers).items() if times > 1], "listed twice")
    assert numbers == in_order(numbers), "not_yet_shown.txt: S, then L, then R, each counting up"


@pytest.mark.parametrize("malformed", ["S1", "S001", "L5", "R07", "R0", "R1000", "T01", "s01", " R1", "R1,R2", "", 67])
def test_a_malformed_number_is_refused_by_name(malformed):
    with pytest.raises(ValueError, match="write S and L with two digits") as refusal:
        shows("S01", malformed)
    assert repr(malformed) in str(refusal.value)


def test_a_citation_of_nothing_is_refused():
    with pytest.raises(ValueError, match="was given nothing"):
        shows()


def test_a_well_formed_citation_is_a_marker_with_its_numbers():
    assert shows("S29", "L05", "R103").mark.args == ("S29", "L05", "R103")


def test_only_decorators_of_running_tests_count(tmp_path):
    _write(
        tmp_path / "voting" / "test_verbs.py",
        '@shows("S48")\n@shows("R67", "R72")\ndef test_one(): ...\n'
        '@pytest.mark.skip("later")\n@shows("R1")\ndef test_two(): ...\n'
        '@shows("R2")\ndef a_helper(): ...\n'
        'def test_three():\n    shows("R3")\n'
        "@shows(*MANY)\nasync def test_four(): ...\n"
        '@shows("L05")\nclass TestTerm: ...\n',
    )
    _write(tmp_path / "voting" / "builders.py", '@shows("R4")\ndef test_like(): ...\n')
    counted, idle = cited(tmp_path)
    assert in_order(counted) == ["S48", "L05", "R67", "R72"]
    assert len(idle) == 4


def test_shrinking_takes_out_what_is_cited_and_adds_nothing(tmp_path):
    notes = tmp_path / "not_yet_shown.txt"
    _write(notes, "S01\nL02\nR7\nR67\n")
    _write(tmp_path / "tests" / "test_it.py", '@shows("S01", "R67", "R99")\ndef test_it(): ...\n')
    assert shrink(notes, tmp_path / "tests") == ["S01", "R67"]
    assert listed(notes) == ["L02", "R7"]
    assert shrink(notes, tmp_path / "tests") == []


def _none(numbers: Iterable[str], complaint: str) -> None:
    numbers = in_order(numbers)
    assert not numbers, f"{complaint}: {', '.join(numbers)}"


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
