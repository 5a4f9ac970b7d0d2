"""Finding the term of a round, formal views and their points, and the response note."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from consult.contributions.models import Checked
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.policy import Actor
from consult.review.models import FormalView, OwnChange, ResponseNote, Term, Verdict, ViewFile, ViewPoint, ViewState
from consult.review.rules import Hindrance, hindrances
from consult.rounds.models import Round
from consult.rounds.queries import get_round
from consult.synthesis.models import Draft, DraftState, Section

LARGEST = 2**31 - 1  # that the database can hold as the number of a formal view

Found = TypeVar("Found", FormalView, ViewPoint, OwnChange)


@dataclass(frozen=True)
class Review:
    """The formal review of a round: its term, as far as there is one."""

    round: Round
    term: Term | None

    @property
    def round_id(self) -> uuid.UUID:
        """The round that it belongs to."""
        return self.round.id


@dataclass(frozen=True)
class Note:
    """The response note of a round as its reader may see it: what was published, or all of it for who works on it."""

    round: Round
    term: Term
    notes: Sequence[ResponseNote]
    views: Sequence[FormalView]
    own_changes: Sequence[OwnChange]

    @property
    def round_id(self) -> uuid.UUID:
        """The round that it belongs to."""
        return self.round.id

    @property
    def published(self) -> list[ResponseNote]:
        """The notes that are public, the first one first."""
        return [one for one in self.notes if one.published_at is not None]

    @property
    def waiting(self) -> ResponseNote | None:
        """The note that waits for a second person."""
        return next((one for one in self.notes if one.published_at is None), None)


def get_review(actor: Actor, slug: str) -> Review:
    """Return the formal review of a round, with its draft and outages; raises NotFound as `get_round` does."""
    subject = get_round(actor, slug)
    term = find_term(subject.id)
    if term is not None:
        set_committed_value(term, "round", subject)
    return Review(subject, term)


def get_term(actor: Actor, slug: str) -> Term:
    """Return the term of a round with the round, its draft and outages; raises NotFound where there is none."""
    term = get_review(actor, slug).term
    if term is None:
        raise NotFound
    return term


def find_term(round_id: uuid.UUID) -> Term | None:
    """Find the term of a round, with its draft and its outages, in one statement."""
    wanted = select(Term).where(Term.round_id == round_id)
    loaded = wanted.options(joinedload(Term.draft), joinedload(Term.outages))
    return session().scalars(loaded).unique().one_or_none()


def list_published_drafts(round_id: uuid.UUID) -> list[Draft]:
    """List the published versions of the draft of a round, newest first."""
    public = (Draft.round_id == round_id, Draft.state == DraftState.PUBLISHED)
    return list(session().scalars(select(Draft).where(*public).order_by(Draft.number.desc())))


def get_published_draft(round_id: uuid.UUID, draft_id: uuid.UUID | None) -> Draft:
    """Return a published version of the draft of a round; raises NotFound."""
    found = next((draft for draft in list_published_drafts(round_id) if draft.id == draft_id), None)
    if found is None:
        raise NotFound
    return found


def list_reviewed_sections(round_id: uuid.UUID) -> list[Section]:
    """List the sections of the version of the draft that is reviewed in a round."""
    reviewed = select(Term.draft_id).where(Term.round_id == round_id).scalar_subquery()
    return list(session().scalars(select(Section).where(Section.draft_id == reviewed).order_by(Section.position)))


def list_sections(draft_id: uuid.UUID) -> list[Section]:
    """List the sections of a version of the draft in their order."""
    return list(session().scalars(select(Section).where(Section.draft_id == draft_id).order_by(Section.position)))


# --- formal views ---


def _whole() -> Select[FormalView]:
    points = selectinload(FormalView.points)
    return select(FormalView).options(
        joinedload(FormalView.author),
        joinedload(FormalView.organisation),
        points.joinedload(ViewPoint.section),
        points.joinedload(ViewPoint.changed_section),
    )


def _known(slug: str, number: int) -> Select[FormalView]:
    """Find a formal view by its number, with its round, the phases of that, its author and its points."""
    round_too = contains_eager(FormalView.round).options(selectinload(Round.phases), selectinload(Round.themes))
    which = (Round.slug == slug, FormalView.number == min(number, LARGEST))
    return _whole().join(FormalView.round).where(*which).options(round_too, selectinload(FormalView.files))


def get_own_view(actor: Actor, slug: str, number: int) -> FormalView:
    """Return a formal view to whoever wrote it or is a member of the organisation that did; raises NotFound."""
    found = session().scalars(_known(slug, number)).unique().one_or_none()
    if found is None or not is_own(found, actor):
        raise NotFound
    return found


def is_own(view: FormalView, actor: Actor) -> bool:
    """Say whether the actor, or an organisation of which the actor is a member, wrote a formal view."""
    if not actor.is_authenticated:
        return False
    return view.author_id == actor.person_id or view.organisation_id in actor.memberships


def get_view(actor: Actor, slug: str, number: int) -> FormalView:
    """Return a formal view of a round that the actor serves, with its points; raises NotFound."""
    found = session().scalars(_known(slug, number)).unique().one_or_none()
    return _served(actor, found)


def get_own_view_file(actor: Actor, slug: str, number: int, view_file_id: uuid.UUID) -> ViewFile:
    """Return a file of a formal view to whoever may read that as its own, once it was checked; raises NotFound."""
    return _file_of(get_own_view(actor, slug, number), view_file_id)


def get_view_file(actor: Actor, slug: str, number: int, view_file_id: uuid.UUID) -> ViewFile:
    """Return a file of a formal view of a round that the actor serves, once it was checked; raises NotFound."""
    return _file_of(get_view(actor, slug, number), view_file_id)


def _file_of(view: FormalView, view_file_id: uuid.UUID) -> ViewFile:
    found = next((one for one in view.files if one.id == view_file_id), None)
    if found is None or found.checked is not Checked.CLEAN:
        raise NotFound
    set_committed_value(found, "view", view)
    return found


def list_stored() -> dict[str, str]:
    """Return the stored names of the files of all formal views, each with its SHA-256."""
    return dict(session().execute(select(ViewFile.stored_name, ViewFile.sha256)).all())


def list_unchecked(limit: int = 50) -> list[ViewFile]:
    """List files of formal views that wait for the scanner, the longest waiting first."""
    wanted = select(ViewFile).where(ViewFile.checked == Checked.WAITING).order_by(ViewFile.added_at)
    return list(session().scalars(wanted.limit(limit)))


def size_of_files(view: FormalView) -> int:
    """Return how many bytes of files the sender of a formal view has in its round."""
    by_body = FormalView.organisation_id == view.organisation_id
    sender = by_body if view.organisation_id is not None else FormalView.author_id == view.author_id
    wanted = select(func.sum(ViewFile.size)).join(ViewFile.view).where(FormalView.round_id == view.round_id, sender)
    return session().scalar(wanted) or 0


def get_point(actor: Actor, slug: str, point_id: uuid.UUID) -> ViewPoint:
    """Return a point of a round that the actor serves, with its view and round; raises NotFound."""
    up = contains_eager(ViewPoint.view)
    wanted = (
        select(ViewPoint)
        .join(ViewPoint.view)
        .join(FormalView.round)
        .where(ViewPoint.id == point_id, Round.slug == slug)
        .options(
            up.contains_eager(FormalView.round).options(selectinload(Round.phases), selectinload(Round.themes)),
            up.joinedload(FormalView.author),
            up.selectinload(FormalView.points),
            joinedload(ViewPoint.section),
            joinedload(ViewPoint.changed_section),
        )
    )
    return _served(actor, session().scalars(wanted).unique().one_or_none())


def get_own_change(actor: Actor, slug: str, own_change_id: uuid.UUID) -> OwnChange:
    """Return an own-motion change of a round that the actor serves, with its section; raises NotFound."""
    subject = get_round(actor, slug)
    wanted = select(OwnChange).where(OwnChange.id == own_change_id, OwnChange.round_id == subject.id)
    found = _served(actor, session().scalar(wanted.options(joinedload(OwnChange.section))))
    set_committed_value(found, "round", subject)
    return found


def _served(actor: Actor, found: Found | None) -> Found:
    if found is None or not (actor.is_system or actor.serves(found.round_id)):
        raise NotFound
    return found


def list_own_views(actor: Actor) -> list[FormalView]:
    """List what the actor, and each organisation of which the actor is a member, formally said, newest first."""
    if not actor.is_authenticated:
        return []
    mine = or_(FormalView.author_id == actor.person_id, FormalView.organisation_id.in_(list(actor.memberships)))
    wanted = select(FormalView).where(mine).options(joinedload(FormalView.round), joinedload(FormalView.organisation))
    return list(session().scalars(wanted.order_by(FormalView.received_at.desc()).limit(PER_PAGE)))


# What the list of formal views can be narrowed to; every count on the page is the length of one of these.
SHOWS: Mapping[str, ColumnElement[bool]] = {
    "unacknowledged": FormalView.state == ViewState.RECEIVED,
    "unjudged": FormalView.state == ViewState.ACKNOWLEDGED,
    "unsplit": FormalView.state.in_([ViewState.ADMISSIBLE, ViewState.EXCUSED]),
    "unanswered": FormalView.state == ViewState.SPLIT,
    "untold": and_(FormalView.state == ViewState.ANSWERED, FormalView.note_id.is_not(None)),
    "late": and_(FormalView.verdict == Verdict.LATE, FormalView.state != ViewState.WITHDRAWN),
    "withdrawn": FormalView.state == ViewState.WITHDRAWN,
}


def count_views(round_id: uuid.UUID) -> dict[str, int]:
    """Count the formal views of a round: all of them under "all", and the length of each list of SHOWS."""
    columns = [func.count().filter(which).label(name) for name, which in SHOWS.items()]
    row = session().execute(select(func.count().label("all"), *columns).where(FormalView.round_id == round_id)).one()
    return dict(row._mapping)


def list_views(round_id: uuid.UUID, counted: Mapping[str, int], show: str = "", number: int = 1) -> Page[FormalView]:
    """List one page of the formal views of a round, by number, with author and points; unknown `show` shows all.

    `counted` is what `count_views` said.
    """
    which = [FormalView.round_id == round_id, *([SHOWS[show]] if show in SHOWS else [])]
    total = counted[show if show in SHOWS else "all"]
    last = max(1, -(-total // PER_PAGE))
    number = min(max(number, 1), last)
    wanted = (
        select(FormalView)
        .where(*which)
        .options(
            joinedload(FormalView.author),
            joinedload(FormalView.organisation),
            selectinload(FormalView.points).load_only(ViewPoint.signed_at, ViewPoint.answered_at, ViewPoint.view_id),
        )
        .order_by(FormalView.number)
        .limit(PER_PAGE)
        .offset((number - 1) * PER_PAGE)
    )
    return Page(list(session().scalars(wanted)), number, total)


# --- the response note ---


def list_hindrances(round_id: uuid.UUID) -> list[Hindrance]:
    """List what keeps the response note from being complete (gate P4), in two statements."""
    return hindrances(_list_whole(FormalView.round_id == round_id, FormalView.note_id.is_(None)))


def _list_whole(*which: ColumnElement[bool]) -> list[FormalView]:
    wanted = _whole().where(*which).order_by(FormalView.number).execution_options(populate_existing=True)
    return list(session().scalars(wanted).unique())


def list_all_views(round_id: uuid.UUID) -> list[FormalView]:
    """List every formal view of a round with its points, by number."""
    return _list_whole(FormalView.round_id == round_id)


def list_notes(round_id: uuid.UUID) -> list[ResponseNote]:
    """List the response notes of a round that were not taken back, the first one first."""
    wanted = select(ResponseNote).where(ResponseNote.round_id == round_id, ResponseNote.returned_at.is_(None))
    return list(session().scalars(wanted.order_by(ResponseNote.number)))


def is_note_public(round_id: uuid.UUID) -> bool:
    """Say whether a response note of a round was published."""
    public = (ResponseNote.round_id == round_id, ResponseNote.published_at.is_not(None))
    return session().scalar(select(ResponseNote.id).where(*public).limit(1)) is not None


def list_own_changes(round_id: uuid.UUID) -> list[OwnChange]:
    """List the own-motion changes of a round, by section and then in the order in which they were made."""
    wanted = select(OwnChange).join(OwnChange.section).where(OwnChange.round_id == round_id)
    ordered = wanted.options(contains_eager(OwnChange.section)).order_by(Section.position, OwnChange.made_at)
    return list(session().scalars(ordered))


def get_note(actor: Actor, slug: str) -> Note:
    """Return the response note of a round: what was made public, and to those who serve the round all of it.

    Raises NotFound to everybody else before it was published.
    """
    review = get_review(actor, slug)
    works = actor.is_system or actor.serves(review.round_id)
    notes = list_notes(review.round_id)
    is_public = any(one.published_at is not None for one in notes) and review.round.is_public
    if review.term is None or not (works or is_public):
        raise NotFound
    views = list_all_views(review.round_id)
    changes = list_own_changes(review.round_id)
    if not works:
        views = [view for view in views if view.note_id is not None]
        changes = [one for one in changes if one.note_id is not None]
    return Note(review.round, review.term, notes, views, changes)


def list_changed_sections(round_id: uuid.UUID) -> list[Section]:
    """List the sections that change because of points or by the authority's own motion, in their order."""
    standing = FormalView.state != ViewState.WITHDRAWN
    by_points = (
        select(ViewPoint.changed_section_id)
        .join(ViewPoint.view)
        .where(FormalView.round_id == round_id, standing, ViewPoint.changed_section_id.is_not(None))
    )
    by_ourselves = select(OwnChange.section_id).where(OwnChange.round_id == round_id)
    wanted = select(Section).where(or_(Section.id.in_(by_points), Section.id.in_(by_ourselves)))
    return list(session().scalars(wanted.order_by(Section.position)))
