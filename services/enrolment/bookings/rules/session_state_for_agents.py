"""State of one session of a child as agents read it in a planning. Pure."""

from services.enrolment.bookings.rules.agent_decisions import ABSENT, BOOKED, HERE, LATE

PRESENT, UNEXPECTED, TO_CHECK, NOT_HELD = "present", "unexpected", "to_check", "not_held"
NOTHING = ""


def session_state_for_planning(
    booking: str | None, mark: str | None, *, to_check: bool, takes_place: bool
) -> str:
    """
    Return the state to show, "" where nothing was booked and nobody came.

    `booking` is None too where the place itself cancelled it. What was marked comes first: who was
    there counts, whatever was booked.
    """
    if not takes_place:
        return NOT_HELD
    if to_check:
        return TO_CHECK
    if mark in HERE:
        return PRESENT if booking in (BOOKED, LATE) else UNEXPECTED
    if booking == BOOKED and mark == ABSENT:
        return ABSENT
    return booking or NOTHING


def is_child_expected(state: str) -> bool:
    """Return whether a child of this state is, or was, to be counted on."""
    return state in (BOOKED, PRESENT, UNEXPECTED, TO_CHECK)
