"""Notes that are signed with Ed25519: a text with lines of signatures below it, that anybody can check.

The format is that of C2SP, signed-note; what stands in a checkpoint is that of C2SP, tlog-checkpoint.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

ED25519 = b"\x01"
DASH = "\N{EM DASH} "


class BadNote(ValueError):
    """A note, or the key to check it with, is not what it should be."""


@dataclass(frozen=True)
class Signer:
    """Who signs: a name without spaces and plus signs, and a key."""

    name: str
    key: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The name and public key, as they are printed: with these anybody can check a note."""
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"{self.name}+{_key_hash(self.name, raw).hex()}+{base64.b64encode(ED25519 + raw).decode()}"

    def signed(self, text: str) -> str:
        """Return a text, which ends with a line break, with its signature below it."""
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        told = base64.b64encode(_key_hash(self.name, raw) + self.key.sign(text.encode())).decode()
        return f"{text}\n{DASH}{self.name} {told}\n"


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key from a PEM file, as `openssl genpkey -algorithm ed25519` writes it; raises BadNote."""
    try:
        found = load_pem_private_key(path.read_bytes(), None)
    except OSError as problem:
        raise BadNote(f"cannot be read: {problem.strerror}") from problem
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise BadNote("holds no private key without a password") from problem
    if not isinstance(found, Ed25519PrivateKey):
        raise BadNote("holds a key of another kind than Ed25519")
    return found


def unsigned(text: str) -> str:
    """Return a text as a note without a signature."""
    return f"{text}\n"


def opened(note: str) -> str:
    """Return the text of a note, without asking who signed it; raises BadNote."""
    text, parted, _signatures = note.rpartition("\n\n")
    if not parted:
        raise BadNote("no empty line stands between the text and its signatures")
    return text + "\n"


def is_signed(note: str, public: str) -> bool:
    """Say whether a note is signed by whom `public` names, as `Signer.public` prints it; raises BadNote."""
    name, told, key = _read_public(public)
    text = opened(note)
    for line in note[len(text) :].splitlines():
        signer, _blank, signature = line.removeprefix(DASH).partition(" ")
        if not line.startswith(DASH) or signer != name:
            continue
        try:
            raw = base64.b64decode(signature, validate=True)
            if raw[:4] == told:
                key.verify(raw[4:], text.encode())
                return True
        except (binascii.Error, InvalidSignature):
            continue
    return False


def _read_public(public: str) -> tuple[str, bytes, Ed25519PublicKey]:
    try:
        name, told, encoded = public.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        if raw[:1] != ED25519 or bytes.fromhex(told) != _key_hash(name, raw[1:]):
            raise BadNote("the key does not fit its own name")
        return name, bytes.fromhex(told), Ed25519PublicKey.from_public_bytes(raw[1:])
    except ValueError as problem:
        raise BadNote("a key is written as name+hash+key") from problem


def _key_hash(name: str, raw: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + raw).digest()[:4]
