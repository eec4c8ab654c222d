"""A provider's offer, for tests: an open activity, groups and their sessions."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.models import Activity, CalendarDay, Group, Session
from services.enrolment.models.offer import ENTERED, OPEN
from services.enrolment.offer.commands.sessions import make_sessions
from services.enrolment.offer.rules.calendar import ALWAYS, school_year_of
from shared.contracts.enrolment.places.published_offer import BOOKINGS
from shared.database import Write
from shared.dates.clock import now, today
from shared.runtime.ids import new_id

WHOLE, BY_DAY = BOOKINGS


def an_activity(write: Write, **more: Any) -> Activity:
    """Add an activity that takes applications since yesterday: a canteen, booked by the day."""
    values: dict[str, Any] = {
        "id": new_id(),
        "code": "canteen",
        "label": "Restauration scolaire",
        "description": "Un repas complet, servi à table.",
        "site": "École Jules-Ferry",
        "school_year": school_year_of(today()),
        "booking": BY_DAY,
        "allocation": "order",
        "opens_at": now() - timedelta(days=1),
        "closes_at": None,
        "book_before": "1@18:00",
        "cancel_before": "1@18:00",
        "state": OPEN,
    }
    activity = Activity(**values | more)
    write.add(activity)
    write.flush()
    return activity


def imported_activity(**more: Any) -> dict[str, Any]:
    """Return an activity as another software tells it."""
    group = {
        "reference": "canteen-ferry",
        "label": "Cantine Jules-Ferry",
        "places": 120,
        "weekdays": [1, 2, 4, 5],
        "starts": "11:30",
        "ends": "13:20",
        "first_day": date(2026, 9, 1),
        "last_day": date(2099, 7, 2),
        "runs_in": "term",
    }
    return {
        "reference": "canteen",
        "code": "canteen",
        "label": "Restauration scolaire",
        "description": "",
        "site": "Dans chaque école",
        "school_year": "2026-2027",
        "booking": "by_day",
        "allocation": "order",
        "opens_at": datetime(2026, 6, 1, 6, tzinfo=UTC),
        "closes_at": None,
        "book_before": "1@18:00",
        "cancel_before": "1@18:00",
        "groups": [group | {"last_day": date(2027, 7, 2)}],
    } | more


def a_group(write: Write, activity: Activity, **more: Any) -> Group:
    """Add a group without limit, and its sessions: every day from a week ago, for two months."""
    values: dict[str, Any] = {
        "id": new_id(),
        "activity_id": activity.id,
        "label": "Jules-Ferry",
        "places": None,
        "weekdays": "1234567",
        "starts": "11:45",
        "ends": "13:30",
        "first_day": today() - timedelta(days=7),
        "last_day": today() + timedelta(days=60),
        "runs_in": ALWAYS,
    }
    group = Group(**values | more)
    write.add(group)
    write.flush()
    make_sessions(write, group, group.first_day)
    return group


def sessions_of(read: DatabaseSession, group: Group, since: date | None = None) -> list[Session]:
    """Return the sessions of a group in order, from a day on."""
    query = select(Session).where(Session.group_id == group.id, Session.day >= (since or date.min))
    return list(read.scalars(query.order_by(Session.day)))


def session_on(read: DatabaseSession, group: Group, day: date) -> Session:
    """Return the session of a group on a day; there is one."""
    return read.scalars(select(Session).filter_by(group_id=group.id, day=day)).one()


def days_off(write: Write, kind: str, days: Iterable[date], label: str = "Fermé") -> None:
    """Set days apart in the provider's calendar; sessions that exist stay as they are."""
    write.add_all(CalendarDay(day=day, kind=kind, label=label, source=ENTERED) for day in days)
    write.flush()


def in_days(count: int, hour: int = 12) -> datetime:
    """Return a moment so many days from now."""
    return now().replace(hour=hour, minute=0) + timedelta(days=count)
