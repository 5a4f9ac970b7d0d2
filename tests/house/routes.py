"""Every way into the platform, and the act that its door asks about.

`python -m tests.house.routes` writes them to `routes.txt`; look at what changed before committing it.
"""

from pathlib import Path

from flask import Flask

from consult.app import create_app
from consult.doors import door_of
from consult.foundation.db import Database
from tests import servers
from tests.site import settings_for

PINNED = Path(__file__).with_name("routes.txt")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
QUIET = frozenset({"HEAD", "OPTIONS"})


def found(app: Flask) -> list[str]:
    """List each way in as "METHOD address endpoint act"; static files have no act."""
    lines = []
    for rule in app.url_map.iter_rules():
        door = door_of(app.view_functions[rule.endpoint])
        for method in sorted((rule.methods or set()) - QUIET):
            lines.append(f"{method} {rule.rule} {rule.endpoint} {door.act.value if door else '-'}")
    return sorted(lines, key=lambda line: line.split()[1::-1])


def pinned() -> list[str]:
    """List the ways in that were looked at."""
    return PINNED.read_text("utf-8").splitlines()


if __name__ == "__main__":
    servers.open_run()
    nowhere = Database("sqlite:////nowhere/consult.sqlite")
    PINNED.write_text("".join(f"{line}\n" for line in found(create_app(settings_for(nowhere), nowhere))), "utf-8")
