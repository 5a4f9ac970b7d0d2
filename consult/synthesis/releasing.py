"""Versions of a draft: beginning one, offering it, taking it back and publishing it."""

import uuid

from sqlalchemy import ColumnElement, func, select

from consult.audit.verbs import record
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.mandates.models import GateKind
from consult.mandates.queries import find_gate
from consult.mandates.signing import void_sign_offs
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump, hold_undecided
from consult.synthesis import rules
from consult.synthesis.carrying import carry
from consult.synthesis.models import Draft, DraftState, Paragraph, Section, SourceLink
from consult.synthesis.queries import coverage, list_bare, list_unplaced
from consult.synthesis.verbs import PASSAGE, SOURCES, hold_version, paragraphs_of, sections_of

# --- beginning a version ---


def begin_draft(subject: Round, title: str, actor: Actor) -> Draft:
    """Begin the first version of the draft of a round.

    Refused when the round has a draft: that one is continued; and once the round is decided.
    """
    hold_undecided(subject.id)
    if session().scalar(select(Draft.id).where(Draft.round_id == subject.id).limit(1)):
        raise Conflict(_("This round has a draft already. Continue with that one."))
    draft = add(_version(subject.id, 1, title, actor))
    record(Act.WRITE_DRAFT, actor, draft, begun=1)
    return draft


def begin_next_version(draft: Draft, actor: Actor) -> Draft:
    """Begin the next version with a copy of all that is in a published one; its paragraphs keep their stable ids.

    Refused while the version is not published, and when a next one was begun already.
    """
    hold_version(draft)
    if draft.state is not DraftState.PUBLISHED or _last_number(draft) != draft.number:
        raise Conflict(_("There is a version that is being written already. Continue with that one."))
    return _begin_copy(draft, actor)


def begin_amended(draft: Draft, actor: Actor) -> Draft:
    """Begin the version that amendments make of the one that the council decided about.

    A version that is being written stands aside: it is kept, and never published once the round is decided.
    Refused for another version than the newest that is published.
    """
    hold_version(draft)
    if (
        draft.state is not DraftState.PUBLISHED
        or _last_number(draft, Draft.state == DraftState.PUBLISHED) != draft.number
    ):
        raise Conflict(_("Only the newest published version can be amended. Choose that one."))
    return _begin_copy(draft, actor)


def _last_number(draft: Draft, *narrower: ColumnElement[bool]) -> int | None:
    """Return the highest number that a version of the same draft has."""
    return session().scalar(select(func.max(Draft.number)).where(Draft.round_id == draft.round_id, *narrower))


def _begin_copy(draft: Draft, actor: Actor) -> Draft:
    fresh = add(_version(draft.round_id, (_last_number(draft) or 0) + 1, draft.title, actor))
    _copy(draft, fresh)
    void_sign_offs(draft.round_id, GateKind.P3, actor)
    record(Act.WRITE_DRAFT, actor, fresh, begun=fresh.number, copied_from=draft.id)
    return fresh


def _version(round_id: uuid.UUID, number: int, title: str, actor: Actor) -> Draft:
    return Draft(round_id=round_id, number=number, title=title, state=DraftState.CONCEPT, begun_at=actor.arrived_at)


def _copy(draft: Draft, fresh: Draft) -> None:
    """Copy sections, paragraphs and sources from one version to the next."""
    for position, section in enumerate(sections_of(draft), start=1):
        into = add(Section(draft_id=fresh.id, position=position, title=section.title))
        for place, paragraph in enumerate(paragraphs_of(section), start=1):
            copied = add(
                Paragraph(
                    section_id=into.id,
                    stable_id=paragraph.stable_id,
                    position=place,
                    text=paragraph.text,
                    html=paragraph.html,
                    renderer=paragraph.renderer,
                    is_editorial=paragraph.is_editorial,
                    version=1,
                )
            )
            for link in session().scalars(select(SourceLink).where(SourceLink.paragraph_id == paragraph.id)):
                source = {name: getattr(link, name) for name in (*SOURCES, *PASSAGE)}
                session().add(SourceLink(paragraph_id=copied.id, use=link.use, note=link.note, **source))
    session().flush()


# --- publishing ---


def submit_draft(draft: Draft, actor: Actor) -> None:
    """Offer a version for publication; from here on nothing in it changes until it is taken back.

    Refused while something hinders publication that was not accepted at gate P3, with the list, and when it was
    submitted already.
    """
    hold_version(draft)
    rules.judge_writing(draft)
    _judge_hindrances(draft)
    draft.state = DraftState.SUBMITTED
    draft.submitted_by_id, draft.submitted_at = actor.person_id, actor.arrived_at
    session().flush()
    record(Act.SUBMIT_DRAFT, actor, draft, number=draft.number)


def return_draft(draft: Draft, actor: Actor) -> None:
    """Take a submitted version back, so that it can be written further.

    Refused when it was not submitted or is published.
    """
    hold_version(draft)
    if draft.state is not DraftState.SUBMITTED:
        raise Conflict(_("This version does not wait for publication. Look at the page again."))
    draft.state = DraftState.CONCEPT
    draft.submitted_by_id = draft.submitted_at = None
    session().flush()
    record(Act.RETURN_DRAFT, actor, draft, number=draft.number)


def publish_draft(draft: Draft, actor: Actor, *, read_at: str | None = None) -> None:
    """Make a submitted version public, for good; `read_at` says which submission was read, by its moment.

    What people said of earlier versions is carried into it.

    Refused to the person who submitted it, when it was not submitted, when it was submitted anew since it
    was read, and while a paragraph has neither a source nor the mark that it needs none or an adopted
    contribution has no place, with the list: unless both sides let exactly that pass at gate P3.
    """
    hold_version(draft)
    rules.judge_publication(draft, actor)
    rules.judge_read(draft, read_at)
    _judge_hindrances(draft)
    _release(draft, actor)


def publish_amended(draft: Draft, actor: Actor) -> None:
    """Make public what amendments made of a draft; the council stands for the first of the two persons.

    What it decided is so whatever lacks in it: nothing hinders this. Refused once it is submitted or published.
    """
    hold_version(draft)
    rules.judge_writing(draft)
    draft.submitted_at = actor.arrived_at
    _release(draft, actor)


def _release(draft: Draft, actor: Actor) -> None:
    draft.state = DraftState.PUBLISHED
    draft.published_by_id, draft.published_at = actor.person_id, actor.arrived_at
    session().flush()
    carried = carry(draft)
    record(Act.PUBLISH_DRAFT, actor, draft, number=draft.number, carried=carried)
    enqueue("draft_published", round=draft.round_id, number=draft.number)
    bump(draft.round_id)


def _judge_hindrances(draft: Draft) -> None:
    """Refuse while something lacks, unless that was accepted at gate P3, to be published with both signatures."""
    gate = rules.accepting(find_gate(draft.round_id, GateKind.P3), draft.state)
    covered, bare = coverage(draft.round_id), list_bare(draft.round_id)
    found = rules.hindrances(covered.paragraphs, bare, list_unplaced(draft.round_id), gate)
    if found:
        raise Conflict(" ".join([_("This version cannot be published yet."), *found]))
