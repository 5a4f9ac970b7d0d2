"""Pure decisions about gates: what may be signed by whom, when a phase may start, and how long each gate took."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from consult.audit.models import Entry
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import gettext as _
from consult.mandates.models import RELEASES, Cause, Gate, GateKind, Side, SignOff
from consult.policy import Act, Actor, Duty
from consult.rounds.models import Appointment, Phase, PhaseKind


@dataclass(frozen=True)
class Document:
    """What is signed at a gate: its number, where there are several, and SHA-256 over all that is in it."""

    name: str
    digest: str


@dataclass(frozen=True)
class Lack:
    """Something that keeps a gate shut: in words, the name of a list, and what of that list lacks."""

    words: str
    list: str
    of: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many lack."""
        return len(self.of)

    @property
    def names(self) -> frozenset[str]:
        """What lacks, each by a name of its own."""
        return frozenset(f"{self.list}:{one}" for one in self.of)


def digest_of(parts: Any) -> str:
    """Return SHA-256, in hexadecimal, over the canonical JSON of plain values."""
    told = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return sha256(told.encode()).hexdigest()


def gate_of(kind: PhaseKind) -> GateKind | None:
    """Return which gate lets a phase start; None for one that starts with the round."""
    return next((gate for gate, kinds in RELEASES.items() if kind in kinds), None)


def holds_back(kind: GateKind, phases: Iterable[Phase]) -> bool:
    """Say whether a round with these phases waits for a gate: P0 always, P5 only where something is decided."""
    kinds = {phase.kind for phase in phases}
    if kind is GateKind.P5 and PhaseKind.DECIDE not in kinds:
        return False
    return kind is GateKind.P0 or bool(RELEASES[kind] & kinds)


def to_sign(gate: Gate, document: Document) -> str:
    """Return what a sign-off is given on: the document, and what is lacking with the reason why that is accepted."""
    if not gate.override_reason:
        return document.digest
    return digest_of([document.digest, gate.override_reason, sorted(gate.override_covers)])


def standing(sign_offs: Iterable[SignOff]) -> dict[Side, SignOff]:
    """Return the sign-off of each side that counts now."""
    return {one.side: one for one in sign_offs if one.voided_at is None}


def judge_open(gate: Gate) -> None:
    """Refuse every change at a gate that is behind us."""
    if gate.started_at is not None:
        raise NotNow(_("%(gate)s was passed and what follows has begun, so it stays as it is.", gate=gate.kind.code))


def judge_signature(
    gate: Gate, side: Side, actor: Actor, signed: dict[Side, SignOff], document: Document | None, lacks: Sequence[Lack]
) -> None:
    """Refuse to sign for somebody else's side, for both sides, twice, without a document, and while something lacks."""
    judge_open(gate)
    if side.duty not in actor.duties.get(gate.round_id, frozenset()):
        raise NotAllowed(_("For this side only the %(duty)s of this round signs.", duty=side.duty.words))
    if side in signed:
        raise Conflict(_("This side has signed already. Look at the page again."))
    if any(one.person_id == actor.person_id for one in signed.values()):
        raise NotAllowed(_("You signed for the other side. Somebody else must sign for this one."))
    if document is None:
        raise NotNow(_("There is nothing to sign yet."))
    judge_lacks(gate, lacks)


def accepts(gate: Gate | None, *names: str) -> bool:
    """Say whether a reason was given at a gate to pass it although exactly these are lacking: names of a `Lack`."""
    return gate is not None and bool(gate.override_reason) and set(names) <= set(gate.override_covers)


def unaccepted(gate: Gate, lacks: Iterable[Lack]) -> list[Lack]:
    """Return what lacks at a gate and was not accepted with a reason."""
    return [one for one in lacks if not accepts(gate, *one.names)]


def judge_lacks(gate: Gate, lacks: Sequence[Lack]) -> None:
    """Refuse while something lacks at a gate, unless the director accepted exactly that with a reason."""
    found = unaccepted(gate, lacks)
    if found:
        told = [_("%(gate)s cannot be signed yet.", gate=gate.kind.code), *(one.words for one in found)]
        if gate.override_reason:
            told.append(_("The reason to go on all the same was given for less than lacks now."))
        raise NotNow(" ".join(told))


def judge_start(gate: Gate, earlier: Iterable[Gate], phases: Sequence[Phase]) -> None:
    """Refuse to start what a gate lets start before both sides signed and what earlier gates let start has begun.

    An earlier gate that holds nothing back in a round with these phases is not waited for.
    """
    judge_open(gate)
    if gate.passed_at is None:
        told = _("%(gate)s is shut: board and civil service must both sign first.", gate=gate.kind.code)
        raise NotNow(told)
    waits = (one for one in earlier if one.started_at is None and holds_back(one.kind, phases))
    before = next(waits, None)
    if before is not None:
        raise NotNow(_("First what follows %(gate)s must begin.", gate=before.kind.code))


# --- how a round is staffed ---

# Without these nobody decides, prepares, or answers for personal data (AVG 5, second paragraph).
REQUIRED = (Duty.BOARD_SPONSOR, Duty.OFFICIAL_SPONSOR, Duty.DIRECTOR, Duty.PRIVACY_CONTACT)


