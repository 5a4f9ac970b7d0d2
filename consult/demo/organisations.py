"""What organisations do in a story: they take part, write a position together, send it in, and sign with others."""

import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from consult.demo.acts import Acts
from consult.demo.dates import OFFICE, at, in_office
from consult.demo.people import domain_of
from consult.demo.told import OrganisationTold, PositionTold
from consult.foundation import clock, text
from consult.foundation.db import session
from consult.participants import organisations
from consult.participants.models import Organisation
from consult.policy import MemberDuty
from consult.positions import rules, verbs
from consult.positions.queries import Writing, get_position, get_writing
from consult.positions.rules import Mandate, OnTheme

PRINTED = ("P04", "P08")  # whose representatives can sign in
MADE_FOR_THE_STORY = "no mail of a story is ever sent"
Moment = tuple[datetime, partial[None]]


class Bodies:
    """The organisations of one round of a story; knows them by their code."""

    def __init__(self, acts: Acts) -> None:
        self.acts, self.cast = acts, acts.cast
        self.dice = random.Random(f"{acts.told.slug} organisations")
        self.ids: dict[str, uuid.UUID] = {}
        self.people = {one.code: one.people for one in acts.told.organisations}

    def moments(self, opens_at: datetime, closes_at: datetime) -> Iterator[Moment]:
        """Give what they do, each thing at its own moment within the time that positions are taken."""
        yield opens_at + timedelta(hours=9), partial(self.take_part)
        for told in self.acts.told.positions:
            kept = at(told.decided_on + self.acts.shift, self.dice.randrange(*OFFICE)) + timedelta(days=1)
            sent = min(max(kept, opens_at + timedelta(days=1)), closes_at - timedelta(hours=4)) + timedelta(hours=2)
            read = in_office(sent, self.dice)
            yield sent - timedelta(hours=2), partial(self.write, told)
            yield sent, partial(self.send_in, told)
            yield read, partial(self.acts.publish, told.code)
            for number, (partner, themes) in enumerate(told.co_signed_by):
                signed = read + timedelta(hours=3 + number)
                if signed < closes_at:
                    yield signed, partial(self.co_sign, told, partner, themes)

    def take_part(self) -> None:
        for told in self.acts.told.organisations:
            self._enter(told)

    def _enter(self, told: OrganisationTold) -> None:
        """Let an organisation ask, the director check it, and its second member join."""
        first, second = told.people
        self.cast.new_speaker(first, told.name)
        email, about_html = self.cast.new_speaker(second, told.name), text.sanitize(told.about)
        asked = organisations.OrganisationTold(
            told.name, told.kvk, told.kind, domain_of(told.name), told.about, about_html
        )
        new = organisations.ask(asked, self.cast.acting(first))
        organisations.verify(new, self.cast.acting(self.acts.told.director))
        self.ids[told.code] = new.id
        invitation = organisations.invite(
            new, email, MemberDuty.MEMBER, self.cast.acting(first), secret=MADE_FOR_THE_STORY
        )
        organisations.accept(invitation, self.cast.acting(second))

    def _organisation(self, code: str) -> Organisation:
        return session().get_one(Organisation, self.ids[code])

    def _writing(self, told: PositionTold, person: str) -> Writing:
        slug = session().scalars(select(Organisation.slug).where(Organisation.id == self.ids[told.partner])).one()
        return get_writing(self.cast.acting(person), self.acts.told.slug, slug)

    def write(self, told: PositionTold) -> None:
        """Let the second member write what the organisation decided."""
        _first, second = self.people[told.partner]
        themes = self.acts.themes()
        said = {themes[code].id: OnTheme(stance, weight) for code, (stance, weight) in told.scores.items()}
        whole = rules.PositionTold(
            mandate=self._mandate(told),
            has_none=True,
            text=told.text,
            html=text.sanitize(told.text),
            themes=said,
        )
        verbs.save_draft(self._writing(told, second), whole, self.cast.acting(second), version=0)

    def send_in(self, told: PositionTold) -> None:
        first, _second = self.people[told.partner]
        new = verbs.submit(self._writing(told, first), self.cast.acting(first), version=1)
        new.reference = told.code
        self.acts.made[told.code] = new.id

    def co_sign(self, told: PositionTold, partner: str, themes: Sequence[str]) -> None:
        """Let an organisation sign, as its board decided the day before."""
        first, _second = self.people[partner]
        actor, known = self.cast.acting(first), self.acts.themes()
        public_id = self.acts.contribution(told.code).public_id
        position = get_position(actor, self.acts.told.slug, public_id)
        mandate = Mandate("bestuur", (clock.now() - timedelta(days=1)).date(), first, "voorzitter")
        wanted = [known[code].id for code in themes]
        verbs.co_sign(
            position, self._organisation(partner), wanted, mandate, actor, number=position.contribution.version
        )

    def _mandate(self, told: PositionTold) -> Mandate:
        first, _second = self.people[told.partner]
        return Mandate(told.body, told.decided_on + self.acts.shift, first, told.function)


def printed_speakers(told: Sequence[OrganisationTold]) -> list[tuple[str, str]]:
    """Return who of the organisations can sign in, each with the name of what they speak for."""
    return [(one.people[0], one.name) for one in told if one.code in PRINTED]
