"""One child in several sessions, as decisions about its bookings see it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.queries.week_patterns import BY_DAY
from services.enrolment.bookings.rules.booking_decisions import Case
from services.enrolment.families.queries.households import home_of_child
from services.enrolment.families.rules.household_of_day import Home, household_of_day
from services.enrolment.models import Activity, Booking, Group, Place, Session
from services.enrolment.models.offer import PLANNED
from services.enrolment.models.places import LATE
from shared.contracts.enrolment.places.states import BOOKED, CANCELLED
from shared.database.prebuilt_statements import execute, list_parameter

OCCUPYING = (BOOKED, LATE)
"""States in which a child takes room in a session."""

_TAKEN = (
    select(Booking.session_id, func.count())
    .where(
        Booking.session_id.in_(list_parameter("session_ids")),
        Booking.state.in_(OCCUPYING),
    )
    .group_by(Booking.session_id)
)
_LIMITS = (
    select(Group.id, Group.places)
    .join(Activity, Activity.id == Group.activity_id)
    .where(
        Group.id.in_(list_parameter("group_ids")),
        Group.places.is_not(None),
        Activity.booking == BY_DAY,
    )
)


@dataclass
class Meeting:
    """One session with its group and activity, and the child's row and place in it."""

    session: Session
    group: Group
    activity: Activity
    booking: Booking | None
    has_place: bool


@dataclass
class ChildSessions:
    """
    Sessions that may concern one child, for a person of the `asking` households.

    `limits` is the room of a session of each group, `taken` how many children it has.
    """

    child_id: str
    home: Home
    asking: Collection[str]
    meetings: Mapping[str, Meeting]
    limits: Mapping[str, int]
    taken: Mapping[str, int]

    def owning_household(self, meeting: Meeting) -> str | None:
        """Return the household to which the child's day belongs."""
        booking = meeting.booking
        resolved = booking is not None and booking.state != CANCELLED
        holders = [booking.household_id] if booking and resolved else self.asking
        if booking and resolved and self.home.has_left_by(meeting.session.day):
            return booking.household_id  # too late to be cancelled, and theirs still
        return household_of_day(self.home, meeting.session.day, holders)

    def case_of_session(self, meeting: Meeting) -> Case:
        """Return the session as the rules see it."""
        session, booking = meeting.session, meeting.booking
        return Case(
            starts_at=session.starts_at,
            book_until=session.book_until,
            cancel_until=session.cancel_until,
            takes_place=session.state == PLANNED,
            booking=booking.state if booking else None,
            own=self.owning_household(meeting) in self.asking,
            has_place=meeting.has_place,
            full=self.is_full(meeting),
        )

    def is_full(self, meeting: Meeting) -> bool:
        """Return whether no further child may be booked: only what is booked by the day fills."""
        limit = self.limits.get(meeting.group.id)
        return limit is not None and self.taken.get(meeting.session.id, 0) >= limit


def child_sessions(
    read: Database, child_id: str, sessions: Sequence[Session], asking: Collection[str]
) -> ChildSessions:
    """Return the child in these sessions without a lock, to be shown."""
    return make_child_sessions(read, child_id, sessions, asking)


def children_counted_by_session(read: Database, session_ids: Collection[str]) -> Counter[str]:
    """Return how many children take room in each of these sessions."""
    if not session_ids:
        return Counter()
    counted = execute(read, _TAKEN, session_ids=session_ids)
    return Counter({session_id: count for session_id, count in counted})


def room_limits_by_session(read: Database, group_ids: Collection[str]) -> dict[str, int]:
    """Return the room of each session, for groups booked by the day with a limit."""
    if not group_ids:
        return {}
    limits = execute(read, _LIMITS, group_ids=group_ids)
    return {group_id: places or 0 for group_id, places in limits}


def places_of_child(read: Database, child_id: str, first: date, last: date) -> Sequence[Place]:
    """Return the child's places that touch these days."""
    query = select(Place).where(Place.child_id == child_id, Place.valid_from <= last)
    places = read.scalars(query.order_by(Place.valid_from, Place.id))
    return [place for place in places if place.valid_to is None or place.valid_to >= first]


def is_day_within_place(place: Place, group_id: str, day: date) -> bool:
    """Return whether a place is one of this group on that day."""
    begun = place.group_id == group_id and place.valid_from <= day
    return begun and (place.valid_to is None or day <= place.valid_to)


def make_child_sessions(
    read: Database, child_id: str, sessions: Sequence[Session], asking: Collection[str]
) -> ChildSessions:
    offers = _groups_with_activity(read, {session.group_id for session in sessions})
    days = [session.day for session in sessions] or [date.min]
    places = places_of_child(read, child_id, min(days), max(days))
    booked = _bookings_of_child(read, child_id, [session.id for session in sessions])
    home = home_of_child(read, child_id)
    meetings = {
        session.id: Meeting(
            session,
            *offers[session.group_id],
            booked.get(session.id),
            not home.has_left_by(session.day)
            and any(is_day_within_place(place, session.group_id, session.day) for place in places),
        )
        for session in sessions
    }
    limits = room_limits_by_session(read, offers)
    limited = [session.id for session in sessions if session.group_id in limits]
    taken = children_counted_by_session(read, limited)
    return ChildSessions(child_id, home, asking, meetings, limits, taken)


def _groups_with_activity(
    read: Database, group_ids: Collection[str]
) -> dict[str, tuple[Group, Activity]]:
    query = select(Group, Activity).join(Activity, Activity.id == Group.activity_id)
    rows = read.execute(query.where(Group.id.in_(group_ids))).all()
    return {group.id: (group, activity) for group, activity in rows}


def _bookings_of_child(read: Database, child_id: str, ids: Collection[str]) -> dict[str, Booking]:
    query = select(Booking).where(Booking.child_id == child_id, Booking.session_id.in_(list(ids)))
    bookings = read.scalars(query.execution_options(populate_existing=True))
    return {booking.session_id: booking for booking in bookings}
