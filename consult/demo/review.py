"""What happens in the formal review of a story: the term, formal views at their dates, their answers, the note."""

import random
import uuid
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from consult.demo.acts import ADDRESS, Acts
from consult.demo.dates import OFFICE, WAKING, at, spread
from consult.demo.formal import PointTold, ReviewTold, ViewTold
from consult.demo.people import MODERATORS
from consult.foundation.db import session
from consult.foundation.language import gettext as _
from consult.participants.models import AgeBracket, Organisation
from consult.policy import Actor, system
from consult.review import answering, rules, verbs
from consult.review.models import Change, FormalView, Term, Verdict, ViewState, Way
from consult.review.queries import get_term, list_sections
from consult.synthesis.models import Section

NOON = 12 * 60
Moment = tuple[datetime, partial[None]]


class Reviewing:
    """The formal review of one round of a story; knows by code what it made."""

    def __init__(self, acts: Acts, told: ReviewTold) -> None:
        self.acts, self.cast, self.told = acts, acts.cast, told
        self.dice = random.Random(f"{acts.told.slug} formal review")
        self.views: dict[str, uuid.UUID] = {}
        self.people = {one.code: one.people for one in acts.told.organisations}

    def moments(self, answering_from: datetime, complete_by: datetime) -> Iterator[Moment]:
        """Give what happens, each thing at its own moment; the answers are written between the two moments."""
        yield at(self._day(self.told.notice_on), 10 * 60), partial(self.set_term)
        for told in self.told.views:
            moment = at(
                self._day(told.received_on), NOON if told.way is not Way.ONLINE else self.dice.randrange(*WAKING)
            )
            yield moment, partial(self.receive, told)
            if told.way is not Way.ONLINE:
                yield moment + timedelta(hours=2), partial(self.acknowledge, told)
        if self.told.outage is not None:
            yield self.told.outage.ended_at + self.acts.shift + timedelta(hours=1), partial(self.note_outage)
        began = max([answering_from, *(at(self._day(told.received_on), 18 * 60) for told in self.told.views)])
        yield from self._answering(began, complete_by)

    def _answering(self, began: datetime, complete_by: datetime) -> Iterator[Moment]:
        half = began + (complete_by - began) / 2
        views = sorted(self.told.views, key=lambda told: (told.received_on, told.code))
        for told, moment in zip(views, spread(began, half, len(views), self.dice, OFFICE), strict=True):
            yield moment, partial(self.judge, told)
        last = complete_by - timedelta(days=5)
        for told, moment in zip(views, spread(half, last, len(views), self.dice, OFFICE), strict=True):
            yield moment, partial(self.answer, told)
            yield moment + timedelta(hours=20), partial(self.sign, told)
        yield last + timedelta(hours=1), partial(self.change_by_ourselves)
        yield complete_by - timedelta(days=3), partial(self.offer_note)
        yield complete_by, partial(self.publish_note)
        yield complete_by + timedelta(hours=2), partial(self.notify)

    def _day(self, day: date) -> date:
        return day + self.acts.shift

    def _first(self) -> Actor:
        return self.cast.acting(MODERATORS[0], self.acts.round_id)

    def _second(self) -> Actor:
        return self.cast.acting(MODERATORS[1], self.acts.round_id)

    def _director(self) -> Actor:
        return self.cast.acting(self.acts.told.director, self.acts.round_id)

    def _term(self) -> Term:
        return get_term(system(self._first().arrived_at), self.acts.told.slug)

    def _view(self, told: ViewTold) -> FormalView:
        return session().get_one(FormalView, self.views[told.code])

    def _sections(self) -> dict[str, Section]:
        return {f"S{one.position}": one for one in list_sections(self._term().draft_id)}

    def set_term(self) -> None:
        told = verbs.TermTold(
            draft=self.acts.draft(),
            notice_reference=self.told.notice_reference,
            notice_url=self.told.notice_url,
            notice_on=self._day(self.told.notice_on),
            available_on=self._day(self.told.available_on),
        )
        verbs.set_term(self.acts.round(), told, self._director())

    def receive(self, told: ViewTold) -> None:
        text = "\n\n".join(point.summary for point in told.points)
        if told.way is Way.ONLINE:
            view = self._send(told, text)
        else:
            received_at = at(self._day(told.received_on), NOON)
            posted = self._day(told.postmarked_on) if told.postmarked_on is not None else None
            writer, address = self.cast.new_name(), ADDRESS
            offline = verbs.OfflineView(told.way, writer, text, received_at, posted, address)
            view = verbs.enter_view(self._term(), self._first(), offline)
        view.reference = told.code
        self.views[told.code] = view.id

    def _send(self, told: ViewTold, text: str) -> FormalView:
        """Let a resident, or the first member of an organisation, send in a formal view."""
        if told.author not in self.people:
            actor = self.cast.acting(self.cast.new_resident(None, AgeBracket.UNKNOWN))
            return verbs.submit_view(self._term(), actor, text)
        first, _other = self.people[told.author]
        name = next(one.name for one in self.acts.told.organisations if one.code == told.author)
        body = session().scalars(select(Organisation).where(Organisation.name == name)).one()
        return verbs.submit_view(self._term(), self.cast.acting(first), text, organisation=body)

    def acknowledge(self, told: ViewTold) -> None:
        verbs.acknowledge(self._view(told), self._first())

    def note_outage(self) -> None:
        told, term = self.told.outage, self._term()
        assert told is not None
        began, ended = told.began_at + self.acts.shift, told.ended_at + self.acts.shift
        reason = _("The site could not be reached on the last evening.")
        extends_to = rules.proposed_extension(term.ends_on, began, ended)
        hours = {"began_at": began, "ended_at": ended}
        verbs.note_outage(term, self._director(), reason=reason, extends_to=extends_to, **hours)

    def judge(self, told: ViewTold) -> None:
        """Judge a formal view as the story does; a holiday that moves the end makes some of them come in on time."""
        view = self._view(told)
        fine = told.is_admissible or verbs.timing_of(view, self._term()).is_fine
        verbs.judge(view, Verdict.ADMISSIBLE if fine else Verdict.LATE, told.reason, self._first())

    def answer(self, told: ViewTold) -> None:
        view, sections = self._view(told), self._sections()
        for point in told.points:
            answering.add_point(view, _as_verbs_take_it(point, sections), self._first())
        answering.finish_splitting(view, self._first())

    def sign(self, told: ViewTold) -> None:
        view = self._view(told)
        for point in answering.list_points(view.id):
            set_committed_value(point, "view", view)
            answering.sign_point(point, self._second(), version=point.version)

    def change_by_ourselves(self) -> None:
        sections = self._sections()
        for code, text in self.told.own_changes:
            reason = _("On a second look there is less room here than we thought.")
            answering.make_own_change(self._term(), sections[code].id, text, reason, self._first())

    def offer_note(self) -> None:
        answering.offer_note(self._term(), self._first())

    def publish_note(self) -> None:
        answering.publish_note(self._term(), self._director())

    def notify(self) -> None:
        waiting = (FormalView.round_id == self.acts.round_id, FormalView.state == ViewState.ANSWERED)
        for view in session().scalars(select(FormalView).where(*waiting)).all():
            answering.notify(view, self._first())


def _as_verbs_take_it(told: PointTold, sections: Mapping[str, Section]) -> answering.PointTold:
    section_id = sections[told.section].id
    return answering.PointTold(
        summary=told.summary,
        section_id=section_id,
        answer=told.answer,
        change=Change.YES if told.changes else Change.NO,
        changed_section_id=section_id if told.changes else None,
    )
