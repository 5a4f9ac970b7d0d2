"""Public Polis exports: `comments.csv` and `participants-votes.csv` of one conversation, as a round of statements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from consult.contributions.models import Kind, State
from consult.foundation import text
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.opendata.files import BadFile, Line, Table
from consult.opendata.source import Progress, Source, Thing, as_written, language_of, short_title
from consult.opendata.verbs import enter_source, judge_slug
from consult.policy import Actor
from consult.rounds.models import Round
from consult.voting.models import Method

__all__ = ["BadFile", "load", "read"]

COMMENTS = "comments.csv"
VOTES = "participants-votes.csv"
SUMMARY = "summary.csv"
NEEDED = ("timestamp", "comment-id", "moderated", "comment-body")
MODERATED = {"1": State.PUBLISHED, "0": State.PUBLISHED, "-1": State.REFUSED}  # 0: nobody judged it
MARKS = {"1": 1, "0": 0, "-1": -1}
COUNTS = {"n-votes": None, "n-agree": 1, "n-disagree": -1}
NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
VOTER = re.compile(r"\S.{0,99}")
LONGEST = 10_000  # characters of one statement
MOMENT = re.compile(r"[0-9]{1,14}")  # milliseconds since 1970

ATTRIBUTION = (
    "Data was gathered using the Polis software (compdemocracy.org/polis) and is sub-licensed under CC BY 4.0 "
    "with Attribution to The Computational Democracy Project."
)


@dataclass(frozen=True)
class Comment:
    """One row of `comments.csv`."""

    line: int
    number: str
    written_at: datetime
    state: State
    body: str


def load(folder: Path, slug: str, actor: Actor, progress: Progress) -> Round:
    """Load a conversation as a closed round, in the transaction that is open.

    Raises BadFile with every problem found; refused when the round's address is in use.
    """
    judge_slug(slug)
    return enter_source(read(folder), slug, actor, progress)


def read(folder: Path) -> Source:
    """Read a conversation without storing anything of it; raises BadFile."""
    comments = _read_comments(folder / COMMENTS)
    columns, ballots, notes = _read_votes(folder / VOTES, comments)
    told = _read_summary(folder / SUMMARY)
    title = text.one_line(told.get("topic", "")) or text.one_line(folder.resolve().name)
    used = [comments[number] for number in columns]
    first, last = min(c.written_at for c in used), max(c.written_at for c in used)
    left_out = len(comments) - len(used)
    if left_out:
        notes.append((left_out, _("Statements left out, because the votes have no column for them")))
    return Source(
        title=title[:200],
        question=_("Do you agree with these statements?"),
        introduction=told.get("conversation-description", ""),
        note=_note(told.get("url", "")),
        kind=Kind.STATEMENT,
        method=Method.STATEMENTS,
        first_day=local(first).date(),
        last_day=local(last).date(),
        phase_name=_("Statements"),
        things=[_thing(comment) for comment in used],
        ballots=ballots,
        language=language_of(comment.body for comment in used),
        notes=notes,
    )


def _thing(comment: Comment) -> Thing:
    cleaned, html = as_written(comment.body)
    return Thing(comment.number, short_title(comment.body), cleaned, html, comment.written_at, comment.state)


def _note(url: str) -> str:
    url = text.one_line(url)
    return f"{ATTRIBUTION} {url}" if url.startswith(("https://", "http://")) else ATTRIBUTION


def _read_comments(path: Path) -> dict[str, Comment]:
    table = Table(path)
    rows = table.rows(",", strict=True)
    header = table.header(rows, *NEEDED)
    found: dict[str, Comment] = {}
    for row in rows:
        comment = _comment(table, header, row)
        if comment is None:
            continue
        if comment.number in found:
            told = {"id": comment.number, "line": found[comment.number].line}
            table.wrong(row.number, _("Statement %(id)s stands on line %(line)s already.", **told))
        found[comment.number] = comment
    if not found and not table.problems:
        table.wrong(header.number, _("There is no statement under the header."))
    table.check()
    return found


def _comment(table: Table, header: Line, row: Line) -> Comment | None:
    if not table.fits(header, row):
        return None
    told = dict(zip(header.cells, row.cells, strict=True))
    number, when, moderated = told["comment-id"].strip(), told["timestamp"].strip(), told["moderated"].strip()
    body = text.body(told["comment-body"])
    before = len(table.problems)
    if not NUMBER.fullmatch(number):
        table.wrong(row.number, _("comment-id must be a whole number, not “%(found)s”.", found=number[:40]))
    if not MOMENT.fullmatch(when):
        table.wrong(row.number, _("timestamp must be milliseconds since 1970, not “%(found)s”.", found=when[:40]))
    if moderated not in MODERATED:
        table.wrong(row.number, _("moderated must be 1, 0 or -1, not “%(found)s”.", found=moderated[:40]))
    if not body or len(body) > LONGEST:
        table.wrong(row.number, _("comment-body must hold 1 to %(longest)s characters.", longest=LONGEST))
    if len(table.problems) > before:
        return None
    moment = datetime.fromtimestamp(int(when) // 1000, UTC)
    return Comment(row.number, number, moment, MODERATED[moderated], body)


def _read_votes(
    path: Path, comments: Mapping[str, Comment]
) -> tuple[list[str], list[tuple[str, dict[str, int]]], list[tuple[int, str]]]:
    """Return the statements that have a column, the ballots, and notes."""
    table = Table(path)
    rows = table.rows(",", strict=True)
    header = table.header(rows, "participant")
    columns = _columns(table, header, comments)
    seen: dict[str, int] = {}
    ballots: list[tuple[str, dict[str, int]]] = []
    odd = 0
    for row in rows:
        if not table.fits(header, row):
            continue
        told = dict(zip(header.cells, row.cells, strict=True))
        voter = told["participant"].strip()
        if not VOTER.fullmatch(voter):
            table.wrong(row.number, _("participant must be a number or a name, not “%(found)s”.", found=voter[:40]))
        elif voter in seen:
            twice = {"id": voter, "line": seen[voter]}
            table.wrong(row.number, _("Participant %(id)s stands on line %(line)s already.", **twice))
        seen[voter] = row.number
        marks = _marks(table, row, columns)
        odd += _counts_differ(told, marks)
        if marks:
            ballots.append((voter, marks))
    if not ballots and not table.problems:
        table.wrong(header.number, _("There is no vote under the header."))
    table.check()
    notes = [(odd, _("Participants for whom the file counts other numbers than their votes; the votes were used"))]
    return list(columns.values()), ballots, notes if odd else []


def _columns(table: Table, header: Line, comments: Mapping[str, Comment]) -> dict[int, str]:
    """Return the statement of each column; what stands before the first of them is about participants."""
    numbers = [place for place, name in enumerate(header.cells) if NUMBER.fullmatch(name)]
    if not numbers:
        raise table.stop(header.number, _("No column is named after a statement."))
    columns = dict(enumerate(header.cells[numbers[0] :], start=numbers[0]))
    unknown = [name for name in columns.values() if name not in comments]
    if unknown:
        told = {"file": COMMENTS, "names": ", ".join(name[:40] for name in unknown[:10])}
        raise table.stop(header.number, _("These statements are not in %(file)s: %(names)s.", **told))
    return columns


def _marks(table: Table, row: Line, columns: Mapping[int, str]) -> dict[str, int]:
    marks: dict[str, int] = {}
    for place, number in columns.items():
        cell = row.cells[place].strip()
        if cell in MARKS:
            marks[number] = MARKS[cell]
        elif cell:
            told = {"id": number, "found": cell[:40]}
            words = _("The vote on statement %(id)s must be 1, 0, -1 or empty, not “%(found)s”.", **told)
            table.wrong(row.number, words)
    return marks


def _counts_differ(told: Mapping[str, str], marks: Mapping[str, int]) -> bool:
    """Say whether the row's own counts (where it has them) differ from its votes; published files do so at times."""
    values = list(marks.values())
    counted = {name: len(values) if value is None else values.count(value) for name, value in COUNTS.items()}
    return any(told[name].strip() != str(number) for name, number in counted.items() if name in told)


def _read_summary(path: Path) -> dict[str, str]:
    """Read the pairs of the summary, which an export may lack."""
    if not path.exists():
        return {}
    table = Table(path)
    pairs = {}
    for row in table.rows(",", strict=True):
        if len(row.cells) != 2:
            table.wrong(row.number, _("The row must hold a name and a value."))
            continue
        pairs[row.cells[0].strip()] = row.cells[1].strip()
    table.check()
    return pairs
