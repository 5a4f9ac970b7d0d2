"""Builders for the reading pages: rounds with many proposals, and a counter of statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event

from consult.contributions.models import Channel, Contribution, Kind, State
from consult.contributions.verbs import Row, enter_many
from consult.foundation import clock
from consult.foundation.db import Database, session
from consult.foundation.text import sanitize
from consult.proposals.models import Argument, Stance
from consult.proposals.verbs import enter_proposals
from consult.rounds.models import Round
from tests.builders import the_platform


def many_proposals(found: Round, count: int, *, area: str | None = None) -> list[Contribution]:
    """Many public proposals at once, each a minute older than the one before, with the first theme."""
    now, html = clock.now(), sanitize("Zet er een **bankje** neer.")
    rows = [
        Row(
            title=f"Voorstel {n:05}",
            text="Zet er een bankje neer.",
            html=html,
            channel=Channel.ONLINE,
            received_at=now - timedelta(minutes=n),
            reference=f"V{n}",
            area_code=area,
            theme_id=found.themes[n % len(found.themes)].id,
        )
        for n in range(count)
    ]
    return enter_proposals(found, rows, the_platform())


def many_arguments(found: Round, proposals: list[Contribution], each: int = 1) -> list[Contribution]:
    """So many public arguments under each proposal."""
    row = Row(title="", text="Goed plan.", html="<p>Goed plan.</p>", channel=Channel.ONLINE, received_at=clock.now())
    given = enter_many(found, Kind.ARGUMENT, [row] * (each * len(proposals)), the_platform(), State.PUBLISHED)
    session().add_all(
        Argument(contribution_id=one.id, proposal_id=proposals[n // each].id, stance=Stance.FOR)
        for n, one in enumerate(given)
    )
    session().flush()
    return given


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Gather the statements that are sent inside the block; opening and ending a transaction is no statement."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
