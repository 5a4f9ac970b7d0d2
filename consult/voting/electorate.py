"""Who becomes a voter by showing something: codes from letters, a place on a list, and national sign-ins.

Where a round asks for one of them, only here an account comes to belong to a voter. A code, an account and a person
are bound to that voter by keyed hashes, under the round's own key, which is destroyed after the objection term.
"""

import random
import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Table, delete, func, insert, select, update
from sqlalchemy.orm import joinedload

from consult.accounts.queries import get_account
from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import add, insert_of, locked, new_id, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import day, local
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.models import Area, Round, RoundState, Verification
from consult.rounds.rules import demand
from consult.voting import rules
from consult.voting.codes import waits_on_paper
from consult.voting.models import CodeBatch, Credential, LetterCode, Register, Voter
from consult.voting.queries import is_known
from consult.voting.rules import Listed, Printed

MOST_CODES = 50_000  # in one batch

_dice = random.SystemRandom()


class UnfitList(ValueError):
    """This cannot be done with the list; its text is a sentence for who typed it."""


Drawn = tuple[str, bytes]  # a code, and the form in which it is stored


def open_register(round_id: uuid.UUID) -> Register:
    """Return the register of a round; the first that needs it makes it."""
    session().execute(
        insert_of(Register)
        .values(round_id=round_id, key=secrets.token_bytes(32))
        .on_conflict_do_nothing(index_elements=["round_id"])
    )
    return session().get_one(Register, round_id)


def draw_codes(number: int, key: bytes) -> list[Drawn]:
    """Draw so many codes; takes a second for fifty thousand, so it is done before the transaction."""
    drawn: list[Drawn] = []
    while len(drawn) < number:
        bare = "".join(_dice.choices(rules.CODE_SIGNS, k=rules.CODE_LENGTH - 1))
        last = rules.check_sign(bare)
        if last is not None:
            drawn.append((bare + last, rules.code_hash(key, bare + last)))
    return drawn


def issue_codes(subject: Round, area_code: str, drawn: Sequence[Drawn], actor: Actor) -> list[Printed]:
    """Issue codes for the letters to one area; they are returned here and never again.

    Refused in a round that asks no codes, once it is closed, and for an area that is not known.
    """
    _hold_issuing(subject)
    area = session().get(Area, area_code)
    if area is None:
        raise Conflict(_("We do not know this neighbourhood. Choose another one."))
    return _issue(subject.id, area, drawn, actor)


def replace_batch(subject: Round, batch: CodeBatch, drawn: Sequence[Drawn], actor: Actor) -> list[Printed]:
    """Let none of a batch's unused codes work any more, and issue as many new ones, as a batch of their own.

    Refused as `issue_codes` is, when none is left to replace, and when there are more than were drawn.
    """
    _hold_issuing(subject)
    free = (LetterCode.used_on.is_(None), LetterCode.replaced_at.is_(None), LetterCode.is_list.is_(False))
    unused = (LetterCode.batch_id == batch.id, *free)
    old = session().scalars(locked(select(LetterCode.id).where(*unused))).all()
    number = len(old)
    if not number:
        raise Conflict(_("All codes of this batch were used or replaced already."))
    if number > len(drawn):
        raise Conflict(_("Somebody else was just before you. Look at the page again."))
    session().execute(update(LetterCode).where(*unused).values(replaced_at=clock.now()))
    area = session().get_one(Area, batch.area_code)
    return _issue(subject.id, area, drawn[:number], actor, replaces=batch.number)


