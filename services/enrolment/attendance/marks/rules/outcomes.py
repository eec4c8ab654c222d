"""
What one child's day counts, from what was booked and what the roll call says.

Pure. A quantity stands on a roll call or on a family's word: a booked child whom nobody marked is
no line. In time, or excused, does not count; said too late, or not at all, does (rule: Families).
"""

from datetime import datetime, timedelta

from services.enrolment.attendance.marks.rules.last_act import ABSENT, LEFT, PRESENT, State

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


def outcome(booking: str | None, state: State) -> Line | None:
    """Return what this child's session counts, None where it is no line."""
    if state.came:
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
    Return how long a child stayed from the session's start, in whole minutes, 0 at least.

    None where nobody noted that it left, or only a day later, which says nothing of when.
    """
    if state.kind != LEFT or state.made_at is None or state.made_at - starts_at >= A_DAY:
        return None
    return max(state.made_at - starts_at, timedelta()) // timedelta(minutes=1)


def undecided(booking: str | None, state: State) -> bool:
    """Return whether a group cannot be closed before somebody has decided on this child."""
    return state.to_check or (booking == BOOKED and state.kind is None)
