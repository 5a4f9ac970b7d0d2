"""Gates: switching them on, asking and giving sign-offs, voiding them, and letting phases start."""

from collections.abc import Callable, Sequence
from uuid import UUID

from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.mandates import rules
from consult.mandates.models import RELEASES, Cause, Gate, GateKind, Side, SignOff
from consult.mandates.queries import find_gate, list_gates, list_sign_offs
from consult.mandates.rules import Document, Lack, digest_of
from consult.policy import Act, Actor
from consult.rounds.models import Phase, Round, RoundState
from consult.rounds.queries import list_phases
from consult.rounds.verbs import bump, clear_phase, hold_back_phase

# Columns of a gate that others may have changed.
FRESH = ("asked_at", "override_reason", "override_covers", "passed_at", "started_at")


def use_gates(subject: Round, actor: Actor) -> list[Gate]:
    """Let board and civil service decide at gates from here on whether the round goes on.

    A round in preparation gets all of them. One that is open gets those of which no phase began yet; their
    phases wait again. Refused when the round has gates, and when all its phases have begun.
    """
    read_again_locked(subject, ("state", "has_gates"))
    if subject.has_gates:
        raise Conflict(_("This round has gates already."))
    phases = list_phases(subject.id)
    kinds = [kind for kind in GateKind if subject.state is RoundState.DRAFT or _is_ahead(kind, phases, actor)]
    if not kinds:
        raise NotNow(_("All phases of this round have begun, so no gate is left to be passed."))
    subject.has_gates = True
    made = [add(Gate(round_id=subject.id, kind=kind, made_at=actor.arrived_at)) for kind in kinds]
    for phase in phases:
        if rules.gate_of(phase.kind) in kinds and phase.cleared_at is not None:
            hold_back_phase(phase, actor)
    record(Act.PREPARE_ROUND, actor, subject, part="gates", count=len(made))
    bump(subject.id)
    return made


def _is_ahead(kind: GateKind, phases: Sequence[Phase], actor: Actor) -> bool:
    own = [phase for phase in phases if phase.kind in RELEASES[kind]]
    return bool(own) and rules.holds_back(kind, phases) and all(phase.opens_at > actor.arrived_at for phase in own)


def ask_signatures(gate: Gate, lacks: Sequence[Lack], questions: str, actor: Actor) -> None:
    """Tell both sponsors that a gate waits for their signatures, with the questions that are still open.

    Refused while something lacks that nobody accepted with a reason, and once what follows has begun.
    """
    read_again_locked(gate, FRESH)
    rules.judge_open(gate)
    rules.judge_lacks(gate, lacks)
    gate.asked_at, gate.asked_by_id, gate.questions = actor.arrived_at, actor.person_id, questions
    record(Act.ASK_SIGNATURES, actor, gate, gate=gate.kind.value)
    enqueue("signature_asked", round=gate.round_id, gate=gate.id)


def sign(
    gate: Gate, side: Side, document: Document | None, lacks: Sequence[Lack], actor: Actor, *, seen: str | None = None
) -> SignOff:
    """Agree for one side with exactly this document; with both sides the gate is passed.

    Called by the verb of the room that owns the document, which says what it is and what it still lacks now.
    `seen` is what the signer read: refused when it was changed since. A sign-off of the other side on an
    earlier version is void. Refused to whoever is not the sponsor of this side or signed for the other, while
    something lacks that nobody accepted with a reason, and once what follows has begun.
    """
    if document is not None and seen is not None and seen != rules.to_sign(gate, document):
        raise Conflict(_("This was changed after you read it. Read it again before you sign."))
    if document is not None:
        void_stale(gate, document, actor)
    signed = rules.standing(list_sign_offs(gate.id))
    rules.judge_signature(gate, side, actor, signed, document, lacks)
    assert document is not None  # judged
    assert actor.person_id is not None  # has a duty
    given = {"person_id": actor.person_id, "signed_at": actor.arrived_at}
    one = add(
        SignOff(gate_id=gate.id, side=side, document=document.name, digest=rules.to_sign(gate, document), **given)
    )
    is_passed = len(signed) + 1 == len(Side)
    gate.passed_at = actor.arrived_at if is_passed else None
    record(Act.SIGN_GATE, actor, gate, gate=gate.kind.value, side=side.value, digest=one.digest, passed=is_passed)
    bump(gate.round_id)
    return one


def withdraw(gate: Gate, actor: Actor) -> None:
    """Take back what the actor signed at a gate, which shuts it; refused once what follows has begun."""
    read_again_locked(gate, FRESH)
    rules.judge_open(gate)
    own = next((one for one in _standing(gate) if one.person_id == actor.person_id), None)
    if own is None:
        raise NotNow(_("You have no signature here that counts."))
    _void(gate, [own], Cause.WITHDRAWN, actor)
    bump(gate.round_id)


