"""
Last year's dates moved to the new school year's calendar.

Pure. The first and the last day of term go to their like; a day inside the school holidays goes to
the same place in the holidays of the same name; any other keeps its weekday, 52 weeks later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from services.enrolment.offer.rules.calendar import days_between, school_year_days
from shared.dates.clock import PARIS

YEAR = timedelta(weeks=52)

Period = tuple[date, date]


@dataclass(frozen=True)
class SchoolYear:
    """A school year: its term runs from one day to another, its holidays have names."""

    first_day: date
    last_day: date
    holidays: Mapping[str, Period] = field(default_factory=dict)

    def holidays_name(self, day: date) -> str | None:
        """Return the name of the holidays in which a day is."""
        named = self.holidays.items()
        return next((name for name, (first, last) in named if first <= day <= last), None)


def school_year_from_holidays(written: str, labels: Mapping[date, str]) -> SchoolYear:
    """Read a school year off the school holidays of a calendar, day by day."""
    first, last = school_year_days(written)
    term = [day for day in days_between(first, last) if day not in labels]
    periods: dict[str, Period] = {}
    for day in days_between(first, last):
        if day in labels:
            start, _ = periods.get(labels[day], (day, day))
            periods[labels[day]] = (start, day)
    return SchoolYear(term[0] if term else first, term[-1] if term else last, periods)


def same_day_in_new_year(day: date, old: SchoolYear, new: SchoolYear) -> date:
    """Return where a day of the old year lies in the new one, never outside of it."""
    name = old.holidays_name(day)
    if name is not None and name in new.holidays:
        return _moved_within_holidays(day, old.holidays[name], new.holidays[name])
    if day <= old.first_day:
        return new.first_day
    if day >= old.last_day:
        return new.last_day
    return min(max(day + YEAR, new.first_day), new.last_day)


def same_moment_in_new_year(moment: datetime) -> datetime:
    """Return a moment 52 weeks later, at the same hour of the clock in Paris."""
    local = moment.astimezone(PARIS)
    hour = time(local.hour, local.minute)
    return datetime.combine(local.date() + YEAR, hour, PARIS).astimezone(moment.tzinfo)


def birth_date_a_year_later(born: date | None) -> date | None:
    """Return a birth date for the children who are now as old as those were."""
    if born is None:
        return None
    if (born.month, born.day) == (2, 29):
        return date(born.year + 1, 2, 28)
    return born.replace(year=born.year + 1)


def _moved_within_holidays(day: date, old: Period, new: Period) -> date:
    """Return the day in the new holidays, as far from their nearer end as in the old ones."""
    from_start, from_end = day - old[0], old[1] - day
    moved = new[0] + from_start if from_start <= from_end else new[1] - from_end
    return min(max(moved, new[0]), new[1])
