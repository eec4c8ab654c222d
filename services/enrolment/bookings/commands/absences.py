"""
Absences declared by families: cancelled in time, excused, or late; one outcome per session.

Only whether a session counts is decided here; its price is billing's.
"""

from collections.abc import Mapping
from functools import partial

from services.enrolment.bookings.commands.session_locks import lock_sessions
from services.enrolment.bookings.commands.single_session_bookings import (
    apply_decision,
    publish_changes,
)
from services.enrolment.bookings.rules.booking_decisions import Case, Decision, decide_absence
from services.enrolment.bookings.rules.late_absences import is_late_absence_excused
from services.enrolment.families.queries.guardians import households_for_absence, is_carer
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models.places import BY_CARER, BY_FAMILY
from shared.contracts.enrolment.places.family_acts import BookingOutcomes, DeclareAbsenceRequest
from shared.database import Write
from shared.dates.clock import PARIS

Regimes = Mapping[str, str]
"""The regime of each activity of this provider, by the activity's code in the register."""


def declare_absence(
    write: Write,
    request: DeclareAbsenceRequest,
    subject: str,
    order_time: OrderTime,
    regimes: Regimes,
) -> BookingOutcomes:
    """Record, for a guardian or a carer, that the child will not come to these sessions."""
    today = order_time.now.astimezone(PARIS).date()
    asking = households_for_absence(write, subject, request.child_id, today)
    by = BY_CARER if is_carer(write, subject, request.child_id) else BY_FAMILY
    child = lock_sessions(write, request.child_id, request.sessions, asking)
    outcomes = []
    for session_id in dict.fromkeys(request.sessions):
        meeting = child.meetings.get(session_id)
        regime = regimes.get(meeting.activity.code) if meeting else None
        decide = partial(_decide_absence, accepts=is_late_absence_excused(regime, request.reason))
        outcomes.append(
            apply_decision(
                write, child, session_id, decide, order_time, reason=request.reason, by=by
            )
        )
    publish_changes(write, child, order_time.now)
    return BookingOutcomes(outcomes)


def _decide_absence(case: Case, order_time: OrderTime, accepts: bool) -> Decision:
    return decide_absence(case, order_time, accepts)
