"""
Attendance as published: one event per group and day, whole, quantities without prices.

Version 1 is published when the group is closed. Later changes (late marks of a tablet, an absence
excused) are published as a higher version marked `late`; the earlier event stays unchanged.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.mark_resolution import State
from services.enrolment.attendance.marks.rules.session_outcomes import (
    counted_outcome,
    minutes_stayed,
)
from services.enrolment.attendance.quantities.commands import monthly_counts, session_tallies
from services.enrolment.attendance.quantities.queries.priced_modes_of_places import (
    unusual_modes_of_children_on_day,
)
from services.enrolment.families.queries.households import households_of_day_by_child
from services.enrolment.models import Activity, Booking, Group, RollCall, Session
from services.enrolment.models.offer import CANCELLED
from shared.contracts.enrolment import attendance as contracts
from shared.database import Write
from shared.database.comparison.compared_states import AGAIN
from shared.json_values import digest_of_content


@dataclass(frozen=True)
class Meeting:
    """One session with the group and the activity it belongs to."""

    session: Session
    group: Group
    activity: Activity


def sheets_as_published(
    read: Database, session_ids: Collection[str]
) -> dict[str, contracts.AttendanceRecorded]:
    """Return the sheets of these sessions that are as they were last published."""
    marks: dict[str, dict[str, State]] = defaultdict(dict)
    for (session_id, child_id), state in resolved_states(read, list(session_ids)).items():
        marks[session_id][child_id] = state
    found = {}
    for roll in read.scalars(select(RollCall).where(RollCall.session_id.in_(session_ids))):
        meeting = session_with_group_and_activity(read, roll.session_id)
        lines = _attendance_lines(read, meeting.session, marks[roll.session_id])
        if roll.closed_at is not None and digest_of_content(lines) == roll.digest:
            found[roll.session_id] = _make_sheet_event(meeting, roll, roll.closed_at, lines)
    return found


def publish_again(write: Write, session_id: str, *, above: int) -> None:
    """Publish a sheet at a version above the one that billing stores; it is late as it was."""
    roll = write.get(RollCall, session_id, with_for_update=True)
    erased = write.get_one(Session, session_id).erased_on is not None
    if roll is not None and roll.version and not erased:
        late = roll.late
        roll.version, roll.digest = max(roll.version, above), AGAIN
        write.flush()
        publish_attendance(write, session_id, late=late)


def publish_attendance(write: Write, session_id: str, *, late: bool | None = None) -> bool:
    """
    Publish the attendance of a closed session if it changed; return whether it did.

    It is `late` from the second version on, unless the caller says otherwise.

    Call it after every change of marks or bookings of a session that may be closed. A cancelled
    session is never published, nor one of which nothing is left: billing would take all back.
    """
    roll = write.get(RollCall, session_id, with_for_update=True)
    meeting = session_with_group_and_activity(write, session_id)
    if roll is None or roll.closed_at is None or meeting.session.state == CANCELLED:
        return False
    if meeting.session.erased_on is not None:
        return False
    marked = {child: state for (_, child), state in resolved_states(write, [session_id]).items()}
    session_tallies.tally_session(write, meeting.session, meeting.group, marked)
    lines = _attendance_lines(write, meeting.session, marked)
    digest = digest_of_content(lines)
    if digest == roll.digest:
        return False
    roll.late = roll.version > 0 if late is None else late
    roll.version, roll.digest = roll.version + 1, digest
    write.flush()
    event = _make_sheet_event(meeting, roll, roll.closed_at, lines)
    write.publish(contracts.attendance_recorded, event)
    concerned = {line["child_id"] for line in lines} | marked.keys()
    monthly_counts.publish_month_counts_of_children(
        write, meeting.activity, meeting.session.day, concerned
    )
    return True


def publish_sheets(write: Write, session_ids: Iterable[str], _now: datetime) -> None:
    """Publish the attendance of those of these sessions that are closed and changed."""
    for session_id in sorted(session_ids):
        publish_attendance(write, session_id)


def session_with_group_and_activity(read: Database, session_id: str) -> Meeting:
    """Return a session with its group and activity."""
    row = read.execute(
        select(Session, Group, Activity)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Session.id == session_id)
    ).one()
    return Meeting(*row)


def _attendance_lines(
    read: Database, session: Session, marked: dict[str, State]
) -> list[contracts.AttendanceLine]:
    """Return the lines of a session; a child without a household gives none: it has no payer."""
    booked = {
        booking.child_id: booking
        for booking in read.scalars(select(Booking).where(Booking.session_id == session.id))
    }
    unbooked = marked.keys() - booked.keys()
    homes = households_of_day_by_child(read, unbooked, session.day)
    homes |= {child: booking.household_id for child, booking in booked.items()}
    variants = unusual_modes_of_children_on_day(read, session.group_id, homes, session.day)
    lines: list[contracts.AttendanceLine] = []
    for child in sorted(homes):
        booking, state = booked.get(child), marked.get(child, State())
        counted = counted_outcome(booking.state if booking else None, state)
        if counted is not None:
            code, quantity = counted
            lines.append(
                {
                    "child_id": child,
                    "household_id": homes[child],
                    "outcome": code,
                    "quantity": quantity,
                    "minutes": minutes_stayed(session.starts_at, state),
                    "variant": variants.get(child, ""),
                }
            )
    return lines


def _planned_minutes(session: Session) -> int:
    return (session.ends_at - session.starts_at) // timedelta(minutes=1)


def _make_sheet_event(
    meeting: Meeting,
    roll: RollCall,
    closed_at: datetime,
    lines: list[contracts.AttendanceLine],
) -> contracts.AttendanceRecorded:
    return contracts.AttendanceRecorded(
        session_id=meeting.session.id,
        version=roll.version,
        activity=meeting.activity.code,
        group_id=meeting.group.id,
        day=meeting.session.day,
        late=roll.late,
        planned_minutes=_planned_minutes(meeting.session),
        lines=lines,
        closed_at=closed_at,
    )
