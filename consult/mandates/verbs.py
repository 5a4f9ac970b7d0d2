"""Setting what is fixed and the mandate note, signing for both, opening a round, and changing it after that."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.verbs import record
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.mandates import rules, signing
from consult.mandates.models import (
    FixedChange,
    Gate,
    GateKind,
    MandateNote,
    Negotiable,
    Precondition,
    PreconditionKind,
    Rung,
    Side,
)
from consult.mandates.queries import (
    find_change,
    find_gate,
    find_note,
    find_vision,
    list_preconditions,
    list_principles,
    mandate_of,
)
from consult.mandates.rules import Lack
from consult.policy import Act, Actor, Duty
from consult.rounds.models import Round, RoundState, Verification
from consult.rounds.queries import find_authority, list_appointments, list_areas, list_phases
from consult.rounds.verbs import bump, clear_phase, hold_undecided, set_state


@dataclass(frozen=True)
class PreconditionPlan:
    """One precondition as it is told to people."""

    code: str
    kind: PreconditionKind
    negotiable: Negotiable
    title: str
    why: str


def set_preconditions(subject: Round, plans: Sequence[PreconditionPlan], actor: Actor) -> list[Precondition]:
    """Set what is fixed in a round, with why; what is left out is fixed no more.

    Refused once the round is open: then both sides sign a change first (`propose_change`). Refused too when two have
    the same code, and when a draft that was begun rests on what is left out.
    """
    read_again_locked(subject, ("state",))
    if subject.state is not RoundState.DRAFT:
        raise NotNow(
            _("The round is open, so what is fixed stays as people read it. Propose a change: both sides sign.")
        )
    _judge_codes(plans)
    kept = _set(subject, plans)
    _leave_out([one for one in list_preconditions(subject.id) if one not in kept])
    record(Act.PREPARE_ROUND, actor, subject, part="preconditions", count=len(kept))
    _void(subject, actor)
    bump(subject.id)
    return kept


def _set(subject: Round, plans: Sequence[PreconditionPlan]) -> list[Precondition]:
    known = {p.code: p for p in list_preconditions(subject.id)}
    kept = []
    for position, plan in enumerate(plans, start=1):
        row = known.get(plan.code) or Precondition(round_id=subject.id, code=plan.code)
        row.kind, row.negotiable, row.title, row.why = plan.kind, plan.negotiable, plan.title, plan.why
        row.position = position
        kept.append(add(row))
    return kept


def _judge_codes(plans: Sequence[PreconditionPlan]) -> None:
    if len({plan.code for plan in plans}) != len(plans):
        raise Conflict(_("Two of these have the same code. Change one of them."))


def _leave_out(rows: Sequence[Precondition]) -> None:
    for row in rows:
        session().delete(row)
    try:
        session().flush()
    except IntegrityError as problem:  # a source of a draft or a report stands on it
        raise Conflict(_("A text rests on something that is left out here. Take it out there first.")) from problem


@dataclass(frozen=True)
class NoteTold:
    """What stands in a mandate note beside the words of the round; the budget is in whole euros."""

    reason: str
    budget_euros: int | None
    budget_words: str
    planning: str
    rung: Rung | None = None
    area: str = ""
    instrument: str = ""
    parties: str = ""
    groups: str = ""
    reach: str = ""
    methods: str = ""
    languages: str = ""
    risks: str = ""
    privacy: str = ""
    evaluation: str = ""


def write_note(subject: Round, told: NoteTold, actor: Actor) -> MandateNote:
    """Write the mandate note of a round; what was signed before counts no more.

    Refused once the round is open: what was mandated may not shift under those who take part.
    """
    read_again_locked(subject, ("state",))
    if subject.state is not RoundState.DRAFT:
        raise NotNow(_("The round is open, so its mandate note stays as it was signed."))
    note = find_note(subject.id) or add(MandateNote(round_id=subject.id, written_at=actor.arrived_at))
    for name, value in vars(told).items():
        setattr(note, name, value)
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
        found.append(_lack("mandate", "reason"))
    if note is None or note.budget_euros is None:
        found.append(_lack("mandate", "budget"))
    held = [appointment for appointment, _person in list_appointments(subject.id)]
    if kind is GateKind.P0 and not is_ruled():
        found.append(_lack("prepare", "ordinance"))  # only here: rounds that are open already go on at P1
    wanted = rules.unfilled(held)
    if kind is GateKind.P1 and Duty.MODERATOR not in {one.duty for one in held}:
        wanted = [*wanted, Duty.MODERATOR]
    return [*found, *(_lack("people", duty.value) for duty in wanted)]


def _lack(name: str, one: str) -> Lack:
    return Lack(say_lack(name, one), name, (one,))


def say_lack(name: str, one: str) -> str:
    """Say what is lacking at P0 or P1, by the list and the name that its `Lack` has."""
    if name == "people":
        return _nobody(Duty(one))
    return {
        "reason": _("Say in the mandate note why you ask this, and why now."),
        "budget": _("Say in the mandate note what it may cost."),
        "can_influence": _("Say what people can influence."),
        "cannot_influence": _("Say what is fixed."),
        "decider": _("Say who decides."),
        "phases": _("Plan at least one phase."),
        "themes": _("Name at least one theme."),
        "identity": _("Say on which ground a national sign-in is asked, and which privacy officer agreed."),
        "areas": _("No neighbourhoods are known here, so nobody can tell theirs: check people in another way."),
        "ordinance": _("Name the participation ordinance with its day: an administrator does it at “Our authority”."),
        "principles": _("Choose at least one principle of our vision to which the round is held."),
    }[one]


def _nobody(duty: Duty) -> str:
    return _("Nobody is %(duty)s of this round yet.", duty=duty.words)


def list_unfilled(subject: Round) -> list[str]:
    """Say in sentences which duties nobody has without which a round cannot open."""
    return [_nobody(duty) for duty in rules.unfilled(one for one, _person in list_appointments(subject.id))]


def is_ruled() -> bool:
    """Whether it is known which ordinance says how people take part, without which no round opens (L01)."""
    authority = find_authority()
    return authority is not None and authority.is_ruled


def list_unready(subject: Round) -> list[str]:
    """Say in sentences what a round lacks that stands around it: the ordinance, and people with a required duty."""
    return [*([] if is_ruled() else [say_lack("prepare", "ordinance")]), *list_unfilled(subject)]


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
    unprincipled = not subject.is_practice and find_vision() is not None and not list_principles(subject.id)
    lacks = {
        "can_influence": not subject.can_influence,
        "cannot_influence": not subject.cannot_influence,
        "decider": not subject.decider,
        "phases": not subject.phases,
        "themes": not subject.themes,
        "identity": unfounded,
        "areas": unplaced,
        "principles": unprincipled,
    }
    return [_lack("prepare", name) for name, is_lacking in lacks.items() if is_lacking]


def open_round(subject: Round, actor: Actor, *, clears: bool = True) -> None:
    """Make a prepared round public; `subject.themes` is loaded.

    A phase that no gate of the round releases is cleared at once, unless `clears=False`.
    Refused while something is lacking, with the list, while no participation ordinance is known (Gemeentewet 150 and
    the like) or nobody has a required duty (the platform itself, which brings in rounds of elsewhere, is not asked
    these two where the round has no gates), and while its gate P0 is shut, to whoever asks.
    """
    read_again_locked(subject, ("state", "can_influence", "cannot_influence", "decider", "verification", "has_gates"))
    if subject.state is not RoundState.DRAFT:
        raise NotNow(_("This round is open already."))
    set_committed_value(subject, "phases", list_phases(subject.id))  # as they are under the lock
    lacking = hindrances(subject) + ([] if actor.is_system else list_unready(subject))
    if lacking:
        raise Conflict(" ".join(lacking))
    gate = find_gate(subject.id, GateKind.P0) if subject.has_gates else None
    if gate is not None:
        signing.judge_still(gate, mandate_of(subject, gate.kind), list_lacks(subject, gate.kind))
        signing.start_phase(gate, actor)
    record(Act.OPEN_ROUND, actor, subject)
    for phase in subject.phases if clears else ():
        own = rules.gate_of(phase.kind)
        if gate is None or own is None or not rules.holds_back(own, subject.phases):
            clear_phase(phase, actor.arrived_at, actor)
    set_state(subject, RoundState.OPEN)


# --- what is fixed, changed after people read it ---


@dataclass(frozen=True)
class FixedTold:
    """What is to be fixed and open in a round."""

    preconditions: Sequence[PreconditionPlan]
    can_influence: Sequence[str]
    cannot_influence: Sequence[str]


def propose_change(subject: Round, told: FixedTold, reason: str, actor: Actor) -> FixedChange:
    """Propose to change what is fixed in a round that is open; it holds once both sides signed it.

    Refused before the round opens and once it is decided, without a reason, when it leaves out a precondition that
    people read (make it open instead) or gives two the same code, when nothing changes, and while another change waits.
    """
    read_again_locked(subject, ("state", "can_influence", "cannot_influence"))
    hold_undecided(subject.id)
    if subject.state is not RoundState.OPEN:
        raise NotNow(_("Only a round that is open has a change to sign. Change what is fixed in the preparation."))
    if find_change(subject.id) is not None:
        raise Conflict(_("Another change waits for signatures. Take that one back first."))
    if not reason.strip():
        raise Conflict(_("Say why it changes: everybody who took part reads it."))
    _judge_codes(told.preconditions)
    held = list_preconditions(subject.id)
    if {one.code for one in held} - {plan.code for plan in told.preconditions}:
        raise Conflict(_("Something that people read as fixed is left out. Keep it, and choose “open” for it."))
    if not told.can_influence:
        raise Conflict(_("Say what people can influence."))
    before = FixedTold([_plan(one) for one in held], subject.can_influence, subject.cannot_influence)
    if _plain(told) == _plain(before):
        raise Conflict(_("Nothing is changed yet."))
    plain = _plain(told)
    new = add(
        FixedChange(
            round_id=subject.id,
            told=plain,
            digest=rules.digest_of([plain, reason]),
            reason=reason,
            proposed_by_id=actor.person_id,
            proposed_at=actor.arrived_at,
        )
    )
    record(Act.CHANGE_FIXED, actor, new, digest=new.digest)
    enqueue("change_asked", round=subject.id, change=new.id)
    return new


def _plan(one: Precondition) -> PreconditionPlan:
    return PreconditionPlan(one.code, one.kind, one.negotiable, one.title, one.why)


def _plain(told: FixedTold) -> dict[str, object]:
    rows = [{name: str(value) for name, value in asdict(plan).items()} for plan in told.preconditions]
    return {"preconditions": rows, "can": list(told.can_influence), "cannot": list(told.cannot_influence)}


def told_of(change: FixedChange) -> FixedTold:
    """Return what a change makes fixed and open."""
    rows = [
        PreconditionPlan(
            row["code"], PreconditionKind(row["kind"]), Negotiable(row["negotiable"]), row["title"], row["why"]
        )
        for row in change.told["preconditions"]
    ]
    return FixedTold(rows, change.told["can"], change.told["cannot"])


def sign_change(change: FixedChange, subject: Round, side: Side, actor: Actor, *, seen: str) -> None:
    """Agree for one side with a change of what is fixed; with both it holds, and everybody who took part is told.

    `seen` is the digest of what was read. Refused to whoever is not the sponsor of this side or signed for the
    other, twice, once it holds or was taken back, and once the round is decided.
    """
    read_again_locked(subject, ("state", "can_influence", "cannot_influence"))
    hold_undecided(subject.id)
    _judge_waiting(change)
    if seen != change.digest:
        raise Conflict(_("This was changed after you read it. Read it again before you sign."))
    if side.duty not in actor.duties.get(change.round_id, frozenset()):
        raise NotAllowed(_("For this side only the %(duty)s of this round signs.", duty=side.duty.words))
    if getattr(change, f"{side.value}_at") is not None:
        raise Conflict(_("This side has signed already. Look at the page again."))
    if actor.person_id in {change.board_by_id, change.civil_by_id}:
        raise NotAllowed(_("You signed for the other side. Somebody else must sign for this one."))
    setattr(change, f"{side.value}_by_id", actor.person_id)
    setattr(change, f"{side.value}_at", actor.arrived_at)
    is_whole = change.board_at is not None and change.civil_at is not None
    record(Act.SIGN_FIXED, actor, change, side=side.value, digest=change.digest, applied=is_whole)
    if is_whole:
        _apply(change, subject, actor)


def _apply(change: FixedChange, subject: Round, actor: Actor) -> None:
    told = told_of(change)
    subject.can_influence, subject.cannot_influence = list(told.can_influence), list(told.cannot_influence)
    _set(subject, told.preconditions)
    change.applied_at = actor.arrived_at
    session().flush()
    _void(subject, actor)
    enqueue("fixed_changed", round=subject.id, change=change.id)
    bump(subject.id)


def drop_change(change: FixedChange, actor: Actor) -> None:
    """Take a proposed change back; refused once it holds."""
    _judge_waiting(change)
    change.dropped_at = actor.arrived_at
    record(Act.CHANGE_FIXED, actor, change, dropped=True)


def _judge_waiting(change: FixedChange) -> None:
    read_again_locked(change, ("board_at", "civil_at", "board_by_id", "civil_by_id", "applied_at", "dropped_at"))
    if change.applied_at is not None or change.dropped_at is not None:
        raise NotNow(_("This change waits for no signature any more. Look at the page again."))
