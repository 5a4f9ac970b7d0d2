"""Builders of what every room needs: each makes one thing through the verbs, with lawful plain values.

They need an open unit: the `unit` fixture, or `with site.writing():`.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from consult.accounts.models import Account
from consult.accounts.passwords import hashed
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.language import local
from consult.mandates.verbs import open_round
from consult.participants import verbs as participants
from consult.participants.models import Membership, Person
from consult.policy import Actor, Duty, Role, system
from consult.rounds import planning
from consult.rounds import verbs as rounds
from consult.rounds.models import (
    Appointment,
    Area,
    Authority,
    AuthorityKind,
    Phase,
    PhaseKind,
    Round,
    RoundState,
    Theme,
)
from consult.rounds.queries import get_round
from tests import second

_numbers = itertools.count(1)
_password_hashes: dict[str, str] = {}


def the_platform(at: datetime | None = None) -> Actor:
    """The platform itself, now or at a moment."""
    return system(at or clock.now())


def a_phase(kind: PhaseKind = PhaseKind.COLLECT, first: int = -7, last: int = 7, name: str = "") -> planning.PhasePlan:
    """Plan a phase from `first` to `last` in days from today; the last day counts whole."""
    today = local(clock.now()).date()
    days = (today + timedelta(days=first), today + timedelta(days=last))
    return planning.PhasePlan(kind, name or kind.value.capitalize(), *days)


def phases_with(kind: PhaseKind) -> list[planning.PhasePlan]:
    """Plan collecting, voting and sorting such that the one named is open today."""
    order = (PhaseKind.COLLECT, PhaseKind.PRIORITISE, PhaseKind.SYNTHESISE)
    start = -7 - 15 * order.index(kind)
    return [a_phase(k, start + 15 * n, start + 15 * n + 14) for n, k in enumerate(order)]


def a_round(
    *,
    state: RoundState | str = RoundState.OPEN,
    phases: PhaseKind | Sequence[planning.PhasePlan | PhaseKind] | None = None,
    slug: str = "",
    title: str = "",
    holds_first: bool = False,
    themes: Iterable[str] = ("Groen", "Verkeer"),
) -> Round:
    """A round with its phases and themes loaded; by default open and collecting ideas until next week.

    `phases`: a kind (that one is open now, with those around it), or a list of plans; a kind in
    the list is a phase that is open now.
    """
    number = next(_numbers)
    told = rounds.RoundText(
        title=title or f"De Buurt {number}",
        question="Hoe houden we de buurt leefbaar?",
        introduction="Wij horen graag van u.",
        can_influence=("De inrichting van het plein",),
        cannot_influence=("Het budget",),
        decider="De gemeenteraad",
        holds_first=holds_first,
    )
    found = rounds.create_round(slug or f"de-buurt-{number}", told, the_platform())
    if phases is None:
        phases = PhaseKind.COLLECT
    planned = phases_with(phases) if isinstance(phases, PhaseKind) else phases
    planning.plan_phases(found, [a_phase(p) if isinstance(p, PhaseKind) else p for p in planned], the_platform())
    plans = [planning.ThemePlan(f"t{n}", name) for n, name in enumerate(themes, start=1)]
    planning.set_themes(found, plans, the_platform())
    found = reloaded(found)
    state = RoundState(state)
    if state is not RoundState.DRAFT:
        early = min((p.opens_at for p in found.phases), default=clock.now())
        open_round(found, the_platform(min(early, clock.now())))
    if state is RoundState.CLOSED:
        rounds.set_state(found, RoundState.CLOSED)
    session().flush()
    return found


def reloaded(found: Round) -> Round:
    """The same round with its phases and themes as they are now."""
    session().flush()
    session().expire(found)
    return get_round(the_platform(), session().scalars(select(Round.slug).where(Round.id == found.id)).one())


def phase_of(found: Round, kind: PhaseKind) -> Phase:
    """The phase of a round of this kind."""
    return next(phase for phase in found.phases if phase.kind is kind)


def a_theme(found: Round, name: str = "Wonen") -> Theme:
    """One more theme of a round."""
    place = len(found.themes) + next(_numbers)
    return add(Theme(round_id=found.id, code=f"x{place}", name=name, position=place))


def a_resident(name: str = "", password: str | None = None, *, confirmed: bool = True) -> Person:
    """Somebody who lives here and has an account, of which the address was confirmed."""
    number = next(_numbers)
    person = participants.register(
        name or f"Bewoner {number}", f"bewoner{number}@voorbeeld.test", _hashed(password), the_platform()
    )
    return _confirmed(person, confirmed=confirmed)


def a_member_of_staff(
    role: Role = Role.MODERATOR, name: str = "", password: str | None = None, *, totp: bool = False
) -> Person:
    """Somebody who works for the authority and has an account; with `totp` an app too (see `tests.second`)."""
    number = next(_numbers)
    person = _confirmed(
        participants.create_person(
            name or f"Medewerker {number}", f"m{number}@gemeente.test", role, _hashed(password), the_platform()
        )
    )
    if totp:
        second.an_app(person)
    return person


def _confirmed(person: Person, *, confirmed: bool = True) -> Person:
    session().get_one(Account, person.account_id).confirmed_at = clock.now() if confirmed else None
    session().flush()
    return person


def _hashed(password: str | None) -> str | None:
    if password is None:
        return None
    if password not in _password_hashes:
        _password_hashes[password] = hashed(password)
    return _password_hashes[password]


def appoint(found: Round, person: Person, duty: Duty = Duty.MODERATOR) -> Appointment:
    """Give a member of staff a duty in a round."""
    return rounds.appoint(found, person, duty, the_platform())


def acting(person: Person | None, at: datetime | None = None) -> Actor:
    """The actor that the door would name for this person, with all duties held now; None is a visitor."""
    visitor = Actor(arrived_at=at or clock.now())
    if person is None:
        return visitor
    held: dict[object, set[Duty]] = {}
    wanted = select(Appointment).where(Appointment.person_id == person.id, Appointment.ended_at.is_(None))
    for appointment in session().scalars(wanted):
        held.setdefault(appointment.round_id, set()).add(appointment.duty)
    joined = select(Membership).where(Membership.person_id == person.id, Membership.ended_at.is_(None))
    return replace(
        visitor,
        person_id=person.id,
        account_id=person.account_id,
        name=person.name,
        role=person.role,
        is_confirmed=session().get_one(Account, person.account_id).confirmed_at is not None,
        area_code=person.area_code,
        duties={round_id: frozenset(duties) for round_id, duties in held.items()},  # type: ignore[misc]
        memberships={one.organisation_id: one.duty for one in session().scalars(joined)},
    )


def a_moderator_of(found: Round) -> Actor:
    """A new member of staff who moderates a round, acting now."""
    person = a_member_of_staff(Role.MODERATOR)
    appoint(found, person, Duty.MODERATOR)
    return acting(person)


def a_director_of(found: Round) -> Actor:
    """A new member of staff who directs a round, acting now."""
    person = a_member_of_staff(Role.DIRECTOR)
    appoint(found, person, Duty.DIRECTOR)
    return acting(person)


def an_authority(name: str = "Gemeente Wilgendrecht") -> Authority:
    """The public body whose installation this is."""
    ruled = {"ordinance": "Participatieverordening 2025", "ordinance_on": date(2025, 6, 26)}
    kind = AuthorityKind.MUNICIPALITY
    return add(Authority(name=name, kind=kind, code="GM9999", contact_email="info@gemeente.test", **ruled))


def an_area(code: str = "", name: str = "De Wilgen") -> Area:
    """A neighbourhood."""
    return add(Area(code=code or f"BU{next(_numbers):08}", name=name))
