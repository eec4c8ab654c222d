"""
What one child's day counts, from what was booked and what the roll call says.

Pure. A quantity stands on a roll call or on a family's word: a booked child whom nobody marked is
no line. In time, or excused, does not count; said too late, or not at all, does (rule: Families).
"""

from services.enrolment.attendance.last_act import ABSENT, PRESENT, State

UNEXPECTED, EXCUSED, CANCELLED_LATE = "unexpected", "excused", "cancelled_late"
"""Outcomes, as shared/contracts/attendance.py has them; present and absent are those of marks."""

BOOKED, LATE = "booked", "late"
"""States of a booking, as models/places.py has them, under which the child is paid for."""

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


def undecided(booking: str | None, state: State) -> bool:
    """Return whether a group cannot be closed before somebody has decided on this child."""
    return state.to_check or (booking == BOOKED and state.kind is None)
