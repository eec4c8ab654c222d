"""
The invented attendance of a demonstration's days gone by, as it goes to `import_attendance`.

Who came is drawn from a fixed seed by child and day: the same each time the demo is loaded.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from holidays import France
from vacances_scolaires_france import SchoolHolidayDates

from deploy.demo.offer import Child, Offer

ZONE = "B"
SHARES = ((86, "present", 1), (92, "excused", 0), (97, "absent", 1), (100, "unexpected", 1))
"""Of a hundred children on a list, up to how many came, and what came of the others."""

Payload = dict[str, Any]


def sheets(
    offer: Offer, provider: str, children: Sequence[Child], first: date, until: date
) -> Iterator[Payload]:
    """Yield a sheet for each school day and group, from `first` up to `until`, without it."""
    days = _school_days(first, until)
    taken = offer.taken(provider, children)
    for group, some in taken.items():
        for day in days:
            if day.isoweekday() in offer.weekdays(provider, group):
                lines = [_line(child, group, day) for child in some]
                yield {"group": group, "day": day, "lines": lines}


def _school_days(first: date, until: date) -> list[date]:
    off = SchoolHolidayDates()
    public = France(years=range(first.year, until.year + 1))
    days = (first + timedelta(days=after) for after in range((until - first).days))
    return [day for day in days if day not in public and not off.is_holiday_for_zone(day, ZONE)]


def _line(child: Child, group: str, day: date) -> Payload:
    drawn = hashlib.sha256(f"{child.reference}|{group}|{day}".encode()).digest()[0] * 100 // 256
    outcome, quantity = next((what, much) for below, what, much in SHARES if drawn < below)
    return {"child_id": child.id, "outcome": outcome, "quantity": quantity}
