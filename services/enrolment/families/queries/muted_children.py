"""
Muted children: under a record hold of the dossier, nothing is sent about them (rules' test 10).
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import RecordHold
from shared.database.prebuilt_statements import execute, list_parameter

_HELD = select(RecordHold.child_id).where(
    RecordHold.child_id.in_(list_parameter("child_ids")), RecordHold.held.is_(True)
)


def muted_child_condition(child_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a child, in a column of a statement, is under a record hold."""
    return exists().where(RecordHold.child_id == child_id, RecordHold.held.is_(True))


def muted_children(read: Database, child_ids: Collection[str]) -> set[str]:
    """Return the children of these who are under a record hold."""
    return set(execute(read, _HELD, child_ids=child_ids).scalars()) if child_ids else set()
