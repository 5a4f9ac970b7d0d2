"""The broker of sign-ins: OpenID Connect with one broker, at addresses that the operator's own setting leads to.

The platform fetches nothing else from the network. Code flow with PKCE, nonce and state (OpenID Connect Core
1.0; RFC 7636; RFC 9700). What the broker tells of a person is handed over once and never kept or logged here.
"""

import json
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from consult.foundation import clock
from consult.foundation.errors import NotAllowed, Unavailable
from consult.foundation.language import gettext as _

TIMEOUT = (4, 8)  # seconds to connect, and between two bytes
LARGEST = 512 * 1024  # bytes of a document that the broker shows
KEPT = timedelta(hours=1)  # its documents
REST = timedelta(seconds=10)  # after it did not answer, it is not asked again for so long
KEYS_AGAIN = timedelta(seconds=30)  # an unknown key makes us look anew, at most so often
LEEWAY = 60  # seconds that two clocks may differ
TOLD_CLAIMS = ("iss", "aud", "exp", "iat", "nbf", "nonce", "sub", "signature")
SIGNED_WITH = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
)  # fmt: skip
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class BrokerDown(Unavailable):
    """The broker does not answer, or not in a way that we understand."""


class Untrusted(NotAllowed):
    """What came back cannot be believed, or is not enough; `why` is one word for the operator's log."""

    def __init__(self, sentence: str, why: str) -> None:
        super().__init__(sentence)
        self.why = why


@dataclass(frozen=True)
class Errand:
    """Where to send a browser, and the secrets with which its return is checked."""

    state: str
    nonce: str
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Told:
    """What the broker tells of somebody. The subject may be a citizen service number: never store or log it."""

    subject: str = field(repr=False)
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)  # only one that the broker says it checked


@dataclass
class _Kept:
    value: Any = None
    read_at: datetime | None = None

    def is_fresh(self, at: datetime, life: timedelta) -> bool:
        return self.read_at is not None and at - self.read_at < life


