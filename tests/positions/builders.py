"""Builders of positions and signatures, made through the verbs; they need an open unit and a phase that takes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.contributions.models import Contribution
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local
from consult.foundation.mail import Mail
from consult.foundation.text import sanitize
from consult.participants.models import Organisation, Person
from consult.policy import MemberDuty
from consult.positions import verbs
from consult.positions.models import CoSign, Position
from consult.positions.queries import Writing, get_position, get_writing
from consult.positions.rules import Mandate, OnTheme, PositionTold
from consult.rounds.models import Round
from consult.rounds.planning import ThemePlan, set_themes
from tests.builders import a_round, acting, reloaded, the_platform
from tests.participants.builders import an_organisation, join, somebody


def a_round_with_statements(names: Sequence[str] = ("Groen", "Verkeer"), **more: Any) -> Round:
    """A round of which each theme has a statement, so that one can be for or against; public at once."""
    found = a_round(**more)
    set_themes(
        found, [ThemePlan(f"t{n}", name, f"{name} gaat voor.") for n, name in enumerate(names, 1)], the_platform()
    )
    return reloaded(found)


def a_mandate(days_ago: int = 3, **changed: Any) -> Mandate:
    """A board that decided some days ago."""
    day = local(clock.now()).date() - timedelta(days=days_ago)
    return Mandate(**{"body": "bestuur", "decided_on": day, "name": "M. de Wit", "function": "voorzitter", **changed})


def on(stance: int | None = 1, weight: int | None = 2, text: str = "") -> OnTheme:
    """What is said of a theme."""
    return OnTheme(stance, weight, text, sanitize(text) if text else "")


def a_text(found: Round, themes: Mapping[int, OnTheme] | None = None, **changed: Any) -> PositionTold:
    """A whole position; `themes` by their place in the round, by default in favour of the first."""
    text = changed.pop("text", "Geef groen de ruimte.")
    said = {found.themes[place].id: one for place, one in (themes if themes is not None else {0: on()}).items()}
    values = {"mandate": a_mandate(), "has_none": True, "text": text, "html": sanitize(text), "themes": said}
    return PositionTold(**{**values, **changed})


def writing(found: Round, organisation: Organisation, member: Person) -> Writing:
    """What an organisation writes for a round, as the door would load it."""
    return get_writing(acting(member), found.slug, organisation.slug)


def draft(found: Round, organisation: Organisation, member: Person, told: PositionTold | None = None) -> Writing:
    """The same, after a member kept a text."""
    place = writing(found, organisation, member)
    version = place.draft.version if place.draft else 0
    verbs.save_draft(place, told or a_text(found), acting(member), version=version)
    return writing(found, organisation, member)


def a_position(
    found: Round,
    organisation: Organisation | None = None,
    representative: Person | None = None,
    told: PositionTold | None = None,
) -> Contribution:
    """A position that a representative sent in; once more for the same organisation is its next version."""
    organisation = organisation or an_organisation()
    if representative is None:
        representative = somebody()
        join(organisation, representative, MemberDuty.REPRESENTATIVE)
    place = draft(found, organisation, representative, told)
    assert place.draft
    return verbs.submit(place, acting(representative), version=place.draft.version)


def position_of(contribution: Contribution, found: Round) -> Position:
    """The position as the door would load it."""
    return get_position(the_platform(), found.slug, contribution.public_id)


def signed(
    contribution: Contribution,
    found: Round,
    organisation: Organisation,
    representative: Person,
    places: Sequence[int] = (0,),
    **changed: Any,
) -> list[CoSign]:
    """Signatures of an organisation under some themes of a position, by their place in the round."""
    wanted = [found.themes[place].id for place in places]
    mandate = a_mandate(2, **{"body": "ledenraad", **changed})
    position, actor = position_of(contribution, found), acting(representative)
    signer = session().get_one(Organisation, organisation.id)
    return verbs.co_sign(position, signer, wanted, mandate, actor, number=contribution.version)


def mails(unit: Session, kind: str) -> list[Mail]:
    """The messages of one kind that wait to be sent."""
    return list(unit.scalars(select(Mail).where(Mail.kind == kind)))


def submit(
    found: Round, body: Organisation, person: Person, told: PositionTold | None = None, at: datetime | None = None
) -> Position:
    """A position that somebody sent in for an organisation."""
    place = draft(found, body, person, told)
    return verbs.submit(place, acting(person, at), version=place.draft.version)
