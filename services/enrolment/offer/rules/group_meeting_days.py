"""
Meetings of a group: its weekdays, over its period, on the days that the calendar leaves.

Pure: offer/commands/sessions.py stores them as sessions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from services.enrolment.offer.rules.calendar import Calendar, days_between
from services.enrolment.offer.rules.deadlines import Cutoff, deadline_for_day
from shared.dates.clock import PARIS


@dataclass(frozen=True)
class Timetable:
    """Meeting times in a group's row; hours are those of a clock in Paris."""

    weekdays: str
    first_day: date
    last_day: date
    starts: time
    ends: time
    runs_in: str
    book_before: Cutoff
    cancel_before: Cutoff


@dataclass(frozen=True)
class Meeting:
    """One day on which the group meets, with the last instants to book and to cancel."""

    day: date
    starts_at: datetime
    ends_at: datetime
    book_until: datetime
    cancel_until: datetime


def meetings_from_day(timetable: Timetable, calendar: Calendar, since: date) -> Iterator[Meeting]:
    """Yield the meetings from a day on, in order."""
    for day in days_between(max(timetable.first_day, since), timetable.last_day):
        if is_meeting_day_of_group(timetable, calendar, day):
            yield _make_meeting(timetable, calendar, day)


def is_meeting_day_of_group(timetable: Timetable, calendar: Calendar, day: date) -> bool:
    """Return whether the group meets on a day of its period."""
    return str(day.isoweekday()) in timetable.weekdays and calendar.is_day_of_running_period(
        day, timetable.runs_in
    )


def _make_meeting(timetable: Timetable, calendar: Calendar, day: date) -> Meeting:
    return Meeting(
        day,
        _utc_moment(day, timetable.starts),
        _utc_moment(day, timetable.ends),
        deadline_for_day(day, timetable.book_before, calendar),
        deadline_for_day(day, timetable.cancel_before, calendar),
    )


def _utc_moment(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, PARIS).astimezone(UTC)
