"""
Clashes in a week: two groups that meet at the same hours of the same day. Pure.

One rule for the provider, which knows its own places, and the portal, which knows those of all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from shared.contracts.enrolment.places.published_offer import ALWAYS


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of a child: weekdays (1 Monday to 7), "HH:MM", a period, in term or not."""

    weekdays: frozenset[int]
    starts: str
    ends: str
    first_day: date
    last_day: date | None
    runs_in: str

    @staticmethod
    def from_timetable(
        weekdays: Collection[int],
        hours: tuple[str, str],
        period: tuple[date, date | None],
        runs_in: str,
    ) -> "Hours":
        return Hours(frozenset(weekdays), *hours, *period, runs_in)


def clashing_weekdays(one: Hours, other: Hours) -> list[int]:
    """Return the weekdays on which a child would have to be in two places; none without hours."""
    if not (_do_overlap_in_year(one, other) and _do_overlap_in_day(one, other)):
        return []
    return sorted(one.weekdays & other.weekdays)


def _do_overlap_in_year(one: Hours, other: Hours) -> bool:
    begins = max(one.first_day, other.first_day)
    ends = [day for day in (one.last_day, other.last_day) if day is not None]
    same_part = ALWAYS in (one.runs_in, other.runs_in) or one.runs_in == other.runs_in
    return same_part and all(begins <= day for day in ends)


def _do_overlap_in_day(one: Hours, other: Hours) -> bool:
    """Return whether hours overlap; one may begin when the other ends."""
    return bool(one.starts and other.starts) and max(one.starts, other.starts) < min(
        one.ends, other.ends
    )
