"""Locks of the offer's rows: a place is given or kept under the lock of its group."""

from sqlalchemy import bindparam, select

from services.enrolment.models import Activity, Group
from shared.contracts.errors import NotFound
from shared.database import Write

_GROUP = select(Group).where(Group.id == bindparam("group_id")).with_for_update()
_ACTIVITY = select(Activity).where(Activity.id == bindparam("activity_id"))
_GROUP_WITH_ACTIVITY = (
    select(Group, Activity)
    .join(Activity, Activity.id == Group.activity_id)
    .where(Group.id == bindparam("group_id"))
    .execution_options(populate_existing=True)
)


def lock_group(write: Write, group_id: str) -> Group:
    """Return the group's row, locked: places are given under this lock; raises NotFound."""
    group = write.scalar(_GROUP, {"group_id": group_id})
    if group is None:
        raise NotFound
    return group


def lock_group_with_activity(write: Write, group_id: str) -> tuple[Group, Activity]:
    """
    Return a group's row, locked, and its activity; raises NotFound.

    Who may have to wait for the lock reads the activity once it has it, as it is by then.
    """
    if not write.is_only_writer:
        group = lock_group(write, group_id)
        return group, write.scalars(_ACTIVITY, {"activity_id": group.activity_id}).one()
    found = write.execute(_GROUP_WITH_ACTIVITY, {"group_id": group_id}).one_or_none()
    if found is None:
        raise NotFound
    return found
