from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.contributions.models import Channel
from consult.intake import rules
from consult.rounds.models import PhaseKind
from tests.builders import a_phase, a_round, phase_of


def test_in_time_is_when_it_came_in_while_input_was_collected(unit):
    collecting = phase_of(found := a_round(), PhaseKind.COLLECT)
    assert rules.came_in_time(found.phases, collecting.opens_at)
    assert not rules.came_in_time(found.phases, collecting.opens_at - timedelta(microseconds=1))
    assert not rules.came_in_time(found.phases, collecting.closes_at)


def test_a_day_outside_is_told_with_the_days_that_are_right(unit):
    collecting = phase_of(found := a_round(phases=PhaseKind.PRIORITISE), PhaseKind.COLLECT)
    today = collecting.last_day + timedelta(days=3)
    assert rules.day_is_wrong(found.phases, collecting.first_day, today) == ""
    assert rules.day_is_wrong(found.phases, collecting.last_day, today) == ""
    told = rules.day_is_wrong(found.phases, collecting.last_day + timedelta(days=1), today)
    assert str(collecting.first_day.day) in told
    assert "tot en met" in told
    assert "moet nog komen" in rules.day_is_wrong(found.phases, today + timedelta(days=1), today)


def test_a_round_that_collects_nothing_takes_no_day(unit):
    found = a_round(phases=[a_phase(PhaseKind.PRIORITISE)])
    day = found.phases[0].first_day
    assert rules.day_is_wrong(found.phases, day, day)
    assert rules.usual_day(found.phases, day) is None


@given(st.integers(1, 500), st.randoms())
def test_of_every_ten_exactly_one_is_looked_at_again(forms, dice):
    places = rules.sampled(forms, dice.randrange)
    assert len(places) == -(-forms // rules.SAMPLE)
    assert [place // rules.SAMPLE for place in places] == list(range(len(places)))
    assert all(0 <= place < forms for place in places)


def test_which_one_of_ten_is_not_always_the_same_place():
    assert {rules.sampled(10, lambda n: n - 1)[0], rules.sampled(10, lambda _n: 0)[0]} == {0, 9}


@given(st.dictionaries(st.sampled_from(list(Channel)), st.integers(0, 40)), st.integers(1, 20))
def test_no_share_is_small_and_none_follows_from_the_total(counts, least):
    told = rules.shares(counts, least)
    whole = sum(counts.values())
    assert sum(share.number for share in told) == (whole if told else 0)
    assert told or whole < least or min(number for number in counts.values() if number) < least
    assert all(share.number >= least for share in told)
    alone = {share.channels[0] for share in told if len(share.channels) == 1}
    assert all(counts[channel] >= least for channel in alone)
    small = {channel for channel, number in counts.items() if 0 < number < least}
    assert not small & alone
    if told and small:
        [together] = [share for share in told if set(share.channels) & small]
        assert len(together.channels) > 1
        assert len(told) > 1


def test_shares_are_told_largest_first():
    told = rules.shares({Channel.ONLINE: 60, Channel.PAPER: 30, Channel.LETTER: 6, Channel.PHONE: 4}, 10)
    assert [(share.number, share.percent) for share in told] == [(60, 60), (30, 30), (10, 10)]
    assert "per brief" in told[-1].words


@pytest.mark.parametrize("other", ["  zet er een BANKJE,\nneer!", "Zet er een bankje neer"])
def test_texts_are_alike_whatever_their_spaces_and_capitals(other):
    assert rules.likeness("Zet er een bankje neer.") == rules.likeness(other)
    assert rules.likeness("Zet er een bankje neer.") != rules.likeness("Zet er geen bankje neer.")
