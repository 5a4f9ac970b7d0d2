"""Finding rounds, phases, themes and appointments; and who the actor is."""

import uuid
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from consult import RELEASE
from consult.accounts.models import Account, SignedIn
from consult.accounts.verbs import HALF_WAY_LIFE, RESIDENT_IDLE, STAFF_IDLE, STAFF_LIFE, token_hash
from consult.foundation.db import in_unit, session
from consult.foundation.errors import NotFound
from consult.foundation.language import local, locale
from consult.participants.models import Membership, Person
from consult.policy import PARTICIPANTS, Actor, Duty
from consult.rounds.models import Appointment, Area, Authority, Phase, Revision, Round, RoundState, Theme, Verification

_HOLDER = (  # built once: every request of somebody signed in begins with it
    select(
        SignedIn.id,
        SignedIn.began_at,
        SignedIn.factor_at,
        SignedIn.proved_at,
        SignedIn.seen_at,
        Account.id.label("account_id"),
        Account.confirmed_at,
        Account.wants_factor,
        Person.id.label("person_id"),
        Person.name,
        Person.role,
        Person.area_code,
        Appointment.round_id,
        Appointment.duty,
        Membership.organisation_id,
        Membership.duty.label("member_duty"),
    )
    .join(Account, Account.id == SignedIn.account_id)
    .join(Person, Person.account_id == Account.id)
    .outerjoin(Appointment, and_(Appointment.person_id == Person.id, Appointment.ended_at.is_(None)))
    .outerjoin(Membership, and_(Membership.person_id == Person.id, Membership.ended_at.is_(None)))
    .where(
        SignedIn.token_hash == bindparam("token_hash"),
        SignedIn.ended_at.is_(None),
        SignedIn.ends_at > bindparam("at"),
        Account.disabled_at.is_(None),
    )
)


def name_actor(token: str | None, at: datetime) -> tuple[Actor, datetime | None]:
    """Say who holds a session's token, and when the session was last seen, in one statement.

    Somebody without a token, or with one that ended or rested too long, is a visitor. So is, but for giving it,
    whoever works here or chose a second factor and did not give it in this session.
    """
    visitor = Actor(arrived_at=at)
    if not token:
        return visitor, None
    found = session().connection().execute(_HOLDER, {"token_hash": token_hash(token), "at": at}).all()
    if not found:
        return visitor, None
    held = found[0]
    is_staff = held.role not in PARTICIPANTS
    if at - held.seen_at > (STAFF_IDLE if is_staff else RESIDENT_IDLE):
        return visitor, None
    if is_staff and at - held.began_at > STAFF_LIFE:
        return visitor, None
    if held.factor_at is None and (is_staff or held.wants_factor):
        return _half_way(held, visitor), held.seen_at
    duties: dict[uuid.UUID, set[Duty]] = defaultdict(set)
    for row in found:
        if row.duty is not None:
            duties[row.round_id].add(row.duty)
    actor = Actor(
        arrived_at=at,
        person_id=held.person_id,
        account_id=held.account_id,
        session_id=held.id,
        name=held.name,
        role=held.role,
        duties={round_id: frozenset(of_round) for round_id, of_round in duties.items()},
        memberships={row.organisation_id: row.member_duty for row in found if row.member_duty is not None},
        proved_at=held.proved_at,
        is_confirmed=held.confirmed_at is not None,
        area_code=held.area_code,
    )
    return actor, held.seen_at


def _half_way(held: Any, visitor: Actor) -> Actor:
    """Name somebody who still has to give the second factor: nobody yet, and only for as long as that may take."""
    if visitor.arrived_at - held.began_at > HALF_WAY_LIFE:
        return visitor
    known = {"session_id": held.id, "account_id": held.account_id, "proved_at": held.proved_at}
    return replace(visitor, awaits_factor=True, **known)


def get_round(actor: Actor, slug: str) -> Round:
    """Return a round with its phases and themes; a round in preparation exists only for those who serve it."""
    wanted = select(Round).where(Round.slug == slug).options(joinedload(Round.phases), selectinload(Round.themes))
    found = session().scalars(wanted).unique().one_or_none()
    if found is None or not (found.is_public or actor.serves(found.id) or actor.is_system):
        raise NotFound
    return found


def get_round_to_tell(actor: Actor, slug: str) -> Round:
    """Return a round of which something leaves the platform as a file; a practice round is none, and absent."""
    found = get_round(actor, slug)
    if found.is_practice:
        raise NotFound
    return found


