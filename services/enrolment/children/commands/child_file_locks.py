"""
Lock of a child's file as it arrives: who decides by it, and who stores it, take turns.

Locks are taken in one order everywhere: files, then the children's keys and rows, then groups, then
sessions and activities, each by id; what completes a write comes last. The file comes first because
one that arrives moves bookings of groups that only the file names.
"""

from collections.abc import Collection

from shared.database import Write


def lock_files(write: Write, child_ids: Collection[str]) -> None:
    """Lock the files of these children until the commit; a child need not be known yet."""
    write.lock_names(*(f"file|{child_id}" for child_id in child_ids))
