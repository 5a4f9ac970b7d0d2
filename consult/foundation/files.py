"""Files that people sent: what is taken, how it is kept, and how it is given back.

A file is on disk before any row speaks of it. Between being sent and belonging to something it has a row in
`upload`; a file of which no row speaks is swept away after an hour.
"""

import os
import re
import secrets
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path, PureWindowsPath
from typing import Any, BinaryIO

from sqlalchemy import Boolean, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation import clock, scanning, sniffing, text
from consult.foundation.db import Base, id_column, session
from consult.foundation.language import gettext as _
from consult.foundation.sniffing import MB, BadFile

LARGEST, MOST = 10 * MB, 5  # bytes of one file; files of one contribution
BODY = 12 * 1024 * 1024  # bytes of one request that brings files
TEXTS = 256 * 1024  # of which so many may be what people typed: a paper form holds ten ideas
NAME = 120  # characters of a name
WAITS = timedelta(hours=1)  # how long a file may belong to nothing
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names with a meaning on Windows
STORED = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Incoming:
    """One file that was taken and stands on disk; `name` is clean, `alt` says what is to be seen on a picture."""

    name: str
    media_type: str
    size: int
    sha256: str
    stored_name: str
    is_clean: bool = True
    alt: str = ""

    @property
    def is_image(self) -> bool:
        return sniffing.BY_TYPE[self.media_type].is_image


@dataclass(frozen=True)
class Sweeping:
    """What a sweep took away, and what it missed."""

    removed: Collection[str]
    missing: Collection[str]


class Upload(Base):
    """A file that somebody sent and that belongs to nothing yet: its form came back, or is being answered."""

    __tablename__ = "upload"

    id: Mapped[uuid.UUID] = id_column()
    owner_id: Mapped[uuid.UUID] = mapped_column(index=True)  # the person who sent it
    name: Mapped[str] = mapped_column(String(NAME))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_name: Mapped[str] = mapped_column(String(32), unique=True)
    is_clean: Mapped[bool] = mapped_column(Boolean)
    taken_at: Mapped[datetime] = mapped_column(index=True)

    def as_incoming(self, alt: str = "") -> Incoming:
        """Return it as what a verb is given."""
        return Incoming(self.name, self.media_type, self.size, self.sha256, self.stored_name, self.is_clean, alt)


class Store:
    """The folder in which files stand, under random names; with a `scanner` none is clean before it said so."""

    def __init__(self, folder: Path, scanner: str = "") -> None:
        self.folder = folder
        self.scanner = scanner

    def take(self, name: str, source: BinaryIO) -> Incoming:
        """Take a file in: looked at, without what is hidden in pictures, safely on disk.

        Raises BadFile with a sentence when it is not taken; then nothing is left of it.
        """
        name = shown_name(name)
        self._ready(self.folder / "coming")
        stored = secrets.token_hex(16)
        coming, drawn = (self.folder / "coming" / f"{stored}.{what}" for what in ("sent", "drawn"))
        try:
            _copy(source, coming)
            kind = sniffing.kind_of(coming, name)
            if kind.is_image:
                with _made(drawn) as target:
                    sniffing.redraw(coming, kind, target)
                os.replace(drawn, coming)
            size, digest = _measure(coming)
            self._keep(coming, stored)
        finally:
            coming.unlink(missing_ok=True)
            drawn.unlink(missing_ok=True)
        return Incoming(name, kind.media_type, size, digest, stored, not self.scanner)

    def keep_made(self, write: Callable[[BinaryIO], None]) -> tuple[str, int, str]:
        """Keep a file that the platform itself writes, safely on disk; return its stored name, size and SHA-256."""
        self._ready(self.folder / "coming")
        stored = secrets.token_hex(16)
        coming = self.folder / "coming" / f"{stored}.made"
        try:
            with _made(coming) as target:
                write(target)
            size, digest = _measure(coming)
            self._keep(coming, stored)
        finally:
            coming.unlink(missing_ok=True)
        return stored, size, digest

    def path(self, stored_name: str) -> Path:
        """Return where a file stands."""
        if not STORED.fullmatch(stored_name):
            raise ValueError(f"not a stored name: {stored_name!r}")
        return self.folder / stored_name[:2] / stored_name[2:4] / stored_name

    def remove(self, stored_name: str) -> None:
        """Take a file away for good: one that belongs to nothing, or to somebody who left."""
        self.path(stored_name).unlink(missing_ok=True)

    def is_clean(self, stored_name: str) -> bool:
        """Ask the scanner about a file; raises NoScanner when it does not say."""
        with self.path(stored_name).open("rb") as source:
            return scanning.is_clean(self.scanner, source)

    def standing(self) -> Iterator[tuple[str, float]]:
        """Walk through all files, each with the moment at which it was written."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if STORED.fullmatch(path.name):
                with suppress(FileNotFoundError):
                    yield path.name, path.stat().st_mtime

    def sweep(self, known: Callable[[], Collection[str]]) -> Sweeping:
        """Take away files of which no row speaks for an hour, and tell which files are missing.

        `known` tells the names that rows speak of; it is asked after the folder was read, for a file is always
        there before its row.
        """
        there, before = dict(self.standing()), _an_hour_ago()
        spoken_of = set(known())
        surplus = [name for name, written in there.items() if name not in spoken_of and written < before]
        for name in surplus:
            self.remove(name)
        for left in self.folder.glob("coming/*"):
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < before:
                    left.unlink()
        missing = [name for name in spoken_of - there.keys() if not self.path(name).exists()]
        return Sweeping(surplus, missing)

    def verify(self, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Read every file again, and tell what is not as the rows say: the name, and what is wrong with it.

        `known` maps the names that rows speak of to the SHA-256 that they hold; one that came within the hour
        may still get its row.
        """
        for name, digest in known.items():
            try:
                if _measure(self.path(name))[1] != digest:
                    yield name, "changed"
            except FileNotFoundError:
                yield name, "missing"
        for name, written in self.standing():
            if name not in known and written < _an_hour_ago():
                yield name, "surplus"

    def _keep(self, coming: Path, stored: str) -> None:
        """Give a whole file its name, so that it survives a power cut from here on."""
        target = self.path(stored)
        self._ready(target.parent)
        with coming.open("rb") as whole:
            os.fsync(whole.fileno())
        os.rename(coming, target)
        _fsync_folder(target.parent)

    def _ready(self, folder: Path) -> None:
        """Make a folder within ours, and be sure that it is there after a power cut."""
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir(mode=0o750, exist_ok=True)
            _fsync_folder(one.parent)


