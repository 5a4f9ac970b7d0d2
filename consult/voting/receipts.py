"""Receipts: what a voter keeps of a ballot, found again by its code, and where it stands in the sealed journal."""

import base64
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from consult.audit.merkle import beside, leaf_hash, parts
from consult.audit.merkle import proof as inclusion
from consult.audit.models import Checkpoint
from consult.audit.queries import find_checkpoint, find_places, hashes_of
from consult.audit.verbs import ballot_digest
from consult.contributions.models import Contribution
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.language import N_, Worded, moment
from consult.foundation.language import gettext as _
from consult.policy import Actor
from consult.rounds.models import Round
from consult.voting import rules
from consult.voting.methods import METHODS
from consult.voting.models import Ballot, Mark, Method, Opinion, Option, Poll
from consult.voting.queries import find_own_invalidation, get_poll, own_tag
from consult.voting.rules import CHOICES, ReceiptCode


class Stand(Worded):
    """What became of the ballot that a receipt is about."""

    COUNTS = "counts", N_("This is the ballot as it counts now.")
    INVALID = "invalid", N_("The ballot is here as it was cast, and it does not count.")
    REPLACED = "replaced", N_("The ballot was changed or withdrawn after this receipt was made.")
    UNKNOWN = "unknown", N_("There is no ballot here that belongs to this receipt.")


@dataclass(frozen=True)
class Said:
    """What a ballot says of one option, in words."""

    title: str
    reference: str
    words: str


@dataclass(frozen=True)
class Stamp:
    """One commitment of a ballot, its digest in the journal, and once it is sealed its place there with the proof.

    `about` is what it is a commitment to, where that is one option.
    """

    commitment: str
    digest: bytes
    about: str = ""
    place: int | None = None
    path: Sequence[bytes] = ()


@dataclass(frozen=True)
class Receipt:
    """A receipt with everything that can be told of it; `code` None: the reader has no ballot in the poll.

    `reason` is why two persons decided that the ballot does not count, where that is so.
    """

    poll: Poll
    code: ReceiptCode | None
    stand: Stand = Stand.UNKNOWN
    says: Sequence[Said] = ()
    stamps: Sequence[Stamp] = ()
    checkpoint: Checkpoint | None = None
    reason: str = ""

    @property
    def round_id(self) -> uuid.UUID:
        """The round of the poll."""
        return self.poll.round_id

    @property
    def is_sealed(self) -> bool:
        """Whether every commitment of it stands in the sealed journal."""
        return bool(self.stamps) and all(stamp.place is not None for stamp in self.stamps)


@dataclass(frozen=True)
class _Row:
    """One mark of a ballot."""

    option_id: uuid.UUID
    value: int | None
    counter: int
    salt: bytes | None
    reference: str
    title: str


def get_receipt(actor: Actor, slug: str, poll_id: uuid.UUID, proof: str) -> Receipt:
    """Return the receipt with this code, whoever asks; what the ballot says only while nothing replaced it."""
    poll = get_poll(actor, slug, poll_id)
    try:
        code = rules.read_receipt(proof)
    except rules.Mistyped as problem:
        raise NotFound from problem
    return _found(poll, code, _rows(poll, code.tag))


def get_own_receipt(actor: Actor, slug: str, poll_id: uuid.UUID) -> Receipt:
    """Return the receipt of the actor's own ballot in a poll, as it is now."""
    poll = get_poll(actor, slug, poll_id)
    tag = own_tag(poll, actor)
    rows = _rows(poll, tag) if tag is not None else []
    if tag is None or not rows or (salt := _latest(rows).salt) is None:
        return Receipt(poll, None)
    return _found(poll, ReceiptCode(tag, salt, bytes.fromhex(_commitment(poll, tag, rows))), rows)


def find_poll_of(subject: Round, code: ReceiptCode) -> uuid.UUID | None:
    """Find in which poll of a round the ballot of a receipt is."""
    wanted = select(Ballot.poll_id).join(Poll, Poll.id == Ballot.poll_id)
    return session().scalar(wanted.where(Poll.round_id == subject.id, Ballot.tag == code.tag))


def _rows(poll: Poll, tag: bytes) -> list[_Row]:
    wanted = (
        select(Mark.option_id, Mark.value, Mark.counter, Mark.salt, Option.reference, Contribution)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .join(Option, Option.id == Mark.option_id)
        .join(Contribution, Contribution.id == Option.contribution_id)
        .where(Ballot.poll_id == poll.id, Ballot.tag == tag)
        .order_by(Option.reference)
    )
    return [
        _Row(*row[:5], row[5].title if row[5].is_public else _("This text is not public."))
        for row in session().execute(wanted)
    ]


def _latest(rows: Sequence[_Row]) -> _Row:
    return max(rows, key=lambda row: row.counter)


