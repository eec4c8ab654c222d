"""
Bookings made by a place, for the sessions of its weekly pattern.

A booking belongs to the household of its day. Bookings that a family or the provider decided on are
left unchanged; capacity is counted under the lock of the group's row.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Executable, Table, bindparam, select, update
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.commands.session_locks import lock_groups
from services.enrolment.bookings.queries.sessions_of_child import (
    children_counted_by_session,
    is_day_within_place,
    room_limits_by_session,
)
from services.enrolment.bookings.queries.week_patterns import (
    BY_DAY,
    Pattern,
    week_patterns_by_place,
)
from services.enrolment.families.queries.households import homes_by_child
from services.enrolment.families.rules.household_of_day import household_of_day
from services.enrolment.models import Booking, Place, Session
from services.enrolment.models.offer import PLANNED
from services.enrolment.models.places import BY_PLACE, BY_PROVIDER
from shared.contracts.enrolment.places.states import BOOKED, CANCELLED, CLOSED
from shared.database import Write
from shared.database.prebuilt_statements import execute, list_parameter, store_rows

_bookings = cast(Table, Booking.__table__)

_SESSIONS_OF_PLACE = select(Session.id, Session.group_id, Session.day).where(
    Session.group_id == bindparam("group_id"),
    Session.starts_at > bindparam("now"),
    Session.day >= bindparam("first"),
    Session.state == PLANNED,
)
_DECIDED = select(Booking.session_id, Booking.child_id, Booking.state, Booking.changed_by).where(
    Booking.session_id.in_(list_parameter("sessions")),
    Booking.child_id.in_(list_parameter("children")),
)

Row = dict[str, Any]
SessionRow = Any
"""Id, group and day of a session."""


UNBOOKED = frozenset({(CANCELLED, BY_PLACE)})
"""Bookings that a place may restore: those that it had cancelled itself."""
GIVEN_BACK = UNBOOKED | {(CLOSED, BY_PROVIDER)}
"""Bookings that may be restored when the calendar gives a session back."""


def book_sessions_of_place(
    write: Write, place: Place, now: datetime, pattern: Pattern | None = None
) -> None:
    """Book the sessions of a place's pattern that have not begun; a new place's is known."""
    lock_groups(write, {place.group_id})
    given = {"group_id": place.group_id, "now": now, "first": place.valid_from}
    sessions = execute(write, _SESSIONS_OF_PLACE, **given).all()
    patterns = {place.id: pattern} if pattern else week_patterns_by_place(write, [place])
    _book_sessions_of_patterns(write, [place], patterns, sessions, now, UNBOOKED)


def book_sessions(
    write: Write,
    session_ids: Collection[str],
    now: datetime,
    again: frozenset[tuple[str, str]] = GIVEN_BACK,
) -> set[str]:
    """
    Book new and restored sessions for the children with a place; return these children.

    The caller has locked their groups, and refreshes the cards of these children. `again` are the
    bookings that may be restored.
    """
    query = select(Session.id, Session.group_id, Session.day)
    query = query.where(Session.id.in_(list(session_ids)), Session.state == PLANNED)
    sessions = write.execute(query.where(Session.starts_at > now)).all()
    groups = {session.group_id for session in sessions}
    places = write.scalars(select(Place).where(Place.group_id.in_(groups)).order_by(Place.id)).all()
    return _book_sessions_of_patterns(
        write, places, week_patterns_by_place(write, places), sessions, now, again
    )


def cancel_bookings_of_place(
    write: Write,
    place: Place,
    from_day: date,
    now: datetime,
    *,
    excused: bool = False,
    said_at: datetime | None = None,
) -> None:
    """
    Cancel the bookings of a place from a day on.

    Sessions past their deadline stay booked, unless `excused`: giving a place up is no way around
    it. The deadline is kept by who said it in time, `said_at`, however late that arrives.
    """
    sessions = select(Session.id).where(
        Session.group_id == place.group_id,
        Session.day >= from_day,
        Session.starts_at > now,
    )
    if not excused:
        sessions = sessions.where(Session.cancel_until >= (said_at or now))
    write.execute(
        update(_bookings)
        .where(
            _bookings.c.child_id == place.child_id,
            _bookings.c.state == BOOKED,
            _bookings.c.session_id.in_(sessions.scalar_subquery()),
        )
        .values(state=CANCELLED, reason="", changed_by=BY_PLACE, changed_at=now)
    )


def _book_sessions_of_patterns(
    write: Write,
    places: Collection[Place],
    patterns: Mapping[str, Pattern],
    sessions: Collection[SessionRow],
    now: datetime,
    again: frozenset[tuple[str, str]],
) -> set[str]:
    by_day = any(pattern.booking == BY_DAY for pattern in patterns.values())
    room = _Room(write, sessions if by_day else ())  # what is booked whole has no limit by session
    wanted = _pattern_rows(write, places, patterns, sessions, now)
    rows = _rows_without_decision(write, wanted, again)
    accepted = [row for row in rows if room.take_room_for_child(row["session_id"])]
    if accepted:
        store_rows(write, _make_upsert_of_bookings, accepted)
    return {row["child_id"] for row in accepted}


class _Room:
    """Number of children who may still be booked for each session with a limit."""

    def __init__(self, read: Database, sessions: Collection[SessionRow]) -> None:
        limits = room_limits_by_session(read, {session.group_id for session in sessions})
        limited = {s.id: limits[s.group_id] for s in sessions if s.group_id in limits}
        taken = children_counted_by_session(read, limited)
        self._left = {
            session_id: limit - taken[session_id] for session_id, limit in limited.items()
        }

    def take_room_for_child(self, session_id: str) -> bool:
        """Take room for one child; False where there is none."""
        if session_id not in self._left:
            return True
        self._left[session_id] -= 1
        return self._left[session_id] >= 0


def _pattern_rows(
    read: Database,
    places: Collection[Place],
    patterns: Mapping[str, Pattern],
    sessions: Iterable[SessionRow],
    now: datetime,
) -> list[Row]:
    """Return the rows that the patterns of these places ask for, of children with a household."""
    homes = homes_by_child(read, {place.child_id for place in places})
    rows = []
    for session in sessions:
        for place in places:
            home, pattern = homes.get(place.child_id), patterns[place.id]
            if home is None or not is_day_within_place(place, session.group_id, session.day):
                continue
            owner = household_of_day(home, session.day, [pattern.asked_by or ""])
            if owner is not None and pattern.wants(owner, session.day):
                rows.append(_booking_row(session.id, place.child_id, owner, now))
    return rows


def _rows_without_decision(
    read: Database, rows: Collection[Row], again: frozenset[tuple[str, str]]
) -> list[Row]:
    """Return those of these rows without a decision yet."""
    sessions = {row["session_id"] for row in rows}
    children = {row["child_id"] for row in rows}
    decided = {
        (booking.session_id, booking.child_id)
        for booking in execute(read, _DECIDED, sessions=sessions, children=children)
        if (booking.state, booking.changed_by) not in again
    }
    return [row for row in rows if (row["session_id"], row["child_id"]) not in decided]


def _booking_row(session_id: str, child_id: str, household_id: str, now: datetime) -> Row:
    return {
        "session_id": session_id,
        "child_id": child_id,
        "household_id": household_id,
        "state": BOOKED,
        "reason": "",
        "changed_by": BY_PLACE,
        "changed_at": now,
    }


def _make_upsert_of_bookings(write: Write) -> Executable:
    insert = write.upsert_into(_bookings)
    columns = ("household_id", "state", "reason", "changed_by", "changed_at")
    return insert.on_conflict_do_update(
        index_elements=["session_id", "child_id"],
        set_={name: insert.excluded[name] for name in columns},
    )
