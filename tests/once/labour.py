"""What the processes of the nets do: many threads that vote at one moment, and servers that can be killed.

Beside each right way stand the wrong ones that the nets must notice: bugs planted on purpose.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, insert, select, update
from sqlalchemy.exc import TimeoutError as Busy
from sqlalchemy.orm import Session, configure_mappers
from waitress import create_server

from consult.foundation import clock, db, forms, language
from consult.foundation.db import Database, new_id, session
from consult.policy import Actor, Role
from consult.rounds import rules as round_rules
from consult.rounds import verbs as rounds
from consult.rounds.models import Phase
from consult.voting import verbs
from consult.voting.models import Ballot, Choice, Credential, Mark, Poll, Voter
from consult.voting.queries import find_voter_id, get_option
from tests.site import app_of, settings_for

# once, before processes are forked from the one that holds this
configure_mappers()
language.catalogue("nl")

# --- databases, right and wrong ---


class PlainBegin(Database):
    """Planted: on SQLite each transaction begins as a reader and becomes a writer later."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._writing = self.engine


class Legacy(Database):
    """Planted: on SQLite the driver begins by itself, so what is read before the first write is not protected."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        if self.is_sqlite:
            event.remove(self.engine, "connect", db._prepare_sqlite)
            event.remove(self.engine, "begin", db._begin_sqlite)
            event.listen(self.engine, "connect", _only_wait)


def _only_wait(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA busy_timeout=15000")
    connection.execute("PRAGMA synchronous=OFF")


class Normal(Database):
    """Planted: SQLite syncs only now and then, so a power cut takes the last commits away."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        event.listen(self.engine, "connect", lambda connection, _r: connection.execute("PRAGMA synchronous=NORMAL"))


class Hasty(Database):
    """Planted: answers first and commits a moment later."""

    def write(self, work: Callable[[], Any]) -> Any:
        unit = Session(self._writing, expire_on_commit=False)
        token = db._current.set(unit)
        try:
            answer = work()
            unit.flush()
        except BaseException:
            unit.close()
            raise
        finally:
            db._current.reset(token)
        threading.Thread(target=_commit_later, args=(unit,)).start()
        return answer


def _commit_later(unit: Session) -> None:
    time.sleep(0.15)
    unit.commit()
    unit.close()


DATABASES: dict[str, type[Database]] = {
    "ours": Database,
    "plain begin": PlainBegin,
    "legacy": Legacy,
    "normal": Normal,
    "hasty": Hasty,
}


# --- verbs, wrong ---


def plant(bug: str) -> None:
    """Put a wrong piece of code in the place of the right one, in this process alone."""
    if bug == "check, then insert":
        verbs.own_voter, verbs.change_ballot, verbs._set_mark = _own_voter, _change_ballot, _set_mark
    elif bug == "up to and at the end":
        round_rules.takes = _takes_at_the_end
    elif bug == "no lock on the phase":
        verbs.hold_phase = rounds.hold_phase = round_rules.judge
    elif bug == "key not kept":
        forms.first_use = lambda _owner, _key: forms.FormKey()
    elif bug:
        raise ValueError(bug)


def _own_voter(poll: Poll, key: bytes, actor: Actor) -> uuid.UUID:
    known = find_voter_id(poll, actor)
    time.sleep(0.02)
    if known is None:
        known = new_id()
        own = verbs.rules.credential_hash(key, "account", str(actor.account_id))
        session().execute(insert(Voter).values(id=known, round_id=poll.round_id))
        session().execute(insert(Credential).values(round_id=poll.round_id, hash=own, voter_id=known))
    return known


def _change_ballot(poll: Poll, tag: bytes, _voter_id: uuid.UUID, _actor: Actor, _network: Any) -> tuple[uuid.UUID, int]:
    wanted = select(Ballot.id, Ballot.changes).where(Ballot.poll_id == poll.id, Ballot.tag == tag)
    found = session().execute(wanted).first()
    time.sleep(0.02)
    if found is not None:
        session().execute(update(Ballot).where(Ballot.id == found.id).values(changes=found.changes + 1))
        return found.id, found.changes + 1
    made = new_id()
    session().execute(insert(Ballot).values(id=made, poll_id=poll.id, tag=tag))
    return made, 1


def _set_mark(ballot_id: uuid.UUID, option_id: uuid.UUID, **told: Any) -> None:
    wanted = select(Mark.id).where(Mark.ballot_id == ballot_id, Mark.option_id == option_id)
    found = session().scalar(wanted)
    time.sleep(0.02)
    if found is not None:
        session().execute(update(Mark).where(Mark.id == found).values(**told))
    else:
        session().execute(insert(Mark).values(ballot_id=ballot_id, option_id=option_id, **told))


def _takes_at_the_end(phase: Phase, at: datetime) -> bool:
    return (
        phase.closed_at is None
        and phase.closing_at is None
        and phase.cleared_at is not None
        and phase.opens_at <= at <= phase.closes_at
    )


# --- voting ---


@dataclass(frozen=True)
class Walker:
    """Somebody who votes, as a request knows them; cookie and form token for those who come over HTTP."""

    person_id: uuid.UUID
    account_id: uuid.UUID
    cookie: str = ""
    form_token: str = ""

    def acting(self, at: datetime | None = None) -> Actor:
        """The actor that the door would name."""
        return Actor(
            arrived_at=at or clock.now(),
            person_id=self.person_id,
            account_id=self.account_id,
            role=Role.RESIDENT,
            is_confirmed=True,
        )


