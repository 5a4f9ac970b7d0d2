"""The people of a story: who works there, who lives there, and with what the printed ones sign in."""

import os
import re
import secrets
import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, cycle
from pathlib import Path

from consult.accounts.factors import add_known_totp
from consult.accounts.models import Account
from consult.accounts.passwords import hashed
from consult.accounts.rules import code_at, new_secret
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import N_, gettext
from consult.participants.models import AgeBracket, Person
from consult.participants.queries import list_memberships
from consult.participants.rules import short_name
from consult.participants.verbs import create_person
from consult.policy import Actor, Duty, MemberDuty, Role, system

MODERATORS = ("J. Hofstra", "A. Kaplan")
ADMINISTRATOR = "P. Verkade"
PRIVACY_OFFICER = "L. Oosterwijk"
CONTRACT_MANAGER = "C. Brouwer"
COACH, LAWYER, EDITOR = "T. van Rijn", "D. Verhagen", "S. Nijland"
# Who the colleagues of a story are by the code of their levels; M1 is the process director.
COLLEAGUES = {"M2": MODERATORS[0], "M3": MODERATORS[1], "M4": LAWYER, "M5": CONTRACT_MANAGER, "M6": EDITOR}
RESIDENTS = ("Noor Visser", "Henk Mulder")
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"

# What people call themselves; they are invented, and used again after the last.
PSEUDONYMS = (
    "Fenna", "Youssef", "Anneke B.", "Daan", "mevrouw Prins", "Sem en Lotte", "K. de Groot", "Ilse", "Mehmet",
    "Oma Truus", "R. Bakker", "Sanne", "Bas uit de Vogelbuurt", "Joke", "Tygo", "familie Vos", "Marloes", "Wim",
    "Amira", "G. Postma", "Ruben", "Els", "Jurre", "Hatice", "P. Kuipers", "Lieke", "Gerard", "Nadia", "Thijs",
    "Corrie", "Milan", "J. van Leeuwen", "Roos", "Abdel", "Tineke", "Koen", "W. Schouten", "Eva", "Sjaak", "Lin",
)  # fmt: skip


@dataclass(frozen=True)
class SignIn:
    """With what one printed person signs in, and what they are."""

    name: str
    role: str
    email: str
    password: str
    secret: str = ""  # of an app that makes codes

    def __str__(self) -> str:
        return f"{self.role:<26}  {self.email:<36}  {self.password}  {self.secret}".rstrip()


@dataclass(frozen=True)
class Member:
    """Somebody who works there: name, role, what they are called, and their duty in the rounds."""

    name: str
    role: Role
    words: str
    duty: Duty | None = None


def staff_of(director: str, official_sponsor: str, board_sponsor: str) -> list[Member]:
    """Return who works there: the three whom the file names, and those who are invented."""
    return [
        Member(ADMINISTRATOR, Role.ADMIN, Role.ADMIN.words),
        Member(director, Role.DIRECTOR, Duty.DIRECTOR.words, Duty.DIRECTOR),
        *(Member(name, Role.MODERATOR, Duty.MODERATOR.words, Duty.MODERATOR) for name in MODERATORS),
        Member(official_sponsor, Role.MODERATOR, Duty.OFFICIAL_SPONSOR.words, Duty.OFFICIAL_SPONSOR),
        Member(board_sponsor, Role.BOARD, Duty.BOARD_SPONSOR.words, Duty.BOARD_SPONSOR),
        Member(PRIVACY_OFFICER, Role.PRIVACY, Role.PRIVACY.words, Duty.PRIVACY_CONTACT),
        Member(CONTRACT_MANAGER, Role.CONTRACTS, Role.CONTRACTS.words),
        Member(COACH, Role.COACH, Role.COACH.words),
        *(Member(name, Role.MODERATOR, Role.MODERATOR.words) for name in (LAWYER, EDITOR)),
    ]


def email_of(name: str, domain: str) -> str:
    """Return an address made of a name: "wethouder M. Terwindt" becomes m.terwindt@…"""
    words = name.split()
    start = next((place for place, word in enumerate(words) if word[:1].isupper()), 0)
    plain = unicodedata.normalize("NFKD", "-".join(words[start:])).encode("ascii", "ignore").decode().lower()
    return f"{re.sub(r'[^a-z0-9]+', '.', plain).strip('.')}@{domain}"


def domain_of(organisation: str) -> str:
    """Return where an invented organisation has its site and its addresses."""
    return f"{short_name(organisation, ())}.example"


