import uuid

import pytest

from consult.contributions.models import Contribution, State
from consult.foundation.language import speaking
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.rules import (
    Bare,
    hindrances,
    shortened,
    standing_outcome,
)


def test_an_empty_draft_and_each_bare_paragraph_and_unplaced_contribution_stand_in_the_way() -> None:
    bare = Bare(uuid.uuid4(), uuid.uuid4(), "2.3", "Woonstraten worden 30-zones. " * 9)
    unplaced = Contribution(reference="V04", title="Een los fietspad", html="")
    with speaking("en"):
        assert hindrances(0, [], []) == ["The draft has no paragraph yet."]
        found = hindrances(5, [bare], [unplaced])
    assert len(found) == 2
    assert "2.3" in found[0]
    assert "V04 Een los fietspad" in found[1]
    assert hindrances(5, [], []) == []


@pytest.mark.parametrize(
    ("into", "kind", "becomes"),
    [
        (None, None, None),
        (None, OutcomeKind.ADOPTED, OutcomeKind.ADOPTED),
        (uuid.uuid4(), None, OutcomeKind.MERGED),
        (uuid.uuid4(), OutcomeKind.ADOPTED, OutcomeKind.MERGED),
    ],
)
def test_what_was_merged_is_merged_whatever_was_said_before(
    into: uuid.UUID | None, kind: OutcomeKind | None, becomes: OutcomeKind | None
) -> None:
    contribution = Contribution(state=State.PUBLISHED, merged_into_id=into)
    assert standing_outcome(contribution, Outcome(kind=kind) if kind else None) is becomes


def test_a_text_is_shortened_between_words() -> None:
    assert shortened("kort") == "kort"
    assert shortened("een twee drie", 9) == "een twee…"
    assert len(shortened("x" * 500, 60)) <= 61
