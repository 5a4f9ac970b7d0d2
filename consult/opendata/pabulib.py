"""Pabulib files (`.pb`), read: one participatory budget with its projects, costs and ballots.

The format: Stolicki, Szufa, Talmon, arXiv 2012.06539. What a file says of voters beside their vote is never read.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from consult.contributions.models import Kind
from consult.foundation import text
from consult.foundation.language import gettext as _
from consult.opendata.files import BadFile, Line, Table
from consult.opendata.source import UNKNOWN, ZONE, Progress, Source, Thing, as_written, short_title
from consult.opendata.verbs import enter_source, judge_slug
from consult.policy import Actor
from consult.rounds.models import Round
from consult.rounds.rules import midnight
from consult.voting.methods import budget as budget_rules
from consult.voting.models import Method

__all__ = ["BadFile", "load", "read"]

SECTIONS = ("META", "PROJECTS", "VOTES")
NEEDED = {"META": ("key", "value"), "PROJECTS": ("project_id", "cost"), "VOTES": ("voter_id", "vote")}
KEYS = ("description", "budget", "vote_type", "num_projects", "num_votes", "date_begin", "date_end")
LIMITS = ("min_length", "max_length", "min_sum_points", "max_sum_points")
METHODS = {
    "approval": Method.BUDGET,
    "choose-1": Method.BUDGET,
    "cumulative": Method.POINTS,
    "scoring": Method.POINTS,
    "ordinal": Method.RANKING,
}
WHOLE = re.compile(r"[0-9]{1,9}")
POINTS = re.compile(r"-?[0-9]{1,9}")
MONEY = re.compile(r"([0-9]{1,13})(?:[.,]([0-9]{1,20}))?")
DAY = re.compile(r"(?:([0-9]{1,2})\.([0-9]{1,2})\.)?((?:19|20|21)[0-9]{2})")
REFERENCE = re.compile(r"[^\s,;]{1,40}")
VOTER = re.compile(r"\S.{0,99}")
LANGUAGE = re.compile(r"[a-z]{2,3}")

# What a source that names equal shares means: steps of one unit of its currency, on until the next outcome costs
# too much, and nothing added after that; so both cities that used it get their official outcome.
SHARES = {"step": 100, "stop": budget_rules.OVER_BUDGET, "completion": "none"}

CITATION = (
    "Pabulib, pabulib.org. The format: D. Stolicki, S. Szufa, N. Talmon, arXiv 2012.06539; the data: "
    "P. Faliszewski et al., IJCAI 2023, doi 10.24963/IJCAI.2023/297. The library names no licence for its data."
)


@dataclass
class Sections:
    """The three sections of a file: per section its header and rows."""

    headers: dict[str, Line] = field(default_factory=dict)
    rows: dict[str, list[Line]] = field(default_factory=dict)

    def told(self, name: str) -> Iterator[tuple[Line, dict[str, str]]]:
        """Give the rows of a section as names and stripped values."""
        for row in self.rows[name]:
            yield row, dict(zip(self.headers[name].cells, (cell.strip() for cell in row.cells), strict=True))


@dataclass(frozen=True)
class Meta:
    """What META says, understood."""

    title: str
    vote_type: str
    first_day: date
    last_day: date
    lines: Mapping[str, int]
    numbers: Mapping[str, int]
    language: str
    acknowledgments: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Project:
    """One row of PROJECTS."""

    line: int
    reference: str
    cost: int
    votes: str
    name: str
    description: str


def load(file: Path, slug: str, actor: Actor, progress: Progress) -> Round:
    """Load a participatory budget as a closed round, in the transaction that is open.

    Raises BadFile with every problem found; refused when the round's address is in use.
    """
    judge_slug(slug)
    return enter_source(read(file), slug, actor, progress)


def read(file: Path) -> Source:
    """Read a participatory budget without storing anything of it; raises BadFile."""
    table = Table(file)
    sections = _split(table)
    meta = _read_meta(table, sections)
    projects = _read_projects(table, sections)
    ballots = _read_votes(table, sections, meta, projects)
    _judge_counts(table, sections, meta, projects, ballots)
    table.check()
    return _told(file, meta, projects, ballots)


def _told(
    file: Path,
    meta: Meta,
    projects: Mapping[str, Project],
    ballots: list[tuple[str, dict[str, int]]],
) -> Source:
    opening = midnight(meta.first_day, ZONE)
    things = []
    for project in projects.values():
        cleaned, html = as_written("\n\n".join(part for part in (project.name, project.description) if part))
        title = short_title(project.name)
        things.append(Thing(project.reference, title, cleaned, html, opening, cost=project.cost))
    return Source(
        title=meta.title,
        question=_("Which projects should get money?"),
        note=" ".join(part for part in (CITATION, text.one_line(file.name), meta.acknowledgments) if part),
        kind=Kind.PROJECT,
        method=METHODS[meta.vote_type],
        first_day=meta.first_day,
        last_day=meta.last_day,
        phase_name=_("Voting"),
        things=things,
        ballots=ballots,
        language=meta.language,
        parameters=meta.parameters,
    )


def _split(table: Table) -> Sections:
    """Take the file apart into its sections, each with a header."""
    found = Sections()
    current = ""
    for row in table.rows(";"):
        first = row.cells[0].strip().upper()
        if first in SECTIONS and not any(cell.strip() for cell in row.cells[1:]):
            _judge_order(table, row.number, found, first)
            current = first
            found.rows[current] = []
        elif not current:
            raise table.stop(row.number, _("The file must begin with META."))
        elif current not in found.headers:
            names = Line(row.number, [cell.strip() for cell in row.cells])
            found.headers[current] = table.judge_names(names, *NEEDED[current])
        elif table.fits(found.headers[current], row):
            found.rows[current].append(row)
    for name in SECTIONS:
        if name not in found.headers:
            raise table.stop(0, _("The section %(name)s is missing.", name=name))
    return found


def _judge_order(table: Table, line: int, found: Sections, name: str) -> None:
    expected = SECTIONS[len(found.rows)] if len(found.rows) < len(SECTIONS) else ""
    if name != expected:
        raise table.stop(line, _("The sections must be META, PROJECTS and VOTES, once each and in this order."))


def _read_meta(table: Table, sections: Sections) -> Meta:
    told, lines = _pairs(table, sections)
    missing = [key for key in KEYS if not told.get(key)]
    if missing:
        raise table.stop(sections.headers["META"].number, _("META lacks %(keys)s.", keys=", ".join(missing)))
    vote_type, language = told["vote_type"].lower(), told.get("language", "").lower()
    if vote_type not in METHODS:
        known = {"known": ", ".join(METHODS), "found": vote_type[:40]}
        table.wrong(lines["vote_type"], _("vote_type must be one of %(known)s, not “%(found)s”.", **known))
    budget = _money(table, lines["budget"], "budget", told["budget"])
    first_day = _day(table, lines["date_begin"], "date_begin", told["date_begin"], is_last=False)
    last_day = _day(table, lines["date_end"], "date_end", told["date_end"], is_last=True)
    if last_day < first_day:
        table.wrong(lines["date_end"], _("date_end is before date_begin."))
    numbers = _numbers(table, told, lines)
    table.check()
    parameters: dict[str, Any] = {"budget": budget, "vote_type": vote_type}
    parameters |= {key: told[key] for key in ("currency", "rule") if told.get(key)}
    parameters |= {key: numbers[key] for key in LIMITS if key in numbers}
    if budget_rules.is_by_shares(parameters):
        parameters |= SHARES
    return Meta(
        title=text.one_line(told["description"])[:200],
        vote_type=vote_type,
        first_day=first_day,
        last_day=last_day,
        lines=lines,
        numbers=numbers,
        language=language if LANGUAGE.fullmatch(language) else UNKNOWN,
        acknowledgments=text.one_line(told.get("acknowledgments", "")),
        parameters=parameters,
    )


def _pairs(table: Table, sections: Sections) -> tuple[dict[str, str], dict[str, int]]:
    """Return the values of META, and the line of each key."""
    told: dict[str, str] = {}
    lines: dict[str, int] = {}
    for row, pair in sections.told("META"):
        key = pair["key"]
        if key in told:
            table.wrong(row.number, _("The key %(key)s stands there twice.", key=key[:40]))
        told[key], lines[key] = pair["value"], row.number
    return told, lines


def _numbers(table: Table, told: Mapping[str, str], lines: Mapping[str, int]) -> dict[str, int]:
    found = {}
    for key in ("num_projects", "num_votes", *LIMITS):
        if not told.get(key):
            continue
        if WHOLE.fullmatch(told[key]):
            found[key] = int(told[key])
        else:
            wrong = {"key": key, "found": told[key][:40]}
            table.wrong(lines[key], _("%(key)s must be a whole number, not “%(found)s”.", **wrong))
    return found


def _money(table: Table, line: int, key: str, found: str) -> int:
    """Return an amount as whole cents, exactly."""
    told = {"key": key, "found": found[:40]}
    parts = MONEY.fullmatch(found)
    if parts is None:
        table.wrong(line, _("%(key)s must be an amount like 1500 or 1500.50, not “%(found)s”.", **told))
        return 0
    cents = Decimal(f"{parts[1]}.{parts[2] or 0}") * 100
    if cents != int(cents):
        table.wrong(line, _("%(key)s must be whole cents, not “%(found)s”.", **told))
    return int(cents)


def _day(table: Table, line: int, key: str, found: str, *, is_last: bool) -> date:
    """Return a day written as 31.03.2024, or the first or last day of a year written alone."""
    parts = DAY.fullmatch(found)
    if parts is not None:
        year, month, day = int(parts[3]), int(parts[2] or 0), int(parts[1] or 0)
        if not parts[1]:
            month, day = (12, 31) if is_last else (1, 1)
        with suppress(ValueError):
            return date(year, month, day)
    told = {"key": key, "found": found[:40]}
    table.wrong(line, _("%(key)s must be a day like 31.03.2024 or a year, not “%(found)s”.", **told))
    return date.max if is_last else date.min


def _read_projects(table: Table, sections: Sections) -> dict[str, Project]:
    found: dict[str, Project] = {}
    for row, told in sections.told("PROJECTS"):
        reference = told["project_id"]
        if not REFERENCE.fullmatch(reference):
            odd = reference[:40]
            table.wrong(row.number, _("project_id must be short and without spaces, not “%(found)s”.", found=odd))
            continue
        if reference in found:
            twice = {"id": reference, "line": found[reference].line}
            table.wrong(row.number, _("Project %(id)s stands on line %(line)s already.", **twice))
        cost = _money(table, row.number, "cost", told["cost"])
        name = text.one_line(told.get("name", "")) or _("Project %(id)s", id=reference)
        description = text.body(told.get("description", ""))
        found[reference] = Project(row.number, reference, cost, told.get("votes", ""), name, description)
    if not found and not table.problems:
        table.wrong(sections.headers["PROJECTS"].number, _("There is no project under the header."))
    return found


def _read_votes(
    table: Table, sections: Sections, meta: Meta, projects: Mapping[str, Project]
) -> list[tuple[str, dict[str, int]]]:
    method = METHODS[meta.vote_type]
    header = sections.headers["VOTES"]
    if method is Method.POINTS:
        table.judge_names(header, "points")
    seen: dict[str, int] = {}
    ballots = []
    for row, told in sections.told("VOTES"):
        voter = told["voter_id"]
        if not VOTER.fullmatch(voter):
            table.wrong(row.number, _("voter_id must be a number or a name, not “%(found)s”.", found=voter[:40]))
        elif voter in seen:
            twice = {"id": voter, "line": seen[voter]}
            table.wrong(row.number, _("Voter %(id)s stands on line %(line)s already.", **twice))
        seen[voter] = row.number
        chosen = _chosen(table, row.number, told["vote"], projects)
        values = _values(table, row.number, method, told.get("points", ""), len(chosen))
        _judge_limits(table, row.number, meta, values)
        ballots.append((voter, dict(zip(chosen, values, strict=False))))
    return ballots


def _chosen(table: Table, line: int, vote: str, projects: Mapping[str, Project]) -> list[str]:
    chosen = [part.strip() for part in vote.split(",")] if vote else []
    for reference, times in Counter(chosen).items():
        if reference not in projects:
            table.wrong(line, _("The vote names project “%(id)s”, which is not in PROJECTS.", id=reference[:40]))
        elif times > 1:
            table.wrong(line, _("The vote names project %(id)s more than once.", id=reference))
    return chosen


def _values(table: Table, line: int, method: Method, points: str, count: int) -> list[int]:
    """Return the mark of each chosen project: 1 where it is chosen, its rank, or its points."""
    if method is Method.BUDGET:
        return [1] * count
    if method is Method.RANKING:
        return list(range(1, count + 1))
    parts = [part.strip() for part in points.split(",")] if points else []
    if len(parts) != count:
        told = {"found": len(parts), "wanted": count}
        table.wrong(line, _("The vote gives %(found)s numbers of points to %(wanted)s projects.", **told))
    wrong = [part for part in parts if not POINTS.fullmatch(part)]
    if wrong:
        table.wrong(line, _("Points must be whole numbers, not “%(found)s”.", found=wrong[0][:40]))
    return [int(part) for part in parts if part not in wrong]


def _judge_limits(table: Table, line: int, meta: Meta, values: list[int]) -> None:
    """Note where a ballot breaks the limits that META sets for all ballots."""
    limits = meta.numbers
    least, most = limits.get("min_length", 0), limits.get("max_length", len(values))
    if not least <= len(values) <= most:
        told = {"found": len(values), "least": least, "most": most}
        table.wrong(line, _("The vote names %(found)s projects where META allows %(least)s to %(most)s.", **told))
    if METHODS[meta.vote_type] is Method.POINTS and sum(values) > limits.get("max_sum_points", sum(values)):
        told = {"found": sum(values), "most": limits["max_sum_points"]}
        table.wrong(line, _("The vote gives %(found)s points where META allows %(most)s.", **told))
    if meta.vote_type == "choose-1" and len(values) > 1:
        table.wrong(line, _("The vote names more than one project."))


def _judge_counts(
    table: Table,
    sections: Sections,
    meta: Meta,
    projects: Mapping[str, Project],
    ballots: list[tuple[str, dict[str, int]]],
) -> None:
    """Note where the file's own counts differ from what stands in it, as they do when a part is lost."""
    for key, found in (("num_projects", len(sections.rows["PROJECTS"])), ("num_votes", len(sections.rows["VOTES"]))):
        if meta.numbers[key] != found:
            told = {"key": key, "wanted": meta.numbers[key], "found": found}
            table.wrong(meta.lines[key], _("%(key)s says %(wanted)s, but the file holds %(found)s.", **told))
    counted = Counter(reference for _voter, marks in ballots for reference in marks)
    for project in projects.values():
        if table.problems or project.votes in {"", str(counted[project.reference])}:
            continue
        told = {"wanted": project.votes[:20], "found": counted[project.reference], "id": project.reference}
        words = _("The column votes says %(wanted)s for project %(id)s, but %(found)s ballots name it.", **told)
        table.wrong(project.line, words)
