"""The gates of a story: both sponsors sign on the days that it tells, and the council decides at the last one."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from consult.decisions.models import Result
from consult.decisions.signing import WAYS
from consult.decisions.verbs import DecisionTold, record_decision
from consult.demo.acts import Acts
from consult.foundation import clock
from consult.foundation.language import local
from consult.mandates.models import GateKind, Side
from consult.mandates.queries import At, get_at
from consult.mandates.signing import ask_signatures
from consult.policy import Actor, Duty, system

Moment = tuple[datetime, Callable[[], None]]
BEFORE = timedelta(days=2)  # so long before a gate signatures are asked


class Signing:
    """What board and civil service do at the gates of one round."""

    def __init__(self, acts: Acts) -> None:
        self.acts, self.cast = acts, acts.cast

    def moments(self, kind: GateKind, at: datetime, opening: datetime | None) -> Iterator[Moment]:
        """Give when a gate is asked for, signed and passed: the mandate when it is told, the round opens later."""
        asked, civil = at - BEFORE, at - BEFORE / 2
        if kind is GateKind.P5:  # on the day of the council itself
            yield at, self.decide
            asked, civil, at = at + timedelta(minutes=30), at + timedelta(hours=1), at + timedelta(hours=2)
        yield asked, partial(self.ask, kind)
        yield civil, partial(self.sign, kind, Side.CIVIL)
        yield at + timedelta(minutes=3), partial(self.sign, kind, Side.BOARD)
        started = opening if kind is GateKind.P0 and opening is not None else at
        yield started + timedelta(minutes=5 if kind is GateKind.P0 else 10), partial(self.start, kind)

    def _here(self, kind: GateKind) -> At:
        return get_at(system(clock.now()), self.acts.told.slug, kind.value)

    def _director(self) -> Actor:
        return self.cast.member(Duty.DIRECTOR, self.acts.round_id)

    def ask(self, kind: GateKind) -> None:
        here = self._here(kind)
        ask_signatures(here.gate, WAYS[kind].lacks(here.round), "", self._director())

    def sign(self, kind: GateKind, side: Side) -> None:
        here = self._here(kind)
        WAYS[kind].sign(here.gate, here.round, side, self.cast.member(side.duty, self.acts.round_id))

    def start(self, kind: GateKind) -> None:
        here = self._here(kind)
        WAYS[kind].start(here.gate, here.round, self._director())

    def decide(self) -> None:
        """Let the council adopt the draft as it stands."""
        day = local(clock.now()).date()
        told = DecisionTold(self.acts.draft(), Result.ADOPTED, day, f"{day.year}-014")
        record_decision(self._here(GateKind.P5).round, told, self._director())
