"""Passwords: what is refused, how they are hashed, and how one is checked outside any transaction."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from email_validator import EmailNotValidError, validate_email

from consult.foundation.errors import Unavailable
from consult.foundation.language import gettext as _

SHORTEST = 15  # the only factor; NIST SP 800-63B-4
SHORTEST_WITH_FACTOR = 8  # one of two factors
LONGEST = 128
AT_ONCE = 2  # hashes at the same time in one process
WAIT = 2.0  # seconds
LONGEST_ADDRESS = 254

_gate = threading.BoundedSemaphore(AT_ONCE)
hasher = PasswordHasher()  # argon2id with the library's defaults


def normalised_email(address: str) -> str | None:
    """Return an address in the one form in which accounts are compared, or None when it is no address.

    Case and Unicode forms are folded, the domain is written in letters; dots and plus signs stay.
    """
    try:
        found = validate_email(address.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    folded = unicodedata.normalize("NFKC", f"{found.local_part}@{found.domain}").casefold()
    return folded if len(folded) <= LONGEST_ADDRESS else None


def bare_email(normalised: str) -> str:
    """Return an address without dots and without what follows a plus sign, which some providers deliver all alike.

    Only to report accounts that may be one person's; two such addresses stay two accounts.
    """
    name, _at, domain = normalised.rpartition("@")
    return f"{name.partition('+')[0].replace('.', '')}@{domain}"


def weakness(password: str, *known: str, shortest: int = SHORTEST) -> str | None:
    """Say in a sentence why a password is refused, or return None.

    `known` are words that anyone would try: the address, the name of the authority.
    Common passwords are recognised by recipe: few different characters, a run of keys, or a common
    word with digits, repeated up to the length that is asked.
    """
    if len(password) < shortest:
        return _("Use at least %(shortest)s characters. A short sentence works well.", shortest=shortest)
    if len(password) > LONGEST:
        return _("Use at most %(longest)s characters.", longest=LONGEST)
    folded = unicodedata.normalize("NFKC", password).casefold()
    letters = "".join(c for c in folded if c.isalnum())
    if len(set(folded)) < 5 or _is_repeated(folded) or _is_repeated(letters) or _is_run(letters):
        return _("This password is easy to guess. Choose another one.")
    for word in known:
        bare = "".join(c for c in word.casefold() if c.isalnum())
        if len(bare) >= 4 and bare in letters and len(letters) - len(bare) < 8:
            return _("This password holds your address or our name. Choose another one.")
    if _without_common(folded) < 6:
        return _("This password is easy to guess. Choose another one.")
    return None


def hashed(password: str) -> str:
    """Return the argon2id hash of a password; at most two at once, 503 after two seconds of waiting."""
    with _Turn():
        return hasher.hash(unicodedata.normalize("NFKC", password))


def matches(stored: str | None, password: str) -> bool:
    """Say whether a password fits a stored hash; takes as long where there is no hash."""
    with _Turn():
        try:
            hasher.verify(stored or _nobody(), unicodedata.normalize("NFKC", password[: LONGEST + 1]))
        except (VerifyMismatchError, InvalidHashError):
            return False
    return stored is not None


class _Turn:
    def __enter__(self) -> None:
        if not _gate.acquire(timeout=WAIT):
            raise Unavailable(_("It is very busy. Try again in a moment."))

    def __exit__(self, *_: object) -> None:
        _gate.release()


@cache
def _nobody() -> str:
    return hasher.hash("nobody has this password")


COMMON = (
    "password passwort wachtwoord welkom welcome qwerty azerty asdfgh zxcvbn qazwsx letmein admin "
    "administrator login sesame geheim secret iloveyou ikhouvanjou ajax feyenoord nederland holland amsterdam "
    "rotterdam utrecht gemeente provincie zomer winter lente herfst summer autumn spring januari februari "
    "maart april mei juni juli augustus september oktober november december monkey dragon master shadow "
    "sunshine princess football voetbal baseball superman batman michael jordan computer internet "
    "changeme default test demo hallo hello consult"
).split()
LOOK_ALIKES = str.maketrans("013457@$", "oieastas")
RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "azertyuiopqsdfghjklm")


def _is_repeated(text: str) -> bool:
    longest = min(12, len(text) // 2)
    return any(text == (text[:n] * len(text))[: len(text)] for n in range(1, longest + 1))


def _is_run(text: str) -> bool:
    return any(text in (run * 8) or text in (run * 8)[::-1] for run in RUNS)


def _without_common(text: str) -> int:
    """Count the letters and digits that are left when common words, runs and years are taken out."""
    text = "".join(c for c in text.translate(LOOK_ALIKES) if c.isalnum())
    rest = text
    for word in sorted(COMMON, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(set(rest)) if rest != text else len(rest)
