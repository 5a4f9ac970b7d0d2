"""Pure arithmetic of polls: what marks mean, how they are counted, secret hashes, letter codes."""

import hashlib
import hmac
import json
import re
import unicodedata
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from consult.contributions.models import Kind
from consult.foundation.language import euros, ngettext, number
from consult.foundation.language import gettext as _
from consult.voting.models import Choice, Method, Opinion, Poll

CHANGES_PER_MINUTE = 120
FEWEST = 5  # people behind any figure of what is thought of a statement
WHOLE = re.compile(r"[0-9]{1,6}")  # a number on a ballot, as it is typed
VALUES: dict[Choice, int | None] = {Choice.FOR: 1, Choice.NEUTRAL: 0, Choice.AGAINST: -1, Choice.NONE: None}
OPINIONS: dict[Opinion, int | None] = {
    Opinion.AGREE: 1,
    Opinion.PASS: 0,
    Opinion.DISAGREE: -1,
    Opinion.NONE: None,
}
CHOICES: dict[int | None, Choice] = {value: choice for choice, value in VALUES.items()}

OFFERED_IN = {Kind.PROPOSAL: Method.SUPPORT, Kind.STATEMENT: Method.STATEMENTS}  # where what is public can be voted on


def count_marks(
    marks: Iterable[tuple[uuid.UUID, uuid.UUID, int | None, int]],
    merged: Mapping[uuid.UUID, uuid.UUID | None],
    *,
    opts_out: bool = True,
) -> dict[uuid.UUID, dict[int, int]]:
    """Count marks by hand, as the database's own count is checked: option, value, how many ballots.

    `marks` are (ballot, option, value, counter); `merged` gives for each option the one that replaces it.
    Per ballot and surviving option the mark on the survivor itself decides, where "no choice" opts out;
    otherwise the latest choice on an option that was merged into it. On a ballot that is cast whole "no choice"
    only says that an option is not named any more, so there it opts out of nothing (`opts_out` False).
    """
    roots = {option: survivor(option, merged) for option in merged}
    ballots: dict[uuid.UUID, list[tuple[uuid.UUID, int | None, int]]] = defaultdict(list)
    for ballot, option, value, counter in marks:
        ballots[ballot].append((option, value, counter))
    counted: dict[uuid.UUID, Counter[int]] = defaultdict(Counter)
    for held in ballots.values():
        for root, value in settle(held, roots, opts_out=opts_out).items():
            if value is not None:
                counted[root][value] += 1
    return {root: dict(values) for root, values in counted.items()}


def settle(
    marks: Iterable[tuple[uuid.UUID, int | None, int]],
    roots: Mapping[uuid.UUID, uuid.UUID],
    *,
    opts_out: bool = True,
) -> dict[uuid.UUID, int | None]:
    """Return what one ballot says of each option that stands, from (option, value, counter); see `count_marks`."""
    held: dict[uuid.UUID, tuple[tuple[bool, int, uuid.UUID], int | None]] = {}
    for option, value, counter in marks:
        root = roots.get(option, option)
        if value is None and not (opts_out and option == root):
            continue
        weight = (option == root, counter, option)
        known = held.get(root)
        if known is None or known[0] < weight:
            held[root] = (weight, value)
    return {root: value for root, (_weight, value) in held.items()}


def is_small(method: Method, votes: Mapping[str, int], parts: Sequence[int] = ()) -> bool:
    """Say whether so few people answered a statement that nothing may be told of it.

    `parts` are, where it carries others, how many answered it itself and how many each of those. The landscape tells
    the first alone, so the difference with what is told here must not lead to fewer than five people either.
    """
    if method is not Method.STATEMENTS:
        return False
    whole = sum(votes.values())
    others = [whole - parts[0]] if parts else []
    return whole < FEWEST or any(0 < part < FEWEST for part in (*parts, *others))


