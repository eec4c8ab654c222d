"""Sites and groups of this provider, at which a right may hold."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.enrolment.models import Activity, Group
from services.enrolment.models.offer import ENDED, GROUP_SITE
from shared.database.tables.french_order import french_sort_column
from shared.text import collation_key


@dataclass(frozen=True)
class NamedGroup:
    """A group with its site and the labels of its activity and its own."""

    group_id: str
    site: str
    activity: str
    group: str


def running_groups(read: Session, day: date) -> list[NamedGroup]:
    """Return the groups that are not over and have a site, by site and name."""
    running = (Activity.state != ENDED, Group.last_day >= day, GROUP_SITE != "")
    ordered = (
        _select_named_groups()
        .where(*running)
        .order_by(french_sort_column(Activity.label), french_sort_column(Group.label), Group.id)
    )
    groups = [NamedGroup(*row) for row in read.execute(ordered)]
    return sorted(groups, key=lambda group: collation_key(group.site))


def named_groups(read: Session, group_ids: Collection[str]) -> list[NamedGroup]:
    """Return groups with their names, those that are over too."""
    return [
        NamedGroup(*row)
        for row in read.execute(_select_named_groups().where(Group.id.in_(group_ids)))
    ]


def _select_named_groups() -> Select[str, str, str, str]:
    joined = select(Group.id, GROUP_SITE, Activity.label, Group.label)
    return joined.join(Activity, Activity.id == Group.activity_id)
