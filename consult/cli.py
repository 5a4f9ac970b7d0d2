"""The `consult` command: thin, one function a command."""

import argparse
import getpass
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from sqlalchemy import select

from consult import config, doctoring, migrating, serving, working
from consult.accounts.passwords import hashed, normalised_email, weakness
from consult.accounts.queries import find_account
from consult.audit import sealing
from consult.audit.queries import find_checkpoint
from consult.contributions.queries import list_stored
from consult.demo import story
from consult.demo.people import told_now
from consult.director.steering.queries import list_stored as list_evidence_stored
from consult.documents.queries import list_stored as list_papers
from consult.foundation import clock, files
from consult.foundation.db import Database, session
from consult.foundation.errors import Refused
from consult.foundation.language import speak_as, speaking
from consult.foundation.tables import csv_of
from consult.intake import batches
from consult.landscape.queries import get_poll_of
from consult.landscape.rules import letter, shows_now
from consult.notifications import delivery
from consult.opendata import checking, elections, errands, inputs, pabulib, polis, results, sheets
from consult.opendata.queries import list_stored as list_bundles
from consult.opendata.unpacking import Differs
from consult.participants.factors import reset_factor_here
from consult.participants.queries import find_person_of, get_person
from consult.participants.verbs import create_person
from consult.policy import PARTICIPANTS, POLICY, Role, system
from consult.review.queries import list_stored as list_view_files
from consult.rounds.models import Authority
from consult.rounds.queries import get_round, get_round_to_tell, kind_in_use
from consult.voting.electorate import MOST_CODES, draw_codes, issue_codes
from consult.voting.results import recount
from consult.voting.rules import codes_key, letters


class Problem(Exception):
    """Something that a command tells and then stops for, with exit code 1."""


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

    def command(name: str, run: Callable[[Any], int], words: str, example: str, within: Any = commands) -> Any:
        made = within.add_parser(name, help=words, description=words, epilog=f"Example: {example}")
        made.set_defaults(command=run)
        return made

    for name, run, words in (
        ("serve", _serve, "Serve the platform: several web processes and one worker."),
        ("start", _start, "Migrate, load the demo municipality when the database is empty, and serve."),
    ):
        made = command(name, run, words, f"consult {name} --port 8000")
        made.add_argument("--host", default="127.0.0.1")
        made.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        made.add_argument("--workers", type=int, default=max(2, os.cpu_count() or 2))
    command("upgrade", _upgrade, "Bring the database to the newest revision.", "consult upgrade")
    made = command("downgrade", _downgrade, "Take the database back to a revision.", "consult downgrade 0001")
    made.add_argument("revision")

    made = command(
        "demo",
        _demo,
        "Load the demo municipality, replayed so that a phase is open today.",
        "consult demo --phase collect",
    )
    made.add_argument("--phase", default="prioritise", choices=[k.value for k in story.PHASES])
    made.add_argument("--file", type=Path, help="another municipality or province of the same schema")
    made.add_argument("--sign-ins", action="store_true", help="load nothing; print who can sign in, with codes of now")

    people = commands.add_parser("person", help="People who work for the authority.").add_subparsers(
        required=True, metavar="ACTION"
    )
    made = command(
        "create",
        _person,
        "Make an account for somebody; you vouch that the address is theirs.",
        "consult person create a.jansen@gemeente.nl --name 'A. Jansen' --role moderator",
        people,
    )
    made.add_argument("email")
    made.add_argument("--name", required=True)
    made.add_argument("--role", required=True, choices=[r.value for r in Role])
    made.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    made = command(
        "reset-factor",
        _reset_factor,
        "Take away the second factor of somebody who lost it, where no two administrators can.",
        "consult person reset-factor a.jansen@gemeente.nl",
        people,
    )
    made.add_argument("email")

    codes = commands.add_parser("codes", help="Codes for the letters of a round.").add_subparsers(
        required=True, metavar="ACTION"
    )
    words = "Issue one-time codes for the letters to one area, into a file that is the only copy."
    example = "consult codes issue --round wijken-2040 --area BU99990301 --count 1200 -o letters.csv"
    _takes_codes(command("issue", _codes, words, example, codes))

    imports = commands.add_parser("import", help="Load public data as rounds.").add_subparsers(
        required=True, metavar="KIND"
    )
    made = command(
        "polis",
        _polis,
        "Load a public Polis export as a round with statements and marks.",
        "consult import polis ./electoral-reform --round electoral-reform",
        imports,
    )
    made.add_argument("folder", type=Path, metavar="DIR")
    made.add_argument("--round", required=True, metavar="SLUG")
    made = command(
        "pabulib",
        _pabulib,
        "Load a Pabulib file as a round with projects, costs and ballots.",
        "consult import pabulib assen.pb --round assen-2024",
        imports,
    )
    made.add_argument("file", type=Path, metavar="FILE.pb")
    made.add_argument("--round", required=True, metavar="SLUG")

    _takes_inputs(
        command(
            "inputs",
            _inputs,
            "Enter a CSV or ODS file of what came by letter, on paper, by phone, at the desk or at meetings.",
            "consult import inputs letters.ods --round wijken --check",
            imports,
        )
    )

    _takes_export(command)
    _takes_outcomes(command)
    made = command("recount", _recount, "Count every poll again, from the marks alone.", "consult recount --check")
    made.add_argument("--check", action="store_true", help="leave with exit code 1 when a count differs")
    made.add_argument("--json", action="store_true")
    command("policy", _policy, "Print who may do what.", "consult policy")
    _takes_audit(command, commands)
    made = command("worker", _worker, "Do what is due: close phases that are over.", "consult worker --once")
    made.add_argument("--once", action="store_true")
    made = command(
        "verify-files",
        _verify_files,
        "Read every file again and tell which are changed, missing or too many.",
        "consult verify-files",
    )
    made.add_argument("--json", action="store_true")
    made = command(
        "doctor", _doctor, "Tell what must be mended before others may reach this installation.", "consult doctor"
    )
    made.add_argument("--json", action="store_true")
    return parser


