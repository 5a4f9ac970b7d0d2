"""Receiving contributions, one by one and in bulk, and keeping each text that they had."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.verbs import record
from consult.contributions import signals
from consult.contributions.models import (
    Channel,
    Contribution,
    Kind,
    Signal,
    SignalKind,
    State,
    Version,
)
from consult.contributions.passages import Said, face, holds, lost
from consult.contributions.queries import (
    count_since,
    has_merged,
    has_waiting,
    is_repeated,
    list_known_addresses,
    list_shared_over,
    whole_of,
)
from consult.foundation import text as texts
from consult.foundation.db import add, insert_of, locked, new_id, session
from consult.foundation.errors import NotNow
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump

BATCH = 1000
MAY_CHANGE = ("state", "title", "text", "html", "renderer", "version", "merged_into_id", "hidden")


@dataclass(frozen=True)
class Row:
    """One contribution of a batch, as a file or a story tells it; `html` is what `renderer` made of `text`."""

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
    renderer: str = texts.RENDERER


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
    organisation_id: UUID | None = None,
) -> Contribution:
    """Take a contribution in, with its first version; whoever calls this records why.

    It waits for a moderator when the round holds what comes in, and when a machine sees something in it that
    somebody should look at; of what staff typed in that is only told. `state` says otherwise. What an
    organisation holds is not looked at: it says who it is, and how to reach it, on purpose.
    """
    seen = set[SignalKind]()
    if state is None and organisation_id is None:
        seen = _look_at(subject.id, kind, f"{title}\n\n{text}", author_id, actor, typed_in=entered_by_id is not None)
    waits = subject.holds_first or (seen and entered_by_id is None)
    new = add(
        Contribution(
            round_id=subject.id,
            kind=kind,
            channel=channel,
            state=state or (State.HELD if waits else State.PUBLISHED),
            reference=reference,
            author_id=author_id,
            organisation_id=organisation_id,
            entered_by_id=entered_by_id,
            title=title,
            text=text,
            html=html,
            renderer=texts.RENDERER,
            hidden=[],
            language=language,
            area_code=area_code,
            received_at=received_at or actor.arrived_at,
            version=1,
            merged_into_id=None,
        )
    )
    _keep_version(new, new.received_at)
    signal(new, seen, actor.arrived_at)
    return new


def look_again(contribution: Contribution, before: Said, actor: Actor) -> None:
    """Have a text that its author changed wait for a moderator when a machine sees something new in it.

    Where moderators read before anything is public, they are told that it changed; it stays where it is.
    Whoever calls this holds the row. Refused while others are joined with it, because those would lose what they
    were joined with.
    """
    now = whole_of(contribution)
    texts_ = f"{now.title}\n\n{now.text}", f"{before.title}\n\n{before.text}"
    seen = signals.new_in(*texts_)
    if SignalKind.EMAIL in seen:
        seen = signals.new_in(*texts_, list_known_addresses(contribution.author_id, contribution.round_id))
    if contribution.is_public and session().get_one(Round, contribution.round_id).holds_first:
        signal(contribution, [SignalKind.ADDED], actor.arrived_at)
    if not seen:
        return
    if has_merged(contribution.id):
        told = ", ".join(sorted(kind.words for kind in seen))
        raise NotNow(_("This holds: %(seen)s. Leave that out, because others were joined with this.", seen=told))
    signal(contribution, seen, actor.arrived_at)
    if contribution.is_public:
        contribution.state = State.HELD


def _look_at(
    round_id: UUID, kind: Kind, text: str, author_id: UUID | None, actor: Actor, *, typed_in: bool
) -> set[SignalKind]:
    seen = signals.seen_in(text)
    if SignalKind.EMAIL in seen:
        seen = signals.seen_in(text, list_known_addresses(author_id, round_id))
    _title, _break, body = text.partition("\n\n")
    if len(body) >= signals.LONG and is_repeated(round_id, body):
        seen.add(SignalKind.REPEATED)
    if author_id is not None and not typed_in and kind in signals.MANY:
        lately = count_since(author_id, kind, actor.arrived_at - signals.STRETCH)
        seen |= {SignalKind.MANY} if lately >= signals.MANY[kind] else set()
    return seen


def signal(contribution: Contribution, seen: Iterable[SignalKind], at: datetime) -> None:
    """Write down what a machine saw, or that something changed; what stands there already stays."""
    rows = [{"id": new_id(), "contribution_id": contribution.id, "kind": kind, "found_at": at} for kind in sorted(seen)]
    if rows:
        session().execute(insert_of(Signal).values(rows).on_conflict_do_nothing())


def rewrite(contribution: Contribution, *, title: str, text: str, html: str, at: datetime) -> Version:
    """Give a contribution a new text and keep it as its next version; whoever calls this holds the row and records.

    Passages that moderators took away stay away where they still stand. Where one no longer does, word by
    word, what came instead may say the same: it waits for a moderator. Refused then while others are joined
    with it, because those would lose what they were joined with.
    """
    said = Said(title, text, html)
    is_lost = bool(contribution.hidden and lost(contribution.hidden, whole_of(contribution), said))
    if is_lost and has_merged(contribution.id):
        raise NotNow(_("Leave the part that was taken away as it is, because others were joined with this. Or ask us."))
    contribution.title, contribution.text, contribution.html = title, text, html
    contribution.renderer = texts.RENDERER
    contribution.version += 1
    kept = _keep_version(contribution, at)
    if is_lost and contribution.is_public:
        contribution.state = State.HELD
        signal(contribution, [SignalKind.REWORDED], at)
    cover(contribution, contribution.hidden, at)
    return kept


def cover(contribution: Contribution, passages: Sequence[str], at: datetime) -> None:
    """Let readers get a contribution without these passages; whoever calls this holds the row and records.

    A shared text that holds one of them is shown no longer.
    """
    end_shared(contribution, at, holding=passages)
    if not (passages or contribution.hidden):
        return
    whole = whole_of(contribution)
    contribution.hidden = list(passages)
    shown = face(whole, contribution)
    contribution.title, contribution.text, contribution.html = shown.title, shown.text, shown.html


def end_shared(contribution: Contribution, at: datetime, *, holding: Sequence[str] | None = None) -> None:
    """Show no longer what a contribution says together with others; `holding`: only where it holds these passages.

    That is its own shared text and those of what replaces it. They are kept.
    """
    if holding is not None and not holding:
        return
    for shared in list_shared_over(contribution.id):
        if holding is None or any(holds(shared.text, passage) for passage in holding):
            shared.ended_at = at
    session().flush()


def clear_signals(contribution: Contribution, at: datetime, *kinds: SignalKind) -> int:
    """Say that a person looked at what a machine saw in a contribution, all or these kinds; returns how much.

    Where a file still waits, it goes on asking to look at what was added.
    """
    of = Signal.kind.in_(kinds or list(SignalKind))
    standing = (Signal.contribution_id == contribution.id, Signal.cleared_at.is_(None), of)
    cleared: Any = session().execute(update(Signal).where(*standing).values(cleared_at=at))
    if not kinds and has_waiting(contribution.id):
        signal(contribution, [SignalKind.ADDED], at)
    return int(cleared.rowcount)


def hold_rows(*contributions: Contribution) -> None:
    """Lock contributions until the transaction ends and read anew what others may have changed.

    Always in the same order, so that two who hold the same pair wait instead of blocking each other. One
    statement for a thousand.
    """
    session().flush()  # reading anew forgets what was not sent yet
    by_id = {one.id: one for one in contributions}
    columns = [getattr(Contribution, name) for name in ("id", *MAY_CHANGE)]
    ids = sorted(by_id)
    for first in range(0, len(ids), BATCH):
        wanted = select(*columns).where(Contribution.id.in_(ids[first : first + BATCH])).order_by(Contribution.id)
        for one, *values in session().execute(locked(wanted)):
            for name, value in zip(MAY_CHANGE, values, strict=True):
                set_committed_value(by_id[one], name, value)


def fingerprint(version: Version) -> str:
    """Return a hash of a text that says nothing without the version's id: the salt goes when the text goes."""
    return _fingerprint(version.id, version.title, version.text)


