"""Setting what is fixed, and opening a round within it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.verbs import record
from consult.foundation.db import add, read_again_locked
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.mandates.models import Negotiable, Precondition, PreconditionKind
from consult.mandates.queries import list_preconditions
from consult.policy import Act, Actor
from consult.rounds.models import Round, RoundState, Verification
from consult.rounds.queries import list_areas, list_phases
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
    bump(subject.id)
    return kept


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

    A round without gates has all its phases cleared at once; `clears=False` leaves that to its gates.
    Refused while something is lacking, with the list.
    """
    read_again_locked(subject, ("state", "can_influence", "cannot_influence", "decider", "verification"))
    if subject.state is not RoundState.DRAFT:
        raise NotNow(_("This round is open already."))
    set_committed_value(subject, "phases", list_phases(subject.id))  # as they are under the lock
    lacking = hindrances(subject)
    if lacking:
        raise Conflict(" ".join(lacking))
    record(Act.OPEN_ROUND, actor, subject)
    if clears:
        for phase in subject.phases:
            clear_phase(phase, actor.arrived_at, actor)
    set_state(subject, RoundState.OPEN)