def replace_code(subject: Round, serial: int, drawn: Drawn, actor: Actor) -> Printed:
    """Let the code of one letter work no more, and issue another one in its place.

    Refused as `issue_codes` is, for a number that no letter has, and when the code was used or replaced before.
    """
    _hold_issuing(subject)
    wanted = _places(subject.id, on_list=False).where(LetterCode.serial == serial)
    old = session().scalar(wanted.options(joinedload(LetterCode.batch)))
    if old is None:
        raise Conflict(_("No letter of this round has the number %(serial)s.", serial=serial))
    read_again_locked(old, ("used_on", "replaced_at"))
    if old.used_on is not None and waits_on_paper(old.id):
        words = _("A ballot on paper came in with this letter. Is it not from who got the letter? Put it aside first.")
        raise NotNow(words)
    if old.used_on is not None:
        raise NotNow(_("The code of this letter was used on %(day)s, so it stays.", day=day(old.used_on)))
    if old.replaced_at is not None:
        raise NotNow(_("The code of this letter was replaced before, on %(day)s.", day=day(old.replaced_at)))
    old.replaced_at = clock.now()
    code, stored = drawn
    new = add(LetterCode(round_id=subject.id, batch_id=old.batch_id, serial=_next_serial(subject.id), hash=stored))
    record(Act.ISSUE_CODES, actor, subject, replaced=serial, serial=new.serial)
    area = session().get_one(Area, old.batch.area_code)
    return Printed(new.serial, area.code, area.name, code)


def _hold_issuing(subject: Round) -> None:
    """Let one person at a time issue codes in a round, and only in one that asks for them."""
    read_again_locked(subject, ("state", "verification"))
    if subject.is_practice:
        raise NotNow(_("This is a practice round, so no letters go out."))
    if subject.verification is not Verification.LETTER_CODE:
        raise Conflict(_("This round asks no code from a letter. Choose that first, where the words of the round are."))
    _still_runs(subject)


def _still_runs(subject: Round) -> None:
    if subject.state is RoundState.CLOSED:
        raise NotNow(_("This round is closed, so nobody can vote in it any more."))


def _issue(
    round_id: uuid.UUID, area: Area, drawn: Sequence[Drawn], actor: Actor, replaces: int | None = None
) -> list[Printed]:
    last = session().scalar(select(func.max(CodeBatch.number)).where(CodeBatch.round_id == round_id)) or 0
    first = _next_serial(round_id)
    batch = add(CodeBatch(round_id=round_id, number=last + 1, area_code=area.code, issued_at=clock.now()))
    rows = [
        {"id": new_id(), "round_id": round_id, "batch_id": batch.id, "serial": serial, "hash": stored}
        for serial, (_code, stored) in enumerate(drawn, start=first)
    ]
    session().execute(insert(cast("Table", LetterCode.__table__)), rows)
    told = {"replaces": replaces} if replaces is not None else {}
    record(Act.ISSUE_CODES, actor, batch, batch=batch.number, area=area.code, count=len(rows), **told)
    return [Printed(serial, area.code, area.name, code) for serial, (code, _stored) in enumerate(drawn, start=first)]


def _next_serial(round_id: uuid.UUID) -> int:
    last = _places(round_id, on_list=False).with_only_columns(func.max(LetterCode.serial))
    return (session().scalar(last) or 0) + 1


def _places(round_id: uuid.UUID, *, on_list: bool) -> Select[LetterCode]:
    """Return the letters of a round, or the places on its list; both are there where one was chosen after the other."""
    return select(LetterCode).where(LetterCode.round_id == round_id, LetterCode.is_list.is_(on_list))


def use_code(subject: Round, code: str, key: bytes, actor: Actor) -> None:
    """Let somebody vote in a round with the code from a letter: it and their account belong to one voter from now on.

    Of several uses at once one succeeds. The journal holds that a code was used, and neither which nor by whom.
    Refused in a round that asks no code, once it is closed, when the code is not known, was used or replaced,
    and for somebody who used one before.
    """
    if subject.verification is not Verification.LETTER_CODE:
        raise Conflict(_("This round asks no code."))
    _still_runs(subject)
    used = (
        update(LetterCode)
        .where(
            LetterCode.round_id == subject.id,
            LetterCode.hash == rules.code_hash(key, code),
            LetterCode.used_on.is_(None),
            LetterCode.replaced_at.is_(None),
        )
        .values(used_on=local(clock.now()).date())
        .returning(LetterCode.batch_id)
    )
    batch_id = session().scalar(used)
    if batch_id is None:
        raise Conflict(_("This code does not work any more: it was used or replaced."))
    if not _bind(subject, "code", code, actor, session().get_one(CodeBatch, batch_id).area_code):
        raise Conflict(_("You used a code in this round before. One is enough: you can vote."))
    record(Act.USE_CODE, None, subject)


