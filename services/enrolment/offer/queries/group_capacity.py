"""
Taken places of a group. A writer that gives or keeps a place holds the lock of the group's row.

The count for a day is what will still be taken then: places that have not ended by it, and places
kept for open offers. A place given from a day on needs room on that day; the count never grows
towards later days, so that no day has more children than places.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Application, Group, Place
from shared.contracts.enrolment.places.states import OFFERED
from shared.database import Day
from shared.database.prebuilt_statements import execute
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import ends_after_condition, not_ended_before_condition

TOMORROW = timedelta(days=1)


def column_of_taken_places(group_id: Any, day: Any) -> ColumnElement[int]:
    """Return how many places of a group are taken on a day and after it."""
    placed = select(func.count()).where(
        Place.group_id == group_id, not_ended_before_condition(Place.valid_to, day)
    )
    kept = select(func.count()).where(
        Application.group_id == group_id, Application.state == OFFERED
    )
    return placed.scalar_subquery() + kept.scalar_subquery()


_TAKEN = select(column_of_taken_places(bindparam("group_id"), bindparam("day")))
_tomorrow = bindparam("tomorrow", type_=Day)
_first_counted = case((Group.first_day > _tomorrow, Group.first_day), else_=_tomorrow)
_GROUPS_WITH_TAKEN = (
    select(Group, column_of_taken_places(Group.id, _first_counted))
    .where(Group.activity_id == bindparam("activity_id"))
    .order_by(french_sort_column(Group.label), Group.id)
)


@dataclass(frozen=True)
class Room:
    """A group's places and how many are taken; `places` is None where there is no limit."""

    places: int | None
    taken: int

    @property
    def has_places_left(self) -> bool:
        return self.places is None or self.taken < self.places

    def refusal_detail_of_capacity(self, day: date) -> dict[str, object]:
        """Return the detail of a refusal for lack of room: the capacity reached at that date."""
        return {"places": self.places, "taken": self.taken, "day": day.isoformat()}


def room_of_group_on_day(read: Database, group: Group, day: date) -> Room:
    """Return what is taken on a day and after it, offers that wait for their answer included."""
    taken = execute(read, _TAKEN, group_id=group.id, day=day).scalar_one()
    return Room(group.places, taken)


def room_of_group_from_tomorrow(read: Database, group: Group, today: date) -> Room:
    """Return the room from tomorrow on: what is given up today is free then."""
    return room_of_group_on_day(read, group, first_day_room_counts_from(group, today))


def first_day_room_counts_from(group: Group, today: date) -> date:
    """Return the first day from which room counts: what is given up today is free tomorrow."""
    return max(today + TOMORROW, group.first_day)


def groups_with_room_soon(
    read: Database, activity_id: str, today: date
) -> list[tuple[Group, Room]]:
    """Return the groups of an activity in order, each with its room from tomorrow on."""
    given = {"activity_id": activity_id, "tomorrow": today + TOMORROW}
    rows = read.execute(_GROUPS_WITH_TAKEN, given)
    return [(group, Room(group.places, taken)) for group, taken in rows]


def first_day_with_room(
    read: Database, group: Group, from_day: date | None, today: date
) -> date | None:
    """Return the first day on which a place could begin: as wanted, or tomorrow; None if full."""
    start = max(from_day or today, today, group.first_day)
    days = [start] if start > today else [start, today + TOMORROW]
    return next(
        (day for day in days if room_of_group_on_day(read, group, day).has_places_left), None
    )


def places_taken_by_group(read: Database, today: date) -> Mapping[str, int]:
    """Return how many places are taken from tomorrow on, by group, for those with any."""
    running = ends_after_condition(Place.valid_to, today)
    placed = select(Place.group_id, func.count()).where(running).group_by(Place.group_id)
    kept = (
        select(Application.group_id, func.count())
        .where(Application.state == OFFERED)
        .group_by(Application.group_id)
    )
    taken: dict[str, int] = {}
    for query in (placed, kept):
        for group_id, count in read.execute(query):
            taken[group_id] = taken.get(group_id, 0) + count
    return taken
