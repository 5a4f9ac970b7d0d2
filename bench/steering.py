"""The pages of a director: agreements with six indicators over twelve periods, all reported about."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from bench.town import Town
from consult.accounts.verbs import sign_in
from consult.director.agreements import verbs
from consult.director.agreements.models import Agreement, AgreementState, LegalForm
from consult.director.agreements.queries import get_agreement
from consult.director.agreements.terms import Indicator, Line, Rhythm
from consult.director.agreements.verbs import Basics
from consult.director.steering.models import LineFigure, Measurement, ProgressReport, ReportVerdict
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.language import local
from consult.participants.models import Organisation, OrganisationKind, OrganisationState
from consult.participants.verbs import create_person
from consult.policy import Actor, Role, system

AGREEMENTS, INDICATORS, PERIODS = 40, 6, 12
MOST = 12  # statements of a page
YEARS = timedelta(days=3 * 365)  # twelve quarters
Measure = Callable[..., float]


class Direction:
    """A town with so many agreements that run, of which every period that is over was reported about."""

    def __init__(self, folder: Path, agreements: int) -> None:
        self.town = Town(folder, agreements)
        with self.town.database.writing():
            actor = system(clock.now())
            manager = create_person("Manager", "manager@voorbeeld.nl", Role.CONTRACTS, None, actor)
            cookie = sign_in(manager.account_id, actor, with_factor=True)  # type: ignore[arg-type]
            state, kind = OrganisationState.VERIFIED, next(iter(OrganisationKind))
            told = {"name": "Stichting Buurtkracht", "slug": "buurtkracht", "kvk": "12345678", "renderer": "1"}
            partner = add(Organisation(**told, kind=kind, state=state, asked_at=clock.now()))
            made = [_run(partner, actor) for _number in range(agreements)]
        self.town.visitor.set_cookie("consult", cookie)  # from here on the visitor is the contract manager
        year = local(clock.now()).date().year - 1
        self.pages = (
            ("steering", "/staff/agreements"),
            ("one agreement", f"/agreements/{made[-1]}"),
            ("account of a year", f"/account?year={year}"),
        )


def _run(partner: Organisation, actor: Actor) -> str:
    """Make one agreement that everybody signed and that was reported about; return its address."""
    made = verbs.make("Gesprekken in de buurt", LegalForm.SUBSIDY, partner, actor)
    agreement = get_agreement(actor, made.public_id)
    first = local(clock.now()).date() - YEARS + timedelta(days=40)
    last = first + YEARS - timedelta(days=1)
    basics = Basics("Gesprekken in de buurt", "Gesprekken voeren.", first, last, Rhythm.QUARTERLY)
    verbs.set_basics(agreement, basics, actor, seen=_seen(agreement))
    plan = tuple(Decimal(10 * n) for n in range(1, len(agreement.terms.periods) + 1))
    for number in range(INDICATORS):
        name = f"Gesprekken in wijk {number}"
        one = Indicator(f"i{number}", name, "gesprekken", target=Decimal(120), plan=plan, source="lijst", owner="wij")
        verbs.set_item(agreement, one, actor, seen=_seen(agreement))
    verbs.set_item(agreement, Line("l1", "Medewerkers", Decimal(66_000), "wij"), actor, seen=_seen(agreement))
    seen = _seen(agreement)
    for body in (partner, None):
        verbs.sign(agreement, actor, seen=seen, name="M. de Wit", function="voorzitter", organisation=body)
    verbs.move(agreement, AgreementState.RUNNING, "", actor)
    for number in range(1, PERIODS):
        _report(agreement, number)
    return agreement.public_id


def _report(agreement: Agreement, number: int) -> None:
    """Put an accepted report in its place, as filing and checking it leave it."""
    now = clock.now()
    about = {"agreement_id": agreement.id, "number": number, "text": "Het ging goed.", "filed_at": now}
    new = add(ProgressReport(**about, verdict=ReportVerdict.ACCEPTED, checked_at=now))
    session().add_all(
        Measurement(report_id=new.id, key=f"i{place}", value=Decimal(9 * number)) for place in range(INDICATORS)
    )
    spent = {"committed": Decimal(5_500 * number), "realised": Decimal(5_000 * number), "forecast": Decimal(67_000)}
    add(LineFigure(report_id=new.id, key="l1", **spent))


def _seen(agreement: Agreement) -> str:
    assert agreement.draft is not None
    return agreement.draft.digest


def show(folder: Path, measure: Measure, page: float, many: int = AGREEMENTS) -> None:
    """Print what the pages cost; the last column is times the bare page of the same run."""
    direction = Direction(folder, many)
    town = direction.town
    for words, path in direction.pages:
        statements = town.statements(path)
        assert statements <= MOST, (words, statements)
        cost = measure(lambda path=path: town.read(path), 25)
        told = f"{words}, {many} × {INDICATORS} × {PERIODS}, {statements} statements"
        print(f"{told:<54}{cost:>9.2f}{cost / page:>9.1f}")
    print()
