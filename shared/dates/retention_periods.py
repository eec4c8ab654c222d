"""Retention periods, as a town file writes them. Pure."""

from datetime import date

SCHOOL_YEAR_ENDS = (8, 31)
"""Month and day: the French school year runs to the eve of 1 September."""


def day_after(day: date, length: str) -> date:
    """Return the day that comes so long after: "30 days", "6 months", "1 year"."""
    number, unit = length.split()
    if unit.startswith("day"):
        return date.fromordinal(day.toordinal() + int(number))
    months = int(number) * (12 if unit.startswith("year") else 1)
    return _same_day_months_later(day, months)


def end_of_school_year(day: date) -> date:
    """Return the last day of the school year that holds this day."""
    end = date(day.year, *SCHOOL_YEAR_ENDS)
    return end if day <= end else date(day.year + 1, *SCHOOL_YEAR_ENDS)


def first_day_kept(today: date, length: str) -> date:
    """Return the first day of the oldest school year that is kept, so long after its end."""
    end = end_of_school_year(today)
    while day_after(former := end.replace(year=end.year - 1), length) > today:
        end = former
    return date.fromordinal(end.replace(year=end.year - 1).toordinal() + 1)


def _same_day_months_later(day: date, months: int) -> date:
    """Return a day some months later: 31 January and a month is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = date.fromordinal(first_of_next.toordinal() - 1)
    return date(year, month + 1, min(day.day, last.day))
