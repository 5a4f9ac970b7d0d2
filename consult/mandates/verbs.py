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
from consult.mandates.queries import find_gate, find_note, list_preconditions, mandate_of
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
    found = _lacking(subject)
    note = find_note(subject.id)
    if note is None or not note.reason:
        found.append(Lack(_("Say in the mandate note why you ask this, and why now."), "mandate", ("reason",)))
    if note is None or note.budget_euros is None:
        found.append(Lack(_("Say in the mandate note what it may cost."), "mandate", ("budget",)))
    wanted = [Duty.OFFICIAL_SPONSOR, Duty.BOARD_SPONSOR, *([Duty.MODERATOR] if kind is GateKind.P1 else [])]
    held = {appointment.duty for appointment, _person in list_appointments(subject.id)}
    for duty in wanted:
        if duty not in held:
            words = _("Nobody is %(duty)s of this round yet.", duty=duty.words)
            found.append(Lack(words, "people", (duty.value,)))
    return found


def sign_mandate(gate: Gate, subject: Round, side: Side, actor: Actor, *, seen: str | None = None) -> None:
    """Agree with the mandate note (P0) or with all that people will read (P1); refused like `signing.sign`."""
    read_again_locked(gate, signing.FRESH)
    document, lacks = mandate_of(subject, gate.kind), list_lacks(subject, gate.kind)
    signing.sign(gate, side, document, lacks, actor, seen=seen)


def start_collecting(gate: Gate, subject: Round, actor: Actor) -> None:
    """Let the phases start that P1 releases.

    Refused like `signing.start_phase` and `signing.judge_still`.
    """
    read_again_locked(gate, signing.FRESH)
    signing.judge_still(gate, mandate_of(subject, gate.kind), list_lacks(subject, gate.kind))
    signing.start_phase(gate, actor)


def hindrances(subject: Round) -> list[str]:
    """Say in sentences what a round still lacks before people may see it; `subject.phases` is loaded."""
    return [one.words for one in _lacking(subject)]


def _lacking(subject: Round) -> list[Lack]:
    unfounded = subject.verification is Verification.EID and not (subject.identity_ground and subject.identity_officer)
    unplaced = subject.verification is Verification.EMAIL_PLUS_AREA and not list_areas()
    told = (
        ("can_influence", not subject.can_influence, _("Say what people can influence.")),
        ("cannot_influence", not subject.cannot_influence, _("Say what is fixed.")),
        ("decider", not subject.decider, _("Say who decides.")),
        ("phases", not subject.phases, _("Plan at least one phase.")),
        ("themes", not subject.themes, _("Name at least one theme.")),
        (
            "identity",
            unfounded,
            _("Say on which ground a national sign-in is asked, and which privacy officer agreed."),
        ),
        (
            "areas",
            unplaced,
            _("No neighbourhoods are known here, so nobody can tell theirs: check people in another way."),
        ),
    )
    return [Lack(words, "prepare", (name,)) for name, lacks, words in told if lacks]


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
        signing.judge_still(gate, mandate_of(subject, gate.kind), list_lacks(subject, gate.kind))
        signing.start_phase(gate, actor)
    record(Act.OPEN_ROUND, actor, subject)
    for phase in subject.phases if clears else ():
        if gate is None or rules.gate_of(phase.kind) is None:
            clear_phase(phase, actor.arrived_at, actor)
    set_state(subject, RoundState.OPEN)
