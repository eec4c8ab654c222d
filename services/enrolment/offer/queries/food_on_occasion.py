"""Upcoming sessions at which food can be announced, and those whose bookings changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.models import Activity, Booking, FoodAnnounced, Group, Session, Subject
from services.enrolment.models.offer import PLANNED
from shared.contracts.enrolment.places.states import BOOKED
from shared.contracts.enrolment.sharing.food_on_occasion import AFTER
from shared.database.tables.french_order import french_sort_column

AHEAD = timedelta(days=28)
"""Time ahead in which food can be announced."""


@dataclass(frozen=True)
class Meeting:
    """A session to come, whether there is food at it, and which agent announced it."""

    session_id: str
    activity: str
    group: str
    day: date
    starts_at: datetime
    has_food: bool
    announced_by: str


def upcoming_sessions_within_reach(
    read: DatabaseSession, day: date, reach: Reach = EVERYWHERE
) -> list[Meeting]:
    """Return the sessions of the coming weeks within reach, by day and hour."""
    return [
        Meeting(
            session.id,
            activity,
            group,
            session.day,
            session.starts_at,
            food is not None and not food.taken_back,
            agent or "",
        )
        for session, activity, group, food, agent in _rows_of_upcoming_sessions(read, day, reach)
    ]


def announced_sessions_changed(read: DatabaseSession, day: date) -> Sequence[str]:
    """Return the announced sessions, not long over, whose bookings differ from those published."""
    rows = read.scalars(
        select(FoodAnnounced)
        .join(Session, Session.id == FoodAnnounced.session_id)
        .where(Session.day >= day - AFTER)
    )
    return [row.session_id for row in rows if booked_children(read, row) != row.published]


def booked_children(read: DatabaseSession, row: FoodAnnounced) -> list[str]:
    """
    Return the children booked at the session; none if it is cancelled or the food is withdrawn.
    """
    if row.taken_back:
        return []
    booked = (
        select(Booking.child_id)
        .join(Session, Session.id == Booking.session_id)
        .where(
            Booking.session_id == row.session_id,
            Booking.state == BOOKED,
            Session.state == PLANNED,
        )
    )
    return sorted(read.scalars(booked))


def _rows_of_upcoming_sessions(read: DatabaseSession, day: date, reach: Reach) -> Sequence[Any]:
    return read.execute(
        select(Session, Activity.label, Group.label, FoodAnnounced, Subject.name)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .outerjoin(FoodAnnounced, FoodAnnounced.session_id == Session.id)
        .outerjoin(Subject, Subject.subject == FoodAnnounced.announced_by)
        .where(Session.day.between(day, day + AHEAD), Session.state == PLANNED)
        .where(reach.group_within_condition(Group.id))
        .order_by(
            Session.starts_at, french_sort_column(Activity.label), french_sort_column(Group.label)
        )
    ).all()
