"""Input that came by another way, in a file: one row an idea, judged cell by cell before anything is stored."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from consult.contributions.models import Channel
from consult.foundation import clock, tables, text
from consult.foundation.db import Database
from consult.foundation.language import ZONE, local
from consult.foundation.language import gettext as _
from consult.foundation.tables import restored
from consult.intake.batches import Judged, enter_next
from consult.intake.models import OFFLINE, Batch
from consult.intake.queries import list_alike
from consult.intake.rules import LANGUAGES, LONGEST_TITLE, MOST_IDEAS, day_is_wrong, likeness
from consult.intake.verbs import TRANSLATED_TO
from consult.opendata.columns import (
    BY_NAME,
    COLUMNS,
    NO,
    OF_FORM,
    YES,
    called,
    day_of,
    folded,
    words_of_channels,
    words_of_languages,
)
from consult.opendata.files import BadFile, Line, Problem
from consult.opendata.source import Progress, short_title
from consult.rounds.models import Area, Phase, Round, Theme
from consult.rounds.queries import list_areas
from consult.rounds.rules import midnight

__all__ = ["BadFile", "enter_whole", "judge", "known_of", "template"]

FORMS_SHOWN, SHOWN = 10, 50  # on the page; the download of mistakes has all of them


@dataclass(frozen=True)
class Known:
    """What a round knows, against which a file is judged."""

    phases: Sequence[Phase]
    themes: Sequence[Theme]
    areas: Sequence[Area]
    today: date
    references: frozenset[str]
    texts: frozenset[str]


@dataclass
class Sheet:
    """A file that is being judged; gathers what is wrong and what is odd, row by row."""

    known: Known
    columns: Mapping[str, int]
    problems: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    wrong: set[int] = field(default_factory=set)

    def reject(self, row: int, column: str, reason: str, found: str = "") -> None:
        """Note that a row cannot be entered, in which column, why, and how to mend it."""
        self.wrong.add(row)
        self.problems.append(self._told(row, column, reason, found))

    def remark(self, row: int, column: str, reason: str, found: str = "") -> None:
        """Note something odd that does not keep a row from being entered."""
        self.notes.append(self._told(row, column, reason, found))

    def _told(self, row: int, column: str, reason: str, found: str) -> dict[str, Any]:
        header = BY_NAME[column].header if column in BY_NAME else column
        return {"row": row, "column": header, "reason": reason, "found": found[:80]}


def known_of(subject: Round, rows: Iterable[Line]) -> Known:
    """Return what a round knows; `phases` and `themes` are loaded, and a unit is open."""
    cells = {restored(cell).strip() for row in rows for cell in row.cells if len(cell) <= 42}
    references, texts = list_alike(subject.id, cells)
    return Known(
        phases=list(subject.phases),
        themes=subject.offered_themes,
        areas=list_areas(),
        today=local(clock.now()).date(),
        references=frozenset(references),
        texts=frozenset(texts),
    )


def judge(name: str, content: bytes, rows: Sequence[Line], known: Known) -> Judged:
    """Judge each row of a file; raises BadFile where the file as a whole cannot be read as input."""
    if not rows:
        raise BadFile([Problem(name, 0, _("The file is empty."))])
    sheet = Sheet(known, _columns(name, rows[0]))
    _tell_unknown(sheet, rows[0])
    read = [(row.number, _cells(sheet, row)) for row in rows[1:]]
    if not read:
        raise BadFile([Problem(name, rows[0].number, _("There is no row under the header."))])
    forms = [form for form in (_form(sheet, group) for group in _grouped(sheet, read)) if form is not None]
    doubled = _mark_doubles(sheet, forms)
    headers = [column.header for column in COLUMNS]
    return Judged(
        name=name,
        sha256=sha256(content).hexdigest(),
        forms=[_without_rows(form) for form in forms],
        problems=sorted(sheet.problems, key=lambda told: (told["row"], headers.index(told["column"]))),
        notes=sorted(sheet.notes, key=lambda told: told["row"]),
        total=len(read),
        wrong=len(read) - sum(len(form["ideas"]) for form in forms),
        doubled=doubled,
    )


def enter_whole(database: Database, batch_id: Any, planned: int, progress: Progress) -> None:
    """Enter a confirmed file to its end, a piece at a time, each in a transaction of its own."""
    progress(0, planned, _("Forms entered"))
    done, goes_on = 0, True
    while goes_on:
        goes_on = database.write(lambda: enter_next(batch_id))
        done = min(planned, done + 500)
        progress(done, planned, _("Forms entered"))


def content_of(path: Path) -> bytes:
    """Return what a file holds; raises BadFile when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as problem:
        told = _("The file cannot be read: %(why)s.", why=problem.strerror)
        raise BadFile([Problem(path.name, 0, told)]) from problem


