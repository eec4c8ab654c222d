"""Locks of the offer's rows: a place is given or kept under the lock of its group."""

from sqlalchemy import bindparam, select

from services.enrolment.models import Group
from shared.contracts.errors import NotFound
from shared.database import Write

_GROUP = (
    select(Group)
    .where(Group.id == bindparam("group_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_group(write: Write, group_id: str) -> Group:
    """Return the group's row, locked: places are given under this lock; raises NotFound."""
    group = write.scalar(_GROUP, {"group_id": group_id})
    if group is None:
        raise NotFound
    return group