@dataclass(frozen=True)
class Seat:
    """One duty of a round with the names of who has it and who stands in, and its hours a week."""

    duty: Duty
    holders: Sequence[str]
    deputies: Sequence[str]
    wanted: int | None
    given: int | None

    @property
    def is_required(self) -> bool:
        """Whether the round cannot open without it."""
        return self.duty in REQUIRED

    @property
    def is_filled(self) -> bool:
        """Whether somebody has it; a deputy alone does not fill it."""
        return bool(self.holders)

    @property
    def short(self) -> int:
        """How many hours a week it lacks; none where nobody said how many it needs."""
        return max(0, (self.wanted or 0) - (self.given or 0))


def seats(appointed: Iterable[tuple[Appointment, str]], wanted: Mapping[str, int]) -> list[Seat]:
    """Return every duty of a round, the required ones first; `wanted` holds hours a week by the value of a duty."""
    held = list(appointed)
    found = []
    for duty in (*REQUIRED, *(one for one in Duty if one not in REQUIRED)):
        own = [(one, name) for one, name in held if one.duty is duty]
        told = [one.hours for one, _name in own if one.hours is not None]
        holders, deputies = ([name for one, name in own if one.is_deputy is is_deputy] for is_deputy in (False, True))
        found.append(Seat(duty, holders, deputies, wanted.get(duty.value), sum(told) if told else None))
    return found


def unfilled(appointed: Iterable[Appointment]) -> list[Duty]:
    """List the duties without which a round cannot open and that nobody has."""
    held = {one.duty for one in appointed if not one.is_deputy}
    return [duty for duty in REQUIRED if duty not in held]


# --- the report of how board and civil service worked together ---

GATE_ACTS = frozenset(
    {
        Act.ASK_SIGNATURES,
        Act.SIGN_GATE,
        Act.WITHDRAW_SIGN_OFF,
        Act.VOID_SIGN_OFF,
        Act.OVERRIDE_GATE,
        Act.START_PHASE,
    }
)


@dataclass
class Aligned:
    """How one gate went, as its log tells it; days are whole days, and None where it did not come so far."""

    kind: GateKind
    asked_at: datetime | None = None
    signed: dict[Side, datetime] = field(default_factory=dict)
    passed_at: datetime | None = None
    started_at: datetime | None = None
    sign_offs: int = 0
    changed: int = 0
    withdrawn: int = 0
    overrides: int = 0
    began_at: datetime | None = None

    @property
    def lead_days(self) -> int | None:
        """From the day on which signatures were first asked (or first given) to the day on which it was passed."""
        if self.began_at is None or self.passed_at is None:
            return None
        return (self.passed_at - self.began_at).days

    @property
    def apart_days(self) -> int | None:
        """How long the one side waited for the other."""
        if self.passed_at is None or len(self.signed) < len(Side):
            return None
        return abs(self.signed[Side.BOARD] - self.signed[Side.CIVIL]).days

    @property
    def last(self) -> Side | None:
        """Which side signed last."""
        return max(self.signed, key=lambda side: self.signed[side]) if self.passed_at is not None else None


def aligned(entries: Iterable[Entry]) -> list[Aligned]:
    """Compute how each gate of a round went from the log alone: entries of GATE_ACTS, the oldest first."""
    found: dict[GateKind, Aligned] = {}
    for entry in entries:
        if entry.act not in GATE_ACTS or entry.result != "done" or "gate" not in entry.facts:
            continue
        kind = GateKind(entry.facts["gate"])
        _note(found.setdefault(kind, Aligned(kind)), entry)
    return [found[kind] for kind in sorted(found)]


# What sends a document back to whoever wrote it, in the rooms that own these.
RETURNS = (Act.RETURN_DRAFT, Act.RETURN_SYNTHESIS, Act.RETURN_NOTE)


@dataclass(frozen=True)
class Difference:
    """A moment at which both sides were not of one mind, or what was signed changed: at which gate, and whose."""

    at: datetime
    kind: GateKind
    side: Side | None
    cause: Cause


def differences(entries: Iterable[Entry]) -> list[Difference]:
    """List from the log of gates alone what was taken back, lapsed, or was passed over with a reason; oldest first."""
    found = []
    for entry in entries:
        if entry.act in {Act.VOID_SIGN_OFF, Act.WITHDRAW_SIGN_OFF}:
            side, cause = Side(entry.facts["side"]), Cause(entry.facts["cause"])
        elif entry.act == Act.OVERRIDE_GATE and entry.facts["accepts"]:
            side, cause = None, Cause.OVERRIDDEN
        else:
            continue
        found.append(Difference(entry.at, GateKind(entry.facts["gate"]), side, cause))
    return found


def _note(told: Aligned, entry: Entry) -> None:
    told.began_at = told.began_at or entry.at
    if entry.act == Act.ASK_SIGNATURES:
        told.asked_at = told.asked_at or entry.at
    elif entry.act == Act.SIGN_GATE:
        told.sign_offs += 1
        told.signed[Side(entry.facts["side"])] = entry.at
        told.passed_at = entry.at if entry.facts["passed"] else None
    elif entry.act in {Act.VOID_SIGN_OFF, Act.WITHDRAW_SIGN_OFF}:
        told.changed += entry.act == Act.VOID_SIGN_OFF
        told.withdrawn += entry.act == Act.WITHDRAW_SIGN_OFF
        told.signed.pop(Side(entry.facts["side"]), None)
        told.passed_at = None
    elif entry.act == Act.OVERRIDE_GATE:
        told.overrides += bool(entry.facts["accepts"])
    elif entry.act == Act.START_PHASE:
        told.started_at = entry.at
