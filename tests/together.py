"""Several people at the same moment, each in a thread and a transaction of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

from consult.foundation.db import Database
from consult.foundation.errors import Conflict, TooMany


def at_once(database: Database, *works: Callable[[], Callable[[], object]]) -> list[bool]:
    """Run each work in a transaction of its own, begun together; say of each whether it was kept.

    A work loads what it needs and returns the step itself; on PostgreSQL all have loaded before any steps.
    """
    inside = not database.is_sqlite  # one writer at a time: there they can only line up before it
    before, gate = Barrier(len(works)), Barrier(len(works))

    def run(work: Callable[[], Callable[[], object]]) -> bool:
        tries = count()

        def carry_out() -> None:
            ready = work()
            if inside and next(tries) == 0:  # a retry comes alone
                gate.wait(timeout=20)
            ready()

        before.wait(timeout=20)
        try:
            database.write(carry_out)
        except (Conflict, TooMany):
            return False
        return True

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
