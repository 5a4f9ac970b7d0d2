"""Asking a virus scanner about a file, in the words of clamd: one command, the file in pieces, one line back.

clamd(8) describes the command INSTREAM: each piece is preceded by its length in four bytes, a length of zero ends it.
"""

import socket
import struct
from typing import BinaryIO
from urllib.parse import urlsplit

PIECE = 64 * 1024
PATIENCE = 30.0  # seconds without a word


class NoScanner(Exception):
    """The scanner did not answer, or not with a verdict: nothing is known of the file."""


def address(url: str) -> tuple[str, int]:
    """Return host and port of `tcp://host:3310`; raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme != "tcp" or not parts.hostname:
        raise ValueError("is not like tcp://127.0.0.1:3310")
    return parts.hostname, parts.port or 3310


def is_clean(url: str, source: BinaryIO) -> bool:
    """Say what the scanner finds in a file: nothing, or something; raises NoScanner when it does not say."""
    try:
        with socket.create_connection(address(url), timeout=PATIENCE) as line:
            line.sendall(b"zINSTREAM\0")
            while piece := source.read(PIECE):
                line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
            answer = _answer(line)
    except OSError as problem:
        raise NoScanner(type(problem).__name__) from problem
    if answer.endswith(b"FOUND"):
        return False
    if answer == b"stream: OK":
        return True
    raise NoScanner("no verdict")


def _answer(line: socket.socket) -> bytes:
    told = b""
    while not told.endswith((b"\0", b"\n")) and len(told) < 4096:
        piece = line.recv(1024)
        if not piece:
            break
        told += piece
    return told.strip(b"\0\r\n ")
