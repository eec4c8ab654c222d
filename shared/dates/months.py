"""Calendar months as text, such as 2026-11: they sort as they follow each other."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date


def month_of(day: date) -> str:
    """Return the month of a day."""
    return day.isoformat()[:7]


def first_of(month: str) -> date:
    """Return the first day of a month."""
    return date(int(month[:4]), int(month[5:]), 1)


def last_of(month: str) -> date:
    """Return the last day of a month."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, monthrange(year, number)[1])


def next_month(month: str) -> str:
    """Return the month after a month."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def month_before(month: str) -> str:
    """Return the month before a month."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1):04d}-{(number - 2) % 12 + 1:02d}"


def months_between(first: str, last: str) -> Iterator[str]:
    """Give the months from one to another, both included; none where they are out of order."""
    while first <= last:
        yield first
        first = next_month(first)
