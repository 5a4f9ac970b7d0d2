"""Polls whose ballots are cast at once, over all options: what stands on them, casting and withdrawing one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from consult.audit.models import Entry
from consult.contributions.models import Channel, Contribution, Kind, State
from consult.contributions.verbs import Row, enter_many
from consult.foundation import clock, text
from consult.foundation.db import insert_of, session
from consult.foundation.errors import Conflict, NotAllowed
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.foundation.mail import enqueue
from consult.policy import Act, Actor
from consult.rounds.models import Phase, Round
from consult.rounds.rules import demand
from consult.rounds.verbs import hold_phase
from consult.voting import rules
from consult.voting.begun import begun_hash
from consult.voting.methods import METHODS, Candidate
from consult.voting.models import Method, Option, Poll, UnfinishedBallot
from consult.voting.queries import Sheet, find_lack, own_marks
from consult.voting.verbs import add_options, change_ballot, create_poll, own_voter, set_ballot

MOST_OPTIONS = 500


@dataclass(frozen=True)
class Plan:
    """One line of what people choose from: its title, or the number of a public proposal; cost in cents.

    Of plans with the same `rivals` only one can be carried out. `area` is where it belongs, for a budget per area.
    """

    title: str
    cost: int | None = None
    area: str = ""
    rivals: str = ""


def set_up_poll(
    subject: Round,
    phase: Phase,
    actor: Actor,
    *,
    title: str,
    method: Method,
    parameters: Mapping[str, Any],
    plans: Sequence[Plan],
    eligible: int | None = None,
) -> Poll:
    """Put a question over plans to voters; from now on its rule, its parameters and its plans stay as they are.

    A plan that is the number of a public proposal of the round, or of one that others were joined with, is that
    proposal; without plans all public proposals are on the ballot. Any other one becomes a contribution of its own.
    Refused as `create_poll`, with fewer than two plans, with a number of a proposal that is not public, with
    a plan that stands there twice, and where areas and budgets do not fit one another.
    """
    known = _public(subject.id)
    plans = plans or [Plan(public_id) for public_id in known]
    if not 2 <= len(plans) <= MOST_OPTIONS:
        raise Conflict(_("People need two things to choose from, and %(most)s at most.", most=MOST_OPTIONS))
    titles = [plan.title.casefold() for plan in plans]
    twice = next((plan.title for plan in plans if titles.count(plan.title.casefold()) > 1), None)
    if twice is not None:
        raise Conflict(_("“%(title)s” stands there twice.", title=twice))
    _check_areas(plans, parameters.get("area_budgets") or {})
    things = _things(subject, plans, known, actor)
    told = dict(parameters)
    areas = {thing.public_id: plan.area for plan, thing in zip(plans, things, strict=True) if plan.area}
    groups: dict[str, list[str]] = {}
    for plan, thing in zip(plans, things, strict=True):
        if plan.rivals:
            groups.setdefault(plan.rivals.casefold(), []).append(thing.public_id)
    exclusive = [group for group in groups.values() if len(group) > 1]
    told |= {"areas": areas} if areas else {}
    told |= {"exclusive": exclusive} if exclusive else {}
    poll = create_poll(subject, phase, actor, title=title, method=method, parameters=told, eligible=eligible)
    add_options(poll, [(thing.id, thing.public_id, plan.cost) for plan, thing in zip(plans, things, strict=True)])
    return poll


def _check_areas(plans: Sequence[Plan], budgets: Mapping[str, int]) -> None:
    """Where areas have their own money: each plan's area has some, each has a plan, and rivals share one."""
    if not budgets:
        return
    areas = {plan.area for plan in plans}
    for plan in plans:
        if plan.area and plan.area not in budgets:
            told = {"title": plan.title, "area": plan.area}
            raise Conflict(
                _("“%(title)s” is in %(area)s, and for that there is no budget. Add it, or change it.", **told)
            )
        if any(plan.rivals and other.area != plan.area for other in plans if _are_rivals(plan, other)):
            told = {"letter": plan.rivals}
            raise Conflict(_("The plans with the letter “%(letter)s” have to be in one area.", **told))
    idle = next((area for area in budgets if area not in areas), None)
    if idle is not None:
        raise Conflict(_("There is a budget for %(area)s, and no plan is there.", area=idle))


def _are_rivals(plan: Plan, other: Plan) -> bool:
    return plan.rivals.casefold() == other.rivals.casefold()


def _public(round_id: uuid.UUID) -> dict[str, Contribution]:
    """Return the public proposals of a round that stand, by their number."""
    wanted = select(Contribution).where(
        Contribution.round_id == round_id,
        Contribution.kind == Kind.PROPOSAL,
        Contribution.state == State.PUBLISHED,
        Contribution.merged_into_id.is_(None),
    )
    return {one.public_id: one for one in session().scalars(wanted.order_by(Contribution.public_id))}


