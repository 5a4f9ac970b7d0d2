"""Tables that other programs open, CSV and ODS, of which no cell is ever taken for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from odfdo import Cell, Document, Row, Table

from consult.foundation.language import locale

FORMULAS = tuple("=+-@\t\r\n\0")
SEPARATORS = ";,\t"


def cell(value: object) -> object:
    """Return what stands in a cell: a number as it is, and a text that a program could run with a ' before it.

    Such a text begins, after spaces and what does not show, with = + - @ or a control character, in their wide
    forms too; `restored` takes the ' away again (OWASP, CSV injection).
    """
    is_text = isinstance(value, str) and not isinstance(value, Number)
    return f"'{value}" if is_text and _is_run(str(value)) else value


def restored(value: str) -> str:
    """Return the text that `cell` was given; a ' that people wrote themselves stays ("'s avonds")."""
    return value[1:] if value.startswith("'") and _is_run(value) else value


def _is_run(value: str) -> bool:
    """Whether a program could run a text, now or after what `cell` put before it is gone."""
    bare = unicodedata.normalize("NFKC", value.lstrip("'")).lstrip(" \u00a0\u200b\ufeff")
    return bare.startswith(FORMULAS)


def csv_of(rows: Iterable[Sequence[object]], separator: str = ",") -> str:
    """Return rows as CSV (RFC 4180): commas, quotes where they are needed, CRLF."""
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=separator).writerows([cell(value) for value in row] for row in rows)
    return made.getvalue()


def text_of(content: bytes) -> str | None:
    """Return the text of a file in UTF-8, UTF-16 or, where it is neither, Windows-1252; None where it is no text."""
    for coding in _codings(content):
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    return None


def _codings(content: bytes) -> Sequence[str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = content[:1000]
    if head[1::2].count(0) > len(head) // 3:
        return ("utf-16-le",)
    if head[0::2].count(0) > len(head) // 3:
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Read CSV: each row with its number, as a spreadsheet program counts; raises csv.Error where it cannot be read.

    What divides its cells stands in a first row "sep=;", as Excel writes it, or is what divides most of the first row.
    """
    told = text.partition("\n")[0].rstrip("\r")
    names_it = len(told) == 5 and told.lower().startswith("sep=")
    separator = told[4] if names_it else _separator(text)
    for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1):
        if number > 1 or not names_it:
            yield number, cells


def _separator(text: str) -> str:
    """Return what divides most cells in the first row."""
    head = text[: 256 * 1024]
    counts = {mark: _cells_of_first_row(head, mark) for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: counts[mark])


def _cells_of_first_row(head: str, separator: str) -> int:
    try:
        return len(next(csv.reader(io.StringIO(head, newline=""), delimiter=separator), []))
    except csv.Error:
        return 0


def as_csv(rows: Iterable[Sequence[str | int | Decimal]]) -> bytes:
    """Write rows as a spreadsheet program reads them: in UTF-8 with the mark by which it knows that (R48).

    In Dutch with semicolons, since there a comma stands in numbers.
    """
    is_dutch = locale() == "nl"
    told = [[_written(one) if is_dutch else one for one in row] for row in rows]
    return csv_of(told, ";" if is_dutch else ",").encode("utf-8-sig")


def _written(value: str | int | Decimal) -> str | int:
    """Return a number with a comma, as a Dutch program reads it."""
    return Number(str(value).replace(".", ",")) if isinstance(value, Decimal) else value


class Number(str):
    """Digits that this room wrote itself, so that a minus before them is no formula."""

    __slots__ = ()


def as_ods(title: str, rows: Iterable[Sequence[str | int | Decimal]]) -> bytes:
    """Write rows as a spreadsheet of one sheet; each text is a text cell, so none of them is ever run."""
    document = Document("spreadsheet")
    document.body.clear()
    table = Table(title)
    for number, cells in enumerate(rows):
        row = Row()
        for place, held in enumerate(cells):
            is_text = isinstance(held, str)
            shown = str(cell(held)) if is_text else held
            row.set_cell(place, Cell(shown, cell_type="string" if is_text else "float"))
        table.set_row(number, row)
    document.body.append(table)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()
