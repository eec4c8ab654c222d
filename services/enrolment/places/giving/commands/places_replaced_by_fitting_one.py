"""
Ends the place of a child that has another one in its stead: in another school's canteen, say.

A place stays when the child no longer fulfils what its group asks (decision 0079). Once the child
has a place that fits, in another group of the same activity and at the same hours, the former one
ends the day before: a child eats in one canteen. So it does where both are known beforehand, the
school to which the child will go and its place there.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import Row, bindparam, func, select

from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import Activity, Application, Group, Place
from services.enrolment.offer.commands.publishing import publish_activity
from services.enrolment.places.admission.queries.outgrown_places import is_outgrown
from services.enrolment.places.placing.commands import placing
from services.enrolment.places.placing.queries.places_and_activities import hours_of_group
from shared.contracts.enrolment.clashing_group_times import clashing_weekdays
from shared.contracts.enrolment.places.states import WITHDRAWN
from shared.database import Day, Write
from shared.database.prebuilt_statements import execute, list_parameter
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import PARIS

Placed = Row[Place, Group, Activity]

_runs = not_ended_before_condition(Place.valid_to, bindparam("day", type_=Day))
_TWICE = (
    select(Place.child_id, Group.activity_id)
    .join(Group, Group.id == Place.group_id)
    .where(Place.child_id.in_(list_parameter("child_ids")), _runs)
    .group_by(Place.child_id, Group.activity_id)
    .having(func.count() > 1)
    .order_by(Place.child_id, Group.activity_id)
)
_PLACES = (
    select(Place, Group, Activity)
    .join(Group, Group.id == Place.group_id)
    .join(Activity, Activity.id == Group.activity_id)
    .where(Place.child_id == bindparam("child_id"), Activity.id == bindparam("activity_id"), _runs)
    .order_by(Place.valid_from, Place.id)
)


def end_outgrown_places(write: Write, child_ids: Collection[str], now: datetime) -> set[str]:
    """
    End the places of these children that others replace; return the activities that have room now.

    What was booked there from that day on never counts, whatever the deadline was: the child eats
    elsewhere.
    """
    today = now.astimezone(PARIS).date()
    twice = execute(write, _TWICE, child_ids=child_ids, day=today).all()
    freed: set[str] = set()
    for child_id, activity_id in twice:
        given = {"child_id": child_id, "activity_id": activity_id, "day": today}
        rows = write.execute(_PLACES, given).all()
        fitting = [row for row in rows if not is_outgrown(write, *row, today)]
        for row in rows:
            first = _first_day_of_replacement(write, row, fitting, today)
            if first is not None:
                _end_place(write, row.Place, first - timedelta(days=1), now)
                freed.add(activity_id)
    return freed


def end_outgrown_on_arrival(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """End the places that what arrived of these children outgrew, and publish what follows."""
    freed = end_outgrown_places(write, child_ids, now)
    if freed:
        mark_cards_of_children(write, child_ids, now)
    for activity_id in sorted(freed):
        publish_activity(write, activity_id)


def _first_day_of_replacement(
    write: Write, row: Placed, fitting: Collection[Placed], today: date
) -> date | None:
    """Return the day on which a place that fits begins in the stead of one that then does not."""
    days = sorted(
        max(today, each.Place.valid_from)
        for each in fitting
        if each is not row and _do_groups_meet_at_same_time(row, each)
    )
    return next((day for day in days if is_outgrown(write, *row, today, day)), None)


def _do_groups_meet_at_same_time(one: Placed, other: Placed) -> bool:
    """Return whether a child would have to be in both groups at the same time."""
    hours = [
        hours_of_group(row.Group, row.Place.valid_from, row.Place.valid_to) for row in (one, other)
    ]
    return bool(clashing_weekdays(*hours))


def _end_place(write: Write, place: Place, last_day: date, now: datetime) -> None:
    application = write.get(Application, place.application_id) if place.application_id else None
    if application is not None:
        application.state = WITHDRAWN
    placing.end_place(write, place, last_day, now, excused=True)
