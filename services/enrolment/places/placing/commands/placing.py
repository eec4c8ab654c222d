"""Places: given to an application from a day on, ended on a last day, with their bookings."""

from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, select

from services.enrolment.bookings.commands import place_bookings
from services.enrolment.bookings.queries.week_patterns import Pattern
from services.enrolment.models import Activity, Application, Group, Place
from services.enrolment.offer.queries.group_capacity import TOMORROW, first_day_with_room
from services.enrolment.places.placing.commands import billing_events
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.database.prebuilt_statements import execute
from shared.database.tables.validity import ends_after_condition
from shared.dates.clock import PARIS, midnight
from shared.runtime.ids import new_id

_of_child = (
    Place.child_id == bindparam("child_id"),
    Place.group_id == bindparam("group_id"),
)
_RUNNING = (
    select(Place).where(*_of_child, ends_after_condition(Place.valid_to, bindparam("day"))).limit(1)
)
_LAST_DAY = select(func.max(Place.valid_to)).where(*_of_child)


def give_place(
    write: Write,
    application: Application,
    now: datetime,
    valid_from: date | None = None,
    free: date | None = None,
    *,
    valid_to: date | None = None,
) -> Place:
    """
    Give the place and book its sessions; the caller has locked the group and seen its room.

    It begins as the application wants it, at the earliest now, tomorrow where today is still taken;
    `free` is that day where the caller has looked. `valid_from` is for what began elsewhere, whose
    sessions of today are expected here though they have begun; its last day may be known.
    """
    today = now.astimezone(PARIS).date()
    place = Place(
        id=new_id(),
        child_id=application.child_id,
        group_id=application.group_id,
        application_id=application.id,
        weekdays=application.weekdays,
        valid_from=valid_from or _first_day_of_new_place(write, application, today, free),
        valid_to=valid_to,
    )
    write.add(place)
    write.flush()
    booked_from = midnight(today) if valid_from else now
    place_bookings.book_sessions_of_place(
        write, place, booked_from, _pattern_of_new_place(write, application)
    )
    billing_events.publish_new_place(write, place)
    return place


def end_place(
    write: Write,
    place: Place,
    last_day: date,
    now: datetime,
    *,
    excused: bool = False,
    said_at: datetime | None = None,
) -> None:
    """
    End a place with this day, and unbook what comes after it; one that never began is deleted.

    Safe to repeat; it is never made longer. `excused` unbooks what is past its deadline too, and
    `said_at` what was not yet when the end was said, where that is heard of later.
    """
    if place.valid_to is not None and place.valid_to <= last_day:
        return
    first = last_day + timedelta(days=1)
    place_bookings.cancel_bookings_of_place(
        write, place, first, now, excused=excused, said_at=said_at
    )
    if last_day < place.valid_from:
        billing_events.publish_cancelled_place(write, place)
        write.delete(place)
        write.flush()
        return
    place.valid_to = last_day
    write.flush()
    billing_events.publish_place(write, place)


def place_of_child_in_group(
    write: Write, child_id: str, group_id: str, today: date
) -> Place | None:
    """Return the place that a child has in a group, today or later."""
    return write.scalar(_RUNNING, {"child_id": child_id, "group_id": group_id, "day": today})


def _pattern_of_new_place(write: Write, application: Application) -> Pattern:
    """Return the pattern of a place that is just given: no household has entered weekdays yet."""
    group = write.get_one(Group, application.group_id)
    booking = write.get_one(Activity, group.activity_id).booking
    return Pattern(booking, application.weekdays, application.household_id)


def _first_day_of_new_place(
    write: Write, application: Application, today: date, free: date | None
) -> date:
    group = write.get(Group, application.group_id)
    if group is None:
        raise NotFound
    given = {"child_id": application.child_id, "group_id": group.id}
    ended = execute(
        write, _LAST_DAY, **given
    ).scalar()  # a child that comes back on the day it left begins on the next
    earliest = max(application.from_day or today, ended + TOMORROW if ended else today)
    if free is None or free < earliest:
        free = first_day_with_room(write, group, earliest, today)
    return free or max(today + TOMORROW, earliest, group.first_day)