def _takes_audit(command: Callable[..., Any], commands: Any) -> None:
    audit = commands.add_parser("audit", help="The sealed journal.").add_subparsers(required=True, metavar="ACTION")
    made = command(
        "verify",
        _audit_verify,
        "Build the tree of the journal again, and compare it with all that is stored of it.",
        "consult audit verify --anchor 120345:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        audit,
    )
    made.add_argument("--anchor", type=_anchor, metavar="POSITION:ROOT", help="a size and root that was kept elsewhere")
    made.add_argument("--json", action="store_true")
    command(
        "checkpoint",
        _audit_checkpoint,
        "Seal the journal up to now, and print size and root, to be kept elsewhere.",
        "consult audit checkpoint >> checkpoints.txt",
        audit,
    )


def _takes_outcomes(command: Callable[..., argparse.ArgumentParser]) -> None:
    thinks = "Print which groups think what of a round's statements, what they share and where they differ."
    for name, run, words, example in (
        ("results", _results, "Print the outcome of a round's polls.", "consult results assen-2024 --json"),
        ("landscape", _landscape, thinks, "consult landscape electoral-reform --json"),
    ):
        made = command(name, run, words, example)
        made.add_argument("round", metavar="ROUND")
        made.add_argument("--json", action="store_true")


def _takes_export(command: Callable[..., argparse.ArgumentParser]) -> None:
    words = "Hand over the polls of a round that ended: as a bundle that anybody can check, or as a Pabulib file."
    made = command("export", _export, words, "consult export assen-2024 -o bundle.zip")
    made.add_argument("what", metavar="ROUND", help="the round; or the word pabulib, with --round")
    made.add_argument(
        "--round", metavar="SLUG", help="the round of which a vote over a budget goes into a Pabulib file"
    )
    made.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    words = "Compute everything that a bundle tells again, from the bundle alone, and name the first difference."
    made = command("verify", _verify, words, "consult verify bundle.zip --receipt CODE")
    made.add_argument("bundle", type=Path, metavar="bundle.zip")
    made.add_argument("--key", default="", help="the key that the authority published, to check its signature")
    made.add_argument("--anchor", type=_anchor, metavar="POSITION:ROOT", help="a size and root that you kept")
    made.add_argument("--receipt", default="", metavar="CODE", help="the code of your receipt")
    made.add_argument("--json", action="store_true")