def _commitment(poll: Poll, tag: bytes, rows: Sequence[_Row]) -> str:
    """Return the commitment to the latest change of a ballot."""
    latest = _latest(rows)
    if METHODS[poll.method].is_whole:
        marks, salt = {row.option_id: row.value for row in rows}, latest.salt or b""
        return rules.ballot_commitment(salt, poll_id=poll.id, ballot_tag=tag, marks=marks, counter=latest.counter)
    return _of_mark(poll, tag, latest)


def _of_mark(poll: Poll, tag: bytes, row: _Row) -> str:
    told = {"poll_id": poll.id, "option_id": row.option_id}
    return rules.commitment(row.salt or b"", ballot_tag=tag, value=row.value, counter=row.counter, **told)


def _found(poll: Poll, code: ReceiptCode, rows: Sequence[_Row]) -> Receipt:
    """Return what is told of a receipt; the ballot is opened for whom knows the salt of its latest change."""
    tag, wanted = code.tag, code.commitment.hex()
    if not rows or _latest(rows).salt != code.salt or _commitment(poll, tag, rows) != wanted:
        stamps, checkpoint = _sealed(poll, tag, {wanted: ""})
        is_known = bool(rows) or stamps[0].place is not None
        return Receipt(poll, code, Stand.REPLACED if is_known else Stand.UNKNOWN, (), stamps, checkpoint)
    of_each = not METHODS[poll.method].is_whole
    told = {_of_mark(poll, tag, row): row.title for row in rows if row.salt} if of_each else {wanted: ""}
    stamps, checkpoint = _sealed(poll, tag, told)
    says = [Said(row.title, row.reference, said(poll.method, row.value)) for row in rows if row.value is not None]
    invalid = find_own_invalidation(poll, tag)
    stand, reason = (Stand.INVALID, invalid.reason) if invalid is not None else (Stand.COUNTS, "")
    return Receipt(poll, code, stand, says, stamps, checkpoint, reason)


def said(method: Method, value: int | None) -> str:
    """Say what a mark means."""
    if method is Method.SUPPORT:
        return CHOICES[value].words
    if method is Method.STATEMENTS:
        return next((opinion for opinion, told in rules.OPINIONS.items() if told == value), Opinion.NONE).words
    if method is Method.RANKING:
        return _("choice %(rank)s", rank=value)
    return _("%(points)s points", points=value) if method is Method.POINTS else _("chosen")


def _sealed(poll: Poll, tag: bytes, commitments: Mapping[str, str]) -> tuple[list[Stamp], Checkpoint | None]:
    """Return the stamps of commitments, with proofs for those that the newest checkpoint covers."""
    stamps = [
        Stamp(one, ballot_digest(poll.id, poll.round_id, tag.hex(), one), about) for one, about in commitments.items()
    ]
    places = find_places([leaf_hash(stamp.digest) for stamp in stamps])
    stamps = [replace(stamp, place=places.get(leaf_hash(stamp.digest))) for stamp in stamps]
    last = find_checkpoint(max(places.values()) + 1) if places else None
    return (stamps if last is None else _proven(stamps, last)), last


def _proven(stamps: Sequence[Stamp], checkpoint: Checkpoint) -> list[Stamp]:
    size = checkpoint.size
    places = [stamp.place for stamp in stamps if stamp.place is not None]
    known = hashes_of({part for place in places for within in beside(place, size) for part in parts(*within)})
    return [
        stamp if stamp.place is None else replace(stamp, path=inclusion(stamp.place, size, known.__getitem__))
        for stamp in stamps
    ]


def as_text(found: Receipt, address: str, at: datetime) -> Iterator[str]:
    """Give the lines of a receipt as a text that can be kept and printed; `address` is where it can be checked."""
    assert found.code is not None
    yield from (_("Receipt of a ballot"), "", found.poll.round.title, found.poll.title, "")
    yield _("Made: %(moment)s", moment=moment(at))
    yield found.stand.words
    if found.reason:
        yield found.reason
    yield from (f"  {one.title} ({one.reference}): {one.words}" for one in found.says)
    yield from ("", _("Check it at:"), address, "")
    yield from (_("Code of this receipt:"), found.code.written, "")
    yield from (_("What follows is for whoever checks it with a program of their own."), "")
    yield f"poll {found.poll.id}"
    yield f"tag {found.code.tag.hex()}"
    yield f"salt {found.code.salt.hex()}"
    for stamp in found.stamps:
        yield from ("", f"commitment {stamp.commitment}", f"digest {stamp.digest.hex()}")
        if stamp.place is None:
            yield _("Not sealed yet: that happens when the poll closes at the latest.")
        elif stamp.path:
            yield f"index {stamp.place}"
            yield from (base64.b64encode(one).decode() for one in stamp.path)
    if found.checkpoint is not None:
        yield from ("", *found.checkpoint.note.splitlines())