def _things(
    subject: Round, plans: Sequence[Plan], known: Mapping[str, Contribution], actor: Actor
) -> list[Contribution]:
    """Return what each plan is: the proposal with that number, or a new plan of the authority.

    Whatever else has such a number stays as private as it is: its number is not a title.
    """
    now, fresh = clock.now(), [plan for plan in plans if plan.title.lower() not in known]
    numbers = [plan.title.lower() for plan in fresh]
    taken = session().scalar(select(Contribution.public_id).where(Contribution.public_id.in_(numbers)).limit(1))
    if taken is not None:
        raise Conflict(_("“%(number)s” is the number of something that is no public proposal here.", number=taken))
    rows = [
        Row(
            title=plan.title,
            text=plan.title,
            html=text.sanitize(plan.title),
            channel=Channel.ONLINE,
            received_at=now,
            area_code=None,
        )
        for plan in fresh
    ]
    made = enter_many(subject, Kind.PROJECT, rows, actor, act=Act.CREATE_POLL) if rows else []
    new = {plan.title: thing for plan, thing in zip(fresh, made, strict=True)}
    return [new.get(plan.title) or known[plan.title.lower()] for plan in plans]


def judge(sheet: Sheet, marks: Mapping[uuid.UUID, int]) -> None:
    """Demand that a ballot keeps to the rules of its poll; raises Unfit with what to change."""
    offered: dict[uuid.UUID, Option] = {option.id: option for option in sheet.options}
    if not offered.keys() >= marks.keys():
        raise Conflict(_("What you chose is not on the ballot any more. Look at the page again."))
    judged = METHODS[sheet.poll.method].judge
    if judged is None:
        raise Conflict(_("In this poll you choose for each proposal on its own."))
    candidates = {one.reference: one for one in map(partial(candidate, sheet.poll), sheet.options)}
    kept = marks if sheet.poll.method is Method.RANKING else said(sheet, marks)  # there a nought is a mistake
    says = {offered[option_id].reference: value for option_id, value in kept.items()}
    judged(says, candidates, sheet.poll.parameters)


def candidate(poll: Poll, option: Option) -> Candidate:
    """Return an option as the rules of its poll see it, without counts."""
    area = poll.parameters.get("areas", {}).get(option.reference, "")
    return Candidate(option.reference, option.cost or 0, area=area)


def said(sheet: Sheet, marks: Mapping[uuid.UUID, int]) -> Mapping[uuid.UUID, int]:
    """Return what marks mean that a rule lets through: places from 1 on, whatever numbers were typed; no noughts."""
    if sheet.poll.method is Method.RANKING:  # whoever types 10, 20, 30 means first, second, third
        return {one: place for place, one in enumerate(sorted(marks, key=marks.__getitem__), start=1)}
    return {one: value for one, value in marks.items() if value}


def cast_ballot(sheet: Sheet, actor: Actor, marks: Mapping[uuid.UUID, int], *, network: bytes | None = None) -> Entry:
    """Cast the actor's whole ballot; a later one replaces it. `network` is as in `cast_support`.

    Refused while the phase does not take votes, with a ballot that breaks a rule of the poll (Unfit), without an
    account, while the actor has not shown what the round asks, and after too many changes in a minute.
    """
    hold_phase(sheet.poll.phase, at=actor.arrived_at)
    judge(sheet, marks)
    return _change(sheet, actor, said(sheet, marks), network)


def begin_ballot(sheet: Sheet, actor: Actor) -> None:
    """Keep until the close that somebody looked a ballot over, so that they hear once when they did not cast it."""
    key = sheet.poll.register.key
    if actor.account_id is None or key is None or find_lack(sheet.poll, actor) is not None:
        return  # who cannot vote yet is not told to do it
    own = {"poll_id": sheet.poll.id, "hash": begun_hash(sheet.poll, key, actor.account_id)}
    new = insert_of(UnfinishedBallot).values(**own, began_on=local(actor.arrived_at).date())
    session().execute(new.on_conflict_do_nothing(index_elements=["poll_id", "hash"]))


def forget_begun() -> int:
    """Forget who began a ballot in polls that are over; return how many."""
    over = select(Poll.id).join(Phase, Phase.id == Poll.phase_id).where(Phase.closed_at.is_not(None))
    gone: Any = session().execute(delete(UnfinishedBallot).where(UnfinishedBallot.poll_id.in_(over)))
    return int(gone.rowcount)


def remind_unfinished(poll: Poll) -> None:
    """Have everybody told once who began a ballot in a poll that closes soon, and did not cast it."""
    told: dict[str, Any] = {"round": poll.round_id, "phase": poll.phase_id, "poll": poll.id}
    enqueue("ballot_unfinished", dedupe=reminder_name(poll), **told)


def reminder_name(poll: Poll) -> str:
    """Return under which name the reminder of a poll is known."""
    return f"ballot_unfinished|{poll.id}"


def withdraw_ballot(sheet: Sheet, actor: Actor) -> Entry | None:
    """Take back the actor's whole ballot, as long as votes are taken; without one nothing is done."""
    hold_phase(sheet.poll.phase, at=actor.arrived_at)
    if METHODS[sheet.poll.method].judge is None or not any(
        v is not None for v in own_marks(sheet.poll, actor).values()
    ):
        return None
    return _change(sheet, actor, {})


def _change(sheet: Sheet, actor: Actor, marks: Mapping[uuid.UUID, int], network: bytes | None = None) -> Entry:
    poll = sheet.poll
    if actor.account_id is None or poll.key is None or poll.register.key is None:
        raise NotAllowed(_("Only somebody with an account can vote."))
    demand(poll.round, Act.CAST_VOTE, actor, is_known=True)
    voter_id = own_voter(poll, poll.register.key, actor)
    tag = rules.tag(poll.key, voter_id)
    return set_ballot(poll, tag, marks, change_ballot(poll, tag, voter_id, actor, network))