def _database(settings: config.Settings | None = None) -> Database:
    database = Database((settings or config.read()).database_url)
    if not migrating.is_current(database):
        raise Problem("The database is not at the newest revision. Run: consult upgrade")
    return database


def _serve(given: Any) -> int:
    settings = config.read()
    database = _database(settings)
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
        story.load(database, None, "prioritise", _progress, sign_ins_of(settings.database_url), settings.secret_key)
    database.dispose()
    if sign_ins_of(settings.database_url).exists():
        _print_sign_ins(settings)
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


def _demo(given: Any) -> int:
    settings = config.read()
    place = sign_ins_of(settings.database_url)
    if given.sign_ins:
        if not place.exists():
            raise Problem("No demo was loaded from here into this database.")
        return _print_sign_ins(settings)
    report = story.load(_database(settings), given.file, given.phase, _progress, place, settings.secret_key)
    print(report)
    return _print_sign_ins(settings)


def sign_ins_of(database_url: str) -> Path:
    """Return where the sign-ins of the demo in this database stand."""
    name = hashlib.sha256(database_url.encode()).hexdigest()[:8]
    return config.INSTANCE / f"demo-sign-ins-{name}.txt"


def _print_sign_ins(settings: config.Settings) -> int:
    print(told_now(sign_ins_of(settings.database_url), clock.now()))
    print("Whoever works there signs in with two steps. Behind the password stand a code of this moment")
    print("and the secret for an authenticator app. For new codes: consult demo --sign-ins\n", flush=True)
    return 0


def _person(given: Any) -> int:
    email = normalised_email(given.email)
    if email is None:
        raise Problem(f"{given.email} is not an e-mail address.")
    password = sys.stdin.readline().rstrip("\n") if given.password_stdin else getpass.getpass("Password: ")
    settings = config.read()
    database = _database(settings)
    with database.reading():
        authority = session().scalar(select(Authority.name)) or ""
    problem = weakness(password, email, *authority.split(), settings.host)
    if problem:
        raise Problem(problem)
    password_hash = hashed(password)
    actor = system(clock.now())
    database.write(lambda: create_person(given.name, email, Role(given.role), password_hash, actor))
    print(f"{given.name} can sign in with {email}.")
    if Role(given.role) not in PARTICIPANTS:
        print("The second step is set up at the first sign-in, with a code from a phone or a passkey.")
    return 0


def _reset_factor(given: Any) -> int:
    database, email = _database(), normalised_email(given.email) or ""
    with database.reading():
        account = find_account(email)
        person = find_person_of(account.id) if account is not None else None
    if person is None:
        raise Problem(f"Nobody has an account with {given.email}.")
    database.write(lambda: reset_factor_here(get_person(person.id), system(clock.now())))
    print(f"{person.name} signs in without the second step that was lost, and staff set up a new one then.")
    return 0


def _takes_codes(made: argparse.ArgumentParser) -> None:
    made.add_argument("--round", required=True, metavar="SLUG", help="a round that asks for a code from a letter")
    made.add_argument("--area", required=True, metavar="CODE", help="code of a neighbourhood or district")
    made.add_argument("--count", required=True, type=int, metavar="N", help=f"at most {MOST_CODES} at a time")
    made.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="a new file, for you alone")


