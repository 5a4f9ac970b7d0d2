"""The `consult` command: what its words are, and how it leaves when something is wrong."""

import argparse
import os
import sys
from typing import Any

from consult import config
from consult.commands import demos, imports, people, polls, record, running
from consult.commands.needs import Problem
from consult.foundation.errors import Refused
from consult.foundation.language import speak_as, speaking
from consult.opendata import pabulib, polis
from consult.rounds.queries import kind_in_use


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    given = _parser().parse_args(arguments)
    speak_as(kind_in_use)
    try:
        with speaking("en"):
            code = given.command(given)
    except config.WrongSettings as wrong:
        print("These settings are wrong:", *wrong.problems, sep="\n  ", file=sys.stderr)
        code = 2
    except (Problem, Refused, polis.BadFile, pabulib.BadFile) as problem:
        print(str(problem) or _nothing(given), file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # whoever read along has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _nothing(given: Any) -> str:
    slug = getattr(given, "round", None)
    return f"There is no round at /rounds/{slug}." if slug else "There is nothing of that name."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="consult", description="Interactive policy rounds.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for nouns in (running, demos, people, imports, polls, record):
        nouns.add(commands)
    return parser
