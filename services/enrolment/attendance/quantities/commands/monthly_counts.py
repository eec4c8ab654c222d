"""
Monthly counts of attendance, published on change: all that the activity history keeps (rule R10).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.queries.attendance_states import resolved_outcomes
from services.enrolment.attendance.marks.rules.mark_resolution import CAME
from services.enrolment.models import Activity, CountVersion, Group, RollCall, Session
from shared.contracts.enrolment import attendance as contracts
from shared.database import Write

_versions = cast(Table, CountVersion.__table__)


def publish_month_counts_of_children(
    write: Write, activity: Activity, day: date, child_ids: Collection[str]
) -> None:
    """Publish the counts of these children in the month of that day, those that changed."""
    if not child_ids:
        return
    month = day.strftime("%Y-%m")
    rows = _lock_counts(write, activity.code, month, child_ids)
    times = _count_sessions_attended(write, activity.code, day)
    for row in rows:
        if times[row.child_id] != row.times:
            row.times, row.version = times[row.child_id], row.version + 1
            _publish_count(write, activity, row)
    write.flush()


def _lock_counts(
    write: Write, code: str, month: str, child_ids: Collection[str]
) -> Sequence[CountVersion]:
    """Return the rows of these children, locked, inserted if missing."""
    values = [
        {"child_id": child, "activity": code, "month": month, "times": 0, "version": 0}
        for child in sorted(child_ids)
    ]
    write.execute(write.upsert_into(_versions).on_conflict_do_nothing(), values)
    query = select(CountVersion).where(
        CountVersion.activity == code,
        CountVersion.month == month,
        CountVersion.child_id.in_(child_ids),
    )
    locked = query.order_by(CountVersion.child_id).with_for_update()
    return write.scalars(locked).all()


def event_of_published_count(read: Database, row: CountVersion) -> contracts.ActivityCounted | None:
    """Return a count as it was last published; None if the activity is here no more."""
    activities = read.scalars(select(Activity).where(Activity.code == row.activity))
    year = _school_year_of(row.month)
    of_year = sorted(activities, key=lambda each: each.school_year != year)
    return _make_count_event(of_year[0], row) if of_year else None


def _school_year_of(month: str) -> str:
    year = int(month[:4])
    first = year if month >= f"{year}-09" else year - 1
    return f"{first}-{first + 1}"


def publish_again(write: Write, row: CountVersion, *, above: int) -> None:
    """Publish a count as it is, at a version above the one that the dossier stores."""
    row.version = max(row.version, above) + 1
    write.flush()
    event = event_of_published_count(write, row)
    if event is not None:
        write.publish(contracts.activity_counted, event)


def _publish_count(write: Write, activity: Activity, row: CountVersion) -> None:
    write.publish(contracts.activity_counted, _make_count_event(activity, row))


def _make_count_event(activity: Activity, row: CountVersion) -> contracts.ActivityCounted:
    return contracts.ActivityCounted(
        child_id=row.child_id,
        activity=row.activity,
        label=activity.label,
        school_year=activity.school_year,
        month=row.month,
        times=row.times,
        version=row.version,
    )


def _count_sessions_attended(write: Write, code: str, day: date) -> Counter[str]:
    """Count by child the sessions of a month that it came to, with published attendance alone."""
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    sessions = write.scalars(
        select(Session.id)
        .join(RollCall, RollCall.session_id == Session.id)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Activity.code == code, Session.day >= first, Session.day < after)
        .where(RollCall.version > 0)
    ).all()
    outcomes = resolved_outcomes(write, sessions)
    return Counter(child for (_, child), (kind, _at) in outcomes.items() if kind in CAME)
