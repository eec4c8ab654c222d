"""
A successor goes on with its predecessor's places, ranks and bookings, from a day on.

Each application keeps its id, and is taken once; its place has an id of its own, since billing
counts the two providers apart.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import Table, select

from services.enrolment.bookings.commands import place_bookings
from services.enrolment.families.commands import notices
from services.enrolment.models import Application, Booking, Group, Place, Session, WeekPattern
from services.enrolment.places.admission.queries.child_file import (
    children_with_file,
    households_of_child,
)
from services.enrolment.places.giving.commands.group_admission import (
    LEFT_TO_DESK_FOR,
    GroupAdmission,
    lock_group_admissions,
)
from services.enrolment.places.placing.commands import billing_events
from shared.contracts.enrolment.places.states import WAITING
from shared.contracts.enrolment.succession import (
    SuccessionApplication,
    SuccessionBooking,
    SuccessionChild,
    SuccessionPlace,
    TakeOverAnswer,
)
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.runtime.ids import new_id

_bookings = cast(Table, Booking.__table__)


def take_over_children(
    write: Write,
    predecessor: str,
    label: str,
    on: date,
    children: Sequence[SuccessionChild],
    now: datetime,
) -> TakeOverAnswer:
    """
    Take these children's applications and places, each once; return how many, and whose file waits.

    Raises BadRequest for a group that was not taken over with the offer.
    """
    with_file = children_with_file(write, {child["child_id"] for child in children})
    arrived = [child for child in children if child["child_id"] in with_file]
    groups = _groups_by_reference(
        write, [row for child in arrived for row in child["applications"]]
    )
    taken = 0
    with lock_group_admissions(write, groups.values(), now) as admissions:
        for child in arrived:
            for row in child["applications"]:
                admission = admissions[groups[row["group"]]]
                if write.get(Application, row["application_id"]) is None:
                    _take_over_application(admission, child, row, on)
                    taken += 1
    for child in arrived:
        _notify_of_new_operator(write, predecessor, label, on, child["child_id"], now)
    waiting = sorted(child["child_id"] for child in children if child["child_id"] not in with_file)
    return TakeOverAnswer(taken, waiting)


def _groups_by_reference(write: Write, rows: Sequence[SuccessionApplication]) -> dict[str, str]:
    """Return the ids of the groups by reference."""
    references = {row["group"] for row in rows}
    by_reference = {
        row.reference: row.id
        for row in write.execute(
            select(Group.id, Group.reference).where(Group.reference.in_(references))
        )
    }
    if unknown := references - by_reference.keys():
        raise BadRequest(errors={"group": sorted(unknown)})
    return by_reference


def _take_over_application(
    admission: GroupAdmission, child: SuccessionChild, row: SuccessionApplication, on: date
) -> None:
    """Take an application over as it was, with its place; a rank is left to the desk for a day."""
    waits = row["state"] == WAITING
    application = Application(
        id=row["application_id"],
        child_id=child["child_id"],
        group_id=admission.group.id,
        link_version=0,
        reason="",
        reason_detail={},
        subject=row["subject"],
        household_id=row["household_id"],
        channel=row["channel"],
        weekdays=row["weekdays"],
        from_day=row["from_day"],
        criteria=row["criteria"],
        points=row["points"],
        state=row["state"],
        exception=row["exception"],
        submitted_at=row["submitted_at"],
        decided_at=row["decided_at"],
        left_to_desk_until=admission.now + LEFT_TO_DESK_FOR if waits else None,
    )
    admission.write.add(application)
    admission.write.flush()
    for place in child["places"]:
        if place["application_id"] == application.id:
            _give_continued_place(admission, application, place, on)
            admission.room_moved = True
    admission.changed_children.add(application.child_id)


def _give_continued_place(
    admission: GroupAdmission, application: Application, row: SuccessionPlace, on: date
) -> None:
    """Give the place on from the day after, with its weekly patterns and its bookings."""
    write = admission.write
    place = Place(
        id=new_id(),
        child_id=application.child_id,
        group_id=admission.group.id,
        application_id=application.id,
        weekdays=row["weekdays"],
        valid_from=max(row["valid_from"], on + timedelta(days=1)),
        valid_to=row["valid_to"],
    )
    write.add(place)
    write.flush()
    write.add_all(WeekPattern(place_id=place.id, **pattern) for pattern in row["patterns"])
    write.flush()
    place_bookings.book_sessions_of_place(write, place, admission.now)
    _copy_bookings(write, place, row["bookings"])
    billing_events.publish_place(write, place)


def _copy_bookings(write: Write, place: Place, rows: Sequence[SuccessionBooking]) -> None:
    """Let the sessions be booked, cancelled or closed as they were."""
    days = [row["day"] for row in rows]
    sessions = {
        day: session_id
        for session_id, day in write.execute(
            select(Session.id, Session.day).where(
                Session.group_id == place.group_id, Session.day.in_(days)
            )
        )
    }
    moving = ("household_id", "state", "reason", "changed_by", "changed_at")
    values = [
        {name: value for name, value in row.items() if name in moving}
        | {"session_id": sessions[row["day"]], "child_id": place.child_id}
        for row in rows
        if row["day"] in sessions
    ]
    if values:
        insert = write.upsert_into(_bookings)
        write.execute(
            insert.on_conflict_do_update(
                index_elements=["session_id", "child_id"],
                set_={name: insert.excluded[name] for name in moving},
            ),
            values,
        )


def _notify_of_new_operator(
    write: Write, predecessor: str, label: str, on: date, child_id: str, now: datetime
) -> None:
    """Notify the child's households, once for all of their children."""
    detail = {"former": label, "last_day": on.isoformat()}
    key = f"operator_changed-{predecessor}"
    homes = households_of_child(write, child_id)
    notices.notify_households(write, homes, key, "operator_changed", [], detail, now)
