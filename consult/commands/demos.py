"""The demo municipality: loading it, and who can sign in there."""

import hashlib
from pathlib import Path
from typing import Any

from consult import config
from consult.commands.needs import Problem, command, database_of, progress
from consult.demo import story
from consult.demo.people import told_now
from consult.foundation import clock


def add(commands: Any) -> None:
    """Add the commands of this file."""
    words = "Load the demo municipality, replayed so that a phase is open today."
    made = command(commands, "demo", _demo, words, "consult demo --phase collect")
    made.add_argument("--phase", default="prioritise", choices=[k.value for k in story.PHASES])
    made.add_argument("--file", type=Path, help="another municipality or province of the same schema")
    made.add_argument("--sign-ins", action="store_true", help="load nothing; print who can sign in, with codes of now")


def _demo(given: Any) -> int:
    settings = config.read()
    place = sign_ins_of(settings.database_url)
    if given.sign_ins:
        if not place.exists():
            raise Problem("No demo was loaded from here into this database.")
        return print_sign_ins(settings)
    report = story.load(database_of(settings), given.file, given.phase, progress, place, settings.secret_key)
    print(report)
    return print_sign_ins(settings)


def sign_ins_of(database_url: str) -> Path:
    """Return where the sign-ins of the demo in this database stand."""
    name = hashlib.sha256(database_url.encode()).hexdigest()[:8]
    return config.INSTANCE / f"demo-sign-ins-{name}.txt"


def print_sign_ins(settings: config.Settings) -> int:
    """Print who can sign in to the demo in this database, with the codes of now."""
    print(told_now(sign_ins_of(settings.database_url), clock.now()))
    print("Whoever works there signs in with two steps. Behind the password stand a code of this moment")
    print("and the secret for an authenticator app. For new codes: consult demo --sign-ins\n", flush=True)
    return 0
