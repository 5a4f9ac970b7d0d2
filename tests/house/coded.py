"""What `tests/house/who.py` needs of coding: a passage, a suggestion, a version being written, second codings."""

from typing import Any

from consult.coding.framing import begin_frame
from consult.coding.models import Code, Double, Passage, Suggestion
from consult.coding.rules import METHOD, METHOD_VERSION, parameters
from consult.coding.versions import find_open
from consult.contributions.models import Contribution
from consult.foundation import clock
from consult.foundation.db import add
from consult.participants.models import Person
from consult.policy import Actor
from consult.rounds.models import Round
from tests.contributions.builders import a_contribution

TWICE = ("second_page", "code_again")
SETTLED = ("settle_page", "settle")


def coded(found: Round, proposal: Contribution, moderator: Person, colleague: Actor) -> tuple[dict[str, Any], Any]:
    """Values for addresses; and by endpoint which second coding is meant: one waits for the moderator, one differs."""
    now, (green, traffic, *_rest) = clock.now(), found.themes
    by = {"coded_by_id": colleague.person_id, "coded_at": now}
    add(Code(contribution_id=proposal.id, theme_id=green.id, **by))
    of_words = {"quote": "bankje", "start": 0, "version": 1}
    passage = add(Passage(contribution_id=proposal.id, theme_id=green.id, **of_words, **by))
    made = {"method": METHOD, "method_version": METHOD_VERSION, "parameters": parameters(), "score": 0.5}
    sources = {"because": [str(a_contribution(found).id)], "made_at": now}
    suggestion = add(Suggestion(contribution_id=proposal.id, theme_id=traffic.id, **made, **sources))
    begin_frame(found, colleague)
    frame = find_open(found.id)
    assert frame is not None
    waits, differs = (_double(found, moderator) for _ in range(2))
    differs.first, differs.second, differs.coded_at = [str(green.id)], [str(traffic.id)], now
    url = {"passage_id": passage.id, "line_id": frame.lines[0].id}
    elsewhere = {
        "coding.decide": {"suggestion_id": suggestion.id},
        **{f"coding.{name}": {"double_id": waits.id} for name in TWICE},
        **{f"coding.{name}": {"double_id": differs.id} for name in SETTLED},
    }
    return {**url, "double_id": differs.id}, elsewhere


def _double(found: Round, moderator: Person) -> Double:
    told = {"person_id": moderator.id, "drawn_at": clock.now()}
    return add(Double(round_id=found.id, contribution_id=a_contribution(found).id, **told))
