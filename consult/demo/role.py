"""What happens in a story with the authority's own role: vision, topics, set-up, looking back, and self-scans."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial

from consult.demo.acts import Acts
from consult.demo.direction import RoleTold
from consult.director.accountability import verbs as accounts
from consult.director.accountability.models import ScanPart
from consult.director.accountability.queries import get_reviewed
from consult.foundation import clock
from consult.foundation.language import local
from consult.mandates import setups, verbs, visions
from consult.mandates.models import NoPart, Rung
from consult.mandates.queries import find_note, find_vision, get_written_vision, list_principles
from consult.policy import Actor, Duty, system
from consult.rounds.models import Level, Organ

Moment = tuple[datetime, partial[None]]
MINUTE = timedelta(minutes=1)


class Directing:
    """What is done about the authority's own role around one round of a story."""

    def __init__(self, acts: Acts, told: RoleTold) -> None:
        self.acts, self.cast, self.told = acts, acts.cast, told

    def moments(self, prepared: datetime, evaluating: tuple[datetime, datetime] | None) -> Iterator[Moment]:
        """Give what happens: right after the round was begun, and a quarter into its evaluation."""
        beginning = (self.adopt, self.hold_to, self.write_note, self.staff, self.decide_topics, self.scan)
        for number, run in enumerate(beginning, start=1):
            yield prepared + number * MINUTE, partial(run)
        if evaluating is not None and self.told.beside and self.told.survey:
            opens_at, closes_at = evaluating
            looked = opens_at + (closes_at - opens_at) / 4
            yield looked, partial(self.look_back)
            yield looked + timedelta(days=1), partial(self.publish)

    def _director(self) -> Actor:
        return self.cast.member(Duty.DIRECTOR, self.acts.round_id)

    def _board(self) -> Actor:
        return self.cast.member(Duty.BOARD_SPONSOR, self.acts.round_id)

    def _day(self, day: date) -> date:
        return day + self.acts.shift

    def adopt(self) -> None:
        told = self.told
        visions.write_vision(told.title, told.text, told.principles, self._director())
        written = get_written_vision(system(clock.now()))
        visions.adopt_vision(written, Organ.COUNCIL, self._day(told.adopted), "", self._board())

    def hold_to(self) -> None:
        vision = find_vision()
        assert vision is not None  # just adopted
        ids = [one.id for one in vision.principles if one.code in self.told.held_to]
        visions.link_principles(self.acts.round(), ids, self._director())

    def write_note(self) -> None:
        """Write what the mandate note says beside the words with which the round was begun."""
        held = find_note(self.acts.round_id)
        if held is None:
            return
        known = (held.reason, held.budget_euros, held.budget_words, held.planning)
        note = verbs.NoteTold(*known, self.told.rung, **self.told.beside.get("note", {}))
        verbs.write_note(self.acts.round(), note, self._director())

    def staff(self) -> None:
        beside, subject = self.told.beside, self.acts.round()
        if "set_up" in beside:
            setups.copy_example(subject, setups.Example(beside["set_up"]), self._director())
        self.acts.give_hours(beside.get("hours", {}))

    def decide_topics(self) -> None:
        now = clock.now()
        for one in self.told.beside.get("topics", ()):
            told = visions.TopicTold(
                title=one["title"],
                level=Level(one["level"]) if "level" in one else None,
                rung=Rung(one["rung"]),
                ground=NoPart(one["ground"]) if "ground" in one else None,
                reason=one["reason"],
                organ=Organ(one["organ"]),
                decided_on=local(now).date() - timedelta(days=one["days_before"]),
                round_id=self.acts.round_id if one.get("of_round") else None,
            )
            visions.record_topic(told, self._board())

    def scan(self) -> None:
        for one in self.told.beside.get("scans", ()):
            day = self._day(one["made"])
            scores = {part: (one[part.value][0], one[part.value][1]) for part in ScanPart}
            accounts.write_scan(day.year, day, scores, self._director())

    def look_back(self) -> None:
        told, beside = self.told, self.told.beside
        reviewed = get_reviewed(system(clock.now()), self.acts.told.slug)
        codes = {one.code: one.id for one in list_principles(self.acts.round_id)}
        asked = beside.get("asked", {})
        review = accounts.ReviewTold(
            happened=Rung(beside["happened"]),
            compared=beside["compared"],
            lessons="\n\n".join(f"{one}." for one in told.survey.get("lessons", ())),
            scores={codes[code]: (score, words) for code, (score, words) in beside["scores"].items()},
            sent=told.survey["survey_sent"],
            responses=told.survey["responses"],
            survey={asked.get(name, name): str(mark) for name, mark in told.survey["scores"].items()},
        )
        accounts.write_role_review(reviewed, review, self._director(), number=0)

    def publish(self) -> None:
        reviewed = get_reviewed(system(clock.now()), self.acts.told.slug)
        official = self.cast.member(Duty.OFFICIAL_SPONSOR, self.acts.round_id)
        accounts.publish_role_review(reviewed, official, number=reviewed.versions[0].number)