def shown_name(name: str) -> str:
    """Return the name of a file as it may be shown: without folders, one line, at most 120 characters."""
    last = text.one_line(PureWindowsPath(name.replace("/", "\\")).name[-1000:]).strip(". ")
    if not last or RESERVED.fullmatch(last):
        last = f"_{last}"
    ending = PureWindowsPath(last).suffix
    ending = ending if len(ending) < 10 else ""
    return last if len(last) <= NAME else last[: NAME - len(ending)] + ending


def remember(owner_id: uuid.UUID, incoming: Incoming) -> Upload:
    """Write down that a file waits for its form."""
    told = {name: value for name, value in vars(incoming).items() if name != "alt"}
    new = Upload(owner_id=owner_id, taken_at=clock.now(), **told)
    session().add(new)
    session().flush()
    return new


def find_waiting(owner_id: uuid.UUID, handles: Iterable[uuid.UUID]) -> list[Upload]:
    """Find files of a person that wait for their form, in the order of their handles."""
    places = {handle: place for place, handle in enumerate(handles)}
    wanted = select(Upload).where(
        Upload.id.in_(places), Upload.owner_id == owner_id, Upload.taken_at > clock.now() - WAITS
    )
    return sorted(session().scalars(wanted), key=lambda one: places[one.id])


def size_waiting(owner_id: uuid.UUID) -> int:
    """Return how many bytes of a person wait for a form."""
    return session().scalar(select(func.sum(Upload.size)).where(Upload.owner_id == owner_id)) or 0


def list_waiting() -> dict[str, str]:
    """Return the stored names of all files that wait for a form, each with its SHA-256."""
    return dict(session().execute(select(Upload.stored_name, Upload.sha256)).all())


def claim(incoming: Incoming) -> None:
    """Say that a file belongs to something from now on."""
    session().execute(delete(Upload).where(Upload.stored_name == incoming.stored_name))


def forget_old() -> int:
    """Delete the rows of files whose form never came; their files are swept away after that.

    A form that is being answered right now may still claim one whose hour is over, so rows stay an hour more.
    """
    gone: Any = session().execute(delete(Upload).where(Upload.taken_at < clock.now() - 2 * WAITS))
    return int(gone.rowcount)


def _an_hour_ago() -> float:
    return clock.now().timestamp() - WAITS.total_seconds()


def _made(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb")


def _copy(source: BinaryIO, target: Path) -> None:
    size = 0
    with _made(target) as written:
        while piece := source.read(256 * 1024):
            size += len(piece)
            if size > LARGEST:
                raise BadFile(_("This file is larger than %(size)s MB. Make it smaller.", size=LARGEST // MB))
            written.write(piece)
    if not size:
        raise BadFile(_("This file is empty. Look whether you chose the right one."))


def _measure(path: Path) -> tuple[int, str]:
    """Return the size of a file and its SHA-256."""
    digest = sha256()
    with path.open("rb") as source:
        while piece := source.read(256 * 1024):
            digest.update(piece)
    return path.stat().st_size, digest.hexdigest()


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