def survivor(option: uuid.UUID, merged: Mapping[uuid.UUID, uuid.UUID | None]) -> uuid.UUID:
    """Follow the pointers of merged options to the one that stands; raises ValueError when they run in a circle."""
    for _step in range(len(merged) + 1):
        further = merged.get(option)
        if further is None:
            return option
        option = further
    raise ValueError("options are merged in a circle")


def credential_hash(register_key: bytes, kind: str, name: str) -> bytes:
    """Return the form in which a credential is stored: HMAC-SHA-256 over its kind and name."""
    return hmac.new(register_key, f"{kind}|{name}".encode(), hashlib.sha256).digest()


def tag(poll_key: bytes, voter_id: uuid.UUID) -> bytes:
    """Return a voter's tag in one poll: HMAC-SHA-256 of the voter's id under the poll's key."""
    return hmac.new(poll_key, voter_id.bytes, hashlib.sha256).digest()


def commitment(
    salt: bytes, *, poll_id: uuid.UUID, ballot_tag: bytes, option_id: uuid.UUID, value: int | None, counter: int
) -> str:
    """Return SHA-256 over the salt and the canonical JSON of one mark: it binds, and tells nothing."""
    told = {
        "counter": counter,
        "option": str(option_id),
        "poll": str(poll_id),
        "tag": ballot_tag.hex(),
        "value": value,
    }
    return hashlib.sha256(salt + _canonical(told)).hexdigest()


def ballot_commitment(
    salt: bytes, *, poll_id: uuid.UUID, ballot_tag: bytes, marks: Mapping[uuid.UUID, int | None], counter: int
) -> str:
    """Return the same of a ballot that is cast at once: over all that it says; a withdrawn one says nothing."""
    told = {
        "counter": counter,
        "marks": {str(option): value for option, value in marks.items() if value is not None},
        "poll": str(poll_id),
        "tag": ballot_tag.hex(),
    }
    return hashlib.sha256(salt + _canonical(told)).hexdigest()


def moved(ranks: Mapping[uuid.UUID, int], option: uuid.UUID, *, up: bool) -> dict[uuid.UUID, int]:
    """Return places from 1 on after one option changed places with the one above it, or below it.

    Up lets in one that had no place yet, as the last; what is first or last already stays.
    """
    order = sorted(ranks, key=ranks.__getitem__)
    if option not in order:
        order += [option] if up else []
    else:
        here = order.index(option)
        there = max(here - 1, 0) if up else min(here + 1, len(order) - 1)
        order[here], order[there] = order[there], order[here]
    return {one: place for place, one in enumerate(order, start=1)}


def shuffled(option_ids: Iterable[uuid.UUID], seed: str) -> list[uuid.UUID]:
    """Return options in an order that looks random and is the same each time with the same seed."""
    return sorted(option_ids, key=lambda one: hashlib.sha256(f"{seed}|{one}".encode()).digest())


def batch_digest(ballots: Iterable[tuple[bytes, Mapping[uuid.UUID, int | None]]]) -> str:
    """Return SHA-256 over the canonical JSON of ballots that came in together: tag and marks of each, sorted."""
    told = sorted([t.hex(), sorted([str(option), value] for option, value in marks.items())] for t, marks in ballots)
    return digest(told)


def digest(told: Any) -> str:
    """Return SHA-256 over the canonical JSON of something."""
    return hashlib.sha256(_canonical(told)).hexdigest()


def tags_digest(salt: bytes, tags: Iterable[str]) -> str:
    """Return what the journal holds of the ballots that a proposal is about: a digest of their tags, in order.

    Without the salt nobody can try which ballots they are: of a proposal that is refused or lifted it stays secret.
    """
    return digest([salt.hex(), sorted(tags)])


def _canonical(told: Any) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


STRETCH = 600  # seconds in which ballots that come at once are counted together
NEAR = 8  # ballots from one network in one poll at which somebody looks
CROWD, TIMES = 20, 5  # ballots in one stretch, and how many times as many as usual, at which somebody looks


