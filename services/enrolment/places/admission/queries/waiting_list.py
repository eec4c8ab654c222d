"""
The waiting lists: who is first, and which rank each has. Ranks are counted, never stored.

By order of arrival a list is in that order. After an allocation or a draw it keeps the order in
which that was decided; who came later stands behind all of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Application, Group
from services.enrolment.places.admission.rules import allocation
from services.enrolment.places.admission.rules.allocation import ORDER, Request
from shared.contracts.enrolment.places import WAITING


@dataclass(frozen=True)
class Waiter:
    """One application on a waiting list."""

    request: Request
    child_id: str
    decided_at: datetime | None


def waiting(read: Database, group_id: str, activity: Activity) -> list[Waiter]:
    """Return a group's waiting list, the first first."""
    rows = read.execute(
        select(
            Application.id,
            Application.submitted_at,
            Application.points,
            Application.child_id,
            Application.decided_at,
        ).where(Application.group_id == group_id, Application.state == WAITING)
    )
    found = [Waiter(Request(*row[:3]), row[3], row[4]) for row in rows]
    return sorted(found, key=lambda waiter: _key(waiter, activity))


def first_waiting(read: Database, group_id: str, activity: Activity) -> str | None:
    """Return the application to which a place that frees is offered."""
    if activity.allocation == ORDER:
        return read.scalar(
            select(Application.id)
            .where(Application.group_id == group_id, Application.state == WAITING)
            .order_by(Application.submitted_at, Application.id)
            .limit(1)
        )
    listed = waiting(read, group_id, activity)
    return listed[0].request.application_id if listed else None


def rank_of(read: Database, application: Application, activity: Activity) -> int | None:
    """Return the rank of an application; None for one that does not wait."""
    if application.state != WAITING:
        return None
    if activity.allocation == ORDER:
        return 1 + _before(read, application)
    return _listed(read, application.group_id, activity)[application.id]


def ranks(read: Database, applications: Collection[Application]) -> Mapping[str, int]:
    """Return the rank of each of these that waits, by application id."""
    waiters = [one for one in applications if one.state == WAITING]
    if not waiters:
        return {}
    activities = _activities(read, {one.group_id for one in waiters})
    if len(waiters) == 1:
        (only,) = waiters
        return {only.id: rank_of(read, only, activities[only.group_id]) or 0}
    found: dict[str, int] = {}
    for group_id, activity in activities.items():
        found.update(_listed(read, group_id, activity))
    return {one.id: found[one.id] for one in waiters}


def children_behind(read: Database, application: Application, activity: Activity) -> list[str]:
    """Return the children whose rank this application changes as it comes or goes."""
    if application.state != WAITING:
        return []
    if activity.allocation == ORDER:
        later = or_(
            Application.submitted_at > application.submitted_at,
            and_(
                Application.submitted_at == application.submitted_at,
                Application.id > application.id,
            ),
        )
        listed = (Application.group_id == application.group_id, Application.state == WAITING)
        return list(read.scalars(select(Application.child_id).where(*listed, later)))
    listed_here = waiting(read, application.group_id, activity)
    place = [one.request.application_id for one in listed_here].index(application.id)
    return [one.child_id for one in listed_here[place + 1 :]]


def _before(read: Database, application: Application) -> int:
    earlier = or_(
        Application.submitted_at < application.submitted_at,
        and_(Application.submitted_at == application.submitted_at, Application.id < application.id),
    )
    wanted = select(func.count()).where(
        Application.group_id == application.group_id, Application.state == WAITING, earlier
    )
    return read.scalar(wanted) or 0


def _listed(read: Database, group_id: str, activity: Activity) -> dict[str, int]:
    listed = waiting(read, group_id, activity)
    return {waiter.request.application_id: rank for rank, waiter in enumerate(listed, 1)}


def _activities(read: Database, group_ids: Iterable[str]) -> dict[str, Activity]:
    wanted = select(Group.id, Activity).join(Activity, Activity.id == Group.activity_id)
    return {group_id: one for group_id, one in read.execute(wanted.where(Group.id.in_(group_ids)))}


def _key(waiter: Waiter, activity: Activity) -> allocation.Key:
    way = activity.allocation
    if way == ORDER:
        return waiter.request.arrival
    decided = waiter.decided_at or waiter.request.submitted_at
    return (decided, *allocation.key_of(waiter.request, way, activity.seed))
