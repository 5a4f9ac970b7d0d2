"""What has a day and is not done yet, in the rooms that know no messages, and for whom it is."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, Select, String, and_, case, false, literal, null, or_, select, type_coerce, union_all
from sqlalchemy.orm import contains_eager

from consult.contributions.models import Contribution, State
from consult.decisions.models import Commitment
from consult.director.actions.models import Action
from consult.director.agreements.models import Agreement
from consult.director.tasks.models import Challenge, ChallengeState, Task
from consult.director.tasks.queries import unsigned
from consult.field.models import AdviceRequest, Outreach, Party
from consult.foundation import text
from consult.foundation.db import session
from consult.foundation.language import gettext as _
from consult.foundation.language import local, ngettext
from consult.mandates.models import RELEASES, Gate
from consult.policy import Act, Actor, Duty, Role, allows
from consult.rounds.models import Phase, Round, RoundState
from consult.rounds.queries import slug_of
from consult.synthesis.models import Draft, DraftState

MOST = 20  # things that one message names
AHEAD, BEHIND = (
    timedelta(days=3),
    timedelta(days=7),
)  # so long before a day, and after it, somebody is told


class Matter(StrEnum):
    """What it is that has a day."""

    ADVICE = "advice"
    OUTREACH = "outreach"
    TASK = "task"
    DRAFT = "draft"
    COMMITMENT = "commitment"
    ACTION = "action"
    CHALLENGE = "challenge"


# What somebody who began it does with it; who may do so no more is told no more.
DONE_BY = {
    Matter.ADVICE: Act.ASK_ADVICE,
    Matter.OUTREACH: Act.REACH_OUT,
    Matter.TASK: Act.WRITE_TASK,
    Matter.COMMITMENT: Act.RECORD_COMMITMENT,
    Matter.ACTION: Act.WRITE_ACTION,
    Matter.CHALLENGE: Act.DECIDE_CHALLENGE,
}


@dataclass(frozen=True)
class Due:
    """Something that somebody has to do, by a day; without a day it was done, or waits for nothing.

    `code` and `group` stand in its address. `is_red`: a task that others do without a signed agreement; an action
    under an agreement. `began_by` asked, started or recorded it, on the day `since`. Tasks and requests may belong to
    no round.
    """

    kind: Matter
    id: uuid.UUID
    words: str
    day: date | None
    group: str
    code: str
    is_red: bool
    round_id: uuid.UUID | None
    began_by: uuid.UUID | None
    since: date | None

    def is_for(self, actor: Actor) -> bool:
        """Whether a reminder of it goes to somebody: who began it, who directs the round, and who answers for it."""
        if self.kind not in DONE_BY or not allows(DONE_BY[self.kind], actor, self):
            return False
        if self.kind is Matter.CHALLENGE or (actor.role is Role.CONTRACTS and self.kind is Matter.TASK):
            return True
        duties = actor.duties.get(self.round_id, frozenset()) if self.round_id is not None else frozenset()
        answers = Duty.DIRECTOR in duties or (self.kind is Matter.COMMITMENT and Duty.BOARD_SPONSOR in duties)
        managed = self.kind is Matter.ACTION and self.is_red and actor.role is Role.CONTRACTS
        return answers or managed or (self.began_by is not None and self.began_by == actor.person_id)


_NOTHING = literal("")


def _advice() -> Select[*tuple[Any, ...]]:
    told = (literal(Matter.ADVICE.value), AdviceRequest.id, Party.name, AdviceRequest.due_on, _NOTHING, _NOTHING)
    wanted = select(*told, false(), AdviceRequest.round_id, AdviceRequest.asked_by_id, AdviceRequest.asked_at)
    open_ones = (AdviceRequest.answered_on.is_(None), AdviceRequest.waived_at.is_(None))
    return wanted.join(Party, Party.id == AdviceRequest.party_id).where(*open_ones)


def _outreach() -> Select[*tuple[Any, ...]]:
    planned, group = case((Outreach.done_on.is_(None), Outreach.planned_on)), type_coerce(Outreach.kind, String)
    told = (literal(Matter.OUTREACH.value), Outreach.id, Outreach.what, planned, group, Outreach.code)
    return select(*told, false(), Outreach.round_id, Outreach.started_by_id, Outreach.started_at)


def _tasks() -> Select[*tuple[Any, ...]]:
    told = (literal(Matter.TASK.value), Task.id, Task.title, Task.review_on, _NOTHING, Task.public_id, unsigned())
    wanted = select(*told, Task.round_id, Task.written_by_id, Task.written_at)
    return wanted.outerjoin(Agreement, Agreement.id == Task.agreement_id).where(Task.ended_at.is_(None))


def _commitments() -> Select[*tuple[Any, ...]]:
    told = (literal(Matter.COMMITMENT.value), Commitment.id, Commitment.text, Commitment.due_on, _NOTHING, _NOTHING)
    wanted = select(*told, false(), Commitment.round_id, Commitment.recorded_by_id, Commitment.recorded_at)
    return wanted.where(Commitment.settled_at.is_(None), Commitment.replaced_at.is_(None))


def _actions() -> Select[*tuple[Any, ...]]:
    about = Contribution.public_id
    told = (literal(Matter.ACTION.value), Action.id, Action.text, Action.due_on, _NOTHING, about)
    by = (Action.written_by_id, Action.written_at)
    wanted = select(*told, Action.agreement_id.is_not(None), Contribution.round_id, *by)
    open_ones = (Action.replaced_at.is_(None), Action.done_at.is_(None), Action.due_on.is_not(None))
    return wanted.join(Contribution, Contribution.id == Action.contribution_id).where(
        *open_ones, Contribution.state == State.PUBLISHED
    )


def _challenges() -> Select[*tuple[Any, ...]]:
    told = (literal(Matter.CHALLENGE.value), Challenge.id, Challenge.title, Challenge.reply_by, _NOTHING)
    wanted = select(*told, Challenge.public_id, false(), null(), null(), Challenge.asked_at)
    return wanted.where(Challenge.state == ChallengeState.ASKED)


def _drafts() -> Select[*tuple[Any, ...]]:
    told = (literal(Matter.DRAFT.value), Draft.id, Draft.title, null().cast(Date), _NOTHING, _NOTHING, false())
    return select(*told, Draft.round_id, null(), null()).where(Draft.state == DraftState.SUBMITTED)


def list_due(round_id: uuid.UUID) -> list[Due]:
    """List in one statement what of a round has a day, but actions, and a draft.

    Outreach that was done stands there too.
    """
    found = (
        _advice().where(AdviceRequest.round_id == round_id),
        _outreach().where(Outreach.round_id == round_id),
        _tasks().where(Task.round_id == round_id),
        _commitments().where(Commitment.round_id == round_id),
        _drafts().where(Draft.round_id == round_id),
    )
    return [_read(row) for row in session().execute(union_all(*found))]


def list_days(first: date, last: date) -> list[Due]:
    """List in one statement what is not done and has a day from `first` to `last`, of public rounds and of none."""
    public = select(Round.id).where(Round.is_public)
    found = (
        _advice().where(AdviceRequest.due_on.between(first, last), AdviceRequest.round_id.in_(public)),
        _outreach()
        .where(Outreach.done_on.is_(None), Outreach.planned_on.between(first, last))
        .where(Outreach.round_id.in_(public)),
        _tasks().where(Task.review_on.between(first, last), or_(Task.round_id.is_(None), Task.round_id.in_(public))),
        _commitments().where(Commitment.due_on.between(first, last), Commitment.round_id.in_(public)),
        _actions().where(Action.due_on.between(first, last), Contribution.round_id.in_(public)),
        _challenges().where(Challenge.reply_by.between(first, last)),
    )
    rows = [_read(row) for row in session().execute(union_all(*found))]
    return sorted(rows, key=lambda one: (one.day or last, one.kind, one.words))


def list_of_day(facts: Mapping[str, Any]) -> list[Due]:
    """List what a reminder is about, by its facts: a day, a round where it is of one, and of which things it tells."""
    day = date.fromisoformat(facts["day"])
    due = [one for one in list_days(day, day) if (str(one.round_id) if one.round_id else None) == facts.get("round")]
    things = facts.get("things")
    return due if things is None else [one for one in due if one.id.hex in things.split()]


def _read(row: tuple[object, ...]) -> Due:
    kind, *told, began_at = row
    since = local(began_at).date() if isinstance(began_at, datetime) else None
    facts: list[Any] = [*told, since]  # columns of a union have no types
    return Due(Matter(str(kind)), *facts)


def list_unsigned(today: date) -> list[tuple[Gate, Phase]]:
    """List the gates at which signatures were asked and lack, with the phase that waits for them first.

    That phase begins within three days, or should have begun in the last week. Where they were asked today, they got
    a message of that already.
    """
    wanted = select(Phase).join(Phase.round).where(Round.state == RoundState.OPEN, Round.is_public)
    waiting = wanted.where(Phase.cleared_at.is_(None), Phase.closed_at.is_(None)).options(contains_eager(Phase.round))
    phases = [one for one in session().scalars(waiting.order_by(Phase.opens_at)) if _is_near(one.opens_at, today)]
    asked = and_(Gate.asked_at.is_not(None), Gate.passed_at.is_(None))
    rounds = [one.round_id for one in phases]
    gates = session().scalars(select(Gate).where(Gate.round_id.in_(rounds), asked)) if phases else ()
    found = []
    for gate in gates:
        own = (one for one in phases if one.round_id == gate.round_id and one.kind in RELEASES[gate.kind])
        asked_today = gate.asked_at is not None and local(gate.asked_at).date() == today
        if (phase := next(own, None)) is not None and not asked_today:
            found.append((gate, phase))
    return found


def _is_near(opens_at: datetime, today: date) -> bool:
    return today - BEHIND <= local(opens_at).date() <= today + AHEAD


# --- in a message ---

_WORDS: Mapping[Matter, Callable[[], str]] = {
    Matter.ADVICE: lambda: _("Advice"),
    Matter.OUTREACH: lambda: _("Action to reach people"),
    Matter.TASK: lambda: _("Look back on a task"),
    Matter.COMMITMENT: lambda: _("Promise"),
    Matter.ACTION: lambda: _("Action after the decision"),
    Matter.CHALLENGE: lambda: _("Decide about a request to take a task over"),
}


def say_due(own: Sequence[Due]) -> str:
    """Say what is due, a line for each; of very many the first ones, and how many more there are."""
    lines = [f"- {_WORDS[one.kind]()}: {text.one_line(one.words)}" for one in own[:MOST]]
    more = len(own) - len(lines)
    return "\n".join([*lines, *([ngettext("and one more", "and %(num)s more", more)] if more else [])])


def page_of(own: Sequence[Due], actor: Actor) -> str:
    """Say where somebody sees what is due: of more kinds at once on the process board of the round.

    The board does not hold what is done after the decision, so where that is due too, its page comes first.
    """
    kinds, first = {one.kind for one in own}, own[0]
    slug = slug_of(first.round_id) if first.round_id is not None else ""
    if kinds == {Matter.COMMITMENT}:
        return f"/staff/rounds/{slug}/commitments"
    if Matter.ACTION in kinds:
        return f"/staff/rounds/{slug}/actions"
    if kinds == {Matter.CHALLENGE}:
        return "/challenges" if len(own) > 1 else f"/staff/challenges/{first.code}"
    is_on_board = first.round_id is not None and allows(Act.READ_QUEUE, actor, first)
    return f"/staff/rounds/{slug}/board" if is_on_board else "/staff/tasks"
