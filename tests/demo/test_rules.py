from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from consult.demo import dates
from consult.demo.ballots import share_out
from consult.demo.dates import OFFICE, in_office, shift_for, spread
from consult.demo.people import email_of, new_password
from consult.demo.told import PreconditionTold
from consult.mandates.models import Negotiable, PreconditionKind


@pytest.mark.parametrize("days", range(0, 28, 3))
def test_a_story_is_shifted_by_whole_weeks_so_that_the_phase_is_open_today(days: int) -> None:
    first, last = date(2025, 10, 27), date(2025, 11, 16)
    today = date(2026, 11, 1) + timedelta(days=days)
    shift = shift_for(first, last, today)
    assert shift.days % 7 == 0
    assert first + shift <= today <= last + shift
    assert (last + shift - today).days >= 6


def test_a_story_that_fits_is_not_shifted() -> None:
    assert shift_for(date(2026, 10, 13), date(2026, 12, 11), date(2026, 11, 23)) == timedelta()


def test_a_phase_shorter_than_a_week_is_shifted_by_days() -> None:
    first, last, today = date(2025, 1, 6), date(2025, 1, 8), date(2026, 5, 16)
    shift = shift_for(first, last, today)
    assert first + shift <= today <= last + shift


def test_moments_are_in_order_inside_the_stretch_and_out_of_the_weekend() -> None:
    opens, closes = datetime(2025, 11, 3, tzinfo=UTC), datetime(2025, 11, 24, tzinfo=UTC)
    found = spread(opens, closes, 40, Random(1), OFFICE)
    assert found == sorted(found)
    assert all(opens <= moment < closes and moment.weekday() < 5 for moment in found)
    assert all(in_office(moment, Random(2)) > moment for moment in found)


def test_ballots_add_up_to_the_totals_and_everybody_votes() -> None:
    totals = {"a": (30, 5, 2), "b": (1, 0, 0), "c": (0, 0, 40), "d": (10, 10, 10)}
    ballots = share_out(totals, 40)
    assert len(ballots) == 40
    assert all(ballots)
    for option, told in totals.items():
        values = [ballot[option] for ballot in ballots if option in ballot]
        assert (values.count(1), values.count(0), values.count(-1)) == told
    assert share_out(totals, 40) == ballots


@pytest.mark.parametrize(("totals", "people"), [({"a": (3, 0, 0)}, 2), ({"a": (1, 0, 0)}, 2)])
def test_totals_that_cannot_be_are_refused(totals: dict[str, tuple[int, ...]], people: int) -> None:
    with pytest.raises(ValueError, match="people"):
        share_out(totals, people)


def test_names_become_addresses() -> None:
    assert email_of("wethouder M. Terwindt", "x.example") == "m.terwindt@x.example"
    assert email_of("gedeputeerde Z. van der Meij-Öz", "x.example") == "z.van.der.meij.oz@x.example"


def test_passwords_are_long_and_never_the_same() -> None:
    found = {new_password() for _ in range(50)}
    assert len(found) == 50
    assert all(len(password) >= 15 for password in found)


def test_dates_within_sentences_move_along() -> None:
    told = PreconditionTold(
        "R5", PreconditionKind.TIME, Negotiable.NO, "De raad beslist voor 1 februari 2027", "Om 3 mei."
    )
    found = dates.moved((told,), timedelta(weeks=60))[0]
    assert found.title == "De raad beslist voor 27 maart 2028"
    assert found.why == "Om 3 mei."
    assert found.kind is PreconditionKind.TIME
