"""What one request costs the process that answers it, over HTTP, with the server that we have in earnest."""

import http.client
import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from flask import Flask, Response
from waitress.server import create_server

from consult.serving import THREADS

SPENT = "X-Spent"  # processor time of the server so far
SERIES, EACH = 7, 60
Request = tuple[str, dict[str, str], dict[str, str]]


class Served:
    """An app in a process of its own; made there, so that no connection of a database is shared."""

    def __init__(self, make: Callable[[], Flask]) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        fork = multiprocessing.get_context("fork")
        self.process = fork.Process(target=_serve, args=(make, listening), daemon=True)
        self.process.start()
        listening.close()
        self.line = http.client.HTTPConnection("127.0.0.1", self.port)

    def post(self, path: str, sent: dict[str, str], headers: dict[str, str]) -> float:
        """Send a form, and return how many seconds of processor time the server has used until now."""
        head = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        self.line.request("POST", path, urlencode(sent), head)
        answer = self.line.getresponse()
        body = answer.read()
        assert answer.status == 303, (answer.status, body[:400])
        return float(answer.headers[SPENT])

    def cost(self, requests: Iterator[Request]) -> float:
        """Return the milliseconds of processor time of one request, from one series."""
        begun = self.post(*next(requests))
        for _request in range(EACH):
            ended = self.post(*next(requests))
        return (ended - begun) / EACH * 1000

    def stop(self) -> None:
        """End the process."""
        self.line.close()
        self.process.terminate()
        self.process.join()


def beside(one: Served, other: Served, of_one: Iterator[Request], of_other: Iterator[Request]) -> tuple[float, float]:
    """Return the milliseconds of one request to each of two, the medians of series that take turns."""
    told = [(one.cost(of_one), other.cost(of_other)) for _series in range(SERIES + 1)][1:]
    return tuple(sorted(costs)[SERIES // 2] for costs in zip(*told, strict=True))  # type: ignore[return-value]


def _serve(make: Callable[[], Flask], listening: socket.socket) -> None:
    app = make()

    @app.after_request
    def say_what_was_spent(answer: Response) -> Response:
        answer.headers[SPENT] = repr(time.process_time())
        return answer

    create_server(app, sockets=[listening], threads=THREADS, asyncore_use_poll=True, ident=None).run()