def empty_file(name: str) -> bytes:
    """Return the template as a file of the kind that its name says."""
    return tables.as_ods(_("Input"), template()) if name.lower().endswith(".ods") else tables.as_csv(template())


def template() -> list[list[str]]:
    """Return the rows of an empty file in the language in use: the header, and one example to be replaced."""
    example = {
        "channel": Channel.PAPER.words,
        "received_on": local(clock.now()).date().isoformat(),
        "text": _("Put a bench by the pond, in the shade."),
        "title": _("A bench by the pond"),
    }
    return [[column.header for column in COLUMNS], [example.get(column.name, "") for column in COLUMNS]]


def mistakes(problems: Sequence[Mapping[str, Any]]) -> list[list[str | int]]:
    """Return what is wrong with a file as rows of a table."""
    header: list[str | int] = [_("Row"), _("Column"), _("What is wrong and how to mend it"), _("What stands there")]
    return [header, *([told["row"], told["column"], told["reason"], told["found"]] for told in problems)]


def shown(batch: Batch) -> dict[str, Any]:
    """Return what the page of a file shows: its first forms, and the first of what is wrong and odd."""
    themes = {str(theme.id): theme.name for theme in batch.round.themes}
    return {
        "forms_of_file": [
            {
                "channel": Channel(form["channel"]).words,
                "received_at": datetime.fromisoformat(form["received_at"]),
                "ideas": [{**idea, "theme": themes.get(idea["theme_id"], "")} for idea in form["ideas"]],
                "has_writer": bool(form["writer"]),
                "has_address": bool(form["address"]),
                "reference": form["reference"],
            }
            for form in batch.rows[:FORMS_SHOWN]
        ],
        "problems": batch.problems[:SHOWN],
        "more_problems": max(0, len(batch.problems) - SHOWN),
        "notes": batch.notes[:SHOWN],
        "more_notes": max(0, len(batch.notes) - SHOWN),
    }


# --- the header ---


def _columns(name: str, header: Line) -> dict[str, int]:
    """Return in which place each column stands, by the names that are understood."""
    found: dict[str, int] = {}
    for place, cell in enumerate(header.cells):
        column = called().get(folded(cell))
        if column is None:
            continue
        if column in found:
            told = _("The column “%(name)s” stands there twice.", name=BY_NAME[column].header)
            raise BadFile([Problem(name, header.number, told)])
        found[column] = place
    missing = [column.header for column in COLUMNS if column.is_needed and column.name not in found]
    if missing:
        told = _("These columns are missing: %(names)s. Use the template.", names=", ".join(missing))
        raise BadFile([Problem(name, header.number, told)])
    return found


def _tell_unknown(sheet: Sheet, header: Line) -> None:
    used = set(sheet.columns.values())
    for place, cell in enumerate(header.cells):
        if place not in used and cell.strip():
            sheet.remark(header.number, cell.strip()[:40], _("This column is not known, so it is left out."))


# --- one row ---


