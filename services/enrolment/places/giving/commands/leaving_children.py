"""Ends all that children have or asked for at this provider; free places go to who waits."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from services.enrolment.models import Application, Place, StoredProjection
from services.enrolment.models.places import UNDECIDED
from services.enrolment.places.admission.queries.child_file import is_tombstone_of_link
from services.enrolment.places.giving.commands.group_admission import (
    GroupAdmission,
    lock_group_admissions,
)
from services.enrolment.places.placing.commands import placing
from shared.contracts.enrolment.places.states import ACCEPTED, OFFERED
from shared.database import Write
from shared.database.chunks import ordered_chunks
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import PARIS

NEXT_DAY = timedelta(days=1)

R = TypeVar("R", Place, Application)


def end_all_of_children(
    write: Write, child_ids: Collection[str], last_day: date, now: datetime
) -> None:
    """End places with this day, and take back what was asked for; no family is notified."""
    _end_places_and_applications(
        write, dict.fromkeys(child_ids, now), dict.fromkeys(child_ids, last_day), now
    )


def end_all_of_ended_links(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """
    End what those of these children have whose link has ended, by what arrived, with that day.

    Not with the day on which it arrived: a month that begins between them would be billed. A place
    that stayed would be booked, and billed, with nobody who sees it. What was asked for after the
    link had ended belongs to the next one, whose file is on its way.
    """
    ended: dict[str, datetime] = {}
    for chunk in ordered_chunks(child_ids):
        rows = select(StoredProjection.child_id, StoredProjection.erase_after).where(
            StoredProjection.child_id.in_(chunk), *is_tombstone_of_link
        )
        ended |= {child_id: at for child_id, at in write.execute(rows) if at is not None}
    if ended:
        last_days = {child_id: at.astimezone(PARIS).date() for child_id, at in ended.items()}
        _end_places_and_applications(write, ended, last_days, now)


def _end_places_and_applications(
    write: Write, until: Mapping[str, datetime], last_days: Mapping[str, date], now: datetime
) -> None:
    """End all of these children with their last days, but for what was asked for since."""
    places, applications = (
        _running_places(write, last_days, now),
        _undecided_applications(write, until),
    )
    led = {place.application_id for place in places if place.application_id}
    asked = [*applications, *_applications_by_ids(write, led)]
    later = {each.id for each in asked if each.submitted_at > until[each.child_id]}
    places = [place for place in places if place.application_id not in later]
    asked = [each for each in asked if each.id not in later]
    groups = {place.group_id for place in places} | {each.group_id for each in asked}
    with lock_group_admissions(write, groups, now) as admissions:
        waiting = [each for each in asked if each.state not in (ACCEPTED, OFFERED)]
        for application in waiting:  # before a place is free: nobody who leaves is offered one
            admissions[application.group_id].withdraw(application)
        for place in places:
            last_day, said_at = last_days[place.child_id], until[place.child_id]
            _end_place(admissions[place.group_id], place, last_day, said_at)
        for application in asked:
            if application not in waiting:
                admissions[application.group_id].withdraw(application)


def _end_place(admission: GroupAdmission, place: Place, last_day: date, said_at: datetime) -> None:
    admission.room_moved = True
    admission.changed_children.add(place.child_id)
    placing.end_place(admission.write, place, last_day, admission.now, said_at=said_at)
    admission.offer_free_places()


def _running_places(write: Write, last_days: Mapping[str, date], now: datetime) -> list[Place]:
    """Return places that run, or ran on after the last day of their child, by id."""
    today = now.astimezone(PARIS).date()
    first_days = {child_id: min(today, day + NEXT_DAY) for child_id, day in last_days.items()}
    running = not_ended_before_condition(Place.valid_to, min(first_days.values(), default=today))
    places = _rows_with_values_by_id(write, Place, Place.child_id, last_days, running)
    return [
        place
        for place in places
        if place.valid_to is None or place.valid_to >= first_days[place.child_id]
    ]


def _undecided_applications(write: Write, child_ids: Collection[str]) -> list[Application]:
    undecided = Application.state.in_(UNDECIDED)
    return _rows_with_values_by_id(write, Application, Application.child_id, child_ids, undecided)


def _applications_by_ids(write: Write, ids: Collection[str]) -> list[Application]:
    return _rows_with_values_by_id(write, Application, Application.id, ids)


def _rows_with_values_by_id(
    write: Write,
    kind: type[R],
    column: InstrumentedAttribute[str],
    values: Collection[str],
    *conditions: ColumnElement[bool],
) -> list[R]:
    """Return rows with one of these values in a column, some hundreds at a time, by id."""
    return [
        row
        for chunk in ordered_chunks(values)
        for row in write.scalars(
            select(kind).where(column.in_(chunk), *conditions).order_by(kind.id)
        )
    ]
