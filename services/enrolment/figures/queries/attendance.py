"""
Sums of closed sessions by site, activity and part of a period.

They read tallies of the period alone, by its days: years that lie behind cost nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import Reach
from services.enrolment.figures.rules.attendance import Sums, sum_of_attendances
from services.enrolment.figures.rules.caf_hours import Attended
from services.enrolment.figures.rules.hours_by_benefit_fund import Met
from services.enrolment.figures.rules.periods import Period
from services.enrolment.models import Activity, Booking, Group, Session, SessionTally
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from services.enrolment.models.places import BOOKED
from shared.database.tables.french_order import french_sort_column
from shared.text import collation_key

_TAKEN = (
    SessionTally.present
    + SessionTally.unexpected
    + SessionTally.absent
    + SessionTally.cancelled_late
)
_COUNTED = (*("present", "unexpected", "absent", "excused", "cancelled_late", "own_meals"),)


@dataclass(frozen=True)
class PartLine:
    """Sums of one activity at one site in one part of a period: a day, or a month."""

    site: str
    code: str
    activity: str
    part: str
    sums: Sums


@dataclass(frozen=True)
class SessionLine:
    """One closed session with its sums: the source of a figure."""

    session_id: str
    day: date
    site: str
    activity: str
    group: str
    sums: Sums


def attendance_by_part_of_period(read: Database, period: Period, reach: Reach) -> list[PartLine]:
    """Return the sums of a period by site, activity and part."""
    columns = (GROUP_SITE, Activity.code, Activity.label, SessionTally.day)
    rows = read.execute(
        select(*columns, *_sum_columns())
        .select_from(SessionTally)
        .join(Group, Group.id == SessionTally.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(*_tally_within_conditions(period, reach))
        .group_by(*columns)
    )
    found: dict[tuple[str, str, str, str], list[Sums]] = {}
    for site, code, activity, day, *sums in rows:
        key = (site, code, activity, period.part_of(day))
        found.setdefault(key, []).append(Sums(*map(int, sums)))
    lines = [PartLine(*key, sum_of_attendances(sums)) for key, sums in found.items()]
    return sorted(lines, key=lambda line: (collation_key(line.site), line.activity, line.part))


def closed_sessions_of_period(
    read: Database, period: Period, reach: Reach, chosen: Sequence[ColumnElement[bool]] = ()
) -> list[SessionLine]:
    """Return the closed sessions of a period, the latest first."""
    rows = read.execute(
        select(
            SessionTally.session_id,
            SessionTally.day,
            GROUP_SITE,
            Activity.label,
            Group.label,
            *_sum_columns(),
        )
        .select_from(SessionTally)
        .join(Group, Group.id == SessionTally.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(*_tally_within_conditions(period, reach), *chosen)
        .group_by(SessionTally.session_id, GROUP_SITE, Activity.label, Group.label)
        .order_by(
            SessionTally.day.desc(),
            french_sort_column(Activity.label),
            french_sort_column(GROUP_SITE),
            french_sort_column(Group.label),
        )
    )
    return [
        SessionLine(session_id, day, site, activity, group, Sums(*map(int, sums)))
        for session_id, day, site, activity, group, *sums in rows
    ]


def conditions_of_sessions_at_site(site: str, activity: str) -> list[ColumnElement[bool]]:
    """Return the conditions of sessions at one site, of one activity; "" for any."""
    conditions: list[ColumnElement[bool]] = []
    if site:
        conditions.append(GROUP_SITE.in_([site]))
    if activity:
        conditions.append(Activity.label == activity)
    return conditions


def attended_by_age(
    read: Database, period: Period, reach: Reach, codes: Collection[str]
) -> list[Attended]:
    """Return who came by age, of activities with these codes: what the CAF's hours add."""
    columns = (
        GROUP_SITE,
        Activity.label,
        SessionTally.day,
        Group.starts,
        SessionTally.minutes,
    )
    ages = (
        SessionTally.under_6,
        SessionTally.from_6,
        SessionTally.from_12,
        SessionTally.age_unknown,
    )
    rows = read.execute(
        select(*columns, *(func.sum(age) for age in ages))
        .select_from(SessionTally)
        .join(Group, Group.id == SessionTally.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(*_tally_within_conditions(period, reach), Activity.code.in_(codes))
        .group_by(*columns)
    )
    return [Attended(*row[:5], *map(int, row[5:])) for row in rows]


def sessions_held_with_place(
    read: Database, period: Period, reach: Reach, codes: Collection[str]
) -> list[Met]:
    """Return where and when groups of activities with these codes met."""
    rows = read.execute(
        select(
            GROUP_SITE,
            Activity.label,
            Group.id,
            SessionTally.day,
            Group.starts,
            SessionTally.minutes,
        )
        .select_from(SessionTally)
        .join(Group, Group.id == SessionTally.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(*_tally_within_conditions(period, reach), Activity.code.in_(codes))
    )
    return [Met(*row) for row in rows]


def count_unclosed_sessions(
    read: Database, period: Period, reach: Reach, now: datetime, codes: Collection[str] = ()
) -> int:
    """Return how many sessions are over with children booked, and not closed: not counted yet."""
    booked = exists().where(Booking.session_id == Session.id, Booking.state == BOOKED)
    query = (
        select(func.count())
        .select_from(Session)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .outerjoin(SessionTally, SessionTally.session_id == Session.id)
        .where(Session.day.between(period.first, period.last), Session.ends_at <= now)
        .where(Session.state == PLANNED, SessionTally.session_id.is_(None), booked)
        .where(reach.group_within_condition(Session.group_id))
    )
    if codes:
        query = query.where(Activity.code.in_(codes))
    return read.scalar(query) or 0


def _tally_within_conditions(period: Period, reach: Reach) -> tuple[ColumnElement[bool], ...]:
    days = SessionTally.day.between(period.first, period.last)
    return days, reach.group_within_condition(SessionTally.group_id)


def _sum_columns() -> list[Any]:
    """Return the columns of `Sums`, in its order."""
    limited = SessionTally.places.is_not(None)
    return [
        func.count(),
        func.coalesce(func.sum(SessionTally.places), 0),
        func.coalesce(func.sum(case((limited, _TAKEN))), 0),
        *(func.sum(getattr(SessionTally, name)) for name in _COUNTED),
    ]
