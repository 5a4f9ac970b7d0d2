"""Finding what was entered for others: forms, those that wait for a second look, files, and who wants a reply."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload, undefer
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import LoaderOption

from consult.contributions.models import PUT_FORWARD, Channel, Contribution, Kind, State
from consult.contributions.passages import covered, mark_in
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.intake.models import OFFLINE, Batch, Intake, Item, PaperReply
from consult.intake.rules import likeness
from consult.policy import Actor
from consult.rounds.models import Round
from consult.rounds.queries import get_round

REPLIES = 100  # of one page, so that a day's letters are printed at once


def get_form(actor: Actor, slug: str, intake_id: uuid.UUID) -> Intake:
    """Return a form with its ideas, writer and who entered it.

    Raises NotFound where the round does for this actor.
    """
    subject = get_round(actor, slug)
    wanted = select(Intake).where(Intake.id == intake_id, Intake.round_id == subject.id).options(*_whole())
    found = session().scalar(wanted)
    if found is None:
        raise NotFound
    set_committed_value(found, "round", subject)
    return found


def find_form(subject: Round, intake_id: str) -> Intake | None:
    """Find a form of a round by its number as an address holds it, with its ideas."""
    try:
        wanted = select(Intake).where(Intake.id == uuid.UUID(intake_id), Intake.round_id == subject.id)
    except ValueError:
        return None
    return session().scalar(wanted.options(*_whole()))


@dataclass(frozen=True)
class Origin:
    """What a form says of one of its ideas: the writer's own words where staff translated them, and of a record."""

    intake_id: uuid.UUID
    is_approved: bool | None
    original: str
    language: str


def find_origin(contribution: Contribution) -> Origin | None:
    """Find from which form a contribution was typed in; what came in online has none, and nothing is asked then."""
    if contribution.channel not in OFFLINE:
        return None
    wanted = (
        select(Item.intake_id, Intake.is_approved, Item.original, Item.original_language)
        .join(Item.intake)
        .where(Item.contribution_id == contribution.id)
    )
    found = session().execute(wanted).one_or_none()
    if found is None:
        return None
    original = covered(found.original, contribution.hidden, mark_in(found.original_language))
    return Origin(found.intake_id, found.is_approved, original, found.original_language)


def _whole() -> Sequence[LoaderOption]:
    return (
        joinedload(Intake.writer),
        joinedload(Intake.entered_by),
        selectinload(Intake.items).joinedload(Item.contribution),
    )


def list_unchecked(round_id: uuid.UUID, actor: Actor, total: int, number: int = 1) -> Page[Intake]:
    """List a page of the `total` forms that wait for a second look, each with its ideas and who entered it.

    The oldest come first, and those that the actor entered and may not check come last.
    """
    waiting = (Intake.round_id == round_id, Intake.is_sampled.is_(True), Intake.checked_at.is_(None))
    own = func.coalesce(Intake.entered_by_id == actor.person_id, false())
    number = max(1, min(number, -(-total // PER_PAGE) or 1))
    wanted = select(Intake).where(*waiting).order_by(own, Intake.entered_at, Intake.id).options(*_whole())
    rows = session().scalars(wanted.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()
    return Page(rows, number, total)


def count_forms(round_id: uuid.UUID) -> tuple[int, int, int, int]:
    """Count the forms of a round, those looked at again, those of them that were corrected, and those that wait."""
    wanted = select(
        func.count(),
        func.count(Intake.checked_at),
        func.count().filter(Intake.was_right.is_(False)),
        func.count().filter(Intake.is_sampled.is_(True), Intake.checked_at.is_(None)),
    ).where(Intake.round_id == round_id)
    forms, checked, corrected, waiting = session().execute(wanted).one()
    return forms, checked, corrected, waiting


def get_batch(actor: Actor, slug: str, batch_id: uuid.UUID) -> Batch:
    """Return a file of a round with what is wrong or odd in it.

    Raises NotFound where the round does for this actor, and when its day is over without being entered.
    """
    subject = get_round(actor, slug)
    wanted = select(Batch).where(Batch.id == batch_id, Batch.round_id == subject.id)
    found = session().scalar(wanted.options(undefer(Batch.problems), undefer(Batch.notes), undefer(Batch.rows)))
    if found is None or (found.confirmed_at is None and found.expires_at <= clock.now()):
        raise NotFound
    set_committed_value(found, "round", subject)
    return found


def list_batches(round_id: uuid.UUID, *, limit: int = 20) -> list[Batch]:
    """List the files that were entered or can still be, newest first."""
    wanted = (
        select(Batch)
        .where(Batch.round_id == round_id, or_(Batch.confirmed_at.is_not(None), Batch.expires_at > clock.now()))
        .order_by(Batch.sent_at.desc(), Batch.id)
    )
    return list(session().scalars(wanted.limit(limit)))


def list_unfinished() -> list[uuid.UUID]:
    """List the files that were said to be entered and are not whole yet, oldest first."""
    wanted = select(Batch.id).where(Batch.confirmed_at.is_not(None), Batch.finished_at.is_(None))
    return list(session().scalars(wanted.order_by(Batch.confirmed_at)))


def list_alike(round_id: uuid.UUID, references: Collection[str]) -> tuple[set[str], set[str]]:
    """Return which references are in use in a round, and what tells its texts apart; see `likeness`."""
    wanted = select(Contribution.reference, Contribution.text).where(
        Contribution.round_id == round_id, Contribution.kind == Kind.PROPOSAL
    )
    used: set[str] = set()
    texts: set[str] = set()
    for reference, text in session().execute(wanted).yield_per(1000):
        if reference in references:
            used.add(reference)
        texts.add(likeness(text))
    return used, texts


def count_channels(round_id: uuid.UUID) -> dict[tuple[Channel, State], int]:
    """Count what was put forward in a round per way in and state, from one index."""
    wanted = (
        select(Contribution.channel, Contribution.state, func.count())
        .where(Contribution.round_id == round_id, Contribution.kind.in_(PUT_FORWARD))
        .group_by(Contribution.channel, Contribution.state)
    )
    return {(channel, state): number for channel, state, number in session().execute(wanted)}


def list_replies(round_id: uuid.UUID, number: int = 1) -> Page[PaperReply]:
    """List a page of who wants a reply on paper, those who still wait first, each with form, writer and ideas."""
    total = session().scalar(select(func.count()).where(PaperReply.round_id == round_id)) or 0
    number = max(1, min(number, -(-total // REPLIES) or 1))
    form = contains_eager(PaperReply.intake)
    wanted = (
        select(PaperReply)
        .join(PaperReply.intake)
        .where(PaperReply.round_id == round_id)
        .order_by(PaperReply.sent_at.is_not(None), Intake.received_at, Intake.id)
        .options(form.joinedload(Intake.writer), form.selectinload(Intake.items).joinedload(Item.contribution))
    )
    rows = session().scalars(wanted.limit(REPLIES).offset((number - 1) * REPLIES)).all()
    return Page(rows, number, total, REPLIES)


def pick_replies(subject: Round, intake_ids: Iterable[uuid.UUID]) -> list[PaperReply]:
    """Return those of some replies that belong to a round."""
    wanted = select(PaperReply).where(PaperReply.round_id == subject.id, PaperReply.intake_id.in_(list(intake_ids)))
    return list(session().scalars(wanted))