@dataclass(frozen=True)
class Vote:
    """One vote to be cast, at a moment or now."""

    slug: str
    voter: Walker
    option_id: uuid.UUID
    choice: Choice
    at: datetime | None = None


@dataclass(frozen=True)
class Conditions:
    """Where and with which code something is done."""

    url: str
    bug: str = ""
    database: str = "ours"

    def open(self) -> Database:
        """Open the database, with the planted bug where there is one."""
        plant(self.bug)
        return DATABASES[self.database](self.url)


def cast(vote: Vote) -> None:
    """Cast one vote in the unit that is open."""
    actor = vote.voter.acting(vote.at)
    verbs.cast_support(get_option(actor, vote.slug, vote.option_id), actor, vote.choice)


def cast_all(conditions: Conditions, votes: Sequence[Vote], threads: int, gate: Any) -> list[str]:
    """Cast votes in threads that all begin at the same moment; returns for each vote "kept" or what refused it."""
    database = conditions.open()

    def one(mine: Sequence[Vote]) -> list[str]:
        gate.wait(30)
        return [outcome_of(database, vote) for vote in mine]

    with ThreadPoolExecutor(threads) as pool:
        shares = [votes[n::threads] for n in range(threads)]
        told = list(pool.map(one, shares))
    database.dispose()
    return [outcome for share in told for outcome in share]


def outcome_of(database: Database, vote: Vote) -> str:
    """Cast one vote in a transaction of its own; returns "kept" or the kind of refusal.

    Where the server would answer "busy, try again" (more threads than connections), it is tried again.
    """
    for _attempt in range(10):
        try:
            database.write(lambda: cast(vote))
        except Busy:
            continue
        except Exception as problem:  # the kind of problem is what the net looks at
            return type(problem).__name__
        return "kept"
    return "Busy"


def cast_until(conditions: Conditions, votes: Sequence[Vote], begun: Any, stop: Any) -> list[str]:
    """Cast votes over and over until told to stop; returns the outcomes."""
    database = conditions.open()
    told: list[str] = []
    while not stop.is_set():
        for vote in votes:
            told.append(outcome_of(database, vote))
            begun.set()
    database.dispose()
    return told


def cast_with_a_pause(conditions: Conditions, vote: Vote, where: str, there: Any, go: Any) -> str:
    """Cast a vote, but stand still at a point: after the phase is held, or before the commit."""
    database = conditions.open()
    held = verbs.hold_phase

    def hold_and_wait(phase: Phase, at: datetime) -> None:
        held(phase, at)
        there.set()
        go.wait(20)

    def work() -> None:
        cast(vote)
        session().flush()
        if where == "before commit":
            there.set()
            go.wait(20)

    if where == "after hold":
        verbs.hold_phase = hold_and_wait
    try:
        database.write(work)
    except Exception as problem:
        return type(problem).__name__
    finally:
        database.dispose()
    return "kept"


def close_by_hand(conditions: Conditions, phase_id: uuid.UUID, where: str, there: Any, go: Any) -> str:
    """Close a phase by hand as staff do, in two transactions; stand still before the last commit when asked."""
    database = conditions.open()

    def last() -> None:
        rounds.close_phase(session().get_one(Phase, phase_id), Actor(arrived_at=clock.now(), is_system=True))
        session().flush()
        if where == "before commit":
            there.set()
            go.wait(20)

    try:
        database.write(
            lambda: rounds.begin_closing(
                session().get_one(Phase, phase_id), Actor(arrived_at=clock.now(), is_system=True)
            )
        )
        database.write(last)
    except Exception as problem:
        return type(problem).__name__
    finally:
        database.dispose()
    return "closed"


def fill_up(conditions: Conditions, limit: int, threads: int, gate: Any) -> list[str]:
    """Add rows to a table as long as it holds fewer than `limit`: each thread looks, then adds."""
    database = conditions.open()

    def look_and_add() -> str:
        held = session().connection().exec_driver_sql("select count(*) from cup").scalar_one()
        time.sleep(0.001)
        if held >= limit:
            return "full"
        session().connection().exec_driver_sql("insert into cup values (1)")
        return "added"

    def one(_number: int) -> list[str]:
        gate.wait(30)
        told = []
        for _ in range(limit):
            try:
                told.append(database.write(look_and_add))
            except Exception as problem:
                told.append(type(problem).__name__)
            if told[-1] == "full":
                break
        return told

    with ThreadPoolExecutor(threads) as pool:
        told = list(pool.map(one, range(threads)))
    database.dispose()
    return [outcome for share in told for outcome in share]


# --- servers ---


def serve(conditions: Conditions, threads: int, port: Any) -> None:
    """Serve the whole app until killed; sends the port on which it listens."""
    database = conditions.open()
    app = app_of(settings_for(database, base_url="http://127.0.0.1"), database)
    app.config["HOSTS"] = _AnyPort()
    server = create_server(app, host="127.0.0.1", port=0, threads=threads, asyncore_use_poll=True)
    port.send((server.effective_port, os.getpid()))
    port.close()
    server.run()


class _AnyPort:
    """Answers on whatever port the system gave."""

    def __contains__(self, host: str) -> bool:
        return host.startswith("127.0.0.1:")
