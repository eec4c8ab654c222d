"""
Single sessions that families book and cancel.

The same code decides on a request and on a signed order that waited while the provider was down.
"""

from collections.abc import Callable
from datetime import datetime

from services.enrolment.attendance.quantities.commands import attendance_sheets
from services.enrolment.bookings.commands.session_locks import lock_sessions
from services.enrolment.bookings.queries.sessions_of_child import ChildSessions, Meeting
from services.enrolment.bookings.rules.booking_decisions import (
    GONE,
    Case,
    Decision,
    decide_booking,
    decide_cancelling,
)
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.families.queries.guardians import households_of_guardian
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Booking
from services.enrolment.models.places import BY_FAMILY, LATE
from shared.contracts.enrolment.places.family_acts import (
    BookingOutcomes,
    ChangeBookingsRequest,
    SessionOutcome,
)
from shared.contracts.enrolment.places.states import EXCUSED
from shared.database import Write

Decide = Callable[[Case, OrderTime], Decision]


def change_bookings(
    write: Write, request: ChangeBookingsRequest, subject: str, order_time: OrderTime
) -> BookingOutcomes:
    """Cancel and book single sessions for a guardian; each has an outcome of its own."""
    asking = households_of_guardian(write, subject, request.child_id)
    session_ids = [*request.cancel, *request.book]
    child = lock_sessions(write, request.child_id, session_ids, asking)
    outcomes = [
        apply_decision(write, child, session_id, decide, order_time)
        for session_ids, decide in (
            (request.cancel, decide_cancelling),
            (request.book, decide_booking),
        )
        for session_id in dict.fromkeys(session_ids)
    ]
    publish_changes(write, child, order_time.now)
    return BookingOutcomes(outcomes)


def apply_decision(
    write: Write,
    child: ChildSessions,
    session_id: str,
    decide: Decide,
    order_time: OrderTime,
    *,
    reason: str = "",
    by: str = BY_FAMILY,
) -> SessionOutcome:
    """Decide on one session, change the booking, and return the outcome as the contract has it."""
    meeting = child.meetings.get(session_id)
    if meeting is None:
        return {"session_id": session_id, "outcome": GONE, "until": None}
    decision = decide(child.case_of_session(meeting), order_time)
    if decision.state is not None:
        set_booking_state(write, child, meeting, decision.state, by, order_time.now, reason)
    return {"session_id": session_id, "outcome": decision.outcome, "until": decision.until}


def set_booking_state(
    write: Write,
    child: ChildSessions,
    meeting: Meeting,
    state: str,
    by: str,
    at: datetime,
    reason: str,
) -> None:
    """
    Set the state of the child's booking; the row is added if missing.

    The `reason` is stored only with an absence declared after the deadline.
    """
    owner = child.owning_household(meeting)
    if owner is None:
        return
    if meeting.booking is None:
        ids = {"session_id": meeting.session.id, "child_id": child.child_id}
        meeting.booking = Booking(**ids, household_id=owner)
        write.add(meeting.booking)
    booking = meeting.booking
    booking.household_id, booking.state = owner, state
    booking.reason = reason if state in (EXCUSED, LATE) else ""
    booking.changed_by, booking.changed_at = by, at


def publish_changes(write: Write, child: ChildSessions, now: datetime) -> None:
    """
    Mark the households' cards for publication, and publish the attendance of closed sessions anew.
    """
    write.flush()
    begun = (meeting for meeting in child.meetings.values() if meeting.session.starts_at <= now)
    attendance_sheets.publish_sheets(write, (meeting.session.id for meeting in begun), now)
    mark_cards_of_children(write, [child.child_id], now)
