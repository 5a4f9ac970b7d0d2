"""Builders of contributions; they need an open unit."""

import itertools
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from consult.contributions.attaching import attach
from consult.contributions.models import Attachment, Channel, Contribution, Kind, State
from consult.contributions.verbs import Row, receive
from consult.foundation import clock
from consult.foundation.files import Incoming, Store
from consult.foundation.text import sanitize
from consult.participants.models import Person
from consult.rounds.models import Round
from tests import servers
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


A_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF\n"


def a_picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), **saved: object) -> bytes:
    """The bytes of a picture."""
    target = BytesIO()
    Image.new("RGB", size, "teal").save(target, kind, **saved)
    return target.getvalue()


def the_store() -> Store:
    """The file store of every site of this test run."""
    return Store(Path(servers.run_folder()) / "files")


def an_attachment(
    contribution: Contribution,
    name: str = "plan.pdf",
    content: bytes = A_PDF,
    *,
    alt: str = "",
    is_public: bool = True,
    incoming: Incoming | None = None,
) -> Attachment:
    """A file that belongs to a contribution, and stands in the store."""
    incoming = incoming or the_store().take(name, BytesIO(content))
    return attach(contribution, incoming, the_platform(), alt=alt, is_public=is_public)