def list_rounds(actor: Actor) -> list[Round]:
    """List the rounds that the actor may know of, with their phases, newest first."""
    visible = or_(Round.is_public, Round.id.in_(list(actor.duties)))
    wanted = select(Round).where(visible).options(selectinload(Round.phases)).order_by(Round.created_at.desc())
    return list(session().scalars(wanted))


def find_authority() -> Authority | None:
    """Find the public body whose installation this is, once in each unit; None before it was set up."""
    kept = session().info
    if kept.get("authority") is None:
        kept["authority"] = session().scalar(select(Authority).limit(1))
    found: Authority | None = kept["authority"]
    return found


def kind_in_use() -> str:
    """Say in the words of which kind of authority sentences are spoken; "" before one was set up."""
    authority = find_authority() if in_unit() else None
    return authority.kind.value if authority is not None else ""


def get_revision(round_id: uuid.UUID) -> int:
    """Return how often what the public sees of a round has changed."""
    return session().scalar(select(Revision.number).where(Revision.round_id == round_id)) or 0


def list_phases(round_id: uuid.UUID) -> list[Phase]:
    """List the phases of a round by their begin, as the database holds them now."""
    wanted = select(Phase).where(Phase.round_id == round_id).order_by(Phase.opens_at)
    return list(session().scalars(wanted.execution_options(populate_existing=True)))


def list_themes(round_id: uuid.UUID) -> list[Theme]:
    """List the themes of a round in their order."""
    return list(session().scalars(select(Theme).where(Theme.round_id == round_id).order_by(Theme.position)))


def list_areas() -> list[Area]:
    """List all areas by code; an area without a parent is a district."""
    return list(session().scalars(select(Area).order_by(Area.code)))


def list_appointments(round_id: uuid.UUID) -> list[tuple[Appointment, Person]]:
    """List who serves a round now, with the person."""
    wanted = (
        select(Appointment, Person)
        .join(Person, Person.id == Appointment.person_id)
        .where(Appointment.round_id == round_id, Appointment.ended_at.is_(None))
        .order_by(Person.name, Appointment.duty)
    )
    return [(appointment, person) for appointment, person in session().execute(wanted)]


def public_etag(subject: Any, actor: Actor) -> str:
    """Return what an anonymous page of a round depends on: revision, open phase, local day, language, release.

    `subject` is the round or belongs to one. One statement.
    """
    round_id = subject.round_id
    row = (
        session()
        .execute(
            select(
                select(Revision.number).where(Revision.round_id == round_id).scalar_subquery(),
                select(Phase.position)
                .where(
                    Phase.round_id == round_id,
                    Phase.opens_at <= actor.arrived_at,
                    Phase.closes_at > actor.arrived_at,
                    Phase.closed_at.is_(None),
                )
                .limit(1)
                .scalar_subquery(),
            )
        )
        .one()
    )
    return f"{row[0]}|{row[1]}|{local(actor.arrived_at).date()}|{locale()}|{RELEASE}"


def site_etag(_subject: Any, actor: Actor) -> str:
    """Return what an anonymous page across rounds depends on: the sum of the revisions, and the rest."""
    total = session().scalar(select(func.sum(Revision.number)))
    return f"{total}|{actor.arrived_at:%Y-%m-%dT%H:%M}|{locale()}|{RELEASE}"


def get_phase(actor: Actor, slug: str, phase_id: uuid.UUID) -> Phase:
    """Return a phase of a round with that round and its phases; raises NotFound as `get_round` does."""
    subject = get_round(actor, slug)
    found = next((phase for phase in subject.phases if phase.id == phase_id), None)
    if found is None:
        raise NotFound
    set_committed_value(found, "round", subject)
    return found


def get_appointment(actor: Actor, slug: str, appointment_id: uuid.UUID) -> Appointment:
    """Return an appointment to a round; raises NotFound."""
    found = session().get(Appointment, appointment_id)
    if found is None or found.round_id != get_round(actor, slug).id:
        raise NotFound
    return found


def slug_of(round_id: uuid.UUID) -> str:
    """Return the short name of a round."""
    return session().scalar(select(Round.slug).where(Round.id == round_id)) or ""


def list_asking(way: Verification) -> list[str]:
    """List the short names of the rounds that still check people in a way."""
    wanted = select(Round.slug).where(Round.verification == way, Round.state != RoundState.CLOSED)
    return list(session().scalars(wanted.order_by(Round.slug)))
