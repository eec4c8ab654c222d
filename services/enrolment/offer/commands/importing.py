"""An offer that comes from another software: added once by its references, and open at once."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, time

from sqlalchemy import select

from services.enrolment.models import Activity, Group
from services.enrolment.models.offer import OPEN
from services.enrolment.offer.commands.calendar.days import (
    add_new_calendar_days,
    import_school_year,
)
from services.enrolment.offer.commands.publishing import publish_activity
from services.enrolment.offer.commands.sessions import renew_all_sessions, renew_sessions
from services.enrolment.offer.queries.calendar_days import calendar_day_as_row
from services.enrolment.offer.queries.sites import present_name_of_site
from services.enrolment.offer.rules.calendar import school_year_days
from services.enrolment.offer.rules.deadlines import Cutoff
from shared.contracts.enrolment.place_conditions import conditions_to_store, projections_needed
from shared.contracts.enrolment.places.imports import DayOff, ImportedActivity, ImportedGroup
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.clock import PARIS, midnight
from shared.register.calendar import KINDS
from shared.runtime.ids import new_id

ReceivedAt = Callable[[str], Collection[str]]
"""The projections that the provider receives of the children at an activity, by its code."""


def import_offer(
    write: Write,
    days_off: list[DayOff],
    activities: list[ImportedActivity],
    received_at: ReceivedAt,
    now: datetime,
) -> dict[str, str]:
    """
    Add what is not here yet, and return the ids of groups by their references.

    What is here stays as the provider has made it since. Raises BadRequest for days or deadlines
    that cannot be read, and for conditions that need a projection that the provider does not
    receive of the children at that activity.
    """
    if mistakes := _unreadable_fields(days_off, activities) | _conditions_beyond_entitlement(
        activities, received_at
    ):
        raise BadRequest(errors=mistakes)
    new_days = add_new_calendar_days(write, [calendar_day_as_row(**day) for day in days_off])
    for school_year in sorted({row["school_year"] for row in activities}):
        new_days += import_school_year(write, school_year).days
    if new_days:
        renew_all_sessions(write, now)
    return {
        reference: group_id
        for row in activities
        for reference, group_id in _import_activity(write, row, now).items()
    }


def _import_activity(write: Write, row: ImportedActivity, now: datetime) -> dict[str, str]:
    plain: dict[str, object] = {name: value for name, value in row.items() if name != "groups"}
    plain["conditions"] = conditions_to_store(row["conditions"])
    plain["site"] = present_name_of_site(write, row["site"])
    stored = write.scalars(select(Activity).filter_by(reference=row["reference"])).first()
    activity = stored or Activity(id=new_id(), state=OPEN, **plain)
    write.add(activity)
    write.flush()
    groups = {group["reference"]: _import_group(write, activity, group) for group in row["groups"]}
    new = [group.id for group, added in groups.values() if added]
    today = now.astimezone(PARIS).date()
    renew_sessions(write, new, midnight(today))  # those of today that have begun are ticked here
    publish_activity(write, activity.id)
    return {reference: group.id for reference, (group, _) in groups.items()}


def _import_group(write: Write, activity: Activity, row: ImportedGroup) -> tuple[Group, bool]:
    group_ = write.scalars(select(Group).filter_by(reference=row["reference"])).first()
    if group_ is not None:
        return group_, False
    weekdays = "".join(str(day) for day in sorted(set(row["weekdays"])))
    plain = {**row, "weekdays": weekdays, "conditions": conditions_to_store(row["conditions"])}
    plain["site"] = present_name_of_site(write, row["site"]) if row["site"] else ""
    group = Group(id=new_id(), activity_id=activity.id, **plain)
    write.add(group)
    write.flush()
    return group, True


def _unreadable_fields(
    days_off: list[DayOff], activities: list[ImportedActivity]
) -> dict[str, list[str]]:
    """Return what no rule could read, by field."""
    kinds = {day["kind"] for day in days_off} - set(KINDS)
    mistakes = {"days_off": ["kind"]} if kinds else {}
    for row in activities:
        if unreadable := [
            name for name, read, text in _fields_to_parse(row) if not _is_readable(read, text)
        ]:
            mistakes[row["reference"]] = unreadable
    return mistakes


def _conditions_beyond_entitlement(
    activities: list[ImportedActivity], received_at: ReceivedAt
) -> dict[str, list[str]]:
    """Return, by activity or group, the projections that its conditions need and are lacking."""
    stated = {
        row["reference"]: (conditions_to_store(row["conditions"]), activity["code"])
        for activity in activities
        for row in (activity, *activity["groups"])
    }
    lacking = {
        reference: sorted(projections_needed(conditions) - set(received_at(code)))
        for reference, (conditions, code) in stated.items()
    }
    return {
        reference: [f"conditions: not entitled to {projection}" for projection in projections]
        for reference, projections in lacking.items()
        if projections
    }


def _fields_to_parse(row: ImportedActivity) -> Iterator[tuple[str, Callable[[str], object], str]]:
    yield "school_year", school_year_days, row["school_year"]
    yield "book_before", Cutoff.parse, row["book_before"]
    yield "cancel_before", Cutoff.parse, row["cancel_before"]
    for group in row["groups"]:
        yield "starts", time.fromisoformat, group["starts"]
        yield "ends", time.fromisoformat, group["ends"]


def _is_readable(read: Callable[[str], object], written: str) -> bool:
    try:
        read(written)
    except ValueError:
        return False
    return True
