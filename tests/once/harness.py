"""The ground of the nets: a town that votes, processes of its own, and a judge over what is left."""

import contextlib
import http.client
import multiprocessing
import urllib.parse
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData, UniqueConstraint, func, select

from consult.accounts.verbs import sign_in
from consult.audit.models import Entry
from consult.foundation import clock, forms
from consult.foundation.db import Base, Database, session
from consult.policy import system
from consult.serving import THREADS
from consult.voting.models import Ballot, Choice, Credential, Mark, Poll, Voter
from consult.voting.queries import tally
from consult.voting.results import recount
from tests.builders import a_director_of, an_authority
from tests.once import labour
from tests.once.labour import Conditions, Vote, Walker
from tests.site import SECRET
from tests.voting.builders import a_poll, a_voting_round, options_of, residents

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.once.labour"])
PATIENCE = 60  # seconds after which a process that does not answer is given up


@dataclass(frozen=True)
class Town:
    """A round in which people vote, as processes can be told of it."""

    url: str
    slug: str
    round_id: uuid.UUID
    phase_id: uuid.UUID
    poll_id: uuid.UUID
    options: tuple[uuid.UUID, ...]
    voters: tuple[Walker, ...]
    director: Walker

    def vote(self, voter: int = 0, option: int = 0, choice: Choice = Choice.FOR, at: Any = None) -> Vote:
        """One vote of one of its people."""
        return Vote(self.slug, self.voters[voter], self.options[option], choice, at)


def a_town(database: Database, people: int = 1, proposals: int = 1) -> Town:
    """Found a town: an open poll and people who are signed in."""
    with database.writing():
        an_authority()
        found = a_voting_round()
        poll = a_poll(found, proposals=proposals)
        options = tuple(option.id for option in options_of(poll))
        voters = tuple(_signed_in(p.id, p.account_id) for p in residents(people))
        director = a_director_of(found)
        return Town(
            url=database.url,
            slug=found.slug,
            round_id=found.id,
            phase_id=poll.phase_id,
            poll_id=poll.id,
            options=options,
            voters=voters,
            director=_signed_in(director.person_id, director.account_id),
        )


def _signed_in(person_id: uuid.UUID, account_id: uuid.UUID) -> Walker:
    cookie = sign_in(account_id, system(clock.now()), with_factor=True)
    earlier = forms.sealing.set(forms.Sealing(SECRET.encode(), cookie))
    token = forms.token()
    forms.sealing.reset(earlier)
    return Walker(person_id, account_id, cookie, token)


def without_unique(database: Database) -> None:
    """Make all tables, but with nothing unique in those of votes: the ground of planted bugs."""
    metadata = MetaData()
    for table in Base.metadata.sorted_tables:
        copied = table.to_metadata(metadata)
        if table.name in {"credential", "ballot", "mark"}:
            copied.constraints -= {c for c in copied.constraints if isinstance(c, UniqueConstraint)}
    metadata.create_all(database.engine.execution_options(consult_writes=True))


class Workers:
    """Processes that were started, and what they answer."""

    def __init__(self) -> None:
        self._started: list[tuple[Any, Any]] = []

    def start(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Start a process; returns it."""
        here, there = processes.Pipe(duplex=False)
        process = processes.Process(target=_answer, args=(work, arguments, there), daemon=True)
        process.start()
        there.close()
        self._started.append((process, here))
        return process

    def answers(self) -> list[Any]:
        """Wait for what every process answers; one that failed fails the test."""
        told = []
        for process, here in self._started:
            if not here.poll(PATIENCE):
                raise TimeoutError("a process did not answer")
            kind, answer = here.recv()
            process.join(PATIENCE)
            if kind == "failed":
                raise AssertionError(answer)
            told.append(answer)
        return told

    def end(self) -> None:
        """Kill what still runs."""
        for process, here in self._started:
            if process.is_alive():
                process.kill()
            process.join(PATIENCE)
            here.close()


def _answer(work: Callable[..., Any], arguments: tuple[Any, ...], there: Any) -> None:
    try:
        there.send(("done", work(*arguments)))
    except BaseException as problem:
        there.send(("failed", f"{type(problem).__name__}: {problem}"))
        raise


@contextlib.contextmanager
def working() -> Iterator[Workers]:
    """Processes that are gone at the end of the block."""
    workers = Workers()
    try:
        yield workers
    finally:
        workers.end()


def cast_at_once(conditions: Conditions, votes: Sequence[Vote], count: int = 2) -> list[str]:
    """Cast all votes at one moment, each in a thread of its own, spread over processes; returns the outcomes."""
    gate = processes.Barrier(len(votes))
    with working() as workers:
        for n in range(count):
            share = votes[n::count]
            workers.start(labour.cast_all, conditions, share, len(share), gate)
        return [outcome for told in workers.answers() for outcome in told]


@dataclass(frozen=True)
class Kept:
    """How many rows of each kind are left, and what does not hold."""

    voters: int
    credentials: int
    ballots: int
    marks: int
    changes: int
    entries: int
    counts: tuple[dict[str, int], ...]
    wrong: tuple[str, ...]


def look(database: Database, town: Town) -> Kept:
    """See what is left in a town."""
    with database.reading():

        def number(table: type) -> int:
            return session().scalar(select(func.count()).select_from(table)) or 0

        counted = tally(session().get_one(Poll, town.poll_id))
        return Kept(
            voters=number(Voter),
            credentials=number(Credential),
            ballots=number(Ballot),
            marks=number(Mark),
            changes=session().scalar(select(func.sum(Ballot.changes))) or 0,
            entries=session().scalar(select(func.count()).where(Entry.act == "cast_vote")) or 0,
            counts=tuple(counted[option] for option in town.options),
            wrong=tuple(f"{d.what}: {d.found}, not {d.expected}" for d in recount()),
        )


@contextlib.contextmanager
def served(conditions: Conditions, count: int = 2, threads: int = THREADS) -> Iterator[list[tuple[int, int]]]:
    """Serve the whole app from several processes; gives (port, process id) of each."""
    started = []
    try:
        for _ in range(count):
            here, there = processes.Pipe(duplex=False)
            process = processes.Process(target=labour.serve, args=(conditions, threads, there), daemon=True)
            process.start()
            there.close()
            started.append((process, here))
        ports = []
        for _process, here in started:
            if not here.poll(PATIENCE):
                raise TimeoutError("a server did not start")
            ports.append(here.recv())
        yield ports
    finally:
        for process, here in started:
            process.kill()
            process.join(PATIENCE)
            here.close()


def post(port: int, path: str, voter: Walker, told: dict[str, str], timeout: float = 20) -> tuple[int, str]:
    """Send a form as a browser does; returns status and where it leads to."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("POST", path, *form_of(port, voter, told))
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Location") or ""
    finally:
        connection.close()


def form_of(port: int, voter: Walker, told: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return body and headers of a form."""
    body = urllib.parse.urlencode({"csrf_token": voter.form_token, **told})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"consult={voter.cookie}",
        "Origin": f"http://127.0.0.1:{port}",
    }
    return body, headers
