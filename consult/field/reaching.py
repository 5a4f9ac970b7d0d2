"""Reaching who takes part little, and asking our own departments for advice."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import delete

from consult.audit.verbs import record
from consult.field.models import AdviceRequest, Outreach, Party, PartyKind, ReachCount, ReachKind
from consult.field.rules import AGES
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.queries import list_areas


def count_reach(subject: Round, areas: Mapping[str, int], ages: Mapping[str, int], source: str, actor: Actor) -> None:
    """Write down how many people of each neighbourhood and age took part; an empty code holds who is not known.

    What was counted before is replaced. Refused for a number below zero, for a group that is not known, and when
    both do not add up to the same number of people.
    """
    counts = {ReachKind.AREA: areas, ReachKind.AGE: ages}
    if any(people < 0 for told in counts.values() for people in told.values()):
        raise Conflict(_("A number of people cannot be below zero."))
    for kind, told_of in counts.items():
        _judge_known(kind, [code for code in told_of if code])
    if areas and ages and sum(areas.values()) != sum(ages.values()):
        sums = {"areas": sum(areas.values()), "ages": sum(ages.values())}
        raise Conflict(
            _(
                "You count %(areas)s people by neighbourhood, %(ages)s by age. Put the difference under “not known”.",
                **sums,
            )
        )
    session().execute(delete(ReachCount).where(ReachCount.round_id == subject.id))
    by = {"source": source, "counted_by_id": actor.person_id, "counted_at": actor.arrived_at}
    for kind, told_of in counts.items():
        for code, people in told_of.items():
            add(ReachCount(round_id=subject.id, kind=kind, code=code, people=people, **by))
    record(Act.COUNT_REACH, actor, subject, people=sum(areas.values()))


def start_outreach(subject: Round, kind: ReachKind, code: str, what: str, planned_on: date, actor: Actor) -> Outreach:
    """Begin something that is to reach a group; refused for a day that is past, and for a group that is not known."""
    _judge_known(kind, [code])
    if planned_on < local(actor.arrived_at).date():
        raise Conflict(_("This day is past. Choose today or a later one."))
    by = {"started_by_id": actor.person_id, "started_at": actor.arrived_at}
    made = add(Outreach(round_id=subject.id, kind=kind, code=code, what=what, planned_on=planned_on, **by))
    record(Act.REACH_OUT, actor, made, kind=kind.value, code=code)
    return made


def _judge_known(kind: ReachKind, codes: Sequence[str]) -> None:
    known = {code for code, _words in AGES} if kind is ReachKind.AGE else {one.code for one in list_areas()}
    if set(codes) - known:
        raise Conflict(_("One of these groups is not known here. Open the page again."))


def finish_outreach(outreach: Outreach, done_on: date, reached: int, note: str, actor: Actor) -> None:
    """Write down how many people something reached; refused when that is written, and for a day still to come."""
    read_again_locked(outreach, ("done_on",))
    if outreach.done_on is not None:
        raise NotNow(_("It is written down already what this reached."))
    if done_on > local(actor.arrived_at).date():
        raise Conflict(_("This day has still to come. Choose today or an earlier one."))
    if reached < 0:
        raise Conflict(_("A number of people cannot be below zero."))
    outreach.done_on, outreach.reached, outreach.note = done_on, reached, note
    record(Act.REACH_OUT, actor, outreach, reached=reached)


def ask_advice(subject: Round, party: Party, question: str, due_on: date, actor: Actor) -> AdviceRequest:
    """Ask a party inside our own organisation for advice by a day.

    Refused to ask somebody outside (they take part for themselves), somebody who was taken off the map, and for
    a day that is past.
    """
    if party.round_id != subject.id or party.kind is not PartyKind.INTERNAL or party.left_at is not None:
        raise Conflict(_("Advice is asked of a department that stands on the map of this round."))
    if due_on < local(actor.arrived_at).date():
        raise Conflict(_("This day is past. Choose today or a later one."))
    by = {"asked_by_id": actor.person_id, "asked_at": actor.arrived_at}
    made = add(AdviceRequest(round_id=subject.id, party_id=party.id, question=question, due_on=due_on, **by))
    record(Act.ASK_ADVICE, actor, made, due=due_on.isoformat())
    return made


def note_advice(request: AdviceRequest, advice: str, answered_on: date, actor: Actor) -> None:
    """Write down the advice as it was given; refused when it was given or waived, and for a day still to come."""
    _still_open(request)
    if answered_on > local(actor.arrived_at).date():
        raise Conflict(_("This day has still to come. Choose today or an earlier one."))
    request.advice, request.answered_on, request.noted_by_id = advice, answered_on, actor.person_id
    record(Act.ASK_ADVICE, actor, request, answered=answered_on.isoformat())


def waive_advice(request: AdviceRequest, because: str, actor: Actor) -> None:
    """Go on without an advice, with a reason: it no longer keeps gate P3 shut. Refused once it was given or waived."""
    _still_open(request)
    request.waived_because, request.waived_by_id, request.waived_at = because, actor.person_id, actor.arrived_at
    record(Act.WAIVE_ADVICE, actor, request)


def _still_open(request: AdviceRequest) -> None:
    read_again_locked(request, ("answered_on", "waived_at"))
    if request.answered_on is not None:
        raise NotNow(_("This advice was given already."))
    if request.waived_at is not None:
        raise NotNow(_("It was decided to go on without this advice."))
