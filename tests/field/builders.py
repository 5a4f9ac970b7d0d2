"""Builders of parties, assessments and what else stands on the playing field; they need an open unit."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

from consult.field import verbs
from consult.field.models import Offer, Party, PartyKind, Ring, Side
from consult.field.verbs import PartyTold, Thought
from consult.foundation import clock
from consult.foundation.db import add
from consult.foundation.language import local
from consult.participants.models import Organisation
from consult.policy import Actor, Duty
from consult.rounds.models import Round
from tests.builders import a_director_of, a_member_of_staff, acting, appoint

_numbers = itertools.count(1)
THOUGHT = Thought(7, 8, 1, has_power=True, is_legitimate=True, is_urgent=False, ring=Ring.WORK)


def a_party(
    found: Round, name: str = "", kind: PartyKind = PartyKind.TARGET_GROUP, organisation: Organisation | None = None
) -> Party:
    """Somebody on the map of a round."""
    told = PartyTold(name or f"Partij {next(_numbers)}", kind, organisation=organisation)
    return verbs.add_party(found, told, a_director_of(found))


def a_sponsor_of(found: Round) -> Actor:
    """The official sponsor of a round, who may assess parties too."""
    person = a_member_of_staff()
    appoint(found, person, Duty.OFFICIAL_SPONSOR)
    return acting(person)


def thought(**changed: object) -> Thought:
    """What somebody thinks of a party."""
    return replace(THOUGHT, **changed)  # type: ignore[arg-type]


def an_offer(organisation: Organisation, tag: str, side: Side = Side.OFFERS) -> Offer:
    """One thing that an organisation offers or looks for."""
    return add(Offer(organisation_id=organisation.id, side=side, tag=tag, position=next(_numbers)))


def in_days(number: int) -> date:
    """A day so many days from now."""
    return local(clock.now()).date() + timedelta(days=number)
