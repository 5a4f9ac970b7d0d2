"""Builders of proposals and arguments, made through the verbs; they need an open unit and an open phase."""

import itertools

from consult.contributions.models import Contribution
from consult.foundation.text import sanitize
from consult.participants.models import Person
from consult.proposals import verbs
from consult.proposals.models import Stance
from consult.rounds.models import Round
from tests.builders import a_resident, acting

_numbers = itertools.count(1)


def a_proposal(
    found: Round, author: Person | None = None, *, title: str = "", text: str = "Zet er een bankje."
) -> Contribution:
    """A proposal that somebody submitted; public at once, unless the round holds what comes in."""
    told = {"title": title or f"Bankje {next(_numbers)}", "text": text, "html": sanitize(text)}
    return verbs.submit_proposal(found, acting(author or a_resident()), **told)


def an_argument(
    proposal: Contribution,
    author: Person | None = None,
    *,
    stance: Stance = Stance.FOR,
    text: str = "Fijn voor iedereen.",
) -> Contribution:
    """An argument that somebody gave under a proposal."""
    return verbs.add_argument(proposal, acting(author or a_resident()), stance=stance, text=text, html=sanitize(text))
