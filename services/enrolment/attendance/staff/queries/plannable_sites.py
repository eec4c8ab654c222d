"""Sites whose staff an agent may plan: those of which every group is within reach."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.staff.rules.children_per_adult import Terms
from services.enrolment.children.queries.reach_of_right import Reach
from services.enrolment.models import Activity, Group, ReceptionTerms, Session
from services.enrolment.models.offer import GROUP_SITE
from shared.text import collation_key


def sites_of_activities_between(
    read: Database, reach: Reach, first: date, last: date, codes: Collection[str]
) -> list[str]:
    """
    Return the sites at which activities of these codes meet between two days, by name.

    Of a site with a group beyond reach not all children are seen: it would seem to have staff
    enough, and is not there.
    """
    rows = read.execute(
        select(GROUP_SITE, Group.id)
        .join(Activity, Activity.id == Group.activity_id)
        .join(Session, Session.group_id == Group.id)
        .where(Session.day.between(first, last), Activity.code.in_(codes))
        .distinct()
    )
    return _sites_within_reach(reach, rows)


def sites_of_activities_ever(read: Database, reach: Reach, codes: Collection[str]) -> list[str]:
    """Return the sites of activities of these codes, in all years, by name."""
    rows = read.execute(
        select(GROUP_SITE, Group.id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Activity.code.in_(codes))
    )
    return _sites_within_reach(reach, rows)


def stated_declaration_terms(read: Database) -> dict[str, Terms]:
    """Return how activities were said to be declared, by code."""
    rows = read.scalars(select(ReceptionTerms))
    return {row.code: Terms(row.declared, row.with_pedt) for row in rows}


def activity_labels_by_code(read: Database) -> dict[str, str]:
    """Return the activities of the offer by the register's code, each with its present name."""
    rows = read.execute(select(Activity.code, Activity.label).order_by(Activity.school_year))
    return dict(rows.all())


def _sites_within_reach(reach: Reach, rows: Iterable[tuple[str, str]]) -> list[str]:
    found: dict[str, bool] = {}
    for site, group_id in rows:
        found[site] = found.get(site, True) and reach.has_group(group_id)
    return sorted((site for site, whole in found.items() if whole), key=collation_key)
