"""What is done with shared goals: written, signed, measured, judged and made public."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consult.audit.verbs import record
from consult.director.goals import rules
from consult.director.goals.models import Finding, Goal, GoalMeasurement, GoalParty, GoalSignature
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.models import Organisation
from consult.policy import Act, Actor, MemberDuty, Role
from consult.rounds.models import Round


@dataclass(frozen=True)
class GoalTold:
    """What is written of a goal."""

    title: str
    why: str
    indicator: str
    unit: str
    baseline: Decimal | None
    target: Decimal
    starts_on: date
    target_on: date
    source: str
    vague_because: str = ""


def write_goal(
    told: GoalTold,
    parties: Mapping[Organisation, str],
    actor: Actor,
    *,
    of: Round | None = None,
    instead: Goal | None = None,
    version: int = 1,
) -> Goal:
    """Write a goal with who takes part in it and what each does, or change one; a change ends the signatures.

    `version` is the one that was open while it was changed. Refused when the target day is not after the first
    day, for a vague target without a number or a reason, and when somebody changed it meanwhile.
    """
    if told.target_on <= told.starts_on:
        raise Conflict(_("The target day is not after the first day. Choose a later one."))
    if rules.vague_words(told.title) and not told.vague_because:
        raise Conflict(_("The goal holds a word that measures nothing. Write a number, or say why it stays."))
    if instead is None:
        goal = add(Goal(**vars(told), round_id=of.id if of else None, version=1, **_by(actor)))
    else:
        goal = _held(instead)
        if goal.version != version:
            raise Conflict(_("Somebody changed this goal after you opened it. Open the page again."))
        for name, value in {**vars(told), **_by(actor)}.items():
            setattr(goal, name, value)
        goal.round_id, goal.version = (of.id if of else None), goal.version + 1
        _drop_parties(goal, parties)
    known = {one.organisation_id: one for one in goal.parties} if instead is not None else {}
    for organisation, contribution in parties.items():
        party = known.get(organisation.id)
        if party is None:
            add(GoalParty(goal_id=goal.id, organisation_id=organisation.id, contribution=contribution))
        else:
            party.contribution = contribution
    record(Act.WRITE_GOAL, actor, goal, version=goal.version, parties=len(parties))
    return goal


def sign_goal(goal: Goal, actor: Actor, *, version: int, organisation: Organisation | None = None) -> GoalSignature:
    """Sign a goal for the authority, or for an organisation that takes part in it, in the version that was read.

    Refused for another version than the one that stands now, for an organisation that takes no part or that the
    actor does not represent, for the authority to who wrote this version, and a second time.
    """
    _held(goal)
    if goal.version != version:
        raise Conflict(_("The goal was changed after you read it. Read version %(number)s first.", number=goal.version))
    if organisation is None and not (actor.is_system or actor.role is Role.BOARD):
        raise NotAllowed(_("The board signs for the authority."))
    if organisation is None and actor.person_id == goal.written_by_id and actor.person_id is not None:
        raise NotAllowed(_("You wrote this version yourself. Somebody else signs for the authority."))
    if organisation is not None and not _may_sign(goal, organisation, actor):
        raise NotAllowed(_("You do not represent a party of this goal."))
    of = organisation.id if organisation is not None else None
    if any(one.organisation_id == of for one in goal.standing):
        raise NotNow(_("This party signed this version already."))
    now = actor.arrived_at
    new = add(
        GoalSignature(goal_id=goal.id, version=version, organisation_id=of, signed_by_id=actor.person_id, signed_at=now)
    )
    record(Act.SIGN_GOAL, actor, goal, version=version, organisation=of)
    session().refresh(goal, ["signatures"])
    return new


def measure(goal: Goal, actor: Actor, *, on: date, value: Decimal, source: str) -> GoalMeasurement:
    """Write down what the indicator of a goal stood at on a day.

    Refused for a day to come or before the goal began, without a source, and for a day that was measured before.
    """
    _held(goal)
    if on > local(actor.arrived_at).date():
        raise Conflict(_("This day is still to come. Fill in the day on which it was measured."))
    if on < goal.starts_on:
        raise Conflict(_("This day is before the goal began. Its first value is the baseline."))
    if not source:
        raise Conflict(_("Say where this value comes from."))
    if any(one.measured_on == on for one in goal.measurements):
        raise Conflict(_("This day was measured already."))
    told = {"noted_by_id": actor.person_id, "noted_at": actor.arrived_at}
    new = add(GoalMeasurement(goal_id=goal.id, measured_on=on, value=value, source=source, **told))
    record(Act.MEASURE_GOAL, actor, goal, measurement=new.id)
    return new


def find(goal: Goal, finding: Finding, because: str, actor: Actor) -> None:
    """Say what became of a goal; it can be said anew when more was measured.

    Refused without a reason, and for "achieved" or "partly" without a measured value with its source (S27).
    """
    _held(goal)
    if not because:
        raise Conflict(_("Say why. Everybody can read it."))
    if not rules.may_be_found(goal, finding):
        raise NotNow(
            _("Nothing was measured yet, so nobody can say that it was achieved. Enter a measured value first.")
        )
    if finding is Finding.ACHIEVED and not rules.is_reached(goal):
        raise NotNow(
            _("The last measured value has not reached the target. Choose “partly achieved”, or measure again.")
        )
    goal.found, goal.found_because = finding, because
    goal.found_by_id, goal.found_at = actor.person_id, actor.arrived_at
    record(Act.MEASURE_GOAL, actor, goal, found=finding.value)


def publish_goal(goal: Goal, actor: Actor, *, woo_category: str) -> None:
    """Make a goal public; refused until two parties signed the version that stands now (S05)."""
    _held(goal)
    if not goal.is_shared:
        raise NotNow(_("This is not a shared goal yet: two parties sign the same version first."))
    goal.published_at, goal.woo_category = goal.published_at or actor.arrived_at, woo_category
    record(Act.PUBLISH_AGREEMENT, actor, goal, woo=woo_category)


def _by(actor: Actor) -> dict[str, Any]:
    return {"written_by_id": actor.person_id, "written_at": actor.arrived_at}


def _held(goal: Goal) -> Goal:
    """Lock a goal until the transaction ends, and read anew what others may have added to it."""
    read_again_locked(goal, ("version", "published_at"))
    session().refresh(goal, ["parties", "signatures", "measurements"])
    return goal


def _may_sign(goal: Goal, organisation: Organisation, actor: Actor) -> bool:
    represents = actor.memberships.get(organisation.id) is MemberDuty.REPRESENTATIVE
    return organisation.id in goal.party_ids and (represents or actor.is_system)


def _drop_parties(goal: Goal, parties: Mapping[Organisation, str]) -> None:
    """Take out who no longer takes part; what they signed stays with the version that they signed."""
    wanted = {organisation.id for organisation in parties}
    for party in goal.parties:
        if party.organisation_id not in wanted:
            session().delete(party)
    session().flush()
