"""The phases and themes of a round that is being prepared."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consult.audit.verbs import record
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds import rules
from consult.rounds.models import Phase, PhaseKind, Round, RoundState, Theme
from consult.rounds.verbs import bump


@dataclass(frozen=True)
class PhasePlan:
    """One phase as it is planned: local days, the last one included."""

    kind: PhaseKind
    name: str
    first_day: date
    last_day: date
    zone: str = "Europe/Amsterdam"


@dataclass(frozen=True)
class ThemePlan:
    """One theme as it is planned."""

    code: str
    name: str
    statement: str = ""


def plan_phases(subject: Round, plans: Sequence[PhasePlan], actor: Actor) -> list[Phase]:
    """Set the phases of a round that is being prepared.

    A phase that is planned again stays the same row, so that a poll keeps its phase. Refused once the round
    is open, when a phase ends before it begins, when two overlap, and when the phase of a poll is left out.
    """
    read_again_locked(subject, ("state",))
    if subject.state is not RoundState.DRAFT:
        raise NotNow(_("The round is open, so its phases are fixed."))
    for plan in plans:
        if plan.last_day < plan.first_day:
            raise Conflict(_("“%(name)s” ends before it begins. Change one of the dates.", name=plan.name))
    spans = [rules.span(plan.first_day, plan.last_day, plan.zone) for plan in plans]
    if rules.overlap(spans):
        raise Conflict(_("Two phases overlap. Change their dates, so that one ends before the next begins."))
    kept, left = _planned_again(subject.id, plans)
    for phase in left:
        _leave_out(phase)
    for position, phase in kept.items():
        phase.position = -position  # out of the way of the others, for each place is held once
    session().flush()
    phases = []
    for position, (plan, (opens_at, closes_at)) in enumerate(zip(plans, spans, strict=True), start=1):
        phase = kept.get(position) or Phase(round_id=subject.id)
        for name, value in vars(plan).items():
            setattr(phase, name, value)
        phase.position, phase.opens_at, phase.closes_at = position, opens_at, closes_at
        phases.append(add(phase))
    record(Act.PREPARE_ROUND, actor, subject, part="phases", count=len(phases))
    bump(subject.id)
    return phases


def _planned_again(round_id: uuid.UUID, plans: Sequence[PhasePlan]) -> tuple[dict[int, Phase], list[Phase]]:
    """Return the phases that stay, by their new position, and those left out.

    A plan keeps the phase of its kind and name, else the first of its kind; a kind never changes.
    """
    left = list(session().scalars(select(Phase).where(Phase.round_id == round_id).order_by(Phase.position)))
    kept: dict[int, Phase] = {}
    for by_name in (True, False):
        for position, plan in enumerate(plans, start=1):
            alike = (p for p in left if p.kind is plan.kind and (p.name == plan.name or not by_name))
            if position not in kept and (phase := next(alike, None)) is not None:
                kept[position] = phase
                left.remove(phase)
    return kept, left


def _leave_out(phase: Phase) -> None:
    name = phase.name
    session().delete(phase)
    try:
        session().flush()
    except IntegrityError as problem:  # the only thing that stands on a phase is a poll
        raise Conflict(_("There is a poll in “%(name)s”, so keep a phase of that kind.", name=name)) from problem


def set_themes(subject: Round, plans: Sequence[ThemePlan], actor: Actor) -> list[Theme]:
    """Set the themes of a round: known codes are renamed, new ones added; a theme is never taken away."""
    known = {t.code: t for t in session().scalars(select(Theme).where(Theme.round_id == subject.id))}
    themes = []
    for position, plan in enumerate(plans, start=1):
        theme = known.pop(plan.code, None) or Theme(round_id=subject.id, code=plan.code, name="", position=0)
        theme.name, theme.statement, theme.position = plan.name, plan.statement, position
        themes.append(add(theme))
    for position, theme in enumerate(known.values(), start=len(themes) + 1):
        theme.position = position
    record(Act.PREPARE_ROUND, actor, subject, part="themes", count=len(plans))
    bump(subject.id)
    return themes
