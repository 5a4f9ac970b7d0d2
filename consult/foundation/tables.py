"""Tables that other programs open, CSV and ODS, of which no cell is ever taken for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

from odfdo import Cell, Document, Row, Table

from consult.foundation.language import locale

FORMULAS = tuple("=+-@\t\r\n\0")


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
