"""Last year's dates in the new school year: first and last day, holidays, weekdays."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.offer.rules.calendar import days_between
from services.enrolment.offer.rules.dates_in_next_year import (
    birth_date_a_year_later,
    same_day_in_new_year,
    same_moment_in_new_year,
    school_year_from_holidays,
)

OLD = school_year_from_holidays(
    "2026-2027",
    dict.fromkeys(days_between(date(2027, 2, 20), date(2027, 3, 7)), "Hiver")
    | dict.fromkeys(days_between(date(2027, 7, 3), date(2027, 8, 31)), "Été"),
)
NEW = school_year_from_holidays(
    "2027-2028",
    dict.fromkeys(days_between(date(2028, 2, 5), date(2028, 2, 20)), "Hiver")
    | dict.fromkeys(days_between(date(2028, 7, 4), date(2028, 8, 31)), "Été"),
)


def test_a_school_year_is_read_off_its_holidays() -> None:
    assert (OLD.first_day, OLD.last_day) == (date(2026, 9, 1), date(2027, 7, 2))
    assert NEW.holidays["Hiver"] == (date(2028, 2, 5), date(2028, 2, 20))


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2026, 9, 1), date(2027, 9, 1)),  # the first day of term
        (date(2027, 7, 2), date(2028, 7, 3)),  # its last
        (date(2027, 2, 22), date(2028, 2, 7)),  # the first Monday of the winter holidays
        (date(2027, 3, 7), date(2028, 2, 20)),  # their last day
        (date(2026, 11, 18), date(2027, 11, 17)),  # a Wednesday, and a Wednesday
    ],
)
def test_a_day_goes_to_its_like(day: date, moved: date) -> None:
    assert same_day_in_new_year(day, OLD, NEW) == moved


@given(st.dates(date(2026, 9, 1), date(2027, 8, 31)))
def test_no_day_leaves_the_new_year(day: date) -> None:
    assert date(2027, 9, 1) <= same_day_in_new_year(day, OLD, NEW) <= date(2028, 8, 31)


def test_a_moment_keeps_its_hour_of_the_clock_when_that_changes_a_week_later() -> None:
    opening = datetime(2027, 3, 28, 6, tzinfo=UTC)  # 8 h, on the day of summer time

    assert same_moment_in_new_year(opening) == datetime(2028, 3, 26, 6, tzinfo=UTC)
    assert same_moment_in_new_year(datetime(2026, 10, 25, 7, tzinfo=UTC)) == datetime(
        2027, 10, 24, 6, tzinfo=UTC
    )


def test_ages_move_on_by_a_year() -> None:
    assert birth_date_a_year_later(date(2016, 2, 29)) == date(2017, 2, 28)
    assert birth_date_a_year_later(date(2019, 12, 31)) == date(2020, 12, 31)
    assert birth_date_a_year_later(None) is None
