"""What a machine can see of a text that a person should look at: many links, and patterns of personal data.

A signal holds a text until a moderator looked; it never refuses and never deletes. Patterns that carry a check
(citizen service numbers, bank accounts) are signals only when the check holds.
"""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta

from consult.contributions.models import Kind, SignalKind

LINKS = 3  # so many in one text are many
LONG = 80  # characters of a text that two people do not write alike by chance
STRETCH = timedelta(minutes=10)
MANY = {
    Kind.PROPOSAL: 5,
    Kind.ARGUMENT: 10,
    Kind.REMARK: 10,
    Kind.SUGGESTION: 10,
}  # so many by one person within the stretch are no signal yet
# Lengths of bank account numbers in the register of ISO 13616, of countries that people here bank in.
IBANS = {"NL": 18, "BE": 16, "DE": 22, "FR": 27, "GB": 22, "ES": 24, "IT": 27, "PL": 28, "LU": 20, "AT": 20, "PT": 25}

_LINK = re.compile(r"(?:https?://|www\.)\S", re.IGNORECASE)
_NINE = re.compile(r"(?<![\d€.,-])(?<!€ )(?:\d{9}|\d{4}([ .])\d{2}\1\d{3}|\d{3}([ .])\d{3}\2\d{3})(?![\d,-]|\.\d)")
_IBAN = re.compile(rf"\b(?:{'|'.join(IBANS)})\d{{2}}(?: ?[A-Z0-9]){{11,26}}", re.IGNORECASE)
_LIKE_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2} ?[A-Za-z]{4}(?: ?\d)+")  # its digits are no phone number
_PHONE = re.compile(r"(?<![\d+])(?:(?:\+|00)31[ -]?(?:\(0\)[ -]?)?|\(?0)[1-9](?:\)?[ -]?\d){8}(?![\d-])")
_SERVICE = re.compile(r"(?:0|31)(?:800|90[069])")  # numbers that anybody may call
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_POSTCODE = r"[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}\b"
_ADDRESS = re.compile(
    rf"\b\d{{1,5}} ?[a-zA-Z]?(?:,\s?|\s){_POSTCODE}"
    rf"|(?<!\d){_POSTCODE}(?:,\s?|\s)(?:nr\.? ?|nummer |huisnummer )?\d{{1,5}}\b"
)


def seen_in(text: str, known: Collection[str] = ()) -> set[SignalKind]:
    """Return what a text shows; `known` are e-mail addresses that are nobody else's: the author's, and ours."""
    return {kind for kind, _words in _found(text, known)}


def new_in(text: str, before: str, known: Collection[str] = ()) -> set[SignalKind]:
    """Return what a text shows that the one before it did not."""
    return {kind for kind, _words in _found(text, known) - _found(before, known)}


def is_bsn(number: str) -> bool:
    """Say whether nine digits pass the eleven test of citizen service numbers.

    Nine times the first digit, eight times the second and so on to two times the eighth, minus the ninth,
    is a multiple of eleven. Source: Logisch ontwerp BSN (RvIG).
    """
    digits = [int(c) for c in number if c.isdigit()]
    if len(digits) != 9 or not any(digits):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


def is_iban(number: str) -> bool:
    """Say whether a bank account number has the length of its country and passes the check of ISO 7064 (MOD 97-10)."""
    plain = number.replace(" ", "").upper()
    if IBANS.get(plain[:2]) != len(plain) or not plain.isascii() or not plain.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _found(text: str, known: Collection[str]) -> set[tuple[SignalKind, str]]:
    own = {one.lower() for one in known}
    found = {(kind, words) for kind, find in _FINDERS.items() for words in find(text) if words.lower() not in own}
    links = {(SignalKind.LINKS, str(number)) for number in [len(_LINK.findall(text))] if number >= LINKS}
    return found | links


def _bsns(text: str) -> Iterator[str]:
    yield from (found.group() for found in _NINE.finditer(text) if is_bsn(found.group()))


def _ibans(text: str) -> Iterator[str]:
    for found in _IBAN.finditer(text):
        length, plain = IBANS[found.group()[:2].upper()], found.group().replace(" ", "")
        if is_iban(plain[:length]):
            yield plain[:length]


def _phones(text: str) -> Iterator[str]:
    for found in _PHONE.finditer(_LIKE_IBAN.sub(" ", text)):
        digits = re.sub(r"\D", "", found.group().replace("(0)", "")).removeprefix("00")
        if not _SERVICE.match(digits):
            yield digits


def _emails(text: str) -> Iterator[str]:
    yield from (found.group() for found in _EMAIL.finditer(text))


def _addresses(text: str) -> Iterator[str]:
    yield from (found.group() for found in _ADDRESS.finditer(text))


_FINDERS: dict[SignalKind, Callable[[str], Iterator[str]]] = {
    SignalKind.BSN: _bsns,
    SignalKind.IBAN: _ibans,
    SignalKind.PHONE: _phones,
    SignalKind.EMAIL: _emails,
    SignalKind.ADDRESS: _addresses,
}