def _cells(sheet: Sheet, row: Line) -> dict[str, str]:
    """Return the cells of a row by column, cleaned; what is too long is noted."""
    found = {}
    for name, place in sheet.columns.items():
        cell = restored(row.cells[place]) if place < len(row.cells) else ""
        clean = text.body(cell) if BY_NAME[name].longest > 120 else text.one_line(cell)
        if (over := len(clean) - BY_NAME[name].longest) > 0:
            told = {"over": over, "longest": BY_NAME[name].longest}
            sheet.reject(row.number, name, _("This is %(over)s characters too long; %(longest)s fit.", **told), clean)
        found[name] = clean
    return found


def _grouped(sheet: Sheet, rows: Iterable[tuple[int, dict[str, str]]]) -> list[list[tuple[int, dict[str, str]]]]:
    """Return the rows form by form: rows with the same word in the column `form` stand on one form."""
    groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for number, cells in rows:
        key = cells.get("form") or f"\0{number}"
        groups.setdefault(key, []).append((number, cells))
    for group in groups.values():
        for number, _cells_of_row in group[MOST_IDEAS:]:
            sheet.reject(number, "form", _("A form holds %(most)s ideas at most. Make a second one.", most=MOST_IDEAS))
    return list(groups.values())


def _form(sheet: Sheet, group: Sequence[tuple[int, dict[str, str]]]) -> dict[str, Any] | None:
    """Return a form as it would be entered, with those of its ideas that are right; None when none is."""
    (first, told), *others = group
    for number, cells in others:
        _judge_same(sheet, first, told, number, cells)
    form = _beside(sheet, first, told)
    is_lost = first in sheet.wrong
    ideas = [_idea(sheet, number, cells, form["language"]) for number, cells in group]
    if is_lost:
        for number, _cells_of_row in others:
            if number not in sheet.wrong:
                sheet.reject(number, "form", _("The first row of this form is wrong. Mend row %(row)s.", row=first))
    right = [idea for idea in ideas if idea["row"] not in sheet.wrong]
    return {**form, "ideas": right} if right else None


def _judge_same(sheet: Sheet, first: int, told: Mapping[str, str], number: int, cells: Mapping[str, str]) -> None:
    """Note where a further row of a form says something else than its first one; an empty cell says the same."""
    for name in OF_FORM:
        if cells.get(name) and cells[name] != told.get(name, ""):
            words = _("Row %(row)s of the same form says something else here. Make them equal.", row=first)
            sheet.reject(number, name, words, cells[name])


