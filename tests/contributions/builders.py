"""Builders of contributions; they need an open unit."""

import itertools
from datetime import timedelta

from consult.contributions.models import Channel, Contribution, Kind, State
from consult.contributions.verbs import Row, receive
from consult.foundation import clock
from consult.foundation.text import sanitize
from consult.participants.models import Person
from consult.rounds.models import Round
from tests.builders import the_platform

_numbers = itertools.count(1)


def a_contribution(
    found: Round,
    author: Person | None = None,
    *,
    kind: Kind = Kind.PROPOSAL,
    state: State = State.PUBLISHED,
    title: str = "",
    text: str = "Zet een bankje bij de vijver.",
    channel: Channel = Channel.ONLINE,
    reference: str = "",
) -> Contribution:
    """Something that somebody brought into a round, each a second later than the one before."""
    number = next(_numbers)
    return receive(
        found,
        kind,
        title=title or f"Bankjes {number}",
        text=text,
        html=sanitize(text),
        author_id=author.id if author else None,
        actor=the_platform(),
        state=state,
        channel=channel,
        reference=reference,
        received_at=clock.now() - timedelta(hours=2) + timedelta(seconds=number),
    )


def rows(number: int) -> list[Row]:
    """So many rows of a batch, numbered by their reference."""
    at = clock.now()
    return [Row(f"Idee {n}", f"Tekst {n}", f"<p>Tekst {n}</p>", Channel.PAPER, at, str(n)) for n in range(number)]
