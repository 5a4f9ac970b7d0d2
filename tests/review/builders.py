"""Builders of formal reviews: a term about a published draft, formal views, points and their answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.files import Incoming
from consult.foundation.language import local
from consult.participants.models import Person
from consult.policy import Actor
from consult.review import answering, verbs
from consult.review.answering import PointTold
from consult.review.models import Change, FormalView, Term, Verdict, ViewPoint, Way
from consult.rounds.models import PhaseKind, Round
from consult.synthesis.models import Draft, DraftState, Section
from tests.builders import a_director_of, a_moderator_of, a_phase, a_resident, a_round, acting


@dataclass(frozen=True)
class Desk:
    """A round with its term, its director and two moderators."""

    round: Round
    term: Term
    director: Actor
    writer: Actor
    second: Actor

    def at(self, moment: datetime) -> "Desk":
        """The same people, acting at a moment."""
        later = {name: _moved(getattr(self, name), moment) for name in ("director", "writer", "second")}
        return Desk(self.round, self.term, **later)


def _moved(actor: Actor, moment: datetime) -> Actor:
    return Actor(**{**vars(actor), "arrived_at": moment})


def today() -> date:
    """The day on which we are, in the Netherlands."""
    return local(clock.now()).date()


def a_reviewed_round(first: int = -10) -> Round:
    """A round whose draft lies open for review since so many days."""
    return a_round(
        phases=[
            a_phase(PhaseKind.COLLECT, first - 60, first - 40),
            a_phase(PhaseKind.FORMAL_REVIEW, first, first + 41),
            a_phase(PhaseKind.DECIDE, first + 60, first + 80),
        ]
    )


def a_published_draft(found: Round) -> Draft:
    """A published version of the draft with two sections."""
    now = clock.now()
    done = {"submitted_at": now, "published_at": now, "state": DraftState.PUBLISHED, "begun_at": now}
    draft = add(Draft(round_id=found.id, number=1, title="Visie", **done))
    for position, title in enumerate(("Groen", "Verkeer"), start=1):
        add(Section(draft_id=draft.id, position=position, title=title))
    return draft


def a_term(found: Round, director: Actor, *, first: int = -10, draft: Draft | None = None) -> Term:
    """A term that began so many days ago."""
    day = today() + timedelta(days=first)
    told = verbs.TermTold(
        draft=draft or a_published_draft(found),
        notice_reference="gmb-2026-1",
        notice_url="https://gazette.test/gmb-2026-1",
        notice_on=day - timedelta(days=1),
        available_on=day,
    )
    return verbs.set_term(found, told, director)


def a_desk(first: int = -10) -> Desk:
    """A round in formal review that a director and two moderators serve."""
    found = a_reviewed_round(first)
    director = a_director_of(found)
    return Desk(found, a_term(found, director, first=first), director, a_moderator_of(found), a_moderator_of(found))


def sections(desk: Desk) -> list[Section]:
    """The sections of the draft that is reviewed."""
    wanted = select(Section).where(Section.draft_id == desk.term.draft_id).order_by(Section.position)
    return list(session().scalars(wanted))


TEXT = "Ik wil meer bomen.\n\nEn een bankje."


def a_view(desk: Desk, person: Person | None = None, text: str = TEXT, *, files: Sequence[Incoming] = ()) -> FormalView:
    """A formal view that somebody sent in online."""
    return verbs.submit_view(desk.term, acting(person or a_resident()), text, files=files)


def a_letter(desk: Desk, received_at: datetime | None = None, postmarked_on: date | None = None) -> FormalView:
    """A formal view that came by letter, of which the receipt was sent."""
    told = verbs.OfflineView(
        Way.LETTER, "M. de Wit", "Geen drempels.", received_at or desk.writer.arrived_at, postmarked_on, "Dorpsstraat 1"
    )
    view = verbs.enter_view(desk.term, desk.writer, told)
    verbs.acknowledge(view, desk.writer)
    return view


def judged(desk: Desk, view: FormalView, verdict: Verdict = Verdict.ADMISSIBLE, reason: str = "") -> FormalView:
    """The view, after somebody said whether it is admissible."""
    verbs.judge(view, verdict, reason, desk.writer)
    return view


def a_point(desk: Desk, view: FormalView, summary: str = "Meer bomen", *, changes: bool = True) -> ViewPoint:
    """A point with an answer, that changes the first section or nothing."""
    first = sections(desk)[0]
    told = PointTold(
        summary=summary,
        section_id=first.id,
        answer="Dat doen we.",
        change=Change.YES if changes else Change.NO,
        changed_section_id=first.id if changes else None,
        changed_to="Er komen tien bomen bij." if changes else "",
    )
    return answering.add_point(view, told, desk.writer)


def answered(desk: Desk, view: FormalView, points: int = 1) -> FormalView:
    """The view, judged, divided, and each of its points answered and signed off."""
    if view.verdict is None:
        judged(desk, view)
    made = [a_point(desk, view, f"Punt {n}") for n in range(1, points + 1)]
    answering.finish_splitting(view, desk.writer)
    for point in made:
        answering.sign_point(point, desk.second, version=point.version)
    return view


def a_public_note(desk: Desk) -> None:
    """The response note, offered by the one and published by the other."""
    answering.offer_note(desk.term, desk.writer)
    answering.publish_note(desk.term, desk.second)
