"""Settings, read once from the environment; the start fails with a list of all that is wrong."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from consult.foundation import smtp
from consult.foundation.language import LOCALES

INSTANCE = Path("instance")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


class WrongSettings(Exception):
    """The environment holds settings with which the platform cannot start; `problems` lists them all."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """What an installation can set; `sources` says of each where its value came from."""

    database_url: str
    secret_key: str
    base_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0
    default_locale: str = "nl"
    min_cell: int = 10
    theme_css: str = ""
    theme_class: str = ""
    files_dir: str = str(INSTANCE / "files")
    smtp_url: str = field(default="", repr=False)  # holds a password
    mail_from: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The host and port that requests must name."""
        return urlsplit(self.base_url).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the platform by its address."""
        return (urlsplit(self.base_url).hostname or "") in LOOPBACK


def read(environ: Mapping[str, str] = os.environ) -> Settings:  # noqa: C901  one setting after the other
    """Read the settings from variables beginning CONSULT_; raises WrongSettings with every problem found."""
    problems: list[str] = []
    sources: dict[str, str] = {}

    def value(name: str, default: str) -> str:
        given = environ.get(f"CONSULT_{name}", "").strip()
        sources[name] = "environment" if given else "default"
        return given or default

    def number(name: str, default: int, lowest: int) -> int:
        given = value(name, str(default))
        if given.isdecimal() and int(given) >= lowest:
            return int(given)
        problems.append(f"CONSULT_{name} must be a whole number of {lowest} or more, not {given!r}.")
        return default

    database_url = value("DATABASE_URL", f"sqlite:///{(INSTANCE / 'consult.sqlite').absolute()}")
    embedded = sources["DATABASE_URL"] == "default"
    try:
        driver = make_url(database_url).drivername
        if driver.split("+")[0] not in {"sqlite", "postgresql"}:
            problems.append(f"CONSULT_DATABASE_URL must begin with sqlite:/// or postgresql://, not {driver}.")
    except ArgumentError:
        problems.append("CONSULT_DATABASE_URL is not a database address.")

    base_url = value("BASE_URL", "http://127.0.0.1:" + (environ.get("PORT", "").strip() or "8000")).rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
        problems.append("CONSULT_BASE_URL must be like https://meedenken.gemeente.nl, without a path.")

    secret_key = value("SECRET_KEY", "")
    if not secret_key and embedded:
        secret_key = _kept_secret()
        sources["SECRET_KEY"] = "instance folder"  # noqa: S105  where it stands, not what it is
    if len(secret_key) < 32:
        problems.append("CONSULT_SECRET_KEY must be set to at least 32 characters.")

    default_locale = value("DEFAULT_LOCALE", "nl")
    if default_locale not in LOCALES:
        problems.append(f"CONSULT_DEFAULT_LOCALE must be one of {', '.join(LOCALES)}, not {default_locale!r}.")

    settings = Settings(
        database_url=database_url,
        secret_key=secret_key,
        base_url=base_url,
        trusted_proxies=number("TRUSTED_PROXIES", 0, 0),
        default_locale=default_locale,
        min_cell=number("MIN_CELL", 10, 1),
        theme_css=value("THEME_CSS", ""),
        theme_class=value("THEME_CLASS", ""),
        files_dir=str(Path(value("FILES_DIR", str(INSTANCE / "files"))).absolute()),
        smtp_url=value("SMTP_URL", ""),
        mail_from=value("MAIL_FROM", ""),
        sources=sources,
    )
    problems += _mail_problems(settings)
    if settings.theme_css and not Path(settings.theme_css).is_file():
        problems.append(f"CONSULT_THEME_CSS names a file that is not there: {settings.theme_css}.")
    if problems:
        raise WrongSettings(problems)
    return settings


def _mail_problems(settings: Settings) -> list[str]:
    """Say what is wrong with how mail is sent; without both settings it is shown to an administrator instead."""
    problems = []
    if settings.smtp_url:
        try:
            smtp.read(settings.smtp_url)
        except ValueError as problem:
            problems.append(f"CONSULT_SMTP_URL {problem}")
    if settings.mail_from and not smtp.is_address(settings.mail_from):
        problems.append("CONSULT_MAIL_FROM must be one address, like meedenken@gemeente.nl.")
    if bool(settings.smtp_url) != bool(settings.mail_from):
        problems.append("CONSULT_SMTP_URL and CONSULT_MAIL_FROM go together: set both or neither.")
    return problems


def _kept_secret() -> str:
    """Return the secret in the instance folder; made on first use, readable by the owner alone."""
    INSTANCE.mkdir(mode=0o700, exist_ok=True)
    path = INSTANCE / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as target:
        target.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
