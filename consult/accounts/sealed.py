"""Sealing what only this installation may read: secrets at rest, and secrets lent to a page until it comes back."""

import hmac
import json
from hashlib import sha256
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey


def seal(purpose: str, told: dict[str, Any], secret_key: str) -> str:
    """Return what was told, readable only with the installation's key and for the same purpose.

    JSON Web Encryption (RFC 7516) with AES-256-GCM under a key of its own for each purpose.
    """
    header = {"alg": "dir", "enc": "A256GCM"}
    return jwe.encrypt_compact(header, json.dumps(told, sort_keys=True), _key(purpose, secret_key))


def unseal(purpose: str, sealed: str, secret_key: str) -> dict[str, Any] | None:
    """Return what was told, or None when it was not sealed here, for this purpose, with this key."""
    try:
        opened = jwe.decrypt_compact(sealed, _key(purpose, secret_key)).plaintext
        told = json.loads(opened or b"null")
    except (JoseError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def _key(purpose: str, secret_key: str) -> OctKey:
    return OctKey.import_key(hmac.new(secret_key.encode(), f"sealed|{purpose}".encode(), sha256).digest())
