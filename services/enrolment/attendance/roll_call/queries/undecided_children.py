"""Open questions of a group's roll call, before it can be closed."""

from sqlalchemy import select

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.mark_resolution import State
from services.enrolment.attendance.marks.rules.session_outcomes import needs_decision
from services.enrolment.models import Booking
from shared.database import Read, Write


def undecided_children(read: Read | Write, session_id: str) -> list[str]:
    """Return the children who are booked and not marked, or marked in contradiction."""
    marked = {child: state for (_, child), state in resolved_states(read, [session_id]).items()}
    booked = {
        child_id: state
        for child_id, state in read.execute(
            select(Booking.child_id, Booking.state).where(Booking.session_id == session_id)
        )
    }
    children = sorted(marked.keys() | booked.keys())
    return [
        child for child in children if needs_decision(booked.get(child), marked.get(child, State()))
    ]
