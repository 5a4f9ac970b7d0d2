"""Sealing the journal, handing over the ballots of a poll, counting them again from that file, and a large tally."""

import secrets
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from consult import migrating
from consult.audit.sealing import judge, seal_next, set_checkpoint
from consult.audit.verbs import record_many
from consult.foundation import clock
from consult.foundation.db import Base, Database, new_id, session
from consult.foundation.language import local
from consult.mandates.verbs import open_round
from consult.opendata import bundle, checking
from consult.policy import Act, system
from consult.rounds.models import PhaseKind
from consult.rounds.planning import PhasePlan, ThemePlan, plan_phases, set_themes
from consult.rounds.queries import get_round
from consult.rounds.verbs import RoundText, create_round
from consult.voting import rules
from consult.voting.ballots import Plan, set_up_poll
from consult.voting.closing import close_poll
from consult.voting.methods import METHODS, quiet
from consult.voting.models import Method, Option
from consult.voting.outcomes import keep_outcome, read_profile
from consult.voting.queries import count_ballots, get_poll, tally
from consult.voting.results import results_of

BALLOTS, LARGE, OPTIONS, CHOSEN = 100_000, 1_000_000, 10, 3
BATCH = 10_000


class Polled:
    """An installation with one poll over ten plans, of the method that is given."""

    def __init__(self, folder: Path, name: str, method: Method, **parameters: Any) -> None:
        self.path = folder / f"{name}.sqlite"
        self.path.unlink(missing_ok=True)
        self.database = Database(f"sqlite:///{self.path}")
        migrating.upgrade(self.database)
        actor, today = system(clock.now()), local(clock.now()).date()
        text = RoundText(
            title="Wijken", question="Wat?", can_influence=["a"], cannot_influence=["b"], decider="de raad"
        )
        with self.database.writing():
            made = create_round("wijken", text, actor)
            plan_phases(made, [PhasePlan(PhaseKind.PRIORITISE, "Kiezen", today, today)], actor)
            set_themes(made, [ThemePlan("T1", "Groen")], actor)
            made = get_round(actor, "wijken")
            open_round(made, system(made.phases[0].opens_at))
            plans = [Plan(f"Plan {n}", 1000_00 * n) for n in range(1, OPTIONS + 1)]
            told = {"title": "Wat kiest u?", "method": method, "parameters": parameters, "plans": plans}
            self.poll_id = set_up_poll(made, made.phases[0], actor, **told).id
            wanted = session().query(Option.id).filter_by(poll_id=self.poll_id)
            self.options = [option_id for (option_id,) in wanted]

    @property
    def poll(self) -> Any:
        return get_poll(system(clock.now()), "wijken", self.poll_id)

    def vote(self, ballots: int) -> None:
        """Let so many cast a whole ballot, each with its entry in the journal."""
        for _ in range(0, ballots, BATCH):
            with self.database.writing():
                poll = self.poll
                rows = [self._cast(poll) for _ in range(min(BATCH, ballots))]
                for name, place in (("ballot", 0), ("mark", 1)):
                    told = [one for row in rows for one in row[place]]
                    session().execute(insert(Base.metadata.tables[name]), told)
                record_many(Act.CAST_VOTE, None, ((poll, row[2]) for row in rows))

    def _cast(self, poll: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, str]]:
        tag, salt, ballot_id = secrets.token_bytes(32), secrets.token_bytes(32), new_id()
        dice = secrets.SystemRandom()
        marks = {one: rank for rank, one in enumerate(dice.sample(self.options, CHOSEN), 1)}
        known = rules.ballot_commitment(salt, poll_id=poll.id, ballot_tag=tag, marks=marks, counter=1)
        ballot = {"id": ballot_id, "poll_id": poll.id, "tag": tag, "changes": 1, "minute": 0, "in_minute": 0}
        said = {"ballot_id": ballot_id, "counter": 1, "salt": salt}
        told = [{"id": new_id(), "option_id": one, "value": value, **said} for one, value in marks.items()]
        return [ballot], told, {"tag": tag.hex(), "commitment": known}

    def fill(self, ballots: int) -> None:
        """Put marks of so many ballots straight into the tables, for a tally."""
        raw = sqlite3.connect(self.path)
        raw.executescript("pragma synchronous=off; pragma cache_size=-400000")
        names = [one.hex for one in self.options]
        for number in range(0, ballots, BATCH):
            rows = [(uuid.uuid4().hex, secrets.token_bytes(32)) for _ in range(min(BATCH, ballots - number))]
            raw.executemany(
                f"insert into ballot (id, poll_id, tag, changes, minute, in_minute) "
                f"values (?, '{self.poll_id.hex}', ?, 1, 0, 0)", rows
            )  # fmt: skip
            raw.executemany(
                "insert into mark (id, ballot_id, option_id, value, counter) values (?, ?, ?, 1, 1)",
                self._marks(rows, names, number),
            )
            raw.commit()
        raw.close()

    def _marks(self, rows: list[tuple[str, bytes]], names: list[str], start: int) -> Iterator[tuple[str, str, str]]:
        for number, (ballot_id, _tag) in enumerate(rows, start):
            for step in range(CHOSEN):
                yield uuid.uuid4().hex, ballot_id, names[(number * 7 + step * 3) % OPTIONS]


def timed(work: Callable[[], object]) -> float:
    """Return the processor time of something in seconds."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def show(folder: Path, ballots: int = BALLOTS, large: int = LARGE) -> None:
    """Print what sealing, checking and counting cost, in seconds."""
    made = Polled(folder, "sealed", Method.RANKING, rule="schulze")
    made.vote(ballots)
    _print(f"sealing {ballots:,} votes", timed(lambda: _sealed(made.database)))
    with made.database.reading():
        _print("building that tree again: consult audit verify", timed(judge))
    path = folder / "bundle.zip"
    _close(made)
    with made.database.reading(), path.open("wb") as target:
        _print("writing their bundle", timed(lambda: bundle.write(target, made.poll.round, [made.poll])))
    _print(f"consult verify of {ballots:,} ballots", timed(lambda: checking.check(path)), "≤ 30")
    counted = Polled(folder, "tallied", Method.APPROVAL, seats=3)
    counted.fill(large)
    with counted.database.reading():
        poll = counted.poll
        _print(f"tally of {large:,} ballots over {OPTIONS} options", timed(lambda: tally(poll)), "≤ 5")
        _print("counting those ballots", timed(lambda: _count(poll)))
    print()


def _count(poll: Any) -> None:
    assert sum(one["votes"] for one in tally(poll).values()) == CHOSEN * count_ballots([poll.id])[poll.id]


def _sealed(database: Database) -> None:
    while database.write(lambda: seal_next(lambda polls: polls)):
        pass
    database.write(lambda: set_checkpoint("localhost/record", None, is_due=True))


def _close(made: Polled) -> None:
    with made.database.writing():
        poll = made.poll
        poll.phase.closed_at = clock.now()
        session().flush()
        profile = read_profile(poll)
        keep_outcome(poll, profile, METHODS[poll.method].outcomes(profile, quiet), system(clock.now()))
        (result,) = results_of(poll.round)
        close_poll(poll, result, system(clock.now()))
    _sealed(made.database)


def _print(words: str, seconds: float, must: str = "") -> None:
    print(f"{words:<54}{seconds:>9.2f} s{must:>7}", flush=True)
