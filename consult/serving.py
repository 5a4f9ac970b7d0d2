"""The production server: waitress in several processes on one socket, with one worker beside them."""

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

from waitress import wasyncore
from waitress.server import create_server

from consult import config
from consult.app import create_app
from consult.foundation.db import Database
from consult.working import work_forever

DRAIN = 30.0  # seconds that a stopping process gives to what it is doing
THREADS = 8


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


def _serve_one(settings: config.Settings, listening: socket.socket) -> None:
    database = Database(settings.database_url)
    server = create_server(
        create_app(settings, database),
        sockets=[listening],
        threads=THREADS,
        connection_limit=1000,
        channel_timeout=30,
        asyncore_use_poll=True,
        ident=None,
        max_request_body_size=12 * 1024 * 1024,
    )
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
