"""The town's calendar: zones, public holidays of a territory, bridges that are no working days."""

from datetime import date

import pytest
from vacances_scolaires_france import SchoolHolidayDates

from services.enrolment.offer.rules.calendar import Calendar, bridge_days
from services.enrolment.offer.rules.deadlines import Cutoff, deadline_for_day
from shared.dates.public_holidays import public_holidays
from shared.register.calendar import (
    ALL_BRIDGES,
    ASCENSION,
    NO_BRIDGE,
    PUBLISHED_ZONES,
    TERRITORIES,
    TownCalendar,
)

GOOD_FRIDAY, SAINT_STEPHEN = date(2027, 3, 26), date(2026, 12, 26)
ASCENSION_2027, THE_FRIDAY = date(2027, 5, 6), date(2027, 5, 7)


def test_alsace_and_moselle_have_two_public_holidays_more() -> None:
    at_home = public_holidays([2026, 2027])
    there = public_holidays([2026, 2027], TownCalendar("B", alsace_moselle=True).holiday_territory)

    assert {GOOD_FRIDAY, SAINT_STEPHEN} <= there.keys()
    assert at_home.keys() == there.keys() - {
        date(2026, 4, 3),
        SAINT_STEPHEN,
        GOOD_FRIDAY,
        date(2027, 12, 26),
    }


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("guadeloupe", date(2027, 5, 27)),
        ("martinique", date(2027, 5, 22)),
        ("guyane", date(2027, 6, 10)),
        ("reunion", date(2027, 12, 20)),
        ("mayotte", date(2027, 4, 27)),
    ],
)
def test_the_abolition_of_slavery_is_a_public_holiday_overseas(zone: str, day: date) -> None:
    assert day in public_holidays([2027], TownCalendar(zone).holiday_territory)
    assert day not in public_holidays([2027])


@pytest.mark.parametrize("zone", TERRITORIES)
def test_each_zone_has_the_national_public_holidays(zone: str) -> None:
    national = public_holidays(range(2025, 2031))

    assert (
        national.keys()
        <= public_holidays(range(2025, 2031), TownCalendar(zone).holiday_territory).keys()
    )


@pytest.mark.parametrize("year", range(2026, 2036))
def test_the_day_after_ascension_is_a_bridge_where_the_town_closes(year: int) -> None:
    holidays = public_holidays([year])
    (ascension,) = [day for day, label in holidays.items() if label == "Ascension"]

    bridges = bridge_days(holidays, ASCENSION)

    friday = date.fromordinal(ascension.toordinal() + 1)
    assert bridges == ({} if friday in holidays else {friday: "Pont : Ascension"})
    assert bridge_days(holidays, NO_BRIDGE) == {}


def test_all_bridges_are_the_mondays_and_fridays_beside_a_public_holiday() -> None:
    found = bridge_days(public_holidays([2026, 2027, 2028]), ALL_BRIDGES)

    assert date(2026, 7, 13) in found  # a Monday, before the 14th
    assert THE_FRIDAY in found
    assert all(day.isoweekday() in (1, 5) for day in found)
    assert not found.keys() & public_holidays([2026, 2027, 2028]).keys()


def test_deadlines_leave_a_bridge_out_and_activities_do_not() -> None:
    public = frozenset(public_holidays([2027]))
    closed = Calendar(public_holidays=public, bridges=frozenset({THE_FRIDAY}))
    monday = date(2027, 5, 10)

    with_bridge = deadline_for_day(monday, Cutoff.parse("1@18:00"), closed)
    without = deadline_for_day(monday, Cutoff.parse("1@18:00"), Calendar(public_holidays=public))

    assert without.date() == THE_FRIDAY
    assert with_bridge.date() == date(2027, 5, 5)  # the Wednesday before Ascension
    assert closed.is_day_of_running_period(THE_FRIDAY, "always")


@pytest.mark.parametrize("zone", PUBLISHED_ZONES)
def test_the_holidays_of_each_published_zone_are_known_of_this_school_year(zone: str) -> None:
    days = SchoolHolidayDates()

    assert days.holidays_for_year_and_zone(2026, zone)
    assert days.holidays_for_year_and_zone(2027, zone)
