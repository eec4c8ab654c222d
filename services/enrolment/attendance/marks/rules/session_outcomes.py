"""
Counts one child's session, from its booking and the state of the roll call.

Pure. A quantity needs a mark or an announcement by the family: a booked child without a mark gives
no line. Absence in time, or excused, does not count; announced too late or never, it does (rule:
Families).
"""

from datetime import datetime, timedelta

from services.enrolment.attendance.marks.rules.mark_resolution import ABSENT, LEFT, PRESENT, State

UNEXPECTED, EXCUSED, CANCELLED_LATE = "unexpected", "excused", "cancelled_late"
"""
Outcomes, as shared/contracts/enrolment/attendance.py has them; present and absent are those of
marks.
"""

BOOKED, LATE = "booked", "late"
"""States of a booking, as models/places.py has them, under which the child is paid for."""

A_DAY = timedelta(days=1)

Line = tuple[str, int]
"""Outcome, and how many units it counts."""


def counted_outcome(booking: str | None, state: State) -> Line | None:
    """Return the line that this child's session counts, None if there is none."""
    if state.has_come:
        return (PRESENT if booking in (BOOKED, LATE) else UNEXPECTED), 1
    if booking == LATE:
        return CANCELLED_LATE, 1
    if booking == EXCUSED:
        return EXCUSED, 0
    if booking == BOOKED and state.kind == ABSENT:
        return ABSENT, 1
    return None


def minutes_stayed(starts_at: datetime, state: State) -> int | None:
    """
    Return the time from the session's start until the child left, in whole minutes, 0 at least.

    None if its departure was not noted, or only a day later: the moment is then unknown.
    """
    if state.kind != LEFT or state.made_at is None or state.made_at - starts_at >= A_DAY:
        return None
    return max(state.made_at - starts_at, timedelta()) // timedelta(minutes=1)


def needs_decision(booking: str | None, state: State) -> bool:
    """Return whether an agent must decide on this child before the group can be closed."""
    return state.to_check or (booking == BOOKED and state.kind is None)
