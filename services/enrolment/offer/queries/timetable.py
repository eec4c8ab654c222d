"""The timetable of a group, as the rules take it."""

from datetime import time

from services.enrolment.models import Activity, Group
from services.enrolment.offer.rules.deadlines import Cutoff
from services.enrolment.offer.rules.group_meeting_days import Timetable


def timetable_of_group(activity: Activity, group: Group) -> Timetable:
    """Return what the rules need to know of a group; raises NotACutoff for bad data."""
    return Timetable(
        group.weekdays,
        group.first_day,
        group.last_day,
        time.fromisoformat(group.starts),
        time.fromisoformat(group.ends),
        group.runs_in,
        Cutoff.parse(activity.book_before),
        Cutoff.parse(activity.cancel_before),
    )
