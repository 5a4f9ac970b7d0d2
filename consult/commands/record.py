"""The sealed journal and the kept files: whether they are as they were."""

import json
from pathlib import Path
from typing import Any

from consult import config, working
from consult.audit import sealing
from consult.audit.queries import find_checkpoint
from consult.commands.needs import Problem, anchor, command, database_of, group
from consult.contributions.queries import list_stored
from consult.director.steering.queries import list_stored as list_evidence_stored
from consult.documents.queries import list_stored as list_papers
from consult.foundation import files
from consult.opendata.queries import list_stored as list_bundles
from consult.review.queries import list_stored as list_view_files


def add(commands: Any) -> None:
    """Add the commands of this file."""
    audit = group(commands, "audit", "The sealed journal.")
    words = "Build the tree of the journal again, and compare it with all that is stored of it."
    kept = "120345:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    made = command(audit, "verify", _audit_verify, words, f"consult audit verify --anchor {kept}")
    made.add_argument("--anchor", type=anchor, metavar="POSITION:ROOT", help="a size and root that was kept elsewhere")
    made.add_argument("--json", action="store_true")
    words = "Seal the journal up to now, and print size and root, to be kept elsewhere."
    command(audit, "checkpoint", _audit_checkpoint, words, "consult audit checkpoint >> checkpoints.txt")
    words = "Read every file again and tell which are changed, missing or too many."
    made = command(commands, "verify-files", _verify_files, words, "consult verify-files")
    made.add_argument("--json", action="store_true")


def _audit_verify(given: Any) -> int:
    settings = config.read()
    signer = settings.signer
    with database_of(settings).reading():
        found = sealing.judge(given.anchor, signer.public if signer else "")
    if given.json:
        told = {"size": found.size, "root": found.root.hex(), "waiting": found.waiting}
        print(json.dumps({**told, "bad": found.bad, "why": found.why}))
    elif found.bad is None:
        print(f"{found.size} entries are sealed and as they were, {found.waiting} wait to be sealed.")
        print(f"{found.size}:{found.root.hex()}")
    else:
        print(f"Position {found.bad}: {found.why}.")
    return 0 if found.bad is None else 1


def _audit_checkpoint(_given: Any) -> int:
    settings = config.read()
    database = database_of(settings)
    working.seal(database, settings, is_due=True)
    with database.reading():
        last = find_checkpoint()
    if last is None:
        raise Problem("Nothing is sealed yet.")
    print(f"{last.size}:{last.root.hex()}")
    return 0


def _verify_files(given: Any) -> int:
    settings = config.read()
    with database_of(settings).reading():
        known = {**files.list_waiting(), **list_stored(), **list_papers(), **list_bundles(), **list_evidence_stored()}
        known |= list_view_files()
    found = list(files.Store(Path(settings.files_dir)).verify(known))
    if given.json:
        print(json.dumps([{"file": name, "problem": problem} for name, problem in found]))
    else:
        print(*(f"{name} is {problem}" for name, problem in found), sep="\n" if found else "")
        print(f"{len(known)} files looked at, {len(found)} problems.")
    return 1 if found else 0