def override(gate: Gate, lacks: Sequence[Lack], reason: str, actor: Actor) -> None:
    """Let a gate be signed although this lacks, with a reason that everybody reads; no reason takes that back.

    It holds for exactly this: what comes to lack later shuts the gate again, until it is accepted too. What was
    signed before does not count for this. Refused when nothing lacks, and once what follows has begun.
    """
    read_again_locked(gate, FRESH)
    rules.judge_open(gate)
    if reason and not lacks:
        raise NotNow(_("Nothing is lacking here, so there is nothing to accept."))
    if not reason and not gate.override_reason:
        raise NotNow(_("Say why it can go on all the same: everybody reads it."))
    _void(gate, _standing(gate), Cause.OVERRIDDEN, actor)
    gate.override_reason = reason
    gate.override_lacks = []
    gate.override_covers = sorted(name for one in lacks for name in one.names) if reason else []
    gate.overridden_by_id = actor.person_id if reason else None
    gate.overridden_at = actor.arrived_at if reason else None
    told = {"accepts": bool(reason), "lacks": len(lacks) if reason else 0, "covers": digest_of(gate.override_covers)}
    record(Act.OVERRIDE_GATE, actor, gate, gate=gate.kind.value, **told)
    bump(gate.round_id)


def void_sign_offs(round_id: UUID, kind: GateKind, actor: Actor | None) -> None:
    """Void what was signed at a gate, because what was signed changes; nothing happens once what follows has begun.

    For the verbs that change a document: the gate is locked until their transaction ends.
    """
    gate = find_gate(round_id, kind)
    if gate is not None and gate.started_at is None:
        stale = _standing(gate)
        _void(gate, stale, Cause.CHANGED, actor)
        if stale:
            bump(round_id)


def void_where_lacking(round_id: UUID, kind: GateKind, lacks: Callable[[], Sequence[Lack]], actor: Actor) -> None:
    """Void what was signed at a gate when something lacks there now that nobody accepted.

    For verbs that change no document and yet what a gate counts; `lacks` is asked only where signatures stand.
    """
    gate = find_gate(round_id, kind)
    if gate is None or gate.started_at is not None:
        return
    stale = _standing(gate)
    if stale and rules.unaccepted(gate, lacks()):
        _void(gate, stale, Cause.CHANGED, actor)
        bump(round_id)


def judge_still(gate: Gate, document: Document | None, lacks: Sequence[Lack]) -> None:
    """Refuse to go on when what was signed is not what stands now, and while something lacks that nobody accepted."""
    digest = rules.to_sign(gate, document) if document is not None else None
    if any(one.digest != digest for one in _standing(gate)):
        raise NotNow(
            _("What was signed at %(gate)s was changed since. Both sides must sign again.", gate=gate.kind.code)
        )
    rules.judge_lacks(gate, lacks)


def void_stale(gate: Gate, document: Document, actor: Actor) -> None:
    """Void what was signed on another version than this one."""
    digest = rules.to_sign(gate, document)
    _void(gate, [one for one in _standing(gate) if one.digest != digest], Cause.CHANGED, actor)


def _standing(gate: Gate) -> list[SignOff]:
    return [one for one in list_sign_offs(gate.id) if one.voided_at is None]


def _void(gate: Gate, sign_offs: Sequence[SignOff], cause: Cause, actor: Actor | None) -> None:
    act = Act.WITHDRAW_SIGN_OFF if cause is Cause.WITHDRAWN else Act.VOID_SIGN_OFF
    for one in sign_offs:
        one.voided_at, one.cause = clock.now() if actor is None else actor.arrived_at, cause
        gate.passed_at = None
        record(act, actor, gate, gate=gate.kind.value, side=one.side.value, cause=cause.value)
    session().flush()


def start_phase(gate: Gate, actor: Actor) -> None:
    """Let the phases start that a gate releases, each at its own day; from here on the gate is behind us.

    Reads the gates alone: whether both sides signed stands there. Refused before that, and before what
    earlier gates let start has begun. P0 lets the round be opened and P1 is judged on what people read now:
    see `mandates.verbs`.
    """
    read_again_locked(gate, FRESH)
    phases = list_phases(gate.round_id)
    rules.judge_start(gate, [one for one in list_gates(gate.round_id) if one.kind < gate.kind], phases)
    gate.started_at, gate.started_by_id = actor.arrived_at, actor.person_id
    record(Act.START_PHASE, actor, gate, gate=gate.kind.value)
    for phase in phases:
        if phase.kind in RELEASES[gate.kind]:
            clear_phase(phase, actor.arrived_at, actor)
    bump(gate.round_id)
