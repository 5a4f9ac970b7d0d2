"""What happens on the playing field of a story: parties, assessments, offers, reach, advice, and tasks."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from consult.demo.acts import Acts
from consult.demo.agreements import Agreeing
from consult.demo.mapped import FieldTold, TaskTold
from consult.director.agreements.queries import get_agreement
from consult.director.tasks import verbs as tasks
from consult.director.tasks.models import Choice, Rung
from consult.field import connecting, reaching, verbs
from consult.field.models import AdviceRequest, Outreach, Party, PartyKind, ReachKind, RelationKind, Ring, Shared
from consult.field.verbs import PartyTold, Thought
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local
from consult.participants.models import Organisation
from consult.policy import Actor, Duty, system
from consult.rounds.models import Round
from consult.rounds.queries import get_round

RUNGS = {Choice.LET_GO: Rung.LET_GO, Choice.OUTSOURCE: Rung.DIRECT, Choice.TOGETHER: Rung.STIMULATE}
SPAN = tuple[datetime, datetime]
Moment = tuple[datetime, partial[None]]


class Fielding:
    """What happens on the playing field of one round; knows parties by their code and name."""

    def __init__(self, acts: Acts, told: FieldTold, agreeing: Agreeing | None) -> None:
        self.acts, self.cast, self.told, self.agreeing = acts, acts.cast, told, agreeing
        self.people = {one.code: one.people for one in acts.told.organisations}

    def moments(self, collect: SPAN, vote: SPAN, sort: SPAN | None) -> Iterator[Moment]:
        """Give what happens, each thing at its own moment."""
        yield collect[0] + timedelta(hours=10), self._run(self.draw)
        yield collect[0] + timedelta(hours=11), self._run(self.offer)
        yield collect[0] + timedelta(hours=12), self._run(self.assess_first)
        for told in self.told.advice:
            yield collect[0] + timedelta(days=10, hours=9), partial(self.ask, told, vote[0])
        yield vote[0] + timedelta(hours=9), self._run(self.assess_again)
        yield vote[0] + timedelta(hours=10), self._run(self.count)
        for action in self.told.outreach:
            yield vote[0] + timedelta(hours=11), partial(self.reach_out, action, vote[0])
            done = vote[0] + timedelta(days=int(action["after_days"]), hours=17)
            yield done, partial(self.finish_outreach, action)
        if sort is not None:
            yield sort[0] + timedelta(days=1, hours=9), self._run(self.note_advice)
        yield from self._tasks()

    @staticmethod
    def _run(step: Any) -> partial[None]:
        return partial(step)

    def _tasks(self) -> Iterator[Moment]:
        if self.agreeing is None:
            return
        signed = {one.code: one for one in self.agreeing.told.agreements}
        for told in self.told.tasks:
            moment = self.agreeing.signed_at(signed[told.agreement])
            yield moment + timedelta(hours=1), partial(self.write_task, told, signed[told.agreement].last_day)

    def _round(self) -> Round:
        return get_round(system(clock.now()), self.acts.told.slug)

    def _director(self) -> Actor:
        return self.cast.member(Duty.DIRECTOR, self.acts.round_id)

    def _party(self, name: str) -> Party:
        wanted = select(Party).where(Party.round_id == self.acts.round_id, Party.name == name)
        return session().scalars(wanted).one()

    def _name(self, code: str) -> str:
        return next((one.name for one in self.told.partners if one.code == code), code)

    def _body(self, name: str) -> Organisation | None:
        return session().scalar(select(Organisation).where(Organisation.name == name))

    def draw(self) -> None:
        """Put everybody on the map, with what they are to each other."""
        subject, director = self._round(), self._director()
        for one in self.told.partners:
            told = PartyTold(one.name, one.kind, organisation=self._body(one.name))
            verbs.add_party(subject, told, director)
        for name in self.told.departments:
            verbs.add_party(subject, PartyTold(name, PartyKind.INTERNAL), director)
        for tie in self.told.relations:
            two = (self._party(self._name(tie["one"])), self._party(self._name(tie["other"])))
            day = clock.now().date() - timedelta(days=30)
            verbs.relate(*two, RelationKind(tie["kind"]), director, source=tie["source"], seen_on=day)
        if self.told.conditions:
            tasks.set_terms(list(self.told.conditions), 8, self.cast.member(Duty.BOARD_SPONSOR, self.acts.round_id))

    def offer(self) -> None:
        """Let each partner tell what it offers and looks for."""
        for one in self.told.partners:
            body = self._body(one.name)
            if body is not None and one.code in self.people:
                speaker = self.cast.acting(self.people[one.code][0])
                connecting.write_partner(body, one.offers, one.seeks, "", "", speaker)

    def assess_first(self) -> None:
        """Let the director think of each partner before anybody spoke: where it stands is not known yet."""
        self._assess(self._director(), {}, is_first=True)

    def assess_again(self) -> None:
        """Let director and official sponsor think of each partner again; they do not always agree."""
        self._assess(self._director(), {})
        sponsor = self.cast.member(Duty.OFFICIAL_SPONSOR, self.acts.round_id)
        self._assess(sponsor, self.told.doubts)
        if self.told.unorganised:
            verbs.tell_unorganised(self._round(), self.told.unorganised, self._director())

    def _assess(self, actor: Actor, doubts: Mapping[str, int], *, is_first: bool = False) -> None:
        subject = self._round()
        for one in self.told.partners:
            thought = Thought(
                doubts.get(one.code, one.influence),
                one.interest,
                0 if is_first else one.attitude,
                "p" in one.letters,
                "l" in one.letters,
                "u" in one.letters,
                Ring.KNOW if is_first and one.ring is Ring.THINK else one.ring,
                ring_ours=one.ring,
                shared=Shared.UNKNOWN if is_first else _shared(one.attitude),
            )
            verbs.assess(self._party(one.name), subject, thought, actor)

    def count(self) -> None:
        source = "opgave van deelnemers, één per e-mailadres"
        reaching.count_reach(self._round(), self.told.areas, self.told.ages, source, self._director())

    def reach_out(self, told: Mapping[str, str], since: datetime) -> None:
        kind, _slash, code = told["group"].partition("/")
        day = (since + timedelta(days=int(told["after_days"]))).date()
        reaching.start_outreach(self._round(), ReachKind(kind), code, told["what"], day, self._director())

    def finish_outreach(self, told: Mapping[str, str]) -> None:
        wanted = select(Outreach).where(Outreach.round_id == self.acts.round_id, Outreach.what == told["what"])
        started, today = session().scalars(wanted).one(), local(clock.now()).date()
        reaching.finish_outreach(started, today, int(told["reached"]), told["note"], self._director())

    def ask(self, told: Mapping[str, str], voting_from: datetime) -> None:
        day = (voting_from + timedelta(days=int(told["after_days"]))).date()
        party = self._party(told["of"])
        reaching.ask_advice(self._round(), party, told["question"], day, self._director())

    def note_advice(self) -> None:
        answers = {one["question"]: one["advice"] for one in self.told.advice}
        wanted = select(AdviceRequest).where(AdviceRequest.round_id == self.acts.round_id)
        for one in session().scalars(wanted):
            reaching.note_advice(one, answers[one.question], clock.now().date(), self._director())

    def write_task(self, told: TaskTold, last_day: date) -> None:
        assert self.agreeing is not None
        agreement = get_agreement(system(clock.now()), self.agreeing.known[told.agreement])
        lets_go = told.choice is Choice.LET_GO
        written = tasks.TaskTold(
            title=told.title,
            choice=told.choice,
            rung=RUNGS.get(told.choice, Rung.REGULATE),
            because="Partners kunnen dit beter, en wij maken er duidelijke afspraken over.",
            legal_form=told.legal_form,
            stops="Wij doen dit zelf niet meer." if lets_go else "",
            review_on=last_day + self.acts.shift,
        )
        tasks.write_task(written, self._director(), of=self._round(), agreement=agreement)


def _shared(attitude: int) -> Shared:
    """Take from what a partner thinks of the plan how far it wants what we want."""
    return Shared.YES if attitude > 0 else Shared.PARTLY if attitude == 0 else Shared.NO
