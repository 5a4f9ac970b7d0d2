"""Settings, read once from the environment; the start fails with a list of all that is wrong."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from consult.foundation import notes, scanning, smtp
from consult.foundation.language import LOCALES

INSTANCE = Path("instance")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


class WrongSettings(Exception):
    """The environment holds settings with which the platform cannot start; `problems` lists them all."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Oidc:
    """With which broker of sign-ins this installation works, and where in its claims stands what we ask."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str = ""
    scopes: str = "openid"
    subject_claim: str = "sub"
    subject_is_bsn: bool = False
    level_claim: str = "acr"
    levels: tuple[str, ...] = ()
    name_claim: str = ""


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
    scanner: str = ""
    smtp_url: str = field(default="", repr=False)  # holds a password
    mail_from: str = ""
    oidc: Oidc | None = None
    signing_key: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The host and port that requests must name."""
        return urlsplit(self.base_url).netloc

    @property
    def origin(self) -> str:
        """The name of this installation's sealed record."""
        return f"{self.host}/record"

    @property
    def signer(self) -> notes.Signer | None:
        """Who signs the checkpoints of the record, where there is a key for it; raises BadNote."""
        return notes.Signer(self.origin, notes.read_key(Path(self.signing_key))) if self.signing_key else None

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
        scanner=value("SCANNER", ""),
        smtp_url=value("SMTP_URL", ""),
        mail_from=value("MAIL_FROM", ""),
        oidc=_oidc(value, problems),
        signing_key=value("SIGNING_KEY", ""),
        sources=sources,
    )
    problems += _mail_problems(settings)
    if settings.theme_css and not Path(settings.theme_css).is_file():
        problems.append(f"CONSULT_THEME_CSS names a file that is not there: {settings.theme_css}.")
    try:
        if settings.scanner:
            scanning.address(settings.scanner)
    except ValueError:
        problems.append("CONSULT_SCANNER must be like tcp://127.0.0.1:3310.")
    try:
        _ = settings.signer
    except notes.BadNote as problem:
        problems.append(f"CONSULT_SIGNING_KEY {problem}.")
    if problems:
        raise WrongSettings(problems)
    return settings


def _oidc(value: Callable[[str, str], str], problems: list[str]) -> Oidc | None:
    """Read which broker of sign-ins there is, if any; adds a sentence to `problems` for each mistake."""
    names = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "LABEL", "SUBJECT_IS_BSN", "LOA_FLOOR", "NAME_CLAIM")
    told = {name: value(f"OIDC_{name}", "") for name in names}
    subject, level, scopes = (
        value(f"OIDC_{name}", default)
        for name, default in (("SUBJECT_CLAIM", "sub"), ("LOA_CLAIM", "acr"), ("SCOPES", "openid"))
    )
    if not any(told.values()):
        return None
    problems += [f"CONSULT_OIDC_{name} must be set too." for name in names[:3] if not told[name]]
    issuer = urlsplit(told["ISSUER"])
    if told["ISSUER"] and (issuer.query or not issuer.netloc or not _is_guarded(issuer.scheme, issuer.hostname)):
        problems.append("CONSULT_OIDC_ISSUER must be an https address, like https://broker.example/oidc.")
    if "openid" not in scopes.split():
        problems.append("CONSULT_OIDC_SCOPES must hold the word openid.")
    is_bsn = (told["SUBJECT_IS_BSN"] or ("yes" if subject.rpartition(".")[2].lower() == "bsn" else "no")).lower()
    if is_bsn not in {"yes", "no"}:
        problems.append("CONSULT_OIDC_SUBJECT_IS_BSN must be yes or no.")
    levels = tuple(level.strip() for level in told["LOA_FLOOR"].split(",") if level.strip())
    if is_bsn == "yes" and not levels:
        problems.append("CONSULT_OIDC_LOA_FLOOR must be set where the subject is a citizen service number.")
    return Oidc(
        issuer=told["ISSUER"],
        client_id=told["CLIENT_ID"],
        client_secret=told["CLIENT_SECRET"],
        label=told["LABEL"],
        scopes=scopes,
        subject_claim=subject,
        subject_is_bsn=is_bsn == "yes",
        level_claim=level,
        levels=levels,
        name_claim=told["NAME_CLAIM"],
    )


def _is_guarded(scheme: str, host: str | None) -> bool:
    return scheme == "https" or (scheme == "http" and (host or "") in LOOPBACK)


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
