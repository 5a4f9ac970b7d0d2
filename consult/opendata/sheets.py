"""The rows of a table that somebody made with a spreadsheet program, read with limits."""

import csv
import io
import zipfile
from typing import Any
from xml.parsers import expat

from consult.foundation import sniffing, tables
from consult.foundation.language import gettext as _
from consult.opendata.files import BadFile, Line, Problem

MOST_ROWS, MOST_CELLS, LONGEST_CELL = 10_000, 60, 20_000
MOST_TEXT = 40_000_000  # characters of all cells
PIECE = 64 * 1024
OLD_EXCEL = b"\xd0\xcf\x11\xe0"

OFFICE, TABLE, TEXT = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0 " for name in ("office", "table", "text"))


def read(name: str, content: bytes) -> list[Line]:
    """Return the rows of a CSV file or of the first sheet of an ODS file, numbered as a spreadsheet program does.

    Blank rows are left out. Raises BadFile when it is neither, or larger than anybody fills in by hand.
    """
    if content.startswith(sniffing.ZIP):
        rows = _ods(name, content)
    elif content.startswith(OLD_EXCEL):
        raise _stop(name, 0, _save_otherwise())
    else:
        rows = _csv(name, content)
    return [row for row in rows if any(cell.strip() for cell in row.cells)]


def _stop(name: str, row: int, reason: str) -> BadFile:
    return BadFile([Problem(name, row, reason)])


def _save_otherwise() -> str:
    return _("We read CSV and ODS. Open the file, choose “save as”, and take one of these.")


# --- CSV ---


def _csv(name: str, content: bytes) -> list[Line]:
    text = tables.text_of(content)
    if text is None:
        raise _stop(name, 0, _save_otherwise())
    rows: list[Line] = []
    try:
        for number, cells in tables.rows_of(text):
            rows.append(_judged(name, Line(number, cells)))
            if len(rows) > MOST_ROWS:
                raise _stop(name, number, _too_many_rows())
    except csv.Error as problem:
        raise _stop(name, len(rows) + 1, _("The row cannot be read: %(why)s.", why=problem)) from problem
    return rows


def _judged(name: str, row: Line) -> Line:
    if len(row.cells) > MOST_CELLS:
        raise _stop(name, row.number, _("This row has more than %(most)s columns.", most=MOST_CELLS))
    if any(len(cell) > LONGEST_CELL for cell in row.cells):
        raise _stop(name, row.number, _("A cell of this row holds more than %(most)s characters.", most=LONGEST_CELL))
    return row


def _too_many_rows() -> str:
    return _("The file has more than %(most)s rows. Divide it into several files.", most=MOST_ROWS)


# --- ODS ---


def _ods(name: str, content: bytes) -> list[Line]:
    """Read the first sheet as a stream, so that nothing is unfolded before it was counted."""
    source = io.BytesIO(content)
    try:
        if sniffing.by_content(source) is not sniffing.ODS:
            raise _stop(name, 0, _save_otherwise())
        with zipfile.ZipFile(source) as package, package.open("content.xml") as inside:
            sheet = _Sheet(name)
            while not sheet.is_over and (piece := inside.read(PIECE)):
                sheet.parser.Parse(piece)
            return sheet.rows
    except sniffing.BadFile as problem:
        raise _stop(name, 0, str(problem)) from problem
    except (expat.ExpatError, KeyError) as problem:
        raise _stop(name, 0, _("This file is damaged. Open it, save it again, and choose that.")) from problem


class _Sheet:
    """Hears the elements of a spreadsheet and keeps the rows of its first sheet.

    A document type is refused, for with it come entities. What repeats is counted before it is unfolded: empty
    cells and rows (programs end a sheet with a million of them) cost nothing, others count for as many as they are.
    """

    def __init__(self, name: str) -> None:
        self.name, self.rows, self.is_over = name, [], False  # type: tuple[str, list[Line], bool]
        self.number, self.size = 1, 0
        self.depth, self.ignored = 0, 0  # within how many tables; within how many notes
        self.cells: list[str] = []
        self.empty = 0  # cells without anything since the last one that holds something
        self.words: list[str] | None = None  # of the cell that is being heard
        self.repeats, self.value = 1, ""
        self.row_repeats = 1
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.begin, self.end
        self.parser.CharacterDataHandler = self.hear
        self.parser.StartDoctypeDeclHandler = self.refuse

    def refuse(self, *_told: Any) -> None:
        raise _stop(self.name, 0, _("This file is damaged. Open it, save it again, and choose that."))

    def begin(self, element: str, told: dict[str, str]) -> None:
        if element == f"{TABLE}table":
            self.depth += 1
        elif element == f"{OFFICE}annotation":
            self.ignored += 1
        elif self.depth != 1 or self.is_over or self.ignored:
            return
        elif element == f"{TABLE}table-row":
            self.cells, self.empty = [], 0
            self.row_repeats = self.times(told.get(f"{TABLE}number-rows-repeated"))
        elif element in {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}:
            self.words = []
            self.repeats = self.times(told.get(f"{TABLE}number-columns-repeated"))
            self.value = told.get(f"{OFFICE}date-value", "")
        elif self.words is not None:
            self.begin_in_cell(element, told)

    def begin_in_cell(self, element: str, told: dict[str, str]) -> None:
        assert self.words is not None
        if element == f"{TEXT}p" and self.words:
            self.words.append("\n")
        elif element == f"{TEXT}s":
            self.words.append(" " * min(self.times(told.get(f"{TEXT}c")), 100))
        elif element == f"{TEXT}tab":
            self.words.append("\t")
        elif element == f"{TEXT}line-break":
            self.words.append("\n")

    def hear(self, text: str) -> None:
        if self.words is not None and not self.ignored and self.depth == 1:
            self.words.append(text)
            self.size += len(text)
            if self.size > MOST_TEXT:
                raise _stop(self.name, self.number, _("The file holds too much text. Divide it into several files."))

    def end(self, element: str) -> None:
        if element == f"{TABLE}table":
            self.depth -= 1
            self.is_over = self.is_over or self.depth == 0
        elif element == f"{OFFICE}annotation":
            self.ignored -= 1
        elif self.depth != 1 or self.is_over or self.ignored:
            return
        elif element in {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}:
            self.end_cell()
        elif element == f"{TABLE}table-row":
            self.end_row()

    def end_cell(self) -> None:
        held, self.words = self.value or "".join(self.words or ()), None
        if not held:
            self.empty += self.repeats
            return
        if len(self.cells) + self.empty + self.repeats > MOST_CELLS:
            raise _stop(self.name, self.number, _("This row has more than %(most)s columns.", most=MOST_CELLS))
        self.cells += [""] * self.empty + [held] * self.repeats
        self.empty = 0

    def end_row(self) -> None:
        if self.cells:
            if len(self.rows) + self.row_repeats > MOST_ROWS:
                raise _stop(self.name, self.number, _too_many_rows())
            for place in range(self.row_repeats):
                self.rows.append(_judged(self.name, Line(self.number + place, self.cells)))
        self.number += self.row_repeats

    def times(self, told: str | None) -> int:
        """Read how often something is repeated; a number that no program writes counts as very often."""
        if told is None:
            return 1
        return int(told) if told.isascii() and told.isdecimal() and len(told) < 9 else 10**9
