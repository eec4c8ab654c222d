"""
State of one session of a child as one household sees it.

Pure. Of a day of the other household it sees only that the child is expected: not whether it came,
who announced an absence, or why (rules, Families: « réservé »).
"""

from dataclasses import dataclass
from datetime import datetime

FREE, FULL, OTHER, CLOSED = "free", "full", "other", "closed"
BOOKED, CANCELLED, EXCUSED, LATE = "booked", "cancelled", "excused", "late"
PRESENT, ABSENT = "present", "absent"
CAME = (PRESENT, "left")


@dataclass(frozen=True)
class Seen:
    """
    One session of one child, and the household that reads it.

    `booking` is the state of its row, None without a row or if the place itself cancelled it;
    `mark` is the resolved state of the roll call.
    """

    own: bool
    takes_place: bool
    booking: str | None
    mark: str | None = None


def session_state_for_household(seen: Seen) -> str | None:
    """Return the state to show; None if there is nothing to show."""
    if not seen.own:
        return OTHER if seen.booking in (BOOKED, LATE, EXCUSED) else None
    if seen.mark in CAME:
        return PRESENT
    if seen.booking is None:
        return None
    if not seen.takes_place or seen.booking == CLOSED:
        return CLOSED
    if seen.booking == LATE or (seen.booking == BOOKED and seen.mark == ABSENT):
        return ABSENT
    return seen.booking


def session_state_in_booking_calendar(seen: Seen, full: bool, has_place: bool) -> str | None:
    """Return the state in a calendar in which families book: free sessions are shown as well."""
    state = session_state_for_household(seen)
    if state is not None or not seen.own or not has_place:
        return state
    if not seen.takes_place:
        return CLOSED
    return FULL if full else FREE


def changeable_until(state: str, book_until: datetime, cancel_until: datetime) -> datetime | None:
    """Return the last instant at which this state may be changed; None where it may not."""
    if state == BOOKED:
        return cancel_until
    return book_until if state in (FREE, CANCELLED) else None