def _codes(given: Any) -> int:
    settings = config.read()
    if not 1 <= given.count <= MOST_CODES:
        raise Problem(f"--count must be from 1 to {MOST_CODES}.")
    drawn = draw_codes(given.count, codes_key(settings.secret_key))
    database = _database(settings)
    try:
        descriptor = os.open(given.output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise Problem(f"{given.output} cannot be made: {problem.strerror}. Nothing was issued.") from problem
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as target, database.writing():
            actor = system(clock.now())
            printed = issue_codes(get_round(actor, given.round), given.area, drawn, actor)
            target.write(csv_of(letters(printed, f"{settings.base_url}/rounds/{given.round}/code")))
            target.flush()
            os.fsync(target.fileno())  # the codes are safe before they work
    except BaseException:
        given.output.unlink()
        raise
    print(f"{given.count} codes are in {given.output}. It is the only copy: nobody can read them again.")
    return 0


def _polis(given: Any) -> int:
    return _load(lambda actor: polis.load(given.folder, given.round, actor, _progress))


def _pabulib(given: Any) -> int:
    return _load(lambda actor: pabulib.load(given.file, given.round, actor, _progress))


def _load(load: Callable[[Any], Any]) -> int:
    made = _database().write(lambda: load(system(clock.now())))
    print(f"Loaded as /rounds/{made.slug}")
    return 0


def _takes_inputs(made: argparse.ArgumentParser) -> None:
    made.add_argument("file", type=Path, metavar="FILE", help="as the template on the page “Enter a whole file”")
    made.add_argument("--round", required=True, metavar="SLUG", help="the round that collects it; it must be open")
    made.add_argument("--check", action="store_true", help="only tell what is wrong; enter nothing")
    made.add_argument("--valid-only", action="store_true", help="enter the rows that are right, leave out the others")
    made.add_argument("--without-doubles", action="store_true", help="leave out rows of which the text is here already")


def _inputs(given: Any) -> int:
    database = _database()
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
    inputs.enter_whole(database, batch_id, planned, _progress)
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


def _export(given: Any) -> int:
    if (given.what == "pabulib") != (given.round is not None):
        raise Problem("Write: consult export ROUND -o bundle.zip, or: consult export pabulib --round ROUND -o FILE.pb")
    settings = config.read()
    database = _database(settings)
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
    database = _database()
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

    with _database().reading():
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
    with _database().reading():
        differences = recount()
    if given.json:
        print(json.dumps([str(difference) for difference in differences]))
    else:
        print(*map(str, differences), sep="\n")
        print(f"{len(differences)} differences." if differences else "Every count is the same when counted again.")
    return 1 if differences and given.check else 0


def _anchor(told: str) -> tuple[int, bytes]:
    """Read a size and a root, as `consult audit checkpoint` prints them."""
    size, _colon, root = told.partition(":")
    if not re.fullmatch(r"[0-9]{1,18}", size) or not re.fullmatch(r"[0-9a-f]{64}", root):
        raise argparse.ArgumentTypeError("write POSITION:ROOT, the root as 64 hexadecimal digits")
    return int(size), bytes.fromhex(root)


def _audit_verify(given: Any) -> int:
    settings = config.read()
    signer = settings.signer
    with _database(settings).reading():
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
    database = _database(settings)
    working.seal(database, settings, is_due=True)
    with database.reading():
        last = find_checkpoint()
    if last is None:
        raise Problem("Nothing is sealed yet.")
    print(f"{last.size}:{last.root.hex()}")
    return 0


def _policy(_given: Any) -> int:
    for act, rule in POLICY.items():
        print(f"{act.value:<24} {rule.words}")
    return 0


def _worker(given: Any) -> int:
    settings = config.read()
    database = _database(settings)
    if given.once:
        print(f"{working.work_once(database, settings)} things were due and done.")
        print(f"{delivery.deliver_all(database, settings)} messages were due.")
        return 0
    working.work_forever(database, settings)
    return 0


def _verify_files(given: Any) -> int:
    settings = config.read()
    with _database(settings).reading():
        known = {**files.list_waiting(), **list_stored(), **list_papers(), **list_bundles(), **list_evidence_stored()}
        known |= list_view_files()
    found = list(files.Store(Path(settings.files_dir)).verify(known))
    if given.json:
        print(json.dumps([{"file": name, "problem": problem} for name, problem in found]))
    else:
        print(*(f"{name} is {problem}" for name, problem in found), sep="\n" if found else "")
        print(f"{len(known)} files looked at, {len(found)} problems.")
    return 1 if found else 0


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


def _progress(done: int, total: int, words: str) -> None:
    """Show how far something is, on one line of a terminal or now and then in a log."""
    if sys.stderr.isatty():
        print(f"\r{words}: {done} of {total}   ", end="\n" if done >= total else "", file=sys.stderr, flush=True)
    elif done >= total:
        print(f"{words}: {total}", file=sys.stderr, flush=True)
