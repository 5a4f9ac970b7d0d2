"""Reading files that others made: what is wrong with one, where, and the rows of a table with their lines."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from consult.foundation.language import gettext as _

SHOWN = 20  # problems that are told at once


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file; line 0 is the file as a whole."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        if self.line:
            return _("%(file)s, line %(line)s: %(reason)s", file=self.file, line=self.line, reason=self.reason)
        return f"{self.file}: {self.reason}"


class BadFile(Exception):
    """A file cannot be loaded; `problems` says what is wrong on which line, and nothing of it was kept."""

    def __init__(self, problems: list[Problem]) -> None:
        told = [str(problem) for problem in problems[:SHOWN]]
        if len(problems) > SHOWN:
            told.append(_("and %(more)s more problems", more=len(problems) - SHOWN))
        super().__init__("\n".join(told))
        self.problems = problems


@dataclass(frozen=True)
class Line:
    """The cells of one row, with the number of the line on which it begins."""

    number: int
    cells: list[str]


class Table:
    """One file of rows that is being read; gathers what is wrong with it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def wrong(self, line: int, reason: str) -> None:
        """Note a problem and go on reading, so that all of them are told at once."""
        self.problems.append(Problem(self.path.name, line, reason))

    def stop(self, line: int, reason: str) -> BadFile:
        """Return the exception for a problem after which reading on makes no sense."""
        self.wrong(line, reason)
        return BadFile(self.problems)

    def check(self) -> None:
        """Raise BadFile when anything was wrong."""
        if self.problems:
            raise BadFile(self.problems)

    def rows(self, delimiter: str, *, strict: bool = False) -> Iterator[Line]:
        """Give the rows that are not blank, each with the line on which it begins."""
        reader = csv.reader(StringIO(self.text(), newline=""), delimiter=delimiter, strict=strict)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                raise self.stop(number, _("The row cannot be read: %(why)s.", why=problem)) from None
            if any(cell.strip() for cell in cells):
                yield Line(number, cells)

    def header(self, rows: Iterator[Line], *needed: str) -> Line:
        """Return the first row with its names stripped; the file must have one with all that is needed."""
        header = next(rows, None)
        if header is None:
            raise self.stop(0, _("The file is empty."))
        names = [cell.strip() for cell in header.cells]
        return self.judge_names(Line(header.number, names), *needed)

    def judge_names(self, header: Line, *needed: str) -> Line:
        """Return a header, which must hold each needed name and no name twice."""
        names = header.cells
        missing = [name for name in needed if name not in names]
        if missing:
            raise self.stop(header.number, _("These columns are missing: %(names)s.", names=", ".join(missing)))
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise self.stop(header.number, _("These columns stand there twice: %(names)s.", names=", ".join(twice)))
        return header

    def fits(self, header: Line, row: Line) -> bool:
        """Say whether a row has as many cells as its header, and note it when not."""
        if len(row.cells) != len(header.cells):
            told = {"found": len(row.cells), "wanted": len(header.cells)}
            self.wrong(row.number, _("The row has %(found)s cells where the header has %(wanted)s.", **told))
        return len(row.cells) == len(header.cells)

    def text(self) -> str:
        """Return the whole text of the file, which must be UTF-8."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            raise self.stop(0, _("The file is not there.")) from None
        except OSError as problem:
            raise self.stop(0, _("The file cannot be read: %(why)s.", why=problem.strerror)) from None
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            line = content.count(b"\n", 0, problem.start) + 1
            raise self.stop(line, _("The text is not UTF-8.")) from None
        if "\0" in text:
            raise self.stop(text.count("\n", 0, text.index("\0")) + 1, _("The text holds a zero byte."))
        if not text.strip():
            raise self.stop(0, _("The file is empty."))
        return text
