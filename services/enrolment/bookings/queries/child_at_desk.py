"""A child's places at this provider, and the sessions booked next, for its page at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Booking, Group, Place, Session
from services.enrolment.models.offer import PLANNED

NEXT = 8
"""Number of upcoming sessions shown."""


@dataclass(frozen=True)
class CurrentPlace:
    """One place not over yet; `weekdays` are digits, "" for every session."""

    activity: str
    group: str
    weekdays: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class NextSession:
    """One session of a child, with the state of its booking."""

    activity: str
    group: str
    starts_at: datetime
    state: str


def places_and_next_sessions(
    read: Database, child_id: str, now: datetime, today: date
) -> tuple[Sequence[CurrentPlace], Sequence[NextSession]]:
    """Return the places that are not over, and the next sessions that were ever booked."""
    return _current_places(read, child_id, today), _next_sessions(read, child_id, now)


def _current_places(read: Database, child_id: str, today: date) -> list[CurrentPlace]:
    rows = read.execute(
        select(Activity.label, Group.label, Place.weekdays, Place.valid_from, Place.valid_to)
        .join(Group, Group.id == Place.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Place.child_id == child_id)
        .where(or_(Place.valid_to.is_(None), Place.valid_to >= today))
        .order_by(Activity.label, Group.label, Place.valid_from)
    )
    return [CurrentPlace(*row) for row in rows]


def _next_sessions(read: Database, child_id: str, now: datetime) -> list[NextSession]:
    rows = read.execute(
        select(Activity.label, Group.label, Session.starts_at, Booking.state)
        .join(Session, Session.id == Booking.session_id)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Booking.child_id == child_id, Session.ends_at > now, Session.state == PLANNED)
        .order_by(Session.starts_at, Session.id)
        .limit(NEXT)
    )
    return [NextSession(*row) for row in rows]
