"""Sending in, my page, looking for the same idea, and a file of 5,000 letters."""

import itertools
import random
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from bench.town import ORIGIN, Town
from consult import migrating
from consult.accounts.models import Account
from consult.contributions.models import Channel, Contribution
from consult.contributions.verbs import Row
from consult.foundation import clock
from consult.foundation.db import Base, Database, session
from consult.foundation.language import local, speaking
from consult.intake import batches
from consult.mandates.verbs import open_round
from consult.opendata import inputs, sheets
from consult.participants.models import Person
from consult.policy import system
from consult.proposals.verbs import enter_proposals
from consult.rounds.models import PhaseKind
from consult.rounds.planning import PhasePlan, ThemePlan, plan_phases, set_themes
from consult.rounds.queries import get_round
from consult.rounds.verbs import RoundText, create_round
from consult.similarity.queries import list_similar
from consult.similarity.verbs import index_missing

LETTERS, ALIKE, OWN = 5_000, 20_000, 500
COPIED = ("contribution", "version", "proposal")
SYLLABLES = "ba de fi go hu ka le mi no pu ra se ti vo wu za bel dor fen gat hol kam lin mos nat pol rus sam".split()


class Collecting:
    """A round of a town that collects proposals, and a resident who sent in a lot."""

    def __init__(self, town: Town) -> None:
        self.town, self.dice = town, random.Random(7)
        self.words = ["".join(self.dice.choices(SYLLABLES, k=3)) for _ in range(6_000)]
        with town.database.writing():
            arrange("verzamelen")
            account = session().scalars(select(Account).where(Account.email == "bewoner@voorbeeld.nl")).one()
            account.confirmed_at = clock.now()
            person = session().scalars(select(Person).where(Person.account_id == account.id)).one()
            made = get_round(system(clock.now()), "verzamelen")
            enter_proposals(made, [self.row(n, person.id) for n in range(OWN)], system(clock.now()))

    def text(self, length: int = 40) -> str:
        """Return words that no two texts share by chance."""
        return " ".join(self.dice.choices(self.words, k=length))

    def row(self, number: int, author_id: Any = None) -> Row:
        """Return a proposal that came in some time ago."""
        text, at = self.text(), clock.now() - timedelta(days=1, minutes=number)
        return Row(self.text(4)[:150], text, f"<p>{text}</p>", Channel.ONLINE, at, author_id=author_id)

    def submit(self) -> None:
        """Send in a proposal as the resident."""
        if next(self._sent) % 8 == 0:
            self._forget("update contribution set received_at = '2026-01-01T00:00:00.000000Z'")
        sent = {"csrf_token": self.town.token, "title": self.text(4)[:150], "text": self.text()}
        answer = self.town.browser.post("/rounds/verzamelen/proposals/new", data=sent, headers={"Origin": ORIGIN})
        assert answer.status_code == 303, answer.text

    _sent = itertools.count()

    def own_page(self) -> None:
        """Look at my page."""
        assert self.town.browser.get("/me").status_code == 200

    def _forget(self, statement: str) -> None:
        with self.town.database.engine.execution_options(consult_writes=True).begin() as connection:
            connection.exec_driver_sql(statement)


def letters(folder: Path) -> tuple[float, float, float]:
    """Enter a file of letters; return the seconds of reading it, of entering it, and of inserting the bare rows."""
    town, dice = Database(f"sqlite:///{folder / 'letters.sqlite'}"), random.Random(3)
    migrating.upgrade(town)
    with town.writing():
        arrange("brieven")
    content = _file(dice)
    begun = time.process_time()
    with speaking("nl"):
        rows = sheets.read("brieven.csv", content)
        with town.reading():
            judged = inputs.judge("brieven.csv", content, rows, inputs.known_of(_round("brieven"), rows))
    assert not judged.wrong, judged.problems[:3]
    read = time.process_time() - begun
    begun = time.process_time()
    with town.writing():
        actor = system(clock.now())
        kept = batches.keep_batch(_round("brieven"), actor, judged)
        batches.confirm_batch(kept, actor, valid_only=False, without_doubles=False)
    inputs.enter_whole(town, kept.id, kept.planned, lambda *_told: None)
    entered = time.process_time() - begun
    return read, entered, _bare(folder, town)


def alike(folder: Path, dice: random.Random) -> tuple[Any, float]:
    """Fill a round with proposals; return how to look for one like them, and the seconds of indexing them all."""
    database = Database(f"sqlite:///{folder / 'alike.sqlite'}")
    migrating.upgrade(database)
    words = ["".join(dice.choices(SYLLABLES, k=3)) for _ in range(9_000)]

    def text(length: int) -> str:
        return " ".join(dice.choices(words, weights=range(len(words), 0, -1), k=length))

    with database.writing():
        made = arrange("alike")
        rows = [
            Row(text(5)[:150], text(30), "<p></p>", Channel.ONLINE, clock.now() - timedelta(seconds=n))
            for n in range(ALIKE)
        ]
        enter_proposals(made, rows, system(clock.now()))
    begun = time.process_time()
    done = 1
    while done:
        with database.writing():
            done = index_missing()
    indexed = time.process_time() - begun
    with database.reading():
        some = session().scalars(select(Contribution).limit(50)).all()
    asked = itertools.cycle([(one.round_id, one.title, one.text) for one in some])

    def look() -> None:
        round_id, title, body = next(asked)
        with database.reading():
            assert list_similar(round_id, system(clock.now()), title, body)

    return look, indexed


def _file(dice: random.Random) -> bytes:
    with speaking("nl"):
        header = inputs.template()[0]
    names = [column.name for column in inputs.COLUMNS]
    day = (local(clock.now()).date() - timedelta(days=2)).isoformat()
    lines = [";".join(header)]
    for number in range(LETTERS):
        words = " ".join("".join(dice.choices(SYLLABLES, k=3)) for _ in range(30))
        told = {"channel": "brief", "received_on": day, "title": f"Voorstel {number}", "text": words}
        lines.append(";".join(told.get(name, "") for name in names))
    return "\n".join(lines).encode()


def _bare(folder: Path, full: Database) -> float:
    """Insert the rows that an import made into an empty database, and return the seconds."""
    tables = [Base.metadata.tables[name] for name in COPIED]
    with full.reading():
        copied = [(table, [dict(row) for row in session().execute(select(table)).mappings()]) for table in tables]
    bare = Database(f"sqlite:///{folder / 'bare-letters.sqlite'}")
    migrating.upgrade(bare)
    with bare.engine.execution_options(consult_writes=True).connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.rollback()
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        begun = time.process_time()
        for table, rows in copied:
            connection.execute(insert(table), rows)
        connection.commit()
        return time.process_time() - begun


def _round(slug: str) -> Any:
    return get_round(system(clock.now()), slug)


def arrange(slug: str) -> Any:
    """Make a round that collects now, in an open unit."""
    actor, today = system(clock.now()), local(clock.now()).date()
    told = RoundText(
        title="Wat wilt u?",
        question="Wat kan er beter?",
        can_influence=["alles"],
        cannot_influence=["niets"],
        decider="de raad",
        holds_first=False,
    )
    made = create_round(slug, told, actor)
    plan_phases(made, [PhasePlan(PhaseKind.COLLECT, "Verzamelen", today - timedelta(9), today + timedelta(9))], actor)
    set_themes(made, [ThemePlan("T1", "Groen"), ThemePlan("T2", "Verkeer")], actor)
    made = get_round(actor, slug)
    open_round(made, system(made.phases[0].opens_at))
    return made
