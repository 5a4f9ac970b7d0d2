"""The process board and the map of a round with 200 partners, 40 agreements and 20,000 inputs, beside a bare page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.town import Town
from consult.accounts.verbs import sign_in
from consult.director.agreements import verbs as agreements
from consult.director.agreements.models import LegalForm
from consult.director.agreements.terms import Better, Indicator, Rhythm
from consult.director.tasks import verbs as tasks
from consult.director.tasks.models import Choice, Rung
from consult.field import reaching, verbs
from consult.field.models import PartyKind, Ring
from consult.field.verbs import PartyTold, Thought
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.language import speaking
from consult.participants.models import Organisation, OrganisationKind, OrganisationState
from consult.participants.verbs import create_person
from consult.policy import Duty, Role, system
from consult.rounds.models import Area
from consult.rounds.queries import get_round
from consult.rounds.verbs import appoint

PERIODS, INDICATORS = 12, 6  # of each agreement
PAGES = (("process board", "/staff/rounds/wijken/board"), ("field map", "/staff/rounds/wijken/field"))
Measure = Callable[..., float]


class Field:
    """A town with so many inputs, partners and agreements, and a director who looks at them."""

    def __init__(self, folder: Path, inputs: int, partners: int, agreed: int) -> None:
        own = folder / "field"
        own.mkdir()
        self.town = Town(own, inputs)
        with self.town.database.writing(), speaking("nl"):
            actor = system(clock.now())
            subject = get_round(actor, "wijken")
            person = create_person("Regisseur", "regisseur@voorbeeld.nl", Role.DIRECTOR, None, actor)
            appoint(subject, person, Duty.DIRECTOR, actor)
            cookie = sign_in(person.account_id, actor, with_factor=True)  # type: ignore[arg-type]
            self._fill(subject, replace(actor, person_id=person.id), partners, agreed)
        self.town.visitor.set_cookie("consult", cookie)  # from here on the visitor is the director

    def _fill(self, subject: Any, actor: Any, partners: int, agreed: int) -> None:
        for number in range(12):
            add(Area(code=f"BX{number:02}", name=f"Buurt {number}", population=1_000, ages=[200] * 5))
        counts = {f"BX{number:02}": 40 + 10 * number for number in range(12)}
        reaching.count_reach(subject, counts, {}, "lijsten", actor)
        kinds, rings = list(PartyKind), list(Ring)
        for number in range(partners):
            told = PartyTold(f"Partij {number:03}", kinds[number % len(kinds)])
            party = verbs.add_party(subject, told, actor)
            scales = (1 + number % 10, 1 + number * 7 % 10, number % 5 - 2)
            marks = {"has_power": number % 2 == 0, "is_legitimate": number % 3 == 0, "is_urgent": number % 5 == 0}
            verbs.assess(party, subject, Thought(*scales, **marks, ring=rings[number % 4]), actor)
        body = add(
            Organisation(
                slug="partner", name="Partner", kvk="12345678", kind=OrganisationKind.OTHER, renderer="1",
                state=OrganisationState.VERIFIED, asked_at=clock.now(),
            )
        )  # fmt: skip
        for number in range(agreed):
            self._agree(number, body, subject, actor)

    def _agree(self, number: int, body: Organisation, subject: Any, actor: Any) -> None:
        made = agreements.make(f"Afspraak {number}", LegalForm.SUBSIDY, body, actor, of=subject)
        days = (date(2026, 1, 1), date(2028, 12, 31))
        basics = agreements.Basics("Afspraak", "Gesprekken voeren.", *days, Rhythm.QUARTERLY)
        agreements.set_basics(made, basics, actor, seen=made.draft.digest)  # type: ignore[union-attr]
        plan = tuple(Decimal(10 * n) for n in range(1, PERIODS + 1))
        for place in range(INDICATORS):
            item = Indicator(
                f"i{place}", "Gesprekken", "stuks", Better.UP, None, Decimal(120), plan, "lijst", "zij", ""
            )
            agreements.set_item(made, item, actor, seen=made.draft.digest)  # type: ignore[union-attr]
        told = tasks.TaskTold(f"Taak {number}", Choice.OUTSOURCE, Rung.DIRECT, "Zij kunnen het beter.")
        tasks.write_task(told, actor, of=subject, agreement=made)
        session().flush()


def show(
    folder: Path, measure: Measure, page: float, inputs: int = 20_000, partners: int = 200, agreed: int = 40
) -> None:
    """Print what both pages cost; the last column is times the bare page of 25 rows."""
    field = Field(folder, inputs, partners, agreed)
    print(f"{partners} partners, {agreed} agreements, {inputs:,} inputs")
    for words, path in PAGES:
        cost = measure(lambda path=path: field.town.read(path), 25)
        told = f"{words}, {field.town.statements(path)} statements (must: ≤ 12)"
        print(f"{told:<54}{cost:>9.2f}{cost / page:>9.1f}")
    print()
