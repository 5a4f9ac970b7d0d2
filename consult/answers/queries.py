"""Finding answers by how far they came, counting them, and counting whom they will reach."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from consult.answers.models import AnswerTerm, TextBlock
from consult.answers.rules import AT_ONCE, Reached, Step
from consult.contributions.models import Contribution, State
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.intake.models import Item, PaperReply
from consult.notifications.audience import count_concerned
from consult.participants.models import Person
from consult.policy import Actor
from consult.rounds.queries import get_round
from consult.synthesis.models import Outcome
from consult.synthesis.queries import needs_outcome


@dataclass(frozen=True)
class Row:
    """A contribution with the answer that staff work on and the name of who wrote it; `now` is what is public."""

    contribution: Contribution
    outcome: Outcome | None
    written_by: str


@dataclass(frozen=True)
class Standing:
    """How far the answers of a round are, and in which term they are due; both are empty without contributions."""

    counts: Mapping[Step, int] = field(default_factory=lambda: dict.fromkeys(Step, 0))
    on_day: date | None = None
    days: int | None = None


def list_answers(round_id: uuid.UUID, step: Step, number: int = 1) -> Page[Row]:
    """List one page of the contributions of a round of which the answer came so far, oldest first.

    One statement; a page past the end gives the last one with a second and a third.
    """
    matching = _of_step(round_id, step)
    wanted = _rows(matching).add_columns(func.count().over()).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    rows = session().execute(wanted).all()
    if not rows and number > 1:
        total = session().scalar(_joined(select(func.count(Contribution.id))).where(matching)) or 0
        return list_answers(round_id, step, max(1, -(-total // PER_PAGE)))
    return Page([Row(row[0], row[1], row[2] or "") for row in rows], number, rows[0][3] if rows else 0)


def list_signed(round_id: uuid.UUID, picked: Collection[uuid.UUID] = ()) -> list[Row]:
    """List the answers of a round that can be published, at most as many as are published at once; or those picked."""
    wanted = _rows(_of_step(round_id, Step.TO_PUBLISH)).limit(AT_ONCE)
    if picked:
        wanted = wanted.where(Outcome.id.in_(picked))
    return [Row(one, outcome, name or "") for one, outcome, name in session().execute(wanted)]


def get_answers(round_id: uuid.UUID, outcome_ids: Sequence[uuid.UUID]) -> list[tuple[Outcome, Contribution]]:
    """Return answers of a round with what they answer; raises NotFound when one of them is not there."""
    wanted = (
        select(Outcome, Contribution)
        .join(Contribution, Contribution.id == Outcome.contribution_id)
        .where(Outcome.id.in_(outcome_ids), Contribution.round_id == round_id)
        .order_by(Contribution.id)
    )
    found = [(outcome, contribution) for outcome, contribution in session().execute(wanted)]
    if len(found) != len(set(outcome_ids)):
        raise NotFound
    return found


def count_steps(round_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    """Count the answers of rounds by how far they came, with the term, in one statement.

    Each count is the length of its list.
    """
    columns = [func.count().filter(_stands(step)) for step in Step]
    wanted = (
        _joined(select(Contribution.round_id, AnswerTerm.on_day, AnswerTerm.days, *columns))
        .outerjoin(AnswerTerm, AnswerTerm.round_id == Contribution.round_id)
        .where(Contribution.round_id.in_(round_ids), _is_answered_here())
        .group_by(Contribution.round_id, AnswerTerm.on_day, AnswerTerm.days)
    )
    found = {one: Standing() for one in round_ids}
    for round_id, on_day, days, *counts in session().execute(wanted):
        found[round_id] = Standing(dict(zip(Step, counts, strict=True)), on_day, days)
    return found


def list_blocks(round_id: uuid.UUID) -> list[TextBlock]:
    """List the text blocks that a round has now, by name."""
    wanted = select(TextBlock).where(TextBlock.round_id == round_id, TextBlock.ended_at.is_(None))
    return list(session().scalars(wanted.order_by(TextBlock.name)))


def get_block(actor: Actor, slug: str, block_id: uuid.UUID) -> TextBlock:
    """Return a text block of a round that is offered now; `round` stands beside it. Raises NotFound."""
    subject = get_round(actor, slug)
    found = find_block(subject.id, block_id)
    if found is None:
        raise NotFound
    set_committed_value(found, "round", subject)
    return found


def find_block(round_id: uuid.UUID, block_id: uuid.UUID) -> TextBlock | None:
    """Find a text block of a round that is offered now."""
    wanted = (TextBlock.id == block_id, TextBlock.round_id == round_id, TextBlock.ended_at.is_(None))
    return session().scalar(select(TextBlock).where(*wanted))


def find_term(round_id: uuid.UUID) -> AnswerTerm | None:
    """Find the term in which the answers of a round are due."""
    return session().get(AnswerTerm, round_id)


def count_reached(contribution_ids: Collection[uuid.UUID]) -> Reached:
    """Count who will hear of the answers to some contributions: by message, and those who asked for a letter."""
    writers, followers = count_concerned(contribution_ids)
    letters = (
        select(func.count(PaperReply.intake_id.distinct()))
        .join(Item, Item.intake_id == PaperReply.intake_id)
        .where(Item.contribution_id.in_(contribution_ids), PaperReply.sent_at.is_(None))
    )
    return Reached(writers, followers, session().scalar(letters) or 0)


def _rows(matching: ColumnElement[bool]) -> Select[Any]:
    rows: Select[Any] = (
        _joined(select(Contribution, Outcome, Person.name))
        .outerjoin(Person, Person.id == Outcome.set_by_id)
        .where(matching)
        .options(joinedload(Contribution.round))
        .order_by(Contribution.received_at, Contribution.reference, Contribution.id)
    )
    return rows


def _joined(wanted: Any) -> Any:
    return wanted.select_from(Contribution).outerjoin(
        Outcome, and_(Outcome.contribution_id == Contribution.id, Outcome.replaced_at.is_(None))
    )


def _of_step(round_id: uuid.UUID, step: Step) -> ColumnElement[bool]:
    return and_(Contribution.round_id == round_id, _is_answered_here(), _stands(step))


def _is_answered_here() -> ColumnElement[bool]:
    """Only what is on the site and was not merged has an answer of its own."""
    return and_(Contribution.state == State.PUBLISHED, Contribution.merged_into_id.is_(None))


def _is_answered(*, finally_so: bool = False) -> ColumnElement[bool]:
    """Whatever staff work on by now, an answer to it can be read; or one that the decision made final."""
    shown = aliased(Outcome)
    told = [shown.contribution_id == Contribution.id, shown.published_at.is_not(None), shown.outdated_at.is_(None)]
    if finally_so:
        told.append(shown.final_at.is_not(None))
    return select(shown.id).where(*told).correlate(Contribution).exists()


def _stands(step: Step) -> ColumnElement[bool]:
    is_signed, is_published = Outcome.signed_at.is_not(None), Outcome.published_at.is_not(None)
    can_follow = ~_is_answered(finally_so=True)  # another answer cannot take the place of one that is final
    return {
        Step.TO_SIGN: and_(Outcome.id.is_not(None), ~is_signed, can_follow),
        Step.TO_PUBLISH: and_(is_signed, ~is_published, can_follow),
        Step.PUBLIC: is_published,
        Step.MISSING: and_(Outcome.id.is_(None), needs_outcome()),
        Step.OPEN: and_(needs_outcome(), ~_is_answered()),
        Step.LEFT: and_(Outcome.id.is_not(None), ~is_published, ~can_follow),
    }[step]
