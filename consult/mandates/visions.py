"""Writing and adopting the vision, linking rounds to its principles, and decisions per topic on taking part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from consult.audit.verbs import record
from consult.foundation.db import add, locked, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.mandates import signing
from consult.mandates.models import GateKind, NoPart, Principle, RoundPrinciple, Rung, Topic, Vision
from consult.mandates.queries import find_vision, list_topic_rounds, list_visions
from consult.policy import Act, Actor
from consult.rounds.models import Level, Organ, Round, RoundState
from consult.rounds.verbs import bump


def write_vision(title: str, text: str, principles: Sequence[tuple[str, str]], actor: Actor) -> Vision:
    """Write the next version of the vision, or write it anew until it is adopted; principles are (code, words).

    Refused without a principle, when two have the same code, and when it was adopted meanwhile.
    """
    codes = [code for code, _words in principles]
    if not principles:
        raise Conflict(_("Write at least one principle: rounds are held to it."))
    if len(codes) != len(set(codes)):
        raise Conflict(_("Two principles have the same code. Change one of them."))
    known = list_visions()
    vision = next((one for one in known if one.adopted_at is None), None)
    told = {"title": title, "text": text, "written_by_id": actor.person_id, "written_at": actor.arrived_at}
    if vision is not None:
        _hold_written(vision)
    else:
        vision = add(Vision(number=max((one.number for one in known), default=0) + 1, **told))
    for name, value in told.items():
        setattr(vision, name, value)
    held = {one.code: one for one in session().scalars(select(Principle).where(Principle.vision_id == vision.id))}
    for one in held.values():
        one.left_out = one.code not in codes
    for position, (code, words) in enumerate(principles, start=1):
        row = held.get(code) or Principle(vision_id=vision.id, code=code)
        row.position, row.text, row.left_out = position, words, False
        add(row)
    record(Act.WRITE_VISION, actor, vision, number=vision.number, count=len(principles))
    return vision


def _hold_written(vision: Vision) -> None:
    """Lock a version that is being written, and refuse once it was adopted: that one stays as it is."""
    read_again_locked(vision, ("adopted_at", "written_by_id", "written_at"))
    if vision.adopted_at is not None:
        raise Conflict(_("This version was adopted already. Look at the page again."))


def adopt_vision(
    vision: Vision, organ: Organ, adopted_on: date, decision: str, actor: Actor, *, seen: str | None = None
) -> None:
    """Record that an organ adopted the vision, which holds for new rounds from now on; earlier rounds keep theirs.

    `seen` says which words were read (`words_of`). Refused when they were changed since, to whoever wrote it, twice,
    for a day that is still to come, and for one before the earlier version.
    """
    _hold_written(vision)
    if seen is not None and seen != words_of(vision):
        raise Conflict(_("This was changed after you read it. Read it again first."))
    if vision.written_by_id is not None and vision.written_by_id == actor.person_id:
        raise NotAllowed(_("You wrote this version. Somebody else must record that it was adopted."))
    if adopted_on > local(actor.arrived_at).date():
        raise Conflict(_("This day is still to come. Record the decision when it was taken."))
    earlier = find_vision()
    if earlier is not None and earlier.adopted_on is not None and adopted_on < earlier.adopted_on:
        raise Conflict(_("The version before it was adopted on a later day. Look up the date of this decision."))
    vision.organ, vision.adopted_on, vision.decision = organ, adopted_on, decision
    vision.adopted_by_id, vision.adopted_at = actor.person_id, actor.arrived_at
    session().flush()
    record(Act.ADOPT_VISION, actor, vision, number=vision.number)


def words_of(vision: Vision) -> str:
    """Return what tells apart the words of a version: the moment at which they were written."""
    return vision.written_at.isoformat()


def link_principles(subject: Round, principle_ids: Collection[UUID], actor: Actor) -> None:
    """Say to which principles of the vision a round is held; the evaluation scores each of them.

    Refused once the round is open, for a principle of another version than holds now, and without any.
    """
    read_again_locked(subject, ("state",))
    if subject.state is not RoundState.DRAFT:
        raise NotNow(_("The round is open, so its principles stay as people read them."))
    vision = find_vision()
    offered = {one.id for one in vision.principles if not one.left_out} if vision is not None else set()
    if not principle_ids:
        raise Conflict(_("Choose at least one principle."))
    if not set(principle_ids) <= offered:
        raise Conflict(_("Choose principles of the vision that holds now."))
    known = session().scalars(select(RoundPrinciple).where(RoundPrinciple.round_id == subject.id))
    held = {one.principle_id: one for one in known}
    for one in held.values():
        one.ended_at = None if one.principle_id in principle_ids else one.ended_at or actor.arrived_at
    for principle_id in sorted(set(principle_ids) - set(held), key=str):
        add(RoundPrinciple(round_id=subject.id, principle_id=principle_id))
    record(Act.PREPARE_ROUND, actor, subject, part="principles", count=len(set(principle_ids)))
    for kind in (GateKind.P0, GateKind.P1):
        signing.void_sign_offs(subject.id, kind, actor)
    bump(subject.id)


@dataclass(frozen=True)
class TopicTold:
    """A decision whether and how people take part in a topic; without a level they do not, on a ground."""

    title: str
    level: Level | None
    rung: Rung
    ground: NoPart | None
    reason: str
    organ: Organ
    decided_on: date
    decision: str = ""
    round_id: UUID | None = None


def record_topic(told: TopicTold, actor: Actor, *, replaces: Topic | None = None) -> Topic:
    """Record what was decided about taking part in a topic; everybody reads it.

    Refused without a reason, for "no" without a ground, for "yes" with one, for a day that is still to come, for a
    round that is not offered (`list_topic_rounds`), and when the decision that it replaces was replaced meanwhile.
    """
    if not told.reason.strip():
        raise Conflict(_("Say why it was decided so: everybody reads it."))
    if told.level is None and told.ground is None:
        raise Conflict(_("People are not asked, so say on which ground."))
    if told.level is not None and told.ground is not None:
        raise Conflict(_("A ground belongs only to a topic about which people are not asked."))
    if told.decided_on > local(actor.arrived_at).date():
        raise Conflict(_("This day is still to come. Record the decision when it was taken."))
    if not actor.is_system and told.round_id not in {None, *(one.id for one in list_topic_rounds(actor))}:
        raise Conflict(_("Choose one of the rounds in the list, or none."))
    if replaces is not None:
        held = session().scalar(locked(select(Topic.replaced_at).where(Topic.id == replaces.id)))
        if held is not None:
            raise Conflict(_("Somebody else was just before you. Look at the page again."))
        replaces.replaced_at = actor.arrived_at
    by = {"recorded_by_id": actor.person_id, "recorded_at": actor.arrived_at}
    new = add(Topic(takes_part=told.level is not None, **by, **vars(told)))
    record(Act.RECORD_TOPIC, actor, new, takes_part=new.takes_part, replaces=replaces.id if replaces else None)
    if told.round_id is not None:
        bump(told.round_id)
    return new
