"""Measure, and print each figure with the bare thing beside it. Nothing passes or fails by time here."""

import itertools
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench import drafting, field, landscape, papers, rules, sealed, sign_in, similarity, steering, weighing
from bench.bare import bare_page, bare_poll
from bench.served import Served, beside
from bench.taking_part import ALIKE, LETTERS, OWN, Collecting, alike, letters
from bench.town import Town

FEW, MANY = 50, 5_000


def processor_ms(work: Callable[[], None], times: int = 150) -> float:
    """Return the processor time of one run in milliseconds: the median of five series."""
    for _ in range(10):
        work()
    series = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(times // 5):
            work()
        series.append((time.process_time() - begun) / (times // 5))
    return sorted(series)[2] * 1000


def main() -> None:
    """Print all rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = bare_page(folder, MANY).test_client()
        page = processor_ms(lambda: bare.get("/") and None)
        few, many = Town(folder, FEW), Town(folder, MANY)
        poll, voting = Served(lambda: bare_poll(folder)), Served(many.serve)
        upsert, vote = beside(poll, voting, itertools.repeat(("/one", {"choice": "for"}, {})), many.votes())
        poll.stop()
        voting.stop()
        print(f"bare page of 25 rows {page:.2f} ms; bare durable vote {upsert:.2f} ms of processor time\n")
        print(f"{'page, anonymous':<34}{'SQL at 50':>10}{'at 5,000':>10}{'ms':>9}{'× bare':>9}{'must':>7}")
        for words, path in (("round page", "/rounds/wijken"), ("list, 25 of 5,000", "/rounds/wijken/proposals")):
            cost = processor_ms(lambda path=path: many.read(path))  # type: ignore[misc]
            counts = f"{few.statements(path):>10}{many.statements(path):>10}"
            print(f"{words:<34}{counts}{cost:>9.2f}{cost / page:>9.1f}{'≤ 5':>7}")
        known = many.visitor.get("/rounds/wijken").headers["ETag"]
        cost = processor_ms(lambda: many.visitor.get("/rounds/wijken", headers={"If-None-Match": known}) and None)
        print(f"{'round page, unchanged (304)':<54}{cost:>9.2f}{cost / page:>9.1f}")
        print(f"{'a vote, changed, over HTTP':<54}{vote:>9.2f}{vote / upsert:>9.1f}{'≤ 3':>7}")
        print()
        sign_in.show(few, processor_ms)
        _take_part(folder, many, page, upsert)
        weighing.show(folder, processor_ms)
        steering.show(folder, processor_ms, page)
        field.show(folder, processor_ms, page)
        drafting.show()
        papers.show()
        similarity.show(folder)
        sealed.show(folder)
        _start_twice(folder)
        rules.show()
    landscape.rows()


def _take_part(folder: Path, town: Town, page: float, upsert: float) -> None:
    """Print what taking part costs: the last column is times the bare page, the bare vote, or the bare rows."""
    some = Collecting(town)
    cost = processor_ms(some.submit, 100)
    print(f"{'sending in a proposal':<54}{cost:>9.2f}{cost / upsert:>9.1f}")
    cost = processor_ms(some.own_page)
    print(f"{f'my page, 25 of {OWN} contributions':<54}{cost:>9.2f}{cost / page:>9.1f}")
    look, indexed = alike(folder, random.Random(5))
    cost = processor_ms(look, 100)
    print(f"{f'looking for the same idea among {ALIKE:,}':<54}{cost:>9.2f}{cost / page:>9.1f}")
    print(f"{f'indexing {ALIKE:,} proposals, by the worker':<54}{indexed:>9.2f} s")
    read, entered, bare = letters(folder)
    print(f"{f'judging a file of {LETTERS:,} letters':<54}{read:>9.2f} s")
    print(f"{f'entering {LETTERS:,} letters':<54}{entered:>9.2f} s{entered / bare:>7.1f}{'≤ 10':>7}\n")


def _start_twice(folder: Path) -> None:
    """Start the platform on an empty folder and once more, and print how long it took to answer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environ = {**os.environ, "PORT": port, "PYTHONPATH": os.getcwd()}
    for words in ("first start, with the demo municipality", "second start"):
        begun = time.monotonic()
        server = subprocess.Popen(
            [sys.executable, "-m", "consult", "start"], cwd=folder, env=environ, stdout=subprocess.DEVNULL
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/health/ready", 120)
            print(f"{words:<54}{time.monotonic() - begun:>9.1f} s")
        finally:
            server.terminate()
            server.wait(40)


def _wait_for(address: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{address} did not answer in {seconds} s")


if __name__ == "__main__":
    main()