def _beside(sheet: Sheet, row: int, cells: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form says beside its ideas."""
    channel = _channel(sheet, row, cells["channel"])
    day = _day(sheet, row, cells["received_on"])
    writer, address = cells.get("writer", ""), cells.get("address", "")
    if channel is Channel.SCHOOL and (writer or address):
        words = _("Of pupils no names and addresses are kept. Empty this, and fill in the school as place.")
        sheet.reject(row, "writer" if writer else "address", words)
    elif address and not writer:
        sheet.reject(row, "writer", _("A reply on paper needs a name. Fill it in, or empty the address."))
    return {
        "channel": (channel or Channel.PAPER).value,
        "received_at": midnight(day or sheet.known.today, ZONE.key).isoformat(),
        "place": cells.get("place", ""),
        "reference": cells.get("reference", ""),
        "language": _language(sheet, row, cells.get("language", "")),
        "note": cells.get("note", ""),
        "writer": writer,
        "address": address,
        "is_approved": _approved(sheet, row, cells.get("approved", "")),
        "doubled": False,
    }


def _channel(sheet: Sheet, row: int, found: str) -> Channel | None:
    known = words_of_channels()
    channel = known.get(folded(found))
    if channel is None:
        told = {"known": ", ".join(one.words for one in OFFLINE)}
        sheet.reject(row, "channel", _("Fill in how it came in: one of %(known)s.", **told), found)
    return channel


def _day(sheet: Sheet, row: int, found: str) -> date | None:
    """Read a day as 2026-09-01 or 1-9-2026, which must lie in the days on which input is collected."""
    day = day_of(found)
    if day is None:
        sheet.reject(row, "received_on", _("Fill in a day like 2026-09-01 or 1-9-2026."), found)
    elif wrong := day_is_wrong(sheet.known.phases, day, sheet.known.today):
        sheet.reject(row, "received_on", wrong, found)
    return day


def _language(sheet: Sheet, row: int, found: str) -> str:
    known = words_of_languages()
    if found and found.casefold() not in known:
        sheet.reject(row, "language", _("Fill in a language like “nl” or “Dutch”, or leave it empty."), found)
    return known.get(found.casefold(), LANGUAGES[0])


def _approved(sheet: Sheet, row: int, found: str) -> bool:
    if found and found.casefold() not in YES | NO:
        sheet.reject(row, "approved", _("Fill in yes or no, or leave it empty."), found)
    return found.casefold() in YES


def _idea(sheet: Sheet, row: int, cells: Mapping[str, str], language: str) -> dict[str, Any]:
    """Return one idea as it would be entered."""
    words, translation = cells["text"], cells.get("translation", "")
    if not words:
        sheet.reject(row, "text", _("Write what was proposed."))
    shown = translation or words
    title = cells.get("title") or short_title(shown, LONGEST_TITLE)
    return {
        "row": row,
        "title": title,
        "text": shown,
        "theme_id": _theme(sheet, row, cells.get("theme", "")),
        "area_code": _area(sheet, row, cells.get("area", "")),
        "original": words if translation else "",
        "original_language": language if translation else "",
        "language": TRANSLATED_TO if translation else language,
    }


def _theme(sheet: Sheet, row: int, found: str) -> str | None:
    if not found:
        return None
    themes = sheet.known.themes
    chosen = next((one for one in themes if found.casefold() in {one.code.casefold(), one.name.casefold()}), None)
    if chosen is None:
        told = {"known": ", ".join(one.name for one in themes)}
        sheet.reject(row, "theme", _("Fill in a theme of this round: %(known)s. Or leave it empty.", **told), found)
    return str(chosen.id) if chosen is not None else None


def _area(sheet: Sheet, row: int, found: str) -> str | None:
    if not found:
        return None
    areas = sheet.known.areas
    chosen = [one for one in areas if found.casefold() in {one.code.casefold(), one.name.casefold()}]
    if not chosen:
        sheet.reject(
            row, "area", _("We do not know this neighbourhood. Use its name or code, or leave it empty."), found
        )
    return chosen[-1].code if chosen else None


# --- doubles ---


def _mark_doubles(sheet: Sheet, forms: Sequence[dict[str, Any]]) -> int:
    """Note what looks like something that is here already or stands in the file twice, and count its rows."""
    texts = Counter(sheet.known.texts)
    references: dict[str, int] = {}
    doubled = 0
    for form in forms:
        first, reference = form["ideas"][0]["row"], form["reference"]
        if reference and reference in sheet.known.references:
            sheet.remark(first, "reference", _("This reference is in use in this round already."), reference)
        elif reference in references:
            told = _("This reference stands on row %(row)s too.", row=references[reference])
            sheet.remark(first, "reference", told, reference)
        if reference:
            references.setdefault(reference, first)
        alike = [idea for idea in form["ideas"] if _is_double(sheet, texts, idea)]
        doubled += len(alike)
        form["doubled"] = len(alike) == len(form["ideas"])
    return doubled


def _is_double(sheet: Sheet, texts: Counter[str], idea: Mapping[str, Any]) -> bool:
    key = likeness(idea["text"])
    texts[key] += 1
    if texts[key] > 1:
        sheet.remark(
            idea["row"], "text", _("The same text is here already, or stands in this file twice."), idea["text"]
        )
    return texts[key] > 1


def _without_rows(form: Mapping[str, Any]) -> dict[str, Any]:
    return {**form, "ideas": [{k: v for k, v in idea.items() if k != "row"} for idea in form["ideas"]]}
