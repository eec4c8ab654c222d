"""Places that an application led to, and the hours at which a child is expected in one."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.families.queries.shielding import (
    hidden_homes,
    households_that_applied,
    is_place_hidden,
)
from services.enrolment.models import Activity, Group, Place
from shared.contracts.enrolment.clashes import Hours
from shared.contracts.enrolment.places import BOOKINGS

WHOLE = BOOKINGS[0]


def places_of_application(read: Database, application_id: str) -> Sequence[Place]:
    """Return the places that an application led to."""
    query = select(Place).where(Place.application_id == application_id)
    return read.scalars(query.order_by(Place.valid_from)).all()


def hours_of_group(group: Group, first: date, last: date | None = None) -> Hours:
    """Return the hours of a group from one day to another, within its own period."""
    return Hours.of(
        [int(digit) for digit in group.weekdays],
        (group.starts, group.ends),
        (max(first, group.first_day), min(last or group.last_day, group.last_day)),
        group.runs_in,
    )


def shown_whole_places(
    read: Database, child_id: str, homes: set[str], today: date
) -> list[tuple[Place, Hours]]:
    """Return a child's places of every session, those that these homes are shown, with hours."""
    rows = read.execute(
        select(Place, Group)
        .join(Group, Group.id == Place.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(
            Place.child_id == child_id,
            Activity.booking == WHOLE,
            or_(Place.valid_to.is_(None), Place.valid_to >= today),
        )
        .order_by(Place.valid_from, Place.id)
    ).all()
    hidden = hidden_homes(read, [child_id], homes).get(child_id, set())
    askers = households_that_applied(read, [place for place, _ in rows])
    return [
        (place, hours_of_group(group, place.valid_from, place.valid_to))
        for place, group in rows
        if not is_place_hidden(askers[place.id], hidden)
    ]
