"""What happens in a story with the people of the regie: competences, profiles, talks, learning, and a model chosen."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial

from consult.demo.acts import Acts
from consult.demo.competences import StaffingTold, TeachingTold
from consult.demo.dates import at
from consult.demo.people import COACH, COLLEAGUES
from consult.director.people.learning import verbs as learning
from consult.director.people.profiles import verbs as profiles
from consult.director.people.profiles.models import ProfileKind
from consult.director.people.profiles.queries import list_profiles
from consult.director.people.skills import verbs as skills
from consult.director.people.skills.queries import get_coached, get_own_skills
from consult.director.people.staffing.verbs import decide
from consult.policy import Actor

BEGUN, TALKED, TAUGHT, CHOSEN = (timedelta(days=n) for n in (0, 7, 10, 14))  # after a story begins
SEATS, PLACE = 12, "Gemeentehuis"
WHY = "Iedereen kan de basis. Voor wat de regie niet kan missen, hebben we specialisten."
Moment = tuple[datetime, partial[None]]


class Staffing:
    """The people of one round of a story."""

    def __init__(self, acts: Acts, told: StaffingTold) -> None:
        self.acts, self.cast, self.told = acts, acts.cast, told
        self.names = {**COLLEAGUES, "M1": acts.told.director}

    def moments(self) -> Iterator[Moment]:
        """Give what happens, each thing at its own moment, from the day on which the story begins."""
        begins = self.acts.told.phases[0].start
        yield self._at(begins + BEGUN, 10 * 60), partial(self.describe)
        for number, (code, levels) in enumerate(self.told.levels.items()):
            yield self._at(begins + TALKED, 10 * 60 + number), partial(self.talk, code, levels)
        for number, one in enumerate(self.told.taught):
            yield self._at(begins + TAUGHT, 10 * 60 + number), partial(self.teach, one)
        yield self._at(begins + CHOSEN, 10 * 60), partial(self.choose)

    def _at(self, day: date, minute: int) -> datetime:
        return at(day + self.acts.shift, minute)

    def _coach(self) -> Actor:
        return self.cast.acting(COACH)

    def describe(self) -> None:
        """Let the coach publish the frame, and the director the profiles."""
        director = self.cast.acting(self.acts.told.director)
        profiles.write_frame(self.told.competences, self._coach())
        consent_on = self.told.consent_on + self.acts.shift
        profiles.publish_frame(self._coach(), consent=self.told.consent, consent_on=consent_on)
        for kind, title, told in self.told.profiles:
            made = profiles.write_profile(kind, title, told, self._coach())
            profiles.publish_profile(made, director)

    def talk(self, code: str, levels: Mapping[str, int]) -> None:
        """Let somebody choose the coach, say where they stand, and agree on levels in a talk."""
        own, coach = self.cast.acting(self.names[code]), self._coach()
        towards = next((one.slug for one in list_profiles() if one.kind is ProfileKind.DIRECTOR), "")
        kept = skills.choose_coach(get_own_skills(own), self.cast.person(COACH), towards, own)
        skills.assess(kept, levels, "", own)
        of = get_coached(coach, kept.id)
        agreed = skills.agree(of, levels, "", coach, talked_on=coach.arrived_at.date())
        skills.confirm(agreed, own)

    def teach(self, told: TeachingTold) -> None:
        """Put something in the catalogue, plan a group where a group pays, and let people choose it."""
        costs = {"cost_per_person": told.each, "cost_total": told.total}
        written = learning.ActivityTold(told.form, told.title, "", told.competences, told.days, **costs)
        activity = learning.write_activity(written, self._coach())
        if told.total is not None:
            day = self._coach().arrived_at.date() + timedelta(days=30)
            days = {"starts_on": day, "ends_on": day}
            learning.plan_cohort(activity, self._coach(), place=PLACE, programme="", seats=SEATS, **days)
        for code in told.wanted_by:
            learning.enrol(activity, self.cast.acting(self.names[code]))

    def choose(self) -> None:
        """Let the board choose the model."""
        decide(self.told.chosen, self.told.rule, WHY, self.cast.acting(self.acts.told.board_sponsor))
