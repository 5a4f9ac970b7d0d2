"""Finding decisions with what they changed, and what stands beside the signatures at a gate."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from consult.contributions.models import PUT_FORWARD, Contribution, Kind, State
from consult.decisions.models import Commitment, Decision, Deviation, Result
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.language import gettext as _
from consult.foundation.text import plain
from consult.policy import Actor
from consult.rounds.queries import get_round
from consult.synthesis.models import Draft, DraftState, Outcome, OutcomeKind, Paragraph, Section
from consult.synthesis.queries import in_public, is_input


@dataclass(frozen=True)
class Place:
    """A paragraph of a version of the draft: "2.3", and what it says."""

    stable_id: uuid.UUID
    where: str
    text: str


@dataclass(frozen=True)
class Weight:
    """What stands beside signatures: inputs, organisations that took part, and how many inputs got which outcome."""

    inputs: int
    organisations: int
    outcomes: Mapping[OutcomeKind, int]


def count_waiting(round_id: uuid.UUID) -> int:
    """Count the answers of a round that were drafted or signed and that nobody outside the team reads yet."""
    waits = (Outcome.replaced_at.is_(None), Outcome.published_at.is_(None))
    on_site = (Contribution.state == State.PUBLISHED, Contribution.merged_into_id.is_(None))
    wanted = select(func.count(Outcome.id)).join(Contribution, Contribution.id == Outcome.contribution_id)
    return session().scalar(wanted.where(Contribution.round_id == round_id, *waits, *on_site)) or 0


def list_decisions(round_id: uuid.UUID) -> list[Decision]:
    """List what the council decided in a round, the first one first, with versions and amendments."""
    wanted = (
        select(Decision)
        .where(Decision.round_id == round_id)
        .options(joinedload(Decision.draft), joinedload(Decision.amended), selectinload(Decision.amendments))
        .order_by(Decision.recorded_at)
    )
    return list(session().scalars(wanted))


def find_final(round_id: uuid.UUID) -> Decision | None:
    """Find the decision that made the outcomes of a round final."""
    return session().scalar(select(Decision).where(Decision.round_id == round_id, Decision.result != Result.SENT_BACK))


def list_commitments(round_id: uuid.UUID) -> list[Commitment]:
    """List what the board promised in a round: what is open first, the nearest day first."""
    return list_commitments_with_past(round_id)[0]


def list_promised(round_id: uuid.UUID, at: datetime) -> list[Commitment]:
    """List what the board had promised in a round as it stood at a moment, the nearest day first."""
    stood = or_(Commitment.replaced_at.is_(None), Commitment.replaced_at > at)
    wanted = select(Commitment).where(Commitment.round_id == round_id, Commitment.recorded_at <= at, stood)
    return list(session().scalars(wanted.order_by(Commitment.due_on, Commitment.id)))


def list_commitments_with_past(round_id: uuid.UUID) -> tuple[list[Commitment], dict[uuid.UUID, Commitment]]:
    """List what `list_commitments` lists, and beside it what was changed, by the promise that took its place."""
    order = (Commitment.settled_at.is_not(None), Commitment.due_on, Commitment.id)
    found = session().scalars(select(Commitment).where(Commitment.round_id == round_id).order_by(*order)).all()
    every = {one.id: one for one in found}
    replaced = {one.id: every[one.replaces_id] for one in found if one.replaces_id is not None}
    return [one for one in found if one.replaced_at is None], replaced


def get_commitment(actor: Actor, slug: str, commitment_id: uuid.UUID) -> Commitment:
    """Return something that the board promised, as it stands, with its round; raises NotFound."""
    found = get_promise(actor, slug, commitment_id)
    if found.replaced_at is not None:
        raise NotFound
    return found


def get_promise(actor: Actor, slug: str, commitment_id: uuid.UUID) -> Commitment:
    """Return something that the board promised, with its round, also when it was changed since; raises NotFound.

    For what was sent from a page that somebody opened before the change: the verbs say in words that it is too late.
    """
    subject = get_round(actor, slug)
    which = (Commitment.id == commitment_id, Commitment.round_id == subject.id)
    found = session().scalar(select(Commitment).where(*which).options(joinedload(Commitment.round)))
    if found is None:
        raise NotFound
    return found


def list_deviations(round_id: uuid.UUID) -> list[tuple[Outcome, Contribution]]:
    """List the public inputs of a round of which the decision changed the outcome, by number."""
    wanted = (
        select(Outcome, Contribution)
        .join(Deviation, Deviation.outcome_id == Outcome.id)
        .join(Contribution, Contribution.id == Outcome.contribution_id)
        .where(Contribution.round_id == round_id, Contribution.state == State.PUBLISHED)
        .order_by(Contribution.reference, Contribution.id)
    )
    return [(outcome, one) for outcome, one in session().execute(wanted)]


def list_decidable(round_id: uuid.UUID) -> list[Draft]:
    """List the published versions of the draft of a round, newest first."""
    public = (Draft.round_id == round_id, Draft.state == DraftState.PUBLISHED)
    return list(session().scalars(select(Draft).where(*public).order_by(Draft.number.desc())))


def list_places(draft_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Place]]:
    """List the paragraphs of versions of a draft, as people count them, in one statement."""
    wanted = (
        select(
            Section.draft_id,
            Paragraph.stable_id,
            Paragraph.html,
            func.dense_rank().over(partition_by=Section.draft_id, order_by=Section.position),
            func.row_number().over(partition_by=Section.id, order_by=Paragraph.position),
        )
        .join(Paragraph, Paragraph.section_id == Section.id)
        .where(Section.draft_id.in_(draft_ids))
        .order_by(Section.draft_id, Section.position, Paragraph.position)
    )
    found: dict[uuid.UUID, list[Place]] = {draft_id: [] for draft_id in draft_ids}
    if not found:
        return found
    for draft_id, stable_id, html, section, place in session().execute(wanted):
        found[draft_id].append(Place(stable_id, f"{section}.{place}", plain(html)))
    return found


def get_named(round_id: uuid.UUID, name: str) -> Contribution:
    """Return the public input of a round that has this number in the file, or this address.

    Raises Conflict when there is none, or more than one.
    """
    standing = (Contribution.round_id == round_id, Contribution.state == State.PUBLISHED, is_input())
    wanted = select(Contribution).where(*standing, (Contribution.reference == name) | (Contribution.public_id == name))
    found = list(session().scalars(wanted.limit(2)))
    if len(found) != 1:
        raise Conflict(_("There is no input “%(name)s” with an outcome in this round. Look up its number.", name=name))
    return found[0]


def list_accepted(round_id: uuid.UUID) -> list[Contribution]:
    """List what was brought in of which an outcome says that the draft takes it over: the public or the next one.

    What is out of sight is among them: it may come back, and its outcome is final then too.
    """
    taken = [kind for kind in OutcomeKind if kind.needs_a_place]
    says_so = (
        Outcome.contribution_id == Contribution.id,
        Outcome.kind.in_(taken),
        or_(in_public(), Outcome.replaced_at.is_(None)),
    )
    of_round = (Contribution.round_id == round_id, Contribution.merged_into_id.is_(None))
    wanted = select(Contribution).where(*of_round, exists().where(*says_so))
    return list(session().scalars(wanted.order_by(Contribution.id)))


def _counts() -> ColumnElement[bool]:
    """The outcome that stands; once the public one is final that one, whatever was prepared to follow it."""
    final = aliased(Outcome)
    told = (final.published_at.is_not(None), final.outdated_at.is_(None), final.final_at.is_not(None))
    has_final = select(final.id).where(final.contribution_id == Contribution.id, *told).correlate(Contribution).exists()
    return or_(and_(in_public(), Outcome.final_at.is_not(None)), and_(Outcome.replaced_at.is_(None), ~has_final))


def weigh(round_id: uuid.UUID) -> Weight:
    """Count who took part in a round and what became of the inputs, in two statements."""
    public = (Contribution.round_id == round_id, Contribution.state == State.PUBLISHED)
    inputs, organisations = (
        session()
        .execute(
            select(
                func.count().filter(Contribution.kind.in_(sorted(PUT_FORWARD))),
                func.count(Contribution.organisation_id.distinct()).filter(Contribution.kind == Kind.POSITION),
            ).where(*public)
        )
        .one()
    )
    wanted = (
        select(Outcome.kind, func.count())
        .join(Contribution, Contribution.id == Outcome.contribution_id)
        .where(*public, is_input(), _counts())
        .group_by(Outcome.kind)
    )
    return Weight(inputs, organisations, {kind: number for kind, number in session().execute(wanted)})
