"""School holidays as the ministry publishes them, and the periods that two homes share."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from vacances_scolaires_france import SchoolHolidayDates, UnsupportedYearException

PUBLISHED_ZONES = ("A", "B", "C")
"""Zones whose school holidays the ministry publishes for all; others decide on their own."""
LEAST_SHARED = 7
"""Fewer days are a bridge, which no judgment shares out: the weeks go on."""
LEAST_SUMMER = 40
"""Only the summer's holidays last as long."""
_DAY = timedelta(days=1)


class Holidays(NamedTuple):
    """School holidays from a day to a day, both included."""

    first: date
    last: date

    @property
    def length_in_days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def is_summer(self) -> bool:
        return self.length_in_days >= LEAST_SUMMER


@cache
def school_holiday_name_by_day(year: int, zone: str) -> Mapping[date, str] | None:
    """
    Return a year's days and their names, None for a year or a zone that is not published.

    The library reads all its years for each question.
    """
    if zone not in PUBLISHED_ZONES:
        return None
    try:
        listed = SchoolHolidayDates().holidays_for_year_and_zone(year, zone)
    except UnsupportedYearException:
        return None
    return {day: row["nom_vacances"] for day, row in listed.items()}


class SchoolCalendar(NamedTuple):
    """School holidays of a town: its zone's, and those `typed` in its file, by first and last."""

    zone: str
    typed: tuple[tuple[date, date], ...] = ()

    def shared_holidays_on(self, day: date) -> Holidays | None:
        """Return the holidays that day lies in, where they are long enough to be shared out."""
        around = _holidays_around(self, day.year)
        return next((each for each in around if each.first <= day <= each.last), None)


ZONE_B = SchoolCalendar("B")


@cache
def _holidays_around(calendar: SchoolCalendar, year: int) -> tuple[Holidays, ...]:
    """Return the holidays to be shared out that touch a year, whole: Christmas reaches into two."""
    published = {
        day
        for each in (year - 1, year, year + 1)
        for day in school_holiday_name_by_day(each, calendar.zone) or ()
    }
    typed = {
        first + _DAY * count
        for first, last in calendar.typed
        for count in range((last - first).days + 1)
    }
    runs: list[Holidays] = []
    for day in sorted(published | typed):
        if runs and day - runs[-1].last == _DAY:
            runs[-1] = runs[-1]._replace(last=day)
        else:
            runs.append(Holidays(day, day))
    return tuple(each for each in runs if each.length_in_days >= LEAST_SHARED)