def new_errand() -> Errand:
    """Return new secrets for one errand to the broker."""
    return Errand(secrets.token_urlsafe(32), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


class Broker:
    """The one broker of this installation.

    `subject_claim`, `level_claim` and `name_claim` are where in the claims the broker tells them: a name, or
    names with dots between them. `levels` are the levels of assurance that are enough, the lowest first;
    without any, the level is not looked at.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        label: str = "",
        scopes: str = "openid",
        subject_claim: str = "sub",
        subject_is_bsn: bool = False,
        level_claim: str = "acr",
        levels: Sequence[str] = (),
        name_claim: str = "",
    ) -> None:
        self.issuer, self.client_id, self._client_secret = issuer, client_id, client_secret
        self.label = label or urlsplit(issuer).netloc
        self.scopes, self.subject_is_bsn, self.levels = scopes, subject_is_bsn, tuple(levels)
        self._subject_claim, self._level_claim, self._name_claim = subject_claim, level_claim, name_claim
        self._lock = threading.Lock()
        self._found, self._keys, self._failure = _Kept(), _Kept(), _Kept()

    @property
    def host(self) -> str:
        """The host to which people are sent."""
        return urlsplit(self.issuer).netloc

    def address(self, errand: Errand, back: str) -> str:
        """Return where a browser goes to sign in; it comes back to `back`. Refused when the broker is down."""
        more = {"acr_values": " ".join(self.levels)} if self.levels else {}
        url, _state = self._session(back).create_authorization_url(
            self._discovered()["authorization_endpoint"],
            state=errand.state,
            nonce=errand.nonce,
            code_verifier=errand.verifier,
            **more,
        )
        return str(url)

    def hear(self, errand: Errand, back: str, code: str) -> Told:
        """Trade the code that a browser came back with for what the broker tells of its holder.

        Refused when the broker is down, when it does not know the code, and when its word does not hold.
        """
        try:
            answer = self._session(back).fetch_token(
                self._discovered()["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=errand.verifier,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except AuthlibBaseError as problem:
            raise self._untrusted("code") from problem
        except (requests.RequestException, ValueError) as problem:
            raise self._down() from problem
        return self._told(self._claims(str(answer.get("id_token") or ""), errand.nonce))

    def _session(self, back: str) -> OAuth2Session:
        session = OAuth2Session(
            self.client_id,
            self._client_secret,
            scope=self.scopes,
            redirect_uri=back,
            code_challenge_method="S256",
            token_endpoint_auth_method=self._way_to_ask(),
        )
        session.trust_env = not _is_loopback(self.issuer)
        return session

    def _way_to_ask(self) -> str:
        offered = self._discovered().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """Return what a signed token says, once its signature and all that it says of itself hold."""
        try:
            claims = self._opened(token).claims
            jwt.JWTClaimsRegistry(
                now=int(clock.now().timestamp()),
                leeway=LEEWAY,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except JoseError as problem:
            why = problem.claim if isinstance(problem, ClaimError) else "signature"
            raise self._untrusted(why if why in TOLD_CLAIMS else "claims") from None
        except ValueError as problem:
            raise self._untrusted("shape") from problem
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", self.client_id) != self.client_id or (several and "azp" not in claims):
            raise self._untrusted("azp")
        return claims

    def _opened(self, token: str) -> jwt.Token:
        """Check a token's signature; a key that we do not know makes us read the broker's keys anew."""
        try:
            return jwt.decode(token, self._key_set(KEPT), algorithms=list(SIGNED_WITH))
        except InvalidKeyIdError:
            return jwt.decode(token, self._key_set(KEYS_AGAIN), algorithms=list(SIGNED_WITH))

    def _told(self, claims: Mapping[str, Any]) -> Told:
        subject, level = claim(claims, self._subject_claim), claim(claims, self._level_claim)
        if self.levels and level not in self.levels:
            words = _("This way of signing in with %(broker)s is not strong enough here. Choose a stronger one there.")
            raise Untrusted(words % {"broker": self.label}, "level")
        if self.subject_is_bsn and subject:
            subject = whole_bsn(subject)
        if not subject:
            raise self._untrusted("subject")
        email = claim(claims, "email") if claims.get("email_verified") is True else ""
        return Told(subject, claim(claims, self._name_claim) if self._name_claim else "", email)

    def _discovered(self) -> Mapping[str, Any]:
        """Return what the broker tells of itself; every address that we fetch from stands at the issuer's own host."""
        with self._lock:
            if not self._found.is_fresh(clock.now(), KEPT):
                found = self._fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                endpoints = [found.get(f"{name}_endpoint") for name in ("authorization", "token")]
                if found.get("issuer") != self.issuer or not all(map(_is_safe, endpoints)):
                    raise self._down()
                if not all(self._is_own(found.get(name)) for name in ("token_endpoint", "jwks_uri")):
                    raise self._down()
                self._found = _Kept(found, clock.now())
            known: Mapping[str, Any] = self._found.value
            return known

    def _key_set(self, life: timedelta) -> KeySet:
        address = self._discovered()["jwks_uri"]
        with self._lock:
            if not self._keys.is_fresh(clock.now(), life):
                try:
                    keys = KeySet.import_key_set(self._fetch(address))  # type: ignore[arg-type]
                except (JoseError, KeyError, TypeError, ValueError) as problem:
                    raise self._down() from problem
                self._keys = _Kept(keys, clock.now())
            known: KeySet = self._keys.value
            return known

    def _is_own(self, address: Any) -> bool:
        return isinstance(address, str) and urlsplit(address)[:2] == urlsplit(self.issuer)[:2]

    def _fetch(self, address: str) -> dict[str, Any]:
        """Read a document of the broker: no redirect is followed, and nothing large is taken."""
        if self._failure.is_fresh(clock.now(), REST):
            raise self._down()
        session = requests.Session()
        session.trust_env = not _is_loopback(self.issuer)
        try:
            with session.get(address, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
                body = answer.raw.read(LARGEST + 1, decode_content=True)
                found = json.loads(body) if answer.status_code == requests.codes.ok and len(body) <= LARGEST else None
        except (requests.RequestException, OSError, ValueError) as problem:
            self._failure = _Kept(read_at=clock.now())
            raise self._down() from problem
        if not isinstance(found, dict):
            raise self._down()
        return found

    def _down(self) -> BrokerDown:
        words = _("%(broker)s does not answer now, so you cannot sign in there. Try again later, or go another way.")
        return BrokerDown(words % {"broker": self.label}, retry_after=60)

    def _untrusted(self, why: str) -> Untrusted:
        words = _("We could not trust what %(broker)s answered, so nothing was done. Please start again.")
        return Untrusted(words % {"broker": self.label}, why)


def claim(claims: Any, path: str) -> str:
    """Return a claim as text, "" where it is not there.

    `path` is its name, or names with dots between them that lead into each other; names hold dots themselves
    (`urn:etoegang:1.9:ServiceRestriction:Vestigingsnr`), so the longest name that fits goes first.
    """
    if not isinstance(claims, Mapping):
        return ""
    if path in claims:
        value = claims[path]
        return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    parts = path.split(".")
    for size in range(len(parts) - 1, 0, -1):
        found = claim(claims.get(".".join(parts[:size])), ".".join(parts[size:]))
        if found:
            return found
    return ""


def whole_bsn(number: str) -> str:
    """Return a citizen service number in its one form of nine digits, or "" when it is none.

    Some brokers leave out zeros at the front. The check: 9a+8b+7c+6d+5e+4f+3g+2h−i is a multiple of 11
    (Logisch ontwerp BSN, the eleven test).
    """
    digits = number.zfill(9)
    if not re.fullmatch(r"[0-9]{9}", digits) or int(digits) == 0:
        return ""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return digits if sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 == 0 else ""


def _is_loopback(address: str) -> bool:
    return (urlsplit(address).hostname or "") in LOOPBACK


def _is_safe(address: Any) -> bool:
    return isinstance(address, str) and (urlsplit(address).scheme == "https" or _is_loopback(address))
