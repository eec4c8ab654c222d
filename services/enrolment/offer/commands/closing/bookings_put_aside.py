"""
Bookings that a closure puts aside, and gives back when it is lifted.

A booking that was changed after the closure is left to whoever changed it. One whose place has
ended, or whose weekly pattern no longer wants the day, counts as cancelled by its place.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import cast

from sqlalchemy import Table, delete, select, update

from services.enrolment.bookings.queries.sessions_of_child import is_day_within_place
from services.enrolment.bookings.queries.week_patterns import week_patterns_by_place
from services.enrolment.families.queries.muted_children import muted_children
from services.enrolment.models import (
    Booking,
    ClosedBooking,
    ClosedSession,
    Closure,
    Place,
    Session,
)
from services.enrolment.models.days.closures import OUTING
from services.enrolment.models.places import BY_PLACE, BY_PROVIDER, COUNTING
from services.enrolment.offer.rules.hours_of_closure import LIFTED_WITHIN
from shared.contracts.enrolment.places.states import BOOKED, CANCELLED, CLOSED
from shared.database import Write

_kept = cast(Table, ClosedBooking.__table__)
_sessions = cast(Table, ClosedSession.__table__)
_AS_IT_WAS = ("state", "reason", "changed_by", "changed_at")


def put_bookings_aside(
    write: Write,
    closure: Closure,
    session_ids: Collection[str],
    child_ids: Collection[str] | None = None,
) -> None:
    """Store bookings (of these children, None: of all) as they are, before they are closed."""
    query = select(Booking).where(Booking.session_id.in_(session_ids), Booking.state.in_(COUNTING))
    if child_ids is not None:
        query = query.where(Booking.child_id.in_(child_ids))
    found = write.scalars(query.order_by(Booking.session_id, Booking.child_id))
    rows = [
        {
            "session_id": booking.session_id,
            "child_id": booking.child_id,
            "closure_id": closure.id,
            "closed_at": closure.declared_at,
            **{name: getattr(booking, name) for name in _AS_IT_WAS},
        }
        for booking in found
    ]
    if rows:
        insert = write.upsert_into(_kept)
        again = {name: insert.excluded[name] for name in ("closure_id", "closed_at", *_AS_IT_WAS)}
        same = ["session_id", "child_id"]
        write.execute(insert.on_conflict_do_update(index_elements=same, set_=again), rows)


def hand_bookings_to_other_closure(write: Write, session_id: str, former: str, other: str) -> None:
    """Leave what one closure has put aside of a session to another in force."""
    own = (_kept.c.session_id == session_id, _kept.c.closure_id == former)
    write.execute(update(_kept).where(*own).values(closure_id=other))


def hand_sessions_to_part_of_closure(
    write: Write, former: str, part: str, group_ids: Collection[str]
) -> None:
    """Leave to a part of a closure what the closure keeps of these groups."""
    chosen = select(Session.id).where(Session.group_id.in_(group_ids))
    for kept in (_sessions, _kept):
        own = (kept.c.closure_id == former, kept.c.session_id.in_(chosen))
        write.execute(update(kept).where(*own).values(closure_id=part))


def cancel_bookings_moved_by_outing(write: Write, outing: Closure, now: datetime) -> None:
    """Cancel what an outing booked elsewhere for who stayed, unless somebody changed it since."""
    staying = select(ClosedBooking.child_id).where(ClosedBooking.closure_id == outing.id)
    days = select(Session.id).where(Session.day.between(outing.first_day, outing.last_day))
    query = select(Booking).where(
        Booking.child_id.in_(staying),
        Booking.session_id.in_(days),
        Booking.state == BOOKED,
        Booking.reason == OUTING,
        Booking.changed_by == BY_PROVIDER,
        Booking.changed_at == outing.declared_at,
    )
    for booking in write.scalars(query.order_by(Booking.session_id, Booking.child_id)):
        booking.state, booking.reason, booking.changed_at = CANCELLED, "", now
    write.flush()


def forget_bookings_put_aside(write: Write, day: date) -> None:
    """Forget what was put aside by closures that can be taken back no more."""
    over = select(Closure.id).where(Closure.last_day < day - LIFTED_WITHIN)
    write.execute(delete(_kept).where(_kept.c.closure_id.in_(over)))


def restore_bookings(
    write: Write, closure_id: str, sessions: Collection[Session], now: datetime
) -> list[Booking]:
    """
    Return the bookings of these sessions that are again as they were before the closure.

    Nobody is expected again who is under a record hold.
    """
    by_id = {session.id: session for session in sessions}
    pairs = _untouched_bookings(write, closure_id, by_id)
    held = muted_children(write, {booking.child_id for booking, _kept_row in pairs})
    wanted = _WantedDays(write, {booking.child_id for booking, _kept_row in pairs})
    back = []
    for booking, kept in pairs:
        if booking.child_id in held:
            continue
        if wanted.is_booking_still_wanted(booking, by_id[booking.session_id], kept):
            for name in _AS_IT_WAS:
                setattr(booking, name, getattr(kept, name))
            back.append(booking)
        else:
            booking.state, booking.reason = CANCELLED, ""
            booking.changed_by, booking.changed_at = BY_PLACE, now
    write.flush()
    return back


def _untouched_bookings(
    write: Write, closure_id: str, session_ids: Collection[str]
) -> list[tuple[Booking, ClosedBooking]]:
    """Return the bookings that nobody changed after the closure, each with what it was."""
    query = (
        select(Booking, ClosedBooking)
        .join(
            ClosedBooking,
            (ClosedBooking.session_id == Booking.session_id)
            & (ClosedBooking.child_id == Booking.child_id),
        )
        .where(
            ClosedBooking.closure_id == closure_id,
            ClosedBooking.session_id.in_(list(session_ids)),
            Booking.state == CLOSED,
            Booking.changed_by == BY_PROVIDER,
            Booking.changed_at == ClosedBooking.closed_at,
        )
        .order_by(Booking.session_id, Booking.child_id)
        .with_for_update(of=Booking)
    )
    return [row._tuple() for row in write.execute(query)]


class _WantedDays:
    """The places of these children, and what their weekly patterns say by now."""

    def __init__(self, write: Write, child_ids: Collection[str]) -> None:
        self._places: dict[tuple[str, str], list[Place]] = {}
        places = write.scalars(select(Place).where(Place.child_id.in_(list(child_ids)))).all()
        for place in places:
            self._places.setdefault((place.child_id, place.group_id), []).append(place)
        self._patterns = week_patterns_by_place(write, places)

    def is_booking_still_wanted(
        self, booking: Booking, session: Session, kept: ClosedBooking
    ) -> bool:
        """Say whether a booking is still wanted; one without any place was made singly."""
        places = self._places.get((booking.child_id, session.group_id), [])
        running = [
            each for each in places if is_day_within_place(each, session.group_id, session.day)
        ]
        if not running or kept.changed_by != BY_PLACE:
            return bool(running) or not places
        return any(self._patterns[e.id].wants(booking.household_id, session.day) for e in running)
