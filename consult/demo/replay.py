"""One round of a story as a row of events, each at its own moment."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from consult.contributions.models import Channel
from consult.demo.acts import Acts
from consult.demo.agreements import Agreeing
from consult.demo.ballots import answers_of, share_out
from consult.demo.dates import OFFICE, at, in_office, moved, spread
from consult.demo.field import Fielding
from consult.demo.organisations import Bodies
from consult.demo.people import Cast
from consult.demo.review import Reviewing
from consult.demo.role import Directing
from consult.demo.signing import Signing
from consult.demo.staffing import Staffing
from consult.demo.told import EditTold, PhaseTold, ProposalTold, RoundTold
from consult.mandates.models import GateKind
from consult.opendata.source import ZONE
from consult.rounds.models import PhaseKind
from consult.rounds.rules import span
from consult.synthesis.models import OutcomeKind

BATCHES = 8  # in which the votes of a story come in
LEISURE = timedelta(days=2)  # the last proposal comes in so long before the end
AFTER_CLOSE = timedelta(minutes=2)
WIDE = timedelta(days=365)  # longer than any stretch, for what has no end


@dataclass(frozen=True)
class Event:
    """Something that happens in a story."""

    at: datetime
    run: Callable[[], None]


class Replay:
    """One round that is replayed up to a moment; knows by code what it made."""

    def __init__(self, told: RoundTold, cast: Cast, shift: timedelta, until: datetime, email: str) -> None:
        told = moved(told, shift)
        self.told, self.shift, self.until = told, shift, until
        self.acts = Acts(told, cast, shift, email)
        self.dice = random.Random(told.slug)
        self.public_at: dict[str, datetime] = {}
        self.events = sorted(self._all(), key=lambda event: event.at)

    def chapters(self) -> Iterator[tuple[str, list[Event]]]:
        """Give what happened up to now, phase by phase."""
        starts = [self._span(phase)[0] for phase in self.told.phases[1:]] + [self.until + WIDE]
        before = datetime.min.replace(tzinfo=self.until.tzinfo)
        for phase, start in zip(self.told.phases, starts, strict=True):
            yield phase.name, [e for e in self.events if before <= e.at < start and e.at <= self.until]
            before = start

    # --- moments ---

    def _day(self, day: date) -> date:
        return day + self.shift

    def _span(self, phase: PhaseTold) -> tuple[datetime, datetime]:
        return span(self._day(phase.start), self._day(phase.end), ZONE)

    def span_of(self, kind: PhaseKind) -> tuple[datetime, datetime] | None:
        """Return when a phase of a kind opens and closes, if the round has one."""
        phase = self.told.phase(kind)
        return self._span(phase) if phase is not None else None

    def _gate(self, kind: PhaseKind) -> datetime | None:
        day = self.told.gates.get(kind)
        return at(self._day(day), 9 * 60) if day is not None else None

    # --- all events ---

    def _all(self) -> Iterator[Event]:
        yield Event(at(self._day(self.told.phases[0].start), 9 * 60), self.acts.prepare)
        yield from self._gates()
        yield from self._collecting()
        yield from self._arguing()
        yield from self._holding()
        yield from self._voting()
        yield from self._sorting()
        yield from self._drafting()
        yield from self._reviewing()
        if self.told.role is not None:
            prepared = at(self._day(self.told.phases[0].start), 9 * 60)
            own = Directing(self.acts, self.told.role).moments(prepared, self.span_of(PhaseKind.EVALUATE))
            yield from (Event(moment, run) for moment, run in own)
        agreeing = Agreeing(self.acts, self.told.direction) if self.told.direction is not None else None
        if agreeing is not None:
            yield from (Event(moment, run) for moment, run in agreeing.moments())
        yield from self._on_the_field(agreeing)
        if self.told.staffing is not None:
            yield from (Event(moment, run) for moment, run in Staffing(self.acts, self.told.staffing).moments())
        for number, phase in enumerate(self.told.phases):
            is_last = number == len(self.told.phases) - 1
            yield Event(self._span(phase)[1] + AFTER_CLOSE, partial(self.acts.close, number, is_last=is_last))

    def _gates(self) -> Iterator[Event]:
        """Open the round and let its phases start: at gates where all are told, else at the date told last."""
        if set(self.told.sign_days) == set(GateKind):
            for kind, day in self.told.sign_days.items():
                opening = self._gate(PhaseKind.COLLECT)
                moments = Signing(self.acts).moments(kind, at(self._day(day), 9 * 60), opening)
                yield from (Event(moment, run) for moment, run in moments)
            return
        yield from self._releases()

    def _releases(self) -> Iterator[Event]:
        beginning = at(self._day(self.told.phases[0].start), 9 * 60)
        cleared: dict[datetime, list[int]] = {}
        moment = beginning
        for number, phase in enumerate(self.told.phases):
            moment = self._gate(phase.kind) or moment
            cleared.setdefault(moment, []).append(number)
        opening = self._gate(PhaseKind.COLLECT) or beginning
        for moment, numbers in cleared.items():
            yield Event(moment + timedelta(minutes=10), partial(self.acts.clear, tuple(numbers)))
        yield Event(opening + timedelta(minutes=5), self.acts.open)

    def _collecting(self) -> Iterator[Event]:
        opens_at, closes_at = self.span_of(PhaseKind.COLLECT) or (self.until, self.until)
        until = max(opens_at + (closes_at - opens_at) / 2, closes_at - LEISURE)
        moments = spread(opens_at, until, len(self.told.proposals), self.dice)
        edits = {edit.proposal: edit for edit in self.told.edits}
        for told, moment in zip(self.told.proposals, moments, strict=True):
            yield from self._one_proposal(told, moment, edits.get(told.code))
        for told in self.told.proposals:
            if told.merged_into:
                both = max(self.public_at[told.code], self.public_at[told.merged_into])
                yield Event(in_office(both, self.dice), partial(self.acts.merge, told))
        half = opens_at + (closes_at - opens_at) / 2
        for number, told in enumerate(self.told.withdrawn):
            moment = half + timedelta(hours=number)
            yield Event(moment, partial(self.acts.submit, told, f"withdrawn {number}", None))
            yield Event(moment + timedelta(hours=3), partial(self.acts.withdraw, f"withdrawn {number}"))
        for number, refused in enumerate(self.told.refused):
            moment = half + timedelta(hours=5 + number)
            seen = in_office(moment, self.dice)
            yield Event(moment, partial(self.acts.submit, refused.proposal, f"refused {number}", None))
            yield Event(seen, partial(self.acts.propose_refusal, refused, f"refused {number}"))
            yield Event(in_office(seen, self.dice), partial(self.acts.confirm_refusal, f"refused {number}"))

    def _one_proposal(self, told: ProposalTold, moment: datetime, edit: EditTold | None) -> Iterator[Event]:
        """Let a proposal come in its own way, be changed, and be published."""
        seen = in_office(moment, self.dice)
        if told.channel is Channel.ONLINE:
            yield Event(moment, partial(self.acts.submit, told, told.code, edit))
            if edit is not None:
                yield Event(moment + timedelta(minutes=95), partial(self.acts.edit, told))
        else:
            yield Event(seen, partial(self.acts.enter, told, moment))
            seen += timedelta(minutes=25)
        self.public_at[told.code] = seen
        yield Event(seen, partial(self.acts.publish, told.code))

    def _arguing(self) -> Iterator[Event]:
        collect, vote = self.span_of(PhaseKind.COLLECT), self.span_of(PhaseKind.PRIORITISE)
        if collect is None or vote is None:
            return
        early, late = self.told.arguments[0::2], self.told.arguments[1::2]
        moments = spread(collect[0] + (collect[1] - collect[0]) * 0.6, collect[1], len(early), self.dice)
        moments += self._with_fresh_ones(vote[0], spread(vote[0], vote[1], len(late), self.dice))
        for number, (told, wish) in enumerate(zip([*early, *late], moments, strict=True)):
            moment = max(wish, self.public_at[told.proposal] + timedelta(minutes=30))
            if collect[1] <= moment < vote[0]:
                moment = vote[0] + timedelta(hours=9, minutes=7 * number)
            name = f"argument {number}"
            yield Event(moment, partial(self.acts.argue, told, name))
            yield Event(in_office(moment, self.dice), partial(self.acts.publish, name))

    def _on_the_field(self, agreeing: Agreeing | None) -> Iterator[Event]:
        """Let the map be drawn when people begin to take part, and again when they vote."""
        collect, vote = self.span_of(PhaseKind.COLLECT), self.span_of(PhaseKind.PRIORITISE)
        if self.told.field_map is None or collect is None or vote is None:
            return
        spans = (collect, vote, self.span_of(PhaseKind.SYNTHESISE))
        yield from (Event(*one) for one in Fielding(self.acts, self.told.field_map, agreeing).moments(*spans))

    def _holding(self) -> Iterator[Event]:
        """Let organisations take part and say what they hold, from the day on which ideas are collected."""
        collect = self.span_of(PhaseKind.COLLECT)
        if collect is not None and self.told.organisations:
            yield from (Event(moment, run) for moment, run in Bodies(self.acts).moments(*collect))

    def _reviewing(self) -> Iterator[Event]:
        """Let formal views come in, and be answered from the phase of answering until the gate to the decision."""
        answer, decide = self.span_of(PhaseKind.ANSWER), self.span_of(PhaseKind.DECIDE)
        if self.told.review is None or answer is None or decide is None:
            return
        complete_by = min(answer[1], self._gate(PhaseKind.DECIDE) or answer[1]) - timedelta(hours=12)
        moments = Reviewing(self.acts, self.told.review).moments(answer[0], complete_by)
        yield from (Event(moment, run) for moment, run in moments)

    def _with_fresh_ones(self, opens_at: datetime, moments: list[datetime]) -> list[datetime]:
        """Bring the next two to the last hours before now, so that something waits for a moderator."""
        coming = [n for n, moment in enumerate(moments) if moment > self.until > opens_at]
        for hours, n in enumerate(coming[:2], start=1):
            moments[n] = max(opens_at, self.until - timedelta(hours=hours))
        return moments

    def _voting(self) -> Iterator[Event]:
        """Let all votes come in while the poll is open: by now where it still is, by its end where it is over."""
        opens_at, closes_at = self.span_of(PhaseKind.PRIORITISE) or (self.until, self.until)
        latest = min(closes_at, self.until)
        if latest <= opens_at:
            return
        vote, ballots = self._ballots()
        size = -(-len(ballots) // BATCHES)
        for number in range(BATCHES):
            part = [(f"{n + 1:05}", ballots[n]) for n in range(number * size, min((number + 1) * size, len(ballots)))]
            moment = opens_at + (latest - opens_at) * ((number + 0.5) / BATCHES)
            yield Event(moment, partial(vote, part))

    def _ballots(self) -> tuple[Callable[[Any], None], Sequence[Any]]:
        """Return what is done with some ballots, and all of them: votes on proposals, or answers to statements."""
        if self.told.statements is not None:
            return self.acts.answer, answers_of(self.told.statements, self.told.people)
        totals = {told.code: told.votes for told in self.told.proposals if told.votes is not None}
        return self.acts.vote, share_out(totals, self.told.people)

    def _sorting(self) -> Iterator[Event]:
        found = self.span_of(PhaseKind.SYNTHESISE)
        if found is None:
            return
        opens_at, closes_at = found
        half = opens_at + (closes_at - opens_at) / 2
        for told, moment in zip(
            self.told.proposals, spread(opens_at, half, len(self.told.proposals), self.dice, OFFICE), strict=True
        ):
            yield Event(moment, partial(self.acts.code, told))
        positions = spread(opens_at, half, len(self.told.positions), self.dice, OFFICE)
        for held, moment in zip(self.told.positions, positions, strict=True):
            yield Event(moment, partial(self.acts.code_position, held))
        if self.told.proposals:
            yield Event(half, self.acts.code_twice)
        weighed = [told for told in self.told.proposals if told.outcome not in {None, OutcomeKind.MERGED}]
        for told, moment in zip(weighed, spread(half, closes_at, len(weighed), self.dice, OFFICE), strict=True):
            yield Event(moment, partial(self.acts.weigh, told))
        yield from self._answering(weighed, closes_at)
        if self.told.findings:
            yield Event(closes_at - timedelta(hours=4), self.acts.write_report)
            yield Event(closes_at - timedelta(hours=3), self.acts.publish_report)

    def _answering(self, weighed: Sequence[ProposalTold], closes_at: datetime) -> Iterator[Event]:
        """Have each answer signed in the last hours of sorting, and publish all of them when that is told."""
        for number, told in enumerate(weighed):
            yield Event(closes_at - timedelta(hours=7) + timedelta(minutes=2 * number), partial(self.acts.sign, told))
        told_at = (self.span_of(PhaseKind.FEEDBACK) or (closes_at, closes_at))[0]
        if weighed:
            yield Event(told_at + timedelta(hours=9), self.acts.publish_answers)

    def _drafting(self) -> Iterator[Event]:
        found = self.span_of(PhaseKind.DRAFT)
        if found is None or not self.told.sections:
            return
        opens_at, closes_at = found
        released = self._gate(PhaseKind.FORMAL_REVIEW) or closes_at - timedelta(hours=14)
        submitted = released - (released - opens_at) / 10
        yield Event(opens_at + timedelta(hours=9), self.acts.begin_draft)
        written = spread(
            opens_at + timedelta(hours=10),
            opens_at + (submitted - opens_at) * 0.8,
            len(self.told.sections),
            self.dice,
            OFFICE,
        )
        for section, moment in zip(self.told.sections, written, strict=True):
            yield Event(moment, partial(self.acts.write, section))
        yield Event(submitted, self.acts.submit_draft)
        yield Event(released + timedelta(hours=1), self.acts.publish_draft)