def new_password() -> str:
    """Return a password that nobody can guess and a person can type: four times four letters and digits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


class Cast:
    """Everybody in a story; knows them by name and lets them act."""

    def __init__(
        self, domain: str, staff: list[Member], secret_key: str = "", speakers: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.domain = domain
        self.staff = staff
        self._secret_key = secret_key
        self.sign_ins = [self._printed(member.name, member.words, has_app=bool(secret_key)) for member in staff]
        self.sign_ins += [self._printed(name, gettext(N_("resident"))) for name in RESIDENTS]
        self.sign_ins += [self._printed(name, of, domain=domain_of(of)) for name, of in speakers]
        self._hashes = {printed.email: hashed(printed.password) for printed in self.sign_ins}
        self._ids: dict[str, uuid.UUID] = {}
        self._numbers = count(1)
        self._pseudonyms: Iterator[str] = cycle(PSEUDONYMS)
        self._waiting = list(RESIDENTS)
        self._moderators = cycle(MODERATORS)

    def _printed(self, name: str, words: str, *, has_app: bool = False, domain: str = "") -> SignIn:
        email = email_of(name, domain or self.domain)
        return SignIn(name, words, email, new_password(), new_secret() if has_app else "")

    def enter_staff(self) -> None:
        """Make the accounts of everybody who works there."""
        secrets_of = {printed.email: printed.secret for printed in self.sign_ins}
        for member in self.staff:
            email = email_of(member.name, self.domain)
            account_id = self.person(self._enter(member.name, email, member.role)).account_id
            if account_id is not None and secrets_of[email]:
                add_known_totp(account_id, secrets_of[email], self._secret_key, system(clock.now()))

    def enter_waiting(self) -> None:
        """Make the printed residents who had nothing to say."""
        while self._waiting:
            self.new_resident(None, AgeBracket.UNKNOWN)

    def new_resident(self, area: str | None, age: AgeBracket) -> str:
        """Make a resident with an account, the printed ones first, and return under which name they act."""
        if self._waiting:
            name = self._waiting.pop(0)
            self._enter(name, email_of(name, self.domain), Role.RESIDENT, area, age)
            return name
        number = next(self._numbers)
        return self._enter(
            self.new_name(), f"inwoner-{number:03}@{self.domain}", Role.RESIDENT, area, age, f"r{number}"
        )

    def new_speaker(self, name: str, of: str) -> str:
        """Make an account for somebody who acts for an organisation, and return its address."""
        email = email_of(name, domain_of(of))
        self._enter(name, email, Role.ORGANISATION)
        return email

    def new_name(self) -> str:
        """Return what the next person calls themselves."""
        return next(self._pseudonyms)

    def _enter(
        self,
        name: str,
        email: str,
        role: Role,
        area: str | None = None,
        age: AgeBracket = AgeBracket.UNKNOWN,
        key: str = "",
    ) -> str:
        actor = system(clock.now())
        person = create_person(name, email, role, self._hashes.get(email), actor, is_demo=True)
        person.area_code, person.age = area, age
        session().get_one(Account, person.account_id).confirmed_at = clock.now()
        self._ids[key or name] = person.id
        return key or name

    def person(self, key: str) -> Person:
        """Return somebody of the story, in the unit that is open."""
        return session().get_one(Person, self._ids[key])

    def moderator(self, round_id: uuid.UUID) -> Actor:
        """Let the next moderator act; they take turns, so two in a row are two persons."""
        return self.acting(next(self._moderators), round_id)

    def member(self, duty: Duty, round_id: uuid.UUID) -> Actor:
        """Let the one with a duty act in a round."""
        return self.acting(next(member.name for member in self.staff if member.duty is duty), round_id)

    def acting(self, key: str, round_id: uuid.UUID | None = None) -> Actor:
        """Let somebody act now, with the duty that they have in a round."""
        person = self.person(key)
        duties = {member.duty for member in self.staff if member.name == key and member.duty is not None}
        return Actor(
            arrived_at=clock.now(),
            person_id=person.id,
            account_id=person.account_id,
            name=person.name,
            role=person.role,
            is_confirmed=True,
            area_code=person.area_code,
            duties={round_id: frozenset(duties)} if round_id is not None and duties else {},
            memberships=self._memberships_of(person),
        )

    @staticmethod
    def _memberships_of(person: Person) -> dict[uuid.UUID, MemberDuty]:
        if person.role is not Role.ORGANISATION:
            return {}
        return {one.organisation_id: one.duty for one in list_memberships(person.id)}


def told_now(path: Path, at: datetime) -> str:
    """Return what the file of sign-ins says, with the code that each app shows at a moment before its secret."""
    return re.sub(
        r"[A-Z2-7]{32}$",
        lambda secret: f"{code_at(secret.group(), at)}  {secret.group()}",
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )


def write_sign_ins(path: Path, sign_ins: Iterable[SignIn], heading: str) -> None:
    """Write with what the printed people sign in, for the owner of the file alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write("\n".join([heading, *map(str, sign_ins)]) + "\n")
