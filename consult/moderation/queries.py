"""Finding what waits for a moderator."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import aliased

from consult.contributions.models import PUT_FORWARD, Contribution, State
from consult.contributions.queries import (
    get_contribution,
    list_contributions,
    matching,
    visible_to,
)
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.language import gettext as _
from consult.foundation.paging import Page
from consult.moderation.models import Ground, Refusal, Report
from consult.moderation.rules import Asked
from consult.participants.models import Person
from consult.policy import Actor
from consult.proposals.models import Argument, Proposal, Stance
from consult.proposals.queries import has_theme
from consult.similarity.queries import list_similar, matches

FOUND = 12  # so many targets for a merge are shown at once
LOOSE = 0.1  # how alike those are that a moderator is shown first


@dataclass(frozen=True)
class Counts:
    """How many contributions stand where, and how many wait for a second person."""

    states: Mapping[State, int]
    waiting: int
    reported: int

    def of(self, state: State | None) -> int:
        """Return how many stand there, or how many there are."""
        return self.states[state] if state is not None else sum(self.states.values())


@dataclass(frozen=True)
class Note:
    """What a row of the queue tells beside the contribution itself."""

    theme_id: uuid.UUID | None
    stance: Stance | None
    waits_for: Ground | None
    reports: int


@dataclass(frozen=True)
class Told:
    """A refusal with the names of who proposed and who decided."""

    refusal: Refusal
    proposed_by: str
    decided_by: str


def get_refusal(contribution: Contribution, refusal_id: uuid.UUID) -> Refusal:
    """Return a refusal of this contribution; raises NotFound for one of another."""
    found = session().get(Refusal, refusal_id)
    if found is None or found.contribution_id != contribution.id:
        raise NotFound
    return found


def find_undecided(contribution_id: uuid.UUID) -> Refusal | None:
    """Find the refusal that waits for a second person."""
    wanted = select(Refusal).where(Refusal.contribution_id == contribution_id, Refusal.decided_at.is_(None))
    return session().scalar(wanted)


def narrower(asked: Asked) -> list[ColumnElement[bool]]:
    """Return the conditions of the queue that are special to proposals and refusals."""
    conditions: list[ColumnElement[bool]] = []
    if asked.theme_id is not None:
        conditions.append(has_theme(asked.theme_id))
    if asked.waits:
        conditions.append(Contribution.id.in_(select(Refusal.contribution_id).where(Refusal.decided_at.is_(None))))
    if asked.reported:
        conditions.append(Contribution.id.in_(select(Report.contribution_id).where(Report.settled_at.is_(None))))
    return conditions


def count_queue(actor: Actor, round_id: uuid.UUID, asked: Asked) -> Counts:
    """Count what matches in all but its state, in one statement.

    Per state, how many wait for a second person, and how many somebody reported.
    """
    anywhere = replace(asked, state=None, waits=False, reported=False)
    reported = func.sum(case((_open_reports() > 0, 1), else_=0))
    counted = (
        select(Contribution.state, func.count(Contribution.id), func.count(Refusal.id), reported)
        .outerjoin(Refusal, and_(Refusal.contribution_id == Contribution.id, Refusal.decided_at.is_(None)))
        .where(matching(actor, round_id, anywhere.wanted), *narrower(anywhere))
        .group_by(Contribution.state)
    )
    rows = session().execute(counted).all()
    found = {state: number for state, number, _waiting, _reported in rows}
    states = {state: found.get(state, 0) for state in State}
    return Counts(states, sum(row[2] for row in rows), sum(row[3] for row in rows))


def list_queue(actor: Actor, round_id: uuid.UUID, asked: Asked, counts: Counts) -> Page[Contribution]:
    """List one page of the queue, oldest first, with author and what replaces it; one statement."""
    total = None if asked.waits or asked.reported else counts.of(asked.state)
    return list_contributions(actor, round_id, asked.wanted, *narrower(asked), number=asked.page, total=total)


def notes_on(contribution_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Note]:
    """Return theme, stance, waiting refusal and open reports of some contributions, in one statement."""
    wanted = (
        select(Contribution.id, Proposal.theme_id, Argument.stance, Refusal.ground, _open_reports())
        .outerjoin(Proposal, Proposal.contribution_id == Contribution.id)
        .outerjoin(Argument, Argument.contribution_id == Contribution.id)
        .outerjoin(Refusal, and_(Refusal.contribution_id == Contribution.id, Refusal.decided_at.is_(None)))
        .where(Contribution.id.in_(contribution_ids))
    )
    return {row[0]: Note(*row[1:]) for row in session().execute(wanted)}


def _open_reports() -> Any:
    """Count the reports of a contribution that nobody settled yet."""
    waiting = select(func.count()).where(Report.contribution_id == Contribution.id, Report.settled_at.is_(None))
    return waiting.correlate(Contribution).scalar_subquery()


def list_reports(contribution_id: uuid.UUID) -> list[Report]:
    """List what readers reported of a contribution, newest first; who they are stays out."""
    wanted = select(Report).where(Report.contribution_id == contribution_id).order_by(Report.reported_at.desc())
    return list(session().scalars(wanted))


def has_reported(contribution_id: uuid.UUID, actor: Actor) -> bool:
    """Say whether a report of the actor on this waits to be looked at."""
    own = select(Report.id).where(Report.contribution_id == contribution_id, Report.reporter_id == actor.person_id)
    return session().scalar(own.where(Report.settled_at.is_(None))) is not None


def count_reports_since(person_id: uuid.UUID, since: datetime) -> int:
    """Count what somebody reported since a moment."""
    wanted = select(func.count()).where(Report.reporter_id == person_id, Report.reported_at >= since)
    return session().scalar(wanted) or 0


def list_refusals(contribution_id: uuid.UUID) -> list[Told]:
    """List every refusal that was proposed for a contribution, newest first, with names; one statement."""
    proposer, decider = aliased(Person), aliased(Person)
    wanted = (
        select(Refusal, proposer.name, decider.name)
        .join(proposer, proposer.id == Refusal.proposed_by_id)
        .outerjoin(decider, decider.id == Refusal.decided_by_id)
        .where(Refusal.contribution_id == contribution_id)
        .order_by(Refusal.proposed_at.desc())
    )
    return [Told(refusal, by, decided or "") for refusal, by, decided in session().execute(wanted)]


def list_targets(actor: Actor, contribution: Contribution, words: str) -> list[Contribution]:
    """List what a contribution could be merged into: public, standing, of its round and kind, with these words.

    Without words those that look like it, the most alike first; where none does, the oldest ones.
    """
    if not words:
        told = contribution.round_id, actor, contribution.title, contribution.text
        similar = list_similar(*told, limit=FOUND, least=LOOSE, but=contribution.id)
        if alike := [one.contribution for one in similar if one.contribution.kind is contribution.kind]:
            return alike
    wanted = (
        select(Contribution)
        .where(
            Contribution.round_id == contribution.round_id,
            Contribution.kind == contribution.kind,
            Contribution.kind.in_(PUT_FORWARD),
            Contribution.state == State.PUBLISHED,
            Contribution.merged_into_id.is_(None),
            Contribution.id != contribution.id,
            visible_to(actor),
            matches(contribution.round_id, words),
        )
        .order_by(Contribution.received_at, Contribution.id)
        .limit(FOUND)
    )
    return list(session().scalars(wanted))


def get_target(actor: Actor, contribution: Contribution, public_id: str) -> Contribution:
    """Return the contribution that somebody chose to merge into.

    Raises Conflict with a sentence when it cannot be seen or is of another round.
    """
    try:
        return get_contribution(actor, contribution.round.slug, public_id)
    except NotFound:
        raise Conflict(_("We do not know the one that you chose. Search for it again.")) from None
