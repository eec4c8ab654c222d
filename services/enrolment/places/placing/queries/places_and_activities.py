"""Places that an application led to, their hours, and the activities at which children are."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Row, bindparam, select, union
from sqlalchemy.orm import Session as Database

from services.enrolment.families.queries.shielding import (
    hidden_homes,
    households_that_applied,
    is_place_hidden,
)
from services.enrolment.models import ActivitiesTaken, Activity, Application, Group, Place
from services.enrolment.models.places import UNDECIDED
from services.enrolment.store import store
from shared.contracts.enrolment.clashing_group_times import Hours
from shared.contracts.enrolment.places.published_offer import BOOKINGS
from shared.database import Day
from shared.database.prebuilt_statements import execute, list_parameter
from shared.database.tables.validity import not_ended_before_condition

WHOLE = BOOKINGS[0]
LOOKED_AT_ONCE = 500

_children, _day = list_parameter("child_ids"), bindparam("day", type_=Day)
_runs = not_ended_before_condition(Place.valid_to, _day)
_WHOLE_PLACES = (
    select(Place, Group)
    .join(Group, Group.id == Place.group_id)
    .join(Activity, Activity.id == Group.activity_id)
    .where(Place.child_id == bindparam("child_id"), Activity.booking == WHOLE, _runs)
    .order_by(Place.valid_from, Place.id)
)
_HELD = (
    select(Place.child_id, Group.activity_id)
    .join(Group, Group.id == Place.group_id)
    .where(_runs, Place.child_id.in_(_children))
)
_ASKED = (
    select(Application.child_id, Group.activity_id)
    .join(Group, Group.id == Application.group_id)
    .where(Application.state.in_(UNDECIDED), Application.child_id.in_(_children))
)


_EITHER = union(_HELD, _ASKED).subquery()
_NARROWING = (
    select(_EITHER.c.child_id, Activity.code)
    .join(Activity, Activity.id == _EITHER.c.activity_id)
    .where(Activity.code.in_(list_parameter("codes")))
    .distinct()
)


def places_of_application(read: Database, application_id: str) -> Sequence[Place]:
    """Return the places that an application led to."""
    query = select(Place).where(Place.application_id == application_id)
    return read.scalars(query.order_by(Place.valid_from)).all()


def hours_of_group(group: Group, first: date, last: date | None = None) -> Hours:
    """Return the hours of a group from one day to another, within its own period."""
    return Hours.from_timetable(
        [int(digit) for digit in group.weekdays],
        (group.starts, group.ends),
        (max(first, group.first_day), min(last or group.last_day, group.last_day)),
        group.runs_in,
    )


def places_booked_whole_of_child(
    read: Database, child_id: str, today: date
) -> Sequence[Row[Place, Group]]:
    """Return a child's places of every session, today or later, with their groups."""
    return read.execute(_WHOLE_PLACES, {"child_id": child_id, "day": today}).all()


def hours_shown_to_homes(
    read: Database, child_id: str, homes: set[str], rows: Sequence[Row[Place, Group]]
) -> list[tuple[Place, Hours]]:
    """Return those of a child's places with their groups that these homes are shown, with hours."""
    hidden = hidden_homes(read, [child_id], homes).get(child_id, set())
    askers = households_that_applied(read, [place for place, _ in rows])
    return [
        (place, hours_of_group(group, place.valid_from, place.valid_to))
        for place, group in rows
        if not is_place_hidden(askers[place.id], hidden)
    ]


def codes_projections_depend_on() -> set[str]:
    """Return the codes of activities on which a projection depends, by the register."""
    return {code for row in store.register.now.entitlements for code in row.activities}


def projection_activities_by_child(
    read: Database, day: date, child_ids: Collection[str]
) -> dict[str, set[str]]:
    """
    Return, by child, the activities on which a projection depends and at which the child is.

    It has a place there from that day on, or an application that is not decided. A child without
    any is left out.
    """
    codes = codes_projections_depend_on()
    if not codes:
        return {}
    rows = execute(read, _NARROWING, day=day, codes=codes, child_ids=child_ids)
    taken: defaultdict[str, set[str]] = defaultdict(set)
    for child_id, code in rows:
        taken[child_id].add(code)
    return dict(taken)


def children_with_changed_activities(
    read: Database, day: date, after: str
) -> tuple[list[str], str]:
    """
    Return children whose activities differ from those published: a place may have ended.

    They are of those whose id follows `after`, and are given with the last one looked at, or "".
    """
    ids = [each.child_id for each in (Place, Application, ActivitiesTaken)]
    next_ids = (select(column).where(column > after).distinct().order_by(column) for column in ids)
    found = {each for some in next_ids for each in read.scalars(some.limit(LOOKED_AT_ONCE))}
    looked_at = sorted(found)[:LOOKED_AT_ONCE]
    taken = projection_activities_by_child(read, day, looked_at)
    rows = read.scalars(select(ActivitiesTaken).where(ActivitiesTaken.child_id.in_(looked_at)))
    published = {row.child_id: set(row.published) for row in rows}
    changed = [each for each in looked_at if taken.get(each, set()) != published.get(each, set())]
    return changed, looked_at[-1] if len(looked_at) == LOOKED_AT_ONCE else ""
