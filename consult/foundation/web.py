"""What every answer carries: headers, cookie, language; and what may be believed of a request."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, Request, Response, current_app, g, request, send_file
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.exceptions import BadRequest

from consult.foundation import clock
from consult.foundation.errors import NotFound
from consult.foundation.language import LOCALES, use_locale

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Front:
    """The outermost WSGI callable: stamps the arrival and takes the language from the address."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self.inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["consult.arrived_at"] = clock.now()
        path = environ.get("PATH_INFO", "")
        for name in LOCALES:
            if path == f"/{name}" or path.startswith(f"/{name}/"):
                environ["consult.locale"] = name
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + f"/{name}"
                environ["PATH_INFO"] = path[len(name) + 1 :] or "/"
        return self.inner(environ, start_response)


class CookieSession(dict[str, Any], SessionMixin):
    """The one cookie: a token that the server knows; nothing else is ever put in it."""

    token: str | None = None
    is_new = False
    is_over = False

    def begin(self, token: str) -> None:
        """Give the browser a new token with this answer."""
        self.token, self.is_new, self.is_over = token, True, False

    def end(self) -> None:
        """Take the token away with this answer."""
        self.token, self.is_new, self.is_over = None, False, True


class CookieInterface(SessionInterface):
    """Reads the token from the cookie and sets it; the session row itself is written by verbs."""

    def open_session(self, app: Flask, request: Request) -> CookieSession:
        opened = CookieSession()
        opened.token = request.cookies.get(app.config["SESSION_COOKIE_NAME"])
        return opened

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, CookieSession) or not (session.is_new or session.is_over):
            return
        name, secure = app.config["SESSION_COOKIE_NAME"], app.config["SESSION_COOKIE_SECURE"]
        if session.is_over:
            response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")
        elif session.token is not None:
            response.set_cookie(name, session.token, path="/", secure=secure, httponly=True, samesite="Lax")


def prepare_request() -> None:
    """Refuse a foreign host, and speak the language that the address asks for."""
    if request.host not in current_app.config["HOSTS"]:
        raise BadRequest("unknown host")
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        raise BadRequest("no text")
    use_locale(request.environ.get("consult.locale") or current_app.config["DEFAULT_LOCALE"])


def finish_response(response: Response) -> Response:
    """Put the headers on that every answer carries."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    response.vary.add("Cookie")
    return response


def hosts(base_host: str, is_loopback: bool) -> frozenset[str]:
    """Return the Host values that are answered; on loopback each of its names counts."""
    if not is_loopback:
        return frozenset({base_host})
    port = urlsplit(f"//{base_host}").port
    return frozenset({name if port is None else f"{name}:{port}" for name in LOOPBACK} | {base_host})


def stored_file(path: Path, name: str, media_type: str, *, tag: str, inline: bool, is_public: bool) -> Response:
    """Give back a file that somebody sent, such that a browser can do nothing with it but keep or draw it.

    A copy may be kept by others only when anybody may have it, and is then asked after each time.
    """
    try:
        answer = send_file(path, mimetype=media_type, conditional=True, etag=tag, max_age=0)
    except FileNotFoundError as problem:
        current_app.logger.error("a stored file is missing")
        raise NotFound from problem
    answer.headers["Content-Type"] = media_type
    answer.headers["Content-Disposition"] = disposition(name, "inline" if inline else "attachment")
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "public, no-cache" if is_public else "private, no-store"
    return answer


def disposition(name: str, how: str = "attachment") -> str:
    """Return a Content-Disposition in which a name is plain for old browsers and whole for others (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def is_same_origin() -> bool:
    """Say whether an unsafe request came from a page of our own.

    Neither header, or Origin `null`, counts as foreign.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return origin in {f"http://{request.host}", f"https://{request.host}"}
    return site is not None


def local_path(target: str | None, otherwise: str) -> str:
    """Return `target` when it is a path on this site, else `otherwise`."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return otherwise
    if any(ord(c) < 33 or c == "\\" for c in target):
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target


def arrived_at() -> datetime:
    """Return the moment at which this request came in."""
    found: datetime = request.environ.get("consult.arrived_at") or clock.now()
    return found


def client_address() -> str:
    """Return where the request came from, as the configured number of proxies tells it."""
    return request.remote_addr or ""


def client_network() -> str:
    """Return from which network the request came: its address, or of IPv6 the first 64 bits, which one holder has."""
    try:
        address = ip_address(client_address())
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
    return str(address)


def etag_of(*parts: object) -> str:
    """Return an entity tag over the things that an anonymous page depends on."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:24]


def unchanged(tag: str) -> Response | None:
    """Answer 304 when the browser already has the page with this tag; remember the tag otherwise."""
    g.etag = tag
    if request.if_none_match.contains(tag):
        return public(Response(status=304))
    return None


def public(response: Response) -> Response:
    """Mark an anonymous page as one to be asked after each time, with its tag."""
    response.set_etag(g.etag)
    response.headers["Cache-Control"] = "public, no-cache"
    return response