def prove_identity(subject: Round, person: str, actor: Actor) -> None:
    """Let somebody vote in a round who showed with a national sign-in who they are.

    `person` is what the broker calls them, often a citizen service number. What is kept is a hash of it under
    the round's own random key: in another round it is another one, nobody can tell that both are one person,
    and when the key is destroyed nobody can tell who it was. Two accounts of one person are one voter.
    Refused in a round that does not ask it, once it is closed, and when the account took part as somebody else.
    """
    if subject.verification is not Verification.EID:
        raise Conflict(_("This round does not ask a national sign-in."))
    _still_runs(subject)
    if not _bind(subject, "person", person, actor):
        raise Conflict(_("This account already takes part in this round as somebody else. Use an account of your own."))
    record(Act.PROVE_IDENTITY, None, subject)


@dataclass(frozen=True)
class Added:
    """How many people came on a list, in which batch, and of how many it was known that they are on it."""

    batch: CodeBatch | None
    new: int
    known: int


def put_on_list(subject: Round, area_code: str, people: Sequence[Listed], actor: Actor) -> Added:
    """Put people on the list of a round, each with a number and an e-mail address where they have one.

    Whoever is on it already with the same number and address stays as they are. Of an address only a hash is kept,
    under a key that is destroyed after the objection term. Refused in a round without a list, once it is closed, for
    an area that is not known, and for a number or an address that is on the list otherwise (UnfitList); then nobody
    comes on it.
    """
    key = _hold_list(subject)
    if area_code and session().get(Area, area_code) is None:
        raise Conflict(_("We do not know this neighbourhood. Choose another one."))
    fresh = _fresh(subject.id, key, people)
    if not fresh:
        return Added(None, 0, len(people))
    last = session().scalar(select(func.max(CodeBatch.number)).where(CodeBatch.round_id == subject.id)) or 0
    batch = add(CodeBatch(round_id=subject.id, number=last + 1, area_code=area_code, issued_at=clock.now()))
    rows = [
        {
            "id": new_id(),
            "round_id": subject.id,
            "batch_id": batch.id,
            "is_list": True,
            "serial": number,
            "hash": hashed,
        }
        for number, hashed in fresh.items()
    ]
    session().execute(insert(cast("Table", LetterCode.__table__)), rows)
    record(Act.ISSUE_CODES, actor, batch, batch=batch.number, area=area_code, count=len(rows))
    return Added(batch, len(rows), len(people) - len(rows))


def _fresh(round_id: uuid.UUID, key: bytes, people: Sequence[Listed]) -> dict[int, bytes]:
    """Return who is not on the list yet: numbers, and what is kept of their addresses.

    Refused for a number or an address that is on it otherwise, and names the numbers.
    """
    fresh = {
        one.number: rules.credential_hash(key, "listed", one.address) if one.address else secrets.token_bytes(32)
        for one in people
    }
    mailed = {fresh[one.number]: one.number for one in people if one.address}
    wrong = []
    for number, hashed, replaced_at in _there(round_id, LetterCode.serial, list(fresh)):
        if replaced_at is not None:
            wrong.append(_("Number %(number)s was taken from the list. Give another number.", number=number))
        elif fresh[number] in mailed and fresh[number] != hashed:
            words = _("Number %(number)s is on the list already, with another address or without one.")
            wrong.append(words % {"number": number})
        del fresh[number]
    for number, hashed, _replaced_at in _there(round_id, LetterCode.hash, list(mailed)):
        if mailed[hashed] != number:
            words = _("The address of number %(number)s is on the list already, with another number.")
            wrong.append(words % {"number": mailed[hashed]})
    if wrong:
        raise UnfitList(rules.summed_up(wrong))
    return fresh


