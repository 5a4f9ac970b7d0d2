"""People who work for the authority, and codes for the letters to those who vote."""

import getpass
import os
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import select

from consult import config
from consult.accounts.passwords import hashed, normalised_email, weakness
from consult.accounts.queries import find_account
from consult.commands.needs import Problem, command, database_of, group
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.tables import csv_of
from consult.participants.factors import reset_factor_here
from consult.participants.queries import find_person_of, get_person
from consult.participants.verbs import create_person
from consult.policy import PARTICIPANTS, Role, system
from consult.rounds.models import Authority
from consult.rounds.queries import get_round
from consult.voting.electorate import MOST_CODES, draw_codes, issue_codes
from consult.voting.rules import codes_key, letters


def add(commands: Any) -> None:
    """Add the commands of this file."""
    people = group(commands, "person", "People who work for the authority.")
    words = "Make an account for somebody; you vouch that the address is theirs."
    example = "consult person create a.jansen@gemeente.nl --name 'A. Jansen' --role moderator"
    made = command(people, "create", _person, words, example)
    made.add_argument("email")
    made.add_argument("--name", required=True)
    made.add_argument("--role", required=True, choices=[r.value for r in Role])
    made.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    words = "Take away the second factor of somebody who lost it, where no two administrators can."
    made = command(people, "reset-factor", _reset_factor, words, "consult person reset-factor a.jansen@gemeente.nl")
    made.add_argument("email")
    codes = group(commands, "codes", "Codes for the letters of a round.")
    words = "Issue one-time codes for the letters to one area, into a file that is the only copy."
    example = "consult codes issue --round wijken-2040 --area BU99990301 --count 1200 -o letters.csv"
    made = command(codes, "issue", _codes, words, example)
    made.add_argument("--round", required=True, metavar="SLUG", help="a round that asks for a code from a letter")
    made.add_argument("--area", required=True, metavar="CODE", help="code of a neighbourhood or district")
    made.add_argument("--count", required=True, type=int, metavar="N", help=f"at most {MOST_CODES} at a time")
    made.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="a new file, for you alone")


def _person(given: Any) -> int:
    email = normalised_email(given.email)
    if email is None:
        raise Problem(f"{given.email} is not an e-mail address.")
    password = sys.stdin.readline().rstrip("\n") if given.password_stdin else getpass.getpass("Password: ")
    settings = config.read()
    database = database_of(settings)
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
    database, email = database_of(), normalised_email(given.email) or ""
    with database.reading():
        account = find_account(email)
        person = find_person_of(account.id) if account is not None else None
    if person is None:
        raise Problem(f"Nobody has an account with {given.email}.")
    database.write(lambda: reset_factor_here(get_person(person.id), system(clock.now())))
    print(f"{person.name} signs in without the second step that was lost, and staff set up a new one then.")
    return 0


def _codes(given: Any) -> int:
    settings = config.read()
    if not 1 <= given.count <= MOST_CODES:
        raise Problem(f"--count must be from 1 to {MOST_CODES}.")
    drawn = draw_codes(given.count, codes_key(settings.secret_key))
    database = database_of(settings)
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
