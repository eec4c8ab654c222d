"""Attendance of days gone by from another software, published to billing once as quantities."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.quantities.commands import session_tallies
from services.enrolment.families.queries.households import households_of_day_by_child
from services.enrolment.models import Activity, Group, ImportedSheet, Session
from shared.contracts.enrolment import attendance as contracts
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.clock import PARIS

_SHEETS = UUID("3a4d7c58-98a0-4f1d-8a0a-0f0a3f1d5b60")


def import_attendance(
    write: Write, sheets: Sequence[contracts.ImportedSheet], now: datetime
) -> contracts.ImportAttendanceAnswer:
    """
    Publish these sheets; the same group and day has the same id, so billing counts it once.

    Raises BadRequest for an unknown group, a day that is not over, and a day with a session here:
    its roll call is published instead.
    """
    groups = _groups_by_reference(write, {sheet["group"] for sheet in sheets})
    for sheet in sheets:
        _refuse_days_counted_here(write, groups[sheet["group"]][0], sheet["day"], now)
    waiting: set[str] = set()
    published = 0
    for sheet in sheets:
        homes = households_of_day_by_child(
            write, [line["child_id"] for line in sheet["lines"]], sheet["day"]
        )
        missing = {line["child_id"] for line in sheet["lines"]} - homes.keys()
        waiting |= missing
        if not missing:
            _publish_sheet(write, *groups[sheet["group"]], sheet, homes, now)
            published += 1
    return contracts.ImportAttendanceAnswer(published=published, waiting=sorted(waiting))


def _groups_by_reference(write: Write, references: set[str]) -> dict[str, tuple[Group, Activity]]:
    rows = write.execute(
        select(Group, Activity)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Group.reference.in_(references))
    )
    groups = {str(group.reference): (group, activity) for group, activity in rows}
    if unknown := references - groups.keys():
        raise BadRequest(errors={"group": sorted(unknown)})
    return groups


def _refuse_days_counted_here(write: Write, group: Group, day: date, now: datetime) -> None:
    kept = select(Session.id).where(Session.group_id == group.id, Session.day == day)
    if day >= now.astimezone(PARIS).date() or write.scalars(kept).first() is not None:
        raise BadRequest(errors={"day": [f"{group.reference}: {day.isoformat()}"]})


def _publish_sheet(
    write: Write,
    group: Group,
    activity: Activity,
    sheet: contracts.ImportedSheet,
    homes: Mapping[str, str],
    now: datetime,
) -> None:
    day = sheet["day"]
    row: dict[str, Any] = {
        "session_id": str(uuid5(_SHEETS, f"{group.id}|{day.isoformat()}")),
        "version": 1,
        "activity": activity.code,
        "group_id": group.id,
        "day": day,
        "lines": [_attendance_line(line, homes[line["child_id"]]) for line in sheet["lines"]],
        "closed_at": now,
    }
    kept = write.upsert_into(ImportedSheet).values(**row).on_conflict_do_nothing()
    if write.execute(kept.returning(ImportedSheet.session_id)).first():
        session_tallies.tally_imported(write, ImportedSheet(**row), group)
        event = contracts.AttendanceRecorded(late=False, **row)
        write.publish(contracts.attendance_recorded, event)


def sheets_as_published(
    read: Database, session_ids: Collection[str]
) -> dict[str, contracts.AttendanceRecorded]:
    """Return the imported ones of these sheets, as they were published."""
    rows = read.scalars(select(ImportedSheet).where(ImportedSheet.session_id.in_(session_ids)))
    return {row.session_id: _make_sheet_event(row) for row in rows if row.erased_on is None}


def publish_again(write: Write, session_id: str, *, above: int) -> bool:
    """Publish an imported sheet at a version above this one; return whether it is one."""
    row = write.get(ImportedSheet, session_id, with_for_update=True)
    if row is None:
        return False
    if row.erased_on is None:
        row.version = max(row.version, above) + 1
        write.flush()
        write.publish(contracts.attendance_recorded, _make_sheet_event(row))
    return True


def _make_sheet_event(row: ImportedSheet) -> contracts.AttendanceRecorded:
    return contracts.AttendanceRecorded(
        session_id=row.session_id,
        version=row.version,
        activity=row.activity,
        group_id=row.group_id,
        day=row.day,
        late=False,
        lines=sorted(row.lines, key=itemgetter("child_id")),
        closed_at=row.closed_at,
    )


def _attendance_line(line: contracts.ImportedLine, household_id: str) -> contracts.AttendanceLine:
    return {
        "child_id": line["child_id"],
        "household_id": household_id,
        "outcome": line["outcome"],
        "quantity": line["quantity"],
        "minutes": None,
        "variant": "",
    }
