"""The offer of a school year as an administrator sees it: activities, groups, upcoming sessions."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.models import Activity, Group, Session
from services.enrolment.models.offer import GROUP_SITE, OPEN, site_of_group
from shared.contracts.enrolment.places.imports import PlaceableGroup
from shared.contracts.errors import NotFound
from shared.database.tables.french_order import french_sort_column


def school_years(read: DatabaseSession) -> list[str]:
    """Return the school years that have activities, the latest first."""
    return list(
        read.scalars(select(Activity.school_year).distinct().order_by(Activity.school_year.desc()))
    )


def activities_of_year(read: DatabaseSession, school_year: str) -> list[tuple[Activity, list[str]]]:
    """Return the activities of a year by name, each with the site of each of its groups."""
    query = select(Activity).where(Activity.school_year == school_year)
    activities = read.scalars(query.order_by(french_sort_column(Activity.label), Activity.id)).all()
    joined = select(Activity.id, GROUP_SITE).join(Group, Group.activity_id == Activity.id)
    sites: dict[str, list[str]] = {activity.id: [] for activity in activities}
    for activity_id, site in read.execute(joined.where(Activity.school_year == school_year)):
        sites[activity_id].append(site)
    return [(activity, sites[activity.id]) for activity in activities]


def activity_with_groups(read: DatabaseSession, activity_id: str) -> tuple[Activity, list[Group]]:
    """Return an activity and its groups by name; raises NotFound."""
    activity = read.get(Activity, activity_id)
    if activity is None:
        raise NotFound
    groups = (
        select(Group)
        .filter_by(activity_id=activity_id)
        .order_by(french_sort_column(Group.label), Group.id)
    )
    return activity, list(read.scalars(groups))


def count_upcoming_sessions(
    read: DatabaseSession, group_ids: Collection[str], now: datetime
) -> dict[str, int]:
    """Return how many sessions of each group are still to come."""
    query = select(Session.group_id, func.count()).where(
        Session.group_id.in_(group_ids), Session.starts_at > now
    )
    counts = dict.fromkeys(group_ids, 0)
    counts.update((group, count) for group, count in read.execute(query.group_by(Session.group_id)))
    return counts


def groups_open_on(read: DatabaseSession, day: date, after: str, most: int) -> list[PlaceableGroup]:
    """Return the groups of open activities that are not over, by id after this one."""
    rows = (
        select(Group, Activity)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Activity.state == OPEN, Group.last_day >= day, Group.id > after)
        .order_by(Group.id)
        .limit(most)
    )
    return [
        {
            "group_id": group.id,
            "reference": group.reference or "",
            "activity": activity.code,
            "activity_label": activity.label,
            "label": group.label,
            "site": site_of_group(group, activity),
            "school_year": activity.school_year,
            "booking": activity.booking,
            "weekdays": [int(digit) for digit in group.weekdays],
            "first_day": group.first_day,
            "last_day": group.last_day,
        }
        for group, activity in read.execute(rows)
    ]
