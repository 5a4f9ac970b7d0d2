"""Finding shared goals, for who may know of them."""

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from consult.director.goals.models import Goal, GoalMeasurement, GoalParty, GoalSignature, GoalVersion
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.participants.models import Organisation, OrganisationState
from consult.policy import Actor
from consult.rounds.models import Round

MOST_BODIES = 1_000


def goals_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Say which goals exist for the actor: those that are public, all for staff, and their own.

    A goal is one's own by the version that stands or the one that waits, not by one that was dropped.
    """
    if actor.is_staff or actor.is_system:
        return true()
    mine = (GoalParty.goal_id == Goal.id, GoalParty.organisation_id.in_(list(actor.memberships)))
    of_version = (GoalVersion.goal_id == GoalParty.goal_id, GoalVersion.number == GoalParty.version)
    counts = (GoalParty.version >= Goal.version, exists().where(*of_version, GoalVersion.dropped_at.is_(None)))
    return or_(Goal.published_at.is_not(None), exists().where(*mine, *counts))


def get_goal(actor: Actor, goal_id: str) -> Goal:
    """Return a goal with its round, versions, parties, signatures and measurements; raises NotFound."""
    wanted = select(Goal).where(Goal.public_id == goal_id, goals_visible_to(actor)).options(*_whole())
    found = session().scalar(wanted)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Measured:
    """One value of a goal that was measured."""

    goal: Goal
    value: GoalMeasurement


def get_measured(actor: Actor, goal_id: str, measurement_id: uuid.UUID) -> Measured:
    """Return a value of a goal that counts; raises NotFound, also for one that was corrected since."""
    goal = get_goal(actor, goal_id)
    found = next((one for one in goal.measurements if one.id == measurement_id), None)
    if found is None:
        raise NotFound
    return Measured(goal, found)


def list_goals(actor: Actor, number: int = 1) -> Page[Goal]:
    """List one page of the goals that the actor may know of, the nearest target day first, each whole."""
    which = goals_visible_to(actor)
    total = session().scalar(select(func.count(Goal.id)).where(which)) or 0
    number = max(1, min(number, -(-total // PER_PAGE)))
    wanted = select(Goal).where(which).order_by(Goal.target_on, Goal.id).options(*_whole())
    return Page(session().scalars(wanted.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all(), number, total)


def list_goal_choices() -> list[tuple[str, str]]:
    """List every goal as a choice: its id and its words."""
    wanted = select(Goal.public_id, Goal.title).order_by(Goal.title).limit(MOST_BODIES)
    return [(public_id, title) for public_id, title in session().execute(wanted)]


def list_bodies() -> list[tuple[str, str]]:
    """List the organisations that were verified as choices: short name and name, by name."""
    wanted = select(Organisation.slug, Organisation.name).where(Organisation.state == OrganisationState.VERIFIED)
    return [(slug, name) for slug, name in session().execute(wanted.order_by(Organisation.name).limit(MOST_BODIES))]


def list_round_choices() -> list[tuple[str, str]]:
    """List the rounds as choices: short name and title, the newest first."""
    wanted = select(Round.slug, Round.title).where(Round.is_practice.is_(False)).order_by(Round.created_at.desc())
    return [(slug, title) for slug, title in session().execute(wanted.limit(MOST_BODIES))]


def find_body(slug: str) -> Organisation | None:
    """Find an organisation that was verified by its short name."""
    verified = Organisation.state == OrganisationState.VERIFIED
    return session().scalar(select(Organisation).where(Organisation.slug == slug, verified))


def find_round(slug: str) -> Round | None:
    """Find a round by its short name; a practice round has no goals and agreements."""
    wanted = select(Round).where(Round.slug == slug, Round.is_practice.is_(False))
    return session().scalar(wanted) if slug else None


def _whole() -> tuple[LoaderOption, ...]:
    return (
        joinedload(Goal.round),
        selectinload(Goal.versions),
        selectinload(Goal.takers).joinedload(GoalParty.organisation),
        selectinload(Goal.signatures).joinedload(GoalSignature.organisation),
        selectinload(Goal.values),
    )
