"""A passkey in software: answers what a browser would answer, and can be told to lie."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One device with one passkey; `origin`, `rp_id`, `verifies` and `count` may be changed to lie."""

    def __init__(self, origin: str = "http://localhost", rp_id: str = "localhost") -> None:
        self.origin, self.rp_id = origin, rp_id
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.count, self.verifies = 0, True

    def make(self, asked: dict[str, Any]) -> str:
        """Answer `navigator.credentials.create`."""
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        held = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)
        data = self._data(ATTESTED) + held
        told = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._answer("webauthn.create", asked, attestationObject=cbor2.dumps(told))

    def use(self, asked: dict[str, Any]) -> str:
        """Answer `navigator.credentials.get`."""
        self.count += 1
        data, client = self._data(0), self._client("webauthn.get", asked)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer("webauthn.get", asked, authenticatorData=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, asked: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _answer(self, kind: str, asked: dict[str, Any], **held: bytes) -> str:
        response = {"clientDataJSON": _text(self._client(kind, asked)), **{k: _text(v) for k, v in held.items()}}
        name = _text(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def _text(told: bytes) -> str:
    return urlsafe_b64encode(told).decode().rstrip("=")


def read(text: str) -> bytes:
    """Return what base64url holds."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
