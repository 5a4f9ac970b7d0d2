"""Tables that other programs open: CSV of which no cell is ever taken for a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

FORMULAS = tuple("=+-@\t\r\n\0")


def cell(value: object) -> object:
    """Return what stands in a cell: a number as it is, and a text that a program could run with a ' before it.

    Such a text begins, after spaces and what does not show, with = + - @ or a control character, in their wide
    forms too; `restored` takes the ' away again (OWASP, CSV injection).
    """
    return f"'{value}" if isinstance(value, str) and _is_run(value) else value


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
