"""
Decides on one session that a family wants to book, cancel or be absent from.

Pure. One case is one child in one session; every decision has the deadline on which it rests.
Cancelling in time and booking again restores the first state; after the deadline only an absence is
recorded, and it counts unless its reason is accepted (bookings/rules/late_absences.py).
"""

from dataclasses import dataclass
from datetime import datetime

from services.enrolment.families.rules.given_and_handled_times import OrderTime

BOOKED, CANCELLED, EXCUSED, LATE, CLOSED = "booked", "cancelled", "excused", "late", "closed"
FULL, OTHER_HOUSEHOLD, GONE = "full", "other_household", "gone"


@dataclass(frozen=True)
class Case:
    """
    One session of one child. `booking` is the state of its row, None where there is none.

    `has_place`: in the group, on that day. `full`: no more children may be booked for it. `own`:
    the day belongs to a household of who orders.
    """

    starts_at: datetime
    book_until: datetime
    cancel_until: datetime
    takes_place: bool = True
    booking: str | None = None
    own: bool = True
    has_place: bool = True
    full: bool = False


@dataclass(frozen=True)
class Decision:
    """
    Outcome for the family, and the new state of the booking, None if it does not change.

    `until` is the deadline for taking it back, or the one that has passed.
    """

    outcome: str
    until: datetime | None = None
    state: str | None = None


def decide_booking(case: Case, order_time: OrderTime) -> Decision:
    """Decide on a session that a family wants to book."""
    if not case.has_place:
        return Decision(GONE)
    if refused := _refusal_before_deadline_check(case):
        return refused
    if case.booking == BOOKED:
        return Decision(BOOKED, case.cancel_until)
    if order_time.ordered > case.book_until or order_time.now >= case.starts_at:
        return Decision(LATE, case.book_until)
    if case.full:
        return Decision(FULL)
    return Decision(BOOKED, case.cancel_until, state=BOOKED)


def decide_cancelling(case: Case, order_time: OrderTime) -> Decision:
    """Decide on a session that a family wants to cancel."""
    if case.booking is None and not case.has_place:
        return Decision(GONE)
    if refused := _refusal_before_deadline_check(case):
        return refused
    if case.booking is None:
        return Decision(GONE)
    if case.booking != BOOKED:
        return Decision(case.booking, _deadline_of_case(case))
    if order_time.ordered > case.cancel_until:
        return Decision(LATE, case.cancel_until)
    return Decision(CANCELLED, case.book_until, state=CANCELLED)


def decide_absence(case: Case, order_time: OrderTime, accepted: bool) -> Decision:
    """
    Decide on a session to which the child will not come.

    In time it is cancelled. Later, and before it starts, it is `excused` if the provider accepts
    the reason, and else `late`: recorded, but it counts. Once it has started nothing changes.
    """
    plain = decide_cancelling(case, order_time)
    if case.booking != BOOKED or plain.outcome != LATE or order_time.ordered >= case.starts_at:
        return plain
    state = EXCUSED if accepted else LATE
    return Decision(state, case.cancel_until, state=state)


def _refusal_before_deadline_check(case: Case) -> Decision | None:
    if not case.own:
        return Decision(OTHER_HOUSEHOLD)
    if not case.takes_place or case.booking == CLOSED:
        return Decision(CLOSED)
    return None


def _deadline_of_case(case: Case) -> datetime:
    return case.book_until if case.booking == CANCELLED else case.cancel_until
