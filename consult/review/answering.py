"""Dividing formal views into points, answering and signing these off, own-motion changes, and the response note."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.verbs import record
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotNow, saved_meanwhile
from consult.foundation.language import gettext as _
from consult.mandates.models import GateKind
from consult.mandates.signing import void_sign_offs
from consult.policy import Act, Actor
from consult.review import rules
from consult.review.models import Change, FormalView, OwnChange, ResponseNote, Term, ViewPoint, ViewState
from consult.review.queries import list_all_views, list_notes, list_own_changes, list_sections
from consult.review.verbs import hold_term, hold_view, judge_waiting, tell_of
from consult.rounds.verbs import bump

POINT = (  # columns of a point that others may have changed
    "position",
    "summary",
    "section_id",
    "paragraph",
    "answer",
    "change",
    "changed_section_id",
    "changed_to",
    "version",
    "answered_by_id",
    "answered_at",
    "signed_at",
)


@dataclass(frozen=True)
class PointTold:
    """One point of a formal view: what it says, about which part of the draft, and its answer, if any."""

    summary: str
    section_id: uuid.UUID | None = None
    paragraph: str = ""
    answer: str = ""
    change: Change | None = None
    changed_section_id: uuid.UUID | None = None
    changed_to: str = ""

    @property
    def has_answer(self) -> bool:
        """Whether anything of an answer was filled in."""
        return bool(self.answer or self.change or self.changed_section_id or self.changed_to)


# --- points ---


def add_point(view: FormalView, told: PointTold, actor: Actor) -> ViewPoint:
    """Take one point out of a formal view, with its answer or without.

    Refused before it was judged, after it was withdrawn, while a response note waits and once one treats it,
    and for a section of another draft.
    """
    term = hold_view(view)
    rules.may_have_points(view)
    points = list_points(view.id)
    point = ViewPoint(view_id=view.id, position=len(points) + 1, summary="", answer="", changed_to="", version=0)
    set_committed_value(point, "view", view)
    _tell(point, told, term, actor)
    add(point)
    set_committed_value(view, "points", [*points, point])
    _settle(view)
    record(Act.SPLIT_VIEW, actor, point, view=view.id, position=point.position)
    return point


def save_point(point: ViewPoint, told: PointTold, actor: Actor, *, version: int) -> None:
    """Change what a point says or its one answer; a signature under an earlier answer falls away.

    Refused like `add_point`, for half an answer, and with both texts when somebody saved it since `version`.
    """
    term = hold_view(point.view)
    rules.may_have_points(point.view)
    session().refresh(point, attribute_names=POINT)
    if point.version != version:
        raise saved_meanwhile(
            [point.summary, point.answer, point.changed_to], [told.summary, told.answer, told.changed_to]
        )
    if _same(point, told):
        return
    _tell(point, told, term, actor)
    session().flush()
    _settle(point.view)
    record(Act.ANSWER_POINT, actor, point, view=point.view_id, version=point.version, change=told.change)


def _tell(point: ViewPoint, told: PointTold, term: Term, actor: Actor) -> None:
    """Write down what a point says; what was signed before is not signed any more."""
    known = {section.id for section in list_sections(term.draft_id)}
    if {told.section_id, told.changed_section_id} - known - {None}:
        raise Conflict(_("This section is not one of this draft. Open the page again."))
    if told.has_answer:
        rules.judge_answer(told.change, told.answer, told.changed_section_id)
    leads = told.change is not None and told.change.leads_somewhere
    point.summary, point.section_id, point.paragraph = told.summary, told.section_id, told.paragraph
    point.signed_by_id = point.signed_at = None
    point.answer, point.change = told.answer, told.change
    point.changed_section_id = told.changed_section_id if leads else None
    point.changed_to = told.changed_to if leads else ""
    point.answered_by_id = actor.person_id if told.has_answer else None
    point.answered_at = actor.arrived_at if told.has_answer else None
    point.version += 1


def _same(point: ViewPoint, told: PointTold) -> bool:
    return all(getattr(point, name) == getattr(told, name) for name in PointTold.__dataclass_fields__)


def remove_point(point: ViewPoint, actor: Actor) -> None:
    """Take a point out that should not be one; those after it move up, and the journal keeps that it was there.

    Refused like `add_point`.
    """
    view = point.view
    hold_view(view)
    rules.may_have_points(view)
    later = [one for one in list_points(view.id) if one.position > point.position]
    record(Act.SPLIT_VIEW, actor, point, view=view.id, position=point.position, removed=True)
    session().delete(point)
    session().flush()
    for one in later:
        one.position -= 1
        session().flush()
    _settle(view)


def finish_splitting(view: FormalView, actor: Actor) -> None:
    """Say that the points of a formal view are all that it says.

    Refused before it was judged, without a point, when it was said before, and while a response note waits.
    """
    hold_view(view)
    rules.judge_move(view, ViewState.SPLIT)
    if not list_points(view.id):
        raise Conflict(_("%(view)s has no point yet. Take out at least one.", view=view.code))
    view.state, view.split_at = ViewState.SPLIT, actor.arrived_at
    record(Act.SPLIT_VIEW, actor, view, number=view.number)
    _settle(view)


def sign_point(point: ViewPoint, actor: Actor, *, version: int) -> None:
    """Sign off the answer to a point, as it stood in `version`; with the last one the formal view is answered.

    Refused to whoever wrote the answer, without an answer, when it was signed before or changed meanwhile,
    and while a response note waits.
    """
    hold_view(point.view)
    rules.may_have_points(point.view)
    session().refresh(point, attribute_names=POINT)
    if point.version != version:
        raise Conflict(_("Somebody changed this answer after you read it. Read it again before you sign it off."))
    rules.judge_signature(point, actor)
    point.signed_by_id, point.signed_at = actor.person_id, actor.arrived_at
    session().flush()
    record(Act.SIGN_POINT, actor, point, view=point.view_id, version=point.version)
    _settle(point.view)


def _settle(view: FormalView) -> None:
    """Move a divided view on when all its points are signed off, and back when one is not any more."""
    session().flush()
    if view.split_at is None:
        return
    to = ViewState.ANSWERED if rules.is_answered(list_points(view.id)) else ViewState.SPLIT
    if view.state is not to:
        rules.judge_move(view, to)
        view.state = to


def list_points(view_id: uuid.UUID) -> Sequence[ViewPoint]:
    """List the points of a formal view in their order."""
    return session().scalars(select(ViewPoint).where(ViewPoint.view_id == view_id).order_by(ViewPoint.position)).all()


# --- own-motion changes ---


def make_own_change(term: Term, section_id: uuid.UUID, text: str, reason: str, actor: Actor) -> OwnChange:
    """Change the draft by the authority's own motion (ambtshalve), with the reason that stands in the note.

    Refused without a reason, for a section of another draft, and while a response note waits.
    """
    held = hold_term(term.round_id)
    judge_waiting(held.round_id)
    if section_id not in {section.id for section in list_sections(held.draft_id)}:
        raise Conflict(_("This section is not one of this draft. Open the page again."))
    if not text.strip() or not reason.strip():
        raise Conflict(_("Say what changes, and why."))
    new = OwnChange(
        round_id=held.round_id,
        section_id=section_id,
        text=text,
        reason=reason,
        made_by_id=actor.person_id,
        made_at=actor.arrived_at,
    )
    record(Act.MAKE_OWN_CHANGE, actor, add(new), section=section_id)
    return new


def drop_own_change(own: OwnChange, actor: Actor) -> None:
    """Take an own-motion change back before the note that holds it is public; the journal keeps that it was there."""
    hold_term(own.round_id)
    judge_waiting(own.round_id)
    if own.note_id is not None:
        raise NotNow(_("This change stands in the published response note, so it stays."))
    record(Act.MAKE_OWN_CHANGE, actor, own, section=own.section_id, removed=True)
    session().delete(own)
    session().flush()


# --- the response note ---


def offer_note(term: Term, actor: Actor) -> ResponseNote:
    """Offer the response note to a second person; until it is published or taken back nothing in it changes.

    Refused while it is not complete (gate P4), with the list, when there is nothing new, and when one waits.
    """
    hold_term(term.round_id)
    judge_waiting(term.round_id)
    _judge_complete(term.round_id)
    if not _list_new(term.round_id) and not _list_new_changes(term.round_id) and list_notes(term.round_id):
        raise NotNow(_("The published note holds everything there is."))
    note = ResponseNote(
        round_id=term.round_id,
        number=len(list_notes(term.round_id)) + 1,
        submitted_by_id=actor.person_id,
        submitted_at=actor.arrived_at,
    )
    record(Act.OFFER_NOTE, actor, add(note), number=note.number)
    void_sign_offs(term.round_id, GateKind.P4, actor)
    return note


def return_note(term: Term, actor: Actor) -> None:
    """Take a note back that waits for a second person; refused when none waits."""
    hold_term(term.round_id)
    note = _find_waiting(term.round_id)
    if note is None:
        raise NotNow(_("No response note waits for publication."))
    note.returned_at = actor.arrived_at
    record(Act.RETURN_NOTE, actor, note, number=note.number)
    void_sign_offs(term.round_id, GateKind.P4, actor)


def publish_note(term: Term, actor: Actor, *, read_at: str | None = None) -> ResponseNote:
    """Make the response note public, for good, and tell everybody who sent in a formal view what was answered.

    `read_at` says which offer was read, by its moment. Refused to whoever offered it, when none waits or it
    was offered anew since it was read, and while it is not complete, with the list.
    """
    hold_term(term.round_id)
    note = _find_waiting(term.round_id)
    rules.judge_publication(note, actor, read_at)
    assert note is not None  # judged
    _judge_complete(term.round_id)
    fresh, changes = _list_new(term.round_id), _list_new_changes(term.round_id)
    note.published_by_id, note.published_at = actor.person_id, actor.arrived_at
    session().flush()
    for view in fresh:
        _make_known(view, note, actor)
    for own in changes:
        own.note_id = note.id
    session().flush()
    record(Act.PUBLISH_NOTE, actor, note, number=note.number, views=len(fresh))
    bump(note.round_id)
    return note


def _make_known(view: FormalView, note: ResponseNote, actor: Actor) -> None:
    """Tie a formal view to the note and tell its author; who hears on paper is told by hand, see `notify`."""
    view.note_id = note.id
    if view.state is not ViewState.ANSWERED or not view.is_by_mail:
        return
    view.state, view.notified_at = ViewState.NOTIFIED, actor.arrived_at
    tell_of("formal_view_answered", view)


def notify(view: FormalView, actor: Actor) -> None:
    """Say that the answer to a formal view went out on paper; refused before the note is public and a second time."""
    hold_view(view, waits=False)
    if view.note_id is None or view.state is not ViewState.ANSWERED:
        raise NotNow(_("%(view)s is now: %(state)s. No answer waits for the post.", **_named(view)))
    view.state, view.notified_at = ViewState.NOTIFIED, actor.arrived_at
    record(Act.NOTIFY_VIEW, actor, view, number=view.number)


def _named(view: FormalView) -> dict[str, str]:
    return {"view": view.code, "state": view.state.words}


def _find_waiting(round_id: uuid.UUID) -> ResponseNote | None:
    return next((note for note in list_notes(round_id) if note.published_at is None), None)


def _judge_complete(round_id: uuid.UUID) -> None:
    found = rules.hindrances(_list_new(round_id))
    if found:
        told = " ".join(one.words for one in found)
        raise Conflict(" ".join([_("The response note is not complete yet."), told]))


def _list_new(round_id: uuid.UUID) -> list[FormalView]:
    return [view for view in list_all_views(round_id) if view.note_id is None]


def _list_new_changes(round_id: uuid.UUID) -> list[OwnChange]:
    return [own for own in list_own_changes(round_id) if own.note_id is None]
