"""Codes that are good once: what was typed, to which half minute a code belongs, and the ten on paper."""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import pyotp
import segno

STEP = 30  # seconds; RFC 6238
DRIFT = 1  # steps that the clock of a phone may be off, either way; ASVS 6.5.5 asks for none, phones need one
RECOVERY_CODES = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
GROUP = 4


@dataclass(frozen=True)
class Setup:
    """What an app that makes codes has to know, as a picture to scan and in words to type."""

    picture: str
    words: str


def plain_code(typed: str) -> str:
    """Return a code in the one form in which it is checked and stored.

    Width and case are folded, digits of any script become ours, and what stands between them goes.
    """
    folded = unicodedata.normalize("NFKC", typed).casefold()
    return "".join(str(unicodedata.decimal(c, c)) for c in folded if c.isalnum())


def step_at(at: datetime) -> int:
    """Return the number of the half minute in which a moment lies (RFC 6238, T)."""
    return int(at.timestamp()) // STEP


def steps_of(secret: str, code: str, at: datetime) -> list[int]:
    """Return the half minutes around `at` to which a plain code belongs, the newest first; mostly one or none."""
    totp, now = pyotp.TOTP(secret), step_at(at)
    around = range(now + DRIFT, now - DRIFT - 1, -1)
    return [step for step in around if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())]


def code_at(secret: str, at: datetime) -> str:
    """Return the code that an app shows at a moment."""
    return pyotp.TOTP(secret).generate_otp(step_at(at))


def new_secret() -> str:
    """Return a secret for an app: 160 random bits in base 32."""
    return pyotp.random_base32()


def setup_of(secret: str, email: str, issuer: str) -> Setup:
    """Return what an app has to know to make the codes of an account."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)
    return Setup(segno.make(uri, error="m").svg_data_uri(scale=4, border=4, light="#fff"), in_groups(secret, " "))


def in_groups(text: str, between: str = "-") -> str:
    """Return a secret as people read it out: in groups of four."""
    return between.join(text[place : place + GROUP] for place in range(0, len(text), GROUP))


def new_recovery_codes() -> list[str]:
    """Return ten codes of 79 random bits each, as they are shown."""
    return [in_groups("".join(secrets.choice(LETTERS) for _ in range(16))) for _ in range(RECOVERY_CODES)]


def recovery_hash(typed: str) -> bytes:
    """Return the form in which a recovery code is stored; with 79 random bits a plain hash is enough."""
    return sha256(f"recovery|{plain_code(typed)}".encode()).digest()
