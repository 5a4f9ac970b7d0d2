"""A broker of sign-ins of our own, on loopback, with real keys: it can be told to lie in every way that matters."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from consult.config import Oidc

CLIENT_ID, CLIENT_SECRET = "consult", "a secret that only the broker knows"


@dataclass
class FakeBroker:
    """What it tells of whoever signs in (`claims`), and in what it lies (`lies` replaces parts of the token)."""

    port: int = 0
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "somebody", "acr": "substantial"})
    lies: dict[str, Any] = field(default_factory=dict)
    tells: dict[str, Any] = field(default_factory=dict)  # replaces parts of what it tells of itself
    unsigned: bool = False
    status: int = 200  # of every answer to the platform
    keys: list[RSAKey] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # paths that were fetched
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **changed: Any) -> Oidc:
        """With what an installation works with this broker."""
        told: dict[str, Any] = {
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "label": "DigiTest",
            **changed,
        }
        return Oidc(**told)

    def rotate(self) -> None:
        """Sign with a new key from now on, and show only that one."""
        self.keys = [RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"}, auto_kid=False)]

    def sign_in(self, address: str) -> str:
        """Do what a browser and its holder do at `address`; return where the browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert urlsplit(address).path == "/authorize"
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict[str, str]) -> str:
        """Return the signed word about whoever signed in."""
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.get("nonce"),
            **self.claims,
            **self.lies,
        }
        told = {name: value for name, value in told.items() if value is not None}
        if self.unsigned:
            parts = [json.dumps({"alg": "none"}), json.dumps(told)]
            return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts) + "."
        return jwt.encode({"alg": "RS256", "kid": self.keys[0].kid}, told, self.keys[0])

    def traded(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Answer at the token endpoint: a code is good once, for whoever began with its challenge."""
        asked = self.codes.pop(form.get("code", ""), None)
        own = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != own:
            return 401, {"error": "invalid_client"}
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(challenge).decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)}


def _handler(broker: FakeBroker) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            broker.asked.append(self.path)
            if self.path == "/.well-known/openid-configuration":
                self.answer(
                    {
                        "issuer": broker.issuer,
                        "authorization_endpoint": f"{broker.issuer}/authorize",
                        "token_endpoint": f"{broker.issuer}/token",
                        "jwks_uri": f"{broker.issuer}/keys",
                        **broker.tells,
                    }
                )
            elif self.path == "/keys":
                self.answer(dict(KeySet(list(broker.keys)).as_dict(private=False)))
            elif self.path.startswith("/authorize"):  # where a real browser comes
                self.send_response(303)
                self.send_header("Location", broker.sign_in(self.path))
                self.end_headers()
            else:
                self.answer({}, 404)

        def do_POST(self) -> None:
            broker.asked.append(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, told = broker.traded(form, self.headers.get("Authorization") or "")
            self.answer(told, status)

        def answer(self, told: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(told).encode()
            self.send_response(status if broker.status == 200 else broker.status)
            if broker.status in {301, 302, 307}:
                self.send_header("Location", f"{broker.issuer}/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def a_broker() -> Iterator[FakeBroker]:
    """Run a broker while the block runs."""
    broker = FakeBroker()
    broker.rotate()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(broker))
    broker.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield broker
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
