"""
Deadlines: a cutoff in working days becomes one instant, stored with the session.

Pure. Pages, refusals and messages all use that instant, so that they agree on the eve of a holiday
and in the night of a clock change.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from services.enrolment.offer.rules.calendar import Calendar
from shared.dates.clock import PARIS

MOST_DAYS = 30
_WRITTEN = re.compile(r"(\d{1,2})@([01]\d|2[0-3]):([0-5]\d)")


class NotACutoff(ValueError):
    """Text that is not "<working days before>@HH:MM"."""


@dataclass(frozen=True)
class Cutoff:
    """A deadline: `days` working days before a session (0: the same day), at an hour in Paris."""

    days: int
    at: time

    @classmethod
    def parse(cls, written: str) -> "Cutoff":
        """Read "1@18:00"; raises NotACutoff."""
        match = _WRITTEN.fullmatch(written)
        if match is None or int(match[1]) > MOST_DAYS:
            raise NotACutoff(written)
        return cls(int(match[1]), time(int(match[2]), int(match[3])))

    def __str__(self) -> str:
        return f"{self.days}@{self.at:%H:%M}"


def deadline_for_day(day: date, cutoff: Cutoff, calendar: Calendar) -> datetime:
    """
    Return the last instant at which a session of that day may still be changed, in UTC.

    The hour is read off a clock in Paris on the day of the limit, whatever the clock says on the
    day of the session.
    """
    last_day = calendar.working_days_before(day, cutoff.days)
    return datetime.combine(last_day, cutoff.at, PARIS).astimezone(UTC)
