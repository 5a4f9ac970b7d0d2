"""Builders of goals and agreements, made through the verbs; they need an open unit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from consult.contributions.models import Contribution
from consult.director.agreements import verbs
from consult.director.agreements.models import Agreement, AgreementState, LegalForm
from consult.director.agreements.queries import get_agreement
from consult.director.agreements.terms import Indicator, Line, Requirement, Rhythm, Terms
from consult.director.agreements.verbs import Basics
from consult.director.goals.models import Better, Goal
from consult.director.goals.queries import get_goal
from consult.director.goals.verbs import GoalTold, sign_goal, write_goal
from consult.director.steering import verbs as steering
from consult.director.steering.models import ReportVerdict
from consult.director.steering.queries import Reporting, get_reporting
from consult.director.steering.verbs import Figure, ReportTold
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.language import local
from consult.participants.models import Organisation, Person
from consult.policy import Actor, Role
from consult.rounds.models import Round
from consult.synthesis.models import Outcome, OutcomeKind
from tests.builders import a_member_of_staff, acting, the_platform
from tests.participants.builders import an_organisation, somebody

TALKS, MARK, PEOPLE, TALKS_MONEY, NORM = "talks", "mark", "people", "money", "norm"


@dataclass(frozen=True)
class Partners:
    """A partner with who represents it, a contract manager and somebody of the board."""

    organisation: Organisation
    representative: Person
    manager: Person
    board: Person

    @property
    def writes(self) -> Actor:
        return acting(self.manager)

    @property
    def speaks(self) -> Actor:
        return acting(self.representative)

    @property
    def decides(self) -> Actor:
        return acting(self.board)


def partners(
    organisation: Organisation | None = None,
    representative: Person | None = None,
    manager: Person | None = None,
    board: Person | None = None,
) -> Partners:
    """Everybody whom an agreement needs."""
    representative = representative or somebody()
    return Partners(
        organisation or an_organisation("", representative),
        representative,
        manager or a_member_of_staff(Role.CONTRACTS),
        board or a_member_of_staff(Role.BOARD),
    )


def today() -> date:
    """Which day it is here."""
    return local(clock.now()).date()


def ago(days: int) -> date:
    """So many days before today."""
    return today() - timedelta(days=days)


def basics(first_day: date, last_day: date, rhythm: Rhythm = Rhythm.QUARTERLY) -> Basics:
    """What an agreement is about, from day to day."""
    return Basics("Gesprekken in de buurt", "De stichting houdt gesprekken in de buurt.", first_day, last_day, rhythm)


def an_indicator(key: str = TALKS, periods: int = 4, **more: object) -> Indicator:
    """An indicator that lacks nothing, with a plan of ten more each period."""
    told = {"name": "Gehouden buurtgesprekken", "unit": "gesprekken", "better": Better.UP, "target": Decimal(40)}
    plan = tuple(Decimal(10 * n) for n in range(1, periods + 1))
    whole = Indicator(key=key, plan=plan, source="lijst van gesprekken", owner="de stichting", **told)  # type: ignore[arg-type]
    return replace(whole, **more)  # type: ignore[arg-type]


def seen(agreement: Agreement) -> str:
    """The words that are being written, as a form holds them."""
    assert agreement.draft is not None
    return agreement.draft.digest


def a_draft(
    told: Partners,
    *,
    legal_form: LegalForm = LegalForm.SUBSIDY,
    third: Organisation | None = None,
    of: Round | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    rhythm: Rhythm = Rhythm.QUARTERLY,
) -> Agreement:
    """An agreement that lacks nothing and waits for signatures; by default it runs since 300 days, for a year."""
    agreement = verbs.make("Gesprekken in de buurt", legal_form, told.organisation, told.writes, third=third, of=of)
    first = first_day or ago(300)
    verbs.set_basics(
        agreement,
        basics(first, last_day or first + timedelta(days=364), rhythm),
        told.writes,
        seen=seen(agreement),
    )
    count = len(agreement.terms.periods)
    items = (
        an_indicator(periods=count),
        Line(TALKS_MONEY, "Medewerkers", Decimal(66000), "de gemeente"),
        Requirement(NORM, "Bij elk gesprek is een tolk als dat nodig is", "steekproef", "verslag"),
    )
    for item in items:
        verbs.set_item(agreement, item, told.writes, seen=seen(agreement))
    return agreement


def sign_all(agreement: Agreement, told: Partners, third: Person | None = None) -> Agreement:
    """Let every party sign what is being written."""
    words = {"seen": seen(agreement), "name": "M. de Wit", "function": "voorzitter"}
    verbs.sign(agreement, told.speaks, organisation=told.organisation, **words)
    if agreement.third_party_id is not None:
        verbs.sign(agreement, acting(third), organisation=agreement.third_party, **words)
    verbs.sign(agreement, told.decides, **words)
    return agreement


def running(told: Partners, **more: object) -> Agreement:
    """An agreement that every party signed, and that runs."""
    agreement = sign_all(a_draft(told, **more), told)  # type: ignore[arg-type]
    verbs.move(agreement, AgreementState.RUNNING, "", told.writes)
    return agreement


def again(agreement: Agreement) -> Agreement:
    """The same agreement as it is read anew."""
    session().flush()
    session().expire_all()
    return get_agreement(the_platform(), agreement.public_id)


def reporting(agreement: Agreement, number: int = 1) -> Reporting:
    """One period of an agreement with its report."""
    session().flush()
    return get_reporting(the_platform(), agreement.public_id, number)


def told_of(terms: Terms, value: int | str = 10, forecast: int = 66000) -> ReportTold:
    """What a partner tells: every indicator at this value, every line with this forecast."""
    figure = Figure(Decimal(20000), Decimal(15000), Decimal(forecast))
    return ReportTold(
        "Het ging goed.",
        {one.key: (Decimal(value), "") for one in terms.indicators},
        {one.key: figure for one in terms.lines},
    )


def reported(agreement: Agreement, told: Partners, number: int, value: int | str, forecast: int = 66000) -> None:
    """Let the partner report about a period, and the contract manager accept it."""
    steering.file_report(reporting(agreement, number), told_of(agreement.terms, value, forecast), told.speaks)
    accepted(agreement, told, number)


def accepted(agreement: Agreement, told: Partners, number: int) -> None:
    """Let the contract manager accept the report about a period."""
    about = reporting(agreement, number)
    assert about.report is not None
    steering.check_report(about, ReportVerdict.ACCEPTED, "", told.writes, seen=about.report.id)


def a_goal(told: Partners, of: Round | None = None, bodies: Sequence[Organisation] = ()) -> Goal:
    """A goal that can be measured, in which the partner takes part."""
    written = GoalTold(
        title="In 2030 voelt 80 procent zich veilig op de fiets.",
        why="Fietsen is gezond.",
        indicator="procent in de wijkenquête",
        unit="procent",
        better=Better.UP,
        baseline=Decimal(66),
        target=Decimal(80),
        starts_on=ago(200),
        target_on=today() + timedelta(days=900),
        source="wijkenquête",
    )
    parties = dict.fromkeys((told.organisation, *bodies), "telt mee")
    return get_goal(the_platform(), write_goal(written, parties, told.writes, of=of).public_id)


def shared(told: Partners, of: Round | None = None) -> Goal:
    """A goal that the partner and the authority signed."""
    goal = a_goal(told, of)
    sign_goal(goal, told.speaks, version=goal.version, organisation=told.organisation)
    sign_goal(goal, told.decides, version=goal.version)
    return goal


def adopted(about: Contribution, kind: OutcomeKind = OutcomeKind.ADOPTED, *, is_final: bool = True) -> Outcome:
    """An answer that everybody reads, final since the council decided."""
    now = clock.now()
    if is_final:
        about.round.decided_at = now
    moments = {"set_at": now, "signed_at": now, "published_at": now, "final_at": now if is_final else None}
    return add(Outcome(contribution_id=about.id, kind=kind, reason="Dit past in het plan.", **moments))