def _there(round_id: uuid.UUID, column: Any, wanted: Sequence[Any]) -> Iterator[tuple[int, bytes, datetime | None]]:
    """Give what is on a list under some numbers or hashes, a thousand at a time."""
    told = (LetterCode.serial, LetterCode.hash, LetterCode.replaced_at)
    there = _places(round_id, on_list=True).with_only_columns(*told)
    for start in range(0, len(wanted), 1000):
        some = there.where(column.in_(wanted[start : start + 1000]))
        for number, hashed, replaced_at in session().execute(some.order_by(LetterCode.serial)):
            yield number, bytes(hashed), replaced_at


def _hold_list(subject: Round) -> bytes:
    """Let one person at a time change the list of a round, and only in one that has a list; return the round's key."""
    read_again_locked(subject, ("state", "verification"))
    if subject.verification is not Verification.LIST:
        raise Conflict(_("This round has no list. Choose that first, where the words of the round are."))
    _still_runs(subject)
    key = open_register(subject.id).key
    if key is None:
        raise NotNow(_("This round is closed, so nobody can vote in it any more."))
    return key


def take_from_list(subject: Round, number: int, actor: Actor) -> None:
    """Take somebody from the list, who should not be on it; their address can come back with another number.

    Refused as `put_on_list` is, for a number that is not on the list, and when it was used or taken away before
    (UnfitList).
    """
    _hold_list(subject)
    found = session().scalar(_places(subject.id, on_list=True).where(LetterCode.serial == number))
    if found is None:
        raise UnfitList(_("Number %(number)s is not on the list.", number=number))
    read_again_locked(found, ("used_on", "replaced_at"))
    if found.used_on is not None and waits_on_paper(found.id):
        raise UnfitList(_("A ballot on paper came in with this number. Put it aside first."))
    if found.used_on is not None:
        raise UnfitList(
            _("Number %(number)s takes part since %(day)s, so it stays.", number=number, day=day(found.used_on))
        )
    if found.replaced_at is not None:
        raise UnfitList(_("Number %(number)s was taken from the list before.", number=number))
    found.replaced_at, found.hash = clock.now(), secrets.token_bytes(32)
    record(Act.ISSUE_CODES, actor, subject, replaced=number)


def show_on_list(subject: Round, actor: Actor) -> None:
    """Let somebody vote in a round whose confirmed e-mail address is on its list.

    From now on that place and their account belong to one voter, and no ballot on paper can come with its number.
    Of several at once one succeeds, and the same person again changes nothing. The journal holds that somebody did it,
    and neither who nor with which number.
    Refused in a round without a list, once it is closed, while the address is not confirmed, when it is not on the
    list, and when a ballot on paper came in with its number.
    """
    if subject.verification is not Verification.LIST:
        raise Conflict(_("This round has no list."))
    _still_runs(subject)
    demand(subject, Act.CAST_VOTE, actor, is_known=True)
    key, address = open_register(subject.id).key, get_account(actor.account_id).email
    if key is None:
        raise NotNow(_("This round is closed, so nobody can vote in it any more."))
    own = (LetterCode.round_id == subject.id, LetterCode.hash == rules.credential_hash(key, "listed", address))
    free = (LetterCode.used_on.is_(None), LetterCode.replaced_at.is_(None))
    used = update(LetterCode).where(*own, *free).values(used_on=local(clock.now()).date())
    place = session().execute(used.returning(LetterCode.serial, LetterCode.batch_id)).one_or_none()
    if place is None and is_known(subject.id, actor):
        return  # they did this before
    if place is None:
        raise NotAllowed(_off_the_list(session().scalar(select(LetterCode).where(*own))))
    area_code = session().get_one(CodeBatch, place.batch_id).area_code or None
    if not _bind(subject, "listed", str(place.serial), actor, area_code):
        raise Conflict(_("This account already takes part in this round as somebody else. Use an account of your own."))
    record(Act.USE_CODE, None, subject)


