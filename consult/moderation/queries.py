"""Finding what waits for a moderator."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, union, union_all
from sqlalchemy.orm import aliased

from consult.contributions.models import PUT_FORWARD, Attachment, Contribution, Signal, State
from consult.contributions.passages import Said, face, missing
from consult.contributions.queries import (
    get_contribution,
    list_contributions,
    list_versions,
    matching,
    visible_to,
    whole_of,
)
from consult.contributions.rules import Wanted
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.language import gettext as _
from consult.foundation.paging import Page
from consult.intake.models import Item, PaperReply
from consult.moderation.models import Appeal, Ground, Hold, Redaction, Refusal, Report
from consult.moderation.rules import Asked, points_to
from consult.participants.models import Person
from consult.policy import Actor
from consult.proposals.models import Argument, Proposal, Stance
from consult.proposals.queries import has_theme
from consult.similarity.queries import list_similar, matches

FOUND = 12  # so many targets for a merge are shown at once
LOOSE = 0.1  # how alike those are that a moderator is shown first

Ruled = tuple[Refusal | Redaction, Appeal | None]  # a decision, and the appeal against it


@dataclass(frozen=True)
class Counts:
    """How many contributions stand where, and how many wait for a second person or for a look of somebody."""

    states: Mapping[State, int]
    waits: int
    reported: int
    appealed: int
    signalled: int

    def of(self, state: State | None) -> int:
        """Return how many stand there, or how many there are."""
        return self.states[state] if state is not None else sum(self.states.values())


@dataclass(frozen=True)
class Note:
    """What a row of the queue tells beside the contribution itself."""

    theme_id: uuid.UUID | None
    stance: Stance | None
    about: str | None
    refusal: Ground | None
    redaction: Ground | None
    reports: int
    appeals: int
    signals: int


@dataclass(frozen=True)
class Told:
    """A refusal with the names of who proposed and who decided."""

    refusal: Refusal
    proposed_by: str
    decided_by: str


@dataclass(frozen=True)
class Taken:
    """A redaction with the names of who proposed it, decided on it, asked to give back what was taken, and did."""

    redaction: Redaction
    proposed_by: str
    decided_by: str
    lift_asked_by: str
    lifted_by: str


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


def find_waiting(contribution_id: uuid.UUID) -> Redaction | None:
    """Find the redaction that waits for a second person, to begin or to end."""
    undecided = Redaction.decided_at.is_(None)
    return session().scalar(select(Redaction).where(Redaction.contribution_id == contribution_id, undecided))


def list_undecided(contribution_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """List on which of some contributions a decision waits for a second person, in one statement."""
    waiting = [
        select(model.contribution_id).where(model.contribution_id.in_(contribution_ids), model.decided_at.is_(None))
        for model in (Refusal, Redaction)
    ]
    return set(session().scalars(union(*waiting)))


def list_last_holds(contribution_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """List for some contributions how each was taken out of sight the last time, in one statement."""
    wanted = select(Hold.contribution_id, Hold.id).where(Hold.contribution_id.in_(contribution_ids))
    return {of: made for of, made in session().execute(wanted.order_by(Hold.held_at))}


def get_redaction(contribution: Contribution, redaction_id: uuid.UUID) -> Redaction:
    """Return a redaction of this contribution; raises NotFound for one of another."""
    found = session().get(Redaction, redaction_id)
    if found is None or found.contribution_id != contribution.id:
        raise NotFound
    return found


def list_standing(contribution_id: uuid.UUID) -> list[Redaction]:
    """List the redactions of which the passages are away now, oldest first."""
    stands = (Redaction.is_confirmed.is_(True), Redaction.lifted_at.is_(None))
    wanted = select(Redaction).where(Redaction.contribution_id == contribution_id, *stands)
    return list(session().scalars(wanted.order_by(Redaction.decided_at, Redaction.id)))


def missing_in(contribution: Contribution, passages: Sequence[str]) -> list[str]:
    """Return the passages that stand in no version of a contribution, nor in what its writer wrote on paper."""
    said = [part for one in list_versions(contribution.id) for part in (one.title, one.text)]
    written = select(Item.original).where(Item.contribution_id == contribution.id)
    return missing(passages, [*said, *session().scalars(written)])


def find_appeal(decision: Refusal | Redaction) -> Appeal | None:
    """Find the appeal against a decision."""
    return session().scalar(select(Appeal).where(getattr(Appeal, points_to(decision)) == decision.id))


def list_appeals(contribution_id: uuid.UUID) -> list[Appeal]:
    """List the appeals of an author against decisions on a contribution, newest first."""
    wanted = select(Appeal).where(Appeal.contribution_id == contribution_id).order_by(Appeal.made_at.desc())
    return list(session().scalars(wanted))


def get_appeal(contribution: Contribution, appeal_id: uuid.UUID) -> tuple[Appeal, Refusal | Redaction]:
    """Return an appeal of this contribution with the decision that it is against; raises NotFound."""
    found = session().get(Appeal, appeal_id)
    if found is None or found.contribution_id != contribution.id:
        raise NotFound
    return found, decision_of(found)


def decision_of(appeal: Appeal) -> Refusal | Redaction:
    """Return the decision that an appeal is against."""
    if appeal.refusal_id is not None:
        return session().get_one(Refusal, appeal.refusal_id)
    return session().get_one(Redaction, appeal.redaction_id)


def list_decisions(contribution: Contribution) -> list[Ruled]:
    """List the decisions on a contribution that hold now, newest first, each with the appeal against it."""
    refused = (Refusal.contribution_id == contribution.id, Refusal.is_confirmed.is_(True))
    held: list[Refusal | Redaction] = list(list_standing(contribution.id)) if contribution.hidden else []
    if contribution.state is State.REFUSED:
        newest = select(Refusal).where(*refused).order_by(Refusal.decided_at.desc()).limit(1)
        held += session().scalars(newest)
    appeals = {one.redaction_id or one.refusal_id: one for one in list_appeals(contribution.id)} if held else {}
    return [(one, appeals.get(one.id)) for one in reversed(held)]


def find_reply(contribution_id: uuid.UUID) -> PaperReply | None:
    """Find the letter that tells the writer of a contribution on paper what became of it, if they asked for one."""
    wanted = select(PaperReply).join(Item, Item.intake_id == PaperReply.intake_id)
    return session().scalar(wanted.where(Item.contribution_id == contribution_id).limit(1))


def list_granted(contributions: Collection[Contribution]) -> dict[uuid.UUID, list[Appeal]]:
    """Return the appeals about some contributions of which the author was right, oldest first; one statement."""
    found: dict[uuid.UUID, list[Appeal]] = {}
    wanted = select(Appeal).where(
        Appeal.contribution_id.in_([one.id for one in contributions]), Appeal.is_granted.is_(True)
    )
    for one in session().scalars(wanted.order_by(Appeal.decided_at, Appeal.id)):
        found.setdefault(one.contribution_id, []).append(one)
    return found


def decisions_on(contributions: Collection[Contribution]) -> dict[uuid.UUID, list[Ruled]]:
    """Return the decisions on some contributions that hold now, oldest first, with appeals.

    Two statements, and none where nothing was refused or taken away.
    """
    found: dict[uuid.UUID, list[Ruled]] = {}
    ids = [one.id for one in contributions if one.hidden or one.state is State.REFUSED]
    if not ids:
        return found
    refused = (Refusal.is_confirmed.is_(True), Contribution.state == State.REFUSED)
    covered = (Redaction.is_confirmed.is_(True), Redaction.lifted_at.is_(None))
    for table, points, holds in ((Refusal, Appeal.refusal_id, refused), (Redaction, Appeal.redaction_id, covered)):
        of: Any = table
        wanted = select(of, Appeal).outerjoin(Appeal, points == of.id)
        wanted = wanted.join(Contribution, Contribution.id == of.contribution_id).order_by(of.decided_at)
        for decision, appeal in session().execute(wanted.where(of.contribution_id.in_(ids), *holds)):
            told = found.setdefault(decision.contribution_id, [])
            told[:] = [(decision, appeal)] if isinstance(decision, Refusal) else [*told, (decision, appeal)]
    return found


def get_decision(contribution: Contribution, decision_id: str) -> Refusal | Redaction:
    """Return a decision on a contribution that holds now; raises Conflict with a sentence."""
    found = next((one for one, _appeal in list_decisions(contribution) if str(one.id) == decision_id), None)
    if found is None:
        raise Conflict(_("This decision does not hold any more. Look at the page again."))
    return found


def preview(contribution: Contribution, passages: Sequence[str]) -> Said:
    """Return how a contribution will read without further passages."""
    return face(whole_of(contribution), contribution, [*contribution.hidden, *passages])


def list_signals(contribution_id: uuid.UUID) -> list[Signal]:
    """List what a machine saw in a contribution, newest first."""
    wanted = select(Signal).where(Signal.contribution_id == contribution_id)
    return list(session().scalars(wanted.order_by(Signal.found_at.desc(), Signal.kind)))


def as_read(contributions: Collection[Contribution]) -> dict[uuid.UUID, str]:
    """Return a mark of what there is to read of some contributions: their text, files, and what a machine saw.

    Whoever decides sends the mark of what they read along; another one tells that it changed. One statement.
    """
    ids = [one.id for one in contributions]
    seen = select(Signal.contribution_id, Signal.id).where(Signal.contribution_id.in_(ids))
    files = select(Attachment.contribution_id, Attachment.id).where(Attachment.contribution_id.in_(ids))
    wanted = union_all(seen.where(Signal.cleared_at.is_(None)), files.where(Attachment.removed_at.is_(None)))
    parts: dict[uuid.UUID, list[uuid.UUID]] = {one: [] for one in ids}
    for contribution_id, part in session().execute(wanted):
        parts[contribution_id].append(part)
    return {one.id: mark_of(one, parts[one.id]) for one in contributions}


def mark_of(contribution: Contribution, parts: Iterable[uuid.UUID]) -> str:
    """Return the mark of a text with its files and signals."""
    told = [str(contribution.version), *sorted(part.hex for part in parts)]
    return sha256("|".join(told).encode()).hexdigest()[:16]


def list_redactions(contribution_id: uuid.UUID) -> list[Taken]:
    """List every redaction that was proposed for a contribution, newest first, with names; one statement."""
    proposer, decider, asker, lifter = (aliased(Person) for _each in range(4))
    wanted = (
        select(Redaction, proposer.name, decider.name, asker.name, lifter.name)
        .join(proposer, proposer.id == Redaction.proposed_by_id)
        .outerjoin(decider, decider.id == Redaction.decided_by_id)
        .outerjoin(asker, asker.id == Redaction.lift_asked_by_id)
        .outerjoin(lifter, lifter.id == Redaction.lifted_by_id)
        .where(Redaction.contribution_id == contribution_id)
        .order_by(Redaction.proposed_at.desc())
    )
    return [Taken(found, *(name or "" for name in names)) for found, *names in session().execute(wanted)]


def narrower(asked: Asked) -> list[ColumnElement[bool]]:
    """Return the conditions of the queue that are special to proposals and refusals."""
    conditions: list[ColumnElement[bool]] = []
    if asked.theme_id is not None:
        conditions.append(has_theme(asked.theme_id))
    conditions += [waiting() > 0 for name, waiting in WAITING.items() if getattr(asked, name)]
    return conditions


def count_queue(actor: Actor, round_id: uuid.UUID, asked: Asked) -> Counts:
    """Count what matches in all but its state, in one statement: per state, and what waits for somebody."""
    anywhere = replace(asked, state=None, waits=False, reported=False, appealed=False, signalled=False)
    waits = [func.sum(case((waiting() > 0, 1), else_=0)) for waiting in WAITING.values()]
    counted = (
        select(Contribution.state, func.count(Contribution.id), *waits)
        .where(matching(actor, round_id, anywhere.wanted), *narrower(anywhere))
        .group_by(Contribution.state)
    )
    rows = session().execute(counted).all()
    found = {row[0]: row[1] for row in rows}
    states = {state: found.get(state, 0) for state in State}
    return Counts(states, **{name: sum(row[at] for row in rows) for at, name in enumerate(WAITING, start=2)})


def list_queue(actor: Actor, round_id: uuid.UUID, asked: Asked, counts: Counts) -> Page[Contribution]:
    """List one page of the queue, oldest first, with author and what replaces it; one statement."""
    total = None if asked.looks_for else counts.of(asked.state)
    return list_contributions(actor, round_id, asked.wanted, *narrower(asked), number=asked.page, total=total)


def list_picked(
    actor: Actor, round_id: uuid.UUID, picked: Collection[str], state: State | None = None
) -> list[Contribution]:
    """List what was picked on a page of the queue, of one state or wherever it stands, oldest first, with authors."""
    which = Contribution.public_id.in_(picked)
    return list(list_contributions(actor, round_id, Wanted(state=state), which, total=len(picked)).items)


def notes_on(contribution_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Note]:
    """Return theme, stance, what it is about, and what waits for somebody of some contributions, in one statement."""
    under = aliased(Contribution)
    waits = [WAITING[name]() for name in ("reported", "appealed", "signalled")]
    wanted = (
        select(
            Contribution.id,
            Proposal.theme_id,
            Argument.stance,
            under.title,
            Refusal.ground,
            Redaction.ground,
            *waits,
        )
        .outerjoin(Proposal, Proposal.contribution_id == Contribution.id)
        .outerjoin(Argument, Argument.contribution_id == Contribution.id)
        .outerjoin(under, under.id == Argument.proposal_id)
        .outerjoin(Refusal, and_(Refusal.contribution_id == Contribution.id, Refusal.decided_at.is_(None)))
        .outerjoin(Redaction, and_(Redaction.contribution_id == Contribution.id, Redaction.decided_at.is_(None)))
        .where(Contribution.id.in_(contribution_ids))
    )
    return {row[0]: Note(*row[1:]) for row in session().execute(wanted)}


def _count(table: Any, *conditions: ColumnElement[bool]) -> Any:
    """Count the rows of a table that belong to a contribution and fit; part of a larger statement."""
    wanted = select(func.count()).where(table.contribution_id == Contribution.id, *conditions)
    return wanted.correlate(Contribution).scalar_subquery()


def _open_reports() -> Any:
    return _count(Report, Report.settled_at.is_(None))


def _open_decisions() -> Any:
    lifting = and_(Redaction.lift_asked_at.is_not(None), Redaction.lifted_at.is_(None))
    redactions = _count(Redaction, or_(Redaction.decided_at.is_(None), lifting))
    return _count(Refusal, Refusal.decided_at.is_(None)) + redactions


# What waits for somebody, by the word that asks for it: how many of it a contribution has.
WAITING: Mapping[str, Callable[[], Any]] = {
    "waits": _open_decisions,
    "reported": _open_reports,
    "appealed": lambda: _count(Appeal, Appeal.decided_at.is_(None)),
    "signalled": lambda: _count(
        Signal, Signal.cleared_at.is_(None), Contribution.state.in_([State.HELD, State.PUBLISHED])
    ),
}


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
