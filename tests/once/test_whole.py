"""Work of several rows is done whole or not at all: it is stopped at every statement, one after the other."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from consult.contributions.models import Contribution
from consult.foundation import clock
from consult.foundation.db import Base, Database, session
from consult.moderation.verbs import merge, publish, split
from consult.policy import system
from consult.rounds.models import Phase
from consult.rounds.verbs import close_phase
from consult.voting import batches
from consult.voting.batches import enter_ballots
from consult.voting.models import Choice, Method, Option
from consult.voting.queries import get_poll
from consult.voting.verbs import create_poll
from tests.builders import the_platform
from tests.once import labour
from tests.once.harness import Town, a_town
from tests.shows import shows
from tests.voting.builders import a_proposal_in

State = dict[str, frozenset[str]]
Work = Callable[[], object]


class Cut(Exception):
    """The work was stopped here."""


def state_of(database: Database) -> State:
    """Read everything that is there."""
    with database.reading() as unit:
        return {
            table.name: frozenset(str(tuple(row)) for row in unit.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def grown(before: State, after: State) -> dict[str, int]:
    """Say of which tables how many rows are new or other than before."""
    return {name: len(rows - before[name]) for name, rows in after.items() if rows != before[name]}


def cut_everywhere(database: Database, work: Work) -> tuple[int, list[int]]:
    """Stop the work at each of its statements; returns how many there are, and where something was left behind."""
    before, left_behind, number = state_of(database), [], 0
    while True:
        number += 1
        if not _cut_at(database, work, number):
            return number - 1, left_behind
        if state_of(database) != before:
            left_behind.append(number)
            before = state_of(database)


def _cut_at(database: Database, work: Work, number: int) -> bool:
    """Do the work, stopped at one of its statements; says whether it came that far."""
    seen = 0

    def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        nonlocal seen
        if statement.startswith("BEGIN"):
            return
        seen += 1
        if seen == number:
            raise Cut

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        database.write(work)
    except Cut:
        return True
    finally:
        event.remove(database.engine, "before_cursor_execute", count)
    return False


def thing(town: Town, option: int) -> Contribution:
    wanted = select(Contribution).join(Option, Option.contribution_id == Contribution.id)
    return session().scalars(wanted.where(Option.id == town.options[option])).one()


def merging(town: Town) -> Work:
    return lambda: merge(thing(town, 0), thing(town, 1), the_platform())


def entering(town: Town) -> Work:
    rows = [(f"v{n}", {town.options[0]: 1, town.options[1]: -1}) for n in range(25)]
    return lambda: enter_ballots(get_poll(the_platform(), town.slug, town.poll_id), rows, the_platform())


def voting(town: Town) -> Work:
    return lambda: labour.cast(town.vote())


def preparing(town: Town) -> Work:
    def work() -> None:
        phase = session().get_one(Phase, town.phase_id)
        found = get_poll(the_platform(), town.slug, town.poll_id).round
        create_poll(found, phase, the_platform(), title="Nog een vraag", method=Method.SUPPORT)

    return work


def finishing(town: Town) -> Work:
    def work() -> None:
        phase = session().get_one(Phase, town.phase_id)
        close_phase(phase, system(clock.now()))

    return work


@pytest.mark.parametrize("of", [merging, entering, voting, preparing])
@shows("R75")
def test_work_that_is_cut_off_at_any_statement_leaves_nothing(empty_database, of, monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 10)  # so that ballots come in three batches
    town = a_town(empty_database, proposals=3)
    empty_database.write(lambda: labour.cast(town.vote(option=1, choice=Choice.AGAINST)))
    work = of(town)
    before = state_of(empty_database)
    statements, left_behind = cut_everywhere(empty_database, work)
    assert statements >= 5
    assert left_behind == []
    assert {"entry"} < grown(before, state_of(empty_database)).keys()  # the last time nothing cut it off


@shows("R75")
def test_a_close_that_is_cut_off_at_any_statement_leaves_the_phase_open(empty_database):
    town = a_town(empty_database)
    with empty_database.reading():
        end = session().get_one(Phase, town.phase_id).closes_at
    with clock.set_to(end + timedelta(minutes=2)):
        statements, left_behind = cut_everywhere(empty_database, finishing(town))
    assert (statements >= 4, left_behind) == (True, [])
    with empty_database.reading():
        assert session().get_one(Phase, town.phase_id).closed_at is not None


@shows("R75")
def test_splitting_and_publishing_that_are_cut_off_leave_nothing(empty_database):
    town = a_town(empty_database, proposals=2)
    empty_database.write(merging(town))
    statements, left_behind = cut_everywhere(empty_database, lambda: split(thing(town, 0), the_platform()))
    assert (statements >= 4, left_behind) == (True, [])

    def publishing() -> None:
        poll = get_poll(the_platform(), town.slug, town.poll_id)
        held = a_proposal_in(poll.round, "Nieuw", state=type(thing(town, 0).state).HELD)
        publish(held, the_platform())

    statements, left_behind = cut_everywhere(empty_database, publishing)
    assert (statements >= 5, left_behind) == (True, [])


def test_this_net_notices_work_that_commits_in_the_middle(empty_database):
    town = a_town(empty_database, proposals=2)

    def work() -> None:
        thing(town, 0).merged_into_id = thing(town, 1).id
        session().commit()
        thing(town, 1).version += 1
        session().flush()

    _statements, left_behind = cut_everywhere(empty_database, work)
    assert left_behind
