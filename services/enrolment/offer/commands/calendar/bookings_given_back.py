"""
Bookings that the calendar or a timetable closed, and gives back with their sessions.

What the weekly pattern of a place wants is booked again by the place; the single days, that a
family or an agent had chosen, are here. Each household is told, for it was told of the closing.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from services.enrolment.bookings.queries.sessions_of_child import (
    children_counted_by_session,
    is_day_within_place,
    room_limits_by_session,
)
from services.enrolment.families.queries.muted_children import muted_children
from services.enrolment.models import Booking, Place, Session
from services.enrolment.models.places import BY_PROVIDER
from services.enrolment.offer.commands.session_cancelling import (
    key_of_cancelling_notice,
    notify_of_sessions,
)
from shared.contracts.enrolment.places.states import BOOKED, CANCELLED, CLOSED
from shared.database import Write


def closed_bookings(
    write: Write, session_ids: Collection[str], reason: str, now: datetime
) -> list[Booking]:
    """Return, locked, the bookings of sessions to come that were closed for this reason."""
    closed = select(Booking).join(Session, Session.id == Booking.session_id)
    closed = closed.where(
        Booking.session_id.in_(session_ids),
        Booking.state == CLOSED,
        Booking.reason == reason,
        Booking.changed_by == BY_PROVIDER,
        Session.starts_at > now,
    )
    order = (Booking.session_id, Booking.child_id)
    return list(write.scalars(closed.order_by(*order).with_for_update(of=Booking)))


def give_bookings_back(
    write: Write, closed: Collection[Booking], reason: str, now: datetime
) -> set[str]:
    """
    Book again what was closed and has a place and room; return the children of all of these.

    Else a booking counts as cancelled, which the family may change; of a child under a record hold
    it does. The groups of the sessions are locked, and their patterns have booked.
    """
    listed = {booking.session_id for booking in closed}
    as_it_is = select(Booking).where(Booking.session_id.in_(listed))
    write.scalars(as_it_is.execution_options(populate_existing=True)).all()
    sessions = {
        each.id: each for each in write.scalars(select(Session).where(Session.id.in_(listed)))
    }
    single = [booking for booking in closed if booking.state == CLOSED]
    _book_single_days(write, single, sessions, now)
    write.flush()
    again = [booking for booking in closed if booking.state == BOOKED]
    if again:
        back = {booking.session_id for booking in again}
        first = min(sessions[each].day for each in back)
        key = key_of_cancelling_notice("closure_lifted", back, first, now)
        notice = ("closure_lifted", key)
        notify_of_sessions(write, notice, list(sessions.values()), again, reason, now)
    return {booking.child_id for booking in closed}


def _book_single_days(
    write: Write, single: Collection[Booking], sessions: dict[str, Session], now: datetime
) -> None:
    child_ids = {booking.child_id for booking in single}
    held = muted_children(write, child_ids)
    places = write.scalars(select(Place).where(Place.child_id.in_(child_ids))).all()
    limits = room_limits_by_session(write, {each.group_id for each in sessions.values()})
    taken = children_counted_by_session(write, list(sessions))
    for booking in single:
        session = sessions[booking.session_id]
        own = (place for place in places if place.child_id == booking.child_id)
        has_place = any(is_day_within_place(each, session.group_id, session.day) for each in own)
        limit = limits.get(session.group_id)
        has_room = limit is None or taken[session.id] < limit
        returns = has_place and has_room and booking.child_id not in held
        taken[session.id] += returns
        booking.state, booking.reason = BOOKED if returns else CANCELLED, ""
        booking.changed_at = now
