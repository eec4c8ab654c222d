"""Days until which a bill, or each part of one, is to be paid. Pure."""

from calendar import monthrange
from datetime import date, timedelta

from shared.dates.public_holidays import public_holidays
from shared.dates.working_days import working_day_from


def due_day(issued_on: date, days: int, territory: str) -> date:
    """
    Return the last day to pay a bill issued then, in so many days at least.

    Nobody is late on a day on which counter and bank are closed: from a Saturday, a Sunday or a
    public holiday of the territory it goes on to the next working day.
    """
    last = issued_on + timedelta(days=days)
    return working_day_from(last, public_holidays((last.year, last.year + 1), territory))


def days_of_parts(first_on: date, count: int, territory: str) -> list[date]:
    """Return the days of so many parts, a month apart, each moved on as a due day is."""
    return [due_day(day_months_later(first_on, months), 0, territory) for months in range(count)]


def day_months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
