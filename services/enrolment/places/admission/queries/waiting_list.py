"""
The waiting lists: their first application, and the rank of each, counted and never stored.

By order of arrival a list is in that order. After an allocation or a draw it keeps the order of
that decision; later applications follow behind all of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import aliased

from services.enrolment.models import Activity, Application, Group
from services.enrolment.offer.queries.group_capacity import (
    Room,
    column_of_taken_places,
    first_day_room_counts_from,
)
from services.enrolment.places.admission.rules import allocation_order
from services.enrolment.places.admission.rules.allocation_order import ORDER, Request
from shared.contracts.enrolment.places.states import WAITING
from shared.database import Id, Moment
from shared.database.prebuilt_statements import execute

_waits = (Application.group_id == bindparam("group_id"), Application.state == WAITING)
_moment = bindparam("submitted_at", type_=Moment)
_own = bindparam("application_id", type_=Id)

_WAITERS = select(
    Application.id,
    Application.submitted_at,
    Application.points,
    Application.child_id,
    Application.decided_at,
).where(*_waits)
_FIRST = (
    select(Application.id)
    .where(*_waits)
    .order_by(Application.submitted_at, Application.id)
    .limit(1)
)
_LINE = select(
    select(func.max(Application.submitted_at)).where(*_waits).scalar_subquery(),
    select(func.count()).where(*_waits).scalar_subquery(),
    column_of_taken_places(bindparam("group_id"), bindparam("day")),
)
_CHILDREN_BEHIND = select(Application.child_id).where(
    *_waits,
    Application.submitted_at >= _moment,  # said twice: an index on the moment serves this alone
    or_(
        Application.submitted_at > _moment,
        and_(Application.submitted_at == _moment, Application.id > _own),
    ),
)
_earlier = aliased(Application)
_count_earlier = select(func.count()).where(
    _earlier.group_id == Application.group_id,
    _earlier.state == WAITING,
    _earlier.submitted_at <= Application.submitted_at,
    or_(_earlier.submitted_at < Application.submitted_at, _earlier.id < Application.id),
)
_waits_by_arrival = and_(Application.state == WAITING, Activity.allocation == ORDER)
RANK_BY_ARRIVAL = case((_waits_by_arrival, 1 + _count_earlier.scalar_subquery()))
"""The rank of an application that is selected with its activity; NULL on any other list."""
_RANK = (
    select(RANK_BY_ARRIVAL)
    .select_from(Application)
    .join(Group, Group.id == Application.group_id)
    .join(Activity, Activity.id == Group.activity_id)
    .where(Application.id == _own)
)


@dataclass(frozen=True)
class Line:
    """
    Line of those who wait for a group.

    `last` is the moment of the last application, None without any; `waiting` how many they are;
    `room` is that from tomorrow on.
    """

    last: datetime | None
    waiting: int
    room: Room

    def is_after_all_waiting(self, moment: datetime) -> bool:
        """Say whether everybody who waits asked before that moment."""
        return self.last is None or self.last < moment


class Ranked(Protocol):
    """An application, or the columns of one, that may have a rank."""

    @property
    def id(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def group_id(self) -> str: ...


@dataclass(frozen=True)
class Waiter:
    """One application on a waiting list."""

    request: Request
    child_id: str
    decided_at: datetime | None


def waiters_of_group(read: Database, group_id: str, activity: Activity) -> list[Waiter]:
    """Return a group's waiting list, the first first."""
    rows = execute(read, _WAITERS, group_id=group_id)
    waiters = [Waiter(Request(*row[:3]), row[3], row[4]) for row in rows]
    return sorted(waiters, key=lambda waiter: _sort_key_of_waiter(waiter, activity))


def waiting_line_and_room_of_group(read: Database, group: Group, today: date) -> Line:
    """Return who waits, and the room from tomorrow on, in one statement: most find a group full."""
    given = {"group_id": group.id, "day": first_day_room_counts_from(group, today)}
    last, waiting, taken = execute(read, _LINE, **given).one()
    return Line(last, waiting, Room(group.places, taken))


def first_waiting_application(read: Database, group_id: str, activity: Activity) -> str | None:
    """Return the application to which a place that frees is offered."""
    if activity.allocation == ORDER:
        return execute(read, _FIRST, group_id=group_id).scalar()
    listed = waiters_of_group(read, group_id, activity)
    return listed[0].request.application_id if listed else None


def ranks_of_applications(read: Database, applications: Collection[Ranked]) -> Mapping[str, int]:
    """Return the rank of each of these that waits, by application id."""
    waiters = [application for application in applications if application.state == WAITING]
    if not waiters:
        return {}
    if len(waiters) == 1:
        rank = execute(read, _RANK, application_id=waiters[0].id).scalar()
        if rank is not None:
            return {waiters[0].id: rank}
    activities = _activities_by_group(read, {each.group_id for each in waiters})
    by_application: dict[str, int] = {}
    for group_id, activity in activities.items():
        by_application.update(_ranks_of_group(read, group_id, activity))
    return {application.id: by_application[application.id] for application in waiters}


def children_with_changed_rank(
    read: Database, application: Application, activity: Activity
) -> list[str]:
    """Return the children whose rank this application changes as it comes or goes."""
    if application.state != WAITING:
        return []
    if activity.allocation == ORDER:
        turn = {
            "group_id": application.group_id,
            "submitted_at": application.submitted_at,
            "application_id": application.id,
        }
        return list(execute(read, _CHILDREN_BEHIND, **turn).scalars())
    waiters = waiters_of_group(read, application.group_id, activity)
    place = [waiter.request.application_id for waiter in waiters].index(application.id)
    return [waiter.child_id for waiter in waiters[place + 1 :]]


def _ranks_of_group(read: Database, group_id: str, activity: Activity) -> dict[str, int]:
    listed = waiters_of_group(read, group_id, activity)
    return {waiter.request.application_id: rank for rank, waiter in enumerate(listed, 1)}


def _activities_by_group(read: Database, group_ids: Iterable[str]) -> dict[str, Activity]:
    query = select(Group.id, Activity).join(Activity, Activity.id == Group.activity_id)
    return {
        group_id: activity
        for group_id, activity in read.execute(query.where(Group.id.in_(group_ids)))
    }


def _sort_key_of_waiter(waiter: Waiter, activity: Activity) -> allocation_order.Key:
    way = activity.allocation
    if way == ORDER:
        return waiter.request.arrival_sort_key
    decided = waiter.decided_at or waiter.request.submitted_at
    return (decided, *allocation_order.sort_key_of_request(waiter.request, way, activity.seed))
