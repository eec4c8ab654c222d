"""Periods of figures, shares, and the hours that the CAF counts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.attendance.quantities.rules.age_counts_with_erased_children import (
    ages_with_erased_children,
)
from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.attendance import Sums, percent, sum_of_attendances
from services.enrolment.figures.rules.caf_hours import (
    Attended,
    hours_by_site_and_slot,
    slot_of_session,
)
from services.enrolment.figures.rules.demand import demand_from_counts
from shared.dates.ages import AGES, age_band

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
WEDNESDAY = date(2026, 11, 18)


@given(DAYS)
def test_every_period_is_found_by_its_code_and_holds_its_day(day: date) -> None:
    for period in (
        periods.day_period(day),
        periods.week_period_of_day(day),
        periods.month_period(day.isoformat()[:7]),
        periods.quarter_of_day(day),
        periods.school_year_period(day),
    ):
        assert periods.period_from(period.code) == period
        assert period.first <= day <= period.last
        assert not period.is_over(period.last) and period.is_over(period.last + timedelta(days=1))


@pytest.mark.parametrize(
    "code",
    [
        *("", "2026", "2026-13", "2026-W54", "2026-T5", "2026-2028", "2026-02-30", "0000-01"),
        *("0001-01-01", "9999-12-31", "9999-W52", "9999-12", "1999-T4", "1999-2000"),
    ],
)
def test_what_is_no_period_is_none(code: str) -> None:
    assert periods.period_from(code) is None


def test_a_quarter_is_followed_back_over_the_new_year() -> None:
    first = periods.quarter_of_day(date(2026, 2, 3))
    assert (first.code, first.first, first.last) == (
        "2026-T1",
        date(2026, 1, 1),
        date(2026, 3, 31),
    )
    assert periods.quarter_before(first).code == "2025-T4"
    assert len({each.code for each in periods.quarters_to_choose(date(2026, 2, 3))}) == 8


@pytest.mark.parametrize(
    ("born", "day", "band"),
    [
        (date(2020, 11, 19), date(2026, 11, 18), "under_6"),
        (date(2020, 11, 18), date(2026, 11, 18), "from_6"),
        (date(2014, 11, 19), date(2026, 11, 18), "from_6"),
        (date(2014, 11, 18), date(2026, 11, 18), "from_12"),
        (date(2020, 2, 29), date(2026, 2, 28), "under_6"),
        (date(2020, 2, 29), date(2026, 3, 1), "from_6"),
        (None, date(2026, 11, 18), "age_unknown"),
    ],
)
def test_a_child_is_of_the_age_it_has_on_the_day(born: date | None, day: date, band: str) -> None:
    assert age_band(born, day) == band


@pytest.mark.parametrize(
    ("counted", "former", "told"),
    [
        ((1, 5, 0, 2), (1, 7, 0, 0), (1, 7, 0, 0)),  # two files have gone
        ((1, 8, 0, 2), (2, 7, 1, 0), (2, 8, 1, 0)),  # and one has come beside them
        ((1, 6, 0, 0), (1, 7, 0, 0), (1, 6, 0, 0)),  # one had not come after all
        ((1, 5, 0, 1), (1, 7, 0, 0), (1, 5, 0, 1)),  # one of each: nobody knows which
        ((2, 3, 0, 1), (2, 3, 0, 1), (2, 3, 0, 1)),
    ],
)
def test_whose_file_has_gone_keeps_the_age_that_it_had(
    counted: tuple[int, ...], former: tuple[int, ...], told: tuple[int, ...]
) -> None:
    now, before = dict(zip(AGES, counted, strict=True)), dict(zip(AGES, former, strict=True))
    assert ages_with_erased_children(now, before) == dict(zip(AGES, told, strict=True))


@pytest.mark.parametrize(
    ("day", "starts", "slot"),
    [
        (date(2026, 11, 17), "07:30", "morning"),
        (date(2026, 11, 17), "11:45", "noon"),
        (date(2026, 11, 17), "16:30", "evening"),
        (WEDNESDAY, "08:00", "wednesday"),
        (date(2026, 10, 21), "08:00", "holidays"),
        (date(2026, 11, 21), "08:00", "weekend"),
    ],
)
def test_a_session_stands_in_one_slot(day: date, starts: str, slot: str) -> None:
    assert slot_of_session(day, starts, {date(2026, 10, 21)}) == slot


def test_a_wednesday_counts_nine_hours_at_most_and_a_holiday_all_of_its_own() -> None:
    both = [
        Attended("Ferry", "Centre", day, "07:30", 660, 1, 2, 0, 0)
        for day in (WEDNESDAY, date(2026, 10, 22))
    ]
    wednesday, holidays = hours_by_site_and_slot(both, {date(2026, 10, 22)})
    assert (wednesday.slot, wednesday.under_6, wednesday.total) == ("wednesday", 540, 1620)
    assert (holidays.slot, holidays.under_6, holidays.total) == ("holidays", 660, 1980)


@pytest.mark.parametrize(
    ("starts", "minutes", "counted"),
    [
        ("07:30", 270, 240),  # a morning
        ("13:30", 300, 240),  # an afternoon
        ("08:30", 180, 180),
        ("11:30", 420, 420),  # an afternoon with its meal
        ("07:30", 360, 360),
    ],
)
def test_half_a_wednesday_without_the_meal_counts_four_hours_at_most(
    starts: str, minutes: int, counted: int
) -> None:
    (line,) = hours_by_site_and_slot(
        [Attended("Ferry", "Centre", WEDNESDAY, starts, minutes, 1, 0, 0, 0)], ()
    )
    assert line.total == counted
    (line,) = hours_by_site_and_slot(
        [Attended("Ferry", "Centre", WEDNESDAY, starts, minutes, 1, 0, 0, 0)], {WEDNESDAY}
    )
    assert (line.slot, line.total) == ("holidays", minutes)


def test_who_is_excused_gives_its_place_back_and_shares_are_of_what_was_booked() -> None:
    sums = sum_of_attendances(
        [
            Sums(1, 20, 15, present=12, unexpected=1, absent=1, cancelled_late=1, excused=2),
            Sums(1, 0, 0, present=3, own_meals=2),
        ]
    )
    assert (sums.sessions, sums.booked, sums.came, sums.away) == (2, 19, 16, 4)
    assert (sums.occupancy, sums.attendance, sums.meals) == (75, 79, 14)
    assert sum_of_attendances([]) == Sums() and Sums().occupancy is None
    assert [percent(1, 200), percent(1, 201)] == [1, 0]


def test_demand_that_is_not_met_waits_or_was_refused_for_lack_of_room() -> None:
    demand = demand_from_counts(
        [
            ("accepted", "", 40),
            ("refused", "capacity", 5),
            ("refused", "age", 2),
            ("waiting", "", 7),
            ("deciding", "", 1),
            ("en_route", "", 1),
            ("withdrawn", "", 3),
        ]
    )
    assert (demand.asked, demand.unmet, demand.undecided, demand.refused) == (59, 12, 2, 2)
