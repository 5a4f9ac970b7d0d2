"""The desk of a moderator: 20,000 inputs beside 200, in a list and as what a draft still lacks; a theme for 5,000."""

import gc
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from bench.town import Town
from consult import migrating
from consult.accounts.verbs import sign_in
from consult.contributions.models import Contribution
from consult.foundation import clock
from consult.foundation.db import Base, Database, add, new_id, session
from consult.foundation.language import speaking
from consult.participants.verbs import create_person
from consult.policy import Actor, Duty, Role, system
from consult.rounds.queries import get_round
from consult.rounds.verbs import appoint
from consult.synthesis.models import Draft, Outcome, OutcomeKind, Paragraph, Section, SourceLink, Use
from consult.synthesis.queries import coverage
from consult.workbench.models import Bulk, BulkKind
from consult.workbench.verbs import carry_out, plan, undo

CODED = 5_000
SECTIONS, PARAGRAPHS = 10, 30  # of a draft, and in each section
LISTS = (
    ("coding list", "/staff/rounds/wijken/coding"),
    ("coding list, filtered", "/staff/rounds/wijken/coding?show=open&who=nobody&q=voorstel"),
)
Measure = Callable[..., float]


class Desk:
    """A town with so many inputs, and a moderator who looks at them."""

    def __init__(self, folder: Path, inputs: int) -> None:
        self.town = Town(folder, inputs)
        with self.town.database.writing():
            actor = system(clock.now())
            person = create_person("Moderator", "moderator@voorbeeld.nl", Role.MODERATOR, None, actor)
            appoint(self.round, person, Duty.MODERATOR, actor)
            cookie = sign_in(person.account_id, actor, with_factor=True)  # type: ignore[arg-type]
            self.person_id = person.id
        self.town.visitor.set_cookie("consult", cookie)  # from here on the visitor is the moderator

    @property
    def round(self) -> Any:
        return get_round(system(clock.now()), "wijken")

    @property
    def actor(self) -> Actor:
        return Actor(arrived_at=clock.now(), person_id=self.person_id)

    def begin(self) -> Any:
        """Plan a theme for the inputs, in a transaction that is kept."""
        with self.town.database.writing():
            inputs = session().scalars(select(Contribution).limit(CODED)).all()
            return plan(self.round, BulkKind.CODE, {"themes": ["T1"]}, inputs, self.actor).id

    def seconds(self, work: Callable[[Bulk], None], bulk_id: Any) -> float:
        """Return the processor time of something that is done with what was planned."""
        _tidy()
        begun = time.process_time()
        with self.town.database.writing():
            work(session().get_one(Bulk, bulk_id))
        return time.process_time() - begun

    def write(self) -> None:
        """Draft an answer to every input, half of them adopted, and a draft that rests on two of those a paragraph."""
        now = clock.now()
        with self.town.database.writing():
            ids = list(session().scalars(select(Contribution.id)))
            told: dict[str, Any] = {"reason": "Past.", "set_at": now}
            kinds = (OutcomeKind.NOT_ADOPTED, OutcomeKind.ADOPTED)
            answers = [
                {"id": new_id(), "contribution_id": one, "kind": kinds[n % 2], **told} for n, one in enumerate(ids)
            ]
            session().execute(insert(Base.metadata.tables[Outcome.__tablename__]), answers)
            draft, adopted = add(Draft(round_id=self.round.id, number=1, title="Visie", begun_at=now)), iter(ids[1::2])
            for number in range(SECTIONS):
                section = add(Section(draft_id=draft.id, position=number + 1, title="Groen"))
                for place in range(PARAGRAPHS):
                    text = {"text": "Bankjes.", "html": "<p>Bankjes.</p>", "renderer": "1", "version": 1}
                    paragraph = add(Paragraph(section_id=section.id, position=place + 1, **text))
                    used = {"paragraph_id": paragraph.id, "use": Use.ADOPTED}
                    session().add_all(SourceLink(contribution_id=one, **used) for one in islice(adopted, 2))

    def covers(self) -> None:
        """Count what the draft still lacks."""
        with self.town.database.reading():
            assert coverage(self.round.id).paragraphs == SECTIONS * PARAGRAPHS

    def bare(self, folder: Path) -> float:
        """Insert the rows that coding made into an empty database, and return the seconds."""
        tables = [Base.metadata.tables[name] for name in ("code", "entry", "bulk")]
        with self.town.database.reading():
            copied = [(one, [dict(row) for row in session().execute(select(one)).mappings()]) for one in tables]
        copied[1] = (tables[1], [row for row in copied[1][1] if row["act"] in {"code", "do_at_once"}])
        empty = Database(f"sqlite:///{folder / 'bare-codes.sqlite'}")
        migrating.upgrade(empty)
        with empty.engine.execution_options(consult_writes=True).connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF")
            _tidy()
            begun = time.process_time()
            for table, rows in copied:
                connection.execute(insert(table), rows)
            connection.commit()
            return time.process_time() - begun


def _tidy() -> None:
    """Leave what was made before out of the time that collecting rubbish takes."""
    gc.collect()
    gc.freeze()


def show(folder: Path, measure: Measure, few: int = 200, many: int = 20_000) -> None:
    """Print what the desk costs; the last column is times the list of few, or times the bare rows."""
    small, large = Desk(folder, few), Desk(folder, many)
    for words, path in LISTS:
        less = measure(lambda path=path: small.town.read(path), 25)
        cost = measure(lambda path=path: large.town.read(path), 25)
        told = f"{words}, {many:,} inputs, {large.town.statements(path)} statements"
        print(f"{told:<54}{cost:>9.2f}{cost / less:>9.1f}{'≤ 3':>7}")
    small.write()
    large.write()
    less, cost = measure(small.covers, 10), measure(large.covers, 10)
    told = f"what a draft of {SECTIONS * PARAGRAPHS} paragraphs lacks, {many:,} inputs"
    print(f"{told:<54}{cost:>9.2f}{cost / less:>9.1f}")
    with speaking("nl"):
        bulk_id = large.begin()
        done = large.seconds(lambda bulk: carry_out(bulk, large.round, large.actor), bulk_id)
        bare = large.bare(folder)
        gone = large.seconds(lambda bulk: undo(bulk, large.actor), bulk_id)
    print(f"{f'a theme for {CODED:,} inputs at once':<54}{done:>9.2f} s{done / bare:>7.1f}{'≤ 5':>7}")
    print(f"{'taking that back':<54}{gone:>9.2f} s{gone / bare:>7.1f}\n")
