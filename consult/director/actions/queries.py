"""Finding what is done after the decision: actions, and the adopted inputs that lack one."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import joinedload

from consult.contributions.models import Contribution, State
from consult.contributions.queries import get_contribution, visible_to
from consult.director.actions.models import Action
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.policy import Actor
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.queries import in_public

STANDING = Action.replaced_at.is_(None)
ADOPTED = [kind for kind in OutcomeKind if kind.needs_a_place]


@dataclass(frozen=True)
class Decided:
    """An input, the final answer to it where the council gave one, and what is done with it."""

    contribution: Contribution
    outcome: Outcome | None
    actions: Sequence[Action]

    @property
    def round_id(self) -> uuid.UUID:
        return self.contribution.round_id

    @property
    def is_adopted(self) -> bool:
        """Whether it was adopted, whole or in part, so that something is done or it is told why not."""
        return self.outcome is not None and self.outcome.kind in ADOPTED


@dataclass(frozen=True)
class Planned:
    """An action that stands, with the input that it is about."""

    action: Action

    @property
    def round_id(self) -> uuid.UUID:
        return self.action.contribution.round_id


def get_decided(actor: Actor, slug: str, public_id: str) -> Decided:
    """Return an input with its final answer and what is done with it; raises NotFound for one out of sight."""
    found = get_contribution(actor, slug, public_id)
    final = (Outcome.contribution_id == found.id, in_public(), Outcome.final_at.is_not(None))
    return Decided(found, session().scalar(select(Outcome).where(*final)), list_for([found.id]))


def get_planned(actor: Actor, slug: str, public_id: str, action_id: uuid.UUID) -> Planned:
    """Return an action that stands, of an input that the actor may see; raises NotFound."""
    about = get_contribution(actor, slug, public_id)
    wanted = select(Action).where(Action.id == action_id, Action.contribution_id == about.id, STANDING)
    found = session().scalar(wanted.options(joinedload(Action.contribution).joinedload(Contribution.round)))
    if found is None:
        raise NotFound
    return Planned(found)


def list_for(contribution_ids: Collection[uuid.UUID]) -> list[Action]:
    """List what is done with some inputs, the nearest day first, with the agreement that realises it."""
    wanted = select(Action).where(Action.contribution_id.in_(contribution_ids), STANDING)
    return list(session().scalars(_in_order(wanted).options(joinedload(Action.agreement))))


def list_for_agreement(actor: Actor, agreement_id: uuid.UUID) -> list[Action]:
    """List which actions an agreement realises, each with the input that it is about, as far as the actor sees it."""
    wanted = select(Action).join(Contribution, Contribution.id == Action.contribution_id)
    wanted = wanted.where(Action.agreement_id == agreement_id, STANDING, visible_to(actor))
    about = joinedload(Action.contribution).joinedload(Contribution.round)
    return list(session().scalars(_in_order(wanted).options(about)))


def list_actions(actor: Actor, round_id: uuid.UUID, number: int = 1, *, late_on: date | None = None) -> Page[Action]:
    """List one page of what is done in a round: what is overdue first, then by day, then what is done or not done.

    With `late_on` only what should have been done before that day.
    """
    which = [Contribution.round_id == round_id, STANDING, visible_to(actor)]
    which += [_is_late(late_on)] if late_on is not None else []
    wanted = select(Action).join(Contribution, Contribution.id == Action.contribution_id).where(*which)
    total = session().scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = max(1, min(number, -(-total // PER_PAGE)))
    wanted = _in_order(wanted).options(joinedload(Action.contribution), joinedload(Action.agreement))
    return Page(session().scalars(wanted.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all(), number, total)


def list_lacking(actor: Actor, round_id: uuid.UUID, number: int = 1) -> Page[Contribution]:
    """List one page of the adopted inputs of a round of which nobody said yet what is done with them (S02)."""
    which = _lacking(actor, round_id)
    total = session().scalar(select(func.count(Contribution.id)).where(*which)) or 0
    number = max(1, min(number, -(-total // PER_PAGE)))
    wanted = select(Contribution).where(*which).order_by(Contribution.reference, Contribution.id)
    return Page(session().scalars(wanted.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all(), number, total)


def count_open(actor: Actor, round_id: uuid.UUID, today: date) -> tuple[int, int]:
    """Count in one statement the adopted inputs that lack an action, and the actions that are past their day."""
    lacking = select(func.count(Contribution.id)).where(*_lacking(actor, round_id))
    late = select(func.count(Action.id)).join(Contribution, Contribution.id == Action.contribution_id)
    late = late.where(Contribution.round_id == round_id, STANDING, visible_to(actor), _is_late(today))
    first, second = session().execute(select(lacking.scalar_subquery(), late.scalar_subquery())).one()
    return first, second


def _lacking(actor: Actor, round_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    acted = exists().where(Action.contribution_id == Contribution.id, STANDING)
    return (Contribution.round_id == round_id, is_adopted(), ~acted, visible_to(actor))


def _is_late(today: date) -> ColumnElement[bool]:
    return and_(Action.done_at.is_(None), Action.due_on < today)


def is_adopted() -> ColumnElement[bool]:
    """Say of which contributions the final answer is that they are adopted, whole or in part."""
    final = (Outcome.contribution_id == Contribution.id, in_public(), Outcome.final_at.is_not(None))
    standing = (Contribution.state == State.PUBLISHED) & Contribution.merged_into_id.is_(None)
    return standing & exists().where(*final, Outcome.kind.in_(ADOPTED))


def _in_order(wanted: Select[Action]) -> Select[Action]:
    return wanted.order_by(Action.done_at.is_not(None), Action.due_on.is_(None), Action.due_on, Action.id)
