"""Pages of a succession: the offer that goes on, children with a place, children who wait."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import (
    Activity,
    Application,
    Booking,
    CalendarDay,
    Group,
    Place,
    Session,
    WeekPattern,
)
from services.enrolment.models.offer import ENTERED, OPEN
from shared.contracts.enrolment.place_conditions import conditions_to_send
from shared.contracts.enrolment.places.imports import DayOff, ImportedActivity, ImportedGroup
from shared.contracts.enrolment.places.states import ACCEPTED, WAITING
from shared.contracts.enrolment.succession import (
    AT_ONCE,
    SuccessionApplication,
    SuccessionBooking,
    SuccessionChild,
    SuccessionOfferAnswer,
    SuccessionPattern,
    SuccessionPlace,
    SuccessionPlacesAnswer,
)
from shared.contracts.message import MOST_BYTES
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import ends_after_condition


def next_activity_for_successor(
    read: Database, provider: str, on: date, after: str
) -> SuccessionOfferAnswer:
    """Return the next open activity that has a group after a day; days off with the first."""
    going_on = select(Group.activity_id).where(Group.last_day > on)
    query = (
        select(Activity)
        .where(Activity.state == OPEN, Activity.id.in_(going_on), Activity.id > after)
        .order_by(Activity.id)
        .limit(2)
    )
    activities = read.scalars(query).all()
    days = select(CalendarDay).where(CalendarDay.source == ENTERED, CalendarDay.day > on)
    rows = [] if after else read.scalars(days).all()
    return SuccessionOfferAnswer(
        days_off=[DayOff(day=row.day, kind=row.kind, label=row.label) for row in rows],
        activities=[_imported_activity(read, provider, activity) for activity in activities[:1]],
        next=activities[0].id if len(activities) > 1 else "",
    )


def next_children_for_successor(
    read: Database, provider: str, on: date, after: str
) -> SuccessionPlacesAnswer:
    """Return the next children with a place after a day, or who wait for one."""
    children = _children_after(read, on, after)
    page = children[:AT_ONCE]
    places = _places_by_child(read, provider, page, on)
    applications = _applications_by_child(read, provider, page, places)
    rows = [
        SuccessionChild(
            child_id=child_id, applications=applications[child_id], places=places[child_id]
        )
        for child_id in page
    ]
    shown = list(_children_that_fit_in_message(rows))
    last = shown[-1]["child_id"] if shown else ""
    return SuccessionPlacesAnswer(children=shown, next=last if len(children) > len(shown) else "")


def _children_that_fit_in_message(rows: Iterable[SuccessionChild]) -> Iterator[SuccessionChild]:
    """Return the first children that fit in one message, at least one: a year has many bookings."""
    size = 0
    for count, row in enumerate(rows):
        size += len(json.dumps(row, default=str))
        if count and size > MOST_BYTES // 2:
            return
        yield row


def successor_reference(provider: str, row_id: str) -> str:
    """Return the name under which a successor knows a row of this provider."""
    return f"{provider}:{row_id}"


def _imported_activity(read: Database, provider: str, activity: Activity) -> ImportedActivity:
    groups = read.scalars(
        select(Group)
        .where(Group.activity_id == activity.id)
        .order_by(french_sort_column(Group.label), Group.id)
    )
    return ImportedActivity(
        reference=successor_reference(provider, activity.id),
        code=activity.code,
        label=activity.label,
        description=activity.description,
        site=activity.site,
        school_year=activity.school_year,
        booking=activity.booking,
        allocation=activity.allocation,
        opens_at=activity.opens_at,
        closes_at=activity.closes_at,
        book_before=activity.book_before,
        cancel_before=activity.cancel_before,
        answer_days=activity.answer_days,
        criteria=activity.criteria,
        seed=activity.seed,
        conditions=conditions_to_send(activity.conditions),
        groups=[_imported_group(provider, group) for group in groups],
    )


def _imported_group(provider: str, group: Group) -> ImportedGroup:
    return ImportedGroup(
        reference=successor_reference(provider, group.id),
        label=group.label,
        site=group.site,
        places=group.places,
        born_from=group.born_from,
        born_to=group.born_to,
        conditions=conditions_to_send(group.conditions),
        weekdays=[int(day) for day in group.weekdays],
        starts=group.starts,
        ends=group.ends,
        first_day=group.first_day,
        last_day=group.last_day,
        runs_in=group.runs_in,
    )


def _place_running_after_condition(on: date) -> ColumnElement[bool]:
    return ends_after_condition(Place.valid_to, on)


def _children_after(read: Database, on: date, after: str) -> Sequence[str]:
    going_on = select(Group.id).where(Group.last_day > on)
    placed = select(Place.child_id).where(
        _place_running_after_condition(on), Place.group_id.in_(going_on)
    )
    waiting = select(Application.child_id).where(
        Application.state == WAITING, Application.group_id.in_(going_on)
    )
    both = placed.where(Place.child_id > after).union(waiting.where(Application.child_id > after))
    return read.scalars(both.order_by("child_id").limit(AT_ONCE + 1)).all()


def _places_by_child(
    read: Database, provider: str, children: Collection[str], on: date
) -> Mapping[str, list[SuccessionPlace]]:
    by_child: dict[str, list[SuccessionPlace]] = defaultdict(list)
    rows = read.execute(
        select(Place, Group.last_day)
        .join(Group, Group.id == Place.group_id)
        .where(
            Place.child_id.in_(children), _place_running_after_condition(on), Group.last_day > on
        )
        .order_by(Place.id)
    ).all()
    patterns = _patterns_by_place(read, [place.id for place, _ in rows])
    bookings = _bookings_by_place(read, children, on)
    for place, _ in rows:
        by_child[place.child_id].append(
            SuccessionPlace(
                application_id=place.application_id or place.id,
                group=successor_reference(provider, place.group_id),
                weekdays=place.weekdays,
                valid_from=place.valid_from,
                valid_to=place.valid_to,
                patterns=patterns[place.id],
                bookings=bookings[place.child_id, place.group_id],
            )
        )
    return by_child


def _patterns_by_place(
    read: Database, place_ids: Collection[str]
) -> Mapping[str, list[SuccessionPattern]]:
    by_place: dict[str, list[SuccessionPattern]] = defaultdict(list)
    query = select(WeekPattern).where(WeekPattern.place_id.in_(place_ids))
    for row in read.scalars(query.order_by(WeekPattern.valid_from, WeekPattern.household_id)):
        by_place[row.place_id].append(
            {
                "household_id": row.household_id,
                "valid_from": row.valid_from,
                "weekdays": row.weekdays,
            }
        )
    return by_place


def _bookings_by_place(
    read: Database, children: Collection[str], on: date
) -> Mapping[tuple[str, str], list[SuccessionBooking]]:
    by_place: dict[tuple[str, str], list[SuccessionBooking]] = defaultdict(list)
    rows = read.execute(
        select(Booking, Session.group_id, Session.day)
        .join(Session, and_(Session.id == Booking.session_id, Session.day > on))
        .where(Booking.child_id.in_(children))
        .order_by(Session.day)
    )
    for booking, group_id, day in rows:
        by_place[booking.child_id, group_id].append(
            {
                "day": day,
                "household_id": booking.household_id,
                "state": booking.state,
                "reason": booking.reason,
                "changed_by": booking.changed_by,
                "changed_at": booking.changed_at,
            }
        )
    return by_place


def _applications_by_child(
    read: Database,
    provider: str,
    children: Collection[str],
    places: Mapping[str, list[SuccessionPlace]],
) -> Mapping[str, list[SuccessionApplication]]:
    """Applications that led to the places that go on, and those that wait."""
    behind = {place["application_id"] for child_places in places.values() for place in child_places}
    query = select(Application).where(
        Application.child_id.in_(children),
        or_(Application.id.in_(behind), Application.state == WAITING),
    )
    by_child: dict[str, list[SuccessionApplication]] = defaultdict(list)
    for row in read.scalars(query.order_by(Application.submitted_at, Application.id)):
        if row.state in (ACCEPTED, WAITING):
            by_child[row.child_id].append(_succession_application(provider, row))
    return by_child


def _succession_application(provider: str, row: Application) -> SuccessionApplication:
    return SuccessionApplication(
        application_id=row.id,
        group=successor_reference(provider, row.group_id),
        subject=row.subject,
        household_id=row.household_id,
        channel=row.channel,
        weekdays=row.weekdays,
        from_day=row.from_day,
        criteria=row.criteria,
        points=row.points,
        state=row.state,
        exception=row.exception,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
    )
