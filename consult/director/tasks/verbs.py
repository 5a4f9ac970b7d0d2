"""What is done with tasks: written, ended; and with requests to take one over: sent in, taken back, decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from consult.audit.verbs import record
from consult.director.agreements import verbs as agreements
from consult.director.agreements.models import Agreement, LegalForm
from consult.director.tasks import rules
from consult.director.tasks.models import Challenge, ChallengeState, ChallengeTerms, Choice, Rung, Task
from consult.director.tasks.queries import count_waiting, find_terms, list_represented
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.foundation.mail import enqueue
from consult.participants.models import Organisation
from consult.policy import Act, Actor
from consult.rounds.models import Round

MOST_WAITING = 5  # requests of one person


@dataclass(frozen=True)
class TaskTold:
    """What the register holds of a task; costs are euros a year."""

    title: str
    choice: Choice
    rung: Rung
    because: str
    own_cost: Decimal | None = None
    outside_cost: Decimal | None = None
    legal_form: LegalForm | None = None
    stops: str = ""
    review_on: date | None = None


@dataclass(frozen=True)
class ChallengeTold:
    """What somebody says who wants to take a task over; `cost` is what they ask for it, in euros a year."""

    title: str
    better: str
    who: str
    support: str
    cost: Decimal


@dataclass(frozen=True)
class Acceptance:
    """What belongs to a yes: with whom the agreement is made, what the authority stops, and when it looks back."""

    partner: Organisation
    stops: str
    review_on: date


def write_task(
    told: TaskTold,
    actor: Actor,
    *,
    of: Round | None = None,
    agreement: Agreement | None = None,
    instead: Task | None = None,
) -> Task:
    """Write a task into the register with who does it and why, or change one.

    Refused for a task that is let go without what the authority stops doing and the day to look back (S09), and
    for one that was ended.
    """
    if fault := rules.fault(told.choice, told.stops, told.review_on):
        raise Conflict(fault)
    by = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    ties = {"round_id": of.id if of else None, "agreement_id": agreement.id if agreement else None}
    if instead is None:
        task = add(Task(**vars(told), **ties, **by))
    else:
        task = instead
        read_again_locked(task, ("ended_at",))
        _standing(task)
        for name, value in {**vars(told), **ties, **by}.items():
            setattr(task, name, value)
        session().flush()
    record(Act.WRITE_TASK, actor, task, choice=told.choice.value)
    return task


def end_task(task: Task, actor: Actor) -> None:
    """Take a task out of the register: nobody does it any more. Refused when that was done already."""
    read_again_locked(task, ("ended_at",))
    _standing(task)
    task.ended_at = actor.arrived_at
    record(Act.WRITE_TASK, actor, task, ended=True)


def _standing(task: Task) -> None:
    if task.ended_at is not None:
        raise NotNow(_("This task was taken out of the register."))


def set_terms(conditions: Sequence[str], weeks: int, actor: Actor) -> ChallengeTerms:
    """Set the conditions to whoever takes a task over, from here on; what was asked before keeps those of its day.

    Refused without a condition, and for a term that is not from 1 to 26 weeks.
    """
    if not conditions or not 1 <= weeks <= 26:
        raise Conflict(_("Write at least one condition, and a term from 1 to 26 weeks."))
    held = find_terms()
    number = held.number + 1 if held is not None else 1
    by = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    made = add(ChallengeTerms(number=number, conditions=list(conditions), weeks=weeks, **by))
    record(Act.SET_CHALLENGE_TERMS, actor, made, number=number, conditions=len(conditions), weeks=weeks)
    return made


def challenge(told: ChallengeTold, actor: Actor, *, organisation: Organisation | None = None) -> Challenge:
    """Ask to take a task over, for oneself or for an organisation; the authority decides within its term.

    Who asks gets a proof of receipt (Awb 2:13), and who decides hears of it.
    Refused for an organisation that the actor does not represent or that was not checked yet, while the authority set
    no conditions, for a cost below zero, and while five requests of the same person wait.
    """
    if organisation is not None and organisation not in list_represented(actor):
        raise NotAllowed(_("You may not do this."))
    terms = find_terms()
    if count_waiting(actor) >= MOST_WAITING:
        raise NotNow(_("Five of your requests wait for a decision. Wait for one of those, or take one back."))
    if terms is None:
        raise NotNow(_("The conditions for taking a task over are not set yet. Ask us when they are."))
    if told.cost < 0:
        raise Conflict(_("An amount cannot be below zero."))
    body = {"organisation_id": organisation.id if organisation else None, "author_id": actor.person_id}
    reply_by = local(actor.arrived_at).date() + timedelta(weeks=terms.weeks)
    when = {"asked_at": actor.arrived_at, "reply_by": reply_by}
    made = add(Challenge(**vars(told), **body, **when, conditions=list(terms.conditions)))
    record(Act.CHALLENGE, actor, made, terms=terms.number)
    enqueue("challenge_received", recipient_id=actor.person_id, challenge=made.id)
    enqueue("challenge_asked", challenge=made.id)
    return made


def withdraw_challenge(of: Challenge, actor: Actor) -> None:
    """Take a request back; refused once it was decided."""
    _undecided(of)
    of.state = ChallengeState.WITHDRAWN
    record(Act.WITHDRAW_CHALLENGE, actor, of)


def refuse_challenge(of: Challenge, ground: str, actor: Actor) -> None:
    """Refuse a request, with the ground that everybody reads; refused without one, and once it was decided."""
    _decide(of, ground, actor)
    of.state, of.ground = ChallengeState.REFUSED, ground
    record(Act.DECIDE_CHALLENGE, actor, of, accepts=False)


def accept_challenge(of: Challenge, ground: str, accepted: Acceptance, actor: Actor) -> Task:
    """Accept a request: the task is let go, and a draft of an agreement waits for its terms (L02).

    Refused as `write_task` does, without a ground, and once it was decided.
    """
    _decide(of, ground, actor)
    form = LegalForm.CHALLENGE
    agreement = agreements.make(of.title[:120], form, accepted.partner, actor)
    told = TaskTold(
        title=of.title,
        choice=Choice.LET_GO,
        rung=Rung.LET_GO,
        because=ground[:1000],
        outside_cost=of.cost,
        legal_form=form,
        stops=accepted.stops,
        review_on=accepted.review_on,
    )
    task = write_task(told, actor, agreement=agreement)
    of.state, of.ground, of.task_id = ChallengeState.ACCEPTED, ground, task.id
    record(Act.DECIDE_CHALLENGE, actor, of, accepts=True, task=task.id)
    return task


def _decide(of: Challenge, ground: str, actor: Actor) -> None:
    _undecided(of)
    if not ground:
        raise Conflict(_("Write the ground of the decision."))
    of.decided_by_id, of.decided_at = actor.person_id, actor.arrived_at
    if of.author_id is not None:
        enqueue("challenge_decided", recipient_id=of.author_id, challenge=of.id)


def _undecided(of: Challenge) -> None:
    read_again_locked(of, ("state",))
    if of.state is not ChallengeState.ASKED:
        raise NotNow(_("This request is no longer open: it was %(state)s.", state=of.state.words))
