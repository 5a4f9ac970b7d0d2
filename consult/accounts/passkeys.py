"""Passkeys: what a browser is asked, and whether its answer is right (W3C Web Authentication, level 2)."""

import ipaddress
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LIFE = timedelta(minutes=5)
ASKED = int(LIFE.total_seconds() * 1000)  # milliseconds that a browser may take
WANTED = UserVerificationRequirement.REQUIRED  # the device asks for a PIN, a finger or a face

Answer = TypeVar("Answer")


class WrongAnswer(Exception):
    """What the browser sent does not show that somebody holds the passkey."""


@dataclass(frozen=True)
class New:
    """A passkey that was just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class Place:
    """Where the passkeys are good: the address that people use, and whose platform it is."""

    origin: str
    name: str = "consult"

    @property
    def rp_id(self) -> str:
        return urlsplit(self.origin).hostname or ""

    @property
    def is_named(self) -> bool:
        """Whether a browser makes passkeys here at all: never for an address that is a number."""
        try:
            ipaddress.ip_address(self.rp_id)
        except ValueError:
            return True
        return False


def new_challenge() -> bytes:
    """Return 256 random bits to be signed once."""
    return secrets.token_bytes(32)


def asked_to_make(place: Place, challenge: bytes, user_id: bytes, email: str, known: Iterable[bytes]) -> str:
    """Return, as JSON, what a browser is asked to make a passkey from; never again on a device in `known`."""
    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=place.rp_id,
            rp_name=place.name,
            user_id=user_id,
            user_name=email,
            challenge=challenge,
            timeout=ASKED,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=WANTED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        )
    )


def asked_to_use(place: Place, challenge: bytes, known: Iterable[bytes]) -> str:
    """Return, as JSON, what a browser is asked to sign with one of the passkeys in `known`."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=place.rp_id,
            challenge=challenge,
            timeout=ASKED,
            allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
            user_verification=WANTED,
        )
    )


def made(place: Place, challenge: bytes, answer: str) -> New:
    """Return the passkey that an answer brings; raises WrongAnswer.

    Checked are challenge, origin, place, and that the device verified its user.
    """
    found = _checked(
        lambda: webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    )
    return New(found.credential_id, found.credential_public_key, found.sign_count)


def used(place: Place, challenge: bytes, answer: str, public_key: bytes, sign_count: int) -> int:
    """Return how often the passkey of an answer says it was used; raises WrongAnswer, also when that went back."""
    found = _checked(
        lambda: webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    )
    return found.new_sign_count


def credential_in(answer: str) -> bytes:
    """Return which passkey an answer says it comes from; raises WrongAnswer."""
    told: Any = _checked(lambda: json.loads(answer))
    return _checked(lambda: base64url_to_bytes(told["rawId"]))


def _checked(check: Callable[[], Answer]) -> Answer:
    try:
        return check()
    except Exception as problem:  # whatever a browser sends, and however it breaks the parsers: it is no proof
        raise WrongAnswer(type(problem).__name__) from problem
