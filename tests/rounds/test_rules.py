import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.foundation.errors import NotNow
from consult.policy import Act, Actor, system
from consult.rounds import rules
from consult.rounds.models import Phase, Round, Verification
from consult.rounds.rules import PROOFS, STRICT_FIRST, STRICTEST, Lack, lack
from tests.shows import shows

OPENS = datetime(2026, 3, 1, 9, tzinfo=UTC)
CLOSES = datetime(2026, 3, 8, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def a_phase(**changed):
    told = {"opens_at": OPENS, "closes_at": CLOSES, "cleared_at": OPENS - timedelta(days=1)}
    return Phase(**{"closing_at": None, "closed_at": None, **told, **changed})


@shows("R72")
@pytest.mark.parametrize(
    ("at", "taken"),
    [(OPENS - TICK, False), (OPENS, True), (CLOSES - TICK, True), (CLOSES, False), (CLOSES + TICK, False)],
)
def test_a_phase_takes_from_its_opening_up_to_but_not_at_its_close(at, taken):
    assert rules.takes(a_phase(), at) is taken


@pytest.mark.parametrize("name", ["closed_at", "closing_at"])
def test_a_phase_that_is_being_closed_takes_nothing(name):
    assert not rules.takes(a_phase(**{name: OPENS}), OPENS + TICK)


def test_a_phase_whose_gate_has_not_cleared_it_takes_nothing_and_says_so():
    waiting = a_phase(cleared_at=None)
    assert not rules.takes(waiting, OPENS)
    with pytest.raises(NotNow, match="nog niet vrijgegeven"):
        rules.judge(waiting, OPENS)


@shows("S03")
def test_the_refusal_names_the_dates_in_plain_dutch():
    with pytest.raises(NotNow, match=r"Het begint op 1 maart 2026, 10\.00 uur"):
        rules.judge(a_phase(), OPENS - TICK)
    with pytest.raises(NotNow, match=r"gesloten sinds 8 maart 2026, 10\.00 uur"):
        rules.judge(a_phase(), CLOSES)


@shows("S03")
def test_a_phase_that_ended_with_its_last_day_names_that_day():
    opens, closes = rules.span(date(2026, 3, 1), date(2026, 3, 8), "Europe/Amsterdam")
    with pytest.raises(NotNow, match="Dit kon tot en met zondag 8 maart 2026"):
        rules.judge(a_phase(opens_at=opens, closes_at=closes, zone="Europe/Amsterdam"), closes)


@shows("R72")
def test_a_scheduled_close_waits_a_minute():
    assert not rules.may_close(a_phase(), CLOSES + timedelta(seconds=60) - TICK)
    assert rules.may_close(a_phase(), CLOSES + timedelta(seconds=60))


@shows("R73")
@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2026, 3, 29), "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        (date(2026, 10, 25), "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
        (date(2028, 2, 29), "2028-02-28T23:00", "2028-02-29T23:00"),
    ],
)
def test_a_local_day_counts_whole_when_the_clock_jumps(day, opens, closes):
    found = rules.span(day, day, "Europe/Amsterdam")
    assert [moment.isoformat()[:16] for moment in found] == [opens, closes]


def test_a_day_without_midnight_begins_at_its_first_moment():
    opens, closes = rules.span(date(2026, 9, 6), date(2026, 9, 6), "America/Santiago")  # jumps from 24:00 to 01:00
    assert opens.isoformat() == "2026-09-06T04:00:00+00:00"
    assert closes - opens == timedelta(hours=23)


days = st.dates(date(2025, 1, 1), date(2030, 1, 1))


@shows("R73")
@given(days, st.integers(0, 60), st.integers(0, 60))
def test_phases_on_days_that_follow_each_other_touch_and_never_overlap(first, length, gap):
    one = rules.span(first, first + timedelta(days=length), "Europe/Amsterdam")
    begin = first + timedelta(days=length + 1 + gap)
    other = rules.span(begin, begin, "Europe/Amsterdam")
    assert not rules.overlap([other, one])
    assert (one[1] == other[0]) is (gap == 0)
    assert rules.overlap([one, rules.span(begin - timedelta(days=gap + 1), begin, "Europe/Amsterdam")])


NOTHING = {Verification.NONE: None, Verification.IMPORTED: None}
BARE = {
    **NOTHING,
    Verification.EMAIL: Lack.ADDRESS,
    Verification.EMAIL_PLUS_AREA: Lack.ADDRESS,
    Verification.LETTER_CODE: Lack.CODE,
    Verification.LIST: Lack.ADDRESS,
    Verification.EID: Lack.IDENTITY,
}
AFTER = {Verification.EMAIL: None, Verification.EMAIL_PLUS_AREA: Lack.AREA, Verification.LIST: Lack.LIST}  # an address


def somebody(**told):
    return Actor(arrived_at=datetime.now(UTC), person_id=uuid.uuid4(), account_id=uuid.uuid4(), **told)


@shows("R100")
@pytest.mark.parametrize("way", list(Verification))
def test_what_a_round_asks_of_a_vote(way):
    found = Round(slug="x", verification=way)
    confirmed, placed = somebody(is_confirmed=True), somebody(is_confirmed=True, area_code="BU1")
    assert lack(found, Act.CAST_VOTE, somebody()) is BARE[way]
    assert lack(found, Act.CAST_VOTE, confirmed) is AFTER.get(way, BARE[way])
    proof = PROOFS.get(way)
    assert lack(found, Act.CAST_VOTE, placed) is proof
    assert lack(found, Act.CAST_VOTE, placed, is_known=True) is None
    if proof is not None:
        assert lack(found, Act.CAST_VOTE, confirmed, is_known=True) is None


@pytest.mark.parametrize("way", list(Verification))
@pytest.mark.parametrize("act", [Act.SUBMIT_PROPOSAL, Act.ADD_ARGUMENT])
def test_a_proposal_or_an_argument_asks_at_most_a_confirmed_address(way, act):
    found = Round(slug="x", verification=way)
    assert lack(found, act, somebody()) is (None if way in NOTHING else Lack.ADDRESS)
    assert lack(found, act, somebody(is_confirmed=True)) is None
    assert lack(found, act, Actor(arrived_at=datetime.now(UTC))) is None
    assert lack(found, act, system(datetime.now(UTC))) is None


@shows("R100")
def test_every_way_that_can_be_chosen_is_ordered_and_the_last_is_none():
    assert set(STRICT_FIRST) == set(Verification) - {Verification.IMPORTED}
    assert STRICT_FIRST[-1] is Verification.NONE
    assert STRICTEST is next(way for way in STRICT_FIRST if way is not Verification.EID)
