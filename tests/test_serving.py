import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from consult.app import create_app
from consult.foundation.db import Database
from consult.serving import server_of
from tests.shows import shows
from tests.site import settings_for

MB = 1_000_000
LINES = 24  # connections that send without an end


class Running:
    """A served app in a process of its own."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid

    def memory(self) -> int:
        """How many bytes the process has in memory."""
        told = Path(f"/proc/{self.pid}/status").read_text()
        return int(told.split("VmRSS:")[1].split()[0]) * 1024

    def line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def head(self, path: str, *more: str) -> bytes:
        names = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Origin: http://127.0.0.1:{self.port}"]
        return "\r\n".join([*names, *more, "", ""]).encode()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    child = os.fork()
    if not child:
        with suppress(BaseException):
            database = Database(f"sqlite:///{tmp_path / 'none.sqlite'}")
            settings = settings_for(database, base_url=f"http://127.0.0.1:{port}", files_dir=str(tmp_path / "files"))
            server_of(create_app(settings, database), listening).run()
        os._exit(0)
    listening.close()
    yield Running(port, child)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def answer(line: socket.socket) -> bytes:
    """Read until the server closes."""
    told = b""
    with suppress(ConnectionResetError):
        while piece := line.recv(65_536):
            told += piece
    return told


@shows("R58")
@pytest.mark.parametrize(
    ("path", "words"), [("/rounds/a/proposals/new", "Dit is te groot"), ("/en/x", "This is too large")]
)
def test_a_body_that_is_too_large_is_read_away_and_answered_with_a_page(running, path, words):
    with closing(running.line()) as line:
        line.sendall(running.head(path, f"Content-Length: {40 * MB}"))
        for _ in range(40):
            line.sendall(b"x" * MB)  # a browser sends all of it before it looks for an answer
        told = answer(line).decode()
    assert told.startswith("HTTP/1.1 413 ")
    assert words in told
    assert "10 MB" in told
    assert "Content-Security-Policy: default-src 'none'" in told


@shows("R58")
def test_a_body_in_pieces_without_a_length_is_bounded_and_memory_stays_flat(running):
    before, told = running.memory(), []

    def send() -> None:
        with closing(running.line()) as line:
            line.sendall(running.head("/rounds/a/proposals/new", "Transfer-Encoding: chunked"))
            piece = b"%x\r\n" % MB + b"x" * MB + b"\r\n"
            with suppress(OSError):
                for _ in range(40):
                    line.sendall(piece)
            told.append(answer(line)[:12])

    senders = [threading.Thread(target=send) for _ in range(LINES)]
    for sender in senders:
        sender.start()
    most, until = before, time.monotonic() + 30
    while any(sender.is_alive() for sender in senders) and time.monotonic() < until:
        most = max(most, running.memory())
        time.sleep(0.01)
    for sender in senders:
        sender.join(30)
    assert told == [b"HTTP/1.1 413"] * LINES
    assert most - before < 100 * MB
