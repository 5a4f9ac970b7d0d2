"""What happens in a story with goals and agreements: written, signed, reported about, checked, and steps taken."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from sqlalchemy import select

from consult.decisions.models import Result
from consult.decisions.queries import list_commitments
from consult.decisions.verbs import CommitmentTold, DecisionTold, promise, record_decision, settle_commitment
from consult.demo.acts import Acts
from consult.demo.dates import at
from consult.demo.direction import (
    ActionTold,
    AgreementTold,
    DirectionTold,
    GoalTold,
    IndicatorTold,
    PromiseTold,
    StepTold,
)
from consult.demo.people import CONTRACT_MANAGER
from consult.director.accountability.verbs import set_round_line
from consult.director.actions import verbs as actions
from consult.director.actions.queries import Decided, get_decided, get_planned
from consult.director.agreements import realising, verbs
from consult.director.agreements.models import Agreement, AgreementState, LegalForm
from consult.director.agreements.queries import get_agreement
from consult.director.agreements.rules import divided
from consult.director.agreements.terms import Indicator, Line, Period, Requirement
from consult.director.goals import verbs as goals
from consult.director.goals.models import Better
from consult.director.goals.queries import get_goal
from consult.director.goals.rules import vague_words
from consult.director.steering import verbs as steering
from consult.director.steering.models import ReportVerdict
from consult.director.steering.queries import get_demand, get_reporting
from consult.director.steering.rules import LADDER
from consult.foundation import clock
from consult.foundation.db import session
from consult.participants.models import Organisation
from consult.policy import Actor, system

MADE, SIGNED = timedelta(days=28), timedelta(days=21)  # before an agreement begins
FILED, CHECKED, LOOKED = timedelta(days=14), timedelta(days=19), timedelta(days=20)  # after a period
REPORTED_UP_TO = date(2026, 9, 30)  # what a story tells of figures is from the last report before this day
GOALS_FROM, GOALS_BY = date(2026, 1, 1), date(2030, 12, 31)
DAY_OF_GOALS = date(2025, 12, 1)
COUNTED = "Het woord hoort bij de naam; wat wordt geteld, staat in de eenheid."
PLANNED = timedelta(days=14)  # after the decision
Moment = tuple[datetime, Callable[[], None]]


class Agreeing:
    """The goals and agreements of one round of a story; knows them by their code."""

    def __init__(self, acts: Acts, told: DirectionTold) -> None:
        self.acts, self.cast, self.told = acts, acts.cast, told
        self.known: dict[str, str] = {}  # in what address each goal and agreement stands
        self.people = {one.code: one.people for one in acts.told.organisations}

    def moments(self) -> Iterator[Moment]:
        """Give what happens, each thing at its own moment."""
        for number, goal in enumerate(self.told.goals):
            yield self._at(DAY_OF_GOALS, 9 * 60 + number), partial(self.share, goal)
        if self.told.money:
            yield self._at(DAY_OF_GOALS, 11 * 60), partial(self.write_money)
        for told in self.told.agreements:
            yield self._at(told.first_day - MADE, 10 * 60), partial(self.write, told)
            yield self.signed_at(told), partial(self.sign, told)
            yield self._at(told.first_day, 9 * 60), partial(self.start, told)
            periods = reported(told)
            for number, period in enumerate(periods, start=1):
                yield self._at(period.last_day + FILED, 10 * 60), partial(self.report, told, number)
                yield self._at(period.last_day + CHECKED, 10 * 60), partial(self.check, told, number)
            yield self._at(periods[-1].last_day + LOOKED, 14 * 60), partial(self.look, told)
            for step in told.steps:
                yield self._at(step.on, 15 * 60), partial(self.take, told, step)

        yield from self._promises()
        yield from self._deciding()

    def signed_at(self, told: AgreementTold) -> datetime:
        """Return when every party signed an agreement."""
        return self._at(told.first_day - SIGNED, 10 * 60)

    def _deciding(self) -> Iterator[Moment]:
        """Record a decision that a story tells apart from its gates, and what is done since."""
        day = self.told.decided_on
        if day is None:
            return
        if self.told.decision is not None:
            yield self._at(day, 20 * 60), self.decide
        for number, told in enumerate(self.told.actions):
            yield self._at(day + PLANNED, 9 * 60 + number), partial(self.plan, told)
            if told.done_on is not None:
                yield self._at(told.done_on, 15 * 60 + number), partial(self.finish, told)

    def _promises(self) -> Iterator[Moment]:
        for number, told in enumerate(self.told.promises):
            yield self._at(told.made_on, 16 * 60 + number), partial(self.promise, told)
            if told.result:
                yield self._at(told.due_on, 16 * 60 + number), partial(self.keep, told)

    def promise(self, told: PromiseTold) -> None:
        days = (told.made_on + self.acts.shift, told.due_on + self.acts.shift)
        promise(self.acts.round(), CommitmentTold(told.text, told.keeper, *days), self._director())

    def keep(self, told: PromiseTold) -> None:
        held = next(one for one in list_commitments(self.acts.round_id) if one.text == told.text)
        settle_commitment(held, told.result, self._director(), is_kept=True)

    def decide(self) -> None:
        assert self.told.decision is not None
        day, number = self.told.decision
        told = DecisionTold(self.acts.draft(), Result.ADOPTED, day + self.acts.shift, number)
        record_decision(self.acts.round(), told, self._director())

    def plan(self, told: ActionTold) -> None:
        """Say what is done with an input, or why nothing is."""
        decided = self._decided(told)
        if told.due_on is None:
            actions.explain_none(decided, told.none_because, self._director())
            return
        under = get_agreement(system(clock.now()), self.known[told.agreement]) if told.agreement else None
        planned = actions.ActionTold(told.text, told.owner, told.due_on + self.acts.shift, under)
        actions.plan(decided, planned, self._director())

    def finish(self, told: ActionTold) -> None:
        slug, about = self.acts.told.slug, self._decided(told)
        planned = get_planned(self._director(), slug, about.contribution.public_id, about.actions[0].id)
        actions.finish(planned, told.result, self._director())

    def _decided(self, told: ActionTold) -> Decided:
        public_id = self.acts.contribution(told.proposal).public_id
        return get_decided(self._director(), self.acts.told.slug, public_id)

    def _director(self) -> Actor:
        return self.cast.acting(self.acts.told.director, self.acts.round_id)

    def _at(self, day: date, minute: int) -> datetime:
        return at(day + self.acts.shift, minute)

    def _body(self, code: str) -> Organisation:
        name = next(one.name for one in self.acts.told.organisations if one.code == code)
        return session().scalars(select(Organisation).where(Organisation.name == name)).one()

    def _speaker(self, code: str) -> Actor:
        return self.cast.acting(self.people[code][0])

    def _manager(self) -> Actor:
        return self.cast.acting(CONTRACT_MANAGER)

    def _board(self) -> Actor:
        return self.cast.acting(self.acts.told.board_sponsor)

    def _agreement(self, told: AgreementTold) -> Agreement:
        return get_agreement(system(clock.now()), self.known[told.code])

    def share(self, told: GoalTold) -> None:
        """Write a goal, and let every party sign it."""
        written = goals.GoalTold(
            title=told.title,
            why="",
            indicator=told.indicator,
            unit=told.indicator.split()[0],
            better=Better.UP if told.target >= told.baseline else Better.DOWN,
            baseline=told.baseline,
            target=told.target,
            starts_on=GOALS_FROM + self.acts.shift,
            target_on=GOALS_BY + self.acts.shift,
            source=told.indicator,
        )
        parties = {self._body(code): "" for code in told.partners}
        goal = goals.write_goal(written, parties, self._manager(), of=self.acts.round())
        self.known[told.code] = goal.public_id
        goal = get_goal(system(clock.now()), goal.public_id)
        for code in told.partners:
            goals.sign_goal(goal, self._speaker(code), version=1, organisation=self._body(code))
        goals.sign_goal(goal, self._board(), version=1)
        goals.publish_goal(goal, self._manager(), woo_category="overeenkomsten")

    def write_money(self) -> None:
        for line in self.told.money:
            set_round_line(self.acts.round(), line.name, line.budget, line.realised, self._director())

    def write(self, told: AgreementTold) -> None:
        """Let the contract manager write the whole agreement."""
        manager, shift = self._manager(), self.acts.shift
        third = self._body(told.third) if told.third else None
        partner = self._body(told.partner)
        made = verbs.make(told.title, told.legal_form, partner, manager, third=third, of=self.acts.round())
        self.known[told.code] = made.public_id
        agreement = self._agreement(told)
        days = (told.first_day + shift, told.last_day + shift)
        basics = verbs.Basics(told.title, told.task, *days, told.rhythm)
        verbs.set_basics(agreement, basics, manager, seen=_seen(agreement))
        periods = [_moved(one, shift) for one in divided(told.first_day, told.last_day, told.rhythm)]
        verbs.set_periods(agreement, periods, manager, seen=_seen(agreement))
        for item in items(told, partner.name):
            verbs.set_item(agreement, item, manager, seen=_seen(agreement))
        wanted = [one.code for one in self.told.goals if told.partner in one.partners]
        realising.set_goals(agreement, [get_goal(manager, self.known[code]) for code in wanted], manager)

    def sign(self, told: AgreementTold) -> None:
        """Let every party sign, and make it public; from here on its origin can be followed."""
        agreement = self._agreement(told)
        words = {"seen": _seen(agreement), "function": "voorzitter"}
        for code in filter(None, (told.partner, told.third)):
            name, body = self.people[code][0], self._body(code)
            verbs.sign(agreement, self._speaker(code), name=name, organisation=body, **words)
        board = self.acts.told.board_sponsor
        verbs.sign(agreement, self._board(), seen=words["seen"], name=board, function="wethouder")
        category = "subsidies" if told.legal_form is LegalForm.SUBSIDY else "overeenkomsten"
        verbs.publish(agreement, self._manager(), woo_category=category)
        if told.from_proposal:
            realising.link(agreement, self._manager(), contribution=self.acts.contribution(told.from_proposal))

    def start(self, told: AgreementTold) -> None:
        verbs.move(self._agreement(told), AgreementState.RUNNING, "", self._manager())

    def report(self, told: AgreementTold, number: int) -> None:
        """Let the partner report; what a story tells is the last report, the earlier ones lead up to it."""
        count = len(reported(told))
        figures = {
            f"{told.code}.b{place}": steering.Figure(
                committed=_part((line.realised + line.forecast) / 2, number, count),
                realised=_part(line.realised, number, count),
                forecast=line.forecast,
            )
            for place, line in enumerate(told.lines, start=1)
        }
        values = {one.code: (_reached(one, number, count), "") for one in told.indicators}
        about = get_reporting(self._speaker(told.partner), self.known[told.code], number)
        text = "Dit is hoe het staat aan het einde van deze periode."
        steering.file_report(about, steering.ReportTold(text, values, figures), self._speaker(told.partner))

    def check(self, told: AgreementTold, number: int) -> None:
        about = get_reporting(self._manager(), self.known[told.code], number)
        assert about.report is not None
        steering.check_report(about, ReportVerdict.ACCEPTED, "", self._manager(), seen=about.report.id)

    def look(self, told: AgreementTold) -> None:
        """Write down which requirements are met."""
        for place, (_norm, check, met) in enumerate(told.demands, start=1):
            demand = get_demand(self._manager(), self.known[told.code], f"{told.code}.q{place}")
            day = clock.now().date() - timedelta(days=1)
            steering.check_quality(demand, self._manager(), is_met=met, note=f"Gezien bij: {check}.", on=day)

    def take(self, told: AgreementTold, step: StepTold) -> None:
        """Take a step of the ladder; a day that stands in its words is moved along, and is the term."""
        found = re.search(r"\d{4}-\d{2}-\d{2}", step.action)
        term_on = date.fromisoformat(found.group()) + self.acts.shift if found else None
        reason = step.action if found is None or term_on is None else step.action.replace(found.group(), f"{term_on}")
        agreement = self._agreement(told)
        ladder = LADDER[step.number - 1]
        steering.decide_step(agreement, ladder, self._manager(), is_taken=True, reason=reason, term_on=term_on)


def reported(told: AgreementTold) -> Sequence[Period]:
    """Return the periods of which a story tells how they ended."""
    periods = divided(told.first_day, told.last_day, told.rhythm)
    return [one for one in periods if one.last_day <= REPORTED_UP_TO]


def items(told: AgreementTold, partner: str) -> Iterator[Indicator | Line | Requirement]:
    """Return what an agreement holds, each thing known by its code in the story."""
    count, whole = len(reported(told)), len(divided(told.first_day, told.last_day, told.rhythm))
    for one in told.indicators:
        plan = tuple(_planned(one, number, count, whole) for number in range(1, whole + 1))
        because = COUNTED if vague_words(one.name) else ""
        yield Indicator(
            one.code, one.name, one.unit, one.better, None, one.target, plan, "voortgangsverslag", partner, because
        )
    for place, line in enumerate(told.lines, start=1):
        yield Line(f"{told.code}.b{place}", line.name, line.budget, "de gemeente")
    for place, (norm, check, _met) in enumerate(told.demands, start=1):
        because = COUNTED if vague_words(norm) else ""
        yield Requirement(f"{told.code}.q{place}", norm, check, vague_because=because)


def _planned(one: IndicatorTold, number: int, count: int, whole: int) -> Decimal:
    """Return what is planned by the end of a period: up to what the story tells, and from there to the target."""
    if one.plan == one.target:
        return one.plan
    if number <= count:
        return _part(one.plan, number, count)
    return one.plan + _part(one.target - one.plan, number - count, whole - count)


def _reached(one: IndicatorTold, number: int, count: int) -> Decimal:
    return one.actual if one.plan == one.target else _part(one.actual, number, count)


def _part(value: Decimal, number: int, count: int) -> Decimal:
    """Return a share of what was reached by the last report; by that one exactly what the story tells."""
    return value if number == count else (value * number / count).quantize(Decimal(1), ROUND_HALF_UP)


def _moved(one: Period, shift: timedelta) -> Period:
    return replace(one, first_day=one.first_day + shift, last_day=one.last_day + shift, due_on=one.due_on + shift)


def _seen(agreement: Agreement) -> str:
    assert agreement.draft is not None
    return agreement.draft.digest
