"""What is done with shared goals: written, signed, measured, judged and made public."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consult.audit.verbs import record
from consult.director.goals import rules
from consult.director.goals.models import Better, Finding, Goal, GoalMeasurement, GoalParty, GoalSignature, GoalVersion
from consult.director.goals.queries import Measured
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
    better: Better
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
    """Write a goal with who takes part in it and what each does, or a next version of one.

    While nothing is shared the new version stands at once, and everybody signs anew. Once two parties signed one
    version, that one goes on standing until the new one is signed too (S05); `version` is the newest one that was
    open meanwhile. Refused when the target day is not after the first day, for a year that nobody means, a target
    on the wrong side of its beginning, a vague target without a number or a reason, when somebody else wrote, and
    once something was measured for another indicator, unit or direction: those values would judge what they are not.
    """
    _check(told)
    if instead is None:
        goal = add(Goal(**vars(told), round_id=of.id if of else None, version=1, **_by(actor)))
        number = 1
    else:
        goal = _held(instead)
        if goal.newest != version:
            raise Conflict(_("Somebody changed this goal after you opened it. Open the page again."))
        if goal.measurements and _measures(goal) != _measures(told):
            raise Conflict(
                _("This goal was measured already, so its indicator, unit and direction stay. Write a new goal.")
            )
        number, goal.round_id = goal.newest + 1, of.id if of else None
        _make_way(goal, told, number, actor)
    add(GoalVersion(goal_id=goal.id, number=number, **vars(told), **_by(actor)))
    for organisation, contribution in parties.items():
        taking = {"organisation_id": organisation.id, "contribution": contribution}
        add(GoalParty(goal_id=goal.id, version=number, **taking))
    record(Act.WRITE_GOAL, actor, goal, version=number, parties=len(parties))
    session().refresh(goal, ["versions", "takers", "signatures"])
    return goal


def _check(told: GoalTold) -> None:
    if told.target_on <= told.starts_on:
        raise Conflict(_("The target day is not after the first day. Choose a later one."))
    if fault := rules.fault_of_years(told.starts_on, told.target_on):
        raise Conflict(fault)
    if fault := rules.fault_of_direction(told.better, told.baseline, told.target):
        raise Conflict(fault)
    if rules.vague_words(told.title) and not told.vague_because:
        raise Conflict(_("The goal holds a word that measures nothing. Write a number, or say why it stays."))


def _measures(one: Goal | GoalTold) -> tuple[str, str, Better]:
    return one.indicator, one.unit, one.better


def _make_way(goal: Goal, told: GoalTold, number: int, actor: Actor) -> None:
    """Let the new words stand where nothing is shared yet; otherwise they wait beside those that are.

    What was found of the goal by the earlier words falls away when others stand.
    """
    if goal.draft is not None:
        goal.draft.dropped_at = actor.arrived_at
    if not goal.is_shared:
        goal.version = number
        for name, value in {**vars(told), **_by(actor)}.items():
            setattr(goal, name, value)
        _forget_finding(goal)


def drop_version(goal: Goal, actor: Actor) -> None:
    """Give up the version that waits for signatures; refused where none does."""
    _held(goal)
    if goal.draft is None:
        raise NotNow(_("No new version of this goal waits for signatures."))
    number, goal.draft.dropped_at = goal.draft.number, actor.arrived_at
    record(Act.WRITE_GOAL, actor, goal, version=number, dropped=True)


def sign_goal(goal: Goal, actor: Actor, *, version: int, organisation: Organisation | None = None) -> GoalSignature:
    """Sign a goal for the authority, or for an organisation that takes part in it, in the version that was read.

    Once all who signed the version that stands and still take part signed a later one, that one stands from here
    on; what was found of the goal by the earlier words falls away then. Refused for another version than the one
    that can be signed, for an organisation that takes no part or that the actor does not represent, for the
    authority to who wrote this version, and a second time.
    """
    _held(goal)
    if goal.signable != version:
        raise Conflict(
            _("The goal was changed after you read it. Read version %(number)s first.", number=goal.signable)
        )
    _may_sign(goal, version, organisation, actor)
    of = organisation.id if organisation is not None else None
    now = actor.arrived_at
    new = add(
        GoalSignature(goal_id=goal.id, version=version, organisation_id=of, signed_by_id=actor.person_id, signed_at=now)
    )
    record(Act.SIGN_GOAL, actor, goal, version=version, organisation=of)
    session().refresh(goal, ["signatures"])
    if goal.draft is not None and rules.takes_over(goal, goal.draft):
        _let_stand(goal, goal.draft)
    return new


def _may_sign(goal: Goal, version: int, organisation: Organisation | None, actor: Actor) -> None:
    written_by = next((one.written_by_id for one in goal.versions if one.number == version), goal.written_by_id)
    if organisation is None and not (actor.is_system or actor.role is Role.BOARD):
        raise NotAllowed(_("The board signs for the authority."))
    if organisation is None and actor.person_id == written_by and actor.person_id is not None:
        raise NotAllowed(_("You wrote this version yourself. Somebody else signs for the authority."))
    if organisation is not None:
        represents = actor.memberships.get(organisation.id) is MemberDuty.REPRESENTATIVE
        takes_part = any(one.organisation_id == organisation.id for one in goal.taking_part(version))
        if not takes_part or not (represents or actor.is_system):
            raise NotAllowed(_("You do not represent a party of this goal."))
    of = organisation.id if organisation is not None else None
    if any(one.organisation_id == of for one in goal.signed(version)):
        raise NotNow(_("This party signed this version already."))


def _let_stand(goal: Goal, draft: GoalVersion) -> None:
    for name in (*GoalTold.__dataclass_fields__, "written_by_id", "written_at"):
        setattr(goal, name, getattr(draft, name))
    goal.version = draft.number
    _forget_finding(goal)
    session().flush()


def _forget_finding(goal: Goal) -> None:
    goal.found, goal.found_because, goal.found_by_id, goal.found_at = None, "", None, None


def measure(goal: Goal, actor: Actor, *, on: date, value: Decimal, source: str) -> GoalMeasurement:
    """Write down what the indicator of a goal stood at on a day.

    Refused for a day to come or before the goal began, without a source, and for a day that was measured before.
    """
    _held(goal)
    if fault := rules.fault_of_measuring(goal, on, local(actor.arrived_at).date()):
        raise Conflict(fault)
    if not source:
        raise Conflict(_("Say where this value comes from."))
    new = add(GoalMeasurement(goal_id=goal.id, measured_on=on, value=value, source=source, **_noted(actor)))
    record(Act.MEASURE_GOAL, actor, goal, measurement=new.id)
    return new


def correct(measured: Measured, actor: Actor, *, value: Decimal, source: str, because: str) -> GoalMeasurement:
    """Correct a value of a goal; the earlier one stays readable, with why it was wrong.

    Where the goal was called achieved by the earlier value and is not by this one, that falls away. Refused
    without a reason or a source, and for a value that was corrected meanwhile.
    """
    goal, earlier = _held(measured.goal), measured.value
    if earlier.replaced_at is not None or earlier.id not in {one.id for one in goal.measurements}:
        raise Conflict(_("Somebody corrected this value already. Open the page again."))
    if not source:
        raise Conflict(_("Say where this value comes from."))
    if not because:
        raise Conflict(_("Say what was wrong with the earlier value."))
    earlier.replaced_at = actor.arrived_at
    session().flush()
    told = {"measured_on": earlier.measured_on, "value": value, "source": source, "because": because}
    new = add(GoalMeasurement(goal_id=goal.id, **told, **_noted(actor)))
    session().refresh(goal, ["values"])
    if goal.found is not None and not rules.may_be_found(goal, goal.found):
        _forget_finding(goal)
    record(Act.MEASURE_GOAL, actor, goal, measurement=new.id, corrects=earlier.id, found=goal.found)
    return new


def _noted(actor: Actor) -> dict[str, Any]:
    return {"noted_by_id": actor.person_id, "noted_at": actor.arrived_at}


def find(goal: Goal, finding: Finding, because: str, actor: Actor) -> None:
    """Say what became of a goal; it can be said anew when more was measured.

    Refused without a reason, and for "achieved" or "partly" without a measured value with its source (S27).
    """
    _held(goal)
    if not because:
        raise Conflict(_("Say why. Everybody can read it."))
    if finding is not Finding.MISSED and not goal.measurements:
        raise NotNow(
            _("Nothing was measured yet, so nobody can say that it was achieved. Enter a measured value first.")
        )
    if not rules.may_be_found(goal, finding):
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
    read_again_locked(goal, ("version", "published_at", "found", "found_at"))
    session().refresh(goal, ["versions", "takers", "signatures", "values"])
    return goal
