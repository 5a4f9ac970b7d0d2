"""Reading a bundle that came from anywhere: a zip file of known parts, with limits, and never trusted."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MB = 1_000_000
LARGEST = 4_000 * MB  # bytes of all that a bundle holds
LARGEST_PART = 100 * MB  # bytes of a part that is read at once
LONGEST = 4 * MB  # bytes of one line
MOST_PARTS = 5_000
PIECE = 256 * 1024
MANIFEST = "manifest.json"
FORMAT = "consult-bundle/1"


class Differs(Exception):
    """Something in a bundle does not hold; the text is a sentence that names it."""


class Unpacked:
    """A bundle that is open: its parts by name, each with the checksum that its manifest gives."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as problem:
            raise Differs(f"{path} cannot be read: {problem.strerror or 'it is no file'}.") from problem
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as problem:
            raise Differs(f"{path.name} is no bundle: it is not a zip file, or a damaged one.") from problem
        self.names = [one.filename for one in self._zip.infolist()]
        if len(self.names) > MOST_PARTS or sum(one.file_size for one in self._zip.infolist()) > LARGEST:
            raise Differs(f"{path.name} holds more than a bundle does, so it is not read.")
        if len(set(self.names)) != len(self.names):
            raise Differs(f"{path.name} holds a part twice.")
        self.manifest = self.object(MANIFEST)
        if self.manifest.get("format") != FORMAT:
            raise Differs(f"{MANIFEST} does not say that this is a bundle of the kind {FORMAT}.")

    def check_sums(self) -> None:
        """Compare every part with the size and the SHA-256 that the manifest gives."""
        told = self.manifest.get("files")
        if not isinstance(told, dict):
            raise Differs(f"{MANIFEST} does not list the parts.")
        for name in sorted({*told, *self.names} - {MANIFEST}):
            if name not in self.names:
                raise Differs(f"{name} is missing.")
            if name not in told:
                raise Differs(f"{name} does not belong here: {MANIFEST} does not name it.")
            digest = hashlib.sha256()
            for piece in self._pieces(name):
                digest.update(piece)
            if not isinstance(told[name], dict) or told[name].get("sha256") != digest.hexdigest():
                raise Differs(f"{name} is not what {MANIFEST} says: its checksum is {digest.hexdigest()}.")

    def text(self, name: str) -> str:
        """Return a part as text."""
        try:
            return b"".join(self._pieces(name, LARGEST_PART)).decode()
        except UnicodeDecodeError as problem:
            raise Differs(f"{name} is not UTF-8.") from problem

    def object(self, name: str) -> Mapping[str, Any]:
        """Return a part that is one JSON object."""
        return _object(self.text(name), name)

    def lines(self, name: str) -> Iterator[tuple[str, str]]:
        """Give the lines of a part, each with how it is called in a sentence."""
        rest, number = b"", 0
        for piece in self._pieces(name):
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > LONGEST:
                raise Differs(f"{name} has a line that is longer than any bundle has.")
            for line in whole:
                number += 1
                yield _decoded(line, name), f"{name}, line {number}"
        if rest:
            raise Differs(f"{name} is cut off: its last line does not end.")

    def objects(self, name: str) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Give the lines of a part as JSON objects, each with how it is called in a sentence."""
        return ((_object(line, where), where) for line, where in self.lines(name))

    def _pieces(self, name: str, most: int = LARGEST) -> Iterator[bytes]:
        size = 0
        try:
            with self._zip.open(name) as source:
                while piece := source.read(PIECE):
                    size += len(piece)
                    if size > most:
                        raise Differs(f"{name} is larger than such a part can be.")
                    yield piece
        except KeyError as problem:
            raise Differs(f"{name} is missing.") from problem
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as problem:
            raise Differs(f"{name} is damaged: it cannot be unpacked.") from problem


def _decoded(line: bytes, name: str) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as problem:
        raise Differs(f"{name} is not UTF-8.") from problem


def _object(text: str, where: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Differs(f"{where} is not JSON.") from problem
    if not isinstance(found, dict):
        raise Differs(f"{where} is not one JSON object.")
    return found
