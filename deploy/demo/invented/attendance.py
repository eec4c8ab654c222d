"""
The invented attendance of a demonstration's days gone by, as it goes to `import_attendance`.

Who came is drawn from a fixed seed by child and day: the same each time the demo is loaded.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from vacances_scolaires_france import SchoolHolidayDates

from deploy.demo.invented.offer import Child, Offer
from shared.contracts.enrolment.attendance import ImportedLine, ImportedSheet
from shared.dates.public_holidays import public_holidays

ZONE = "B"
SHARES = ((86, "present", 1), (92, "excused", 0), (97, "absent", 1), (100, "unexpected", 1))
"""Outcomes of children on a list, cumulated in percent, with the quantity of each."""


def attendance_sheets(
    offer: Offer, provider: str, children: Sequence[Child], first: date, until: date
) -> Iterator[ImportedSheet]:
    """Yield a sheet for each day and group that met, from `first` up to `until`, without it."""
    calendar = _Days(first, until)
    attended = offer.groups_with_past_attendance(provider)
    for group, some in offer.children_taken_by_group(provider, children).items():
        if group not in attended:
            continue
        week = {
            child.id: offer.weekdays_of_child_in_group(provider, group, child) for child in some
        }
        for day in calendar.days_of_groups(offer.term_or_holidays_of_group(provider, group)):
            there = [child for child in some if day.isoweekday() in week[child.id]]
            if there:
                yield {
                    "group": group,
                    "day": day,
                    "lines": [_sheet_line(child, group, day) for child in there],
                }


class _Days:
    """The days between two others, by what the school calendar says of them."""

    def __init__(self, first: date, until: date) -> None:
        off = SchoolHolidayDates()
        public = public_holidays(range(first.year, until.year + 1))
        days = (first + timedelta(days=after) for after in range((until - first).days))
        self._always = [day for day in days if day not in public]
        self._free = {day for day in self._always if off.is_holiday_for_zone(day, ZONE)}

    def days_of_groups(self, runs_in: str) -> list[date]:
        """Return the days of groups that run in term, in the holidays, or always."""
        if runs_in == "always":
            return self._always
        return [day for day in self._always if (day in self._free) == (runs_in == "holidays")]


def _sheet_line(child: Child, group: str, day: date) -> ImportedLine:
    drawn = hashlib.sha256(f"{child.reference}|{group}|{day}".encode()).digest()[0] * 100 // 256
    outcome, quantity = next((what, much) for below, what, much in SHARES if drawn < below)
    return {"child_id": child.id, "outcome": outcome, "quantity": quantity}