def _fingerprint(version_id: UUID, title: str, text: str) -> str:
    return sha256(b"|".join((version_id.bytes, title.encode(), text.encode()))).hexdigest()


def enter_many(
    subject: Round,
    kind: Kind,
    rows: Sequence[Row],
    actor: Actor,
    state: State = State.PUBLISHED,
    *,
    act: Act = Act.IMPORT,
    **facts: object,
) -> list[Contribution]:
    """Take many contributions in, with one journal entry for each thousand of them, in the order of `rows`."""
    entered: list[Contribution] = []
    for batch in _batches(rows):
        fresh = [_from_row(subject, kind, row, actor, state) for row in batch]
        session().execute(insert(Contribution), fresh)
        versions = [
            {"id": new_id(), "contribution_id": one["id"], "number": 1, "written_at": one["received_at"]}
            | {name: one[name] for name in ("title", "text", "html")}
            for one in fresh
        ]
        session().execute(insert(Version), versions)
        texts_of = (_fingerprint(one["id"], one["title"], one["text"]) for one in versions)
        whole = sha256("".join(texts_of).encode()).hexdigest()
        told = {"kind": kind.value, "count": len(fresh), "batch": len(entered) // BATCH + 1, "texts": whole}
        record(act, actor, subject, **told | facts)
        entered += _loaded([one["id"] for one in fresh])
    bump(subject.id)
    return entered


def _from_row(subject: Round, kind: Kind, row: Row, actor: Actor, state: State) -> dict[str, Any]:
    return {
        "id": new_id(),
        "round_id": subject.id,
        "kind": kind,
        "channel": row.channel,
        "state": state,
        "reference": row.reference,
        "author_id": row.author_id,
        "entered_by_id": actor.person_id,
        "title": row.title,
        "text": row.text,
        "html": row.html,
        "renderer": row.renderer,
        "language": row.language,
        "area_code": row.area_code,
        "received_at": row.received_at,
        "hidden": [],
        "version": 1,
        "merged_into_id": None,
    }


def _loaded(ids: Sequence[UUID]) -> list[Contribution]:
    found = {one.id: one for one in session().scalars(select(Contribution).where(Contribution.id.in_(ids)))}
    return [found[one] for one in ids]


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