def network_hash(secret: str, network: str, day: date) -> bytes:
    """Return the form in which the network of a ballot is kept for some days: keyed, and another one each day."""
    key = hmac.new(secret.encode(), f"networks|{day.isoformat()}".encode(), hashlib.sha256).digest()
    return hmac.new(key, network.encode(), hashlib.sha256).digest()


def bursts(counts: Mapping[int, int]) -> list[int]:
    """Return the stretches in which many more ballots came than in the middle one of the others."""
    found = []
    for stretch, count in counts.items():
        others = sorted(n for other, n in counts.items() if other != stretch)
        usual = others[len(others) // 2] if others else 0
        if count >= max(CROWD, TIMES * usual):
            found.append(stretch)
    return sorted(found)


def hidden_cells(counts: Mapping[str, int], least: int) -> set[str]:
    """Return the cells of a table that are not told, so that none below `least` can be seen or computed.

    Whoever subtracts what is told from the total gets what the hidden ones are together: so there are two of them or
    none, and together they are not small either; the next larger ones are hidden with them until that holds.
    """
    ordered = sorted(counts, key=lambda name: (counts[name], name))
    hidden = [name for name in ordered if counts[name] < least]
    while hidden and len(hidden) < len(ordered) and (len(hidden) < 2 or sum(counts[n] for n in hidden) < least):
        hidden.append(ordered[len(hidden)])
    return set(hidden)


def shown(polls: Sequence[Poll], wanted: uuid.UUID | None, at: datetime) -> Poll | None:
    """Return the poll that a ballot page is about: the one asked for, or the one that is open, comes next, or was last.

    `polls` stand in the order of their phases, which are loaded.
    """
    if wanted is not None:
        return next((poll for poll in polls if poll.id == wanted), None)
    unfinished = (poll for poll in polls if poll.phase.closed_at is None and at < poll.phase.closes_at)
    return next(unfinished, polls[-1] if polls else None)


def offset_of(seed: str) -> int:
    """Return where in the stable random order a list begins: 0 to 2**31 - 1, the same for everyone with the seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) >> 1


CODE_SIGNS = "23456789ACDEFGHJKMNPQRTUVWXY"  # 28, without 0 1 B I L O S Z
CODE_LENGTH = 14  # 13 drawn, together 62.4 bits, and one to check them
CODE_GROUPS = (4, 4, 4, 2)
_READ_AS = str.maketrans({"B": "8", "S": "5", "Z": "2"})
_MODULUS = 29


@dataclass(frozen=True)
class Printed:
    """One code as it goes into a letter, with its number and for which area; nobody can read it again."""

    serial: int
    area_code: str
    area: str
    code: str = field(repr=False)


@dataclass(frozen=True)
class Listed:
    """Somebody on the list of a round: a number, and an e-mail address in its one form where they have one."""

    number: int
    address: str = field(default="", repr=False)


WRONG_TOLD = 5  # of what is wrong with a list, at once


def summed_up(wrong: Sequence[str]) -> str:
    """Return what is wrong with a list in one text: the first sentences, and how many more there are."""
    more = len(wrong) - WRONG_TOLD
    rest = [ngettext("%(num)s more line is not right.", "%(num)s more lines are not right.", more)] if more > 0 else []
    return " ".join([*wrong[:WRONG_TOLD], *rest])


def count_in(told: Mapping[str, str], name: str) -> int | None:
    """Read a number that stands in an address, such as how many people came on a list."""
    typed = told.get(name, "")
    return int(typed) if re.fullmatch(r"[0-9]{1,6}", typed) else None


def letters(printed: Iterable[Printed], address: str) -> Iterator[Sequence[object]]:
    """Return the rows from which letters are made: a head, and for each letter its number, area, code and address."""
    yield ("number", "area", "neighbourhood", "code", "address")
    for one in printed:
        yield (one.serial, one.area_code, one.area, written(one.code), address)


class Mistyped(ValueError):
    """What was typed can be no code; its text is a sentence for who typed it."""


@dataclass(frozen=True)
class ReceiptCode:
    """What a receipt is about: the ballot by its tag, what opens its latest change, and the commitment to it."""

    tag: bytes
    salt: bytes
    commitment: bytes

    @property
    def written(self) -> str:
        """The code as it stands in an address and on paper: 128 letters, digits, dashes and underscores."""
        return urlsafe_b64encode(self.tag + self.salt + self.commitment).decode()


def read_receipt(typed: str) -> ReceiptCode:
    """Return what the code of a receipt says, also where it was broken over lines; raises Mistyped."""
    told = re.sub(r"\s+", "", typed)
    if not re.fullmatch(r"[A-Za-z0-9_-]{128}", told):
        raise Mistyped(_("The code of a receipt has 128 letters, digits and dashes. Copy all of it."))
    raw = urlsafe_b64decode(told)
    return ReceiptCode(raw[:32], raw[32:64], raw[64:])


def check_sign(drawn: str) -> str | None:
    """Return the sign that completes a code, or None where there is none and another code has to be drawn.

    The signs are the numbers 0 to 27, and 1·a₁ + 2·a₂ + … + 14·a₁₄ is a multiple of the prime 29: so no code
    becomes another one by one wrong sign, nor by two that changed places (a weighted code as in ISBN-10).
    """
    total = sum(place * CODE_SIGNS.index(sign) for place, sign in enumerate(drawn, start=1))
    found = -total * pow(CODE_LENGTH, -1, _MODULUS) % _MODULUS
    return CODE_SIGNS[found] if found < len(CODE_SIGNS) else None


def read_code(typed: str) -> str:
    """Return a code as it was drawn, however it was typed: spaces, dashes, small letters, B for 8, S for 5, Z for 2.

    Raises Mistyped.
    """
    told = re.sub(r"[\s_.\-\u2010-\u2015]+", "", unicodedata.normalize("NFKC", typed)).upper().translate(_READ_AS)
    strange = next((sign for sign in told if sign not in CODE_SIGNS), None)
    if strange is not None:
        raise Mistyped(_("“%(sign)s” never stands in a code. Compare it with the letter.", sign=strange))
    if len(told) != CODE_LENGTH:
        words = _("A code has %(length)s letters and digits, and you typed %(typed)s. Compare it with the letter.")
        raise Mistyped(words % {"length": CODE_LENGTH, "typed": len(told)})
    if check_sign(told[:-1]) != told[-1]:
        raise Mistyped(_("One letter or digit is not right, or two changed places. Compare the code with the letter."))
    return told


def written(code: str) -> str:
    """Return a code as it stands in a letter, in groups: "K7QW-3MXA-9TRC-4F"."""
    ends = [sum(CODE_GROUPS[:n]) for n in range(len(CODE_GROUPS) + 1)]
    return "-".join(code[start:end] for start, end in pairwise(ends))


def codes_key(secret: str) -> bytes:
    """Return the key of this installation for letter codes; it stands in no database, so no dump gives one away."""
    return hmac.new(secret.encode(), b"letter codes", hashlib.sha256).digest()


def code_hash(key: bytes, code: str) -> bytes:
    """Return the form in which a letter code is stored: HMAC-SHA-256 under the installation's key for codes."""
    return hmac.new(key, code.encode(), hashlib.sha256).digest()


def money(cents: int, parameters: Mapping[str, Any]) -> str:
    """Say an amount in the currency of a poll; euros unless its source says otherwise."""
    currency = str(parameters.get("currency", "EUR"))
    if currency == "EUR":
        return euros(cents)
    return f"{currency} {number(cents // 100 if cents % 100 == 0 else cents / 100)}"
