import pytest

from consult.foundation.errors import Conflict
from consult.weighing.models import FindingKind
from consult.weighing.rules import Told, judge_told, told_apart


@pytest.mark.parametrize(
    ("counts", "apart", "rest"),
    [
        ([("a", 30), ("b", 12), ("c", 11)], [("a", 30), ("b", 12), ("c", 11)], 0),
        ([("a", 30), ("b", 12), ("c", 3)], [("a", 30)], 15),  # 3 alone would follow from the total
        ([("a", 30), ("b", 6), ("c", 5)], [("a", 30)], 11),
        ([("a", 4), ("b", 3)], [], 7),
        ([("a", 12), ("b", 0)], [("a", 12)], 0),
        ([], [], 0),
    ],
)
def test_what_is_small_is_told_together_and_never_alone(counts, apart, rest):
    assert told_apart(counts, 10) == (apart, rest)


@pytest.mark.parametrize(
    "told",
    [
        Told(FindingKind.FOR, " "),
        Told(FindingKind.FOR, "Bomen.", choice="Ja", reason="Daarom"),
        Told(FindingKind.WEIGHED, "Bomen.", choice="Ja"),
        Told(FindingKind.WEIGHED, "Bomen.", reason="Daarom"),
    ],
)
def test_a_finding_that_is_half_is_refused(told):
    with pytest.raises(Conflict):
        judge_told(told)


def test_an_option_may_wait_for_its_choice():
    judge_told(Told(FindingKind.WEIGHED, "Bomen.", advice="De boomdeskundige raadt het aan.", cost="€ 500"))
