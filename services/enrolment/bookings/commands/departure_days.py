"""
Unbooks the days after a child's last one in the town, and books them again if it stays after all.

The place itself lasts until the day: taken back, a departure has cost nobody a place. What is past
its deadline when the family says it stays booked, as for whoever gives a place up.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from services.enrolment.bookings.commands.place_bookings import (
    book_sessions_of_place,
    cancel_bookings_of_place,
)
from services.enrolment.bookings.commands.session_locks import lock_groups
from services.enrolment.families.queries.households import homes_by_child
from services.enrolment.families.rules.household_of_day import Home
from services.enrolment.models import Place
from shared.database import Write
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import PARIS


def book_days_until_departure(write: Write, before: Mapping[str, Home], now: datetime) -> None:
    """Book and unbook the days of children whose last day is another than `before`."""
    last_days = {
        child_id: home.last_day
        for child_id, home in homes_by_child(write, before).items()
        if home.last_day != before[child_id].last_day
    }
    if not last_days:
        return
    runs = not_ended_before_condition(Place.valid_to, now.astimezone(PARIS).date())
    theirs = select(Place).where(Place.child_id.in_(list(last_days)), runs)
    places = write.scalars(theirs.order_by(Place.id)).all()
    lock_groups(write, {place.group_id for place in places})
    for place in places:
        last_day = last_days[place.child_id]
        if last_day is not None:
            cancel_bookings_of_place(write, place, last_day + timedelta(days=1), now)
        if before[place.child_id].last_day is not None:
            book_sessions_of_place(write, place, now)
