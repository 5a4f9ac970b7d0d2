"""The marker with which a test says which numbers of docs/ it shows."""

import re

import pytest

NUMBER = re.compile(r"[SL][0-9]{2}|R[1-9][0-9]{0,2}")


def shows(*numbers: str) -> pytest.MarkDecorator:
    """Mark a test as showing these numbers: `@shows("S29")`, `@shows("R67", "R72")`.

    Refused with a ValueError: no number at all, and a number that is not written as in docs/.
    """
    malformed = [number for number in numbers if not is_number(number)]
    if malformed or not numbers:
        said = ", ".join(repr(number) for number in malformed) or "nothing"
        raise ValueError(
            f'shows() was given {said}; write S and L with two digits ("S01", "L05")'
            ' and R without leading zeros ("R7", "R103"), each as a string of its own'
        )
    return pytest.mark.shows(*numbers)


def is_number(text: object) -> bool:
    """Whether this is a number as docs/ writes them."""
    return isinstance(text, str) and NUMBER.fullmatch(text) is not None
