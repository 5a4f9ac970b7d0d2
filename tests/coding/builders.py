"""Builders of rounds with coded inputs."""

from sqlalchemy import select

from consult.coding.doubling import draw_sample
from consult.coding.models import Double
from consult.coding.verbs import code
from consult.contributions.models import Contribution, Kind, State
from consult.contributions.verbs import receive
from consult.foundation.db import session
from consult.foundation.text import sanitize
from consult.rounds.models import Round
from consult.similarity.verbs import index
from tests.builders import a_resident, acting
from tests.synthesis.builders import Desk, a_contribution

TEXT = "Zet bankjes bij de winkels. Dan kan mijn moeder uitrusten. De weg naar de bus is te lang."


def a_text(found: Round, text: str = TEXT, title: str = "Bankjes") -> Contribution:
    """A public proposal of some sentences, that can be found by what it is like."""
    person = a_resident()
    told = {"title": title, "text": text, "html": sanitize(text), "author_id": person.id, "actor": acting(person)}
    made = receive(found, Kind.PROPOSAL, **told, state=State.PUBLISHED)
    index(made)
    return made


def a_coded_set(desk: Desk, number: int = 10) -> list[Contribution]:
    """So many inputs, of which the first moderator coded each with the first theme."""
    made = [a_contribution(desk.round, f"Plan {n}") for n in range(number)]
    for one in made:
        code(one, desk.round.themes[:1], desk.writer)
    return made


def a_drawn(desk: Desk, number: int = 10) -> Double:
    """The first one of a coded set that waits for the second moderator."""
    a_coded_set(desk, number)
    draw_sample(desk.round, desk.writer)
    wanted = select(Double).where(Double.round_id == desk.round.id).order_by(Double.drawn_at, Double.id)
    found = session().scalars(wanted).first()
    assert found is not None
    session().refresh(found, attribute_names=["contribution"])
    return found
