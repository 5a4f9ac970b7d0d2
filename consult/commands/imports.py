"""Public data as rounds, and whole files of input."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from consult.commands.needs import command, database_of, group, progress
from consult.foundation import clock
from consult.foundation.db import Database
from consult.intake import batches
from consult.opendata import inputs, pabulib, polis, sheets
from consult.policy import system
from consult.rounds.queries import get_round


def add(commands: Any) -> None:
    """Add the commands of this file."""
    imports = group(commands, "import", "Load public data as rounds.", "KIND")
    words = "Load a public Polis export as a round with statements and marks."
    made = command(imports, "polis", _polis, words, "consult import polis ./electoral-reform --round electoral-reform")
    made.add_argument("folder", type=Path, metavar="DIR")
    made.add_argument("--round", required=True, metavar="SLUG")
    words = "Load a Pabulib file as a round with projects, costs and ballots."
    made = command(imports, "pabulib", _pabulib, words, "consult import pabulib assen.pb --round assen-2024")
    made.add_argument("file", type=Path, metavar="FILE.pb")
    made.add_argument("--round", required=True, metavar="SLUG")
    words = "Enter a CSV or ODS file of what came by letter, on paper, by phone, at the desk or at meetings."
    made = command(imports, "inputs", _inputs, words, "consult import inputs letters.ods --round wijken --check")
    made.add_argument("file", type=Path, metavar="FILE", help="as the template on the page “Enter a whole file”")
    made.add_argument("--round", required=True, metavar="SLUG", help="the round that collects it; it must be open")
    made.add_argument("--check", action="store_true", help="only tell what is wrong; enter nothing")
    made.add_argument("--valid-only", action="store_true", help="enter the rows that are right, leave out the others")
    made.add_argument("--without-doubles", action="store_true", help="leave out rows of which the text is here already")


def _polis(given: Any) -> int:
    return _load(lambda actor: polis.load(given.folder, given.round, actor, progress))


def _pabulib(given: Any) -> int:
    return _load(lambda actor: pabulib.load(given.file, given.round, actor, progress))


def _load(load: Callable[[Any], Any]) -> int:
    made = database_of().write(lambda: load(system(clock.now())))
    print(f"Loaded as /rounds/{made.slug}")
    return 0


def _inputs(given: Any) -> int:
    database = database_of()
    judged = _judged(database, given)
    for told in judged.problems:
        print(f"row {told['row']}, {told['column']}: {told['reason']} [{told['found']}]", file=sys.stderr)
    for told in judged.notes:
        print(f"note: row {told['row']}, {told['column']}: {told['reason']}", file=sys.stderr)
    right = judged.total - judged.wrong
    print(f"{judged.total} rows: {right} right, {judged.wrong} wrong, {judged.doubled} here already.")
    if given.check or (judged.wrong and not given.valid_only):
        return 1 if judged.wrong else 0
    batch_id, planned = database.write(lambda: _confirmed(given, judged))
    inputs.enter_whole(database, batch_id, planned, progress)
    print(f"Entered in /rounds/{given.round}")
    return 0


def _judged(database: Database, given: Any) -> batches.Judged:
    content = inputs.content_of(given.file)
    rows = sheets.read(given.file.name, content)
    with database.reading():
        known = inputs.known_of(get_round(system(clock.now()), given.round), rows)
    return inputs.judge(given.file.name, content, rows, known)


def _confirmed(given: Any, judged: batches.Judged) -> tuple[Any, int]:
    """Have what was judged entered, and return its id and of how many forms it is."""
    actor = system(clock.now())
    kept = batches.keep_batch(get_round(actor, given.round), actor, judged)
    batches.confirm_batch(kept, actor, valid_only=given.valid_only, without_doubles=given.without_doubles)
    return kept.id, kept.planned
