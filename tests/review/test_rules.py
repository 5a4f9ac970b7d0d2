from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.foundation.errors import Conflict, NotNow
from consult.foundation.workdays import is_workday
from consult.review import rules
from consult.review.models import Verdict, ViewState
from consult.review.rules import Timing
from tests.shows import shows

DAY = timedelta(days=1)
FIRST, END = date(2026, 9, 1), date(2026, 10, 12)


@shows("L04")
@pytest.mark.parametrize(
    ("notice_on", "available_on", "first", "last"),
    [
        (date(2026, 8, 31), date(2026, 9, 1), FIRST, END),
        (date(2026, 9, 1), date(2026, 8, 25), FIRST, END),
        # 14 November + 42 days - 1 = Christmas, and the next working day is Monday the 28th
        (date(2026, 11, 14), date(2026, 11, 14), date(2026, 11, 14), date(2026, 12, 28)),
    ],
)
def test_the_term_begins_at_the_later_of_the_two_and_lasts_six_weeks(notice_on, available_on, first, last):
    assert rules.first_day_of(notice_on, available_on) == first
    assert rules.last_day_of(first) == last


@shows("L05")
def test_a_term_that_would_end_on_boxing_day_ends_on_the_monday_after():
    assert rules.last_day_of(date(2026, 12, 26) - timedelta(days=41)) == date(2026, 12, 28)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_term_never_ends_on_a_day_off_and_is_never_shorter_than_six_weeks(first):
    last = rules.last_day_of(first)
    assert is_workday(last)
    assert last >= first + timedelta(days=41)
    assert not any(is_workday(first + timedelta(days=n)) for n in range(41, (last - first).days))


@shows("L06")
@pytest.mark.parametrize(
    ("received_on", "postmarked_on", "expected"),
    [
        (FIRST - DAY, None, Timing.EARLY),
        (FIRST, None, Timing.ON_TIME),
        (END, None, Timing.ON_TIME),
        (END + DAY, None, Timing.LATE),
        (END + 3 * DAY, END, Timing.POSTED),
        (END + 7 * DAY, END, Timing.POSTED),
        (END + 8 * DAY, END, Timing.UNCLEAR),
        (END + 3 * DAY, END + DAY, Timing.LATE),
    ],
)
def test_when_a_formal_view_is_on_time(received_on, postmarked_on, expected):
    assert rules.timing(FIRST, END, received_on, postmarked_on) is expected


@shows("L07")
def test_an_outage_on_the_last_day_proposes_the_next_working_day_and_an_earlier_one_nothing():
    def on(day, hour):
        return datetime(2026, 10, day, hour, tzinfo=UTC)

    assert rules.proposed_extension(END, on(12, 17), on(12, 20)) == date(2026, 10, 13)
    assert rules.proposed_extension(END, on(11, 17), on(12, 3)) == date(2026, 10, 13)
    assert rules.proposed_extension(END, on(11, 10), on(11, 20)) is None
    friday = date(2026, 10, 9)
    assert rules.proposed_extension(friday, on(9, 8), on(9, 12)) == END


def test_an_outage_is_noted_when_it_is_over_and_extends_something():
    at = datetime(2026, 10, 13, 8, tzinfo=UTC)
    hour = timedelta(hours=1)
    rules.judge_outage(END, at - 2 * hour, at - hour, END + DAY, at)
    for began, ended, to in (
        (at - hour, at - 2 * hour, None),
        (at - hour, at + hour, None),
        (at - 2 * hour, at - hour, END),
    ):
        with pytest.raises(Conflict):
            rules.judge_outage(END, began, ended, to, at)


@pytest.mark.parametrize("found", list(Timing))
def test_what_is_on_time_is_admissible_and_what_is_not_needs_a_reason(found):
    fine = found.is_fine
    for verdict in Verdict:
        for reason in ("", "Ziek in het ziekenhuis."):
            allowed = verdict is Verdict.ADMISSIBLE if fine else (verdict is not Verdict.ADMISSIBLE and bool(reason))
            if allowed:
                rules.judge_verdict(found, verdict, reason)
            else:
                with pytest.raises(Conflict):
                    rules.judge_verdict(found, verdict, reason)


@dataclass
class View:
    state: ViewState
    verdict: Verdict | None = None
    note_id: object = None
    code: str = "ZW-01"
    number: int = 1
    split_at: object = None
    points: list = field(default_factory=list)


LEGAL = {
    ("received", "acknowledged"), ("received", "withdrawn"),
    ("acknowledged", "admissible"), ("acknowledged", "late"), ("acknowledged", "excused"),
    ("acknowledged", "withdrawn"),
    *((a, b) for a in ("admissible", "late", "excused") for b in ("admissible", "late", "excused")),
    *((a, b) for a in ("admissible", "late", "excused") for b in ("split", "withdrawn")),
    ("split", "answered"), ("split", "withdrawn"),
    ("answered", "notified"), ("answered", "split"), ("answered", "withdrawn"),
}  # fmt: skip


@pytest.mark.parametrize("before", list(ViewState))
@pytest.mark.parametrize("after", list(ViewState))
def test_the_way_of_a_formal_view_knows_these_moves_and_no_others(before, after):
    if (before.value, after.value) in LEGAL:
        rules.judge_move(View(before), after)
        with pytest.raises(NotNow):
            rules.judge_move(View(before, note_id="made known"), after)
    else:
        with pytest.raises(NotNow):
            rules.judge_move(View(before), after)


@dataclass
class Point:
    answered_at: object = None
    signed_at: object = None
    position: int = 1
    id: object = None


def test_what_hinders_the_response_note():
    done = [Point("then", "then")]
    assert rules.hindrances([]) == []
    assert rules.hindrances([View(ViewState.WITHDRAWN)]) == []
    assert rules.hindrances([View(ViewState.LATE, Verdict.LATE)]) == []
    assert rules.hindrances([View(ViewState.ANSWERED, Verdict.ADMISSIBLE, split_at="then", points=done)]) == []
    lacking = [
        View(ViewState.ACKNOWLEDGED),
        View(ViewState.EXCUSED, Verdict.EXCUSED),
        View(ViewState.SPLIT, Verdict.ADMISSIBLE, split_at="then", points=[Point(), Point("then", position=2)]),
        View(ViewState.LATE, Verdict.LATE, points=done),
    ]
    assert [len(rules.hindrances([view])) for view in lacking] == [1, 1, 2, 1]
    words = [one.words for one in rules.hindrances(lacking)]
    assert len(set(words)) == 4  # the excused one and the late one lack the same
