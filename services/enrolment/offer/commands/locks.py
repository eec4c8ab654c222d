"""Locks of the offer's rows: a place is given or kept under the lock of its group."""

from sqlalchemy import select

from services.enrolment.models import Group
from shared.contracts.errors import NotFound
from shared.database import Write


def lock_group(write: Write, group_id: str) -> Group:
    """Return the group's row, locked: places are given under this lock; raises NotFound."""
    query = select(Group).where(Group.id == group_id).with_for_update()
    group = write.scalar(query, execution_options={"populate_existing": True})
    if group is None:
        raise NotFound
    return group
