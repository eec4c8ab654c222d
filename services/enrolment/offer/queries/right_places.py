"""Sites and groups of this provider, at which a right may hold."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from services.enrolment.models import Activity, Group
from services.enrolment.models.offer import ENDED


def running_groups_by_site(
    read: Session, day: date
) -> list[tuple[str, Sequence[Row[tuple[str, str, str, str]]]]]:
    """Return the sites by name, each with its groups that are not over: site, id, both labels."""
    rows = read.execute(
        select(Activity.site, Group.id, Activity.label, Group.label)
        .join(Group, Group.activity_id == Activity.id)
        .where(Activity.state != ENDED, Group.last_day >= day, Activity.site != "")
        .order_by(Activity.site, Activity.label, Group.label, Group.id)
    ).all()
    return [(site, list(groups)) for site, groups in groupby(rows, key=lambda row: row[0])]


def groups_in_words(
    read: Session, group_ids: Collection[str]
) -> Sequence[Row[tuple[str, str, str, str]]]:
    """Return groups, those that are over too: id, site, both labels."""
    return read.execute(
        select(Group.id, Activity.site, Activity.label, Group.label)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Group.id.in_(group_ids))
    ).all()