def _off_the_list(found: LetterCode | None) -> str:
    """Say why somebody's address lets them not vote."""
    if found is None:
        return _("Your e-mail address is not on the list of this round. Do you think it should be? Ask the contact.")
    if not found.on_paper:
        return _("With this address somebody takes part already. Was it not you? Ask the contact of this round.")
    words = _("A ballot on paper came in with your number. So you cannot vote online.")
    return (
        f"{words} {_('Was it not you? Tell us before the vote closes: we put a ballot aside that you did not send.')}"
    )


def forget_address(round_id: uuid.UUID, key: bytes, address: str, voters: Sequence[uuid.UUID]) -> None:
    """Forget the address of somebody who leaves, on the list of one round; their number stays as used as it was.

    Forgotten is the one that they have, and the one under which they showed to be on the list: `voters` are who they
    were in the round.
    """
    hashes = [rules.credential_hash(key, "listed", address), *_shown_by(round_id, key, voters)]
    for one in hashes:
        listed = update(LetterCode).where(LetterCode.round_id == round_id, LetterCode.hash == one)
        session().execute(listed.values(hash=secrets.token_bytes(32)).execution_options(synchronize_session=False))


def _shown_by(round_id: uuid.UUID, key: bytes, voters: Sequence[uuid.UUID]) -> list[bytes]:
    """Return the hashes of the places on the list with which voters showed themselves."""
    if not voters:
        return []
    own = set(session().scalars(select(Credential.hash).where(Credential.voter_id.in_(voters))))
    used = _places(round_id, on_list=True).where(LetterCode.used_on.is_not(None))
    places = session().execute(used.with_only_columns(LetterCode.serial, LetterCode.hash))
    return [known for serial, known in places if rules.credential_hash(key, "listed", str(serial)) in own]


def forget_lists() -> int:
    """Forget who of a list took part, once the keys of its round were destroyed; return how many numbers that were."""
    over = select(Register.round_id).where(Register.key.is_(None))
    gone: Any = session().execute(delete(LetterCode).where(LetterCode.is_list, LetterCode.round_id.in_(over)))
    return int(gone.rowcount)


def voter_of_letter(round_id: uuid.UUID, serial: int, area_code: str | None) -> uuid.UUID:
    """Return the voter to whom a letter leads whose ballots came on paper; the first of these makes the voter."""
    key = open_register(round_id).key
    if key is None:
        raise NotNow(_("This round is closed, so nobody can vote in it any more."))
    return _credential(round_id, rules.credential_hash(key, "letter", str(serial)), None, area_code)


def _bind(subject: Round, kind: str, name: str, actor: Actor, area_code: str | None = None) -> bool:
    """Let what was shown and the actor's account lead to one voter; False when the account leads to another one."""
    key = open_register(subject.id).key
    if key is None or actor.account_id is None:
        raise NotNow(_("This round is closed, so nobody can vote in it any more."))
    voter_id = _credential(subject.id, rules.credential_hash(key, kind, name), None, area_code)
    own = rules.credential_hash(key, "account", str(actor.account_id))
    return _credential(subject.id, own, voter_id) == voter_id


def _credential(
    round_id: uuid.UUID, known: bytes, voter_id: uuid.UUID | None, area_code: str | None = None
) -> uuid.UUID:
    """Return the voter to whom a credential leads; a new one leads to `voter_id`, or to a new voter."""
    made: uuid.UUID | None = session().scalar(
        insert_of(Credential)
        .values(round_id=round_id, hash=known, voter_id=voter_id or new_id())
        .on_conflict_do_nothing(index_elements=["round_id", "hash"])
        .returning(Credential.voter_id)
    )
    if made is None:
        wanted = select(Credential.voter_id).where(Credential.round_id == round_id, Credential.hash == known)
        return session().scalars(wanted).one()
    if voter_id is None:
        session().execute(insert(Voter).values(id=made, round_id=round_id, area_code=area_code))
    return made
