"""
One child in several sessions, under the groups' locks, as decisions on its bookings need it.

Locks are taken in one order everywhere (`children/commands/child_file_locks.py`): files, groups,
then sessions, each by id. The lock of a group protects the count of its sessions; the lock of a
session keeps it from being cancelled.
"""

from collections.abc import Collection

from sqlalchemy import select

from services.enrolment.bookings.queries.sessions_of_child import ChildSessions, make_child_sessions
from services.enrolment.models import Group, Session
from shared.database import Write
from shared.database.prebuilt_statements import execute, list_parameter

_GROUPS = (
    select(Group.id)
    .where(Group.id.in_(list_parameter("group_ids")))
    .order_by(Group.id)
    .with_for_update()
)


def lock_sessions(
    write: Write, child_id: str, session_ids: Collection[str], asking: Collection[str]
) -> ChildSessions:
    """Lock these sessions and return the child in them; unknown and erased ones are left out."""
    groups = select(Session.group_id).where(Session.id.in_(list(session_ids)))
    lock_groups(write, set(write.scalars(groups)))
    query = (
        select(Session)
        .where(Session.id.in_(list(session_ids)), Session.erased_on.is_(None))
        .order_by(Session.id)
        .with_for_update(read=True)
    )
    return make_child_sessions(write, child_id, write.scalars(query).all(), asking)


def lock_groups(write: Write, group_ids: Collection[str]) -> None:
    """
    Lock these groups until the end of the transaction: the counts of their sessions stay valid.

    Those that it locked before are locked.
    """
    new = () if write.is_only_writer else set(group_ids) - write.locked_names
    if new:
        execute(write, _GROUPS, group_ids=new)
        write.locked_names.update(new)
