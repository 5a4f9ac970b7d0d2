"""What commands need: a place in the parser, the database, and to tell a problem and how far something is."""

import argparse
import re
import sys
from collections.abc import Callable
from typing import Any

from consult import config, migrating
from consult.foundation.db import Database


class Problem(Exception):
    """Something that a command tells and then stops for, with exit code 1."""


def command(within: Any, name: str, run: Callable[[Any], int], words: str, example: str) -> argparse.ArgumentParser:
    """Add a command to a parser, with what it is for and an example; `run` returns its exit code."""
    made: argparse.ArgumentParser = within.add_parser(name, help=words, description=words, epilog=f"Example: {example}")
    made.set_defaults(command=run)
    return made


def group(within: Any, name: str, words: str, metavar: str = "ACTION") -> Any:
    """Add a word under which several commands stand."""
    return within.add_parser(name, help=words).add_subparsers(required=True, metavar=metavar)


def database_of(settings: config.Settings | None = None) -> Database:
    """Return the database of these settings; refused when it is not at the newest revision."""
    database = Database((settings or config.read()).database_url)
    if not migrating.is_current(database):
        raise Problem("The database is not at the newest revision. Run: consult upgrade")
    return database


def anchor(told: str) -> tuple[int, bytes]:
    """Read a size and a root, as `consult audit checkpoint` prints them."""
    size, _colon, root = told.partition(":")
    if not re.fullmatch(r"[0-9]{1,18}", size) or not re.fullmatch(r"[0-9a-f]{64}", root):
        raise argparse.ArgumentTypeError("write POSITION:ROOT, the root as 64 hexadecimal digits")
    return int(size), bytes.fromhex(root)


def progress(done: int, total: int, words: str) -> None:
    """Show how far something is, on one line of a terminal or now and then in a log."""
    if sys.stderr.isatty():
        print(f"\r{words}: {done} of {total}   ", end="\n" if done >= total else "", file=sys.stderr, flush=True)
    elif done >= total:
        print(f"{words}: {total}", file=sys.stderr, flush=True)
