"""A list of voters as somebody typed it, or made it with a spreadsheet program."""

import csv
import re
from collections.abc import Container, Iterable, Iterator, Sequence

from consult.accounts.passwords import normalised_email
from consult.foundation import tables
from consult.foundation.language import gettext as _
from consult.voting.rules import Listed, summed_up

MOST_LISTED = 50_000  # lines at once

_SERIAL = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"((kiezers|volg)?nummer|nr\.?|(voter )?number|no\.?)")
_MAIL = re.compile(r"e-?mail")


class WrongLines(ValueError):
    """A list that cannot be read; its text says in which lines, and what is wrong with each."""


Row = tuple[int, Sequence[str]]  # the number of a line, and its cells


def read_typed(typed: str) -> list[Listed]:
    """Read people from lines like "104; anna@example.org"; raises WrongLines."""
    return _read((number, re.split("[;,\t]", line)) for number, line in enumerate(typed.splitlines(), start=1))


def read_file(content: bytes) -> list[Listed]:
    """Read people from a CSV or text file, under a header or without one; raises WrongLines.

    A header may name the columns with numbers and addresses; whatever else stands in the file is left out.
    """
    text = tables.text_of(content)
    if text is None:
        raise WrongLines(_("We read CSV and plain text. Open the file, choose “save as”, and take CSV."))
    return _read(_rows(text))


def _rows(text: str) -> Iterator[Row]:
    last = 0
    try:
        for number, cells in tables.rows_of(text):
            last = number
            yield number, cells
    except csv.Error as problem:
        raise WrongLines(_("Line %(line)s cannot be read. Look at its quotes.", line=last + 1)) from problem


def _read(rows: Iterable[Row]) -> list[Listed]:
    """Return the people of all lines; when one line is wrong, none is read."""
    told = ((line, [tables.restored(cell).strip() for cell in cells]) for line, cells in rows)
    lines = [(line, cells) for line, cells in told if any(cells)]
    if len(lines) > MOST_LISTED:
        raise WrongLines(_("This has more than %(most)s lines. Divide it into several files.", most=MOST_LISTED))
    columns = _columns(lines[0][1]) if lines else None
    found: dict[int, Listed] = {}
    taken, wrong = set[str](), []
    for line, cells in lines[1:] if columns else lines:
        number, typed = (cells[at] if at < len(cells) else "" for at in columns or (0, 1))
        address = normalised_email(typed) if typed else ""
        if fault := _fault(line, number, address, found, taken):
            wrong.append(fault)
            continue
        found[int(number)] = Listed(int(number), address or "")
        taken |= {address} if address else set()
    if wrong or not found:
        raise WrongLines(summed_up(wrong) or _("There is no line with a number in it."))
    return list(found.values())


def _columns(header: Sequence[str]) -> tuple[int, int] | None:
    """Return in which columns a header says that number and address stand; None for a row that is no header."""
    words = [cell.casefold() for cell in header]
    number = next((at for at, word in enumerate(words) if _NUMBER.fullmatch(word)), None)
    if number is None:
        return None
    return number, next((at for at, word in enumerate(words) if _MAIL.match(word)), number + 1)


def _fault(
    line: int, number: str, address: str | None, found: Container[int], taken: Container[str | None]
) -> str | None:
    """Say what is wrong with one line; `address` is None for what is no address."""
    if not _SERIAL.fullmatch(number) or not int(number):
        return _("Line %(line)s: begin with a number, like 104.", line=line)
    if address is None:
        return _("Line %(line)s: this is no e-mail address.", line=line)
    if int(number) in found or address in taken:
        return _("Line %(line)s: this number or address stands there twice.", line=line)
    return None
