"""Deadlines: so many working days before, at an hour in Paris, as one instant."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.offer.rules.calendar import Calendar
from services.enrolment.offer.rules.deadlines import (
    Cutoff,
    NotACutoff,
    deadline_for_day,
)
from services.enrolment.offer.rules.group_meeting_days import Timetable, meetings_from_day
from shared.dates.clock import PARIS
from shared.web.language import typography

EVE = Cutoff.parse("1@18:00")
NO_DAY_OFF = Calendar()


def paris(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS)


def test_friday_17_h_59_for_monday_before_a_tuesday_holiday_on_the_night_the_clock_changes() -> (
    None
):
    """
    Rules' test 8: the deadline shown, enforced and mailed are one.

    In the night to Sunday 25 October 2026 the clock goes back; Tuesday 27 is a holiday here.
    """
    friday, monday, tuesday, wednesday = (date(2026, 10, day) for day in (23, 26, 27, 28))
    calendar = Calendar(public_holidays=frozenset({tuesday}))
    timetable = Timetable(
        "1234",
        monday,
        wednesday,
        time(11, 45),
        time(13, 30),
        "always",
        EVE,
        Cutoff.parse("2@18:00"),
    )

    on_monday, on_wednesday = meetings_from_day(timetable, calendar, friday)

    # Friday 18 h by the clock of Friday: 16 h UTC, though Monday lives an hour further from it.
    assert on_monday.book_until == datetime(2026, 10, 23, 16, tzinfo=UTC)
    # The holiday does not count: for Wednesday, the eve is Monday, and two days before is Friday.
    assert on_wednesday.book_until == datetime(2026, 10, 26, 17, tzinfo=UTC)
    assert on_wednesday.cancel_until == on_monday.book_until

    # Shown and mailed: the words are made of the same instant.
    said = typography.moment(on_monday.book_until, "fr", date(2026, 10, 20))
    assert said == "vendredi 23\u00a0octobre à\u00a018\u00a0h"


def test_before_easter_monday_on_the_night_the_clock_goes_forward() -> None:
    """Sunday 28 March 2027 is both Easter and the night that lacks an hour."""
    easter_monday, tuesday = date(2027, 3, 29), date(2027, 3, 30)
    calendar = Calendar(public_holidays=frozenset({easter_monday}))

    assert deadline_for_day(tuesday, EVE, calendar) == datetime(2027, 3, 26, 17, tzinfo=UTC)
    assert deadline_for_day(date(2027, 3, 31), EVE, calendar) == datetime(
        2027, 3, 30, 16, tzinfo=UTC
    )


def test_the_same_day_may_be_the_limit_even_on_a_day_that_is_not_worked() -> None:
    saturday = date(2026, 11, 28)

    assert deadline_for_day(saturday, Cutoff.parse("0@08:30"), NO_DAY_OFF) == paris(saturday, 8, 30)


def test_an_hour_that_the_clock_skips_is_the_instant_that_it_is_said_to_be() -> None:
    sunday = date(2027, 3, 28)

    until = deadline_for_day(sunday, Cutoff.parse("0@02:30"), NO_DAY_OFF)

    assert typography.moment(until, "fr", sunday) == "aujourd’hui à\u00a03\u00a0h\u00a030"


@pytest.mark.parametrize("written", ["", "1", "18:00", "1@24:00", "1@9:00", "-1@18:00", "31@18:00"])
def test_what_is_not_a_cutoff_is_refused(written: str) -> None:
    with pytest.raises(NotACutoff):
        Cutoff.parse(written)


@given(st.integers(0, 30), st.times())
def test_a_cutoff_is_written_as_it_is_read(days: int, at: time) -> None:
    cutoff = Cutoff(days, at.replace(second=0, microsecond=0, fold=0))

    assert Cutoff.parse(str(cutoff)) == cutoff


@given(
    st.dates(date(2026, 9, 1), date(2027, 8, 31)),
    st.integers(0, 10),
    st.times(time(3), time(23, 59)),
    st.sets(st.integers(0, 60), max_size=20),
)
def test_a_limit_lies_on_a_working_day_at_its_hour_with_that_many_between(
    day: date, days: int, at: time, off: set[int]
) -> None:
    calendar = Calendar(closed=frozenset(day - timedelta(days=distance) for distance in off))
    cutoff = Cutoff(days, at.replace(second=0, microsecond=0))

    local = deadline_for_day(day, cutoff, calendar).astimezone(PARIS)

    assert local.time() == cutoff.at
    between = range((day - local.date()).days)
    assert sum(calendar.is_working(local.date() + timedelta(days=each)) for each in between) == days
    assert days == 0 or calendar.is_working(local.date())
