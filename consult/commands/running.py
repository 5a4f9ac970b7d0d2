"""The installation: serving it, the worker, its database, and what must be mended."""

import json
import os
from typing import Any

from alembic.util import CommandError
from sqlalchemy import select

from consult import config, doctoring, migrating, serving, working
from consult.commands.demos import print_sign_ins, sign_ins_of
from consult.commands.needs import Problem, command, database_of, progress
from consult.demo import story
from consult.foundation.db import Database, session
from consult.notifications import delivery
from consult.policy import POLICY
from consult.rounds.models import Authority


def add(commands: Any) -> None:
    """Add the commands of this file."""
    for name, run, words in (
        ("serve", _serve, "Serve the platform: several web processes and one worker."),
        ("start", _start, "Migrate, load the demo municipality when the database is empty, and serve."),
    ):
        made = command(commands, name, run, words, f"consult {name} --port 8000")
        made.add_argument("--host", default="127.0.0.1")
        made.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        made.add_argument("--workers", type=int, default=max(2, os.cpu_count() or 2))
    command(commands, "upgrade", _upgrade, "Bring the database to the newest revision.", "consult upgrade")
    words = "Take the database back to a revision."
    command(commands, "downgrade", _downgrade, words, "consult downgrade 0001").add_argument("revision")
    words = "Do what is due: close phases that are over."
    command(commands, "worker", _worker, words, "consult worker --once").add_argument("--once", action="store_true")
    words = "Tell what must be mended before others may reach this installation."
    command(commands, "doctor", _doctor, words, "consult doctor").add_argument("--json", action="store_true")
    command(commands, "policy", _policy, "Print who may do what.", "consult policy")


def _serve(given: Any) -> int:
    settings = config.read()
    database = database_of(settings)
    problems = list(doctoring.findings(settings, database))
    database.dispose()
    if problems:
        raise Problem("\n".join(problems))
    url = (
        settings.base_url if settings.sources.get("BASE_URL") == "environment" else f"http://{given.host}:{given.port}"
    )
    told = f"Serving on {url}"
    try:
        return serving.serve(settings, given.host, given.port, given.workers, lambda: print(told, flush=True))
    except OSError as problem:
        raise Problem(f"Port {given.port} of {given.host} cannot be used: {problem.strerror}.") from problem


def _start(given: Any) -> int:
    os.environ["PORT"] = str(given.port)
    settings = config.read()
    database = Database(settings.database_url)
    migrating.upgrade(database)
    with database.reading():
        is_empty = session().scalar(select(Authority.id).limit(1)) is None
    if is_empty:
        print("Loading the demo municipality ...", flush=True)
        story.load(database, None, "prioritise", progress, sign_ins_of(settings.database_url), settings.secret_key)
    database.dispose()
    if sign_ins_of(settings.database_url).exists():
        print_sign_ins(settings)
    return _serve(given)


def _upgrade(_given: Any) -> int:
    settings = config.read()
    migrating.upgrade(Database(settings.database_url))
    print("The database is at the newest revision.")
    return 0


def _downgrade(given: Any) -> int:
    try:
        migrating.downgrade(Database(config.read().database_url), given.revision)
    except CommandError as problem:
        raise Problem(f"There is no revision {given.revision}.") from problem
    print(f"The database is at revision {given.revision}.")
    return 0


def _worker(given: Any) -> int:
    settings = config.read()
    database = database_of(settings)
    if given.once:
        print(f"{working.work_once(database, settings)} things were due and done.")
        print(f"{delivery.deliver_all(database, settings)} messages were due.")
        return 0
    working.work_forever(database, settings)
    return 0


def _doctor(given: Any) -> int:
    settings = config.read()
    problems = list(doctoring.findings(settings, Database(settings.database_url)))
    if given.json:
        print(json.dumps({"problems": problems, "settings": dict(settings.sources)}))
        return 1 if problems else 0
    for name, source in settings.sources.items():
        print(f"CONSULT_{name:<16} from the {source}")
    print(*(problems or ["Nothing to mend."]), sep="\n")
    return 1 if problems else 0


def _policy(_given: Any) -> int:
    for act, rule in POLICY.items():
        print(f"{act.value:<24} {rule.words}")
    return 0
