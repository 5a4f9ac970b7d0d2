import csv
import io

import pytest

from consult.foundation.tables import csv_of
from tests.shows import shows

HARMFUL = [
    "=1+1",
    "+31 6 12345678",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\0=1",
    "  =cmd|'/c calc'!A0",
    "\ufeff=1+1",
    "\u00a0=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'=1+1",
]


def read(told: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(told, newline="")))


@shows("R48")
@pytest.mark.parametrize("text", HARMFUL)
def test_a_cell_that_a_program_could_run_is_text_and_can_be_restored(text):
    ((found,),) = read(csv_of([[text]]))
    assert found == f"'{text}"
    assert found[1:] == text


@shows("R48")
def test_numbers_stay_numbers_and_plain_text_stays_as_it_is():
    told = csv_of([["naam", "aantal"], ["De Wilgen, oost", -3], ['het "plein"', 1.5], ["twee\nregels", 0]])
    assert read(told) == [["naam", "aantal"], ["De Wilgen, oost", "-3"], ['het "plein"', "1.5"], ["twee\nregels", "0"]]
    assert told.startswith('naam,aantal\r\n"De Wilgen, oost",-3\r\n')
