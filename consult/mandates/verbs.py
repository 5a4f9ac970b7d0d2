"""Setting what is fixed and the mandate note, signing for both, and opening a round within it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.verbs import record
from consult.foundation.db import add, read_again_locked
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.mandates import rules, signing
from consult.mandates.models import Gate, GateKind, MandateNote, Negotiable, Precondition, PreconditionKind, Side
from consult.mandates.queries import find_gate, find_note, list_preconditions, list_sign_offs, mandate_of
from consult.mandates.rules import Lack
from consult.policy import Act, Actor, Duty
from consult.rounds.models import Round, RoundState, Verification
from consult.rounds.queries import list_appointments, list_areas, list_phases
from consult.rounds.verbs import bump, clear_phase, set_state


@dataclass(frozen=True)
class PreconditionPlan:
    """One precondition as it is told to people."""

    code: str
    kind: PreconditionKind
    negotiable: Negotiable
    title: str
    why: str


def set_preconditions(subject: Round, plans: Sequence[PreconditionPlan], actor: Actor) -> list[Precondition]:
    """Set what is fixed in a round, with why.

    Refused once the round is open: what people were told may not shift under them.
    """
    read_again_locked(subject, ("state",))
    if subject.state is not RoundState.DRAFT:
        raise NotNow(_("The round is open, so what is fixed stays as people read it."))
    known = {p.code: p for p in list_preconditions(subject.id)}
    kept = []
    for position, plan in enumerate(plans, start=1):
        row = known.get(plan.code) or Precondition(round_id=subject.id, code=plan.code)
        row.kind, row.negotiable, row.title, row.why = plan.kind, plan.negotiable, plan.title, plan.why
        row.position = position
        kept.append(add(row))
    record(Act.PREPARE_ROUND, actor, subject, part="preconditions", count=len(kept))
    _void(subject, actor)
    bump(subject.id)
    return kept


@dataclass(frozen=True)
class NoteTold:
    """What stands in a mandate note beside the words of the round: why, what it may cost in whole euros, and when."""

    reason: str
    budget_euros: int | None
    budget_words: str
    planning: str


def write_note(subject: Round, told: NoteTold, actor: Actor) -> MandateNote:
    """Write the mandate note of a round; what was signed before counts no more.

    Refused once the round is open: what was mandated may not shift under those who take part.
    """
    read_again_locked(subject, ("state",))
    if subject.state is not RoundState.DRAFT:
        raise NotNow(_("The round is open, so its mandate note stays as it was signed."))
    note = find_note(subject.id) or add(MandateNote(round_id=subject.id, written_at=actor.arrived_at))
    note.reason, note.planning = told.reason, told.planning
    note.budget_euros, note.budget_words = told.budget_euros, told.budget_words
    note.written_by_id, note.written_at = actor.person_id, actor.arrived_at
    record(Act.PREPARE_ROUND, actor, subject, part="note")
    _void(subject, actor)
    bump(subject.id)
    return note


def _void(subject: Round, actor: Actor) -> None:
    for kind in (GateKind.P0, GateKind.P1):
        signing.void_sign_offs(subject.id, kind, actor)


# --- gates P0 and P1 ---


def list_lacks(subject: Round, kind: GateKind) -> list[Lack]:
    """List what keeps P0 or P1 shut; `subject.phases` and `subject.themes` are loaded."""
    found = [Lack(words, "prepare") for words in hindrances(subject)]
    note = find_note(subject.id)
    if note is None or not note.reason:
        found.append(Lack(_("Say in the mandate note why you ask this, and why now."), "mandate"))
    if note is None or note.budget_euros is None:
        found.append(Lack(_("Say in the mandate note what it may cost."), "mandate"))
    wanted = [Duty.OFFICIAL_SPONSOR, Duty.BOARD_SPONSOR, *([Duty.MODERATOR] if kind is GateKind.P1 else [])]
    held = {appointment.duty for appointment, _person in list_appointments(subject.id)}
    for duty in wanted:
        if duty not in held:
            found.append(Lack(_("Nobody is %(duty)s of this round yet.", duty=duty.words), "people"))
    return found


def sign_mandate(gate: Gate, subject: Round, side: Side, actor: Actor, *, seen: str | None = None) -> None:
    """Agree with the mandate note (P0) or with all that people will read (P1); refused like `signing.sign`."""
    read_again_locked(gate, signing.FRESH)
    document, lacks = mandate_of(subject, gate.kind), list_lacks(subject, gate.kind)
    signing.sign(gate, side, document, lacks, actor, seen=seen)


def start_collecting(gate: Gate, subject: Round, actor: Actor) -> None:
    """Let the phases start that P1 releases.

    Refused like `signing.start_phase`, and when what people read is not what both sides signed any more.
    """
    _judge_current(gate, subject)
    signing.start_phase(gate, actor)


def _judge_current(gate: Gate, subject: Round) -> None:
    """Refuse to go on with another text than was signed."""
    digest = rules.to_sign(gate, mandate_of(subject, gate.kind))
    signed = rules.standing(list_sign_offs(gate.id)).values()
    if any(one.digest != digest for one in signed):
        told = _("What was signed at %(gate)s was changed since. Both sides must sign again.", gate=gate.kind.code)
        raise NotNow(told)


def hindrances(subject: Round) -> list[str]:
    """Say in sentences what a round still lacks before people may see it; `subject.phases` is loaded."""
    lacking = []
    if not subject.can_influence:
        lacking.append(_("Say what people can influence."))
    if not subject.cannot_influence:
        lacking.append(_("Say what is fixed."))
    if not subject.decider:
        lacking.append(_("Say who decides."))
    if not subject.phases:
        lacking.append(_("Plan at least one phase."))
    if not subject.themes:
        lacking.append(_("Name at least one theme."))
    if subject.verification is Verification.EID and not (subject.identity_ground and subject.identity_officer):
        lacking.append(_("Say on which ground a national sign-in is asked, and which privacy officer agreed."))
    if subject.verification is Verification.EMAIL_PLUS_AREA and not list_areas():
        lacking.append(_("No neighbourhoods are known here, so nobody can tell theirs: check people in another way."))
    return lacking


def open_round(subject: Round, actor: Actor, *, clears: bool = True) -> None:
    """Make a prepared round public; `subject.themes` is loaded.

    A phase that no gate of the round releases is cleared at once, unless `clears=False`.
    Refused while something is lacking, with the list, and while its gate P0 is shut.
    """
    read_again_locked(subject, ("state", "can_influence", "cannot_influence", "decider", "verification", "has_gates"))
    if subject.state is not RoundState.DRAFT:
        raise NotNow(_("This round is open already."))
    set_committed_value(subject, "phases", list_phases(subject.id))  # as they are under the lock
    lacking = hindrances(subject)
    if lacking:
        raise Conflict(" ".join(lacking))
    gate = find_gate(subject.id, GateKind.P0) if subject.has_gates else None
    if gate is not None:
        _judge_current(gate, subject)
        signing.start_phase(gate, actor)
    record(Act.OPEN_ROUND, actor, subject)
    for phase in subject.phases if clears else ():
        if gate is None or rules.gate_of(phase.kind) is None:
            clear_phase(phase, actor.arrived_at, actor)
    set_state(subject, RoundState.OPEN)
