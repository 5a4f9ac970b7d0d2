"""What came of polls: told, counted again, handed over as files, and checked from these alone."""

import json
from pathlib import Path
from typing import Any

from consult import config, working
from consult.commands.needs import Problem, anchor, command, database_of
from consult.foundation import clock
from consult.foundation.db import Database
from consult.landscape.queries import get_poll_of
from consult.landscape.rules import letter, shows_now
from consult.opendata import checking, elections, errands, results
from consult.opendata.unpacking import Differs
from consult.policy import system
from consult.rounds.queries import get_round, get_round_to_tell
from consult.voting.results import recount


def add(commands: Any) -> None:
    """Add the commands of this file."""
    _add_export(commands)
    thinks = "Print which groups think what of a round's statements, what they share and where they differ."
    for name, run, words, example in (
        ("results", _results, "Print the outcome of a round's polls.", "consult results assen-2024 --json"),
        ("landscape", _landscape, thinks, "consult landscape electoral-reform --json"),
    ):
        made = command(commands, name, run, words, example)
        made.add_argument("round", metavar="ROUND")
        made.add_argument("--json", action="store_true")
    words = "Count every poll again, from the marks alone."
    made = command(commands, "recount", _recount, words, "consult recount --check")
    made.add_argument("--check", action="store_true", help="leave with exit code 1 when a count differs")
    made.add_argument("--json", action="store_true")


def _add_export(commands: Any) -> None:
    words = "Hand over the polls of a round that ended: as a bundle that anybody can check, or as a Pabulib file."
    made = command(commands, "export", _export, words, "consult export assen-2024 -o bundle.zip")
    made.add_argument("what", metavar="ROUND", help="the round; or the word pabulib, with --round")
    made.add_argument(
        "--round", metavar="SLUG", help="the round of which a vote over a budget goes into a Pabulib file"
    )
    made.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    words = "Compute everything that a bundle tells again, from the bundle alone, and name the first difference."
    made = command(commands, "verify", _verify, words, "consult verify bundle.zip --receipt CODE")
    made.add_argument("bundle", type=Path, metavar="bundle.zip")
    made.add_argument("--key", default="", help="the key that the authority published, to check its signature")
    made.add_argument("--anchor", type=anchor, metavar="POSITION:ROOT", help="a size and root that you kept")
    made.add_argument("--receipt", default="", metavar="CODE", help="the code of your receipt")
    made.add_argument("--json", action="store_true")


def _export(given: Any) -> int:
    if (given.what == "pabulib") != (given.round is not None):
        raise Problem("Write: consult export ROUND -o bundle.zip, or: consult export pabulib --round ROUND -o FILE.pb")
    settings = config.read()
    database = database_of(settings)
    if given.what == "pabulib":
        with database.reading():
            told = elections.written(get_round_to_tell(system(clock.now()), given.round))
        given.output.write_text(told, encoding="utf-8")
    else:
        given.round = given.what
        working.finish_polls(database, settings)
        _write_bundle(database, given)
    print(f"{given.output} is written.")
    return 0


def _write_bundle(database: Database, given: Any) -> None:
    """Write the bundle beside its place, and put it there when it is whole."""
    coming = given.output.with_name(f"{given.output.name}.part")
    try:
        with database.reading(), coming.open("wb") as target:
            if not errands.write_whole(get_round(system(clock.now()), given.round), target):
                raise Problem("No poll of this round was closed yet, but for statements, so there is nothing to check.")
        coming.replace(given.output)
    except OSError as problem:
        raise Problem(f"{given.output} cannot be written: {problem.strerror}.") from problem
    finally:
        coming.unlink(missing_ok=True)


def _verify(given: Any) -> int:
    try:
        report = checking.check(given.bundle, key=given.key, anchor=given.anchor, receipt=given.receipt)
    except Differs as problem:
        print(json.dumps({"holds": False, "difference": str(problem)}) if given.json else f"Does not hold: {problem}")
        return 1
    if given.json:
        print(json.dumps({"holds": True, **vars(report)}, ensure_ascii=False, indent=2))
    else:
        print(*checking.reported(report), sep="\n")
        print("Not everything could be checked." if report.withheld else "Everything that a bundle can show holds.")
    return 2 if report.withheld else 0


def _results(given: Any) -> int:
    database = database_of()
    with database.reading():
        told = results.as_json(get_round_to_tell(system(clock.now()), given.round))
    if given.json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    for poll in told["polls"]:
        print(f"{poll['title']} ({poll['method']}), {poll['ballots']} ballots{'' if poll['final'] else ', still open'}")
        for option in poll["options"]:
            counts = "  ".join(f"{name} {count}" for name, count in option.get("votes", {}).items())
            print(f"  {option['id']:>10}  {option['title'][:60]:<60}  {counts}")
        for outcome in poll["outcomes"]:
            print(f"  {outcome['rule']}: {', '.join(outcome['selected']) or '-'}")
    return 0


def _landscape(given: Any) -> int:
    from consult.landscape import folding  # noqa: PLC0415  other commands start quicker without numpy and scipy

    with database_of().reading():
        poll = get_poll_of(get_round_to_tell(system(clock.now()), given.round))
        if not shows_now(poll):
            raise Problem("People can still answer. What they think is told when the phase was closed.")
        told = folding.told_of_poll(poll, given.round)
    if told is None:
        raise Problem("There are too few answers yet. While people answer, what they think is told in steps of five.")
    if given.json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    so_far = "" if told["final"] else " so far, in steps of five people"
    print(f"{told['participants']} participants, {told['statements']} statements, {told['votes']} votes{so_far}")
    if not told["groups"]:
        print("There are no stable groups.")
    for group in told["groups"]:
        spoken = told["representative"][str(group["id"])]
        holds = ", ".join(f"{one['statement']} {one['direction']}" for one in spoken)
        print(f"Group {letter(group['id'])}, {group['size']} people: {holds or '-'}")
    for words, chosen in (("All groups agree", told["consensus"]), ("Divisive", told["divisive"])):
        print(f"{words}: {', '.join(one['statement'] for one in chosen) or '-'}")
    for words, listed in told["majority"].items():
        print(f"Most {words}: {', '.join(listed) or '-'}")
    return 0


def _recount(given: Any) -> int:
    with database_of().reading():
        differences = recount()
    if given.json:
        print(json.dumps([str(difference) for difference in differences]))
    else:
        print(*map(str, differences), sep="\n")
        print(f"{len(differences)} differences." if differences else "Every count is the same when counted again.")
    return 1 if differences and given.check else 0
