import io
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from consult.foundation import scanning
from consult.foundation.scanning import NoScanner, is_clean
from tests.foundation.papers import EICAR
from tests.shows import shows


class Clamd:
    """Speaks as clamd does, and knows one virus; `manner` is how it misbehaves."""

    def __init__(self, manner: str = "") -> None:
        self.manner, self.listening = manner, socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.listening.getsockname()[1]}"
        self.heard: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self.listening.accept()
                with line, suppress(OSError, struct.error):
                    self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        source = line.makefile("rb")
        assert source.read(10) == b"zINSTREAM\0"
        if self.manner == "hangs up":
            return
        content = b""
        while length := struct.unpack("!L", source.read(4))[0]:
            content += source.read(length)
        self.heard.append(content)
        told = {"": b"stream: OK\0", "is full": b"INSTREAM size limit exceeded. ERROR\0", "mumbles": b"stream: OK no\0"}
        if self.manner == "says nothing":
            return
        line.sendall(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else told[self.manner])

    def stop(self) -> None:
        self.listening.close()


@pytest.fixture
def clamd(request: pytest.FixtureRequest) -> Iterator[Clamd]:
    started = Clamd(getattr(request, "param", ""))
    yield started
    started.stop()


@shows("R55")
@pytest.mark.parametrize("size", [0, 10, scanning.PIECE, scanning.PIECE + 1, 5_000_000])
def test_the_scanner_gets_the_whole_file_and_finds_nothing_in_it(clamd, size):
    content = b"a" * size
    assert is_clean(clamd.url, io.BytesIO(content))
    assert clamd.heard == [content]


@shows("R55")
@pytest.mark.parametrize("around", [0, 70_000])
def test_the_scanner_finds_the_test_virus(clamd, around):
    assert not is_clean(clamd.url, io.BytesIO(b" " * around + EICAR + b" " * around))


@shows("R55")
@pytest.mark.parametrize("clamd", ["hangs up", "says nothing", "is full", "mumbles"], indirect=True)
def test_what_is_no_verdict_counts_as_no_scanner(clamd):
    with pytest.raises(NoScanner):
        is_clean(clamd.url, io.BytesIO(b"a"))


@shows("R55")
def test_a_dead_port_is_no_scanner(clamd):
    clamd.stop()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NoScanner):
        is_clean(f"tcp://127.0.0.1:{port}", io.BytesIO(b"a"))


@pytest.mark.parametrize("url", ["http://a:1", "a:1", "tcp://", "tcp://a:b"])
def test_an_address_that_is_none_is_told(url):
    with pytest.raises(ValueError, match=r"."):
        scanning.address(url)
    assert scanning.address("tcp://clamd") == ("clamd", 3310)
