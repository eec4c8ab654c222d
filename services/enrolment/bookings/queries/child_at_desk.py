"""A child's places at this provider, and the sessions booked next, for its page at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.queries.week_patterns import (
    BY_DAY,
    Pattern,
    week_patterns_by_place,
)
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.models import Activity, Booking, Group, Place, Session
from services.enrolment.models.offer import PLANNED
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import not_ended_before_condition

NEXT = 8
"""Number of upcoming sessions shown."""


@dataclass(frozen=True)
class CurrentPlace:
    """One place not over yet; `meets` are the days of its group, the pattern says who comes."""

    place: Place
    activity: str
    group: str
    meets: str
    pattern: Pattern

    @property
    def is_booked_by_day(self) -> bool:
        """Return whether its days are chosen; where not, every session is meant."""
        return self.pattern.booking == BY_DAY


@dataclass(frozen=True)
class NextSession:
    """One session of a child, with the state of its booking."""

    session_id: str
    group_id: str
    activity: str
    group: str
    starts_at: datetime
    state: str


def places_and_next_sessions(
    read: Database, child_id: str, now: datetime, today: date, reach: Reach = EVERYWHERE
) -> tuple[Sequence[CurrentPlace], Sequence[NextSession]]:
    """Return the places within reach that are not over, and the next sessions ever booked."""
    return current_places(read, child_id, today, reach), _next_sessions(read, child_id, now, reach)


def current_places(
    read: Database, child_id: str, today: date, reach: Reach = EVERYWHERE
) -> list[CurrentPlace]:
    """Return the places of a child within reach that are not over, by their names."""
    rows = read.execute(
        select(Place, Activity.label, Group.label, Group.weekdays)
        .join(Group, Group.id == Place.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Place.child_id == child_id, reach.group_within_condition(Place.group_id))
        .where(not_ended_before_condition(Place.valid_to, today))
        .order_by(
            french_sort_column(Activity.label), french_sort_column(Group.label), Place.valid_from
        )
    ).all()
    patterns = week_patterns_by_place(read, [row[0] for row in rows])
    return [CurrentPlace(*row, patterns[row[0].id]) for row in rows]


def _next_sessions(read: Database, child_id: str, now: datetime, reach: Reach) -> list[NextSession]:
    rows = read.execute(
        select(Session.id, Group.id, Activity.label, Group.label, Session.starts_at, Booking.state)
        .join(Session, Session.id == Booking.session_id)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Booking.child_id == child_id, Session.ends_at > now, Session.state == PLANNED)
        .where(reach.group_within_condition(Session.group_id))
        .order_by(Session.starts_at, Session.id)
        .limit(NEXT)
    )
    return [NextSession(*row) for row in rows]
