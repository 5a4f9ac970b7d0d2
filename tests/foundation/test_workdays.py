from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.foundation.workdays import DAY, add_workdays, easter, holidays, is_workday, next_workday
from tests.shows import shows

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


# Easter Sundays as the US Census Bureau and the Dutch government publish them, with the earliest and the latest.
@pytest.mark.parametrize(
    "day",
    (
        "1818-03-22 1943-04-25 1954-04-18 2000-04-23 2008-03-23 2011-04-24 2016-03-27 2019-04-21 "
        "2024-03-31 2025-04-20 2026-04-05 2027-03-28 2028-04-16 2038-04-25 2049-04-18 2076-04-19"
    ).split(),
)
def test_easter_is_when_it_was_and_will_be(day: str) -> None:
    assert easter(int(day[:4])) == date.fromisoformat(day)


def test_the_days_of_2026_are_those_of_the_law() -> None:
    assert {day.isoformat(): name for day, name in holidays(2026).items()} == {
        "2026-01-01": "Nieuwjaarsdag",
        "2026-04-03": "Goede Vrijdag",
        "2026-04-06": "Tweede Paasdag",
        "2026-04-27": "Koningsdag",
        "2026-05-05": "Bevrijdingsdag",
        "2026-05-14": "Hemelvaartsdag",
        "2026-05-25": "Tweede Pinksterdag",
        "2026-12-25": "Eerste Kerstdag",
        "2026-12-26": "Tweede Kerstdag",
    }


def test_the_king_is_celebrated_on_saturday_when_his_birthday_is_a_sunday() -> None:
    kings = {year: [day for day, name in holidays(year).items() if name == "Koningsdag"] for year in (2025, 2026, 2031)}
    assert kings == {2025: [date(2025, 4, 26)], 2026: [date(2026, 4, 27)], 2031: [date(2031, 4, 26)]}


def test_two_holidays_on_one_day_are_one_day_with_both_names() -> None:
    assert holidays(2016)[date(2016, 5, 5)] == "Bevrijdingsdag, Hemelvaartsdag"
    assert len(holidays(2016)) == len(holidays(2026)) - 1


def test_the_fifth_of_may_counts_each_year() -> None:
    assert not is_workday(date(2026, 5, 5))  # a Tuesday in a year without a day off in most agreements


@shows("L05")
def test_a_term_that_ends_on_a_free_day_ends_on_the_next_working_day() -> None:
    assert next_workday(date(2026, 12, 26)) == date(2026, 12, 28)  # Saturday, Boxing Day
    assert next_workday(date(2026, 4, 3)) == date(2026, 4, 7)  # Good Friday to Tuesday after Easter
    assert next_workday(date(2026, 12, 24)) == date(2026, 12, 24)


def test_ten_working_days_step_over_christmas_and_new_year() -> None:
    assert add_workdays(date(2026, 12, 18), 10) == date(2027, 1, 5)  # 25 December and 1 January are free
    assert add_workdays(date(2026, 11, 30), 10) == date(2026, 12, 14)
    assert add_workdays(date(2026, 11, 28), 1) == date(2026, 11, 30)  # from a Saturday
    assert add_workdays(date(2026, 11, 28), 0) == date(2026, 11, 28)


def test_a_decreed_day_is_like_a_holiday() -> None:
    assert next_workday(date(2026, 5, 15), [date(2026, 5, 15)]) == date(2026, 5, 18)
    assert add_workdays(date(2026, 5, 13), 1, {date(2026, 5, 15)}) == date(2026, 5, 18)


def test_working_days_are_not_counted_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_workdays(date(2026, 5, 13), -1)


@given(days, st.integers(0, 40))
def test_exactly_so_many_working_days_lie_in_between(day: date, n: int) -> None:
    end = add_workdays(day, n)
    between = [day + DAY * step for step in range(1, (end - day).days + 1)]
    assert sum(is_workday(one) for one in between) == n
    assert n == 0 or is_workday(end)


@given(days)
def test_the_next_working_day_is_the_first_that_is_one(day: date) -> None:
    found = next_workday(day)
    assert found >= day
    assert is_workday(found)
    assert not any(is_workday(day + DAY * step) for step in range((found - day).days))
