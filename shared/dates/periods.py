"""Periods of days, both included; without an end, until further notice."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol


class Dated(Protocol):
    """A row valid from a day on, up to a last day or without an end."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


def holds_on(dated: Dated, day: date) -> bool:
    """Return whether a dated row is valid on a day."""
    return dated.valid_from <= day and (dated.valid_to is None or day <= dated.valid_to)


def first_day_without_gap(periods: Iterable[Dated], day: date) -> date | None:
    """
    Return since when periods that do not overlap hold on a day without a gap; None if none does.
    """
    first: date | None = None
    for period in sorted(periods, key=lambda each: each.valid_from, reverse=True):
        follows = first is not None and period.valid_to == first - timedelta(days=1)
        if follows or (first is None and holds_on(period, day)):
            first = period.valid_from
    return first


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def next_change_of_period(start: date, end: date | None, day: date) -> date | None:
    """Return the first day after `day` on which a period begins, or no longer holds."""
    if start > day:
        return start
    if end is None or end < day or end == date.max:
        return None
    return date.fromordinal(end.toordinal() + 1)
