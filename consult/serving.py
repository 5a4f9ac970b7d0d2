"""The production server: waitress in several processes on one socket, with one worker beside them."""

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from consult import config
from consult.app import create_app, too_large_pages
from consult.foundation import files, web
from consult.foundation.db import Database
from consult.working import work_forever

DRAIN = 30.0  # seconds that a stopping process gives to what it is doing
THREADS = 8
READ_AWAY = 20.0  # seconds for which the rest of what is too large is read


def serve(settings: config.Settings, host: str, port: int, workers: int, ready: Callable[[], None]) -> int:
    """Serve until SIGTERM or Ctrl-C, then let every process finish what it is doing; returns the exit code.

    Processes are forked before any of them opens a database connection. One that dies is replaced.
    """
    listening = socket.create_server((host, port), family=_family(host), backlog=1024, reuse_port=False)
    children: dict[int, Callable[[], None]] = {}
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for child in children:
            os.kill(child, signal.SIGTERM)

    for task in [*[lambda: _serve_one(settings, listening)] * workers, lambda: _work(settings)]:
        children[_fork(task)] = task
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    ready()
    while children:
        try:
            ended, status = os.wait()
        except InterruptedError:
            continue
        except ChildProcessError:
            break
        task = children.pop(ended)
        if not stopping:
            logging.getLogger("consult").error("process %s ended with %s; starting another", ended, status)
            time.sleep(0.5)
            children[_fork(task)] = task
    listening.close()
    return 0


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _fork(task: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent passes the end on
    code = 1
    try:
        task()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except Exception as problem:  # a child must never run on in the parent's code
        logging.getLogger("consult").error("%s in a server process", type(problem).__name__)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class TooLargeTask(ErrorTask):  # type: ignore[misc]
    """Answers what is too large with a page of ours; every other error as waitress does."""

    def execute(self) -> None:
        if self.request.error.code != 413:
            super().execute()
            return
        self.channel.is_too_large = True
        pages: dict[str, bytes] = self.channel.pages
        body = next((page for way, page in pages.items() if way and self.request.path.startswith(way)), pages[""])
        self.status = "413 Content Too Large"
        headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", **web.HEADERS}
        self.response_headers.extend(headers.items())
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if self.request.command == "HEAD" else body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that, after it refused what is too large, reads the rest away for a while.

    A browser that is still sending shows no answer when the connection is cut. What is read here is kept nowhere.
    """

    error_task_class = TooLargeTask
    pages: dict[str, bytes]
    is_too_large = False
    reads_until: float | None = None

    def handle_close(self) -> None:
        if not self.is_too_large or self.reads_until is not None or not self.connected:
            super().handle_close()
            return
        self.reads_until, self.will_close = time.monotonic() + READ_AWAY, False
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            super().handle_close()

    def readable(self) -> bool:
        return self.reads_until is not None or bool(super().readable())

    def handle_read(self) -> None:
        if self.reads_until is None:
            super().handle_read()
            return
        try:
            more = self.recv(self.adj.recv_bytes)
        except OSError:
            more = b""
        if self.connected and (not more or time.monotonic() > self.reads_until):
            super().handle_close()


def server_of(app: Flask, listening: socket.socket, threads: int = THREADS) -> Any:
    """Return a waitress server for the app on a socket, with the limits that it has in earnest."""
    server = create_server(
        app,
        sockets=[listening],
        threads=threads,
        connection_limit=1000,
        channel_timeout=30,
        asyncore_use_poll=True,
        ident=None,
        max_request_body_size=files.BODY,
    )
    server.channel_class = type("OurChannel", (Channel,), {"pages": too_large_pages(app)})
    return server


def _serve_one(settings: config.Settings, listening: socket.socket) -> None:
    database = Database(settings.database_url)
    server = server_of(create_app(settings, database), listening)
    draining = False

    def drain(_signal: int, _frame: FrameType | None) -> None:
        nonlocal draining
        draining = True

    signal.signal(signal.SIGTERM, drain)
    while not draining:
        wasyncore.loop(timeout=0.5, use_poll=True, map=server._map, count=1)
    _drain(server)
    database.dispose()


def _drain(server: object) -> None:
    """Take no new connections, and run on until every request has its whole answer or the time is over."""
    server.accepting = False  # type: ignore[attr-defined]
    server.del_channel()  # type: ignore[attr-defined]
    until = time.monotonic() + DRAIN
    while time.monotonic() < until:
        channels = list(server.active_channels.values())  # type: ignore[attr-defined]
        busy = [c for c in channels if c.requests or c.total_outbufs_len]
        if not busy:
            break
        wasyncore.loop(timeout=0.1, use_poll=True, map=server._map, count=1)  # type: ignore[attr-defined]
    server.task_dispatcher.shutdown(cancel_pending=False, timeout=5)  # type: ignore[attr-defined]


def _work(settings: config.Settings) -> None:
    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    work_forever(Database(settings.database_url), settings)
