"""Working days: a last day that is none goes on to the next one."""

from collections.abc import Container
from datetime import date, timedelta

SATURDAY = 6


def working_day_from(day: date, holidays: Container[date]) -> date:
    """Return the day itself, or the next that is no Saturday, Sunday or public holiday."""
    while day.isoweekday() >= SATURDAY or day in holidays:
        day += timedelta(days=1)
    return day
