"""Receiving contributions, one by one and in bulk, and keeping each text that they had."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from uuid import UUID

from consult.audit.verbs import record
from consult.contributions.models import Channel, Contribution, Kind, State, Version
from consult.foundation import text as texts
from consult.foundation.db import add, new_id, session
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump

BATCH = 1000
MAY_CHANGE = ("state", "title", "text", "html", "renderer", "version", "merged_into_id")


@dataclass(frozen=True)
class Row:
    """One contribution of a batch, as a file or a story tells it; `html` is what `sanitize` made of `text`."""

    title: str
    text: str
    html: str
    channel: Channel
    received_at: datetime
    reference: str = ""
    author_id: UUID | None = None
    area_code: str | None = None
    language: str = "nl"
    theme_id: UUID | None = None


def receive(
    subject: Round,
    kind: Kind,
    *,
    title: str,
    text: str,
    html: str,
    author_id: UUID | None,
    actor: Actor,
    channel: Channel = Channel.ONLINE,
    state: State | None = None,
    received_at: datetime | None = None,
    reference: str = "",
    area_code: str | None = None,
    language: str = "nl",
    entered_by_id: UUID | None = None,
) -> Contribution:
    """Take a contribution in, with its first version; whoever calls this records why.

    It waits for a moderator when the round holds what comes in, unless `state` says otherwise.
    """
    new = add(
        Contribution(
            round_id=subject.id,
            kind=kind,
            channel=channel,
            state=state or (State.HELD if subject.holds_first else State.PUBLISHED),
            reference=reference,
            author_id=author_id,
            entered_by_id=entered_by_id,
            title=title,
            text=text,
            html=html,
            renderer=texts.RENDERER,
            language=language,
            area_code=area_code,
            received_at=received_at or actor.arrived_at,
            version=1,
            merged_into_id=None,
        )
    )
    _keep_version(new, new.received_at)
    return new


def rewrite(contribution: Contribution, *, title: str, text: str, html: str, at: datetime) -> Version:
    """Give a contribution a new text and keep it as its next version; whoever calls this holds the row and records."""
    contribution.title, contribution.text, contribution.html = title, text, html
    contribution.renderer = texts.RENDERER
    contribution.version += 1
    return _keep_version(contribution, at)


def hold_rows(*contributions: Contribution) -> None:
    """Lock contributions until the transaction ends and read anew what others may have changed.

    Always in the same order, so that two who hold the same pair wait instead of blocking each other.
    """
    for contribution in sorted(contributions, key=lambda c: c.id):
        session().refresh(contribution, attribute_names=MAY_CHANGE, with_for_update={"key_share": True})


def fingerprint(contribution: Contribution, version: Version) -> str:
    """Return a hash of a text that says nothing without the version's id: the salt goes when the text goes."""
    return sha256(b"|".join((version.id.bytes, contribution.title.encode(), contribution.text.encode()))).hexdigest()


def enter_many(
    subject: Round,
    kind: Kind,
    rows: Sequence[Row],
    actor: Actor,
    state: State = State.PUBLISHED,
    *,
    act: Act = Act.IMPORT,
) -> list[Contribution]:
    """Take many contributions in, with one journal entry for each thousand of them, in the order of `rows`."""
    entered: list[Contribution] = []
    for batch in _batches(rows):
        fresh = [_from_row(subject, kind, row, actor, state) for row in batch]
        session().add_all(fresh)
        session().flush()
        versions = [_first_version(one) for one in fresh]
        session().add_all(versions)
        session().flush()
        whole = sha256("".join(map(fingerprint, fresh, versions)).encode()).hexdigest()
        record(act, actor, subject, kind=kind.value, count=len(fresh), batch=len(entered) // BATCH + 1, texts=whole)
        entered += fresh
    bump(subject.id)
    return entered


def _from_row(subject: Round, kind: Kind, row: Row, actor: Actor, state: State) -> Contribution:
    return Contribution(
        id=new_id(),
        round_id=subject.id,
        kind=kind,
        channel=row.channel,
        state=state,
        reference=row.reference,
        author_id=row.author_id,
        entered_by_id=actor.person_id,
        title=row.title,
        text=row.text,
        html=row.html,
        renderer=texts.RENDERER,
        language=row.language,
        area_code=row.area_code,
        received_at=row.received_at,
        version=1,
        merged_into_id=None,
    )


def _keep_version(contribution: Contribution, at: datetime) -> Version:
    return add(_first_version(contribution, at))


def _first_version(contribution: Contribution, at: datetime | None = None) -> Version:
    return Version(
        id=new_id(),
        contribution_id=contribution.id,
        number=contribution.version,
        title=contribution.title,
        text=contribution.text,
        html=contribution.html,
        written_at=at or contribution.received_at,
    )


def _batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch
